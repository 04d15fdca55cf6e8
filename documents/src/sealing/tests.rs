#![allow(clippy::unwrap_used)]
use super::{seal::SealedBytes, *};
use crate::{
    DocumentContext,
    document::Document,
    fixture::{self, SAMPLES},
};
use hansa_primitives::{Digest, Version, codec, hash};
use proptest::prelude::*;

struct Sealed {
    context: DocumentContext,
    key: DocumentKey,
    document: Document,
    source: Source,
    bytes: Vec<u8>,
    header: DocumentHeader,
}

fn sealed(name: &str) -> Sealed {
    let context = fixture::context();
    let mut rng = fixture::rng(1);
    let key = DocumentKey::generate(&mut rng);
    let document = fixture::document(name);
    let media_type = "application/xml".to_owned();
    let source = Source { media_type, bytes: fixture::sample(name).to_vec() };
    let sealed = seal(&context, &key, &document, Some(&source), &mut rng).unwrap();
    let header = sealed.header(parts());
    Sealed { context, key, document, source, bytes: sealed.bytes, header }
}

fn parts() -> HeaderParts {
    HeaderParts {
        owner: "milchpulver".parse().unwrap(),
        issued_by: "milchpulver".parse().unwrap(),
        previous: None,
        proof_leaf: Digest([9; 32]),
    }
}

impl Sealed {
    fn open(&self) -> Result<OpenedDocument, OpenError> {
        open_all(&self.context.chain, &self.header, &self.bytes, &self.key)
    }

    /// The header as an owner would have made it for other bytes.
    fn rehash(&mut self) {
        self.header.sealed = hash::sha256(&[&self.bytes]);
        self.header.sealed_length = self.bytes.len() as u64;
    }

    fn repack(&mut self, change: impl FnOnce(&mut SealedBytes)) {
        let mut inner: SealedBytes = codec::decode(&self.bytes).unwrap();
        change(&mut inner);
        self.bytes = codec::encode(&inner);
        self.rehash();
    }

    fn section_key(&self, name: &SectionName) -> SectionKey {
        self.key.section_key(&self.context, name)
    }
}

fn name(text: &str) -> SectionName {
    SectionName::new(text).unwrap()
}

#[test]
fn what_is_sealed_opens_to_the_same() {
    for (file, bytes) in SAMPLES {
        let sealed = sealed(file);
        sealed.header.check(&sealed.context.chain).unwrap();
        let opened = sealed.open().unwrap();
        assert_eq!(opened.document, sealed.document, "{file}");
        assert_eq!(opened.source.unwrap().bytes, *bytes, "{file}");
    }
}

#[test]
fn a_document_without_a_source_opens_too() {
    let mut sealed = sealed("departure.json");
    let mut rng = fixture::rng(2);
    let without = seal(&sealed.context, &sealed.key, &sealed.document, None, &mut rng).unwrap();
    sealed.header = without.header(parts());
    sealed.bytes = without.bytes;
    let opened = sealed.open().unwrap();
    assert_eq!((opened.document, opened.source), (sealed.document, None));
}

#[test]
fn what_is_public_holds_the_names_of_sections_and_no_value() {
    let sealed = sealed("commercial-invoice.xml");
    let inner: SealedBytes = codec::decode(&sealed.bytes).unwrap();
    let ciphertexts: Vec<u8> =
        inner.sections.iter().flat_map(|section| section.ciphertext.clone()).collect();
    let ciphertexts = String::from_utf8_lossy(&ciphertexts);
    let header = codec::encode(&sealed.header);
    let header = String::from_utf8_lossy(&header);
    for field in sealed.document.fields().iter().filter(|field| field.value.len() > 4) {
        assert!(!ciphertexts.contains(&field.value), "{}", field.value);
        // The owner is public, and so are the names of sections.
        let public = ["milchpulver", "charge", "insurance"].contains(&field.value.as_str());
        assert!(public || !header.contains(&field.value), "{}", field.value);
    }
}

#[test]
fn optional_fields_do_not_show() {
    let mut sealed = sealed("commercial-invoice.xml");
    let Document::CommercialInvoice(invoice) = &mut sealed.document else { panic!() };
    invoice.payee_account = None;
    let mut rng = fixture::rng(1);
    DocumentKey::generate(&mut rng);
    let source = Some(&sealed.source);
    let without = seal(&sealed.context, &sealed.key, &sealed.document, source, &mut rng).unwrap();
    assert_eq!(without.bytes.len(), sealed.bytes.len());
    let names = |sections: &[SectionCommitment]| -> Vec<SectionName> {
        sections.iter().map(|section| section.name.clone()).collect()
    };
    assert_eq!(names(&without.sections), names(&sealed.header.sections));
    let empties: Vec<Digest> = ["payee_account", "tax_total", "prepaid"]
        .map(|text| without.sections.iter().find(|part| part.name == name(text)).unwrap().fields)
        .to_vec();
    assert!(empties[0] != empties[1] && empties[1] != empties[2], "empty sections are blinded");
}

