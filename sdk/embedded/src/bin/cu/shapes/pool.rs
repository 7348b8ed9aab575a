//! The pool: with a range and a position in each of five markets, which is what its value is told from.

use anyhow::{Result, ensure};
use keel_embedded::chain::key;
use keel_embedded::{Exchange, Trader, token};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::governance::PoolGuard;
use keel_engine::pool::StrategyTerms;
use keel_engine::pool::deposits::CANCELLABLE_AFTER_SECS;
use keel_engine::pool::redemptions::MIN_TIP;
use keel_engine::state::{Pool, Strategy};
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::instructions::{
    CancelDeposit, CancelRedeem, CollectPool, CreatePool, ExecuteChange, ExecuteDeposit, ExecuteRedeem, GuardPool,
    Plan, Rebalance, RequestDeposit, RequestRedeem, ViewPool,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, MILLION};

/// Markets that the pool serves.
pub(super) const SERVED: u16 = 5;
/// Accounts that an execution may name.
const MOST_ACCOUNTS: usize = 40;
pub(super) const SHAPE: &str = "5 markets, a range and a position in each";

pub fn measure(bench: &mut Bench, plain: &Exchange) -> Result<()> {
    bench.shape(plain, "create_pool", "", |exchange, _| {
        let admin = exchange.admin.insecure_clone();
        Ok(Prepared::new(CreatePool { admin: admin.pubkey() }.instruction(), &[&admin]))
    })?;
    let (stage, lp) = build(plain)?;
    let owner = lp.key.pubkey();
    bench.shape(&stage, "request_deposit", "no position", |exchange, repetition| {
        Ok(Prepared::new(asking_in(exchange, &lp, repetition)?, &[&lp.key]))
    })?;
    bench.shape(&stage, "execute_deposit", SHAPE, |exchange, repetition| {
        let number = ask_in(exchange, &lp, repetition)?;
        ready(exchange, 30, repetition)?;
        let execute = ExecuteDeposit { keeper: owner, number }.instruction(&exchange.chain)?;
        ensure!(execute.accounts.len() <= MOST_ACCOUNTS, "{} accounts", execute.accounts.len());
        Ok(Prepared::new(execute, &[&lp.key]))
    })?;
    bench.shape(&stage, "cancel_deposit", "", |exchange, repetition| {
        let number = ask_in(exchange, &lp, repetition)?;
        ready(exchange, CANCELLABLE_AFTER_SECS, repetition)?;
        Ok(Prepared::new(CancelDeposit { authority: owner, number }.instruction(&exchange.chain)?, &[&lp.key]))
    })?;
    bench.shape(&stage, "request_redeem", "", |exchange, repetition| {
        Ok(Prepared::new(asking_out(exchange, &lp, repetition)?, &[&lp.key]))
    })?;
    bench.shape(&stage, "execute_redeem", SHAPE, |exchange, repetition| {
        let number = ask_out(exchange, &lp, repetition)?;
        ready(exchange, 86_400, repetition)?;
        let execute = ExecuteRedeem { keeper: owner, number }.instruction(&exchange.chain)?;
        ensure!(execute.accounts.len() <= MOST_ACCOUNTS, "{} accounts", execute.accounts.len());
        Ok(Prepared::new(execute, &[&lp.key]))
    })?;
    bench.shape(&stage, "execute_redeem", "lapsed", |exchange, repetition| {
        let number = ask_out(exchange, &lp, repetition)?;
        ready(exchange, 2 * 86_400, repetition)?;
        Ok(Prepared::new(ExecuteRedeem { keeper: owner, number }.instruction(&exchange.chain)?, &[&lp.key]))
    })?;
    bench.shape(&stage, "cancel_redeem", "", |exchange, repetition| {
        let number = ask_out(exchange, &lp, repetition)?;
        let cancel = CancelRedeem { owner, shares_account: shares_of(&lp), number };
        Ok(Prepared::new(cancel.instruction(&exchange.chain)?, &[&lp.key]))
    })?;
    let keeper = lp.account;
    bench.shape(&stage, "rebalance", SHAPE, |exchange, repetition| {
        // Less to quote with, and nobody has pushed the curve as far as that counts.
        bend(exchange, stage::FIRST, |pool, strategy| {
            pool.rebalance_tol_ppm = 20_000;
            strategy.weight_ppm /= 2;
        })?;
        ready(exchange, 90, repetition)?;
        let price = exchange.feed(stage::FIRST)?.address;
        let rebalance = Rebalance { keeper, market: stage::FIRST, price }.instruction(&exchange.chain)?;
        ensure!(rebalance.accounts.len() <= MOST_ACCOUNTS, "{} accounts", rebalance.accounts.len());
        Ok(Prepared::new(rebalance, &[]))
    })?;
    bench.shape(&stage, "rebalance", "winding down: 5 markets, a quarter of a position", |exchange, repetition| {
        bend(exchange, stage::FIRST, |_, strategy| strategy.quotes = 0)?;
        ready(exchange, 90, repetition)?;
        let price = exchange.feed(stage::FIRST)?.address;
        let rebalance = Rebalance { keeper, market: stage::FIRST, price }.instruction(&exchange.chain)?;
        Ok(Prepared::new(rebalance, &[]))
    })?;
    bench.shape(&stage, "collect_pool", "a range that earned", |exchange, repetition| {
        ready(exchange, 3, repetition)?;
        Ok(Prepared::new(CollectPool { market: stage::FIRST }.instruction(&exchange.chain)?, &[]))
    })?;
    bench.shape(&stage, "guard_pool", "", |exchange, _| {
        let guardian = exchange.guardian.insecure_clone();
        let guard = GuardPool { authority: guardian.pubkey(), guard: PoolGuard::StopQuoting(stage::FIRST) };
        Ok(Prepared::new(guard.instruction(), &[&guardian]))
    })?;
    bench.shape(&stage, "change_pool", "a strategy", |exchange, _| {
        let pool: Pool = exchange.state(&address::pool())?;
        let terms =
            StrategyTerms { width_ticks: 50, weight_ppm: 100_000, ..StrategyTerms::of(pool.strategy(stage::FIRST)?) };
        let number = exchange.queue(Plan::Strategy(stage::FIRST, terms))?;
        exchange.wait_for(number)?;
        let execute = ExecuteChange { number, sender: Pubkey::default(), source: Pubkey::default() };
        Ok(Prepared::new(execute.instruction(&exchange.chain)?, &[]))
    })?;
    bench.shape(&stage, "view_pool", SHAPE, |exchange, repetition| {
        ready(exchange, 3, repetition)?;
        Ok(Prepared::new(ViewPool.instruction(&exchange.chain)?, &[]))
    })
}

