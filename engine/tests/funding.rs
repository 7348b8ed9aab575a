//! Funding against a model that walks second by second in big integers, its caps, its grid and its history.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use keel_engine::Now;
use keel_engine::funding::{MAX_PREMIUM, accrue, day_room, next_rate, per_second, premium, smoothed};
use keel_engine::math::tick::{inv_sqrt, sqrt_price_at_tick};
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::refresh::start;
use keel_engine::state::Market;
use keel_engine::units::{InvSqrt, Price, Rate, SignedWide, SqrtPrice, Wide};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;

/// A full hour, far from 1970.
const T0: i64 = 1_800_000_000;
/// The index at listing: 100 quote atoms per base atom.
const INDEX: Price = Price::from_bits(100 << 48);

fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 5_000 } else { 256 })
}

fn at(unix: i64) -> Now {
    Now { unix, slot: 0 }
}

/// A market listed at `unix` at 100 quote atoms per base atom, with liquidity and a net long.
fn market_at(unix: i64) -> Market {
    let mut market = Market::zeroed();
    market.params = Params::DEFAULT;
    let price = 10_000_000_000_000;
    let listing = Sample { price, conf: 0, exponent: -8, publish_time: unix, ema_price: price };
    let _ = start(&mut market, &listing, at(unix)).unwrap();
    market.liquidity = Wide::new(1 << 60);
    market.long_base = 1_000_000_000;
    set_tick(&mut market, 0);
    market
}

fn market() -> Market {
    market_at(T0)
}

fn set_tick(market: &mut Market, tick: i32) {
    market.sqrt_price = sqrt_price_at_tick(tick).unwrap();
    market.inv_sqrt_price = inv_sqrt(market.sqrt_price).unwrap();
}

fn bits(rate_ppm: i64) -> i64 {
    i64::try_from(i128::from(rate_ppm) * (1 << 48) / 1_000_000).unwrap()
}

/// The definitions, one second at a time. What is constant is taken from the market.
#[derive(Clone, Debug, PartialEq)]
struct Slow {
    accrued_at: i64,
    step_sum: BigInt,
    step_secs: u64,
    basis_sum: BigInt,
    basis_secs: u64,
    trusted_secs: u64,
    ema: BigInt,
    rate: BigInt,
    funding: BigInt,
    over_s: BigInt,
    low: BigInt,
    high: BigInt,
    /// Every hour ever, not only those of a ring.
    hours: BTreeMap<i64, BigInt>,
}

fn floor_div(a: &BigInt, b: &BigInt) -> BigInt {
    BigRational::new(a.clone(), b.clone()).floor().to_integer()
}

fn ppm(value: u32) -> BigInt {
    (BigInt::from(value) << 48) / 1_000_000
}

impl Slow {
    fn of(m: &Market) -> Self {
        Self {
            accrued_at: m.accrued_at,
            step_sum: m.step_sum.into(),
            step_secs: m.step_secs,
            basis_sum: m.basis_sum.into(),
            basis_secs: m.basis_secs,
            trusted_secs: m.trusted_secs,
            ema: m.premium_ema.bits.into(),
            rate: m.funding_rate.bits.into(),
            funding: m.funding.get().into(),
            over_s: m.funding_over_s.get().into(),
            low: m.funding_day_low.get().into(),
            high: m.funding_day_high.get().into(),
            hours: (0..168).map(|back| m.hour - back).map(|h| (h, hour_of(m, h).into())).collect(),
        }
    }

    fn premium(m: &Market) -> BigInt {
        let net = BigInt::from(m.long_base.abs_diff(m.short_base));
        if m.liquidity.get() == 0 || net.is_zero() {
            return BigInt::zero();
        }
        let s = BigInt::from(m.sqrt_price.get()) >> 16;
        let x: BigInt = (&s * &s) >> 48;
        let one = BigInt::from(1_u64 << 48);
        let full = (floor_div(&(x * m.peg.bits), &m.index.bits.into()) - &one).min(&one * 4);
        if m.params.skew_scale_base == 0 {
            return full;
        }
        full.signum() * full.abs().min(floor_div(&(net << 48), &m.params.skew_scale_base.into()))
    }

