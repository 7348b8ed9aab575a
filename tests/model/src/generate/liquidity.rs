//! Ranges: narrow and wide, near the curve and beside it, of all sizes.

use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE, sqrt_price_at_tick};
use keel_engine::ranges::{RangeRequest, liquidity_for_quote};
use keel_simulator::Action;
use keel_simulator::action::RangeAt;

use super::Generator;
use super::trades::largest;
use crate::source::Source;
use crate::world::World;

/// A request without bounds on where the curve stands.
pub(crate) const fn request(lower: i32, upper: i32, liquidity: u128) -> RangeRequest {
    RangeRequest { lower, upper, liquidity, min_sqrt_price: MIN_SQRT_PRICE, max_sqrt_price: MAX_SQRT_PRICE }
}

/// Liquidity in which a move from end to end takes that much quote.
pub(crate) fn liquidity_of(world: &World, market: usize, lower: i32, upper: i32, quote: u64) -> Option<u128> {
    let (low, high) = (sqrt_price_at_tick(lower).ok()?, sqrt_price_at_tick(upper).ok()?);
    liquidity_for_quote(quote, low, high, world.market(market)?.peg).ok()
}

impl Generator {
    pub(super) fn add_range(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let Some(state) = world.market(market) else { return };
        let spacing = i64::from(state.params.tick_spacing);
        let cursor = i64::from(state.cursor).clamp(-200, 200);
        let middle = if source.one_in(2) { 0 } else { cursor };
        let reach = source.pick(&[8, 40, 120, 250]) / spacing;
        // Often up to the index itself, where steps are cut anyway.
        let mut tick = || match source.below(6) {
            0 => 0,
            _ => (spacing * (middle + source.between(-reach, reach))) as i32,
        };
        let (a, b) = (tick(), tick());
        let (lower, upper) = (a.min(b), a.max(b));
        let liquidity = match source.below(6) {
            0 => source.magnitude(64),
            1 | 2 => source.magnitude(50),
            _ => {
                let quote = (largest(world, world.capital(who), market) / 20).saturating_mul(source.below(20) + 1);
                liquidity_of(world, market, lower, upper, quote).unwrap_or(1)
            }
        };
        let request = request(lower, upper, liquidity);
        let has_companion = world.addresses.get(who).is_some_and(|at| world.books().ranges.contains_key(at));
        if !has_companion && !source.one_in(8) {
            self.push(Action::OpenRanges { who });
        }
        self.bring_price(source, world.at, market, 0);
        self.push(Action::AddRange { who, market, request });
    }

    /// A range that an account holds, mostly.
    pub(super) fn range_of(source: &mut impl Source, world: &World, who: usize) -> (usize, RangeAt) {
        let any = (source.below(world.markets() as u64) as usize, RangeAt::Slot(source.below(8) as u8));
        let Some(ranges) = world.addresses.get(who).and_then(|address| world.books().ranges.get(address)) else {
            return any;
        };
        let live = |slot: &usize| ranges.ranges.get(*slot).is_some_and(|range| !range.is_empty());
        let from = source.below(8) as usize;
        let Some(slot) = (0..8).map(|i| (from + i) % 8).find(live) else { return any };
        let Some(range) = ranges.ranges.get(slot) else { return any };
        let market = usize::from(range.market) - 1;
        match source.below(8) {
            0 => any,
            1 => (market, RangeAt::First),
            2 => (market, RangeAt::Ends { lower: range.lower, upper: range.upper }),
            _ => (market, RangeAt::Slot(slot as u8)),
        }
    }

    pub(super) fn remove_range(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let (market, range) = Self::range_of(source, world, who);
        self.push(Action::RemoveRange { who, market, range });
    }

    pub(super) fn settle_range(&mut self, source: &mut impl Source, world: &World, who: usize) {
        // Others' ranges too: those that lose are anybody's to settle.
        let whose = if source.one_in(3) { source.below(self.habits.accounts as u64) as usize } else { who };
        let (market, range) = Self::range_of(source, world, whose);
        self.push(Action::SettleRange { who: whose, market, range, by: who });
    }
}
