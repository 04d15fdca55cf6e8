//! Four validators and a follower in one process: real ledgers, real TCP, real TLS files.
#![allow(clippy::unwrap_used, missing_docs)]

use hansa_client::{
    authority::{Authority, AuthoritySettings, MemberRequest, TlsKey, TlsRequest, Validity},
    keystore::{KdfParameters, KeyKind, Keystore},
};
use hansa_contracts::{
    NodeAddress, Outcome,
    call::{Call, Calls},
    genesis::{Genesis, GenesisMember, Parameters},
    registry,
};
use hansa_documents::grant::{DocumentKeyPair, WrapSuite};
use hansa_node::{Config, Node, NodeHandle, Status, SubmitError};
use hansa_primitives::{
    BlockTime, ChainId, Height, MemberId, RequestId, Signer, SigningKey, Transaction,
    TransactionBody, TransactionId,
    certificate::{MemberCertificate, Role},
    codec, hash,
};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const PASSPHRASE: &[u8] = b"for tests only";
const PATIENCE: Duration = Duration::from_secs(60);

/// A member with its keys and files.
struct Member {
    id: MemberId,
    actor: SigningKey,
    certificate: MemberCertificate,
    config: PathBuf,
}

struct Consortium {
    _folder: tempfile::TempDir,
    members: Vec<Member>,
}

fn now() -> BlockTime {
    BlockTime(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64)
}

fn seed(kind: &str, member: usize) -> [u8; 32] {
    hash::sha256(&[kind.as_bytes(), &[member as u8]]).0
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Consortium {
    /// The first `validators` of `count` members vote.
    fn found(count: usize, validators: usize) -> Self {
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
        Self { _folder: folder, members }
    }

    async fn start(&self, number: usize) -> Node {
        let config = Config::load(&self.members[number].config).unwrap();
        Node::start(config).await.unwrap()
    }

    /// A call that every member may make and that leaves a trace: it moves its own node to where it
    /// already is.
    fn transaction(&self, from: usize, handle: &NodeHandle, request: u8) -> Transaction {
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
    let tls = TlsKey::generate().unwrap();
    let request = TlsRequest {
        member: id.clone(),
        names: vec!["127.0.0.1".to_owned()],
        public_key: tls.public.clone(),
        validity,
    };
    fs::write(home.join("tls.pem"), authority.issue_tls(&request).unwrap()).unwrap();
    fs::write(home.join("tls.key"), tls.private.as_str()).unwrap();
    fs::write(home.join("ca.pem"), authority.tls_anchor()).unwrap();
    fs::write(home.join("passphrase"), PASSPHRASE).unwrap();
    let p2p = format!("/ip4/127.0.0.1/tcp/{}", free_port());
    let config = home.join("node.toml");
    fs::write(&config, configuration(&id, &p2p)).unwrap();

    let keys = DocumentKeyPair::from_seed(WrapSuite::X25519, seed("document", number));
    let identity = libp2p::identity::Keypair::ed25519_from_bytes(seed("node", number)).unwrap();
    let entry = GenesisMember {
        certificate: der,
        encryption_key: keys.encryption_key().clone(),
        owner: hansa_zkp::OwnerSecret::from_seed(&seed("owner", number)).owner(),
        node: Some(NodeAddress {
            peer_id: identity.public().to_peer_id().to_string(),
            p2p,
            grpc: "https://127.0.0.1:7500".to_owned(),
        }),
        vote_key: vote.then(|| SigningKey::from_seed(&seed("vote", number)).verifying_key()),
    };
    (Member { id, actor, certificate, config }, entry)
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

async fn applied(handle: &NodeHandle, id: TransactionId) -> Height {
    match handle.wait(id, PATIENCE).await.unwrap() {
        Status::Decided(decided) => {
            assert_eq!(decided.receipt.outcome, Outcome::Applied);
            decided.height
        }
        other => panic!("{id} is {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_validator_commits_alone_and_goes_on_after_a_restart() {
    let consortium = Consortium::found(1, 1);
    let node = consortium.start(0).await;
    let handle = node.handle();
    let first = consortium.transaction(0, &handle, 1);
    let id = handle.submit(first.clone()).await.unwrap();
    let height = applied(&handle, id).await;
    assert!(height >= Height(1));
    assert_eq!(handle.submit(first).await, Ok(id), "submitting twice is harmless");
    let mut forged = consortium.transaction(0, &handle, 2);
    forged.signature.0[3] ^= 1;
    assert_eq!(handle.submit(forged).await, Err(SubmitError::Signature));
    drop(handle);
    node.stop().await.unwrap();

    for request in 3..5 {
        let node = consortium.start(0).await;
        let handle = node.handle();
        assert!(matches!(handle.status(&id).unwrap(), Status::Decided(_)));
        let next = consortium.transaction(0, &handle, request);
        let id = handle.submit(next).await.unwrap();
        assert!(applied(&handle, id).await > height);
        drop(handle);
        node.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_and_a_follower_agree() {
    let consortium = Consortium::found(5, 4);
    let mut nodes = Vec::new();
    for number in 0..5 {
        nodes.push(consortium.start(number).await);
    }
    // The follower takes a transaction and brings it to a validator.
    let follower = nodes[4].handle();
    let transaction = consortium.transaction(4, &follower, 1);
    let id = follower.submit(transaction).await.unwrap();
    for node in &nodes {
        applied(&node.handle(), id).await;
    }
    // One validator fails: the others go on.
    nodes.remove(3).stop().await.unwrap();
    let mut last = id;
    for request in 2..6 {
        let handle = nodes[usize::from(request) % 3].handle();
        let from = usize::from(request) % 3;
        let transaction = consortium.transaction(from, &handle, request);
        last = handle.submit(transaction).await.unwrap();
        applied(&nodes[0].handle(), last).await;
    }
    // It comes back and catches up.
    nodes.push(consortium.start(3).await);
    let mut roots = Vec::new();
    for node in &nodes {
        let handle = node.handle();
        let height = applied(&handle, last).await;
        let block = handle.ledger().block(height).unwrap().unwrap();
        roots.push((height, block.hash, block.state_root));
    }
    assert!(roots.windows(2).all(|pair| pair[0] == pair[1]), "{roots:?}");

    // Sealed bytes are stored on a quorum and can be had from a node that was not asked to keep them.
    let sealed: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let follower = nodes[3].handle();
    let availability = follower.put_sealed(sealed.clone()).await.unwrap();
    assert!(availability.signatures.len() >= 3);
    for node in &nodes {
        let found = node.handle().get_sealed(&availability.digest).await.unwrap();
        assert_eq!(found.as_deref(), Some(sealed.as_slice()));
    }
    for node in nodes {
        node.stop().await.unwrap();
    }
}
