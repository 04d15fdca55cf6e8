//! One TOML file. Unknown keys are errors, secrets are only named, never written in it.
//!
//! Environment variables and flags are laid over the file by key: [`Config::load_with`]. The
//! variable of a key is `HANSA_` and the key in capitals with `_` for `.`:
//! [`Config::overrides_from`].

use hansa_primitives::MemberId;
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

/// What one node is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the node keeps its ledger and journal.
    pub data_dir: PathBuf,
    /// The genesis document, JSON.
    pub genesis: PathBuf,
    /// The member that runs this node.
    pub member: MemberId,
    /// Where the keys are.
    pub keys: Keys,
    /// The address for other nodes.
    pub p2p: P2p,
    /// The address for clients.
    pub grpc: Grpc,
    /// What the node does with its member's keys.
    #[serde(default)]
    pub agent: Agent,
    /// Timing of consensus.
    #[serde(default)]
    pub consensus: Consensus,
    /// What is written to the log.
    #[serde(default)]
    pub log: Log,
    /// A misbehaviour by name, for devnets of builds with the feature `mocks`.
    #[serde(default)]
    pub misbehave: Option<String>,
    /// What was read, to lay further values over it.
    #[serde(skip)]
    source: (toml::Table, PathBuf),
}

/// Where keys are; never the keys themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The directory of `node.key`, `vote.key`, `actor.key`, `document.key` and `owner.key`.
    pub directory: PathBuf,
    /// A file that holds the passphrase of the keys.
    pub passphrase_file: PathBuf,
}

/// The address for other nodes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct P2p {
    /// A multiaddress, for example `/ip4/0.0.0.0/tcp/7400`.
    pub listen: String,
}

/// The address for clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grpc {
    /// Host and port.
    pub listen: SocketAddr,
    /// The node's TLS certificate chain, PEM.
    pub tls_certificate: PathBuf,
    /// Its key, PEM.
    pub tls_key: PathBuf,
    /// The authority that clients' certificates must come from, PEM.
    pub tls_authority: PathBuf,
}

/// What the node does with its member's keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agent {
    /// Whether the member's keys live here: its agent acts and the member services answer.
    pub enabled: bool,
    /// Proving keys by id.
    pub proving_keys: Option<PathBuf>,
    /// What the member states of its own in declarations, TOML.
    pub declarant: Option<PathBuf>,
    /// How often the agent looks for work that no event announced; 0 for the default.
    pub watch_every_ms: u64,
}

/// Timing of consensus. What all validators must agree on is in the genesis instead.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consensus {
    /// How long to wait for progress before the first view change.
    pub timeout_base_ms: Option<u64>,
    /// The cap of its doubling.
    pub timeout_max_ms: Option<u64>,
    /// How long to wait before everything pending is sent again.
    pub resend_ms: Option<u64>,
}

/// What is written to the log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A filter such as `info` or `hansa_node=debug`.
    pub filter: String,
    /// Lines of text or of JSON.
    pub format: LogFormat,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

impl PartialEq<&str> for LogFormat {
    fn eq(&self, name: &&str) -> bool {
        match self {
            Self::Text => *name == "text",
            Self::Json => *name == "json",
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}; give its path with --config")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key is missing, unknown or of the wrong type, or the text is not TOML.
    #[error("the configuration is refused: {0}")]
    Malformed(String),
    /// A flag or environment variable names no key.
    #[error(
        "`{0}` is no key of the configuration; known keys are: {known}",
        known = Config::KEYS.join(", ")
    )]
    UnknownKey(String),
    /// A value breaks the rule of its key.
    #[error("`{key}` is `{value}`: {rule}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it is.
        value: String,
        /// What is expected.
        rule: &'static str,
    },
}