    fn end_step(&mut self, m: &Market) {
        let p = &m.params;
        let mean = if self.step_secs == 0 { BigInt::zero() } else { &self.step_sum / self.step_secs };
        (self.step_sum, self.step_secs) = (BigInt::zero(), 0);
        let (step, tau) = (p.funding_step_secs, p.funding_tau_secs);
        self.ema += (mean - &self.ema) * step / (tau + step);
        let (interest, band, cap) = (ppm(p.interest_ppm), ppm(p.deadband_ppm), ppm(p.funding_cap_ppm_per_hour));
        let pull = (interest - &self.ema).clamp(-&band, band);
        let target: BigInt = (&self.ema + pull) / p.funding_hours;
        let target = target.clamp(-&cap, cap.clone());
        let slew = ppm(p.funding_slew_ppm_per_hour2) * step / 3_600;
        self.rate += (target - &self.rate).clamp(-&slew, slew);
        self.rate = self.rate.clone().clamp(-&cap, cap);
    }

    fn note_hours(&mut self, unix: i64) {
        let hour = unix / 3_600;
        let (last, _) = self.hours.last_key_value().map(|(h, f)| (*h, f.clone())).unwrap();
        if hour <= last {
            return;
        }
        for passed in last + 1..=hour {
            self.hours.insert(passed, self.funding.clone());
        }
        let day = || self.hours.range(hour - 24..).map(|(_, value)| value).chain([&self.funding]);
        (self.low, self.high) = (day().min().unwrap().clone(), day().max().unwrap().clone());
    }

    fn accrue(&mut self, m: &Market, now: i64) {
        let from = self.accrued_at;
        if now <= from {
            return;
        }
        self.accrued_at = now;
        let step = i64::from(m.params.funding_step_secs);
        if m.is_guarded() {
            if now / step > from / step && self.step_secs != 0 {
                self.end_step(m);
            }
            return self.note_hours(now);
        }
        let counted = (now - from).min(i64::from(m.params.max_gap_secs));
        let premium = Self::premium(m);
        let p = &m.params;
        let between_hours = p.funding_cap_ppm_per_hour.div_ceil(2).min(p.funding_slew_ppm_per_hour2.div_ceil(8));
        let half = p.funding_day_cap_ppm / 2;
        let day_ppm = p.funding_day_cap_ppm.saturating_sub(between_hours).max(half);
        let room: BigInt = (BigInt::from(m.index.bits) * ppm(day_ppm)) >> 32;
        let mut flow: Option<(BigInt, BigInt)> = None;
        for second in from..from + counted {
            self.step_sum += &premium;
            self.step_secs += 1;
            self.basis_sum += &premium;
            self.basis_secs += 1;
            let fresh = second < m.index_time + i64::from(m.params.max_age_mark_secs);
            self.trusted_secs += u64::from(fresh);
            let (q, g) = flow.get_or_insert_with(|| {
                let q: BigInt = &self.rate * m.index.bits / (BigInt::from(1_u64 << 32) * 3_600);
                let g: BigInt = -floor_div(&(-&q * m.inv_sqrt_price.get()), &(BigInt::from(1) << 112));
                (q, g)
            });
            let next = &self.funding + &*q;
            let allowed = if q.is_negative() { next >= &self.high - &room } else { next <= &self.low + &room };
            if allowed {
                self.funding = next;
                self.over_s += &*g;
                self.low = self.low.clone().min(self.funding.clone());
                self.high = self.high.clone().max(self.funding.clone());
            }
            if (second + 1) % step == 0 {
                self.end_step(m);
                self.note_hours(second + 1);
                flow = None;
            }
        }
        if counted < now - from {
            (self.step_sum, self.step_secs) = (BigInt::zero(), 0);
            self.note_hours(now);
        }
    }

    /// The market says the same, its hours and their positions included.
    fn assert_same(&self, m: &Market) {
        let mut same = Self::of(m);
        let ring = std::mem::take(&mut same.hours);
        let mut expected = self.clone();
        let known = std::mem::take(&mut expected.hours);
        assert_eq!(same, expected);
        for (hour, value) in ring {
            assert_eq!(&value, known.get(&hour).unwrap_or_else(|| panic!("hour {hour}")), "hour {hour}");
        }
    }
}

fn hour_of(m: &Market, hour: i64) -> i128 {
    m.hours[usize::try_from(hour.rem_euclid(168)).unwrap()].get()
}

/// What happens between two refreshes.
#[derive(Clone, Debug)]
enum Event {
    Tick(i32),
    Positions(u64, u64),
    Index(u64),
    Guard(u8),
    Drain(bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (-3_000..=3_000).prop_map(Event::Tick),
        1 => (-150_000..=150_000).prop_map(Event::Tick),
        2 => (0..=1_u64 << 62, 0..=1_u64 << 62).prop_map(|(long, short)| Event::Positions(long, short)),
        2 => (0..=2_000_000_u64, 0..=2_000_000_u64).prop_map(|(long, short)| Event::Positions(long, short)),
        2 => (1_u64 << 32..=1 << 63).prop_map(Event::Index),
        2 => (99_u64 << 48..=101 << 48).prop_map(Event::Index),
        1 => (0..=2_u8).prop_map(Event::Guard),
        1 => any::<bool>().prop_map(Event::Drain),
    ]
}

