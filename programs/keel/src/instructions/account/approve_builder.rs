//! Allows a builder a fee on the trades that it brings. Another fee than before is allowed by revoking that one in front.

#![allow(unused_variables, reason = "the framework decodes the arguments of `instruction` once more on the way out")]

use anchor_lang::prelude::*;
use keel_engine::builder;
use keel_engine::listing::VERSION;

use crate::access;
use crate::errors::KeelError;
use crate::events::{self, BuilderApproved};
use crate::state::{APPROVAL_SEED, ApprovalAccount, TraderAccount};

/// The accounts.
#[derive(Accounts)]
#[instruction(builder: [u8; 32])]
pub struct ApproveBuilder {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    pub account: Account<TraderAccount>,
    /// The approval.
    #[account(init, payer = payer, seeds = [APPROVAL_SEED, account.address(), builder], bump)]
    pub approval: Account<ApprovalAccount>,
    /// Pays for the approval; may be the owner.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn approve_builder(context: &mut Context<ApproveBuilder>, builder: [u8; 32], max_fee_ppm: u32) -> Result<()> {
    let ApproveBuilder { owner, account, approval, .. } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;

    let approval = &mut approval.state;
    approval.account = account.address().to_bytes();
    approval.builder = builder;
    approval.bump = context.bumps.approval;
    approval.version = VERSION;
    builder::approve(approval, max_fee_ppm).map_err(KeelError::from)?;

    events::log(BuilderApproved::of(approval));
    Ok(())
}
