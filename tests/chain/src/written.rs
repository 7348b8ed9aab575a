//! Files of the repository that are made from the program's interface, and what holds them to it.

use std::path::{Path, PathBuf};

/// A path in the repository.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// Panics unless the file of that name holds this. With `KEEL_BLESS` in the environment it is written first.
pub fn check(name: &str, expected: &str) {
    if std::env::var_os("KEEL_BLESS").is_some() {
        std::fs::write(path(name), expected).unwrap_or_else(|error| panic!("{name} cannot be written: {error}"));
    }
    let found = std::fs::read_to_string(path(name)).unwrap_or_default();
    assert!(found == expected, "{name} is out of date: run this test with KEEL_BLESS=1");
}
