//! Square roots against big integers.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::error::Error;
use keel_engine::math::sqrt::{sqrt_floor_128, sqrt_floor_256, sqrt_ratio_floor};
use keel_engine::math::wide::U256;
use math_reference::*;

#[test]
fn roots() {
    let mut random = Random::new("roots");
    for _ in 0..cases() {
        let any = random.hard_256(4).shift_right(random.below(256) as u32);
        // A square and its neighbours.
        let root = random.up_to(128);
        let square = U256::product(root, root);
        let one = U256::from_u128(1);
        for n in [Some(any), Some(square), square.checked_sub(one), square.checked_add(one)].into_iter().flatten() {
            assert_eq!(sqrt_floor_256(n), to_u128(&big_256(n).sqrt()).unwrap(), "{n:?}");
        }
        let n = random.up_to(128);
        assert_eq!(sqrt_floor_128(n), to_u64(&big(n).sqrt()).unwrap(), "{n}");
    }
    assert_eq!(sqrt_floor_256(U256::ZERO), 0);
    assert_eq!(sqrt_floor_256(U256::MAX), u128::MAX);
    assert_eq!(sqrt_floor_128(u128::MAX), u64::MAX);
}

#[test]
fn ratios() {
    let mut random = Random::new("ratios");
    let mut pairs = vec![(0, 1), (1, 1), (u64::MAX, 1), (1, u64::MAX), (u64::MAX, u64::MAX), (u64::MAX - 1, u64::MAX)];
    for _ in 0..cases() {
        pairs.push((random.hard_word(), random.hard_word()));
        let price = random.up_to_64(63);
        pairs.push((price.saturating_add(random.up_to_64(62)), price));
    }
    for (n, d) in pairs {
        if d == 0 {
            assert_eq!(sqrt_ratio_floor(n, d), Err(Error::InvalidSqrtPrice));
            continue;
        }
        let exact = ((big(n) << 128_u32) / big(d)).sqrt();
        assert_eq!(big(sqrt_ratio_floor(n, d).unwrap().get()), exact, "{n} {d}");
    }
    assert_eq!(sqrt_ratio_floor(7, 0), Err(Error::InvalidSqrtPrice));
}
