//! What is asked of the authority.

use super::{AuthorityError, member_uri_names, tls};
use hansa_primitives::{
    BlockTime, MemberId, VerifyingKey,
    certificate::{MEMBER_URI_PREFIX, Role},
};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SanType, SubjectPublicKeyInfo, date_time_ymd,
};
use std::{net::IpAddr, time::Duration};

/// From when until when a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub not_before: BlockTime,
    /// Last instant.
    pub not_after: BlockTime,
}

impl Validity {
    /// From an hour before `now`, for clocks that run behind, until `days` after it.
    pub fn days(now: BlockTime, days: u64) -> Self {
        let hour_ms = 3600 * 1000;
        Self {
            not_before: BlockTime(now.0.saturating_sub(hour_ms)),
            not_after: now.plus_millis(days.saturating_mul(24 * hour_ms)),
        }
    }

    pub(super) fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.not_before = date_time_ymd(1970, 1, 1) + since_1970(self.not_before);
        params.not_after = date_time_ymd(1970, 1, 1) + since_1970(self.not_after);
        params.use_authority_key_identifier_extension = true;
        params
    }
}

/// A request for a member's signing certificate.
#[derive(Clone, Debug)]
pub struct MemberRequest {
    /// Short name.
    pub member: MemberId,
    /// What the member may do.
    pub role: Role,
    /// Legal name.
    pub name: String,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// The key that it signs transactions with.
    pub key: VerifyingKey,
    /// From when until when.
    pub validity: Validity,
}

impl MemberRequest {
    pub(super) fn country(&self, country: &str) -> Result<DnValue, AuthorityError> {
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let reason = format!("`{country}` is no ISO 3166-1 alpha-2 country code");
            return Err(bad_request(&self.member, reason));
        }
        let text = country.try_into().map_err(|_| bad_request(&self.member, "country code"))?;
        Ok(DnValue::PrintableString(text))
    }
}

/// A request for a certificate that speaks for a member on connections.
#[derive(Clone, Debug)]
pub struct TlsRequest {
    /// The member.
    pub member: MemberId,
    /// DNS names and IP addresses that its node is reached by; none if it only connects to others.
    pub names: Vec<String>,
    /// The public key in PEM, see [`super::TlsKey`].
    pub public_key: String,
    /// From when until when.
    pub validity: Validity,
}

impl TlsRequest {
    pub(super) fn params(&self) -> Result<CertificateParams, AuthorityError> {
        let mut params = self.validity.params();
        params.distinguished_name.push(DnType::CommonName, self.member.as_str());
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names = vec![member_uri(&self.member)?];
        if !self.names.is_empty() {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
            let own_host = tls::member_host(&self.member);
            for name in std::iter::once(&own_host).chain(&self.names) {
                params.subject_alt_names.push(self.san(name)?);
            }
        }
        Ok(params)
    }

    fn san(&self, name: &str) -> Result<SanType, AuthorityError> {
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(SanType::IpAddress(address));
        }
        let is_name = rustls_pki_types::DnsName::try_from(name).is_ok();
        match name.try_into() {
            Ok(text) if is_name => Ok(SanType::DnsName(text)),
            _ => Err(bad_request(&self.member, format!("`{name}` is no DNS name or IP address"))),
        }
    }

    pub(super) fn key(&self) -> Result<SubjectPublicKeyInfo, AuthorityError> {
        let key = SubjectPublicKeyInfo::from_pem(&self.public_key)
            .map_err(|error| bad_request(&self.member, format!("its public key: {error}")))?;
        if rcgen::PublicKeyData::algorithm(&key) != &rcgen::PKCS_ECDSA_P256_SHA256 {
            return Err(bad_request(&self.member, "its TLS key is not ECDSA P-256"));
        }
        Ok(key)
    }
}

pub(super) fn member_uri(member: &MemberId) -> Result<SanType, AuthorityError> {
    Ok(member_uri_names(format!("{MEMBER_URI_PREFIX}{member}"))?)
}

/// The time since 1970-01-01, in whole seconds as certificates count.
pub(super) fn since_1970(time: BlockTime) -> Duration {
    // 9999-12-31T23:59:59Z is the last instant that X.509 can write (RFC 5280 section 4.1.2.5).
    Duration::from_secs(time.seconds().min(253_402_300_799))
}

fn bad_request(member: &MemberId, reason: impl Into<String>) -> AuthorityError {
    AuthorityError::BadRequest { member: member.to_string(), reason: reason.into() }
}
