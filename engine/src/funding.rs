//! Funding: what longs pay shorts, per base atom, as time passes (protocol.md section 5).
//!
//! Guarantees: everything is accrued with the values that prevailed, on a grid of the unix clock, by increments that are
//! whole per second: n refreshes give exactly what one gives for gaps up to `max_gap_secs`. `|rate| <= cap`, the rate
//! changes by at most `slew` per time, and F never leaves the day's cap, for every input. `refresh` calls [`accrue`]; the
//! forecast lets a copy of the market run through the same functions, so it is the same arithmetic.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::math::signed::I256;
use crate::math::wide::{U256, div_128_by_64, mul_64, mul_div_floor};
use crate::params::Params;
use crate::state::{HOURS, Market};
use crate::units::{ONE, Price, Rate, SignedWide, SqrtPrice, Wide};

/// The largest premium counted, 400%.
pub const MAX_PREMIUM: Rate = Rate::from_bits(1 << 50);

/// Seconds in an hour.
const HOUR: u64 = 3_600;
/// [`HOURS`] as a word.
const RING: u64 = 168;
const _: () = assert!(HOURS == 168);
/// Hours under the day cap. With the hour that began a day ago, every second of the last day lies between two of them.
const DAY_HOURS: u64 = 24;
/// Compiled-in bounds of the grid and of a gap, so that no parameter makes catching up long.
const STEP_BOUNDS: (u64, u64) = (10, 3_600);
const MAX_GAP_SECS: u64 = 3_600;

/// `floor(value * numerator / denominator)`, exactly, for `numerator * denominator < 2^64`; saturating beyond, and 0
/// for a zero denominator. Two divisions of one word.
#[inline(always)]
pub(crate) const fn part_floor(value: u64, numerator: u64, denominator: u64) -> u64 {
    match (value.checked_div(denominator), value.checked_rem(denominator)) {
        (Some(whole), Some(rest)) => {
            let of_rest = rest.saturating_mul(numerator);
            match of_rest.checked_div(denominator) {
                Some(of_rest) => whole.saturating_mul(numerator).saturating_add(of_rest),
                None => 0,
            }
        }
        _ => 0,
    }
}

/// [`part_floor`] of a signed value, towards zero, saturating.
#[inline(always)]
const fn part_trunc(value: i64, numerator: u64, denominator: u64) -> i64 {
    let part = part_floor(value.unsigned_abs(), numerator, denominator);
    let part = if part > i64::MAX.unsigned_abs() { i64::MAX } else { part.cast_signed() };
    if value < 0 { part.saturating_neg() } else { part }
}

/// The mean of a rate whose sum over `secs` seconds is `sum`, towards zero; nothing without time.
#[inline(always)]
pub(crate) const fn time_average(sum: i64, secs: u64) -> Rate {
    Rate::from_bits(part_trunc(sum, 1, secs))
}

/// One step of the smoothing kernel: `ema + (mean - ema) * secs / (tau + secs)`, the change rounded towards zero.
#[inline(always)]
#[must_use]
pub const fn smoothed(ema: Rate, mean: Rate, secs: u64, tau_secs: u64) -> Rate {
    let distance = mean.bits.saturating_sub(ema.bits);
    Rate::from_bits(ema.bits.saturating_add(part_trunc(distance, secs, tau_secs.saturating_add(secs))))
}

/// How far the curve's price is from the index, `x * peg / index - 1` rounded down, at most [`MAX_PREMIUM`]; its
/// magnitude at most `|net taker base| / skew_scale_base`. Zero without active liquidity and without net taker base: a
/// curve that nobody's position pushes costs nobody.
#[inline]
#[must_use]
pub fn premium(market: &Market) -> Rate {
    let net = market.net_taker_base().unsigned_abs();
    if net == 0 || market.index.bits == 0 || (market.liquidity.lo | market.liquidity.hi) == 0 {
        return Rate::ZERO;
    }
    let most = ONE.saturating_add(MAX_PREMIUM.bits.unsigned_abs());
    let full = relative_price(market).min(most).cast_signed().saturating_sub(ONE.cast_signed());
    let scale = market.params.skew_scale_base;
    let magnitude = full.unsigned_abs();
    // Division only where the skew is what counts: |premium| <= net / scale is decided by products.
    if scale == 0 || mul_64(magnitude, scale) <= (net >> 16, net << 48) {
        return Rate::from_bits(full);
    }
    let skew = match div_128_by_64(Wide { lo: net << 48, hi: net >> 16 }.get(), scale) {
        Some((skew, _)) => Wide::new(skew).lo.cast_signed(),
        None => 0,
    };
    Rate::from_bits(if full < 0 { skew.saturating_neg() } else { skew })
}

