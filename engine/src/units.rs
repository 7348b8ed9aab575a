//! Fixed-point units. A number with a unit is a type, and a type has only the products that make sense.
//!
//! All are binary fixed point (protocol.md section 2). Base amounts are `i64` base atoms (1e-9 of a contract), quote
//! amounts are `i64`/`u64` quote atoms (1e-6 USD). Rounding is in the name of each function.

use bytemuck::{Pod, Zeroable};

use crate::error::{Error, Result};
use crate::math::wide::{div_128_by_64, mul_64};

/// One part per million in the `2^-48` units of [`Rate`] is `2^42 / 15_625`.
const PPM_SHIFT: u32 = 42;
const PPM_DIVISOR: u64 = 15_625;

/// `1.0` as a [`Rate`] or a [`Price`]: 48 fraction bits.
pub const ONE: u64 = 1 << 48;

/// The largest notional of one amount, in quote atoms (9 billion USD).
pub const MAX_NOTIONAL: u64 = 1 << 53;

/// The largest base amount, in base atoms.
pub const MAX_BASE: u64 = 1 << 62;

/// A 128-bit unsigned integer with the alignment of a `u64`, as account data holds it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Wide {
    /// Low 64 bits.
    pub lo: u64,
    /// High 64 bits.
    pub hi: u64,
}

impl Wide {
    /// The value.
    #[inline(always)]
    pub const fn get(self) -> u128 {
        ((self.hi as u128) << 64) | self.lo as u128
    }

    /// From a value.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "the two halves of the value, exactly")]
    pub const fn new(value: u128) -> Self {
        Self { lo: value as u64, hi: (value >> 64) as u64 }
    }
}

/// A 128-bit signed integer (two's complement) with the alignment of a `u64`, as account data holds it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct SignedWide {
    /// Low 64 bits.
    pub lo: u64,
    /// High 64 bits, sign included.
    pub hi: u64,
}

impl SignedWide {
    /// The value.
    #[inline(always)]
    pub const fn get(self) -> i128 {
        (((self.hi as u128) << 64) | self.lo as u128).cast_signed()
    }

    /// From a value.
    #[inline(always)]
    pub const fn new(value: i128) -> Self {
        let wide = Wide::new(value.cast_unsigned());
        Self { lo: wide.lo, hi: wide.hi }
    }
}

/// Quote atoms per base atom, `U16F48`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Price {
    /// Raw bits, 48 of them fraction.
    pub bits: u64,
}

impl Price {
    /// One quote atom per base atom.
    pub const ONE: Self = Self { bits: ONE };
    /// The lowest price served, `2^-16`.
    pub const MIN: Self = Self { bits: 1 << 32 };
    /// The highest price served, `2^15`.
    pub const MAX: Self = Self { bits: 1 << 63 };

    /// From raw bits.
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Self {
        Self { bits }
    }

    /// `floor(base * price)`, in quote atoms. Errors with `NotionalTooLarge` beyond 2^53.
    #[inline(always)]
    pub fn notional_floor(self, base: u64) -> Result<u64> {
        let (hi, lo) = mul_64(base, self.bits);
        if hi >> 47 != 0 {
            return Err(Error::NotionalTooLarge);
        }
        let notional = (hi << 16) | (lo >> 48);
        if notional > MAX_NOTIONAL { Err(Error::NotionalTooLarge) } else { Ok(notional) }
    }

    /// `ceil(base * price)`, in quote atoms. Errors with `NotionalTooLarge` beyond 2^53.
    #[inline(always)]
    pub fn notional_ceil(self, base: u64) -> Result<u64> {
        let (_, lo) = mul_64(base, self.bits);
        let floor = self.notional_floor(base)?;
        Ok(if lo << 16 == 0 { floor } else { floor.saturating_add(1) })
    }

    /// `floor(base * price)` of a signed amount, rounded towards minus infinity: what a holder of it may count on.
    #[inline(always)]
    pub fn value_floor(self, base: i64) -> Result<i64> {
        if base >= 0 {
            Ok(self.notional_floor(base.unsigned_abs())?.cast_signed())
        } else {
            Ok(self.notional_ceil(base.unsigned_abs())?.cast_signed().saturating_neg())
        }
    }

    /// The base atoms that an amount of quote buys at the price, rounded down; saturating, and everything at a price of 0.
    #[inline(never)]
    pub fn base_floor(self, quote: u64) -> u64 {
        let base = div_128_by_64(u128::from(quote) << 48, self.bits).and_then(|(base, _)| u64::try_from(base).ok());
        base.unwrap_or(u64::MAX)
    }

