//! `hansa doc`: documents.

use crate::{
    error::CliError,
    output::table,
    session::{Session, read_input},
};
use clap::Subcommand;
use hansa_client::documents::{Reader, Upload};
use hansa_documents::DocumentType;
use hansa_primitives::{DocumentId, MemberId, Ucr, Version, limits};
use serde_json::json;
use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    str::FromStr,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Upload documents: parse, commit to the fields, encrypt here, register.
    ///
    /// Example: hansa doc put invoice.xml packing-list.xml --shipment DE-MILK-1 --to mrt:1
    Put {
        /// UBL 2.x XML or JSON files; `-` for standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The type, where the source does not tell it.
        #[arg(long = "type")]
        kind: Option<DocumentType>,
        /// Attach to this shipment.
        #[arg(long, value_name = "UCR")]
        shipment: Option<Ucr>,
        /// The document that this is a new version of.
        #[arg(long, value_name = "DOCUMENT")]
        replaces: Option<DocumentId>,
        /// Grant the whole document at once, as MEMBER or MEMBER:N (may be passed on N times).
        #[arg(long = "to", value_name = "MEMBER[:N]")]
        readers: Vec<ReaderArgument>,
    },
    /// Print a document that you own or were granted.
    Get {
        document: DocumentId,
        /// This version rather than the latest.
        #[arg(long)]
        version: Option<u32>,
        /// The bytes as they were uploaded rather than the typed document.
        #[arg(long)]
        source: bool,
    },
    /// List documents that you own or may read.
    List {
        /// Only those of this shipment.
        #[arg(long, value_name = "UCR")]
        shipment: Option<Ucr>,
    },
    /// Sign a version of another member's document.
    Countersign {
        document: DocumentId,
        /// This version rather than the latest.
        #[arg(long)]
        version: Option<u32>,
    },
    /// Check who issued a document: the certified member, its role and country.
    Issuer { document: DocumentId },
}

/// `MEMBER` or `MEMBER:N`.
#[derive(Clone, Debug)]
pub(crate) struct ReaderArgument(pub(crate) Reader);

impl FromStr for ReaderArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (member, passing_on) = text.split_once(':').unwrap_or((text, "0"));
        let member = MemberId::new(member).map_err(|error| error.to_string())?;
        let passing_on = passing_on.parse().map_err(|_| {
            format!("`{passing_on}` is no number of times that a grant may be passed on")
        })?;
        Ok(Self(Reader { member, passing_on }))
    }
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        match self {
            Self::Put { files, kind, shipment, replaces, readers } => {
                if replaces.is_some() && files.len() > 1 {
                    return Err(CliError::usage("--replaces takes one file"));
                }
                put(session, files, kind, shipment, replaces, readers).await
            }
            Self::Get { document, version, source } => {
                let opened = session
                    .member()
                    .await?
                    .documents()
                    .open(&document, version.map(Version))
                    .await?;
                if source {
                    return print_source(&opened.source().ok_or_else(partly)?.bytes);
                }
                let document = opened.document().ok_or_else(partly)?;
                session.output().result(document, |document| {
                    serde_json::to_string_pretty(document).unwrap_or_default()
                });
                Ok(())
            }
            Self::List { shipment } => {
                let documents = session.member().await?.documents().list(shipment.as_ref()).await?;
                session.output().result(&documents, |documents| {
                    table(
                        &["document", "version", "type", "owner", "readable", "countersigned by"],
                        documents.iter().map(|document| {
                            vec![
                                document.document.to_string(),
                                document.version.to_string(),
                                document.kind.to_string(),
                                document.owner.to_string(),
                                if document.readable { "yes" } else { "no" }.to_owned(),
                                document
                                    .countersigned_by
                                    .iter()
                                    .map(ToString::to_string)
                                    .collect::<Vec<_>>()
                                    .join(", "),
                            ]
                        }),
                    )
                });
                Ok(())
            }
            Self::Countersign { document, version } => {
                let member = session.member().await?;
                let version = match version {
                    Some(version) => Version(version),
                    None => member.documents().latest(&document).await?,
                };
                let committed = member.documents().countersign(&document, version).await?;
                session.output().result(&committed, |committed| {
                    format!("countersigned version {version} in block {}", committed.height)
                });
                Ok(())
            }
            Self::Issuer { document } => {
                let issuer = session.member().await?.documents().verify_issuer(&document).await?;
                session.output().result(&issuer, |issuer| {
                    format!(
                        "issued by {} ({}), a {} of {}, under a certificate of the consortium",
                        issuer.name, issuer.member, issuer.role, issuer.country
                    )
                });
                Ok(())
            }
        }
    }
}

async fn put(
    session: &Session,
    files: Vec<PathBuf>,
    kind: Option<DocumentType>,
    ucr: Option<Ucr>,
    replaces: Option<DocumentId>,
    readers: Vec<ReaderArgument>,
) -> Result<(), CliError> {
    let output = session.output();
    let member = session.member().await?;
    let readers: Vec<Reader> = readers.into_iter().map(|reader| reader.0).collect();
    let bar = indicatif::ProgressBar::new(files.len() as u64);
    if !output.is_interactive() || files.len() < 2 {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut results = Vec::new();
    for file in &files {
        let source = read_input(file, limits::SOURCE_BYTES_MAX)?;
        let uploaded = member
            .documents()
            .upload(&Upload {
                source: &source,
                kind,
                ucr: ucr.clone(),
                replaces,
                readers: readers.clone(),
            })
            .await
            .map_err(|error| {
                let error = CliError::from(error);
                CliError { message: format!("{}: {}", file.display(), error.message), ..error }
            })?;
        bar.inc(1);
        results.push((file.display().to_string(), uploaded));
    }
    bar.finish_and_clear();
    let shown: Vec<_> = results
        .iter()
        .map(|(file, uploaded)| {
            json!({
                "file": file,
                "document": uploaded.document,
                "version": uploaded.version,
                "type": uploaded.kind,
                "number": uploaded.number,
                "residue": uploaded.residue,
                "problems": uploaded.problems,
                "grants": uploaded.grants,
                "committed": uploaded.committed,
            })
        })
        .collect();
    output.result(&shown, |_| {
        table(
            &["document", "version", "type", "number", "block"],
            results.iter().map(|(_, uploaded)| {
                vec![
                    uploaded.document.to_string(),
                    uploaded.version.to_string(),
                    uploaded.kind.to_string(),
                    uploaded.number.clone(),
                    uploaded.committed.height.to_string(),
                ]
            }),
        )
    });
    for (file, uploaded) in &results {
        for problem in &uploaded.problems {
            output.progress(&format!("{file}: {problem}"));
        }
        if !uploaded.residue.is_empty() {
            output.progress(&format!(
                "{file}: {} parts of the source have no place in the typed document and are kept in \
                 the sealed source: {}",
                uploaded.residue.len(),
                uploaded.residue.join(", ")
            ));
        }
    }
    Ok(())
}

fn partly() -> CliError {
    CliError::new(4, "DENIED", "only parts of the document are granted to you")
        .hint("ask its owner for the whole")
}

fn print_source(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let failed = |error: std::io::Error| CliError::new(1, "OUTPUT", error);
    stdout.write_all(bytes).map_err(failed)?;
    if stdout.is_terminal() {
        stdout.write_all(b"\n").map_err(failed)?;
    }
    stdout.flush().map_err(failed)
}
