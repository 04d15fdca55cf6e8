//! The ledger as a node uses it.

#![allow(clippy::unwrap_used)]

mod crash;
mod prove;

use super::*;
use crate::{
    Applied, Batch, BatchError, Cursor, LedgerError, PayloadCheck, ProofError, StateEntryProof,
    TransactionProof,
    testing::{Chain, World},
    transactions_root, verify_data_directory,
};
use hansa_contracts::{
    event::Event, execute::Outcome, key, registry, rule::Rule, state::StateView,
};
use hansa_primitives::{
    ActorId, Digest, Transaction, TransactionId,
    codec::{self, Canonical},
    hash::sha256,
};

fn started() -> (tempfile::TempDir, World, Ledger) {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new("milk");
    let ledger = world.ledger(directory.path());
    (directory, world, ledger)
}

#[test]
fn a_block_is_applied_and_can_be_asked_for() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let applied = chain.grow(&ledger, vec![world.shipment(1), world.move_node(2)]);
    assert_eq!(ledger.executed(), applied.executed);
    assert_eq!(applied.receipts.len(), 2);
    assert!(
        applied.receipts.iter().all(|receipt| receipt.outcome == Outcome::Applied),
        "{:?}",
        applied.receipts
    );
    assert!(matches!(applied.events[0].event, Event::ShipmentOpened { .. }));

    let id = world.move_node(2).id();
    let found = ledger.transaction(&id).unwrap().unwrap();
    assert_eq!((found.height, found.position), (Height(1), 1));
    assert_eq!(
        (found.transaction, found.receipt),
        (world.move_node(2), applied.receipts[1].clone())
    );
    assert_eq!(ledger.receipts(Height(1)).unwrap(), applied.receipts);

    let block = ledger.block(Height(1)).unwrap().unwrap();
    assert_eq!(block.hash, applied.block);
    assert_eq!(block.transactions, applied.transactions);
    assert_eq!(block.state_root, Some(applied.executed.state_root));
    assert_eq!(ledger.height_of(&applied.block).unwrap(), Some(Height(1)));
    assert_eq!(ledger.height_of(&ledger.genesis_hash()).unwrap(), Some(Height(0)));
    assert_eq!(ledger.block(Height(2)).unwrap(), None);
    assert_eq!(ledger.committed().unwrap().block, applied.block);
    assert_eq!(ledger.roots().unwrap().last(), Some(&applied.executed));
}

#[test]
fn a_ledger_goes_on_where_it_stopped() {
    let (directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 9);
    let (committed, executed) = (ledger.committed().unwrap(), ledger.executed());
    let roots = ledger.roots().unwrap();
    drop(ledger);
    let ledger = Ledger::open_existing(directory.path(), Options::default()).unwrap();
    assert_eq!((ledger.committed().unwrap(), ledger.executed()), (committed, executed));
    assert_eq!(ledger.roots().unwrap(), roots);
    assert_eq!(roots.len(), 10);
    chain.grow_by(&ledger, 9);
    assert_eq!(ledger.committed_height(), Height(18));
}

#[test]
fn a_directory_serves_one_ledger_and_one_process() {
    let (directory, world, ledger) = started();
    let path = directory.path();
    assert!(matches!(
        Ledger::open(path, &world.genesis, Options::default()),
        Err(OpenError::InUse(_))
    ));
    drop(ledger);
    let other = World::new("silk");
    let error = Ledger::open(path, &other.genesis, Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::AnotherChain { .. }), "{error}");
    let mut changed = world.genesis.clone();
    changed.time = changed.time.plus_millis(1);
    let error = Ledger::open(path, &changed, Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::AnotherGenesis { .. }), "{error}");
    world.ledger(path);
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        Ledger::open_existing(empty.path(), Options::default()),
        Err(OpenError::NoLedger(_))
    ));
}

