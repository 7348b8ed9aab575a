//! The dynamic fee and its split: protocol.md section 6.

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::curve::Side;
use super::{Real, clamp, floor, int, ppm, price, root, sqrt_floor, ulp};

/// What the fee of a trade depends on.
#[derive(Clone, Debug)]
pub struct Fees {
    pub base_ppm: u32,
    pub max_ppm: u32,
    pub conf_weight_ppm: u32,
    pub vol_weight_ppm: u32,
    pub age_weight_ppm_per_sec: u32,
    pub depth_weight_ppm: u32,
    pub rebalance_ppm: u32,
    /// Confidence over price.
    pub conf: Real,
    pub index: Real,
    pub index_ema: Real,
    pub age_secs: u64,
    pub guarded: bool,
    /// `s` where the curve's price equals the index.
    pub anchor: Real,
    /// The curve's relative price times this is its price over the index.
    pub offset: Real,
}

/// A rate with what rounding may do to it: at least, at most.
#[derive(Clone, Debug)]
pub struct Between {
    pub least: Real,
    pub most: Real,
}

impl Fees {
    /// All but the depth term.
    fn common(&self) -> Real {
        let distance =
            if self.index > self.index_ema { &self.index - &self.index_ema } else { &self.index_ema - &self.index };
        ppm(self.base_ppm)
            + ppm(self.conf_weight_ppm) * &self.conf
            + ppm(self.vol_weight_ppm) * distance / &self.index_ema
            + ppm(self.age_weight_ppm_per_sec) * int(self.age_secs)
    }

    /// The exact mean distance from the index over a step, each end no further than where the fee is full.
    ///
    /// Of buys the mean over base, `s0 s1 - 1`; of sells the mean of both ends.
    fn mean_depth(&self, a: &BigInt, b: &BigInt, side: Side, full: &Real) -> Real {
        let (a, b) = (root(a.clone()), root(b.clone()));
        let one = Real::one();
        match side {
            Side::Buy => {
                let (mut from, mut to) = (a, b);
                if full < &Real::new(1.into(), 2.into()) {
                    let cut = sqrt_floor(&(&self.anchor * &self.anchor * (&one + full)), 160);
                    from = from.min(cut.clone());
                    to = to.min(cut);
                }
                from * to * &self.offset - one
            }
            Side::Sell => {
                let least = &one - full;
                let end = |s: Real| (&s * &s * &self.offset).max(least.clone());
                one - (end(a) + end(b)) / int(2)
            }
        }
    }

    /// The rate of a step, which never moves both towards the index and away from it.
    pub fn rate(&self, from: &BigInt, to: &BigInt, side: Side, away: bool) -> Between {
        let (base, most) = (ppm(self.base_ppm), ppm(self.max_ppm));
        let common = self.common();
        let weight = ppm(self.depth_weight_ppm);
        let mut least = common.clone();
        // Three terms, each within one unit of its product, and the ratio under one of them as well.
        let mut high = &common + ulp() * (int(3) + ppm(self.vol_weight_ppm));
        if away && !weight.is_zero() {
            let full = ((&most - &common) / &weight).max(Real::zero());
            let depth = self.mean_depth(from, to, side, &full).max(Real::zero());
            // `s` is taken with 48 fraction bits and its squares as well; with an offset once more.
            let (a, b) = (root(from.clone()), root(to.clone()));
            let loose = (int(2) * (a + b) + int(4)) * (&self.offset + Real::one()) * ulp();
            // A buy's cut comes by the first terms of a root: a part in `16 / depth^3` early.
            let early = if full < Real::new(1.into(), 2.into()) {
                let cube = &full * &full * &full / int(16);
                (Real::one() + &full) * cube * int(2)
            } else {
                Real::zero()
            };
            let early = if matches!(side, Side::Buy) { early } else { Real::zero() };
            least += (&weight * (&depth - &loose - early)).max(Real::zero());
            high += &weight * (depth + loose) + ulp();
        }
        let (mut least, mut high) = (clamp(least, &base, &most), clamp(high, &base, &most));
        if !away {
            least *= ppm(self.rebalance_ppm);
            high = high * ppm(self.rebalance_ppm) + ulp();
        }
        if self.guarded {
            least += &self.conf;
            high += &self.conf;
        }
        Between { least, most: high }
    }
}

/// One part of a fee, rounded down.
pub fn share(fee: u64, share_ppm: u32) -> BigInt {
    floor(&(int(fee) * int(share_ppm) / int(1_000_000)))
}

/// A rate's part for the ranges.
pub fn lp_part(rate: &Real, share_ppm: u32) -> Real {
    rate * ppm(share_ppm)
}

/// A ratio of two prices, rounded down as the market keeps it.
pub fn kept_ratio(a: u64, b: u64) -> Real {
    price((BigInt::from(a) << 48) / b)
}
