//! Trades and ranges keep to what was asked for and to the market's bounds.

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::oracle::fill_peg;
use keel_engine::state::Market;
use keel_engine::trade::Order;
use keel_engine::{Now, margin};
use keel_simulator::Action;
use keel_simulator::action::{Done, RangeAt};
use keel_simulator::setup::number;

use super::{Checked, Prior, require};
use crate::world::World;

/// Relative error of a price in floating point.
const NEAR: f64 = 1e-9;

pub(super) fn check(world: &World, action: &Action, done: &Done, prior: &Prior, now: Now) -> Checked {
    match (action, done) {
        (Action::Trade { who, market, order }, Done::Traded { base, quote, .. }) => {
            trade(world, *who, *market, order, (*base, *quote), prior, now)
        }
        (Action::TradeLegs { who, legs }, Done::TradedLegs { fills }) => {
            for (leg, fill) in legs.iter().zip(fills.iter().flatten()) {
                // A trade does not change whether its market is guarded.
                let prior = Prior { market: world.market(leg.market).copied(), health: None };
                trade(world, *who, leg.market, &leg.order, (fill.base, fill.quote), &prior, now)?;
            }
            let filled = fills.iter().flatten().count();
            require(filled == legs.len(), "every leg is filled or none", || format!("{filled} of {}", legs.len()))
        }
        (Action::RemoveRange { who, market, range }, _) => age(world, *who, *market, *range, now),
        _ => Ok(()),
    }
}

/// The curve's price at a peg, in quote atoms per base atom.
fn price(market: &Market, peg: u64) -> f64 {
    let s = market.sqrt_price.get() as f64 / 2f64.powi(64);
    peg as f64 / 2f64.powi(48) * s * s
}

pub(super) fn trade(
    world: &World,
    who: usize,
    place: usize,
    order: &Order,
    (base, quote): (i64, i64),
    prior: &Prior,
    now: Now,
) -> Checked {
    let (Some(market), Some(address)) = (world.market(place), world.addresses.get(who)) else { return Ok(()) };
    let buys = order.side == Side::Buy;
    // Where no liquidity is left, a trade may move the curve towards the index for nothing.
    let signs = if buys { base >= 0 && quote <= 0 } else { base <= 0 && quote >= 0 };
    require(signs, "a buy gains base and pays quote, a sell the other way", || format!("{base} for {quote}"))?;
    let held = |books: &keel_simulator::Books| {
        let account = books.accounts.get(address);
        account.and_then(|account| account.position(number(place)).ok()).map_or(0, |position| position.base)
    };
    let (before, after) = (held(&world.before), held(world.books()));
    require(after - before == base, "a fill is the change of the position", || format!("{before}, {after}, {base}"))?;
    let (asked, filled) = match order.exact {
        Exact::Base(asked) if order.reduce_only => (asked.min(before.unsigned_abs()), base.unsigned_abs()),
        Exact::Base(asked) => (asked, base.unsigned_abs()),
        Exact::Quote(asked) => (asked, quote.unsigned_abs()),
    };
    require(filled <= asked, "no more is filled than asked for", || format!("{filled} of {asked}"))?;
    let shrinks = after.unsigned_abs() < before.unsigned_abs() && before.signum() * after.signum() >= 0;
    let was_flagged = world.before.accounts.get(address).is_some_and(|account| account.flagged_at != 0);
    let guarded = prior.market.as_ref().is_some_and(Market::is_guarded);
    require(
        shrinks || base == 0 || !(order.reduce_only || was_flagged || guarded),
        "only reductions where only they are allowed",
        || format!("{before} to {after}, flagged {was_flagged}, guarded {guarded}"),
    )?;
    require(filled == asked || !order.all_or_nothing, "all or nothing", || format!("{filled} of {asked}"))?;

    // Where the curve may come to stand.
    let beyond =
        |price: f64, bound: f64| if buys { price > bound * (1.0 + NEAR) } else { price < bound * (1.0 - NEAR) };
    if let Some(limit) = order.limit {
        let (stands, bound) =
            (price(market, fill_peg(market, order.side, now).bits), limit.bits as f64 / 2f64.powi(48));
        require(!beyond(stands, bound), "a trade ends within its limit", || format!("{stands} beyond {bound}"))?;
    }
    let grows = after.unsigned_abs() > before.unsigned_abs() || before.signum() * after.signum() < 0;
    let band = f64::from(market.params.price_band_ppm) / 1e6 * if grows { 1.0 } else { 2.0 };
    if band != 0.0 {
        let (stands, index) = (price(market, market.peg.bits), market.index.bits as f64 / 2f64.powi(48));
        let bound = index * if buys { 1.0 + band } else { 1.0 - band };
        require(!beyond(stands, bound), "a trade ends within the band", || format!("{stands} beyond {bound}"))?;
    }
    let interest = market.mark.notional_floor(market.open_interest()).unwrap_or(u64::MAX);
    require(!grows || interest <= margin::oi_cap_quote(market), "open interest grows up to its cap", || {
        format!("{interest} quote atoms")
    })
}

/// Only a range that is old enough is removed.
fn age(world: &World, who: usize, place: usize, range: RangeAt, now: Now) -> Checked {
    let Some(address) = world.addresses.get(who) else { return Ok(()) };
    let (Some(ranges), Some(market)) = (world.before.ranges.get(address), world.market(place)) else { return Ok(()) };
    let Ok(slot) = range.slot(ranges, number(place)) else { return Ok(()) };
    let Some(held) = ranges.ranges.get(usize::from(slot)) else { return Ok(()) };
    let age = now.slot.saturating_sub(held.opened_slot);
    require(age >= u64::from(market.params.min_range_slots), "a range lives its time", || format!("{age} slots"))
}
