//! What traders and providers do.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use keel_engine::curve::Exact;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::ranges::{RangeRequest, liquidity_for_quote};
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};
use keel_engine::{Error, Side};
use keel_simulator::{Action, RangeAt, native};

use crate::collateral::BANK;
use crate::crowd::{ARBITRAGEUR, FIRST_PROVIDER, Temper, Trader, USD, first_price};
use crate::keeper::is_unhealthy;
use crate::paths::{PROVIDERS, Path};
use crate::world::World;

/// Half width of a provider's range, in ticks of 0.01%.
const WIDTH: i32 = 200;
/// Notional of a provider's range from end to end over its capital.
const RANGE_LEVERAGE: f64 = 15.0;
/// Attempts to open a position, each smaller than the one before.
const ATTEMPTS: usize = 12;
/// Part of the last attempt that the next one asks for.
const SMALLER: f64 = 0.94;
/// A fall in which people panic, and providers leave.
const PANIC: f64 = 0.05;
/// A profit over capital with which people run.
const ENOUGH: f64 = 0.2;

/// Distance of the curve from the index that is worth a trade, and where the trade ends.
const WORTH_IT: f64 = 0.004;
const BACK_AT: f64 = 0.002;
/// What one trade of the arbitrageur is worth, in USD.
const ARBITRAGE: f64 = 100_000.0;

/// An order at any price.
fn order(side: Side, base: u64, reduce_only: bool) -> Order {
    Order { side, exact: Exact::Base(base), limit: None, reduce_only, all_or_nothing: false }
}

/// Who has other collateral than USDC brings it.
pub fn bring(world: &mut World, traders: &[Trader]) -> Result<()> {
    for Trader { who, tokens, .. } in traders.iter().filter(|trader| trader.tokens != 0) {
        let brought = world.perform(Action::Deposit { who: *who, bank: BANK, amount: *tokens })?;
        let _done = brought.context("a trader cannot bring collateral")?;
    }
    Ok(())
}

/// Every provider puts a range into every market.
pub fn provide(world: &mut World) -> Result<()> {
    let markets = world.books().markets.len();
    for who in FIRST_PROVIDER..FIRST_PROVIDER + PROVIDERS {
        for market in 0..markets {
            let quote = world.account(who)?.usdc() as f64 * RANGE_LEVERAGE / markets as f64;
            let (lower, upper) = (sqrt_price_at_tick(-WIDTH)?, sqrt_price_at_tick(WIDTH)?);
            let liquidity = liquidity_for_quote(quote as u64, lower, upper, world.market(market)?.peg)?;
            let (min_sqrt_price, max_sqrt_price) = (SqrtPrice::from_bits(0), SqrtPrice::from_bits(u128::MAX));
            let request = RangeRequest { lower: -WIDTH, upper: WIDTH, liquidity, min_sqrt_price, max_sqrt_price };
            let added = world.perform(Action::AddRange { who, market, request })?;
            let _slot = added.context("a provider cannot provide")?;
        }
    }
    Ok(())
}

/// A trader opens what it wants, or the most of it that its margin backs.
pub fn open(world: &mut World, trader: &Trader) -> Result<()> {
    let side = if trader.is_long { Side::Buy } else { Side::Sell };
    for market in 0..world.books().markets.len() {
        let part = trader.parts.get(market).copied().unwrap_or(0.0);
        let mut contracts = trader.usd * trader.leverage * part / first_price(market);
        for _ in 0..ATTEMPTS {
            let base = (contracts * 1e9) as u64;
            let trade = Action::Trade { who: trader.who, market, order: order(side, base, false) };
            if base == 0 || world.perform(trade)? != Err(Error::InsufficientMargin) {
                break;
            }
            contracts *= SMALLER;
        }
    }
    Ok(())
}

/// Everybody who acts by himself.
pub struct People<'a> {
    path: &'a Path,
    traders: &'a [Trader],
    rounds: usize,
    topped_up: BTreeSet<usize>,
}

impl<'a> People<'a> {
    /// The people on a path.
    pub const fn of(path: &'a Path, traders: &'a [Trader]) -> Self {
        Self { path, traders, rounds: 0, topped_up: BTreeSet::new() }
    }

