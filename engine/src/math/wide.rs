//! 256-bit unsigned integers and the products that need them.
//!
//! Guarantees: exact, total, no allocation. `U256` is little-endian 64-bit limbs. Division is in [`super::div`], signed
//! numbers are in [`super::signed`]; both are re-exported here, so that callers find all of it in one place.

pub use super::div::{div_128_by_64, div_256_by_128, div_256_by_192, mul_div_ceil, mul_div_floor};
pub use super::signed::{I256, mul_shift_ceil_signed, mul_shift_floor_signed};
use crate::units::Wide;

/// Low half of a word.
const MASK_32: u64 = 0xffff_ffff;

/// `a * b` as `(high, low)` words. Exact.
#[inline(always)]
#[allow(unexpected_cfgs, reason = "the chain's target is not one that the host's compiler knows")]
pub const fn mul_64(a: u64, b: u64) -> (u64, u64) {
    #[cfg(target_os = "solana")]
    {
        mul_64_by_halves(a, b)
    }
    #[cfg(not(target_os = "solana"))]
    {
        let product = Wide::new((a as u128).wrapping_mul(b as u128));
        (product.hi, product.lo)
    }
}

/// [`mul_64`] by four products of 32-bit halves: what runs on chain, where a 128-bit product is a library call.
#[inline(always)]
pub const fn mul_64_by_halves(a: u64, b: u64) -> (u64, u64) {
    let (a_lo, a_hi) = (a & MASK_32, a >> 32);
    let (b_lo, b_hi) = (b & MASK_32, b >> 32);
    // None of these wraps: (2^32 - 1)^2 + 2 (2^32 - 1) is below 2^64.
    let first = a_hi.wrapping_mul(b_lo).wrapping_add(a_lo.wrapping_mul(b_lo) >> 32);
    let second = a_lo.wrapping_mul(b_hi).wrapping_add(first & MASK_32);
    let hi = a_hi.wrapping_mul(b_hi).wrapping_add(first >> 32).wrapping_add(second >> 32);
    (hi, a.wrapping_mul(b))
}

/// `a + b + carry` as `(sum, carry)`. The carry in and out is 0 or 1.
#[inline(always)]
pub(crate) const fn add_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = a.wrapping_add(b);
    let with_carry = sum.wrapping_add(carry);
    (with_carry, (sum < a) as u64 | (with_carry < sum) as u64)
}

/// `a - b - borrow` as `(difference, borrow)`. The borrow in and out is 0 or 1.
#[inline(always)]
pub(crate) const fn sub_borrow(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let difference = a.wrapping_sub(b);
    let with_borrow = difference.wrapping_sub(borrow);
    (with_borrow, (a < b) as u64 | (difference < borrow) as u64)
}

/// `(high, low) >> bits`, its low word. `bits` counts modulo 64.
#[inline(always)]
pub(crate) const fn funnel_right(high: u64, low: u64, bits: u32) -> u64 {
    low.wrapping_shr(bits) | (high << 1).wrapping_shl(!bits & 63)
}

/// `(high, low) << bits`, its high word. `bits` counts modulo 64.
#[inline(always)]
pub(crate) const fn funnel_left(high: u64, low: u64, bits: u32) -> u64 {
    high.wrapping_shl(bits) | (low >> 1).wrapping_shr(!bits & 63)
}

/// A 256-bit unsigned integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct U256 {
    /// Words, the lowest first.
    pub limbs: [u64; 4],
}

impl U256 {
    /// Zero.
    pub const ZERO: Self = Self { limbs: [0; 4] };
    /// `2^256 - 1`.
    pub const MAX: Self = Self { limbs: [u64::MAX; 4] };

    /// From four words, the lowest first.
    #[inline(always)]
    pub const fn from_limbs(limbs: [u64; 4]) -> Self {
        Self { limbs }
    }

    /// From a 128-bit value.
    #[inline(always)]
    pub const fn from_u128(value: u128) -> Self {
        let value = Wide::new(value);
        Self { limbs: [value.lo, value.hi, 0, 0] }
    }

    /// From a high and a low half.
    #[inline(always)]
    pub const fn from_halves(high: u128, low: u128) -> Self {
        let (high, low) = (Wide::new(high), Wide::new(low));
        Self { limbs: [low.lo, low.hi, high.lo, high.hi] }
    }

    /// The low 128 bits.
    #[inline(always)]
    pub const fn low(self) -> u128 {
        let [l0, l1, _, _] = self.limbs;
        Wide { lo: l0, hi: l1 }.get()
    }

