//! Holds the architecture: dependencies point down the floors, files stay readable.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The floors of ARCHITECTURE.md, bottom first.
const FLOORS: [(&str, u8); 12] = [
    ("hansa-primitives", 0),
    ("hansa-consensus", 1),
    ("hansa-documents", 1),
    ("hansa-zkp", 1),
    ("hansa-proto", 1),
    ("hansa-contracts", 2),
    ("hansa-ledger", 3),
    ("hansa-client", 3),
    ("hansa-node", 4),
    ("hansa-devnet", 4),
    ("hansa-cli", 5),
    ("hansa-tests", 6),
];

/// Dependencies that belong to one crate, or few.
const RESERVED: [(&str, &[&str]); 8] = [
    ("rocksdb", &["hansa-ledger"]),
    ("libp2p", &["hansa-node"]),
    ("libp2p-stream", &["hansa-node"]),
    ("light-poseidon", &["hansa-zkp"]),
    ("ed25519-zebra", &["hansa-primitives"]),
    ("hpke", &["hansa-documents"]),
    ("tokio", &["hansa-node", "hansa-client", "hansa-devnet", "hansa-cli", "hansa-tests"]),
    ("tonic", &["hansa-proto", "hansa-node", "hansa-client", "hansa-devnet", "hansa-tests"]),
];

/// The crates that may depend on an arkworks crate.
const ARKWORKS: [&str; 1] = ["hansa-zkp"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the workspace").into()
}

#[test]
fn dependencies_point_down_the_floors() {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata runs");
    let floors = BTreeMap::from(FLOORS);
    let mut violations = Vec::new();
    assert_eq!(metadata.packages.len(), FLOORS.len(), "a crate has no floor yet");
    for package in &metadata.packages {
        let name = package.name.as_str();
        let floor = *floors.get(name).unwrap_or_else(|| panic!("{name} has no floor"));
        for dependency in &package.dependencies {
            let target = dependency.name.as_str();
            if dependency.kind == DependencyKind::Development && target == name {
                continue; // switches its own test features on
            }
            if let Some(below) = floors.get(target)
                && *below >= floor
            {
                violations.push(format!("{name} (floor {floor}) → {target} (floor {below})"));
            }
            if dependency.kind == DependencyKind::Normal
                && target.starts_with("ark-")
                && !ARKWORKS.contains(&name)
            {
                violations.push(format!("{name} → {target}, which is reserved for {ARKWORKS:?}"));
            }
            if dependency.kind == DependencyKind::Normal
                && let Some((_, owners)) = RESERVED.iter().find(|(crate_, _)| *crate_ == target)
                && !owners.contains(&name)
            {
                violations.push(format!("{name} → {target}, which is reserved for {owners:?}"));
            }
        }
    }
    assert!(violations.is_empty(), "against the floors:\n{}", violations.join("\n"));
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder is readable") {
        let path = entry.expect("a folder entry is readable").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["target", ".git", ".hansa"].contains(&name) {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_and_lines_stay_readable() {
    let mut found = Vec::new();
    sources(&workspace(), &mut found);
    assert!(found.len() > 50, "the sources were not found");
    let mut violations = Vec::new();
    for path in found {
        let text = fs::read_to_string(&path).expect("a source file is UTF-8");
        let shown = path.strip_prefix(workspace()).unwrap_or(&path).display();
        let lines = text.lines().count();
        if lines > 600 {
            violations.push(format!("{shown}: {lines} lines (at most 600)"));
        }
        for (number, line) in text.lines().enumerate() {
            let number = number + 1;
            // Snapshots and vectors are data, which no line break may enter.
            let data = line.contains("@\"") || line.contains("r#\"") || line.contains("0x");
            if line.chars().count() > 110 && !data && !line.trim_start().starts_with('"') {
                violations.push(format!("{shown}:{number}: longer than 110 characters"));
            }
            let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!(")];
            if marks.iter().any(|mark| line.contains(mark)) {
                violations.push(format!("{shown}:{number}: something is left to do"));
            }
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

/// Paths that ARCHITECTURE.md and README name in back quotes are there.
#[test]
fn the_map_leads_to_places_that_exist() {
    let root = workspace();
    let crates: Vec<String> =
        FLOORS.iter().map(|(name, _)| name.trim_start_matches("hansa-").to_owned()).collect();
    for page in ["ARCHITECTURE.md", "README.md", "docs/protocol.md", "docs/operator.md"] {
        let text = fs::read_to_string(root.join(page)).expect("the page is there");
        let mut checked = 0;
        for quoted in text.split('`').skip(1).step_by(2) {
            let first = quoted.split('/').next().unwrap_or_default();
            let named = quoted.contains('/') && crates.iter().any(|name| name == first);
            if named && !quoted.contains(['<', '*', ' ']) {
                assert!(root.join(quoted).exists(), "{page} names {quoted}, which is not there");
                checked += 1;
            }
        }
        assert!(checked > 5 || page != "ARCHITECTURE.md", "{page} names {checked} places");
    }
}