    /// What everybody does at one moment.
    pub fn act(&mut self, world: &mut World) -> Result<()> {
        let moves = (0..self.path.markets()).map(|market| (index(world, market) / first_price(market) - 1.0).abs());
        let moved = moves.fold(0.0, f64::max);
        if moved > PANIC {
            for who in FIRST_PROVIDER..FIRST_PROVIDER + self.path.leave {
                leave(world, who)?;
            }
        }
        arbitrage(world)?;
        self.rounds += 1;
        for trader in self.traders {
            // People are not as quick as programs.
            if (trader.who + self.rounds).is_multiple_of(4) {
                self.decide(world, trader, moved)?;
            }
        }
        Ok(())
    }

    fn decide(&mut self, world: &mut World, trader: &Trader, moved: f64) -> Result<()> {
        let who = trader.who;
        match trader.temper {
            Temper::Panics if moved > PANIC => close(world, who)?,
            Temper::Sleeps | Temper::Panics => {}
            Temper::TopsUp => {
                if is_unhealthy(world, who) && self.topped_up.insert(who) {
                    let amount = (trader.usd * USD * 0.5) as u64;
                    let _counted = world.perform(Action::Deposit { who, bank: USDC, amount })?;
                }
            }
            Temper::Runs => run(world, trader, 1_000_000)?,
            Temper::Grabs => run(world, trader, 0)?,
        }
        Ok(())
    }
}

/// Brings the curve back towards the index where that earns more than the fee; a guarded market allows it only to who
/// reduces.
fn arbitrage(world: &mut World) -> Result<()> {
    for market in 0..world.books().markets.len() {
        let state = world.market(market)?;
        let index = native::usd(state.index.bits);
        let premium = native::curve_price(state) / index - 1.0;
        if premium.abs() < WORTH_IT || state.liquidity.get() == 0 {
            continue;
        }
        let (side, end) = if premium > 0.0 { (Side::Sell, 1.0 + BACK_AT) } else { (Side::Buy, 1.0 - BACK_AT) };
        let limit = Price::from_bits((state.index.bits as f64 * end) as u64);
        let order = Order { limit: Some(limit), ..order(side, (ARBITRAGE / index * 1e9) as u64, false) };
        let _counted = world.perform(Action::Trade { who: ARBITRAGEUR, market, order })?;
    }
    Ok(())
}

/// The index, in USD per contract.
fn index(world: &World, market: usize) -> f64 {
    native::usd(world.market(market).map_or(0, |market| market.index.bits))
}

/// Closes with a profit, and takes out what may be taken out.
fn run(world: &mut World, trader: &Trader, min_ratio_ppm: u32) -> Result<()> {
    let who = trader.who;
    let equity = world.health(who).map_or(0.0, |health| health.equity as f64);
    if equity > (1.0 + ENOUGH) * trader.usd * USD {
        close(world, who)?;
    }
    for market in 0..world.books().markets.len() {
        if world.position(who, market).is_some_and(|position| position.mature != 0) {
            let _counted = world.perform(Action::Release { who, market, min_ratio_ppm })?;
        }
    }
    take_out(world, who)
}

/// Closes every position as far as the curve takes it.
fn close(world: &mut World, who: usize) -> Result<()> {
    for market in 0..world.books().markets.len() {
        let base = world.base(who, market);
        let side = if base > 0 { Side::Sell } else { Side::Buy };
        if base != 0 {
            let order = order(side, base.unsigned_abs(), true);
            let _counted = world.perform(Action::Trade { who, market, order })?;
        }
    }
    Ok(())
}

/// A provider takes its ranges off, closes what they left, and takes its money out.
fn leave(world: &mut World, who: usize) -> Result<()> {
    for market in 0..world.books().markets.len() {
        for slot in world.slots(who, market) {
            let _counted = world.perform(Action::RemoveRange { who, market, range: RangeAt::Slot(slot) })?;
        }
        if world.position(who, market).is_some_and(|position| position.mature != 0) {
            let _counted = world.perform(Action::Release { who, market, min_ratio_ppm: 1_000_000 })?;
        }
    }
    close(world, who)?;
    take_out(world, who)
}

/// Withdraws everything, or queues for it where the bank's outflow limit is used up.
fn take_out(world: &mut World, who: usize) -> Result<()> {
    let account = world.account(who)?;
    let free = account.flagged_at == 0 && account.positions.iter().all(|position| position.base == 0);
    for (bank, amount) in [(USDC, account.usdc()), (BANK, world.tokens(who))] {
        if free
            && amount != 0
            && world.perform(Action::Withdraw { who, bank, amount })? == Err(Error::OutflowLimitReached)
        {
            let _counted = world.perform(Action::QueueWithdrawal { who, bank, amount })?;
        }
    }
    Ok(())
}
