//! What the pool does by itself: its range lies around the index and within its cap, its position is reduced at a bounded
//! price, and none of it costs more than the tip and the fee that are told.

use keel_engine::math::amounts::base_between_ceil;
use keel_engine::pot::shortfall;
use keel_engine::state::{Market, Pool, Range, Strategy};
use keel_engine::{Now, closing};
use keel_simulator::action::Done;
use keel_simulator::setup::number;
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, Books};
use solana_pubkey::Pubkey;

use super::account::worth;
use super::keeper::ratio;
use super::pool::value;
use super::{Checked, Prior, require};
use crate::world::World;

/// Relative error of a price in floating point.
const NEAR: f64 = 1e-9;

pub(super) fn check(world: &World, action: &Action, done: &Done, prior: &Prior, now: Now) -> Checked {
    match (action, done) {
        (Action::Strategy(StrategyAct::Rebalance { market, by }), Done::Rebalanced { .. }) => {
            rebalanced(world, (*market, *by), done, prior, now)
        }
        (Action::Strategy(StrategyAct::Collect { market }), Done::PoolCollected { profit, .. }) => {
            collected(world, number(*market), *profit, now)
        }
        _ => Ok(()),
    }
}

/// What the pool has at mark, its reserve included, in 2^-48 quote atoms.
fn total(books: &Books, now: Now) -> Option<i128> {
    let address = Pubkey::from(books.pool?.account);
    Some(worth(books, &address, now)? + (i128::from(books.exchange?.pool_reserve) << 48))
}

/// What folding a range and placing another may round off: base to the price's atoms, and a few of quote.
fn rounding(market: &Market) -> i128 {
    2 * (i128::from(market.mark.bits.max(market.index.bits) >> 48) + 5)
}

fn strategy(pool: &Pool, market: u16) -> Option<&Strategy> {
    pool.strategies.iter().find(|strategy| strategy.market == market)
}

fn rebalanced(world: &World, (place, by): (usize, usize), done: &Done, prior: &Prior, now: Now) -> Checked {
    let Done::Rebalanced { base, quote, fee, tip, .. } = *done else { return Ok(()) };
    let (Some(pool), Some(refreshed)) = (&world.before.pool, &prior.market) else { return Ok(()) };
    let number = number(place);
    let Some(old) = strategy(pool, number) else {
        return require(false, "the pool rolls where it has a strategy", || format!("market {number}"));
    };
    let since = now.unix - old.rebalanced_at;
    require(since >= i64::from(pool.rebalance_gap_secs), "the pool rests between two rollings", || {
        format!("{since} s")
    })?;

    // To the atom but for rounding: the trade at mark, its fee and the tip.
    let mut before = world.before.clone();
    before.markets.insert(number, *refreshed);
    let (Some(had), Some(has)) = (total(&before, now), total(world.books(), now)) else { return Ok(()) };
    let told = i128::from(base) * i128::from(refreshed.mark.bits)
        + ((i128::from(quote) - i128::from(fee) - i128::from(tip)) << 48);
    let off = (has - had - told) >> 48;
    require(off.abs() <= rounding(refreshed), "rolling moves the pool's money as told", || {
        format!("{off} quote atoms beside {done:?}")
    })?;
    let capital = |books: &Books| world.addresses.get(by).and_then(|by| books.accounts.get(by)).map(|a| a.usdc());
    let paid = capital(&world.before).zip(capital(world.books())).is_none_or(|(had, has)| has - had == tip);
    require(paid && tip <= u64::from(pool.rebalance_tip_quote), "a keeper gets the tip at most", || format!("{tip}"))?;
    reduced(refreshed, pool, (base, quote))?;
    placed(world, pool, old, refreshed)
}

/// The position is taken down no further from the mark than is allowed.
fn reduced(market: &Market, pool: &Pool, (base, quote): (i64, i64)) -> Checked {
    if base == 0 {
        return Ok(());
    }
    let mark = market.mark.bits as f64 / 2f64.powi(48);
    let price = -(quote as f64) / base as f64;
    let worst = ratio(pool.slippage_ppm);
    let apart = if base > 0 { price / mark - 1.0 } else { 1.0 - price / mark };
    // A step gives up to an atom of base, or of quote, away.
    let atoms = 8.0 * (mark + 1.0) / (base.unsigned_abs() as f64 * mark);
    require(apart <= worst + NEAR + atoms, "the pool reduces near the mark", || {
        format!("{base} for {quote}: {apart} from the mark")
    })
}