#[test]
fn one_certificate_commits_several_blocks() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let batches: Vec<Batch> =
        (0..3).map(|n| chain.batch(vec![world.shipment(n), world.shipment(50 + n)])).collect();
    let headers: Vec<_> =
        batches.iter().map(|batch| chain.header(std::slice::from_ref(batch))).collect();
    let blocks = chain.certified(headers);
    // A batch is missing: nothing is written.
    ledger.put_batches(&[codec::encode(&batches[0]), codec::encode(&batches[1])]).unwrap();
    let error = ledger.apply(&blocks).unwrap_err();
    assert!(matches!(&error, LedgerError::MissingBatches { height: Height(3), missing }
        if missing.len() == 1));
    assert!(!error.is_fatal());
    assert_eq!(ledger.committed_height(), Height(0));
    ledger.put_batch(&codec::encode(&batches[2])).unwrap();
    assert_eq!(ledger.pending_batches().unwrap().len(), 3);
    assert_eq!(ledger.apply(&blocks).unwrap().len(), 3);
    assert_eq!(ledger.pending_batches().unwrap(), []);
    assert!(ledger.certificate(Height(2)).unwrap().is_none());
    let block = ledger.block(Height(2)).unwrap().unwrap();
    assert_eq!(block.certified.headers.len(), 2);
    block.certified.verify(ledger.chain(), &world.set).unwrap();
    // Once more changes nothing.
    assert_eq!(ledger.apply(&blocks).unwrap(), []);
    let (headers, certificate) = ledger.load_headers(Height(0), 2).unwrap().unwrap();
    assert_eq!((headers.len(), certificate), (3, blocks.certificate.clone()));
    assert!(ledger.load_headers(Height(3), 2).unwrap().is_none());
}

#[test]
fn what_is_committed_and_not_executed_is_executed_after_a_restart() {
    let (directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let batch = chain.batch(vec![world.shipment(1)]);
    let headers = vec![chain.header(std::slice::from_ref(&batch)), chain.header(&[])];
    ledger.append(&chain.certified(headers)).unwrap();
    assert_eq!((ledger.committed_height(), ledger.executed().height), (Height(2), Height(0)));
    drop(ledger);
    let ledger = world.ledger(directory.path());
    assert_eq!(ledger.ordered_at(&batch.reference(ledger.chain()).batch).unwrap(), Some(Height(1)));
    assert!(matches!(ledger.execute_next(), Err(LedgerError::MissingBatches { .. })));
    ledger.put_batch(&codec::encode(&batch)).unwrap();
    assert_eq!(ledger.pending_batches().unwrap(), []);
    let applied: Vec<Applied> = std::iter::from_fn(|| ledger.execute_next().unwrap()).collect();
    assert_eq!(applied.len(), 2);
    assert_eq!(ledger.executed(), applied[1].executed);
    chain.executed = ledger.executed();
    chain.grow_by(&ledger, 3);
    drop(ledger);
    verify_data_directory(directory.path()).unwrap();
}

#[test]
fn blocks_that_do_not_follow_or_prove_nothing_are_refused() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let first = chain.header(&[]);
    let second = chain.header(&[]);
    let third = chain.header(&[]);
    let apply = |headers: &[&Arc<Header>]| {
        ledger.apply(&chain.certified(headers.iter().map(|h| (*h).clone()).collect()))
    };
    assert!(matches!(apply(&[&second]), Err(LedgerError::NotNext { .. })));
    assert!(matches!(apply(&[&first, &third]), Err(LedgerError::Chain { .. })));
    let mut weak = chain.certified(vec![first.clone()]);
    weak.certificate.signatures.pop();
    assert!(matches!(ledger.apply(&weak), Err(LedgerError::Chain { .. })));
    let nothing = CertifiedBlocks { headers: vec![], certificate: weak.certificate };
    assert!(matches!(ledger.apply(&nothing), Err(LedgerError::NoHeaders)));
    assert_eq!(ledger.committed_height(), Height(0));
    apply(&[&first, &second]).unwrap();
    apply(&[&second, &third]).unwrap();
    let mut fork = first.as_ref().clone();
    fork.time = fork.time.plus_millis(1);
    let error = apply(&[&Arc::new(fork)]).unwrap_err();
    assert!(matches!(error, LedgerError::Conflict { height: Height(1), .. }) && error.is_fatal());
}

