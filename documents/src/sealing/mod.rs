//! Encryption of a document version, section by section.
//!
//! A section is a top-level field of the document, or `source`: the bytes that the document was
//! read from.
//!
//! ```text
//! document key ──HKDF──▶ section key ──HKDF(salt of this sealing)──▶ content key
//!                          │    └────HKDF(path)──▶ salt of a field's commitment
//!                          └─SHA-256──▶ key commitment in the public header
//! ```
//!
//! - **Cipher.** STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, *Online Authenticated-Encryption and
//!   its Nonce-Reuse Misuse-Resistance*, CRYPTO 2015) over ChaCha20-Poly1305 (RFC 8439) in chunks
//!   of 64 KiB: the nonce holds the chunk's number and whether it is the last, so chunks cannot be
//!   cut, swapped or added. The additional data binds ledger, document, version, suite and section.
//! - **Keys.** HKDF-SHA256 (RFC 5869) with labels of their own. The content key also depends on a
//!   random salt, so that sealing again under one document key never repeats a nonce under a key.
//! - **Key commitment.** ChaCha20-Poly1305 does not commit to its key; the header does, so a reader
//!   who was given a wrong key knows before decrypting, and no ciphertext opens under two keys.
//! - **Sizes.** Each section is padded to the next size of Padmé (Nikitin et al., *Reducing
//!   Metadata Leakage from Encrypted Files and Communication with PURBs*, PoPETs 2019), 256 bytes
//!   at least: the length shows its order of magnitude only, at most 12 % are added. All sections
//!   of the document's type are always there, so which optional fields a document has does not
//!   show.

mod header;
mod key;
mod open;
mod padding;
mod seal;
mod section;
mod stream;

pub use header::{DocumentHeader, HeaderError, HeaderParts, SectionCommitment};
pub use key::{DocumentKey, GrantedKeys, SectionKey};
pub use open::{OpenError, OpenedDocument, OpenedSection, open_all, open_granted, open_section};
pub use seal::{SealError, SealSuite, SealedDocument, Source, seal};
pub use section::{InvalidSectionName, SectionName};

#[cfg(test)]
mod tests;
