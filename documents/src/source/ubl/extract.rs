//! Typed values out of elements.

use super::{super::SourceError, tree::Element};
use crate::types::{
    Amount, Country, Currency, Date, InvalidValue, Locode, Mass, Number, Quantity, Text, Unit,
    Volume, parse_xsd_decimal,
};
use rust_decimal::Decimal;

type Parse<T> = fn(&str) -> Result<T, InvalidValue>;

impl Element {
    /// The value at a path, nothing if it is absent or empty.
    pub(super) fn optional<T>(
        &self,
        path: &str,
        parse: Parse<T>,
    ) -> Result<Option<T>, SourceError> {
        self.at(path).map_or(Ok(None), |element| element.value(parse))
    }

    /// The value at a path.
    pub(super) fn required<T>(&self, path: &str, parse: Parse<T>) -> Result<T, SourceError> {
        self.optional(path, parse)?.ok_or_else(|| self.missing(path))
    }

    /// The element's own value, nothing if it is empty.
    pub(super) fn value<T>(&self, parse: Parse<T>) -> Result<Option<T>, SourceError> {
        let text = self.text();
        if text.is_empty() {
            return Ok(None);
        }
        parse(text).map(Some).map_err(|reason| self.invalid(reason))
    }

    /// The value at a path if it is one of the type; else it stays unread.
    pub(super) fn recognised<T>(&self, path: &str, parse: Parse<T>) -> Option<T> {
        let element = self.at(path)?;
        let value = parse(element.peek()).ok()?;
        element.mark_read();
        Some(value)
    }

    /// Whether an element holds exactly this code; another one stays unread.
    pub(super) fn has_code(&self, path: &str, code: &str) -> bool {
        let found = self.at(path).filter(|element| element.peek() == code);
        found.inspect(|element| element.mark_read()).is_some()
    }

    pub(super) fn missing(&self, element: &str) -> SourceError {
        SourceError::Missing {
            line: self.line(),
            parent: self.name().to_owned(),
            element: element.to_owned(),
        }
    }

    pub(super) fn invalid(&self, reason: InvalidValue) -> SourceError {
        SourceError::Invalid { line: self.line(), element: self.name().to_owned(), reason }
    }

    pub(super) fn unsupported(&self, reason: &'static str) -> SourceError {
        SourceError::Unsupported { line: self.line(), element: self.name().to_owned(), reason }
    }

    pub(super) fn number(&self, path: &str) -> Result<Number, SourceError> {
        self.required(path, Number::parse)
    }

    pub(super) fn words(&self, path: &str) -> Result<Option<Text>, SourceError> {
        self.optional(path, Text::parse)
    }

    /// A date; the time zone that XML Schema allows after it falls away.
    pub(super) fn date(&self, path: &str) -> Result<Option<Date>, SourceError> {
        self.optional(path, |text| Date::parse(text.get(..10).unwrap_or(text)))
    }

    pub(super) fn country(&self, path: &str) -> Result<Option<Country>, SourceError> {
        self.optional(path, Country::parse)
    }

    pub(super) fn currency(&self, path: &str) -> Result<Option<Currency>, SourceError> {
        self.optional(path, |text| Amount::parse("0", text).map(|amount| amount.currency))
    }

    /// A UN/LOCODE; identifiers of other schemes stay unread.
    pub(super) fn locode(&self, path: &str) -> Option<Locode> {
        let place = self.recognised(path, Locode::parse)?;
        if let Some(element) = self.at(path) {
            for attribute in ["schemeID", "schemeAgencyID", "schemeName"] {
                element.attribute(attribute);
            }
        }
        Some(place)
    }

    /// The element's own text as a decimal.
    fn decimal(&self) -> Result<Option<Decimal>, SourceError> {
        self.value(parse_xsd_decimal)
    }

    /// An amount with its currency.
    pub(super) fn amount(&self, path: &str) -> Result<Option<Amount>, SourceError> {
        let Some(element) = self.at(path) else { return Ok(None) };
        let Some(value) = element.decimal()? else { return Ok(None) };
        let currency =
            element.attribute("currencyID").ok_or_else(|| element.missing("@currencyID"))?;
        let zero = Amount::parse("0", currency).map_err(|reason| element.invalid(reason))?;
        Ok(Some(Amount { value, ..zero }))
    }

    /// A quantity with its unit.
    pub(super) fn quantity(&self, path: &str) -> Result<Option<Quantity>, SourceError> {
        let Some(element) = self.at(path) else { return Ok(None) };
        let Some(value) = element.decimal()? else { return Ok(None) };
        let unit = element.attribute("unitCode").ok_or_else(|| element.missing("@unitCode"))?;
        let unit = Unit::parse(unit).map_err(|reason| element.invalid(reason))?;
        // The list that UBL prescribes anyway.
        element.attribute("unitCodeListID");
        Ok(Some(Quantity { value, unit }))
    }

    /// A mass in any unit of mass.
    pub(super) fn mass(&self, path: &str) -> Result<Option<Mass>, SourceError> {
        let Some(quantity) = self.quantity(path)? else { return Ok(None) };
        let element = self.at(path).unwrap_or(self);
        Mass::of(quantity).map(Some).map_err(|reason| element.invalid(reason))
    }

    /// A volume in cubic metres; other units stay unread.
    pub(super) fn volume(&self, path: &str) -> Result<Option<Volume>, SourceError> {
        let Some(element) = self.at(path) else { return Ok(None) };
        if element.peek_attribute("unitCode") != Some("MTQ") {
            return Ok(None);
        }
        let Some(quantity) = self.quantity(path)? else { return Ok(None) };
        Volume::new(quantity.value).map(Some).map_err(|reason| element.invalid(reason))
    }

    /// A count of whole things, with or without a unit.
    pub(super) fn count(&self, path: &str) -> Result<Option<u32>, SourceError> {
        let Some(element) = self.at(path) else { return Ok(None) };
        let Some(value) = element.decimal()? else { return Ok(None) };
        let whole = value.fract().is_zero().then(|| u32::try_from(value.trunc()).ok()).flatten();
        element.attribute("unitCode");
        whole.map(Some).ok_or_else(|| element.unsupported("a whole number is expected"))
    }

    /// All texts of a repeated element.
    pub(super) fn all_words(&self, name: &str) -> Result<Vec<Text>, SourceError> {
        self.children(name).filter_map(|element| element.value(Text::parse).transpose()).collect()
    }
}
