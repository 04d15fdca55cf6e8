//! Proofs, and what becomes of them when they are changed.

#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_transaction_and_its_outcome_are_proven_to_an_outsider() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let id = world.shipment(5).id();
    assert!(ledger.prove_transaction(&id).unwrap().is_none());
    assert!(ledger.prove_state(b"x").unwrap().is_none());
    let rejected = world.by("line", 9, registry::Call::SubmitRevocationList { der: vec![1] });
    chain.grow(&ledger, vec![world.shipment(4), world.shipment(5), rejected.clone()]);
    let (name, set) = (ledger.chain(), &world.set);
    let proof = ledger.prove_transaction(&id).unwrap().unwrap();
    assert_eq!(proof.verify(name, set).unwrap().outcome, None);
    chain.grow(&ledger, vec![world.move_node(1)]);
    let proof = ledger.prove_transaction(&id).unwrap().unwrap();
    let verified = proof.verify(name, set).unwrap();
    assert_eq!((verified.id, verified.height), (id, Height(1)));
    assert_eq!(verified.outcome, Some(Outcome::Applied));
    let bytes = codec::encode(&proof);
    assert_eq!(codec::decode::<TransactionProof>(&bytes).unwrap(), proof);
    let proof_of_rejection = ledger.prove_transaction(&rejected.id()).unwrap().unwrap();
    let outcome = proof_of_rejection.verify(name, set).unwrap().outcome;
    assert!(matches!(outcome, Some(Outcome::Rejected { .. })));
    tampered_proofs_fail(&proof, &proof_of_rejection, &world);
}

fn tampered_proofs_fail(proof: &TransactionProof, other: &TransactionProof, world: &World) {
    let (name, set) = (&world.genesis.chain, &world.set);
    let fails = |change: &dyn Fn(&mut TransactionProof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        changed.verify(name, set).unwrap_err()
    };
    let swapped = fails(&|proof| proof.transaction = other.transaction.clone());
    assert_eq!(swapped, ProofError::NotIncluded);
    let receipt = fails(&|proof| proof.receipt = other.receipt.clone());
    assert_eq!(receipt, ProofError::WrongReceipt);
    let outcome = fails(&|proof| {
        if let Some(receipt) = &mut proof.receipt {
            receipt.receipt.outcome =
                Outcome::Rejected { rule: Rule::Duplicate, message: String::new() };
        }
    });
    assert_eq!(outcome, ProofError::WrongReceipt);
    let value = fails(&|proof| {
        if let Some(receipt) = &mut proof.receipt {
            receipt.state.value = Some(codec::encode(&Digest::ZERO));
        }
    });
    assert_eq!(value, ProofError::NotInState);
    let header = fails(&|proof| {
        let mut header = proof.block.headers[0].as_ref().clone();
        header.transactions_root = Digest::ZERO;
        proof.block.headers[0] = Arc::new(header);
    });
    assert!(matches!(header, ProofError::Chain(_)));
    assert_eq!(fails(&|proof| proof.block.headers.clear()), ProofError::NoHeader);
    let elsewhere = World::new("silk");
    assert_eq!(proof.verify(&elsewhere.genesis.chain, set), Err(ProofError::OtherChain));
}

#[test]
fn state_entries_and_their_absence_are_proven() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 8);
    let member = key::member(&hansa_primitives::MemberId::new("line").unwrap());
    for (key, present) in [(member, true), (b"nothing/here".to_vec(), false)] {
        let proof = ledger.prove_state(&key).unwrap().unwrap();
        assert_eq!(proof.value.is_some(), present);
        let executed = proof.verify(ledger.chain(), &world.set).unwrap();
        assert_eq!(executed.height, Height(7));
        let bytes = codec::encode(&proof);
        assert_eq!(codec::decode::<StateEntryProof>(&bytes).unwrap(), proof);
        let mut wrong = proof.clone();
        wrong.value = if present { None } else { Some(vec![1]) };
        assert_eq!(wrong.verify(ledger.chain(), &world.set), Err(ProofError::NotInState));
    }
    let view = ledger.view().unwrap();
    assert!(matches!(view.prove(b"x", Height(9)), Err(LedgerError::NotKept { .. })));
}
