//! Liquidation of an unhealthy account: flag, unwinding of ranges, reduction on the curve (protocol.md section 8).
//!
//! The caller only points; every size is computed here. What a step costs the account is the auction's discount on what
//! it closes and the tip, whatever the curve did: the closer the curve's price is to the mark, the more is left for the
//! keeper and the market's insurance.

use crate::book::Book;
use crate::clock::Now;
use crate::curve::{Bound, Exact, SwapRequest, swap};
use crate::error::{Error, Result};
use crate::fees::FeeSchedule;
use crate::margin::{self, Health};
use crate::math::Side;
use crate::params::MILLION;
use crate::ranges::{self, Entitlement};
use crate::state::{MarginAccount, Market, Ranges};
use crate::units::{Factor, ONE, Rate};
use crate::view::{Others, View};
use crate::{closing, oracle, pot, trade};

/// Flags an unhealthy account: new risk and withdrawals stop, and the discount's clock starts. A flag that no step
/// followed for `flag_ttl` is set anew.
///
/// Errors: `AccountHealthy`, `AccountFlagged` when a live flag stands, those of [`margin::health`].
pub fn begin(account: &mut MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<Health> {
    let health = margin::health(account, ranges, view, now)?;
    if !health.is_unhealthy() {
        return Err(Error::AccountHealthy);
    }
    if account.flagged_at != 0 && !is_flag_stale(account, view, now) {
        return Err(Error::AccountFlagged);
    }
    account.flagged_at = now.unix;
    account.stepped_at = 0;
    Ok(health)
}

/// Whether the flag is older than every held market's `flag_ttl` without a step.
fn is_flag_stale(account: &MarginAccount, view: &View, now: Now) -> bool {
    let held = account.positions.iter().filter(|position| !position.is_empty());
    let ttl = held.filter_map(|position| view.market(position.market).ok()).map(|m| m.params.flag_ttl_secs).max();
    now.unix.saturating_sub(account.flagged_at.max(account.stepped_at)) > i64::from(ttl.unwrap_or(0))
}

/// Clears the flag of an account whose equity is back above maintenance with its buffer.
pub fn clear_if_cured(account: &mut MarginAccount, health: &Health) {
    if account.flagged_at != 0 && health.is_cured() {
        account.flagged_at = 0;
        account.stepped_at = 0;
    }
}

/// Clears the flag if the account has recovered. Returns whether it is free of a flag.
#[inline(never)]
pub fn cure(account: &mut MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<bool> {
    if account.flagged_at != 0 {
        let health = margin::health(account, ranges, view, now)?;
        clear_if_cured(account, &health);
    }
    Ok(account.flagged_at == 0)
}

/// Settles and removes a range of a flagged, unhealthy account, whatever its age; of any account where the market is
/// closed.
///
/// Errors: `AccountNotFlagged`, `AccountHealthy` for one that has recovered, those of [`margin::health`] and
/// [`ranges::close`].
pub fn unwind(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: &mut Ranges,
    others: Others,
    slot: usize,
    now: Now,
) -> Result<Entitlement> {
    if closing::is_closed(book.market) {
        let folded = ranges::close(book, account, ranges, slot, true, now)?;
        pot::drop_if_done(book.market, account);
        return Ok(folded);
    }
    if account.flagged_at == 0 {
        return Err(Error::AccountNotFlagged);
    }
    if !health_of(book, account, Some(ranges), others, now)?.is_unhealthy() {
        return Err(Error::AccountHealthy);
    }
    let folded = ranges::close(book, account, ranges, slot, true, now)?;
    // Net base, and with it maintenance, is what it was, but for a position of which nothing is left open.
    let position = account.position(book.market.index_number)?;
    if position.base == 0 && position.ranges == 0 {
        let health = health_of(book, account, Some(ranges), others, now)?;
        clear_if_cured(account, &health);
    }
    pot::drop_if_done(book.market, account);
    Ok(folded)
}

/// What a step on the curve did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Base atoms that the account gained; negative is sold.
    pub base: i64,
    /// Quote atoms that the account gained, without the fee.
    pub quote: i64,
    /// Taker fee, in quote atoms.
    pub fee: u64,
    /// What the keeper got, tip included, in quote atoms.
    pub keeper: u64,
    /// What the market's insurance got of the discount, in quote atoms.
    pub insurance: u64,
    /// The discount now, in 2^-48.
    pub discount: Factor,
    /// Health after the step.
    pub health: Health,
}

/// The auction's discount: from `d_min` to `d_max` with the larger of the time since the plateau and the depth of the
/// shortage, rounded down.
pub fn discount(market: &Market, account: &MarginAccount, health: &Health, now: Now) -> Factor {
    let params = &market.params;
    let elapsed = now.unix.saturating_sub(account.flagged_at).saturating_sub(i64::from(params.plateau_secs)).max(0);
    let time = fraction(elapsed.unsigned_abs(), u64::from(params.auction_secs));
    let shortage = health.excess().min(0).unsigned_abs();
    let depth = fraction(shortage, two_thirds(health.maintenance));
    let (low, high) = (Factor::from_ppm(params.d_min_ppm).bits, Factor::from_ppm(params.d_max_ppm).bits);
    let rise = Factor { bits: time.max(depth) }.of_floor(high.saturating_sub(low));
    Factor { bits: low.saturating_add(rise) }
}

/// `part / whole` in 2^-48, at most 1.
fn fraction(part: u64, whole: u64) -> u64 {
    if part >= whole {
        return ONE;
    }
    let scaled = u128::from(part).checked_shl(48).and_then(|scaled| scaled.checked_div(u128::from(whole)));
    scaled.and_then(|ratio| u64::try_from(ratio).ok()).unwrap_or(ONE)
}

fn two_thirds(amount: u64) -> u64 {
    amount.saturating_sub(amount.div_ceil(3))
}

/// Base that a step may close: what brings the account to its target at the discount and the largest fee, at most
/// `max_part` of the position unless that leaves dust, at least `min_step`.
///
/// `base = shortage / (mark * (mmr * (1 + buffer) - discount - max_fee))`, rounded up.
pub fn step_size(market: &Market, base: u64, health: &Health, discount: Factor) -> Result<u64> {
    let params = &market.params;
    let shortage = u64::try_from(i128::from(health.target).saturating_sub(i128::from(health.equity)).max(0))
        .map_err(|_| Error::MathOverflow)?;
    let mmr = Factor::from_ppm(params.mmr_ppm);
    let relief = Factor::from_ppm(MILLION.saturating_add(params.buffer_ppm)).of_floor(mmr.bits);
    let relief = relief.saturating_sub(discount.bits).saturating_sub(Factor::from_ppm(params.max_fee_ppm).bits);
    let per_base = Factor { bits: relief }.of_floor(market.mark.bits);
    let to_target = u128::from(shortage).checked_shl(48).and_then(|scaled| {
        let floor = scaled.checked_div(u128::from(per_base))?;
        u64::try_from(floor.saturating_add(1)).ok()
    });
    let part = Factor::from_ppm(params.max_part_ppm).of_ceil(base);
    let size = to_target.unwrap_or(u64::MAX).min(part).max(min_step_base(market)).min(base);
    // What a step would leave as dust goes with it.
    Ok(if base.saturating_sub(size) < min_step_base(market) { base } else { size })
}

/// `min_step_usd` at mark, in base atoms, rounded down.
fn min_step_base(market: &Market) -> u64 {
    let quote = u128::from(market.params.min_step_usd).saturating_mul(u128::from(MILLION));
    let base = quote.checked_shl(48).and_then(|scaled| scaled.checked_div(u128::from(market.mark.bits)));
    base.and_then(|base| u64::try_from(base).ok()).unwrap_or(u64::MAX)
}

/// Volume, in quote atoms, that the market's liquidation window still takes; starts a new window when it is due.
fn window_room(market: &mut Market, now: Now) -> u64 {
    if now.unix.saturating_sub(market.window_start) >= i64::from(market.params.window_secs) {
        market.window_start = now.unix;
        market.window_volume = 0;
    }
    let cap = u64::from(market.params.window_cap_usd).saturating_mul(u64::from(MILLION));
    cap.saturating_sub(market.window_volume)
}

/// Reduces a flagged, unhealthy account against the curve, not worse than the mark less the discount, and pays the
/// keeper's margin account. No capital is needed.
///
/// Errors: `MarketClosed`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`, `StepTooSoon`,
/// `StepTooSmall`, `WindowCapReached`, `HealthFell`, and the refusals of the curve.
pub fn on_curve(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    keeper: &mut MarginAccount,
    others: Others,
    max_base: u64,
    now: Now,
) -> Result<Step> {
    let number = book.market.index_number;
    closing::require_open(book.market)?;
    if account.flagged_at == 0 {
        return Err(Error::AccountNotFlagged);
    }
    if account.ranges != 0 {
        return Err(Error::RangesOpen);
    }
    let before = health_of(book, account, ranges, others, now)?;
    if !before.is_unhealthy() {
        return Err(Error::AccountHealthy);
    }
    let market = &mut *book.market;
    if now.unix.saturating_sub(account.flagged_at.max(account.stepped_at)) > i64::from(market.params.flag_ttl_secs) {
        account.flagged_at = now.unix;
    }
    let position = account.position_mut(number)?;
    pot::fold_funding(market, position)?;
    let held = position.base;
    if held == 0 {
        return Err(Error::PositionNotFound);
    }
    // Under two thirds of maintenance nothing waits.
    let urgent = before.equity < i64::try_from(two_thirds(before.maintenance)).unwrap_or(i64::MAX);
    let rested = now.unix.saturating_sub(account.stepped_at) >= i64::from(market.params.step_gap_secs);
    if !urgent && !rested {
        return Err(Error::StepTooSoon);
    }
    let discount = discount(market, account, &before, now);
    let size = step_size(market, held.unsigned_abs(), &before, discount)?;
    // Where no gap lies between steps a step is the whole of what is allowed, so that tips cannot be farmed in slices.
    let smallest = if urgent { size } else { size.min(min_step_base(market)) };
    let mut step = size.min(max_base);
    if step < smallest {
        return Err(Error::StepTooSmall);
    }
    let room = window_room(market, now);
    if !urgent {
        let allowed =
            u128::from(room).checked_shl(48).and_then(|scaled| scaled.checked_div(u128::from(market.mark.bits)));
        step = step.min(allowed.and_then(|base| u64::try_from(base).ok()).unwrap_or(u64::MAX));
        if step < smallest {
            return Err(Error::WindowCapReached);
        }
    }

    let side = if held > 0 { Side::Sell } else { Side::Buy };
    let slip = Rate::from_bits(i64::try_from(discount.bits).map_err(|_| Error::MathOverflow)?);
    let worst = market.mark.scale_floor(if held > 0 { slip.negated() } else { slip });
    let peg = oracle::fill_peg(market, side, now);
    let request = SwapRequest {
        side,
        exact: Exact::Base(step),
        peg,
        bounds: [Some(Bound { price: worst, peg, refusal: Error::LimitReached }), trade::band(market, side, 2)],
        fees: FeeSchedule::for_liquidation(market, oracle::age_secs(market, now)),
    };
    let swapped = swap(book, &request)?;
    if swapped.base == 0 {
        return Err(Error::LiquidityExhausted);
    }
    let market = &mut *book.market;
    let (base, quote) = trade::apply(market, account, side, &swapped)?;

    let notional = market.mark.notional_floor(swapped.base)?;
    market.window_volume = market.window_volume.saturating_add(notional);
    let charged = notional.abs_diff(swapped.quote).saturating_add(swapped.fee);
    let better = match side {
        Side::Sell => swapped.quote > notional,
        Side::Buy => swapped.quote < notional,
    };
    let spent = if better { swapped.fee } else { charged };
    let rest = discount.of_floor(notional).saturating_sub(spent);
    let after = health_of(book, account, ranges, others, now)?;
    let (keeper_pay, insurance_pay) = pay(book.market, account, keeper, rest, after.equity)?;

    if account.position(number)?.base == 0 {
        let _settled = pot::settle(book.market, account, now)?;
    }
    account.stepped_at = now.unix;
    let health = health_of(book, account, ranges, others, now)?;
    if health.excess() < before.excess() {
        return Err(Error::HealthFell);
    }
    clear_if_cured(account, &health);
    pot::drop_if_done(book.market, account);
    Ok(Step { base, quote, fee: swapped.fee, keeper: keeper_pay, insurance: insurance_pay, discount, health })
}

fn health_of(
    book: &Book,
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    now: Now,
) -> Result<Health> {
    let view = View { traded: Some((book.market, book.arrays)), others };
    margin::health(account, ranges, &view, now)
}

/// Pays the tip and what the curve left of the discount: out of the account's capital, and beyond the tip never more
/// than its equity.
fn pay(
    market: &mut Market,
    account: &mut MarginAccount,
    keeper: &mut MarginAccount,
    rest: u64,
    equity: i64,
) -> Result<(u64, u64)> {
    let capital = account.usdc();
    let tip = u64::from(market.params.liquidation_tip_quote).min(capital);
    let left = u64::try_from(equity.max(0)).map_err(|_| Error::MathOverflow)?;
    let rest = rest.min(left.saturating_sub(tip)).min(capital.saturating_sub(tip));
    let insurance = Factor::from_ppm(market.params.insurance_part_ppm).of_ceil(rest).min(rest);
    let reward = tip.saturating_add(rest.saturating_sub(insurance));
    *account.usdc_mut() = capital.saturating_sub(reward).saturating_sub(insurance);
    let balance = keeper.usdc_mut();
    *balance = balance.checked_add(reward).ok_or(Error::MathOverflow)?;
    market.insurance = market.insurance.checked_add(insurance).ok_or(Error::MathOverflow)?;
    Ok((reward, insurance))
}
