//! What a scenario's words mean: numbers, first prices, series, keepers, bounds and expectations.

use keel_engine::curve::Exact;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use keel_simulator::scenario::{Expect, Runner, Scenario, Verdict};
use keel_simulator::{Action, Executor, Quote, Simulator};

fn parse(text: &str) -> Scenario {
    Scenario::parse("some.json", env!("CARGO_TARGET_TMPDIR").as_ref(), text).unwrap()
}

/// Steps in a floating market, with alice.
fn with_steps(steps: &str) -> Scenario {
    parse(&format!(
        r#"{{ "markets": [ {{ "name": "BTC", "launch_price": "20000" }} ],
              "accounts": {{ "alice": {{ "deposit": "1000.000001" }} }}, "steps": [ {steps} ] }}"#
    ))
}

fn first(scenario: &Scenario) -> &Action {
    &scenario.steps[0].action
}

fn price(rest: &str) -> Quote {
    let scenario = with_steps(&format!(r#"{{ "at": 3, "do": "price", "market": "BTC", {rest} }}"#));
    match *first(&scenario) {
        Action::Price { quote, .. } => quote,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn published_numbers_share_an_exponent() {
    let plain = Quote { price: 2_000_000_000_000, conf: 0, ema: 2_000_000_000_000, exponent: -8 };
    assert_eq!(price(r#""price": "20000""#), plain);
    assert_eq!(price(r#""price": "2000000000000raw""#), plain);
    let ema = Quote { price: 20_000_000_000_000, conf: 45_000_000, ema: 20_010_123_456_789, exponent: -9 };
    assert_eq!(price(r#""price": "20000", "conf": "0.045", "ema": "20010.123456789""#), ema);
    let finest = Quote { price: 1_000_000_000_001, conf: 1, ema: -5_000_000_000_000, exponent: -12 };
    assert_eq!(price(r#""price": "1.000000000001000", "conf": "0.000000000001", "ema": "-5""#), finest);
}

fn order(rest: &str) -> keel_engine::trade::Order {
    let step = format!(r#"{{ "at": 0, "do": "trade", "who": "alice", "market": "BTC", {rest} }}"#);
    match *first(&with_steps(&step)) {
        Action::Trade { order, .. } => order,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn amounts_are_exact() {
    assert_eq!(order(r#""base": "1.5""#).exact, Exact::Base(1_500_000_000));
    assert_eq!(order(r#""base": "-0.000000001""#).exact, Exact::Base(1));
    assert_eq!(order(r#""base": "18446744073709551615raw""#).exact, Exact::Base(u64::MAX));
    assert_eq!(order(r#""quote": "9007199254.740993""#).exact, Exact::Quote(9_007_199_254_740_993));
    assert_eq!(order(r#""quote": "-5000.10""#).exact, Exact::Quote(5_000_100_000));
    assert_eq!(with_steps("").setup.accounts[0].deposit, 1_000_000_001);
}

#[test]
fn a_limit_is_never_worse_than_written() {
    // 20,000 USD for a contract is 20 quote atoms for a base atom, exactly.
    let exact = Some(Price::from_bits(20 << 48));
    assert_eq!(order(r#""base": "1", "limit": "20000""#).limit, exact);
    assert_eq!(order(r#""base": "-1", "limit": "20000.000""#).limit, exact);
    // A third of 2^48 has a remainder.
    let third = (1 << 48) / 3;
    let bits = |limit: &str, base: &str| order(&format!(r#""base": "{base}", "limit": "{limit}""#)).limit.unwrap().bits;
    let (up, down) = (bits("333.333333333333", "-1"), bits("333.333333333333", "1"));
    assert_eq!(up, down + 1);
    assert!(down <= third && third - down < 2, "{down} {third}");
    assert_eq!(bits("77raw", "1"), 77);
    assert_eq!(order(r#""base": "-1", "limit": "0""#).limit, None);
}

#[test]
fn the_first_price_of_a_market() {
    std::fs::write(format!("{}/some.csv", env!("CARGO_TARGET_TMPDIR")), "Unix_Time, Close\n100,30000\n160,31000.5\n")
        .unwrap();
    let scenario = |launch: &str, prices: &str, steps: &str| {
        parse(&format!(
            r#"{{ "markets": [ {{ "name": "M", "peg": "fixed"{launch} }} ], {prices} "steps": [ {steps} ] }}"#
        ))
    };
    let launch = r#", "launch_price": "10000""#;
    let series = r#""prices": { "M": { "csv": "some.csv", "column": "CLOSE" } },"#;
    let at = |secs: u64| format!(r#"{{ "at": {secs}, "do": "price", "market": "M", "price": "25000", "conf": "1" }}"#);
    let listed = |scenario: &Scenario| {
        let market = &scenario.setup.markets[0];
        assert_eq!(market.mode, Mode::Fixed);
        (market.first.price / 100_000_000, market.first.conf, market.launch_price.bits >> 48)
    };
    assert_eq!(listed(&scenario(launch, "", "")), (10_000, 0, 10));
    assert_eq!(listed(&scenario(launch, "", &at(1))), (10_000, 0, 10));
    assert_eq!(listed(&scenario(launch, series, &at(1))), (30_000, 0, 10));
    assert_eq!(listed(&scenario("", series, &at(0))), (25_000, 100_000_000, 0));
}

/// The index of each `refresh` line, in USD for a contract.
fn indexes(scenario: &Scenario) -> Vec<u64> {
    let runner = Runner::new(scenario, Simulator::start(&scenario.setup).unwrap());
    let lines = runner.map(|line| line.unwrap().text);
    let index = |line: String| {
        let bits: u64 = line.split_once("\"index\":\"")?.1.split_once('"')?.0.parse().ok()?;
        line.contains("\"guarded\"").then(|| (u128::from(bits) * 1_000).div_ceil(1 << 48) as u64)
    };
    lines.filter_map(index).collect()
}

#[test]
fn a_series_acts_like_prices_in_front_of_the_steps() {
    let rows = "unix_time,open,close\n1000,20000,20001\n1060,20010,20011\n1120,20020,20021\n";
    std::fs::write(format!("{}/rows.csv", env!("CARGO_TARGET_TMPDIR")), rows).unwrap();
    let refresh = |at: u64| format!(r#"{{ "at": {at}, "do": "refresh", "market": "M" }}"#);
    let stated = r#"{ "at": 60, "do": "price", "market": "M", "price": "20500" }"#;
    let steps = [refresh(0), refresh(59), stated.to_owned(), refresh(60), refresh(119), refresh(500)].join(",");
    let scenario = parse(&format!(
        r#"{{ "markets": [ {{ "name": "M" }} ], "prices": {{ "M": {{ "csv": "rows.csv", "column": "open" }} }}, "steps": [ {steps} ] }}"#
    ));
    assert_eq!(indexes(&scenario), [20_000, 20_000, 20_500, 20_500, 20_020]);
}

#[test]
fn a_second_price_of_a_second_has_no_effect() {
    let refresh = r#"{ "at": 5, "do": "refresh", "market": "BTC" }"#;
    let stated = |usd: u64| format!(r#"{{ "at": 5, "do": "price", "market": "BTC", "price": "{usd}" }}"#);
    let steps = [stated(20_100), refresh.to_owned(), stated(20_200), refresh.to_owned()].join(",");
    assert_eq!(indexes(&with_steps(&steps)), [20_100, 20_100]);
}

#[test]
fn keepers_are_opened_behind_the_accounts_of_the_file() {
    let scenario = with_steps(
        r#"{ "at": 0, "do": "begin_liquidation", "who": "alice", "by": "zoe", "expect": "AccountHealthy" },
           { "at": 0, "do": "settle", "who": "alice", "market": "BTC" },
           { "at": 0, "do": "liquidate_on_curve", "who": "alice", "market": "BTC" }"#,
    );
    let names: Vec<&str> = scenario.setup.accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["alice", "zoe", "keeper"]);
    assert_eq!(scenario.steps[0].expect, Some(Expect::Refusal(keel_engine::Error::AccountHealthy)));
    assert_eq!(scenario.steps[1].action, Action::Settle { who: 0, market: 0, by: 0 });
    assert_eq!(scenario.steps[2].action, Action::LiquidateOnCurve { who: 0, market: 0, by: 2, max_base: u64::MAX });
    let simulator = Simulator::start(&scenario.setup).unwrap();
    assert!((0..3).all(|who| simulator.books().accounts.contains_key(&simulator.account(who).unwrap())));
}

#[test]
fn price_bounds_hold_at_the_peg_of_the_transaction() {
    // The index moves to 21,000 with the transaction itself, and the curve stands at it.
    let add = |bounds: &str, expect: &str| {
        format!(
            r#"{{ "at": 5, "do": "add_range", "who": "alice", "market": "BTC", "lower": -100, "upper": 100,
                 "liquidity": "1000000", {bounds}, "expect": "{expect}" }}"#
        )
    };
    let steps = [
        r#"{ "at": 5, "do": "price", "market": "BTC", "price": "21000" }"#.to_owned(),
        add(r#""max_price": "20999.999999""#, "CurveOutOfBounds"),
        add(r#""min_price": "21000.000001""#, "CurveOutOfBounds"),
        add(r#""min_price": "21000", "max_price": "21000""#, "ok"),
    ];
    let scenario = with_steps(&steps.join(","));
    for line in Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap()) {
        assert_eq!(line.unwrap().verdict, Verdict::Fine);
    }
}

#[test]
fn an_account_with_an_old_mark_is_valued_as_it_stands() {
    let scenario = parse(
        r#"{ "markets": [ { "name": "BTC", "launch_price": "20000" } ],
             "accounts": { "alice": { "deposit": "10000" }, "lp": { "deposit": "100000" }, "gone": {} },
             "steps": [
               { "at": 0, "do": "add_range", "who": "lp", "market": "BTC", "lower": -100, "upper": 100, "liquidity": "1000000000000" },
               { "at": 1, "do": "trade", "who": "alice", "market": "BTC", "base": "0.1" },
               { "at": 90000, "do": "close_ranges", "who": "gone" },
               { "at": 90000, "do": "close_account", "who": "gone" } ] }"#,
    );
    let lines: Vec<_> =
        Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap()).map(|line| line.unwrap()).collect();
    let last: serde_json::Value = serde_json::from_str(&lines.last().unwrap().text).unwrap();
    let alice = &last["final"]["accounts"]["alice"];
    let equity: i64 = alice["equity"].as_str().unwrap().parse().unwrap();
    assert!((9_990_000_000..10_000_000_000).contains(&equity), "{equity}");
    assert!(alice["initial"].is_string() && alice["maintenance"].is_string());
    assert!(last["final"]["accounts"]["gone"].is_null());
}
