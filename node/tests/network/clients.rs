//! Who is served over gRPC, and how refusals look.

use crate::consortium::{Consortium, write_tls};
use hansa_primitives::{MemberId, codec};
use hansa_proto::v1::{
    self, TransactionState, ledger_service_client::LedgerServiceClient,
    sealed_service_client::SealedServiceClient,
};
use std::{fs, net::SocketAddr, path::Path};
use tonic::{
    Code,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};
use tonic_types::StatusExt;

/// Connects with the TLS files of a directory, or without a certificate of its own.
async fn connect(
    address: SocketAddr,
    home: &Path,
    identified: bool,
) -> Result<Channel, tonic::transport::Error> {
    let read = |name: &str| fs::read(home.join(name)).unwrap();
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(read("ca.pem")))
        .domain_name("127.0.0.1");
    if identified {
        tls = tls.identity(Identity::from_pem(read("tls.pem"), read("tls.key")));
    }
    Endpoint::from_shared(format!("https://{address}"))?.tls_config(tls)?.connect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_served_and_others_are_told_why_not() {
    let mut consortium = Consortium::found(2, 1);
    let node = consortium.start(0).await;
    let (address, handle) = (node.grpc_address(), node.handle());
    let home = consortium.members[1].home.clone();
    let channel = connect(address, &home, true).await.unwrap();
    let mut ledger = LedgerServiceClient::new(channel.clone());

    let status = ledger.get_node_status(v1::GetNodeStatusRequest {}).await.unwrap().into_inner();
    assert_eq!((status.chain.as_str(), status.validator), ("milk", true));
    assert!(status.why.is_empty(), "{:?}", status.why);

    let good = codec::encode(&consortium.transaction(1, &handle, 1));
    let request = v1::SubmitBatchRequest { transactions: vec![good.clone(), vec![1, 2, 3]] };
    let outcomes = ledger.submit_batch(request).await.unwrap().into_inner().outcomes;
    assert_eq!((outcomes[0].code.as_str(), outcomes[1].code.as_str()), ("", "MALFORMED"));
    let transaction_id = outcomes[0].transaction_id.clone();
    let wait = v1::WaitRequest { transaction_id: transaction_id.clone(), timeout_ms: 30_000 };
    let decided = ledger.wait(wait).await.unwrap().into_inner();
    assert_eq!(decided.state(), TransactionState::Committed);

    let request = v1::SubscribeEventsRequest { until_now: true, ..Default::default() };
    let mut events = ledger.subscribe_events(request).await.unwrap().into_inner();
    let event = events.message().await.unwrap().unwrap();
    assert_eq!((event.kind.as_str(), event.transaction_id), ("node-moved", transaction_id));
    assert!(events.message().await.unwrap().is_none());

    let request = v1::GetSealedRequest { digest: vec![7; 32] };
    let refused = SealedServiceClient::new(channel).get(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(refused.get_details_error_info().unwrap().reason, "DOC-010");

    // The consortium knows the stranger's certificate authority, but not the stranger.
    let stranger = home.join("stranger");
    let name = MemberId::new("stranger").unwrap();
    write_tls(&mut consortium.authority, &stranger, &name);
    fs::copy(home.join("ca.pem"), stranger.join("ca.pem")).unwrap();
    let channel = connect(address, &stranger, true).await.unwrap();
    let mut ledger = LedgerServiceClient::new(channel);
    let refused = ledger.get_node_status(v1::GetNodeStatusRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let reason = refused.get_details_error_info().unwrap();
    assert_eq!(reason.reason, "UNKNOWN_MEMBER");
    assert!(!reason.metadata["hint"].is_empty());

    // Without a certificate the connection itself fails, at the latest on its first use.
    if let Ok(channel) = connect(address, &home, false).await {
        let mut ledger = LedgerServiceClient::new(channel);
        assert!(ledger.get_node_status(v1::GetNodeStatusRequest {}).await.is_err());
    }
    drop((handle, events));
    node.stop().await.unwrap();
}
