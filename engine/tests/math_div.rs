//! Long division against big integers, with the words that break it.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::math::wide::{U256, div_128_by_64, div_256_by_128, div_256_by_192, mul_div_ceil, mul_div_floor};
use math_reference::*;
use num_bigint::BigUint;

/// A numerator whose quotient by `d` is any number of up to 129 bits.
fn numerator(random: &mut Random, d: &BigUint) -> U256 {
    for _ in 0..64 {
        let quotient = big(random.hard_128()) >> random.below(128);
        let rest = match random.below(3) {
            0 => big(0_u8),
            1 => d - 1_u8,
            _ => big_256(random.hard_256(4)) % d,
        };
        if let Some(n) = to_256(&(quotient * d + rest)) {
            return n;
        }
    }
    random.hard_256(4)
}

#[test]
fn by_one_word() {
    let mut random = Random::new("by_one_word");
    for _ in 0..cases() {
        let (n, d) = (random.hard_128() >> random.below(128), random.hard_word());
        let expected = (d != 0).then(|| (n / u128::from(d), (n % u128::from(d)) as u64));
        assert_eq!(div_128_by_64(n, d), expected, "{n} {d}");
    }
}

#[test]
fn by_two_words() {
    let mut random = Random::new("by_two_words");
    for _ in 0..cases() * 4 {
        let d = random.hard_128() >> random.below(128);
        if d == 0 {
            assert_eq!(div_256_by_128(random.hard_256(4), d), None);
            continue;
        }
        let n = if random.below(4) == 0 { random.hard_256(4) } else { numerator(&mut random, &big(d)) };
        let (quotient, rest) = (big_256(n) / d, to_u128(&(big_256(n) % d)).unwrap());
        assert_eq!(div_256_by_128(n, d), to_u128(&quotient).map(|quotient| (quotient, rest)), "{n:?} {d}");
    }
}

#[test]
fn by_three_words() {
    let mut random = Random::new("by_three_words");
    for _ in 0..cases() * 4 {
        let words = random.below(5) as usize;
        let d = random.hard_256(words).shift_right(random.below(64) as u32);
        let divisor = big_256(d);
        if d.is_zero() || divisor.bits() > 192 {
            assert_eq!(div_256_by_192(random.hard_256(4), d), None);
            continue;
        }
        let n = if random.below(4) == 0 { random.hard_256(4) } else { numerator(&mut random, &divisor) };
        let (quotient, rest) = (big_256(n) / &divisor, big_256(n) % &divisor);
        let expected = to_u128(&quotient).map(|quotient| (quotient, rest != big(0_u8)));
        assert_eq!(div_256_by_192(n, d), expected, "{n:?} {d:?}");
    }
}

/// All numbers of words out of a few: every branch of the digit estimates.
#[test]
fn every_combination_of_hard_words() {
    let words = [0, 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
    for code in 0..6_usize.pow(7) {
        let word = |place: u32| words[code / 6_usize.pow(place) % 6];
        let n = U256::from_limbs([word(0), word(1), word(2), word(3)]);
        let d = U256::from_limbs([word(4), word(5), word(6), 0]);
        // The quotient is checked by multiplying back, with the tested products only.
        let Some((quotient, inexact)) = div_256_by_192(n, d) else {
            assert!(d.is_zero() || !U256::from_limbs([word(2), word(3), 0, 0]).is_below(d), "{n:?} {d:?}");
            continue;
        };
        let [d0, d1, d2, _] = d.limbs;
        let low = U256::product(quotient, d.low());
        let high = U256::product_64(d2, quotient).wrapping_shift_left(128);
        let rest = n.checked_sub(low.checked_add(high).unwrap()).unwrap();
        assert!(rest.is_below(d), "{n:?} {d:?}");
        assert_eq!(inexact, !rest.is_zero(), "{n:?} {d:?}");
        if d2 == 0 {
            assert_eq!(div_256_by_128(n, d.low()), Some((quotient, rest.low())));
            if d1 == 0 && n.high() == 0 {
                assert_eq!(div_128_by_64(n.low(), d0), Some((quotient, rest.to_u64().unwrap())));
            }
        }
    }
}

#[test]
fn product_and_quotient() {
    let mut random = Random::new("product_and_quotient");
    for _ in 0..cases() {
        let (a, b, d) = (random.up_to(128), random.up_to(128), random.up_to(128));
        if d == 0 {
            assert_eq!(mul_div_floor(a, b, d), None);
            assert_eq!(mul_div_ceil(a, b, d), None);
            continue;
        }
        let product = big(a) * b;
        assert_eq!(mul_div_floor(a, b, d), to_u128(&(&product / d)), "{a} {b} {d}");
        assert_eq!(mul_div_ceil(a, b, d), to_u128(&ceil(&product, &big(d))), "{a} {b} {d}");
    }
}
