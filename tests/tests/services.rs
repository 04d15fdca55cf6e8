//! The services for members' own systems, called as an exporter's and a forwarder's systems would: from
//! the upload of the first paper to the submitted export declaration.

#![allow(clippy::unwrap_used)]

use futures::StreamExt;
use hansa_client::documents::{Reader as SdkReader, Upload};
use hansa_devnet::{Layout, Network, Topology, scenario};
use hansa_proto::{
    AT_LEAST_HEIGHT,
    v1::{
        self, declaration_service_client::DeclarationServiceClient as Declarations,
        document_service_client::DocumentServiceClient as Documents,
        ledger_service_client::LedgerServiceClient as Ledger,
        shipment_service_client::ShipmentServiceClient as Shipments, upload_request::Part,
    },
};
use std::time::{Duration, Instant};
use tonic::{Code, Request, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

const UCR: &str = "8DEMILCHPULVER20181021001";

macro_rules! paper {
    ($name:literal) => {
        include_bytes!(concat!("../../documents/samples/milk-powder/", $name)).as_slice()
    };
}

/// Connections of members' systems to their members' nodes.
struct Systems<'a> {
    network: &'a Network,
}

impl Systems<'_> {
    /// A member's system at a member's node.
    fn at(&self, member: &str, node: &str) -> Channel {
        let nodes = self.network.addresses().unwrap();
        let node = nodes.into_iter().find(|at| at.member.as_str() == node).unwrap();
        let layout = self.network.layout();
        hansa_tests::channel(layout, &member.parse().unwrap(), &node.grpc)
    }

    fn of(&self, member: &str) -> Channel {
        self.at(member, member)
    }

    /// Uploads in pieces that have nothing to do with the structure of the file.
    async fn upload(&self, member: &str, source: &[u8], reader: (&str, u32)) -> v1::UploadResponse {
        let grant_to = vec![v1::Reader { member: reader.0.to_owned(), passing_on: reader.1 }];
        let start = v1::UploadStart { ucr: UCR.to_owned(), grant_to, ..Default::default() };
        let pieces = source.chunks(1000).map(|piece| Part::Data(piece.to_vec()));
        let parts: Vec<_> = std::iter::once(Part::Start(start))
            .chain(pieces)
            .map(|part| v1::UploadRequest { part: Some(part) })
            .collect();
        let upload = futures::stream::iter(parts);
        Documents::new(self.of(member)).upload(upload).await.unwrap().into_inner()
    }
}

/// A request that is answered from no state before a block.
fn since<T>(height: u64, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(AT_LEAST_HEIGHT, height.into());
    request
}

async fn open_shipment(systems: &Systems<'_>) {
    let opened = v1::OpenShipmentRequest {
        ucr: UCR.to_owned(),
        exporter: "milchpulver".to_owned(),
        importer: "fangxin".to_owned(),
        export_forwarder: "mrt".to_owned(),
        import_declarant: "suto".to_owned(),
        carrier: "carrier".to_owned(),
        insurer: "insurer".to_owned(),
        export_customs: "german-customs".to_owned(),
        import_customs: "tianjin-customs".to_owned(),
    };
    let committed = Shipments::new(systems.of("milchpulver")).open(opened).await.unwrap();
    assert_eq!(committed.into_inner().transaction_id.len(), 32);
}

/// The chamber is a client only: it has no node and uses the SDK.
async fn certify_origin(network: &Network) -> (String, u64) {
    let ihk = network.member(&"ihk".parse().unwrap()).await.unwrap();
    let reader = SdkReader { member: "milchpulver".parse().unwrap(), passing_on: 3 };
    let uploaded = ihk
        .documents()
        .upload(&Upload {
            source: paper!("certificate-of-origin.xml"),
            kind: None,
            ucr: Some(UCR.parse().unwrap()),
            replaces: None,
            readers: vec![reader],
        })
        .await
        .unwrap();
    (uploaded.document.to_string(), uploaded.committed.height.0)
}

