//! The pool taking over what an auction has left, and its reserve.

use keel_engine::Error::{AccountForeign, SelfLiquidation};
use keel_sdk::instructions::{Backstop, BalanceReserve};

use super::Case;
use super::liquidation::not_liquidated;
use super::pool;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::BTC;

/// Plateau and auction, in seconds.
const RUN_OUT: i64 = 66;

/// A pool that takes over in every market that it serves.
fn stand_ready(cast: &mut Cast) {
    pool::pool(cast);
    pool::bend(&mut cast.world, |pool| {
        for strategy in pool.strategies.iter_mut().filter(|strategy| strategy.market != 0) {
            strategy.backstops = 1;
            (strategy.backstop_cap_usd, strategy.backstop_loss_cap_usd) = (200_000, 20_000);
        }
    });
}

/// Of an account that nobody has taken over until the auction ran out.
pub(super) fn backstop(cast: &mut Cast) -> Case {
    stand_ready(cast);
    let since = cast.world.unix() - cast.world.account(&cast.auctioned).flagged_at;
    if since < RUN_OUT {
        cast.world.wait(RUN_OUT - since);
    }
    let backstop =
        Backstop { keeper: cast.keeper.account, account: cast.auctioned.account, market: BTC, max_base: u64::MAX };
    Case::new("backstop", backstop.instruction(&cast.world.exchange.chain).unwrap())
        .subject("pool_account")
        .reads(Reads::HealthAndArraysToRead)
        .twice("keeper_account", "account", Some(SelfLiquidation))
        .twice("keeper_account", "pool_account", Some(SelfLiquidation))
        .twice("pool_account", "account", Some(SelfLiquidation))
        .rule("keeper_account", |_, _| Expected::Served, "any account may be paid, except the two that trade")
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account")
        .rule("account", |world, other| not_liquidated(world, other, true), "anybody is taken over who may be")
}

pub(super) fn balance_reserve(cast: &mut Cast) -> Case {
    stand_ready(cast);
    Case::new("balance_reserve", BalanceReserve.instruction(&cast.world.exchange.chain).unwrap())
        .subject("pool_account")
        .reads(Reads::Health)
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account")
}
