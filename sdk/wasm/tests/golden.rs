//! The answers to files of requests, `golden/*.jsonl`, are the ones that the files have. The TypeScript SDK asks the
//! WebAssembly module the same requests and expects the same answers: so the machine's arithmetic, the module's and the
//! program's (which scenarios and the chain's own tests compare) are one.
//!
//! `KEEL_WRITE_GOLDEN=1 cargo test -p keel-wasm --test golden` writes the files anew; a change of an answer is a change of
//! the protocol, and shows in the review.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test that panics fails"
)]

mod exchange;

use std::fs;
use std::path::{Path, PathBuf};

use exchange::{Exchange, exchange, with_collateral};
use keel_sdk::address;
use keel_wasm::{Frame, Known, answer, compose};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use solana_pubkey::Pubkey;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An answer as a line tells it: the JSON, and a hash of each account that comes with it.
fn told(request: &Value, accounts: &[Known]) -> Map<String, Value> {
    let Frame { mut value, accounts } = Frame::parse(&answer(&compose(request, accounts))).unwrap();
    // Measured anew with every build of the program, and no arithmetic.
    if let Some(ready) = value.get_mut("ready").and_then(Value::as_object_mut) {
        ready.remove("units");
    }
    let hash = |data: &Option<Vec<u8>>| hex(&Sha256::digest(data.as_ref().unwrap()));
    let after = accounts.iter().map(|(place, data)| (place.to_string(), hash(data).into())).collect();
    [("answer".to_owned(), Value::Object(value)), ("after".to_owned(), Value::Object(after))].into_iter().collect()
}

fn requests(exchange: &Exchange) -> Vec<Value> {
    let now = json!({ "unix": exchange.now.unix, "slot": exchange.now.slot });
    let mut requests = vec![
        json!({ "ask": "errors" }),
        json!({ "ask": "quote", "kind": "pool", "now": now }),
        json!({ "ask": "scale", "value": "450005n", "exponent": -1 }),
        json!({ "ask": "scale", "value": "-1", "exponent": -1 }),
        json!({ "ask": "liquidity", "base": "1000000000n", "lower": -100, "upper": 100 }),
        json!({ "ask": "address", "of": "exchange" }),
        json!({ "ask": "address", "of": "priceFeed", "shard": 3, "feedId": "ab".repeat(32) }),
        json!({ "ask": "nothing" }),
        json!({ "ask": "quote", "kind": "trade", "now": now }),
        json!({ "ask": "quote", "kind": "health", "account": "5", "now": now }),
        json!({ "ask": "event", "data": "00" }),
    ];
    for (number, price) in &exchange.markets {
        for side in ["buy", "sell"] {
            requests.push(json!({ "ask": "quote", "kind": "funding", "market": number, "side": side, "now": now }));
        }
        for kind in ["payout", "depth"] {
            requests.push(json!({ "ask": "quote", "kind": kind, "market": number, "steps": 5, "now": now }));
        }
        requests.push(json!({ "ask": "instruction", "kind": "refresh", "market": number, "price": price.to_string() }));
        for (account, owner) in &exchange.holders {
            of_holder(&mut requests, (*number, price), (account, owner), &now);
        }
    }
    requests
}

fn of_holder(
    requests: &mut Vec<Value>,
    (market, price): (u16, &Pubkey),
    (account, owner): (&Pubkey, &Pubkey),
    now: &Value,
) {
    let (account, owner, price) = (account.to_string(), owner.to_string(), price.to_string());
    for kind in ["health", "initial", "liquidationPrice", "auction"] {
        requests.push(json!({ "ask": "quote", "kind": kind, "account": account, "market": market, "now": now }));
    }
    let amounts = ["1000n", "123456789n", "5000000000n", "4611686018427387904n"];
    for (side, amount) in ["buy", "sell"].into_iter().flat_map(|side| amounts.map(|amount| (side, amount))) {
        for exact in ["base", "quote"] {
            let trade = json!({
                "ask": "quote", "kind": "trade", "authority": owner, "account": account, "market": market, "price": price,
                "side": side, exact: amount, "ahead": 3, "now": now,
            });
            requests.push(trade);
        }
    }
    requests.push(json!({
        "ask": "instruction", "kind": "trade", "authority": owner, "account": account, "market": market, "price": price,
        "side": "buy", "base": 7, "limit": "12345678901234567n", "reduceOnly": true,
    }));
    for ask in ["quote", "instruction"] {
        requests.push(json!({
            "ask": ask, "kind": "addRange", "owner": owner, "account": account, "market": market, "price": price,
            "lower": -100, "upper": 100, "liquidity": "1000000000n", "now": now,
        }));
        requests.push(json!({
            "ask": ask, "kind": "removeRange", "owner": owner, "account": account, "slot": market - 1, "now": now,
        }));
    }
    requests.push(json!({
        "ask": "instruction", "kind": "placeOrder", "authority": owner, "account": account, "market": market, "number": 9,
        "order": "trigger", "side": "sell", "amount": "1000n", "below": "5000000000000000n", "reduceOnly": true, "tip": 5000,
    }));
    requests.push(json!({
        "ask": "instruction", "kind": "requestDeposit", "owner": owner, "account": account, "sharesAccount": owner,
        "amount": "1000000n", "tip": 5000,
    }));
}

