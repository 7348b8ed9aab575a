//! Positions and the pot: funding, settlement at mark, claims that mature, payout at `h` (protocol.md section 7).
//!
//! Every flow here has two sides in one market, so that `unsettled value of all holders + claims + surplus = pot +
//! written-off losses` holds after each function as it held before.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::math::decay::{DECAY_ONE, decay, left_floor};
use crate::math::div::div_128_by_64;
use crate::math::signed::I256;
use crate::math::wide::mul_64;
use crate::oracle;
use crate::params::MILLION;
use crate::planted::{self, Bug};
use crate::state::{MarginAccount, Market, Position};
use crate::units::MAX_BASE;

/// Makes sure that the account has a slot for a market. Errors with `PositionsFull`, `WrongMarket` when the account is
/// isolated to another market, `ClaimPledged` while a claim there belongs to another market's insurance.
#[inline]
pub fn open_position(market: &mut Market, account: &mut MarginAccount, now: Now) -> Result<()> {
    let number = market.index_number;
    if let Some(position) = account.positions.iter().find(|position| position.market == number) {
        return if position.pledged == 0 { Ok(()) } else { Err(Error::ClaimPledged) };
    }
    if account.isolated_market != 0 && account.isolated_market != number {
        return Err(Error::WrongMarket);
    }
    let slot = account.positions.iter_mut().find(|position| position.is_empty()).ok_or(Error::PositionsFull)?;
    *slot = bytemuck::Zeroable::zeroed();
    slot.market = number;
    slot.funding = market.funding;
    slot.matured_at = market.trusted_secs;
    slot.paid_in_at = now.unix;
    market.positions = market.positions.saturating_add(1);
    Ok(())
}

/// Frees the slot of a position in which nothing is left.
#[inline]
pub fn drop_if_done(market: &mut Market, account: &mut MarginAccount) {
    if let Ok(position) = account.position_mut(market.index_number)
        && position.is_done()
    {
        *position = bytemuck::Zeroable::zeroed();
        market.positions = market.positions.saturating_sub(1);
    }
}

/// Funding that a position owes since its checkpoint, rounded up.
#[inline]
pub fn funding_due(market: &Market, position: &Position) -> Result<i64> {
    let grown = market.funding.get().wrapping_sub(position.funding.get());
    if grown == 0 || position.base == 0 {
        return Ok(0);
    }
    I256::product_64(position.base, grown).shift_64_ceil_64().ok_or(Error::MathOverflow)
}

/// Brings a position's funding up to date. The counterparty is the curve.
#[inline(never)]
pub fn fold_funding(market: &mut Market, position: &mut Position) -> Result<()> {
    let due = funding_due(market, position)?;
    position.quote = position.quote.checked_sub(due).ok_or(Error::MathOverflow)?;
    market.curve_quote = market.curve_quote.checked_add(due).ok_or(Error::MathOverflow)?;
    position.funding = market.funding;
    Ok(())
}

/// Changes a position's base and the market's open interest. A position that begins or turns has no `paid_in`; one that
/// ends loses it when it is settled.
#[inline(never)]
pub fn change_base(market: &mut Market, position: &mut Position, delta: i64) -> Result<()> {
    if delta == 0 {
        return Ok(());
    }
    let before = position.base;
    let after = before.checked_add(delta).ok_or(Error::AmountTooLarge)?;
    if after.unsigned_abs() > MAX_BASE {
        return Err(Error::AmountTooLarge);
    }
    let size = before.unsigned_abs();
    let side = if before > 0 { &mut market.long_base } else { &mut market.short_base };
    *side = side.checked_sub(size).ok_or(Error::MathOverflow)?;
    let size = after.unsigned_abs();
    let side = if after > 0 { &mut market.long_base } else { &mut market.short_base };
    *side = side.checked_add(size).filter(|sum| *sum <= MAX_BASE).ok_or(Error::AmountTooLarge)?;
    if after != 0 && after.signum() != before.signum() {
        position.paid_in = 0;
    }
    position.base = after;
    Ok(())
}

