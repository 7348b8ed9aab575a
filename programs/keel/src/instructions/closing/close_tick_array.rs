//! Closes a tick array of a closed market, or of one that is gone; its rent goes back to who paid it.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::closing;

use crate::errors::KeelError;
use crate::events::{self, TickArrayClosed};
use crate::loader;
use crate::state::{MARKET_SEED, TickArrayAccount};

/// The accounts.
#[derive(Accounts)]
pub struct CloseTickArray {
    /// Who paid for the array; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount,
    /// The market, or the address at which it was.
    pub market: UncheckedAccount,
    /// The tick array.
    #[account(mut, close = payer)]
    pub tick_array: Account<TickArrayAccount>,
}

/// Handles the instruction.
pub fn close_tick_array(context: &mut Context<CloseTickArray>) -> Result<()> {
    let CloseTickArray { payer, market, tick_array } = &context.accounts;
    let array = &tick_array.state;
    if !address_eq(payer.address(), bytemuck::cast_ref(&array.payer)) {
        return Err(KeelError::AccountForeign.into());
    }
    // No number is given twice, so nothing can come to stand where a market was.
    let (place, _) = Address::find_program_address(&[MARKET_SEED, &array.market.to_le_bytes()], &crate::ID);
    if !address_eq(market.address(), &place) {
        return Err(KeelError::WrongMarket.into());
    }
    let state = if market.owned_by(&crate::ID) { Some(loader::market(market)?) } else { None };
    closing::require_unused(state, array).map_err(KeelError::from)?;

    events::log(TickArrayClosed {
        tick_array: *tick_array.address(),
        index: array.index,
        market: array.market,
        pad: [0; 2],
    });
    Ok(())
}
