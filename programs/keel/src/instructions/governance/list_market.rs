//! Lists a queued market at the price that its oracle gives now. Anybody may, and pays for the market's account.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::errors::KeelError;
use crate::events::{self, MarketCreated};
use crate::instructions::make_market;
use crate::state::{ChangeAccount, ExchangeAccount, MARKET_SEED, MarketAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct ListMarket {
    /// Who pays for the market.
    #[account(mut, unsafe(dup))]
    pub sender: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The change; it is closed.
    #[account(mut, close = payer)]
    pub change: Account<ChangeAccount>,
    /// Who paid for the change; gets the rent, and may be the sender.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
    /// The market, whose number is the next.
    #[account(init, payer = sender, seeds = [MARKET_SEED, exchange.state.markets.wrapping_add(1).to_le_bytes()], bump)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn list_market(context: &mut Context<ListMarket>) -> Result<()> {
    let ListMarket { exchange, change, payer, market, price, .. } = &mut context.accounts;
    let (exchange, change) = (&mut exchange.state, &change.state);
    access::require_payer(change, payer.address())?;
    let terms = governance::due_market(exchange, change, clock::now()?).map_err(KeelError::from)?;
    let address = *market.address();
    make_market(exchange, &mut market.state, context.bumps.market, terms, price)?;
    events::log(MarketCreated::of(exchange, &market.state, &address, change.number));
    Ok(())
}
