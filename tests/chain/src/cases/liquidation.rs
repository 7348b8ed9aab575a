//! Taking positions over, and deleveraging at mark.

use keel_embedded::chain::key;
use keel_engine::Error::{AccountNotFlagged, MarketMissing, PositionNotFound, RangesOpen, SelfLiquidation};
use keel_sdk::address;
use keel_sdk::instructions::{Deleverage, Liquidate};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use super::keeper::{has_other_positions, state};
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, World};

/// Plateau, auction and deleveraging window, in seconds.
const RUN_OUT: i64 = 130;

/// Why the account in which nothing is to be taken is refused: every market that it holds is passed, or only BTC.
pub(super) fn not_liquidated(world: &World, other: &Pubkey, sees_others: bool) -> Expected {
    let account = state(world, other);
    if account.flagged_at == 0 {
        AccountNotFlagged.into()
    } else if account.ranges != 0 {
        RangesOpen.into()
    } else if has_other_positions(&account) && !sees_others {
        MarketMissing.into()
    } else {
        PositionNotFound.into()
    }
}

/// By somebody with ranges and positions in both markets.
pub(super) fn liquidate(cast: &mut Cast) -> Case {
    let liquidate = Liquidate {
        owner: cast.busy.key.pubkey(),
        liquidator: cast.busy.account,
        account: cast.auctioned.account,
        market: BTC,
        max_base: u64::MAX,
        limit: None,
    };
    Case::new("liquidate", liquidate.instruction(&cast.world.exchange.chain).unwrap())
        .subject("liquidator_account")
        .reads(Reads::HealthAndArraysToRead)
        .twice("liquidator_account", "account", Some(SelfLiquidation))
        .rule("account", |world, other| not_liquidated(world, other, true), "anybody is liquidated who may be")
}

/// Against a provider, whose opposite base sits in his ranges.
pub(super) fn deleverage(cast: &mut Cast) -> Case {
    // Until the auction and the window have run out, and not until the flag is stale.
    let since = cast.world.unix() - cast.world.account(&cast.auctioned).flagged_at;
    if since < RUN_OUT {
        cast.world.wait(RUN_OUT - since);
    }
    let deleverage = Deleverage {
        keeper: cast.keeper.account,
        holder: address::margin_account(&key("inner provider").pubkey(), 0),
        account: cast.auctioned.account,
        market: BTC,
        max_base: u64::MAX,
    };
    Case::new("deleverage", deleverage.instruction(&cast.world.exchange.chain).unwrap())
        .subject("holder_account")
        .reads(Reads::RangesToSettle)
        .twice("keeper_account", "account", Some(SelfLiquidation))
        .twice("keeper_account", "holder_account", Some(SelfLiquidation))
        .twice("holder_account", "account", Some(SelfLiquidation))
        .rule("keeper_account", |_, _| Expected::Served, "any account may be paid, except the two that trade")
        .rule("account", |world, other| not_liquidated(world, other, false), "anybody is deleveraged who may be")
}
