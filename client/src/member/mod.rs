//! A member at work: its keys, its connection, and what it does with them.

mod events;
mod sealed;
mod state;
mod transactions;

pub use events::{Cursor, Follow, FollowedEvent, NotACursor};
pub use sealed::SealedSource;
pub(crate) use sealed::check_digest;
pub use transactions::{Committed, NotTaken, Proven, Standing};

use crate::{
    connection::{Connection, DEADLINE, Repeat, TlsMaterial, request},
    error::{Error, Result},
    files,
    keys::MemberKeys,
    profile::Profile,
};
use hansa_consensus::ValidatorSet;
use hansa_contracts::{document::Availability, genesis::Genesis, registry};
use hansa_primitives::{ActorId, ChainId, Digest, Epoch, Height, MemberId, Signer};
use hansa_proto::v1;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

/// Bytes of the largest genesis document.
const GENESIS_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A member of one ledger, with its keys opened and a connection to a node. Cloning shares both.
#[derive(Clone)]
pub struct Member {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    id: MemberId,
    actor: ActorId,
    keys: MemberKeys,
    genesis: Genesis,
    genesis_hash: Digest,
    validators: ValidatorSet,
    connection: Connection,
    tls: TlsMaterial,
    proving_keys: Option<PathBuf>,
    tip: transactions::Tip,
    /// Requests since the start, mixed into their ids.
    requests: AtomicU64,
}

impl Member {
    /// Opens the profile's keys and connects.
    ///
    /// Checks that the node keeps the ledger of the profile's genesis, and that the ledger's
    /// registry knows this member by these keys; the registry's word is taken with its proof.
    ///
    /// # Errors
    /// [`Error::Keystore`], [`Error::Usage`] for a genesis or registry that does not fit the
    /// profile, [`Error::Unavailable`] if no node answers.
    pub async fn open(profile: &Profile, passphrase: &[u8]) -> Result<Self> {
        let keys = MemberKeys::open(&profile.keys, passphrase)?;
        let genesis = load_genesis(&profile.genesis)?;
        let tls = TlsMaterial::load(&profile.tls)?;
        let connection = Connection::new(&profile.nodes, &tls)?;
        let validators = ValidatorSet::new(Epoch(0), genesis.validators())
            .map_err(|error| Error::usage(format!("genesis: {error}"), "get the right genesis"))?;
        let mut inner = Inner {
            id: profile.member.clone(),
            actor: ActorId::default(),
            keys,
            genesis_hash: genesis.hash(),
            genesis,
            validators,
            connection,
            tls,
            proving_keys: profile.proving_keys.clone(),
            tip: transactions::Tip::default(),
            requests: AtomicU64::new(0),
        };
        inner.check_ledger().await?;
        inner.actor = inner.own_actor().await?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Who this is.
    pub fn id(&self) -> &MemberId {
        &self.inner.id
    }

    /// The certificate that the member signs under.
    pub fn actor(&self) -> ActorId {
        self.inner.actor
    }

    /// The ledger.
    pub fn chain(&self) -> &ChainId {
        &self.inner.genesis.chain
    }

    /// What the ledger began with.
    pub fn genesis(&self) -> &Genesis {
        &self.inner.genesis
    }

    /// The validators that certify blocks.
    pub fn validators(&self) -> &ValidatorSet {
        &self.inner.validators
    }

    /// The member's keys.
    pub fn keys(&self) -> &MemberKeys {
        &self.inner.keys
    }

    /// The nodes that the member talks to.
    pub fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    /// Who the node is and how far it has come.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no node answers.
    pub async fn node_status(&self) -> Result<v1::NodeStatus> {
        self.inner.node_status().await
    }

    /// From now on no call shows the ledger before this block: the node waits until it has executed
    /// it.
    ///
    /// Each node executes blocks in its own time. Who hears of a change from another member, a
    /// document's id for instance, hears the block's height with it ([`Committed::height`],
    /// [`Member::seen`]) and names it here before reading at the own node. The own transactions
    /// that were waited for count by themselves.
    pub fn show_at_least(&self, height: Height) {
        self.inner.connection.show_at_least(height);
    }

    /// The latest block that an answer of a node was about.
    pub fn seen(&self) -> Height {
        self.inner.tip.latest()
    }

    /// A block as the node tells it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such block yet.
    pub async fn block(&self, height: Height) -> Result<v1::Block> {
        let query =
            v1::GetBlockRequest { block: Some(v1::get_block_request::Block::Height(height.0)) };
        let get = |channel, terms| {
            let query = query.clone();
            async move { Connection::ledger(channel).get_block(request(query, terms)).await }
        };
        let what = format!("block {height}");
        self.inner.connection.call(&what, DEADLINE, Repeat::Idempotent, get).await
    }

    /// A member's record, proven under a quorum's certificate.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the registry knows no such member.
    pub async fn proven_member(&self, member: &MemberId) -> Result<registry::MemberRecord> {
        self.inner.proven_member(member).await
    }

    pub(crate) async fn put_sealed(&self, bytes: &[u8]) -> Result<Availability> {
        self.inner.put_sealed(bytes).await
    }

    pub(crate) fn tls(&self) -> &TlsMaterial {
        &self.inner.tls
    }

    pub(crate) fn proving_keys(&self) -> Result<&Path> {
        self.inner.proving_keys.as_deref().ok_or_else(|| {
            Error::usage(
                "the profile names no directory of proving keys",
                "set `proving_keys` to where the ceremony's keys are",
            )
        })
    }
}

impl Inner {
    async fn node_status(&self) -> Result<v1::NodeStatus> {
        let status = self.connection.node_status().await?;
        self.tip.seen(Height(status.executed_height));
        Ok(status)
    }

