//! The program of docs/composing.md on a local network: put there, and called over RPC.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use keel_client::SendOptions;
use keel_engine::Side;
use keel_network_tests::{Network, Person, dollars};
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM};
use keel_sdk::instructions::Deposit;
use keel_sdk::path::{self, Reach};
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const FIRST: Pubkey = Pubkey::from_str_const("First11111111111111111111111111111111111111");
const BTC: u16 = 1;

/// A call of the network's own, past what clients have methods for.
fn ask(url: &str, method: &str, params: serde_json::Value) -> Result<String> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let body = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn it_opens_an_account_and_trades_over_rpc() -> Result<()> {
    let network = Network::start(&["--prices", "fixed"])?;
    let client = network.client()?;
    let mint = network.mint()?;
    let provider = Person::new(&client, network.key("lp")?, mint, 0);
    provider.open(dollars(1_000_000))?;
    provider.add_range(BTC, 300, dollars(1_000_000))?;

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy/first.so");
    let program = std::fs::read(path).context("the program is not built: `cargo xtask build first` does it")?;
    let hex: String = program.iter().map(|byte| format!("{byte:02x}")).collect();
    let account = serde_json::json!({
        "lamports": 10_000_000_000u64, "data": hex, "owner": "BPFLoader2111111111111111111111111111111111", "executable": true
    });
    let answer = ask(&network.ready.rpc_url, "surfnet_setAccount", serde_json::json!([FIRST.to_string(), account]))?;
    ensure!(answer.contains("\"result\""), "{answer}");

    let alice = Person::new(&client, network.key("alice")?, mint, 0);
    let (owner, _) = Pubkey::find_program_address(&[b"owner"], &FIRST);
    let account = address::margin_account(&owner, 0);
    let accounts = vec![
        AccountMeta::new(alice.key.pubkey(), true),
        AccountMeta::new_readonly(owner, false),
        AccountMeta::new(account, false),
        AccountMeta::new_readonly(PROGRAM_ID, false),
        AccountMeta::new_readonly(SYSTEM_PROGRAM, false),
    ];
    alice.send(&[Instruction { program_id: FIRST, accounts, data: vec![0] }])?;
    let source = address::token_account(&alice.key.pubkey(), &mint);
    let deposit = Deposit { authority: alice.key.pubkey(), account, mint, source, amount: dollars(10_000) };
    alice.send(&[client.gather(|accounts| deposit.instruction(accounts))?])?;

    let price = alice.price(BTC)?;
    let mut accounts = vec![
        AccountMeta::new_readonly(owner, false),
        AccountMeta::new(account, false),
        AccountMeta::new(address::market(BTC), false),
        AccountMeta::new_readonly(price.account, false),
        AccountMeta::new_readonly(PROGRAM_ID, false),
    ];
    let arrays = path::arrays(&client.market(BTC)?, Side::Buy, Reach::default());
    accounts.extend(arrays.into_iter().map(|index| AccountMeta::new(address::tick_array(BTC, index), false)));
    let data = [vec![1, 0], 10_000_000u64.to_le_bytes().to_vec()].concat();
    let trade = Instruction { program_id: FIRST, accounts, data };
    let options = SendOptions { compute_units: Some(60_000), ..SendOptions::default() };
    client.send_priced(&[trade], &price, &[&alice.key], &options)?;
    let (state, _) = client.margin_account(&account)?;
    let position = state.position(BTC).ok().context("no position")?;
    ensure!(position.base == 10_000_000, "{position:?}");
    network.stop()
}
