//! Declarations: show, explain, submit.

use super::{Services, committed, json, of_client, parse};
use crate::api::error::malformed;
use hansa_contracts::declaration::Kind;
use hansa_primitives::Ucr;
use hansa_proto::v1::{self, declaration_service_server::DeclarationService};
use tonic::{Request, Response, Status};

fn kind(text: &str) -> Result<Kind, Status> {
    [Kind::Export, Kind::Import]
        .into_iter()
        .find(|kind| kind.name() == text)
        .ok_or_else(|| malformed("kind is neither `export` nor `import`", "name the kind"))
}

#[tonic::async_trait]
impl DeclarationService for Services {
    async fn get(
        &self,
        request: Request<v1::GetDeclarationRequest>,
    ) -> Result<Response<v1::Declaration>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let (kind, ucr): (Kind, Ucr) = (kind(&asked.kind)?, parse("ucr", &asked.ucr)?);
        let shown = member.declarations().get(kind, &ucr).await.map_err(|e| of_client(&e))?;
        let (document, version) = shown
            .document
            .map(|(document, version)| (document.to_string(), version.0))
            .unwrap_or_default();
        Ok(Response::new(v1::Declaration {
            ucr: asked.ucr,
            kind: asked.kind,
            status: format!("{:?}", shown.status).to_lowercase(),
            document,
            version,
            completeness_permille: u32::from(shown.completeness_permille.unwrap_or_default()),
            json: shown.declaration.as_ref().map(json).transpose()?.unwrap_or_default(),
        }))
    }

    async fn explain(
        &self,
        request: Request<v1::ExplainDeclarationRequest>,
    ) -> Result<Response<v1::ExplainDeclarationResponse>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let (kind, ucr): (Kind, Ucr) = (kind(&asked.kind)?, parse("ucr", &asked.ucr)?);
        let element = (!asked.element.is_empty()).then_some(asked.element.as_str());
        let explained =
            member.declarations().explain(kind, &ucr, element).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(v1::ExplainDeclarationResponse { json: json(&explained)? }))
    }

    async fn submit(
        &self,
        request: Request<v1::GetDeclarationRequest>,
    ) -> Result<Response<v1::Committed>, Status> {
        let member = self.own(&request).await?;
        let asked = request.into_inner();
        let (kind, ucr): (Kind, Ucr) = (kind(&asked.kind)?, parse("ucr", &asked.ucr)?);
        let done = member.declarations().submit(kind, &ucr).await.map_err(|e| of_client(&e))?;
        Ok(Response::new(committed(&done)))
    }
}