fn apply(m: &mut Market, event: &Event) {
    match event {
        Event::Tick(tick) => set_tick(m, *tick),
        Event::Positions(long, short) => (m.long_base, m.short_base) = (*long, *short),
        Event::Index(index) => {
            m.index = Price::from_bits(*index);
            m.index_time = m.accrued_at;
            // The peg stays behind, as in a fixed market, every other time.
            if index % 2 == 0 {
                m.peg = m.index;
            }
        }
        Event::Guard(guard) => m.guard_left = *guard,
        Event::Drain(drained) => m.liquidity = Wide::new(if *drained { 0 } else { 1 << 60 }),
    }
}

/// Steps that divide an hour.
const STEPS: [u32; 12] = [10, 12, 15, 20, 30, 60, 75, 90, 120, 180, 240, 300];

fn params() -> impl Strategy<Value = Params> {
    let funding = (prop::sample::select(&STEPS[..]), 600..=86_400_u32, 1..=24_u32, 0..=100_000_u32);
    let caps = (prop_oneof![0..=2_000_u32, 0..=1_000_000_u32], 0..=1_000_000_u32, 60..=3_600_u32);
    let target = (0..=1_000_u32, 0..=5_000_u32, prop_oneof![Just(0), 1..=10_000_000_u64, 1..=1_u64 << 62]);
    (funding, caps, target).prop_map(|(funding, caps, target)| {
        let mut p = Params::DEFAULT;
        (p.funding_step_secs, p.funding_tau_secs, p.funding_hours, p.funding_cap_ppm_per_hour) = funding;
        (p.funding_day_cap_ppm, p.funding_slew_ppm_per_hour2, p.max_gap_secs) = caps;
        (p.interest_ppm, p.deadband_ppm, p.skew_scale_base) = target;
        p
    })
}

#[test]
fn the_premium_is_the_curve_over_the_index() {
    let mut m = market();
    assert_eq!(premium(&m), Rate::ZERO);
    set_tick(&mut m, 100);
    let one_percent = 1.0001_f64.powi(100) - 1.0;
    assert!((premium(&m).bits as f64 / (1_u64 << 48) as f64 - one_percent).abs() < 1e-12);
    set_tick(&mut m, -100);
    assert!((premium(&m).bits as f64 / (1_u64 << 48) as f64 + one_percent / (1.0 + one_percent)).abs() < 1e-12);
    // A fixed market: the curve stands at the peg, the index at half of it.
    set_tick(&mut m, 0);
    m.index = Price::from_bits(50 << 48);
    assert_eq!(premium(&m), Rate::from_bits(1 << 48));
    // x = 2^16: the word that holds it is full.
    m.index = m.peg;
    m.sqrt_price = SqrtPrice::from_bits(1 << 72);
    assert_eq!(premium(&m), MAX_PREMIUM);
    // An index of nothing, or none at all.
    m.index = Price::from_bits(1);
    assert_eq!(premium(&m), MAX_PREMIUM);
    m.index = Price::from_bits(0);
    assert_eq!(premium(&m), Rate::ZERO);
}

#[test]
fn no_liquidity_and_no_skew_give_no_premium() {
    let mut m = market();
    set_tick(&mut m, 500);
    assert_ne!(premium(&m), Rate::ZERO);
    m.short_base = m.long_base;
    assert_eq!(premium(&m), Rate::ZERO);
    m.short_base = 0;
    m.liquidity = Wide::new(0);
    assert_eq!(premium(&m), Rate::ZERO);
    m.liquidity = Wide::new(1 << 64);
    assert_ne!(premium(&m), Rate::ZERO);
}

/// attacks.md item 20: 100k push a thin curve by 2%; honest longs of 10M would pay the cap. The premium is only as
/// large as the position behind it.
#[test]
fn a_thin_curve_costs_no_more_than_the_skew_behind_it() {
    let mut m = market();
    set_tick(&mut m, 200);
    m.params.skew_scale_base = 10_000_000_000;
    (m.long_base, m.short_base) = (10_000_000_000, 9_900_000_000);
    assert_eq!(premium(&m), Rate::from_bits((1 << 48) / 100));
    // The sign is the premium's, whichever side the takers are on.
    (m.long_base, m.short_base) = (m.short_base, m.long_base);
    assert_eq!(premium(&m), Rate::from_bits((1 << 48) / 100));
    set_tick(&mut m, -200);
    assert_eq!(premium(&m), Rate::from_bits(-((1 << 48) / 100)));
}

