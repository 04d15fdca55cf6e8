//! The ledger service.

use super::{
    auth::caller,
    error::{failure, malformed, of_ledger},
    events, status,
};
use crate::{
    handle::NodeHandle,
    mempool::SubmitError,
    publish::{Decided, Status as Stands},
};
use hansa_contracts::{execute::Outcome, state::StateView};
use hansa_ledger::LedgerError;
use hansa_primitives::{BlockHash, Digest, Height, TransactionId, codec, limits};
use hansa_proto::v1::{self, get_block_request, ledger_service_server::LedgerService};
use std::{sync::Arc, time::Duration};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};

/// Transactions of one batch.
const BATCH_MAX: usize = 1000;
/// Bytes of the transactions of one batch.
pub(super) const BATCH_BYTES_MAX: usize = 1024 * 1024;
const WAIT_DEFAULT: Duration = Duration::from_secs(10);
const WAIT_MAX: Duration = Duration::from_secs(60);
const PAGE_DEFAULT: usize = 100;
/// Bytes of one page of state entries.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Answers from one node's ledger.
pub(super) struct Ledger {
    handle: NodeHandle,
}

impl Ledger {
    pub(super) fn new(handle: NodeHandle) -> Self {
        Self { handle }
    }

    /// Reads the ledger where waiting for the disk holds up nobody.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&hansa_ledger::Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Status> {
        let ledger = Arc::clone(self.handle.ledger());
        tokio::task::spawn_blocking(move || read(&ledger))
            .await
            .map_err(|_| Status::unavailable("the node is stopping"))?
            .map_err(|error| of_ledger(&error))
    }

    fn transaction_status(&self, id: TransactionId, stands: Stands) -> v1::TransactionStatus {
        use v1::TransactionState as State;
        let mut status = v1::TransactionStatus {
            transaction_id: id.as_bytes().to_vec(),
            ..v1::TransactionStatus::default()
        };
        let state = match stands {
            Stands::Pending => State::Pending,
            Stands::Expired => State::Expired,
            Stands::Unknown => State::Unknown,
            Stands::Decided(decided) => self.decided(&mut status, &decided),
        };
        status.state = state.into();
        status
    }

    fn decided(
        &self,
        status: &mut v1::TransactionStatus,
        decided: &Decided,
    ) -> v1::TransactionState {
        status.height = decided.height.0;
        status.position = decided.position;
        status.block_time_ms = decided.time.0;
        status.proven = decided.height <= self.handle.tip().borrow().proven;
        status.receipt = codec::encode(decided.receipt.as_ref());
        match &decided.receipt.outcome {
            Outcome::Applied => v1::TransactionState::Committed,
            Outcome::Rejected { rule, message } => {
                status.rule = rule.code().to_owned();
                status.message.clone_from(message);
                status.hint = rule.hint().to_owned();
                v1::TransactionState::Rejected
            }
        }
    }
}

#[tonic::async_trait]
impl LedgerService for Ledger {
    type SubscribeEventsStream = ReceiverStream<Result<v1::Event, Status>>;

    async fn submit(
        &self,
        request: Request<v1::SubmitRequest>,
    ) -> Result<Response<v1::SubmitResponse>, Status> {
        let id = self.handle.submit_bytes(request.into_inner().transaction).await?;
        Ok(Response::new(v1::SubmitResponse { transaction_id: id.as_bytes().to_vec() }))
    }

    async fn submit_batch(
        &self,
        request: Request<v1::SubmitBatchRequest>,
    ) -> Result<Response<v1::SubmitBatchResponse>, Status> {
        let transactions = request.into_inner().transactions;
        let bytes: usize = transactions.iter().map(Vec::len).sum();
        if transactions.len() > BATCH_MAX || bytes > BATCH_BYTES_MAX {
            return Err(malformed(
                &format!("{} transactions of {bytes} bytes", transactions.len()),
                "send at most 1,000 transactions and 1 MiB in one batch",
            ));
        }
        let outcomes = self.handle.submit_batch(transactions).await;
        let outcomes = outcomes.into_iter().map(outcome).collect();
        Ok(Response::new(v1::SubmitBatchResponse { outcomes }))
    }

