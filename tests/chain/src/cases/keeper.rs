//! Refreshing and liquidation, which nobody signs.

use keel_engine::Error::{
    AccountNotFlagged, MarketMissing, PositionNotFound, PositionsOpen, RangesAccountMissing, SelfLiquidation,
};
use keel_engine::state::MarginAccount;
use keel_sdk::address;
use keel_sdk::instructions::{Resolve, UnwindRange};
use solana_pubkey::Pubkey;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, World};

pub(super) fn refresh(cast: &mut Cast) -> Case {
    cast.world.publish();
    Case::new("refresh", cast.world.refresh(BTC))
}

pub(super) fn begin_liquidation(cast: &mut Cast) -> Case {
    Case::new("begin_liquidation", cast.world.begin_liquidation(&cast.unhealthy.account)).reads(Reads::Health)
}

pub(super) fn unwind_range(cast: &mut Cast) -> Case {
    let unwind = UnwindRange { account: cast.flagged.account, slot: 0 };
    let instruction = unwind.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("unwind_range", instruction).reads(Reads::HealthAndArrays)
}

pub(super) fn liquidate_on_curve(cast: &mut Cast) -> Case {
    cast.world.publish();
    let instruction = cast.world.liquidate(&cast.keeper, &cast.auctioned.account, BTC);
    Case::new("liquidate_on_curve", instruction)
        .reads(Reads::HealthAndArrays)
        // One in each direction beyond those on the way.
        .spare([-2, 1].map(|index| address::tick_array(BTC, index)))
        .twice("keeper_account", "account", Some(SelfLiquidation))
        .rule("keeper_account", |_, _| Expected::Served, "any account may be paid, except the one that pays")
        .rule(
            "account",
            |world, other| {
                let account = state(world, other);
                if account.ranges != 0 {
                    RangesAccountMissing.into()
                } else if account.flagged_at == 0 {
                    AccountNotFlagged.into()
                } else if has_other_positions(&account) {
                    MarketMissing.into()
                } else {
                    PositionNotFound.into()
                }
            },
            "anybody is liquidated who may be, and nobody else who is there may be",
        )
}

pub(super) fn resolve(cast: &mut Cast) -> Case {
    let resolve = Resolve { account: cast.bankrupt.account, market: BTC };
    on_debt("resolve", resolve.instruction(&cast.world.exchange.chain))
}

/// Of an account that has something coming in another market.
pub(super) fn resolve_with_claims(cast: &mut Cast) -> Case {
    let resolve = Resolve { account: cast.claimant.account, market: BTC };
    on_debt("resolve", resolve.instruction(&cast.world.exchange.chain))
}

fn on_debt(name: &'static str, built: keel_sdk::Result<solana_instruction::Instruction>) -> Case {
    Case::new(name, built.unwrap())
        .reads(Reads::Markets)
        .rule(
            "account",
            |world, other| {
                let account = state(world, other);
                if account.flagged_at == 0 {
                    AccountNotFlagged.into()
                } else if account.ranges != 0 || account.positions.iter().any(|position| position.base != 0) {
                    PositionsOpen.into()
                } else if has_other_positions(&account) {
                    MarketMissing.into()
                } else {
                    Expected::Served
                }
            },
            "any account is resolved that is bankrupt",
        )
        .rule("market", |_, _| PositionNotFound.into(), "the account owes in one market only")
}

pub(super) fn has_other_positions(account: &MarginAccount) -> bool {
    account.positions.iter().any(|position| !position.is_empty() && position.market != BTC)
}

pub(super) fn state(world: &World, account: &Pubkey) -> MarginAccount {
    world.exchange.state(account).unwrap()
}
