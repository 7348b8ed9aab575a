//! Off hours: trading while the feed of the underlying sleeps, and the way back (protocol.md section 4).
//!
//! Guarantees: the peg of a sleeping market stays where it was, so that its curve is that of a fixed market; only the
//! index walks, on the funding grid and within its band, so that it does not matter how often anybody refreshes. When the
//! feed is back no price jumps that anybody trades at, and no move of the peg takes the curve's price away from the index:
//! whatever takers do, they gain no more by the reopening than on a curve whose peg had never moved. [`accrue`] is what
//! `refresh` lets time pass with where any of this can matter; `oracle` calls [`wake`] and [`place_peg`].

use crate::clock::Now;
use crate::closing;
use crate::funding::{self, part_floor, since_1970, square};
use crate::mark::{self, MILLION_HOURS};
use crate::math::Side;
use crate::math::sqrt::sqrt_ratio_floor;
use crate::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use crate::math::wide::{div_128_by_64, mul_64};
use crate::oracle::{age_secs, fill_index};
use crate::params::MILLION;
use crate::refresh;
use crate::state::{Market, Mode};
use crate::units::{ONE, Price, Wide};

/// A minute in seconds times a million: a speed in parts per million per minute as a factor per second.
const MILLION_MINUTES: u64 = 60_000_000;

/// Whether time may pass otherwise than in a market that never sleeps.
#[inline(always)]
pub(crate) fn concerns(market: &Market) -> bool {
    market.params.session_gap_secs != 0 || market.session != 0 || is_returning(market) || closing::is_closed(market)
}

/// Whether a floating market's peg is still away from its index.
#[inline(always)]
pub(crate) fn is_returning(market: &Market) -> bool {
    market.offset.bits != ONE && matches!(market.mode(), Mode::Floating)
}

/// Lets time pass until now: up to the moment at which the feed has been silent for `session_gap_secs` as ever, and from
/// there on off hours. A guarded market does not fall asleep.
#[inline(never)]
pub(crate) fn accrue(market: &mut Market, now: Now) {
    if closing::is_closed(market) {
        closing::pass_time(market, now);
        return;
    }
    if market.session == 0 {
        let gap = i64::from(market.params.session_gap_secs);
        let begin = market.index_time.saturating_add(gap);
        if gap == 0 || begin >= now.unix || market.is_guarded() {
            awake(market, now);
            return;
        }
        if begin > market.accrued_at {
            awake(market, Now { unix: begin, ..now });
        }
        market.session = 1;
        market.session_index = market.index;
    }
    asleep(market, now);
}

/// Time with a feed. A peg that is away from its index returns, at each boundary of the funding grid: between two of
/// them nothing moves that the premium is made of, so that it does not matter how often anybody refreshes.
fn awake(market: &mut Market, now: Now) {
    if is_returning(market) {
        on_grid(market, now, |market, step| {
            let here = Now { unix: market.accrued_at, ..now };
            let fresh = age_secs(market, here) <= u64::from(market.params.max_age_mark_secs);
            if fresh && !market.is_guarded() && market.paused_until < market.accrued_at {
                return_peg(market, step);
            }
        });
    } else {
        refresh::accrue(market, now);
    }
}

/// Time without one: the index walks at each boundary of the funding grid, but for those of a pause, which counts not at
/// all.
fn asleep(market: &mut Market, now: Now) {
    on_grid(market, now, |market, step| {
        if market.paused_until < market.accrued_at {
            walk(market, step);
        }
    });
}

/// Lets time pass from one boundary of the funding grid to the next, with what happens at each. At most `max_gap_secs`
/// count.
fn on_grid(market: &mut Market, now: Now, at_boundary: impl Fn(&mut Market, u64)) {
    let (from, until) = (since_1970(market.accrued_at), since_1970(now.unix));
    let mut left = until.saturating_sub(from).min(funding::most_secs(market));
    let step = funding::grid(market);
    let mut to_boundary = step.saturating_sub(from.checked_rem(step).unwrap_or(0));
    let mut at = from;
    while left != 0 {
        let secs = left.min(to_boundary);
        left = left.saturating_sub(secs);
        at = at.saturating_add(secs);
        refresh::accrue(market, Now { unix: at.cast_signed(), ..now });
        to_boundary = to_boundary.saturating_sub(secs);
        if to_boundary == 0 {
            at_boundary(market, step);
            to_boundary = step;
        }
    }
    if at < until {
        market.accrued_at = now.unix;
        funding::drop_time(market, until);
    }
}

/// Moves the index towards the curve's price by at most `session_speed` over a step, within `session_band` of where it
/// fell asleep. Without active liquidity there is no price to walk to.
fn walk(market: &mut Market, step: u64) {
    if market.liquidity.get() == 0 {
        return;
    }
    let params = &market.params;
    let origin = market.session_index.bits;
    let room = part_floor(origin, u64::from(params.session_band_ppm), u64::from(MILLION));
    let (low, high) = (origin.saturating_sub(room), origin.saturating_add(room));
    let target = curve_price(market).clamp(low, high).clamp(Price::MIN.bits, Price::MAX.bits);
    let speed = u64::from(params.session_speed_ppm_per_hour).saturating_mul(step);
    let index = towards(market.index.bits, target, part_floor(origin, speed, MILLION_HOURS));
    if index != market.index.bits {
        market.index = Price::from_bits(index);
        follow(market);
    }
}

