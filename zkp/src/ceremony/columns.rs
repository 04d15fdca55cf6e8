//! Sums over the columns of a sparse matrix of scalars times points: `sum_row M[row][column]
//! P[row]`.
//!
//! Rows that are equal share one base, the sum of their points: the same linear combination often
//! stands in several constraints. Columns are summed by Straus' method, all bases of a column
//! sharing the doublings, with one table for each base and one recoding for each factor that
//! occurs.

use super::multiply::{Curve, Digits, ENTRIES, tables};
use crate::field::Fr;
use ark_ec::{
    AdditiveGroup, CurveGroup,
    short_weierstrass::{Affine, Projective},
};
use ark_ff::Field;
use rayon::prelude::*;
use std::collections::HashMap;

/// Rows of a matrix, each a list of factors and columns.
pub(super) type Rows = Vec<Vec<(Fr, usize)>>;

/// One entry of a column: a base and a factor, by their numbers.
#[derive(Clone, Copy)]
struct Entry {
    base: u32,
    factor: u32,
}

/// A matrix by columns, over bases that stand for one or more rows.
pub(super) struct Columns {
    columns: Vec<Vec<Entry>>,
    bases: Vec<Vec<u32>>,
    factors: Vec<Fr>,
}

/// A factor ready to be multiplied with.
enum Recoded {
    One,
    MinusOne,
    Other(Digits),
}

impl Columns {
    /// Turns rows into `width` columns.
    pub(super) fn of(rows: &Rows, width: usize) -> Self {
        let mut columns = vec![Vec::new(); width];
        let mut bases: Vec<Vec<u32>> = Vec::new();
        let mut factors = Vec::new();
        let mut known_rows: HashMap<&[(Fr, usize)], u32> = HashMap::new();
        let mut known_factors: HashMap<Fr, u32> = HashMap::new();
        for (number, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            if let Some(&base) = known_rows.get(row.as_slice()) {
                bases[base as usize].push(number as u32);
                continue;
            }
            let base = bases.len() as u32;
            known_rows.insert(row, base);
            bases.push(vec![number as u32]);
            for (value, column) in row {
                let factor = *known_factors.entry(*value).or_insert_with(|| {
                    factors.push(*value);
                    factors.len() as u32 - 1
                });
                columns[*column].push(Entry { base, factor });
            }
        }
        Self { columns, bases, factors }
    }

    /// The sums for each column.
    pub(super) fn sums<C: Curve>(&self, points: &[Affine<C>]) -> Vec<Affine<C>> {
        total_sums(&[(self, points)])
    }

    fn tables<C: Curve>(&self, points: &[Affine<C>]) -> Vec<Affine<C>> {
        let sum = |rows: &Vec<u32>| -> Projective<C> {
            rows.iter().map(|row| Projective::<C>::from(points[*row as usize])).sum()
        };
        let sums: Vec<_> = self.bases.iter().map(sum).collect();
        tables(&Projective::<C>::normalize_batch(&sums))
    }

    fn recoded<C: Curve>(&self) -> Vec<Recoded> {
        let recode = |factor: &Fr| match factor {
            factor if *factor == Fr::ONE => Recoded::One,
            factor if *factor == -Fr::ONE => Recoded::MinusOne,
            factor => Recoded::Other(Digits::of::<C>(factor)),
        };
        self.factors.par_iter().map(recode).collect()
    }
}

/// For each column the total of its sums over several matrices, each with points of its own.
pub(super) fn total_sums<C: Curve>(parts: &[(&Columns, &[Affine<C>])]) -> Vec<Affine<C>> {
    let prepared: Vec<_> = parts
        .iter()
        .map(|(columns, points)| (*columns, columns.tables(points), columns.recoded::<C>()))
        .collect();
    let width = parts.first().map_or(0, |(columns, _)| columns.columns.len());
    let sums: Vec<Projective<C>> = (0..width)
        .into_par_iter()
        .with_max_len(64)
        .map(|column| {
            let mut single = Projective::<C>::ZERO;
            let mut terms = Vec::new();
            for (columns, tables, factors) in &prepared {
                for entry in &columns.columns[column] {
                    let table = &tables[entry.base as usize * ENTRIES..][..ENTRIES];
                    match &factors[entry.factor as usize] {
                        Recoded::One => single += table[0],
                        Recoded::MinusOne => single -= table[0],
                        Recoded::Other(digits) => terms.push((table, digits)),
                    }
                }
            }
            single + straus(&terms)
        })
        .collect();
    sums.par_chunks(1024).flat_map_iter(Projective::<C>::normalize_batch).collect()
}

fn straus<C: Curve>(terms: &[(&[Affine<C>], &Digits)]) -> Projective<C> {
    let length = terms.iter().map(|(_, digits)| digits.len()).max().unwrap_or(0);
    let mut sum = Projective::<C>::ZERO;
    for place in (0..length).rev() {
        sum.double_in_place();
        for (table, digits) in terms {
            digits.add_digit(place, table, &mut sum);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{g1, g2};
    use ark_ff::UniformRand;

    fn agrees<C: Curve>() {
        let mut rng = crate::field::rng_from_seed([5; 32]);
        let points: Vec<Affine<C>> =
            (0..6).map(|_| Projective::<C>::rand(&mut rng).into_affine()).collect();
        let dense = (0..4).map(|column| (Fr::rand(&mut rng), column)).collect::<Vec<_>>();
        let rows = vec![
            dense.clone(),
            vec![(Fr::ONE, 0), (-Fr::ONE, 2)],
            vec![],
            dense.clone(),
            vec![(Fr::from(5_u8), 4)],
            vec![(Fr::from(0_u8), 1), (Fr::ONE, 1)],
        ];
        let mut expected = vec![Projective::<C>::ZERO; 6];
        for (row, point) in rows.iter().zip(&points) {
            for (factor, column) in row {
                expected[*column] += *point * factor;
            }
        }
        let columns = Columns::of(&rows, 6);
        assert_eq!(columns.bases.len(), 4, "equal rows share a base, empty rows have none");
        assert_eq!(columns.sums(&points), Projective::<C>::normalize_batch(&expected));
        for sum in &mut expected {
            sum.double_in_place();
        }
        let twice = total_sums(&[(&columns, &points[..]), (&columns, &points[..])]);
        assert_eq!(twice, Projective::<C>::normalize_batch(&expected));
    }

    #[test]
    fn sums_agree_with_the_definition_in_both_groups() {
        agrees::<g1::Config>();
        agrees::<g2::Config>();
    }
}