fn range_in(books: &Books, pool: &Pool, market: u16) -> Option<Range> {
    let ranges = books.ranges.get(&Pubkey::from(pool.account))?;
    ranges.ranges.into_iter().find(|range| range.market == market)
}

/// A range that is new, or larger, lies where nobody has pushed the curve, and runs the position to its cap at most.
fn placed(world: &World, pool: &Pool, old: &Strategy, prior: &Market) -> Checked {
    let books = world.books();
    let (Some(market), Some(range)) = (books.markets.get(&old.market), range_in(books, pool, old.market)) else {
        return Ok(());
    };
    require(old.quotes != 0 && !closing::is_closed(market), "the pool quotes where its strategy does", || {
        format!("{old:?}")
    })?;
    let was = range_in(&world.before, pool, old.market);
    let is_smaller = was.is_some_and(|was| {
        (was.lower, was.upper) == (range.lower, range.upper) && range.liquidity.get() <= was.liquidity.get()
    });
    let square = |s: u128| (s as f64 / 2f64.powi(64)).powi(2);
    // Where its price is told: before a reduction has moved the curve.
    let apart = |market: &Market| (square(market.sqrt_price.get()) / square(market.anchor.get()) - 1.0).abs();
    let least = apart(prior).min(apart(market));
    require(
        is_smaller || least <= ratio(pool.rebalance_tol_ppm) + 1e-7,
        "no range where the curve was pushed to",
        || format!("{least} from the index: {was:?} to {range:?}"),
    )?;
    let account = books.accounts.get(&Pubkey::from(pool.account));
    let base = account.and_then(|account| account.position(old.market).ok()).map_or(0, |position| position.base);
    let here = if market.sqrt_price < range.lower_sqrt_price {
        range.lower_inv_sqrt_price
    } else if market.sqrt_price >= range.upper_sqrt_price {
        range.upper_inv_sqrt_price
    } else {
        market.inv_sqrt_price
    };
    let to = |end| base_between_ceil(range.liquidity.get(), here, end).map_or(f64::MAX, |base| base as f64);
    let (sold, bought) = (to(range.upper_inv_sqrt_price), to(range.lower_inv_sqrt_price));
    let cap = f64::from(old.exposure_cap_usd) * 1e6 / (market.mark.bits.max(market.index.bits) as f64 / 2f64.powi(48));
    let (base, most) = (base as f64, cap.max((base as f64).abs()) * (1.0 + NEAR) + 2.0);
    let keeps = base + bought <= most && base - sold >= -most;
    require(keeps, "a range runs the pool's position to its cap at most", || {
        format!("{base} and {bought} or -{sold} with a cap of {cap}")
    })
}

/// Collecting changes the form of what the pool has, and nothing of its worth to who comes or leaves.
fn collected(world: &World, market: u16, profit: u64, now: Now) -> Checked {
    let Some(state) = world.books().markets.get(&market) else { return Ok(()) };
    // Of a closed market what nobody pays any more is given up.
    if closing::is_closed(state) || shortfall(state) != 0 {
        return Ok(());
    }
    let (Some(had), Some(has)) = (total(&world.before, now), total(world.books(), now)) else { return Ok(()) };
    let off = (has - had) >> 48;
    require(off.abs() <= rounding(state), "collecting moves no money", || format!("{off} quote atoms"))?;
    // A loss that cancels claims lets the pot pay more of those that are left, and a profit less.
    let pays_all = |market: &Market| market.pot >= market.claims;
    if !world.before.markets.get(&market).is_some_and(pays_all) || !pays_all(state) {
        return Ok(());
    }
    let (Some(before), Some(after)) = (value(&world.before, now), value(world.books(), now)) else { return Ok(()) };
    let moved = i128::from(after.low) - i128::from(before.low);
    // Profit counts nothing until it is mature: where it is so at once, by being settled.
    let at_once = if state.params.profit_half_life_secs == 0 { i128::from(profit) } else { 0 };
    require(moved <= rounding(state) + at_once, "collecting lifts no low value", || format!("{before:?} to {after:?}"))
}
