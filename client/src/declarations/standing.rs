//! What a declarant states of its own, declaration after declaration.

use crate::{
    error::{Error, Result},
    files,
};
use hansa_contracts::{
    confidential::derive::{
        DeclarantProfile, ExchangeRate, Lodged, OwnCosts, Procedure, Representation,
    },
    declaration::{DeclarationRecord, Kind},
    registry::MemberRecord,
};
use hansa_documents::types::{Address, Country, Instant, Number, Party, PartyId, Text};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// A declarant's standing data, a TOML file. Everything has a default: what is not stated is listed
/// as missing in the declaration, never made up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Standing {
    /// For whom the declarant acts.
    pub representation: Representation,
    /// Whether goods are there when declarations are lodged.
    pub lodged: Lodged,
    /// The procedure of exports.
    pub export_procedure: Procedure,
    /// The procedure of imports.
    pub import_procedure: Procedure,
    /// The declarant's registered identifiers: EORI, USCC.
    pub ids: Vec<PartyId>,
    /// The declarant's address.
    pub address: Option<Address>,
    /// The office of exit by the port's UN/LOCODE.
    pub exit_offices: BTreeMap<String, Text>,
    /// Where the goods are, by the port's UN/LOCODE.
    pub goods_locations: BTreeMap<String, Text>,
    /// The flags of ships by IMO number.
    pub vessel_flags: BTreeMap<String, Country>,
    /// The means of transport that takes goods to the port.
    pub pre_carriage: Option<Text>,
    /// Indicators on the relation of buyer and seller.
    pub valuation_indicators: Option<Text>,
    /// Codes of the duty and of the tax that are due on imports.
    pub tax_types: Vec<Text>,
    /// The reference of a guarantee.
    pub guarantee: Option<Text>,
    /// Costs that no document gives.
    pub costs: OwnCosts,
    /// Customs exchange rates.
    pub rates: Vec<ExchangeRate>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            representation: Representation::Direct,
            lodged: Lodged::Beforehand,
            export_procedure: Procedure::export(),
            import_procedure: Procedure::import(),
            ids: Vec::new(),
            address: None,
            exit_offices: BTreeMap::new(),
            goods_locations: BTreeMap::new(),
            vessel_flags: BTreeMap::new(),
            pre_carriage: None,
            valuation_indicators: None,
            tax_types: Vec::new(),
            guarantee: None,
            costs: OwnCosts::default(),
            rates: Vec::new(),
        }
    }
}

impl Standing {
    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Usage`] with line and column of what is wrong.
    pub fn load(path: &Path) -> Result<Self> {
        let what = || format!("declarant's data {}", path.display());
        let bytes =
            files::read_bounded(path, files::SMALL_BYTES_MAX).map_err(Error::local(what()))?;
        let malformed =
            |reason: String| Error::usage(format!("{}: {reason}", what()), "correct the file");
        let text = String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        toml::from_str(&text).map_err(|error| malformed(error.to_string()))
    }

    /// The profile of one declaration. Nothing in it depends on when or where it is made: the day
    /// is that on which the declaration became due, by block time.
    pub(super) fn profile(
        &self,
        record: &DeclarationRecord,
        declarant: &MemberRecord,
    ) -> Result<DeclarantProfile> {
        let unfit = |error: &dyn std::fmt::Display| {
            Error::document("the declarant's data", error, "correct the declarant's data")
        };
        let code = record.kind.document_type().code();
        let number = Number::parse(&format!("{}-{code}", record.ucr)).map_err(|e| unfit(&e))?;
        let due = Instant::from_millis(record.due.0).map_err(|e| unfit(&e))?;
        Ok(DeclarantProfile {
            number,
            day: due.date(),
            declarant: Party {
                name: Text::parse(&declarant.name).map_err(|e| unfit(&e))?,
                member: Some(declarant.id.clone()),
                ids: self.ids.clone(),
                address: self.address.clone(),
            },
            representation: self.representation,
            customs: record.customs.clone(),
            lodged: self.lodged,
            procedure: match record.kind {
                Kind::Export => self.export_procedure.clone(),
                Kind::Import => self.import_procedure.clone(),
            },
            exit_offices: self.exit_offices.clone(),
            goods_locations: self.goods_locations.clone(),
            vessel_flags: self.vessel_flags.clone(),
            pre_carriage: self.pre_carriage.clone(),
            valuation_indicators: self.valuation_indicators.clone(),
            tax_types: self.tax_types.clone(),
            guarantee: self.guarantee.clone(),
            costs: self.costs,
            rates: self.rates.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_empty_file_states_the_usual_and_an_unknown_key_is_an_error() {
        assert_eq!(toml::from_str::<Standing>("").unwrap(), Standing::default());
        let stated: Standing = toml::from_str(
            "tax_types = ['A00', 'B00']\nlodged = 'arrived'\n[exit_offices]\nDEHAM = 'DE004851'",
        )
        .unwrap();
        assert_eq!(stated.tax_types.len(), 2);
        assert_eq!(stated.lodged, Lodged::Arrived);
        assert_eq!(stated.exit_offices["DEHAM"].as_str(), "DE004851");
        assert!(toml::from_str::<Standing>("tax_type = ['A00']").is_err());
    }
}
