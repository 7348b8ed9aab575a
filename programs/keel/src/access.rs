//! Who may do what. Every authority is a signer, and may be a program's address.

use anchor_lang::pinocchio::sysvars::instructions::{INSTRUCTIONS_ID, Instructions};
use anchor_lang::{AccountView, Id, address_eq, prelude::*};
use keel_engine::delegate::{self, By};
use keel_engine::state::{Bank, BuilderApproval, Change, Exchange, MarginAccount, PlacedOrder, Pool, Ticket};
use keel_engine::{Now, governance};

use crate::errors::KeelError;

/// Where the runtime tells a transaction's instructions.
pub const INSTRUCTIONS: Address = INSTRUCTIONS_ID;
/// The system program's instruction that advances a durable nonce.
const ADVANCE_NONCE: [u8; 4] = 4u32.to_le_bytes();

/// Refuses a signer that is not the exchange's admin (`NotAdmin`), and a transaction that was signed to be sent at some
/// later time (`DurableNonce`).
pub fn require_admin(exchange: &Exchange, signer: &Address, instructions: &AccountView) -> Result<()> {
    governance::require_admin(exchange, &signer.to_bytes()).map_err(KeelError::from)?;
    refuse_durable_nonce(instructions)
}

/// Refuses a signer that is neither the exchange's guardian nor its admin: `NotGuardian`. What the guardian signed may lie
/// ready for an emergency, because it can only tighten; what the admin signs may not: `DurableNonce`.
pub fn require_guardian(exchange: &Exchange, signer: &Address, instructions: &AccountView) -> Result<()> {
    governance::require_guardian(exchange, &signer.to_bytes()).map_err(KeelError::from)?;
    if is(signer, &exchange.guardian) { Ok(()) } else { refuse_durable_nonce(instructions) }
}

/// Refuses a transaction whose first instruction advances a durable nonce: `DurableNonce`. It has no blockhash that grows
/// old, so it could be signed today, unseen, and sent in a year. The runtime knows such a transaction by this instruction
/// in this place.
pub fn refuse_durable_nonce(instructions: &AccountView) -> Result<()> {
    let instructions = Instructions::try_from(instructions)?;
    let first = instructions.load_instruction_at(0)?;
    let advances =
        address_eq(first.get_program_id(), &System::id()) && first.get_instruction_data().starts_with(&ADVANCE_NONCE);
    if advances { Err(KeelError::DurableNonce.into()) } else { Ok(()) }
}

/// Refuses another account than the one that paid for a change, which gets its rent back: `AccountForeign`.
pub fn require_payer(change: &Change, payer: &Address) -> Result<()> {
    require_stored(payer, &change.payer)
}

/// Refuses another margin account than the pool's: `AccountForeign`.
pub fn require_pool_account(pool: &Pool, account: &Address) -> Result<()> {
    require_stored(account, &pool.account)
}

/// Refuses a signer that does not own the margin account: `Unauthorized`.
#[inline(always)]
pub fn require_owner(account: &MarginAccount, signer: &Address) -> Result<()> {
    if is_owner(account, signer) { Ok(()) } else { Err(KeelError::Unauthorized.into()) }
}

/// Refuses a signer that neither owns the margin account nor is its delegate (`Unauthorized`), and a delegate without this
/// permission in this market now (`DelegateNotAllowed`). Tells for whom it signed.
#[inline(always)]
pub fn require_permission(
    account: &MarginAccount,
    signer: &Address,
    permission: u32,
    market: u16,
    now: Now,
) -> Result<By> {
    if is_owner(account, signer) { Ok(By::Owner) } else { delegated(account, signer, permission, market, now) }
}

/// Who signs for himself does not pay for the question.
#[cold]
#[inline(never)]
fn delegated(account: &MarginAccount, signer: &Address, permission: u32, market: u16, now: Now) -> Result<By> {
    Ok(delegate::allows(account, &signer.to_bytes(), permission, market, now).map_err(KeelError::from)?)
}

/// Whether the signer owns the margin account or is its delegate with this permission in this market now.
#[inline(always)]
pub fn may(account: &MarginAccount, signer: &Address, permission: u32, market: u16, now: Now) -> bool {
    require_permission(account, signer, permission, market, now).is_ok()
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
    require_stored(payer, &ticket.payer)
}

/// Refuses a margin account that is not the ticket's: `AccountForeign`.
pub fn require_ticket_of(ticket: &Ticket, account: &Address) -> Result<()> {
    require_stored(account, &ticket.account)
}

/// Refuses an order of another margin account, and who did not pay for it: `AccountForeign`.
#[inline(always)]
pub fn require_order(order: &PlacedOrder, account: &Address, payer: &Address) -> Result<()> {
    require_stored(account, &order.account)?;
    require_stored(payer, &order.payer)
}

/// Refuses an approval that another margin account's owner gave: `AccountForeign`.
pub fn require_approval_of(approval: &BuilderApproval, account: &Address) -> Result<()> {
    require_stored(account, &approval.account)
}

/// Refuses another address than a stored one: `AccountForeign`.
#[inline(always)]
pub fn require_stored(address: &Address, stored: &[u8; 32]) -> Result<()> {
    if is(address, stored) { Ok(()) } else { Err(KeelError::AccountForeign.into()) }
}

#[inline(always)]
fn is(signer: &Address, stored: &[u8; 32]) -> bool {
    address_eq(signer, bytemuck::cast_ref(stored))
}
