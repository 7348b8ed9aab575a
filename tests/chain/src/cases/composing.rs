//! What other programs build upon: trades within a bound and to a target, deltas, accounts that pass on, and liens.

use keel_engine::Error::{CollateralStale, NoLien, NotLienHolder, RangesAccountMissing, SelfLiquidation};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::lien::Terms;
use keel_sdk::address;
use keel_sdk::instructions::{CallLien, GiveAccount, PlaceLien, ReleaseLien, Seize, TradeExact, TradeTo, ViewDelta};
use keel_sdk::path::Reach;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use super::keeper::state;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, dollars};

const WHOSE: &str = "only a lien's holder may";
const NOBODY_ELSES: &str = "nobody else's account has a lien";

pub(super) fn trade_exact(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    world.publish();
    let base = world.base_for(BTC, dollars(1_000));
    let trade = world.order(&cast.busy, BTC, Side::Buy, Exact::Base(base));
    let exact = TradeExact { trade, bound: 0 };
    Case::new("trade_exact", exact.instruction(&world.exchange.chain).unwrap())
        .reads(Reads::HealthAndArrays)
        .spare([address::tick_array(BTC, 1)])
}

pub(super) fn trade_to(cast: &mut Cast) -> Case {
    let world = &mut cast.world;
    world.publish();
    let more = i64::try_from(world.base_for(BTC, dollars(1_000))).unwrap();
    let to = TradeTo {
        authority: cast.busy.key.pubkey(),
        account: cast.busy.account,
        market: BTC,
        price: world.price_account(BTC),
        target: world.base(&cast.busy, BTC) + more,
        tolerance: 1_000,
        limit: None,
        reach: Reach::default(),
    };
    Case::new("trade_to", to.instruction(&world.exchange.chain).unwrap())
        .reads(Reads::HealthAndArrays)
        .spare([address::tick_array(BTC, 1)])
}

pub(super) fn view_delta(cast: &mut Cast) -> Case {
    let view = ViewDelta { account: cast.loser.account, market: BTC };
    Case::new("view_delta", view.instruction(&cast.world.exchange.chain).unwrap()).reads(Reads::Health).rule(
        "account",
        |world, other| {
            if state(world, other).ranges == 0 { Expected::Served } else { RangesAccountMissing.into() }
        },
        "anybody may be asked about, and ranges are a part of it",
    )
}

pub(super) fn give_account(cast: &mut Cast) -> Case {
    let (owner, account) = (cast.busy.key.pubkey(), cast.busy.account);
    Case::new("give_account", GiveAccount { owner, account, new_owner: cast.stranger }.instruction())
}

fn lien(cast: &Cast, holder: Pubkey) -> PlaceLien {
    let terms = Terms { holder: holder.to_bytes(), floor: dollars(20_000), notice_secs: 0 };
    PlaceLien { owner: cast.busy.key.pubkey(), account: cast.busy.account, terms }
}

pub(super) fn place_lien(cast: &mut Cast) -> Case {
    Case::new("place_lien", lien(cast, cast.stranger).instruction())
}

pub(super) fn call_lien(cast: &mut Cast) -> Case {
    let place = lien(cast, cast.stranger);
    cast.world.send(place.instruction());
    let call = CallLien { holder: cast.stranger, account: cast.busy.account, notice: true };
    by_holder(Case::new("call_lien", call.instruction()))
}

pub(super) fn release_lien(cast: &mut Cast) -> Case {
    let place = lien(cast, cast.stranger);
    cast.world.send(place.instruction());
    let release = ReleaseLien { holder: cast.stranger, account: cast.busy.account };
    by_holder(Case::new("release_lien", release.instruction()))
}

fn by_holder(case: Case) -> Case {
    case.rule("holder", |_, _| NotLienHolder.into(), WHOSE).rule("account", |_, _| NoLien.into(), NOBODY_ELSES)
}

pub(super) fn seize(cast: &mut Cast) -> Case {
    let (holder, account) = (cast.keeper.key.pubkey(), cast.busy.account);
    let place = lien(cast, holder);
    cast.world.send(place.instruction());
    if state(&cast.world, &account).lien_called_at == 0 {
        cast.world.send(CallLien { holder, account, notice: true }.instruction());
    }
    let mint = cast.world.exchange.mint;
    let seize = Seize { holder, account, receiver: cast.keeper.account, mint, amount: dollars(1_000) };
    by_holder(Case::new("seize", seize.instruction(&cast.world.exchange.chain).unwrap()))
        .reads(Reads::Health)
        .twice("account", "receiver", Some(SelfLiquidation))
        .rule("receiver", |_, _| NotLienHolder.into(), "the holder's own accounts get it")
        .rule("bank", |_, _| CollateralStale.into(), "other collateral needs a price")
}
