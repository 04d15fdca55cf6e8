#![allow(clippy::unwrap_used)]
use super::{wrap::seal_with, *};
use crate::{
    DocumentContext, fixture,
    sealing::{self, DocumentKey, GrantedKeys, HeaderParts, SectionName},
};
use hansa_primitives::{BlockTime, Digest, GrantId, MemberId, Version, codec};
use hpke::kem::X25519HkdfSha256;
use proptest::prelude::*;
use rand::{TryCryptoRng, TryRng};
use std::convert::Infallible;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// Gives the bytes that a test vector names as random.
struct Fixed(Vec<u8>);

impl TryRng for Fixed {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("whole keys are drawn")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("whole keys are drawn")
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0.split_off(self.0.len() - out.len()));
        Ok(())
    }
}
impl TryCryptoRng for Fixed {}

/// RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode.
#[test]
fn the_vector_of_rfc_9180_holds() {
    let seed = "1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df";
    let pair = DocumentKeyPair::from_seed(WrapSuite::X25519, bytes(seed).try_into().unwrap());
    let public = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
    assert_eq!(hex::encode(pair.encryption_key().bytes()), public);
    let info = bytes("4f6465206f6e2061204772656369616e2055726e");
    let aad = bytes("436f756e742d30");
    let plaintext = bytes("4265617574792069732074727574682c20747275746820626561757479");
    let mut rng = Fixed(bytes("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b"));
    let (enc, ciphertext) = seal_with::<X25519HkdfSha256>(
        pair.encryption_key().bytes(),
        &info,
        &plaintext,
        &aad,
        &mut rng,
    )
    .unwrap();
    assert_eq!(
        hex::encode(&enc),
        "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
    );
    assert_eq!(
        hex::encode(&ciphertext),
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db\
         21993c62ce81883d2dd1b51a28"
    );
    assert_eq!(pair.open(&enc, &info, &ciphertext, &aad).unwrap(), plaintext);
}

fn pair(suite: WrapSuite, seed: u8) -> DocumentKeyPair {
    DocumentKeyPair::from_seed(suite, [seed; 32])
}

fn member(name: &str) -> MemberId {
    name.parse().unwrap()
}

fn sections(names: &[&str]) -> Scope {
    Scope::sections(names.iter().map(|name| SectionName::new(*name).unwrap())).unwrap()
}

fn terms(context: &DocumentContext, reader: &DocumentKeyPair) -> GrantTerms {
    GrantTerms {
        chain: context.chain.clone(),
        document: context.document,
        version: context.version,
        scope: Scope::Whole,
        grantor: member("milchpulver"),
        reader: member("fangxin"),
        reader_key: reader.encryption_key().fingerprint(),
        parent: None,
        passing_on_depth: 2,
        expires: Some(BlockTime(1_600_000_000_000)),
        purpose: GrantPurpose::Trade,
        nonce: Digest([5; 32]),
    }
}

fn whole(seed: u8) -> GrantedKeys {
    GrantedKeys::Whole(DocumentKey::from_bytes([seed; 32]))
}

fn exposed(keys: &GrantedKeys) -> Vec<[u8; 32]> {
    match keys {
        GrantedKeys::Whole(key) => vec![*key.expose()],
        GrantedKeys::Sections(keys) => keys.iter().map(|(_, key)| *key.expose()).collect(),
    }
}

#[test]
fn a_grant_opens_for_its_reader_in_both_suites() {
    let context = fixture::context();
    for suite in WrapSuite::ALL {
        let reader = pair(*suite, 1);
        let mut terms = terms(&context, &reader);
        for scope in [Scope::Whole, sections(&["lines", "payable"])] {
            terms.scope = scope;
            let key = reader.encryption_key();
            let wrapped = wrap(&terms, &whole(7), key, &mut fixture::rng(3)).unwrap();
            assert!(wrapped.fits(&terms.scope));
            let opened = reader.unwrap(&terms, &wrapped).unwrap();
            let expected = match &terms.scope {
                Scope::Whole => vec![[7; 32]],
                Scope::Sections(names) => names
                    .iter()
                    .map(|name| *whole(7).section_key(&context, name).unwrap().expose())
                    .collect(),
            };
            assert_eq!(exposed(&opened), expected, "{suite}");
            let stranger = pair(*suite, 2);
            assert_eq!(stranger.unwrap(&terms, &wrapped).err(), Some(UnwrapError::OtherKey));
            let encoded = codec::encode(&wrapped);
            assert_eq!(codec::decode::<WrappedKey>(&encoded).unwrap(), wrapped);
        }
    }
}

