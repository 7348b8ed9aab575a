//! Who may do what. Every authority is a signer, and may be a program's address.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::Now;
use keel_engine::state::{Bank, Exchange, MarginAccount, Ticket};

use crate::errors::KeelError;

/// The delegate may trade.
pub const MAY_TRADE: u32 = 1;

/// Refuses a signer that is not the exchange's admin: `NotAdmin`.
pub fn require_admin(exchange: &Exchange, signer: &Address) -> Result<()> {
    if is(signer, &exchange.admin) { Ok(()) } else { Err(KeelError::NotAdmin.into()) }
}

/// Refuses a signer that does not own the margin account: `Unauthorized`.
#[inline(always)]
pub fn require_owner(account: &MarginAccount, signer: &Address) -> Result<()> {
    if is_owner(account, signer) { Ok(()) } else { Err(KeelError::Unauthorized.into()) }
}

/// Refuses a signer that may not trade for the margin account: `Unauthorized`.
#[inline(always)]
pub fn require_trader(account: &MarginAccount, signer: &Address, now: Now) -> Result<()> {
    let delegated = || {
        account.delegate != [0; 32]
            && is(signer, &account.delegate)
            && account.delegate_permissions & MAY_TRADE != 0
            && now.unix < account.delegate_expiry
    };
    if is_owner(account, signer) || delegated() { Ok(()) } else { Err(KeelError::Unauthorized.into()) }
}

/// Whether the signer owns the margin account.
#[inline(always)]
pub fn is_owner(account: &MarginAccount, signer: &Address) -> bool {
    is(signer, &account.owner)
}

/// Refuses a ticket of another bank (`WrongBank`), and who did not pay for it (`AccountForeign`).
pub fn require_ticket(ticket: &Ticket, bank: &Bank, payer: &Address) -> Result<()> {
    if ticket.bank != bank.index {
        return Err(KeelError::WrongBank.into());
    }
    if is(payer, &ticket.payer) { Ok(()) } else { Err(KeelError::AccountForeign.into()) }
}

/// Refuses a margin account that is not the ticket's: `AccountForeign`.
pub fn require_ticket_of(ticket: &Ticket, account: &Address) -> Result<()> {
    if is(account, &ticket.account) { Ok(()) } else { Err(KeelError::AccountForeign.into()) }
}

#[inline(always)]
fn is(signer: &Address, stored: &[u8; 32]) -> bool {
    address_eq(signer, bytemuck::cast_ref(stored))
}
