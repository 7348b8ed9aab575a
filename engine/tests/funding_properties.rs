//! Funding against a model that walks second by second in big integers.

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

    /// A pause of any length, with any refreshes in it, and a while after it: as one refresh, and none of it is charged.
    #[test]
    fn a_pause_is_never_charged(
        p in params(), warm in 0..5_000_i64, events in prop::collection::vec(event(), 0..6), ema in any::<i32>(),
        pause in 1..=604_800_i64, after in 0..=3_600_i64, cuts in prop::collection::vec(0..700_000_i64, 1..12),
    ) {
        let mut once = market();
        once.params = p;
        once.premium_ema = Rate::from_bits(i64::from(ema) << 16);
        for event in &events {
            apply(&mut once, event);
            let now = at(once.accrued_at + warm);
            accrue(&mut once, now);
        }
        let from = once.accrued_at;
        (once.paused_from, once.paused_until) = (from, from + pause);
        let (mut often, before) = (once, once);
        let end = from + pause + after.min(i64::from(p.max_gap_secs));
        accrue(&mut once, at(end));
        let mut cuts: Vec<i64> = cuts.iter().map(|cut| from + cut % (end - from)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            accrue(&mut often, at(cut));
            if cut <= from + pause {
                let charged = |m: &Market| {
                    (m.funding, m.funding_over_s, m.basis_sum, m.basis_secs, m.trusted_secs)
                };
                prop_assert_eq!(charged(&often), charged(&before));
            }
        }
        accrue(&mut often, at(end));
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
