//! Governance: who may change what, and how fast (protocol.md section 11).
//!
//! Until the launch nobody can deposit, and the admin sets everything up without delay. From the launch on whatever may
//! add risk is queued as a [`Change`](crate::state::Change), waits for the exchange's timelock in everybody's sight, and is
//! then executed by anyone. Content is checked against the compiled-in bounds and the solvency envelope when it is queued
//! and again when it is executed. The guardian only tightens, at once; its pauses end by themselves.
//!
//! Guarantees: nothing here touches a margin account, a position or a claim. The only tokens that governance can direct
//! are what markets have already paid to the treasury ([`withdraw_treasury`]).

mod change;
mod execute;
mod guard;
mod queue;

pub use change::{BankTerms, Kind, MarketTerms, check};
pub use execute::{
    change_bank, change_exchange, change_market, change_pool, due_bank, due_market, new_bank, next_market,
};
pub use guard::{
    BankGuard, MarketGuard, PoolGuard, guard_bank, guard_market, guard_pool, new_risk_refusal, require_withdrawals_open,
};
pub use queue::{EXECUTION_WINDOW_SECS, Proposal, queue, require_due};

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::outflow;
use crate::state::{Bank, Exchange, Market, USDC};

/// Whether users' money may be in the exchange already.
pub const fn is_launched(exchange: &Exchange) -> bool {
    exchange.launched_at != 0
}

/// Refuses a direct listing once the exchange is launched: `AlreadyLaunched`.
pub const fn require_not_launched(exchange: &Exchange) -> Result<()> {
    if is_launched(exchange) { Err(Error::AlreadyLaunched) } else { Ok(()) }
}

/// Refuses a key that is not the admin's: `NotAdmin`.
pub fn require_admin(exchange: &Exchange, key: &[u8; 32]) -> Result<()> {
    if *key == exchange.admin { Ok(()) } else { Err(Error::NotAdmin) }
}

/// Refuses a key that is neither the guardian's nor the admin's: `NotGuardian`. No guardian is nobody's key.
pub fn require_guardian(exchange: &Exchange, key: &[u8; 32]) -> Result<()> {
    let is_guardian = exchange.guardian != [0; 32] && *key == exchange.guardian;
    if is_guardian || *key == exchange.admin { Ok(()) } else { Err(Error::NotGuardian) }
}

/// Opens the exchange for deposits, for ever. `banks` are all that there are, in their order.
///
/// Errors: `AlreadyLaunched`, `WrongBank`.
pub fn launch(exchange: &mut Exchange, banks: &mut [&mut Bank], now: Now) -> Result<()> {
    require_not_launched(exchange)?;
    if banks.len() != usize::from(exchange.banks) {
        return Err(Error::WrongBank);
    }
    for (index, bank) in banks.iter_mut().enumerate() {
        if usize::from(bank.index) != index {
            return Err(Error::WrongBank);
        }
        bank.open = 1;
    }
    exchange.launched_at = now.unix.max(1);
    Ok(())
}

/// The second step of handing the exchange over: the pending admin becomes the admin. Errors with `NotAdmin` for any other
/// key, and while nobody is pending.
pub fn accept_admin(exchange: &mut Exchange, key: &[u8; 32]) -> Result<()> {
    if exchange.pending_admin == [0; 32] || *key != exchange.pending_admin {
        return Err(Error::NotAdmin);
    }
    exchange.admin = exchange.pending_admin;
    exchange.pending_admin = [0; 32];
    Ok(())
}

/// Books out quote atoms that a market has paid to the treasury; the caller moves the tokens. Claims of the treasury that
/// nobody has paid yet stay where they are, behind the holders'.
///
/// Errors: `TreasuryUnset`, `ZeroAmount`, `WrongBank`, `WithdrawalsPaused`, `InsufficientCapital` beyond what the market
/// has paid, `OutflowLimitReached`: the limit is everybody's.
pub fn withdraw_treasury(
    exchange: &Exchange,
    market: &mut Market,
    bank: &mut Bank,
    amount: u64,
    now: Now,
) -> Result<()> {
    if exchange.treasury == [0; 32] {
        return Err(Error::TreasuryUnset);
    }
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    if usize::from(bank.index) != USDC {
        return Err(Error::WrongBank);
    }
    require_withdrawals_open(bank, now)?;
    market.treasury = market.treasury.checked_sub(amount).ok_or(Error::InsufficientCapital)?;
    outflow::take(bank, amount, now)?;
    bank.booked = bank.booked.checked_sub(amount).ok_or(Error::MathOverflow)?;
    Ok(())
}