/// What is asked about other collateral, liens and trades within a bound.
fn about_collateral(exchange: &Exchange) -> Vec<Value> {
    let now = json!({ "unix": exchange.now.unix, "slot": exchange.now.slot });
    let (market, price) = exchange.markets[0];
    let (lender, lends) = exchange.holders[3];
    let mut requests = Vec::new();
    for mint in exchange.mints.iter().map(ToString::to_string) {
        requests.push(json!({ "ask": "quote", "kind": "bank", "mint": mint, "now": now }));
        requests.push(json!({ "ask": "quote", "kind": "holding", "mint": mint, "amount": "12345678901n", "now": now }));
        let old = json!({ "unix": exchange.now.unix + 86_400, "slot": exchange.now.slot + 200_000 });
        requests.push(json!({ "ask": "quote", "kind": "bank", "mint": mint, "now": old }));
        requests.push(json!({ "ask": "instruction", "kind": "refreshBank", "mint": mint, "price": price.to_string() }));
        let rate = lender.to_string();
        requests.push(json!({ "ask": "instruction", "kind": "refreshBank", "mint": mint, "price": price.to_string(), "rate": rate }));
        for (account, owner) in &exchange.holders {
            let (account, owner) = (account.to_string(), owner.to_string());
            requests.push(json!({ "ask": "quote", "kind": "holding", "mint": mint, "account": account, "now": now }));
            for (ask, most) in [("quote", json!(null)), ("quote", json!("1000000000n")), ("instruction", json!("7n"))] {
                requests.push(json!({
                    "ask": ask, "kind": "buyCollateral", "owner": lends.to_string(), "buyer": lender.to_string(),
                    "account": account, "mint": mint, "most": most, "now": now,
                }));
            }
            for ask in ["quote", "instruction"] {
                requests.push(json!({
                    "ask": ask, "kind": "depositAndTrade", "authority": owner, "account": account, "market": market,
                    "price": price.to_string(), "side": "sell", "base": "100000000n", "mint": mint, "source": owner,
                    "deposit": "2000000000n", "now": now,
                }));
            }
            requests.push(json!({
                "ask": "instruction", "kind": "seize", "holder": lends.to_string(), "account": account,
                "receiver": lender.to_string(), "mint": mint, "amount": "5n",
            }));
        }
    }
    for (account, owner) in &exchange.holders {
        of_bounded(&mut requests, (market, &price), (account, owner), &now);
        let (account, owner, holder) = (account.to_string(), owner.to_string(), lends.to_string());
        requests.push(json!({ "ask": "instruction", "kind": "giveAccount", "owner": owner, "account": account, "newOwner": holder }));
        requests.push(json!({
            "ask": "instruction", "kind": "placeLien", "owner": owner, "account": account, "holder": holder,
            "floor": "2000000000n", "noticeSecs": 86_400,
        }));
        for withdraw in [true, false] {
            requests.push(json!({ "ask": "instruction", "kind": "callLien", "holder": holder, "account": account, "withdraw": withdraw }));
        }
        requests.push(json!({ "ask": "instruction", "kind": "releaseLien", "holder": holder, "account": account }));
    }
    requests
}

/// Trades within a bound and to a target, health and delta.
fn of_bounded(
    requests: &mut Vec<Value>,
    (market, price): (u16, &Pubkey),
    (account, owner): (&Pubkey, &Pubkey),
    now: &Value,
) {
    let (account, owner, price) = (account.to_string(), owner.to_string(), price.to_string());
    for kind in ["health", "initial", "delta", "liquidationPrice"] {
        requests.push(json!({ "ask": "quote", "kind": kind, "account": account, "market": market, "now": now }));
    }
    for (ask, bound) in [("quote", "0n"), ("quote", "1n"), ("quote", "900000000n"), ("instruction", "1n")] {
        for side in ["buy", "sell"] {
            requests.push(json!({
                "ask": ask, "kind": "tradeExact", "authority": owner, "account": account, "market": market, "price": price,
                "side": side, "base": "10000000n", "bound": bound, "now": now,
            }));
        }
    }
    for (ask, target) in [("quote", "0n"), ("quote", "300000000n"), ("quote", "-20000000n"), ("instruction", "0n")] {
        requests.push(json!({
            "ask": ask, "kind": "tradeTo", "authority": owner, "account": account, "market": market, "price": price,
            "target": target, "tolerance": "1000n", "ahead": 2, "now": now,
        }));
    }
}

