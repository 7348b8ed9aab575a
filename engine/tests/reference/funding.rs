//! Funding as protocol.md section 5 defines it, in rationals, rounded by nothing but what is noted as an error.
//!
//! Beside each number stands how far the kept one may be from it. These errors are followed through every formula, so
//! that what is allowed after sixty steps is derived and not chosen. Every formula but the day's cap is continuous; the
//! cap works in whole seconds, so that the error grows by a second's payment where it may bite.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::{Real, binary, ceil, clamp, floor, int, power, ppm, price, root, trunc, ulp};

const HOUR: i64 = 3_600;

/// A number and how far the kept one may be from it.
#[derive(Clone, Debug)]
pub struct Near {
    pub exact: Real,
    pub error: Real,
}

impl Near {
    pub fn exact(value: Real) -> Self {
        Self { exact: value, error: Real::zero() }
    }

    /// The same with few digits, which count as an error: sixty steps would leave thousands.
    fn shortened(self) -> Self {
        let digits = int(power(256));
        Self { exact: binary(floor(&(self.exact * &digits)), 256), error: short(self.error + digits.recip()) }
    }

    /// Whether a kept number may stand for it.
    pub fn allows(&self, kept: &Real) -> bool {
        (kept - &self.exact).abs() <= self.error
    }
}

/// An error with few digits: rounded up to 2^-128.
fn short(error: Real) -> Real {
    binary(ceil(&(error * int(power(128)))), 128)
}

/// One unit of F and G.
fn unit() -> Real {
    binary(1, 64)
}

/// Parameters.
#[derive(Clone, Debug)]
pub struct Terms {
    pub step_secs: i64,
    pub tau_secs: i64,
    pub hours: i64,
    pub cap_ppm: u32,
    pub day_cap_ppm: u32,
    pub slew_ppm: u32,
    pub interest_ppm: u32,
    pub deadband_ppm: u32,
    pub max_gap_secs: i64,
    pub max_age_mark_secs: i64,
    pub skew_scale: u64,
}

/// What prevails between two refreshes.
#[derive(Clone, Debug)]
pub struct Prevailing {
    pub s: BigInt,
    pub peg: u64,
    pub index: u64,
    pub index_time: i64,
    pub net_base: BigInt,
    pub has_liquidity: bool,
    pub guarded: bool,
    pub paused_until: i64,
}

/// The state that time moves.
#[derive(Clone, Debug)]
pub struct State {
    pub unix: i64,
    pub step_sum: Near,
    pub step_secs: i64,
    pub basis_sum: Near,
    pub trusted_secs: i64,
    pub ema: Near,
    pub rate: Near,
    /// F, and the lowest and highest of its day.
    pub funding: Near,
    pub low: Near,
    pub high: Near,
    /// F at full hours.
    pub hours: BTreeMap<i64, Near>,
    /// Absolute payments so far.
    pub flowed: Real,
}

/// `sign * min(|x peg / index - 1|, |net base| / skew_scale)`, at most 400%.
pub fn premium(terms: &Terms, now: &Prevailing) -> Near {
    if !now.has_liquidity || now.net_base.is_zero() {
        return Near::exact(Real::zero());
    }
    let s = root(now.s.clone());
    let ratio = price(now.peg) / price(now.index);
    let full = (&s * &s * &ratio - Real::one()).min(int(4));
    // `s` and its square are cut to 48 fraction bits, and so is what comes of them.
    let error = ((&s * int(2) + Real::one()) * &ratio + int(2)) * ulp();
    if terms.skew_scale == 0 {
        return Near { exact: full, error };
    }
    let most = Real::new(now.net_base.abs(), terms.skew_scale.into());
    Near { exact: clamp(full, &-most.clone(), &most), error }
}

/// `ema + (mean - ema) * secs / (tau + secs)`.
pub fn smoothed(ema: &Near, mean: &Near, secs: i64, tau: i64) -> Near {
    let weight = Real::new(secs.into(), (tau + secs).into());
    Near {
        exact: &ema.exact + (&mean.exact - &ema.exact) * &weight,
        error: short(&ema.error * (Real::one() - &weight) + &mean.error * &weight + ulp()),
    }
}

/// The rate towards `clamp((ema + clamp(interest - ema, deadband)) / hours, cap)`, by at most `slew * secs`.
pub fn next_rate(terms: &Terms, ema: &Near, rate: &Near, secs: i64) -> Near {
    let (cap, band) = (ppm(terms.cap_ppm), ppm(terms.deadband_ppm));
    let pull = clamp(ppm(terms.interest_ppm) - &ema.exact, &-band.clone(), &band);
    let target = clamp((&ema.exact + pull) / int(terms.hours), &-cap.clone(), &cap);
    let slew = ppm(terms.slew_ppm) * int(secs) / int(HOUR);
    let change = clamp(target - &rate.exact, &-slew.clone(), &slew);
    let target_error = &ema.error / int(terms.hours) + ulp();
    Near {
        exact: clamp(&rate.exact + change, &-cap.clone(), &cap),
        error: short(rate.error.clone().max(target_error) + ulp()),
    }
}

/// `rate * index / 3600`, in units of 2^-64 towards zero.
pub fn per_second(rate: i64, index: u64) -> BigInt {
    trunc(&(price(rate) * price(index) / int(HOUR) / unit()))
}

