//! Parties to a trade.

use super::{Country, Text};
use hansa_primitives::MemberId;
use serde::{Deserialize, Serialize};

/// A person or company that a document names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its name.
    pub name: Text,
    /// The member of the consortium that it is, if the document says so.
    pub member: Option<MemberId>,
    /// Its registered identifiers.
    #[serde(default)]
    pub ids: Vec<PartyId>,
    /// Where it is.
    pub address: Option<Address>,
}

impl Party {
    /// The one string that stands for the party in proofs and comparisons: its member id, else its
    /// first registered identifier with scheme.
    pub fn entity(&self) -> Option<String> {
        match (&self.member, self.ids.first()) {
            (Some(member), _) => Some(member.to_string()),
            (None, Some(id)) => Some(id.to_string()),
            (None, None) => None,
        }
    }

    /// The country of its address.
    pub fn country(&self) -> Option<Country> {
        self.address.as_ref().and_then(|address| address.country)
    }

    /// Whether two documents mean the same party: by member, else by a shared identifier, else by
    /// name.
    pub fn is_same(&self, other: &Self) -> bool {
        if let (Some(own), Some(others)) = (&self.member, &other.member) {
            return own == others;
        }
        if self.ids.iter().any(|id| other.ids.contains(id)) {
            return true;
        }
        let folded = |party: &Self| party.name.as_str().to_lowercase();
        folded(self) == folded(other)
    }
}

/// An identifier in a registry: LEI, EORI, USCC, DUNS, GLN, a tax number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyId {
    /// The registry, as the source names it.
    pub scheme: Option<Text>,
    /// The identifier.
    pub value: Text,
}

impl std::fmt::Display for PartyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.scheme {
            Some(scheme) => write!(f, "{scheme}:{}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    pub street: Option<Text>,
    /// City.
    pub city: Option<Text>,
    /// Postal code.
    pub postal_code: Option<Text>,
    /// Province or state.
    pub region: Option<Text>,
    /// Country.
    pub country: Option<Country>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn party(name: &str, member: Option<&str>, id: Option<&str>) -> Party {
        let ids = id.map(|value| PartyId { scheme: None, value: value.parse().unwrap() });
        Party {
            name: name.parse().unwrap(),
            member: member.map(|slug| slug.parse().unwrap()),
            ids: ids.into_iter().collect(),
            address: None,
        }
    }

    #[test]
    fn a_member_id_outranks_identifiers_and_names() {
        let one = party("Milchpulver GmbH", Some("milchpulver"), Some("DE1"));
        assert_eq!(one.entity().unwrap(), "milchpulver");
        assert!(!one.is_same(&party("Milchpulver GmbH", Some("other"), Some("DE1"))));
        assert!(one.is_same(&party("Other", None, Some("DE1"))));
        assert!(one.is_same(&party("MILCHPULVER GMBH", None, None)));
        assert_eq!(party("x", None, None).entity(), None);
    }
}