    /// The high 128 bits.
    #[inline(always)]
    pub const fn high(self) -> u128 {
        let [_, _, l2, l3] = self.limbs;
        Wide { lo: l2, hi: l3 }.get()
    }

    /// True for zero.
    #[inline(always)]
    pub const fn is_zero(self) -> bool {
        let [l0, l1, l2, l3] = self.limbs;
        l0 | l1 | l2 | l3 == 0
    }

    /// The value, if it is below `2^128`.
    #[inline(always)]
    pub const fn to_u128(self) -> Option<u128> {
        let [_, _, l2, l3] = self.limbs;
        if l2 | l3 == 0 { Some(self.low()) } else { None }
    }

    /// The value, if it is below `2^64`.
    #[inline(always)]
    pub const fn to_u64(self) -> Option<u64> {
        let [l0, l1, l2, l3] = self.limbs;
        if l1 | l2 | l3 == 0 { Some(l0) } else { None }
    }

    /// `a * b`. Exact.
    #[inline(always)]
    pub const fn product(a: u128, b: u128) -> Self {
        let (mut a, mut b) = (Wide::new(a), Wide::new(b));
        if b.hi == 0 {
            (a, b) = (b, a);
        }
        if a.hi == 0 {
            return Self::product_64(a.lo, b.get());
        }
        let (low_hi, low_lo) = mul_64(a.lo, b.lo);
        let (first_hi, first_lo) = mul_64(a.hi, b.lo);
        let (second_hi, second_lo) = mul_64(a.lo, b.hi);
        let (high_hi, high_lo) = mul_64(a.hi, b.hi);
        let (l1, carry_first) = add_carry(low_hi, first_lo, 0);
        let (l1, carry_second) = add_carry(l1, second_lo, 0);
        let (l2, carry_third) = add_carry(first_hi, second_hi, carry_first);
        let (l2, carry_fourth) = add_carry(l2, high_lo, carry_second);
        // The product is below 2^256: the last word does not wrap.
        let l3 = high_hi.wrapping_add(carry_third).wrapping_add(carry_fourth);
        Self { limbs: [low_lo, l1, l2, l3] }
    }

    /// `a * b`, below `2^192`. Exact.
    #[inline(always)]
    pub const fn product_64(a: u64, b: u128) -> Self {
        let b = Wide::new(b);
        let (low_hi, low_lo) = mul_64(a, b.lo);
        if b.hi == 0 {
            return Self { limbs: [low_lo, low_hi, 0, 0] };
        }
        let (high_hi, high_lo) = mul_64(a, b.hi);
        let (l1, carry) = add_carry(low_hi, high_lo, 0);
        Self { limbs: [low_lo, l1, high_hi.wrapping_add(carry), 0] }
    }

    /// `self * factor`, or `None` from `2^256` on.
    #[inline(always)]
    pub const fn checked_mul_64(self, factor: u64) -> Option<Self> {
        let [l0, l1, l2, l3] = self.limbs;
        let (c0, p0) = mul_64(l0, factor);
        let (c1, p1) = mul_64(l1, factor);
        let (c2, p2) = mul_64(l2, factor);
        let (c3, p3) = mul_64(l3, factor);
        let (p1, carry) = add_carry(p1, c0, 0);
        let (p2, carry) = add_carry(p2, c1, carry);
        let (p3, carry) = add_carry(p3, c2, carry);
        if c3 | carry == 0 { Some(Self { limbs: [p0, p1, p2, p3] }) } else { None }
    }

    /// `self * factor`, or `None` from `2^256` on.
    #[inline]
    pub const fn checked_mul_128(self, factor: u128) -> Option<Self> {
        let factor = Wide::new(factor);
        let low = self.checked_mul_64(factor.lo);
        if factor.hi == 0 {
            return low;
        }
        match (low, self.checked_mul_64(factor.hi)) {
            (Some(low), Some(Self { limbs: [l0, l1, l2, 0] })) => low.checked_add(Self { limbs: [0, l0, l1, l2] }),
            _ => None,
        }
    }

