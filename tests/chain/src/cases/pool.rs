//! The pool: making it, coming in, leaving.

use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::token;
use keel_engine::Error::AccountForeign;
use keel_engine::pool::StrategyTerms;
use keel_engine::pool::deposits::CANCELLABLE_AFTER_SECS;
use keel_engine::pool::redemptions::MIN_TIP;
use keel_engine::state::{MarginAccount, Pool};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{
    CancelDeposit, CancelRedeem, CreatePool, ExecuteDeposit, ExecuteRedeem, Rebalance, RequestDeposit, RequestRedeem,
    ViewPool,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, SOL, World, dollars};

/// Seconds from a request to leave until it is paid, in a pool of these tests, and until it lapses.
pub const COOLDOWN_SECS: u32 = 30;

/// Somebody's token account of shares.
pub fn shares_of(trader: &Trader) -> Pubkey {
    key(&format!("{} shares", trader.key.pubkey())).pubkey()
}

/// Changes the pool past the program.
pub fn bend(world: &mut World, bend: impl FnOnce(&mut Pool)) {
    let mut pool: Pool = world.exchange.state(&address::pool()).unwrap();
    bend(&mut pool);
    world.exchange.chain.put_data(&address::pool(), &PROGRAM_ID, encode(&pool)).unwrap();
}

/// Makes the pool, with people's token accounts of shares.
pub fn open_pool(world: &mut World, people: &[&Trader]) {
    world.exchange.create_pool().unwrap();
    for trader in people {
        let owner = trader.key.pubkey();
        token::create_account(&mut world.exchange.chain, &shares_of(trader), &address::share_mint(), &owner, 0)
            .unwrap();
    }
    bend(world, |pool| {
        pool.cooldown_secs = COOLDOWN_SECS;
        pool.redeem_window_secs = COOLDOWN_SECS;
    });
}

/// Asks for a deposit.
pub fn asking_in(world: &World, trader: &Trader, amount: u64) -> Instruction {
    let request = RequestDeposit {
        owner: trader.key.pubkey(),
        account: trader.account,
        shares_account: shares_of(trader),
        amount,
        min_shares: 0,
        tip: MIN_TIP,
    };
    request.instruction(&world.exchange.chain).unwrap()
}

/// Asks to leave.
pub fn asking_out(world: &World, trader: &Trader, amount: u64) -> Instruction {
    let request = RequestRedeem {
        owner: trader.key.pubkey(),
        account: trader.account,
        shares_account: shares_of(trader),
        amount,
        tip: MIN_TIP,
    };
    request.instruction(&world.exchange.chain).unwrap()
}

/// Executes a deposit for a keeper.
pub fn bringing_in(world: &World, keeper: &Trader, number: u64) -> Instruction {
    ExecuteDeposit { keeper: keeper.key.pubkey(), number }.instruction(&world.exchange.chain).unwrap()
}

/// Executes a redemption for a keeper.
pub fn paying_out(world: &World, keeper: &Trader, number: u64) -> Instruction {
    ExecuteRedeem { keeper: keeper.key.pubkey(), number }.instruction(&world.exchange.chain).unwrap()
}

fn cancelling_in(world: &World, trader: &Trader, number: u64) -> Instruction {
    CancelDeposit { authority: trader.key.pubkey(), number }.instruction(&world.exchange.chain).unwrap()
}

fn cancelling_out(world: &World, trader: &Trader, number: u64) -> Instruction {
    let (owner, shares_account) = (trader.key.pubkey(), shares_of(trader));
    CancelRedeem { owner, shares_account, number }.instruction(&world.exchange.chain).unwrap()
}

