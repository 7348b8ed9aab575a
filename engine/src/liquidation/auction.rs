//! The auction: what phase a liquidation is in, what discount it gives, and how much a step may close.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin::Health;
use crate::math::div::div_128_by_64;
use crate::oracle::MarkUse;
use crate::params::MILLION;
use crate::state::{MarginAccount, Market};
use crate::units::{Factor, ONE, Price, Rate};

/// Quote atoms that rounding takes from the account in a step at most: of the notional, of its value and of its margins.
const ROUNDING: u64 = 4;

/// Return on margin from which on a holder is deleveraged when the auction has just run out: a thousand per cent.
const HIGHEST_RETURN: Factor = Factor { bits: 10 << 48 };

/// How far a liquidation has come, by the time since its flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The time buffer: the discount does not rise with time yet.
    Plateau,
    /// The discount rises to its largest.
    Auction,
    /// The auction has run out: the pool may take what remains at the largest discount, beside everybody else. For as long
    /// as the plateau was, whether there is a pool or not.
    Backstop,
    /// What remains may be deleveraged as well.
    Deleverage,
}

/// A liquidation as it stands now in one market.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auction {
    /// How far it has come.
    pub phase: Phase,
    /// The discount now, in 2^-48.
    pub discount: Factor,
    /// Return on margin from which on an opposite holder may be deleveraged, in 2^-48; none once the window has passed:
    /// then any may, at a loss as well.
    pub threshold: Option<Factor>,
}

impl Auction {
    /// The worst price of a step for an account that holds this base: the mark less the discount for who is long, with it
    /// on top for who is short.
    #[must_use]
    pub fn price(&self, market: &Market, held: i64) -> Price {
        discounted(market.mark, self.discount, held)
    }
}

/// A mark less (held long) or with (held short) a discount, rounded down.
pub(super) fn discounted(mark: Price, discount: Factor, held: i64) -> Price {
    let slip = Rate::from_bits(i64::try_from(discount.bits).unwrap_or(i64::MAX));
    mark.scale_floor(if held > 0 { slip.negated() } else { slip })
}

/// The auction of a flagged account with that health. A flag that is stale counts from the next step or
/// `begin_liquidation` on; until then this tells what it would be without.
pub fn auction(market: &Market, account: &MarginAccount, health: &Health, now: Now) -> Auction {
    let params = &market.params;
    let risen = risen_secs(market, account, now);
    let over = risen.saturating_sub(u64::from(params.auction_secs));
    let open = over.saturating_sub(u64::from(params.plateau_secs));
    let phase = match (risen, over, open) {
        (0, _, _) => Phase::Plateau,
        (_, 0, _) => Phase::Auction,
        (_, _, 0) => Phase::Backstop,
        _ => Phase::Deleverage,
    };
    let passed = fraction(open, u64::from(params.deleverage_window_secs));
    let threshold = (passed < ONE).then(|| Factor { bits: HIGHEST_RETURN.of_ceil(ONE.saturating_sub(passed)) });
    Auction { phase, discount: discount(market, account, health, now), threshold }
}

/// Seconds since the flag, beyond the plateau.
fn risen_secs(market: &Market, account: &MarginAccount, now: Now) -> u64 {
    let plateau = i64::from(market.params.plateau_secs);
    now.unix.saturating_sub(account.flagged_at).saturating_sub(plateau).max(0).unsigned_abs()
}

/// The auction's discount: from `d_min` to `d_max` with the larger of the time since the plateau and the depth of the
/// shortage, rounded down, and `widening`.
#[inline(never)]
pub fn discount(market: &Market, account: &MarginAccount, health: &Health, now: Now) -> Factor {
    let params = &market.params;
    let time = fraction(risen_secs(market, account, now), u64::from(params.auction_secs));
    let shortage = health.excess().min(0).unsigned_abs();
    let depth = fraction(shortage, two_thirds(health.maintenance));
    let (low, high) = (Factor::from_ppm(params.d_min_ppm).bits, Factor::from_ppm(params.d_max_ppm).bits);
    let rise = Factor { bits: time.max(depth) }.of_floor(high.saturating_sub(low));
    Factor { bits: low.saturating_add(rise).saturating_add(widening(market, now).bits) }
}

/// What the discount is wider by while the price is in doubt: the last known confidence, while the market is guarded or its
/// mark is too old for its owner. At most `conf_limit`, for which the parameters keep room below maintenance.
fn widening(market: &Market, now: Now) -> Factor {
    if market.is_guarded() || MarkUse::Owner.require(market, now).is_err() {
        market.conf.magnitude().min(Factor::from_ppm(market.params.conf_limit_ppm))
    } else {
        Factor::default()
    }
}

/// `part / whole` in 2^-48, at most 1.
pub(crate) fn fraction(part: u64, whole: u64) -> u64 {
    if part >= whole {
        return ONE;
    }
    let ratio = div_128_by_64(u128::from(part) << 48, whole);
    ratio.and_then(|(ratio, _)| u64::try_from(ratio).ok()).unwrap_or(ONE)
}

pub(crate) fn two_thirds(amount: u64) -> u64 {
    amount.saturating_sub(amount.div_ceil(3))
}

/// Base that a step of the auction may close: what brings the account to its target at the discount and the largest fee,
/// at most `max_part` of the position unless that leaves dust, at least `min_step`.
pub fn step_size(market: &Market, base: u64, health: &Health, discount: Factor) -> Result<u64> {
    let costs = discount.bits.saturating_add(Factor::from_ppm(market.params.max_fee_ppm).bits);
    size_to_target(
        market,
        base,
        health,
        Factor { bits: costs },
        Factor::from_ppm(market.params.max_part_ppm).of_ceil(base),
    )
}

/// Base that a step behind the auction may close: all that brings the account to its target where closing costs so much.
/// The tip and what rounding takes are closed for as well, or a step would end just short of the target.
pub(crate) fn remainder(market: &Market, base: u64, health: &Health, costs: Factor) -> Result<u64> {
    let spent = u64::from(market.params.liquidation_tip_quote).saturating_add(ROUNDING);
    let short = Health { equity: health.equity.saturating_sub_unsigned(spent), ..*health };
    size_to_target(market, base, &short, costs, u64::MAX)
}

/// Base that brings the account to its target where closing costs so much, at least `min_step` and at most `most`, unless
/// that leaves dust.
///
/// `base = shortage / (mark * (mmr * (1 + buffer) - costs))`, rounded up.
#[inline(never)]
fn size_to_target(market: &Market, base: u64, health: &Health, costs: Factor, most: u64) -> Result<u64> {
    let params = &market.params;
    let shortage = u64::try_from(i128::from(health.target).saturating_sub(i128::from(health.equity)).max(0))
        .map_err(|_| Error::MathOverflow)?;
    let mmr = Factor::from_ppm(params.mmr_ppm);
    let relief = Factor::from_ppm(MILLION.saturating_add(params.buffer_ppm)).of_floor(mmr.bits);
    let relief = Factor { bits: relief.saturating_sub(costs.bits) };
    let to_target = Price::from_bits(relief.of_floor(market.mark.bits)).base_floor(shortage).saturating_add(1);
    let size = to_target.min(most).max(min_step_base(market)).min(base);
    // What a step would leave as dust goes with it.
    Ok(if base.saturating_sub(size) < min_step_base(market) { base } else { size })
}

/// `min_step_usd` at mark, in base atoms, rounded down.
pub(crate) fn min_step_base(market: &Market) -> u64 {
    market.mark.base_floor(u64::from(market.params.min_step_usd).saturating_mul(u64::from(MILLION)))
}