    /// `self + other` modulo `2^256`, and whether it wrapped.
    #[inline(always)]
    pub const fn overflowing_add(self, other: Self) -> (Self, bool) {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.limbs, other.limbs);
        let (l0, carry) = add_carry(a0, b0, 0);
        let (l1, carry) = add_carry(a1, b1, carry);
        let (l2, carry) = add_carry(a2, b2, carry);
        let (l3, carry) = add_carry(a3, b3, carry);
        (Self { limbs: [l0, l1, l2, l3] }, carry != 0)
    }

    /// `self - other` modulo `2^256`, and whether it wrapped.
    #[inline(always)]
    pub const fn overflowing_sub(self, other: Self) -> (Self, bool) {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.limbs, other.limbs);
        let (l0, borrow) = sub_borrow(a0, b0, 0);
        let (l1, borrow) = sub_borrow(a1, b1, borrow);
        let (l2, borrow) = sub_borrow(a2, b2, borrow);
        let (l3, borrow) = sub_borrow(a3, b3, borrow);
        (Self { limbs: [l0, l1, l2, l3] }, borrow != 0)
    }

    /// `self + other`, or `None` from `2^256` on.
    #[inline(always)]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        let (sum, wrapped) = self.overflowing_add(other);
        if wrapped { None } else { Some(sum) }
    }

    /// `self - other`, or `None` below zero.
    #[inline(always)]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        let (difference, wrapped) = self.overflowing_sub(other);
        if wrapped { None } else { Some(difference) }
    }

    /// True when `self < other`.
    #[inline(always)]
    pub const fn is_below(self, other: Self) -> bool {
        self.overflowing_sub(other).1
    }

    /// `floor(self / 2^bits)`. Zero from 256 bits on.
    #[inline(always)]
    pub const fn shift_right(self, bits: u32) -> Self {
        let [mut l0, mut l1, mut l2, mut l3] = self.limbs;
        if bits > 255 {
            return Self::ZERO;
        }
        if bits & 128 != 0 {
            (l0, l1, l2, l3) = (l2, l3, 0, 0);
        }
        if bits & 64 != 0 {
            (l0, l1, l2, l3) = (l1, l2, l3, 0);
        }
        let bits = bits & 63;
        let limbs =
            [funnel_right(l1, l0, bits), funnel_right(l2, l1, bits), funnel_right(l3, l2, bits), l3.wrapping_shr(bits)];
        Self { limbs }
    }

    /// `self * 2^bits` modulo `2^256`: what is shifted out is lost. Zero from 256 bits on.
    #[inline(always)]
    pub const fn wrapping_shift_left(self, bits: u32) -> Self {
        let [mut l0, mut l1, mut l2, mut l3] = self.limbs;
        if bits > 255 {
            return Self::ZERO;
        }
        if bits & 128 != 0 {
            (l0, l1, l2, l3) = (0, 0, l0, l1);
        }
        if bits & 64 != 0 {
            (l0, l1, l2, l3) = (0, l0, l1, l2);
        }
        let bits = bits & 63;
        let limbs =
            [l0.wrapping_shl(bits), funnel_left(l1, l0, bits), funnel_left(l2, l1, bits), funnel_left(l3, l2, bits)];
        Self { limbs }
    }

    /// True when any of the lowest `bits` bits is set: when a shift to the right by them is not exact.
    #[inline(always)]
    pub const fn any_below(self, bits: u32) -> bool {
        match 256_u32.checked_sub(bits) {
            Some(kept) => !self.wrapping_shift_left(kept).is_zero(),
            None => !self.is_zero(),
        }
    }

    /// Leading zero bits, 256 for zero.
    #[inline]
    pub const fn leading_zeros(self) -> u32 {
        match self.limbs {
            [l0, 0, 0, 0] => l0.leading_zeros().wrapping_add(192),
            [_, l1, 0, 0] => l1.leading_zeros().wrapping_add(128),
            [_, _, l2, 0] => l2.leading_zeros().wrapping_add(64),
            [_, _, _, l3] => l3.leading_zeros(),
        }
    }
}

impl PartialOrd for U256 {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for U256 {
    #[inline]
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.high(), self.low()).cmp(&(other.high(), other.low()))
    }
}

/// `floor(a * b / 2^shift)`, or `None` from `2^128` on.
#[inline(always)]
pub const fn mul_shift_floor(a: u128, b: u128, shift: u32) -> Option<u128> {
    U256::product(a, b).shift_right(shift).to_u128()
}

/// `ceil(a * b / 2^shift)`, or `None` from `2^128` on.
#[inline(always)]
pub const fn mul_shift_ceil(a: u128, b: u128, shift: u32) -> Option<u128> {
    let product = U256::product(a, b);
    match product.shift_right(shift).to_u128() {
        Some(floor) => floor.checked_add(product.any_below(shift) as u128),
        None => None,
    }
}