    async fn wait(
        &self,
        request: Request<v1::WaitRequest>,
    ) -> Result<Response<v1::TransactionStatus>, Status> {
        let v1::WaitRequest { transaction_id, timeout_ms } = request.into_inner();
        let id = parse_id(&transaction_id)?;
        let limit = match timeout_ms {
            0 => WAIT_DEFAULT,
            some => Duration::from_millis(some.into()).min(WAIT_MAX),
        };
        let stands = self.handle.wait(id, limit).await.map_err(|error| of_ledger(&error))?;
        Ok(Response::new(self.transaction_status(id, stands)))
    }

    async fn get_transaction(
        &self,
        request: Request<v1::GetTransactionRequest>,
    ) -> Result<Response<v1::TransactionStatus>, Status> {
        let id = parse_id(&request.into_inner().transaction_id)?;
        let stands = self.handle.status(&id).map_err(|error| of_ledger(&error))?;
        Ok(Response::new(self.transaction_status(id, stands)))
    }

    async fn get_block(
        &self,
        request: Request<v1::GetBlockRequest>,
    ) -> Result<Response<v1::Block>, Status> {
        let asked = request.into_inner().block.ok_or_else(|| {
            malformed("no block is named", "give the height or the hash of a block")
        })?;
        let hash = match &asked {
            get_block_request::Block::Height(_) => None,
            get_block_request::Block::Hash(hash) => Some(BlockHash(parse_digest(hash)?)),
        };
        let height = match asked {
            get_block_request::Block::Height(height) => Some(Height(height)),
            get_block_request::Block::Hash(_) => None,
        };
        let set = Arc::clone(self.handle.ledger().validators());
        let block = self
            .read(move |ledger| {
                let height = match (height, hash) {
                    (Some(height), _) => Some(height),
                    (None, Some(hash)) => ledger.height_of(&hash)?,
                    (None, None) => None,
                };
                height.map_or(Ok(None), |height| ledger.block(height))
            })
            .await?
            .ok_or_else(|| {
                failure(
                    Code::NotFound,
                    "UNKNOWN_BLOCK",
                    "this node has no such block",
                    "check height or hash; see the node's status for how far it has come",
                )
            })?;
        let header = &block.header;
        Ok(Response::new(v1::Block {
            height: header.height.0,
            hash: block.hash.as_bytes().to_vec(),
            header: codec::encode(header.as_ref()),
            certificate: codec::encode(&block.certified.certificate),
            transaction_ids: block.transactions.iter().map(|id| id.as_bytes().to_vec()).collect(),
            proposer: set.member(header.proposer).map(ToString::to_string).unwrap_or_default(),
            view: header.view.0,
            time_ms: header.time.0,
            parent: header.parent.as_bytes().to_vec(),
            transactions_root: header.transactions_root.as_bytes().to_vec(),
            executed_height: header.executed.height.0,
            executed_state_root: header.executed.state_root.as_bytes().to_vec(),
        }))
    }

    async fn get_transaction_proof(
        &self,
        request: Request<v1::GetTransactionRequest>,
    ) -> Result<Response<v1::TransactionProof>, Status> {
        let id = parse_id(&request.into_inner().transaction_id)?;
        let proof = self.read(move |ledger| ledger.prove_transaction(&id)).await?;
        let proof = proof.ok_or_else(|| {
            failure(
                Code::NotFound,
                "NO_PROOF",
                "no committed block of this node holds the transaction",
                "wait for the transaction first",
            )
        })?;
        Ok(Response::new(v1::TransactionProof { proof: codec::encode(&proof) }))
    }

    async fn get_state(
        &self,
        request: Request<v1::GetStateRequest>,
    ) -> Result<Response<v1::GetStateResponse>, Status> {
        let v1::GetStateRequest { key, with_proof } = request.into_inner();
        check_key(&key)?;
        if with_proof {
            return self.prove_state(key).await;
        }
        let answer = self.read(move |ledger| {
            let view = ledger.view()?;
            Ok(v1::GetStateResponse {
                value: view.get(&key),
                height: view.height().0,
                state_root: view.root().as_bytes().to_vec(),
                proof: Vec::new(),
            })
        });
        Ok(Response::new(answer.await?))
    }

