#![allow(clippy::unwrap_used)]

use super::{
    Precheck, Register, Statement, fixture,
    shape::{self, Shape},
};

/// Both forms of the statement, the checks first.
pub(super) fn holds<S: Statement>(
    shape: &Shape,
    public: &S::Public,
    witness: &S::Witness,
) -> (bool, bool) {
    let circuit = shape::assignment::<S>(public, witness)
        .map(|assignment| shape.first_broken(&assignment).is_none())
        .unwrap_or(false);
    (S::check(public, witness).is_ok(), circuit)
}

#[test]
fn circuits_are_the_pinned_ones() {
    for (name, shape, constraints, circuit) in [
        (Precheck::NAME, Shape::unpinned::<Precheck>(), Precheck::CONSTRAINTS, Precheck::CIRCUIT),
        (Register::NAME, Shape::unpinned::<Register>(), Register::CONSTRAINTS, Register::CIRCUIT),
    ] {
        let shape = shape.unwrap();
        assert_eq!(shape.constraints(), constraints, "{name}");
        assert_eq!(shape.hash().to_string(), circuit, "{name}");
        assert_eq!(shape.domain_power(), 14, "{name}");
    }
}

#[test]
fn honest_claims_hold() {
    let shape = Shape::unpinned::<Precheck>().unwrap();
    let (public, witness) = fixture::precheck();
    Precheck::check(&public, &witness).unwrap();
    assert_eq!(holds::<Precheck>(&shape, &public, &witness), (true, true));
    let shape = Shape::unpinned::<Register>().unwrap();
    for (public, witness) in [fixture::first_step(), fixture::second_step()] {
        Register::check(&public, &witness).unwrap();
        assert_eq!(holds::<Register>(&shape, &public, &witness), (true, true));
    }
}
