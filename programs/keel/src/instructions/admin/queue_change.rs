//! Queues a change: it is checked, written down for everybody to see, and waits.

use anchor_lang::prelude::*;
use keel_engine::governance::{self, Kind, Proposal};
use keel_engine::params::Params;
use keel_engine::state::CHANGE_LENGTH;

use super::create_market::name_what_is_wrong;
use crate::access::INSTRUCTIONS;
use crate::errors::KeelError;
use crate::events::{self, ChangeQueued};
use crate::state::{CHANGE_SEED, ChangeAccount, ExchangeAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct QueueChange {
    /// The exchange's admin; pays, and gets the rent back.
    #[account(mut)]
    pub admin: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The change, whose number is the next.
    #[account(init, payer = admin, seeds = [CHANGE_SEED, exchange.state.changes.wrapping_add(1).to_le_bytes()], bump)]
    pub change: Account<ChangeAccount>,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn queue_change(
    context: &mut Context<QueueChange>,
    kind: u8,
    target: u16,
    content: &[u8; CHANGE_LENGTH],
) -> Result<()> {
    let QueueChange { admin, exchange, change, instructions, .. } = &mut context.accounts;
    let (exchange, change) = (&mut exchange.state, &mut change.state);
    access::require_admin(exchange, admin.address(), instructions)?;
    let payer = admin.address().to_bytes();
    let proposal = Proposal { kind, target, content, payer, bump: context.bumps.change };

    let queued = governance::queue(exchange, change, &proposal, clock::now()?);
    if queued.is_err() && kind == Kind::MarketParams as u8 {
        let (params, _) = content.split_at(size_of::<Params>());
        name_what_is_wrong(&bytemuck::pod_read_unaligned(params));
    }
    queued.map_err(KeelError::from)?;

    events::log(ChangeQueued::of(exchange, change));
    Ok(())
}
