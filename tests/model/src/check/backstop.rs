//! The pool's backstop: after the auction, at the largest discount, within the strategy's caps and the pool's margin.

use keel_engine::insurance::DAY_SECS;
use keel_engine::margin::{self, Health};
use keel_engine::pot::shortfall;
use keel_engine::state::{MarginAccount, Market, Strategy};
use keel_engine::{Error, Now};
use keel_simulator::Books;
use solana_pubkey::Pubkey;

use super::account::{rounding_atoms, worth};
use super::keeper::{account, flagged_for, ratio, widening};
use super::liquidation::{bases, reduced, together};
use super::{Checked, Prior, require, with_view};
use crate::sets::USD;
use crate::world::World;

/// A take-over by the pool.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub who: usize,
    pub market: u16,
    pub base: i64,
    pub tip: u64,
    pub insurance: u64,
}

pub(super) fn taken_over(
    world: &World,
    taken: &Taken,
    max_base: u64,
    prior: &Prior,
    after: Option<Health>,
    now: Now,
) -> Checked {
    let (Some(before), Some(market)) = (prior.health, prior.market) else { return Ok(()) };
    let Some((_, old)) = account(world, &world.before, taken.who) else { return Ok(()) };
    let since = flagged_for(world, old, now);
    let auction = i64::from(market.params.plateau_secs) + i64::from(market.params.auction_secs);
    require(since > auction && old.ranges == 0, "the pool waits for the auction", || format!("{since} s"))?;
    together(&market)?;
    let held = bases(world, taken.who, taken.market).0.unsigned_abs();
    reduced((taken.who, taken.market), taken.base, held.min(max_base) as f64, world)?;
    within_caps(world, taken, &market, now)?;

    let notional = market.mark.notional_ceil(taken.base.unsigned_abs()).unwrap_or(u64::MAX) as f64;
    let rate = ratio(market.params.d_max_ppm) + widening(&market, now);
    let most = notional * rate * (1.0 + 1e-9) + f64::from(market.params.liquidation_tip_quote) + 2.0;
    let is_paid = (taken.insurance as f64) <= most && taken.tip <= u64::from(market.params.liquidation_tip_quote);
    require(is_paid, "insurance and keeper are paid of discount and tip", || {
        format!("{} and {} of {most}", taken.insurance, taken.tip)
    })?;
    let short = world.books().markets.values().chain(world.before.markets.values()).any(|m| shortfall(m) != 0);
    if let Some(after) = after.filter(|_| !short) {
        let cost = (i128::from(before.equity) - i128::from(after.equity)) as f64;
        require(cost <= most, "a take-over costs its discount and tip at most", || format!("{cost} of {most}"))?;
        let floor = i128::from(before.equity.min(0)) - rounding_atoms(world.books());
        require(i128::from(after.equity) >= floor, "a take-over never costs more than the account has", || {
            format!("from {} to {}", before.equity, after.equity)
        })?;
        let Some((address, _)) = pool_account(world.books()) else { return Ok(()) };
        if let (Some(was), Some(is)) = (worth(&world.before, &address, now), worth(world.books(), &address, now)) {
            let gain = is - was;
            require(gain >= -(2 << 48), "the pool loses nothing at mark by it", || {
                format!("{} quote atoms", gain as f64 / 2f64.powi(48))
            })?;
        }
    }
    backed(world, taken, now)
}

fn pool_account(books: &Books) -> Option<(Pubkey, &MarginAccount)> {
    let address = Pubkey::from(books.pool?.account);
    Some((address, books.accounts.get(&address)?))
}

fn strategy(books: &Books, market: u16) -> Option<Strategy> {
    books.pool?.strategies.into_iter().find(|strategy| strategy.market == market)
}

/// What the pool has in a market.
fn base_in(books: &Books, market: u16) -> i64 {
    pool_account(books).and_then(|(_, account)| account.position(market).ok()).map_or(0, |position| position.base)
}

/// The strategy allows it, the position keeps to its cap, the day's loss was below its own, and all is counted.
fn within_caps(world: &World, taken: &Taken, market: &Market, now: Now) -> Checked {
    let (Some(old), Some(new)) = (strategy(&world.before, taken.market), strategy(world.books(), taken.market)) else {
        return require(false, "the pool has a strategy where it takes over", || format!("market {}", taken.market));
    };
    let (had, has) = (base_in(&world.before, taken.market), base_in(world.books(), taken.market));
    require(has == had - taken.base, "what one loses the pool takes over", || format!("{had} to {has}"))?;
    let notional = market.mark.notional_ceil(has.unsigned_abs()).unwrap_or(u64::MAX);
    let shrinks = has.signum() * had.signum() >= 0 && has.unsigned_abs() < had.unsigned_abs();
    let is_within = notional <= u64::from(old.backstop_cap_usd) * USD || shrinks;
    require(old.backstops != 0 && is_within, "the pool's position keeps to its cap", || {
        format!("{notional} of {} USD", old.backstop_cap_usd)
    })?;
    let is_today = now.unix - old.taken_day < DAY_SECS;
    let (base, quote) = if is_today { (old.taken_base, old.taken_quote) } else { (0, 0) };
    let price = |price: u64| price as f64 / 2f64.powi(48);
    let (mark, index) = (price(market.mark.bits), price(market.index.bits));
    let worst = if base > 0 { mark.min(index) } else { mark.max(index) };
    let loss = -(base as f64 * worst + quote as f64);
    let cap = f64::from(old.backstop_loss_cap_usd) * USD as f64;
    require(loss < cap * (1.0 + 1e-9) + 2.0, "the pool takes nothing after its loss of the day", || {
        format!("{loss} of {cap}")
    })?;
    let day = if is_today { old.taken_day } else { now.unix };
    let is_counted = (new.taken_day, new.taken_base) == (day, base - taken.base);
    require(is_counted, "what the pool takes over is counted", || format!("{old:?} to {new:?}"))
}

/// Where it adds risk the pool has initial margin after it.
fn backed(world: &World, taken: &Taken, now: Now) -> Checked {
    let books = world.books();
    let (had, has) = (base_in(&world.before, taken.market), base_in(books, taken.market));
    let grows = has.unsigned_abs() > had.unsigned_abs() || had.signum() * has.signum() < 0;
    let Some((address, pool)) = pool_account(books).filter(|_| grows) else { return Ok(()) };
    let judged = with_view(books, None, |view| {
        margin::initial_of_take_over(pool, books.ranges.get(&address), view, taken.market, now)?.require()
    });
    require(judged != Err(Error::InsufficientMargin) && pool.flagged_at == 0, "the pool is backed", || {
        format!("{judged:?}, flagged at {}", pool.flagged_at)
    })
}
