//! Reading the ledger's state through the contracts' own functions.
//!
//! Those functions are pure and read through a view. Here the view notes what they ask for and do
//! not get; that is fetched, and the function runs again, until it lacks nothing. So every rule
//! about keys and records stays in one place, the contracts.

use super::{Inner, Member};
use crate::{
    connection::{Connection, DEADLINE, Repeat, request},
    error::{Error, Result},
    proof::StateEntryProof,
};
use futures::{StreamExt, TryStreamExt, stream};
use hansa_contracts::state::StateView;
use hansa_primitives::{
    Height,
    codec::{self, Canonical},
    limits,
};
use hansa_proto::v1;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::{Duration, Instant},
};

/// Times that a function may run before it is given up.
const ROUNDS_MAX: usize = 64;
/// Things that one function may ask for in all.
const QUESTIONS_MAX: usize = 20_000;
/// Questions under way at a time.
const IN_FLIGHT_MAX: usize = 16;
/// No node cuts a page of fewer bytes than this.
const CUT_BYTES_MIN: usize = 512 * 1024;
/// How long the certified state may lag behind the executed one.
const SETTLE: Duration = Duration::from_secs(10);

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Get(Vec<u8>),
    Scan { prefix: Vec<u8>, after: Option<Vec<u8>>, limit: usize },
}

enum Answer {
    Value(Option<Vec<u8>>),
    Entries(Entries),
}

/// What has been fetched so far, and what was asked for in vain.
#[derive(Default)]
struct Fetched {
    values: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    scans: BTreeMap<Question, Entries>,
}

struct Recorder<'a> {
    fetched: &'a Fetched,
    missing: RefCell<BTreeSet<Question>>,
}

impl StateView for Recorder<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.fetched.values.get(key) {
            Some(value) => value.clone(),
            None => {
                self.missing.borrow_mut().insert(Question::Get(key.to_vec()));
                None
            }
        }
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Entries {
        let (prefix, after) = (prefix.to_vec(), after.map(<[u8]>::to_vec));
        let question = Question::Scan { prefix, after, limit };
        match self.fetched.scans.get(&question) {
            Some(entries) => entries.clone(),
            None => {
                self.missing.borrow_mut().insert(question);
                Vec::new()
            }
        }
    }
}

impl Fetched {
    /// Runs the function; gives what it lacked, or its result if it lacked nothing.
    fn run<T>(&self, what: &impl Fn(&dyn StateView) -> T) -> Result<T, BTreeSet<Question>> {
        let recorder = Recorder { fetched: self, missing: RefCell::default() };
        let result = what(&recorder);
        let missing = recorder.missing.into_inner();
        if missing.is_empty() { Ok(result) } else { Err(missing) }
    }

    fn add(&mut self, question: Question, answer: Answer) {
        match (question, answer) {
            (Question::Get(key), Answer::Value(value)) => {
                self.values.insert(key, value);
            }
            (question, Answer::Entries(entries)) => {
                for (key, value) in &entries {
                    self.values.insert(key.clone(), Some(value.clone()));
                }
                self.scans.insert(question, entries);
            }
            (Question::Scan { .. }, Answer::Value(_)) => {}
        }
    }
}

impl Member {
    /// The result of a pure function of the state, `hansa_contracts::registry::members` for
    /// instance.
    ///
    /// What it reads comes from the node, part by part, perhaps at different heights. Decisions are
    /// made by the validators on the state they execute on; who must not trust the node for a value
    /// uses [`Member::read_proven`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn read<T, F>(&self, what: F) -> Result<T>
    where
        F: Fn(&dyn StateView) -> T + Send + Sync,
        T: Send,
    {
        self.inner.read(what).await.map(|(result, _)| result)
    }

    /// The record under a key, proven against a certificate of the ledger's validators. The state
    /// is that of a recent certified header, which may lie some blocks back.
    ///
    /// # Errors
    /// [`Error::Integrity`] if the proof does not hold.
    pub async fn read_proven<T: Canonical>(&self, key: &[u8]) -> Result<Option<T>> {
        self.inner.read_proven(key).await
    }

    pub(crate) async fn read_settled<T: Canonical + PartialEq>(
        &self,
        key: &[u8],
    ) -> Result<Option<T>> {
        self.inner.read_settled(key).await
    }
}