/// The pool with money of two people, and a range in each market.
pub(super) fn pool(cast: &mut Cast) {
    if cast.world.exchange.chain.data(&address::pool()).is_some() {
        return;
    }
    let world = &mut cast.world;
    open_pool(world, &[&cast.busy, &cast.other]);
    bend(world, |pool| {
        pool.rebalance_tol_ppm = 20_000;
        for (strategy, market) in pool.strategies.iter_mut().zip([BTC, SOL]) {
            let terms = StrategyTerms {
                quotes: 1,
                width_ticks: 60,
                weight_ppm: 300_000,
                leverage_ppm: 1_000_000,
                exposure_cap_usd: 1_000_000,
                ..StrategyTerms::default()
            };
            strategy.market = market;
            terms.put(strategy);
        }
    });
    for trader in [&cast.busy, &cast.other] {
        let ask = asking_in(world, trader, dollars(20_000));
        world.send(ask);
    }
    world.tick();
    for number in [0, 1] {
        let execute = bringing_in(world, &cast.keeper, number);
        world.send(execute);
    }
    for market in [BTC, SOL] {
        world.publish();
        let price = world.price_account(market);
        let rebalance = Rebalance { keeper: cast.keeper.account, market, price };
        world.send_built(rebalance.instruction(&world.exchange.chain));
    }
}

/// Both people ask for deposits. Returns the first one's number, whom nobody executes here.
fn two_ask(cast: &mut Cast) -> u64 {
    pool(cast);
    let state: Pool = cast.world.exchange.state(&address::pool()).unwrap();
    for trader in [&cast.busy, &cast.other] {
        let ask = asking_in(&cast.world, trader, dollars(1_000));
        cast.world.send(ask);
    }
    state.deposits
}

/// Both people ask to leave. Returns the first one's number.
fn two_leave(cast: &mut Cast) -> u64 {
    // A deposit that waits is a request like theirs.
    let _deposit = two_ask(cast);
    let state: Pool = cast.world.exchange.state(&address::pool()).unwrap();
    for trader in [&cast.busy, &cast.other] {
        let ask = asking_out(&cast.world, trader, dollars(1_000));
        cast.world.send(ask);
    }
    state.redeem_tail
}

/// The first in the queue, brought to the front.
fn first(cast: &mut Cast) -> u64 {
    let number = two_leave(cast);
    let mut state: Pool = cast.world.exchange.state(&address::pool()).unwrap();
    while state.redeem_head < number {
        let execute = paying_out(&cast.world, &cast.keeper, state.redeem_head);
        cast.world.send(execute);
        state = cast.world.exchange.state(&address::pool()).unwrap();
    }
    number
}

const WHOSE: &str = "the request says whose it is";

/// What executions have in common.
fn executed(name: &'static str, instruction: Instruction) -> Case {
    Case::new(name, instruction)
        .subject("pool_account")
        .reads(Reads::Health)
        .twice("keeper", "payer", None)
        .unread("share_mint")
        .rule("keeper", |_, _| Expected::Served, "anybody may")
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account")
        .rule("request", |_, _| AccountForeign.into(), WHOSE)
        .rule("account", |_, _| AccountForeign.into(), WHOSE)
}

pub(super) fn create_pool(cast: &mut Cast) -> Case {
    Case::new("create_pool", CreatePool { admin: cast.world.exchange.admin.pubkey() }.instruction())
}

pub(super) fn request_deposit(cast: &mut Cast) -> Case {
    pool(cast);
    let payer = cast.world.stranger("payer");
    Case::new("request_deposit", asking_in(&cast.world, &cast.busy, dollars(1_000)))
        .paid("owner", payer)
        .reads(Reads::Health)
}

pub(super) fn execute_deposit(cast: &mut Cast) -> Case {
    let number = two_ask(cast);
    cast.world.wait(10);
    executed("execute_deposit", bringing_in(&cast.world, &cast.keeper, number))
        .twice("shares_account", "share_mint", None)
        .survives("shares_account")
}

