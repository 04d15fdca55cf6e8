//! Terms of delivery: the Incoterms rules of the International Chamber of Commerce.

use super::{Locode, Text, value::code_list};
use serde::{Deserialize, Serialize};

code_list! {
    /// A delivery term (UNTDID 4053). The last five were withdrawn with the edition of 2010 or
    /// 2020.
    Incoterm, "delivery term";
    /// Ex works.
    Exw = "EXW",
    /// Free carrier.
    Fca = "FCA",
    /// Free alongside ship.
    Fas = "FAS",
    /// Free on board.
    Fob = "FOB",
    /// Cost and freight.
    Cfr = "CFR",
    /// Cost, insurance and freight.
    Cif = "CIF",
    /// Carriage paid to.
    Cpt = "CPT",
    /// Carriage and insurance paid to.
    Cip = "CIP",
    /// Delivered at place.
    Dap = "DAP",
    /// Delivered at place unloaded.
    Dpu = "DPU",
    /// Delivered duty paid.
    Ddp = "DDP",
    /// Delivered at terminal.
    Dat = "DAT",
    /// Delivered at frontier.
    Daf = "DAF",
    /// Delivered ex ship.
    Des = "DES",
    /// Delivered ex quay.
    Deq = "DEQ",
    /// Delivered duty unpaid.
    Ddu = "DDU",
}

impl Incoterm {
    /// Whether the seller pays the main carriage.
    pub fn freight_is_prepaid(self) -> bool {
        !matches!(self, Self::Exw | Self::Fca | Self::Fas | Self::Fob)
    }

    /// Whether the seller must insure the goods.
    pub fn includes_insurance(self) -> bool {
        matches!(self, Self::Cif | Self::Cip)
    }

    /// Whether the rules reserve the term for sea and inland waterway.
    pub fn is_for_water_only(self) -> bool {
        matches!(self, Self::Fas | Self::Fob | Self::Cfr | Self::Cif | Self::Des | Self::Deq)
    }
}

code_list! {
    /// The edition of the rules that gives a term its meaning.
    IncotermsEdition, "edition of the Incoterms rules";
    /// Incoterms 2000.
    Incoterms2000 = "2000",
    /// Incoterms 2010.
    Incoterms2010 = "2010",
    /// Incoterms 2020.
    Incoterms2020 = "2020",
}

/// A delivery term with its named place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryTerms {
    /// The term.
    pub code: Incoterm,
    /// The named place, by code.
    pub place: Option<Locode>,
    /// The named place, in words.
    pub place_name: Option<Text>,
    /// The edition of the rules, if the document names it.
    pub edition: Option<IncotermsEdition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_a_code_and_nothing_more() {
        assert_eq!(Incoterm::parse("CIF"), Ok(Incoterm::Cif));
        assert!(Incoterm::parse("FOB Destination").is_err());
        assert!(Incoterm::parse("cif").is_err());
    }

    #[test]
    fn who_pays_follows_from_the_term() {
        assert!(Incoterm::Cif.freight_is_prepaid() && Incoterm::Cif.includes_insurance());
        assert!(!Incoterm::Fob.freight_is_prepaid() && Incoterm::Fob.is_for_water_only());
    }
}
