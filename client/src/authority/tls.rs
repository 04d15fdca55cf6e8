//! Keys for connections.

use super::AuthorityError;
use hansa_primitives::MemberId;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use std::fmt;
use zeroize::Zeroizing;

/// A fresh key pair for TLS. The private half goes to a file of mode 0600 that the TLS library
/// reads.
pub struct TlsKey {
    /// PKCS #8 in PEM.
    pub private: Zeroizing<String>,
    /// SubjectPublicKeyInfo in PEM.
    pub public: String,
}

impl TlsKey {
    /// Makes an ECDSA P-256 key pair.
    ///
    /// # Errors
    /// [`AuthorityError::Signing`] if the library has no randomness.
    pub fn generate() -> Result<Self, AuthorityError> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        Ok(Self { private: Zeroizing::new(pair.serialize_pem()), public: pair.public_key_pem() })
    }
}

impl fmt::Debug for TlsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The DNS name that a node's certificate carries for its member, whatever addresses it has.
///
/// A client that expects a certain member at an address demands this name of the certificate, so
/// that no other member's node can stand in. `.internal` is reserved for private use (ICANN, 2024).
pub fn member_host(member: &MemberId) -> String {
    format!("{member}.member.hansa.internal")
}