#[test]
fn no_term_can_be_changed() {
    let context = fixture::context();
    let reader = pair(WrapSuite::X25519, 1);
    let terms = terms(&context, &reader);
    let key = reader.encryption_key();
    let wrapped = wrap(&terms, &whole(7), key, &mut fixture::rng(3)).unwrap();
    let changes: [fn(&mut GrantTerms); 11] = [
        |terms| terms.chain = "other".parse().unwrap(),
        |terms| terms.document.0.0[0] ^= 1,
        |terms| terms.version = Version(2),
        |terms| terms.scope = sections(&["lines"]),
        |terms| terms.grantor = member("suto"),
        |terms| terms.reader = member("suto"),
        |terms| terms.parent = Some(GrantId(Digest([1; 32]))),
        |terms| terms.passing_on_depth = 3,
        |terms| terms.expires = None,
        |terms| terms.purpose = GrantPurpose::Audit,
        |terms| terms.nonce.0[0] ^= 1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = terms.clone();
        change(&mut changed);
        assert_ne!(changed.id(), terms.id(), "change {number}");
        let error = reader.unwrap(&changed, &wrapped).err();
        assert_eq!(error, Some(UnwrapError::Unauthentic), "change {number}");
    }
    let mut other = terms.clone();
    other.reader_key = Digest::ZERO;
    assert_eq!(reader.unwrap(&other, &wrapped).err(), Some(UnwrapError::OtherKey));
}

#[test]
fn the_same_seed_gives_no_key_for_the_other_suite() {
    let context = fixture::context();
    let (classic, hybrid) = (pair(WrapSuite::X25519, 1), pair(WrapSuite::XWing, 1));
    let terms = terms(&context, &classic);
    let key = classic.encryption_key();
    let mut wrapped = wrap(&terms, &whole(7), key, &mut fixture::rng(3)).unwrap();
    assert_eq!(hybrid.unwrap(&terms, &wrapped).err(), Some(UnwrapError::OtherKey));
    wrapped.suite = WrapSuite::XWing;
    assert_eq!(classic.unwrap(&terms, &wrapped).err(), Some(UnwrapError::OtherKey));
    assert!(!wrapped.fits(&Scope::Whole));
}

#[test]
fn only_what_is_held_can_be_wrapped() {
    let context = fixture::context();
    let reader = pair(WrapSuite::X25519, 1);
    let key = reader.encryption_key();
    let mut terms = terms(&context, &reader);
    let lines = SectionName::new("lines").unwrap();
    let held = GrantedKeys::Sections(vec![(
        lines.clone(),
        whole(7).section_key(&context, &lines).unwrap(),
    )]);
    let mut rng = fixture::rng(3);
    assert_eq!(wrap(&terms, &held, key, &mut rng).err(), Some(WrapError::NotHeld));
    terms.scope = sections(&["lines", "payable"]);
    assert_eq!(wrap(&terms, &held, key, &mut rng).err(), Some(WrapError::NotHeld));
    terms.scope = sections(&["lines"]);
    let wrapped = wrap(&terms, &held, key, &mut rng).unwrap();
    assert_eq!(exposed(&reader.unwrap(&terms, &wrapped).unwrap()), exposed(&held));
    terms.reader_key = Digest::ZERO;
    assert_eq!(wrap(&terms, &held, key, &mut rng).err(), Some(WrapError::OtherKey));
}