/// `paid_in` as it stands now.
#[inline]
pub fn paid_in_now(market: &Market, position: &Position, now: Now) -> u64 {
    if position.paid_in == 0 {
        return 0;
    }
    let elapsed = now.unix.saturating_sub(position.paid_in_at).max(0).unsigned_abs();
    left_floor(position.paid_in, decay(elapsed, market.params.profit_half_life_secs))
}

/// What of a claim is not mature yet when so much of it was not at `since` on the market's trusted clock: it halves every
/// `profit_half_life_secs`. Rounded up, but less than an atom is nothing: the last one does not keep an account open for
/// hours.
pub fn unmatured_ceil(market: &Market, amount: u64, since: u64) -> u64 {
    let elapsed = if planted::is(Bug::MaturesAtOnce) { u64::MAX } else { market.trusted_secs.saturating_sub(since) };
    match decay(elapsed, market.params.profit_half_life_secs) {
        0 => 0,
        DECAY_ONE => amount,
        fraction => match left_floor(amount, fraction) {
            0 => 0,
            floor => floor.saturating_add(1).min(amount),
        },
    }
}

/// Brings maturity up to date: what is unmatured halves on the market's trusted clock (kept part rounded up), `paid_in`
/// halves on the wall clock (rounded down).
pub fn mature(market: &Market, position: &mut Position, now: Now) {
    if position.unmatured != 0 {
        let kept = unmatured_ceil(market, position.unmatured, position.matured_at);
        position.mature = position.mature.saturating_add(position.unmatured.saturating_sub(kept));
        position.unmatured = kept;
    }
    position.matured_at = market.trusted_secs;
    position.paid_in = paid_in_now(market, position, now);
    position.paid_in_at = now.unix;
}

/// What a settlement moved, in quote atoms.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Profit that became a claim.
    pub profit: u64,
    /// Loss that cancelled the holder's own claim.
    pub cancelled: u64,
    /// Loss that left capital and entered the pot.
    pub paid: u64,
    /// Loss that stays owed.
    pub owed: u64,
}

/// The unsettled value of a position at mark, its funding included, rounded down.
pub fn unsettled(market: &Market, position: &Position) -> Result<i64> {
    let value = market.mark.value_floor(position.base)?;
    let funding = funding_due(market, position)?;
    let value = value.checked_add(position.quote).and_then(|value| value.checked_sub(funding));
    value.ok_or(Error::MathOverflow)
}

/// Settles a position at mark: a profit becomes a claim, a loss cancels the holder's claim, then takes USDC capital, and
/// what is left stays owed. Errors: `PositionNotFound`, `MarkStale` for an open position.
#[inline(never)]
pub fn settle(market: &mut Market, account: &mut MarginAccount, now: Now) -> Result<Settled> {
    let mut capital = account.usdc();
    let position = account.position_mut(market.index_number)?;
    if position.base != 0 {
        oracle::require_mark(market, now)?;
    }
    fold_funding(market, position)?;
    mature(market, position, now);
    let value = unsettled(market, position)?;
    let mut settled = Settled::default();
    let amount = value.unsigned_abs();
    if value >= 0 {
        let at_once = amount.min(position.paid_in);
        position.paid_in = position.paid_in.saturating_sub(at_once);
        position.mature = position.mature.checked_add(at_once).ok_or(Error::MathOverflow)?;
        let rest = amount.saturating_sub(at_once);
        position.unmatured = position.unmatured.checked_add(rest).ok_or(Error::MathOverflow)?;
        market.claims = market.claims.checked_add(amount).ok_or(Error::MathOverflow)?;
        position.quote = position.quote.checked_sub(value).ok_or(Error::MathOverflow)?;
        settled.profit = amount;
    } else {
        let unmatured = amount.min(position.unmatured);
        position.unmatured = position.unmatured.saturating_sub(unmatured);
        let mature = amount.saturating_sub(unmatured).min(position.mature);
        position.mature = position.mature.saturating_sub(mature);
        settled.cancelled = unmatured.saturating_add(mature);
        market.claims = market.claims.checked_sub(settled.cancelled).ok_or(Error::MathOverflow)?;
        settled.paid = amount.saturating_sub(settled.cancelled).min(capital);
        capital = capital.saturating_sub(settled.paid);
        market.pot = market.pot.checked_add(settled.paid).ok_or(Error::MathOverflow)?;
        position.paid_in = position.paid_in.saturating_add(settled.paid);
        let collected = settled.cancelled.saturating_add(settled.paid);
        position.quote = position.quote.checked_add_unsigned(collected).ok_or(Error::MathOverflow)?;
        settled.owed = amount.saturating_sub(collected);
    }
    let uncovered = market.uncovered.checked_sub(position.debt).and_then(|sum| sum.checked_add(settled.owed));
    market.uncovered = uncovered.ok_or(Error::MathOverflow)?;
    position.debt = settled.owed;
    if position.base == 0 {
        position.paid_in = 0;
    }
    position.settled_at = now.unix;
    *account.usdc_mut() = capital;
    // Whoever owed nothing and owes nothing here owes nothing.
    if settled.owed != 0 || account.debt_since != 0 {
        note_debt(account, now);
    }
    market.operations = market.operations.saturating_add(1);
    sweep(market);
    Ok(settled)
}

