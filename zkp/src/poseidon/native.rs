//! The permutation on plain values.

use super::{
    INPUTS_MAX,
    constants::{self, dot},
};
use crate::field::Fr;
use ark_ff::{AdditiveGroup, Field};

/// Hashes 1 to [`INPUTS_MAX`] elements to one.
pub fn hash<const N: usize>(inputs: &[Fr; N]) -> Fr {
    const { assert!(N >= 1 && N <= INPUTS_MAX, "1 to 8 inputs") };
    let constants = constants::of(N);
    let mut state = [Fr::ZERO; INPUTS_MAX + 1];
    let state = &mut state[..constants.width];
    state[1..].copy_from_slice(inputs);
    let rounds = constants.first.len();
    for (round, added) in constants.first.iter().enumerate() {
        let matrix = if round + 1 == rounds { &constants.bridge } else { &constants.mix };
        full_round(state, added, matrix);
    }
    for (added, layer) in &constants.partial {
        let powered = power_of_five(state[0] + added);
        state[0] = powered;
        let head = dot(&layer.row, state);
        for (element, factor) in state[1..].iter_mut().zip(&layer.column) {
            *element += powered * factor;
        }
        state[0] = head;
    }
    for added in &constants.last {
        full_round(state, added, &constants.mix);
    }
    state[0]
}

fn full_round(state: &mut [Fr], added: &[Fr], matrix: &[Vec<Fr>]) {
    for (element, constant) in state.iter_mut().zip(added) {
        *element = power_of_five(*element + constant);
    }
    let mut mixed = [Fr::ZERO; INPUTS_MAX + 1];
    for (output, row) in mixed.iter_mut().zip(matrix) {
        *output = dot(row, state);
    }
    state.copy_from_slice(&mixed[..state.len()]);
}

fn power_of_five(element: Fr) -> Fr {
    element.square().square() * element
}
