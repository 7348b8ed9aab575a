//! A market over time: its clocks never go back, and funding keeps to its caps (items 5 and 12).

use std::collections::VecDeque;

use keel_engine::Now;
use keel_engine::closing::is_closed;
use keel_engine::state::Market;
use keel_engine::units::Rate;

use super::{Checked, MarketSums, require};

/// Seconds in a day.
const DAY: i64 = 86_400;

/// F and the index at a time.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: i64,
    funding: i128,
    index: u64,
}

/// What is remembered of a market.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    /// Funding that the rounding holder's base has paid, in 2^-64 quote atoms: least and most.
    pub rounding_funding: (i128, i128),
    /// What it paid most in the last action, either way, in 2^-64 quote atoms.
    last_paid: i128,
    /// What rounding G up each second may have left, in 2^-64 quote atoms.
    pub growth_dust: i128,
    /// F of the last day, at each change.
    day: VecDeque<Point>,
}

impl Track {
    pub fn of(market: &Market) -> Self {
        let mut track = Self { rounding_funding: (0, 0), last_paid: 0, growth_dust: 0, day: VecDeque::new() };
        track.day.push_back(Point { at: market.accrued_at, funding: market.funding.get(), index: market.index.bits });
        track
    }

    /// The most that the rounding holder paid or got in the last action, in 2^-64 quote atoms.
    pub const fn rounding_paid(&self) -> i128 {
        self.last_paid
    }

    /// Nothing has happened to the market yet in this action.
    pub const fn rest(&mut self) {
        self.last_paid = 0;
    }

    /// Follows a market through an action and checks it.
    pub fn follow(&mut self, before: &Market, after: &Market, sums: &MarketSums, now: Now) -> Checked {
        clocks(before, after)?;
        rate(before, after)?;
        let grown = after.funding.get().wrapping_sub(before.funding.get());
        // Its true base lies between what recounting shows and an atom less for every range that rounds down.
        let high = sums.rounding_base();
        let low = (high - sums.ranges).max(0);
        let (least, most) = if grown >= 0 { (low, high) } else { (high, low) };
        self.rounding_funding.0 += least * grown;
        self.rounding_funding.1 += most * grown;
        let passed = i128::from(after.accrued_at - before.accrued_at).min(i128::from(before.params.max_gap_secs));
        self.growth_dust += passed * before.total_liquidity.get().cast_signed();
        self.last_paid = (high * grown).abs();
        if grown != 0 || before.index != after.index {
            self.day_cap(before, after, now)?;
        }
        mark(after)
    }

    /// Nobody pays more than `funding_day_cap_ppm` of the index in 24 hours.
    fn day_cap(&mut self, before: &Market, after: &Market, now: Now) -> Checked {
        while self.day.front().is_some_and(|point| point.at < now.unix - DAY) {
            self.day.pop_front();
        }
        let funding = after.funding.get();
        // What accrued did so under the index that prevailed.
        let highest = self.day.iter().map(|point| point.index).max().unwrap_or(0).max(before.index.bits);
        let highest = walked(after, highest);
        let cap = (i128::from(highest) << 16) * i128::from(after.params.funding_day_cap_ppm) / 1_000_000;
        for point in &self.day {
            let paid = funding.wrapping_sub(point.funding).abs();
            require(paid <= cap, "nobody pays more funding in a day than its cap", || {
                format!("{} of {} quote atoms per 2^64 base atoms in {} s", paid, cap, now.unix - point.at)
            })?;
        }
        self.day.push_back(Point { at: now.unix, funding, index: after.index.bits });
        Ok(())
    }
}

/// Where an index may have walked to off hours before anybody looked again.
fn walked(market: &Market, index: u64) -> u64 {
    let band = u128::from(market.params.session_band_ppm);
    if market.params.session_gap_secs == 0 {
        return index;
    }
    (u128::from(index) * (1_000_000 + band) / (1_000_000 - band)) as u64
}

