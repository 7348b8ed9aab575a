//! `refresh`, and liquidation from `begin_liquidation` to `resolve`.

use anyhow::{Context, Result};
use keel_embedded::{Exchange, Trader};
use keel_engine::Error;
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::MarginAccount;
use keel_sdk::instructions::{BeginLiquidation, LiquidateOnCurve, Refresh, Resolve, UnwindRange};
use keel_sdk::path::Reach;
use keel_simulator::Quote;

use super::{liquidation, positions};
use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MARKETS, MILLION, SLEEPER};

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    refresh(bench, stage)?;
    begin(bench, stage)?;
    unwind(bench, stage)?;
    on_curve(bench, stage)?;
    liquidation::measure(bench, stage)?;
    resolve(bench, stage)
}

fn refresh(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for (shape, secs) in [
        ("a fresh price", 3),
        ("a fresh price, a funding step ends", 60),
        ("a fresh price, ten funding steps end", 600),
        ("a fresh price, an hour ends", 3_600),
    ] {
        bench.shape(stage, "refresh", shape, |exchange, repetition| {
            let trader = stage::holder(exchange, 1, MILLION)?;
            stage::buy(exchange, &trader, FIRST, CONTRACT)?;
            stage::advance(exchange, secs, repetition)?;
            refresh_first(exchange)
        })?;
    }
    bench.shape(stage, "refresh", "the price is taken already", |exchange, repetition| {
        stage::advance(exchange, 3, repetition)?;
        stage::refresh(exchange, FIRST)?;
        refresh_first(exchange)
    })?;
    for (shape, secs, reopens) in [
        ("off hours, a funding step ends", 60, false),
        ("off hours, ten funding steps end", 600, false),
        ("the feed is back", 3, true),
    ] {
        bench.shape(stage, "refresh", shape, |exchange, repetition| {
            asleep(exchange)?;
            stage::advance(exchange, secs, repetition)?;
            if reopens {
                exchange.publish(SLEEPER, &Quote::of_usd(41_000.0 + repetition as f64))?;
            }
            refresh_of(exchange, SLEEPER)
        })?;
    }
    Ok(())
}

/// The sleeper asleep, with its curve bought up a little.
fn asleep(exchange: &mut Exchange) -> Result<()> {
    stage::advance(exchange, 90, 0)?;
    let trader = stage::holder(exchange, 1, MILLION)?;
    stage::buy(exchange, &trader, SLEEPER, 5 * CONTRACT)
}

fn refresh_first(exchange: &Exchange) -> Result<Prepared> {
    refresh_of(exchange, FIRST)
}

fn refresh_of(exchange: &Exchange, market: u16) -> Result<Prepared> {
    let refresh = Refresh { market, price: exchange.feed(market)?.address };
    Ok(Prepared::new(refresh.instruction(), &[]))
}

/// Somebody with as much in the first market as initial margin allows, and small positions in others.
fn daring(exchange: &mut Exchange, markets: u16) -> Result<Trader> {
    let trader = stage::holder(exchange, markets, MILLION / 4)?;
    let exact = Exact::Base(105 * CONTRACT);
    let instruction = stage::order(exchange, &trader, FIRST, Side::Buy, exact)?;
    exchange.send(&[instruction], &[&trader.key])??;
    Ok(trader)
}

/// The same after a fall that leaves the account unhealthy, or bankrupt.
pub(super) fn fallen(exchange: &mut Exchange, markets: u16, part: f64, repetition: u64) -> Result<Trader> {
    let trader = daring(exchange, markets)?;
    stage::mark_at(exchange, part - repetition as f64 * 1e-5)?;
    Ok(trader)
}

/// An unhealthy account, near its maintenance margin.
pub(super) const UNHEALTHY: f64 = 0.967;

