//! Trades: dust, whole positions, and up to the largest leverage.

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_simulator::Action;

use super::{Generator, position};
use crate::sets::{CONTRACT, USD};
use crate::source::Source;
use crate::world::World;

impl Generator {
    pub(super) fn trade(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let held = position(world, who, market).base;
        let mut side = if source.one_in(2) { Side::Buy } else { Side::Sell };
        let capital = world.capital(who);
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
            // Up to the largest leverage.
            8 => Exact::Quote(capital.saturating_mul(source.below(20) + 1)),
            _ => Exact::Base(source.below(4 * CONTRACT)),
        };
        let order = Order {
            side,
            exact,
            limit: self.limit(source, world, market),
            reduce_only: source.one_in(if side == opposite_of(held) { 3 } else { 20 }),
            all_or_nothing: source.one_in(8),
        };
        self.bring_price(source, world.at, market, 0);
        self.push(Action::Trade { who, market, order });
        // Who goes there may come back at once.
        if source.one_in(12) {
            let back = Order { side: opposite(side), limit: None, ..order };
            self.push(Action::Trade { who, market, order: back });
        }
    }

    /// A limit near the index, sometimes.
    fn limit(&self, source: &mut impl Source, world: &World, market: usize) -> Option<Price> {
        if !source.one_in(6) {
            return None;
        }
        let index = world.market(market)?.index.bits;
        Some(Price::from_bits(index / 10_000 * source.between(9_900, 10_100).unsigned_abs()))
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
