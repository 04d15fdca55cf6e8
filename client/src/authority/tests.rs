#![allow(clippy::unwrap_used)]

use super::*;
use hansa_primitives::{
    MemberId, Signer,
    certificate::{Anchor, RevocationList, Role},
};

const NOW: BlockTime = BlockTime(1_540_000_000_000);

fn settings() -> AuthoritySettings<'static> {
    AuthoritySettings {
        name: "Milk Consortium",
        passphrase: b"hanse",
        parameters: KdfParameters::development(),
        validity: Validity::days(NOW, 3650),
    }
}

fn authority() -> (tempfile::TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(&folder.path().join("ca"), &settings()).unwrap();
    (folder, authority)
}

fn request() -> MemberRequest {
    MemberRequest {
        member: MemberId::new("milchpulver").unwrap(),
        role: Role::Exporter,
        name: "Milchpulver GmbH".to_owned(),
        country: "DE".to_owned(),
        key: SigningKey::from_seed(&[3; 32]).verifying_key(),
        validity: Validity::days(NOW, 365),
    }
}

#[test]
fn the_ledger_takes_what_the_authority_issues() {
    let (_folder, mut authority) = authority();
    let anchor = Anchor::parse(authority.anchor()).unwrap();
    let certificate =
        MemberCertificate::parse(&authority.issue_member(&request()).unwrap()).unwrap();
    certificate.verify_issued_by(&anchor).unwrap();
    assert_eq!(certificate.member.as_str(), "milchpulver");
    assert_eq!(certificate.role, Role::Exporter);
    assert_eq!(certificate.name, "Milchpulver GmbH");
    assert_eq!(certificate.country, "DE");
    assert_eq!(certificate.key, request().key);
    assert!(certificate.is_valid_at(NOW));
    assert!(!certificate.is_valid_at(NOW.plus_millis(366 * 24 * 3600 * 1000)));
}

#[test]
fn lists_are_cumulative_and_numbered_even_over_a_restart() {
    let (folder, mut authority) = authority();
    let anchor = Anchor::parse(authority.anchor()).unwrap();
    let first = MemberCertificate::parse(&authority.issue_member(&request()).unwrap()).unwrap();
    let second = MemberCertificate::parse(&authority.issue_member(&request()).unwrap()).unwrap();
    let list = authority.revoke(&first.serial, NOW).unwrap();
    let list = RevocationList::parse_issued_by(&list, &anchor).unwrap();
    assert_eq!(list.number, 1);
    assert!(list.revokes(&first.serial) && !list.revokes(&second.serial));
    drop(authority);

    let mut authority = Authority::open(&folder.path().join("ca"), b"hanse").unwrap();
    assert_eq!(
        authority.serials_of(&request().member),
        [first.serial.clone(), second.serial.clone()]
    );
    let list = authority.revoke(&second.serial, NOW).unwrap();
    let list = RevocationList::parse_issued_by(&list, &anchor).unwrap();
    assert_eq!(list.number, 2);
    assert!(list.revokes(&first.serial) && list.revokes(&second.serial));
    let again = authority.revoke(&second.serial, NOW);
    assert!(matches!(again, Err(AuthorityError::RevokedAlready(_))));
    let unknown = authority.revoke(&[1, 2, 3], NOW);
    assert!(matches!(unknown, Err(AuthorityError::UnknownSerial(_))));
}

#[test]
fn list_numbers_are_minimal_integers() {
    assert_eq!(minimal(0), [0]);
    assert_eq!(minimal(255), [255]);
    assert_eq!(minimal(256), [1, 0]);
    assert_eq!(minimal(u64::MAX), [255; 8]);
}

#[test]
fn a_tls_certificate_names_its_member_and_its_hosts() {
    let (_folder, mut authority) = authority();
    let key = TlsKey::generate().unwrap();
    let mut tls = TlsRequest {
        member: request().member,
        names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
        public_key: key.public.clone(),
        validity: Validity::days(NOW, 90),
    };
    let pem = authority.issue_tls(&tls).unwrap();
    let params = Issuer::from_ca_cert_pem(&pem, KeyPair::from_pem(&key.private).unwrap());
    assert!(params.is_ok(), "the private key and the certificate are readable");
    let der = rustls_pki_types::pem::PemObject::from_pem_slice(pem.as_bytes())
        .map(|der: rustls_pki_types::CertificateDer<'_>| der.to_vec())
        .unwrap();
    let holds = |text: &[u8]| der.windows(text.len()).any(|window| window == text);
    assert!(holds(b"urn:hansa:member:milchpulver"));
    assert!(holds(b"milchpulver.member.hansa.internal"));
    assert!(holds(b"localhost"));
    assert!(holds(&[127, 0, 0, 1]));

    tls.names = vec!["not a host".to_owned()];
    assert!(matches!(authority.issue_tls(&tls), Err(AuthorityError::BadRequest { .. })));
    tls.names.clear();
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    tls.public_key = ed25519.public_key_pem();
    assert!(matches!(authority.issue_tls(&tls), Err(AuthorityError::BadRequest { .. })));
}

#[test]
fn a_request_that_is_none_is_refused() {
    let (_folder, mut authority) = authority();
    let bad = MemberRequest { country: "Germany".to_owned(), ..request() };
    assert!(matches!(authority.issue_member(&bad), Err(AuthorityError::BadRequest { .. })));
    let nameless = MemberRequest { name: String::new(), ..request() };
    assert!(matches!(authority.issue_member(&nameless), Err(AuthorityError::Certificate(_))));
}

#[test]
fn one_process_at_a_time_and_never_twice_in_one_place() {
    let (folder, authority) = authority();
    let directory = folder.path().join("ca");
    assert!(matches!(Authority::open(&directory, b"hanse"), Err(AuthorityError::InUse(_))));
    assert!(matches!(Authority::create(&directory, &settings()), Err(AuthorityError::Exists(_))));
    drop(authority);
    assert!(matches!(
        Authority::open(&directory, b"wrong"),
        Err(AuthorityError::Keystore(KeystoreError::Refused(_)))
    ));
}