fn begin(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for markets in [1, 4, MARKETS] {
        let shape = format!("healthy, refused, {}", positions(markets));
        bench.shape(stage, "begin_liquidation", &shape, |exchange, repetition| {
            let trader = stage::holder(exchange, markets, MILLION)?;
            stage::advance(exchange, 3, repetition)?;
            stage::refresh(exchange, FIRST)?;
            let begin = BeginLiquidation { account: trader.account };
            Ok(Prepared::new(begin.instruction(&exchange.chain)?, &[]).refused(Error::AccountHealthy))
        })?;
    }
    for markets in [1, MARKETS] {
        let shape = format!("unhealthy, {}", positions(markets));
        bench.shape(stage, "begin_liquidation", &shape, |exchange, repetition| {
            let trader = fallen(exchange, markets, UNHEALTHY, repetition)?;
            let begin = BeginLiquidation { account: trader.account };
            Ok(Prepared::new(begin.instruction(&exchange.chain)?, &[]))
        })?;
    }
    bench.shape(stage, "begin_liquidation", "unhealthy, 1 position, 8 ranges", |exchange, repetition| {
        let trader = ranged(exchange)?;
        stage::mark_at(exchange, UNHEALTHY - repetition as f64 * 1e-5)?;
        let begin = BeginLiquidation { account: trader.account };
        Ok(Prepared::new(begin.instruction(&exchange.chain)?, &[]))
    })
}

/// Somebody daring with eight ranges.
fn ranged(exchange: &mut Exchange) -> Result<Trader> {
    let trader = stage::holder(exchange, 1, MILLION / 4)?;
    for range in 0..8 {
        let width = 10 + 2 * range;
        stage::add_range(exchange, &trader, FIRST, (-width, width), stage::shallow())?;
    }
    let instruction = stage::order(exchange, &trader, FIRST, Side::Buy, Exact::Base(100 * CONTRACT))?;
    exchange.send(&[instruction], &[&trader.key])??;
    Ok(trader)
}

pub(super) fn flag(exchange: &mut Exchange, trader: &Trader) -> Result<()> {
    let begin = BeginLiquidation { account: trader.account };
    let instruction = begin.instruction(&exchange.chain)?;
    exchange.send(&[instruction], &[])??;
    Ok(())
}

fn unwind(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "unwind_range", "1 position, the first of 8 ranges", |exchange, repetition| {
        let trader = ranged(exchange)?;
        stage::mark_at(exchange, UNHEALTHY - repetition as f64 * 1e-5)?;
        flag(exchange, &trader)?;
        let unwind = UnwindRange { account: trader.account, slot: 0 };
        Ok(Prepared::new(unwind.instruction(&exchange.chain)?, &[]))
    })
}

fn step(exchange: &Exchange, trader: &Trader, keeper: &Trader, max_base: u64) -> Result<Prepared> {
    let step = LiquidateOnCurve {
        keeper: keeper.account,
        account: trader.account,
        market: FIRST,
        price: exchange.feed(FIRST)?.address,
        max_base,
        reach: Reach::default(),
    };
    Ok(Prepared::new(step.instruction(&exchange.chain)?, &[]))
}

fn on_curve(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    let shapes = [1, 4, MARKETS].map(|markets| (markets, "0 ticks", CONTRACT / 2));
    for (markets, crossed, max_base) in shapes.into_iter().chain([(1, "a quarter of the position, 6 ticks", u64::MAX)])
    {
        let shape = format!("{}, {crossed} crossed", positions(markets));
        bench.shape(stage, "liquidate_on_curve", &shape, |exchange, repetition| {
            let keeper = exchange.open("keeper", 1_000_000, false)?;
            let trader = fallen(exchange, markets, UNHEALTHY, repetition)?;
            flag(exchange, &trader)?;
            stage::crash(exchange, 12, UNHEALTHY - repetition as f64 * 1e-5)?;
            step(exchange, &trader, &keeper, max_base)
        })?;
    }
    Ok(())
}

fn resolve(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "resolve", "1 market, insurance and write-off", |exchange, repetition| {
        let keeper = exchange.open("keeper", 1_000_000, false)?;
        let trader = fallen(exchange, 1, 0.93, repetition)?;
        flag(exchange, &trader)?;
        while exchange.state::<MarginAccount>(&trader.account)?.position(FIRST)?.base != 0 {
            stage::crash(exchange, 12, 0.93 - repetition as f64 * 1e-5)?;
            let step = step(exchange, &trader, &keeper, u64::MAX)?;
            exchange.send(&[step.instruction], &[])??;
        }
        let instruction = Resolve { account: trader.account, market: FIRST }.instruction(&exchange.chain);
        Ok(Prepared::new(instruction.context("nothing to resolve")?, &[]))
    })
}
