//! Where the files of a devnet lie.
//!
//! ```text
//! <root>/authority/            certificate authority of the consortium
//! <root>/genesis.json          what every node and client starts from
//! <root>/members/<member>/     profile.toml, keys/, tls/, passphrase: what that member alone holds
//! <root>/nodes/<member>/       node.toml, data/, node.log
//! <root>/ceremony/             contributions, one file each
//! <root>/proving-keys/         proving keys by id
//! ```

use hansa_primitives::MemberId;
use std::path::{Path, PathBuf};

/// The directory of a devnet.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// A devnet under this directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The certificate authority's directory.
    pub fn authority(&self) -> PathBuf {
        self.root.join("authority")
    }

    /// The genesis file.
    pub fn genesis(&self) -> PathBuf {
        self.root.join("genesis.json")
    }

    /// The contributions to the proofs' keys.
    pub fn ceremony(&self) -> PathBuf {
        self.root.join("ceremony")
    }

    /// The proving keys that came out of the ceremony.
    pub fn proving_keys(&self) -> PathBuf {
        self.root.join("proving-keys")
    }

    /// One member's own files.
    pub fn member(&self, member: &MemberId) -> MemberPaths {
        MemberPaths { directory: self.root.join("members").join(member.as_str()) }
    }

    /// The directory of a member's node.
    pub fn node(&self, member: &MemberId) -> PathBuf {
        self.root.join("nodes").join(member.as_str())
    }

    /// The configuration of a member's node.
    pub fn node_config(&self, member: &MemberId) -> PathBuf {
        self.node(member).join("node.toml")
    }

    /// The data directory of a member's node.
    pub fn node_data(&self, member: &MemberId) -> PathBuf {
        self.node(member).join("data")
    }

    /// The log of a member's node.
    pub fn node_log(&self, member: &MemberId) -> PathBuf {
        self.node(member).join("node.log")
    }
}

/// The files that a member alone holds.
#[derive(Clone, Debug)]
pub struct MemberPaths {
    directory: PathBuf,
}

impl MemberPaths {
    /// Where they lie.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The profile that the command line and the SDK open.
    pub fn profile(&self) -> PathBuf {
        self.directory.join("profile.toml")
    }

    /// The keystore directory.
    pub fn keys(&self) -> PathBuf {
        self.directory.join("keys")
    }

    /// The passphrase of the keystores.
    pub fn passphrase(&self) -> PathBuf {
        self.directory.join("passphrase")
    }

    /// The certificate that transactions are signed under.
    pub fn certificate(&self) -> PathBuf {
        self.directory.join("certificate.der")
    }

    /// The TLS certificate chain.
    pub fn tls_certificate(&self) -> PathBuf {
        self.directory.join("tls").join("certificate.pem")
    }

    /// The TLS private key.
    pub fn tls_key(&self) -> PathBuf {
        self.directory.join("tls").join("key.pem")
    }

    /// The TLS certificate authority.
    pub fn tls_authority(&self) -> PathBuf {
        self.directory.join("tls").join("authority.pem")
    }
}
