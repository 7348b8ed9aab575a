//! Launches the exchange: deposits open, and from here on nothing is listed or loosened without delay. For ever.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::access::INSTRUCTIONS;
use crate::errors::KeelError;
use crate::events::{self, BankChanged, ExchangeLaunched};
use crate::state::ExchangeAccount;
use crate::{access, clock, loader};

/// The accounts. Remaining: all banks in the order of their numbers, writable.
#[derive(Accounts)]
pub struct Launch {
    /// The exchange's admin.
    pub admin: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
}

/// Handles the instruction.
pub fn launch(context: &mut Context<Launch>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Launch { admin, exchange, instructions } = &mut context.accounts;
    let exchange = &mut exchange.state;
    access::require_admin(exchange, admin.address(), instructions)?;
    let mut banks = loader::load_banks_mut(&mut views)?;

    governance::launch(exchange, &mut banks, clock::now()?).map_err(KeelError::from)?;

    events::log(ExchangeLaunched {
        sequence: events::next(&mut exchange.sequence),
        launched_at: exchange.launched_at,
        guardian: Address::new_from_array(exchange.guardian),
        treasury: Address::new_from_array(exchange.treasury),
    });
    for bank in banks {
        events::log(BankChanged::of(bank, 0));
    }
    Ok(())
}
