#![allow(clippy::unwrap_used)]

use super::{
    CeremonyError, Contributor, Directory, Roster, Transcript,
    key::Key,
    origin::{Lagrange, Origin},
    powers::{Powers, Secrets, nonzero},
    record::{self, Place, file_name},
};
use crate::{
    field::{Fr, context, rng_from_seed},
    groth16::{Proof, ProvingKey, VerifyError},
    statement::{
        Precheck, Register, fixture,
        shape::Shape,
        tiny::{TINY_POWER, Tiny, TinyPublic},
    },
};
use ark_bn254::{G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::Field;
use hansa_primitives::{Digest, MemberId, Signer, SigningKey, hash::sha256};
use std::{collections::BTreeMap, sync::OnceLock};

const MEMBERS: [&str; 3] = ["ihk", "bank-of-china", "tianjin-customs"];

fn signer(member: usize) -> SigningKey {
    SigningKey::from_seed(&[member as u8 + 1; 32])
}

fn member(member: usize) -> MemberId {
    MemberId::new(MEMBERS[member]).unwrap()
}

fn roster() -> Roster {
    (0..3).map(|number| (member(number), signer(number).verifying_key())).collect()
}

fn empty() -> Transcript {
    Transcript::with_power("devnet", TINY_POWER, BTreeMap::new())
}

fn powers_by(transcript: &mut Transcript, number: usize, seed: u8) {
    let (member, signer) = (member(number), signer(number));
    let contributor = Contributor { member, signer: &signer };
    transcript.contribute_powers(&contributor, &mut rng_from_seed([seed; 32])).unwrap();
}

fn key_by(transcript: &mut Transcript, number: usize, seed: u8) {
    let (member, signer) = (member(number), signer(number));
    let contributor = Contributor { member, signer: &signer };
    transcript.contribute::<Tiny>(&contributor, &mut rng_from_seed([seed; 32])).unwrap();
}

fn prepare(transcript: &mut Transcript) {
    let finished = transcript.finished().unwrap();
    let basis = Lagrange::of(&finished.powers);
    transcript.prepare_one::<Tiny>(&finished, &basis).unwrap();
}

/// Two contributions to the powers, two to the key.
fn make() -> Transcript {
    let mut transcript = empty();
    powers_by(&mut transcript, 0, 10);
    powers_by(&mut transcript, 1, 11);
    prepare(&mut transcript);
    key_by(&mut transcript, 1, 12);
    key_by(&mut transcript, 2, 13);
    transcript
}

fn whole() -> Transcript {
    static WHOLE: OnceLock<Transcript> = OnceLock::new();
    WHOLE.get_or_init(make).clone()
}

fn verify(transcript: &Transcript) -> Result<ProvingKey<Tiny>, CeremonyError> {
    let finished = transcript.verify_powers(&roster())?;
    transcript.verify_key::<Tiny>(&roster(), &finished).map(|(key, _)| key)
}

/// The transcript with other files.
fn changed(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Transcript {
    let mut files = whole().files().clone();
    change(&mut files);
    Transcript::with_power("devnet", TINY_POWER, files)
}

fn parent_of(transcript: &Transcript, stage: &str, sequence: u16) -> Digest {
    sha256(&[&transcript.files()[&file_name(stage, sequence)]])
}

fn ceremony_id() -> Digest {
    let parts: [&[u8]; 2] = [b"devnet", &TINY_POWER.to_le_bytes()];
    hansa_primitives::hash::tagged_unbound("ceremony", &parts)
}

fn place(stage: &str, sequence: u16, parent: Digest, circuit: Digest) -> Place {
    Place { ceremony: ceremony_id(), stage: stage.to_owned(), sequence, parent, circuit }
}

fn lied(result: Result<ProvingKey<Tiny>, CeremonyError>) -> String {
    match result {
        Err(CeremonyError::Lie { what, .. }) => what.to_owned(),
        other => panic!("not a lie: {other:?}"),
    }
}

#[test]
fn a_ceremony_leads_to_keys_that_prove() {
    let key = verify(&whole()).unwrap();
    let witness = (Fr::from(6_u8), Fr::from(7_u8));
    let public = TinyPublic::of(&witness);
    let proof = key.prove(&public, &witness, &mut rng_from_seed([1; 32])).unwrap();
    assert_eq!(key.verifier().verify(&public, &proof), Ok(()));
    let other = TinyPublic::of(&(Fr::from(6_u8), Fr::from(8_u8)));
    assert_eq!(key.verifier().verify(&other, &proof), Err(VerifyError::Invalid(key.id())));
    assert_eq!(verify(&make()).unwrap().id(), key.id(), "the same draws make the same key");
}

/// A second contribution to the powers whose author signs and knows the factors, but changes
/// points.
fn lying_powers(lie: impl FnOnce(&mut Powers)) -> Result<ProvingKey<Tiny>, CeremonyError> {
    let mut transcript = empty();
    powers_by(&mut transcript, 0, 10);
    let before = transcript.finished().unwrap().powers;
    let mut rng = rng_from_seed([20; 32]);
    let secrets = Secrets::draw(&mut rng);
    let mut after = before.multiplied(&secrets);
    lie(&mut after);
    let [tau, alpha, beta] = before.heads();
    let factors = [(&tau, &secrets.tau), (&alpha, &secrets.alpha), (&beta, &secrets.beta)];
    let place = place("powers", 2, parent_of(&transcript, "powers", 1), Digest::ZERO);
    let file = record::write(place, &after.encode(), &member(1), &signer(1), &factors, &mut rng);
    let mut files = transcript.files().clone();
    files.insert(file_name("powers", 2), file);
    verify(&Transcript::with_power("devnet", TINY_POWER, files))
}

#[test]
fn altered_powers_are_refused() {
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let last = (2 << TINY_POWER) - 2;
    let missing = lying_powers(|_| ());
    assert!(matches!(missing, Err(CeremonyError::Missing(_))), "honest powers pass phase 1");
    for place in [2, 100, last] {
        let what = lied(lying_powers(|powers| powers.tau_g1[place] = g1));
        assert_eq!(what, "the points in G1 are no powers of tau");
    }
    let what = lied(lying_powers(|powers| powers.alpha_g1[7] = g1));
    assert_eq!(what, "the points in G1 are no powers of tau");
    let what = lied(lying_powers(|powers| powers.beta_g1[255] = g1));
    assert_eq!(what, "the points in G1 are no powers of tau");
    let what = lied(lying_powers(|powers| powers.tau_g2[255] = g2));
    assert_eq!(what, "the points in G2 are no powers of tau");
    let what = lied(lying_powers(|powers| powers.beta_g2 = g2));
    assert_eq!(what, "beta differs between the groups");
    let what = lied(lying_powers(|powers| powers.tau_g1[0] = powers.tau_g1[1]));
    assert_eq!(what, "the powers do not start with the generators");
    for head in [0, 1, 2] {
        let result = lying_powers(|powers| match head {
            0 => powers.tau_g1[1] = g1,
            1 => powers.alpha_g1[0] = G1Affine::zero(),
            _ => powers.beta_g1[0] = g1,
        });
        assert!(matches!(result, Err(CeremonyError::NoKnowledge(_))), "{head}");
    }
}

/// A contribution to the key, at the given place, by an author who tells a lie.
fn lying_key(lie: impl FnOnce(&mut Key)) -> Result<ProvingKey<Tiny>, CeremonyError> {
    let mut transcript = whole();
    let shape = Shape::of::<Tiny>().unwrap();
    let origin = origin_of(&transcript, &shape);
    // Redo the second contribution from the first: read it back from its file.
    let mut files = transcript.files().clone();
    files.remove(&file_name("tiny", 1));
    files.remove(&file_name("tiny", 2));
    let before = Key::of(&origin);
    let mut rng = rng_from_seed([21; 32]);
    let factor = nonzero(&mut rng);
    let mut after = before.multiplied(&factor);
    lie(&mut after);
    let place = place("tiny", 1, parent_of(&transcript, "tiny", 0), shape.hash());
    let factors = [(&before.delta_g1, &factor)];
    let file = record::write(place, &after.encode(), &member(1), &signer(1), &factors, &mut rng);
    files.insert(file_name("tiny", 1), file);
    transcript = Transcript::with_power("devnet", TINY_POWER, files);
    verify(&transcript)
}

fn origin_of(transcript: &Transcript, shape: &Shape) -> Origin {
    let finished = transcript.finished().unwrap();
    Origin::make(&finished.powers, &Lagrange::of(&finished.powers), shape)
}

#[test]
fn lying_contributions_to_a_key_are_refused() {
    let honest = lying_key(|_| ());
    assert!(matches!(honest, Err(CeremonyError::TooFew { found: 1, .. })));
    let generator = G1Affine::generator();
    let divided = "points were not divided by delta";
    assert_eq!(lied(lying_key(|key| key.change_h(3, generator))), divided);
    assert_eq!(lied(lying_key(|key| key.change_l(0, generator))), divided);
    let what = lied(lying_key(|key| key.delta_g2 = (key.delta_g2 + key.delta_g2).into_affine()));
    assert_eq!(what, "delta differs between the groups");
    let both = lying_key(|key| {
        key.delta_g1 = (key.delta_g1 + key.delta_g1).into_affine();
        key.delta_g2 = (key.delta_g2 + key.delta_g2).into_affine();
    });
    assert!(matches!(both, Err(CeremonyError::NoKnowledge(_))));
}

#[test]
fn an_origin_that_is_not_the_circuits_is_refused() {
    let shape = Shape::of::<Tiny>().unwrap();
    let transcript = whole();
    let honest = origin_of(&transcript, &shape);
    let checked = sha256(&[b"any"]);
    let powers = transcript.finished().unwrap().powers;
    assert_eq!(honest.check(&powers, &shape, &checked), Ok(()));
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    type Lie = fn(&mut Origin, G1Affine, G2Affine);
    let lies: [(&str, Lie); 8] = [
        ("alpha or beta", |origin, g1, _| origin.alpha_g1 = g1),
        ("alpha or beta", |origin, _, g2| origin.beta_g2 = g2),
        ("the mixed sums", |origin, g1, _| origin.inputs[1] = g1),
        ("the mixed sums", |origin, g1, _| origin.l[5] = g1),
        ("the sums over A", |origin, g1, _| origin.a[2] = g1),
        ("the sums over B in G1", |origin, g1, _| origin.b_g1[9] = g1),
        ("the sums over B in G2", |origin, _, g2| origin.b_g2[9] = g2),
        ("the multiples", |origin, g1, _| origin.h[9] = g1),
    ];
    for (what, lie) in lies {
        let mut origin = honest.clone();
        lie(&mut origin, g1, g2);
        let found = origin.check(&powers, &shape, &checked).unwrap_err();
        assert!(found.starts_with(what), "{found} is not {what}");
    }
}

#[test]
fn every_file_is_needed_and_whole() {
    for name in whole().files().keys() {
        let damaged = changed(|files| {
            let middle = files[name].len() - 100;
            files.get_mut(name).unwrap()[middle] ^= 1;
        });
        assert!(verify(&damaged).is_err(), "{name} damaged");
        let cut = changed(|files| files.get_mut(name).unwrap().truncate(1000));
        assert!(matches!(verify(&cut), Err(CeremonyError::Malformed(file)) if file == *name));
        let removed = changed(|files| drop(files.remove(name)));
        assert!(verify(&removed).is_err(), "{name} removed");
    }
}

#[test]
fn a_skipped_parent_is_refused() {
    // A second contribution that goes on from the start, as if the first had not been.
    let mut fork = empty();
    powers_by(&mut fork, 1, 30);
    let foreign = changed(|files| {
        files.insert(file_name("powers", 2), fork.files()[&file_name("powers", 1)].clone());
    });
    let error = verify(&foreign).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::Elsewhere { what: "number", .. })));

    // The same, but with a header that claims the right parent: the factors do not lead there.
    let transcript = whole();
    let mut rng = rng_from_seed([31; 32]);
    let secrets = Secrets::draw(&mut rng);
    let start = Powers::initial(TINY_POWER);
    let [tau, alpha, beta] = start.heads();
    let factors = [(&tau, &secrets.tau), (&alpha, &secrets.alpha), (&beta, &secrets.beta)];
    let body = start.multiplied(&secrets).encode();
    let right = place("powers", 2, parent_of(&transcript, "powers", 1), Digest::ZERO);
    let file = record::write(right, &body, &member(1), &signer(1), &factors, &mut rng);
    let claimed = changed(|files| drop(files.insert(file_name("powers", 2), file)));
    assert!(matches!(verify(&claimed), Err(CeremonyError::NoKnowledge(_))));

    // Powers that go on after the keys were prepared leave the keys without a parent.
    let mut later = whole();
    powers_by(&mut later, 2, 32);
    let error = verify(&later).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::Elsewhere { what: "parent", .. })));
}

