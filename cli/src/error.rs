//! Every error says what happened, to which thing, and what to do next; the exit code says of what kind
//! it is.
//!
//! | code | kind |
//! |---|---|
//! | 0 | done |
//! | 1 | failure |
//! | 2 | wrong usage |
//! | 3 | not found |
//! | 4 | denied |
//! | 5 | rejected by a contract |
//! | 6 | unavailable or timed out; trying again may help |
//! | 7 | integrity: a hash, proof or signature does not hold |
//! | 8 | conflict, for example already financed |

use crate::output::Output;
use serde_json::json;
use std::{fmt::Display, io::Write};

/// An error as the command line shows it.
#[derive(Debug)]
pub(crate) struct CliError {
    /// Stable code, a contract's rule for instance.
    pub(crate) code: String,
    /// What happened, to which thing.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
    /// The exit code.
    pub(crate) exit: u8,
}

impl CliError {
    /// A failure of the given kind.
    pub(crate) fn new(exit: u8, code: &str, message: impl Display) -> Self {
        Self { code: code.to_owned(), message: message.to_string(), hint: None, exit }
    }

    /// The same with advice.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Wrong usage.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(2, "USAGE", message)
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let exit = if error.kind() == std::io::ErrorKind::NotFound { 3 } else { 1 };
        Self::new(exit, "FILE", format!("{}: {error}", path.display()))
    }

    /// Shows the error on standard error.
    pub(crate) fn show(&self, output: Output) {
        let mut stderr = std::io::stderr().lock();
        let _ = if output.json {
            let error = json!({"error": {
                "code": self.code, "message": self.message, "hint": self.hint, "exit": self.exit,
            }});
            writeln!(stderr, "{error}")
        } else {
            let hint =
                self.hint.as_ref().map(|hint| format!("\n hint: {hint}")).unwrap_or_default();
            writeln!(stderr, "error[{}]: {}{hint}", self.code, self.message)
        };
    }
}

impl From<hansa_client::Error> for CliError {
    fn from(error: hansa_client::Error) -> Self {
        let hint = error.hint().map(str::to_owned);
        // The text says the hint too; here it has a line of its own.
        let text = error.to_string();
        let said = hint.as_ref().and_then(|hint| text.strip_suffix(hint)?.strip_suffix("; "));
        let message = said.unwrap_or(&text).to_owned();
        Self { code: error.code().to_owned(), exit: error.exit_code(), message, hint }
    }
}

impl From<hansa_devnet::DevnetError> for CliError {
    fn from(error: hansa_devnet::DevnetError) -> Self {
        match error {
            hansa_devnet::DevnetError::Client(error) => error.into(),
            error => Self::new(1, "DEVNET", error),
        }
    }
}

impl From<hansa_primitives::id::InvalidId> for CliError {
    fn from(error: hansa_primitives::id::InvalidId) -> Self {
        Self::usage(error)
    }
}

impl From<hansa_primitives::hash::NotADigest> for CliError {
    fn from(error: hansa_primitives::hash::NotADigest) -> Self {
        Self::usage(error)
    }
}
