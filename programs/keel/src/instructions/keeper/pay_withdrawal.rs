//! Pays the first withdrawal in a bank's queue as far as the outflow limit allows; anybody may. Where it may not or cannot
//! be paid, its tokens return to the account: the queue goes on.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::tickets::{self, Payout};
use keel_engine::view::View;

use crate::errors::KeelError;
use crate::events::{self, WithdrawalPaid};
use crate::loader::{self, Expected, Loaded};
use crate::state::{BankAccount, TicketAccount, TraderAccount};
use crate::{access, clock, token};

/// The accounts. Remaining: what the account's health needs.
#[derive(Accounts)]
pub struct PayWithdrawal {
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The bank's token account. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub vault: UncheckedAccount,
    /// The first ticket in the queue.
    #[account(mut)]
    pub ticket: Account<TicketAccount>,
    /// The margin account; left out where a ticket is skipped that was cancelled.
    #[account(mut)]
    pub account: Option<Account<TraderAccount>>,
    /// Token account that gets the tokens.
    #[account(mut, unsafe(dup))]
    pub destination: UncheckedAccount,
    /// Who paid for the ticket.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn pay_withdrawal(context: &mut Context<PayWithdrawal>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let PayWithdrawal { bank, vault, ticket, account, destination, payer, .. } = &mut context.accounts;
    access::require_ticket(&ticket.state, &bank.state, payer.address())?;
    token::require_vault(&bank.state, vault)?;
    let (address, to) = (Address::from(ticket.state.account), *destination.address());
    if to.to_bytes() != ticket.state.destination {
        return Err(KeelError::WrongTokenAccount.into());
    }

    let payout = match account {
        Some(account) => {
            access::require_ticket_of(&ticket.state, account.address())?;
            let account = &mut account.state;
            let is_payable = token::require_account_of(&bank.state, destination, &account.owner).is_ok();
            let mut loaded = Loaded::default();
            loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;
            let view = View::of(loaded.seen.others());
            let (ticket, bank) = (&mut ticket.state, &mut bank.state);
            tickets::pay(ticket, account, bank, (loaded.ranges, &view), is_payable, clock::now()?)
        }
        None => tickets::skip(&ticket.state, &mut bank.state),
    };
    let payout: Payout = payout.map_err(KeelError::from)?;
    if payout.paid != 0 {
        token::send(vault, destination, bank.view(), &bank.state, payout.paid)?;
    }

    let account = account.as_ref().map(|account| &account.state);
    events::log(WithdrawalPaid::of(&ticket.state, account, &mut bank.state, &payout));
    if payout.is_ended() {
        ticket.close(**payer)?;
    }
    Ok(())
}
