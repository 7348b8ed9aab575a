//! Insurance: what the exchange pays for a market's losses, and how money gets there (protocol.md sections 7 and 8.6).

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::params::MILLION;
use crate::state::{Bank, Exchange, Market, USDC};
use crate::{outflow, pot};

/// Seconds over which the exchange's payments for one market are capped: from the first of them on.
pub const DAY_SECS: i64 = 86_400;

/// What the exchange's insurance still pays for a market today, in quote atoms.
pub fn room(exchange: &Exchange, market: &Market, now: Now) -> u64 {
    let cap = u64::from(exchange.insurance_day_cap_usd).saturating_mul(u64::from(MILLION));
    cap.saturating_sub(paid_today(market, now)).min(exchange.insurance)
}

/// What it has paid in the day that runs now.
fn paid_today(market: &Market, now: Now) -> u64 {
    let is_over = now.unix.saturating_sub(market.insurance_day) >= DAY_SECS;
    if is_over { 0 } else { market.insurance_day_paid }
}

/// Moves `amount`, which is within [`room`], from the exchange's insurance into a market's pot.
pub(crate) fn pay(exchange: &mut Exchange, market: &mut Market, amount: u64, now: Now) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let paid = paid_today(market, now);
    if paid == 0 {
        market.insurance_day = now.unix;
    }
    market.insurance_day_paid = paid.checked_add(amount).ok_or(Error::MathOverflow)?;
    exchange.insurance = exchange.insurance.checked_sub(amount).ok_or(Error::MathOverflow)?;
    market.pot = market.pot.checked_add(amount).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// Books tokens that arrived in the vault as a market's insurance; what is written off there is covered at once.
///
/// Errors: `ZeroAmount`, `WrongBank` for another bank than that of quote atoms, `MathOverflow`.
pub fn fund_market(market: &mut Market, bank: &mut Bank, amount: u64, now: Now) -> Result<()> {
    book(bank, amount, now)?;
    market.insurance = market.insurance.checked_add(amount).ok_or(Error::MathOverflow)?;
    pot::sweep(market);
    Ok(())
}

/// Books tokens that arrived in the vault as the exchange's insurance. Errors: as [`fund_market`].
pub fn fund(exchange: &mut Exchange, bank: &mut Bank, amount: u64, now: Now) -> Result<()> {
    book(bank, amount, now)?;
    exchange.insurance = exchange.insurance.checked_add(amount).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// Books what the vault holds beyond what belongs to somebody (it was sent there past the program) as the exchange's
/// insurance; returns how much. `tokens` is the vault's balance.
///
/// Errors: `ZeroAmount` when there is nothing, else as [`fund_market`].
pub fn sweep_unbooked(exchange: &mut Exchange, bank: &mut Bank, tokens: u64, now: Now) -> Result<u64> {
    let unbooked = tokens.saturating_sub(bank.booked);
    fund(exchange, bank, unbooked, now)?;
    Ok(unbooked)
}

/// Insurance is nobody's to withdraw: it raises the capacity from now on, and is no room by itself.
fn book(bank: &mut Bank, amount: u64, now: Now) -> Result<()> {
    if usize::from(bank.index) != USDC {
        return Err(Error::WrongBank);
    }
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    outflow::touch(bank, now);
    bank.booked = bank.booked.checked_add(amount).ok_or(Error::MathOverflow)?;
    Ok(())
}
