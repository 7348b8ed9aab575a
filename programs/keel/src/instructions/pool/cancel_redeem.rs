//! Takes shares back out of the pool's queue: before they may be paid, or once their time is over.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::pool::redemptions;

use super::require_request_of;
use crate::errors::KeelError;
use crate::events::{self, RedemptionCancelled};
use crate::state::{PoolAccount, RequestAccount, TraderAccount};
use crate::{access, clock, shares};

/// The accounts.
#[derive(Accounts)]
pub struct CancelRedeem {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The request.
    #[account(mut)]
    pub request: Account<RequestAccount>,
    /// Any token account of the owner's that takes the shares.
    #[account(mut, unsafe(dup))]
    pub shares_account: UncheckedAccount,
    /// The pool's token account of shares that wait. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub share_vault: UncheckedAccount,
    /// Who paid for the request; gets what it holds when it ends. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn cancel_redeem(context: &mut Context<CancelRedeem>) -> Result<()> {
    let CancelRedeem { owner, account, pool, request, shares_account, share_vault, payer, .. } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    require_request_of(&request.state, account.address(), payer.address())?;
    shares::require_vault(&pool.state, share_vault)?;
    shares::require_account_of(&pool.state, shares_account, &account.state)?;

    let cancelled = redemptions::cancel(&mut request.state, &mut pool.state, &mut account.state, clock::now()?)
        .map_err(KeelError::from)?;
    shares::give_back(share_vault, shares_account, (pool.view(), &pool.state), cancelled.returned)?;
    events::log(RedemptionCancelled::of(&request.state, &mut pool.state, &cancelled));
    if cancelled.is_ended {
        request.close(**payer)?;
    }
    Ok(())
}
