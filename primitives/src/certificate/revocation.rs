//! Certificate revocation lists (RFC 5280 section 5).

use super::{Anchor, CertificateError, check_length, ed25519_signature};
use x509_parser::prelude::{CertificateRevocationList, FromDer};

/// The serial numbers that an authority declares void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    /// Revoked serial numbers, big-endian, ascending.
    pub serials: Vec<Vec<u8>>,
    /// The list's number (RFC 5280 section 5.2.3), growing from list to list.
    pub number: u64,
}

impl RevocationList {
    /// Reads a DER list and checks that the anchor signed it.
    ///
    /// # Errors
    /// [`CertificateError`] if the bytes are no list, or the anchor did not sign them.
    pub fn parse_issued_by(der: &[u8], anchor: &Anchor) -> Result<Self, CertificateError> {
        check_length(der)?;
        let malformed = || CertificateError::Malformed("revocation list");
        let (rest, list) = CertificateRevocationList::from_der(der).map_err(|_| malformed())?;
        if !rest.is_empty() {
            return Err(malformed());
        }
        let issuer = list.issuer().to_string();
        if issuer != anchor.name {
            return Err(CertificateError::OtherIssuer { issuer, anchor: anchor.name.clone() });
        }
        let signature =
            ed25519_signature(&list.signature_algorithm.algorithm, &list.signature_value.data)?;
        anchor.key.verify(list.tbs_cert_list.as_ref(), &signature)?;
        let mut serials: Vec<Vec<u8>> =
            list.iter_revoked_certificates().map(|revoked| revoked.raw_serial().to_vec()).collect();
        serials.sort();
        serials.dedup();
        let number = list
            .crl_number()
            .and_then(|number| u64::try_from(number).ok())
            .ok_or(CertificateError::Missing("a list number"))?;
        Ok(Self { serials, number })
    }

    /// Whether the list names the serial number.
    pub fn revokes(&self, serial: &[u8]) -> bool {
        self.serials.binary_search_by(|listed| listed.as_slice().cmp(serial)).is_ok()
    }
}
