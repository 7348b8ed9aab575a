//! Puts a withdrawal into the bank's queue, where it waits for the outflow limit.

use anchor_lang::prelude::*;
use keel_engine::tickets::{self, Request};
use keel_engine::view::View;

use crate::errors::KeelError;
use crate::events::{self, WithdrawalQueued};
use crate::loader::{self, Expected, Loaded};
use crate::state::{BankAccount, TICKET_SEED, TicketAccount, TraderAccount};
use crate::{access, clock, token};

/// The accounts. Remaining: what the account's health needs.
#[derive(Accounts)]
pub struct QueueWithdrawal {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The ticket, whose number is the queue's next.
    #[account(
        init,
        payer = payer,
        seeds = [TICKET_SEED, bank.state.index.to_le_bytes(), bank.state.queue_tail.to_le_bytes()],
        bump
    )]
    pub ticket: Account<TicketAccount>,
    /// The owner's token account that is to get the tokens.
    pub destination: UncheckedAccount,
    /// Pays for the ticket; may be the owner.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn queue_withdrawal(context: &mut Context<QueueWithdrawal>, amount: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let bump = context.bumps.ticket;
    let QueueWithdrawal { owner, account, bank, ticket, destination, payer, .. } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    token::require_account_of(&bank.state, destination, &account.state.owner)?;
    let now = clock::now()?;
    let address = *account.address();
    let (account, bank, ticket) = (&mut account.state, &mut bank.state, &mut ticket.state);
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;

    let view = View::of(loaded.seen.others());
    let request = Request {
        account: address.to_bytes(),
        destination: destination.address().to_bytes(),
        payer: payer.address().to_bytes(),
        amount,
        bump,
    };
    tickets::queue(ticket, &request, account, bank, (loaded.ranges, &view), now).map_err(KeelError::from)?;

    events::log(WithdrawalQueued::of(ticket, account, bank));
    Ok(())
}
