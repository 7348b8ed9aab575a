//! Opens a margin account.

#![allow(unused_variables, reason = "the framework decodes the arguments of `instruction` once more on the way out")]

use anchor_lang::prelude::*;
use keel_engine::listing::VERSION;

use crate::events::{self, AccountOpened};
use crate::state::{ACCOUNT_SEED, TraderAccount};

/// The accounts.
#[derive(Accounts)]
#[instruction(sub: u16)]
pub struct OpenAccount {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(init, payer = payer, seeds = [ACCOUNT_SEED, owner.address(), sub.to_le_bytes()], bump)]
    pub account: Account<TraderAccount>,
    /// Pays for the margin account; may be the owner.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn open_account(context: &mut Context<OpenAccount>, sub: u16, isolated_market: u16) -> Result<()> {
    let OpenAccount { owner, account, .. } = &mut context.accounts;
    let address = *account.address();

    let account = &mut account.state;
    account.owner = owner.address().to_bytes();
    account.sub_account = sub;
    account.isolated_market = isolated_market;
    account.bump = context.bumps.account;
    account.version = VERSION;

    events::log(AccountOpened {
        account: address,
        owner: *owner.address(),
        sub_account: sub,
        isolated_market,
        pad: [0; 4],
    });
    Ok(())
}