/// Remembers since when an account has had a debt, which other collateral may be sold for when it has grown old.
#[inline(always)]
pub(crate) fn note_debt(account: &mut MarginAccount, now: Now) {
    let owes = account.positions.iter().any(|position| position.debt != 0);
    if !owes {
        account.debt_since = 0;
    } else if account.debt_since == 0 {
        account.debt_since = now.unix;
    }
}

/// Losses of this market that nobody has paid: written off or owed, less what claims have given up already.
#[inline]
pub fn shortfall(market: &Market) -> u64 {
    market.written_off.saturating_add(market.uncovered).saturating_sub(market.surplus)
}

/// Whether somebody other than the holder may settle a position now: a loser while the pot is short of claims or the
/// account is flagged, anyone while there is a shortfall; once per position and mark step.
pub fn may_settle_other(market: &Market, account: &MarginAccount, now: Now) -> Result<bool> {
    let position = account.position(market.index_number)?;
    let value = unsettled(market, position)?;
    Ok(is_open_to_others(market, account, value, position.settled_at, now))
}

/// Whether somebody other than the holder may settle what is worth `value` and was settled last at `settled_at`.
pub(crate) fn is_open_to_others(
    market: &Market,
    account: &MarginAccount,
    value: i64,
    settled_at: i64,
    now: Now,
) -> bool {
    let rested = now.unix.saturating_sub(settled_at) >= i64::from(market.params.mark_step_secs);
    let wanted = market.pot < market.claims || account.flagged_at != 0;
    rested && ((value < 0 && wanted) || shortfall(market) > 0)
}

/// What `amount` of claims is worth while losses are not covered: `amount * max(0, 1 - shortfall / claims)`, rounded down.
#[inline]
pub fn claim_value_floor(market: &Market, amount: u64) -> u64 {
    let shortfall = shortfall(market);
    if shortfall == 0 {
        return amount;
    }
    part_floor(amount, market.claims.saturating_sub(shortfall), market.claims)
}

/// `amount * h` with `h = min(1, pot / claims, max(0, 1 - shortfall / claims))`, rounded down.
#[inline]
pub fn payout_floor(market: &Market, amount: u64) -> u64 {
    let by_shortfall = claim_value_floor(market, amount);
    if market.pot >= market.claims {
        return by_shortfall;
    }
    by_shortfall.min(part_floor(amount, market.pot, market.claims))
}

/// The smallest amount of claims that is worth `value`, and at most `most`.
pub(crate) fn claim_worth_ceil(market: &Market, value: u64, most: u64) -> u64 {
    if claim_value_floor(market, most) <= value {
        return most;
    }
    let covered = u128::from(market.claims.saturating_sub(shortfall(market)).max(1));
    let amount = u128::from(value).saturating_mul(u128::from(market.claims)).div_ceil(covered);
    u64::try_from(amount).map_or(most, |amount| amount.min(most))
}

/// `amount * part / whole`, rounded down; 0 of nothing.
#[inline]
#[allow(clippy::arithmetic_side_effects, reason = "two 64-bit numbers multiply within 128 bits")]
pub(crate) fn part_floor(amount: u64, part: u64, whole: u64) -> u64 {
    match div_128_by_64(u128::from(amount) * u128::from(part), whole) {
        Some((quotient, _)) => u64::try_from(quotient).unwrap_or(u64::MAX).min(amount),
        None => 0,
    }
}

