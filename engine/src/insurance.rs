//! Insurance: what the exchange and the pool pay for a market's losses, and how money gets there (protocol.md sections 7
//! and 8.6).

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::params::MILLION;
use crate::state::{Bank, Exchange, Market, USDC};
use crate::{outflow, pot};

/// Seconds over which a purse's payments for one market are capped: from the first of them on.
pub const DAY_SECS: i64 = 86_400;

/// Who pays for a market's losses when the market itself cannot, up to a cap for the market and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purse {
    /// The exchange's insurance.
    Exchange,
    /// What the pool has set aside.
    Pool,
}

/// What a purse still pays for a market today, in quote atoms.
pub fn room(purse: Purse, exchange: &Exchange, market: &Market, now: Now) -> u64 {
    let (money, cap_usd) = match purse {
        Purse::Exchange => (exchange.insurance, exchange.insurance_day_cap_usd),
        Purse::Pool => (exchange.pool_reserve, exchange.pool_day_cap_usd),
    };
    let cap = u64::from(cap_usd).saturating_mul(u64::from(MILLION));
    cap.saturating_sub(paid_today(purse, market, now)).min(money)
}

/// Whether a day that began then is over.
pub(crate) const fn is_over(day: i64, now: Now) -> bool {
    now.unix.saturating_sub(day) >= DAY_SECS
}

/// What a purse has paid for a market in the day that runs now.
fn paid_today(purse: Purse, market: &Market, now: Now) -> u64 {
    let (day, paid) = match purse {
        Purse::Exchange => (market.insurance_day, market.insurance_day_paid),
        Purse::Pool => (market.pool_day, market.pool_day_paid),
    };
    if is_over(day, now) { 0 } else { paid }
}

/// Moves `amount`, which is within [`room`], from a purse into a market's pot.
pub(crate) fn pay(purse: Purse, exchange: &mut Exchange, market: &mut Market, amount: u64, now: Now) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let before = paid_today(purse, market, now);
    let (money, day, paid) = match purse {
        Purse::Exchange => (&mut exchange.insurance, &mut market.insurance_day, &mut market.insurance_day_paid),
        Purse::Pool => (&mut exchange.pool_reserve, &mut market.pool_day, &mut market.pool_day_paid),
    };
    if before == 0 {
        *day = now.unix;
    }
    *paid = before.checked_add(amount).ok_or(Error::MathOverflow)?;
    *money = money.checked_sub(amount).ok_or(Error::MathOverflow)?;
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
