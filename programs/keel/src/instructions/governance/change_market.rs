//! Executes a queued change of a market: parameters, closing, or that it takes new risk again. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::errors::KeelError;
use crate::events::{self, MarketChanged};
use crate::state::{ChangeAccount, ExchangeAccount, MarketAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct ChangeMarket {
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// The change; it is closed.
    #[account(mut, close = payer)]
    pub change: Account<ChangeAccount>,
    /// Who paid for the change; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn change_market(context: &mut Context<ChangeMarket>) -> Result<()> {
    let ChangeMarket { exchange, market, change, payer } = &mut context.accounts;
    let (market, change) = (&mut market.state, &change.state);
    access::require_payer(change, payer.address())?;
    governance::change_market(&exchange.state, market, change, clock::now()?).map_err(KeelError::from)?;
    events::log(MarketChanged::of(market, change.number));
    Ok(())
}
