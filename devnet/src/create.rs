//! Sets a consortium up on disk: authority, keys, certificates, genesis, configurations.

use crate::{DevnetError, Layout, MemberTopology, Runs, Topology};
use hansa_client::{
    authority::{Authority, AuthoritySettings, MemberRequest, TlsKey, TlsRequest, Validity},
    clock::now,
    keystore::{KdfParameters, KeyKind, Keystore},
    profile::{NodeEndpoint, PassphraseSource, Profile, TlsFiles},
};
use hansa_contracts::{
    genesis::{Genesis, GenesisMember, Parameters},
    registry::NodeAddress,
};
use hansa_documents::grant::{DocumentKeyPair, WrapSuite};
use hansa_primitives::{MemberId, Signer, SigningKey, VerifyingKey};
use hansa_zkp::OwnerSecret;
use std::{
    collections::BTreeMap, fs, io::Write, net::TcpListener, os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Keys of a devnet lie beside their passphrase: whoever reads the one reads the other.
pub(crate) const PASSPHRASE: &[u8] = b"development only";
/// What a declarant knows and no document says: offices, places, the ship's flag, what is due.
const DECLARANT: &str = include_str!("../topologies/declarant.toml");
const CERTIFICATE_DAYS: u64 = 365;

/// Sets the topology's consortium up in an empty directory.
///
/// # Errors
/// [`DevnetError`] names the file or key that could not be made.
pub fn create(layout: &Layout, topology: &Topology) -> Result<(), DevnetError> {
    for directory in [layout.root().to_owned(), layout.ceremony(), layout.proving_keys()] {
        fs::create_dir_all(&directory).map_err(DevnetError::file(&directory))?;
    }
    let validity = Validity::days(now(), CERTIFICATE_DAYS);
    let mut authority = Authority::create(
        &layout.authority(),
        &AuthoritySettings {
            name: &format!("{} consortium", topology.chain),
            passphrase: PASSPHRASE,
            parameters: KdfParameters::development(),
            validity,
        },
    )
    .map_err(hansa_client::Error::from)?;
    let ports = Ports::take(topology)?;
    let mut members = Vec::new();
    for member in &topology.members {
        members.push(create_member(layout, topology, member, &mut authority, validity, &ports)?);
    }
    let genesis = Genesis {
        chain: topology.chain.clone(),
        time: now(),
        protocol: 1,
        anchors: vec![authority.anchor().to_vec()],
        members,
        parameters: Parameters::default(),
    };
    let path = layout.genesis();
    fs::write(&path, genesis.to_json()).map_err(DevnetError::file(path))
}

/// The address of each node, taken from the system so that no two networks clash.
struct Ports {
    nodes: BTreeMap<MemberId, (u16, u16)>,
}

impl Ports {
    fn take(topology: &Topology) -> Result<Self, DevnetError> {
        // All listeners are held until all ports are known, so that they are distinct.
        let listeners = topology
            .nodes()
            .map(|node| Ok((node.member.clone(), (listen()?, listen()?))))
            .collect::<Result<Vec<_>, DevnetError>>()?;
        let nodes = listeners
            .iter()
            .map(|(member, (p2p, grpc))| Ok((member.clone(), (port(p2p)?, port(grpc)?))))
            .collect::<Result<_, DevnetError>>()?;
        Ok(Self { nodes })
    }

    fn of(&self, member: &MemberId) -> Result<(u16, u16), DevnetError> {
        self.nodes.get(member).copied().ok_or_else(|| DevnetError::NoNode(member.clone()))
    }
}

fn listen() -> Result<TcpListener, DevnetError> {
    TcpListener::bind("127.0.0.1:0").map_err(DevnetError::file("127.0.0.1:0"))
}

fn port(listener: &TcpListener) -> Result<u16, DevnetError> {
    Ok(listener.local_addr().map_err(DevnetError::file("127.0.0.1:0"))?.port())
}

fn create_member(
    layout: &Layout,
    topology: &Topology,
    member: &MemberTopology,
    authority: &mut Authority,
    validity: Validity,
    ports: &Ports,
) -> Result<GenesisMember, DevnetError> {
    let paths = layout.member(&member.member);
    let tls_directory = paths.directory().join("tls");
    for directory in [paths.keys(), tls_directory] {
        fs::create_dir_all(&directory).map_err(DevnetError::file(&directory))?;
    }
    write_secret(&paths.passphrase(), PASSPHRASE)?;
    let seed = |kind: KeyKind| {
        let path = paths.keys().join(kind.file_name());
        Keystore::generate(&path, kind, PASSPHRASE, KdfParameters::development())
            .map_err(hansa_client::Error::from)
    };
    let actor = SigningKey::from_seed(&*seed(KeyKind::Actor)?);
    let certificate = authority
        .issue_member(&MemberRequest {
            member: member.member.clone(),
            role: member.role,
            name: member.name.clone(),
            country: member.country.clone(),
            key: actor.verifying_key(),
            validity,
        })
        .map_err(hansa_client::Error::from)?;
    fs::write(paths.certificate(), &certificate).map_err(DevnetError::file(paths.certificate()))?;
    create_tls(layout, member, authority, validity)?;
    let gateway = topology.node_of(member);
    let (_, grpc) = ports.of(gateway)?;
    write_profile(layout, member, gateway, grpc)?;
    let (node, vote_key) = match member.runs {
        Runs::Client => (None, None),
        Runs::Node | Runs::Validator => {
            let (p2p, grpc) = ports.of(&member.member)?;
            let identity = SigningKey::from_seed(&*seed(KeyKind::NodeIdentity)?);
            write_node_config(layout, member, p2p, grpc)?;
            let address = NodeAddress {
                peer_id: peer_id(&identity.verifying_key()),
                p2p: format!("/ip4/127.0.0.1/tcp/{p2p}"),
                grpc: grpc_url(grpc),
            };
            let vote = (member.runs == Runs::Validator).then(|| seed(KeyKind::Vote)).transpose()?;
            (Some(address), vote.map(|seed| SigningKey::from_seed(&seed).verifying_key()))
        }
    };
    Ok(GenesisMember {
        certificate,
        encryption_key: DocumentKeyPair::from_seed(WrapSuite::X25519, *seed(KeyKind::Document)?)
            .encryption_key()
            .clone(),
        owner: OwnerSecret::from_seed(&*seed(KeyKind::Owner)?).owner(),
        node,
        vote_key,
    })
}

fn create_tls(
    layout: &Layout,
    member: &MemberTopology,
    authority: &mut Authority,
    validity: Validity,
) -> Result<(), DevnetError> {
    let paths = layout.member(&member.member);
    let key = TlsKey::generate().map_err(hansa_client::Error::from)?;
    let names = match member.runs {
        Runs::Client => Vec::new(),
        Runs::Node | Runs::Validator => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let request = TlsRequest {
        member: member.member.clone(),
        names,
        public_key: key.public.clone(),
        validity,
    };
    let certificate = authority.issue_tls(&request).map_err(hansa_client::Error::from)?;
    write_secret(&paths.tls_key(), key.private.as_bytes())?;
    for (path, text) in [
        (paths.tls_certificate(), certificate.as_str()),
        (paths.tls_authority(), authority.tls_anchor()),
    ] {
        fs::write(&path, text).map_err(DevnetError::file(&path))?;
    }
    Ok(())
}

fn write_profile(
    layout: &Layout,
    member: &MemberTopology,
    gateway: &MemberId,
    grpc: u16,
) -> Result<(), DevnetError> {
    let profile = Profile {
        member: member.member.clone(),
        genesis: "../../genesis.json".into(),
        keys: "keys".into(),
        proving_keys: Some("../../proving-keys".into()),
        passphrase: PassphraseSource::File("passphrase".into()),
        tls: TlsFiles {
            certificate: "tls/certificate.pem".into(),
            key: "tls/key.pem".into(),
            authority: "tls/authority.pem".into(),
        },
        nodes: vec![NodeEndpoint { url: grpc_url(grpc), member: Some(gateway.clone()) }],
    };
    let path = layout.member(&member.member).profile();
    fs::write(&path, profile.to_toml()).map_err(DevnetError::file(path))
}

fn write_node_config(
    layout: &Layout,
    member: &MemberTopology,
    p2p: u16,
    grpc: u16,
) -> Result<(), DevnetError> {
    let directory = layout.node(&member.member);
    fs::create_dir_all(&directory).map_err(DevnetError::file(&directory))?;
    let own = format!("../../members/{}", member.member);
    let text = format!(
        "data_dir = \"data\"\n\
         genesis = \"../../genesis.json\"\n\
         member = \"{member}\"\n\n\
         [keys]\n\
         directory = \"{own}/keys\"\n\
         passphrase_file = \"{own}/passphrase\"\n\n\
         [p2p]\n\
         listen = \"/ip4/127.0.0.1/tcp/{p2p}\"\n\n\
         [grpc]\n\
         listen = \"127.0.0.1:{grpc}\"\n\
         tls_certificate = \"{own}/tls/certificate.pem\"\n\
         tls_key = \"{own}/tls/key.pem\"\n\
         tls_authority = \"{own}/tls/authority.pem\"\n\n\
         [agent]\n\
         enabled = true\n\
         declarant = \"declarant.toml\"\n\
         proving_keys = \"../../proving-keys\"\n",
        member = member.member,
    );
    let path = layout.node_config(&member.member);
    fs::write(&path, text).map_err(DevnetError::file(path))?;
    let path = directory.join("declarant.toml");
    fs::write(&path, DECLARANT).map_err(DevnetError::file(path))
}

fn grpc_url(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

/// The libp2p peer id of an Ed25519 key: base58 of the identity multihash of its protobuf form (libp2p
/// specification, "Peer Ids and Keys").
fn peer_id(key: &VerifyingKey) -> String {
    let mut bytes = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    bytes.extend_from_slice(&key.0);
    bs58::encode(bytes).into_string()
}

fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), DevnetError> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(DevnetError::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example key and peer id of the libp2p specification have another key type; this pair was
    /// checked against an independent implementation of base58 and protobuf.
    #[test]
    fn a_peer_id_of_an_ed25519_key_starts_as_all_do() {
        let id = peer_id(&VerifyingKey([0; 32]));
        assert!(id.starts_with("12D3KooW"), "{id}");
        assert_eq!(id.len(), 52);
    }
}
