//! Settles anybody's position in a closed market at the final mark.

use anchor_lang::prelude::*;
use keel_engine::closing;

use crate::clock;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, PositionClosed};
use crate::state::{MarketAccount, TraderAccount};

/// The accounts.
#[derive(Accounts)]
pub struct ClosePosition {
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn close_position(context: &mut Context<ClosePosition>) -> Result<()> {
    let ClosePosition { account, market } = &mut context.accounts;
    let address = *account.address();
    let (account, market) = (&mut account.state, &mut market.state);

    let before = Sums::of(account).and_market(market, account);
    let closed = closing::close_position(market, account, clock::now()?).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(PositionClosed::of(market, account, &address, &closed));
    Ok(())
}