/// Changes the pool and one of its strategies past the program.
fn bend(exchange: &mut Exchange, market: u16, bend: impl FnOnce(&mut Pool, &mut Strategy)) -> Result<()> {
    let mut pool: Pool = exchange.state(&address::pool())?;
    let mut strategy = *pool.strategy(market)?;
    bend(&mut pool, &mut strategy);
    *pool.strategy_mut(market)? = strategy;
    exchange.chain.put_data(&address::pool(), &address::PROGRAM_ID, encode(&pool))
}

pub(super) fn shares_of(lp: &Trader) -> Pubkey {
    key(&format!("{} shares", lp.key.pubkey())).pubkey()
}

/// The stage with a pool of a million dollars, whose ranges have sold, and an LP who has as much again.
pub(super) fn build(plain: &Exchange) -> Result<(Exchange, Trader)> {
    let mut exchange = plain.fork();
    exchange.create_pool()?;
    let lp = exchange.open("lp", 2 * MILLION, false)?;
    let owner = lp.key.pubkey();
    token::create_account(&mut exchange.chain, &shares_of(&lp), &address::share_mint(), &owner, 0)?;
    let asked = RequestDeposit {
        owner,
        account: lp.account,
        shares_account: shares_of(&lp),
        amount: MILLION,
        min_shares: 0,
        tip: 0,
    };
    send(&mut exchange, &lp, |exchange| Ok(asked.instruction(&exchange.chain)?))?;
    stage::advance(&mut exchange, 1, 0)?;
    let execute = ExecuteDeposit { keeper: owner, number: 0 };
    send(&mut exchange, &lp, |exchange| Ok(execute.instruction(&exchange.chain)?))?;
    let terms = StrategyTerms {
        quotes: 1,
        width_ticks: 100,
        weight_ppm: 200_000,
        leverage_ppm: 4_000_000,
        exposure_cap_usd: 1_000_000,
        backstops: 1,
        backstop_cap_usd: 1_000_000,
        backstop_loss_cap_usd: 100_000,
        ..StrategyTerms::default()
    };
    for market in 1..=SERVED {
        exchange.change(Plan::Strategy(market, terms))?;
    }
    ready(&mut exchange, 60, 0)?;
    for market in 1..=SERVED {
        let (keeper, price) = (lp.account, exchange.feed(market)?.address);
        let rebalance = Rebalance { keeper, market, price }.instruction(&exchange.chain)?;
        exchange.send(&[rebalance], &[])??;
    }
    let taker = exchange.open("taker", MILLION, false)?;
    for market in 1..=SERVED {
        let buy = stage::order(&exchange, &taker, market, Side::Buy, Exact::Base(CONTRACT))?;
        exchange.send(&[buy], &[&taker.key])??;
    }
    Ok((exchange, lp))
}

