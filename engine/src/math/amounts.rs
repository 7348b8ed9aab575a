//! What moves when `s` moves within constant liquidity: base, quote, and growth per unit of liquidity.
//!
//! ```text
//! base  = L |1/s_a - 1/s_b|        quote = peg L |s_a - s_b|        growth = peg |s_a - s_b|
//! ```
//!
//! Guarantees: one rounding each, in the direction of the name; an amount above 2^62 is an error. `L` is base atoms
//! per unit of `1/s`, up to [`MAX_LIQUIDITY`]. The curve's loop, ranges and vectors call these. No argument order
//! matters: a distance has no direction.

use super::div::div_256_by_192;
use super::tick::is_served;
use super::wide::U256;
use crate::error::{Error, Result};
use crate::units::{InvSqrt, MAX_BASE, Price, SqrtPrice, Wide};

/// The largest liquidity that the arithmetic serves.
pub const MAX_LIQUIDITY: u128 = 1 << 80;

/// The largest amount that the arithmetic serves, in atoms of base or quote. Trades are bound more tightly.
pub const MAX_AMOUNT: u64 = MAX_BASE;

/// Fraction bits of an [`InvSqrt`].
const INVERSE_BITS: u32 = 112;
/// Fraction bits of a [`SqrtPrice`] and a [`Price`] together.
const QUOTE_BITS: u32 = 112;
/// Fraction bits of a [`Price`].
const PRICE_BITS: u32 = 48;

/// `value` as an amount, `error` if it is too large for one.
#[inline(always)]
const fn amount(value: U256, error: Error) -> Result<u64> {
    match value.to_u64() {
        Some(amount) if amount <= MAX_AMOUNT => Ok(amount),
        _ => Err(error),
    }
}

/// `product / 2^bits` as an amount, rounded down or up.
#[inline(always)]
const fn scaled(product: U256, bits: u32, round_up: bool, error: Error) -> Result<u64> {
    match amount(product.shift_right(bits), error) {
        Ok(floor) if round_up && product.any_below(bits) => {
            amount(U256::from_limbs([floor.wrapping_add(1), 0, 0, 0]), error)
        }
        result => result,
    }
}

/// `L |1/a - 1/b| = L 2^64 |b - a| / (a b)` and whether something remains.
#[inline]
fn base_delta(a: SqrtPrice, b: SqrtPrice, liquidity: u128) -> Result<(u64, bool)> {
    if !is_served(a) || !is_served(b) {
        return Err(Error::InvalidSqrtPrice);
    }
    if liquidity > MAX_LIQUIDITY {
        return Err(Error::MathOverflow);
    }
    let [l0, l1, l2, _] = U256::product(liquidity, a.get().abs_diff(b.get())).limbs;
    let numerator = U256::from_limbs([0, l0, l1, l2]);
    let (quotient, rest) = div_256_by_192(numerator, U256::product(a.get(), b.get())).ok_or(Error::MathOverflow)?;
    Ok((amount(U256::from_u128(quotient), Error::MathOverflow)?, rest))
}

/// `floor(L |1/a - 1/b|)` in base atoms, from the two `s` by division: the exact rational, once rounded.
///
/// Errors with `InvalidSqrtPrice` for an `s` that is not served, `MathOverflow` for a liquidity above 2^80 or an amount
/// above 2^62.
pub fn base_delta_floor(a: SqrtPrice, b: SqrtPrice, liquidity: u128) -> Result<u64> {
    Ok(base_delta(a, b, liquidity)?.0)
}

/// `ceil(L |1/a - 1/b|)` in base atoms. Errors as [`base_delta_floor`].
pub fn base_delta_ceil(a: SqrtPrice, b: SqrtPrice, liquidity: u128) -> Result<u64> {
    let (floor, rest) = base_delta(a, b, liquidity)?;
    amount(U256::from_limbs([floor.saturating_add(rest.into()), 0, 0, 0]), Error::MathOverflow)
}

/// `floor(L (|i_a - i_b| - 1) / 2^112)`, zero for equal inverses: base atoms that a full step gives a taker. At most
/// the exact amount, and less than one atom and `L 2^-111` below it. Errors with `MathOverflow` above 2^62.
#[inline]
pub fn base_out_full(liquidity: u128, from: InvSqrt, to: InvSqrt) -> Result<u64> {
    let distance = from.get().abs_diff(to.get()).saturating_sub(1);
    scaled(U256::product(liquidity, distance), INVERSE_BITS, false, Error::MathOverflow)
}

