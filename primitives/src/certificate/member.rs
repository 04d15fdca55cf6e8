//! A member's signing certificate.

use super::{
    Anchor, CertificateError, MEMBER_URI_PREFIX, ROLE_EXTENSION_OID, Role, check_length,
    ed25519_key, ed25519_signature, is_sole_encoding,
};
use crate::{
    hash::sha256,
    id::{ActorId, MemberId},
    signature::{Signature, VerifyingKey},
    time::BlockTime,
};
use x509_parser::{
    extensions::GeneralName,
    oid_registry::Oid,
    prelude::{FromDer, X509Certificate},
    x509::X509Name,
};

/// What a member's certificate says, taken out of its DER bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberCertificate {
    /// The bytes that were parsed.
    pub der: Vec<u8>,
    /// The serial number, big-endian, as revocation lists name it.
    pub serial: Vec<u8>,
    /// The member (subject alternative name `urn:hansa:member:<id>`).
    pub member: MemberId,
    /// The role ([`ROLE_EXTENSION_OID`]).
    pub role: Role,
    /// The organisation's legal name (subject `O`).
    pub name: String,
    /// ISO 3166-1 alpha-2 country (subject `C`).
    pub country: String,
    /// The key that transactions are signed with.
    pub key: VerifyingKey,
    /// Valid from.
    pub not_before: BlockTime,
    /// Valid until.
    pub not_after: BlockTime,
    issuer: String,
    signed: Vec<u8>,
    signature: Signature,
}

impl MemberCertificate {
    /// Reads a DER certificate. Nothing is said yet about who issued it.
    ///
    /// # Errors
    /// [`CertificateError`] names the part that is missing or malformed.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        check_length(der)?;
        let (rest, certificate) = X509Certificate::from_der(der)
            .map_err(|_| CertificateError::Malformed("certificate"))?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed("certificate"));
        }
        let signed = certificate.tbs_certificate.as_ref();
        let signature = ed25519_signature(
            &certificate.signature_algorithm.algorithm,
            &certificate.signature_value.data,
        )?;
        if !is_sole_encoding(der, signed, &signature) {
            return Err(CertificateError::Malformed("certificate"));
        }
        Ok(Self {
            der: der.to_vec(),
            serial: certificate.raw_serial().to_vec(),
            member: member_of(&certificate)?,
            role: role_of(&certificate)?,
            name: single(certificate.subject(), X509Name::iter_organization, "organisation (O)")?,
            country: single(certificate.subject(), X509Name::iter_country, "country (C)")?,
            key: ed25519_key(certificate.public_key(), "the member's key")?,
            not_before: block_time(certificate.validity().not_before.timestamp()),
            not_after: block_time(certificate.validity().not_after.timestamp()),
            issuer: certificate.issuer().to_string(),
            signed: signed.to_vec(),
            signature,
        })
    }

    /// The id that transactions refer to this certificate by.
    pub fn actor_id(&self) -> ActorId {
        ActorId(sha256(&[&self.der]))
    }

    /// Checks that the anchor issued the certificate.
    ///
    /// # Errors
    /// [`CertificateError::OtherIssuer`] or [`CertificateError::Signature`].
    pub fn verify_issued_by(&self, anchor: &Anchor) -> Result<(), CertificateError> {
        if self.issuer != anchor.name {
            return Err(CertificateError::OtherIssuer {
                issuer: self.issuer.clone(),
                anchor: anchor.name.clone(),
            });
        }
        Ok(anchor.key.verify(&self.signed, &self.signature)?)
    }

    /// Whether block time lies within the certificate's validity.
    pub fn is_valid_at(&self, time: BlockTime) -> bool {
        self.not_before <= time && time <= self.not_after
    }
}

fn block_time(seconds: i64) -> BlockTime {
    BlockTime(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000))
}

/// The one member that a certificate of any kind names by its URI, a TLS certificate for instance. Nothing
/// is said about who issued it.
///
/// # Errors
/// [`CertificateError`] if the bytes are no certificate, or name no member or several.
pub fn member_named_in(der: &[u8]) -> Result<MemberId, CertificateError> {
    check_length(der)?;
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed("certificate"))?;
    member_of(&certificate)
}

fn member_of(certificate: &X509Certificate<'_>) -> Result<MemberId, CertificateError> {
    let missing = CertificateError::Missing("a subject alternative name urn:hansa:member:<id>");
    let names = certificate
        .subject_alternative_name()
        .map_err(|_| CertificateError::Malformed("subject alternative name"))?;
    let mut members =
        names.iter().flat_map(|extension| &extension.value.general_names).filter_map(|name| {
            match name {
                GeneralName::URI(uri) => uri.strip_prefix(MEMBER_URI_PREFIX),
                _ => None,
            }
        });
    match (members.next(), members.next()) {
        (Some(member), None) => Ok(MemberId::new(member)?),
        _ => Err(missing),
    }
}

fn role_of(certificate: &X509Certificate<'_>) -> Result<Role, CertificateError> {
    let missing = || CertificateError::Missing("the role extension");
    let oid = Oid::from(&ROLE_EXTENSION_OID).map_err(|_| missing())?;
    let extension =
        certificate.get_extension_unique(&oid).map_err(|_| missing())?.ok_or_else(missing)?;
    // UTF8String: tag 0x0c, a one-byte length, the text.
    match extension.value {
        [0x0c, length, text @ ..] if usize::from(*length) == text.len() && *length < 0x80 => {
            std::str::from_utf8(text)
                .map_err(|_| CertificateError::Malformed("role extension"))?
                .parse()
        }
        _ => Err(CertificateError::Malformed("role extension")),
    }
}

fn single<'a, I>(
    name: &'a X509Name<'a>,
    attributes: impl Fn(&'a X509Name<'a>) -> I,
    what: &'static str,
) -> Result<String, CertificateError>
where
    I: Iterator<Item = &'a x509_parser::x509::AttributeTypeAndValue<'a>>,
{
    let mut values = attributes(name);
    match (values.next().and_then(|value| value.as_str().ok()), values.next()) {
        (Some(text), None) if !text.is_empty() && text.len() <= 128 => Ok(text.to_owned()),
        _ => Err(CertificateError::Missing(what)),
    }
}
