//! Black-box and cross-crate tests. What they share lives here.

use hansa_devnet::{Layout, Network, StartOptions, Topology, create};
use hansa_primitives::MemberId;
use std::{fs, path::PathBuf, time::Duration};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Makes a devnet in a directory and starts its nodes.
///
/// # Panics
/// If the files cannot be made or the program does not start.
pub fn start(layout: &Layout, topology: Topology) -> Network {
    create(layout, &topology).expect("the devnet's files can be made");
    Network::start(&program(), layout.clone(), topology, StartOptions::default())
        .expect("the nodes start")
}

/// A member's connection to a node of a devnet, made when it is first used.
///
/// # Panics
/// If the member's TLS files cannot be read, or the URL is none.
pub fn channel(layout: &Layout, member: &MemberId, url: &str) -> Channel {
    let paths = layout.member(member);
    let read = |path: PathBuf| fs::read(&path).expect("the devnet made the member's TLS files");
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(read(paths.tls_authority())))
        .identity(Identity::from_pem(read(paths.tls_certificate()), read(paths.tls_key())));
    Endpoint::from_shared(url.to_owned())
        .and_then(|endpoint| endpoint.timeout(Duration::from_secs(10)).tls_config(tls))
        .expect("a devnet's URLs and certificates are well-formed")
        .connect_lazy()
}

/// The program `hansa` that lies beside the test binaries.
///
/// # Panics
/// If it was not built; `scripts/test` builds it first.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let program = test
        .parent()
        .and_then(std::path::Path::parent)
        .map(|folder| folder.join("hansa"))
        .expect("test binaries lie in target/<profile>/deps");
    assert!(
        program.exists(),
        "{} is missing: run `cargo build --workspace --all-features` first, or scripts/test",
        program.display()
    );
    program
}
