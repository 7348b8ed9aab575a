//! Deposits and withdrawals: capital against a bank's booked tokens.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::state::{Bank, MarginAccount, Ranges};
use crate::view::View;
use crate::{governance, margin};

/// Books tokens that arrived in the bank's vault. Errors: `NotLaunched`, `ZeroAmount`, `MathOverflow`.
pub fn deposit(account: &mut MarginAccount, bank: &mut Bank, amount: u64) -> Result<()> {
    if bank.open == 0 {
        return Err(Error::NotLaunched);
    }
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    let capital = capital_mut(account, bank)?;
    *capital = capital.checked_add(amount).ok_or(Error::MathOverflow)?;
    bank.booked = bank.booked.checked_add(amount).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// Takes capital out of an account; the caller moves the tokens. The account stays backed by initial margin and by a
/// tenth of its notional.
///
/// Errors: `WithdrawalsPaused`, `ZeroAmount`, `AccountFlagged`, `InsufficientCapital`, `InsufficientMargin`, those of [`margin::initial`].
pub fn withdraw(
    account: &mut MarginAccount,
    bank: &mut Bank,
    ranges: Option<&Ranges>,
    view: &View,
    amount: u64,
    now: Now,
) -> Result<()> {
    governance::require_withdrawals_open(bank, now)?;
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    let capital = capital_mut(account, bank)?;
    *capital = capital.checked_sub(amount).ok_or(Error::InsufficientCapital)?;
    bank.booked = bank.booked.checked_sub(amount).ok_or(Error::MathOverflow)?;
    margin::initial(account, ranges, view, &[], now)?.require_withdrawal()
}

fn capital_mut<'a>(account: &'a mut MarginAccount, bank: &Bank) -> Result<&'a mut u64> {
    account.capital.get_mut(usize::from(bank.index)).ok_or(Error::WrongBank)
}
