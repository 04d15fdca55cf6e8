//! `hansa grant`: keys of documents for other members.

use super::document::ReaderArgument;
use crate::{error::CliError, output::table, session::Session};
use clap::Subcommand;
use hansa_client::documents::GrantOrder;
use hansa_contracts::{grant, state::StateView};
use hansa_documents::{grant::GrantPurpose, sealing::SectionName};
use hansa_primitives::{BlockTime, DocumentId, GrantId, MemberId};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Grant keys, as the owner or by passing a grant on.
    ///
    /// Example: hansa grant give DOCUMENT --to mrt:1
    Give {
        #[arg(required = true)]
        documents: Vec<DocumentId>,
        /// The reader, as MEMBER or MEMBER:N (may pass it on N times).
        #[arg(long, value_name = "MEMBER[:N]")]
        to: ReaderArgument,
        /// Only this section; may be given several times.
        #[arg(long = "section")]
        sections: Vec<SectionName>,
        /// End of the grant, RFC 3339.
        #[arg(long, value_parser = super::shipment::parse_time)]
        expires: Option<BlockTime>,
        /// Why, for the record: trade, transport, customs, insurance, finance, audit.
        #[arg(long, value_parser = parse_purpose)]
        purpose: Option<GrantPurpose>,
    },
    /// End a grant and everything that was passed on from it.
    ///
    /// Nodes stop serving the reader; what it has read, it has read.
    Revoke { grant: GrantId },
    /// List the grants of a document.
    List { document: DocumentId },
    /// Say why a member can read a document, or why not.
    Explain { document: DocumentId, member: MemberId },
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        let member = session.member().await?;
        match self {
            Self::Give { documents, to, sections, expires, purpose } => {
                let order = GrantOrder { documents, reader: to.0, sections, expires, purpose };
                let granted = member.documents().grant(&order).await?;
                output.result(&granted, |granted| {
                    let grants: Vec<_> = granted.grants.iter().map(ToString::to_string).collect();
                    format!("{}\ngranted in block {}", grants.join("\n"), granted.committed.height)
                });
            }
            Self::Revoke { grant } => {
                let committed = member.documents().revoke(&grant).await?;
                output.result(&committed, |committed| {
                    format!("revoked in block {}; it takes effect at once", committed.height)
                });
            }
            Self::List { document } => {
                let grants = member.read(|view| grant::grants_on(view, &document)).await?;
                let shown: Vec<_> = grants
                    .iter()
                    .map(|grant| {
                        json!({
                            "grant": grant.id, "terms": grant.terms,
                            "revoked": grant.revoked.is_some(),
                        })
                    })
                    .collect();
                output.result(&shown, |_| {
                    table(
                        &["grant", "version", "from", "to", "may pass on", "state"],
                        grants.iter().map(|grant| {
                            let revoked = grant.revoked.is_some();
                            vec![
                                grant.id.to_string(),
                                grant.terms.version.to_string(),
                                grant.terms.grantor.to_string(),
                                grant.terms.reader.to_string(),
                                grant.terms.passing_on_depth.to_string(),
                                if revoked { "revoked" } else { "in force" }.to_owned(),
                            ]
                        }),
                    )
                });
            }
            Self::Explain { document, member: reader } => {
                let now = super::shipment::now();
                let record = member.documents().record(&document, None).await?;
                let holds = |view: &dyn StateView| {
                    grant::grants_on(view, &document)
                        .into_iter()
                        .filter(|grant| grant.terms.reader == reader)
                        .map(|grant| (grant.id, grant::is_effective(view, &grant, now)))
                        .collect::<Vec<_>>()
                };
                let grants = member.read(holds).await?;
                let sentence = explain(record.owner(), &reader, &grants);
                output.result(&json!({ "sentence": sentence }), |_| sentence.clone());
            }
        }
        Ok(())
    }
}

fn explain(owner: &MemberId, reader: &MemberId, grants: &[(GrantId, bool)]) -> String {
    if owner == reader {
        return format!("{reader} owns the document");
    }
    if let Some((grant, _)) = grants.iter().find(|(_, effective)| *effective) {
        return format!("{reader} can read it by grant {grant}, which is in force");
    }
    match grants.len() {
        0 => format!("{reader} cannot read it: nobody has granted it; ask {owner}, its owner"),
        count => format!("{reader} cannot read it: {count} grants have expired or were revoked"),
    }
}

fn parse_purpose(text: &str) -> Result<GrantPurpose, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|error| error.to_string())
}
