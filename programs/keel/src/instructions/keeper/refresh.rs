//! Brings a market up to date with its clock and its oracle.

use anchor_lang::prelude::*;
use keel_engine::refresh as rules;

use crate::clock;
use crate::errors::KeelError;
use crate::events::{self, Refreshed};
use crate::oracle::pyth;
use crate::state::MarketAccount;

/// The accounts.
#[derive(Accounts)]
pub struct Refresh {
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
}

/// Handles the instruction.
pub fn refresh(context: &mut Context<Refresh>) -> Result<()> {
    let Refresh { market, price } = &mut context.accounts;
    let market = &mut market.state;
    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let refreshed = rules::refresh(market, Some(&sample), clock::now()?).map_err(KeelError::from)?;
    events::log(Refreshed::of(market, &refreshed));
    Ok(())
}
