//! The LP story (`tests/scenarios/lp-story.json`), read as a user reads it: what was printed against what the rules say.

mod files;

use files::repository;
use keel_engine::pool::Nav;
use keel_engine::pool::shares::{VIRTUAL_QUOTE, VIRTUAL_SHARES, burnt_ceil, worth_floor};
use serde_json::Value;

/// Seconds of the story's pool.
const COOLDOWN: u64 = 3_600;
const WINDOW: u64 = 3_600;

/// Each step with the line that it printed, and what there is in the end.
fn story() -> (Vec<(Value, Value)>, Value) {
    let read = |extension: &str| {
        let path = repository().join("tests/scenarios/lp-story").with_extension(extension);
        std::fs::read_to_string(path).unwrap()
    };
    let file: Value = serde_json::from_str(&read("json")).unwrap();
    let mut lines: Vec<Value> = read("out").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = lines.pop().unwrap();
    (file["steps"].as_array().unwrap().iter().cloned().zip(lines).collect(), end["final"].clone())
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

fn nav(view: &Value) -> Nav {
    let signed = |key: &str| view[key].as_str().unwrap().parse().unwrap();
    Nav { high: signed("nav_high"), low: signed("nav_low") }
}

/// Every payment is what the low value of that second says, to the atom: in full, or all that is free for the fewest shares
/// that are worth it.
#[test]
fn shares_are_worth_what_the_value_says() {
    let (steps, _) = story();
    let mut asked: Vec<u64> = Vec::new();
    let (mut paid_in_full, mut paid_in_part) = (0, 0);
    for (before, (step, line)) in steps.iter().zip(steps.iter().skip(1)) {
        if step["do"] == "request_redeem" {
            let all = || if step["who"] == "amy" { 50_000_000_000 } else { 0 };
            let named = step["shares"].as_str().map(|shares| shares.parse::<u64>().unwrap() * 1_000_000);
            asked.push(named.unwrap_or_else(all));
        }
        if step["do"] != "execute_redeem" || line["ok"] != true {
            continue;
        }
        let (view, total) = (&before.1, number(&before.1["shares"]));
        assert_eq!((&before.0["do"], &before.0["at"]), (&Value::from("view_pool"), &step["at"]));
        let (paid, burnt, rest) = (number(&line["paid"]), number(&line["burnt"]), number(&line["rest"]));
        if rest == 0 {
            assert_eq!(paid, worth_floor(burnt, &nav(view), total).unwrap(), "{line}");
            paid_in_full += 1;
        } else {
            assert_eq!((paid, burnt), (number(&view["free"]), burnt_ceil(paid, &nav(view), total).unwrap()), "{line}");
            assert!(paid < worth_floor(burnt + rest, &nav(view), total).unwrap());
            paid_in_part += 1;
        }
    }
    assert_eq!((asked[0], asked[1]), (50_000_000_000, 15_000_000_000));
    assert_eq!((paid_in_full, paid_in_part), (4, 1));
}

/// Nobody is paid before the cooldown ends or later than its window, and in the order in which they asked.
#[test]
fn nobody_waits_longer_than_the_rule_says() {
    let (steps, _) = story();
    let mut waiting = std::collections::VecDeque::new();
    for (step, line) in steps.iter().filter(|(_, line)| line["ok"] == true) {
        let at = step["at"].as_u64().unwrap();
        if step["do"] == "request_redeem" {
            assert_eq!(line["request"], waiting.back().map_or(0, |(number, _): &(u64, u64)| number + 1));
            waiting.push_back((line["request"].as_u64().unwrap(), at));
        }
        if step["do"] == "execute_redeem" {
            let (_, since) = waiting[0];
            assert!((since + COOLDOWN..since + COOLDOWN + WINDOW).contains(&at), "{line}");
            if number(&line["rest"]) == 0 && waiting.len() > 1 {
                waiting.pop_front();
            } else if number(&line["rest"]) == 0 {
                return;
            }
        }
    }
    panic!("somebody still waits: {waiting:?}");
}

#[test]
fn traders_are_paid_in_full() {
    let (steps, end) = story();
    let released = steps.iter().filter(|(step, _)| step["do"] == "release");
    let released: Vec<(u64, u64)> = released.map(|(_, line)| (number(&line["claim"]), number(&line["paid"]))).collect();
    assert!(!released.is_empty() && released.iter().all(|(claim, paid)| claim == paid), "{released:?}");
    for trader in ["tom", "tim", "tia"] {
        let account = &end["accounts"][trader];
        let is_out = account["capital"] == "0" && account["positions"].as_object().unwrap().is_empty();
        assert!(is_out, "{trader}: {account}");
    }
}

/// What the LPs take out is what they put in and what the pool has earned, but for the virtual shares' part of it.
#[test]
fn everyone_leaves_and_the_pool_is_empty() {
    let (steps, end) = story();
    let sum = |of: &str, who: &[&str]| -> u64 {
        let matching = steps.iter().filter(|(step, line)| step["do"] == of && line["ok"] == true);
        let matching = matching.filter(|(step, _)| who.iter().any(|name| step["who"] == *name));
        let atoms = |(step, _): &(Value, Value)| {
            let (whole, part) =
                step["amount"].as_str().unwrap().split_once('.').unwrap_or((step["amount"].as_str().unwrap(), "0"));
            whole.parse::<u64>().unwrap() * 1_000_000 + format!("{part:0<6}").parse::<u64>().unwrap()
        };
        matching.map(atoms).sum()
    };
    let lps = ["amy", "ben", "cat"];
    let (in_, out) = (sum("request_deposit", &lps), sum("withdraw", &lps));
    assert_eq!(in_, 100_000_000_000);
    let pool = &end["accounts"]["pool"];
    let left = number(&pool["capital"]);
    assert!(pool["positions"].as_object().unwrap().is_empty() && pool["ranges"].as_array().unwrap().is_empty());
    assert_eq!((&end["pool"]["shares"], &end["pool"]["shares_waiting"]), (&Value::from("0"), &Value::from("0")));
    // The virtual shares have earned with the others: as much on their dollar as everybody on his at the end.
    let price = number(&end["pool"]["price_low"]);
    assert_eq!(left, (price - VIRTUAL_QUOTE) * VIRTUAL_SHARES / 1_000_000);
    assert!(out > in_ && left < 1_000_000, "{out} of {in_}, {left} left");
    // And nothing came from nowhere: what everybody has is what the bank holds.
    assert_eq!(end["banks"]["USDC"]["tokens"], end["banks"]["USDC"]["owed"]);
}
