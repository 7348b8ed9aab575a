//! Funding as the page defines it, one second at a time in big integers, and the markets and events that tests drive it with.

#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

pub use std::collections::BTreeMap;

pub use bytemuck::Zeroable;
pub use keel_engine::Now;
pub use keel_engine::funding::{MAX_PREMIUM, accrue, day_room, next_rate, per_second, premium, smoothed};
pub use keel_engine::math::tick::{inv_sqrt, sqrt_price_at_tick};
pub use keel_engine::oracle::Sample;
pub use keel_engine::params::Params;
pub use keel_engine::refresh::start;
pub use keel_engine::state::Market;
pub use keel_engine::units::{InvSqrt, Price, Rate, SignedWide, SqrtPrice, Wide};
pub use num_bigint::BigInt;
pub use num_rational::BigRational;
pub use num_traits::{Signed, ToPrimitive, Zero};
pub use proptest::prelude::*;

/// A full hour, far from 1970.
pub const T0: i64 = 1_800_000_000;
/// The index at listing: 100 quote atoms per base atom.
pub const INDEX: Price = Price::from_bits(100 << 48);

pub fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 5_000 } else { 256 })
}

pub fn at(unix: i64) -> Now {
    Now { unix, slot: 0 }
}

/// A market listed at `unix` at 100 quote atoms per base atom, with liquidity and a net long.
pub fn market_at(unix: i64) -> Market {
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

pub fn market() -> Market {
    market_at(T0)
}

pub fn set_tick(market: &mut Market, tick: i32) {
    market.sqrt_price = sqrt_price_at_tick(tick).unwrap();
    market.inv_sqrt_price = inv_sqrt(market.sqrt_price).unwrap();
}

pub fn bits(rate_ppm: i64) -> i64 {
    i64::try_from(i128::from(rate_ppm) * (1 << 48) / 1_000_000).unwrap()
}

/// The definitions, one second at a time. What is constant is taken from the market.
#[derive(Clone, Debug, PartialEq)]
pub struct Slow {
    pub accrued_at: i64,
    pub step_sum: BigInt,
    pub step_secs: u64,
    pub basis_sum: BigInt,
    pub basis_secs: u64,
    pub trusted_secs: u64,
    pub ema: BigInt,
    pub rate: BigInt,
    pub funding: BigInt,
    pub over_s: BigInt,
    pub low: BigInt,
    pub high: BigInt,
    /// Every hour ever, not only those of a ring.
    pub hours: BTreeMap<i64, BigInt>,
}

pub fn floor_div(a: &BigInt, b: &BigInt) -> BigInt {
    BigRational::new(a.clone(), b.clone()).floor().to_integer()
}

pub fn ppm(value: u32) -> BigInt {
    (BigInt::from(value) << 48) / 1_000_000
}

impl Slow {
    pub fn of(m: &Market) -> Self {
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

    pub fn premium(m: &Market) -> BigInt {
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

    pub fn end_step(&mut self, m: &Market) {
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

    pub fn note_hours(&mut self, unix: i64) {
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

    pub fn accrue(&mut self, m: &Market, now: i64) {
        let from = self.accrued_at;
        if now <= from {
            return;
        }
        self.accrued_at = now;
        let step = i64::from(m.params.funding_step_secs);
        // Paused seconds are those before its end: a pause begins where time is accrued.
        let begin = from;
        let from = m.paused_until.clamp(begin, now);
        for boundary in begin / step..from / step {
            if boundary == begin / step && self.step_secs != 0 {
                self.end_step(m);
            }
        }
        if from > begin {
            self.note_hours(from);
        }
        if from == now {
            return;
        }
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
    pub fn assert_same(&self, m: &Market) {
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

pub fn hour_of(m: &Market, hour: i64) -> i128 {
    m.hours[usize::try_from(hour.rem_euclid(168)).unwrap()].get()
}

/// What happens between two refreshes.
#[derive(Clone, Debug)]
pub enum Event {
    Tick(i32),
    Positions(u64, u64),
    Index(u64),
    Guard(u8),
    Drain(bool),
    Pause(i64),
}

pub fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (-3_000..=3_000).prop_map(Event::Tick),
        1 => (-150_000..=150_000).prop_map(Event::Tick),
        2 => (0..=1_u64 << 62, 0..=1_u64 << 62).prop_map(|(long, short)| Event::Positions(long, short)),
        2 => (0..=2_000_000_u64, 0..=2_000_000_u64).prop_map(|(long, short)| Event::Positions(long, short)),
        2 => (1_u64 << 32..=1 << 63).prop_map(Event::Index),
        2 => (99_u64 << 48..=101 << 48).prop_map(Event::Index),
        1 => (0..=2_u8).prop_map(Event::Guard),
        1 => any::<bool>().prop_map(Event::Drain),
        2 => prop_oneof![0..=700_i64, 0..=604_800_i64].prop_map(Event::Pause),
    ]
}

pub fn apply(m: &mut Market, event: &Event) {
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
        Event::Pause(secs) => (m.paused_from, m.paused_until) = (m.accrued_at, m.accrued_at + secs),
        Event::Drain(drained) => m.liquidity = Wide::new(if *drained { 0 } else { 1 << 60 }),
    }
}

/// Steps that divide an hour.
pub const STEPS: [u32; 12] = [10, 12, 15, 20, 30, 60, 75, 90, 120, 180, 240, 300];

pub fn params() -> impl Strategy<Value = Params> {
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
