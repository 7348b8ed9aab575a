//! Wide products, sums and shifts against big integers.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::math::wide::{U256, mul_64, mul_64_by_halves, mul_shift_ceil, mul_shift_floor};
use math_reference::*;

#[test]
fn both_word_products_are_exact() {
    let mut random = Random::new("both_word_products_are_exact");
    for _ in 0..cases() {
        let (a, b) = (random.hard_word(), random.hard_word());
        let exact = u128::from(a) * u128::from(b);
        let expected = ((exact >> 64) as u64, exact as u64);
        assert_eq!(mul_64(a, b), expected, "{a} {b}");
        assert_eq!(mul_64_by_halves(a, b), expected, "{a} {b}");
    }
}

#[test]
fn products() {
    let mut random = Random::new("products");
    for _ in 0..cases() {
        let (a, b) = (random.hard_128(), random.up_to(128));
        assert_eq!(big_256(U256::product(a, b)), big(a) * b, "{a} {b}");
        assert_eq!(U256::product(a, b), U256::product(b, a));
        let word = random.hard_word();
        assert_eq!(big_256(U256::product_64(word, a)), big(a) * word, "{a} {word}");
        let wide = random.hard_256(4).shift_right(random.below(256) as u32);
        assert_eq!(wide.checked_mul_64(word), to_256(&(big_256(wide) * word)), "{wide:?} {word}");
        assert_eq!(wide.checked_mul_128(b), to_256(&(big_256(wide) * b)), "{wide:?} {b}");
    }
    assert_eq!(U256::MAX.checked_mul_64(1), Some(U256::MAX));
    assert_eq!(U256::MAX.checked_mul_64(2), None);
}

#[test]
fn sums_and_order() {
    let mut random = Random::new("sums_and_order");
    for _ in 0..cases() {
        let a = random.hard_256(4);
        let b = if random.below(8) == 0 { a } else { random.hard_256(4) };
        let (x, y) = (big_256(a), big_256(b));
        assert_eq!(a.checked_add(b), to_256(&(&x + &y)), "{a:?} {b:?}");
        assert_eq!(a.checked_sub(b), (x >= y).then(|| to_256(&(&x - &y)).unwrap()), "{a:?} {b:?}");
        assert_eq!(a.is_below(b), x < y);
        assert_eq!(a.cmp(&b), x.cmp(&y));
        assert_eq!(a.partial_cmp(&b), Some(x.cmp(&y)));
        assert_eq!(u64::from(a.leading_zeros()), 256 - x.bits());
    }
    assert_eq!(U256::ZERO.leading_zeros(), 256);
}

#[test]
fn shifts() {
    let mut random = Random::new("shifts");
    for case in 0..cases() {
        let a = random.hard_256(4);
        // Every shift there is, then any.
        let bits = if case < 300 { case as u32 } else { random.word() as u32 };
        let bits_seen = bits.min(300);
        let x = big_256(a);
        assert_eq!(big_256(a.shift_right(bits)), &x >> bits_seen, "{a:?} {bits}");
        assert_eq!(big_256(a.wrapping_shift_left(bits)), (&x << bits_seen) % power_of_two(256), "{a:?} {bits}");
        let low = random.hard_256(1).wrapping_shift_left(random.below(256) as u32);
        for value in [a, low, U256::ZERO] {
            let expected = big_256(value) % power_of_two(bits_seen) != big(0_u8);
            assert_eq!(value.any_below(bits), expected, "{value:?} {bits}");
        }
    }
}

#[test]
fn conversions() {
    let mut random = Random::new("conversions");
    for _ in 0..cases() {
        let (high, low) = (random.hard_128(), random.hard_128());
        let both = U256::from_halves(high, low);
        assert_eq!(big_256(both), (big(high) << 128) + low);
        assert_eq!((both.high(), both.low()), (high, low));
        let words = random.below(5) as usize;
        let wide = random.hard_256(words);
        assert_eq!(wide.to_u128(), to_u128(&big_256(wide)));
        assert_eq!(wide.to_u64(), to_u64(&big_256(wide)));
        assert_eq!(wide.is_zero(), wide == U256::ZERO);
        assert_eq!(U256::from_u128(low).to_u128(), Some(low));
    }
}

#[test]
fn product_and_shift() {
    let mut random = Random::new("product_and_shift");
    for _ in 0..cases() {
        let (a, b) = (random.up_to(128), random.hard_128());
        let bits = random.below(300) as u32;
        let product = big(a) * b;
        assert_eq!(mul_shift_floor(a, b, bits), to_u128(&(&product >> bits)), "{a} {b} {bits}");
        assert_eq!(mul_shift_ceil(a, b, bits), to_u128(&ceil(&product, &power_of_two(bits))), "{a} {b} {bits}");
    }
    assert_eq!(mul_shift_ceil(1, 1, u32::MAX), Some(1));
    assert_eq!(mul_shift_floor(1, 1, u32::MAX), Some(0));
}
