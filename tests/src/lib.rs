//! Black-box and cross-crate tests. What they share lives here.

use std::path::PathBuf;

/// The program `hansa` that lies beside the test binaries.
///
/// # Panics
/// If it was not built; `scripts/test` builds it first.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let program = test
        .parent()
        .and_then(std::path::Path::parent)
        .map(|folder| folder.join("hansa"))
        .expect("test binaries lie in target/<profile>/deps");
    assert!(
        program.exists(),
        "{} is missing: run `cargo build --workspace --all-features` first, or scripts/test",
        program.display()
    );
    program
}