/// `x` with 48 fraction bits, the square of `s` cut to as many; saturating.
#[inline(always)]
pub(crate) const fn square(s: SqrtPrice) -> Wide {
    let s = s.bits;
    if s.hi >> 16 != 0 {
        return Wide { lo: u64::MAX, hi: u64::MAX };
    }
    let short = s.hi << 48 | s.lo >> 16;
    let (hi, lo) = mul_64(short, short);
    Wide { lo: hi << 16 | lo >> 48, hi: hi >> 48 }
}

/// `x * peg / index` with 48 fraction bits, saturating.
#[inline(always)]
fn relative_price(market: &Market) -> u64 {
    let x = square(market.sqrt_price);
    if market.peg == market.index {
        return if x.hi == 0 { x.lo } else { u64::MAX };
    }
    match mul_div_floor(x.get(), u128::from(market.peg.bits), u128::from(market.index.bits)).map(Wide::new) {
        Some(Wide { lo, hi: 0 }) => lo,
        _ => u64::MAX,
    }
}

/// The funding rate that follows a step: towards `clamp((ema + clamp(interest - ema, deadband)) / funding_hours, cap)`
/// by at most `slew * step_secs`, and never beyond the cap, even one that governance has just lowered.
#[inline(always)]
#[must_use]
pub fn next_rate(params: &Params, ema: Rate, rate: Rate, step_secs: u64) -> Rate {
    let cap = Rate::from_ppm(params.funding_cap_ppm_per_hour);
    let interest = Rate::from_ppm(params.interest_ppm);
    let pull = Rate::from_bits(interest.bits.saturating_sub(ema.bits)).clamped(Rate::from_ppm(params.deadband_ppm));
    let per_period = ema.bits.saturating_add(pull.bits);
    let target = Rate::from_bits(part_trunc(per_period, 1, u64::from(params.funding_hours.max(1)))).clamped(cap);
    let slew = part_trunc(Rate::from_ppm(params.funding_slew_ppm_per_hour2).bits, step_secs, HOUR);
    let change = Rate::from_bits(target.bits.saturating_sub(rate.bits)).clamped(Rate::from_bits(slew));
    Rate::from_bits(rate.bits.saturating_add(change.bits)).clamped(cap)
}

/// What a long position pays per base atom and second, in `2^-64` quote atoms: `rate * index / 3600` towards zero.
#[inline]
#[must_use]
pub const fn per_second(rate: Rate, index: Price) -> i128 {
    let magnitude = Wide { lo: per_second_magnitude(rate, index), hi: 0 }.get().cast_signed();
    if rate.bits < 0 { magnitude.saturating_neg() } else { magnitude }
}

/// The magnitude of [`per_second`]: below one quote atom within the parameters' bounds, saturating beyond.
#[inline(always)]
const fn per_second_magnitude(rate: Rate, index: Price) -> u64 {
    let (hi, lo) = mul_64(rate.bits.unsigned_abs(), index.bits);
    // (hi, lo) / 2^32 / 3600, by two digits of 32 bits.
    let (top, rest) = (hi / HOUR, hi % HOUR);
    let low = (rest << 32 | lo >> 32) / HOUR;
    if top >> 32 == 0 { top << 32 | low } else { u64::MAX }
}

/// What a net base pays within an hour at the current rate and index, in quote atoms, rounded up; negative is what it gets.
/// Errors with `MathOverflow`.
pub fn hourly_ceil(market: &Market, base: i64) -> Result<i64> {
    let hour = per_second(market.funding_rate, market.index).saturating_mul(i128::from(HOUR));
    I256::product_64(base, hour).shift_64_ceil_64().ok_or(Error::MathOverflow)
}

/// How far F may move away from its lowest and highest value of the last day, in `2^-64` quote atoms per base atom, so
/// that nobody pays more than `funding_day_cap_ppm` of the index in any 24 hours, at whichever second they begin.
///
/// The values of the last day are known at full hours. Between two of them F may have been further out, by the smaller
/// of what it falls and what it rises again: within an hour at most half an hour at the cap, at most `slew / 8` (a rate
/// that passes zero can fall for u and rise for 1 - u hours only at rates that the slew allows: `u (1 - u) slew / 2`),
/// and at most the room itself. That much of the cap is kept free.
#[inline]
#[must_use]
pub const fn day_room(params: &Params, index: Price) -> u128 {
    let cap = params.funding_day_cap_ppm;
    let between_hours = min(params.funding_cap_ppm_per_hour.div_ceil(2), params.funding_slew_ppm_per_hour2.div_ceil(8));
    let ppm = cap.saturating_sub(min(between_hours, cap.div_ceil(2)));
    let (hi, lo) = mul_64(index.bits, Rate::from_ppm(ppm).magnitude().bits);
    Wide { lo: hi << 32 | lo >> 32, hi: hi >> 32 }.get()
}

