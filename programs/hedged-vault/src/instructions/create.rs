//! Makes a vault, with its margin account on Keel and the mint of its shares.

use anchor_lang::prelude::*;
use anchor_spl::mint::{self, Mint};
use keel::cpi::accounts::OpenAccount;
use keel::state::{BankAccount, MarketAccount};

use crate::VaultError;
use crate::events::Created;
use crate::state::{AUTHORITY_SEED, SHARES_SEED, Terms, VAULT_SEED, Vault};

/// The accounts.
#[derive(Accounts)]
pub struct Create {
    /// Who makes it; pays.
    #[account(mut)]
    pub creator: Signer,
    /// The vault.
    #[account(init, payer = creator, seeds = [VAULT_SEED, creator.address(), market.address(), bank.address()], bump)]
    pub vault: Account<Vault>,
    /// Who will own its margin account.
    #[account(seeds = [AUTHORITY_SEED, vault.address()], bump)]
    pub authority: UncheckedAccount,
    /// The mint of its shares.
    #[account(
        init, payer = creator, seeds = [SHARES_SEED, vault.address()], bump,
        mint::decimals = 9, mint::authority = authority
    )]
    pub shares: Account<Mint>,
    /// Its margin account, which Keel makes.
    #[account(mut)]
    pub account: UncheckedAccount,
    /// The market.
    pub market: Account<MarketAccount>,
    /// The bank of the market's asset.
    pub bank: Account<BankAccount>,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn create(context: &mut Context<Create>, terms: &Terms) -> Result<()> {
    let bump = context.bumps.authority;
    let Create { creator, vault, authority, shares, account, market, bank, keel, system_program, .. } =
        &mut context.accounts;
    terms.check()?;
    let (of_bank, of_market) = (&bank.state, &market.state);
    let is_same = of_bank.feed_id == of_market.feed_id && of_bank.price_owner == of_market.price_owner;
    require!(is_same && of_bank.rate_feed_id == [0; 32], VaultError::AnotherAsset);

    let accounts = OpenAccount {
        owner: authority.cpi_handle(),
        account: account.cpi_handle_mut(),
        payer: creator.cpi_handle_mut(),
        system_program: system_program.cpi_handle(),
    };
    let seeds: &[&[u8]] = &[AUTHORITY_SEED, vault.address().as_ref(), &[bump]];
    let signers = [seeds];
    keel::cpi::open_account(CpiContext::new_with_signer(keel.address(), accounts, &signers), 0, 0)?;

    vault.market = *market.address();
    vault.bank = *bank.address();
    vault.account = *account.address();
    vault.authority = *authority.address();
    vault.shares = *shares.address();
    vault.terms = *terms;
    vault.authority_bump = bump;
    emit!(Created { vault: *vault.address(), creator: *creator.address(), market: vault.market, bank: vault.bank });
    Ok(())
}