#[test]
fn a_second_is_exact() {
    // 0.36% an hour of 100: 0.0001 quote atoms a second, as far as 2^-64 goes.
    let q = per_second(Rate::from_bits(bits(3_600)), INDEX);
    assert!((q as f64 / 2_f64.powi(64) - 1e-4).abs() < 1e-15);
    assert_eq!(per_second(Rate::from_bits(-bits(3_600)), INDEX), -q);
    assert_eq!(per_second(Rate::ZERO, INDEX), 0);
    // The largest of both still fits.
    let most = per_second(Rate::from_ppm(100_000), Price::MAX);
    assert!(most > 0 && most < i128::from(u64::MAX));
}

#[test]
fn a_standing_or_backward_clock_changes_nothing() {
    let mut m = market();
    set_tick(&mut m, 200);
    m.funding_rate = Rate::from_ppm(500);
    accrue(&mut m, at(T0 + 90));
    let before = m;
    for unix in [T0 + 90, T0 + 89, T0 - 10_000, 0, -1, i64::MIN] {
        accrue(&mut m, at(unix));
        assert_eq!(m, before);
    }
}

#[test]
fn the_rate_follows_at_the_end_of_a_step_only() {
    let mut m = market();
    set_tick(&mut m, 1_000);
    accrue(&mut m, at(T0 + 59));
    assert_eq!((m.funding_rate, m.premium_ema, m.funding.get()), (Rate::ZERO, Rate::ZERO, 0));
    assert_eq!((m.step_secs, m.step_sum), (59, premium(&m).bits * 59));
    accrue(&mut m, at(T0 + 60));
    // At most the slew: 210 ppm per hour in an hour, 3.5 ppm in a minute.
    assert_eq!(m.funding_rate, Rate::from_bits(Rate::from_ppm(210).bits * 60 / 3_600));
    assert_eq!((m.step_secs, m.step_sum, m.funding.get()), (0, 0, 0));
    accrue(&mut m, at(T0 + 61));
    assert_eq!(m.funding.get(), per_second(m.funding_rate, INDEX));
}

/// attacks.md item 11: one refresh of an hour is what sixty are (`max_gap` allows it), premium 2%.
#[test]
fn sixty_refreshes_are_one() {
    let mut once = market();
    once.params.max_gap_secs = 3_600;
    set_tick(&mut once, 198);
    let mut often = once;
    accrue(&mut once, at(T0 + 3_600));
    for second in 1..=3_600 {
        accrue(&mut often, at(T0 + second));
    }
    assert_eq!(once, often);
    let ema = once.premium_ema.bits as f64 / 2_f64.powi(48);
    assert!((0.0124..0.0128).contains(&ema), "{ema}");
}

#[test]
fn guarded_time_does_not_count() {
    let mut m = market();
    set_tick(&mut m, 300);
    m.funding_rate = Rate::from_ppm(500);
    m.guard_left = 3;
    let before = m;
    accrue(&mut m, at(T0 + 599));
    assert_eq!(m, Market { accrued_at: T0 + 599, ..before });
    m.guard_left = 0;
    accrue(&mut m, at(T0 + 600));
    // The step that began guarded counts the second that did count.
    assert_eq!(m.funding.get(), per_second(before.funding_rate, INDEX));
    assert_eq!(m.basis_secs, 1);
    let expected = smoothed(Rate::ZERO, premium(&m), 60, 3_600);
    assert_eq!(m.premium_ema, expected);
}

#[test]
fn a_step_that_ends_guarded_ends_with_what_had_counted() {
    let mut m = market();
    set_tick(&mut m, 300);
    accrue(&mut m, at(T0 + 30));
    m.guard_left = 1;
    accrue(&mut m, at(T0 + 59));
    assert_eq!((m.step_secs, m.premium_ema), (30, Rate::ZERO));
    accrue(&mut m, at(T0 + 200));
    let expected = smoothed(Rate::ZERO, premium(&m), 60, 3_600);
    assert_eq!((m.step_secs, m.premium_ema), (0, expected));
    accrue(&mut m, at(T0 + 3_000));
    assert_eq!(m.premium_ema, expected);
    assert_eq!(m.funding.get(), 0);
}

