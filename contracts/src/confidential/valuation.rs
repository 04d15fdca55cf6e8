//! Values for customs and statistics.
//!
//! The export value is of FOB type, the import value of CIF type (UN, International Merchandise
//! Trade Statistics: Compilers Manual, 14.12 and 14.13), except in countries that chose FOB under
//! article 8(2) of the WTO Valuation Agreement. What the invoice's delivery term leaves out is
//! added, what it holds beyond is taken off; a cost that no document gives stops the computation.

use hansa_documents::types::Incoterm;
use rust_decimal::{Decimal, RoundingStrategy};
use thiserror::Error;

/// How far the costs of carriage are part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Free on board: up to the ship's rail at the port of loading.
    Fob,
    /// Cost, insurance and freight: up to the port of discharge.
    Cif,
}

impl Basis {
    /// The basis that a country values imports on.
    ///
    /// Australia, Canada and the United States value FOB, nearly all others CIF.
    pub fn of_imports_into(country: &str) -> Self {
        match country {
            "AU" | "CA" | "US" => Self::Fob,
            _ => Self::Cif,
        }
    }
}

/// A cost on the way of goods from the seller's door to the buyer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// From the seller's door to alongside the ship, with export clearance.
    Inland,
    /// Onto the ship.
    Loading,
    /// Of the main carriage.
    Freight,
    /// Of the main carriage.
    Insurance,
    /// From the port of discharge to the named place.
    Onward,
    /// Duty and taxes of the import.
    Duties,
}

impl Cost {
    const ALL: [Self; 6] =
        [Self::Inland, Self::Loading, Self::Freight, Self::Insurance, Self::Onward, Self::Duties];

    /// The cost in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inland => "the inland costs up to the port of loading",
            Self::Loading => "the cost of loading",
            Self::Freight => "the freight",
            Self::Insurance => "the insurance premium",
            Self::Onward => "the cost of on-carriage",
            Self::Duties => "the import duties",
        }
    }

    /// The least rank of a term whose price holds the cost, see [`rank`].
    fn rank(self) -> u8 {
        match self {
            Self::Inland => 1,
            Self::Loading => 2,
            Self::Freight => 3,
            Self::Insurance => 4,
            Self::Onward => 5,
            Self::Duties => 6,
        }
    }
}

/// A cost that has to be added to a price or taken off it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// Which cost.
    pub cost: Cost,
    /// Added; else taken off.
    pub added: bool,
}

/// Which costs an invoice shows beside the price of the goods. They are not in that price, whatever
/// its term says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Freight.
    pub freight: bool,
    /// Insurance.
    pub insurance: bool,
}

/// Why a value cannot be computed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ValuationError {
    /// Numbers beyond 28 digits.
    #[error("the amounts are too large to compute with")]
    TooLarge,
    /// Costs taken off exceed the price.
    #[error("the costs to be taken off exceed the price")]
    Negative,
    /// Something is to be shared in proportion to weights that are all zero or below.
    #[error("there is nothing to apportion in proportion to")]
    NoWeights,
}

/// How many of the costs, in the order of [`Cost::ALL`], the price under a term holds.
fn rank(term: Incoterm) -> u8 {
    match term {
        Incoterm::Exw => 0,
        Incoterm::Fca | Incoterm::Fas => 1,
        Incoterm::Fob => 2,
        Incoterm::Cfr | Incoterm::Cpt => 3,
        Incoterm::Cif | Incoterm::Cip | Incoterm::Des => 4,
        Incoterm::Dap
        | Incoterm::Dpu
        | Incoterm::Dat
        | Incoterm::Daf
        | Incoterm::Deq
        | Incoterm::Ddu => 5,
        Incoterm::Ddp => 6,
    }
}

/// What leads from a price under a delivery term to the value on a basis.
pub fn adjustments(term: Incoterm, apart: Apart, basis: Basis) -> Vec<Adjustment> {
    let wanted_rank = match basis {
        Basis::Fob => rank(Incoterm::Fob),
        Basis::Cif => rank(Incoterm::Cif),
    };
    let adjustment = |cost: Cost| {
        let shown_apart = match cost {
            Cost::Freight => apart.freight,
            Cost::Insurance => apart.insurance,
            _ => false,
        };
        let held = rank(term) >= cost.rank() && !shown_apart;
        let wanted = wanted_rank >= cost.rank();
        (held != wanted).then_some(Adjustment { cost, added: wanted })
    };
    Cost::ALL.into_iter().filter_map(adjustment).collect()
}

/// The price with the adjustments made.
///
/// # Errors
/// [`ValuationError`] if numbers are too large or more is taken off than there is.
pub fn adjusted(
    price: Decimal,
    adjustments: &[(Adjustment, Decimal)],
) -> Result<Decimal, ValuationError> {
    let value = adjustments.iter().try_fold(price, |value, (adjustment, amount)| {
        value.checked_add(if adjustment.added { *amount } else { -*amount })
    });
    match value {
        None => Err(ValuationError::TooLarge),
        Some(value) if value < Decimal::ZERO => Err(ValuationError::Negative),
        Some(value) => Ok(value),
    }
}

