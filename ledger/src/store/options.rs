//! Settings of the store.
//!
//! Memory is bounded (block cache, table indexes and filters within it, write buffers together),
//! because a node at rest shares a small machine with others. Tables are not compressed: they hold
//! hashes, signatures and ciphertext, and verification reads their indexes itself.

use super::Family;
use crate::files::table::FORMAT_VERSION;
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ChecksumType, DBCompressionType, DBRecoveryMode,
    InfoLogger, LogLevel, Options,
};

const MIB: usize = 1024 * 1024;
const BLOCK_CACHE_BYTES: usize = 16 * MIB;
const WRITE_BUFFER_BYTES: usize = 8 * MIB;
const WRITE_BUFFERS_BYTES: usize = 24 * MIB;
const LOGS_BYTES: u64 = 64 * MIB as u64;
const TABLE_BYTES: u64 = 16 * MIB as u64;
const MANIFEST_BYTES: usize = 4 * MIB;
const OPEN_FILES_MAX: i32 = 256;

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To be written to. An unsynced end of the log is dropped.
    Write,
    /// To be verified. A log that does not end where a record ends is an error.
    Verify,
}

/// Settings of the whole store.
pub(crate) fn database(mode: Mode) -> Options {
    let mut options = Options::default();
    options.create_if_missing(mode == Mode::Write);
    options.create_missing_column_families(mode == Mode::Write);
    options.set_paranoid_checks(true);
    options.set_wal_recovery_mode(match mode {
        Mode::Write => DBRecoveryMode::PointInTime,
        Mode::Verify => DBRecoveryMode::AbsoluteConsistency,
    });
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(LOGS_BYTES);
    options.set_max_manifest_file_size(MANIFEST_BYTES);
    options.set_manifest_preallocation_size(MIB / 16);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_background_jobs(2);
    options.set_bytes_per_sync(MIB as u64);
    options.set_recycle_log_file_num(0);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    // No log file of RocksDB's own beside the data: what it has to say goes the way of our own log.
    options.set_info_logger(InfoLogger::new_callback_logger(LogLevel::Warn, report));
    options
}

fn report(level: LogLevel, message: &str) {
    match level {
        LogLevel::Error | LogLevel::Fatal => {
            tracing::error!(target: "hansa_ledger::rocksdb", "{message}");
        }
        LogLevel::Warn => tracing::warn!(target: "hansa_ledger::rocksdb", "{message}"),
        _ => tracing::debug!(target: "hansa_ledger::rocksdb", "{message}"),
    }
}

/// Settings of one family. The cache is shared by all.
pub(crate) fn family(family: Family, cache: &Cache) -> Options {
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(cache);
    // What is looked up entry by entry is read, and its checksum computed, in small pieces.
    let block_bytes = if family.wants_filter() { 4 * 1024 } else { 16 * 1024 };
    tables.set_block_size(block_bytes);
    tables.set_format_version(FORMAT_VERSION as i32);
    tables.set_checksum_type(ChecksumType::CRC32c);
    tables.set_index_type(BlockBasedIndexType::BinarySearch);
    tables.set_index_block_restart_interval(1);
    tables.set_cache_index_and_filter_blocks(true);
    tables.set_pin_l0_filter_and_index_blocks_in_cache(true);
    if family.wants_filter() {
        tables.set_bloom_filter(10.0, false);
        tables.set_optimize_filters_for_memory(true);
    }
    let mut options = Options::default();
    options.set_block_based_table_factory(&tables);
    options.set_compression_type(DBCompressionType::None);
    options.set_bottommost_compression_type(DBCompressionType::None);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options.set_arena_block_size(MIB / 16);
    options.set_max_write_buffer_number(3);
    options.set_target_file_size_base(TABLE_BYTES);
    options.set_level_compaction_dynamic_level_bytes(true);
    if family.is_transient() {
        options.add_compact_on_deletion_collector_factory(4096, 2048, 0.5);
    }
    options
}

/// The cache of table blocks.
pub(crate) fn cache() -> Cache {
    Cache::new_lru_cache(BLOCK_CACHE_BYTES)
}
