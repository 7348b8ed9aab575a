//! Who may do what. Every authority is a signer, and may be a program's address.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::Now;
use keel_engine::state::{Exchange, MarginAccount};

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

#[inline(always)]
fn is(signer: &Address, stored: &[u8; 32]) -> bool {
    address_eq(signer, bytemuck::cast_ref(stored))
}
