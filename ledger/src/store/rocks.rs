//! The store: RocksDB with our families.

use super::{
    Delta, Family, StoreError,
    options::{self, Mode},
    source::{Entry, Source},
};
use rocksdb::{
    BoundColumnFamily, ColumnFamilyDescriptor, DB, DBPinnableSlice, ReadOptions, Snapshot,
    WriteBatch, WriteOptions, checkpoint::Checkpoint,
};
use std::{path::Path, sync::Arc};

/// RocksDB with one column family for each [`Family`].
pub(crate) struct Rocks {
    db: DB,
    synced: bool,
}

/// Whether a write is on disk when the call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// Yes (unless the whole store was opened without syncing).
    Synced,
    /// No; a later synced write takes it along.
    Buffered,
}

impl Rocks {
    /// Opens a store for writing; creates it if it is not there.
    pub(crate) fn open(path: &Path, synced: bool) -> Result<Self, StoreError> {
        let db = DB::open_cf_descriptors(&options::database(Mode::Write), path, descriptors())?;
        Ok(Self { db, synced })
    }

    /// Opens a store to look at it. Nothing in the directory changes.
    pub(crate) fn open_to_verify(path: &Path) -> Result<Self, StoreError> {
        let options = options::database(Mode::Verify);
        let db = DB::open_cf_descriptors_read_only(&options, path, descriptors(), false)?;
        Ok(Self { db, synced: false })
    }

    fn family(&self, family: Family) -> Arc<BoundColumnFamily<'_>> {
        self.db.cf_handle(family.name()).expect("every family is opened with the store")
    }

    /// Writes the changes, all or none.
    pub(crate) fn write(&self, delta: &Delta, write: Write) -> Result<(), StoreError> {
        let handles: Vec<_> = Family::ALL.iter().map(|family| self.family(*family)).collect();
        let mut batch = WriteBatch::default();
        for (family, key, value) in delta.changes() {
            let handle = &handles[family as usize];
            match value {
                Some(value) => batch.put_cf(handle, key, value),
                None => batch.delete_cf(handle, key),
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(self.synced && write == Write::Synced);
        Ok(self.db.write_opt(batch, &options)?)
    }

    /// Puts on disk what was written before.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        if self.synced {
            self.db.flush_wal(true)?;
        }
        Ok(())
    }

    /// A consistent view of all families as they are now.
    pub(crate) fn snapshot(&self) -> RocksSnapshot<'_> {
        RocksSnapshot { store: self, snapshot: self.db.snapshot() }
    }

    /// A copy of the store in another directory, which must not exist; files are linked where
    /// possible.
    pub(crate) fn checkpoint(&self, target: &Path) -> Result<(), StoreError> {
        Ok(Checkpoint::new(&self.db)?.create_checkpoint(target)?)
    }

    /// The id that the store gave itself.
    pub(crate) fn identity(&self) -> Result<Vec<u8>, StoreError> {
        Ok(self.db.get_db_identity()?)
    }

    /// Calls `visit` with every entry of a family, in order, until it fails.
    pub(crate) fn for_each<E: From<StoreError>>(
        &self,
        family: Family,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_readahead_size(1024 * 1024);
        let mut iterator = self.db.raw_iterator_cf_opt(&self.family(family), options);
        iterator.seek_to_first();
        while let Some((key, value)) = iterator.item() {
            visit(key, value)?;
            iterator.next();
        }
        iterator.status().map_err(StoreError::from)?;
        Ok(())
    }

    fn get_with(
        &self,
        family: Family,
        key: &[u8],
        options: &ReadOptions,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let pinned: Option<DBPinnableSlice<'_>> =
            self.db.get_pinned_cf_opt(&self.family(family), key, options)?;
        Ok(pinned.map(|bytes| bytes.to_vec()))
    }

    fn range_with(
        &self,
        family: Family,
        bounds: (&[u8], Option<&[u8]>),
        limit: usize,
        mut options: ReadOptions,
    ) -> Result<Vec<Entry>, StoreError> {
        let (from, to) = bounds;
        if to.is_some_and(|to| to <= from) {
            return Ok(Vec::new());
        }
        if let Some(to) = to {
            options.set_iterate_upper_bound(to);
        }
        let mut iterator = self.db.raw_iterator_cf_opt(&self.family(family), options);
        let mut entries = Vec::new();
        iterator.seek(from);
        while entries.len() < limit {
            let Some((key, value)) = iterator.item() else { break };
            entries.push((key.to_vec(), value.to_vec()));
            iterator.next();
        }
        iterator.status()?;
        Ok(entries)
    }
}

fn descriptors() -> Vec<ColumnFamilyDescriptor> {
    let cache = options::cache();
    Family::ALL
        .iter()
        .map(|family| ColumnFamilyDescriptor::new(family.name(), options::family(*family, &cache)))
        .collect()
}

impl Source for Rocks {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.get_with(family, key, &ReadOptions::default())
    }

    fn range(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.range_with(family, (from, to), limit, ReadOptions::default())
    }
}

/// All families as they were at one moment.
pub(crate) struct RocksSnapshot<'a> {
    store: &'a Rocks,
    snapshot: Snapshot<'a>,
}

impl RocksSnapshot<'_> {
    fn options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        options.set_snapshot(&self.snapshot);
        options
    }
}

impl Source for RocksSnapshot<'_> {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get_with(family, key, &self.options())
    }

    fn range(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.store.range_with(family, (from, to), limit, self.options())
    }
}
