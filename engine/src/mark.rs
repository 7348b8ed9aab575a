//! The mark price, which margin uses, and the stable price, which risk is opened at (protocol.md section 4).
//!
//! Guarantees: the mark moves only on a time step, is a median of index samples, and is never further than `mark_band`
//! from it; the stable price moves at a bounded speed. So neither follows a spike. `refresh` calls both.

use crate::clock::Now;
use crate::funding::{part_floor, smoothed, time_average};
use crate::params::Params;
use crate::state::{MARK_RING_MAX, Market};
use crate::units::{Price, Rate};

/// An hour in seconds times a million: a speed in parts per million per hour as a factor per second.
pub(crate) const MILLION_HOURS: u64 = 3_600_000_000;

/// Takes a mark sample when `mark_step_secs` have passed since the last: the index goes into the ring, the mean premium
/// since then into the basis average, and `mark = median * (1 + clamp(basis_ema, -mark_band, mark_band))`, rounded down.
///
/// Time in which no premium was counted (a guarded market) leaves the basis average as it is.
#[inline]
pub fn sample(market: &mut Market, now: Now) {
    let elapsed = now.unix.saturating_sub(market.mark_time);
    let params = &market.params;
    if elapsed < i64::from(params.mark_step_secs.max(1)) {
        return;
    }
    let elapsed = elapsed.unsigned_abs().min(u64::from(params.max_gap_secs));
    if market.basis_secs != 0 {
        let mean = time_average(market.basis_sum, market.basis_secs);
        market.basis_ema = smoothed(market.basis_ema, mean, elapsed, u64::from(params.basis_tau_secs));
        market.basis_sum = 0;
        market.basis_secs = 0;
    }
    market.mark_time = now.unix;
    push(market);
    place(market);
}

/// `median * (1 + clamp(basis_ema, -mark_band, mark_band))`, rounded down.
#[inline(always)]
fn place(market: &mut Market) {
    let band = Rate::from_ppm(market.params.mark_band_ppm);
    market.mark = median(market).scale_floor(market.basis_ema.clamped(band));
}

/// Begins the ring anew with the index, between two steps: no sample that it held may stand for a price any more.
pub(crate) fn restart(market: &mut Market) {
    market.mark_count = 0;
    market.mark_next = 0;
    push(market);
    place(market);
}

/// The mark at listing: the index, as the only sample.
pub(crate) fn start(market: &mut Market, now: Now) {
    market.mark_samples = [Price::default(); MARK_RING_MAX];
    market.mark_count = 0;
    market.mark_next = 0;
    push(market);
    market.mark = market.index;
    market.stable = market.index;
    market.mark_time = now.unix;
    market.basis_sum = 0;
    market.basis_secs = 0;
    market.basis_ema = Rate::ZERO;
}

/// Places in the ring.
#[inline(always)]
fn ring_size(params: &Params) -> u8 {
    u8::try_from(params.mark_ring.clamp(1, 7)).unwrap_or(7)
}

/// Puts the index into the ring. While the ring is not full (at listing, or when governance has widened it), samples
/// fill it from the front, so that the first `mark_count` places always hold samples.
#[inline(always)]
fn push(market: &mut Market) {
    let size = ring_size(&market.params);
    let place = if market.mark_count < size { market.mark_count } else { market.mark_next };
    let place = if place < size { place } else { 0 };
    if let Some(slot) = market.mark_samples.get_mut(usize::from(place)) {
        *slot = market.index;
    }
    market.mark_next = place.saturating_add(1);
    market.mark_count = market.mark_count.saturating_add(1).min(size);
}

/// The median of the samples so far; of an even number of them the mean of the middle two, rounded down.
#[inline(always)]
fn median(market: &Market) -> Price {
    let count = usize::from(market.mark_count.min(ring_size(&market.params)));
    let samples = market.mark_samples.get(..count).unwrap_or(&[]);
    let middle = ranked(samples, count / 2);
    if count % 2 == 1 {
        return middle;
    }
    Price::from_bits(middle.bits.midpoint(ranked(samples, (count / 2).saturating_sub(1)).bits))
}

/// The sample with `rank` others before it in ascending order. For seven samples counting is as cheap as sorting a
/// copy, and needs no copy.
#[inline]
fn ranked(samples: &[Price], rank: usize) -> Price {
    for candidate in samples {
        let (mut below, mut equal) = (0_usize, 0_usize);
        for sample in samples {
            below = below.wrapping_add(usize::from(sample < candidate));
            equal = equal.wrapping_add(usize::from(sample == candidate));
        }
        if below <= rank && rank < below.wrapping_add(equal) {
            return *candidate;
        }
    }
    Price::default()
}

/// Moves the stable price towards the index that prevailed for `secs` seconds, by at most
/// `floor(index * stable_speed / 3600)` for each of them and for at most `max_gap_secs`. Exactly additive in `secs`.
#[inline]
pub fn move_stable(market: &mut Market, secs: u64) {
    let (index, stable) = (market.index.bits, market.stable.bits);
    if index == stable {
        return;
    }
    let params = &market.params;
    let per_second = part_floor(index, u64::from(params.stable_speed_ppm_per_hour), MILLION_HOURS);
    let most = per_second.saturating_mul(secs.min(u64::from(params.max_gap_secs)));
    let bits =
        if index > stable { stable.saturating_add(most).min(index) } else { stable.saturating_sub(most).max(index) };
    market.stable = Price::from_bits(bits);
}