#[test]
fn a_grant_is_passed_on_down_to_the_fields() {
    let context = fixture::context();
    let mut rng = fixture::rng(4);
    let document_key = DocumentKey::generate(&mut rng);
    let document = fixture::document("commercial-invoice.xml");
    let sealed = sealing::seal(&context, &document_key, &document, None, &mut rng).unwrap();
    let header = sealed.header(HeaderParts {
        owner: member("milchpulver"),
        issued_by: member("milchpulver"),
        previous: None,
        proof_leaf: Digest::ZERO,
    });
    let (fangxin, customs) = (pair(WrapSuite::XWing, 1), pair(WrapSuite::X25519, 2));
    let first = terms(&context, &fangxin);
    let held = GrantedKeys::Whole(document_key);
    let wrapped = wrap(&first, &held, fangxin.encryption_key(), &mut rng).unwrap();
    let held = fangxin.unwrap(&first, &wrapped).unwrap();
    let second = GrantTerms {
        scope: sections(&["lines", "seller"]),
        grantor: member("fangxin"),
        reader: member("tianjin-customs"),
        reader_key: customs.encryption_key().fingerprint(),
        parent: Some(first.id()),
        passing_on_depth: 1,
        purpose: GrantPurpose::Customs,
        ..first.clone()
    };
    assert_eq!(narrows(&second, &first), Ok(()));
    let wrapped = wrap(&second, &held, customs.encryption_key(), &mut rng).unwrap();
    let held = customs.unwrap(&second, &wrapped).unwrap();
    assert!(held.match_header(&context, &header));
    let opened = sealing::open_granted(&context.chain, &header, &sealed.bytes, &held).unwrap();
    let values: Vec<_> = opened.iter().flat_map(|section| section.fields()).collect();
    assert!(values.iter().any(|field| field.path == "/lines/0/hs/code" && field.value == "040221"));
    assert!(values.iter().all(|field| !field.path.starts_with("/payable")));
}

#[test]
fn a_child_only_narrows() {
    let context = fixture::context();
    let reader = pair(WrapSuite::X25519, 1);
    let mut parent = terms(&context, &reader);
    parent.scope = sections(&["lines", "payable"]);
    let good = GrantTerms {
        scope: sections(&["lines"]),
        grantor: parent.reader.clone(),
        reader: member("suto"),
        parent: Some(parent.id()),
        passing_on_depth: 1,
        ..parent.clone()
    };
    assert_eq!(narrows(&good, &parent), Ok(()));
    let refused = |change: fn(&mut GrantTerms)| {
        let mut child = good.clone();
        change(&mut child);
        narrows(&child, &parent).unwrap_err()
    };
    assert_eq!(refused(|child| child.parent = None), NotNarrower::Parent);
    assert_eq!(refused(|child| child.parent = Some(GrantId(Digest::ZERO))), NotNarrower::Parent);
    assert_eq!(refused(|child| child.version = Version(2)), NotNarrower::Document);
    assert_eq!(refused(|child| child.document.0.0[0] ^= 1), NotNarrower::Document);
    assert_eq!(refused(|child| child.chain = "other".parse().unwrap()), NotNarrower::Document);
    assert_eq!(refused(|child| child.grantor = member("milchpulver")), NotNarrower::Grantor);
    assert_eq!(refused(|child| child.passing_on_depth = 2), NotNarrower::Depth(2));
    assert_eq!(refused(|child| child.passing_on_depth = 255), NotNarrower::Depth(2));
    assert_eq!(refused(|child| child.scope = Scope::Whole), NotNarrower::Scope);
    assert_eq!(refused(|child| child.scope = sections(&["lines", "seller"])), NotNarrower::Scope);
    assert_eq!(refused(|child| child.expires = None), NotNarrower::Expiry);
    let later = |child: &mut GrantTerms| child.expires = Some(BlockTime(1_600_000_000_001));
    assert_eq!(refused(later), NotNarrower::Expiry);
    let mut last = parent.clone();
    last.passing_on_depth = 0;
    let child = GrantTerms { parent: Some(last.id()), passing_on_depth: 0, ..good.clone() };
    assert_eq!(narrows(&child, &last), Err(NotNarrower::Depth(0)));
}