impl Inner {
    /// The result with the lowest height that it was read at.
    pub(crate) async fn read<T, F>(&self, what: F) -> Result<(T, Height)>
    where
        F: Fn(&dyn StateView) -> T + Send + Sync,
        T: Send,
    {
        let mut fetched = Fetched::default();
        let mut questions = 0;
        let mut lowest = Height(u64::MAX);
        for _ in 0..ROUNDS_MAX {
            let missing = match fetched.run(&what) {
                Ok(result) => return Ok((result, lowest)),
                Err(missing) => missing,
            };
            questions += missing.len();
            if questions > QUESTIONS_MAX {
                break;
            }
            let answers: Vec<(Question, Answer, Height)> = stream::iter(missing)
                .map(|question| self.answer(question))
                .buffer_unordered(IN_FLIGHT_MAX)
                .try_collect()
                .await?;
            for (question, answer, height) in answers {
                lowest = lowest.min(height);
                fetched.add(question, answer);
            }
        }
        let what = "reading the state takes more questions than are sensible".to_owned();
        Err(Error::usage(what, "ask for less at a time"))
    }

    async fn answer(&self, question: Question) -> Result<(Question, Answer, Height)> {
        match &question {
            Question::Get(key) => {
                let response = self.get_state(key, false).await?;
                let height = Height(response.height);
                Ok((question, Answer::Value(response.value), height))
            }
            Question::Scan { prefix, after, limit } => {
                let (entries, height) = self.scan(prefix, after.as_deref(), *limit).await?;
                Ok((question, Answer::Entries(entries), height))
            }
        }
    }

    /// Scans page by page: nodes bound their pages by number and by bytes.
    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<(Entries, Height)> {
        let mut entries = Entries::new();
        let mut after = after.map(<[u8]>::to_vec).unwrap_or_default();
        let mut lowest = Height(u64::MAX);
        while entries.len() < limit {
            let page = (limit - entries.len()).min(limits::PAGE_MAX);
            let query = v1::ScanStateRequest {
                prefix: prefix.to_vec(),
                after: after.clone(),
                limit: u32::try_from(page).unwrap_or(u32::MAX),
            };
            let ask = |channel, terms| {
                let query = query.clone();
                async move { Connection::ledger(channel).scan_state(request(query, terms)).await }
            };
            let what = "a listing of the state";
            let answer = self.connection.call(what, DEADLINE, Repeat::Idempotent, ask).await?;
            lowest = lowest.min(Height(answer.height));
            let got = answer.entries.len();
            let mut bytes = 0;
            for entry in answer.entries {
                if !entry.key.starts_with(prefix) || entry.key <= after {
                    return Err(Error::integrity(what, "an entry is out of order or place"));
                }
                bytes += entry.key.len() + entry.value.len();
                after.clone_from(&entry.key);
                entries.push((entry.key, entry.value));
            }
            // A node cuts a page short at the listing's end, or where it grows too large to send.
            if got == 0 || (got < page && bytes < CUT_BYTES_MIN) {
                break;
            }
        }
        self.tip.seen(Height(if lowest.0 == u64::MAX { 0 } else { lowest.0 }));
        Ok((entries, lowest))
    }

    pub(crate) async fn read_proven<T: Canonical>(&self, key: &[u8]) -> Result<Option<T>> {
        typed(key, self.proof_of(key).await?.value.as_deref())
    }

    /// A proof of a key's value, verified.
    async fn proof_of(&self, key: &[u8]) -> Result<StateEntryProof> {
        let response = self.get_state(key, true).await?;
        if response.proof.is_empty() {
            let next = "wait until the ledger has certified its first state";
            return Err(Error::not_found(format!("a proof of {}", shown(key)), next));
        }
        let broken = |reason: &dyn fmt::Display| Error::integrity(shown(key), reason);
        let proof: StateEntryProof =
            codec::decode(&response.proof).map_err(|error| broken(&error))?;
        proof.verify(&self.genesis.chain, &self.validators).map_err(|error| broken(&error))?;
        if proof.key != key {
            return Err(broken(&"the proof is for another key"));
        }
        Ok(proof)
    }

