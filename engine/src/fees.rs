//! What a taker pays on top of the curve's quote, and who gets it (protocol.md section 6).

use crate::math::Side;
use crate::math::div::div_128_by_64;
use crate::math::wide::{U256, mul_64};
use crate::params::MILLION;
use crate::state::Market;
use crate::units::{Factor, Price, SqrtPrice, Wide};

/// The fee rates of one trade: all but the depth term, which each step adds.
#[derive(Clone, Copy, Debug)]
pub struct FeeSchedule {
    base: Factor,
    common: Factor,
    max: Factor,
    depth_weight: Factor,
    rebalance: Factor,
    /// On top of everything, while the market is guarded.
    surcharge: Factor,
    anchor_is_one: bool,
    offset: Price,
    /// `s` with 48 fraction bits from which on a buy pays the largest fee.
    full_above: u64,
    /// Distance from the index, as a part of 1, from which on a sell pays the largest fee.
    full_below: u64,
}

/// What one fee is split into; the rest is the ranges'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeeShares {
    /// Insurance's part, in quote atoms.
    pub insurance: u64,
    /// Treasury's part, in quote atoms.
    pub treasury: u64,
}

impl FeeSchedule {
    /// `base + conf_weight * conf/price + vol_weight * |index - ema| / ema + age_weight * age`, each term rounded up.
    #[inline]
    pub fn new(market: &Market, age_secs: u64) -> Self {
        let params = &market.params;
        let base = Factor::from_ppm(params.base_fee_ppm);
        let mut common = base.bits;
        if params.conf_weight_ppm != 0 {
            let conf = Factor::from_ppm(params.conf_weight_ppm).of_ceil(market.conf.bits.unsigned_abs());
            common = common.saturating_add(conf);
        }
        if params.vol_weight_ppm != 0 {
            let distance = market.index.bits.abs_diff(market.index_ema.bits);
            let ratio = div_128_by_64(u128::from(distance) << 48, market.index_ema.bits)
                .map_or(u128::MAX, |(quotient, rest)| quotient.saturating_add(u128::from(rest != 0)));
            let ratio = u64::try_from(ratio).unwrap_or(u64::MAX);
            common = common.saturating_add(Factor::from_ppm(params.vol_weight_ppm).of_ceil(ratio));
        }
        if params.age_weight_ppm_per_sec != 0 {
            let per_second = Factor::from_ppm(params.age_weight_ppm_per_sec).bits;
            common = common.saturating_add(per_second.saturating_mul(age_secs));
        }
        let (max, depth_weight) = (Factor::from_ppm(params.max_fee_ppm), Factor::from_ppm(params.depth_weight_ppm));
        let room = u128::from(max.bits.saturating_sub(common)) << 48;
        let full = div_128_by_64(room, depth_weight.bits).map_or(u128::MAX, |(depth, _)| depth);
        let full = u64::try_from(full).unwrap_or(u64::MAX);
        Self {
            base,
            common: Factor { bits: common },
            max,
            depth_weight,
            full_above: above(market.anchor, full),
            full_below: crate::units::ONE.saturating_sub(full),
            rebalance: Factor::from_ppm(params.rebalance_factor_ppm),
            surcharge: if market.is_guarded() { market.conf.magnitude() } else { Factor::default() },
            anchor_is_one: market.anchor == SqrtPrice::ONE,
            offset: market.offset,
        }
    }

    /// The same for a liquidation, which an uncertain oracle must not stop: the surcharge is at most `conf_limit`, for
    /// which the parameters keep room below maintenance.
    #[inline]
    #[must_use]
    pub fn for_liquidation(market: &Market, age_secs: u64) -> Self {
        let schedule = Self::new(market, age_secs);
        Self { surcharge: schedule.surcharge.min(Factor::from_ppm(market.params.conf_limit_ppm)), ..schedule }
    }

    /// What a guarded market adds to every rate.
    #[inline]
    pub const fn surcharge(&self) -> Factor {
        self.surcharge
    }

    /// The rate of a step from `from` to `to`, rounded up, at most 1. `away` tells whether it moves away from the anchor; a step
    /// never does both.
    #[inline]
    pub fn rate(&self, from: SqrtPrice, to: SqrtPrice, side: Side, away: bool) -> Factor {
        let depth = if away && self.depth_weight.bits != 0 {
            self.depth_weight.of_ceil(self.mean_depth(from, to, side))
        } else {
            0
        };
        let rate = self.common.bits.saturating_add(depth).min(self.max.bits).max(self.base.bits);
        let rate = if away { rate } else { self.rebalance.of_ceil(rate) };
        // Never more than the quote itself: what rounding leaves of the quote is then worth the fee on it.
        Factor { bits: rate.saturating_add(self.surcharge.bits).min(crate::units::ONE) }
    }

