//! Makes a tick array of a market. Anybody may, and pays for it: arrays are permanent.

#![allow(unused_variables, reason = "the framework decodes the arguments of `instruction` once more on the way out")]

use anchor_lang::prelude::*;
use keel_engine::listing;

use crate::errors::KeelError;
use crate::events::{self, TickArrayCreated};
use crate::state::{MarketAccount, TICKS_SEED, TickArrayAccount};

/// The accounts.
#[derive(Accounts)]
#[instruction(index: i32)]
pub struct CreateTickArray {
    /// Who pays.
    #[account(mut)]
    pub payer: Signer,
    /// The market.
    pub market: Account<MarketAccount>,
    /// The tick array.
    #[account(
        init,
        payer = payer,
        seeds = [TICKS_SEED, market.state.index_number.to_le_bytes(), index.to_le_bytes()],
        bump
    )]
    pub tick_array: Account<TickArrayAccount>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn create_tick_array(context: &mut Context<CreateTickArray>, index: i32) -> Result<()> {
    let CreateTickArray { payer, market, tick_array, .. } = &mut context.accounts;
    let address = *tick_array.address();
    let market = &market.state;

    let array = &mut tick_array.state;
    let payer = payer.address().to_bytes();
    listing::init_tick_array(array, market, index, context.bumps.tick_array, payer).map_err(KeelError::from)?;

    events::log(TickArrayCreated { tick_array: address, index, market: market.index_number, pad: [0; 2] });
    Ok(())
}
