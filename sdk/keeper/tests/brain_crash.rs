//! A crash, played to the end with nothing but the brain's jobs on the compiled program: two markets fall by a quarter in two
//! minutes under thirty leveraged accounts, providers and a pool. Nobody is left unhealthy, what losers have is in the pots,
//! orders are executed, and every equality holds after each transaction.

mod common;

use std::fmt::Write;

use common::play::Play;
use keel_engine::pot::{may_settle_other, unsettled};
use keel_keeper::job::Kind;
use keel_simulator::{Books, Executor};
use solana_pubkey::Pubkey;

/// Traders.
const TRADERS: u64 = 30;
/// First prices, in USD.
const PRICES: [f64; 2] = [20_000.0, 100.0];
/// Seconds of the story before the brain takes over, of the fall, and of the time after it.
const BEFORE: u64 = 40;
const FALL: u64 = 120;
const AFTER: u64 = 1_500;

/// Everybody, as a scenario: who trades what at which leverage is told by the trader's place.
fn story() -> String {
    let mut accounts = String::from(
        r#""keeper": { "deposit": "30000" }, "lp": { "deposit": "1500000" }, "geared": { "deposit": "60000" },
           "saver": { "deposit": "400000" }"#,
    );
    let mut steps = String::from(
        r#"{ "at": 0, "do": "price", "market": "BTC", "price": "20000", "conf": "2" },
           { "at": 0, "do": "price", "market": "SOL", "price": "100", "conf": "0.01" },
           { "at": 0, "do": "add_range", "who": "lp", "market": "BTC", "lower": -300, "upper": 300, "liquidity": "30000000000000" },
           { "at": 0, "do": "add_range", "who": "lp", "market": "SOL", "lower": -300, "upper": 300, "liquidity": "3000000000000000" },
           { "at": 0, "do": "add_range", "who": "geared", "market": "BTC", "lower": -100, "upper": 100, "liquidity": "3000000000000" },
           { "at": 1, "do": "request_deposit", "who": "saver", "amount": "300000", "tip": 100000 },
           { "at": 3, "do": "trade", "who": "geared", "market": "BTC", "base": "18" }"#,
    );
    for place in 0..TRADERS {
        let usd = 1_000 + place * 397 % 9_000;
        write!(accounts, ", \"t{place}\": {{ \"deposit\": \"{usd}\" }}").unwrap();
        let leverage = 5.0 + (place * 7 % 10) as f64;
        let side = if place % 5 == 4 { 1.0 } else { -1.0 };
        let (name, price) = [("BTC", PRICES[0]), ("SOL", PRICES[1])][usize::from(place % 3 == 2)];
        let base = -side * usd as f64 * leverage / price;
        let at = 5 + place;
        write!(steps, ", {{ \"at\": {at}, \"do\": \"trade\", \"who\": \"t{place}\", \"market\": \"{name}\", \"base\": \"{base:.4}\" }}").unwrap();
        if place % 6 == 1 && base > 0.0 {
            let (below, limit) = (price * 0.98, price * 0.9);
            write!(steps, ", {{ \"at\": {at}, \"do\": \"place_order\", \"who\": \"t{place}\", \"market\": \"{name}\", \"kind\": \"trigger\", \"base\": \"-{base:.4}\", \"below\": \"{below:.2}\", \"below_limit\": \"{limit:.2}\", \"reduce_only\": true, \"tip\": 100000 }}").unwrap();
        }
    }
    format!(
        r#"{{ "name": "a crash", "exchange": {{ "rebalance_gap_secs": 60, "rebalance_tol_ppm": 10000 }},
             "pool": {{ "strategies": [
               {{ "market": "BTC", "quotes": true, "backstops": true, "width_ticks": 100, "weight_ppm": 400000,
                  "leverage_ppm": 2000000, "exposure_cap_usd": 500000, "backstop_cap_usd": 100000, "backstop_loss_cap_usd": 5000 }} ] }},
             "markets": [ {{ "name": "BTC", "launch_price": "20000" }}, {{ "name": "SOL", "launch_price": "100" }} ],
             "accounts": {{ {accounts} }}, "steps": [ {steps} ] }}"#
    )
}

/// Losses that anybody might still collect, worth a transaction.
fn uncollected(books: &Books, play: &Play) -> Vec<(Pubkey, u16, i64)> {
    let mut left = Vec::new();
    for (at, account) in &books.accounts {
        for position in account.positions.iter().filter(|position| position.market != 0) {
            let market = &books.markets[&position.market];
            let value = unsettled(market, position).expect("within 64 bits");
            let may = may_settle_other(market, account, play.player.now()).expect("the position is there");
            let has = account.capital[0] != 0;
            if may && has && market.pot < market.claims && value < -(play.limits.min_settlement as i64) {
                left.push((*at, position.market, value));
            }
        }
    }
    left
}

#[test]
fn a_crash_ends_with_nobody_left() {
    let mut play = Play::after(&story(), &PRICES);
    let orders = play.player.books().orders.len();
    assert!(orders > 1, "{orders} orders wait");
    for at in BEFORE..BEFORE + 20 {
        play.second(at, 1.0);
    }
    assert!(play.player.books().requests.is_empty(), "the deposit into the pool was executed");
    assert!(play.done.contains_key(&Kind::Rebalance), "the pool quotes: {:?}", play.done);
    let mut most = 0;
    for second in 1..=FALL {
        play.second(BEFORE + 20 + second, 1.0 - 0.25 * second as f64 / FALL as f64);
        most = most.max(play.unhealthy().len());
    }
    let end = BEFORE + 20 + FALL;
    for at in (end + 1..end + 60).chain((end + 60..end + AFTER).step_by(10)) {
        play.second(at, 0.75);
    }
    eprintln!("at most {most} unhealthy after a second; done {:#?}\nrefused {:#?}", play.done, play.refused);
    play.hear();
    let books = play.player.books();
    assert!(play.unhealthy().is_empty(), "left unhealthy: {:?}", play.unhealthy());
    assert_eq!(uncollected(books, &play), [], "losses are left");
    assert_eq!(books.orders.len(), 0, "orders are left");
    play.player.exchange.audit().expect("every equality holds");
    for kind in [
        Kind::Flag,
        Kind::Step,
        Kind::TakeOver,
        Kind::Unwind,
        Kind::Refresh,
        Kind::Order,
        Kind::Unload,
        Kind::PoolDeposit,
    ] {
        assert!(play.done.contains_key(&kind), "no {} was done", kind.name());
    }
    // Jobs of one round may get in each other's way; most do not.
    let (done, refused): (usize, usize) = (play.done.values().sum(), play.refused.values().sum());
    assert!(refused * 5 < done, "{refused} of {done} were refused");
}
