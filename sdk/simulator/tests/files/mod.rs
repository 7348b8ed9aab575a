//! The repository's scenarios, and files that a test rewrites when it is asked to.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The example scenarios, in order.
pub fn scenarios() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(repository().join("tests/scenarios")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(files.len() >= 8, "the scenarios are not where they were");
    files
}

/// Compares a file with what it should hold; `KEEL_BLESS=1` rewrites it instead.
#[track_caller]
pub fn blessed(path: &Path, expected: &str) {
    if std::env::var_os("KEEL_BLESS").is_some() {
        std::fs::write(path, expected).expect("the file can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    let differs = || found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(
        found == expected,
        "{} is not what the code gives; KEEL_BLESS=1 rewrites it. First difference: {:#?}",
        path.display(),
        differs()
    );
}
