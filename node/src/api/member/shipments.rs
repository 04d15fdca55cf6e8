//! Shipments: open, attach, report, status.

use super::{Services, committed, json, of_client, parse};
use hansa_contracts::shipment::{Movement, Parties, Vessel};
use hansa_primitives::{BlockTime, Ucr, Version};
use hansa_proto::v1::{self, shipment_service_server::ShipmentService};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl ShipmentService for Services {
    async fn open(
        &self,
        request: Request<v1::OpenShipmentRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let ucr: Ucr = parse("ucr", &asked.ucr)?;
        let parties = Parties {
            exporter: parse("exporter", &asked.exporter)?,
            importer: parse("importer", &asked.importer)?,
            export_forwarder: parse("export_forwarder", &asked.export_forwarder)?,
            import_declarant: parse("import_declarant", &asked.import_declarant)?,
            carrier: parse("carrier", &asked.carrier)?,
            insurer: parse("insurer", &asked.insurer)?,
            export_customs: parse("export_customs", &asked.export_customs)?,
            import_customs: parse("import_customs", &asked.import_customs)?,
        };
        let done = member.shipments().open(&ucr, parties).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(committed(&done)))
    }

    async fn attach(
        &self,
        request: Request<v1::AttachRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let ucr: Ucr = parse("ucr", &asked.ucr)?;
        let document = parse("document", &asked.document)?;
        let done = member
            .shipments()
            .attach(&ucr, &document, Version(asked.version))
            .await
            .map_err(|e| of_client(&e))?;
        Ok(Response::new(committed(&done)))
    }

    async fn report_event(
        &self,
        request: Request<v1::ReportEventRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let ucr: Ucr = parse("ucr", &asked.ucr)?;
        let imo = (!asked.vessel_imo.is_empty())
            .then(|| parse("vessel_imo", &asked.vessel_imo))
            .transpose()?;
        let movement = Movement {
            code: parse("code", &asked.code)?,
            classifier: parse("classifier", &asked.classifier)?,
            occurred: BlockTime(asked.occurred_ms),
            location: parse("location", &asked.location)?,
            container: None,
            vessel: (!asked.voyage.is_empty()).then_some(Vessel { imo, voyage: asked.voyage }),
            remark: asked.remark,
        };
        let done = member.shipments().report(&ucr, movement).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(committed(&done)))
    }

    async fn get_status(
        &self,
        request: Request<v1::GetShipmentStatusRequest>,
    ) -> Result<Response<v1::ShipmentStatus>, Status> {
        let member = self.own(&request).await?;
        let ucr: Ucr = parse("ucr", &request.into_inner().ucr)?;
        let status = member.shipments().status(&ucr).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(v1::ShipmentStatus { json: json(&status)? }))
    }
}