#[test]
fn another_state_than_the_certified_one_is_told() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 2);
    let own = chain.executed.state_root;
    chain.executed.state_root = Digest([9; 32]);
    let header = chain.header(&[]);
    let error = ledger.apply(&chain.certified(vec![header])).unwrap_err();
    assert!(matches!(error, LedgerError::Divergence { height: Height(2), own: found, certified }
        if found == own && certified == Digest([9; 32])));
    assert_eq!(ledger.committed_height(), Height(2));
}

#[test]
fn a_transaction_takes_effect_once() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let (once, other) = (world.shipment(1), world.shipment(2));
    let batches = [
        chain.batch(vec![once.clone(), other.clone()]),
        chain.batch(vec![other.clone(), world.shipment(3)]),
    ];
    for batch in &batches {
        ledger.put_batch(&codec::encode(batch)).unwrap();
    }
    let header = chain.header(&batches);
    let applied = ledger.apply(&chain.certified(vec![header])).unwrap().remove(0);
    chain.executed = applied.executed;
    let again = chain.grow(&ledger, vec![once.clone()]);
    for receipt in [&applied.receipts[2], &again.receipts[0]] {
        assert!(matches!(receipt.outcome, Outcome::Rejected { rule: Rule::Duplicate, .. }));
    }
    let found = ledger.transaction(&other.id()).unwrap().unwrap();
    assert_eq!((found.height, found.position), (Height(1), 1));
    assert_eq!(ledger.transaction(&once.id()).unwrap().unwrap().height, Height(1));
}

#[test]
fn payloads_are_judged_before_the_vote() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let batch = chain.batch(vec![world.shipment(1)]);
    let header = chain.header(std::slice::from_ref(&batch));
    let missing = ledger.check_payload(&header).unwrap();
    assert_eq!(missing, PayloadCheck::Missing(header.batches.clone()));
    assert_eq!(ledger.payload_root(&header.batches).unwrap(), None);
    ledger.put_batch(&codec::encode(&batch)).unwrap();
    assert_eq!(ledger.check_payload(&header).unwrap(), PayloadCheck::Complete);
    assert_eq!(ledger.payload_root(&header.batches).unwrap(), Some(header.transactions_root));
    assert_eq!(ledger.payload_root(&[]).unwrap(), Some(transactions_root(&[])));

    let mut wrong = header.as_ref().clone();
    wrong.transactions_root = Digest::ZERO;
    assert!(matches!(ledger.check_payload(&wrong).unwrap(), PayloadCheck::Invalid(_)));
    let mut wrong = header.as_ref().clone();
    wrong.batches[0].count += 1;
    assert!(matches!(ledger.check_payload(&wrong).unwrap(), PayloadCheck::Invalid(_)));

    let (der, key) = world.renewed(0);
    let newcomer = world.signed(
        ActorId(sha256(&[&der])),
        &key,
        7,
        registry::Call::RegisterCertificate { der },
    );
    let early = chain.batch(vec![newcomer]);
    ledger.put_batch(&codec::encode(&early)).unwrap();
    let later = chain.header(&[early]);
    assert!(matches!(ledger.check_payload(&later).unwrap(), PayloadCheck::Early { .. }));
    ledger.apply(&chain.certified(vec![header])).unwrap();
    assert!(matches!(ledger.check_payload(&later).unwrap(), PayloadCheck::Invalid(_)));
}

fn forged(world: &World) -> Transaction {
    let mut transaction = world.shipment(1);
    transaction.signature.0[3] ^= 1;
    transaction
}