/// `from` moved towards a target by at most that much.
const fn towards(from: u64, target: u64, most: u64) -> u64 {
    let moved = if from < target { from.saturating_add(most) } else { from.saturating_sub(most) };
    if (from < target) == (moved < target) { moved } else { target }
}

/// `peg * x`, rounded down, saturating.
fn curve_price(market: &Market) -> u64 {
    let x = square(market.sqrt_price);
    if x.hi == 0 { product_floor(x.lo, market.peg.bits) } else { u64::MAX }
}

/// The first price after off hours: the peg stays where it is, whatever the index says, and the mark begins anew at the
/// index. The samples of an index that was nobody's but the curve's own would keep it away from the price for half a
/// ring, in which who is sound by the price could be liquidated.
pub(crate) fn wake(market: &mut Market) {
    market.session = 0;
    follow(market);
    mark::restart(market);
}

/// Moves the offset of a floating market towards 1 by at most `offset_speed` a minute, and the peg with it, but only as
/// far as the curve's price comes to the index: beyond it the peg would carry the curve's price away from what the
/// underlying is worth, and who has bought below the index could sell above it.
fn return_peg(market: &mut Market, secs: u64) {
    let speed = u64::from(market.params.offset_speed_ppm_per_min);
    let most = part_floor(ONE, speed, MILLION_MINUTES).saturating_mul(secs);
    let offset = market.offset.bits;
    // At the offset 1/x the curve's price is the index. 1/s with 48 fraction bits, and whether it has more of them.
    let Wide { lo: rest, hi: inverse } = market.inv_sqrt_price.bits;
    let target = if offset < ONE {
        product_floor(inverse, inverse).clamp(offset, ONE)
    } else {
        let inverse = inverse.saturating_add(u64::from(rest != 0));
        product_ceil(inverse, inverse).clamp(ONE, offset)
    };
    let moved = towards(offset, target, most);
    if moved != offset {
        market.offset = Price::from_bits(moved);
        place_peg(market);
    }
}

/// The product of two numbers with 48 fraction bits, rounded down, saturating.
const fn product_floor(a: u64, b: u64) -> u64 {
    let (hi, lo) = mul_64(a, b);
    if hi >> 48 == 0 { hi << 16 | lo >> 48 } else { u64::MAX }
}

/// [`product_floor`], rounded up.
const fn product_ceil(a: u64, b: u64) -> u64 {
    let (_, lo) = mul_64(a, b);
    product_floor(a, b).saturating_add((lo << 16 != 0) as u64)
}

/// The peg of a floating market whose offset is not 1: `floor(index * offset)`, within the prices served.
pub(crate) fn place_peg(market: &mut Market) {
    let peg = product_floor(market.index.bits, market.offset.bits);
    market.peg = Price::from_bits(peg.clamp(Price::MIN.bits, Price::MAX.bits));
    place_anchor(market);
}

/// Where the index stands on a curve whose peg stays: `offset = floor(peg / index)`, and the anchor.
pub(crate) fn follow(market: &mut Market) {
    let numerator = Wide { lo: market.peg.bits << 48, hi: market.peg.bits >> 16 };
    let offset = div_128_by_64(numerator.get(), market.index.bits).and_then(|(offset, _)| u64::try_from(offset).ok());
    market.offset = Price::from_bits(offset.unwrap_or(u64::MAX));
    place_anchor(market);
}

/// `anchor = floor(sqrt(index / peg))`. An index that has left the range of served prices keeps the anchor at its end:
/// no price freezes the market.
fn place_anchor(market: &mut Market) {
    market.anchor = match sqrt_ratio_floor(market.index.bits, market.peg.bits) {
        Ok(anchor) => anchor.clamp(MIN_SQRT_PRICE, MAX_SQRT_PRICE),
        Err(_) => MAX_SQRT_PRICE,
    };
}

/// The peg of a fill in a floating market whose offset is not 1: the fill index times the offset, rounded against the
/// taker, and never better than the peg. Off hours the peg.
#[inline(never)]
pub(crate) fn fill_peg(market: &Market, side: Side, now: Now) -> Price {
    let index = fill_index(market, side, now);
    if market.session != 0 || index == market.index {
        return market.peg;
    }
    let peg = product_floor(index.bits, market.offset.bits);
    match side {
        Side::Buy => market.peg.max(Price::from_bits(peg.saturating_add(1).min(Price::MAX.bits))),
        Side::Sell => market.peg.min(Price::from_bits(peg.max(Price::MIN.bits))),
    }
}

/// The initial margin ratio off hours: `imr * session_margin`, rounded up, and never above the whole notional.
#[inline(never)]
pub(crate) fn initial_ppm(market: &Market) -> u32 {
    let scaled = u64::from(market.params.imr_ppm).saturating_mul(u64::from(market.params.session_margin_ppm));
    let ppm = scaled.div_ceil(u64::from(MILLION)).min(u64::from(MILLION));
    u32::try_from(ppm).unwrap_or(MILLION)
}

/// What is left of the cap on open interest off hours: `cap / session_margin`, rounded down.
#[inline(never)]
pub(crate) fn part_of_cap(market: &Market, cap: u64) -> u64 {
    part_floor(cap, u64::from(MILLION), u64::from(market.params.session_margin_ppm.max(MILLION)))
}
