//! The milk-powder trade and the unhappy ways, on eight processes, and what is left on disk afterwards.

#![allow(clippy::unwrap_used)]

use hansa_devnet::{Layout, Network, StartOptions, Topology, create, scenario};
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

#[test]
fn the_milk_powder_trade_and_its_unhappy_ways() {
    let directory = tempfile::tempdir().unwrap();
    let layout = Layout::new(directory.path().join("devnet"));
    let topology = Topology::milk_powder();
    create(&layout, &topology).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut network =
        Network::start(&hansa_tests::program(), layout, topology, StartOptions::default()).unwrap();
    let mut said = Vec::new();
    let report = runtime
        .block_on(scenario::run(&mut network, true, &mut |text| said.push(text.to_owned())))
        .unwrap_or_else(|error| panic!("{error}\n{}", said.join("\n")));
    let addresses = network.addresses().unwrap();
    network.stop();

    let shown = serde_json::to_string_pretty(&report).unwrap();
    assert!(report.ok, "{shown}");
    assert_eq!(report.steps.len(), 16, "{shown}");
    assert_eq!(report.unhappy.len(), 6, "{shown}");
    assert!(report.steps.iter().all(|step| step.ok && !step.seen.is_empty()), "{shown}");
    assert_eq!(report.nodes.len(), 8, "{shown}");

    for node in &addresses {
        let verdict = chain_verify(&node.data);
        assert!(
            verdict.status.success(),
            "{}: {}",
            node.member,
            String::from_utf8_lossy(&verdict.stderr)
        );
    }
    a_flipped_byte_is_found(&addresses[0].data, directory.path());
}

fn a_flipped_byte_is_found(data: &Path, scratch: &Path) {
    let mut files = Vec::new();
    ledger_files(data, &mut files);
    files.retain(|file| fs::metadata(file).unwrap().len() > 64);
    files.sort_by_key(|file| std::cmp::Reverse(fs::metadata(file).unwrap().len()));
    assert!(!files.is_empty(), "the data directory holds ledger files");
    for (number, file) in files.iter().take(3).enumerate() {
        let copied = scratch.join(format!("flipped-{number}"));
        copy(data, &copied);
        let target = copied.join(file.strip_prefix(data).unwrap());
        let mut bytes = fs::read(&target).unwrap();
        let place = bytes.len() / 2;
        bytes[place] ^= 1;
        fs::write(&target, bytes).unwrap();
        let verdict = chain_verify(&copied);
        assert_eq!(
            verdict.status.code(),
            Some(7),
            "byte {place} of {} flipped: {}",
            target.display(),
            String::from_utf8_lossy(&verdict.stderr)
        );
    }
}
