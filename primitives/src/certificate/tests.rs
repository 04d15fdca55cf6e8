#![allow(clippy::unwrap_used)]

use super::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519,
    RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};

struct Authority {
    anchor: Anchor,
    issuer: Issuer<'static, KeyPair>,
}

fn authority(name: &str) -> Authority {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).unwrap();
    Authority {
        anchor: Anchor::parse(certificate.der()).unwrap(),
        issuer: Issuer::new(params, key),
    }
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "Milchpulver GmbH");
    params.distinguished_name.push(DnType::CountryName, "DE");
    params.subject_alt_names =
        vec![SanType::URI("urn:hansa:member:milchpulver".try_into().unwrap())];
    params.custom_extensions = vec![role_extension("exporter")];
    params.serial_number = Some(SerialNumber::from(vec![7, 8, 9]));
    params.not_before = date_time_ymd(2018, 1, 1);
    params.not_after = date_time_ymd(2019, 1, 1);
    params
}

fn role_extension(role: &str) -> CustomExtension {
    let mut content = vec![0x0c, role.len() as u8];
    content.extend_from_slice(role.as_bytes());
    CustomExtension::from_oid_content(&ROLE_EXTENSION_OID, content)
}

fn issue(authority: &Authority, params: CertificateParams) -> Vec<u8> {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    params.signed_by(&key, &authority.issuer).unwrap().der().to_vec()
}

#[test]
fn a_certificate_yields_member_role_and_key() {
    let authority = authority("Consortium");
    let certificate = MemberCertificate::parse(&issue(&authority, params())).unwrap();
    assert_eq!(certificate.member.as_str(), "milchpulver");
    assert_eq!(certificate.role, Role::Exporter);
    assert_eq!(certificate.name, "Milchpulver GmbH");
    assert_eq!(certificate.country, "DE");
    assert_eq!(certificate.serial, [7, 8, 9]);
    certificate.verify_issued_by(&authority.anchor).unwrap();
    assert!(certificate.is_valid_at(crate::BlockTime(1_540_000_000_000)));
    assert!(!certificate.is_valid_at(crate::BlockTime(1_600_000_000_000)));
}

#[test]
fn another_authority_of_the_same_name_is_refused() {
    let (real, fake) = (authority("Consortium"), authority("Consortium"));
    let certificate = MemberCertificate::parse(&issue(&fake, params())).unwrap();
    assert_eq!(
        certificate.verify_issued_by(&real.anchor),
        Err(CertificateError::Signature(SignatureError::Refused))
    );
    let other = authority("Other");
    assert!(matches!(
        certificate.verify_issued_by(&other.anchor),
        Err(CertificateError::OtherIssuer { .. })
    ));
}

#[test]
fn what_is_missing_is_named() {
    let authority = authority("Consortium");
    let mut no_role = params();
    no_role.custom_extensions.clear();
    assert_eq!(
        MemberCertificate::parse(&issue(&authority, no_role)),
        Err(CertificateError::Missing("the role extension"))
    );
    let mut strange_role = params();
    strange_role.custom_extensions = vec![role_extension("smuggler")];
    assert_eq!(
        MemberCertificate::parse(&issue(&authority, strange_role)),
        Err(CertificateError::UnknownRole("smuggler".into()))
    );
    let mut no_member = params();
    no_member.subject_alt_names.clear();
    assert!(matches!(
        MemberCertificate::parse(&issue(&authority, no_member)),
        Err(CertificateError::Missing(_))
    ));
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let other_kind = params().signed_by(&key, &authority.issuer).unwrap();
    assert_eq!(
        MemberCertificate::parse(other_kind.der()),
        Err(CertificateError::NotEd25519("the member's key"))
    );
}

#[test]
fn cut_and_altered_bytes_never_pass() {
    let authority = authority("Consortium");
    let der = issue(&authority, params());
    for length in 0..der.len() {
        assert!(MemberCertificate::parse(&der[..length]).is_err(), "cut at {length}");
    }
    for place in 0..der.len() {
        let mut altered = der.clone();
        altered[place] ^= 1;
        let verdict = MemberCertificate::parse(&altered)
            .and_then(|certificate| certificate.verify_issued_by(&authority.anchor));
        assert!(verdict.is_err(), "byte {place} altered");
    }
}

#[test]
fn a_revocation_list_counts_only_from_its_authority() {
    let (real, fake) = (authority("Consortium"), authority("Consortium"));
    let list = |authority: &Authority| {
        CertificateRevocationListParams {
            this_update: date_time_ymd(2018, 10, 1),
            next_update: date_time_ymd(2030, 10, 1),
            crl_number: SerialNumber::from(2_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(vec![7, 8, 9]),
                revocation_time: date_time_ymd(2018, 9, 30),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&authority.issuer)
        .unwrap()
        .der()
        .to_vec()
    };
    let parsed = RevocationList::parse_issued_by(&list(&real), &real.anchor).unwrap();
    assert!(parsed.revokes(&[7, 8, 9]));
    assert!(!parsed.revokes(&[7, 8]));
    assert_eq!(parsed.number, 2);
    assert!(RevocationList::parse_issued_by(&list(&fake), &real.anchor).is_err());
}
