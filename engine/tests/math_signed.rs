//! Signed wide numbers against big integers.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::math::wide::{I256, mul_shift_ceil_signed, mul_shift_floor_signed};
use math_reference::*;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

fn value(number: I256) -> BigInt {
    let unsigned = BigInt::from(big_256(number.bits));
    if number.is_negative() { unsigned - (BigInt::from(1) << 256) } else { unsigned }
}

fn fits(number: &BigInt) -> bool {
    let bound = BigInt::from(1) << 255;
    -&bound <= *number && *number < bound
}

/// `floor(n / 2^bits)`: a shift of a BigInt rounds towards minus infinity.
fn floor(n: &BigInt, bits: u32) -> BigInt {
    n >> bits
}

fn ceil(n: &BigInt, bits: u32) -> BigInt {
    -(-n >> bits)
}

#[test]
fn product_and_shift() {
    let mut random = Random::new("signed product_and_shift");
    for _ in 0..cases() {
        let (a, b) = (random.hard_128().cast_signed() >> random.below(128), random.up_to(128));
        let bits = random.below(270) as u32;
        let product = signed(a) * b;
        assert_eq!(mul_shift_floor_signed(a, b, bits), floor(&product, bits).to_i128(), "{a} {b} {bits}");
        assert_eq!(mul_shift_ceil_signed(a, b, bits), ceil(&product, bits).to_i128(), "{a} {b} {bits}");
    }
    assert_eq!(mul_shift_floor_signed(i128::MIN, 1, 0), Some(i128::MIN));
    assert_eq!(mul_shift_floor_signed(-1, 1, 255), Some(-1));
    assert_eq!(mul_shift_ceil_signed(-1, 1, 255), Some(0));
}

#[test]
fn products_and_sums() {
    let mut random = Random::new("products_and_sums");
    for _ in 0..cases() {
        let (a, b) = (random.hard_128(), random.hard_128().cast_signed() >> random.below(128));
        let first = I256::product(a, b);
        assert_eq!(value(first), signed(a) * b, "{a} {b}");
        let (c, d) = (random.hard_word().cast_signed(), random.hard_128().cast_signed());
        let second = I256::product_64(c, d);
        assert_eq!(value(second), signed(c) * d, "{c} {d}");
        assert_eq!(value(I256::from_i128(d)), signed(d));

        let third = I256 { bits: random.hard_256(4) };
        for (x, y) in [(first, second), (first, third), (third, second), (third, third), (first, first)] {
            let (sum, difference) = (value(x) + value(y), value(x) - value(y));
            assert_eq!(x.checked_add(y).map(value), fits(&sum).then_some(sum), "{x:?} {y:?}");
            assert_eq!(x.checked_sub(y).map(value), fits(&difference).then_some(difference), "{x:?} {y:?}");
        }
    }
}

#[test]
fn roundings() {
    let mut random = Random::new("roundings");
    let mut numbers = vec![
        I256::ZERO,
        I256::product(1 << 64, i128::from(i64::MIN)),
        I256::product((1 << 64) - 1, i128::from(i64::MIN)),
        I256::product(1 << 64, i128::MIN),
        I256::product(1 << 64, i128::MAX),
        I256::from_i128(-1),
        I256::from_i128(1),
    ];
    for edge in [i128::MIN, i128::MAX, i128::from(i64::MIN), i128::from(i64::MAX)] {
        let whole = I256::product(1 << 64, edge);
        for beside in [-1, 0, 1] {
            numbers.extend(whole.checked_add(I256::from_i128(beside)));
        }
    }
    for _ in 0..cases() {
        let bits = random.hard_256(4);
        numbers.push(I256 { bits });
        numbers.push(I256::from_i128(bits.low().cast_signed() >> random.below(128)));
        numbers.push(I256::product(u128::from(random.word()), i128::from(random.hard_word().cast_signed())));
        numbers.push(I256::product(random.up_to(128), random.hard_128().cast_signed() >> random.below(128)));
    }
    for number in numbers {
        let exact = value(number);
        assert_eq!(number.shift_64_floor(), floor(&exact, 64).to_i128(), "{number:?}");
        assert_eq!(number.shift_64_ceil(), ceil(&exact, 64).to_i128(), "{number:?}");
        assert_eq!(number.shift_64_floor_64(), floor(&exact, 64).to_i64(), "{number:?}");
        assert_eq!(number.shift_64_ceil_64(), ceil(&exact, 64).to_i64(), "{number:?}");
    }
}
