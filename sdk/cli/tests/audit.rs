//! `keel audit` on a played scenario and on accounts in a file; it finds what is wrong in them.

use std::path::{Path, PathBuf};
use std::process::Command;

use keel_sdk::accounts::DISCRIMINATOR_LEN;
use keel_simulator::dump;

fn audit(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_keel")).arg("audit").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios").join(name).display().to_string()
}

fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_scenario_and_the_accounts_that_it_leaves() {
    let saved = temporary("crash-accounts.json");
    let saved = saved.to_str().unwrap();
    let (code, played, error) = audit(&[&example("crash.json"), "--save", saved]);
    assert_eq!((code, error), (Some(0), String::new()));
    assert!(played.contains("holds   unsettled value + claims + surplus = pot + written-off losses"), "{played}");
    assert!(played.contains(" 0 gaps;") && played.contains(" 0 uncertain"), "{played}");

    // From the accounts alone the same, without what only events tell.
    let (code, from_accounts, error) = audit(&["--accounts", saved]);
    assert_eq!((code, error), (Some(0), String::new()));
    assert!(played.starts_with(&from_accounts) && from_accounts.lines().count() > 15, "{from_accounts}");
}

#[test]
fn one_wrong_byte_is_found() {
    let (right, wrong) = (temporary("right.json"), temporary("wrong.json"));
    let (code, ..) = audit(&[&example("crash.json"), "--save", right.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    let text = std::fs::read_to_string(&right).unwrap();
    // A dollar more in the first deposit of the first margin account.
    let books = dump::read(&text).unwrap();
    let (address, account) = books.accounts.iter().find(|(_, account)| account.usdc() > 0).unwrap();
    let capital = DISCRIMINATOR_LEN + std::mem::offset_of!(keel_engine::state::MarginAccount, capital);
    let mut list: serde_json::Value = serde_json::from_str(&text).unwrap();
    let item = list.as_array_mut().unwrap().iter_mut().find(|item| item["pubkey"] == address.to_string()).unwrap();
    let mut data = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        item["account"]["data"][0].as_str().unwrap(),
    )
    .unwrap();
    data[capital..capital + 8].copy_from_slice(&(account.usdc() + 1_000_000).to_le_bytes());
    item["account"]["data"][0] = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, data).into();
    std::fs::write(&wrong, list.to_string()).unwrap();
    let (code, out, _) = audit(&["--accounts", wrong.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(
        out.contains("BROKEN  capital + pots + insurance + treasury + queued + the pool's = booked tokens"),
        "{out}"
    );
    assert!(out.contains("off by 1000000"), "{out}");
    let (code, out, _) = audit(&["--json", "--accounts", wrong.to_str().unwrap()]);
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    let equality = "capital + pots + insurance + treasury + queued + the pool's = booked tokens";
    let broken = &told["equalities"][equality]["broken"];
    assert_eq!((code, broken.as_array().map(Vec::len)), (Some(1), Some(1)));
}

#[test]
fn what_is_no_list_of_accounts_is_told() {
    let path = temporary("strange.json");
    let said = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let (code, _, error) = audit(&["--accounts", path.to_str().unwrap()]);
        assert_eq!(code, Some(1));
        error
    };
    assert!(said("nothing").contains("the file holds no JSON"));
    assert!(said("{}").contains("the file holds no list of accounts"));
    assert!(said("[]").contains("none of the 0 accounts is of the program"));
    assert!(said(r#"[{"pubkey": 1}]"#).contains("account 0 of the list: `pubkey` is missing"));
    let raw = r#"{"result":[{"pubkey":"11111111111111111111111111111111","account":{"owner":"11111111111111111111111111111111","data":["","base58"]}}]}"#;
    assert!(said(raw).contains("ask the node for that encoding"));
    // A node's own answer without the vault's account.
    let saved = temporary("without-vault.json");
    audit(&[&example("crash.json"), "--save", saved.to_str().unwrap()]);
    let list: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(&saved).unwrap()).unwrap();
    let ours = list.into_iter().filter(|item| item["account"]["owner"] == keel_sdk::PROGRAM_ID.to_string());
    let answer = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "result": ours.collect::<Vec<_>>() });
    assert!(said(&answer.to_string()).contains("is not in the list: add that account"));
}