/// The smaller one.
#[inline(always)]
const fn min(a: u32, b: u32) -> u32 {
    if a < b { a } else { b }
}

/// What each second adds while nothing changes.
struct Flow {
    /// F rises: longs pay.
    rising: bool,
    /// Change of F, in `2^-64` quote atoms per base atom.
    funding: u64,
}

impl Flow {
    /// With the rate and index that prevail.
    #[inline(always)]
    fn of(market: &Market) -> Self {
        let rate = market.funding_rate.clamped(Rate::from_ppm(market.params.funding_cap_ppm_per_hour));
        Self { rising: rate.bits >= 0, funding: per_second_magnitude(rate, market.index) }
    }

    /// Change of G in each second with the `s` that prevails, in the same unit: rounded towards plus infinity, so that
    /// ranges pay more and get less.
    #[inline(always)]
    fn over_s(&self, market: &Market) -> u128 {
        // funding * inv / 2^112: the product's third word and the top of its second.
        let [l0, l1, l2, _] = U256::product_64(self.funding, market.inv_sqrt_price.get()).limbs;
        let floor = Wide { lo: l2 << 16 | l1 >> 48, hi: l2 >> 48 }.get();
        let exact = l0 == 0 && l1 << 16 == 0;
        if self.rising && !exact { floor.wrapping_add(1) } else { floor }
    }
}

/// Accrues premium, funding and trusted time from `accrued_at` until now, with the values that prevailed.
///
/// At most `max_gap_secs` count; what is beyond is dropped and the open step begins anew. Guarded and paused time does not
/// count at all: a step that ends within it ends with what had counted before. A clock that stands or goes back changes
/// nothing.
#[inline]
pub fn accrue(market: &mut Market, now: Now) {
    let (mut from, until) = (since_1970(market.accrued_at), since_1970(now.unix));
    if until <= from {
        return;
    }
    if market.paused_until > market.accrued_at {
        from = pass_pause(market, from, until);
    }
    market.accrued_at = now.unix;
    let elapsed = until.saturating_sub(from);
    if elapsed == 0 {
        return;
    }
    let step = grid(market);
    // Boundaries are at multiples of the step; one reached exactly has been dealt with.
    let mut to_boundary = step.saturating_sub(from.checked_rem(step).unwrap_or(0));
    if market.is_guarded() {
        if elapsed >= to_boundary && market.step_secs != 0 {
            end_step(market, step);
        }
        pass_hours(market, until);
        return;
    }

    let counted = elapsed.min(most_secs(market));
    trust(market, from, until, counted);
    let premium = premium(market);
    market.basis_sum = market.basis_sum.saturating_add(premium_over(premium, counted));
    market.basis_secs = market.basis_secs.saturating_add(counted);

    let mut left = counted;
    let mut at = from;
    while left >= to_boundary {
        stay(market, premium, to_boundary);
        left = left.saturating_sub(to_boundary);
        at = at.saturating_add(to_boundary);
        to_boundary = step;
        end_step(market, step);
        pass_hours(market, at);
    }
    if left != 0 {
        stay(market, premium, left);
    }
    if counted < elapsed {
        drop_time(market, until);
    }
}

/// Leaves out the time of a pause. It began no later than the time to accrue did, because the market was brought up to
/// date then; returns where it ended, at the latest the end of that time.
#[cold]
#[inline(never)]
fn pass_pause(market: &mut Market, from: u64, until: u64) -> u64 {
    let end = since_1970(market.paused_until).min(until);
    let step = grid(market);
    let to_boundary = step.saturating_sub(from.checked_rem(step).unwrap_or(0));
    if end.saturating_sub(from) >= to_boundary && market.step_secs != 0 {
        end_step(market, step);
    }
    pass_hours(market, end);
    end
}

/// The funding grid, in seconds.
#[inline(always)]
pub(crate) fn grid(market: &Market) -> u64 {
    u64::from(market.params.funding_step_secs).clamp(STEP_BOUNDS.0, STEP_BOUNDS.1)
}