    async fn check_ledger(&self) -> Result<()> {
        let status = self.node_status().await?;
        if status.chain != self.genesis.chain.as_str()
            || status.genesis_hash != self.genesis_hash.as_bytes()
        {
            let what = format!(
                "the node at {} keeps the ledger `{}`, not the one of the profile's genesis",
                self.connection.preferred().url,
                status.chain
            );
            return Err(Error::usage(what, "name the genesis and a node of one ledger"));
        }
        Ok(())
    }

    /// The certificate that the registry has for this member, if its keys are the ones opened here.
    async fn own_actor(&self) -> Result<ActorId> {
        let record = self.proven_member(&self.id).await?;
        let next = "use the keys that the member was registered with";
        let fits = [
            ("actor", record.signing_key == self.keys.actor().verifying_key()),
            ("document", record.encryption_key == self.keys.encryption_key()),
            ("owner", record.owner == self.keys.owner().owner()),
        ];
        if let Some((kind, _)) = fits.into_iter().find(|(_, fits)| !fits) {
            let what = format!("the registry has another {kind} key for `{}`", self.id);
            return Err(Error::usage(what, next));
        }
        Ok(record.actor)
    }

    /// A member's record, proven under a quorum's certificate: who is given keys is not a matter of
    /// trusting one node.
    async fn proven_member(&self, member: &MemberId) -> Result<registry::MemberRecord> {
        let key = hansa_contracts::key::member(member);
        self.read_settled(&key).await?.ok_or_else(|| {
            Error::not_found(format!("member `{member}`"), "check the member's short name")
        })
    }
}

pub(crate) fn load_genesis(path: &Path) -> Result<Genesis> {
    let bytes = files::read_bounded(path, GENESIS_BYTES_MAX)
        .map_err(Error::local(format!("genesis {}", path.display())))?;
    let malformed = |reason: String| {
        let what = format!("genesis {}: {reason}", path.display());
        Error::usage(what, "get the ledger's genesis again")
    };
    let text = String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
    Genesis::from_json(&text).map_err(|error| malformed(error.to_string()))
}