async fn countersign_read_and_revoke(systems: &Systems<'_>) {
    let contract =
        systems.upload("milchpulver", paper!("sales-contract.json"), ("fangxin", 0)).await;
    let height = contract.committed.as_ref().unwrap().height;
    let document = contract.document.clone();
    let sign = v1::CountersignRequest { document: document.clone(), version: 1 };
    let mut at_fangxin = Documents::new(systems.of("fangxin"));
    let signed = at_fangxin.countersign(since(height, sign)).await.unwrap().into_inner();

    let mut at_milchpulver = Documents::new(systems.of("milchpulver"));
    let list = v1::ListDocumentsRequest { ucr: UCR.to_owned() };
    let listed = at_milchpulver.list(since(signed.height, list)).await.unwrap().into_inner();
    let entry = listed.documents.iter().find(|entry| entry.document == document).unwrap();
    assert_eq!(entry.countersigned_by, ["fangxin"]);
    assert!(entry.readable && entry.owner == "milchpulver" && entry.registered_at_height == height);

    let get = v1::GetDocumentRequest { document: document.clone(), version: 0, source: true };
    let mut chunks = at_fangxin.get(get.clone()).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.message().await.unwrap() {
        bytes.extend(chunk.data);
    }
    assert_eq!(bytes, paper!("sales-contract.json"));

    let grant = v1::GrantRequest {
        documents: vec![document.clone()],
        reader: Some(v1::Reader { member: "suto".to_owned(), passing_on: 0 }),
        ..Default::default()
    };
    let granted = at_milchpulver.grant(grant).await.unwrap().into_inner();
    let height = granted.committed.unwrap().height;
    let mut at_suto = Documents::new(systems.of("suto"));
    at_suto.get(since(height, get.clone())).await.unwrap();
    let revoke = v1::RevokeRequest { grant: granted.grants[0].clone() };
    let revoked = at_milchpulver.revoke(revoke).await.unwrap().into_inner();
    let refused = at_suto.get(since(revoked.height, get)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
}

async fn declare(systems: &Systems<'_>) {
    let mut at_mrt = Declarations::new(systems.of("mrt"));
    let asked = v1::GetDeclarationRequest { ucr: UCR.to_owned(), kind: "export".to_owned() };
    let deadline = Instant::now() + Duration::from_secs(30);
    let drafted = loop {
        match at_mrt.get(asked.clone()).await {
            Ok(declaration) if declaration.get_ref().status == "drafted" => {
                break declaration.into_inner();
            }
            answer => assert!(Instant::now() < deadline, "{answer:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(drafted.completeness_permille, 1000, "{}", drafted.json);
    let explain = v1::ExplainDeclarationRequest {
        ucr: UCR.to_owned(),
        kind: "export".to_owned(),
        element: "Commodity/Classification/ID".to_owned(),
    };
    let explained = at_mrt.explain(explain).await.unwrap().into_inner().json;
    let explained: serde_json::Value = serde_json::from_str(&explained).unwrap();
    let story = &explained["fields"][0]["story"];
    assert_eq!(story["value"], "040221", "{story}");
    for origin in story["origins"].as_array().unwrap() {
        assert_eq!(origin["proof"]["path"], origin["path"], "each origin has its Merkle path");
    }
    let submitted = at_mrt.submit(asked).await.unwrap().into_inner();
    let status = v1::GetShipmentStatusRequest { ucr: UCR.to_owned() };
    let mut at_milchpulver = Shipments::new(systems.of("milchpulver"));
    let status = at_milchpulver.get_status(since(submitted.height, status)).await.unwrap();
    let status = status.into_inner().json;
    assert!(status.contains("export declaration submitted"), "{status}");
}

async fn foreign_systems_are_refused(systems: &Systems<'_>) {
    let list = v1::ListDocumentsRequest::default();
    let refused = Documents::new(systems.at("mrt", "milchpulver")).list(list).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
}

/// A subscription that was cut off goes on behind the event that was worked off last.
async fn events_resume_from_a_cursor(systems: &Systems<'_>) {
    let mut ledger = Ledger::new(systems.of("mrt"));
    let all = v1::SubscribeEventsRequest { until_now: true, ..Default::default() };
    let events: Vec<v1::Event> = collect(ledger.subscribe_events(all.clone()).await.unwrap()).await;
    assert!(events.len() > 10);
    let after = events[4].cursor;
    let rest = v1::SubscribeEventsRequest { after, ..all };
    let resumed = collect(ledger.subscribe_events(rest).await.unwrap()).await;
    assert_eq!(resumed[..events.len() - 5], events[5..]);
}

async fn collect(answer: tonic::Response<tonic::Streaming<v1::Event>>) -> Vec<v1::Event> {
    answer.into_inner().map(Result::unwrap).collect().await
}

async fn stock_tools_find_their_way(systems: &Systems<'_>) {
    let mut health = HealthClient::new(systems.of("milchpulver"));
    let check = HealthCheckRequest { service: String::new() };
    let answer = health.check(check).await.unwrap().into_inner();
    assert_eq!(answer.status, 1, "SERVING");
    let mut reflection = ServerReflectionClient::new(systems.of("milchpulver"));
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let list = ServerReflectionRequest { message_request, ..Default::default() };
    let asked = futures::stream::iter([list]);
    let mut answers = reflection.server_reflection_info(asked).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(listed) = answer else { panic!("{answer:?}") };
    let names: Vec<String> = listed.service.into_iter().map(|service| service.name).collect();
    for service in ["Document", "Shipment", "Declaration", "Financing", "Ledger", "Sealed"] {
        let name = format!("hansa.v1.{service}Service");
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
}

#[test]
fn members_systems_bring_a_trade_to_its_declaration() {
    let directory = tempfile::tempdir().unwrap();
    let layout = Layout::new(directory.path().join("devnet"));
    let mut network = hansa_tests::start(&layout, Topology::milk_powder());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        scenario::only_start(&mut network, &mut |_| {}).await.unwrap();
        let systems = Systems { network: &network };
        open_shipment(&systems).await;
        let (origin, height) = certify_origin(&network).await;
        let grant = v1::GrantRequest {
            documents: vec![origin],
            reader: Some(v1::Reader { member: "mrt".to_owned(), passing_on: 2 }),
            ..Default::default()
        };
        let mut at_milchpulver = Documents::new(systems.of("milchpulver"));
        at_milchpulver.grant(since(height, grant)).await.unwrap();
        let invoice =
            systems.upload("milchpulver", paper!("commercial-invoice.xml"), ("mrt", 2)).await;
        let kind = (invoice.document_type.as_str(), invoice.number.as_str(), invoice.version);
        assert_eq!(kind, ("commercial-invoice", "MP-2018-1022", 1));
        systems.upload("milchpulver", paper!("packing-list.xml"), ("mrt", 2)).await;
        systems.upload("mrt", paper!("waybill.xml"), ("milchpulver", 3)).await;
        countersign_read_and_revoke(&systems).await;
        declare(&systems).await;
        foreign_systems_are_refused(&systems).await;
        events_resume_from_a_cursor(&systems).await;
        stock_tools_find_their_way(&systems).await;
    });
    network.stop();
}
