//! Closes a market whose notice has run out, at the mark of this moment.

use anchor_lang::prelude::*;
use keel_engine::closing;

use crate::clock;
use crate::errors::KeelError;
use crate::events::{self, MarketClosed};
use crate::oracle::pyth;
use crate::state::MarketAccount;

/// The accounts.
#[derive(Accounts)]
pub struct CloseMarket {
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed. One that cannot be read is as good as none: a feed that is gone must not keep
    /// the market open.
    pub price: UncheckedAccount,
}

/// Handles the instruction.
pub fn close_market(context: &mut Context<CloseMarket>) -> Result<()> {
    let CloseMarket { market, price } = &mut context.accounts;
    let market = &mut market.state;
    let sample = pyth::read(price, &market.price_owner, &market.feed_id).ok();
    let _refreshed = closing::close(market, sample.as_ref(), clock::now()?).map_err(KeelError::from)?;
    events::log(MarketClosed::of(market));
    Ok(())
}
