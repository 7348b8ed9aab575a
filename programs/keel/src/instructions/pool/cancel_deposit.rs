//! Takes a deposit that waits back: its owner once it may have been executed, anybody while the account is flagged or owes.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::pool::deposits;

use super::require_request_of;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, DepositCancelled};
use crate::state::{PoolAccount, RequestAccount, TraderAccount};
use crate::{access, clock, cure, loader};

/// The accounts. Remaining: what the health of a flagged account needs, to clear the flag; may be left out.
#[derive(Accounts)]
pub struct CancelDeposit {
    /// The owner, or anybody while the account is flagged or owes.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The request.
    #[account(mut)]
    pub request: Account<RequestAccount>,
    /// Who paid for the request; gets what it holds, the tip with it. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn cancel_deposit(context: &mut Context<CancelDeposit>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let CancelDeposit { authority, account, pool, request, payer } = &mut context.accounts;
    require_request_of(&request.state, account.address(), payer.address())?;
    let is_owner = access::is_owner(&account.state, authority.address());
    let address = *account.address();
    let (account, pool) = (&mut account.state, &mut pool.state);
    let now = clock::now()?;

    let before = Sums::of(account).and_pool(pool);
    let returned = deposits::cancel(&mut request.state, pool, account, is_owner, now).map_err(KeelError::from)?;
    Sums::of(account).and_pool(pool).require_same(before)?;

    cure::offer(account, &address, None, &mut views)?;
    events::log(DepositCancelled::of(&request.state, account, pool, returned));
    request.close(**payer)
}
