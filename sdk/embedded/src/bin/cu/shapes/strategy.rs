//! What the pool does with its money in five markets: rolling its ranges, collecting.

use anyhow::Result;
use keel_embedded::{Exchange, Trader};
use keel_engine::exchange_params::PoolParams;
use keel_engine::governance::PoolGuard;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::Pool;
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{CollectPool, GuardPool, Plan, Rebalance};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::governance::due;
use super::pool::{SERVED, build, ready};
use crate::bench::{Bench, Prepared};
use crate::stage::FIRST;

pub fn measure(bench: &mut Bench, plain: &Exchange) -> Result<()> {
    let (stage, lp) = build(plain)?;
    rebalance(bench, &stage, &lp)?;
    bench.shape(&stage, "collect_pool", "one of 5 markets", |exchange, repetition| {
        ready(exchange, 3 + i64::try_from(repetition)?, repetition)?;
        Ok(Prepared::new(CollectPool { market: FIRST }.instruction(&exchange.chain)?, &[]))
    })?;
    bench.shape(&stage, "change_pool", "parameters of the pool", |exchange, repetition| {
        let pool: Pool = exchange.state(&address::pool())?;
        let min_request_usd = 200 + u32::try_from(repetition)?;
        due(exchange, Plan::PoolParams(PoolParams { min_request_usd, ..PoolParams::of(&pool) }), Pubkey::default())
    })?;
    bench.shape(&stage, "change_pool", "a strategy", |exchange, repetition| {
        let terms = StrategyTerms { exposure_cap_usd: 500_000 + u32::try_from(repetition)?, ..terms(exchange)? };
        due(exchange, Plan::Strategy(FIRST, terms), Pubkey::default())
    })?;
    bench.shape(&stage, "guard_pool", "it leaves a market", |exchange, repetition| {
        let guardian = exchange.guardian.insecure_clone();
        let guard = PoolGuard::StopQuoting(1 + u16::try_from(repetition)? % SERVED);
        Ok(Prepared::new(GuardPool { authority: guardian.pubkey(), guard }.instruction(), &[&guardian]))
    })
}

/// The terms of the strategy in the first market.
fn terms(exchange: &Exchange) -> Result<StrategyTerms> {
    let strategy = *exchange.state::<Pool>(&address::pool())?.strategy(FIRST)?;
    Ok(StrategyTerms {
        quotes: strategy.quotes,
        width_ticks: strategy.width_ticks,
        weight_ppm: strategy.weight_ppm,
        leverage_ppm: strategy.leverage_ppm,
        ..StrategyTerms::default()
    })
}

/// Changes the pool's strategy in the first market past the program.
fn bend(exchange: &mut Exchange, terms: &StrategyTerms) -> Result<()> {
    let mut pool: Pool = exchange.state(&address::pool())?;
    terms.put(pool.strategy_mut(FIRST)?);
    exchange.chain.put_data(&address::pool(), &PROGRAM_ID, encode(&pool))
}

fn rebalance(bench: &mut Bench, stage: &Exchange, lp: &Trader) -> Result<()> {
    let roll = |exchange: &Exchange| {
        let (keeper, price) = (lp.account, exchange.feed(FIRST)?.address);
        let rebalance = Rebalance { keeper, market: FIRST, price }.instruction(&exchange.chain)?;
        Ok(Prepared::new(rebalance, &[]))
    };
    bench.shape(stage, "rebalance", "5 markets, the range placed anew", |exchange, repetition| {
        ready(exchange, 70, repetition)?;
        let wider = StrategyTerms { exposure_cap_usd: 1_000_000, width_ticks: 140, ..terms(exchange)? };
        bend(exchange, &wider)?;
        roll(exchange)
    })?;
    bench.shape(stage, "rebalance", "5 markets, the position reduced", |exchange, repetition| {
        ready(exchange, 70, repetition)?;
        let none = StrategyTerms { quotes: 0, ..terms(exchange)? };
        bend(exchange, &none)?;
        roll(exchange)
    })
}
