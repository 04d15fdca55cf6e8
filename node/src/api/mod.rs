//! The gRPC server: mutual TLS, callers known by their certificates, limits on everything.

mod auth;
mod error;
mod events;
mod incoming;
mod ledger;
mod member;
mod sealed;
mod status;

use crate::{agent::Agent, error::NodeError, handle::NodeHandle};
use auth::Gate;
use hansa_primitives::limits;
use hansa_proto::v1::{
    ledger_service_server::LedgerServiceServer, sealed_service_server::SealedServiceServer,
};
use incoming::Incoming;
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{
    service::{InterceptorLayer, RoutesBuilder},
    transport::{Certificate, Identity, Server, ServerTlsConfig},
};

/// Bytes of one request that is not a stream: a mebibyte of transactions and their frames.
const REQUEST_BYTES_MAX: usize = ledger::BATCH_BYTES_MAX + 64 * 1024;
/// Bytes of one answer: a page of large state values.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one message of a stream of chunks.
const CHUNK_MESSAGE_BYTES_MAX: usize = limits::CHUNK_BYTES_MAX + 1024;
/// Calls under way on one connection. Clients that wait for many transactions hold a call for each.
const CALLS_PER_CONNECTION_MAX: usize = 512;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait that a caller may ask for is a minute.
const CALL_TIMEOUT: Duration = Duration::from_secs(65);
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(30 * 60);
const CONNECTION_AGE_GRACE: Duration = Duration::from_secs(60);
const HEADER_BYTES_MAX: u32 = 16 * 1024;
/// Streams that a client may open and reset at once before it is cut off (CVE-2023-44487).
const RESETS_MAX: usize = 20;

/// Listens and serves until the node stops.
pub(crate) async fn serve(
    handle: NodeHandle,
    agent: Option<Arc<Agent>>,
) -> Result<(JoinHandle<Result<(), NodeError>>, SocketAddr), NodeError> {
    let config = &handle.config().grpc;
    let address = config.listen;
    let failed = move |reason: String| NodeError::Grpc { address, reason };
    let tls = tls(config)?;
    let listener = TcpListener::bind(address).await.map_err(|error| failed(error.to_string()))?;
    let bound = listener.local_addr().map_err(|error| failed(error.to_string()))?;
    let mut server = Server::builder()
        .tls_config(tls)
        .map_err(|error| failed(describe(&error)))?
        .concurrency_limit_per_connection(CALLS_PER_CONNECTION_MAX)
        .load_shed(true)
        .max_concurrent_streams(u32::try_from(CALLS_PER_CONNECTION_MAX).ok())
        .timeout(CALL_TIMEOUT)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
        .initial_stream_window_size(256 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_connection_age(CONNECTION_AGE_MAX)
        .max_connection_age_grace(CONNECTION_AGE_GRACE)
        .layer(InterceptorLayer::new(Gate::new(handle.clone())));
    let routes = routes(&handle, agent).await?;
    let router = server.add_routes(routes);
    let stopped = async move { handle.stopped().await };
    let task = tokio::spawn(async move {
        router
            .serve_with_incoming_shutdown(Incoming::new(listener), stopped)
            .await
            .map_err(|error| failed(describe(&error)))
    });
    Ok((task, bound))
}

async fn routes(
    handle: &NodeHandle,
    agent: Option<Arc<Agent>>,
) -> Result<tonic::service::Routes, NodeError> {
    let ledger = LedgerServiceServer::new(ledger::Ledger::new(handle.clone()))
        .max_decoding_message_size(REQUEST_BYTES_MAX)
        .max_encoding_message_size(ANSWER_BYTES_MAX);
    let sealed = SealedServiceServer::new(sealed::Sealed::new(handle.clone()))
        .max_decoding_message_size(CHUNK_MESSAGE_BYTES_MAX)
        .max_encoding_message_size(CHUNK_MESSAGE_BYTES_MAX);
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<LedgerServiceServer<ledger::Ledger>>().await;
    reporter.set_serving::<SealedServiceServer<sealed::Sealed>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(hansa_proto::DESCRIPTORS)
        .build_v1()
        .map_err(|error| NodeError::System(format!("reflection: {error}")))?;
    let mut builder = RoutesBuilder::default();
    builder.add_service(ledger).add_service(sealed).add_service(health).add_service(reflection);
    if let Some(agent) = agent {
        member::add_services(&mut builder, agent, handle.member().clone());
    }
    report_health(handle.clone(), reporter);
    Ok(builder.routes())
}

/// A node that is halted still answers questions, but must get no more work.
fn report_health(handle: NodeHandle, reporter: tonic_health::server::HealthReporter) {
    tokio::spawn(async move {
        let mut look = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                _ = look.tick() => if handle.halted().is_some() { break },
                () = handle.stopped() => break,
            }
        }
        reporter.set_not_serving::<LedgerServiceServer<ledger::Ledger>>().await;
        reporter.set_not_serving::<SealedServiceServer<sealed::Sealed>>().await;
    });
}

fn tls(config: &crate::config::Grpc) -> Result<ServerTlsConfig, NodeError> {
    let read = |key: &'static str, path: &Path| {
        std::fs::read(path).map_err(|source| NodeError::File { key, path: path.to_owned(), source })
    };
    let chain = read("grpc.tls_certificate", &config.tls_certificate)?;
    let key = zeroize::Zeroizing::new(read("grpc.tls_key", &config.tls_key)?);
    let authority = read("grpc.tls_authority", &config.tls_authority)?;
    Ok(ServerTlsConfig::new()
        .identity(Identity::from_pem(chain, key.as_slice()))
        .client_ca_root(Certificate::from_pem(authority))
        .timeout(HANDSHAKE_TIMEOUT))
}

/// An error with its causes: tonic's own text leaves them out.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
