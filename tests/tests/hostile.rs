//! Truncated, oversized, wrong-typed and random bytes at every gRPC method and every libp2p protocol: each
//! gives a clear error or a closed stream, and no node stops.

#![allow(clippy::unwrap_used)]

use bytes::{Buf, BufMut};
use futures::AsyncWriteExt;
use hansa_client::keystore::{KeyKind, Keystore};
use hansa_devnet::{Layout, NodeAddresses, Topology};
use hansa_primitives::{MemberId, Ucr};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, SwarmBuilder, identity::Keypair, noise, tcp, yamux,
};
use prost::Message;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::{fs, time::Duration};
use tonic::{
    Code, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

/// Sends and receives bytes as they are, whatever the method expects.
#[derive(Clone, Default)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Vec<u8>;
    type Error = Status;
    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Vec<u8>;
    type Error = Status;
    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; from.remaining()];
        from.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}

/// Paths of all methods, as reflection would tell them.
fn methods() -> Vec<String> {
    let set = prost_types::FileDescriptorSet::decode(hansa_proto::DESCRIPTORS).unwrap();
    let mut paths = Vec::new();
    for file in set.file {
        for service in &file.service {
            for method in &service.method {
                let (package, service) = (file.package(), service.name());
                paths.push(format!("/{package}.{service}/{}", method.name()));
            }
        }
    }
    let stock = [
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ];
    paths.extend(stock.map(str::to_owned));
    paths
}

fn random(rng: &mut ChaCha20Rng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// A protobuf message whose first ten fields hold random bytes, so that it decodes and its content does not.
fn wrong_content(rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut message = Vec::new();
    for field in 1..=10_u8 {
        let content = random(rng, 40);
        message.push(field << 3 | 2);
        message.push(40);
        message.extend_from_slice(&content);
    }
    message
}

fn hostile_messages(rng: &mut ChaCha20Rng) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", Vec::new()),
        ("truncated", vec![0x0a, 0xff, 0x7f, 1, 2, 3]),
        ("wrong-typed", vec![0x08, 0x96, 0x01, 0x12, 0x02, 0xff, 0xfe]),
        ("random", random(rng, 300)),
        ("wrong content", wrong_content(rng)),
        ("oversized", {
            let mut message = vec![0x0a, 0x80, 0x80, 0x80, 0x08];
            message.resize(5 + (16 << 20), 7);
            message
        }),
    ]
}

async fn grpc_storm(layout: &Layout, address: &NodeAddresses, rng: &mut ChaCha20Rng) {
    let channel = hansa_tests::channel(layout, &address.member, &address.grpc);
    let paths = methods();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        for (kind, message) in hostile_messages(rng) {
            let shown = format!("{kind} bytes at {path} of {}", address.member);
            let answer = tokio::time::timeout(
                Duration::from_secs(12),
                call(channel.clone(), &path, message),
            );
            let answer = answer.await.unwrap_or_else(|_| panic!("{shown}: no answer"));
            match answer {
                // What decodes may be answered: methods that need nothing, fields that nobody reads.
                // Stock services (health, reflection) may end a stream without a word.
                Ok(()) => assert!(
                    !matches!(kind, "truncated" | "oversized") || shown.contains("at /grpc."),
                    "{shown}: taken"
                ),
                Err(status) => {
                    let reason = status.message();
                    let by_transport = ["decod", "protobuf", "h2", "too large", "length"];
                    assert!(
                        !matches!(status.code(), Code::Unknown | Code::Internal)
                            || by_transport.iter().any(|word| reason.contains(word)),
                        "{shown}: {status:?}"
                    );
                    assert!(!reason.is_empty(), "{shown}: an error without a reason");
                }
            }
        }
    }
}

/// Calls a method with raw bytes, and reads the answer to its end.
async fn call(channel: Channel, path: &str, message: Vec<u8>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let request = tonic::Request::new(futures::stream::iter([message]));
    let path = path.parse().unwrap();
    let mut answers = client.streaming(request, path, RawCodec).await?.into_inner();
    // Subscriptions to events stay open: what has not come by then is not an error.
    let drain = async {
        while answers.message().await?.is_some() {}
        Ok(())
    };
    tokio::time::timeout(Duration::from_millis(300), drain).await.unwrap_or(Ok(()))
}

/// Bytes that are neither TLS nor Noise, on every port of a node.
async fn port_storm(ports: &[String], rng: &mut ChaCha20Rng) {
    use tokio::io::AsyncWriteExt;
    for port in ports {
        for length in [0, 1, 64, 5000] {
            let mut stream = tokio::net::TcpStream::connect(port).await.unwrap();
            // The node may cut the connection at the first byte.
            let _ = stream.write_all(&random(rng, length)).await;
        }
    }
}

