//! Refreshing and liquidation, which nobody signs.

use keel_engine::Error::{AccountForeign, AccountNotFlagged, OracleWrongFeed, PositionNotFound, RangesAccountMissing};
use keel_engine::state::{MarginAccount, Market, Ranges};
use keel_sdk::accounts::Stored;
use keel_sdk::address;
use keel_sdk::instructions::{Resolve, UnwindRange};

use super::{Case, Slot, State};
use crate::cast::Cast;
use crate::world::{BTC, SOL};

fn account(cast: &Cast, error: keel_engine::Error) -> Slot {
    Slot::state::<MarginAccount>(Some((cast.other.account, error.into())))
}

fn market(error: keel_engine::Error) -> Slot {
    Slot::state::<Market>(Some((address::market(SOL), error.into())))
}

fn price(cast: &Cast) -> Slot {
    Slot::Price(Some((cast.world.price_account(SOL), OracleWrongFeed.into())))
}

pub(super) fn refresh(cast: &mut Cast) -> Case {
    cast.world.publish();
    let instruction = cast.world.refresh(BTC);
    Case::new("refresh", instruction, vec![market(OracleWrongFeed), price(cast)])
}

pub(super) fn begin_liquidation(cast: &mut Cast) -> Case {
    let instruction = cast.world.begin_liquidation(&cast.unhealthy.account);
    Case::new("begin_liquidation", instruction, vec![account(cast, AccountForeign)])
}

pub(super) fn unwind_range(cast: &mut Cast) -> Case {
    let unwind = UnwindRange { account: cast.flagged.account, slot: 0 };
    let instruction = unwind.instruction(&cast.world.exchange.chain).unwrap();
    let ranges = Slot::state::<Ranges>(Some((address::ranges(&cast.other.account), AccountForeign.into())));
    Case::new("unwind_range", instruction, vec![account(cast, AccountForeign), ranges, market(AccountForeign)])
}

pub(super) fn liquidate_on_curve(cast: &mut Cast) -> Case {
    cast.world.publish();
    let instruction = cast.world.liquidate(&cast.keeper, &cast.auctioned.account, BTC);
    let either = |another| Slot::State(State { len: MarginAccount::LEN, another, may_repeat: true });
    let slots = vec![
        // Any account may be paid, except the one that pays.
        either(None),
        either(Some((cast.other.account, RangesAccountMissing.into()))),
        market(AccountForeign),
        price(cast),
    ];
    Case::new("liquidate_on_curve", instruction, slots)
}

pub(super) fn resolve(cast: &mut Cast) -> Case {
    let resolve = Resolve { account: cast.bankrupt.account, market: BTC };
    let instruction = resolve.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("resolve", instruction, vec![account(cast, AccountNotFlagged), market(PositionNotFound)])
}
