//! Validators agree, also when one of them fails, and followers keep up.

use crate::consortium::Consortium;
use hansa_contracts::Outcome;
use hansa_node::{NodeHandle, Status, SubmitError};
use hansa_primitives::{Height, TransactionId};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// The height at which a transaction took effect.
pub(crate) async fn applied(handle: &NodeHandle, id: TransactionId) -> Height {
    match handle.wait(id, PATIENCE).await.unwrap() {
        Status::Decided(decided) => {
            assert_eq!(decided.receipt.outcome, Outcome::Applied);
            decided.height
        }
        other => panic!("{id} is {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_validator_commits_alone_and_goes_on_after_a_restart() {
    let consortium = Consortium::found(1, 1);
    let node = consortium.start(0).await;
    let handle = node.handle();
    let first = consortium.transaction(0, &handle, 1);
    let id = handle.submit(first.clone()).await.unwrap();
    let height = applied(&handle, id).await;
    assert!(height >= Height(1));
    assert_eq!(handle.submit(first).await, Ok(id), "submitting twice is harmless");
    let mut forged = consortium.transaction(0, &handle, 2);
    forged.signature.0[3] ^= 1;
    assert_eq!(handle.submit(forged).await, Err(SubmitError::Signature));
    drop(handle);
    node.stop().await.unwrap();

    for request in 3..5 {
        let node = consortium.start(0).await;
        let handle = node.handle();
        assert!(matches!(handle.status(&id).unwrap(), Status::Decided(_)));
        let next = consortium.transaction(0, &handle, request);
        let id = handle.submit(next).await.unwrap();
        assert!(applied(&handle, id).await > height);
        drop(handle);
        node.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_and_a_follower_agree() {
    let consortium = Consortium::found(5, 4);
    let mut nodes = Vec::new();
    for number in 0..5 {
        nodes.push(consortium.start(number).await);
    }
    // The follower takes a transaction and brings it to a validator.
    let follower = nodes[4].handle();
    let transaction = consortium.transaction(4, &follower, 1);
    let id = follower.submit(transaction).await.unwrap();
    for node in &nodes {
        applied(&node.handle(), id).await;
    }
    // One validator fails: the others go on.
    nodes.remove(3).stop().await.unwrap();
    let mut last = id;
    for request in 2..6 {
        let handle = nodes[usize::from(request) % 3].handle();
        let from = usize::from(request) % 3;
        let transaction = consortium.transaction(from, &handle, request);
        last = handle.submit(transaction).await.unwrap();
        applied(&nodes[0].handle(), last).await;
    }
    // It comes back and catches up.
    nodes.push(consortium.start(3).await);
    let mut roots = Vec::new();
    for node in &nodes {
        let handle = node.handle();
        let height = applied(&handle, last).await;
        let block = handle.ledger().block(height).unwrap().unwrap();
        roots.push((height, block.hash, block.state_root));
    }
    assert!(roots.windows(2).all(|pair| pair[0] == pair[1]), "{roots:?}");

    // Sealed bytes are stored on a quorum and can be had from a node that was not asked to keep
    // them.
    let sealed: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let follower = nodes[3].handle();
    let availability = follower.put_sealed(sealed.clone()).await.unwrap();
    assert!(availability.signatures.len() >= 3);
    for node in &nodes {
        let found = node.handle().get_sealed(&availability.digest).await.unwrap();
        assert_eq!(found.as_deref(), Some(sealed.as_slice()));
    }
    for node in nodes {
        node.stop().await.unwrap();
    }
}