/// The most seconds that count at once.
#[inline(always)]
pub(crate) fn most_secs(market: &Market) -> u64 {
    u64::from(market.params.max_gap_secs).min(MAX_GAP_SECS)
}

/// Time that does not count up to a moment: the open step begins anew.
#[inline(always)]
pub(crate) fn drop_time(market: &mut Market, until: u64) {
    market.step_sum = 0;
    market.step_secs = 0;
    pass_hours(market, until);
}

/// Funding at listing: no rate, no premium, and a history in which `funding` was always what it is.
pub(crate) fn start(market: &mut Market, now: Now) {
    market.accrued_at = now.unix;
    market.step_sum = 0;
    market.step_secs = 0;
    market.premium_ema = Rate::ZERO;
    market.funding_rate = Rate::ZERO;
    market.trusted_secs = 0;
    market.hours = [market.funding; HOURS];
    market.hour = (since_1970(now.unix) / HOUR).cast_signed();
    market.funding_day_low = market.funding;
    market.funding_day_high = market.funding;
}

/// Unix time as a word; what lies before 1970 is 1970.
#[inline(always)]
pub(crate) const fn since_1970(unix: i64) -> u64 {
    if unix > 0 { unix.unsigned_abs() } else { 0 }
}

/// A premium times seconds.
#[inline(always)]
const fn premium_over(premium: Rate, secs: u64) -> i64 {
    // Below 2^62: the premium is at most 2^50, the seconds at most 3600.
    premium.bits.saturating_mul(secs.cast_signed())
}

/// Lets profit mature for the part of the time counted in which the index was no older than `max_age_mark_secs`; never
/// off hours, when nobody but the curve itself says what the index is.
#[inline(always)]
fn trust(market: &mut Market, from: u64, until: u64, counted: u64) {
    if market.session != 0 {
        return;
    }
    let fresh_until = since_1970(market.index_time).saturating_add(u64::from(market.params.max_age_mark_secs));
    let fresh = fresh_until.min(until).saturating_sub(from).min(counted);
    market.trusted_secs = market.trusted_secs.saturating_add(fresh);
}

/// Time inside one step: the premium adds to the step's sum, F and G move by whole seconds within the day's cap.
#[inline(always)]
fn stay(market: &mut Market, premium: Rate, secs: u64) {
    count_premium(market, premium, secs);
    let flow = Flow::of(market);
    if flow.funding == 0 {
        return;
    }
    let room = day_room(&market.params, market.index);
    let secs = move_funding(market, &flow, room, secs);
    let over_s = U256::product_64(secs, flow.over_s(market)).low().cast_signed();
    let growth = market.funding_over_s.get();
    let growth = if flow.rising { growth.wrapping_add(over_s) } else { growth.wrapping_sub(over_s) };
    market.funding_over_s = SignedWide::new(growth);
}

#[inline(always)]
fn count_premium(market: &mut Market, premium: Rate, secs: u64) {
    market.step_sum = market.step_sum.saturating_add(premium_over(premium, secs));
    market.step_secs = market.step_secs.saturating_add(secs);
}

/// Moves F by whole seconds within the day's cap, of which [`day_room`] is the `room`, and returns by how many.
#[inline(always)]
fn move_funding(market: &mut Market, flow: &Flow, room: u128, secs: u64) -> u64 {
    let (secs, change) = under_day_cap(market, flow, room, secs);
    let change = change.cast_signed();
    let funding = market.funding.get();
    if flow.rising {
        let funding = funding.wrapping_add(change);
        market.funding = SignedWide::new(funding);
        if funding.wrapping_sub(market.funding_day_high.get()) > 0 {
            market.funding_day_high = SignedWide::new(funding);
        }
    } else {
        let funding = funding.wrapping_sub(change);
        market.funding = SignedWide::new(funding);
        if funding.wrapping_sub(market.funding_day_low.get()) < 0 {
            market.funding_day_low = SignedWide::new(funding);
        }
    }
    secs
}

