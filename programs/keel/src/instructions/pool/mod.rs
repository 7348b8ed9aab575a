//! The pool: making it, coming in, leaving.

mod cancel_deposit;
mod cancel_redeem;
mod create_pool;
mod execute_deposit;
mod execute_redeem;
mod request_deposit;
mod request_redeem;

pub use {
    cancel_deposit::*, cancel_redeem::*, create_pool::*, execute_deposit::*, execute_redeem::*, request_deposit::*,
    request_redeem::*,
};

use anchor_lang::{AccountView, Lamports, address_eq, prelude::*};
use anchor_lang::{CpiContext, system_program};
use keel_engine::state::{Pool, PoolRequest};

use crate::access::require_pool_account;
use crate::errors::KeelError;
use crate::state::RequestAccount;

/// Refuses a request of another margin account, and who did not pay for it: `AccountForeign`.
fn require_request_of(request: &PoolRequest, account: &Address, payer: &Address) -> Result<()> {
    require_stored(account, &request.account)?;
    require_stored(payer, &request.payer)
}

/// Refuses another address than a stored one: `AccountForeign`.
fn require_stored(address: &Address, stored: &[u8; 32]) -> Result<()> {
    let is_same = address_eq(address, bytemuck::cast_ref(stored));
    if is_same { Ok(()) } else { Err(KeelError::AccountForeign.into()) }
}

/// Puts a tip into a request's account, beside its rent.
fn give_tip(
    from: &mut Signer,
    request: &mut Account<RequestAccount>,
    system_program: &Program<System>,
    tip: u64,
) -> Result<()> {
    if tip == 0 {
        return Ok(());
    }
    let accounts = system_program::Transfer { from: from.cpi_handle_mut(), to: request.cpi_handle_mut() };
    system_program::transfer(CpiContext::new(system_program.address(), accounts), tip)
}

/// Moves a tip out of a request's account.
fn pay_tip(request: &Account<RequestAccount>, to: &impl Lamports, tip: u64) -> Result<()> {
    if tip != 0 {
        request.sub_lamports(tip)?;
        to.add_lamports(tip)?;
    }
    Ok(())
}

/// Whether the token account that a request names can take shares; refuses another one: `WrongTokenAccount`.
fn is_receivable(
    request: &PoolRequest,
    pool: &Pool,
    shares_account: &AccountView,
    account: &keel_engine::state::MarginAccount,
) -> Result<bool> {
    crate::shares::require_same(shares_account, &request.shares_account)?;
    Ok(crate::shares::require_account_of(pool, shares_account, account).is_ok())
}
