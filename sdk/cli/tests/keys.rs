//! Key files are kept from others, and what is in them is kept to itself.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use keel_cli::options::Secret;
use keel_client::keys::load;
use solana_keypair::Keypair;
use solana_signer::Signer;

fn written(folder: &Path, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(format!("key-{mode:o}.json"));
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn text(key: &Keypair) -> String {
    format!("{:?}", key.to_bytes())
}

#[test]
fn key_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let key = Keypair::new();
    for mode in [0o600, 0o400, 0o700] {
        assert_eq!(load(&written(folder.path(), &text(&key), mode)).unwrap().pubkey(), key.pubkey());
    }
    for mode in [0o644, 0o640, 0o604, 0o660, 0o622, 0o777, 0o601] {
        let path = written(folder.path(), &text(&key), mode);
        let error = format!("{:#}", load(&path).unwrap_err());
        assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
        assert!(error.contains(&format!("mode {mode:03o}")), "{error}");
    }
}

#[test]
fn what_is_no_key_is_told_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let key = Keypair::new();
    let bytes = key.to_bytes();
    // One number short, one number wrong, another's public half, words.
    let short = format!("{:?}", &bytes[..63]);
    let wrong = text(&key).replacen('[', "[777", 1);
    let mut bent = bytes;
    bent[40] ^= 1;
    for text in [short, wrong, format!("{bent:?}"), "my secret words".to_owned(), String::new()] {
        let error = format!("{:#} {:?}", load(&written(folder.path(), &text, 0o600)).unwrap_err(), 0);
        assert!(error.contains("holds no key"), "{error}");
        assert!(
            !error.contains("secret")
                && !error.contains(&bytes[5..8].iter().map(u8::to_string).collect::<Vec<_>>().join(", "))
        );
    }
    assert!(format!("{:#}", load(Path::new("no/such/key.json")).unwrap_err()).contains("solana-keygen"));
    assert!(format!("{:#}", load(Path::new("usb://ledger")).unwrap_err()).contains("hardware wallet"));
}

/// The key as somebody could find it in an output: its numbers, its base58, its hexadecimal digits.
fn is_told(output: &str, key: &Keypair) -> bool {
    let secret = key.to_bytes();
    let hexadecimal: String = secret[..32].iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers = |separator: &str| secret[..4].iter().map(u8::to_string).collect::<Vec<_>>().join(separator);
    [numbers(", "), numbers(","), key.to_base58_string(), hexadecimal].iter().any(|form| output.contains(form))
}

#[test]
fn never_prints_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = Keypair::new();
    assert!(is_told(&text(&key), &key) && is_told(&key.to_base58_string(), &key), "the test would find it");
    let (good, open) = (written(folder.path(), &text(&key), 0o600), written(folder.path(), &text(&key), 0o644));
    let broken = written(folder.path(), &format!("{}x", text(&key)), 0o400);
    for path in [good, open, broken] {
        for command in [
            &["account", "open", "--yes"][..],
            &["deposit", "5", "--yes", "--json"],
            &["trade", "long", "BTC", "1", "--yes", "--price-source", "hermes", "--hermes-key", "hermessecret"],
            &["health", "--json"],
            &["--help"],
        ] {
            let output = Command::new(env!("CARGO_BIN_EXE_keel"))
                .args(["--url", "http://127.0.0.1:9", "--keypair", path.to_str().unwrap()])
                .args(command)
                .env("RUST_LOG", "trace")
                .env("RUST_BACKTRACE", "full")
                .env("KEEL_HERMES_KEY", "hermessecret")
                .output()
                .unwrap();
            let all = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
            assert!(!is_told(&all, &key) && !all.contains("hermessecret"), "{command:?}: {all}");
        }
    }
    let secret: Secret = "hermessecret".parse().unwrap();
    assert_eq!((format!("{secret:?}").as_str(), secret.reveal()), ("***", "hermessecret"));
    assert!(!is_told(&format!("{key:?}"), &key));
}
