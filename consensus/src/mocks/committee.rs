//! Validators with known keys.

use crate::{
    engine::Config,
    types::{Certificate, ValidatorSet},
    verify::{Verified, Verifier, VerifyError},
};
use hansa_primitives::{
    BlockHash, ChainId, Digest, Epoch, MemberId, Signature, Signer, SigningKey, ValidatorIndex,
    VerifyingKey, hash,
};
use std::sync::Arc;

/// How a simulation signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// With a keyed hash that nobody checks: signatures are checked outside the engine.
    Mock,
    /// With Ed25519, all of them checked.
    Real,
}

/// Signs with a keyed hash, in the name of a real key.
#[derive(Clone, Debug)]
pub struct MockSigner {
    key: VerifyingKey,
}

impl Signer for MockSigner {
    fn verifying_key(&self) -> VerifyingKey {
        self.key
    }

    fn sign(&self, message: &[u8]) -> Signature {
        let digest = hash::sha256(&[&self.key.0, message]);
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&digest.0);
        Signature(bytes)
    }
}

/// A validator set with its keys, on a chain of its own.
#[derive(Clone)]
pub struct Committee {
    /// The chain.
    pub chain: ChainId,
    /// The validators.
    pub set: Arc<ValidatorSet>,
    /// What the epoch starts from.
    pub root: Certificate,
    keys: Vec<SigningKey>,
    signatures: Signatures,
    verifier: Verifier,
}

impl Committee {
    /// `size` validators, the same for the same size.
    pub fn new(size: u16, signatures: Signatures) -> Self {
        let chain = ChainId::new("simulation").expect("it is a slug");
        let keys: Vec<_> = (0..size)
            .map(|n| SigningKey::from_seed(&hash::sha256(&[&n.to_le_bytes()]).0))
            .collect();
        let member = |(n, key): (usize, &SigningKey)| {
            let name = MemberId::new(format!("member-{n}")).expect("it is a slug");
            (name, key.verifying_key())
        };
        let members = keys.iter().enumerate().map(member).collect();
        let set = ValidatorSet::new(Epoch(0), members).expect("names and keys differ");
        let set = Arc::new(set);
        let root = Certificate::genesis(Self::genesis());
        let verifier = Verifier::new(chain.clone(), Arc::clone(&set), root.clone());
        Self { chain, set, root, keys, signatures, verifier }
    }

    /// The genesis block.
    pub fn genesis() -> BlockHash {
        BlockHash(hash::sha256(&[b"genesis"]))
    }

    /// The state root at genesis.
    pub fn genesis_state() -> Digest {
        hash::sha256(&[b"state"])
    }

    /// The signer of a validator.
    pub fn signer(&self, index: ValidatorIndex) -> Arc<dyn Signer> {
        let key = &self.keys[usize::from(index.0)];
        match self.signatures {
            Signatures::Mock => Arc::new(MockSigner { key: key.verifying_key() }),
            Signatures::Real => Arc::new(key.clone()),
        }
    }

    /// The settings of a validator.
    pub fn config(&self, index: ValidatorIndex) -> Config {
        Config::new(self.chain.clone(), Arc::clone(&self.set), index, self.root.clone())
    }

    /// How the committee signs.
    pub fn signatures(&self) -> Signatures {
        self.signatures
    }

    /// The verifier; simulations change it to accept what a broken engine would.
    pub(crate) fn verifier_mut(&mut self) -> &mut Verifier {
        &mut self.verifier
    }

    /// Checks a message as far as the signatures allow.
    ///
    /// # Errors
    /// [`VerifyError`] as the verifier gives it.
    pub fn verify(&self, envelope: crate::types::Envelope) -> Result<Verified, VerifyError> {
        match self.signatures {
            Signatures::Mock => self.verifier.trust(envelope),
            Signatures::Real => {
                let mut verdicts = self.verifier.verify(vec![envelope]);
                verdicts.pop().expect("one verdict for one message")
            }
        }
    }
}
