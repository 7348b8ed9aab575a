//! Standing orders.

use keel_embedded::exchange::Trader;
use keel_engine::Error::{AccountForeign, WrongMarket};
use keel_engine::Side;
use keel_engine::orders::{Kind, Terms};
use keel_engine::units::Price;
use keel_sdk::address;
use keel_sdk::instructions::{CancelOrder, CleanOrder, ExecuteOrder, PlaceOrder};
use keel_sdk::path::Reach;
use solana_instruction::Instruction;
use solana_signer::Signer;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, World};

/// Lamports for who executes an order.
pub const TIP: u64 = 1_000_000;

/// An order to buy a contract's twentieth, whatever it waits for.
pub fn terms(kind: Kind) -> Terms {
    let nothing = Price::from_bits(0);
    Terms {
        kind,
        side: Side::Buy,
        flags: 0,
        amount: 50_000_000,
        below: nothing,
        below_limit: nothing,
        above: nothing,
        above_limit: nothing,
        min_fill: 0,
        tip: TIP,
        starts_at: 0,
        expires_at: 0,
        interval_secs: 0,
        slices: 0,
        catch_up: 0,
    }
}

/// An order that rests at a price.
pub fn limit(below: Price) -> Terms {
    Terms { below, ..terms(Kind::Limit) }
}

/// An order in two slices an hour apart, the first of which is due at once.
pub fn two_slices() -> Terms {
    Terms { slices: 2, interval_secs: 3_600, ..terms(Kind::Twap) }
}

/// Places an order of this number by its owner.
pub fn placing(trader: &Trader, number: u64, terms: Terms) -> Instruction {
    let (authority, account) = (trader.key.pubkey(), trader.account);
    PlaceOrder { authority, account, market: BTC, number, terms }.instruction()
}

/// Executes somebody's order, for a keeper.
pub fn executing(world: &World, keeper: &Trader, trader: &Trader, number: u64) -> Instruction {
    let (keeper, account, price) = (keeper.key.pubkey(), trader.account, world.price_account(BTC));
    ExecuteOrder { keeper, account, number, price, reach: Reach::default() }.instruction(&world.exchange.chain).unwrap()
}

/// Cleans somebody's order up, for a keeper.
pub fn cleaning(world: &World, keeper: &Trader, trader: &Trader, number: u64) -> Instruction {
    let (keeper, account) = (keeper.key.pubkey(), trader.account);
    CleanOrder { keeper, account, number }.instruction(&world.exchange.chain).unwrap()
}

/// Cancels somebody's order, for its owner.
pub fn cancelling(world: &World, trader: &Trader, number: u64) -> Instruction {
    let (authority, account) = (trader.key.pubkey(), trader.account);
    CancelOrder { authority, account, number }.instruction(&world.exchange.chain).unwrap()
}

/// The busy trader and somebody else have each an order of this number.
fn both_wait(cast: &mut Cast, number: u64, terms: Terms) {
    for trader in [&cast.busy, &cast.other] {
        if cast.world.exchange.chain.data(&address::order(&trader.account, number)).is_none_or(<[u8]>::is_empty) {
            let place = placing(trader, number, terms);
            cast.world.send(place);
        }
    }
}

/// What an order's places have in common.
fn of_order(name: &'static str, instruction: Instruction) -> Case {
    Case::new(name, instruction).rule("order", |_, _| AccountForeign.into(), "the order says whose it is").rule(
        "account",
        |_, _| AccountForeign.into(),
        "the order says whose it is",
    )
}

pub(super) fn place_order(cast: &mut Cast) -> Case {
    let below = cast.world.market(BTC).index;
    let payer = cast.world.stranger("payer");
    Case::new("place_order", placing(&cast.busy, 3, limit(below))).paid("authority", payer).rule(
        "market",
        |_, _| Expected::Served,
        "an order may wait in any market",
    )
}

/// The first of two slices.
pub(super) fn execute_order(cast: &mut Cast) -> Case {
    both_wait(cast, 1, two_slices());
    execute(cast, 1)
}

/// All of it: the order ends.
pub(super) fn execute_order_to_its_end(cast: &mut Cast) -> Case {
    both_wait(cast, 2, limit(Price::MAX));
    execute(cast, 2)
}

fn execute(cast: &mut Cast, number: u64) -> Case {
    cast.world.publish();
    let ahead = address::tick_array(BTC, 1);
    of_order("execute_order", executing(&cast.world, &cast.keeper, &cast.busy, number))
        .reads(Reads::HealthAndArrays)
        .spare([ahead])
        .twice("keeper", "payer", None)
        .rule("keeper", |_, _| Expected::Served, "anybody may")
}

pub(super) fn cancel_order(cast: &mut Cast) -> Case {
    both_wait(cast, 3, limit(Price::MIN));
    of_order("cancel_order", cancelling(&cast.world, &cast.busy, 3)).twice("authority", "payer", None)
}

/// One whose time is over.
pub(super) fn clean_order(cast: &mut Cast) -> Case {
    let expires_at = cast.world.unix() + 1;
    both_wait(cast, 4, Terms { expires_at, ..limit(Price::MIN) });
    cast.world.sleep(1);
    of_order("clean_order", cleaning(&cast.world, &cast.keeper, &cast.busy, 4))
        .twice("keeper", "payer", None)
        .whatever("market", WrongMarket.into())
        .rule("keeper", |_, _| Expected::Served, "anybody may")
}