#[test]
fn a_transaction_that_its_actor_did_not_sign_never_takes_effect() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let batch = chain.batch(vec![world.shipment(2), forged(&world)]);
    ledger.put_batch(&codec::encode(&batch)).unwrap();
    let header = chain.header(&[batch]);
    assert!(matches!(ledger.check_payload(&header).unwrap(), PayloadCheck::Invalid(_)));
    let error = ledger.apply(&chain.certified(vec![header])).unwrap_err();
    assert!(matches!(error, LedgerError::Forged { transaction, .. }
        if transaction == forged(&world).id()));
    assert_eq!(ledger.committed_height(), Height(0));
}

#[test]
fn signatures_that_the_caller_has_checked_are_not_checked_again() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let batch = chain.batch(vec![world.shipment(2), forged(&world)]);
    let reference = ledger.put_batch(&codec::encode(&batch)).unwrap();
    // Nobody vouches for a forgery; that it passes then shows that execution takes the word.
    ledger.vouch(&reference.batch);
    let header = chain.header(&[batch]);
    assert_eq!(ledger.check_payload(&header).unwrap(), PayloadCheck::Complete);
    let applied = ledger.apply(&chain.certified(vec![header])).unwrap();
    assert_eq!(applied[0].receipts[1].outcome, Outcome::Applied);
}

#[test]
fn a_newcomers_transaction_is_checked_even_in_the_block_that_registers_it() {
    for forge in [false, true] {
        let (_directory, world, ledger) = started();
        let mut chain = Chain::new(&world, &ledger);
        let (der, key) = world.renewed(1);
        let actor = ActorId(sha256(&[&der]));
        let register = world.by("buyer", 1, registry::Call::RegisterCertificate { der });
        let node = None;
        let mut newcomer = world.signed(actor, &key, 2, registry::Call::MoveNode { node });
        if forge {
            newcomer.signature.0[0] ^= 1;
        }
        let batch = chain.batch(vec![register, newcomer]);
        ledger.put_batch(&codec::encode(&batch)).unwrap();
        let header = chain.header(&[batch]);
        let result = ledger.apply(&chain.certified(vec![header]));
        match result {
            Ok(applied) => {
                let late = &applied[0].receipts[1].outcome;
                assert!(!forge || matches!(late, Outcome::Rejected { .. }), "{late:?}");
            }
            Err(error) => assert!(forge && matches!(error, LedgerError::Forged { .. })),
        }
    }
}

#[test]
fn batches_are_kept_until_given_up_and_bad_ones_are_refused() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let batch = chain.batch(vec![world.shipment(1)]);
    let reference = ledger.put_batch(&codec::encode(&batch)).unwrap();
    assert_eq!(reference, batch.reference(ledger.chain()));
    assert_eq!(ledger.put_batch(&codec::encode(&batch)).unwrap(), reference);
    assert_eq!(ledger.pending_batches().unwrap(), [reference]);
    assert_eq!(ledger.batch_bytes(&reference.batch).unwrap(), Some(codec::encode(&batch)));
    ledger.drop_pending(&[reference.batch]).unwrap();
    assert_eq!(ledger.missing_batches(&[reference]).unwrap(), [reference]);
    assert_eq!(ledger.pending_batches().unwrap(), []);
    let empty = chain.batch(vec![]);
    assert!(matches!(ledger.put_batch(&codec::encode(&empty)), Err(BatchError::Count(0))));
    let mut longer = codec::encode(&batch);
    longer.push(0);
    assert!(matches!(ledger.put_batch(&longer), Err(BatchError::Codec(_))));
    let too_long = vec![0; Batch::BYTES_MAX + 1];
    assert!(matches!(ledger.put_batch(&too_long), Err(BatchError::Codec(_))));
}