/// Shares a total in proportion to weights, each share a multiple of `10^-decimals`; the last share
/// takes the remainder, so that the shares add up to the total exactly.
///
/// # Errors
/// [`ValuationError`] if no weight is positive, one is negative, or the numbers are too large.
pub fn apportion(
    total: Decimal,
    weights: &[Decimal],
    decimals: u32,
) -> Result<Vec<Decimal>, ValuationError> {
    let too_large = ValuationError::TooLarge;
    let (_, but_last) = weights.split_last().ok_or(ValuationError::NoWeights)?;
    let sum = weights.iter().try_fold(Decimal::ZERO, |sum, weight| sum.checked_add(*weight));
    let sum = sum.ok_or(too_large)?;
    if sum <= Decimal::ZERO || weights.iter().any(|weight| *weight < Decimal::ZERO) {
        return Err(ValuationError::NoWeights);
    }
    let mut rest = total;
    let mut shares = Vec::with_capacity(weights.len());
    for weight in but_last {
        let exact = total.checked_mul(*weight).and_then(|part| part.checked_div(sum));
        let share =
            exact.ok_or(too_large)?.round_dp_with_strategy(decimals, RoundingStrategy::ToZero);
        rest = exact_sub(rest, share).ok_or(too_large)?;
        shares.push(share);
    }
    shares.push(rest);
    Ok(shares)
}

/// The difference, nothing if it would need more digits than a decimal has: `Decimal` would round.
fn exact_sub(left: Decimal, right: Decimal) -> Option<Decimal> {
    let difference = left.checked_sub(right)?;
    (difference.checked_add(right)? == left).then_some(difference)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn value(term: &str, apart: Apart, price: &str, basis: Basis) -> Decimal {
        let amount = |cost| match cost {
            Cost::Inland => decimal("400"),
            Cost::Loading => decimal("100"),
            Cost::Freight => decimal("620.00"),
            Cost::Insurance => decimal("95.00"),
            Cost::Onward => decimal("285"),
            Cost::Duties => decimal("500"),
        };
        let adjustments: Vec<_> = adjustments(Incoterm::parse(term).unwrap(), apart, basis)
            .into_iter()
            .map(|adjustment| (adjustment, amount(adjustment.cost)))
            .collect();
        adjusted(decimal(price), &adjustments).unwrap()
    }

    #[test]
    fn goods_are_worth_the_same_under_every_term() {
        for (term, price) in [
            ("EXW", "18000"),
            ("FCA", "18400"),
            ("FAS", "18400"),
            ("FOB", "18500"),
            ("CFR", "19120"),
            ("CPT", "19120"),
            ("CIF", "19215"),
            ("CIP", "19215"),
            ("DAP", "19500"),
            ("DDP", "20000"),
        ] {
            let none = Apart::default();
            assert_eq!(value(term, none, price, Basis::Fob), decimal("18500"), "{term}");
            assert_eq!(value(term, none, price, Basis::Cif), decimal("19215"), "{term}");
        }
    }

    #[test]
    fn costs_shown_apart_are_not_taken_off_the_price() {
        let both = Apart { freight: true, insurance: true };
        for term in ["FOB", "CFR", "CIF"] {
            assert_eq!(value(term, both, "18500", Basis::Fob), decimal("18500"), "{term}");
            assert_eq!(value(term, both, "18500", Basis::Cif), decimal("19215"), "{term}");
        }
    }

    #[test]
    fn a_fob_price_is_the_fob_value_without_any_cost() {
        assert_eq!(adjustments(Incoterm::Fob, Apart::default(), Basis::Fob), []);
        assert_eq!(adjustments(Incoterm::Cif, Apart::default(), Basis::Cif), []);
        let off = Adjustment { cost: Cost::Freight, added: false };
        assert_eq!(adjusted(decimal("1"), &[(off, decimal("2"))]), Err(ValuationError::Negative));
    }

    #[test]
    fn the_last_share_takes_the_remainder() {
        let thirds = [decimal("1"), decimal("1"), decimal("1")];
        let shares = apportion(decimal("100.00"), &thirds, 2).unwrap();
        assert_eq!(shares, [decimal("33.33"), decimal("33.33"), decimal("33.34")]);
        assert_eq!(apportion(decimal("1"), &[], 2), Err(ValuationError::NoWeights));
        assert_eq!(apportion(decimal("1"), &[Decimal::ZERO], 2), Err(ValuationError::NoWeights));
    }

    proptest! {
        #[test]
        fn shares_add_up_exactly(
            total in 0_i64..1_000_000_000_000,
            weights in prop::collection::vec((0_i64..1_000_000_000, 0_u32..4), 1..20),
            decimals in 0_u32..4,
        ) {
            let total = Decimal::new(total, decimals);
            let weights: Vec<Decimal> =
                weights.into_iter().map(|(weight, scale)| Decimal::new(weight, scale)).collect();
            prop_assume!(weights.iter().sum::<Decimal>() > Decimal::ZERO);
            let shares = apportion(total, &weights, decimals).unwrap();
            prop_assert_eq!(shares.iter().sum::<Decimal>(), total);
            prop_assert_eq!(shares.len(), weights.len());
            prop_assert!(shares.iter().all(|share| *share >= Decimal::ZERO));
            prop_assert!(shares.iter().all(|share| share.scale() <= decimals));
        }
    }
}
