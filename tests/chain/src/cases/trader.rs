//! Trading, settling, releasing, and ranges.

use keel_engine::Error::{
    AccountForeign, AccountUnexpected, NothingToSettle, OracleWrongFeed, PositionNotFound, Unauthorized,
};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::{MarginAccount, Market, Ranges};
use keel_sdk::address;
use keel_sdk::instructions::{RemoveRange, SettleRange};
use solana_signer::Signer;

use super::{Another, Case, Slot};
use crate::cast::Cast;
use crate::refusal::Refusal;
use crate::world::{BTC, SOL, dollars};

const UNAUTHORIZED: Refusal = Refusal::Keel(Unauthorized);

fn others_account(cast: &Cast) -> Slot {
    Slot::state::<MarginAccount>(Some((cast.other.account, UNAUTHORIZED)))
}

fn others_ranges(cast: &Cast) -> Slot {
    Slot::state::<Ranges>(Some((address::ranges(&cast.other.account), AccountForeign.into())))
}

fn other_market(error: keel_engine::Error) -> Slot {
    Slot::state::<Market>(Some((address::market(SOL), error.into())))
}

fn other_price(cast: &Cast) -> Another {
    Some((cast.world.price_account(SOL), OracleWrongFeed.into()))
}

pub(super) fn trade(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    world.publish();
    let base = world.base_for(BTC, dollars(1_000));
    let order = world.order(&cast.busy, BTC, Side::Buy, Exact::Base(base));
    let instruction = world.built(&order);
    let slots = vec![
        Slot::Signer(Some(UNAUTHORIZED)),
        others_account(cast),
        // Which is then among the remaining ones too.
        other_market(AccountUnexpected),
        Slot::Price(other_price(cast)),
    ];
    Case::new("trade", instruction, slots)
}

pub(super) fn add_range(cast: &mut Cast) -> Case {
    cast.world.publish();
    let range = cast.world.range(&cast.busy, BTC, -40, 30, dollars(10_000));
    let instruction = range.instruction(&cast.world.exchange.chain).unwrap();
    let slots = vec![
        Slot::Signer(Some(UNAUTHORIZED)),
        others_account(cast),
        others_ranges(cast),
        other_market(AccountUnexpected),
        Slot::Price(other_price(cast)),
    ];
    Case::new("add_range", instruction, slots)
}

pub(super) fn remove_range(cast: &mut Cast) -> Case {
    let remove = RemoveRange { owner: cast.busy.key.pubkey(), account: cast.busy.account, slot: 0 };
    on_range(cast, "remove_range", remove.instruction(&cast.world.exchange.chain))
}

pub(super) fn settle_range(cast: &mut Cast) -> Case {
    let slot = cast.filled_slot(&cast.busy, BTC);
    let settle = SettleRange { owner: cast.busy.key.pubkey(), account: cast.busy.account, slot };
    on_range(cast, "settle_range", settle.instruction(&cast.world.exchange.chain))
}

fn on_range(cast: &Cast, name: &'static str, built: keel_sdk::Result<solana_instruction::Instruction>) -> Case {
    let slots = vec![
        Slot::Signer(Some(UNAUTHORIZED)),
        others_account(cast),
        others_ranges(cast),
        // Whose tick arrays are not those that were passed.
        other_market(AccountForeign),
    ];
    Case::new(name, built.unwrap(), slots)
}

pub(super) fn settle(cast: &mut Cast) -> Case {
    let instruction = cast.world.settle(&cast.busy, SOL);
    let slots = vec![
        // Nothing is short in this market, so nobody settles for others.
        Slot::Signer(Some(NothingToSettle.into())),
        Slot::state::<MarginAccount>(Some((cast.other.account, NothingToSettle.into()))),
        Slot::state::<Market>(None),
    ];
    Case::new("settle", instruction, slots)
}

pub(super) fn release(cast: &mut Cast) -> Case {
    let instruction = cast.world.release(&cast.winner, BTC);
    let slots = vec![Slot::Signer(Some(UNAUTHORIZED)), others_account(cast), other_market(PositionNotFound)];
    Case::new("release", instruction, slots)
}
