//! What the authority has issued and revoked: the one file that it changes.

use super::{AuthorityError, malformed, read, write};
use hansa_primitives::{BlockTime, MemberId};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "register.json";

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Use {
    /// Signs transactions.
    Signing,
    /// Speaks for the member on connections.
    Connections,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    serial: String,
    member: MemberId,
    r#use: Use,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<BlockTime>,
}

/// The list of certificates, in the order of their issue.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    /// The number of the latest revocation list; 0 before the first.
    list_number: u64,
    certificates: Vec<Entry>,
}

impl Register {
    pub(super) fn load(directory: &Path) -> Result<Self, AuthorityError> {
        let path = directory.join(FILE);
        serde_json::from_slice(&read(&path)?).map_err(|error| malformed(&path, error.to_string()))
    }

    pub(super) fn save(&self, directory: &Path) -> Result<(), AuthorityError> {
        let text = serde_json::to_vec_pretty(self).expect("text and numbers become JSON");
        write(&directory.join(FILE), &text)
    }

    pub(super) fn issued(&mut self, member: &MemberId, serial: &[u8], r#use: Use) {
        let serial = hex::encode(serial);
        self.certificates.push(Entry { serial, member: member.clone(), r#use, revoked: None });
    }

    pub(super) fn revoke(&mut self, serial: &[u8], now: BlockTime) -> Result<(), AuthorityError> {
        let serial = hex::encode(serial);
        let entry = self
            .certificates
            .iter_mut()
            .find(|entry| entry.serial == serial && entry.r#use == Use::Signing)
            .ok_or_else(|| AuthorityError::UnknownSerial(serial.clone()))?;
        if entry.revoked.is_some() {
            return Err(AuthorityError::RevokedAlready(serial));
        }
        entry.revoked = Some(now);
        self.list_number += 1;
        Ok(())
    }

    pub(super) fn list_number(&self) -> u64 {
        self.list_number
    }

    pub(super) fn revoked(&self) -> impl Iterator<Item = (Vec<u8>, BlockTime)> + '_ {
        self.certificates
            .iter()
            .filter_map(|entry| Some((hex::decode(&entry.serial).ok()?, entry.revoked?)))
    }

    pub(super) fn serials_of(&self, member: &MemberId) -> Vec<Vec<u8>> {
        self.certificates
            .iter()
            .filter(|entry| entry.member == *member && entry.r#use == Use::Signing)
            .filter_map(|entry| hex::decode(&entry.serial).ok())
            .collect()
    }
}
