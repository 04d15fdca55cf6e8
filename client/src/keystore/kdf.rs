//! The derivation of the sealing key: argon2id, version 0x13 (RFC 9106).

use super::KeystoreError;
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// More memory than this is refused: a foreign file must not take the machine down.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

/// How costly it is to try a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KdfParameters {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfParameters {
    /// For keys that guard something: 64 MiB, three passes (the second choice of RFC 9106).
    pub fn interactive() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }

    /// For throw-away networks on a developer's machine: 1 MiB, one pass.
    pub fn development() -> Self {
        Self { memory_kib: 1024, passes: 1, lanes: 1 }
    }

    /// Derives the sealing key.
    pub(super) fn derive(
        &self,
        passphrase: &[u8],
        salt: &[u8; 32],
    ) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
        if self.memory_kib > MEMORY_KIB_MAX || self.passes > PASSES_MAX || self.lanes > LANES_MAX {
            return Err(KeystoreError::Parameters(
                "at most 1 GiB, 16 passes, 16 lanes are allowed",
            ));
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| KeystoreError::Parameters("argon2id refuses memory, passes or lanes"))?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, salt, key.as_mut_slice())
            .map_err(|_| KeystoreError::Parameters("argon2id refuses the passphrase's length"))?;
        Ok(key)
    }
}
