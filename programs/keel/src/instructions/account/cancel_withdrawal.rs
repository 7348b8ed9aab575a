//! Takes a waiting withdrawal back: its owner at any time, anybody while the account is flagged or owes.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::tickets;

use crate::errors::KeelError;
use crate::events::{self, WithdrawalCancelled};
use crate::state::{BankAccount, TicketAccount, TraderAccount};
use crate::{access, cure, loader};

/// The accounts. Remaining: what the health of a flagged account needs, to clear the flag; may be left out.
#[derive(Accounts)]
pub struct CancelWithdrawal {
    /// The owner, or anybody while the account is flagged or owes.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The ticket.
    #[account(mut)]
    pub ticket: Account<TicketAccount>,
    /// Who paid for the ticket. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn cancel_withdrawal(context: &mut Context<CancelWithdrawal>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let CancelWithdrawal { authority, account, bank, ticket, payer } = &mut context.accounts;
    if !access::is_owner(&account.state, authority.address()) && !tickets::may_cancel_other(&account.state) {
        return Err(KeelError::Unauthorized.into());
    }
    let address = *account.address();
    access::require_ticket(&ticket.state, &bank.state, payer.address())?;
    access::require_ticket_of(&ticket.state, &address)?;
    let (account, bank) = (&mut account.state, &mut bank.state);

    let cancelled = tickets::cancel(&mut ticket.state, account, bank).map_err(KeelError::from)?;

    cure::offer(account, &address, Some(bank), &mut views)?;
    events::log(WithdrawalCancelled::of(&ticket.state, account, bank, &cancelled));
    if cancelled.is_ended {
        ticket.close(**payer)?;
    }
    Ok(())
}
