//! `docs/scenario.schema.json` is what the parser's tables say, every scenario of the repository obeys it, and it refuses
//! what the parser refuses. `KEEL_BLESS=1 cargo test -p keel-simulator --test schema` rewrites it.

mod files;

use files::{blessed, repository, scenarios};
use keel_simulator::scenario::{Scenario, schema::schema};
use regex_lite::Regex;
use serde_json::{Value, json};

/// Whether a value obeys a schema: the keywords that ours uses, and no others.
fn obeys(value: &Value, schema: &Value) -> bool {
    let Some(rules) = schema.as_object() else { return schema.as_bool().expect("a schema") };
    let all = |list: &Value| list.as_array().expect("a list").iter().map(|one| obeys(value, one)).collect::<Vec<_>>();
    rules.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" => true,
        "type" => match rule.as_str().expect("a type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            other => panic!("the type {other}"),
        },
        "properties" => rule.as_object().expect("properties").iter().all(|(key, rule)| match value.get(key) {
            Some(member) => obeys(member, rule),
            None => true,
        }),
        "required" => {
            rule.as_array().expect("keys").iter().all(|key| value.get(key.as_str().expect("a key")).is_some())
        }
        "additionalProperties" => value.as_object().is_none_or(|members| {
            let known = |key: &String| rules.get("properties").is_some_and(|known| known.get(key).is_some());
            members.iter().filter(|(key, _)| !known(key)).all(|(_, member)| obeys(member, rule))
        }),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| obeys(item, rule))),
        "oneOf" => all(rule).into_iter().filter(|one| *one).count() == 1,
        "anyOf" => all(rule).contains(&true),
        "enum" => rule.as_array().expect("values").contains(value),
        "const" => value == rule,
        "pattern" => value.as_str().is_none_or(|text| {
            Regex::new(rule.as_str().expect("a pattern")).expect("a regular expression").is_match(text)
        }),
        "minLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().expect("a length"))
        }
        "maxLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().expect("a length"))
        }
        "minimum" => number(value).is_none_or(|value| value >= number(rule).expect("a number")),
        "maximum" => number(value).is_none_or(|value| value <= number(rule).expect("a number")),
        other => panic!("this test does not know the keyword {other}"),
    })
}

fn number(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or(value.as_u64().map(i128::from))
}

#[test]
fn the_schema_is_that_of_the_tables() {
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    blessed(&repository().join("docs/scenario.schema.json"), &text);
}

#[test]
fn every_scenario_obeys_it() {
    for path in scenarios() {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert!(obeys(&value, &schema()), "{}", path.display());
    }
}

/// A scenario with these steps and accounts.
fn with(market: Value, steps: Value) -> Value {
    json!({ "markets": [market], "accounts": { "a": { "deposit": "1" } }, "steps": steps })
}

/// A scenario with a bank of these parameters, in which so many of its tokens are deposited.
fn secured(params: Value, amount: &str) -> Value {
    let deposit = json!({ "at": 0, "do": "deposit", "who": "a", "bank": "SOL", "amount": amount });
    let mut value = with(json!({ "name": "M", "launch_price": "20000" }), json!([deposit]));
    value["banks"] = json!([{ "name": "SOL", "price": "150", "params": params }]);
    value
}

fn is_parsed(value: &Value) -> Result<Scenario, String> {
    Scenario::parse("x", "".as_ref(), &value.to_string()).map_err(|mistake| mistake.to_string())
}

#[test]
fn schema_and_parser_agree() {
    let market = || json!({ "name": "M", "launch_price": "20000" });
    let step = |step: Value| with(market(), json!([step]));
    let good = [
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "base": "-1.500000000000" })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "quote": "15raw", "limit": "0.000000010000" })),
        step(json!({ "at": 0, "do": "remove_range", "who": "a", "market": "M" })),
        step(json!({ "at": 0, "do": "remove_range", "who": "a", "market": "M", "slot": 7 })),
        step(json!({ "at": 0, "do": "remove_range", "who": "a", "market": "M", "lower": -2, "upper": 2 })),
        step(json!({ "at": 0, "do": "price", "market": "M", "price": "-1", "published": -5, "expect": "ok" })),
        with(json!({ "name": "M", "launch_price": "20000", "params": { "skew_scale_base": "1" } }), json!([])),
        secured(json!({ "haircut_ppm": 900_000, "cap_usd": 1, "ramp_secs": 86_400 }), "0.123456789"),
        secured(json!({}), "1"),
    ];
    for value in good {
        assert_eq!(is_parsed(&value).err(), None, "{value}");
        assert!(obeys(&value, &schema()), "{value}");
    }
    let bad = [
        secured(json!({ "haircut_ppm": 1_000_001 }), "1"),
        secured(json!({ "timelock_secs": 86_400 }), "1"),
        secured(json!({}), "0.1234567891"),
        json!([]),
        json!({}),
        with(json!({ "launch_price": "1" }), json!([])),
        with(json!({ "name": "M", "launch_price": "20000", "peg": "sticky" }), json!([])),
        with(json!({ "name": "M", "launch_price": "20000", "params": { "base_fee": 1 } }), json!([])),
        with(json!({ "name": "M", "launch_price": "20000", "params": { "base_fee_ppm": 10_001 } }), json!([])),
        step(json!({ "at": 0, "do": "liquidate", "who": "a" })),
        step(json!({ "at": -1, "do": "refresh", "market": "M" })),
        step(json!({ "at": 0.5, "do": "refresh", "market": "M" })),
        step(json!({ "at": 0, "do": "refresh" })),
        step(json!({ "at": 0, "do": "refresh", "market": "M", "who": "a" })),
        step(json!({ "at": 0, "do": "refresh", "market": "M", "expect": "Sorry" })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M" })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "base": "1", "quote": "1" })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "base": 1 })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "base": "1." })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "base": "1.5raw" })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "base": "0.0000000001" })),
        step(json!({ "at": 0, "do": "trade", "who": "a", "market": "M", "base": "1", "reduce_only": "yes" })),
        step(json!({ "at": 0, "do": "deposit", "who": "a", "amount": "-1" })),
        step(json!({ "at": 0, "do": "deposit", "who": "a", "amount": "0.0000001" })),
        step(json!({ "at": 0, "do": "price", "price": "1" })),
        step(json!({ "at": 0, "do": "price", "market": "M", "bank": "USDC", "price": "1" })),
        step(json!({ "at": 0, "do": "price", "market": "M", "rate": true, "price": "1" })),
        step(json!({ "at": 0, "do": "seize", "who": "a", "by": "a", "amount": "0.0000001" })),
        step(json!({ "at": 0, "do": "place_lien", "who": "a", "floor": "1" })),
        step(json!({ "at": 0, "do": "remove_range", "who": "a", "market": "M", "lower": 1 })),
        step(json!({ "at": 0, "do": "remove_range", "who": "a", "market": "M", "lower": 1, "upper": 2, "slot": 0 })),
        step(json!({ "at": 0, "do": "remove_range", "who": "a", "market": "M", "slot": 8 })),
        step(json!({ "at": 0, "do": "release", "who": "a", "market": "M", "min_ratio_ppm": 1_000_001 })),
    ];
    for value in bad {
        assert!(is_parsed(&value).is_err(), "{value}");
        assert!(!obeys(&value, &schema()), "{value}");
    }
}