    /// The record under a key, proven, once the certified state has caught up with what the node
    /// executed last. Right after a change that takes a block or two, which validators make for the
    /// purpose.
    pub(crate) async fn read_settled<T: Canonical + PartialEq>(
        &self,
        key: &[u8],
    ) -> Result<Option<T>> {
        let latest = self.get_state(key, false).await?.value;
        let end = Instant::now() + SETTLE;
        loop {
            match self.proof_of(key).await {
                Ok(proof) if proof.value == latest => return typed(key, proof.value.as_deref()),
                Ok(_) => {}
                // A ledger without any certified state yet has none to prove from.
                Err(Error::NotFound { .. } | Error::Conflict { .. }) => {
                    if self.node_status().await?.executed_height == 0 {
                        return self.read_genesis(key);
                    }
                }
                Err(error) => return Err(error),
            }
            if Instant::now() >= end {
                return Err(Error::Timeout {
                    what: format!("a certificate over {}", shown(key)),
                    seconds: SETTLE.as_secs(),
                    next: "check that enough validators run, and try again".to_owned(),
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The record that the ledger began with, from the genesis that the profile trusts.
    fn read_genesis<T: Canonical>(&self, key: &[u8]) -> Result<Option<T>> {
        let writes = self.genesis.writes().map_err(|error| {
            Error::usage(format!("genesis: {error}"), "get the ledger's genesis again")
        })?;
        typed(key, writes.get(key).and_then(|value| value.as_deref()))
    }

    async fn get_state(&self, key: &[u8], with_proof: bool) -> Result<v1::GetStateResponse> {
        let query = v1::GetStateRequest { key: key.to_vec(), with_proof };
        let ask = |channel, terms| {
            let query = query.clone();
            async move { Connection::ledger(channel).get_state(request(query, terms)).await }
        };
        let what = "a value of the state";
        let response = self.connection.call(what, DEADLINE, Repeat::Idempotent, ask).await?;
        self.tip.seen(Height(response.height));
        Ok(response)
    }
}

fn typed<T: Canonical>(key: &[u8], value: Option<&[u8]>) -> Result<Option<T>> {
    let record = value.map(codec::decode::<T>).transpose();
    record.map_err(|error| Error::integrity(shown(key), error))
}

/// A key of the state for people: its text part, ids in hexadecimal digits left out.
fn shown(key: &[u8]) -> String {
    let text: String = key
        .iter()
        .take_while(|byte| byte.is_ascii_graphic())
        .map(|byte| char::from(*byte))
        .collect();
    format!("the state of `{text}`")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A node in memory.
    fn answer(store: &BTreeMap<Vec<u8>, Vec<u8>>, question: &Question) -> Answer {
        match question {
            Question::Get(key) => Answer::Value(store.get(key).cloned()),
            Question::Scan { prefix, after, limit } => {
                Answer::Entries(StateView::scan(store, prefix, after.as_deref(), *limit))
            }
        }
    }

    fn resolve<T>(
        store: &BTreeMap<Vec<u8>, Vec<u8>>,
        what: impl Fn(&dyn StateView) -> T,
    ) -> (T, usize) {
        let mut fetched = Fetched::default();
        for rounds in 0..ROUNDS_MAX {
            match fetched.run(&what) {
                Ok(result) => return (result, rounds),
                Err(missing) => {
                    for question in missing {
                        let answer = answer(store, &question);
                        fetched.add(question, answer);
                    }
                }
            }
        }
        panic!("the function never got what it asked for");
    }

    #[test]
    fn a_function_reads_as_if_the_state_were_here() {
        let store: BTreeMap<Vec<u8>, Vec<u8>> = (0..50_u8)
            .map(|n| (vec![b'k', n], vec![b'v', (n + 1) % 50]))
            .chain([(b"start".to_vec(), vec![b'k', 7])])
            .collect();
        // Each key is known only from the value before: three hops, then a listing.
        let chained = |view: &dyn StateView| {
            let first = view.get(b"start")?;
            let second = view.get(&first)?;
            let third = view.get(&[b'k', second[1]])?;
            Some((third, view.scan(b"k", Some(&first), 3), view.get(b"none")))
        };
        let (result, rounds) = resolve(&store, chained);
        assert_eq!(result, chained(&store));
        assert!(rounds <= 4, "{rounds}");
    }

    #[test]
    fn what_a_listing_brought_is_not_asked_for_again() {
        let store: BTreeMap<Vec<u8>, Vec<u8>> = [(b"a/1".to_vec(), vec![1])].into();
        let (result, rounds) = resolve(&store, |view| {
            let entries = view.scan(b"a/", None, 10);
            entries.iter().filter_map(|(key, _)| view.get(key)).collect::<Vec<_>>()
        });
        assert_eq!((result, rounds), (vec![vec![1]], 1));
    }
}
