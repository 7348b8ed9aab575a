//! A recorded update of Pyth's web service becomes the instructions that the Rust SDK builds of it, and what is no update is
//! refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test that panics fails"
)]

#[allow(dead_code, reason = "each test looks at a part of it")]
mod exchange;

use exchange::exchange;
use keel_engine::state::Market;
use keel_sdk::accounts::{decode, encode};
use keel_sdk::address;
use keel_sdk::hermes::{PostUpdateAtomic, Receiver, ReclaimRent, Update};
use keel_wasm::{Frame, Known, answer, compose};
use serde_json::{Map, Value, json};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

const RECORDED: &str = include_str!("../../rust/tests/hermes/recorded.hex");
/// The feed of the recorded update, and who signed it.
const FEED: &str = "879551021853eec7a7dc827578e8e69da7e4fa8148339aa0d3d5296405be4b1a";
const GUARDIAN_SET: u32 = 4;
const GUARDIANS: u32 = 19;
const PAYER: Pubkey = Pubkey::new_from_array([3; 32]);
const PRICE: Pubkey = Pubkey::new_from_array([4; 32]);

fn bytes(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The market with the recorded feed, and the set of guardians that signed it.
fn accounts() -> Vec<Known> {
    let place = address::market(1);
    let listed = exchange().accounts.into_iter().find(|(address, _)| *address == place).unwrap().1.unwrap();
    let mut market: Market = decode(&listed).unwrap();
    market.feed_id = bytes(FEED).try_into().unwrap();
    market.price_owner = Receiver::CORE.program.to_bytes();
    let mut set = [GUARDIAN_SET.to_le_bytes(), GUARDIANS.to_le_bytes()].concat();
    set.extend((0..GUARDIANS).flat_map(|_| [9; 20]));
    vec![(place, Some(encode(&market))), (Receiver::CORE.guardian_set(GUARDIAN_SET), Some(set))]
}

fn ask(updates: &[String], accounts: &[Known]) -> Map<String, Value> {
    let (payer, price) = (PAYER.to_string(), PRICE.to_string());
    let request = json!({ "ask": "update", "updates": updates, "market": 1, "payer": payer, "price": price });
    Frame::parse(&answer(&compose(&request, accounts))).unwrap().value
}

fn assert_is(told: &Value, built: &Instruction) {
    assert_eq!(told["program"], built.program_id.to_string());
    assert_eq!(told["data"], hex(&built.data));
    let metas = built.accounts.iter().map(
        |meta| json!({ "address": meta.pubkey.to_string(), "signer": meta.is_signer, "writable": meta.is_writable }),
    );
    assert_eq!(told["accounts"], metas.collect::<Value>());
}

#[test]
fn an_update_is_posted_as_the_sdk_posts_it() {
    let told = ask(&[hex(&bytes(RECORDED))], &accounts());
    let told = &told["ready"];
    assert_eq!(
        (&told["sample"]["price"], &told["sample"]["publishTime"]),
        (&json!("960310184n"), &json!("1743631834n"))
    );
    let update = Update::parse(&bytes(RECORDED)).unwrap();
    let message = update.price(&bytes(FEED).try_into().unwrap()).unwrap().1.clone();
    let receiver = Receiver::CORE;
    let vaa = update.vaa.trimmed(receiver.quorum(19));
    let post = PostUpdateAtomic { receiver, payer: PAYER, price: PRICE, vaa, message, treasury: 0 };
    assert_is(&told["post"], &post.instruction().unwrap());
    assert_is(&told["reclaim"], &ReclaimRent { receiver, payer: PAYER, price: PRICE }.instruction());
}

#[test]
fn who_signed_it_must_be_known() {
    let accounts = accounts();
    let recorded = hex(&bytes(RECORDED));
    let set = accounts[1].0.to_string();
    assert_eq!(ask(std::slice::from_ref(&recorded), &accounts[..1])["needs"], json!([set]));
    let unknown = [accounts[0].clone(), (accounts[1].0, None)];
    let told = ask(&[recorded], &unknown);
    assert_eq!((&told["refused"]["kind"], &told["refused"]["address"]), (&json!("missing"), &json!(set)));
}

#[test]
fn what_is_no_update_of_the_feed_is_refused() {
    let accounts = accounts();
    let recorded = hex(&bytes(RECORDED));
    let mut other = accounts.clone();
    let mut market: Market = decode(other[0].1.as_ref().unwrap()).unwrap();
    market.feed_id = [1; 32];
    other[0].1 = Some(encode(&market));
    let cut = recorded[..recorded.len() - 2].to_owned();
    for (updates, accounts) in
        [(vec![recorded], &other), (vec![cut], &accounts), (vec!["00".to_owned()], &accounts), (vec![], &accounts)]
    {
        let told = ask(&updates, accounts);
        assert_eq!(told["refused"]["kind"], "update", "{updates:?}: {told:?}");
        assert!(told["refused"]["message"].as_str().unwrap().contains(':'), "it says what to do");
    }
}
