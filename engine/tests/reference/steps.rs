//! Prices of ticks, and one step of the curve within constant liquidity (protocol.md section 3).

use std::sync::LazyLock;

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::{Real, ceil, floor, int, power, price, root};

/// The side of the taker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Buy,
    Sell,
}

/// Which amount is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Base(u64),
    Quote(u64),
}

/// A refusal, or why a swap ended early.
pub type Refusal = &'static str;

/// The largest amount in a step, and the largest liquidity.
const MAX_AMOUNT_BITS: u32 = 62;
const MAX_LIQUIDITY_BITS: u32 = 80;
/// The last tick to either side.
pub const LAST_TICK: i32 = 150_000;

/// `floor(1.0001^(tick / 2) * 2^64)`, by the power in an interval that is narrow enough to decide the floor.
pub fn tick_root(tick: i32) -> BigInt {
    const BITS: u32 = 512;
    let one = power(BITS);
    let step = |value: &BigInt, up: bool| -> BigInt {
        let product: BigInt = value * 10_001;
        if up { (product + 9_999) / 10_000 } else { product / 10_000 }
    };
    let (mut low, mut high) = (one.clone(), one.clone());
    let exponent = tick.unsigned_abs();
    for bit in (0..u32::BITS).rev() {
        low = (&low * &low) >> BITS;
        high = ((&high * &high) >> BITS) + 1;
        if exponent >> bit & 1 == 1 {
            (low, high) = (step(&low, false), step(&high, true));
        }
    }
    if exponent == 0 {
        high = one;
    }
    if tick < 0 {
        (low, high) = (power(2 * BITS) / &high, power(2 * BITS) / &low + 1);
    }
    let root = |value: BigInt| -> BigInt {
        let scaled: BigInt = (value << 128_u32) >> BITS;
        scaled.sqrt()
    };
    let (low, high) = (root(low), root(high));
    assert_eq!(low, high, "the interval decides tick {tick}");
    low
}

/// `floor(2^112 / s)`, which ticks, ranges and the market keep beside `s`.
pub fn inverse(s: &BigInt) -> BigInt {
    power(176) / s
}

/// The lowest and the highest `s` served.
pub static SERVED: LazyLock<(BigInt, BigInt)> = LazyLock::new(|| (tick_root(-LAST_TICK), tick_root(LAST_TICK)));

/// Whether an `s` is served.
pub fn is_served(s: &BigInt) -> bool {
    s >= &SERVED.0 && s <= &SERVED.1
}

/// `L |1/a - 1/b|`.
pub fn base_between(a: &BigInt, b: &BigInt, liquidity: &BigInt) -> Real {
    (int(liquidity.clone()) * (root(a.clone()).recip() - root(b.clone()).recip())).abs()
}

/// `peg L |a - b|`.
pub fn quote_between(a: &BigInt, b: &BigInt, liquidity: &BigInt, peg: u64) -> Real {
    (price(peg) * int(liquidity.clone()) * (root(a.clone()) - root(b.clone()))).abs()
}

/// An amount that a step may have: at most 2^62.
pub fn amount(value: BigInt, refusal: Refusal) -> Result<BigInt, Refusal> {
    if value > power(MAX_AMOUNT_BITS) { Err(refusal) } else { Ok(value) }
}

/// Base of a whole step by the inverses: out of the curve `floor(L (i0 - i1 - 1))`, into it `ceil(L (i1 + 1 - i0))`.
pub fn base_of_step(from: &BigInt, to: &BigInt, liquidity: &BigInt, side: Side) -> Result<BigInt, Refusal> {
    if from == to {
        return Ok(BigInt::zero());
    }
    let (a, b) = (inverse(from), inverse(to));
    let unit = |width: BigInt| Real::new(liquidity * width, power(112));
    amount(
        match side {
            Side::Buy => floor(&unit((a - b - 1_i32).max(BigInt::zero()))),
            Side::Sell => ceil(&unit(b - a + 1_i32)),
        },
        "MathOverflow",
    )
}

/// Quote of a step: into the curve rounded up, out of it rounded down.
pub fn quote_of_step(from: &BigInt, to: &BigInt, liquidity: &BigInt, peg: u64, side: Side) -> Result<BigInt, Refusal> {
    let exact = quote_between(from, to, liquidity, peg);
    amount(if side == Side::Buy { ceil(&exact) } else { floor(&exact) }, "NotionalTooLarge")
}

/// Where an exact amount takes `s`: from base rounded up, from quote rounded down. Refused beyond what the curve holds
/// and beyond the last tick.
pub fn next_root(s: &BigInt, liquidity: &BigInt, exact: Amount, peg: u64, side: Side) -> Result<BigInt, Refusal> {
    if !is_served(s) {
        return Err("InvalidSqrtPrice");
    }
    if liquidity > &power(MAX_LIQUIDITY_BITS) {
        return Err("MathOverflow");
    }
    if liquidity.is_zero() || (matches!(exact, Amount::Quote(_)) && peg == 0) {
        return Err("InsufficientLiquidity");
    }
    let (here, depth) = (root(s.clone()), int(liquidity.clone()));
    let next = match exact {
        Amount::Base(base) => {
            let moved = int(base) / depth;
            let inverse = if side == Side::Buy { here.recip() - moved } else { here.recip() + moved };
            if !inverse.is_positive() {
                return Err("InsufficientLiquidity");
            }
            ceil(&(inverse.recip() * int(power(64))))
        }
        Amount::Quote(quote) => {
            let moved = int(quote) / (price(peg) * depth);
            let next = if side == Side::Buy { here + moved } else { here - moved };
            floor(&(next * int(power(64))))
        }
    };
    if is_served(&next) { Ok(next) } else { Err("InsufficientLiquidity") }
}
