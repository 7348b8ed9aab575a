//! The curve of a market: its ranges, what lies between two prices, and the same swap without any rounding (protocol.md
//! section 3).
//!
//! Ranges are a plain list. Which of them are active is looked up anew each time, from `s` alone.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::fees::Fees;
pub use super::steps::*;
use super::{Real, floor, int, price, root};

/// A range of liquidity.
#[derive(Clone, Debug)]
pub struct Range {
    pub lower: i32,
    pub upper: i32,
    pub lower_root: BigInt,
    pub upper_root: BigInt,
    pub liquidity: BigInt,
}

impl Range {
    pub fn new(lower: i32, upper: i32, liquidity: u128) -> Self {
        let (lower_root, upper_root) = (tick_root(lower), tick_root(upper));
        Self { lower, upper, lower_root, upper_root, liquidity: liquidity.into() }
    }

    /// An `s` held inside of the range.
    pub fn hold(&self, s: &BigInt) -> BigInt {
        s.clone().max(self.lower_root.clone()).min(self.upper_root.clone())
    }
}

/// A bound on where the curve may stand: `peg s^2 <= price` for buys, `>=` for sells.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    pub price: u64,
    pub peg: u64,
    pub refusal: Refusal,
}

impl Bound {
    /// Whether an `s` lies outside.
    pub fn is_broken(&self, s: &BigInt, side: Side) -> bool {
        let (here, bound) = (price(self.peg) * root(s.clone()) * root(s.clone()), price(self.price));
        if side == Side::Buy { here > bound } else { here < bound }
    }

    /// The last `s` within.
    pub fn last(&self, side: Side) -> BigInt {
        let square = BigRational::new(BigInt::from(self.price) << 128, self.peg.into());
        let below = floor(&square).sqrt();
        if side == Side::Sell && self.is_broken(&below, side) { below + 1 } else { below }
    }
}

/// A swap to be made.
#[derive(Clone, Debug)]
pub struct Request {
    pub side: Side,
    pub exact: Amount,
    pub peg: u64,
    pub bounds: Vec<Bound>,
    pub max_crossings: u32,
    pub tick_spacing: u32,
    /// The tick arrays at hand.
    pub passed: BTreeSet<i32>,
    pub fees: Fees,
    /// The curve's own quote so far, and the ranges' part of its fees: both stay within 64 bits.
    pub curve_quote: i64,
    pub lp_share_ppm: u32,
}

/// One step: where it went, what it moved, and what it pays.
#[derive(Clone, Debug)]
pub struct Step {
    pub from: BigInt,
    pub to: BigInt,
    pub base: BigInt,
    pub quote: BigInt,
    pub rate: super::fees::Between,
}

/// What a swap did.
#[derive(Clone, Debug)]
pub struct Swapped {
    pub base: BigInt,
    pub quote: BigInt,
    pub steps: Vec<Step>,
    pub crossings: u32,
    /// Nothing when the whole amount was filled.
    pub end: Option<Refusal>,
}

/// The curve of a market.
#[derive(Clone, Debug)]
pub struct Curve {
    pub s: BigInt,
    pub anchor: BigInt,
    pub ranges: Vec<Range>,
}

impl Curve {
    /// Active liquidity at `s`: of every range `[lower, upper)`.
    pub fn liquidity(&self) -> BigInt {
        let active = |range: &&Range| range.lower_root <= self.s && self.s < range.upper_root;
        self.ranges.iter().filter(active).map(|range| &range.liquidity).sum()
    }

    /// Exact base and quote between two `s`, over all ranges.
    pub fn between(&self, a: &BigInt, b: &BigInt, peg: u64) -> (Real, Real) {
        let (mut base, mut quote) = (Real::zero(), Real::zero());
        for range in &self.ranges {
            let (from, to) = (range.hold(a), range.hold(b));
            base += base_between(&from, &to, &range.liquidity);
            quote += quote_between(&from, &to, &range.liquidity, peg);
        }
        (base, quote)
    }

    /// Every initialised tick, ascending.
    pub fn ticks(&self) -> Vec<(BigInt, i32)> {
        let mut ticks: Vec<_> = self
            .ranges
            .iter()
            .flat_map(|r| [(r.lower_root.clone(), r.lower), (r.upper_root.clone(), r.upper)])
            .collect();
        ticks.sort();
        ticks.dedup();
        ticks
    }

    /// The other side's exact amount of a whole swap, without any rounding, or nothing where liquidity ends before.
    pub fn ideal(&self, side: Side, exact: Amount, peg: u64) -> Option<Real> {
        let mut ticks = self.ticks();
        if side == Side::Sell {
            ticks.reverse();
        }
        let ahead = ticks.into_iter().map(|(s, _)| s).filter(|s| match side {
            Side::Buy => s > &self.s,
            Side::Sell => s < &self.s,
        });
        let mut left = match exact {
            Amount::Base(amount) | Amount::Quote(amount) => int(amount),
        };
        let (mut here, mut other) = (self.s.clone(), Real::zero());
        for next in ahead {
            let (base, quote) = self.between(&here, &next, peg);
            let (own, moved) = if matches!(exact, Amount::Base(_)) { (&base, &quote) } else { (&quote, &base) };
            if own < &left {
                left -= own;
                other += moved;
                here = next;
                continue;
            }
            let (low, high) = (here.clone().min(next.clone()), here.clone().max(next));
            let inside = |range: &&Range| range.lower_root <= low && high <= range.upper_root;
            let depth: Real = int(self.ranges.iter().filter(inside).map(|range| &range.liquidity).sum::<BigInt>());
            if depth.is_zero() {
                continue;
            }
            let (from, unit) = (root(here), &left / &depth);
            let (inverse, peg) = (from.recip(), price(peg));
            return Some(
                other
                    + match (exact, side) {
                        (Amount::Base(_), Side::Buy) => peg * &depth * ((inverse - unit).recip() - from),
                        (Amount::Base(_), Side::Sell) => peg * &depth * (from - (inverse + unit).recip()),
                        (Amount::Quote(_), Side::Buy) => &depth * (inverse - (&from + unit / peg).recip()),
                        (Amount::Quote(_), Side::Sell) => &depth * ((&from - unit / peg).recip() - inverse),
                    },
            );
        }
        None
    }
}
