//! The funding forecast against markets that are really run: what it says comes true to the last bit while premium and
//! index stay, and nothing comes worse than its worst case whatever the premium does.

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

mod funding_model;

use funding_model::*;
use keel_engine::Side;
use keel_engine::state::Market;
use keel_engine::views::funding::{FundingView, MAX_POINTS, funding};

fn told(market: &Market, side: Side, now: i64) -> FundingView {
    let (mut copy, mut scratch) = (*market, *market);
    funding(&mut copy, &mut scratch, MAX_POINTS as u8, side, at(now))
}

/// What a side has paid since, rounded up to 48 fraction bits; saturating, at indices at the end of what is served.
fn paid(market: &Market, since: i128, side: Side) -> i64 {
    let grown = market.funding.get().wrapping_sub(since);
    let paid = if side == Side::Buy { grown } else { -grown };
    let limits = (i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(((paid + 0xffff) >> 16).clamp(limits.0, limits.1)).unwrap()
}

fn sides() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

/// A market somewhere in its life, neither guarded nor paused: no second of the forecast is left out.
fn lived(p: keel_engine::params::Params, offset: i64, script: &[(Event, i64)]) -> Market {
    let mut market = market_at(T0 + offset);
    market.params = p;
    for (event, wait) in script {
        apply(&mut market, event);
        let now = market.accrued_at + wait;
        accrue(&mut market, at(now));
        (market.basis_sum, market.basis_secs) = (0, 0);
    }
    (market.guard_left, market.paused_from, market.paused_until) = (0, 0, 0);
    market
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 2_000 } else { 96 }))]

    #[test]
    fn the_forecast_comes_true(
        p in params(), offset in 0..3_600_i64, side in sides(), later in 0..500_i64,
        script in prop::collection::vec((event(), prop_oneof![0..90_i64, 0..9_000_i64]), 1..8),
        gaps in prop::collection::vec(1..600_i64, 1..20),
    ) {
        let market = lived(p, offset, &script);
        let now = market.accrued_at + later.min(i64::from(p.max_gap_secs));
        let told = told(&market, side, now);
        let mut real = market;
        accrue(&mut real, at(now));
        prop_assert_eq!((told.at, told.funding.get(), told.rate), (now, real.funding.get(), real.funding_rate.bits));
        let since = real.funding.get();
        let mut gaps = gaps.iter().cycle();
        for (hour, point) in told.forecast.iter().enumerate() {
            let until = now + 3_600 * (hour as i64 + 1);
            while real.accrued_at < until {
                let gap = (*gaps.next().unwrap()).min(i64::from(p.max_gap_secs));
                let then = (real.accrued_at + gap).min(until);
                accrue(&mut real, at(then));
                (real.basis_sum, real.basis_secs) = (0, 0);
            }
            prop_assert_eq!(paid(&real, since, side), *point, "hour {}", hour + 1);
        }
    }

    #[test]
    fn nothing_is_worse_than_the_worst_case(
        p in params(), offset in 0..3_600_i64, side in sides(),
        before in prop::collection::vec((event(), prop_oneof![0..90_i64, 0..9_000_i64]), 1..8),
        // Ticks of the curve, which side is crowded, and for how long.
        after in prop::collection::vec((-3_000..=3_000_i32, any::<bool>(), prop_oneof![1..600_i64, 600..40_000_i64]), 1..60),
    ) {
        let mut real = lived(p, offset, &before);
        let told = told(&real, side, real.accrued_at);
        let (now, since) = (told.at, real.funding.get());
        let mut hour = 0;
        for (tick, longs, wait) in after.iter().cycle().take(400) {
            set_tick(&mut real, *tick);
            (real.long_base, real.short_base) = if *longs { (1 << 40, 1) } else { (1, 1 << 40) };
            let until = real.accrued_at + wait;
            while real.accrued_at < until && hour < MAX_POINTS {
                let next = now + 3_600 * (hour as i64 + 1);
                let then = (real.accrued_at + i64::from(p.max_gap_secs)).min(until).min(next);
                accrue(&mut real, at(then));
                (real.basis_sum, real.basis_secs) = (0, 0);
                if then == next {
                    prop_assert!(paid(&real, since, side) <= told.worst[hour], "hour {}", hour + 1);
                    hour += 1;
                }
            }
        }
    }
}

/// The worst case is reached, but for the seconds in hand: a premium at its largest throughout.
#[test]
fn the_worst_case_is_no_worse_than_it_must_be() {
    let mut real = market();
    (real.long_base, real.short_base) = (1 << 40, 1);
    set_tick(&mut real, 5_000);
    real.premium_ema = keel_engine::funding::MAX_PREMIUM;
    let told = told(&real, Side::Buy, real.accrued_at);
    let (now, since) = (told.at, real.funding.get());
    let a_second = paid_in_a_second(&real);
    for (hour, worst) in told.worst.iter().enumerate() {
        for _ in 0..6 {
            let then = real.accrued_at + 600;
            accrue(&mut real, at(then));
            real.premium_ema = keel_engine::funding::MAX_PREMIUM;
        }
        assert_eq!(real.accrued_at, now + 3_600 * (hour as i64 + 1));
        let paid = paid(&real, since, Side::Buy);
        assert!(paid <= *worst && worst - paid <= 6 * a_second, "hour {hour}: {paid} of {worst}");
    }
    // The day's cap is what stops it, and the first hours are those of the slew.
    let index = real.index.bits as f64;
    assert!(told.worst[0] as f64 / index < 0.000_3 && told.worst[23] as f64 / index <= 0.010_1);
    assert!(told.worst[47] > told.worst[23]);
}

fn paid_in_a_second(market: &Market) -> i64 {
    let cap = keel_engine::units::Rate::from_ppm(market.params.funding_cap_ppm_per_hour);
    i64::try_from(keel_engine::funding::per_second(cap, market.index) >> 16).unwrap() + 1
}

#[test]
fn points_that_are_not_asked_for_are_nothing() {
    let mut copy = market();
    set_tick(&mut copy, 100);
    let (mut a, mut b) = (copy, copy);
    let some = funding(&mut a, &mut b, 5, Side::Buy, at(copy.accrued_at));
    assert!(some.points == 5 && some.worst[4] > 0 && some.worst[5..].iter().all(|point| *point == 0));
    assert!(some.forecast[5..].iter().all(|point| *point == 0));
    let (mut a, mut b) = (copy, copy);
    let all = funding(&mut a, &mut b, u8::MAX, Side::Buy, at(copy.accrued_at));
    assert_eq!(all.points, 48);
    assert_eq!(all.worst[..5], some.worst[..5]);
    assert_eq!(all.forecast[..5], some.forecast[..5]);
}
