//! The identity authority's key as the X.509 encoder takes it.

use hansa_primitives::{Signer, SigningKey, VerifyingKey};
use rcgen::{PKCS_ED25519, PublicKeyData, SignatureAlgorithm};

/// An Ed25519 key that signs certificates; its private half stays the primitive's, wiped when
/// dropped.
pub(super) struct IdentityKey {
    signing: SigningKey,
    public: VerifyingKey,
}

impl IdentityKey {
    pub(super) fn new(signing: SigningKey) -> Self {
        let public = signing.verifying_key();
        Self { signing, public }
    }
}

impl PublicKeyData for IdentityKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl rcgen::SigningKey for IdentityKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.signing.sign(message).0.to_vec())
    }
}

/// A member's public key.
pub(super) struct PublicKey(VerifyingKey);

pub(super) fn public_key(key: &VerifyingKey) -> PublicKey {
    PublicKey(*key)
}

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}
