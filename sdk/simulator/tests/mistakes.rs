//! A mistake in a scenario is told with its line and with what is allowed.

use keel_simulator::scenario::Scenario;

/// Lines 1 to 3 of every text here.
const HEAD: &str = r#"{ "markets": [ { "name": "BTC", "launch_price": "20000" } ],
  "accounts": { "alice": { "deposit": "100" }, "bob": {} },
  "steps": [
"#;

#[track_caller]
fn refused(text: &str, line: usize, parts: &[&str]) {
    let mistake = Scenario::parse("some.json", "".as_ref(), text).unwrap_err();
    let shown = mistake.to_string();
    assert_eq!(mistake.line, line, "{shown}");
    assert!(shown.starts_with(&format!("some.json:{line}: ")), "{shown}");
    for part in parts {
        assert!(shown.contains(part), "{shown} does not say {part}");
    }
}

/// A step on line 5, after a good one.
#[track_caller]
fn step_refused(step: &str, parts: &[&str]) {
    let first = r#"{ "at": 7, "do": "refresh", "market": "BTC" },"#;
    refused(&format!("{HEAD}{first}\n{step}\n]}}"), 5, parts);
}

#[test]
fn accounts() {
    let file = |account: &str| {
        format!(
            "{{ \"markets\": [ {{ \"name\": \"BTC\", \"launch_price\": \"20000\" }} ],\n\"accounts\": {{ \"alice\": {{}},\n\"bob\": {account} }}, \"steps\": [] }}"
        )
    };
    refused(&file(r#"{ "owner": "carl" }"#), 3, &["no account `carl` further up"]);
    refused(&file(r#"{ "owner": "bob" }"#), 3, &["no account `bob` further up"]);
    refused(&file(r#"{ "owner": 7 }"#), 3, &["the name of an account"]);
    refused(&file(r#"{ "isolated": "SOL" }"#), 3, &["no market `SOL`", "there are BTC"]);
    refused(&file(r#"{ "sub": 1 }"#), 3, &["does not take `sub`", "deposit, owner, isolated"]);
}

#[test]
fn steps() {
    step_refused(r#"{ "at": 6, "do": "refresh", "market": "BTC" }"#, &["goes back from 7 to 6"]);
    step_refused(r#"{ "at": 7, "do": "buy" }"#, &["no action `buy`", "trade", "liquidate_on_curve"]);
    step_refused(r#"{ "at": 7 }"#, &["a step needs `do`"]);
    step_refused(r#"{ "do": "refresh", "market": "BTC" }"#, &["`refresh` needs `at`"]);
    step_refused(r#"{ "at": 7, "do": "refresh" }"#, &["`refresh` needs `market`"]);
    step_refused(r#"{ "at": 7, "do": "refresh", "market": "SOL" }"#, &["no market `SOL`", "there are BTC"]);
    let takes = "it takes at, do, expect, market";
    step_refused(r#"{ "at": 7, "do": "refresh", "market": "BTC", "who": "bob" }"#, &["does not take `who`", takes]);
    step_refused(r#"{ "at": 7, "at": 8, "do": "refresh", "market": "BTC" }"#, &["`at` is given twice"]);
    let trade = |rest: &str| format!(r#"{{ "at": 7, "do": "trade", "who": "alice", "market": "BTC", {rest} }}"#);
    step_refused(&trade(r#""limit": "1""#), &["exactly one of `base` and `quote`"]);
    step_refused(&trade(r#""base": "1", "quote": "1""#), &["exactly one of `base` and `quote`"]);
    step_refused(&trade(r#""base": "1,5""#), &["`1,5` is no amount", "12.5"]);
    step_refused(&trade(r#""base": 1.5"#), &["in a string", "1.5"]);
    step_refused(&trade(r#""base": "0.1234567891""#), &["too precise", "9 decimals"]);
    step_refused(&trade(r#""quote": "0.1234567""#), &["too precise", "6 decimals"]);
    step_refused(&trade(r#""base": "99999999999""#), &["too large"]);
    step_refused(&trade(r#""base": "1", "limit": "-1""#), &["negative"]);
    step_refused(&trade(r#""base": "1", "limit": "0""#), &["nothing can be bought"]);
    step_refused(&trade(r#""base": "1", "reduce_only": 1"#), &["true or false"]);
    step_refused(&trade(r#""base": "1", "expect": "Nope""#), &["no error `Nope`", "docs/errors.md"]);
    let who = r#"{ "at": 7, "do": "deposit", "who": "carl", "amount": "1" }"#;
    step_refused(who, &["no account `carl`", "alice, bob"]);
    step_refused(r#"{ "at": 7, "do": "deposit", "who": "bob", "amount": "-1" }"#, &["not be negative"]);
    let cancel = |rest: &str| format!(r#"{{ "at": 7, "do": "cancel_withdrawal", "who": "bob", {rest} }}"#);
    step_refused(&cancel(r#""ticket": -1"#), &["from 0 to"]);
    step_refused(&cancel(r#""ticket": "1""#), &["a whole number"]);
    let transfer = r#"{ "at": 7, "do": "transfer", "who": "alice", "to": "carl", "amount": "1" }"#;
    step_refused(transfer, &["no account `carl`", "alice, bob"]);
    step_refused(r#"{ "at": 7, "do": "transfer", "who": "bob", "amount": "1" }"#, &["`transfer` needs `to`"]);
    let range = |rest: &str| format!(r#"{{ "at": 7, "do": "remove_range", "who": "bob", "market": "BTC", {rest} }}"#);
    step_refused(&range(r#""lower": 1"#), &["`lower` and `upper` together"]);
    step_refused(&range(r#""lower": 1, "upper": 2, "slot": 0"#), &["not both"]);
    step_refused(&range(r#""slot": 8"#), &["from 0 to 7"]);
    let add =
        r#"{ "at": 7, "do": "add_range", "who": "bob", "market": "BTC", "lower": 0, "upper": 2, "liquidity": "1.5" }"#;
    step_refused(add, &["whole number"]);
    let price = r#"{ "at": 7, "do": "price", "market": "BTC", "price": "1.0000000000001" }"#;
    step_refused(price, &["too precise", "12 decimals"]);
    let price = r#"{ "at": 7, "do": "price", "market": "BTC", "price": "99999999.000000000001" }"#;
    step_refused(price, &["64 bits"]);
    let price = r#"{ "at": 7, "do": "price", "market": "BTC", "price": "1", "conf": "-1" }"#;
    step_refused(price, &["`conf` must not be negative"]);
    // A keeper is nobody's account in the file.
    let first = r#"{ "at": 7, "do": "begin_liquidation", "who": "bob", "by": "carl" },"#;
    refused(&format!("{HEAD}{first}\n{who}]}}"), 5, &["no account `carl`"]);
}

#[test]
fn a_mistake_inside_a_long_step_has_its_own_line() {
    let text = format!(
        "{HEAD}{{ \"at\": 0,\n\"do\": \"trade\",\n\"who\": \"alice\",\n\"market\": \"BTC\",\n\"base\": \"x\" }}]}}"
    );
    refused(&text, 8, &["`x` is no amount"]);
}

#[test]
fn the_file() {
    refused("", 1, &["not JSON"]);
    refused("{\n\"steps\": [],\n}", 3, &["not JSON"]);
    refused("{}", 1, &["a scenario needs `markets`"]);
    refused("[1]", 1, &["a scenario, which is an object"]);
    refused("{\"markets\": [],\n\"step\": []}", 2, &["does not take `step`", "steps"]);
    let with_market = |market: &str| format!("{{\"markets\": [\n{market}],\n\"steps\": []}}");
    refused(&with_market(r#"{ "name": "BTC" }"#), 2, &["no first price", "launch_price"]);
    refused(&with_market(r#"{ "launch_price": "1" }"#), 2, &["a market needs `name`"]);
    refused(&with_market(r#"{ "name": "seventeen letters", "launch_price": "1" }"#), 2, &["1 to 16 bytes"]);
    refused(&with_market(r#"{ "name": "A", "peg": "none", "launch_price": "1" }"#), 2, &["fixed or floating"]);
    refused(&with_market(r#"{ "name": "A", "launch_price": "0" }"#), 2, &["`launch_price`"]);
    refused(
        &with_market("{ \"name\": \"A\", \"launch_price\": \"1\",\n\"params\": { \"fee\": 1 } }"),
        3,
        &["no market parameter `fee`", "docs/parameters.md"],
    );
    refused(
        &with_market("{ \"name\": \"A\", \"launch_price\": \"1\",\n\"params\": { \"base_fee_ppm\": 10001 } }"),
        3,
        &["from 0 to 10000"],
    );
    refused(
        &with_market("{ \"name\": \"A\", \"launch_price\": \"1\",\n\"params\": { \"mmr_ppm\": 6000 } }"),
        3,
        &["envelope"],
    );
    refused(
        &with_market(r#"{ "name": "A", "tick_spacing": 1, "launch_price": "1", "params": { "tick_spacing": 1 } }"#),
        2,
        &["given twice"],
    );
    let twice = r#"{ "name": "A", "launch_price": "1" }, { "name": "A", "launch_price": "1" }"#;
    refused(&with_market(twice), 2, &["two markets `A`"]);
    let exchange = |text: &str| format!("{{\"exchange\": {{\n{text} }}, \"markets\": [], \"steps\": []}}");
    refused(&exchange(r#""timelock": 1"#), 2, &["no exchange parameter `timelock`", "timelock_secs"]);
    refused(&exchange(r#""timelock_secs": 1"#), 2, &["from 86400"]);
    let prices = "{\"markets\": [],\n\"prices\": { \"A\": { \"csv\": \"x\", \"column\": \"y\" } }, \"steps\": []}";
    refused(prices, 2, &["no market `A`"]);
    let missing = "{\"markets\": [{ \"name\": \"A\" }],\n\"prices\": { \"A\": { \"csv\": \"no.csv\", \"column\": \"y\" } }, \"steps\": []}";
    refused(missing, 2, &["cannot read no.csv"]);
}
