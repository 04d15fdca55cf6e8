//! Connects a member to its ledger: seals, signs, submits, follows, opens and verifies.
//!
//! The SDK holds the member's keys and is, besides the agents in a node, the only place that sees
//! plaintext. It does not take a node's word for what matters: sealed bytes are checked against the
//! registered digest and key commitments, the keys that documents are wrapped for and the headers
//! of documents come with proofs under the validators' certificates, and receipts can be proven to
//! outsiders with the genesis alone.
//!
//! | module | does |
//! |---|---|
//! | [`keystore`] | keys at rest |
//! | [`authority`] | the consortium's certificate authorities |
//! | [`clock`] | this machine's time |
//! | [`profile`] | where a member's keys, certificates and nodes are |
//! | [`connection`] | mutual TLS, deadlines, failover |
//! | [`member`] | a member at work: transactions, state, events |
//! | [`documents`] | sealing, granting, opening, countersigning |
//! | [`shipments`] | shipments, their papers and movements |
//! | [`declarations`] | customs declarations, on either side |
//! | [`financing`] | applications of traders and decisions of banks |
//! | [`offline`] | checks with the ledger's genesis alone |
//! | [`proofs`] | the keys that proofs are made under |
//! | [`files`] | small files, read with a bound and written whole |
//! | [`registry`] | members and certificates |
//! | [`proof`] | proofs that verify offline |
//!
//! Begin with [`Profile::load`], then [`Member::open`].

pub mod authority;
pub mod clock;
pub mod connection;
pub mod declarations;
pub mod documents;
pub mod error;
pub mod files;
pub mod financing;
pub mod keys;
pub mod keystore;
pub mod member;
pub mod offline;
pub mod profile;
pub mod proofs;
pub mod registry;
pub mod shipments;

pub use documents::Reader;
pub use error::{Error, Result};
pub use hansa_contracts::inclusion as proof;
pub use keys::MemberKeys;
pub use member::{Committed, Cursor, Follow, FollowedEvent, Member, NotTaken, Standing};
pub use profile::Profile;
