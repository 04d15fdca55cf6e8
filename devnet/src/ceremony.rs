//! Runs the ceremony for the proofs' keys among members of the devnet, each as a process of its own.

use crate::{DevnetError, Network};
use hansa_primitives::MemberId;
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// The ceremony as a list of commands; contributions of two members, verified by each validator, then
/// put to the vote.
///
/// # Errors
/// [`DevnetError::Command`] with what a step said if it failed.
pub async fn run(network: &Network, said: &mut dyn FnMut(&str)) -> Result<(), DevnetError> {
    let validators: Vec<MemberId> = network
        .topology()
        .members
        .iter()
        .filter(|member| member.runs == crate::Runs::Validator)
        .map(|member| member.member.clone())
        .collect();
    let [first, second, ..] = validators.as_slice() else {
        return Err(DevnetError::Topology("a ceremony needs two validators".into()));
    };
    let directory = network.layout().ceremony();
    let text = directory.display().to_string();
    let keys = network.layout().proving_keys().display().to_string();
    let call = |member: &MemberId, arguments: Vec<String>| {
        let profile = network.layout().member(member).profile();
        let program = network.program().to_owned();
        async move { command(&program, &profile, &arguments).await }
    };
    let arguments =
        |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    for contributor in [first, second] {
        said(&format!("{contributor} contributes powers (phase 1)"));
        call(contributor, arguments(&["ceremony", "powers", "--directory", &text])).await?;
    }
    said("circuits are laid out over the powers");
    call(first, arguments(&["ceremony", "prepare", "--directory", &text])).await?;
    for contributor in [first, second] {
        said(&format!("{contributor} contributes to the statements' keys (phase 2)"));
        call(contributor, arguments(&["ceremony", "contribute", "--directory", &text])).await?;
    }
    said("the transcript is verified, its keys are put to the vote");
    call(first, arguments(&["ceremony", "propose", "--directory", &text, "--keys", &keys])).await?;
    for validator in validators.iter().skip(1) {
        said(&format!("{validator} verifies the transcript and approves"));
        call(validator, arguments(&["ceremony", "approve", "--directory", &text])).await?;
    }
    Ok(())
}

async fn command(program: &Path, profile: &Path, words: &[String]) -> Result<(), DevnetError> {
    let output = tokio::process::Command::from({
        let mut command = Command::new(program);
        command.arg("--profile").arg(profile).args(words).stdin(Stdio::null());
        command
    })
    .output()
    .await
    .map_err(|source| DevnetError::Spawn { command: words.join(" "), source })?;
    if output.status.success() {
        return Ok(());
    }
    Err(DevnetError::Command {
        command: format!("hansa {}", words.join(" ")),
        status: output.status,
        stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
