#![allow(clippy::unwrap_used)]

use super::{hash, hash_var};
use crate::{field::Fr, gadget};
use ark_ff::UniformRand;
use ark_r1cs_std::{GR1CSVar, fields::fp::FpVar};
use ark_relations::gr1cs::ConstraintSystem;
use ark_std::rand::SeedableRng;
use light_poseidon::{Poseidon, PoseidonHasher};
use std::str::FromStr;

fn numbers<const N: usize>() -> [Fr; N] {
    std::array::from_fn(|index| Fr::from(index as u64 + 1))
}

/// Published with circomlibjs and go-iden3-crypto.
#[test]
fn circomlib_vectors_hold() {
    let expected = |text: &str| Fr::from_str(text).unwrap();
    let one = "18586133768512220936620570745912940619677854269274689475585506675881198879027";
    let two = "7853200120776062878684798364095072458815029376092732009249414926327459813530";
    let four = "18821383157269793795438455681495246036402687001665670618754263018637548127333";
    assert_eq!(hash(&numbers::<1>()), expected(one));
    assert_eq!(hash(&numbers::<2>()), expected(two));
    assert_eq!(hash(&numbers::<4>()), expected(four));
}

fn agrees<const N: usize>(constraints: usize) {
    let mut rng = crate::field::ProofRng::seed_from_u64(N as u64);
    for _ in 0..3 {
        let inputs: [Fr; N] = std::array::from_fn(|_| Fr::rand(&mut rng));
        let expected = Poseidon::<Fr>::new_circom(N).unwrap().hash(&inputs).unwrap();
        assert_eq!(hash(&inputs), expected, "{N} inputs, plain");

        let cs = ConstraintSystem::new_ref();
        let vars = inputs.map(|input| gadget::witness(&cs, Some(input)).unwrap());
        let output = hash_var::<N>(&cs, std::array::from_fn(|index| &vars[index])).unwrap();
        assert_eq!(output.value().unwrap(), expected, "{N} inputs, circuit");
        assert!(cs.is_satisfied().unwrap());
        assert_eq!(cs.num_constraints(), constraints, "{N} inputs");
    }
}

/// The counts are those of circom's optimised output, plus the renewed elements: their number times
/// the times that it happens.
#[test]
fn all_widths_agree_with_another_implementation() {
    agrees::<1>(213 + 2);
    agrees::<2>(240 + 2 * 2);
    agrees::<3>(261 + 3 * 2);
    agrees::<4>(297 + 4 * 2);
    agrees::<5>(321 + 5 * 2);
    agrees::<6>(354 + 6 * 3);
    agrees::<7>(381 + 7 * 3);
    agrees::<8>(402 + 8 * 3);
}

#[test]
fn constants_are_hashed_without_constraints() {
    let cs = ConstraintSystem::<Fr>::new_ref();
    let constants = numbers::<2>().map(FpVar::Constant);
    let output = hash_var(&cs, [&constants[0], &constants[1]]).unwrap();
    assert_eq!(output.value().unwrap(), hash(&numbers::<2>()));
    assert_eq!(cs.num_constraints(), 0);
}

#[test]
fn a_changed_inner_value_breaks_the_circuit() {
    let cs = ConstraintSystem::<Fr>::new_ref();
    let vars = numbers::<2>().map(|input| gadget::witness(&cs, Some(input)).unwrap());
    let output = hash_var(&cs, [&vars[0], &vars[1]]).unwrap();
    gadget::equal(&output, &FpVar::Constant(hash(&numbers::<2>()))).unwrap();
    assert!(cs.is_satisfied().unwrap());
    for index in [0, 2, 50, 239] {
        let one = Fr::from(1_u8);
        cs.borrow_mut().unwrap().assignments.witness_assignment[index] += one;
        assert!(!is_satisfied_again(&cs), "variable {index}");
        cs.borrow_mut().unwrap().assignments.witness_assignment[index] -= one;
    }
}

/// Evaluates the matrices anew: the system's own check reads linear combinations that it computed
/// before the change.
fn is_satisfied_again(cs: &gadget::Cs) -> bool {
    let cs = cs.clone();
    cs.finalize();
    let matrices = cs.to_matrices().unwrap().remove("R1CS").unwrap();
    let mut values = cs.instance_assignment().unwrap();
    values.extend(cs.witness_assignment().unwrap());
    let value = |row: &[(Fr, usize)]| row.iter().map(|(f, i)| *f * values[*i]).sum::<Fr>();
    (0..matrices[0].len())
        .all(|row| value(&matrices[0][row]) * value(&matrices[1][row]) == value(&matrices[2][row]))
}
