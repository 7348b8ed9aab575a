//! The Solana CLI's config file, and what of it an option overrules.

use std::path::{Path, PathBuf};
use std::process::Command;

use keel_cli::config::{Settings, printable, url_of};
use keel_cli::options::{Commitment, Options};

fn written(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("config.yml");
    std::fs::write(&path, text).unwrap();
    path
}

/// As `solana config set` writes it.
const FILE: &str = "---
json_rpc_url: https://rpc.example.org/?api-key=topsecret
websocket_url: ''
keypair_path: /home/someone/id.json
address_labels:
  '11111111111111111111111111111111': System Program
commitment: finalized
";

#[test]
fn the_file_is_read_and_options_win() {
    let folder = tempfile::tempdir().unwrap();
    let config = Some(written(folder.path(), FILE));
    let settings = Settings::read(&Options { config: config.clone(), ..Options::default() }).unwrap();
    assert_eq!(settings.node().unwrap(), "https://rpc.example.org/?api-key=topsecret");
    assert_eq!(settings.keypair, Path::new("/home/someone/id.json"));
    assert!(settings.commitment.is_finalized());

    let options = Options {
        config,
        url: Some("localhost".to_owned()),
        keypair: Some("mine.json".into()),
        commitment: Some(Commitment::Processed),
        ..Options::default()
    };
    let settings = Settings::read(&options).unwrap();
    assert_eq!(settings.node().unwrap(), "http://localhost:8899");
    assert_eq!(settings.keypair, Path::new("mine.json"));
    assert_eq!(settings.commitment, solana_commitment_config::CommitmentConfig::processed());
}

#[test]
fn monikers_are_those_of_the_solana_cli() {
    for (names, url) in [
        (["m", "mainnet-beta"], "https://api.mainnet-beta.solana.com"),
        (["t", "testnet"], "https://api.testnet.solana.com"),
        (["d", "devnet"], "https://api.devnet.solana.com"),
        (["l", "localhost"], "http://localhost:8899"),
    ] {
        assert_eq!(names.map(url_of), [url, url]);
    }
    assert_eq!(url_of("http://10.0.0.1:8899"), "http://10.0.0.1:8899");
}

#[test]
fn a_wrong_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Options { config: Some(folder.path().join("none.yml")), ..Options::default() };
    assert!(format!("{:#}", Settings::read(&missing).unwrap_err()).contains("none.yml"));
    for text in ["- no\n- map\n", "commitment: sometimes\n"] {
        let config = Some(written(folder.path(), text));
        assert!(Settings::read(&Options { config, ..Options::default() }).is_err(), "{text}");
    }
    let config = Some(written(folder.path(), "commitment: confirmed\n"));
    let settings = Settings::read(&Options { config, ..Options::default() }).unwrap();
    assert!(format!("{:#}", settings.node().unwrap_err()).contains("--url"));
}

/// A node's key is often in its URL: failures tell the host alone.
#[test]
fn a_failure_does_not_tell_the_nodes_key() {
    assert_eq!(
        printable("https://user:word@rpc.example.org:8899/v2/topsecret?key=topsecret"),
        "https://rpc.example.org:8899"
    );
    assert_eq!(printable("rpc.example.org/topsecret"), "rpc.example.org");
    for more in [&["--json"][..], &[]] {
        let output = Command::new(env!("CARGO_BIN_EXE_keel"))
            .args(["--url", "http://127.0.0.1:9/topsecret?api-key=topsecret", "markets"])
            .args(more)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(1), Vec::new()));
        assert!(!error.contains("topsecret") && error.contains("127.0.0.1:9"), "{error}");
    }
}
