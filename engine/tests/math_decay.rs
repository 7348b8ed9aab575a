//! Decay against a big fixed-point power of two.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::math::decay::{DECAY_ONE, decay};
use math_reference::*;
use num_bigint::BigUint;

const BITS: u32 = 256;

/// `2^-(1/2^k)` for `k` from 1, each the root of the one before.
fn roots() -> Vec<BigUint> {
    let mut root = power_of_two(BITS - 1);
    (1..=160)
        .map(|_| {
            root = (&root << BITS).sqrt();
            root.clone()
        })
        .collect()
}

/// `2^-(elapsed / half_life)` with 256 fraction bits, good to about 150, by the binary digits of the exponent.
fn exact(roots: &[BigUint], elapsed: u64, half_life: u32) -> BigUint {
    let half_life = u64::from(half_life);
    let mut rest = u128::from(elapsed % half_life);
    let mut power = power_of_two(BITS);
    for root in roots {
        rest *= 2;
        if rest >= u128::from(half_life) {
            rest -= u128::from(half_life);
            power = (power * root) >> BITS;
        }
    }
    let halvings = elapsed / half_life;
    if halvings < 1_000 { power >> halvings } else { big(0_u8) }
}

#[test]
fn accurate_and_never_below() {
    let roots = roots();
    let mut random = Random::new("accurate_and_never_below");
    for _ in 0..cases() {
        let half_life = random.up_to_64(32).clamp(1, u32::MAX.into());
        let elapsed = match random.below(4) {
            0 => random.up_to_64(64),
            1 => half_life.saturating_mul(random.below(70)).saturating_sub(random.below(2)),
            _ => random.below(half_life.saturating_mul(4)),
        };
        let half_life = half_life as u32;
        let got = big(decay(elapsed, half_life)) << (BITS - 63);
        let exact = exact(&roots, elapsed, half_life);
        if elapsed / u64::from(half_life) >= 64 {
            assert_eq!(got, big(0_u8), "{elapsed} {half_life}");
            continue;
        }
        // The reference is a hair low.
        assert!(got.clone() + power_of_two(BITS - 140) >= exact, "{elapsed} {half_life}");
        assert!(got < exact + power_of_two(BITS - 60), "{elapsed} {half_life}");
    }
}

#[test]
fn falls_and_ends() {
    let mut random = Random::new("falls_and_ends");
    for half_life in [1, 2, 3, 59, 60, 3_600, 86_400, u32::MAX] {
        assert_eq!(decay(0, half_life), DECAY_ONE);
        assert_eq!(decay(u64::MAX, half_life), if half_life == u32::MAX { decay(u64::MAX, u32::MAX) } else { 0 });
        for halvings in 0..64 {
            let elapsed = u64::from(half_life) * halvings;
            let half = DECAY_ONE >> halvings;
            assert!((half..half + 8).contains(&decay(elapsed, half_life)), "{half_life} {halvings}");
            assert!(decay(elapsed + 1, half_life) <= decay(elapsed, half_life));
            assert!(decay(elapsed.saturating_sub(1), half_life) >= decay(elapsed, half_life));
        }
        assert_eq!(decay(u64::from(half_life) * 64, half_life), 0);
        let start = random.below(u64::from(half_life) * 4);
        let mut last = decay(start, half_life);
        for elapsed in start..start + cases() as u64 {
            let now = decay(elapsed, half_life);
            assert!(now <= last && now <= DECAY_ONE, "{elapsed} {half_life}");
            last = now;
        }
    }
    assert_eq!(decay(u64::MAX, u32::MAX), 0);
    for elapsed in [0, 1, u64::MAX] {
        assert_eq!(decay(elapsed, 0), 0);
    }
}

#[test]
fn total() {
    let mut random = Random::new("decay total");
    for _ in 0..cases() {
        assert!(decay(random.word(), random.word() as u32) <= DECAY_ONE);
        assert!(decay(random.up_to_64(64), random.up_to_64(32) as u32) <= DECAY_ONE);
    }
}