#[test]
fn a_contribution_cannot_be_taken_over() {
    // Someone else's points and factors under one's own name: without the factors there is no
    // proof.
    let mut fork = empty();
    powers_by(&mut fork, 0, 10);
    let before = fork.finished().unwrap().powers;
    let theirs = Secrets::draw(&mut rng_from_seed([40; 32]));
    let mine = Secrets::draw(&mut rng_from_seed([41; 32]));
    let body = before.multiplied(&theirs).encode();
    let [tau, alpha, beta] = before.heads();
    let guessed = [(&tau, &mine.tau), (&alpha, &mine.alpha), (&beta, &mine.beta)];
    let place = place("powers", 2, parent_of(&fork, "powers", 1), Digest::ZERO);
    let mut rng = rng_from_seed([42; 32]);
    let file = record::write(place, &body, &member(2), &signer(2), &guessed, &mut rng);
    let mut files = fork.files().clone();
    files.insert(file_name("powers", 2), file);
    let stolen = Transcript::with_power("devnet", TINY_POWER, files);
    assert!(matches!(verify(&stolen), Err(CeremonyError::NoKnowledge(_))));
}

#[test]
fn only_members_of_the_roster_count() {
    let transcript = whole();
    let mut without = roster();
    without.remove(&member(1));
    let error = transcript.verify_powers(&without).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::UnknownContributor { .. })));
    let mut other_key = roster();
    other_key.insert(member(1), signer(2).verifying_key());
    let error = transcript.verify_powers(&other_key).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::UnknownContributor { .. })));
}

