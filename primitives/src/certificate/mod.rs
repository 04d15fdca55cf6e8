//! Members' certificates: X.509 (RFC 5280) with Ed25519 keys (RFC 8410) under the consortium's anchors.
//!
//! A certificate is verified once, when the registry takes it in; from then on it is referred to by the
//! hash of its DER bytes ([`crate::ActorId`]). The ledger judges validity by block time and by the
//! revocation lists on it, never by a machine's clock.

mod anchor;
mod member;
mod revocation;
mod role;

pub use anchor::Anchor;
pub use member::{MemberCertificate, member_named_in};
pub use revocation::RevocationList;
pub use role::{ROLE_EXTENSION_OID, Role};

use crate::{
    codec::CodecError,
    id::InvalidId,
    signature::{Signature, SignatureError, VerifyingKey},
};
use thiserror::Error;
use x509_parser::{
    oid_registry::{OID_SIG_ED25519, Oid},
    x509::SubjectPublicKeyInfo,
};

/// The URI in a certificate's subject alternative name that carries the member id.
pub const MEMBER_URI_PREFIX: &str = "urn:hansa:member:";

/// Why bytes are no certificate or revocation list that the consortium takes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CertificateError {
    /// Longer than any certificate should be.
    #[error(transparent)]
    TooLong(#[from] CodecError),
    /// Not the DER encoding of what was asked for.
    #[error("not a DER {0}")]
    Malformed(&'static str),
    /// A part that must be there is missing, or is there twice.
    #[error("the certificate lacks {0}")]
    Missing(&'static str),
    /// The URI names no member id.
    #[error(transparent)]
    Member(#[from] InvalidId),
    /// The role extension names no role.
    #[error("`{0}` is no role of the consortium")]
    UnknownRole(String),
    /// A key or signature of another kind than Ed25519.
    #[error("{0} is not Ed25519")]
    NotEd25519(&'static str),
    /// The key is weak: a point of small order.
    #[error("the public key is of small order")]
    WeakKey,
    /// The issuer's name is not the anchor's.
    #[error("issued by `{issuer}`, not by the anchor `{anchor}`")]
    OtherIssuer {
        /// The issuer that the certificate names.
        issuer: String,
        /// The anchor that it was checked against.
        anchor: String,
    },
    /// The anchor's signature does not hold.
    #[error("the issuer's signature: {0}")]
    Signature(#[from] SignatureError),
    /// The certificate is not allowed to issue others.
    #[error("the anchor's certificate is not a certificate authority's")]
    NotAnAuthority,
}

/// The Ed25519 key of a public key info, or an error that names what it belongs to.
fn ed25519_key(
    info: &SubjectPublicKeyInfo<'_>,
    of: &'static str,
) -> Result<VerifyingKey, CertificateError> {
    if info.algorithm.algorithm != OID_SIG_ED25519 {
        return Err(CertificateError::NotEd25519(of));
    }
    let bytes: [u8; 32] = info
        .subject_public_key
        .data
        .as_ref()
        .try_into()
        .map_err(|_| CertificateError::NotEd25519(of))?;
    let key = VerifyingKey(bytes);
    if key.is_small_order() || !key.is_well_formed() {
        return Err(CertificateError::WeakKey);
    }
    Ok(key)
}

/// The Ed25519 signature of a signed structure.
fn ed25519_signature(algorithm: &Oid<'_>, value: &[u8]) -> Result<Signature, CertificateError> {
    if *algorithm != OID_SIG_ED25519 {
        return Err(CertificateError::NotEd25519("the signature"));
    }
    value.try_into().map(Signature).map_err(|_| CertificateError::NotEd25519("the signature"))
}

/// Whether `der` is exactly the one DER encoding of a signed structure (RFC 5280 section 4.1) with an
/// Ed25519 signature (RFC 8410).
///
/// The signature covers only the inner part; parsers forgive deviations in the rest. Without this check
/// one certificate would have several encodings, hence several actor ids.
fn is_sole_encoding(der: &[u8], signed: &[u8], signature: &Signature) -> bool {
    // AlgorithmIdentifier { 1.3.101.112 } and the header of a BIT STRING of 64 bytes, no unused bits.
    const ALGORITHM_AND_HEADER: [u8; 10] = [0x30, 5, 0x06, 3, 0x2b, 0x65, 0x70, 0x03, 0x41, 0];
    let length = signed.len() + ALGORITHM_AND_HEADER.len() + signature.0.len();
    let header: Vec<u8> = match length {
        0..=0x7f => vec![0x30, length as u8],
        0x80..=0xff => vec![0x30, 0x81, length as u8],
        _ => vec![0x30, 0x82, (length >> 8) as u8, length as u8],
    };
    [header.as_slice(), signed, &ALGORITHM_AND_HEADER, &signature.0].concat() == der
}

fn check_length(der: &[u8]) -> Result<(), CertificateError> {
    let limit = crate::limits::CERTIFICATE_BYTES_MAX;
    if der.len() > limit {
        return Err(CodecError::TooLong { length: der.len(), limit }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
