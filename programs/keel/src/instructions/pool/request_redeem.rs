//! Asks to leave the pool with shares, which wait in its share vault.

use anchor_lang::prelude::*;
use keel_engine::pool::deposits::Asked;
use keel_engine::pool::redemptions;

use crate::errors::KeelError;
use crate::events::{self, RedemptionRequested};
use crate::state::{PoolAccount, REQUEST_SEED, RequestAccount, TraderAccount};
use crate::{access, clock, shares, tips};

/// The accounts.
#[derive(Accounts)]
pub struct RequestRedeem {
    /// The owner.
    pub owner: Signer,
    /// The margin account that is to get the money.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The request, whose number is the next of redemptions.
    #[account(
        init,
        payer = payer,
        seeds = [REQUEST_SEED, [redemptions::REDEMPTION], pool.state.redeem_tail.to_le_bytes()],
        bump
    )]
    pub request: Account<RequestAccount>,
    /// The owner's token account that gives the shares.
    #[account(mut, unsafe(dup))]
    pub shares_account: UncheckedAccount,
    /// The pool's token account of shares that wait. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub share_vault: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// Pays for the request and its tip; may be the owner.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn request_redeem(context: &mut Context<RequestRedeem>, amount: u64, tip: u64) -> Result<()> {
    let bump = context.bumps.request;
    let RequestRedeem { owner, account, pool, request, shares_account, share_vault, payer, system_program, .. } =
        &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    shares::require_vault(&pool.state, share_vault)?;
    shares::require_account_of(&pool.state, shares_account, &account.state)?;
    let asked = Asked {
        account: account.address().to_bytes(),
        shares_account: shares_account.address().to_bytes(),
        payer: payer.address().to_bytes(),
        amount,
        min_shares: 0,
        tip,
        bump,
    };
    redemptions::request(&mut request.state, &asked, &mut pool.state, &mut account.state, clock::now()?)
        .map_err(KeelError::from)?;
    shares::take(shares_account, share_vault, owner, amount)?;
    events::log(RedemptionRequested::of(&request.state, &mut pool.state));
    tips::give(payer, request, system_program, tip)
}
