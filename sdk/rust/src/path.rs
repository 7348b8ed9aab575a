//! Which tick arrays a trade may come to, told from the market's account alone.

use std::collections::BTreeSet;

use keel_engine::Side;
use keel_engine::book::Place;
use keel_engine::math::bitmap::{is_set, next_set_above_in, next_set_at_or_below_in};
use keel_engine::state::Market;

/// Array index of the first bit in a market's bitmap of tick arrays.
const FIRST_ARRAY: i32 = -2_344;

/// How many initialised tick arrays to pass on each side of the one in which the curve stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// In the trade's direction.
    pub ahead: usize,
    /// Behind it: the curve may have moved back before the trade lands.
    pub behind: usize,
}

impl Default for Reach {
    fn default() -> Self {
        Self { ahead: 1, behind: 1 }
    }
}

impl Reach {
    /// That many arrays ahead, one behind.
    pub const fn ahead(ahead: usize) -> Self {
        Self { ahead, behind: 1 }
    }
}

/// Indices of the tick arrays to pass for a trade: the one around the cursor, if it holds an initialised tick, and the
/// next initialised ones on each side.
pub fn arrays(market: &Market, side: Side, reach: Reach) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let here = Place::of(market.cursor).array;
    let Some(bit) = here.checked_sub(FIRST_ARRAY).and_then(|bit| u32::try_from(bit).ok()) else { return found };
    if is_set(&market.arrays, bit) {
        found.insert(here);
    }
    for (side, count) in [(side, reach.ahead), (side.opposite(), reach.behind)] {
        let mut from = bit;
        for _ in 0..count {
            let next = match side {
                Side::Buy => next_set_above_in(&market.arrays, from),
                Side::Sell => from.checked_sub(1).and_then(|below| next_set_at_or_below_in(&market.arrays, below)),
            };
            let Some(next) = next else { break };
            from = next;
            found.extend(FIRST_ARRAY.checked_add_unsigned(next));
        }
    }
    found
}
