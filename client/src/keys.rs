//! The three secrets that a member works with, and all that is derived from them.
//!
//! The keys of a member's own documents, the salts of its proof leaves and the ids of documents
//! that its node makes by itself come from these secrets by HKDF-SHA256 (RFC 5869). So whoever has
//! the three key files and the ledger has everything back.

use crate::{
    error::{Error, Result},
    keystore::{KeyKind, Keystore},
};
use hansa_documents::{
    DocumentContext,
    grant::{DocumentKeyPair, EncryptionKey, WrapSuite},
    sealing::DocumentKey,
};
use hansa_primitives::{ChainId, SigningKey};
use hansa_zkp::{FieldBytes, OwnerSecret, fresh, rng_from_seed};
use hkdf::Hkdf;
use rand::{SeedableRng, rngs::StdRng};
use sha2::Sha256;
use std::{fmt, path::Path};
use zeroize::Zeroizing;

/// The opened keys of a member. Wiped from memory when dropped, never shown.
pub struct MemberKeys {
    actor: SigningKey,
    document: DocumentKeyPair,
    owner: OwnerSecret,
    /// The owner's seed, which proof salts are derived from.
    owner_seed: Zeroizing<[u8; 32]>,
}

impl MemberKeys {
    /// Opens `actor.key`, `document.key` and `owner.key`.
    ///
    /// # Errors
    /// [`Error::Keystore`] names the file that is missing or does not open.
    pub fn open(directory: &Path, passphrase: &[u8]) -> Result<Self> {
        let open = |kind: KeyKind| {
            Keystore::open(&directory.join(kind.file_name()), kind, passphrase).map_err(Error::from)
        };
        let actor = open(KeyKind::Actor)?;
        let document = open(KeyKind::Document)?;
        let owner = open(KeyKind::Owner)?;
        Ok(Self::from_seeds(&actor, &document, &owner))
    }

    /// Keys from their secrets. The document key is of the base suite, X25519.
    pub fn from_seeds(actor: &[u8; 32], document: &[u8; 32], owner: &[u8; 32]) -> Self {
        Self {
            actor: SigningKey::from_seed(actor),
            document: DocumentKeyPair::from_seed(WrapSuite::X25519, *document),
            owner: OwnerSecret::from_seed(owner),
            owner_seed: Zeroizing::new(*owner),
        }
    }

    /// Signs transactions.
    pub fn actor(&self) -> &SigningKey {
        &self.actor
    }

    /// Opens what is wrapped for the member.
    pub fn document(&self) -> &DocumentKeyPair {
        &self.document
    }

    /// What others wrap for.
    pub fn encryption_key(&self) -> EncryptionKey {
        self.document.encryption_key().clone()
    }

    /// Marks the member's documents in proofs.
    pub fn owner(&self) -> &OwnerSecret {
        &self.owner
    }

    /// The key of one version of a document that this member owns.
    pub(crate) fn document_key(&self, context: &DocumentContext) -> DocumentKey {
        let seed = self.document.expose_seed();
        DocumentKey::from_bytes(*derive(seed, "document-key", &[&place(context)]))
    }

    /// The salt that hides one version in the tree of proof leaves.
    pub(crate) fn proof_salt(&self, context: &DocumentContext) -> FieldBytes {
        let seed = derive(&self.owner_seed, "proof-salt", &[&place(context)]);
        fresh(&mut rng_from_seed(*seed))
    }

    /// The nonce of a document that must come out the same however often it is made.
    pub(crate) fn document_nonce(&self, chain: &ChainId, purpose: &[&[u8]]) -> [u8; 32] {
        let parts: Vec<&[u8]> =
            std::iter::once(chain.as_str().as_bytes()).chain(purpose.iter().copied()).collect();
        *derive(self.document.expose_seed(), "document-nonce", &parts)
    }
}

impl fmt::Debug for MemberKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberKeys([redacted])")
    }
}

