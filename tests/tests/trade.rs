//! The milk-powder trade and the unhappy ways, on eight processes, and what is left on disk afterwards.

#![allow(clippy::unwrap_used)]

use hansa_devnet::{Layout, Topology, scenario::Report};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn chain_verify(data: &Path) -> Output {
    Command::new(hansa_tests::program())
        .args(["--json", "chain", "verify", "--data"])
        .arg(data)
        .output()
        .unwrap()
}

/// Files that hold ledger bytes, the largest first.
fn ledger_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            ledger_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "sst" || end == "log") {
            found.push(path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// What `scripts/devnet --scenario milk-powder --exit --json FILE` runs, in the profile of the tests.
#[test]
fn the_milk_powder_trade_and_its_unhappy_ways() {
    let directory = tempfile::tempdir().unwrap();
    let result = directory.path().join("result.json");
    let devnet = directory.path().join("devnet");
    let output = Command::new(hansa_tests::program())
        .args(["devnet", "up", "--scenario", "milk-powder", "--unhappy", "--exit", "--directory"])
        .arg(&devnet)
        .arg("--result")
        .arg(&result)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(&result).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert!(output.status.success(), "{said}\n{text}");
    let report: Report = serde_json::from_str(&text).unwrap();
    assert!(report.ok, "{text}");
    assert!(report.steps.iter().map(|step| step.step).eq(1..=16), "{text}");
    for step in &report.steps {
        assert!(step.ok && !step.seen.is_empty(), "{step:#?}");
        // The last step is the one that is refused: it leaves nothing on the ledger.
        let expected = !matches!(step.step, 14 | 16);
        assert_eq!(!step.transactions.is_empty(), expected, "{step:#?}");
        for transaction in &step.transactions {
            assert!(transaction.id.len() == 64 && transaction.height > 0, "{step:#?}");
        }
    }
    assert_eq!(report.unhappy.len(), 6, "{text}");
    assert!(report.unhappy.iter().all(|way| way.ok && !way.seen.is_empty()), "{text}");
    assert_eq!(report.nodes.iter().filter(|node| node.validator).count(), 4, "{text}");
    assert_eq!(report.nodes.len(), 8, "{text}");

    the_liars_network_verifies(&devnet);
    for node in &report.nodes {
        assert!(node.pid > 0 && node.grpc.starts_with("https://127.0.0.1:"), "{node:?}");
        assert!(!Path::new(&format!("/proc/{}", node.pid)).exists(), "{node:?} still runs");
        no_foreign_keys(&devnet, &node.member);
        let verdict = chain_verify(&node.data_directory);
        let fault = String::from_utf8_lossy(&verdict.stderr);
        assert!(verdict.status.success(), "{}: {fault}", node.member);
        a_flipped_byte_is_found(&node.data_directory, &directory.path().join("flipped"));
    }
}

/// The ledgers of the network whose leader proposed two blocks at a height.
#[track_caller]
fn the_liars_network_verifies(devnet: &Path) {
    let nodes = devnet.join("equivocating-leader/nodes");
    let mut checked = 0;
    for node in fs::read_dir(nodes).unwrap() {
        let verdict = chain_verify(&node.unwrap().path().join("data"));
        assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
        checked += 1;
    }
    assert_eq!(checked, 8);
}

/// A node's directory names and holds the keys of no member but its own.
fn no_foreign_keys(devnet: &Path, member: &str) {
    let layout = Layout::new(devnet);
    let member = member.parse().unwrap();
    let config = fs::read_to_string(layout.node_config(&member)).unwrap();
    for other in Topology::milk_powder().members.into_iter().map(|member| member.member) {
        if other != member {
            let keys = layout.member(&other).keys().display().to_string();
            assert!(!config.contains(&keys), "{config}");
        }
    }
}

fn a_flipped_byte_is_found(data: &Path, scratch: &Path) {
    let mut files = Vec::new();
    ledger_files(data, &mut files);
    files.retain(|file| fs::metadata(file).unwrap().len() > 64);
    files.sort_by_key(|file| std::cmp::Reverse(fs::metadata(file).unwrap().len()));
    assert!(!files.is_empty(), "the data directory holds ledger files");
    let mut sealed = Vec::new();
    all_files(&data.join("ledger/sealed"), &mut sealed);
    for file in files.iter().take(2).chain(sealed.first()) {
        let _ = fs::remove_dir_all(scratch);
        copy(data, scratch);
        let target = scratch.join(file.strip_prefix(data).unwrap());
        let mut bytes = fs::read(&target).unwrap();
        let place = bytes.len() / 2;
        bytes[place] ^= 1;
        fs::write(&target, bytes).unwrap();
        let verdict = chain_verify(scratch);
        assert_eq!(
            verdict.status.code(),
            Some(7),
            "byte {place} of {} flipped: {}",
            target.display(),
            String::from_utf8_lossy(&verdict.stderr)
        );
    }
}

fn all_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { all_files(&path, found) } else { found.push(path) }
    }
}
