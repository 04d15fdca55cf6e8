//! `hansa ca`: the consortium's certificate authority. It works on files alone.

use crate::{
    error::CliError,
    session::{Session, ask, read_input},
};
use clap::{Args, Subcommand};
use hansa_client::{
    Error,
    authority::{Authority, AuthoritySettings, MemberRequest, TlsRequest, Validity},
    clock::now,
    keystore::KdfParameters,
    profile::PassphraseSource,
};
use hansa_primitives::{MemberId, VerifyingKey, certificate::Role};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new authority: one key for members' certificates, one for connections.
    Create {
        #[command(flatten)]
        place: Place,
        /// The consortium's name.
        #[arg(long)]
        name: String,
        /// How long the authority's own certificates are valid.
        #[arg(long, default_value_t = 3650)]
        days: u64,
    },
    /// Issue a member's signing certificate (DER).
    Issue {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        member: MemberId,
        #[arg(long)]
        role: Role,
        /// Legal name.
        #[arg(long)]
        name: String,
        /// ISO 3166-1 alpha-2.
        #[arg(long)]
        country: String,
        /// The member's Ed25519 public key, 64 hexadecimal digits.
        #[arg(long, value_parser = parse_key)]
        key: VerifyingKey,
        #[arg(long, default_value_t = 365)]
        days: u64,
        #[arg(long)]
        out: PathBuf,
    },
    /// Issue a TLS certificate for a member's node or client (PEM).
    IssueTls {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        member: MemberId,
        /// DNS name or IP address of the node; none for a client.
        #[arg(long = "host")]
        hosts: Vec<String>,
        /// The public key, PEM.
        #[arg(long)]
        public_key: PathBuf,
        #[arg(long, default_value_t = 365)]
        days: u64,
        #[arg(long)]
        out: PathBuf,
    },
    /// Revoke all certificates of a member and write the new revocation list (DER).
    Revoke {
        #[command(flatten)]
        place: Place,
        member: MemberId,
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The authority's directory.
    #[arg(long)]
    directory: PathBuf,
    /// File with the passphrase of the authority's keys; asked for if absent.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

impl Place {
    fn passphrase(&self) -> Result<hansa_client::profile::Passphrase, CliError> {
        let source = self
            .passphrase_file
            .clone()
            .map_or(PassphraseSource::Prompt(true), PassphraseSource::File);
        Ok(source.read(ask).map_err(Error::from)?)
    }

    fn open(&self) -> Result<Authority, CliError> {
        Ok(Authority::open(&self.directory, &self.passphrase()?).map_err(Error::from)?)
    }
}

fn parse_key(text: &str) -> Result<VerifyingKey, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|_| "an Ed25519 public key has 64 hexadecimal digits".to_owned())?;
    Ok(VerifyingKey(bytes))
}

fn validity(days: u64) -> Validity {
    Validity::days(now(), days)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes).map_err(|error| CliError::file(path, &error))
}

impl Command {
    pub(crate) fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        let written = match self {
            Self::Create { place, name, days } => {
                let settings = AuthoritySettings {
                    name: &name,
                    passphrase: &place.passphrase()?,
                    parameters: KdfParameters::interactive(),
                    validity: validity(days),
                };
                Authority::create(&place.directory, &settings).map_err(Error::from)?;
                place.directory
            }
            Self::Issue { place, member, role, name, country, key, days, out } => {
                let validity = validity(days);
                let request = MemberRequest { member, role, name, country, key, validity };
                let der = place.open()?.issue_member(&request).map_err(Error::from)?;
                write(&out, &der)?;
                out
            }
            Self::IssueTls { place, member, hosts, public_key, days, out } => {
                let pem = read_input(&public_key, 16 * 1024)?;
                let public_key = String::from_utf8(pem)
                    .map_err(|_| CliError::usage("the public key is not PEM text"))?;
                let validity = validity(days);
                let request = TlsRequest { member, names: hosts, public_key, validity };
                let pem = place.open()?.issue_tls(&request).map_err(Error::from)?;
                write(&out, pem.as_bytes())?;
                out
            }
            Self::Revoke { place, member, out } => {
                let mut authority = place.open()?;
                let serials = authority.serials_of(&member);
                if serials.is_empty() {
                    let message = format!("this authority issued no certificate to {member}");
                    return Err(CliError::new(3, "CERTIFICATE", message));
                }
                for serial in serials {
                    authority.revoke(&serial, now()).map_err(Error::from)?;
                }
                let list = authority.revocation_list(now()).map_err(Error::from)?;
                write(&out, &list)?;
                out
            }
        };
        output
            .result(&json!({ "written": written }), |_| format!("written: {}", written.display()));
        Ok(())
    }
}