    async fn scan_state(
        &self,
        request: Request<v1::ScanStateRequest>,
    ) -> Result<Response<v1::ScanStateResponse>, Status> {
        let v1::ScanStateRequest { prefix, after, limit } = request.into_inner();
        check_key(&prefix)?;
        check_key(&after)?;
        let limit = match limit as usize {
            0 => PAGE_DEFAULT,
            some => some.min(limits::PAGE_MAX),
        };
        let answer = self.read(move |ledger| {
            let view = ledger.view()?;
            let after = (!after.is_empty()).then_some(after.as_slice());
            let mut bytes = 0;
            let entries = view
                .scan(&prefix, after, limit)
                .into_iter()
                .take_while(|(key, value)| {
                    let fits = bytes < PAGE_BYTES_MAX;
                    bytes += key.len() + value.len();
                    fits
                })
                .map(|(key, value)| v1::StateEntry { key, value })
                .collect();
            Ok(v1::ScanStateResponse { entries, height: view.height().0 })
        });
        Ok(Response::new(answer.await?))
    }

    async fn subscribe_events(
        &self,
        request: Request<v1::SubscribeEventsRequest>,
    ) -> Result<Response<Self::SubscribeEventsStream>, Status> {
        let caller = caller(&request)?;
        let stream = events::subscribe(self.handle.clone(), caller, request.into_inner());
        Ok(Response::new(stream))
    }

    async fn get_node_status(
        &self,
        _: Request<v1::GetNodeStatusRequest>,
    ) -> Result<Response<v1::NodeStatus>, Status> {
        Ok(Response::new(status::of(&self.handle).await))
    }
}

impl Ledger {
    async fn prove_state(&self, key: Vec<u8>) -> Result<Response<v1::GetStateResponse>, Status> {
        let proof = self.read(move |ledger| ledger.prove_state(&key)).await?.ok_or_else(|| {
            failure(
                Code::FailedPrecondition,
                "NOTHING_PROVEN",
                "no committed header carries a state root yet",
                "try again after the next block",
            )
        })?;
        let header = proof.root_in.headers.first();
        Ok(Response::new(v1::GetStateResponse {
            value: proof.value.clone(),
            height: header.map_or(0, |header| header.executed.height.0),
            state_root: header
                .map(|header| header.executed.state_root.as_bytes().to_vec())
                .unwrap_or_default(),
            proof: codec::encode(&proof),
        }))
    }
}

fn outcome(result: Result<TransactionId, SubmitError>) -> v1::SubmitOutcome {
    match result {
        Ok(id) => v1::SubmitOutcome {
            transaction_id: id.as_bytes().to_vec(),
            ..v1::SubmitOutcome::default()
        },
        Err(error) => v1::SubmitOutcome {
            transaction_id: Vec::new(),
            code: error.code().to_owned(),
            message: error.to_string(),
            retry_after_ms: match &error {
                SubmitError::Busy { retry_after, .. } => {
                    u32::try_from(retry_after.as_millis()).unwrap_or(u32::MAX)
                }
                _ => 0,
            },
        },
    }
}

fn check_key(key: &[u8]) -> Result<(), Status> {
    if key.len() > limits::STATE_KEY_BYTES_MAX {
        return Err(malformed("the key is too long", "a state key has at most 256 bytes"));
    }
    Ok(())
}

fn parse_id(bytes: &[u8]) -> Result<TransactionId, Status> {
    parse_digest(bytes).map(TransactionId)
}

pub(super) fn parse_digest(bytes: &[u8]) -> Result<Digest, Status> {
    bytes.try_into().map(Digest).map_err(|_| {
        malformed(&format!("{} bytes are no hash", bytes.len()), "a hash has 32 bytes")
    })
}