fn send(exchange: &mut Exchange, lp: &Trader, instruction: impl Fn(&Exchange) -> Result<Instruction>) -> Result<()> {
    let instruction = instruction(exchange)?;
    exchange.send(&[instruction], &[&lp.key])??;
    Ok(())
}

/// Time passes, and every mark is fresh.
pub(super) fn ready(exchange: &mut Exchange, secs: i64, repetition: u64) -> Result<()> {
    for _ in 0..3 {
        stage::advance(exchange, secs / 3 + 1, repetition)?;
        stage::refresh(exchange, stage::FIRST)?;
    }
    Ok(())
}

fn asking_in(exchange: &Exchange, lp: &Trader, repetition: u64) -> Result<Instruction> {
    let (owner, account, shares_account) = (lp.key.pubkey(), lp.account, shares_of(lp));
    let amount = MILLION / 100 + repetition;
    let asked = RequestDeposit { owner, account, shares_account, amount, min_shares: 0, tip: MIN_TIP };
    Ok(asked.instruction(&exchange.chain)?)
}

fn asking_out(exchange: &Exchange, lp: &Trader, repetition: u64) -> Result<Instruction> {
    let (owner, account, shares_account) = (lp.key.pubkey(), lp.account, shares_of(lp));
    let amount = MILLION / 100 + repetition;
    Ok(RequestRedeem { owner, account, shares_account, amount, tip: MIN_TIP }.instruction(&exchange.chain)?)
}

/// Returns the request's number.
fn ask_in(exchange: &mut Exchange, lp: &Trader, repetition: u64) -> Result<u64> {
    let number = exchange.state::<Pool>(&address::pool())?.deposits;
    send(exchange, lp, |exchange| asking_in(exchange, lp, repetition))?;
    Ok(number)
}

/// Returns the request's number.
fn ask_out(exchange: &mut Exchange, lp: &Trader, repetition: u64) -> Result<u64> {
    let number = exchange.state::<Pool>(&address::pool())?.redeem_tail;
    send(exchange, lp, |exchange| asking_out(exchange, lp, repetition))?;
    Ok(number)
}