/// Dials a validator with the identity of one that is down, and sends garbage on every protocol.
async fn p2p_storm(layout: &Layout, chain: &str, down: &MemberId, target: &MemberId) {
    let keys = layout.member(down);
    let passphrase = fs::read(keys.passphrase()).unwrap();
    let path = keys.keys().join(KeyKind::NodeIdentity.file_name());
    let seed = Keystore::open(&path, KeyKind::NodeIdentity, &passphrase).unwrap();
    let identity = Keypair::ed25519_from_bytes(*seed).unwrap();
    let genesis: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(layout.genesis()).unwrap()).unwrap();
    let (peer, address) = node_address(&genesis, layout, target);

    let mut swarm = SwarmBuilder::with_existing_identity(identity)
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| libp2p_stream::Behaviour::new())
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
        .build();
    let control = swarm.behaviour().new_control();
    swarm.dial(address.with_p2p(peer).unwrap()).unwrap();
    let driver = tokio::spawn(async move {
        use futures::StreamExt;
        while swarm.next().await.is_some() {}
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let classes = ["consensus", "batches", "transactions", "blocks", "sealed"];
    let protocols = classes.map(|class| format!("/hansa/{chain}/{class}/1"));
    let stock = ["/ipfs/id/1.0.0", "/ipfs/ping/1.0.0"].map(str::to_owned);
    for protocol in protocols.into_iter().chain(stock) {
        let mut opened = 0;
        for frame in hostile_frames(&mut rng) {
            let protocol = StreamProtocol::try_from_owned(protocol.clone()).unwrap();
            let mut control = control.clone();
            let Ok(mut stream) = control.open_stream(peer, protocol).await else { continue };
            opened += 1;
            // The node may close the stream at the first wrong byte.
            let _ = stream.write_all(&frame).await;
            let _ = stream.close().await;
        }
        assert!(opened > 0, "no stream of {protocol} could be opened");
    }
    driver.abort();
}

fn node_address(
    genesis: &serde_json::Value,
    layout: &Layout,
    target: &MemberId,
) -> (PeerId, Multiaddr) {
    let address = p2p_address(layout, target);
    let nodes = genesis["members"].as_array().unwrap();
    let node = nodes
        .iter()
        .map(|member| &member["node"])
        .find(|node| node["p2p"].as_str() == Some(&address.to_string()))
        .unwrap();
    (node["peer_id"].as_str().unwrap().parse().unwrap(), address)
}

/// A node's address for peers, as its configuration has it.
fn p2p_address(layout: &Layout, member: &MemberId) -> Multiaddr {
    let config = fs::read_to_string(layout.node_config(member)).unwrap();
    let listen = config.lines().find_map(|line| line.strip_prefix("listen = \"/ip4")).unwrap();
    format!("/ip4{}", listen.trim_end_matches('"')).parse().unwrap()
}

/// `host:port` of a node's address for peers.
fn p2p_port(layout: &Layout, member: &MemberId) -> String {
    let address = p2p_address(layout, member).to_string();
    address.trim_start_matches("/ip4/").replace("/tcp/", ":")
}

fn hostile_frames(rng: &mut ChaCha20Rng) -> Vec<Vec<u8>> {
    let framed = |payload: Vec<u8>| {
        let mut frame = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
        frame.extend(payload);
        frame
    };
    let mut frames = vec![
        vec![0, 0, 0, 0],                   // empty frame
        vec![0xff, 0xff, 0xff, 0xff, 1, 2], // oversized length
        vec![100, 0, 0, 0, 1, 2, 3],        // truncated
        vec![1],                            // truncated header
        framed(vec![0xff; 64]),             // wrong variant
        framed(vec![0; 200]),               // zeros
    ];
    for _ in 0..20 {
        let length = rng.random_range(1..4000);
        let mut payload = random(rng, length);
        // Small first bytes reach deeper into the decoders, past the choice of the variant.
        payload[0] %= 6;
        payload.iter_mut().skip(1).take(3).for_each(|byte| *byte = 0);
        frames.push(framed(payload));
    }
    frames
}

#[test]
fn bad_bytes_everywhere_stop_no_node() {
    let directory = tempfile::tempdir().unwrap();
    let layout = Layout::new(directory.path().join("devnet"));
    let topology = Topology::validators(4).unwrap();
    let chain = topology.chain.to_string();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut network = hansa_tests::start(&layout, topology);
    runtime.block_on(async {
        let patience = Duration::from_secs(60);
        network.wait_for_height(hansa_primitives::Height(0), patience).await.unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for address in network.addresses().unwrap() {
            grpc_storm(&layout, &address, &mut rng).await;
            let grpc = address.grpc.trim_start_matches("https://").to_owned();
            port_storm(&[grpc, p2p_port(&layout, &address.member)], &mut rng).await;
        }
        let down = MemberId::new("validator-3").unwrap();
        let target = MemberId::new("validator-0").unwrap();
        network.kill_node(&down);
        p2p_storm(&layout, &chain, &down, &target).await;

        // Every node still runs and the ledger still takes transactions.
        let parties = Topology::traders().unwrap();
        let exporter = network.member(&parties.exporter).await.unwrap();
        let ucr = Ucr::new("AFTER-THE-STORM").unwrap();
        let committed = exporter.shipments().open(&ucr, parties).await.unwrap();
        network.start_node(&down).unwrap();
        network.wait_for_height(committed.height, patience).await.unwrap();
    });
    let nodes: Vec<_> = network.addresses().unwrap();
    network.stop();
    for node in nodes {
        let log = fs::read_to_string(layout.node_log(&node.member)).unwrap();
        assert!(!log.contains("panicked"), "{}: {log}", node.member);
    }
}
