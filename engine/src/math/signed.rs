//! Signed wide integers: growths, funding and other differences that may be negative.
//!
//! Guarantees: exact products, one rounding where a function says so, `None` instead of a wrapped number.

use super::wide::{U256, add_carry, mul_shift_ceil, mul_shift_floor};
use crate::units::Wide;

/// `floor(a * b / 2^shift)`, towards minus infinity, or `None` outside of an `i128`.
#[inline(always)]
pub const fn mul_shift_floor_signed(a: i128, b: u128, shift: u32) -> Option<i128> {
    if a < 0 {
        negative(mul_shift_ceil(a.unsigned_abs(), b, shift))
    } else {
        positive(mul_shift_floor(a.cast_unsigned(), b, shift))
    }
}

/// `ceil(a * b / 2^shift)`, towards plus infinity, or `None` outside of an `i128`.
#[inline(always)]
pub const fn mul_shift_ceil_signed(a: i128, b: u128, shift: u32) -> Option<i128> {
    if a < 0 {
        negative(mul_shift_floor(a.unsigned_abs(), b, shift))
    } else {
        positive(mul_shift_ceil(a.cast_unsigned(), b, shift))
    }
}

/// The magnitude as a number, if it fits.
#[inline(always)]
const fn positive(magnitude: Option<u128>) -> Option<i128> {
    match magnitude {
        Some(value) if value >> 127 == 0 => Some(value.cast_signed()),
        _ => None,
    }
}

/// The opposite of the magnitude, if it fits.
#[inline(always)]
const fn negative(magnitude: Option<u128>) -> Option<i128> {
    match magnitude {
        Some(value) if value <= 1 << 127 => Some(value.cast_signed().wrapping_neg()),
        _ => None,
    }
}

/// A 256-bit signed integer (two's complement): a sum of products, each exact, rounded once at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct I256 {
    /// The words of the two's complement, the lowest first.
    pub bits: U256,
}

impl I256 {
    /// Zero.
    pub const ZERO: Self = Self { bits: U256::ZERO };

    /// True below zero.
    #[inline(always)]
    pub const fn is_negative(self) -> bool {
        let [_, _, _, top] = self.bits.limbs;
        top >> 63 != 0
    }

    /// From a 128-bit value.
    #[inline(always)]
    pub const fn from_i128(value: i128) -> Self {
        let Wide { lo, hi } = Wide::new(value.cast_unsigned());
        let sign = sign_of(hi);
        Self { bits: U256::from_limbs([lo, hi, sign, sign]) }
    }

    /// `a * b`. Exact: it never reaches `2^255`.
    #[inline(always)]
    pub const fn product(a: u128, b: i128) -> Self {
        Self { bits: U256::product(a, b.unsigned_abs()) }.negated_if(b < 0)
    }

    /// `a * b`, for a word and a wide number. Exact.
    #[inline(always)]
    pub const fn product_64(a: i64, b: i128) -> Self {
        Self { bits: U256::product_64(a.unsigned_abs(), b.unsigned_abs()) }.negated_if((a < 0) != (b < 0))
    }

    /// The opposite number if `negate`, modulo `2^256`.
    #[inline(always)]
    const fn negated_if(self, negate: bool) -> Self {
        let mask = (negate as u64).wrapping_neg();
        let [l0, l1, l2, l3] = self.bits.limbs;
        let (l0, carry) = add_carry(l0 ^ mask, negate as u64, 0);
        let (l1, carry) = add_carry(l1 ^ mask, 0, carry);
        let (l2, carry) = add_carry(l2 ^ mask, 0, carry);
        let (l3, _) = add_carry(l3 ^ mask, 0, carry);
        Self { bits: U256::from_limbs([l0, l1, l2, l3]) }
    }

    /// `self + other`, or `None` outside of 256 bits with sign.
    #[inline(always)]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        let sum = Self { bits: self.bits.overflowing_add(other.bits).0 };
        let same_sign = self.is_negative() == other.is_negative();
        if same_sign && sum.is_negative() != self.is_negative() { None } else { Some(sum) }
    }

    /// `self - other`, or `None` outside of 256 bits with sign.
    #[inline(always)]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        let difference = Self { bits: self.bits.overflowing_sub(other.bits).0 };
        let same_sign = self.is_negative() == other.is_negative();
        if !same_sign && difference.is_negative() != self.is_negative() { None } else { Some(difference) }
    }

    /// The top three words plus one if `round_up` and the lowest word is not zero: `self / 2^64`, rounded.
    #[inline(always)]
    const fn shift_64(self, round_up: bool) -> [u64; 3] {
        let [l0, l1, l2, l3] = self.bits.limbs;
        let (l1, carry) = add_carry(l1, (round_up && l0 != 0) as u64, 0);
        let (l2, carry) = add_carry(l2, 0, carry);
        // This wraps only within 2^64 of 2^255, and there the result does not fit a caller's type either way.
        [l1, l2, l3.wrapping_add(carry)]
    }

    /// `floor(self / 2^64)`, towards minus infinity, or `None` outside of an `i128`.
    #[inline(always)]
    pub const fn shift_64_floor(self) -> Option<i128> {
        to_i128(self.shift_64(false))
    }

    /// `ceil(self / 2^64)`, towards plus infinity, or `None` outside of an `i128`.
    #[inline(always)]
    pub const fn shift_64_ceil(self) -> Option<i128> {
        to_i128(self.shift_64(true))
    }

    /// `floor(self / 2^64)`, towards minus infinity, or `None` outside of an `i64`.
    #[inline(always)]
    pub const fn shift_64_floor_64(self) -> Option<i64> {
        to_i64(self.shift_64(false))
    }

    /// `ceil(self / 2^64)`, towards plus infinity, or `None` outside of an `i64`.
    #[inline(always)]
    pub const fn shift_64_ceil_64(self) -> Option<i64> {
        to_i64(self.shift_64(true))
    }
}

/// All bits set for a negative word, none otherwise.
#[inline(always)]
const fn sign_of(word: u64) -> u64 {
    (word.cast_signed() >> 63).cast_unsigned()
}

/// A 192-bit two's complement as an `i128`, if it fits.
#[inline(always)]
const fn to_i128(words: [u64; 3]) -> Option<i128> {
    let [l0, l1, l2] = words;
    if l2 == sign_of(l1) { Some(Wide { lo: l0, hi: l1 }.get().cast_signed()) } else { None }
}

/// A 192-bit two's complement as an `i64`, if it fits.
#[inline(always)]
const fn to_i64(words: [u64; 3]) -> Option<i64> {
    let [l0, l1, l2] = words;
    let sign = sign_of(l0);
    if l1 == sign && l2 == sign { Some(l0.cast_signed()) } else { None }
}
