//! `keel-localnet` as a process: what it prints, what it obeys, how it ends.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use solana_keypair::Keypair;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer;

fn localnet(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_keel-localnet"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn terminate(child: &Child) {
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
}

/// The exit code, within ten seconds.
fn ended(child: &mut Child) -> Option<i32> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    panic!("it did not end");
}

#[test]
fn one_line_tells_all_and_a_signal_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let mut child = localnet(&["--port", "0", "--json", "--stdin", "--keys", keys.to_str().unwrap()]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    println!("ready in {} ms", ready["ready_ms"]);
    let rpc = RpcClient::new(ready["rpc_url"].as_str().unwrap().to_owned());
    assert_eq!(rpc.get_genesis_hash().unwrap().to_string(), ready["genesis_hash"].as_str().unwrap());
    assert_eq!(ready["markets"].as_array().unwrap().len(), 5);
    assert_eq!(ready["keys"].as_array().unwrap().len(), 9);
    for key in ready["keys"].as_array().unwrap() {
        let path = key["file"].as_str().unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
        let bytes: Vec<u8> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let read = Keypair::try_from(bytes.as_slice()).unwrap();
        assert_eq!(read.pubkey().to_string(), key["address"].as_str().unwrap());
    }

    let mut stdin = child.stdin.take().unwrap();
    let mut obeyed = |line: &str| {
        writeln!(stdin, "{line}").unwrap();
        lines.next().unwrap().unwrap()
    };
    assert_eq!(obeyed("price BTC 45000"), "ok");
    assert_eq!(obeyed("price BTC -30% 20s"), "ok");
    assert_eq!(obeyed("advance 20"), "ok");
    assert!(obeyed("price BTC much").starts_with("error: `much`"));
    assert!(obeyed("sing").starts_with("error: `sing` is none of"));

    terminate(&child);
    assert_eq!(ended(&mut child), Some(0));

    // The next one takes the keys that are there.
    let mut again = localnet(&["--port", "0", "--json", "--bare", "--stdin", "--keys", keys.to_str().unwrap()]);
    let mut lines = BufReader::new(again.stdout.take().unwrap()).lines();
    let second: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(second["mint"], ready["mint"]);
    assert_ne!(second["genesis_hash"], ready["genesis_hash"]);
    writeln!(again.stdin.as_mut().unwrap(), "stop").unwrap();
    assert_eq!(ended(&mut again), Some(0));
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_left_behind() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = localnet(&["--port", &port, "--ws-port", "0", "--bare"]).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains(&format!("{port} is in use")));

    let refused = localnet(&["--port", "0", "--program", "/nowhere/keel.so"]).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no program at /nowhere/keel.so"));

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("admin.json"), "[]").unwrap();
    std::fs::set_permissions(folder.path().join("admin.json"), PermissionsExt::from_mode(0o644)).unwrap();
    let keys = folder.path().to_str().unwrap();
    let refused = localnet(&["--port", "0", "--bare", "--keys", keys]).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("others may read"));
}

#[test]
fn keys_of_its_own_are_gone_when_it_is() {
    let mut child = localnet(&["--port", "0", "--json", "--bare"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let file = std::path::PathBuf::from(ready["keys"][0]["file"].as_str().unwrap());
    assert!(file.exists());
    terminate(&child);
    assert_eq!(ended(&mut child), Some(0));
    assert!(!file.parent().unwrap().exists());
}
