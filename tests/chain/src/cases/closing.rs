//! Closing a market down.

use keel_engine::Error::{AccountForeign, HasLiquidity, MarketNotClosed, MarketNotClosing, NotAdmin, WrongMarket};
use keel_engine::Error::{NothingToSettle, PositionNotFound, RangesOpen};
use keel_engine::closing;
use keel_engine::state::{Market, TickArray};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{CloseMarket, ClosePosition, CloseTickArray, CreateTickArray, RemoveMarket};
use keel_simulator::Quote;
use solana_signer::Signer;

use super::Case;
use super::keeper::state;
use crate::cast::Cast;
use crate::trial::Expected;
use crate::world::{BTC, SOL_PRICE, World, sol_listing};

/// Gives notice, as if it had been given long ago.
fn notice(world: &mut World, number: u16) -> Market {
    let mut market = world.market(number);
    closing::give_notice(&mut market, keel_engine::Now { unix: 0, slot: 0 }).unwrap();
    market.close_at = world.unix();
    put(world, &market);
    market
}

/// The same, and closes it.
fn close(world: &mut World, number: u16) {
    let mut market = notice(world, number);
    let _refreshed = closing::close(&mut market, None, world.exchange.chain.now()).unwrap();
    put(world, &market);
}

fn put(world: &mut World, market: &Market) {
    let place = address::market(market.index_number);
    world.exchange.chain.put_data(&place, &PROGRAM_ID, encode(market)).unwrap();
}

pub(super) fn close_market(cast: &mut Cast) -> Case {
    cast.world.wait(10);
    let _market = notice(&mut cast.world, BTC);
    cast.world.publish();
    let close = CloseMarket { market: BTC, price: cast.world.price_account(BTC) };
    Case::new("close_market", close.instruction()).whatever("price", Expected::Served).rule(
        "market",
        |_, _| MarketNotClosing.into(),
        "no notice was given of the other one",
    )
}

pub(super) fn close_position(cast: &mut Cast) -> Case {
    cast.world.wait(10);
    close(&mut cast.world, BTC);
    let close = ClosePosition { account: cast.loser.account, market: BTC };
    Case::new("close_position", close.instruction())
        .rule(
            "account",
            |world, other| match state(world, other).position(BTC) {
                Err(_) => PositionNotFound.into(),
                Ok(position) if position.ranges != 0 => RangesOpen.into(),
                Ok(position) if position.base == 0 && position.quote.saturating_add_unsigned(position.debt) == 0 => {
                    NothingToSettle.into()
                }
                Ok(_) => Expected::Served,
            },
            "anybody's position is closed",
        )
        .rule("market", |_, _| MarketNotClosed.into(), "the other one is open")
}

pub(super) fn close_tick_array(cast: &mut Cast) -> Case {
    let payer = cast.isolated.key.pubkey();
    if cast.world.exchange.state::<TickArray>(&address::tick_array(BTC, 9)).is_err() {
        let create = CreateTickArray { payer, market: BTC, index: 9 };
        cast.world.send(create.instruction());
    }
    cast.world.wait(10);
    close(&mut cast.world, BTC);
    let close = CloseTickArray { market: BTC, index: 9 };
    Case::new("close_tick_array", close.instruction(&cast.world.exchange.chain).unwrap())
        .whatever("market", WrongMarket.into())
        .rule(
            "tick_array",
            |world, other| {
                let array: TickArray = world.exchange.state(other).unwrap();
                let theirs: TickArray = world.exchange.state(&address::tick_array(BTC, 9)).unwrap();
                if array.payer != theirs.payer {
                    AccountForeign.into()
                } else if array.market != BTC {
                    WrongMarket.into()
                } else if array.initialized != 0 {
                    HasLiquidity.into()
                } else {
                    Expected::Served
                }
            },
            "any array is closed that nobody uses",
        )
}

pub(super) fn remove_market(cast: &mut Cast) -> Case {
    let number = cast.world.list(&sol_listing(), Quote::of_usd(SOL_PRICE));
    close(&mut cast.world, number);
    let admin = cast.world.exchange.admin.pubkey();
    Case::new("remove_market", RemoveMarket { admin, market: number }.instruction())
        .whatever("admin", NotAdmin.into())
        .rule("market", |_, _| MarketNotClosed.into(), "the others are open")
}
