//! The gRPC server: mutual TLS, callers known by their certificates, limits on everything.

mod at_least;
mod auth;
mod error;
mod events;
mod incoming;
mod ledger;
mod member;
mod sealed;
mod status;

use crate::{agent::Agent, error::NodeError, handle::NodeHandle};
use at_least::AtLeastLayer;
use auth::Gate;
use hansa_primitives::limits;
use hansa_proto::v1::{
    ledger_service_server::LedgerServiceServer, sealed_service_server::SealedServiceServer,
};
use incoming::Incoming;
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{
    server::NamedService,
    service::{InterceptorLayer, RoutesBuilder},
    transport::{Certificate, Identity, Server, ServerTlsConfig},
};
use tonic_health::{ServingStatus, server::HealthReporter};

/// Bytes of one request that is not a stream: a mebibyte of transactions and their frames.
const REQUEST_BYTES_MAX: usize = ledger::BATCH_BYTES_MAX + 64 * 1024;
/// Bytes of one answer: a page of large state values.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one message of a stream of chunks.
const CHUNK_MESSAGE_BYTES_MAX: usize = limits::CHUNK_BYTES_MAX + 1024;
/// Calls under way on one connection. Clients that wait for many transactions hold a call for each.
const CALLS_PER_CONNECTION_MAX: usize = 512;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest any call takes: an upload over a slow line. Waiting for a transaction and standing
/// still in an upload have tighter bounds of their own.
const CALL_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// How often readiness is looked at.
const HEALTH_LOOK: Duration = Duration::from_millis(250);
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
        .layer(InterceptorLayer::new(Gate::new(handle.clone())))
        .layer(AtLeastLayer::new(handle.clone()));
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
    set_health(&reporter, is_ready(handle)).await;
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

/// Tells load balancers and scripts when the node can do work: when it hears enough validators, and
/// is not halted. A halted node still answers questions.
fn report_health(handle: NodeHandle, reporter: HealthReporter) {
    tokio::spawn(async move {
        let mut look = tokio::time::interval(HEALTH_LOOK);
        let mut told = None;
        loop {
            let stopping = tokio::select! {
                _ = look.tick() => false,
                () = handle.stopped() => true,
            };
            let ready = !stopping && is_ready(&handle);
            if told != Some(ready) {
                told = Some(ready);
                set_health(&reporter, ready).await;
            }
            if stopping {
                return;
            }
        }
    });
}

fn is_ready(handle: &NodeHandle) -> bool {
    let core = &handle.core;
    let heard = core.network.validators_connected();
    let enough = match core.index {
        Some(_) => heard + 1 >= core.set.quorum(),
        None => heard > 0,
    };
    enough && handle.halted().is_none()
}

async fn set_health(reporter: &HealthReporter, ready: bool) {
    let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
    reporter.set_service_status("", status).await;
    let services = [
        <LedgerServiceServer<ledger::Ledger> as NamedService>::NAME,
        <SealedServiceServer<sealed::Sealed> as NamedService>::NAME,
    ];
    for service in services {
        reporter.set_service_status(service, status).await;
    }
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
