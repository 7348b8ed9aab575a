//! Tells what a market's claims are paid, and what stands behind them.

use anchor_lang::prelude::*;
use keel_engine::views::payout;

use super::answer;
use crate::clock;
use crate::state::{ExchangeAccount, MarketAccount};

/// The accounts.
#[derive(Accounts)]
pub struct ViewPayout {
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The market.
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn view_payout(context: &mut Context<ViewPayout>) -> Result<()> {
    let ViewPayout { exchange, market } = &context.accounts;
    answer(&payout::view(&market.state, &exchange.state, clock::now()?));
    Ok(())
}