#[test]
fn answers_are_those_of_the_file() {
    let exchange = exchange();
    let (ready, refused) = compared(&exchange, &requests(&exchange), ["accounts.json", "answers.jsonl"]);
    assert!(ready > 100 && refused > 20, "{ready} answers and {refused} refusals");
}

#[test]
fn answers_about_collateral_are_those_of_the_file() {
    let exchange = with_collateral();
    let files = ["collateral-accounts.json", "collateral-answers.jsonl"];
    let (ready, refused) = compared(&exchange, &about_collateral(&exchange), files);
    assert!(ready > 60 && refused > 20, "{ready} answers and {refused} refusals");
}

/// Asks, compares with both files, and tells how many were answered and how many refused.
fn compared(exchange: &Exchange, requests: &[Value], [state_file, answers_file]: [&str; 2]) -> (usize, usize) {
    let accounts: Vec<Value> =
        exchange.accounts.iter().map(|(place, data)| json!([place.to_string(), hex(data.as_ref().unwrap())])).collect();
    // What an answer still needs is not there: told so, it is answered.
    let mut lines = Vec::new();
    for request in requests {
        let mut known = exchange.accounts.clone();
        let mut line = told(request, &known);
        let mut absent = Vec::new();
        while let Some(Value::Array(needs)) = line["answer"].get("needs") {
            absent.extend(needs.iter().map(|address| address.as_str().unwrap().to_owned()));
            known.extend(needs.iter().map(|address| (address.as_str().unwrap().parse().unwrap(), None)));
            line = told(request, &known);
        }
        line.insert("request".to_owned(), request.clone());
        line.insert("absent".to_owned(), absent.into());
        lines.push(Value::Object(line).to_string());
    }
    let (answers, state) = (lines.join("\n") + "\n", json!(accounts).to_string() + "\n");
    if std::env::var_os("KEEL_WRITE_GOLDEN").is_some() {
        fs::write(file(answers_file), &answers).unwrap();
        fs::write(file(state_file), &state).unwrap();
    }
    assert_eq!(fs::read_to_string(file(state_file)).unwrap(), state, "the accounts that the requests are about");
    let golden = fs::read_to_string(file(answers_file)).unwrap();
    for (number, (golden, found)) in golden.lines().zip(&lines).enumerate() {
        assert_eq!(golden, found, "line {}", number + 1);
    }
    assert_eq!(golden.lines().count(), lines.len());
    let ready = lines.iter().filter(|line| line.contains("\"ready\"")).count();
    let refused = lines.iter().filter(|line| line.contains("\"refused\"")).count();
    (ready, refused)
}

#[test]
fn an_instruction_is_the_one_that_the_sdk_builds() {
    use keel_sdk::instructions::Withdraw;

    let exchange = exchange();
    let (account, owner) = exchange.holders[0];
    let bank = exchange.accounts.iter().find_map(|(_, data)| keel_sdk::accounts::decode(data.as_ref()?)).unwrap();
    let keel_engine::state::Bank { mint, .. } = bank;
    let mint = Pubkey::from(mint);
    let request = json!({
        "ask": "instruction", "kind": "withdraw", "owner": owner.to_string(), "account": account.to_string(),
        "mint": mint.to_string(), "destination": owner.to_string(), "amount": "18446744073709551615n",
    });
    let line = told(&request, &exchange.accounts);
    let mut known = keel_sdk::chain::Gathering::new();
    exchange.accounts.iter().for_each(|(place, data)| known.put(*place, data.clone()));
    let built = Withdraw { owner, account, mint, destination: owner, amount: u64::MAX }.instruction(&known).unwrap();
    let metas: Vec<Value> = built
        .accounts
        .iter()
        .map(|meta| {
            json!({ "address": meta.pubkey.to_string(), "signer": meta.is_signer, "writable": meta.is_writable })
        })
        .collect();
    let ready = &line["answer"]["ready"];
    assert_eq!(ready["accounts"], Value::Array(metas));
    assert_eq!(ready["data"], hex(&built.data));
    assert_eq!(ready["program"], address::PROGRAM_ID.to_string());
}