/// What a release moved, in quote atoms.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Claim that ended.
    pub claim: u64,
    /// Capital that it became.
    pub paid: u64,
}

/// Turns an account's mature claim into capital at `h`. What is given up reduces written-off losses first, the rest is
/// surplus.
///
/// Whoever releases first gets what he would have got last: `h` is the same after it, up to the atom that each payment is
/// rounded down by, which stays with the others.
///
/// Errors: `NothingToRelease`, `PayoutRatioTooLow` when `h` is below `min_ratio_ppm`.
pub fn release(market: &mut Market, account: &mut MarginAccount, min_ratio_ppm: u32, now: Now) -> Result<Released> {
    let position = account.position_mut(market.index_number)?;
    mature(market, position, now);
    let claim = position.mature;
    if claim == 0 {
        return Err(Error::NothingToRelease);
    }
    absorb(market);
    let paid = payout_floor(market, claim);
    let scaled = |amount: u64, factor: u32| mul_64(amount, u64::from(factor));
    if scaled(paid, MILLION) < scaled(claim, min_ratio_ppm.min(MILLION)) {
        return Err(Error::PayoutRatioTooLow);
    }
    position.mature = 0;
    pay_claim(market, claim, paid)?;
    let usdc = account.usdc_mut();
    *usdc = usdc.checked_add(paid).ok_or(Error::MathOverflow)?;
    sweep(market);
    drop_if_done(market, account);
    Ok(Released { claim, paid })
}

/// Ends a claim of which the pot pays a part; the rest is given up.
pub(crate) fn pay_claim(market: &mut Market, claim: u64, paid: u64) -> Result<()> {
    market.claims = market.claims.checked_sub(claim).ok_or(Error::MathOverflow)?;
    market.pot = market.pot.checked_sub(paid).ok_or(Error::MathOverflow)?;
    let given_up = claim.saturating_sub(paid);
    let relief = given_up.min(market.written_off);
    market.written_off = market.written_off.saturating_sub(relief);
    let surplus = market.surplus.checked_add(given_up.saturating_sub(relief));
    market.surplus = surplus.ok_or(Error::MathOverflow)?;
    Ok(())
}

/// Lets insurance, surplus and the protocol's own claims bear what is written off, before holders' claims do: insurance
/// pays into the pot, the others are given up on both sides of the market's equality. A loss that nobody's claim is left
/// to bear would close the market for ever otherwise. In front of each payment too: fees and fines may have come in since,
/// and who is paid first is not to be paid less.
#[inline]
pub(crate) fn absorb(market: &mut Market) {
    if market.written_off != 0 {
        bear_written_off(market);
    }
}

fn bear_written_off(market: &mut Market) {
    let mut bear = |claim: &mut u64| {
        let part = market.written_off.min(*claim);
        *claim = claim.saturating_sub(part);
        market.written_off = market.written_off.saturating_sub(part);
    };
    bear(&mut market.surplus);
    bear(&mut market.insurance_claim);
    bear(&mut market.treasury_claim);
    let cash = market.written_off.min(market.insurance);
    market.insurance = market.insurance.saturating_sub(cash);
    market.written_off = market.written_off.saturating_sub(cash);
    market.pot = market.pot.saturating_add(cash);
}

/// Pays insurance, treasury and surplus out of what the pot holds beyond holders' claims, while nothing is short.
pub(crate) fn sweep(market: &mut Market) {
    absorb(market);
    if shortfall(market) != 0 {
        return;
    }
    let mut free = market.pot.saturating_sub(market.claims);
    let mut pay = |claim: &mut u64, balance: &mut u64| {
        let paid = free.min(*claim);
        free = free.saturating_sub(paid);
        *claim = claim.saturating_sub(paid);
        *balance = balance.saturating_add(paid);
        market.pot = market.pot.saturating_sub(paid);
    };
    pay(&mut market.insurance_claim, &mut market.insurance);
    pay(&mut market.treasury_claim, &mut market.treasury);
    // Surplus that stands for written-off or owed losses already has done its work.
    if market.written_off == 0 && market.uncovered == 0 {
        pay(&mut market.surplus, &mut market.insurance);
    }
}