/// A generator seeded by the system, for keys and nonces.
pub(crate) fn random() -> Result<StdRng> {
    Ok(StdRng::from_seed(*random_seed()?))
}

/// A random seed.
pub(crate) fn random_seed() -> Result<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    crate::keystore::fill_random(seed.as_mut_slice())?;
    Ok(seed)
}

fn place(context: &DocumentContext) -> Vec<u8> {
    let mut bytes = context.chain.as_str().as_bytes().to_vec();
    // A chain's id holds no zero byte, so the parts after it are where they are.
    bytes.push(0);
    bytes.extend_from_slice(context.document.as_bytes());
    bytes.extend_from_slice(&context.version.0.to_be_bytes());
    bytes
}

fn derive(seed: &[u8; 32], label: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut info = format!("hansa/client/{label}/v1").into_bytes();
    for part in parts {
        info.extend_from_slice(&(part.len() as u64).to_le_bytes());
        info.extend_from_slice(part);
    }
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(b"hansa/member-secret/v1"), seed)
        .expand(&info, out.as_mut_slice())
        .expect("32 bytes are less than the 8160 that HKDF-SHA256 gives");
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_primitives::{Digest, DocumentId, Version};

    fn keys(number: u8) -> MemberKeys {
        MemberKeys::from_seeds(&[number; 32], &[number + 1; 32], &[number + 2; 32])
    }

    fn context(chain: &str, document: u8, version: u32) -> DocumentContext {
        let document = DocumentId(Digest([document; 32]));
        DocumentContext::new(ChainId::new(chain).unwrap(), document, Version(version))
    }

    #[test]
    fn the_secrets_alone_restore_every_documents_keys() {
        let (before, after) = (keys(1), keys(1));
        let place = context("milk", 7, 1);
        let (one, two) = (before.document_key(&place), after.document_key(&place));
        assert_eq!(one.expose(), two.expose());
        assert_eq!(before.proof_salt(&place), after.proof_salt(&place));
    }

    #[test]
    fn no_two_versions_documents_chains_or_members_share_a_key() {
        let places = [
            context("milk", 7, 1),
            context("milk", 7, 2),
            context("milk", 8, 1),
            context("silk", 7, 1),
        ];
        let mut seen = std::collections::BTreeSet::new();
        let mut salts = std::collections::BTreeSet::new();
        for keys in [keys(1), keys(9)] {
            for place in &places {
                assert!(seen.insert(*keys.document_key(place).expose()));
                assert!(salts.insert(keys.proof_salt(place).bytes()));
            }
        }
    }

    #[test]
    fn nonces_depend_on_every_part_of_their_purpose() {
        let (keys, chain) = (keys(1), ChainId::new("milk").unwrap());
        let base = keys.document_nonce(&chain, &[b"ab", b"c"]);
        assert_eq!(base, keys.document_nonce(&chain, &[b"ab", b"c"]));
        assert_ne!(base, keys.document_nonce(&chain, &[b"a", b"bc"]));
        assert_ne!(base, keys.document_nonce(&ChainId::new("silk").unwrap(), &[b"ab", b"c"]));
        assert_eq!(format!("{keys:?}"), "MemberKeys([redacted])");
    }

    #[test]
    fn keys_open_from_their_files() {
        use crate::keystore::KdfParameters;
        let folder = tempfile::tempdir().unwrap();
        for (kind, secret) in [(KeyKind::Actor, 1), (KeyKind::Document, 2), (KeyKind::Owner, 3)] {
            let path = folder.path().join(kind.file_name());
            let fast = KdfParameters::development();
            Keystore::create(&path, kind, &[secret; 32], b"milk", fast).unwrap();
        }
        let opened = MemberKeys::open(folder.path(), b"milk").unwrap();
        assert_eq!(opened.encryption_key(), keys(1).encryption_key());
        assert_eq!(opened.owner().owner(), keys(1).owner().owner());
        assert_eq!(MemberKeys::open(folder.path(), b"silk").unwrap_err().exit_code(), 4);
    }
}