pub(super) fn cancel_deposit(cast: &mut Cast) -> Case {
    let number = two_ask(cast);
    cast.world.wait(CANCELLABLE_AFTER_SECS);
    cancelled(cancelling_in(&cast.world, &cast.busy, number)).reads(Reads::NothingNow)
}

/// Of a flagged account, with what its health needs.
pub(super) fn cancel_deposit_that_cures(cast: &mut Cast) -> Case {
    let number = two_ask(cast);
    let exchange = &mut cast.world.exchange;
    let mut state: MarginAccount = exchange.state(&cast.busy.account).unwrap();
    state.flagged_at = exchange.chain.now().unix;
    exchange.chain.put_data(&cast.busy.account, &PROGRAM_ID, encode(&state)).unwrap();
    // No event told of it.
    exchange.replay.cut();
    cancelled(cancelling_in(&cast.world, &cast.busy, number)).reads(Reads::Health).optional().rule(
        "authority",
        |_, _| Expected::Served,
        "anybody may while the account is flagged",
    )
}

fn cancelled(instruction: Instruction) -> Case {
    Case::new("cancel_deposit", instruction)
        .twice("authority", "payer", None)
        .rule("request", |_, _| AccountForeign.into(), WHOSE)
        .rule("account", |_, _| AccountForeign.into(), WHOSE)
}

pub(super) fn request_redeem(cast: &mut Cast) -> Case {
    pool(cast);
    let payer = cast.world.stranger("payer");
    Case::new("request_redeem", asking_out(&cast.world, &cast.busy, dollars(1_000))).paid("owner", payer).twice(
        "shares_account",
        "share_vault",
        None,
    )
}

pub(super) fn execute_redeem(cast: &mut Cast) -> Case {
    let number = first(cast);
    cast.world.wait(COOLDOWN_SECS.into());
    redeemed(paying_out(&cast.world, &cast.keeper, number)).survives("shares_account")
}

/// One whose time is over: its shares go back.
pub(super) fn execute_redeem_that_lapses(cast: &mut Cast) -> Case {
    let number = first(cast);
    cast.world.wait((2 * COOLDOWN_SECS).into());
    let case = redeemed(paying_out(&cast.world, &cast.keeper, number)).survives("shares_account");
    // Nobody asks what the pool is worth.
    let unasked: Vec<Pubkey> = case.instruction.accounts.iter().skip(11).map(|meta| meta.pubkey).collect();
    case.spare(unasked)
}

/// One that was cancelled while another was in front.
pub(super) fn execute_redeem_that_skips(cast: &mut Cast) -> Case {
    let number = first(cast);
    let cancel = cancelling_out(&cast.world, &cast.other, number + 1);
    cast.world.send(cancel);
    cast.world.wait(COOLDOWN_SECS.into());
    let pay = paying_out(&cast.world, &cast.keeper, number);
    cast.world.send(pay);
    redeemed(paying_out(&cast.world, &cast.keeper, number + 1))
        .reads(Reads::NothingNow)
        .unread("share_vault")
        .unread("shares_account")
        .whatever("shares_account", Expected::Served)
}

fn redeemed(instruction: Instruction) -> Case {
    executed("execute_redeem", instruction).twice("shares_account", "share_vault", None).twice(
        "shares_account",
        "share_mint",
        None,
    )
}

pub(super) fn cancel_redeem(cast: &mut Cast) -> Case {
    let number = first(cast);
    Case::new("cancel_redeem", cancelling_out(&cast.world, &cast.busy, number))
        .twice("share_vault", "payer", None)
        .twice("share_vault", "shares_account", None)
        .rule("request", |_, _| AccountForeign.into(), WHOSE)
}

pub(super) fn view_pool(cast: &mut Cast) -> Case {
    pool(cast);
    Case::new("view_pool", ViewPool.instruction(&cast.world.exchange.chain).unwrap()).reads(Reads::Health).rule(
        "account",
        |_, _| AccountForeign.into(),
        "the pool has one margin account",
    )
}