#[test]
fn profit_matures_while_the_index_is_fresh() {
    let age = u64::from(Params::DEFAULT.max_age_mark_secs);
    let after = |seconds: &[i64]| {
        let mut m = market();
        for second in seconds {
            accrue(&mut m, at(T0 + second));
        }
        m.trusted_secs
    };
    assert_eq!(after(&[5]), 5);
    assert_eq!(after(&[20]), age);
    assert_eq!(after(&[21]), age);
    assert_eq!(after(&[10_000]), age);
    assert_eq!(after(&[3, 7, 19, 25, 400]), age);
    let mut m = market();
    m.index_time = T0 + 2;
    accrue(&mut m, at(T0 + 1_000));
    assert_eq!(m.trusted_secs, age + 2);
    // Never more than what counts.
    let mut m = market();
    m.index_time = T0 + 5_000;
    accrue(&mut m, at(T0 + 1_000));
    assert_eq!(m.trusted_secs, u64::from(m.params.max_gap_secs));
}

#[test]
fn what_is_beyond_the_gap_is_dropped() {
    let mut m = market();
    set_tick(&mut m, 300);
    m.funding_rate = Rate::from_ppm(500);
    accrue(&mut m, at(T0 + 45));
    let mut capped = m;
    accrue(&mut m, at(T0 + 10_000));
    accrue(&mut capped, at(T0 + 45 + 600));
    assert_eq!((m.funding, m.funding_rate, m.premium_ema), (capped.funding, capped.funding_rate, capped.premium_ema));
    assert_eq!((m.step_sum, m.step_secs, m.accrued_at), (0, 0, T0 + 10_000));
    assert_ne!(capped.step_secs, 0);
    assert_eq!(m.hour, (T0 + 10_000) / 3_600);
}

#[test]
fn hours_that_nobody_saw_hold_what_did_not_change() {
    let mut m = market();
    m.funding = SignedWide::new(-5 << 64);
    let hour = m.hour;
    // Two hours and a half later.
    accrue(&mut m, at(T0 + 9_000));
    assert_eq!(m.hour, hour + 2);
    let first = hour_of(&m, hour + 1);
    assert_eq!((first, hour_of(&m, hour + 2), hour_of(&m, hour)), (m.funding.get(), m.funding.get(), 0));
    assert_eq!((m.funding_day_low, m.funding_day_high), (m.funding, SignedWide::new(0)));
    // A week and more fills the ring.
    accrue(&mut m, at(T0 + 200 * 3_600));
    assert!(m.hours.iter().all(|value| *value == m.funding));
    assert_eq!((m.funding_day_low, m.funding_day_high), (m.funding, m.funding));
    accrue(&mut m, at(i64::MAX));
    assert_eq!(m.hour, i64::MAX / 3_600);
}

/// A day at the rate's cap: F stops at the day's cap, and goes on when the oldest hour leaves the day.
#[test]
fn the_day_cap_stops_and_releases() {
    let mut m = market();
    set_tick(&mut m, 2_000);
    m.params.funding_slew_ppm_per_hour2 = 1_000_000;
    m.premium_ema = MAX_PREMIUM;
    m.params.funding_tau_secs = 86_400;
    let at_hour = |m: &mut Market, hours: i64| {
        for refresh in 1..=hours * 6 {
            accrue(m, at(T0 + refresh * 600));
        }
        m.funding.get() as f64 / 2_f64.powi(64)
    };
    // 0.125% an hour of 100 but for the first minute.
    assert!((at_hour(&mut m, 4) - 0.5).abs() < 0.01);
    // 1% of 100 after eight hours less half an hour's, since this slew lets F turn within the hour; and no more for the
    // rest of the day.
    let cap = at_hour(&mut m, 9);
    assert!(cap <= 0.937_5 && cap > 0.937_4, "{cap}");
    assert_eq!(at_hour(&mut m, 24), cap);
    let day_later = at_hour(&mut m, 30);
    assert!(day_later > cap + 0.5 && day_later < cap + 0.76, "{day_later}");
}

#[test]
fn a_zero_day_cap_means_no_funding() {
    let mut m = market();
    m.params.funding_day_cap_ppm = 0;
    m.funding_rate = Rate::from_ppm(1_000);
    accrue(&mut m, at(T0 + 500));
    assert_eq!((m.funding.get(), m.funding_over_s.get()), (0, 0));
}

#[test]
fn a_lowered_cap_holds_at_once() {
    let mut m = market();
    m.funding_rate = Rate::from_ppm(1_250);
    m.params.funding_cap_ppm_per_hour = 100;
    accrue(&mut m, at(T0 + 1));
    assert_eq!(m.funding.get(), per_second(Rate::from_ppm(100), INDEX));
    accrue(&mut m, at(T0 + 60));
    assert_eq!(m.funding_rate, Rate::from_ppm(100));
}