    /// Mean of `|x - 1|` over the step, in 2^-48: `s0 s1 - 1` for buys and `1 - (s0^2 + s1^2) / 2` for sells, both of
    /// which make n parts cost no less than the whole. For the same reason it is not the mean that stops where the fee is
    /// full, but each end: a mean that is cut off would let the parts near the index go without.
    #[inline]
    fn mean_depth(&self, from: SqrtPrice, to: SqrtPrice, side: Side) -> u64 {
        let (from, to) = (coarse(from), coarse(to));
        match side {
            Side::Buy => {
                let mean = self.relative_floor(from.min(self.full_above), to.min(self.full_above));
                mean.saturating_add(1).saturating_sub(crate::units::ONE)
            }
            Side::Sell => {
                let end = |s: u64| self.relative_floor(s, s).max(self.full_below);
                // The mean of two floors, floored: the depth below 1 is rounded up.
                crate::units::ONE.saturating_sub(end(from).midpoint(end(to)))
            }
        }
    }

    /// The product of two `s` with 48 fraction bits, over the index: rounded down once, saturated at 2^63. The offset
    /// comes in before anything saturates: a fixed market's curve may stand far above its launch price.
    #[inline]
    fn relative_floor(&self, a: u64, b: u64) -> u64 {
        if self.anchor_is_one {
            return product_floor(a, b);
        }
        let (hi, lo) = mul_64(b, self.offset.bits);
        let product = U256::product_64(a, Wide { lo, hi }.get()).shift_right(96);
        product.to_u64().map_or(1 << 63, |product| product.min(1 << 63))
    }
}

/// `anchor * sqrt(1 + depth)` with 48 fraction bits, by the first terms of the root's series and so at most a part in
/// `16 / depth^3` too small; nothing is above where the depth is a half or more.
#[inline]
fn above(anchor: SqrtPrice, depth: u64) -> u64 {
    if depth >= crate::units::ONE / 2 {
        return u64::MAX;
    }
    let square = product_ceil(depth, depth) / 8;
    let root = crate::units::ONE.saturating_add(depth / 2).saturating_sub(square).saturating_sub(1);
    product_floor(coarse(anchor), root)
}

/// Splits the fee of a swap. Each part is rounded down, the rest is the ranges' and the rounding holder's.
#[inline]
pub fn shares(market: &Market, fee: u64) -> FeeShares {
    FeeShares {
        insurance: part(fee, market.params.insurance_share_ppm),
        treasury: part(fee, market.params.treasury_share_ppm),
    }
}

/// The ranges' part of a rate, rounded down.
#[inline]
pub fn lp_rate(market: &Market, rate: Factor) -> Factor {
    Factor { bits: Factor::from_ppm(market.params.lp_share_ppm).of_floor(rate.bits) }
}

/// `floor(amount * ppm / 1_000_000)`.
#[inline]
#[allow(clippy::arithmetic_side_effects, reason = "an amount of at most 2^64 times a ppm of 2^32 fits 96 bits")]
fn part(amount: u64, ppm: u32) -> u64 {
    match amount.checked_mul(u64::from(ppm)) {
        Some(product) => product / u64::from(MILLION),
        None => u64::try_from(u128::from(amount) * u128::from(ppm) / u128::from(MILLION)).unwrap_or(u64::MAX),
    }
}

/// `s` with 48 fraction bits, rounded down, saturated.
#[inline(always)]
fn coarse(s: SqrtPrice) -> u64 {
    u64::try_from(s.get() >> 16).unwrap_or(u64::MAX)
}

/// `floor(a * b)` of two 16.48 numbers, saturated, at most 2^63.
#[inline(always)]
fn product_floor(a: u64, b: u64) -> u64 {
    let (hi, lo) = mul_64(a, b);
    if hi >> 47 == 0 { (hi << 16) | (lo >> 48) } else { 1 << 63 }
}

#[inline(always)]
fn product_ceil(a: u64, b: u64) -> u64 {
    product_floor(a, b).saturating_add(1)
}
