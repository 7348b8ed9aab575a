//! Which part of an order is open now. Its base is a line from 0 to its amount, cut into equal slices or levels (one for a
//! trigger or a limit); what is filled or given up lies at its beginning.

use crate::clock::Now;
use crate::math::Side;
use crate::math::wide::{div_128_by_64, mul_64};
use crate::pot;
use crate::state::PlacedOrder;
use crate::units::{Price, Wide};

use super::{Kind, side};

/// A part of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// Where it begins: what is before is filled or given up.
    pub(super) from: u64,
    /// Where it ends.
    pub(super) to: u64,
    /// The level that it lies in.
    pub(super) level: u32,
}

impl Open {
    /// Base atoms.
    pub(super) const fn base(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }
}

/// The open part of an order. Without base where it is not the time.
pub(super) fn open(order: &PlacedOrder, kind: Kind, now: Now) -> Open {
    let from = order.filled.saturating_add(order.skipped);
    match kind {
        Kind::Trigger | Kind::Limit => Open { from, to: order.amount, level: 0 },
        Kind::Scale => {
            let level = part_at(order, from);
            Open { from, to: end_of(order, level.saturating_add(1)), level }
        }
        Kind::Twap => {
            let from = from.max(end_of(order, lapsed(order, now)));
            Open { from, to: end_of(order, begun(order, now)).max(from), level: 0 }
        }
    }
}

/// Whether the time of the last slice is over, with what may be made up for.
pub(super) fn is_over(order: &PlacedOrder, kind: Kind, now: Now) -> bool {
    matches!(kind, Kind::Twap) && lapsed(order, now) >= order.slices
}

/// Slices whose time has come.
fn begun(order: &PlacedOrder, now: Now) -> u32 {
    u32::try_from(intervals(order, now)).unwrap_or(u32::MAX).min(order.slices)
}

/// Slices that may not be made up for any more.
fn lapsed(order: &PlacedOrder, now: Now) -> u32 {
    let kept = u64::from(order.catch_up).saturating_add(1);
    u32::try_from(intervals(order, now).saturating_sub(kept)).unwrap_or(u32::MAX).min(order.slices)
}

/// Intervals that have begun, the one of now included.
fn intervals(order: &PlacedOrder, now: Now) -> u64 {
    let elapsed = now.unix.saturating_sub(order.starts_at);
    if elapsed < 0 {
        return 0;
    }
    elapsed.unsigned_abs().checked_div(u64::from(order.interval_secs)).unwrap_or(0).saturating_add(1)
}

/// `floor(amount * parts / slices)`: where the first `parts` end.
fn end_of(order: &PlacedOrder, parts: u32) -> u64 {
    let parts = parts.min(order.slices);
    pot::part_floor(order.amount, u64::from(parts), u64::from(order.slices))
}

/// The part in which a place of the line lies: the largest `k` with `floor(amount * k / slices) <= place`, which is
/// `ceil((place + 1) * slices / amount) - 1`.
fn part_at(order: &PlacedOrder, place: u64) -> u32 {
    let (hi, lo) = mul_64(place.saturating_add(1), u64::from(order.slices));
    let before = Wide { lo, hi }.get().saturating_sub(1);
    let part = div_128_by_64(before, order.amount).and_then(|(part, _)| u32::try_from(part).ok());
    part.unwrap_or(u32::MAX).min(order.slices.saturating_sub(1))
}

/// The price of a level of a scale order: in equal steps from its first price to its last, rounded in its owner's favour.
#[must_use]
pub fn level_price(order: &PlacedOrder, level: u32) -> Price {
    let (steps, all) = (u64::from(level), u64::from(order.slices.saturating_sub(1)));
    let away = |from: Price, to: Price| {
        let width = from.bits.abs_diff(to.bits);
        // Rounded up: what is left of the width is rounded down.
        width.saturating_sub(pot::part_floor(width, all.saturating_sub(steps), all))
    };
    match side(order) {
        Side::Buy => Price::from_bits(order.below.bits.saturating_sub(away(order.below, order.below_limit))),
        Side::Sell => Price::from_bits(order.above.bits.saturating_add(away(order.above, order.above_limit))),
    }
}