#[test]
fn inside_the_dead_band_the_rate_is_the_interest() {
    let p = Params::DEFAULT;
    let mut rate = Rate::ZERO;
    for _ in 0..60 {
        rate = next_rate(&p, Rate::from_ppm(400), rate, 60);
    }
    assert_eq!(rate, Rate::from_bits(Rate::from_ppm(100).bits / 8));
}

#[test]
fn f_and_its_day_wrap() {
    let mut m = market();
    let near = i128::MAX - 5;
    m.funding = SignedWide::new(near);
    m.funding_day_low = m.funding;
    m.funding_day_high = m.funding;
    m.hours = [m.funding; 168];
    m.funding_rate = Rate::from_ppm(1_000);
    accrue(&mut m, at(T0 + 59));
    let moved = per_second(Rate::from_ppm(1_000), INDEX) * 59;
    assert_eq!(m.funding.get(), near.wrapping_add(moved));
    accrue(&mut m, at(T0 + 7_200));
    assert_eq!(m.funding_day_low.get(), near);
    assert_eq!(m.funding_day_high, m.funding);
}

proptest! {
    #![proptest_config(cases())]

    /// Every number of the accrual, against one second at a time.
    #[test]
    fn accrual_is_the_definition(
        p in params(), offset in 0..3_600_i64,
        script in prop::collection::vec((event(), prop_oneof![4 => 0..90_i64, 2 => 0..700_i64, 1 => 0..9_000_i64]), 1..12),
    ) {
        let mut m = market_at(T0 + offset);
        m.params = p;
        let mut slow = Slow::of(&m);
        for (event, wait) in &script {
            apply(&mut m, event);
            let now = m.accrued_at + wait;
            slow.accrue(&m, now);
            accrue(&mut m, at(now));
            slow.assert_same(&m);
            // As the mark's sample does.
            (m.basis_sum, m.basis_secs) = (0, 0);
            (slow.basis_sum, slow.basis_secs) = (BigInt::zero(), 0);
        }
    }

    /// Over days, so that the day's cap and the ring of hours matter.
    #[test]
    fn accrual_is_the_definition_for_days(
        cap in 0..=20_000_u32, start in 0..3_600_i64,
        script in prop::collection::vec((event(), 1..30_000_i64), 1..40),
    ) {
        let mut m = market_at(T0 + start);
        m.params.funding_day_cap_ppm = cap / 10;
        m.params.funding_cap_ppm_per_hour = cap;
        m.params.funding_slew_ppm_per_hour2 = 1_000_000;
        m.params.funding_tau_secs = 600;
        let mut slow = Slow::of(&m);
        for (event, wait) in &script {
            apply(&mut m, event);
            let now = m.accrued_at + wait;
            slow.accrue(&m, now);
            accrue(&mut m, at(now));
            // As the mark's sample does.
            (m.basis_sum, m.basis_secs) = (0, 0);
            (slow.basis_sum, slow.basis_secs) = (BigInt::zero(), 0);
        }
        slow.assert_same(&m);
    }

    /// n refreshes give exactly what one gives, for gaps up to `max_gap_secs`.
    #[test]
    fn n_refreshes_are_one(
        p in params(), warm in 0..5_000_i64, events in prop::collection::vec(event(), 0..6), ema in any::<i32>(),
        gap in 1..=3_600_i64, cuts in prop::collection::vec(0..3_600_i64, 1..8),
    ) {
        let mut once = market();
        once.params = p;
        once.premium_ema = Rate::from_bits(i64::from(ema) << 16);
        for event in &events {
            apply(&mut once, event);
            let now = at(once.accrued_at + warm);
            accrue(&mut once, now);
        }
        let mut often = once;
        let gap = gap.min(i64::from(p.max_gap_secs));
        let from = once.accrued_at;
        accrue(&mut once, at(from + gap));
        let mut cuts: Vec<i64> = cuts.iter().map(|cut| cut % (gap + 1)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            accrue(&mut often, at(from + cut));
        }
        accrue(&mut often, at(from + gap));
        prop_assert_eq!(once, often);
    }

    /// |rate| <= cap, |change of rate| <= slew * dt, whatever happens.
    #[test]
    fn the_rate_and_its_change_are_capped(
        p in params(), script in prop::collection::vec((event(), 0..4_000_i64), 1..30),
    ) {
        let mut m = market();
        m.params = p;
        let cap = Rate::from_ppm(p.funding_cap_ppm_per_hour).bits;
        let step = i64::from(p.funding_step_secs);
        let slew = i128::from(Rate::from_ppm(p.funding_slew_ppm_per_hour2).bits) * i128::from(step) / 3_600;
        for (event, wait) in &script {
            apply(&mut m, event);
            let before = m;
            let now = m.accrued_at + wait;
            accrue(&mut m, at(now));
            prop_assert!(m.funding_rate.bits.abs() <= cap);
            let steps = i128::from(now / step - before.accrued_at / step);
            let change = i128::from(m.funding_rate.bits) - i128::from(before.funding_rate.bits);
            prop_assert!(change.abs() <= slew * steps);
        }
    }

    /// One step, from any state and with any parameters.
    #[test]
    fn one_step_is_capped_for_every_input(
        ema: i64, rate: i64, step: u64, cap: u32, slew: u32, interest: u32, band: u32, hours: u32,
    ) {
        let mut p = Params::DEFAULT;
        p.funding_cap_ppm_per_hour = cap;
        p.funding_slew_ppm_per_hour2 = slew;
        (p.interest_ppm, p.deadband_ppm, p.funding_hours) = (interest, band, hours);
        let next = next_rate(&p, Rate::from_bits(ema), Rate::from_bits(rate), step);
        prop_assert!(next.bits.abs() <= Rate::from_ppm(cap).bits);
    }

    #[test]
    fn smoothing_is_the_rational(ema in -(1_i64 << 50)..1 << 50, mean in -(1_i64 << 50)..1 << 50, dt in 1..3_600_u64, tau in 30..=86_400_u64) {
        let change = (BigInt::from(mean) - ema) * dt / (tau + dt);
        let smooth = smoothed(Rate::from_bits(ema), Rate::from_bits(mean), dt, tau);
        prop_assert_eq!(BigInt::from(smooth.bits), change + ema);
        // It never leaves the span of both.
        prop_assert!((ema.min(mean)..=ema.max(mean)).contains(&smooth.bits));
    }

    #[test]
    fn smoothing_is_total(ema: i64, mean: i64, dt: u64, tau: u64) {
        let _ = smoothed(Rate::from_bits(ema), Rate::from_bits(mean), dt, tau);
    }

    #[test]
    fn a_second_of_funding_is_the_rational(rate: i64, index: u64) {
        let q: BigInt = BigInt::from(rate) * index / (BigInt::from(1_u64 << 32) * 3_600);
        let expected = q.clamp(-BigInt::from(u64::MAX), u64::MAX.into());
        prop_assert_eq!(BigInt::from(per_second(Rate::from_bits(rate), Price::from_bits(index))), expected);
    }

    /// The premium of any bits, against rationals: within what cutting `s` to 48 bits costs, and within its caps.
    #[test]
    fn the_premium_is_the_rational(
        tick in -150_000..=150_000_i32, nudge in 0..1_u64 << 40, peg in 1_u64 << 32..1 << 63, index in 1_u64 << 32..1 << 63,
        same: bool, long in 0..=1_u64 << 62, short in 0..=1_u64 << 62, scale in prop_oneof![Just(0), 1..=1_u64 << 62],
    ) {
        let mut m = market();
        m.sqrt_price = SqrtPrice::from_bits(sqrt_price_at_tick(tick).unwrap().get() + u128::from(nudge));
        (m.peg, m.index) = (Price::from_bits(if same { index } else { peg }), Price::from_bits(index));
        (m.long_base, m.short_base) = (long, short);
        m.params.skew_scale_base = scale;
        let got = premium(&m);
        prop_assert_eq!(BigInt::from(got.bits), Slow::premium(&m));
        prop_assert!((-(1_i64 << 48)..=MAX_PREMIUM.bits).contains(&got.bits));
        if scale == 0 && got.bits < MAX_PREMIUM.bits && long != short {
            let s = BigRational::new(m.sqrt_price.get().into(), BigInt::from(1) << 64);
            let exact = (&s * &s * BigRational::new(m.peg.bits.into(), index.into())).to_f64().unwrap() - 1.0;
            let error = (got.bits as f64 / 2_f64.powi(48) - exact).abs();
            // At the lowest tick x has 27 bits; and one unit of the result.
            prop_assert!(error <= (exact + 1.0) * 2_f64.powi(-26) + 2_f64.powi(-48), "{} {}", error, exact);
        }
    }

    #[test]
    fn the_premium_is_total(s: u128, peg: u64, index: u64, long: u64, short: u64, scale: u64) {
        let mut m = market();
        m.sqrt_price = SqrtPrice::from_bits(s);
        (m.peg, m.index) = (Price::from_bits(peg), Price::from_bits(index));
        (m.long_base, m.short_base) = (long, short);
        m.params.skew_scale_base = scale;
        prop_assert!((-(1_i64 << 48)..=MAX_PREMIUM.bits).contains(&premium(&m).bits));
    }

    /// G is rounded up at every second: what it says a range pays is never less than F over s, nor an ulp a second more.
    #[test]
    fn ranges_pay_more(tick in -150_000..=150_000_i32, rate in -100_000..=100_000_i64, secs in 1..60_i64) {
        let mut m = market();
        set_tick(&mut m, tick);
        m.params.funding_cap_ppm_per_hour = 100_000;
        m.params.funding_day_cap_ppm = 1_000_000;
        m.funding_rate = Rate::from_bits(bits(rate));
        accrue(&mut m, at(T0 + secs - 1));
        let inv = BigRational::new(m.inv_sqrt_price.get().into(), BigInt::from(1) << 112);
        let exact = BigRational::from_integer(m.funding.get().into()) * inv;
        let over_s = BigRational::from_integer(m.funding_over_s.get().into());
        prop_assert!(over_s >= exact);
        prop_assert!(over_s - exact < BigRational::from_integer(secs.into()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 1_000 } else { 48 }))]

    /// Over days with premiums of all kinds: whenever a day begins, nobody pays more than the day's cap in it.
    #[test]
    fn nobody_pays_more_than_the_day_cap(
        day_cap in 0..=20_000_u32, cap in 0..=10_000_u32, slew in prop_oneof![0..=2_000_u32, 0..=1_000_000_u32],
        ticks in prop::collection::vec((-6_000..=6_000_i32, 1..40_usize), 1..30), first in 0..3_600_i64,
    ) {
        let mut m = market_at(T0 + first);
        m.params.funding_day_cap_ppm = day_cap;
        m.params.funding_cap_ppm_per_hour = cap;
        m.params.funding_slew_ppm_per_hour2 = slew;
        m.params.funding_tau_secs = 600;
        let of_index = |ppm: u32| (i128::from(Rate::from_ppm(ppm).bits) * i128::from(INDEX.bits)) >> 32;
        let mut seen: Vec<(i64, i128)> = vec![(m.accrued_at, 0)];
        for (tick, refreshes) in ticks {
            set_tick(&mut m, tick);
            for _ in 0..refreshes {
                let now = m.accrued_at + 300;
                accrue(&mut m, at(now - now % 300));
                seen.push((m.accrued_at, m.funding.get()));
            }
        }
        for (position, (until, to)) in seen.iter().enumerate() {
            for (since, from) in seen[..position].iter().rev().take_while(|(since, _)| until - since <= 86_400) {
                let paid = (to - from).abs();
let room = of_index(day_cap);
                prop_assert!(paid <= room, "{} after {} s: {} > {}", since, until - since, paid, room);
            }
        }
    }

    /// The same bound for the lowest and highest value that the market itself keeps, for arbitrary starting points.
    #[test]
    fn f_stays_in_the_day(
        rate: i32, low in 0..1_i128 << 80, high in 0..1_i128 << 80, secs in 1..60_i64, day_cap in 0..=1_000_000_u32,
    ) {
        let mut m = market();
        m.params.funding_day_cap_ppm = day_cap;
        m.params.funding_cap_ppm_per_hour = 100_000;
        m.funding_rate = Rate::from_bits(i64::from(rate) << 14);
        m.funding_day_low = SignedWide::new(-low);
        m.funding_day_high = SignedWide::new(high);
        accrue(&mut m, at(T0 + secs - 1));
        let room = i128::try_from(day_room(&m.params, INDEX)).unwrap();
        let funding = m.funding.get();
        if funding > 0 {
            prop_assert!(funding <= room - low);
        }
        if funding < 0 {
            prop_assert!(funding >= high - room);
        }
    }
}

#[test]
fn a_market_without_an_inverse_is_no_trap() {
    let mut m = market();
    m.inv_sqrt_price = InvSqrt::from_bits(u128::MAX);
    m.funding_rate = Rate::from_ppm(100_000);
    m.params.funding_cap_ppm_per_hour = u32::MAX;
    m.params.funding_step_secs = 0;
    m.params.max_gap_secs = u32::MAX;
    m.params.funding_hours = 0;
    accrue(&mut m, at(i64::MAX));
}
