//! The next `s` of a step, from an exact amount, within constant liquidity.
//!
//! Guarantees: one rounding, in the curve's favour. From an exact base amount `s` rounds up: a buyer moves it further
//! and pays more, a seller moves it less and gets less. From an exact quote amount it rounds down: a buyer moves it
//! less and gets less base, a seller moves it further and pays more. A next `s` that is not served is an error.

use super::Side;
use super::amounts::MAX_LIQUIDITY;
use super::div::div_256_by_192;
use super::tick::is_served;
use super::wide::U256;
use crate::error::{Error, Result};
use crate::units::{Price, SqrtPrice, Wide};

/// Refuses what the arithmetic does not serve.
#[inline(always)]
const fn check(s: SqrtPrice, liquidity: u128) -> Result<()> {
    if !is_served(s) {
        Err(Error::InvalidSqrtPrice)
    } else if liquidity > MAX_LIQUIDITY {
        Err(Error::MathOverflow)
    } else {
        Ok(())
    }
}

/// The next `s`, if it is served.
#[inline(always)]
fn served(next: Option<u128>) -> Result<SqrtPrice> {
    next.map(SqrtPrice::from_bits).filter(|&next| is_served(next)).ok_or(Error::InsufficientLiquidity)
}

/// The `s` at which `base` atoms have left the curve (`Buy`) or entered it (`Sell`), rounded up:
///
/// ```text
/// ceil(L s 2^64 / (L 2^64 -+ base s))
/// ```
///
/// Errors with `InsufficientLiquidity` when the curve does not hold that much or the next `s` is not served,
/// `InvalidSqrtPrice` for an `s` that is not served, `MathOverflow` for a liquidity above 2^80.
#[inline]
pub fn next_sqrt_price_from_base(s: SqrtPrice, liquidity: u128, base: u64, side: Side) -> Result<SqrtPrice> {
    check(s, liquidity)?;
    let [p0, p1, p2, _] = U256::product(liquidity, s.get()).limbs;
    let Wide { lo, hi } = Wide::new(liquidity);
    let whole = U256::from_limbs([0, lo, hi, 0]);
    let part = U256::product_64(base, s.get());
    let divisor = match side {
        Side::Buy => whole.checked_sub(part),
        Side::Sell => whole.checked_add(part),
    };
    let (floor, rest) = divisor
        .and_then(|divisor| div_256_by_192(U256::from_limbs([0, p0, p1, p2]), divisor))
        .ok_or(Error::InsufficientLiquidity)?;
    served(floor.checked_add(rest.into()))
}

/// The `s` at which `quote` atoms have entered the curve (`Buy`) or left it (`Sell`), rounded down:
///
/// ```text
/// s + floor(quote / (peg L))    or    s - ceil(quote / (peg L))
/// ```
///
/// Errors as [`next_sqrt_price_from_base`].
#[inline]
pub fn next_sqrt_price_from_quote(
    s: SqrtPrice,
    liquidity: u128,
    peg: Price,
    quote: u64,
    side: Side,
) -> Result<SqrtPrice> {
    check(s, liquidity)?;
    let divisor = U256::product_64(peg.bits, liquidity);
    let (floor, rest) = div_256_by_192(shifted_quote(quote), divisor).ok_or(Error::InsufficientLiquidity)?;
    served(match side {
        Side::Buy => s.get().checked_add(floor),
        Side::Sell => s.get().checked_sub(floor).and_then(|next| next.checked_sub(rest.into())),
    })
}

/// `quote * 2^112`.
#[inline(always)]
const fn shifted_quote(quote: u64) -> U256 {
    U256::from_limbs([0, quote << 48, quote >> 16, 0])
}
