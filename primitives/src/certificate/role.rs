//! What a member does in the trade, as its certificate states it.

use super::CertificateError;
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The object identifier of the role extension: a UTF8String with the role's name.
///
/// It lies in the arc for identifiers that need no registration (ITU-T X.667, `2.25`). The extension is
/// not critical, so that stock TLS stacks accept the certificate.
pub const ROLE_EXTENSION_OID: [u64; 3] = [2, 25, 311_602_740_599_177_453];

/// The roles of a trade consortium.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Decides on declarations and clears goods.
    CustomsAuthority,
    /// Finances trades.
    Bank,
    /// Sells and ships goods abroad.
    Exporter,
    /// Buys goods from abroad.
    Importer,
    /// Arranges transport and declares on others' behalf.
    FreightForwarder,
    /// Carries goods and reports their movements.
    Carrier,
    /// Issues certificates of origin.
    Chamber,
    /// Insures cargo.
    Insurer,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 8] = [
        Self::CustomsAuthority,
        Self::Bank,
        Self::Exporter,
        Self::Importer,
        Self::FreightForwarder,
        Self::Carrier,
        Self::Chamber,
        Self::Insurer,
    ];

    /// The name that certificates, configuration and the command line use.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomsAuthority => "customs-authority",
            Self::Bank => "bank",
            Self::Exporter => "exporter",
            Self::Importer => "importer",
            Self::FreightForwarder => "freight-forwarder",
            Self::Carrier => "carrier",
            Self::Chamber => "chamber",
            Self::Insurer => "insurer",
        }
    }
}

impl FromStr for Role {
    type Err = CertificateError;

    fn from_str(text: &str) -> Result<Self, CertificateError> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| CertificateError::UnknownRole(text.chars().take(64).collect()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
