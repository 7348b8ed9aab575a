//! Taking over and deleveraging.

use anyhow::Result;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_sdk::instructions::{Deleverage, Liquidate};
use solana_signer::Signer;

use super::keeper::{UNHEALTHY, fallen, flag};
use super::positions;
use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MARKETS, MILLION};

/// Plateau, auction and deleveraging window, in seconds.
const RUN_OUT: i64 = 130;

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    take_over(bench, stage)?;
    deleverage(bench, stage)
}

/// Somebody unhealthy with positions in that many markets, flagged so many seconds ago, the prices fresh.
pub(super) fn flagged(exchange: &mut Exchange, markets: u16, secs: i64, repetition: u64) -> Result<Trader> {
    let trader = fallen(exchange, markets, UNHEALTHY, repetition)?;
    flag(exchange, &trader)?;
    stage::crash(exchange, secs, UNHEALTHY - repetition as f64 * 1e-5)?;
    stage::refresh(exchange, FIRST)?;
    Ok(trader)
}

fn take_over(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for (markets, held, ranges) in [(1, 0, 0), (1, 1, 0), (4, 4, 0), (MARKETS, MARKETS, 0), (1, 1, 8)] {
        let mut shape = format!("{}, the liquidator holds {}", positions(markets), positions(held));
        if ranges != 0 {
            shape.push_str(&format!(" and {ranges} ranges"));
        }
        bench.shape(stage, "liquidate", &shape, |exchange, repetition| {
            let liquidator = exchange.open("liquidator", 10 * MILLION, true)?;
            for market in 1..=held {
                stage::buy(exchange, &liquidator, market, CONTRACT / 10)?;
            }
            for range in 0..ranges {
                let width = 10 + 2 * range;
                stage::add_range(exchange, &liquidator, FIRST, (-width, width), stage::shallow())?;
            }
            let trader = flagged(exchange, markets, 12, repetition)?;
            let liquidate = Liquidate {
                owner: liquidator.key.pubkey(),
                liquidator: liquidator.account,
                account: trader.account,
                market: FIRST,
                max_base: CONTRACT / 2,
                limit: None,
            };
            Ok(Prepared::new(liquidate.instruction(&exchange.chain)?, &[&liquidator.key]))
        })?;
    }
    Ok(())
}

fn deleverage(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for (markets, ranges) in [(1, 0), (MARKETS, 0), (1, 8)] {
        let shape = format!("{}, the holder has {ranges} ranges there", positions(markets));
        bench.shape(stage, "deleverage", &shape, |exchange, repetition| {
            let keeper = exchange.open("keeper", MILLION, false)?;
            let holder = exchange.open("short", 10 * MILLION, true)?;
            for range in 0..ranges {
                let width = 10 + 2 * range;
                stage::add_range(exchange, &holder, FIRST, (-width, width), stage::shallow())?;
            }
            let short = stage::order(exchange, &holder, FIRST, Side::Sell, Exact::Base(20 * CONTRACT))?;
            exchange.send(&[short], &[&holder.key])??;
            let trader = flagged(exchange, markets, RUN_OUT, repetition)?;
            let deleverage = Deleverage {
                keeper: keeper.account,
                holder: holder.account,
                account: trader.account,
                market: FIRST,
                max_base: u64::MAX,
            };
            Ok(Prepared::new(deleverage.instruction(&exchange.chain)?, &[]))
        })?;
    }
    Ok(())
}
