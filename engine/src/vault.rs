//! Deposits, withdrawals and transfers: capital against a bank's booked tokens.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::params::MILLION;
use crate::state::{Bank, MarginAccount, Ranges, USDC};
use crate::view::View;
use crate::{collateral, margin, orders, outflow, pool, tickets};

/// Books tokens that arrived in the bank's vault. The bank's cap refuses them; USDC that goes to a flagged account, which it
/// may cure, it does not. The cap of other collateral bounds what its fall may cost everybody: a flag is no way past it.
///
/// Errors: `NotLaunched`, `ClosedToDeposits` for the pool's account, `ZeroAmount`, `DepositCap`, `MathOverflow`.
pub fn deposit(account: &mut MarginAccount, bank: &mut Bank, amount: u64, now: Now) -> Result<()> {
    if bank.open == 0 {
        return Err(Error::NotLaunched);
    }
    if account.closed_to_deposits != 0 {
        return Err(Error::ClosedToDeposits);
    }
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    outflow::touch(bank, now);
    let capital = capital_mut(account, bank)?;
    *capital = capital.checked_add(amount).ok_or(Error::MathOverflow)?;
    bank.booked = bank.booked.checked_add(amount).ok_or(Error::MathOverflow)?;
    outflow::refill(bank, amount);
    let cap = u64::from(bank.cap_usd).saturating_mul(u64::from(MILLION));
    let may_cure = account.flagged_at != 0 && usize::from(bank.index) == USDC;
    if cap != 0 && collateral::held_floor(bank) > cap && !may_cure { Err(Error::DepositCap) } else { Ok(()) }
}

/// Takes capital out of an account; the caller moves the tokens. The account stays backed by initial margin and by a
/// tenth of its notional, and the bank within its outflow limit.
///
/// Errors: `ZeroAmount`, `AccountFlagged`, `InsufficientCapital`, `InsufficientMargin`, those of [`margin::initial`],
/// `WithdrawalsPaused`, `OutflowLimitReached`.
pub fn withdraw(
    account: &mut MarginAccount,
    bank: &mut Bank,
    ranges: Option<&Ranges>,
    view: &View,
    amount: u64,
    now: Now,
) -> Result<()> {
    let capital = free_capital(account, bank, amount)?;
    *capital = capital.checked_sub(amount).ok_or(Error::InsufficientCapital)?;
    // What is the account's own comes first: who may not withdraw at all need not queue.
    margin::initial(account, ranges, &view.with_bank(bank), &[], now)?.require_withdrawal()?;
    outflow::take(bank, amount, now)?;
    bank.booked = bank.booked.checked_sub(amount).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// Moves capital between two accounts of one owner, checked as a withdrawal from the first. No token leaves, so neither
/// the outflow limit nor a pause refuses it. `ranges` and `view` are of the first.
///
/// Errors: `NotSameOwner`, and those of [`withdraw`] but for the limit's.
pub fn transfer(
    from: &mut MarginAccount,
    to: &mut MarginAccount,
    bank: &Bank,
    (ranges, view): (Option<&Ranges>, &View),
    amount: u64,
    now: Now,
) -> Result<()> {
    if from.owner != to.owner {
        return Err(Error::NotSameOwner);
    }
    let capital = free_capital(from, bank, amount)?;
    *capital = capital.checked_sub(amount).ok_or(Error::InsufficientCapital)?;
    let capital = capital_mut(to, bank)?;
    *capital = capital.checked_add(amount).ok_or(Error::MathOverflow)?;
    margin::initial(from, ranges, &view.with_bank(bank), &[], now)?.require_withdrawal()
}

/// Refuses to close an account in which something is left: `TicketsOpen`, `RequestsOpen`, `OrdersOpen`, `AccountNotEmpty`.
pub fn require_closable(account: &MarginAccount) -> Result<()> {
    tickets::require_none(account)?;
    pool::require_no_requests(account)?;
    orders::require_none(account)?;
    if account.is_done() { Ok(()) } else { Err(Error::AccountNotEmpty) }
}

/// The capital that an amount is to leave. Errors: `ZeroAmount`, `AccountFlagged`, `WrongBank`.
fn free_capital<'a>(account: &'a mut MarginAccount, bank: &Bank, amount: u64) -> Result<&'a mut u64> {
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    capital_mut(account, bank)
}

/// An account's capital in a bank. Errors with `WrongBank` for a number that there is not.
pub(crate) fn capital_mut<'a>(account: &'a mut MarginAccount, bank: &Bank) -> Result<&'a mut u64> {
    account.capital.get_mut(usize::from(bank.index)).ok_or(Error::WrongBank)
}
