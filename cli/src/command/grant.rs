//! `hansa grant`: keys of documents for other members.

use super::document::ReaderArgument;
use crate::{error::CliError, output::table, session::Session};
use clap::Subcommand;
use hansa_client::documents::GrantOrder;
use hansa_documents::{grant::GrantPurpose, sealing::SectionName};
use hansa_primitives::{BlockTime, DocumentId, GrantId, MemberId};

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
                let grants = member.documents().grants(&document).await?;
                output.result(&grants, |grants| {
                    table(
                        &["grant", "version", "from", "to", "may pass on", "state"],
                        grants.iter().map(|grant| {
                            vec![
                                grant.grant.to_string(),
                                grant.version.to_string(),
                                grant.grantor.to_string(),
                                grant.reader.to_string(),
                                grant.passing_on.to_string(),
                                grant.state.clone(),
                            ]
                        }),
                    )
                });
            }
            Self::Explain { document, member: reader } => {
                let access = member.documents().explain_access(&document, &reader).await?;
                output.result(&access, |access| access.sentence.clone());
            }
        }
        Ok(())
    }
}

fn parse_purpose(text: &str) -> Result<GrantPurpose, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|error| error.to_string())
}