    /// `price * (1 + rate)`, rounded down, clamped to the type. A rate of -100% or less gives zero.
    #[inline(always)]
    pub fn scale_floor(self, rate: Rate) -> Self {
        let part = rate.magnitude().of_floor(self.bits);
        Self { bits: if rate.bits >= 0 { self.bits.saturating_add(part) } else { self.bits.saturating_sub(part) } }
    }
}

/// A signed ratio, `I16F48`: funding per hour, fees, margin ratios, premiums.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Rate {
    /// Raw bits, 48 of them fraction.
    pub bits: i64,
}

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self { bits: 0 };

    /// From raw bits.
    #[inline(always)]
    pub const fn from_bits(bits: i64) -> Self {
        Self { bits }
    }

    /// Parts per million, rounded down. Exact to `2^-48`.
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "u32 << 42 fits 74 bits of a u128, the divisor is not zero")]
    #[allow(clippy::cast_possible_truncation, reason = "2^74 / 15_625 is below 2^61")]
    pub const fn from_ppm(ppm: u32) -> Self {
        let bits = if ppm >> 22 == 0 {
            ((ppm as u64) << PPM_SHIFT) / PPM_DIVISOR
        } else {
            (((ppm as u128) << PPM_SHIFT) / PPM_DIVISOR as u128) as u64
        };
        Self { bits: bits.cast_signed() }
    }

    /// The opposite rate.
    #[inline(always)]
    pub const fn negated(self) -> Self {
        Self { bits: self.bits.saturating_neg() }
    }

    /// The absolute value, as an unsigned factor.
    #[inline(always)]
    pub const fn magnitude(self) -> Factor {
        Factor { bits: self.bits.unsigned_abs() }
    }

    /// The rate clamped to `[-bound, bound]`.
    #[inline(always)]
    pub fn clamped(self, bound: Self) -> Self {
        let bound = bound.bits.saturating_abs();
        Self { bits: self.bits.clamp(bound.saturating_neg(), bound) }
    }
}

/// An unsigned ratio, `U16F48`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor {
    /// Raw bits, 48 of them fraction.
    pub bits: u64,
}

impl Factor {
    /// From parts per million, rounded down.
    #[inline(always)]
    pub const fn from_ppm(ppm: u32) -> Self {
        Rate::from_ppm(ppm).magnitude()
    }

    /// `floor(amount * factor)`, saturating at the type's end.
    #[inline(always)]
    pub fn of_floor(self, amount: u64) -> u64 {
        let (hi, lo) = mul_64(amount, self.bits);
        if hi >> 48 == 0 { (hi << 16) | (lo >> 48) } else { u64::MAX }
    }

    /// `ceil(amount * factor)`, saturating at the type's end.
    #[inline(always)]
    pub fn of_ceil(self, amount: u64) -> u64 {
        let (hi, lo) = mul_64(amount, self.bits);
        if hi >> 48 != 0 {
            return u64::MAX;
        }
        let floor = (hi << 16) | (lo >> 48);
        if lo << 16 == 0 { floor } else { floor.saturating_add(1) }
    }
}

/// The square root `s` of the relative price `x`, `U64F64`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct SqrtPrice {
    /// Raw bits, 64 of them fraction.
    pub bits: Wide,
}

impl SqrtPrice {
    /// `s = 1`: the curve stands at the peg.
    pub const ONE: Self = Self { bits: Wide { lo: 0, hi: 1 } };

    /// From raw bits.
    #[inline(always)]
    pub const fn from_bits(bits: u128) -> Self {
        Self { bits: Wide::new(bits) }
    }

    /// Raw bits.
    #[inline(always)]
    pub const fn get(self) -> u128 {
        self.bits.get()
    }
}

impl PartialOrd for SqrtPrice {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SqrtPrice {
    #[inline(always)]
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.get().cmp(&other.get())
    }
}

/// `1/s` rounded down, `U16F112`. With `s` on hand the exact inverse lies in `[i, i + 1)`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct InvSqrt {
    /// Raw bits, 112 of them fraction.
    pub bits: Wide,
}

impl InvSqrt {
    /// From raw bits.
    #[inline(always)]
    pub const fn from_bits(bits: u128) -> Self {
        Self { bits: Wide::new(bits) }
    }

    /// Raw bits.
    #[inline(always)]
    pub const fn get(self) -> u128 {
        self.bits.get()
    }
}
