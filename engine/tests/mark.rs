//! The mark's median, basis and time step, and the stable price's speed.

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

use bytemuck::Zeroable;
use keel_engine::Now;
use keel_engine::mark::{move_stable, sample};
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::refresh::start;
use keel_engine::state::Market;
use keel_engine::units::{Price, Rate};
use num_bigint::BigInt;
use num_traits::Signed;
use proptest::prelude::*;

const T0: i64 = 1_800_000_000;

fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 20_000 } else { 512 })
}

fn at(unix: i64) -> Now {
    Now { unix, slot: 0 }
}

fn dollars(price: u64) -> Price {
    Price::from_bits(price << 48)
}

/// A market listed at `T0` at 100 quote atoms per base atom.
fn market() -> Market {
    let mut market = Market::zeroed();
    market.params = Params::DEFAULT;
    let price = 10_000_000_000_000;
    let listing = Sample { price, conf: 0, exponent: -8, publish_time: T0, ema_price: price };
    let _ = start(&mut market, &listing, at(T0)).unwrap();
    market
}

/// Samples a market whose index takes these values, one mark step apart.
fn run(market: &mut Market, indices: &[u64]) -> Vec<u64> {
    indices
        .iter()
        .map(|index| {
            market.index = dollars(*index);
            let now = at(market.mark_time + i64::from(market.params.mark_step_secs));
            sample(market, now);
            market.mark.bits >> 48
        })
        .collect()
}

#[test]
fn the_first_mark_is_the_index() {
    let m = market();
    assert_eq!((m.mark, m.stable, m.mark_count, m.mark_time), (dollars(100), dollars(100), 1, T0));
}

#[test]
fn the_mark_is_the_median_of_the_ring() {
    // With two samples their mean, then the middle one of the last three.
    assert_eq!(run(&mut market(), &[110, 120, 90, 95, 96]), [105, 110, 110, 95, 95]);
    let mut m = market();
    m.params.mark_ring = 5;
    assert_eq!(run(&mut m, &[110, 120, 130, 140, 150, 150]), [105, 110, 115, 120, 130, 140]);
    let mut m = market();
    m.params.mark_ring = 7;
    assert_eq!(run(&mut m, &[101, 102, 103, 104, 105, 106, 107, 1, 1, 1, 1])[6..], [104, 104, 104, 104, 1]);
}

#[test]
fn one_spike_does_not_move_the_mark() {
    let mut m = market();
    let _ = run(&mut m, &[100, 100]);
    assert_eq!(run(&mut m, &[10_000, 100, 1, 100]), [100, 100, 100, 100]);
}

#[test]
fn a_sample_is_taken_on_the_time_step_only() {
    let mut m = market();
    m.params.mark_step_secs = 5;
    m.index = dollars(300);
    let before = m;
    for unix in [T0 - 1_000, T0, T0 + 4, i64::MIN] {
        sample(&mut m, at(unix));
        assert_eq!(m, before);
    }
    sample(&mut m, at(T0 + 5));
    assert_eq!((m.mark, m.mark_time, m.mark_count), (dollars(200), T0 + 5, 2));
}

#[test]
fn the_ring_can_be_widened_and_narrowed() {
    let mut m = market();
    let _ = run(&mut m, &[101, 102, 103]);
    m.params.mark_ring = 7;
    // No place that never held a sample counts.
    assert!(run(&mut m, &[104, 105, 106, 107, 108, 109]).iter().all(|mark| *mark > 100));
    assert_eq!(m.mark_count, 7);
    m.params.mark_ring = 3;
    assert_eq!(run(&mut m, &[200, 201, 202])[2], 201);
}

#[test]
fn the_basis_moves_the_mark_within_its_band() {
    let mut m = market();
    m.basis_ema = Rate::from_ppm(4_000);
    assert_eq!(run(&mut m, &[100]).len(), 1);
    assert_eq!(m.mark, dollars(100).scale_floor(Rate::from_ppm(4_000)));
    m.basis_ema = Rate::from_ppm(400_000);
    let _ = run(&mut m, &[100]);
    assert_eq!(m.mark, dollars(100).scale_floor(Rate::from_ppm(5_000)));
    m.basis_ema = Rate::from_ppm(400_000).negated();
    let _ = run(&mut m, &[100]);
    assert_eq!(m.mark, dollars(100).scale_floor(Rate::from_ppm(5_000).negated()));
}

#[test]
fn time_without_a_premium_leaves_the_basis_alone() {
    let mut m = market();
    m.basis_ema = Rate::from_ppm(1_000);
    let _ = run(&mut m, &[100]);
    assert_eq!(m.basis_ema, Rate::from_ppm(1_000));
}

