//! Cancels an order, at any time; rent and what is left of the tip go back to who paid.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::orders::{self, Ended};

use crate::errors::KeelError;
use crate::events::{self, OrderClosed};
use crate::state::{OrderAccount, TraderAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct CancelOrder {
    /// The owner, or the delegate who placed the order.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The order.
    #[account(mut)]
    pub order: Account<OrderAccount>,
    /// Who paid for the order. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn cancel_order(context: &mut Context<CancelOrder>) -> Result<()> {
    let CancelOrder { authority, account, order, payer } = &mut context.accounts;
    let (address, place) = (*account.address(), *order.address());
    access::require_order(&order.state, &address, payer.address())?;
    let account = &mut account.state;
    orders::cancel(&order.state, account, &authority.address().to_bytes(), clock::now()?).map_err(KeelError::from)?;

    events::log(OrderClosed::of(&order.state, &place, account, Ended::Cancelled, 0));
    order.close(**payer)
}
