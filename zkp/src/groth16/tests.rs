#![allow(clippy::unwrap_used)]

use super::{
    KeyCache, KeyError, KeyId, Proof, ProveError, ProvingKey, Verifier, VerifyError, VerifyingKey,
};
use crate::{
    field::{Fr, ProofRng, rng_from_seed},
    groth16::ProvingKeyError,
    statement::{
        PublicInputs, Refusal, Statement,
        shape::Shape,
        tiny::{Tiny, TinyPublic},
    },
};
use ark_bn254::{Bn254, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_r1cs_std::{alloc::AllocVar, fields::fp::FpVar};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use hansa_primitives::Digest;
use std::sync::OnceLock;

/// The circuit in the library's own form, for keys that one process makes.
struct Shell;

impl ConstraintSynthesizer<Fr> for Shell {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let inputs = (0..TinyPublic::COUNT)
            .map(|_| {
                FpVar::new_input(cs.clone(), || Err::<Fr, _>(SynthesisError::AssignmentMissing))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Tiny::constrain(&cs, &inputs, None)
    }
}

fn rng() -> ProofRng {
    rng_from_seed([4; 32])
}

fn key() -> &'static ProvingKey<Tiny> {
    static KEY: OnceLock<ProvingKey<Tiny>> = OnceLock::new();
    KEY.get_or_init(|| {
        // The library draws generators of its own; the key check wants the standard ones.
        let shape = Shape::of::<Tiny>().unwrap();
        let mut rng = rng();
        let points = Groth16::<Bn254>::generate_parameters_with_qap(
            Shell,
            Fr::rand(&mut rng),
            Fr::rand(&mut rng),
            Fr::rand(&mut rng),
            Fr::rand(&mut rng),
            G1Affine::generator().into(),
            G2Affine::generator().into(),
            &mut rng,
        );
        ProvingKey::new(points.unwrap(), shape).unwrap()
    })
}

fn witness(x: u64) -> (Fr, Fr) {
    (Fr::from(x), Fr::from(1000 + x))
}

fn claim(x: u64) -> (TinyPublic, Proof) {
    let public = TinyPublic::of(&witness(x));
    let proof = key().prove(&public, &witness(x), &mut rng()).unwrap();
    (public, proof)
}

#[test]
fn proofs_hold_for_their_inputs_only() {
    let (public, proof) = claim(3);
    assert_eq!(key().verifier().verify(&public, &proof), Ok(()));
    let other = TinyPublic::of(&witness(4));
    let invalid = Err(VerifyError::Invalid(key().id()));
    assert_eq!(key().verifier().verify(&other, &proof), invalid);
    let library = Groth16::<Bn254>::verify_proof(
        &ark_groth16::prepare_verifying_key(&key().verifying_key().points),
        &proof.points().unwrap(),
        &public.elements(),
    );
    assert!(library.unwrap(), "the library agrees");
}

#[test]
fn what_does_not_hold_is_not_proven() {
    let refused = key().prove(&TinyPublic::of(&witness(4)), &witness(3), &mut rng());
    assert!(matches!(refused, Err(ProveError::Refused(Refusal::OtherClaim))));
}

/// The library's verifier stops at the shorter list: a missing last input counts as 0, further
/// inputs are not looked at.
#[test]
fn another_number_of_inputs_is_refused() {
    let (public, proof) = claim(3);
    let [product, image] = public.elements();
    let verifier = key().verifier();
    for inputs in [&[product][..], &[product, image, Fr::from(0_u8)], &[product, image, image], &[]]
    {
        let refused = verifier.verify_elements(inputs, &proof);
        assert_eq!(refused, Err(VerifyError::InputCount { expected: 2, found: inputs.len() }));
    }
    let library = Groth16::<Bn254>::verify_proof(
        &ark_groth16::prepare_verifying_key(&key().verifying_key().points),
        &proof.points().unwrap(),
        &[product, image, image],
    );
    assert!(library.unwrap(), "the library's verifier has learnt to count; ours may be simpler");
}

#[test]
fn keys_that_nobody_contributed_to_are_refused() {
    let honest = &key().verifying_key().points;
    let admit = |change: &dyn Fn(&mut ark_groth16::VerifyingKey<Bn254>)| {
        let mut points = honest.clone();
        change(&mut points);
        VerifyingKey::<Tiny>::admit(points).map(|_| ())
    };
    assert_eq!(admit(&|_| ()), Ok(()));
    assert_eq!(admit(&|key| key.delta_g2 = key.gamma_g2), Err(KeyError::NoContribution));
    let generator = G2Affine::generator();
    assert_eq!(admit(&|key| key.delta_g2 = generator), Err(KeyError::NoContribution));
    assert_eq!(admit(&|key| key.alpha_g1 = G1Affine::zero()), Err(KeyError::Infinity));
    assert_eq!(admit(&|key| key.beta_g2 = G2Affine::zero()), Err(KeyError::Infinity));
    assert_eq!(admit(&|key| key.gamma_abc_g1[1] = G1Affine::zero()), Err(KeyError::Infinity));
    let count = |found| Err(KeyError::InputCount { expected: 2, found });
    assert_eq!(admit(&|key| key.gamma_abc_g1.truncate(2)), count(1));
    assert_eq!(admit(&|key| key.gamma_abc_g1.push(G1Affine::generator())), count(3));
}

/// A point on the twist outside the subgroup.
fn outside() -> G2Affine {
    (1_u64..)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap()
}

#[test]
fn points_outside_the_subgroup_are_refused() {
    let (public, proof) = claim(3);
    let mut points = proof.points().unwrap();
    points.b = outside();
    let forged = Proof::of(&points);
    let unchecked = ark_groth16::Proof::<Bn254>::deserialize_compressed_unchecked(&forged.0[..]);
    assert!(unchecked.is_ok(), "the point is on the curve");
    assert_eq!(key().verifier().verify(&public, &forged), Err(VerifyError::Malformed));

    let mut bytes = key().verifying_key().encode();
    let offset = bytes.len() - (32 * 3 + 8 + 64 * 3);
    outside().serialize_compressed(&mut bytes[offset..offset + 64]).unwrap();
    assert_eq!(VerifyingKey::<Tiny>::decode(&bytes).map(|_| ()), Err(KeyError::Malformed));
}

#[test]
fn bytes_that_are_no_points_are_refused() {
    let (public, proof) = claim(3);
    let verifier = key().verifier();
    for bytes in [[0xff; 128], [0x3f; 128]] {
        assert_eq!(verifier.verify(&public, &Proof(bytes)), Err(VerifyError::Malformed));
    }
    for position in 0..128 {
        let mut other = proof;
        other.0[position] ^= 1;
        assert!(verifier.verify(&public, &other).is_err(), "byte {position}");
    }
}

#[test]
fn a_rerandomised_proof_verifies_and_so_proofs_are_no_ids() {
    let (public, proof) = claim(3);
    let key_points = &key().verifying_key().points;
    let points = proof.points().unwrap();
    let other = Proof::of(&Groth16::<Bn254>::rerandomize_proof(key_points, &points, &mut rng()));
    assert_ne!(other, proof);
    assert_eq!(key().verifier().verify(&public, &other), Ok(()));
}

#[test]
fn a_batch_stands_or_falls_together() {
    let mut claims: Vec<_> = (1..8).map(claim).collect();
    let verifier = key().verifier();
    assert_eq!(verifier.verify_batch(&[]), Ok(()));
    assert_eq!(verifier.verify_batch(&claims[..1]), Ok(()));
    assert_eq!(verifier.verify_batch(&claims), Ok(()));
    let (first, second) = (claims[0].1, claims[1].1);
    claims[0].1 = second;
    claims[1].1 = first;
    assert_eq!(verifier.verify_batch(&claims), Err(VerifyError::Invalid(key().id())));
    claims[0].1 = first;
    claims[1].1 = second;
    claims[6].0 = TinyPublic::of(&witness(99));
    assert_eq!(verifier.verify_batch(&claims), Err(VerifyError::Invalid(key().id())));
    claims[6].1 = Proof([0xff; 128]);
    assert_eq!(verifier.verify_batch(&claims), Err(VerifyError::Malformed));
}

#[test]
fn verifying_keys_round_trip_and_nothing_else_reads() {
    let bytes = key().verifying_key().encode();
    let read = VerifyingKey::<Tiny>::decode(&bytes).unwrap();
    assert_eq!(read.id(), key().id());
    assert!(VerifyingKey::<crate::Precheck>::decode(&bytes).is_err());
    assert!(VerifyingKey::<Tiny>::decode(&bytes[..bytes.len() - 1]).is_err());
    assert!(VerifyingKey::<Tiny>::decode(&[&bytes[..], &[0]].concat()).is_err());
    assert!(VerifyingKey::<Tiny>::decode(&[]).is_err());
}

#[test]
fn proving_keys_round_trip_and_damage_is_seen() {
    let bytes = key().encode();
    let read = ProvingKey::<Tiny>::decode(&bytes, &key().id()).unwrap();
    let public = TinyPublic::of(&witness(5));
    let proof = read.prove(&public, &witness(5), &mut rng()).unwrap();
    assert_eq!(key().verifier().verify(&public, &proof), Ok(()));
    let mut damaged = bytes.clone();
    damaged[500] ^= 1;
    let error = ProvingKey::<Tiny>::decode(&damaged, &key().id()).map(|_| ());
    assert!(matches!(error, Err(ProvingKeyError::Key(KeyError::Damaged))));
    let other = KeyId(Digest::ZERO);
    let error = ProvingKey::<Tiny>::decode(&bytes, &other).map(|_| ());
    assert!(matches!(error, Err(ProvingKeyError::Key(KeyError::OtherKey { .. }))));
}

#[test]
fn a_proving_key_with_another_delta_is_refused() {
    let mut points = key().points().clone();
    points.delta_g1 = G1Affine::generator();
    let error = ProvingKey::<Tiny>::new(points, Shape::of::<Tiny>().unwrap()).map(|_| ());
    assert_eq!(error, Err(KeyError::Inconsistent));
}

#[test]
fn the_cache_holds_keys_to_their_ids() {
    let cache = KeyCache::<Tiny>::new();
    let id = key().id();
    assert_eq!(cache.get(&id, || None).map(|_| ()), Err(KeyError::Unknown(id)));
    let bytes = || Some(key().verifying_key().encode());
    let other = KeyId(Digest::ZERO);
    let expected = Err(KeyError::OtherKey { expected: other, found: id });
    assert_eq!(cache.get(&other, bytes).map(|_| ()), expected);
    assert_eq!(cache.get(&id, bytes).unwrap().id(), id);
    let kept = cache.get(&id, || None).unwrap();
    let (public, proof) = claim(3);
    assert_eq!(kept.verify(&public, &proof), Ok(()));
    assert_eq!(Verifier::new(key().verifying_key()).id(), kept.id());
}
