//! A bank's desk: challenges that were given out, and the applications that came back.

use hansa_client::{
    files::write_whole,
    financing::{SignedApplication, Verdict},
};
use hansa_primitives::{Digest, MemberId};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use thiserror::Error;

/// How long a challenge may be answered.
const CHALLENGE_LIFE: Duration = Duration::from_secs(10 * 60);
/// Challenges that may be open at once, for one member.
const CHALLENGES_PER_MEMBER_MAX: usize = 16;

/// Applications of one member that are kept.
const FILED_PER_MEMBER_MAX: usize = 1024;

/// Why the desk takes or gives nothing.
#[derive(Debug, Error)]
pub(crate) enum DeskError {
    /// The member has too many open challenges.
    #[error("{0} has {CHALLENGES_PER_MEMBER_MAX} open challenges; answer one, or wait ten minutes")]
    TooMany(MemberId),
    /// The member has filed more than the bank keeps.
    #[error("{0} has {FILED_PER_MEMBER_MAX} applications on file; the bank has to clear its desk")]
    Filed(MemberId),
    /// The system gave no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// No such application.
    #[error("there is no application `{0}`")]
    Unknown(String),
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// An application with what the bank made of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Filed {
    /// What the applicant sent.
    pub(crate) application: SignedApplication,
    /// "verified", or why not.
    pub(crate) verdict: String,
    /// The claim, once the financing is registered.
    pub(crate) claim: Option<hansa_zkp::FieldBytes>,
}

/// Challenges in memory, applications on disk: they hold keys that were wrapped for the bank alone.
pub(crate) struct Desk {
    directory: PathBuf,
    challenges: Mutex<BTreeMap<Digest, (MemberId, Instant)>>,
    /// How many applications of each member are on disk; counted when the first one comes.
    filed: Mutex<Option<BTreeMap<MemberId, usize>>>,
}

impl Desk {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, challenges: Mutex::default(), filed: Mutex::default() }
    }

    /// A fresh challenge for a member.
    pub(crate) fn challenge(&self, member: &MemberId) -> Result<Digest, DeskError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| DeskError::Randomness(error.to_string()))?;
        let mut challenges = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        challenges.retain(|_, (_, since)| since.elapsed() < CHALLENGE_LIFE);
        let open = challenges.values().filter(|(owner, _)| owner == member).count();
        if open >= CHALLENGES_PER_MEMBER_MAX {
            return Err(DeskError::TooMany(member.clone()));
        }
        challenges.insert(Digest(bytes), (member.clone(), Instant::now()));
        Ok(Digest(bytes))
    }

    /// Takes a challenge back. It holds once, and only for the member that it was given to.
    pub(crate) fn redeem(&self, challenge: &Digest, member: &MemberId) -> bool {
        let mut challenges = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = challenges
            .get(challenge)
            .is_some_and(|(owner, since)| owner == member && since.elapsed() < CHALLENGE_LIFE);
        if holds {
            challenges.remove(challenge);
        }
        holds
    }

    /// Files an application under its number.
    pub(crate) fn file(
        &self,
        application: SignedApplication,
        verdict: &Verdict,
    ) -> Result<String, DeskError> {
        let number = application.body.number();
        let applicant = &application.body.applicant;
        let mut filed = self.filed.lock().unwrap_or_else(PoisonError::into_inner);
        let filed = match &mut *filed {
            Some(filed) => filed,
            none => none.insert(self.count()?),
        };
        let of_applicant = filed.entry(applicant.clone()).or_default();
        if *of_applicant >= FILED_PER_MEMBER_MAX {
            return Err(DeskError::Filed(applicant.clone()));
        }
        *of_applicant += 1;
        self.store(&number, &Filed { application, verdict: verdict.to_string(), claim: None })?;
        Ok(number)
    }

    /// Notes that an application's financing is registered.
    pub(crate) fn registered(
        &self,
        number: &str,
        mut filed: Filed,
        claim: hansa_zkp::FieldBytes,
    ) -> Result<(), DeskError> {
        filed.claim = Some(claim);
        self.store(number, &filed)
    }

    /// An application by its number.
    pub(crate) fn get(&self, number: &str) -> Result<Filed, DeskError> {
        // The number becomes part of a path.
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(DeskError::Unknown(number.chars().take(64).collect()));
        }
        let path = self.path(number);
        let text = std::fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => DeskError::Unknown(number.to_owned()),
            _ => DeskError::File { path: path.clone(), reason: error.to_string() },
        })?;
        serde_json::from_slice(&text)
            .map_err(|error| DeskError::File { path, reason: error.to_string() })
    }

    /// All applications by their numbers.
    pub(crate) fn list(&self) -> Result<Vec<(String, Filed)>, DeskError> {
        let failed = |reason: String| DeskError::File { path: self.directory.clone(), reason };
        let entries = match std::fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error.to_string())),
        };
        let mut numbers: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
            .collect();
        numbers.sort();
        numbers.into_iter().map(|number| Ok((number.clone(), self.get(&number)?))).collect()
    }

    fn count(&self) -> Result<BTreeMap<MemberId, usize>, DeskError> {
        let mut counts = BTreeMap::new();
        for (_, filed) in self.list()? {
            *counts.entry(filed.application.body.applicant).or_default() += 1;
        }
        Ok(counts)
    }

    fn path(&self, number: &str) -> PathBuf {
        self.directory.join(format!("{number}.json"))
    }

    fn store(&self, number: &str, filed: &Filed) -> Result<(), DeskError> {
        let path = self.path(number);
        let failed = |reason: String| DeskError::File { path: path.clone(), reason };
        let text = serde_json::to_vec(filed).map_err(|error| failed(error.to_string()))?;
        write_whole(&path, &text).map_err(|error| failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn member(name: &str) -> MemberId {
        MemberId::new(name).unwrap()
    }

    #[test]
    fn a_challenge_holds_once_and_for_its_member_only() {
        let directory = tempfile::tempdir().unwrap();
        let desk = Desk::new(directory.path().to_owned());
        let challenge = desk.challenge(&member("fangxin")).unwrap();
        assert!(!desk.redeem(&challenge, &member("mrt")));
        assert!(desk.redeem(&challenge, &member("fangxin")));
        assert!(!desk.redeem(&challenge, &member("fangxin")));
    }

    #[test]
    fn one_member_cannot_exhaust_the_desk() {
        let directory = tempfile::tempdir().unwrap();
        let desk = Desk::new(directory.path().to_owned());
        for _ in 0..CHALLENGES_PER_MEMBER_MAX {
            desk.challenge(&member("greedy")).unwrap();
        }
        assert!(matches!(desk.challenge(&member("greedy")), Err(DeskError::TooMany(_))));
        assert!(desk.challenge(&member("modest")).is_ok());
    }

    #[test]
    fn a_number_never_leads_out_of_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let desk = Desk::new(directory.path().to_owned());
        for number in ["../genesis", "", "a/b", "zz"] {
            assert!(matches!(desk.get(number), Err(DeskError::Unknown(_))), "{number}");
        }
        assert!(desk.list().unwrap().is_empty());
    }
}
