//! Reduces a market's risk at once: a pause, reduce-only, lower caps. Never the other way.

use anchor_lang::prelude::*;
use keel_engine::governance::{self, MarketGuard};

use crate::access::INSTRUCTIONS;
use crate::errors::KeelError;
use crate::events::{self, MarketChanged};
use crate::state::{ExchangeAccount, MarketAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct GuardMarket {
    /// The exchange's guardian or admin.
    pub authority: Signer,
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
}

/// Handles the instruction.
pub fn guard_market(context: &mut Context<GuardMarket>, action: u8, value: u32) -> Result<()> {
    let GuardMarket { authority, exchange, market, instructions } = &mut context.accounts;
    let (exchange, market) = (&exchange.state, &mut market.state);
    access::require_guardian(exchange, authority.address(), instructions)?;
    let guard = MarketGuard::of(action, value).map_err(KeelError::from)?;
    governance::guard_market(exchange, market, guard, clock::now()?).map_err(KeelError::from)?;
    events::log(MarketChanged::of(market, 0));
    Ok(())
}
