//! The consortium's certificate authority, as the ledger trusts it.

use super::{CertificateError, check_length, ed25519_key};
use crate::signature::VerifyingKey;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate authority whose certificates the consortium takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The authority's own certificate.
    pub der: Vec<u8>,
    /// The key that it signs certificates and revocation lists with.
    pub key: VerifyingKey,
    /// Its distinguished name (RFC 4514 text).
    pub name: String,
}

impl Anchor {
    /// Reads a certificate authority's DER certificate and checks its own signature.
    ///
    /// # Errors
    /// [`CertificateError`] if it is none, or is not self-signed with Ed25519.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        check_length(der)?;
        let (rest, certificate) = X509Certificate::from_der(der)
            .map_err(|_| CertificateError::Malformed("certificate"))?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed("certificate"));
        }
        if !certificate.is_ca() {
            return Err(CertificateError::NotAnAuthority);
        }
        let key = ed25519_key(certificate.public_key(), "the authority's key")?;
        let signature = super::ed25519_signature(
            &certificate.signature_algorithm.algorithm,
            &certificate.signature_value.data,
        )?;
        key.verify(certificate.tbs_certificate.as_ref(), &signature)?;
        Ok(Self { der: der.to_vec(), key, name: certificate.subject().to_string() })
    }
}
