//! `trade`, `settle` and `release`.

use anyhow::Result;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_sdk::instructions::{Leg, Release, Settle, TradeLegs};
use keel_sdk::path::Reach;
use solana_signer::Signer;

use super::positions;
use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MILLION};

/// Seconds between two prices.
const PAUSE: i64 = 3;

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    trade_across_ticks(bench, stage)?;
    trade_with_more(bench, stage)?;
    trade_otherwise(bench, stage)?;
    trade_legs(bench, stage)?;
    settle(bench, stage)
}

/// A little more in each repetition.
fn amount(base: u64, repetition: u64) -> u64 {
    base + repetition * CONTRACT / 1_000
}

fn trade_across_ticks(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for crossings in [0, 1, 5, 20] {
        let shape = format!("1 position, {crossings} tick{} crossed", if crossings == 1 { "" } else { "s" });
        bench.shape(stage, "trade", &shape, |exchange, repetition| {
            let trader = stage::holder(exchange, 1, 10 * MILLION)?;
            stage::advance(exchange, PAUSE, repetition)?;
            let base = match crossings {
                0 => CONTRACT / 2,
                _ => stage::base_across(exchange, crossings)?,
            };
            let exact = Exact::Base(amount(base, repetition));
            Ok(Prepared::new(stage::order(exchange, &trader, FIRST, Side::Buy, exact)?, &[&trader.key]))
        })?;
    }
    Ok(())
}

fn trade_with_more(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for markets in [4, 8] {
        let shape = format!("{}, 0 ticks crossed", positions(markets));
        bench.shape(stage, "trade", &shape, |exchange, repetition| {
            let trader = stage::holder(exchange, markets, 10 * MILLION)?;
            stage::advance(exchange, PAUSE, repetition)?;
            small_buy(exchange, &trader, repetition)
        })?;
    }
    for ranges in [1, 8] {
        let shape = format!("1 position, {ranges} range{}, 0 ticks crossed", if ranges == 1 { "" } else { "s" });
        bench.shape(stage, "trade", &shape, |exchange, repetition| {
            let trader = with_ranges(exchange, ranges)?;
            stage::advance(exchange, PAUSE, repetition)?;
            small_buy(exchange, &trader, repetition)
        })?;
    }
    bench.shape(stage, "trade", "reduces the position, 8 positions", |exchange, repetition| {
        let trader = stage::holder(exchange, 8, 10 * MILLION)?;
        stage::advance(exchange, PAUSE, repetition)?;
        small_sale(exchange, &trader, repetition)
    })?;
    bench.shape(stage, "trade", "reduces the position, 8 ranges", |exchange, repetition| {
        let trader = with_ranges(exchange, 8)?;
        stage::advance(exchange, PAUSE, repetition)?;
        small_sale(exchange, &trader, repetition)
    })
}

/// Somebody with a position and that many ranges in the first market.
fn with_ranges(exchange: &mut Exchange, ranges: i32) -> Result<Trader> {
    let trader = stage::holder(exchange, 1, 10 * MILLION)?;
    for range in 0..ranges {
        let width = 10 + 2 * range;
        stage::add_range(exchange, &trader, FIRST, (-width, width), stage::shallow())?;
    }
    Ok(trader)
}

fn small_sale(exchange: &Exchange, trader: &Trader, repetition: u64) -> Result<Prepared> {
    let exact = Exact::Base(CONTRACT / 20 + repetition);
    Ok(Prepared::new(stage::order(exchange, trader, FIRST, Side::Sell, exact)?, &[&trader.key]))
}

fn small_buy(exchange: &Exchange, trader: &Trader, repetition: u64) -> Result<Prepared> {
    let exact = Exact::Base(amount(CONTRACT / 2, repetition));
    Ok(Prepared::new(stage::order(exchange, trader, FIRST, Side::Buy, exact)?, &[&trader.key]))
}

fn trade_otherwise(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "trade", "opens the first position", |exchange, repetition| {
        let trader = exchange.open("newcomer", MILLION, false)?;
        stage::advance(exchange, PAUSE, repetition)?;
        small_buy(exchange, &trader, repetition)
    })?;
    bench.shape(stage, "trade", "1 position, exact quote", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        stage::advance(exchange, PAUSE, repetition)?;
        let exact = Exact::Quote(MILLION / 100 + repetition * 1_000_000);
        Ok(Prepared::new(stage::order(exchange, &trader, FIRST, Side::Buy, exact)?, &[&trader.key]))
    })?;
    bench.shape(stage, "trade", "reduces the position", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        stage::advance(exchange, PAUSE, repetition)?;
        small_sale(exchange, &trader, repetition)
    })?;
    bench.shape(stage, "trade", "closes the position, settles it", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        stage::advance(exchange, PAUSE, repetition)?;
        let exact = Exact::Base(CONTRACT / 10);
        Ok(Prepared::new(stage::order(exchange, &trader, FIRST, Side::Sell, exact)?, &[&trader.key]))
    })?;
    bench.shape(stage, "trade", "1 position, the price is taken already", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        stage::advance(exchange, PAUSE, repetition)?;
        stage::refresh(exchange, FIRST)?;
        small_buy(exchange, &trader, repetition)
    })
}

fn trade_legs(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for legs in [2, 8] {
        bench.shape(stage, "trade_legs", &format!("{legs} legs, {}", positions(legs)), |exchange, repetition| {
            let trader = stage::holder(exchange, legs, 10 * MILLION)?;
            stage::advance(exchange, PAUSE, repetition)?;
            let order = Order {
                side: Side::Buy,
                exact: Exact::Base(amount(CONTRACT / 2, repetition)),
                limit: None,
                reduce_only: false,
                all_or_nothing: true,
            };
            let mut all = Vec::new();
            for market in 1..=legs {
                all.push(Leg { market, price: exchange.feed(market)?.address, order, reach: Reach::default() });
            }
            let trade = TradeLegs { authority: trader.key.pubkey(), account: trader.account, legs: all };
            Ok(Prepared::new(trade.instruction(&exchange.chain)?, &[&trader.key]))
        })?;
    }
    Ok(())
}

fn settle(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for (shape, part) in [("a profit becomes a claim", 1.004), ("a loss leaves capital", 0.996)] {
        bench.shape(stage, "settle", shape, |exchange, repetition| {
            let trader = stage::holder(exchange, 1, MILLION)?;
            stage::mark_at(exchange, part + repetition as f64 * 1e-5)?;
            let settle = Settle { authority: trader.key.pubkey(), account: trader.account, market: FIRST };
            Ok(Prepared::new(settle.instruction(), &[&trader.key]))
        })?;
    }
    bench.shape(stage, "release", "a mature claim, at par", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        // A loss first, so that there is something in the pot and the rebound is mature at once.
        for part in [0.996, 0.999 + repetition as f64 * 1e-5] {
            stage::mark_at(exchange, part)?;
            let settle = Settle { authority: trader.key.pubkey(), account: trader.account, market: FIRST };
            exchange.send(&[settle.instruction()], &[&trader.key])??;
        }
        let (owner, account) = (trader.key.pubkey(), trader.account);
        let release = Release { owner, account, market: FIRST, min_ratio_ppm: 1_000_000 };
        Ok(Prepared::new(release.instruction(), &[&trader.key]))
    })
}
