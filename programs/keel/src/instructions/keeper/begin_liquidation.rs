//! Flags an unhealthy account: its new risk and withdrawals stop, and the auction's clock starts.

use anchor_lang::prelude::*;
use keel_engine::liquidation;
use keel_engine::view::View;

use crate::clock;
use crate::errors::KeelError;
use crate::events::{self, LiquidationBegun};
use crate::loader::{self, Expected, Loaded};
use crate::state::TraderAccount;

/// The accounts. Remaining: what the account's health needs.
#[derive(Accounts)]
pub struct BeginLiquidation {
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn begin_liquidation(context: &mut Context<BeginLiquidation>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let BeginLiquidation { account } = &mut context.accounts;
    let address = *account.address();
    let account = &mut account.state;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;

    let view = View::of(loaded.seen.others());
    let health = liquidation::begin(account, loaded.ranges, &view, clock::now()?).map_err(KeelError::from)?;

    events::log(LiquidationBegun {
        account: address,
        equity: health.equity,
        maintenance: health.maintenance,
        flagged_at: account.flagged_at,
    });
    Ok(())
}
