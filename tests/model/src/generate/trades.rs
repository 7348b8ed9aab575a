//! Trades: dust, whole positions, and up to the largest leverage.

use keel_engine::Side;
use keel_engine::curve::{Exact, is_beyond};
use keel_engine::math::amounts::{base_in_full, base_out_full};
use keel_engine::math::tick::inv_sqrt;
use keel_engine::oracle::fill_peg;
use keel_engine::trade::Order;
use keel_engine::units::{InvSqrt, Price, SqrtPrice};
use keel_simulator::Action;
use keel_simulator::action::Leg;

use super::{Generator, position};
use crate::sets::{CONTRACT, USD};
use crate::source::Source;
use crate::world::World;

impl Generator {
    pub(super) fn trade(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let order = self.order(source, world, who, market);
        self.bring_price(source, world.at, market, 0);
        self.push(Action::Trade { who, market, order });
        // Who goes there may come back at once.
        if source.one_in(12) {
            let back = Order { side: opposite(order.side), limit: None, ..order };
            self.push(Action::Trade { who, market, order: back });
        }
    }

    /// Trades in several markets at once; now and then out of order.
    pub(super) fn trade_legs(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let mut legs = Vec::new();
        // Two or three at a time: with more, one of them is nearly always refused.
        let often = if world.markets() > 2 { 50 } else { 75 };
        for market in 0..world.markets() {
            if source.below(100) < often {
                legs.push(Leg { market, order: self.order(source, world, who, market) });
                self.bring_price(source, world.at, market, 0);
            }
        }
        if source.one_in(20) {
            legs.reverse();
        }
        self.push(Action::TradeLegs { who, legs });
    }

    pub(super) fn order(&self, source: &mut impl Source, world: &World, who: usize, market: usize) -> Order {
        let held = position(world, who, market).base;
        let mut side = if source.one_in(2) { Side::Buy } else { Side::Sell };
        let capital = world.backing(who);
        let exact = match source.below(10) {
            0 | 1 if held != 0 => {
                side = opposite_of(held);
                Exact::Base(held.unsigned_abs())
            }
            2 if held != 0 => Exact::Base(source.below(held.unsigned_abs().saturating_mul(2))),
            3 => Exact::Base(source.word(44)),
            4 => Exact::Quote(source.word(42)),
            5 => Exact::Base(source.below(10)),
            6 => Exact::Quote(source.below(100)),
            7 => Exact::Quote(source.below(100_000) * USD / 10),
            // To the next tick exactly, or an atom beside it.
            8 if source.one_in(2) => {
                let there = to_next_tick(world, market, side).unwrap_or(CONTRACT);
                Exact::Base(there.saturating_add(1).saturating_sub(source.below(3)))
            }
            // Up to the largest leverage.
            8 => Exact::Quote((largest(world, capital, market) / 20).saturating_mul(source.below(20) + 1)),
            _ => Exact::Base(source.below(4 * CONTRACT)),
        };
        Order {
            side,
            exact,
            limit: self.limit(source, world, market, side),
            reduce_only: source.one_in(if side == opposite_of(held) { 3 } else { 20 }),
            all_or_nothing: source.one_in(8),
        }
    }

    /// A limit near the index, sometimes: often the very price at which a tick is.
    fn limit(&self, source: &mut impl Source, world: &World, market: usize, side: Side) -> Option<Price> {
        if !source.one_in(5) {
            return None;
        }
        let state = world.market(market)?;
        if source.one_in(2) {
            return Some(Price::from_bits(state.index.bits / 10_000 * source.between(9_900, 10_100).unsigned_abs()));
        }
        let tick = if source.one_in(3) { next_tick(world, market, side)?.0.get() } else { 1 << 64 };
        // peg * s^2, with s cut to 32 fraction bits.
        let s = tick >> 32;
        let price = (u128::from(fill_peg(state, side, world.now()).bits) * ((s * s) >> 32)) >> 32;
        u64::try_from(price).ok().map(Price::from_bits)
    }
}

/// `s` and `1/s` of the next initialised tick in a direction, or of the index where that comes first.
fn next_tick(world: &World, market: usize, side: Side) -> Option<(SqrtPrice, InvSqrt)> {
    let state = world.market(market)?;
    let here = state.sqrt_price;
    let mut nearest: Option<(SqrtPrice, InvSqrt)> = None;
    let mut consider = |s: SqrtPrice, inverse: InvSqrt| {
        let closer = nearest.is_none_or(|(best, _)| is_beyond(best, s, side));
        if is_beyond(s, here, side) && closer {
            nearest = Some((s, inverse));
        }
    };
    for array in world.books().arrays_of(state.index_number) {
        for (slot, tick) in array.ticks.iter().enumerate() {
            if array.initialized >> slot & 1 == 1 {
                consider(tick.sqrt_price, tick.inv_sqrt_price);
            }
        }
    }
    if let Ok(inverse) = inv_sqrt(state.anchor) {
        consider(state.anchor, inverse);
    }
    nearest
}

/// Base that takes the curve there exactly.
fn to_next_tick(world: &World, market: usize, side: Side) -> Option<u64> {
    let state = world.market(market)?;
    let (_, inverse) = next_tick(world, market, side)?;
    let (liquidity, here) = (state.liquidity.get(), state.inv_sqrt_price);
    match side {
        Side::Buy => base_out_full(liquidity, here, inverse).ok(),
        Side::Sell => base_in_full(liquidity, here, inverse).ok(),
    }
}

/// The side that reduces a position.
pub(super) const fn opposite_of(base: i64) -> Side {
    if base > 0 { Side::Sell } else { Side::Buy }
}

const fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}

/// The largest notional that the capital backs by initial margin, in quote atoms.
pub(super) fn largest(world: &World, capital: u64, market: usize) -> u64 {
    let ppm = world.market(market).map_or(1, |state| state.params.imr_ppm.max(1));
    capital.saturating_mul(1_000_000) / u64::from(ppm)
}
