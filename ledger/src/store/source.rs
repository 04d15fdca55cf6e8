//! Reading from the store, from a snapshot of it, or from memory: execution runs on any of them, so
//! that verification runs the very code that wrote the ledger.

use super::{Family, StoreError};
use hansa_primitives::codec::{self, Canonical};

/// A key with its value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// Ordered maps of bytes, one for each family.
pub(crate) trait Source {
    /// The value of a key.
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The entries from the key `from`, ascending, below `to`, at most `limit`.
    fn range(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// A value that must decode where it is present.
    fn read<T: Canonical>(&self, family: Family, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.get(family, key)?
            .map(|bytes| codec::decode(&bytes).map_err(|e| StoreError::damaged(family, key, e)))
            .transpose()
    }

    /// A value that must be present.
    fn need<T: Canonical>(&self, family: Family, key: &[u8]) -> Result<T, StoreError> {
        self.read(family, key)?.ok_or_else(|| StoreError::damaged(family, key, "it is missing"))
    }
}

/// The first key behind all keys with the prefix; nothing if there is none.
pub(crate) fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_next_key_without_it() {
        assert_eq!(behind(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(behind(&[1, 255, 255]), Some(vec![2]));
        assert_eq!(behind(&[255]), None);
        assert_eq!(behind(b""), None);
    }
}