/// How far F may leave the day's lowest or highest value behind: the cap less what it may move unseen between two full
/// hours, which is half an hour at the cap, an eighth of the slew, or half of the cap.
pub fn day_room(terms: &Terms, index: u64) -> Real {
    let half = |value: u32, parts: u32| value.div_ceil(parts);
    let unseen = half(terms.cap_ppm, 2).min(half(terms.slew_ppm, 8)).min(half(terms.day_cap_ppm, 2));
    price(index) * ppm(terms.day_cap_ppm - unseen)
}

impl State {
    /// Time passes until `unix`.
    pub fn accrue(&mut self, terms: &Terms, now: &Prevailing, unix: i64) {
        if unix <= self.unix {
            return;
        }
        let from = self.leave_out(terms, now.paused_until.min(unix));
        if unix <= from {
            return;
        }
        self.unix = unix;
        let boundary = (from / terms.step_secs + 1) * terms.step_secs;
        if now.guarded {
            if unix >= boundary && self.step_secs != 0 {
                self.end_step(terms);
            }
            self.note_hours(unix);
            return;
        }
        let counted = (unix - from).min(terms.max_gap_secs);
        let premium = premium(terms, now);
        for second in from..from + counted {
            self.trusted_secs += i64::from(second < now.index_time + terms.max_age_mark_secs);
        }
        add(&mut self.basis_sum, &premium, counted);
        let mut at = from;
        while at < from + counted {
            let until = ((at / terms.step_secs + 1) * terms.step_secs).min(from + counted);
            add(&mut self.step_sum, &premium, until - at);
            self.step_secs += until - at;
            self.flow(terms, now.index, until - at);
            at = until;
            if at % terms.step_secs == 0 {
                self.end_step(terms);
                self.note_hours(at);
            }
        }
        if counted < unix - from {
            (self.step_sum, self.step_secs) = (Near::exact(Real::zero()), 0);
            self.note_hours(unix);
        }
    }

    /// Time that does not count at all: what is open ends where the grid ends it, and hours pass.
    fn leave_out(&mut self, terms: &Terms, until: i64) -> i64 {
        while self.unix < until {
            let boundary = (self.unix / terms.step_secs + 1) * terms.step_secs;
            self.unix = boundary.min(until);
            if self.unix == boundary && self.step_secs != 0 {
                self.end_step(terms);
            }
            self.note_hours(self.unix);
        }
        self.unix
    }

    fn end_step(&mut self, terms: &Terms) {
        let mean = if self.step_secs == 0 {
            Near::exact(Real::zero())
        } else {
            let secs = int(self.step_secs);
            Near { exact: &self.step_sum.exact / &secs, error: short(&self.step_sum.error / &secs + ulp()) }
        };
        (self.step_sum, self.step_secs) = (Near::exact(Real::zero()), 0);
        self.ema = smoothed(&self.ema, &mean, terms.step_secs, terms.tau_secs).shortened();
        self.rate = next_rate(terms, &self.ema, &self.rate, terms.step_secs).shortened();
    }

    /// F moves within the room that the day's cap leaves.
    fn flow(&mut self, terms: &Terms, index: u64, secs: i64) {
        let cap = ppm(terms.cap_ppm);
        let rate = clamp(self.rate.exact.clone(), &-cap.clone(), &cap);
        let a_second = &rate * price(index) / int(HOUR);
        let error = short(&self.rate.error * price(index) / int(HOUR) + unit());
        let moved = &self.funding.exact + &a_second * int(secs);
        let room = day_room(terms, index);
        let (ceiling, bottom) = (&self.low.exact + &room, &self.high.exact - &room);
        let here = self.funding.exact.clone();
        // Whoever is beyond the room already stays where it is.
        let after = if a_second.is_positive() {
            moved.min(ceiling.clone().max(here.clone()))
        } else {
            moved.max(bottom.clone().min(here.clone()))
        };
        let mut wrong = &self.funding.error + &error * int(secs);
        wrong = wrong.max(&self.low.error + unit()).max(&self.high.error + unit());
        let near = a_second.abs() + &error + &wrong;
        if &after + &near >= ceiling || &after - &near <= bottom {
            wrong += a_second.abs() + &error;
        }
        let wrong = short(wrong);
        self.flowed += short((&after - &here).abs()) + &wrong;
        self.funding = Near { exact: after, error: wrong }.shortened();
        if self.funding.exact < self.low.exact {
            self.low.exact = self.funding.exact.clone();
        }
        if self.funding.exact > self.high.exact {
            self.high.exact = self.funding.exact.clone();
        }
        self.low.error = self.low.error.clone().max(self.funding.error.clone());
        self.high.error = self.high.error.clone().max(self.funding.error.clone());
    }

    /// F at each full hour up to `unix`; the day's lowest and highest value are those of the last 24 hours.
    fn note_hours(&mut self, unix: i64) {
        let hour = unix / HOUR;
        let last = self.hours.last_key_value().map_or(hour - 1, |(last, _)| *last);
        if hour <= last {
            return;
        }
        for passed in last + 1..=hour {
            self.hours.insert(passed, self.funding.clone());
        }
        let day: Vec<&Near> = self.hours.range(hour - 24..).map(|(_, value)| value).chain([&self.funding]).collect();
        let error = day.iter().map(|value| value.error.clone()).max().unwrap();
        let low = day.iter().map(|value| value.exact.clone()).min().unwrap();
        let high = day.iter().map(|value| value.exact.clone()).max().unwrap();
        self.low = Near { exact: low, error: error.clone() };
        self.high = Near { exact: high, error };
    }
}

/// Adds a premium over some seconds.
fn add(sum: &mut Near, premium: &Near, secs: i64) {
    sum.exact += &premium.exact * int(secs);
    sum.error += &premium.error * int(secs);
}
