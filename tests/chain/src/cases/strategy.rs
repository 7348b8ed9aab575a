//! The pool's strategies: rolling its ranges, collecting what they earn, and their governance.

use keel_engine::Error::{AccountForeign, NotGuardian, SelfLiquidation};
use keel_engine::Side;
use keel_engine::governance::PoolGuard;
use keel_engine::pool::StrategyTerms;
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{CollectPool, GuardPool, Plan, Rebalance};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use super::governance::executed;
use super::pool::{bend, pool};
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, SOL, dollars};

/// The strategy in BTC gets half of what it had, and may be followed.
fn halve(cast: &mut Cast) {
    pool(cast);
    bend(&mut cast.world, |pool| {
        for strategy in pool.strategies.iter_mut().filter(|strategy| strategy.market == BTC) {
            strategy.weight_ppm /= 2;
            strategy.rebalanced_at = 0;
        }
    });
    cast.world.wait(20);
    cast.world.tick();
    cast.world.publish();
}

pub(super) fn rebalance(cast: &mut Cast) -> Case {
    halve(cast);
    let rebalance = Rebalance { keeper: cast.keeper.account, market: BTC, price: cast.world.price_account(BTC) };
    Case::new("rebalance", rebalance.instruction(&cast.world.exchange.chain).unwrap())
        .subject("pool_account")
        .reads(Reads::HealthAndArrays)
        .twice("keeper_account", "pool_account", Some(SelfLiquidation))
        .rule("keeper_account", |_, _| Expected::Served, "any account may be paid, except the one that pays")
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account")
}

pub(super) fn collect_pool(cast: &mut Cast) -> Case {
    pool(cast);
    // Where nobody owes: a profit is not settled before losses are covered.
    for side in [Side::Buy, Side::Sell] {
        cast.world.trade(&cast.busy, SOL, side, dollars(20_000));
    }
    // What a small range earns is collected where a step of liquidation is not tipped.
    let mut market = cast.world.market(SOL);
    market.params.liquidation_tip_quote = 0;
    cast.world.exchange.chain.put_data(&address::market(SOL), &PROGRAM_ID, encode(&market)).unwrap();
    cast.world.tick();
    let instruction = CollectPool { market: SOL }.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("collect_pool", instruction).subject("pool_account").reads(Reads::HealthAndArraysToRead).rule(
        "pool_account",
        |_, _| AccountForeign.into(),
        "the pool has one margin account",
    )
}

pub(super) fn change_pool(cast: &mut Cast) -> Case {
    pool(cast);
    let terms = StrategyTerms {
        quotes: 1,
        width_ticks: 40,
        weight_ppm: 200_000,
        leverage_ppm: 2_000_000,
        exposure_cap_usd: 500_000,
        ..StrategyTerms::default()
    };
    executed(cast, "change_pool", Plan::Strategy(BTC, terms), Pubkey::default())
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account")
        .rule("market", |_, _| keel_engine::Error::WrongMarket.into(), "a strategy is for one market")
}

pub(super) fn guard_pool(cast: &mut Cast) -> Case {
    pool(cast);
    let authority = cast.world.exchange.guardian.pubkey();
    Case::new("guard_pool", GuardPool { authority, guard: PoolGuard::StopQuoting(BTC) }.instruction()).rule(
        "authority",
        |_, _| NotGuardian.into(),
        "the guardian may, and the admin",
    )
}

/// One that is dropped, for which no market is asked.
pub(super) fn change_pool_that_drops(cast: &mut Cast) -> Case {
    pool(cast);
    let mut case = executed(cast, "change_pool", Plan::Strategy(SOL, StrategyTerms::default()), Pubkey::default())
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account");
    let market = case.instruction.accounts.iter_mut().find(|meta| meta.pubkey == address::market(SOL)).unwrap();
    market.pubkey = PROGRAM_ID;
    case
}
