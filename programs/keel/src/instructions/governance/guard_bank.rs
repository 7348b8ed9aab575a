//! Reduces what may leave or enter a bank, at once: a pause of withdrawals, a lower cap, a lower outflow limit.

use anchor_lang::prelude::*;
use keel_engine::governance::{self, BankGuard};

use crate::access::INSTRUCTIONS;
use crate::errors::KeelError;
use crate::events::{self, BankChanged};
use crate::state::{BankAccount, ExchangeAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct GuardBank {
    /// The exchange's guardian or admin.
    pub authority: Signer,
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
}

/// Handles the instruction.
pub fn guard_bank(context: &mut Context<GuardBank>, action: u8, value: u32) -> Result<()> {
    let GuardBank { authority, exchange, bank, instructions } = &mut context.accounts;
    let (exchange, bank) = (&exchange.state, &mut bank.state);
    access::require_guardian(exchange, authority.address(), instructions)?;
    let guard = BankGuard::of(action, value).map_err(KeelError::from)?;
    governance::guard_bank(exchange, bank, guard, clock::now()?).map_err(KeelError::from)?;
    events::log(BankChanged::of(bank, 0));
    Ok(())
}
