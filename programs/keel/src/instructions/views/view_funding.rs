//! Tells a market's funding to come.

extern crate alloc;

use alloc::vec::Vec;

use anchor_lang::prelude::*;
use keel_engine::state::Market;
use keel_engine::views::funding;

use super::answer;
use crate::clock;
use crate::instructions::side_of;
use crate::state::MarketAccount;

/// The accounts.
#[derive(Accounts)]
pub struct ViewFunding {
    /// The market.
    pub market: Account<MarketAccount>,
}

/// Handles the instruction. The two copies that run ahead are on the heap: a market is larger than a stack frame.
pub fn view_funding(context: &mut Context<ViewFunding>, points: u8, side: u8) -> Result<()> {
    let side = side_of(side)?;
    let market = core::slice::from_ref(&context.accounts.market.state);
    let mut copies: Vec<Market> = Vec::with_capacity(2);
    copies.extend_from_slice(market);
    copies.extend_from_slice(market);
    if let [copy, scratch] = copies.as_mut_slice() {
        answer(&funding::funding(copy, scratch, points, side, clock::now()?));
    }
    Ok(())
}
