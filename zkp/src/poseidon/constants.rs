//! Round constants and matrices of each width, brought into the sparse form once and kept.

use crate::{field::Fr, poseidon::INPUTS_MAX};
use ark_ff::{AdditiveGroup, Field, Zero};
use light_poseidon::parameters::bn254_x5::get_poseidon_parameters;
use std::sync::OnceLock;

type Matrix = Vec<Vec<Fr>>;

/// The linear layer of one partial round: first row and first column; the rest is the identity.
pub(super) struct Sparse {
    /// First row.
    pub(super) row: Vec<Fr>,
    /// First column below the first row.
    pub(super) column: Vec<Fr>,
}

/// A width's parameters in the order in which a permutation uses them.
pub(super) struct Constants {
    /// Elements of the state: inputs and the capacity element.
    pub(super) width: usize,
    /// Constants of the full rounds before the partial ones.
    pub(super) first: Vec<Vec<Fr>>,
    /// The dense layer of full rounds.
    pub(super) mix: Matrix,
    /// The dense layer of the last full round before the partial ones.
    pub(super) bridge: Matrix,
    /// For each partial round the constant of the first element, and the layer after it.
    pub(super) partial: Vec<(Fr, Sparse)>,
    /// Constants of the full rounds after the partial ones.
    pub(super) last: Vec<Vec<Fr>>,
}

/// The parameters for a number of inputs from 1 to [`INPUTS_MAX`].
pub(super) fn of(inputs: usize) -> &'static Constants {
    static CACHE: [OnceLock<Constants>; INPUTS_MAX + 1] = [const { OnceLock::new() }; 9];
    CACHE[inputs].get_or_init(|| derive(inputs + 1))
}

fn derive(width: usize) -> Constants {
    let plain = get_poseidon_parameters::<Fr>(width as u8)
        .expect("circomlib defines every width from 2 to 13");
    let half = plain.full_rounds / 2;
    let mut rounds: Vec<Vec<Fr>> = plain.ark.chunks(width).map(<[Fr]>::to_vec).collect();
    let mix = plain.mds;
    // In a partial round only the first element meets the S-box, so the other constants may as well
    // be added after it: through the matrix they become constants of the next round.
    for round in half..half + plain.partial_rounds {
        let mut rest = std::mem::replace(&mut rounds[round], vec![Fr::ZERO; width]);
        rounds[round][0] = std::mem::replace(&mut rest[0], Fr::ZERO);
        let moved = apply(&mix, &rest);
        for (constant, addend) in rounds[round + 1].iter_mut().zip(moved) {
            *constant += addend;
        }
    }
    // M = sparse * diag(1, N), and diag(1, N) commutes with the partial S-box: it moves to the
    // round before, from the last partial round to the first, and ends in the full round before
    // them.
    let mut layers = Vec::with_capacity(plain.partial_rounds);
    let mut dense = mix.clone();
    for _ in 0..plain.partial_rounds {
        let (sparse, block) = factor(&dense);
        layers.push(sparse);
        dense = multiply(&block, &mix);
    }
    layers.reverse();
    let last = rounds.split_off(half + plain.partial_rounds);
    let middle = rounds.split_off(half);
    let partial = middle.into_iter().map(|round| round[0]).zip(layers).collect();
    Constants { width, first: rounds, mix, bridge: dense, partial, last }
}

fn factor(dense: &Matrix) -> (Sparse, Matrix) {
    let size = dense.len();
    let block: Matrix = dense[1..].iter().map(|row| row[1..].to_vec()).collect();
    let inverse = invert(&block);
    let mut row = vec![dense[0][0]];
    row.extend((0..size - 1).map(|column| -> Fr {
        inverse.iter().zip(&dense[0][1..]).map(|(row, head)| row[column] * head).sum()
    }));
    let column = dense[1..].iter().map(|row| row[0]).collect();
    let mut embedded = vec![vec![Fr::ZERO; size]; size];
    embedded[0][0] = Fr::ONE;
    for (target, source) in embedded[1..].iter_mut().zip(&block) {
        target[1..].copy_from_slice(source);
    }
    (Sparse { row, column }, embedded)
}

/// Gauss-Jordan elimination. The blocks of an MDS matrix are regular, and so are products of them.
fn invert(matrix: &Matrix) -> Matrix {
    let size = matrix.len();
    let mut left = matrix.clone();
    let mut right: Matrix =
        (0..size).map(|i| (0..size).map(|j| Fr::from(u8::from(i == j))).collect()).collect();
    for column in 0..size {
        let pivot = (column..size)
            .find(|&row| !left[row][column].is_zero())
            .expect("every square block of an MDS matrix is regular");
        left.swap(column, pivot);
        right.swap(column, pivot);
        let scale = left[column][column].inverse().expect("the pivot is not zero");
        for value in left[column].iter_mut().chain(&mut right[column]) {
            *value *= scale;
        }
        let (base_left, base_right) = (left[column].clone(), right[column].clone());
        for row in (0..size).filter(|&row| row != column) {
            let scale = left[row][column];
            let base = base_left.iter().chain(&base_right);
            for (value, base) in left[row].iter_mut().chain(&mut right[row]).zip(base) {
                *value -= scale * base;
            }
        }
    }
    right
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let column = |j: usize| b.iter().map(|row| row[j]).collect::<Vec<_>>();
    let columns: Vec<_> = (0..b.len()).map(column).collect();
    a.iter().map(|row| columns.iter().map(|column| dot(row, column)).collect()).collect()
}

fn apply(matrix: &Matrix, vector: &[Fr]) -> Vec<Fr> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

pub(super) fn dot(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).map(|(x, y)| *x * y).sum()
}