#[test]
fn sealing_again_repeats_no_ciphertext() {
    let one = sealed("departure.json");
    let mut rng = fixture::rng(5);
    let two = seal(&one.context, &one.key, &one.document, None, &mut rng).unwrap();
    let first: SealedBytes = codec::decode(&one.bytes).unwrap();
    let second: SealedBytes = codec::decode(&two.bytes).unwrap();
    assert_ne!(first.salt, second.salt);
    for (left, right) in first.sections.iter().zip(&second.sections) {
        assert_ne!(left.ciphertext[..16], right.ciphertext[..16], "{}", left.name);
    }
    assert_eq!(
        one.header.section(&name("number")).unwrap(),
        &two.sections
            [two.sections.iter().position(|section| section.name == name("number")).unwrap()]
    );
}

#[test]
fn a_wrong_key_is_told_from_damage() {
    let sealed = sealed("departure.json");
    let chain = &sealed.context.chain;
    let wrong = DocumentKey::from_bytes([3; 32]);
    let error = open_all(chain, &sealed.header, &sealed.bytes, &wrong).err().unwrap();
    assert!(matches!(error, OpenError::WrongKey(_)), "{error}");
    let (number, carrier) = (name("number"), name("carrier"));
    let other = sealed.section_key(&number);
    let error = open_section(chain, &sealed.header, &sealed.bytes, &carrier, &other).err().unwrap();
    assert!(matches!(error, OpenError::WrongKey(section) if section == carrier));
    let absent = name("absent");
    let error = open_section(chain, &sealed.header, &sealed.bytes, &absent, &other).err().unwrap();
    assert!(matches!(error, OpenError::NoSection(_)));
}

#[test]
fn keys_of_sections_open_those_and_no_others() {
    let sealed = sealed("commercial-invoice.xml");
    let chosen = [name("lines"), name("seller")];
    let keys = chosen.iter().map(|name| (name.clone(), sealed.section_key(name))).collect();
    let keys = GrantedKeys::Sections(keys);
    assert!(keys.match_header(&sealed.context, &sealed.header));
    let chain = &sealed.context.chain;
    let opened = open_granted(chain, &sealed.header, &sealed.bytes, &keys).unwrap();
    let names: Vec<_> = opened.iter().map(|section| section.name.clone()).collect();
    assert_eq!(names, chosen);
    let expected: Vec<_> = sealed
        .document
        .fields()
        .into_iter()
        .filter(|field| field.path.starts_with("/lines/") || field.path.starts_with("/seller/"))
        .collect();
    let found: Vec<_> = opened.iter().flat_map(|section| section.fields().to_vec()).collect();
    assert_eq!(found, expected);
    assert!(keys.section_key(&sealed.context, &name("payable")).is_none());
}

#[test]
fn ciphertexts_cannot_change_places() {
    let mut sealed = sealed("departure.json");
    sealed.repack(|inner| {
        let other = inner.sections[3].ciphertext.clone();
        inner.sections[3].ciphertext = std::mem::replace(&mut inner.sections[4].ciphertext, other);
    });
    assert!(matches!(sealed.open(), Err(OpenError::Unauthentic(_))));
}

#[test]
fn a_document_cannot_be_passed_off_as_another_version_document_or_chain() {
    let mut version = sealed("departure.json");
    version.header.version = Version(2);
    version.header.previous = Some(Digest::ZERO);
    assert!(matches!(version.open(), Err(OpenError::Header(HeaderError::FieldsRoot))));
    let mut document = sealed("departure.json");
    document.header.document = hansa_primitives::DocumentId(Digest::ZERO);
    assert!(matches!(document.open(), Err(OpenError::Header(HeaderError::FieldsRoot))));
    let mut chain = sealed("departure.json");
    chain.context.chain = "other".parse().unwrap();
    assert!(matches!(chain.open(), Err(OpenError::Header(HeaderError::FieldsRoot))));
}

#[test]
fn an_owner_cannot_commit_to_one_thing_and_seal_another() {
    let mut sealed = sealed("departure.json");
    let other = fixture::document("arrival.json");
    let mut rng = fixture::rng(7);
    let swapped =
        seal(&sealed.context, &sealed.key, &other, Some(&sealed.source), &mut rng).unwrap();
    sealed.bytes = swapped.bytes;
    sealed.rehash();
    assert!(matches!(sealed.open(), Err(OpenError::Commitment(_))));
}

#[test]
fn headers_are_checked_without_the_content() {
    let good = sealed("departure.json");
    let chain = &good.context.chain;
    let broken = |change: fn(&mut DocumentHeader)| {
        let mut header = good.header.clone();
        change(&mut header);
        header.check(chain).unwrap_err()
    };
    assert!(matches!(broken(|header| header.version = Version(0)), HeaderError::Version { .. }));
    assert!(matches!(broken(|header| header.version = Version(2)), HeaderError::Version { .. }));
    assert!(matches!(
        broken(|header| header.previous = Some(Digest::ZERO)),
        HeaderError::Version { .. }
    ));
    let without_source = |header: &mut DocumentHeader| {
        header.sections.retain(|section| section.name.as_str() != SectionName::SOURCE);
    };
    assert_eq!(broken(without_source), HeaderError::Sections);
    assert_eq!(broken(|header| header.sections.clear()), HeaderError::Sections);
    assert_eq!(broken(|header| header.sections.swap(0, 1)), HeaderError::Sections);
    let twice = |header: &mut DocumentHeader| {
        header.sections.insert(0, header.sections[0].clone());
    };
    assert_eq!(broken(twice), HeaderError::Sections);
    assert_eq!(broken(|header| drop(header.sections.pop())), HeaderError::FieldsRoot);
    assert!(matches!(broken(|header| header.sealed_length = 0), HeaderError::Length(0)));
    assert!(matches!(
        broken(|header| header.sections[0].fields = Digest::ZERO),
        HeaderError::FieldsRoot
    ));
}