/// attacks.md item 25: a spike after a long silence moves the stable price and the basis by `max_gap` at most.
#[test]
fn silence_gives_no_allowance() {
    let mut m = market();
    m.index = dollars(300);
    move_stable(&mut m, 86_400);
    let mut capped = market();
    capped.index = dollars(300);
    move_stable(&mut capped, 600);
    assert_eq!(m.stable, capped.stable);
    // 6% of the index in an hour: 1% in ten minutes, rounded down each second.
    assert!(m.stable <= dollars(103) && m.stable.bits > dollars(103).bits - 601);

    let sampled = |secs: i64| {
        let mut m = market();
        (m.basis_sum, m.basis_secs) = (Rate::from_ppm(1_000).bits, 1);
        sample(&mut m, at(T0 + secs));
        m.basis_ema
    };
    assert_eq!(sampled(86_400), sampled(600));
    assert_ne!(sampled(599), sampled(600));
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_median_is_that_of_a_sorted_copy(
        ring in prop::sample::select(vec![3_u32, 5, 7]), indices in prop::collection::vec(1..=20_u64, 1..20),
    ) {
        let mut m = market();
        m.params.mark_ring = ring;
        let mut all = vec![dollars(100).bits];
        for index in indices {
            let _ = run(&mut m, &[index]);
            all.push(dollars(index).bits);
            let mut last: Vec<u64> = all.iter().rev().take(ring as usize).copied().collect();
            last.sort_unstable();
            let expected = (u128::from(last[(last.len() - 1) / 2]) + u128::from(last[last.len() / 2])) / 2;
            prop_assert_eq!(u128::from(m.mark.bits), expected);
        }
    }

    /// `ema + (mean - ema) * dt / (tau + dt)` in big integers, each division towards zero.
    #[test]
    fn the_basis_is_smoothed_exactly(
        ema in -(1_i64 << 50)..1 << 50, mean in -(1_i64 << 50)..1 << 50, covered in 1..=600_u64, rest in 0..600_i64,
        secs in 1..2_000_i64, tau in 30..=900_u32,
    ) {
        let mut m = market();
        m.params.basis_tau_secs = tau;
        m.basis_ema = Rate::from_bits(ema);
        // Towards zero again gives the mean, whatever less than `covered` is added in its direction.
        m.basis_sum = mean * covered as i64 + mean.signum() * rest.min(covered as i64 - 1);
        m.basis_secs = covered;
        sample(&mut m, at(T0 + secs));
        let dt = BigInt::from(secs.min(600));
        let change = (BigInt::from(mean) - ema) * &dt / (BigInt::from(tau) + dt);
        prop_assert_eq!(BigInt::from(m.basis_ema.bits), change + ema);
        prop_assert_eq!((m.basis_sum, m.basis_secs, m.mark_time), (0, 0, T0 + secs));
    }

    #[test]
    fn the_mark_stays_in_its_band(ema: i64, band in 0..=20_000_u32, index in 1_u64 << 32..1 << 63) {
        let mut m = market();
        m.params.mark_band_ppm = band;
        m.basis_ema = Rate::from_bits(ema);
        m.mark_count = 0;
        m.index = Price::from_bits(index);
        sample(&mut m, at(T0 + 1));
        let (index, mark) = (u128::from(index), u128::from(m.mark.bits));
        prop_assert!(mark.abs_diff(index) * 1_000_000 <= index * u128::from(band));
    }

    #[test]
    fn the_stable_price_moves_at_most_at_its_speed(
        index: u64, stable: u64, speed in 10_000..=500_000_u32, secs in 0..5_000_u64, split in 0..600_u64,
    ) {
        let mut m = market();
        m.params.stable_speed_ppm_per_hour = speed;
        m.index = Price::from_bits(index);
        m.stable = Price::from_bits(stable);
        let mut parts = m;
        move_stable(&mut m, secs);
        let per_second = BigInt::from(index) * speed / 3_600_000_000_u64;
        let most = per_second * secs.min(600);
        let distance = BigInt::from(index) - stable;
        let expected = if distance.abs() <= most { distance } else { most * distance.signum() };
        prop_assert_eq!(BigInt::from(m.stable.bits), expected + stable);
        // In parts it is the same.
        if secs <= 600 {
            move_stable(&mut parts, split.min(secs));
            move_stable(&mut parts, secs - split.min(secs));
            prop_assert_eq!(m, parts);
        }
    }
}
