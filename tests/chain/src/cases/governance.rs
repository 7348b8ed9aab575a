//! The launch, the queue, the guardian and the treasury.

use keel_embedded::{Collateral, token};
use keel_engine::Error::{ChangeUnknown, InsufficientCapital, NotGuardian, WrongTokenAccount};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::exchange_params::{BankParams, ExchangeParams};
use keel_engine::governance::{BankGuard, MarketGuard};
use keel_engine::state::{Bank, Exchange, Market};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{
    AcceptAdmin, CancelChange, ExecuteChange, GuardBank, GuardMarket, Launch, Plan, QueueChange, WithdrawTreasury,
};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, SOL, World, btc_listing, dollars};

/// Puts the exchange into the time before or after its launch: no instruction goes back.
pub(super) fn set_launched(world: &mut World, is_launched: bool) {
    let mut exchange = exchange(world);
    exchange.launched_at = if is_launched { 1 } else { 0 };
    world.exchange.chain.put_data(&address::exchange(), &PROGRAM_ID, encode(&exchange)).unwrap();
}

fn exchange(world: &World) -> Exchange {
    world.exchange.state(&address::exchange()).unwrap()
}

/// A change that may be executed, beside one of another kind that may be too.
fn due(cast: &mut Cast, plan: Plan) -> u64 {
    set_launched(&mut cast.world, true);
    let exchange = &mut cast.world.exchange;
    let number = exchange.queue(plan).unwrap();
    let other =
        if matches!(plan, Plan::LiftReduceOnly(_)) { Plan::CloseMarket(SOL) } else { Plan::LiftReduceOnly(SOL) };
    let _other = exchange.queue(other).unwrap();
    exchange.wait_for(number).unwrap();
    // Whoever goes on in this world needs marks.
    cast.world.tick();
    number
}

/// The case that executes it.
pub(super) fn executed(cast: &mut Cast, name: &'static str, plan: Plan, source: Pubkey) -> Case {
    let number = due(cast, plan);
    cast.world.publish();
    let execute = ExecuteChange { number, sender: cast.stranger, source };
    let case = Case::new(name, execute.instruction(&cast.world.exchange.chain).unwrap());
    case.rule("change", |_, _| ChangeUnknown.into(), "a change is of one kind and for one target")
}

pub(super) fn launch(cast: &mut Cast) -> Case {
    set_launched(&mut cast.world, false);
    let exchange = &cast.world.exchange;
    let launch =
        Launch { admin: exchange.admin.pubkey(), mints: vec![exchange.mint, cast.second.mint, cast.rated.mint] };
    Case::new("launch", launch.instruction()).reads(Reads::Banks)
}

pub(super) fn queue_change(cast: &mut Cast) -> Case {
    set_launched(&mut cast.world, true);
    let exchange = &cast.world.exchange;
    let plan = Plan::Guardian(cast.stranger);
    let queue = QueueChange::next(&exchange.chain, exchange.admin.pubkey(), plan).unwrap();
    Case::new("queue_change", queue.instruction())
}

pub(super) fn cancel_change(cast: &mut Cast) -> Case {
    let number = due(cast, Plan::Guardian(cast.stranger));
    let exchange = &cast.world.exchange;
    let cancel = CancelChange { authority: exchange.guardian.pubkey(), number };
    Case::new("cancel_change", cancel.instruction(&exchange.chain).unwrap())
        .twice("authority", "payer", None)
        .rule("authority", |_, _| NotGuardian.into(), "the guardian may, and the admin")
        .rule("change", |_, _| Expected::Served, "any change may be taken back")
}

pub(super) fn accept_admin(cast: &mut Cast) -> Case {
    // To itself, so that whoever goes on in this world has the same admin.
    let admin = cast.world.exchange.admin.pubkey();
    let number = due(cast, Plan::PendingAdmin(admin));
    cast.world.exchange.execute(number, Pubkey::default()).unwrap().unwrap();
    Case::new("accept_admin", AcceptAdmin { admin }.instruction())
}

pub(super) fn change_exchange(cast: &mut Cast) -> Case {
    let params = ExchangeParams { max_markets: 100, ..ExchangeParams::of(&exchange(&cast.world)) };
    executed(cast, "change_exchange", Plan::ExchangeParams(params), Pubkey::default())
}

