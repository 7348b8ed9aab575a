//! Take-overs and deleveraging (item 7): what they cost, whom, and that they keep to their sizes and their times.

use keel_engine::margin::{self, Health};
use keel_engine::pot::shortfall;
use keel_engine::state::Market;
use keel_engine::{Error, Now};

use super::account::{rounding_atoms, worth};
use super::keeper::{account, allowed, flagged_for, ratio, widening};
use super::{Checked, Prior, require, with_view};
use crate::world::World;

/// A take-over.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub who: usize,
    pub by: usize,
    pub market: u16,
    pub base: i64,
    pub tip: u64,
    pub insurance: u64,
}

/// A step of deleveraging.
#[derive(Clone, Copy)]
pub(super) struct Closed {
    pub who: usize,
    pub holder: usize,
    pub market: u16,
    pub base: i64,
}

/// Base of an account in a market before and after.
pub(super) fn bases(world: &World, who: usize, market: u16) -> (i64, i64) {
    let base =
        |books| account(world, books, who).and_then(|(_, account)| account.position(market).ok()).map_or(0, |p| p.base);
    (base(&world.before), base(world.books()))
}

/// The position is reduced by the base that was told, and by no more than is allowed.
pub(super) fn reduced(who: (usize, u16), base: i64, most: f64, world: &World) -> Checked {
    let (held, left) = bases(world, who.0, who.1);
    let size = base.unsigned_abs();
    let whole = held.signum() * base.signum() == -1 && left == held + base && size <= held.unsigned_abs();
    require(whole && size as f64 <= most, "a step reduces the position, by no more than is allowed", || {
        format!("{base} of {held}, {most} allowed")
    })
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
    require(old.flagged_at != 0 && old.ranges == 0, "a step needs a flag, and ranges unwound", || format!("{old:?}"))?;
    let held = bases(world, taken.who, taken.market).0.unsigned_abs();
    let most = allowed(world, &market, old, held, &before, now).min(max_base as f64);
    reduced((taken.who, taken.market), taken.base, most, world)?;
    let (had, has) = bases(world, taken.by, taken.market);
    require(has == had - taken.base, "what one loses the other takes over", || format!("{had} to {has}"))?;

    let notional = market.mark.notional_ceil(taken.base.unsigned_abs()).unwrap_or(u64::MAX) as f64;
    let rate = ratio(market.params.d_max_ppm) + widening(&market, now);
    let most = notional * rate * (1.0 + 1e-9) + f64::from(market.params.liquidation_tip_quote) + 2.0;
    require((taken.insurance as f64) <= most, "insurance is paid of the discount", || {
        format!("{} of {most}", taken.insurance)
    })?;
    let short = world.books().markets.values().chain(world.before.markets.values()).any(|m| shortfall(m) != 0);
    if let Some(after) = after.filter(|_| !short) {
        let cost = (i128::from(before.equity) - i128::from(after.equity)) as f64;
        require(cost <= most, "a take-over costs its discount and tip at most", || format!("{cost} of {most}"))?;
        let floor = i128::from(before.equity.min(0)) - rounding_atoms(world.books());
        require(i128::from(after.equity) >= floor, "a take-over never costs more than the account has", || {
            format!("from {} to {}", before.equity, after.equity)
        })?;
        if let Some((address, _)) = account(world, world.books(), taken.by)
            && let (Some(was), Some(is)) = (worth(&world.before, &address, now), worth(world.books(), &address, now))
        {
            let gain = ((is - was) >> 48) as f64;
            require(gain <= cost + 2.0, "a liquidator gains what the account pays", || format!("{gain} of {cost}"))?;
        }
    }
    require(taken.tip <= u64::from(market.params.liquidation_tip_quote), "a tip is one tip", || taken.tip.to_string())?;
    backed(world, taken, (had, has), now)
}

/// Whoever takes new risk over has initial margin after it, whatever the open interest.
fn backed(world: &World, taken: &Taken, (had, has): (i64, i64), now: Now) -> Checked {
    let books = world.books();
    let grows = has.unsigned_abs() > had.unsigned_abs() || had.signum() * has.signum() < 0;
    let Some((address, liquidator)) = account(world, books, taken.by).filter(|_| grows) else { return Ok(()) };
    let ranges = books.ranges.get(&address);
    let judged = with_view(books, None, |view| {
        margin::initial_of_take_over(liquidator, ranges, view, taken.market, now)?.require()
    });
    require(judged != Err(Error::InsufficientMargin) && liquidator.flagged_at == 0, "a liquidator is backed", || {
        format!("{judged:?}, flagged at {}", liquidator.flagged_at)
    })
}

/// Mark and index are no further apart than half of the largest discount.
pub(super) fn together(market: &Market) -> Checked {
    let apart = (market.mark.bits as f64 / market.index.bits as f64 - 1.0).abs();
    let most = ratio(market.params.d_max_ppm) / 2.0 * (1.0 + 1e-9);
    require(apart <= most, "who does not choose waits for the mark", || format!("{apart} apart"))
}

pub(super) fn deleveraged(world: &World, closed: &Closed, max_base: u64, prior: &Prior, now: Now) -> Checked {
    let Some(market) = prior.market else { return Ok(()) };
    let params = &market.params;
    let Some((_, old)) = account(world, &world.before, closed.who) else { return Ok(()) };
    let since = flagged_for(world, old, now);
    let auction = 2 * i64::from(params.plateau_secs) + i64::from(params.auction_secs);
    require(since > auction && old.ranges == 0, "deleveraging waits for auction and pool", || format!("{since} s"))?;
    together(&market)?;
    let held = bases(world, closed.who, closed.market).0.unsigned_abs();
    reduced((closed.who, closed.market), closed.base, held.min(max_base) as f64, world)?;

    // What is left of the holder's, his ranges settled, and what was closed are what he had.
    let (_, left) = bases(world, closed.holder, closed.market);
    let whole = left.saturating_add(closed.base);
    let dust = f64::from(params.min_step_usd) * 1e6 / (market.mark.bits as f64 / 2f64.powi(48));
    let part = (whole.unsigned_abs() as f64 * ratio(params.adl_part_ppm)).max(dust) * (1.0 + 1e-9) + 1.0;
    let size = closed.base.unsigned_abs();
    require(
        whole.signum() == closed.base.signum() && size <= whole.unsigned_abs() && size as f64 <= part,
        "a step closes a part of an opposite position",
        || format!("{size} of {whole}, {part} allowed"),
    )?;
    let Some((address, _)) = account(world, world.books(), closed.holder) else { return Ok(()) };
    let (Some(was), Some(is)) = (worth(&world.before, &address, now), worth(world.books(), &address, now)) else {
        return Ok(());
    };
    let gain = is - was;
    // Each of his ranges that is settled rounds down by an atom of base and a few of quote at most.
    let ranges = world.books().ranges.get(&address).into_iter().flat_map(|ranges| &ranges.ranges);
    let settled = ranges.filter(|range| range.market == closed.market).count() as i128;
    let slack = settled * (i128::from(market.mark.bits) + (4 << 48));
    require((-slack..=(1 << 48) + slack).contains(&gain), "a holder neither gains nor loses by it", || {
        format!("{} quote atoms with {settled} ranges", gain as f64 / 2f64.powi(48))
    })
}
