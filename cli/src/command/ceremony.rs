//! `hansa ceremony`: the keys of proofs, made by members together.
//!
//! One honest contributor is enough. Every contribution is a file in a shared directory, signed by its
//! contributor; anyone verifies the whole transcript.

use crate::{error::CliError, output::Output, session::Session};
use clap::{Args, Subcommand};
use hansa_client::{Member, proofs::save_proving_keys};
use hansa_primitives::{MemberId, VerifyingKey};
use hansa_zkp::{
    ceremony::{Contributor, Directory, Outcome},
    field::{ProofRng, rng_from_seed},
    statement::{Precheck, Register},
};
use serde_json::json;
use std::{collections::BTreeMap, path::PathBuf};
use zeroize::Zeroizing;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Contribute to the powers (phase 1).
    Powers(Place),
    /// Lay the circuits out over the powers; holds no secret, and everyone checks it.
    Prepare(Place),
    /// Contribute to both statements' keys (phase 2).
    Contribute(Place),
    /// Replay the transcript and print the ids of the keys that come out of it.
    Verify(Place),
    /// Verify, keep the proving keys, and propose the verifying keys on the ledger.
    Propose {
        #[command(flatten)]
        place: Place,
        /// Where the proving keys go.
        #[arg(long, value_name = "DIRECTORY")]
        keys: PathBuf,
    },
    /// Verify, and approve the proposed keys on the ledger, as a validator's member.
    Approve(Place),
}

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The directory of the ceremony.
    #[arg(long)]
    directory: PathBuf,
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        let member = session.member().await?;
        match self {
            Self::Powers(place) => {
                in_background(member, place, output, |ceremony, contributor, rng| {
                    ceremony.contribute_powers(contributor, rng).map(drop)
                })
                .await
            }
            Self::Prepare(place) => {
                in_background(member, place, output, |ceremony, _, _| ceremony.prepare().map(drop))
                    .await
            }
            Self::Contribute(place) => {
                in_background(member, place, output, |ceremony, contributor, rng| {
                    ceremony.contribute::<Precheck>(contributor, rng)?;
                    ceremony.contribute::<Register>(contributor, rng).map(drop)
                })
                .await
            }
            Self::Verify(place) => {
                let outcome = verify(&member, place).await?;
                show(output, &outcome);
                Ok(())
            }
            Self::Propose { place, keys } => {
                let outcome = verify(&member, place).await?;
                save_proving_keys(&keys, &outcome)?;
                member.proofs().propose_outcome(&outcome, &outcome.contributors).await?;
                show(output, &outcome);
                Ok(())
            }
            Self::Approve(place) => {
                let outcome = verify(&member, place).await?;
                member.proofs().approve_outcome(&outcome).await?;
                show(output, &outcome);
                Ok(())
            }
        }
    }
}

/// Hours of arithmetic do not belong on the threads that serve connections.
async fn in_background<E: std::error::Error + Send + 'static>(
    member: Member,
    place: Place,
    output: Output,
    work: impl FnOnce(&Directory, &Contributor<'_>, &mut ProofRng) -> Result<(), E> + Send + 'static,
) -> Result<(), CliError> {
    let started = std::time::Instant::now();
    let done = tokio::task::spawn_blocking(move || {
        let ceremony = open(&member, &place)?;
        let contributor =
            Contributor { member: member.id().clone(), signer: member.keys().actor() };
        work(&ceremony, &contributor, &mut rng()?).map_err(|error| failed(&error))
    });
    done.await.map_err(|error| failed(&error))??;
    let seconds = started.elapsed().as_secs();
    output.result(&json!({ "seconds": seconds }), |_| format!("done in {seconds} s"));
    Ok(())
}

fn open(member: &Member, place: &Place) -> Result<Directory, CliError> {
    Directory::open(&place.directory, member.chain().as_str()).map_err(|error| failed(&error))
}

async fn verify(member: &Member, place: Place) -> Result<Outcome, CliError> {
    let contributors: BTreeMap<MemberId, VerifyingKey> = member
        .registry()
        .members()
        .await?
        .into_iter()
        .map(|record| (record.id, record.signing_key))
        .collect();
    let member = member.clone();
    tokio::task::spawn_blocking(move || {
        open(&member, &place)?.verify(&contributors).map_err(|error| {
            CliError::new(7, "CEREMONY", error)
                .hint("do not approve keys from this transcript; find out who made the file")
        })
    })
    .await
    .map_err(|error| failed(&error))?
}

fn show(output: Output, outcome: &Outcome) {
    let value = json!({
        "transcript": outcome.transcript,
        "precheck": outcome.precheck.id().0,
        "register": outcome.register.id().0,
    });
    output.result(&value, |value| serde_json::to_string_pretty(value).unwrap_or_default());
}

fn rng() -> Result<ProofRng, CliError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|error| failed(&error))?;
    Ok(rng_from_seed(*seed))
}

fn failed(error: &dyn std::error::Error) -> CliError {
    CliError::new(1, "CEREMONY", error)
}
