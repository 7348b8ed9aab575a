//! Funding: its grid, its caps, its history, by example.

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

/// A provider who folds his range holds the takers' other side as a position; that must not switch funding off.
#[test]
fn folding_a_live_range_leaves_the_premium() {
    let mut m = market();
    set_tick(&mut m, 500);
    let before = premium(&m);
    let folded = m.long_base.cast_signed();
    m.short_base = m.long_base;
    m.folded_base = -folded;
    assert_eq!(premium(&m), before);
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