/// Lets a copy of a market run from `accrued_at` until a time with a premium held: F, its rate and its day are what
/// refreshing it all along makes of them, at the index that it has. G and the trusted clock stay where they are.
pub(crate) fn run(market: &mut Market, premium: Rate, until: i64) {
    let (mut at, until) = (since_1970(market.accrued_at), since_1970(until));
    let step = u64::from(market.params.funding_step_secs).clamp(STEP_BOUNDS.0, STEP_BOUNDS.1);
    let into = |second: u64| second.checked_rem(step).unwrap_or(0);
    let mut settled = false;
    let room = day_room(&market.params, market.index);
    while at < until {
        // Once a whole step has changed neither average nor rate, none will: on to the end of the one in which an hour ends.
        let edge = if settled { at.saturating_sub(at % HOUR).saturating_add(HOUR) } else { at.saturating_add(1) };
        let edge = edge.saturating_add(step.saturating_sub(1));
        let boundary = edge.saturating_sub(into(edge));
        let end = boundary.min(until);
        let secs = end.saturating_sub(at);
        let flow = Flow::of(market);
        if flow.funding != 0 {
            let _moved = move_funding(market, &flow, room, secs);
        }
        if settled {
            (market.step_sum, market.step_secs) = (0, 0);
            count_premium(market, premium, into(end));
        } else {
            count_premium(market, premium, secs);
        }
        at = end;
        if end == boundary {
            if !settled {
                let before = (market.premium_ema, market.funding_rate);
                let is_whole = market.step_secs == step;
                end_step_inline(market, step);
                settled = is_whole && before == (market.premium_ema, market.funding_rate);
            }
            pass_hours(market, at);
        }
    }
    market.accrued_at = until.cast_signed();
}

/// What a long position pays per base atom in a second at the cap, in `2^-64` quote atoms.
pub(crate) const fn per_second_at_cap(market: &Market) -> u64 {
    per_second_magnitude(Rate::from_ppm(market.params.funding_cap_ppm_per_hour), market.index)
}

/// How many of the seconds F may move on, and how far: whole seconds, so that it does not matter how the time is cut, until
/// it has left the day's lowest (highest) value behind by `room`.
#[inline(always)]
fn under_day_cap(market: &Market, flow: &Flow, room: u128, secs: u64) -> (u64, u128) {
    let funding = market.funding.get();
    let used = if flow.rising {
        funding.wrapping_sub(market.funding_day_low.get())
    } else {
        market.funding_day_high.get().wrapping_sub(funding)
    };
    let left = room.saturating_sub(used.max(0).cast_unsigned());
    let change = |secs| {
        let (hi, lo) = mul_64(flow.funding, secs);
        Wide { lo, hi }.get()
    };
    let asked = change(secs);
    if asked <= left {
        return (secs, asked);
    }
    let allowed = div_128_by_64(left, flow.funding).map_or(0, |(allowed, _)| Wide::new(allowed).lo.min(secs));
    (allowed, change(allowed))
}

/// Ends the open step: its mean premium enters the average, and the rate follows.
#[inline(never)]
fn end_step(market: &mut Market, step: u64) {
    end_step_inline(market, step);
}

/// [`end_step`] as a part of its caller: for the loop that runs ahead.
#[inline(always)]
fn end_step_inline(market: &mut Market, step: u64) {
    let mean = time_average(market.step_sum, market.step_secs);
    market.step_sum = 0;
    market.step_secs = 0;
    let tau = u64::from(market.params.funding_tau_secs);
    market.premium_ema = smoothed(market.premium_ema, mean, step, tau);
    market.funding_rate = next_rate(&market.params, market.premium_ema, market.funding_rate, step);
}

/// Notes F for each full hour up to a time, and takes the day's lowest and highest value anew from what is noted for the
/// last 24 hours. A clock that jumped by more than the ring fills all of it.
#[inline(always)]
fn pass_hours(market: &mut Market, until: u64) {
    let hour = until / HOUR;
    if hour.cast_signed() > market.hour {
        note_hours(market, hour);
    }
}

/// [`pass_hours`], when there is one.
#[inline(never)]
fn note_hours(market: &mut Market, hour: u64) {
    let passed = hour.cast_signed().saturating_sub(market.hour).unsigned_abs();
    market.hour = hour.cast_signed();
    for back in 0..passed.min(RING) {
        if let Some(value) = market.hours.get_mut(place(hour, back)) {
            *value = market.funding;
        }
    }
    // As distances from F, so that it may wrap.
    let funding = market.funding.get();
    let (mut low, mut high) = (0_i128, 0_i128);
    for back in 0..=DAY_HOURS {
        if let Some(value) = market.hours.get(place(hour, back)) {
            let distance = value.get().wrapping_sub(funding);
            low = low.min(distance);
            high = high.max(distance);
        }
    }
    market.funding_day_low = SignedWide::new(funding.wrapping_add(low));
    market.funding_day_high = SignedWide::new(funding.wrapping_add(high));
}

/// The place in the ring of the hour that many hours back, fewer than the ring holds.
#[inline(always)]
fn place(hour: u64, back: u64) -> usize {
    usize::try_from(hour.wrapping_add(RING.saturating_sub(back)) % RING).unwrap_or(0)
}
