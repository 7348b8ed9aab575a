//! Trading, settling, releasing, and ranges.

use keel_engine::Error::{AccountForeign, NothingToSettle, PositionNotFound};
use keel_engine::curve::Exact;
use keel_engine::state::MarginAccount;
use keel_engine::{Side, pot};
use keel_sdk::address;
use keel_sdk::instructions::{RemoveRange, SettleRange};
use solana_signer::Signer;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, SOL, dollars};

pub(super) fn trade(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    world.publish();
    let base = world.base_for(BTC, dollars(1_000));
    let order = world.order(&cast.busy, BTC, Side::Buy, Exact::Base(base));
    let ahead = address::tick_array(BTC, 1);
    Case::new("trade", world.built(&order)).reads(Reads::HealthAndArrays).spare([ahead])
}

pub(super) fn trade_legs(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    world.publish();
    let (buy, sell) = (world.base_for(BTC, dollars(1_000)), world.base_for(SOL, dollars(1_000)));
    let legs = world.legs(&cast.busy, &[(BTC, Side::Buy, Exact::Base(buy)), (SOL, Side::Sell, Exact::Base(sell))]);
    let beyond = [address::tick_array(BTC, 1), address::tick_array(SOL, 1)];
    Case::new("trade_legs", legs).reads(Reads::Legs(&[BTC, SOL])).spare(beyond)
}

/// With a position beside it that is only looked at.
pub(super) fn trade_one_leg(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    world.publish();
    let sell = world.base_for(SOL, dollars(1_000));
    let leg = world.legs(&cast.busy, &[(SOL, Side::Sell, Exact::Base(sell))]);
    Case::new("trade_legs", leg).reads(Reads::Legs(&[SOL])).spare([address::tick_array(SOL, 1)])
}

pub(super) fn add_range(cast: &mut Cast) -> Case {
    cast.world.publish();
    let range = cast.world.range(&cast.busy, BTC, -40, 30, dollars(10_000));
    let instruction = range.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("add_range", instruction).reads(Reads::HealthAndArrays)
}

pub(super) fn remove_range(cast: &mut Cast) -> Case {
    let remove = RemoveRange { owner: cast.busy.key.pubkey(), account: cast.busy.account, slot: 0 };
    let instruction = remove.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("remove_range", instruction).reads(Reads::HealthAndArrays)
}

pub(super) fn settle_range(cast: &mut Cast) -> Case {
    let slot = cast.filled_slot(&cast.busy, BTC);
    let settle = SettleRange { authority: cast.busy.key.pubkey(), account: cast.busy.account, slot };
    let instruction = settle.instruction(&cast.world.exchange.chain).unwrap();
    // Its holder a moment ago: nothing is left that others could want.
    cast.world.send(instruction.clone());
    Case::new("settle_range", instruction)
        .reads(Reads::HealthAndArraysToRead)
        .rule("authority", |_, _| NothingToSettle.into(), "a range that has lost nothing is not settled by others")
        .rule("account", |_, _| AccountForeign.into(), "anybody may ask, and the companion is this account's")
}

pub(super) fn settle(cast: &mut Cast) -> Case {
    const NOBODY_ELSE: &str = "whoever has been settled a moment ago is not settled by others";
    let settle = cast.world.settle(&cast.busy, SOL);
    cast.world.send(settle.clone());
    cast.world.publish();
    cast.world.trade(&cast.busy, SOL, Side::Buy, dollars(1_000));
    Case::new("settle", settle)
        .rule("authority", |_, _| NothingToSettle.into(), NOBODY_ELSE)
        .rule(
            "account",
            |world, other| {
                let account: MarginAccount = world.exchange.state(other).unwrap();
                match pot::may_settle_other(&world.market(SOL), &account, world.exchange.chain.now()) {
                    Ok(true) => Expected::Served,
                    Ok(false) => NothingToSettle.into(),
                    Err(_) => PositionNotFound.into(),
                }
            },
            "others settle who loses while the pot is short",
        )
        .rule("market", |_, _| Expected::Served, "the account has positions in both markets")
}

pub(super) fn release(cast: &mut Cast) -> Case {
    Case::new("release", cast.world.release(&cast.winner, BTC)).rule(
        "market",
        |_, _| PositionNotFound.into(),
        "the account has a claim in one market only",
    )
}