#[test]
fn terms_are_pinned() {
    let context = fixture::context();
    let mut terms = terms(&context, &pair(WrapSuite::X25519, 1));
    terms.scope = sections(&["payable", "lines", "lines"]);
    terms.parent = Some(GrantId(Digest([6; 32])));
    let encoded = codec::encode(&terms);
    assert_eq!(codec::decode::<GrantTerms>(&encoded).unwrap(), terms);
    insta::assert_snapshot!("terms", hex::encode(&encoded));
    insta::assert_snapshot!("grant-id", terms.id().to_string());
    for length in 0..encoded.len() {
        assert!(codec::decode::<GrantTerms>(&encoded[..length]).is_err(), "cut at {length}");
    }
    let json = serde_json::to_string(&terms).unwrap();
    insta::assert_snapshot!("terms-json", json);
    assert_eq!(serde_json::from_str::<GrantTerms>(&json).unwrap(), terms);
}

#[test]
fn scopes_have_one_form() {
    let unsorted = vec![SectionName::new("b").unwrap(), SectionName::new("a").unwrap()];
    let wire = |names: &[SectionName]| {
        let mut bytes = codec::encode(&1_u32);
        bytes.extend(codec::encode(&names.to_vec()));
        bytes
    };
    let decode = |bytes: &[u8]| codec::decode::<ScopeBox>(bytes).is_ok();
    assert!(!decode(&wire(&unsorted)));
    assert!(!decode(&wire(&[])));
    assert!(!decode(&wire(&[unsorted[1].clone(), unsorted[1].clone()])));
    assert!(decode(&wire(&[unsorted[1].clone(), unsorted[0].clone()])));
    assert!(Scope::sections([]).is_err());
    assert!(serde_json::from_str::<Scope>(r#"{"sections":["b","a"]}"#).is_err());
}

#[derive(bincode::Encode, bincode::Decode)]
struct ScopeBox(Scope);

impl codec::Canonical for ScopeBox {
    const BYTES_MAX: usize = 4096;
}

#[test]
fn encryption_keys_have_text_and_bytes() {
    for suite in WrapSuite::ALL {
        let key = pair(*suite, 1).encryption_key().clone();
        assert_eq!(key.to_string().parse::<EncryptionKey>().unwrap(), key);
        assert_eq!(codec::decode::<EncryptionKey>(&codec::encode(&key)).unwrap(), key);
        assert_eq!(key.bytes().len(), suite.public_key_bytes());
        let mut short = key.bytes().to_vec();
        short.pop();
        assert!(EncryptionKey::parse(*suite, short).is_err());
    }
    for bad in ["", "x25519", "x25519:00", "rot13:00", "x25519:zz"] {
        assert!(bad.parse::<EncryptionKey>().is_err(), "{bad}");
    }
    let debug = format!("{:?}", pair(WrapSuite::X25519, 1));
    assert!(debug.contains("secret") && !debug.contains("01010101"), "{debug}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_altered_byte_of_a_wrapped_key_is_noticed(
        place in any::<prop::sample::Index>(), flip in 1_u8.., hybrid in any::<bool>(),
    ) {
        let reader = pair(if hybrid { WrapSuite::XWing } else { WrapSuite::X25519 }, 1);
        let terms = terms(&fixture::context(), &reader);
        let key = reader.encryption_key();
        let mut wrapped = wrap(&terms, &whole(7), key, &mut fixture::rng(3)).unwrap();
        let index = place.index(wrapped.enc.len() + wrapped.ciphertext.len());
        let altered = wrapped.enc.iter_mut().chain(&mut wrapped.ciphertext).nth(index).unwrap();
        // X25519 ignores the top bit of a public key, but HPKE hashes the bytes as sent.
        *altered ^= flip;
        prop_assert_eq!(reader.unwrap(&terms, &wrapped).err(), Some(UnwrapError::Unauthentic));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(codec::decode::<GrantTerms>(&bytes).is_err());
        if let Ok(wrapped) = codec::decode::<WrappedKey>(&bytes) {
            let reader = pair(WrapSuite::X25519, 1);
            prop_assert!(reader.unwrap(&terms(&fixture::context(), &reader), &wrapped).is_err());
        }
    }
}
