//! `keel localnet` is the program `keel-localnet`, wherever that is.

mod network;

use std::process::Command;

#[test]
fn everything_is_handed_over() {
    let localnet = network::program();
    let own = Command::new(localnet).arg("--help").output().unwrap();
    let handed = Command::new(env!("CARGO_BIN_EXE_keel")).args(["localnet", "--help"]).output().unwrap();
    assert!(own.status.success() && String::from_utf8(own.stdout.clone()).unwrap().contains("--stdin"));
    assert_eq!((handed.status.code(), handed.stdout), (Some(0), own.stdout));
    let refused = Command::new(env!("CARGO_BIN_EXE_keel")).args(["localnet", "--no-such-option"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "its exit code is the exit code");
}

#[test]
fn without_it_there_is_a_word_on_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("keel");
    std::fs::copy(env!("CARGO_BIN_EXE_keel"), &alone).unwrap();
    let output = Command::new(alone).args(["localnet"]).env("PATH", folder.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("cargo install --path sdk/localnet"), "{error}");
}
