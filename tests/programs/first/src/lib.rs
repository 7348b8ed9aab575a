//! A first program on Keel: it owns a margin account, and trades with it for whoever asks.

#![cfg_attr(target_os = "solana", no_std)]

use anchor_lang::{CpiHandle, prelude::*};
use keel::cpi::accounts as calls;

declare_id!("First11111111111111111111111111111111111111");

#[program]
pub mod first {
    use super::*;

    /// Opens a margin account whose owner is an address of this program.
    #[discrim = 0]
    pub fn open(ctx: &mut Context<Open>) -> Result<()> {
        let bump = [ctx.bumps.owner];
        let Open { payer, owner, account, keel, system_program } = &mut ctx.accounts;
        let accounts = calls::OpenAccount {
            owner: owner.cpi_handle(),
            account: account.cpi_handle_mut(),
            payer: payer.cpi_handle_mut(),
            system_program: system_program.cpi_handle(),
        };
        let signers: [&[&[u8]]; 1] = [&[b"owner", &bump]];
        keel::cpi::open_account(CpiContext::new_with_signer(keel.address(), accounts, &signers), 0, 0)
    }

    /// Buys (0) or sells (1) base atoms with it, in whole or not at all. Remaining accounts: as for Keel's `trade`.
    #[discrim = 1]
    pub fn trade(ctx: &mut Context<Trade>, side: u8, amount: u64) -> Result<()> {
        let mut arrays = ctx.remaining_accounts()?;
        let bump = [ctx.bumps.owner];
        let Trade { owner, account, market, price, keel } = &mut ctx.accounts;
        let accounts = calls::Trade {
            authority: owner.cpi_handle(),
            account: account.cpi_handle_mut(),
            market: market.cpi_handle_mut(),
            price: price.cpi_handle(),
        };
        let signers: [&[&[u8]]; 1] = [&[b"owner", &bump]];
        let context = CpiContext::new_with_signer(keel.address(), accounts, &signers)
            .with_remaining_accounts(arrays.iter_mut().map(CpiHandle::writable).collect());
        keel::cpi::trade(context, side, 0, amount, 0, 2)
    }
}

#[derive(Accounts)]
pub struct Open {
    #[account(mut)]
    pub payer: Signer,
    #[account(seeds = [b"owner"], bump)]
    pub owner: UncheckedAccount,
    #[account(mut)]
    pub account: UncheckedAccount,
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
    pub system_program: Program<System>,
}

#[derive(Accounts)]
pub struct Trade {
    #[account(seeds = [b"owner"], bump)]
    pub owner: UncheckedAccount,
    #[account(mut)]
    pub account: UncheckedAccount,
    #[account(mut)]
    pub market: UncheckedAccount,
    pub price: UncheckedAccount,
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
}
