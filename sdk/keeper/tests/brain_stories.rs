//! Worlds for what the repository's scenarios have no need of: a position that only the pool takes, money of an unhealthy
//! account that is on its way into the pool.

mod common;

use common::play::Play;
use keel_keeper::job::Kind;

/// One long by so many contracts, one short, savers in the pool; the provider leaves before the price falls.
fn story(long: u32, before_the_fall: &str) -> String {
    format!(
        r#"{{ "name": "a story", "exchange": {{ "pool_cap_usd": 200000 }},
             "pool": {{ "strategies": [ {{ "market": "BTC", "quotes": false, "backstops": true, "backstop_cap_usd": 200000, "backstop_loss_cap_usd": 10000 }} ] }},
             "markets": [ {{ "name": "BTC", "launch_price": "20000" }} ],
             "accounts": {{ "keeper": {{ "deposit": "100" }}, "long": {{ "deposit": "11000" }}, "short": {{ "deposit": "40000" }},
                            "saver": {{ "deposit": "200000" }}, "lp": {{ "deposit": "1000000" }} }},
             "steps": [
               {{ "at": 0, "do": "price", "market": "BTC", "price": "20000", "conf": "2" }},
               {{ "at": 0, "do": "add_range", "who": "lp", "market": "BTC", "lower": -300, "upper": 300, "liquidity": "40000000000000" }},
               {{ "at": 1, "do": "request_deposit", "who": "saver", "amount": "200000", "tip": 100000 }},
               {{ "at": 1, "do": "trade", "who": "short", "market": "BTC", "base": "-8" }},
               {{ "at": 2, "do": "trade", "who": "long", "market": "BTC", "base": "{long}" }}{before_the_fall} ] }}"#
    )
}

#[test]
fn where_the_curve_is_empty_the_pool_takes_what_the_auction_has_left() {
    let leaves = r#", { "at": 15, "do": "remove_range", "who": "lp", "market": "BTC" }"#;
    let mut play = Play::after(&story(8, leaves), &[20_000.0]);
    play.limits.capital = 0;
    for at in 16..26 {
        play.second(at, 1.0);
    }
    assert_eq!(play.done.get(&Kind::PoolDeposit), Some(&1), "{:?}", play.done);
    for at in 26..80 {
        play.second(at, 0.955);
        assert!(!play.done.contains_key(&Kind::Backstop), "the auction runs: {:?}", play.done);
    }
    for at in 80..200 {
        play.second(at, 0.955);
    }
    assert!(play.done.contains_key(&Kind::Backstop), "{:?}, refused {:?}", play.done, play.refused);
    assert!(!play.done.contains_key(&Kind::Step), "there is no curve: {:?}", play.done);
    assert!(play.unhealthy().is_empty());
}

#[test]
fn what_an_unhealthy_account_has_on_the_way_into_the_pool_is_brought_back() {
    // The pool is at its cap: the request waits.
    let queues = r#", { "at": 16, "do": "request_deposit", "who": "long", "amount": "300", "tip": 100000 }"#;
    let mut play = Play::after(&story(5, queues), &[20_000.0]);
    play.hear();
    assert!(play.unhealthy().is_empty(), "nobody is unhealthy yet");
    for at in 17..40 {
        play.second(at, 0.915);
    }
    assert!(play.done.contains_key(&Kind::Flag), "{:?}", play.done);
    assert!(play.done.contains_key(&Kind::BringBack), "{:?}, refused {:?}", play.done, play.refused);
}
