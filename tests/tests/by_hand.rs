//! The trade by hand, as README shows it: its commands are run as they stand there.

#![allow(clippy::unwrap_used)]

use hansa_devnet::{Layout, Topology, scenario};
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

/// The shell block under a heading of README.
fn commands_under(heading: &str) -> String {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, section) = readme.split_once(&format!("\n## {heading}\n")).expect("README has it");
    let (_, block) = section.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn readmes_trade_by_hand_works_as_written() {
    // A checkout with a devnet in it, as far as the commands can see.
    let checkout = tempfile::tempdir().unwrap();
    let at = |path: &str| checkout.path().join(path);
    fs::create_dir_all(at("target/release")).unwrap();
    symlink(hansa_tests::program(), at("target/release/hansa")).unwrap();
    symlink(repository().join("documents"), at("documents")).unwrap();
    let layout = Layout::new(at(".hansa/devnet"));
    let mut network = hansa_tests::start(&layout, Topology::milk_powder());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let started = runtime.block_on(scenario::only_start(&mut network, &mut |_| {})).unwrap();
    assert!(started.ok);

    let commands = commands_under("The trade by hand");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &commands])
        .current_dir(checkout.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let shown = format!("{said}\n--\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}");
    for refusal in ["DOC-002", "GRT-", "FIN-004"] {
        let refused = String::from_utf8_lossy(&output.stderr).matches(refusal).count();
        assert!(refused > 0, "{refusal}: {shown}");
    }

    // What the others see of it: the shipment's end, and a registration that names nobody.
    let hansa = |member: &str, arguments: &[&str]| {
        let output = Command::new(hansa_tests::program())
            .args(arguments)
            .env("HANSA_PROFILE", at(&format!(".hansa/devnet/members/{member}/profile.toml")))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let ucr = "8DEMILCHPULVER20181021001";
    let import: serde_json::Value =
        serde_json::from_str(&hansa("fangxin", &["--json", "declare", "show", "import", ucr]))
            .unwrap();
    assert_eq!(import["status"], "cleared", "{import}");
    let events = hansa("second-bank", &["--json", "chain", "events"]);
    assert!(events.contains("financing-registered"), "{events}");
    network.stop();
}
