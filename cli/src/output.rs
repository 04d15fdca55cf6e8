//! Data on standard output, everything else on standard error.

use comfy_table::{Table, presets};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// How results are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON instead of text.
    pub(crate) json: bool,
    /// No progress on standard error.
    pub(crate) quiet: bool,
}

impl Output {
    /// Writes a result: as JSON if asked for, else as the text that `human` makes of it.
    pub(crate) fn result<T: Serialize>(self, value: &T, human: impl FnOnce(&T) -> String) {
        let text = if self.json {
            serde_json::to_string_pretty(value)
                .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
        } else {
            human(value)
        };
        self.line(&text);
    }

    /// Writes one line of data. A reader that went away is no error of ours.
    pub(crate) fn line(self, text: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// Writes one entry of a stream: a line of JSON, or of text.
    pub(crate) fn entry<T: Serialize>(self, value: &T, human: impl FnOnce(&T) -> String) {
        let text = if self.json {
            serde_json::to_string(value)
                .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
        } else {
            human(value)
        };
        self.line(&text);
    }

    /// Tells how things go, on standard error.
    pub(crate) fn progress(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }

    /// Whether a person watches standard error.
    pub(crate) fn is_interactive(self) -> bool {
        !self.quiet && !self.json && std::io::stderr().is_terminal()
    }
}

/// A table with a header and one row an entry.
pub(crate) fn table<R: IntoIterator<Item = Vec<String>>>(header: &[&str], rows: R) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.trim_fmt()
}
