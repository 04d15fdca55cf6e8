//! What is wrong with a document in itself, before it is compared with any other.

use crate::types::{Amount, Charge, Mass, Quantity};
use rust_decimal::Decimal;
use thiserror::Error;

/// A defect of one document, by the path of the field that shows it.
///
/// A document with problems can still be sealed and shared: what was issued was issued. Whoever
/// uploads it is told, and the cross-checks count it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// A field that this kind of document should carry is absent.
    #[error("{path}: {term} is missing")]
    Missing {
        /// Where it should be.
        path: String,
        /// What it is called.
        term: &'static str,
    },
    /// A stated figure is not what the other figures give.
    #[error("{path}: states {stated}, but {rule} gives {computed}")]
    Arithmetic {
        /// The stated figure.
        path: String,
        /// As stated.
        stated: String,
        /// As computed.
        computed: String,
        /// How it is computed.
        rule: &'static str,
    },
    /// Figures that cannot be computed with: their sum or product exceeds what a decimal holds.
    #[error("{path}: the figures are too large to compute with")]
    TooLarge {
        /// Where.
        path: String,
    },
    /// An amount in another currency than the document's.
    #[error("{path}: is in {found}, the document in {expected}")]
    Currency {
        /// The amount.
        path: String,
        /// Its currency.
        found: String,
        /// The document's.
        expected: String,
    },
    /// A currency code that ISO 4217 does not list.
    #[error("{path}: `{code}` is not a currency of ISO 4217")]
    UnknownCurrency {
        /// The amount.
        path: String,
        /// The code.
        code: String,
    },
    /// A figure that should be above zero.
    #[error("{path}: is {stated}, and should be above zero")]
    NotPositive {
        /// The figure.
        path: String,
        /// As stated.
        stated: String,
    },
    /// A net figure above its gross figure.
    #[error("{path}: net {net} kg exceeds gross {gross} kg")]
    NetAboveGross {
        /// What is weighed.
        path: String,
        /// Net mass.
        net: Mass,
        /// Gross mass.
        gross: Mass,
    },
    /// Two lines with one number.
    #[error("{path}: the number `{number}` is used twice")]
    Duplicate {
        /// The second use.
        path: String,
        /// The number.
        number: String,
    },
    /// Two dates in the wrong order.
    #[error("{path}: {later} comes before {earlier}")]
    DateOrder {
        /// The date that is too early.
        path: String,
        /// The event that should come first, with its date.
        earlier: String,
        /// The event that should follow, with its date.
        later: String,
    },
    /// A container number whose check digit does not fit.
    #[error("{path}: the check digit of {number} should be {expected} (ISO 6346)")]
    CheckDigit {
        /// The number's place.
        path: String,
        /// The number.
        number: String,
        /// The digit that fits.
        expected: u8,
    },
    /// Values that contradict each other.
    #[error("{path}: {message}")]
    Contradiction {
        /// One of the values.
        path: String,
        /// What contradicts what.
        message: String,
    },
}

impl Problem {
    /// The path of the field that shows the problem.
    pub fn path(&self) -> &str {
        match self {
            Self::Missing { path, .. }
            | Self::Arithmetic { path, .. }
            | Self::TooLarge { path }
            | Self::Currency { path, .. }
            | Self::UnknownCurrency { path, .. }
            | Self::NotPositive { path, .. }
            | Self::NetAboveGross { path, .. }
            | Self::Duplicate { path, .. }
            | Self::DateOrder { path, .. }
            | Self::CheckDigit { path, .. }
            | Self::Contradiction { path, .. } => path,
        }
    }
}

