//! Questions: nobody signs, nothing is written.

use keel_engine::Error::{self, MarketMissing, PositionNotFound, RangesAccountMissing};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_sdk::address;
use keel_sdk::instructions::{ViewAuction, ViewFee, ViewFunding, ViewHealth, ViewLiquidationPrice, ViewPayout};
use solana_pubkey::Pubkey;

use super::Case;
use super::keeper::{has_other_positions, state};
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, World, dollars};

const ANYBODY: &str = "anybody may be asked about, with what his health needs";

/// What asking about another account gives with the list of one that holds BTC and ranges there.
fn another(world: &World, other: &Pubkey, without_position: Option<Error>) -> Expected {
    let account = state(world, other);
    let holds_btc = account.position(BTC).is_ok();
    if account.ranges != 0 {
        // Somebody else's companion is not his.
        Error::AccountForeign.into()
    } else if has_other_positions(&account) {
        MarketMissing.into()
    } else if let Some(error) = without_position.filter(|_| !holds_btc) {
        error.into()
    } else {
        Expected::Served
    }
}

pub(super) fn view_health(cast: &mut Cast) -> Case {
    let view = ViewHealth { account: cast.auctioned.account };
    let instruction = view.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("view_health", instruction).reads(Reads::Health).rule("account", without_ranges, ANYBODY)
}

fn without_ranges(world: &World, other: &Pubkey) -> Expected {
    let account = state(world, other);
    if account.ranges != 0 { RangesAccountMissing.into() } else { another(world, other, None) }
}

pub(super) fn view_liquidation_price(cast: &mut Cast) -> Case {
    let view = ViewLiquidationPrice { account: cast.auctioned.account, market: BTC };
    let instruction = view.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("view_liquidation_price", instruction).reads(Reads::Health).rule(
        "account",
        |world, other| {
            let account = state(world, other);
            if account.ranges != 0 {
                RangesAccountMissing.into()
            } else if account.position(BTC).is_err() {
                PositionNotFound.into()
            } else {
                another(world, other, None)
            }
        },
        ANYBODY,
    )
}

pub(super) fn view_auction(cast: &mut Cast) -> Case {
    let view = ViewAuction { account: cast.auctioned.account, market: BTC };
    let instruction = view.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("view_auction", instruction).reads(Reads::Health).rule("account", without_ranges, ANYBODY)
}

pub(super) fn view_funding(_: &mut Cast) -> Case {
    Case::new("view_funding", ViewFunding { market: BTC, points: 5, side: Side::Sell }.instruction()).rule(
        "market",
        |_, _| Expected::Served,
        "any market may be asked about",
    )
}

pub(super) fn view_fee(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    world.publish();
    let exact = Exact::Base(world.base_for(BTC, dollars(1_000)));
    let view = ViewFee { market: BTC, price: world.price_account(BTC), side: Side::Buy, exact };
    let instruction = view.instruction(&world.exchange.chain).unwrap();
    // The quote ends where the arrays do, and says so.
    let arrays = (-3..3).map(|index| address::tick_array(BTC, index));
    Case::new("view_fee", instruction).reads(Reads::Quote).spare(arrays)
}

pub(super) fn view_payout(_: &mut Cast) -> Case {
    Case::new("view_payout", ViewPayout { market: BTC }.instruction()).rule(
        "market",
        |_, _| Expected::Served,
        "any market may be asked about",
    )
}

/// Of an account with ranges and positions in both markets.
pub(super) fn view_health_of_ranges(cast: &mut Cast) -> Case {
    let view = ViewHealth { account: cast.busy.account };
    let instruction = view.instruction(&cast.world.exchange.chain).unwrap();
    Case::new("view_health", instruction).reads(Reads::Health).rule(
        "account",
        |_, _| Error::AccountForeign.into(),
        "the companion that comes with it is this account's",
    )
}
