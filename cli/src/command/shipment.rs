//! `hansa shipment`: shipments by their unique consignment reference.

use crate::{error::CliError, present, session::Session};
use clap::{Args, Subcommand};
use hansa_contracts::shipment::{
    Classifier, Container, Locode, Movement, MovementCode, Parties, Vessel,
};
use hansa_primitives::{BlockTime, DocumentId, MemberId, Ucr, Version};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open a shipment, as its exporter or importer.
    Open {
        ucr: Ucr,
        #[command(flatten)]
        parties: PartiesArguments,
    },
    /// Attach a document that you own.
    Attach {
        ucr: Ucr,
        document: DocumentId,
        /// This version rather than the latest.
        #[arg(long)]
        version: Option<u32>,
    },
    /// Report a movement of the goods, as the shipment's carrier.
    ///
    /// Example: hansa shipment report DE-MILK-1 DEPA --at DEHAM
    Report {
        ucr: Ucr,
        /// DCSA event code: DEPA, ARRI, LOAD, DISC, …
        code: MovementCode,
        /// UN/LOCODE.
        #[arg(long = "at")]
        location: Locode,
        /// PLN, EST or ACT.
        #[arg(long, default_value = "ACT")]
        classifier: Classifier,
        /// When, RFC 3339; now if absent.
        #[arg(long, value_parser = parse_time)]
        occurred: Option<BlockTime>,
        #[arg(long)]
        container: Option<Container>,
        /// The vessel's IMO number.
        #[arg(long, requires = "voyage")]
        imo: Option<u32>,
        #[arg(long)]
        voyage: Option<String>,
        #[arg(long, default_value = "")]
        remark: String,
    },
    /// The shipment as one timeline, and what is awaited from whom.
    Status { ucr: Ucr },
    /// Shipments that you take part in.
    List,
}

#[derive(Debug, Args)]
pub(crate) struct PartiesArguments {
    #[arg(long)]
    exporter: MemberId,
    #[arg(long)]
    importer: MemberId,
    #[arg(long)]
    export_forwarder: MemberId,
    #[arg(long)]
    import_declarant: MemberId,
    #[arg(long)]
    carrier: MemberId,
    #[arg(long)]
    insurer: MemberId,
    #[arg(long)]
    export_customs: MemberId,
    #[arg(long)]
    import_customs: MemberId,
}

impl From<PartiesArguments> for Parties {
    fn from(arguments: PartiesArguments) -> Self {
        Self {
            exporter: arguments.exporter,
            importer: arguments.importer,
            export_forwarder: arguments.export_forwarder,
            import_declarant: arguments.import_declarant,
            carrier: arguments.carrier,
            insurer: arguments.insurer,
            export_customs: arguments.export_customs,
            import_customs: arguments.import_customs,
        }
    }
}

/// Reads an RFC 3339 time.
pub(crate) fn parse_time(text: &str) -> Result<BlockTime, String> {
    let time: jiff::Timestamp =
        text.parse().map_err(|_| format!("`{text}` is no RFC 3339 time, 2018-11-02T06:00:00Z"))?;
    u64::try_from(time.as_millisecond())
        .map(BlockTime)
        .map_err(|_| format!("`{text}` lies before 1970"))
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        let member = session.member().await?;
        match self {
            Self::Open { ucr, parties } => {
                let committed = member.shipments().open(&ucr, parties.into()).await?;
                output.result(&committed, |committed| {
                    format!("shipment {ucr} opened in block {}", committed.height)
                });
            }
            Self::Attach { ucr, document, version } => {
                let version = match version {
                    Some(version) => Version(version),
                    None => member.documents().latest(&document).await?,
                };
                let committed = member.shipments().attach(&ucr, &document, version).await?;
                output.result(&committed, |committed| {
                    format!("attached to {ucr} in block {}", committed.height)
                });
            }
            Self::Report {
                ucr,
                code,
                location,
                classifier,
                occurred,
                container,
                imo,
                voyage,
                remark,
            } => {
                let movement = Movement {
                    code,
                    classifier,
                    occurred: occurred.unwrap_or_else(hansa_client::clock::now),
                    location,
                    container,
                    vessel: voyage.map(|voyage| Vessel { imo, voyage }),
                    remark,
                };
                let committed = member.shipments().report(&ucr, movement).await?;
                output.result(&committed, |committed| {
                    format!("{classifier} {code} at {location} in block {}", committed.height)
                });
            }
            Self::Status { ucr } => {
                let status = member.shipments().status(&ucr).await?;
                output.result(&status, present::shipment);
            }
            Self::List => {
                let shipments = member.shipments().list().await?;
                output.result(&shipments, |shipments| {
                    shipments.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
                });
            }
        }
        Ok(())
    }
}