/// No clock goes back.
fn clocks(before: &Market, after: &Market) -> Checked {
    let clocks = [
        ("accrued_at", before.accrued_at, after.accrued_at),
        ("index_time", before.index_time, after.index_time),
        ("mark_time", before.mark_time, after.mark_time),
        ("hour", before.hour, after.hour),
        ("window_start", before.window_start, after.window_start),
        ("trusted_secs", before.trusted_secs.cast_signed(), after.trusted_secs.cast_signed()),
        ("operations", before.operations.cast_signed(), after.operations.cast_signed()),
    ];
    for (name, before, after) in clocks {
        require(before <= after, "no clock goes back", || format!("{name} went from {before} to {after}"))?;
    }
    let trusted = after.trusted_secs - before.trusted_secs;
    // In a closed market profit matures by the clock alone: nothing in it can be paused any more.
    let passed = if is_closed(before) { after.accrued_at - before.accrued_at } else { charged_secs(before, after) };
    let passed = passed.unsigned_abs();
    require(trusted <= passed, "profit matures no faster than time passes", || format!("{trusted} of {passed} s"))
}

/// Seconds that may be charged: those that passed, without those of a pause. A closed market charges nothing any more, and
/// what is owed there matures whatever the guardian does.
fn charged_secs(before: &Market, after: &Market) -> i64 {
    if after.status == 2 {
        return after.accrued_at - before.accrued_at;
    }
    let awake = before.accrued_at.max(before.paused_until.min(after.accrued_at));
    after.accrued_at - awake
}

/// The rate and its change keep to their caps.
fn rate(before: &Market, after: &Market) -> Checked {
    let params = &after.params;
    let cap = Rate::from_ppm(params.funding_cap_ppm_per_hour).bits;
    require(after.funding_rate.bits.abs() <= cap, "the funding rate keeps to its cap", || {
        format!("{} of {cap}", after.funding_rate.bits)
    })?;
    let step = i64::from(params.funding_step_secs);
    let steps = after.accrued_at / step - before.accrued_at / step;
    let slew = i128::from(Rate::from_ppm(params.funding_slew_ppm_per_hour2).bits) * i128::from(step) / 3_600;
    let change = (i128::from(after.funding_rate.bits) - i128::from(before.funding_rate.bits)).abs();
    // A market that closes has no rate any more.
    let is_over = is_closed(after) && after.funding_rate == Rate::ZERO;
    require(is_over || change <= slew * i128::from(steps), "the funding rate changes no faster than its slew", || {
        format!("{change} in {steps} steps of {slew}")
    })?;
    // What F grew by is at most the cap over the time, on the index that prevailed.
    let passed = charged_secs(before, after).min(i64::from(params.max_gap_secs));
    let most = ((i128::from(walked(after, before.index.bits)) * i128::from(cap) / 3_600) >> 32) * i128::from(passed);
    let grown = after.funding.get().wrapping_sub(before.funding.get()).abs();
    require(grown <= most, "funding keeps to its cap", || format!("{grown} of {most} in {passed} s"))
}

/// The mark lies within its band of the samples under it.
fn mark(market: &Market) -> Checked {
    let samples = market.mark_samples.get(..usize::from(market.mark_count)).unwrap_or(&[]);
    let low = samples.iter().map(|price| price.bits).min().unwrap_or(0);
    let high = samples.iter().map(|price| price.bits).max().unwrap_or(u64::MAX);
    let band = u128::from(market.params.mark_band_ppm);
    let scaled = |price: u64, ppm: u128| u128::from(price) * ppm / 1_000_000;
    let (low, high) = (scaled(low, 1_000_000 - band), scaled(high, 1_000_000 + band) + 1);
    require(
        (low.saturating_sub(1)..=high).contains(&u128::from(market.mark.bits)),
        "the mark keeps to its band",
        || format!("{} outside of {low} to {high}", market.mark.bits),
    )
}
