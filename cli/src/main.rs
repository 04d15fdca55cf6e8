//! The program `hansa`: one command line for members, operators, auditors and devnets. Noun, then verb.
//!
//! It reads arguments and shows results; whatever a member's own system would want to do as well is in
//! the SDK (`hansa-client`).

mod command;
mod error;
mod output;
mod present;
mod session;

use clap::{CommandFactory, Parser};
use command::Command;
use error::CliError;
use hansa_primitives::Height;
use output::Output;
use session::Session;
use std::{path::PathBuf, process::ExitCode};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failure
  2  wrong usage
  3  not found
  4  denied
  5  rejected by a contract
  6  unavailable or timed out; trying again may help
  7  integrity: a hash, proof or signature does not hold
  8  conflict, for example already financed";

/// The node of a trade consortium's ledger, and everything a member does with it.
#[derive(Debug, Parser)]
#[command(name = "hansa", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    /// The member's profile: keys, certificates and nodes.
    #[arg(long, global = true, env = "HANSA_PROFILE", value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Show the ledger no earlier than after this block, which another member named.
    #[arg(
        long,
        global = true,
        value_name = "HEIGHT",
        default_value_t = 0,
        hide_default_value = true
    )]
    at_least: u64,
    /// Results and errors as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// No progress on standard error.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && std::env::args().any(|word| word == "--json") => {
            // Scripts read errors as they read results.
            let text = error.render().to_string();
            let message = text.trim_start_matches("error: ").trim_end();
            let error = CliError::usage(message);
            error.show(Output { json: true, quiet: true });
            return ExitCode::from(error.exit);
        }
        Err(error) => error.exit(),
    };
    let output = Output { json: arguments.json, quiet: arguments.quiet };
    match run(arguments, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.show(output);
            ExitCode::from(error.exit)
        }
    }
}

fn run(arguments: Arguments, output: Output) -> Result<(), CliError> {
    // Only fails if a provider is installed already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if let Command::Completions { shell } = arguments.command {
        let mut command = Arguments::command();
        clap_complete::generate(shell, &mut command, "hansa", &mut std::io::stdout());
        return Ok(());
    }
    let session = Session::new(arguments.profile, Height(arguments.at_least), output);
    let runtime = hansa_node::runtime()
        .map_err(|error| CliError::new(1, "RUNTIME", format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(arguments.command.run(&session));
    // A request that is still under way must not hold the program back.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_free_of_contradictions() {
        Arguments::command().debug_assert();
    }
}
