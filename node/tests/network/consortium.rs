//! A consortium in a temporary directory: authority, genesis, keys, certificates, configurations.

use hansa_client::{
    authority::{Authority, AuthoritySettings, MemberRequest, TlsKey, TlsRequest, Validity},
    clock::now,
    keystore::{KdfParameters, KeyKind, Keystore},
};
use hansa_contracts::{
    NodeAddress,
    call::{Call, Calls},
    genesis::{Genesis, GenesisMember, Parameters},
    registry,
};
use hansa_documents::grant::{DocumentKeyPair, WrapSuite};
use hansa_node::{Config, Node, NodeHandle};
use hansa_primitives::{
    BlockTime, ChainId, Height, MemberId, RequestId, Signer, SigningKey, Transaction,
    TransactionBody,
    certificate::{MemberCertificate, Role},
    codec, hash,
};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

const PASSPHRASE: &[u8] = b"for tests only";

/// A member with its keys and files.
pub(crate) struct Member {
    pub(crate) id: MemberId,
    pub(crate) actor: SigningKey,
    pub(crate) certificate: MemberCertificate,
    pub(crate) home: PathBuf,
    pub(crate) p2p: String,
}

/// A consortium with its authority.
pub(crate) struct Consortium {
    _folder: tempfile::TempDir,
    pub(crate) authority: Authority,
    pub(crate) members: Vec<Member>,
}

pub(crate) fn seed(kind: &str, member: usize) -> [u8; 32] {
    hash::sha256(&[kind.as_bytes(), &[member as u8]]).0
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Consortium {
    /// The first `validators` of `count` members vote.
    pub(crate) fn found(count: usize, validators: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = AuthoritySettings {
            name: "Test consortium",
            passphrase: PASSPHRASE,
            parameters: KdfParameters::development(),
            validity: Validity::days(now(), 30),
        };
        let mut authority = Authority::create(&folder.path().join("ca"), &settings).unwrap();
        let mut members = Vec::new();
        let mut genesis_members = Vec::new();
        for number in 0..count {
            let home = folder.path().join(format!("m{number}"));
            let vote = number < validators;
            let (member, entry) = join(&mut authority, &home, number, vote);
            members.push(member);
            genesis_members.push(entry);
        }
        let genesis = Genesis {
            chain: ChainId::new("milk").unwrap(),
            time: BlockTime(now().0 - 1000),
            protocol: 1,
            anchors: vec![authority.anchor().to_vec()],
            members: genesis_members,
            parameters: Parameters::default(),
        };
        fs::write(folder.path().join("genesis.json"), genesis.to_json()).unwrap();
        Self { _folder: folder, authority, members }
    }

    /// Starts a member's node.
    pub(crate) async fn start(&self, number: usize) -> Node {
        let config = Config::load(&self.members[number].home.join("node.toml")).unwrap();
        Node::start(config).await.unwrap()
    }

    /// A call that every member may make and that leaves a trace: it moves its own node to where it
    /// already is.
    pub(crate) fn transaction(&self, from: usize, handle: &NodeHandle, request: u8) -> Transaction {
        let member = &self.members[from];
        let node = handle.roster().member(&member.id).unwrap().node.clone();
        let call = Call::Registry(registry::Call::MoveNode { node });
        let body = TransactionBody {
            chain: handle.chain().clone(),
            actor: member.certificate.actor_id(),
            request: RequestId([request; 16]),
            valid_until: Height(handle.tip().borrow().executed.height.0 + 500),
            call: codec::encode(&Calls(vec![call])),
        };
        Transaction::sign(body, &member.actor)
    }
}

/// Makes a member's keys, certificates and configuration.
fn join(
    authority: &mut Authority,
    home: &Path,
    number: usize,
    vote: bool,
) -> (Member, GenesisMember) {
    let id = MemberId::new(format!("member-{number}")).unwrap();
    let actor = SigningKey::from_seed(&seed("actor", number));
    let validity = Validity::days(now(), 10);
    let request = MemberRequest {
        member: id.clone(),
        role: Role::Bank,
        name: format!("Member {number}"),
        country: "DE".to_owned(),
        key: actor.verifying_key(),
        validity,
    };
    let der = authority.issue_member(&request).unwrap();
    let certificate = MemberCertificate::parse(&der).unwrap();
    let kinds =
        [(KeyKind::Actor, "actor"), (KeyKind::NodeIdentity, "node"), (KeyKind::Vote, "vote")];
    for (kind, name) in kinds {
        let path = home.join("keys").join(kind.file_name());
        let parameters = KdfParameters::development();
        Keystore::create(&path, kind, &seed(name, number), PASSPHRASE, parameters).unwrap();
    }
    write_tls(authority, home, &id);
    fs::write(home.join("ca.pem"), authority.tls_anchor()).unwrap();
    fs::write(home.join("passphrase"), PASSPHRASE).unwrap();
    let p2p = format!("/ip4/127.0.0.1/tcp/{}", free_port());
    fs::write(home.join("node.toml"), configuration(&id, &p2p)).unwrap();

    let keys = DocumentKeyPair::from_seed(WrapSuite::X25519, seed("document", number));
    let identity = libp2p::identity::Keypair::ed25519_from_bytes(seed("node", number)).unwrap();
    let entry = GenesisMember {
        certificate: der,
        encryption_key: keys.encryption_key().clone(),
        owner: hansa_zkp::OwnerSecret::from_seed(&seed("owner", number)).owner(),
        node: Some(NodeAddress {
            peer_id: identity.public().to_peer_id().to_string(),
            p2p: p2p.clone(),
            grpc: "https://127.0.0.1:7500".to_owned(),
        }),
        vote_key: vote.then(|| SigningKey::from_seed(&seed("vote", number)).verifying_key()),
    };
    (Member { id, actor, certificate, home: home.to_owned(), p2p }, entry)
}

/// Makes a TLS key and certificate in a directory.
pub(crate) fn write_tls(authority: &mut Authority, home: &Path, member: &MemberId) {
    let tls = TlsKey::generate().unwrap();
    let request = TlsRequest {
        member: member.clone(),
        names: vec!["127.0.0.1".to_owned()],
        public_key: tls.public.clone(),
        validity: Validity::days(now(), 10),
    };
    fs::create_dir_all(home).unwrap();
    fs::write(home.join("tls.pem"), authority.issue_tls(&request).unwrap()).unwrap();
    fs::write(home.join("tls.key"), tls.private.as_str()).unwrap();
}

fn configuration(member: &MemberId, p2p: &str) -> String {
    format!(
        r#"
data_dir = "data"
genesis = "../genesis.json"
member = "{member}"
[keys]
directory = "keys"
passphrase_file = "passphrase"
[p2p]
listen = "{p2p}"
[grpc]
listen = "127.0.0.1:0"
tls_certificate = "tls.pem"
tls_key = "tls.key"
tls_authority = "ca.pem"
"#
    )
}
