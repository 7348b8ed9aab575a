//! Makes the pool: its account, its margin account with the companion, the mint of its shares and the account in which
//! those wait that are to be redeemed.

use anchor_lang::prelude::*;
use keel_engine::listing::VERSION;
use keel_engine::pool::{self, Parts};

use crate::access::{self, INSTRUCTIONS};
use crate::events::{self, PoolCreated};
use crate::shares;
use crate::state::{
    ACCOUNT_SEED, ExchangeAccount, POOL_SEED, PoolAccount, RANGES_SEED, RangesAccount, SHARE_VAULT_SEED, SHARES_SEED,
    TraderAccount,
};

/// The accounts.
#[derive(Accounts)]
pub struct CreatePool {
    /// The exchange's admin; pays.
    #[account(mut)]
    pub admin: Signer,
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The pool.
    #[account(init, payer = admin, seeds = [POOL_SEED], bump)]
    pub pool: Account<PoolAccount>,
    /// Its margin account.
    #[account(init, payer = admin, seeds = [ACCOUNT_SEED, pool.address(), 0u16.to_le_bytes()], bump)]
    pub account: Account<TraderAccount>,
    /// The companion with its ranges.
    #[account(init, payer = admin, seeds = [RANGES_SEED, account.address()], bump)]
    pub ranges: Account<RangesAccount>,
    /// The mint of its shares.
    #[account(mut, seeds = [SHARES_SEED], bump)]
    pub share_mint: UncheckedAccount,
    /// The token account of shares that wait to be redeemed.
    #[account(mut, seeds = [SHARE_VAULT_SEED], bump)]
    pub share_vault: UncheckedAccount,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn create_pool(context: &mut Context<CreatePool>) -> Result<()> {
    let bumps = &context.bumps;
    let (mint_bump, vault_bump) = (bumps.share_mint, bumps.share_vault);
    let parts = |pool: &Address, account: &Address, mint: &Address, vault: &Address| Parts {
        pool: pool.to_bytes(),
        bump: bumps.pool,
        account: account.to_bytes(),
        account_bump: bumps.account,
        share_mint: mint.to_bytes(),
        share_mint_bump: mint_bump,
        share_vault: vault.to_bytes(),
        share_vault_bump: vault_bump,
    };
    let ranges_bump = bumps.ranges;
    let CreatePool { admin, exchange, pool, account, ranges, share_mint, share_vault, instructions, .. } =
        &mut context.accounts;
    access::require_admin(&exchange.state, admin.address(), instructions)?;
    let (address, own) = (*pool.address(), *account.address());
    let parts = parts(&address, &own, share_mint.address(), share_vault.address());
    pool::create(&mut pool.state, &mut account.state, &parts);
    let companion = *ranges.address();
    ranges.state.account = own.to_bytes();
    ranges.state.bump = ranges_bump;
    ranges.state.version = VERSION;
    shares::create(admin, (share_mint, mint_bump), (share_vault, vault_bump), &address)?;
    events::log(PoolCreated::of(&mut pool.state, &address, &companion));
    Ok(())
}
