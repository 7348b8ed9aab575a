//! Views: what asking costs a program that calls.

use anyhow::Result;
use keel_embedded::Exchange;
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_sdk::instructions::{ViewAuction, ViewFee, ViewFunding, ViewHealth, ViewLiquidationPrice, ViewPayout};

use super::keeper::{UNHEALTHY, fallen, flag};
use super::positions;
use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MARKETS, MILLION};

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    of_accounts(bench, stage)?;
    of_markets(bench, stage)
}

fn of_accounts(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for (markets, ranges) in [(1, 0), (MARKETS, 0), (1, 8)] {
        let shape = format!("{}, {ranges} ranges", positions(markets));
        bench.shape(stage, "view_health", &shape, |exchange, _| {
            let trader = stage::holder(exchange, markets, MILLION)?;
            for range in 0..ranges {
                let width = 10 + 2 * range;
                stage::add_range(exchange, &trader, FIRST, (-width, width), stage::shallow())?;
            }
            Ok(Prepared::new(ViewHealth { account: trader.account }.instruction(&exchange.chain)?, &[]))
        })?;
    }
    for markets in [1, MARKETS] {
        bench.shape(stage, "view_liquidation_price", &positions(markets), |exchange, repetition| {
            let trader = fallen(exchange, markets, UNHEALTHY, repetition)?;
            let view = ViewLiquidationPrice { account: trader.account, market: FIRST };
            Ok(Prepared::new(view.instruction(&exchange.chain)?, &[]))
        })?;
        bench.shape(stage, "view_auction", &positions(markets), |exchange, repetition| {
            let trader = fallen(exchange, markets, UNHEALTHY, repetition)?;
            flag(exchange, &trader)?;
            let view = ViewAuction { account: trader.account, market: FIRST };
            Ok(Prepared::new(view.instruction(&exchange.chain)?, &[]))
        })?;
    }
    Ok(())
}

fn of_markets(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for points in [1, 24, 48] {
        let shape = format!("{points} hour{}, steps of a minute", if points == 1 { "" } else { "s" });
        bench.shape(stage, "view_funding", &shape, |exchange, repetition| {
            let _holder = stage::holder(exchange, 1, MILLION)?;
            stage::advance(exchange, 3, repetition)?;
            Ok(Prepared::new(ViewFunding { market: FIRST, points, side: Side::Buy }.instruction(), &[]))
        })?;
    }
    for crossings in [0, 5] {
        let shape = format!("{crossings} ticks crossed");
        bench.shape(stage, "view_fee", &shape, |exchange, repetition| {
            stage::advance(exchange, 3, repetition)?;
            let base = if crossings == 0 { CONTRACT / 2 } else { stage::base_across(exchange, crossings)? };
            let price = exchange.feed(FIRST)?.address;
            let view = ViewFee { market: FIRST, price, side: Side::Buy, exact: Exact::Base(base) };
            Ok(Prepared::new(view.instruction(&exchange.chain)?, &[]))
        })?;
    }
    bench.shape(stage, "view_payout", "", |_, _| Ok(Prepared::new(ViewPayout { market: FIRST }.instruction(), &[])))
}
