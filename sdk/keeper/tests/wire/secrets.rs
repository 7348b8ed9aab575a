//! Keys and addresses with keys in them are never printed, and a key that others may read is not used.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use keel_client::keys::{KeyError, load, load_beside};
use keel_keeper::config::Config;
use keel_keeper::secret::{Address, Secret};
use solana_keypair::Keypair;
use solana_signer::Signer;

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", Secret::new("hush")), "(redacted)");
    for url in ["https://rpc.example.com/v1/hush?key=hush", "wss://hush@rpc.example.com/#hush"] {
        let address = Address::new(url);
        for shown in [format!("{address:?}"), format!("{address}"), address.host().to_owned()] {
            assert!(shown.contains("rpc.example.com") && !shown.contains("hush"), "{shown}");
        }
        assert_eq!(address.reveal(), url);
    }
    let text = "keypair = \"k\"\n[[endpoints]]\nhttp = \"https://rpc.example.com/hush\"\nws = \"wss://a/hush\"\n\
                [prices]\nsource = \"hermes\"\nhermes = \"https://h/?hush\"\nhermes_key = \"hush\"\n";
    let config = Config::parse(text).unwrap();
    let shown = format!("{config:?} {:?}", config.clone().check().unwrap());
    assert!(!shown.contains("hush"), "{shown}");
    let error = Config::parse("keypair = \"k\"\nhermes_key = \"hush\"\n").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hush"), "{error}");
}

#[test]
fn key_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    let key = Keypair::new();
    let content = format!("{:?}", key.to_bytes());
    fs::write(&path, &content).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = load(&path).unwrap_err();
        assert!(matches!(error, KeyError::Exposed { .. }), "{mode:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(load(&path).unwrap().pubkey(), key.pubkey());
    }
    // As the service manager hands it to a unit: readable by an access list, which shows as the group.
    for (mode, is_taken) in [(0o440, true), (0o400, true), (0o460, false), (0o444, false)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(load_beside(&path, Some(folder.path())).is_ok(), is_taken, "{mode:o}");
        assert!(mode == 0o400 || load_beside(&path, None).is_err());
    }
}

#[test]
fn a_bad_key_is_named_by_its_path_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    assert!(matches!(load(&path).unwrap_err(), KeyError::Unreadable { .. }));
    for content in ["[1,2,3]", "hush", "[999]", ""] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = load(&path).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { .. }), "{content}");
        assert!(!format!("{error}{error:?}").contains("hush"));
    }
}