/// The bytes that validators sign for; they change with a new suite only.
#[test]
fn the_header_is_pinned() {
    let sealed = sealed("departure.json");
    let encoded = codec::encode(&sealed.header);
    assert_eq!(codec::decode::<DocumentHeader>(&encoded).unwrap(), sealed.header);
    insta::assert_snapshot!("header", hex::encode(&encoded));
    insta::assert_snapshot!("header-hash", sealed.header.hash(&sealed.context.chain).to_string());
    for length in 0..encoded.len() {
        assert!(codec::decode::<DocumentHeader>(&encoded[..length]).is_err(), "cut at {length}");
    }
    let json = serde_json::to_string(&sealed.header).unwrap();
    assert_eq!(serde_json::from_str::<DocumentHeader>(&json).unwrap(), sealed.header);
}

#[test]
fn single_fields_are_proven_against_the_header() {
    let sealed = sealed("commercial-invoice.xml");
    let opened = sealed.open().unwrap();
    let chain = &sealed.context.chain;
    let roots = sealed.header.section_roots();
    let mut proven = 0;
    for section in &opened.sections {
        for field in section.fields() {
            let proof = section.tree.prove(&field.path, &roots).unwrap();
            assert_eq!((&proof.path, &proof.value), (&field.path, &field.value));
            proof.verify(chain, &sealed.header.fields_root).unwrap();
            let bytes = codec::encode(&proof);
            assert_eq!(codec::decode::<crate::commitment::FieldProof>(&bytes).unwrap(), proof);
            proven += 1;
        }
        assert!(section.tree.prove("/absent", &roots).is_none());
    }
    // The source adds its media type and hash.
    assert_eq!(proven, sealed.document.fields().len() + 2);
}

#[test]
fn an_altered_proof_shows_nothing() {
    use crate::commitment::{FieldProof, FieldProofError};
    let sealed = sealed("commercial-invoice.xml");
    let opened = sealed.open().unwrap();
    let section = opened.sections.iter().find(|part| part.name == name("payable")).unwrap();
    let roots = sealed.header.section_roots();
    let proof = section.tree.prove("/payable/value", &roots).unwrap();
    let verify = |change: fn(&mut FieldProof)| {
        let mut altered = proof.clone();
        change(&mut altered);
        altered.verify(&sealed.context.chain, &sealed.header.fields_root)
    };
    assert_eq!(verify(|_| ()), Ok(()));
    assert_eq!(verify(|proof| proof.value = "19216".into()), Err(FieldProofError::Field));
    assert_eq!(verify(|proof| proof.path = "/payable/worth".into()), Err(FieldProofError::Field));
    assert_eq!(verify(|proof| proof.path = "/prepaid/value".into()), Err(FieldProofError::Section));
    assert_eq!(verify(|proof| proof.salt.0[0] ^= 1), Err(FieldProofError::Field));
    assert_eq!(verify(|proof| proof.version = Version(2)), Err(FieldProofError::Section));
    assert_eq!(verify(|proof| proof.document.0.0[0] ^= 1), Err(FieldProofError::Section));
    assert_eq!(verify(|proof| proof.section_root.0[0] ^= 1), Err(FieldProofError::Section));
    assert_eq!(verify(|proof| proof.inclusion.index = 0), Err(FieldProofError::Field));
    let other = "other".parse().unwrap();
    assert!(proof.verify(&other, &sealed.header.fields_root).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_altered_byte_is_noticed(place in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut sealed = sealed("departure.json");
        let index = place.index(sealed.bytes.len());
        sealed.bytes[index] ^= flip;
        prop_assert!(matches!(sealed.open(), Err(OpenError::Digest)));
        // Even an owner who hashes the altered bytes anew gets nowhere.
        sealed.rehash();
        prop_assert!(sealed.open().is_err());
    }

    #[test]
    fn any_cut_is_noticed(place in any::<prop::sample::Index>()) {
        let mut sealed = sealed("departure.json");
        sealed.bytes.truncate(place.index(sealed.bytes.len()).max(1));
        prop_assert!(matches!(sealed.open(), Err(OpenError::Digest)));
        sealed.rehash();
        prop_assert!(sealed.open().is_err());
    }

    #[test]
    fn random_bytes_are_no_header(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(codec::decode::<DocumentHeader>(&bytes).is_err());
    }
}
