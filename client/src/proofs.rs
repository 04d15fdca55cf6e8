//! The keys that proofs are made and checked under.
//!
//! A directory holds proving keys as a ceremony left them, one file a key, named `<statement>-<key
//! id>.pk`. A file is only used if its content is the key of that id, and a proof only made under
//! the key that is in force on the ledger.

use crate::{
    error::{Error, Result},
    files,
    member::{Committed, Member},
};
use hansa_contracts::{
    call::{Call, Calls},
    proof::{self, Call as ProofCall, KeyRecord, Statement},
};
use hansa_primitives::{Digest, MemberId};
use hansa_zkp::{KeyId, Precheck, ProvingKey, Register, VerifyingKey, ceremony};
use std::path::{Path, PathBuf};

/// Bytes of the largest proving key.
const PROVING_KEY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A member's work with proof keys.
pub struct Proofs<'a> {
    member: &'a Member,
}

/// A statement whose keys the SDK handles.
pub trait Proven: hansa_zkp::Statement {
    /// Its name on the ledger.
    const STATEMENT: Statement;
}

impl Proven for Precheck {
    const STATEMENT: Statement = Statement::Precheck;
}

impl Proven for Register {
    const STATEMENT: Statement = Statement::Register;
}

impl Member {
    /// Work with proof keys.
    pub fn proofs(&self) -> Proofs<'_> {
        Proofs { member: self }
    }
}

impl Proofs<'_> {
    /// Proposes a verifying key that a ceremony made, and approves it; a validator's member does.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the sender runs no validator, or the key is none a ceremony makes.
    pub async fn propose<S: Proven>(
        &self,
        key: &VerifyingKey<S>,
        transcript: Digest,
        contributors: Vec<MemberId>,
    ) -> Result<Committed> {
        let (statement, verifying_key) = (S::STATEMENT, key.encode());
        self.submit(ProofCall::ProposeKey { statement, verifying_key, transcript, contributors })
            .await
    }

    /// Approves a proposed key; a validator's member does, after it has verified the transcript.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the key is not proposed, or was approved by this member already.
    pub async fn approve(&self, key: &KeyId) -> Result<Committed> {
        self.submit(ProofCall::ApproveKey { key: key.0 }).await
    }

    /// Proposes both keys of a ceremony that this member has verified.
    ///
    /// # Errors
    /// As [`Proofs::propose`].
    pub async fn propose_outcome(
        &self,
        outcome: &ceremony::Outcome,
        contributors: &[MemberId],
    ) -> Result<Committed> {
        let transcript = outcome.transcript;
        let propose = |statement, verifying_key| {
            let contributors = contributors.to_vec();
            Call::from(ProofCall::ProposeKey { statement, verifying_key, transcript, contributors })
        };
        let calls = vec![
            propose(Statement::Precheck, outcome.precheck.verifying_key().encode()),
            propose(Statement::Register, outcome.register.verifying_key().encode()),
        ];
        self.member.submit_and_wait(Calls(calls)).await
    }

    /// Approves both keys of a ceremony that this member has verified.
    ///
    /// # Errors
    /// As [`Proofs::approve`].
    pub async fn approve_outcome(&self, outcome: &ceremony::Outcome) -> Result<Committed> {
        let approve = |key: KeyId| Call::from(ProofCall::ApproveKey { key: key.0 });
        let calls = vec![approve(outcome.precheck.id()), approve(outcome.register.id())];
        self.member.submit_and_wait(Calls(calls)).await
    }

    /// All keys on the ledger.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn list(&self) -> Result<Vec<KeyRecord>> {
        self.member.read(proof::keys).await
    }

    /// The key in force for a statement, proven under a quorum's certificate.
    ///
    /// # Errors
    /// [`Error::NotFound`] if none is in force.
    pub async fn active<S: Proven>(&self) -> Result<KeyRecord> {
        let missing = || {
            let what = format!("a key in force for `{}`", S::STATEMENT.name());
            Error::not_found(what, "let the validators' members run a ceremony and approve its key")
        };
        let place = hansa_contracts::key::active_proof_key(S::STATEMENT);
        let id: Digest = self.member.read_settled(&place).await?.ok_or_else(missing)?;
        let place = hansa_contracts::key::proof_key(&id);
        self.member.read_settled(&place).await?.ok_or_else(missing)
    }

    /// The verifying key in force, decoded and checked.
    pub(crate) async fn verifying_key<S: Proven>(&self) -> Result<VerifyingKey<S>> {
        let record = self.active::<S>().await?;
        VerifyingKey::<S>::decode(&record.bytes)
            .map_err(|error| Error::integrity(format!("verifying key {}", record.id), error))
    }

    /// The proving key that belongs to the key in force, from the profile's directory.
    pub(crate) async fn proving_key<S>(&self) -> Result<ProvingKey<S>>
    where
        S: Proven + Send + Sync + 'static,
        ProvingKey<S>: Send,
    {
        let id = KeyId(self.active::<S>().await?.id);
        let path = proving_key_path::<S>(self.member.proving_keys()?, &id);
        let decode = move || load_proving_key::<S>(&path, &id);
        blocking("loading a proving key", decode).await
    }

    async fn submit(&self, call: ProofCall) -> Result<Committed> {
        self.member.submit_and_wait(Calls::from(Call::from(call))).await
    }
}

/// Where a proving key lies in a directory.
pub fn proving_key_path<S: Proven>(directory: &Path, id: &KeyId) -> PathBuf {
    directory.join(format!("{}-{}.pk", S::STATEMENT.name(), id.0))
}

/// Puts both proving keys of a ceremony into a directory, each under its id.
///
/// # Errors
/// [`Error::Local`] names the file that could not be written.
pub fn save_proving_keys(directory: &Path, outcome: &ceremony::Outcome) -> Result<()> {
    save(directory, &outcome.precheck)?;
    save(directory, &outcome.register)
}

fn save<S: Proven>(directory: &Path, key: &ProvingKey<S>) -> Result<()> {
    let path = proving_key_path::<S>(directory, &key.id());
    files::write_whole(&path, &key.encode())
        .map_err(Error::local(format!("proving key {}", path.display())))
}

/// Reads a proving key and checks that it is the one of the id.
///
/// # Errors
/// [`Error::Local`] if there is no such file; [`Error::Integrity`] if it holds something else.
pub fn load_proving_key<S: Proven>(path: &Path, id: &KeyId) -> Result<ProvingKey<S>> {
    let bytes = files::read_bounded(path, PROVING_KEY_BYTES_MAX)
        .map_err(Error::local(format!("proving key {}", path.display())))?;
    ProvingKey::decode(&bytes, id)
        .map_err(|error| Error::integrity(format!("proving key {}", path.display()), error))
}

/// Runs work that takes long on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::Local {
            what: what.to_owned(),
            source: std::io::Error::other(error.to_string()),
        }),
    }
}