impl Config {
    /// Every key, as the file nests them.
    pub const KEYS: &'static [&'static str] = &[
        "data_dir",
        "genesis",
        "member",
        "misbehave",
        "keys.directory",
        "keys.passphrase_file",
        "p2p.listen",
        "grpc.listen",
        "grpc.tls_certificate",
        "grpc.tls_key",
        "grpc.tls_authority",
        "agent.enabled",
        "agent.proving_keys",
        "agent.declarant",
        "agent.watch_every_ms",
        "consensus.timeout_base_ms",
        "consensus.timeout_max_ms",
        "consensus.resend_ms",
        "log.filter",
        "log.format",
    ];

    /// Reads a file. Relative paths in it are relative to its directory.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and what is expected.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_with(path, [])
    }

    /// Reads a file and lays values over it, the later over the earlier.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and what is expected.
    pub fn load_with(
        path: &Path,
        overrides: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let base = path.parent().unwrap_or(Path::new("."));
        Self::from_toml(&text, base, overrides)
    }

    /// The values that environment variables give, by key. Foreign variables are left alone.
    ///
    /// # Errors
    /// [`ConfigError::UnknownKey`] for a `HANSA_NODE_` variable that names no key.
    pub fn overrides_from(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<(String, String)>, ConfigError> {
        let mut overrides = Vec::new();
        for (name, value) in variables {
            let key = Self::KEYS.iter().find(|key| name == variable_of(key));
            match key {
                Some(key) => overrides.push(((*key).to_owned(), value)),
                None if name.starts_with("HANSA_NODE_") => {
                    return Err(ConfigError::UnknownKey(name));
                }
                None => {}
            }
        }
        Ok(overrides)
    }

    /// Reads the text of a file whose relative paths are relative to `base`.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and what is expected.
    pub fn from_toml(
        text: &str,
        base: &Path,
        overrides: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let malformed = |error: toml::de::Error| ConfigError::Malformed(error.to_string());
        let mut table: toml::Table = toml::from_str(text).map_err(malformed)?;
        let mut overrides = overrides.into_iter().peekable();
        if overrides.peek().is_none() {
            // A reading of the text itself, so that errors name line and column.
            toml::from_str::<Self>(text).map_err(malformed)?;
        }
        for (key, value) in overrides {
            set(&mut table, &key, &value)?;
        }
        Self::from_table(table, base)
    }

    /// Lays one more value over what was read.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and what is expected.
    pub fn override_with(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let (mut table, base) = self.source.clone();
        set(&mut table, key, value)?;
        *self = Self::from_table(table, &base)?;
        Ok(())
    }

    fn from_table(table: toml::Table, base: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::Value::Table(table.clone())
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Malformed(error.to_string()))?;
        config.source = (table, base.to_owned());
        config.resolve(base);
        config.check()?;
        Ok(config)
    }

    fn resolve(&mut self, base: &Path) {
        let paths = [
            &mut self.data_dir,
            &mut self.genesis,
            &mut self.keys.directory,
            &mut self.keys.passphrase_file,
            &mut self.grpc.tls_certificate,
            &mut self.grpc.tls_key,
            &mut self.grpc.tls_authority,
        ];
        for path in paths
            .into_iter()
            .chain(self.agent.proving_keys.as_mut())
            .chain(self.agent.declarant.as_mut())
        {
            *path = base.join(&*path);
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.p2p.listen.parse::<libp2p::Multiaddr>().is_err() {
            return Err(ConfigError::Value {
                key: "p2p.listen",
                value: self.p2p.listen.clone(),
                rule: "a multiaddress such as /ip4/0.0.0.0/tcp/7400 is expected",
            });
        }
        if let Some(name) = &self.misbehave
            && let Some(rule) = misbehaviour_rule(name)
        {
            return Err(ConfigError::Value { key: "misbehave", value: name.clone(), rule });
        }
        let times = [
            ("consensus.timeout_base_ms", self.consensus.timeout_base_ms),
            ("consensus.timeout_max_ms", self.consensus.timeout_max_ms),
            ("consensus.resend_ms", self.consensus.resend_ms),
        ];
        for (key, value) in times {
            if let Some(value) = value.filter(|value| !(1..=600_000).contains(value)) {
                let rule = "1 to 600000 milliseconds are expected";
                return Err(ConfigError::Value { key, value: value.to_string(), rule });
            }
        }
        Ok(())
    }
}

impl Consensus {
    /// Lays what is given over the defaults of the engine.
    pub(crate) fn apply(&self, config: &mut hansa_consensus::Config) {
        let millis = |given: Option<u64>, own: &mut Duration| {
            if let Some(given) = given {
                *own = Duration::from_millis(given);
            }
        };
        millis(self.timeout_base_ms, &mut config.timeout_base);
        millis(self.timeout_max_ms, &mut config.timeout_max);
        millis(self.resend_ms, &mut config.resend);
    }
}

/// Why a misbehaviour cannot be had.
#[cfg(feature = "mocks")]
fn misbehaviour_rule(name: &str) -> Option<&'static str> {
    let known = name.parse::<hansa_consensus::mocks::Behaviour>().is_ok();
    (!known).then_some("equivocate, silent, double-vote or another known misbehaviour is expected")
}

/// Why a misbehaviour cannot be had.
#[cfg(not(feature = "mocks"))]
fn misbehaviour_rule(_: &str) -> Option<&'static str> {
    Some("this build cannot misbehave; leave the key out")
}

fn variable_of(key: &str) -> String {
    format!("HANSA_{}", key.replace('.', "_").to_uppercase())
}

/// Sets one key of the file's table. Numbers and truth values are taken as such.
fn set(table: &mut toml::Table, key: &str, value: &str) -> Result<(), ConfigError> {
    if !Config::KEYS.contains(&key) {
        return Err(ConfigError::UnknownKey(key.to_owned()));
    }
    let value = match (value.parse::<bool>(), value.parse::<i64>()) {
        (Ok(truth), _) => toml::Value::Boolean(truth),
        (_, Ok(number)) => toml::Value::Integer(number),
        _ => toml::Value::String(value.to_owned()),
    };
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, name)) => {
            let inner = table
                .entry(section.to_owned())
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            let inner = inner
                .as_table_mut()
                .ok_or_else(|| ConfigError::Malformed(format!("`{section}` is not a section")))?;
            inner.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
