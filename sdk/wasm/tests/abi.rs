//! The module's own memory, and requests that are wrong: no bytes make it panic, and each is told what is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test that panics fails"
)]
#![allow(unsafe_code, reason = "the other side of the exports")]

#[allow(dead_code, reason = "each test looks at a part of it")]
mod exchange;

use exchange::exchange;
use keel_wasm::abi::{keel_allocate, keel_answer, keel_free};
use keel_wasm::{Frame, Known, answer, compose};
use serde_json::{Value, json};

/// Through the exports, as another language calls them.
fn through(request: &[u8]) -> Vec<u8> {
    unsafe {
        let block = keel_allocate(u32::try_from(request.len()).unwrap());
        std::ptr::copy_nonoverlapping(request.as_ptr(), block.add(4), request.len());
        let told = keel_answer(block);
        keel_free(block);
        let mut length = [0; 4];
        std::ptr::copy_nonoverlapping(told, length.as_mut_ptr(), 4);
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap();
        let bytes = std::slice::from_raw_parts(told.add(4), length).to_vec();
        keel_free(told);
        bytes
    }
}

fn refusal(request: &Value, accounts: &[Known]) -> Value {
    let frame = Frame::parse(&answer(&compose(request, accounts))).unwrap();
    frame.value.get("refused").unwrap_or_else(|| panic!("{request}: {:?}", frame.value)).clone()
}

#[test]
fn the_exports_give_what_the_function_gives() {
    let exchange = exchange();
    let (account, _) = exchange.holders[0];
    let now = json!({ "unix": exchange.now.unix, "slot": exchange.now.slot });
    let request = json!({ "ask": "quote", "kind": "health", "account": account.to_string(), "now": now });
    let request = compose(&request, &exchange.accounts);
    let told = through(&request);
    assert_eq!(told, answer(&request));
    assert!(Frame::parse(&told).unwrap().value.contains_key("ready"));
    assert_eq!(through(&[]), answer(&[]));
}

#[test]
fn bytes_that_are_cut_off_are_refused_by_a_sentence() {
    let exchange = exchange();
    let request = compose(&json!({ "ask": "version" }), &exchange.accounts[..2]);
    let whole: Vec<usize> = {
        // Where an account ends, the frame could end.
        let json = 4 + usize::try_from(u32::from_le_bytes(request[..4].try_into().unwrap())).unwrap();
        let first = json + 36 + exchange.accounts[0].1.as_ref().unwrap().len();
        vec![json, first, request.len()]
    };
    for end in 0..=request.len() {
        let frame = Frame::parse(&answer(&request[..end])).unwrap();
        let refused = frame.value.get("refused");
        assert_eq!(refused.is_none(), whole.contains(&end), "{end}: {frame:?}");
        assert!(refused.is_none_or(|refused| refused["kind"] == "request"), "{refused:?}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let exchange = exchange();
    let (account, owner) = exchange.holders[4];
    let (market, price) = exchange.markets[0];
    let now = json!({ "unix": exchange.now.unix, "slot": exchange.now.slot });
    let request = json!({
        "ask": "quote", "kind": "trade", "authority": owner.to_string(), "account": account.to_string(), "market": market,
        "price": price.to_string(), "side": "sell", "base": 1_000_000, "now": now,
    });
    let good = compose(&request, &exchange.accounts);
    assert!(Frame::parse(&answer(&good)).unwrap().value.contains_key("ready"));
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..2_000 {
        let mut bent = good.clone();
        for _ in 0..=random() % 8 {
            let at = usize::try_from(random()).unwrap() % bent.len();
            bent[at] = u8::try_from(random() % 256).unwrap();
        }
        // Whatever it says, it is an answer.
        let told = Frame::parse(&answer(&bent)).unwrap().value;
        assert!(["ready", "needs", "refused"].iter().any(|name| told.contains_key(*name)), "{told:?}");
    }
}

#[test]
fn what_is_wrong_with_an_account_is_told() {
    let exchange = exchange();
    let (account, _) = exchange.holders[0];
    let now = json!({ "unix": exchange.now.unix, "slot": exchange.now.slot });
    let health = json!({ "ask": "quote", "kind": "health", "account": account.to_string(), "now": now });
    let with = |data: Option<Vec<u8>>| {
        let mut accounts = exchange.accounts.clone();
        accounts.iter_mut().find(|(place, _)| *place == account).unwrap().1 = data;
        refusal(&health, &accounts)
    };
    let data = exchange.accounts.iter().find(|(place, _)| *place == account).unwrap().1.clone().unwrap();
    assert_eq!(with(None)["kind"], "missing");
    assert_eq!(with(None)["address"], account.to_string());
    for wrong in [vec![], data[..7].to_vec(), data[..data.len() - 1].to_vec(), [&data[..], &[0]].concat()] {
        let told = with(Some(wrong));
        assert_eq!((told["kind"].as_str(), told["address"].as_str()), (Some("wrongKind"), Some(&*account.to_string())));
    }
    let mut other = data.clone();
    other[0] ^= 1;
    assert_eq!(with(Some(other))["kind"], "wrongKind");
}

#[test]
fn what_is_wrong_with_a_field_is_told_by_name() {
    let sentences = [
        (json!({}), "`ask` is missing"),
        (json!({ "ask": 1 }), "`ask` is 1"),
        (json!({ "ask": "quote", "kind": "health" }), "`now` is missing"),
        (json!({ "ask": "quote", "kind": "health", "now": { "unix": "x", "slot": 1 } }), "`unix` is \"x\""),
        (json!({ "ask": "address", "of": "market", "market": 65_536 }), "`market` is 65536"),
        (json!({ "ask": "address", "of": "market", "market": -1 }), "`market` is -1"),
        (json!({ "ask": "address", "of": "market", "market": 1.5 }), "`market` is 1.5"),
        (json!({ "ask": "address", "of": "bank", "mint": "0" }), "`mint` is \"0\""),
        (json!({ "ask": "event", "data": "abc" }), "`data` is \"abc\""),
        (json!({ "ask": "event", "data": "äb" }), "`data` is"),
    ];
    for (request, sentence) in sentences {
        let told = refusal(&request, &[]);
        assert_eq!(told["kind"], "request");
        assert!(told["message"].as_str().unwrap().starts_with(sentence), "{told}");
    }
}
