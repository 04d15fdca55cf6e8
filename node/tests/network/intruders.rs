//! What peers send that no honest node sends, and peers that nobody knows.

use crate::{
    agreement::applied,
    consortium::{Consortium, seed},
};
use futures::{AsyncWriteExt, StreamExt};
use hansa_primitives::hash;
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, SwarmBuilder, identity::Keypair, noise, swarm::SwarmEvent,
    tcp, yamux,
};
use std::time::Duration;

const CLASSES: [&str; 5] = ["consensus", "batches", "transactions", "blocks", "sealed"];

/// A bare swarm with streams, dialling the node.
fn swarm(seed: [u8; 32], address: &Multiaddr) -> libp2p::Swarm<libp2p_stream::Behaviour> {
    let identity = Keypair::ed25519_from_bytes(seed).unwrap();
    let mut swarm = SwarmBuilder::with_existing_identity(identity)
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| libp2p_stream::Behaviour::new())
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(30)))
        .build();
    swarm.dial(address.clone()).unwrap();
    swarm
}

/// Frames that are malformed each in its own way.
fn rubbish() -> Vec<Vec<u8>> {
    let frame = |payload: &[u8]| [&(payload.len() as u32).to_le_bytes(), payload].concat();
    let noise: Vec<u8> = (0..40_u8).flat_map(|n| hash::sha256(&[&[n]]).0).collect();
    vec![
        u32::MAX.to_le_bytes().to_vec(),
        vec![0; 4],
        frame(&noise),
        frame(&[0; 64]),
        frame(&[255; 64]),
        frame(&3_u32.to_le_bytes()),
        noise,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_closes_the_stream_and_nothing_else() {
    let consortium = Consortium::found(2, 1);
    let node = consortium.start(0).await;
    let target = Keypair::ed25519_from_bytes(seed("node", 0)).unwrap().public().to_peer_id();
    let mut swarm = swarm(seed("node", 1), node.p2p_address());
    let control = swarm.behaviour().new_control();
    let address = node.p2p_address().clone();
    let running = tokio::spawn(async move {
        while let Some(event) = swarm.next().await {
            if let SwarmEvent::ConnectionClosed { num_established: 0, .. } = event {
                swarm.dial(address.clone()).unwrap();
            }
        }
    });
    let offences = CLASSES.map(|class| {
        let control = control.clone();
        async move {
            for bytes in rubbish() {
                assert!(offend(control.clone(), target, class, &bytes).await, "{class} stays open");
            }
        }
    });
    let all = futures::future::join_all(offences);
    tokio::time::timeout(Duration::from_secs(90), all).await.unwrap();
    running.abort();
    let handle = node.handle();
    let transaction = consortium.transaction(0, &handle, 1);
    let id = handle.submit(transaction).await.unwrap();
    applied(&handle, id).await;
    drop(handle);
    node.stop().await.unwrap();
}

/// Writes bytes on a stream of a class; whether the node closes the stream then.
async fn offend(
    mut control: libp2p_stream::Control,
    target: PeerId,
    class: &str,
    bytes: &[u8],
) -> bool {
    let protocol = StreamProtocol::try_from_owned(format!("/hansa/milk/{class}/1")).unwrap();
    let mut stream = loop {
        match control.open_stream(target, protocol.clone()).await {
            Ok(stream) => break stream,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    // The node may close before all is written.
    let _ = stream.write_all(bytes).await;
    let _ = stream.close().await;
    let mut answer = [0; 1];
    let reading = futures::AsyncReadExt::read(&mut stream, &mut answer);
    matches!(tokio::time::timeout(Duration::from_secs(30), reading).await, Ok(Ok(0) | Err(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_cut_off_after_the_handshake() {
    let consortium = Consortium::found(1, 1);
    let node = consortium.start(0).await;
    let mut swarm = swarm([99; 32], node.p2p_address());
    let ended = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            match swarm.next().await {
                Some(SwarmEvent::ConnectionClosed { .. }) => return true,
                Some(SwarmEvent::OutgoingConnectionError { .. }) => return true,
                Some(_) => {}
                None => return false,
            }
        }
    });
    assert!(ended.await.unwrap());
    assert_eq!(consortium.members[0].p2p, node.p2p_address().to_string());
    node.stop().await.unwrap();
}