/// `ceil(L (|i_a - i_b| + 1) / 2^112)`: base atoms that a full step takes from a taker. At least the exact amount, and
/// less than one atom and `L 2^-111` above it. A caller whose `s` did not move takes nothing and does not ask. Errors
/// with `MathOverflow` above 2^62.
#[inline]
pub fn base_in_full(liquidity: u128, from: InvSqrt, to: InvSqrt) -> Result<u64> {
    let distance = from.get().abs_diff(to.get()).saturating_add(1);
    scaled(U256::product(liquidity, distance), INVERSE_BITS, true, Error::MathOverflow)
}

/// `floor(L |i_a - i_b| / 2^112)`: base atoms between two points of a range, by their inverses as they are kept. Errors
/// with `MathOverflow` above 2^62.
#[inline]
pub fn base_between_floor(liquidity: u128, a: InvSqrt, b: InvSqrt) -> Result<u64> {
    scaled(U256::product(liquidity, a.get().abs_diff(b.get())), INVERSE_BITS, false, Error::MathOverflow)
}

/// `ceil(L |i_a - i_b| / 2^112)`. Errors with `MathOverflow` above 2^62.
#[inline]
pub fn base_between_ceil(liquidity: u128, a: InvSqrt, b: InvSqrt) -> Result<u64> {
    scaled(U256::product(liquidity, a.get().abs_diff(b.get())), INVERSE_BITS, true, Error::MathOverflow)
}

/// `peg |a - b|`: the quote of a step per unit of liquidity, exact. From it both the amount and the growth of the step,
/// so that the curve's loop multiplies once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelativeQuote {
    /// In units of `2^-112` quote atoms per unit of liquidity.
    bits: U256,
}

impl RelativeQuote {
    /// Of the step between two `s`.
    #[inline(always)]
    pub const fn new(a: SqrtPrice, b: SqrtPrice, peg: Price) -> Self {
        Self::of_distance(a.get().abs_diff(b.get()), peg)
    }

    /// Of a distance, in the units of an `s`.
    #[inline(always)]
    pub(crate) const fn of_distance(distance: u128, peg: Price) -> Self {
        Self { bits: U256::product_64(peg.bits, distance) }
    }

    /// `L peg |a - b|` in units of `2^-112` quote atoms, exact: up to 219 bits. Errors with `MathOverflow` for a
    /// liquidity above 2^80 or a product that no served `s` reaches.
    #[inline(always)]
    pub(crate) fn product(self, liquidity: u128) -> Result<U256> {
        if liquidity > MAX_LIQUIDITY {
            return Err(Error::MathOverflow);
        }
        match (self.bits.to_u128(), Wide::new(liquidity)) {
            (Some(bits), Wide { lo, hi: 0 }) => Ok(U256::product_64(lo, bits)),
            _ => self.bits.checked_mul_128(liquidity).ok_or(Error::MathOverflow),
        }
    }

    /// `floor(L peg |a - b|)` in quote atoms: what a step gives a taker.
    ///
    /// Errors with `NotionalTooLarge` above 2^62, `MathOverflow` for a liquidity above 2^80 or two `s` further apart
    /// than any that are served.
    #[inline(always)]
    pub fn amount_floor(self, liquidity: u128) -> Result<u64> {
        scaled(self.product(liquidity)?, QUOTE_BITS, false, Error::NotionalTooLarge)
    }

    /// `ceil(L peg |a - b|)` in quote atoms: what a step takes from a taker. Errors as [`Self::amount_floor`].
    #[inline(always)]
    pub fn amount_ceil(self, liquidity: u128) -> Result<u64> {
        scaled(self.product(liquidity)?, QUOTE_BITS, true, Error::NotionalTooLarge)
    }

    /// `floor(peg |a - b|)` in units of `2^-64` quote atoms per unit of liquidity: the growth of a step. Errors with
    /// `MathOverflow` from 2^128 on, which no served `s` reaches.
    #[inline(always)]
    pub fn growth_floor(self) -> Result<u128> {
        self.bits.shift_right(PRICE_BITS).to_u128().ok_or(Error::MathOverflow)
    }

    /// `ceil(peg |a - b|)`, as [`Self::growth_floor`].
    #[inline(always)]
    pub fn growth_ceil(self) -> Result<u128> {
        self.growth_floor()?.checked_add(self.bits.any_below(PRICE_BITS).into()).ok_or(Error::MathOverflow)
    }
}

/// [`RelativeQuote::amount_floor`] of the step from `a` to `b`.
#[inline]
pub fn quote_delta_floor(a: SqrtPrice, b: SqrtPrice, liquidity: u128, peg: Price) -> Result<u64> {
    RelativeQuote::new(a, b, peg).amount_floor(liquidity)
}

/// [`RelativeQuote::amount_ceil`] of the step from `a` to `b`.
#[inline]
pub fn quote_delta_ceil(a: SqrtPrice, b: SqrtPrice, liquidity: u128, peg: Price) -> Result<u64> {
    RelativeQuote::new(a, b, peg).amount_ceil(liquidity)
}
