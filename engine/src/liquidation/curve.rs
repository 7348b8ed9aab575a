//! Steps on the curve (protocol.md section 8.3).
//!
//! What a step costs the account is the auction's discount on what it closes and the tip, whatever the curve did: the
//! closer the curve's price is to the mark, the more is left for the keeper and the market's insurance.

use crate::book::Book;
use crate::clock::Now;
use crate::curve::{Bound, Exact, SwapRequest, swap};
use crate::error::{Error, Result};
use crate::fees::FeeSchedule;
use crate::margin::Health;
use crate::math::Side;
use crate::params::MILLION;
use crate::state::{MarginAccount, Market};
use crate::units::Factor;
use crate::view::Others;
use crate::{oracle, trade};

use super::auction::{discount, discounted, min_step_base, step_size, two_thirds};
use super::patient::Patient;

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
/// Errors: `MarketClosed`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`, `StepTooSoon`, `StepTooSmall`,
/// `WindowCapReached`, `HealthFell`, and the refusals of the curve.
pub fn on_curve(
    book: &mut Book,
    account: &mut MarginAccount,
    keeper: &mut MarginAccount,
    others: Others,
    max_base: u64,
    now: Now,
) -> Result<Step> {
    let patient = Patient::examine(book, account, others, now)?;
    let Patient { before, held, .. } = patient;
    let market = &mut *book.market;
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
        step = step.min(market.mark.base_floor(room));
        if step < smallest {
            return Err(Error::WindowCapReached);
        }
    }

    let side = if held > 0 { Side::Sell } else { Side::Buy };
    let fees = FeeSchedule::for_liquidation(market, oracle::age_secs(market, now));
    // What the fee takes for an uncertain price is a part of the discount that was widened for it.
    let slip = Factor { bits: discount.bits.saturating_sub(fees.surcharge().bits) };
    let peg = oracle::fill_peg(market, side, now);
    let worst = Bound { price: discounted(market.mark, slip, held), peg, refusal: Error::LimitReached };
    let bounds = [Some(worst), trade::band(market, side, 2)];
    let swapped = swap(book, &SwapRequest { side, exact: Exact::Base(step), peg, bounds, fees })?;
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
    let after = patient.health(book, account)?;
    let (keeper_pay, insurance_pay) = pay(book.market, account, keeper, rest, after.equity)?;

    account.stepped_at = now.unix;
    let health = patient.discharge(book, account)?;
    Ok(Step { base, quote, fee: swapped.fee, keeper: keeper_pay, insurance: insurance_pay, discount, health })
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