/// Collects the problems of one document.
#[derive(Default)]
pub(crate) struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    pub(crate) fn finish(self) -> Vec<Problem> {
        self.problems
    }

    pub(crate) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn require<T>(&mut self, path: &str, term: &'static str, value: &Option<T>) {
        if value.is_none() {
            self.add(Problem::Missing { path: path.to_owned(), term });
        }
    }

    pub(crate) fn require_some<T>(&mut self, path: &str, term: &'static str, values: &[T]) {
        if values.is_empty() {
            self.add(Problem::Missing { path: path.to_owned(), term });
        }
    }

    /// The number of each element, in order.
    pub(crate) fn distinct<'a>(
        &mut self,
        path: &str,
        numbers: impl Iterator<Item = &'a crate::types::Number>,
    ) {
        let mut seen = std::collections::BTreeSet::new();
        for (index, number) in numbers.enumerate() {
            if !seen.insert(number) {
                let number = number.to_string();
                self.add(Problem::Duplicate { path: format!("{path}/{index}"), number });
            }
        }
    }

    pub(crate) fn positive(&mut self, path: String, value: Decimal) {
        if value <= Decimal::ZERO {
            self.add(Problem::NotPositive { path, stated: value.to_string() });
        }
    }

    pub(crate) fn currency(&mut self, path: String, amount: &Amount, expected: &Amount) {
        if amount.currency != expected.currency {
            let (found, expected) = (amount.currency.to_string(), expected.currency.to_string());
            self.add(Problem::Currency { path, found, expected });
        }
    }

    pub(crate) fn known_currency(&mut self, path: &str, amount: &Amount) {
        if iso_currency::Currency::from_code(amount.currency.as_str()).is_none() {
            let code = amount.currency.to_string();
            self.add(Problem::UnknownCurrency { path: path.to_owned(), code });
        }
    }

    /// Whether a stated figure is the computed one; nothing computed means that it was too large.
    pub(crate) fn figure(
        &mut self,
        path: &str,
        stated: Decimal,
        computed: Option<Decimal>,
        rule: &'static str,
    ) {
        let path = path.to_owned();
        match computed {
            None => self.add(Problem::TooLarge { path }),
            Some(computed) if computed == stated => {}
            Some(computed) => self.add(Problem::Arithmetic {
                path,
                stated: stated.normalize().to_string(),
                computed: computed.normalize().to_string(),
                rule,
            }),
        }
    }

    /// Whether a line's amount is its quantity times its price, rounded to the minor unit.
    pub(crate) fn line_amount(&mut self, path: &str, line: PricedLine<'_>) {
        self.positive(format!("{path}/quantity/value"), line.quantity.value);
        self.currency(format!("{path}/unit_price/currency"), line.unit_price, line.amount);
        for (index, charge) in line.charges.iter().enumerate() {
            let place = format!("{path}/charges/{index}/amount/currency");
            self.currency(place, &charge.amount, line.amount);
        }
        let base = match line.price_base {
            None => Decimal::ONE,
            Some(base) if base.unit == line.quantity.unit => base.value,
            Some(_) => return,
        };
        if base <= Decimal::ZERO {
            return self.positive(format!("{path}/price_base/value"), base);
        }
        let computed = line
            .unit_price
            .checked_mul(line.quantity.value)
            .and_then(|product| product.value.checked_div(base))
            .and_then(|value| {
                let goods = Amount { value, ..*line.unit_price }.rounded().value;
                let mut charges = line.charges.iter().map(|charge| charge.signed().value);
                charges.try_fold(goods, |sum, charge| sum.checked_add(charge))
            });
        let rule = "quantity × unit price + charges − allowances";
        self.figure(&format!("{path}/amount/value"), line.amount.value, computed, rule);
    }

    pub(crate) fn masses(&mut self, path: &str, net: Option<Mass>, gross: Option<Mass>) {
        if let Some((net, gross)) = net.zip(gross)
            && net > gross
        {
            self.add(Problem::NetAboveGross { path: path.to_owned(), net, gross });
        }
    }

    pub(crate) fn ordered<T: PartialOrd + std::fmt::Display>(
        &mut self,
        path: &str,
        earlier: (&str, Option<T>),
        later: (&str, Option<T>),
    ) {
        if let (Some(first), Some(second)) = (earlier.1, later.1)
            && second < first
        {
            self.add(Problem::DateOrder {
                path: path.to_owned(),
                earlier: format!("{} {first}", earlier.0),
                later: format!("{} {second}", later.0),
            });
        }
    }

    pub(crate) fn equipment(&mut self, path: &str, equipment: &[crate::types::Equipment]) {
        for (index, unit) in equipment.iter().enumerate() {
            if let crate::types::CheckDigit::Wrong { expected } = unit.number.check() {
                let path = format!("{path}/{index}/number");
                let number = unit.number.to_string();
                self.add(Problem::CheckDigit { path, number, expected });
            }
        }
    }

    pub(crate) fn charges(&mut self, charges: &[Charge], document: &Amount) {
        for (index, charge) in charges.iter().enumerate() {
            self.currency(format!("/charges/{index}/amount/currency"), &charge.amount, document);
        }
    }
}

/// The parts of an order, contract or invoice line that its arithmetic needs.
pub(crate) struct PricedLine<'a> {
    pub(crate) quantity: &'a Quantity,
    pub(crate) unit_price: &'a Amount,
    pub(crate) price_base: Option<&'a Quantity>,
    pub(crate) charges: &'a [Charge],
    pub(crate) amount: &'a Amount,
}
