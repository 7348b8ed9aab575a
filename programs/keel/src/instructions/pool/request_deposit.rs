//! Asks for a deposit into the pool with capital of a margin account.

use anchor_lang::prelude::*;
use keel_engine::pool::deposits::{self, Asked};
use keel_engine::view::View;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, DepositRequested};
use crate::loader::{self, Expected, Loaded};
use crate::state::{PoolAccount, REQUEST_SEED, RequestAccount, TraderAccount};
use crate::{access, clock, shares, tips};

/// The accounts. Remaining: what the account's health needs.
#[derive(Accounts)]
pub struct RequestDeposit {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The request, whose number is the next of deposits.
    #[account(
        init,
        payer = payer,
        seeds = [REQUEST_SEED, [deposits::DEPOSIT], pool.state.deposits.to_le_bytes()],
        bump
    )]
    pub request: Account<RequestAccount>,
    /// The owner's token account that is to get the shares.
    pub shares_account: UncheckedAccount,
    /// Pays for the request and its tip; may be the owner.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn request_deposit(context: &mut Context<RequestDeposit>, amount: u64, min_shares: u64, tip: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let bump = context.bumps.request;
    let RequestDeposit { owner, account, pool, request, shares_account, payer, system_program } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    shares::require_account_of(&pool.state, shares_account, &account.state)?;
    let address = *account.address();
    let asked = Asked {
        account: address.to_bytes(),
        shares_account: shares_account.address().to_bytes(),
        payer: payer.address().to_bytes(),
        amount,
        min_shares,
        tip,
        bump,
    };
    let (account, pool) = (&mut account.state, &mut pool.state);
    let before = Sums::of(account).and_pool(pool);
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;
    let view = View::of(loaded.seen.others());
    deposits::request(&mut request.state, &asked, pool, account, (loaded.ranges, &view), clock::now()?)
        .map_err(KeelError::from)?;
    Sums::of(account).and_pool(pool).require_same(before)?;
    events::log(DepositRequested::of(&request.state, account, pool));
    tips::give(payer, request, system_program, tip)
}