#[test]
fn one_member_alone_is_too_few() {
    let mut transcript = empty();
    powers_by(&mut transcript, 0, 10);
    powers_by(&mut transcript, 0, 11);
    let error = transcript.verify_powers(&roster()).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::TooFew { stage: "powers", found: 1, .. })));
    powers_by(&mut transcript, 1, 12);
    prepare(&mut transcript);
    key_by(&mut transcript, 2, 13);
    key_by(&mut transcript, 2, 14);
    let error = verify(&transcript).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::TooFew { stage: "tiny", found: 1, .. })));
}

#[test]
fn a_transcript_belongs_to_its_chain() {
    let other = Transcript::with_power("mainnet", TINY_POWER, whole().files().clone());
    let error = verify(&other).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::Elsewhere { what: "ceremony", .. })));
}

/// Why a ceremony is needed: who knows every factor can prove what is false, and who lacks one
/// cannot.
#[test]
fn all_factors_together_forge_and_one_missing_does_not() {
    let key = verify(&whole()).unwrap();
    let draw = |seed| Secrets::draw(&mut rng_from_seed([seed; 32]));
    let (first, second) = (draw(10), draw(11));
    let deltas = [12, 13].map(|seed| nonzero(&mut rng_from_seed([seed; 32])));
    let alpha = first.alpha * second.alpha;
    let beta = first.beta * second.beta;
    let delta = deltas[0] * deltas[1];
    let forge = |alpha: Fr, beta: Fr, delta: Fr| {
        let public = TinyPublic { product: Fr::from(1_u8).into(), image: Fr::from(1_u8).into() };
        let points = key.points();
        let weights = [Fr::ONE, Fr::ONE, Fr::ONE];
        let inputs = G1Projective::msm(&points.vk.gamma_abc_g1, &weights).unwrap();
        let (a, b) = (Fr::from(5_u8), Fr::from(6_u8));
        let generator = G1Affine::generator();
        let c = (generator * (a * b - alpha * beta) - inputs) * delta.inverse().unwrap();
        let forged = ark_groth16::Proof {
            a: (generator * a).into_affine(),
            b: (G2Affine::generator() * b).into_affine(),
            c: c.into_affine(),
        };
        key.verifier().verify(&public, &Proof::of(&forged))
    };
    assert_eq!(forge(alpha, beta, delta), Ok(()), "all factors");
    let refused = Err(VerifyError::Invalid(key.id()));
    assert_eq!(forge(alpha, beta, deltas[0]), refused, "without the last factor of delta");
    assert_eq!(forge(first.alpha, beta, delta), refused, "without the last factor of alpha");
    assert_eq!(forge(alpha, second.beta, delta), refused, "without the first factor of beta");
}

