//! What the pool's strategy asks for in a market: where its range ends, how much liquidity, how large a position
//! (docs/pool-strategy.md).
//!
//! Guarantees: a range is centred where the curve's price is the index, never where somebody has pushed the curve; run to
//! either end from where the curve stands it brings no position beyond the cap; and none of it depends on the range that is
//! there, but for the side that is left out while the cap has little room on it.

use crate::error::{Error, Result};
use crate::math::amounts::{base_between_ceil, quote_delta_floor};
use crate::math::div::mul_div_floor;
use crate::math::tick::{inv_sqrt, sqrt_price_at_tick, tick_at_sqrt_price};
use crate::params::MILLION;
use crate::ranges::liquidity_for_quote;
use crate::state::{Market, Range, Strategy};
use crate::units::{InvSqrt, MAX_NOTIONAL, SqrtPrice};

/// A side of the range is left out while the cap leaves less than so many quarters of it.
const LEFT_OUT: u64 = 2;
/// It is quoted again once the cap leaves so many quarters: who trades to and fro between the two pays fees on the quarter
/// that lies in between.
const QUOTED_AGAIN: u64 = 3;

/// What a value of the pool lets a market have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Means {
    /// Notional of each side of the range, in quote atoms.
    pub(super) side: u64,
    /// Largest position, in base atoms: the cap's, and never more than two sides, so that a pool that has shrunk does not
    /// keep the position of a larger one.
    pub(super) cap: u64,
}

/// `value * weight * leverage` a side, rounded down; nothing where the strategy does not quote.
pub(super) fn means(market: &Market, strategy: &Strategy, value: u64) -> Means {
    if strategy.quotes == 0 {
        return Means { side: 0, cap: 0 };
    }
    let part = u128::from(value).saturating_mul(u128::from(strategy.weight_ppm));
    let side = part.saturating_mul(u128::from(strategy.leverage_ppm)) / (1_000_000_000_000);
    let side = u64::try_from(side).unwrap_or(u64::MAX).min(MAX_NOTIONAL);
    let cap = u64::from(strategy.exposure_cap_usd).saturating_mul(u64::from(MILLION)).min(side.saturating_mul(2));
    Means { side, cap: market.mark.max(market.index).base_floor(cap) }
}

/// Two ends on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    /// Lower tick, included.
    pub(super) lower: i32,
    /// Upper tick, excluded.
    pub(super) upper: i32,
    lower_sqrt_price: SqrtPrice,
    upper_sqrt_price: SqrtPrice,
    lower_inverse: InvSqrt,
    upper_inverse: InvSqrt,
}

impl Ends {
    fn new(lower: i32, upper: i32) -> Result<Self> {
        let (lower_sqrt_price, upper_sqrt_price) = (sqrt_price_at_tick(lower)?, sqrt_price_at_tick(upper)?);
        Ok(Self {
            lower,
            upper,
            lower_sqrt_price,
            upper_sqrt_price,
            lower_inverse: inv_sqrt(lower_sqrt_price)?,
            upper_inverse: inv_sqrt(upper_sqrt_price)?,
        })
    }

    /// Those of a range.
    pub(super) const fn of(range: &Range) -> Self {
        Self {
            lower: range.lower,
            upper: range.upper,
            lower_sqrt_price: range.lower_sqrt_price,
            upper_sqrt_price: range.upper_sqrt_price,
            lower_inverse: range.lower_inv_sqrt_price,
            upper_inverse: range.upper_inv_sqrt_price,
        }
    }

    /// Ticks between them.
    fn ticks(&self) -> u32 {
        self.upper.abs_diff(self.lower)
    }

    /// The quote of a liquidity over all of it, rounded down.
    pub(super) fn quote(&self, market: &Market, liquidity: u128) -> Result<u64> {
        quote_delta_floor(self.lower_sqrt_price, self.upper_sqrt_price, liquidity, market.peg)
    }

    /// Liquidity whose sides are worth `side` each, `width` ticks to a side, rounded down: the upper side by its quote, as
    /// which the base of the lower one is worth the same where the two meet.
    fn liquidity(&self, market: &Market, side: u64, width: u32) -> Result<u128> {
        let ticks = self.ticks();
        let from = if ticks > width {
            sqrt_price_at_tick(self.lower.saturating_add_unsigned(ticks / 2))?
        } else {
            self.lower_sqrt_price
        };
        liquidity_for_quote(side, from, self.upper_sqrt_price, market.peg)
    }

    /// The part of a liquidity with which a position of `base` stays within the cap wherever the curve runs to from here,
    /// rounded down.
    fn within_cap(&self, market: &Market, liquidity: u128, base: i64, cap: u64) -> Result<u128> {
        let here = if market.sqrt_price < self.lower_sqrt_price {
            self.lower_inverse
        } else if market.sqrt_price >= self.upper_sqrt_price {
            self.upper_inverse
        } else {
            market.inv_sqrt_price
        };
        let rooms = rooms(base, cap);
        let sold = base_between_ceil(liquidity, here, self.upper_inverse)?;
        let bought = base_between_ceil(liquidity, self.lower_inverse, here)?;
        Ok(cut(liquidity, sold, rooms.short).min(cut(liquidity, bought, rooms.long)))
    }
}

/// How far a position may still go to either side of it.
#[derive(Clone, Copy)]
struct Rooms {
    long: u64,
    short: u64,
}

