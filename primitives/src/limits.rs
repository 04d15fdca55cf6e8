//! Every bound on what comes from outside, in one place.
//!
//! A decoder never allocates more than the bound of its message class allows, and a queue or loop over
//! foreign data never grows past the figure given here.

/// Bytes of an identifier that people write: chain, member.
pub const SLUG_BYTES_MAX: usize = 32;
/// Bytes of a unique consignment reference (WCO UCR, ISO 15459).
pub const UCR_BYTES_MAX: usize = 35;
/// Bytes of one contract call inside a transaction.
pub const CALL_BYTES_MAX: usize = 256 * 1024;
/// Bytes of one signed transaction.
pub const TRANSACTION_BYTES_MAX: usize = CALL_BYTES_MAX + 1024;
/// Heights a transaction may stay valid for, counted from the block that it is first seen at.
pub const TRANSACTION_WINDOW_HEIGHTS: u64 = 10_000;
/// Bytes of one sealed batch of transactions in a validator's lane.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Transactions in one batch.
pub const BATCH_TRANSACTIONS_MAX: usize = 4096;
/// Batches that one block may order.
pub const BLOCK_BATCHES_MAX: usize = 64;
/// Bytes of one consensus message.
pub const CONSENSUS_MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Validators in one set.
pub const VALIDATORS_MAX: usize = 128;
/// Headers in one answer of the catch-up protocol.
pub const CHAIN_HEADERS_MAX: usize = 64;
/// Bytes of one sealed document version, attachments included.
pub const SEALED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of one chunk of a stream of sealed bytes.
pub const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a source document (XML, JSON) that is parsed to a typed document.
pub const SOURCE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Elements nested in one another in a source document.
pub const SOURCE_DEPTH_MAX: usize = 64;
/// Elements in a source document.
pub const SOURCE_NODES_MAX: usize = 200_000;
/// Fields that one document version commits to.
pub const DOCUMENT_FIELDS_MAX: usize = 4096;
/// Grants given by one transaction.
pub const GRANTS_PER_CALL_MAX: usize = 256;
/// Levels a grant may be passed on.
pub const GRANT_DEPTH_MAX: u8 = 8;
/// Bytes of a DER certificate or revocation list.
pub const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a free-text remark.
pub const REMARK_BYTES_MAX: usize = 1024;
/// Findings that one cross-check may record.
pub const FINDINGS_MAX: usize = 256;
/// Entries of one page of a listing.
pub const PAGE_MAX: usize = 1000;
/// Bytes of one key in the ledger's state.
pub const STATE_KEY_BYTES_MAX: usize = 256;
/// Bytes of one value in the ledger's state.
pub const STATE_VALUE_BYTES_MAX: usize = 512 * 1024;