fn real_contribution(directory: &Directory, number: usize) {
    let (member, signer) = (member(number), signer(number));
    let contributor = Contributor { member, signer: &signer };
    let mut rng = rng_from_seed([number as u8 + 50; 32]);
    directory.contribute::<Precheck>(&contributor, &mut rng).unwrap();
    directory.contribute::<Register>(&contributor, &mut rng).unwrap();
}

/// The real thing: both circuits, through a directory, to proofs.
#[test]
fn the_whole_ceremony_gives_keys_for_both_statements() {
    let place = tempfile::tempdir().unwrap();
    let directory = Directory::open(place.path().join("ceremony"), "devnet").unwrap();
    for number in 0..2 {
        let (member, signer) = (member(number), signer(number));
        let contributor = Contributor { member, signer: &signer };
        directory.contribute_powers(&contributor, &mut rng_from_seed([number as u8; 32])).unwrap();
    }
    directory.prepare().unwrap();
    real_contribution(&directory, 1);
    real_contribution(&directory, 2);
    let outcome = directory.verify(&roster()).unwrap();

    let mut rng = rng_from_seed([60; 32]);
    let (public, witness) = fixture::precheck();
    let proof = outcome.precheck.prove(&public, &witness, &mut rng).unwrap();
    let verifier = outcome.precheck.verifier();
    assert_eq!(verifier.verify(&public, &proof), Ok(()));
    let elsewhere = context(&[b"another bank"]);
    let other = crate::PrecheckPublic { context: elsewhere, ..public };
    assert_eq!(verifier.verify(&other, &proof), Err(VerifyError::Invalid(verifier.id())));

    let verifier = outcome.register.verifier();
    let mut claims = Vec::new();
    for (public, witness) in [fixture::first_step(), fixture::second_step()] {
        let proof = outcome.register.prove(&public, &witness, &mut rng).unwrap();
        let other = crate::RegisterPublic { context: elsewhere, ..public.clone() };
        assert_eq!(verifier.verify(&other, &proof), Err(VerifyError::Invalid(verifier.id())));
        claims.push((public, proof));
    }
    assert_eq!(verifier.verify_batch(&claims), Ok(()));

    let keys = (outcome.precheck.verifying_key(), outcome.register.verifying_key());
    let (precheck, register) = (keys.0.encode(), keys.1.encode());
    outcome.expect(&precheck, &register).unwrap();
    let error = outcome.expect(&precheck, &precheck).map(|_| ());
    assert!(matches!(error, Err(CeremonyError::OtherKey("register"))));
    let bytes = outcome.precheck.encode();
    let read = ProvingKey::<Precheck>::decode(&bytes, &outcome.precheck.id()).unwrap();
    assert_eq!(read.id(), outcome.precheck.id());

    std::fs::write(place.path().join("ceremony/precheck-99.bin"), b"stray").unwrap();
    let stray = directory.load().unwrap().stray();
    assert_eq!(stray, Some("precheck-99.bin".to_owned()));
}
