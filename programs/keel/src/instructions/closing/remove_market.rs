//! Removes a closed market in which nobody has anything; what is left of its money goes to the exchange's insurance, its
//! rent to the admin.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::closing;

use crate::errors::KeelError;
use crate::events::{self, MarketRemoved};
use crate::state::{ExchangeAccount, MarketAccount};

/// The accounts.
#[derive(Accounts)]
pub struct RemoveMarket {
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The exchange's admin; gets the rent.
    #[account(mut)]
    pub admin: UncheckedAccount,
    /// The market.
    #[account(mut, close = admin)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn remove_market(context: &mut Context<RemoveMarket>) -> Result<()> {
    let RemoveMarket { exchange, admin, market } = &mut context.accounts;
    let (exchange, market) = (&mut exchange.state, &market.state);
    if !address_eq(admin.address(), bytemuck::cast_ref(&exchange.admin)) {
        return Err(KeelError::NotAdmin.into());
    }
    let left = closing::remove(market, exchange).map_err(KeelError::from)?;
    events::log(MarketRemoved::of(exchange, market, left));
    Ok(())
}
