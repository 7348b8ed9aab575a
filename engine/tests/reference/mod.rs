//! The protocol a second time, in exact integers and rationals: slow, plain, and without a line of the engine.
//!
//! Written from the specification and the documented domains, so that a mistake of the engine has to be made twice to
//! go unseen. Nothing here knows a type of the engine; the tests translate. Numbers of the chain come in as raw bits
//! and become rationals at once. A refusal is the name of an error.

#![allow(dead_code, reason = "each test uses a part")]

pub mod curve;
pub mod fees;
pub mod funding;
pub mod health;
pub mod pot;
pub mod ranges;
pub mod session;
pub mod steps;
pub mod walk;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// An exact number.
pub type Real = BigRational;

/// A whole number.
pub fn int(value: impl Into<BigInt>) -> Real {
    Real::from_integer(value.into())
}

/// `2^bits`.
pub fn power(bits: u32) -> BigInt {
    BigInt::one() << bits
}

/// A fixed-point number: raw bits, that many of them fraction.
pub fn binary(bits: impl Into<BigInt>, fraction: u32) -> Real {
    Real::new(bits.into(), power(fraction))
}

/// A price or a rate: 48 fraction bits.
pub fn price(bits: impl Into<BigInt>) -> Real {
    binary(bits, 48)
}

/// A square-root price: 64 fraction bits.
pub fn root(bits: impl Into<BigInt>) -> Real {
    binary(bits, 64)
}

/// One unit of a price or a rate.
pub fn ulp() -> Real {
    price(1)
}

/// A parameter in parts per million as it is kept: rounded down to a rate.
pub fn ppm(value: u32) -> Real {
    price((BigInt::from(value) << 48) / 1_000_000)
}

/// The next whole number at or below.
pub fn floor(value: &Real) -> BigInt {
    value.floor().to_integer()
}

/// The next whole number at or above.
pub fn ceil(value: &Real) -> BigInt {
    value.ceil().to_integer()
}

/// The nearer to zero of the two whole numbers around.
pub fn trunc(value: &Real) -> BigInt {
    value.trunc().to_integer()
}

/// Held between two bounds.
pub fn clamp(value: Real, low: &Real, high: &Real) -> Real {
    if &value < low {
        low.clone()
    } else if &value > high {
        high.clone()
    } else {
        value
    }
}

/// A root of a number that is not negative, between two reals `2^-bits` apart: the lower one.
pub fn sqrt_floor(value: &Real, bits: u32) -> Real {
    assert!(!value.is_negative());
    binary((value.numer() << (2 * bits)).checked_div(value.denom()).unwrap_or_else(BigInt::zero).sqrt(), bits)
}

trait Divide {
    fn checked_div(self, divisor: &BigInt) -> Option<BigInt>;
}

impl Divide for BigInt {
    fn checked_div(self, divisor: &BigInt) -> Option<BigInt> {
        (!divisor.is_zero()).then(|| self / divisor)
    }
}