pub(super) fn change_bank(cast: &mut Cast) -> Case {
    let mint = cast.world.exchange.mint;
    let bank: Bank = cast.world.exchange.state(&address::bank(&mint)).unwrap();
    let params = BankParams { cap_usd: 1_000_000_000, ..BankParams::of(&bank) };
    executed(cast, "change_bank", Plan::BankParams(0, params), mint).rule(
        "bank",
        |_, _| ChangeUnknown.into(),
        "a change is for one bank",
    )
}

pub(super) fn change_market(cast: &mut Cast) -> Case {
    let params = cast.world.market(BTC).params;
    let plan = Plan::MarketParams(BTC, keel_engine::params::Params { base_fee_ppm: 400, ..params });
    executed(cast, "change_market", plan, Pubkey::default()).rule(
        "market",
        |_, _| ChangeUnknown.into(),
        "a change is for one market",
    )
}

pub(super) fn list_market(cast: &mut Cast) -> Case {
    let price = cast.world.price_account(BTC);
    executed(cast, "list_market", Plan::ListMarket(btc_listing().terms()), price).twice("sender", "payer", None).rule(
        "sender",
        |_, _| Expected::Served,
        "anybody may pay for a market",
    )
}

pub(super) fn list_bank(cast: &mut Cast) -> Case {
    let terms = Collateral::named("another", false).terms();
    let admin = cast.world.exchange.admin.pubkey();
    token::create_mint(&mut cast.world.exchange.chain, &Pubkey::from(terms.mint), &admin, 9).unwrap();
    executed(cast, "list_bank", Plan::AddBank(terms), Pubkey::default()).twice("sender", "payer", None).rule(
        "sender",
        |_, _| Expected::Served,
        "anybody may pay for a bank",
    )
}

pub(super) fn guard_market(cast: &mut Cast) -> Case {
    let authority = cast.world.exchange.guardian.pubkey();
    let guard = GuardMarket { authority, market: BTC, guard: MarketGuard::Pause(3_600) };
    Case::new("guard_market", guard.instruction())
        .rule("authority", |_, _| NotGuardian.into(), "the guardian may, and the admin")
        .rule("market", |_, _| Expected::Served, "any market may be paused")
}

pub(super) fn guard_bank(cast: &mut Cast) -> Case {
    let exchange = &cast.world.exchange;
    let authority = exchange.guardian.pubkey();
    let guard = GuardBank { authority, mint: exchange.mint, guard: BankGuard::Pause(3_600) };
    Case::new("guard_bank", guard.instruction())
        .rule("authority", |_, _| NotGuardian.into(), "the guardian may, and the admin")
        .rule("bank", |_, _| Expected::Served, "any bank may be paused")
}

pub(super) fn withdraw_treasury(cast: &mut Cast) -> Case {
    earn(cast);
    let number = due(cast, Plan::Treasury(cast.busy.key.pubkey()));
    cast.world.exchange.execute(number, Pubkey::default()).unwrap().unwrap();
    let (mint, destination) = (cast.world.exchange.mint, cast.busy.tokens);
    let withdraw = WithdrawTreasury { market: SOL, mint, destination, amount: 1 };
    Case::new("withdraw_treasury", withdraw.instruction())
        .twice("vault", "destination", None)
        .rule(
            "market",
            |world, other| {
                let market: Market = world.exchange.state(other).unwrap();
                if market.treasury == 0 { InsufficientCapital.into() } else { Expected::Served }
            },
            "each market pays from its own",
        )
        .rule("destination", |_, _| WrongTokenAccount.into(), "the treasury's owner is the only one who is paid")
}

/// Somebody trades back and forth in SOL and pays fees, of which the treasury has a part.
fn earn(cast: &mut Cast) {
    let (world, trader) = (&mut cast.world, &cast.keeper);
    world.exchange.fund(trader, dollars(20_000)).unwrap().unwrap();
    for _ in 0..4 {
        world.tick();
        world.trade(trader, SOL, Side::Buy, dollars(50_000));
        let base = world.base(trader, SOL).unsigned_abs();
        let close = world.built(&world.order(trader, SOL, Side::Sell, Exact::Base(base)));
        world.send(close);
    }
    assert_ne!(world.market(SOL).treasury, 0, "{:?}", world.market(SOL).treasury_claim);
}