fn rooms(base: i64, cap: u64) -> Rooms {
    let cap = i64::try_from(cap).unwrap_or(i64::MAX);
    let room = |left: i64| u64::try_from(left).unwrap_or(0);
    Rooms { long: room(cap.saturating_sub(base)), short: room(cap.saturating_add(base)) }
}

/// The part of a liquidity that moves no more than `room` where all of it moves `base`, rounded down.
fn cut(liquidity: u128, base: u64, room: u64) -> u128 {
    if base <= room {
        return liquidity;
    }
    mul_div_floor(liquidity, u128::from(room), u128::from(base)).unwrap_or(0)
}

/// The grid tick that is nearest to where the curve's price is the index: 0 in a floating market by day.
fn centre(market: &Market) -> Result<i32> {
    if market.anchor == SqrtPrice::ONE {
        return Ok(0);
    }
    let spacing = i32::try_from(market.params.tick_spacing).map_err(|_| Error::InvalidParameter)?;
    let middle = tick_at_sqrt_price(market.anchor)?.saturating_add(spacing / 2);
    let below = middle.checked_rem_euclid(spacing).ok_or(Error::InvalidParameter)?;
    Ok(middle.saturating_sub(below))
}

/// The ticks in which the strategy's range may end now, for clients that have to name the arrays which they are in.
pub fn reach(market: &Market, strategy: &Strategy) -> Result<[i32; 3]> {
    let centre = centre(market)?;
    let width = i32::try_from(strategy.width_ticks).map_err(|_| Error::InvalidParameter)?;
    Ok([centre.saturating_sub(width), centre, centre.saturating_add(width)])
}

/// Where the strategy wants its range: `width` to both sides of the centre, or to the one that the cap has room for. `means`
/// are those of the whole pool: who asks to leave turns nothing round. `None` where neither side has room.
pub(super) fn place(
    market: &Market,
    strategy: &Strategy,
    means: &Means,
    base: i64,
    old: Option<&Range>,
) -> Result<Option<Ends>> {
    let [below, centre, above] = reach(market, strategy)?;
    let wanted = market.index.base_floor(means.side).min(means.cap);
    let rooms = rooms(base, means.cap);
    let has_room = |room: u64, was_quoted: bool| {
        let quarters = if was_quoted { LEFT_OUT } else { QUOTED_AGAIN };
        room != 0 && room >= (wanted / 4).saturating_mul(quarters)
    };
    // A side of the old range that reaches half as far as it should is one that it had.
    let half = above.saturating_sub(centre) / 2;
    let sells = has_room(rooms.short, old.is_none_or(|old| old.upper >= centre.saturating_add(half)));
    let buys = has_room(rooms.long, old.is_none_or(|old| old.lower <= centre.saturating_sub(half)));
    match (buys, sells) {
        (true, true) => Ends::new(below, above).map(Some),
        (true, false) => Ends::new(below, centre).map(Some),
        (false, true) => Ends::new(centre, above).map(Some),
        (false, false) => Ok(None),
    }
}

/// The liquidity that the strategy wants between two ends, within the cap; 0 for less than the market takes.
pub(super) fn liquidity(market: &Market, strategy: &Strategy, means: &Means, ends: &Ends, base: i64) -> Result<u128> {
    let whole = ends.liquidity(market, means.side, strategy.width_ticks)?;
    Ok(at_least_the_smallest(market, ends.within_cap(market, whole, base, means.cap)?))
}

/// 0 for a liquidity that is too small for a range.
pub(super) fn at_least_the_smallest(market: &Market, liquidity: u128) -> u128 {
    if liquidity < u128::from(market.params.min_tick_liquidity) { 0 } else { liquidity }
}

/// Whether two ends are the same: to the tick, and within `tolerance_ppm` of the width where the centre moves with the
/// index.
pub(super) fn is_same_place(market: &Market, width: u32, tolerance_ppm: u32, old: &Ends, new: &Ends) -> bool {
    let apart = old.lower.abs_diff(new.lower).max(old.upper.abs_diff(new.upper));
    let tolerance = if market.anchor == SqrtPrice::ONE {
        0
    } else {
        u64::from(width).saturating_mul(u64::from(tolerance_ppm)).div_euclid(1_000_000)
    };
    u64::from(apart) <= tolerance
}

/// The part of a range that is new where its ends moved, in parts per million.
pub(super) fn moved_ppm(old: &Ends, new: &Ends) -> u32 {
    let apart = old.lower.abs_diff(new.lower).max(old.upper.abs_diff(new.upper));
    let ppm = u64::from(apart).saturating_mul(u64::from(MILLION)).checked_div(u64::from(new.ticks().max(1)));
    u32::try_from(ppm.unwrap_or(0)).unwrap_or(MILLION).min(MILLION)
}

/// Whether a liquidity differs from another by more than so much of it.
pub(super) fn differs(a: u128, b: u128, tolerance_ppm: u32) -> bool {
    let tolerance = mul_div_floor(b, u128::from(tolerance_ppm), u128::from(MILLION)).unwrap_or(0);
    a.abs_diff(b) > tolerance
}

/// Base by which a position is beyond its cap by more than `tolerance_ppm` of it; 0 within.
pub(super) fn beyond_cap(base: i64, cap: u64, tolerance_ppm: u32) -> u64 {
    let beyond = base.unsigned_abs().saturating_sub(cap);
    let tolerance = mul_div_floor(u128::from(cap), u128::from(tolerance_ppm), u128::from(MILLION)).unwrap_or(0);
    if u128::from(beyond) > tolerance { beyond } else { 0 }
}