#[test]
fn events_are_paged_without_loss_or_repetition() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let mut all = Vec::new();
    for number in 0..12 {
        let transactions = (0..number % 4).map(|n| world.shipment(number * 10 + n)).collect();
        all.extend(chain.grow(&ledger, transactions).events);
    }
    for limit in [1, 2, 3, 7, 100] {
        let (mut cursor, mut seen) = (Cursor::START, Vec::new());
        loop {
            let page = ledger.events_after(cursor, limit).unwrap();
            assert!(page.events.len() <= limit);
            assert!(page.reached >= cursor);
            cursor = page.reached;
            seen.extend(page.events);
            if page.end {
                break;
            }
        }
        assert_eq!(seen, all, "limit {limit}");
        assert_eq!(cursor, Cursor::end_of(Height(12)));
    }
    let middle = all[5].cursor;
    assert_eq!(ledger.events_after(middle, 3).unwrap().events, all[6..9]);
    chain.grow(&ledger, vec![world.shipment(777)]);
    let page = ledger.events_after(Cursor::end_of(Height(12)), 9).unwrap();
    assert_eq!((page.events.len(), page.events[0].cursor.height), (1, Height(13)));
}

#[test]
fn a_view_is_undisturbed_by_later_blocks() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 3);
    let view = ledger.view().unwrap();
    let (root, member) = (view.root(), b"registry/member/line".as_slice());
    let before = view.get(member);
    chain.grow_by(&ledger, 5);
    assert_eq!((view.height(), view.root(), view.get(member)), (Height(3), root, before.clone()));
    let (value, proof) = view.prove(member, Height(2)).unwrap();
    let roots = ledger.roots().unwrap();
    assert!(proof.verify(&roots[2].state_root, member, value.as_deref()));
    assert_ne!(ledger.view().unwrap().get(member), before);
    let members = view.scan(b"registry/member/", Some(b"registry/member/line"), 2);
    let names: Vec<_> = members.iter().map(|(key, _)| &key[16..]).collect();
    assert_eq!(names, [b"seller".as_slice(), b"spedition"]);
}

#[test]
fn a_copy_made_while_running_opens_and_verifies() {
    let (directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    chain.grow_by(&ledger, 6);
    ledger.sealed().put(b"ciphertext").unwrap();
    let copy = directory.path().join("copy");
    ledger.checkpoint(&copy).unwrap();
    chain.grow_by(&ledger, 2);
    let summary = verify_data_directory(&copy).unwrap();
    assert!(!copy.join("lock").exists());
    assert_eq!((summary.height, summary.sealed_blobs), (6, 1));
    assert_eq!(world.ledger(&copy).committed_height(), Height(6));
    assert!(ledger.checkpoint(&copy).is_err());
}

#[test]
fn readers_and_batch_writers_run_beside_the_chain() {
    let (_directory, world, ledger) = started();
    let mut chain = Chain::new(&world, &ledger);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let order = std::sync::atomic::Ordering::Relaxed;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut views = 0;
            while !stop.load(order) {
                let view = ledger.view().unwrap();
                let key = key::receipts_root(Height(1));
                let (value, proof) = view.prove(&key, view.height()).unwrap();
                assert!(proof.verify(&view.root(), &key, value.as_deref()));
                views += 1;
            }
            views
        });
        let writer = scope.spawn(|| {
            let lane = hansa_primitives::ValidatorIndex(1);
            let mut batches = 0;
            while !stop.load(order) {
                let transactions = vec![world.shipment(500_000 + batches)];
                let batch = Batch { lane, sequence: batches, transactions };
                ledger.put_batch(&codec::encode(&batch)).unwrap();
                batches += 1;
            }
            batches
        });
        chain.grow_by(&ledger, 40);
        stop.store(true, order);
        assert!(reader.join().unwrap() > 0);
        assert_eq!(writer.join().unwrap(), ledger.pending_batches().unwrap().len() as u64);
    });
    assert_eq!(ledger.executed().height, Height(40));
    assert!(ledger.transaction(&TransactionId(Digest::ZERO)).unwrap().is_none());
}
