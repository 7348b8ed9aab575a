//! Lists a market at the price that its oracle gives now, before the launch.

use anchor_lang::{AccountView, prelude::*};
use keel_engine::governance::{self, MarketTerms};
use keel_engine::listing;
use keel_engine::params::Params;
use keel_engine::state::{Exchange, Market};

use crate::access::INSTRUCTIONS;
use crate::errors::KeelError;
use crate::events::{self, MarketCreated};
use crate::oracle::pyth;
use crate::state::{ExchangeAccount, MARKET_SEED, MarketAccount};
use crate::{access, clock};

/// Bytes of a market's parameters: `keel_engine::params::Params` as it lies in the account.
pub const PARAMS_LENGTH: usize = size_of::<Params>();

/// The accounts.
#[derive(Accounts)]
pub struct CreateMarket {
    /// The exchange's admin; pays.
    #[account(mut)]
    pub admin: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The market, whose number is the next.
    #[account(init, payer = admin, seeds = [MARKET_SEED, exchange.state.markets.wrapping_add(1).to_le_bytes()], bump)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn create_market(context: &mut Context<CreateMarket>, terms: &MarketTerms) -> Result<()> {
    let CreateMarket { admin, exchange, market, price, instructions, .. } = &mut context.accounts;
    let exchange = &mut exchange.state;
    access::require_admin(exchange, admin.address(), instructions)?;
    governance::require_not_launched(exchange).map_err(KeelError::from)?;
    let address = *market.address();
    make_market(exchange, &mut market.state, context.bumps.market, terms, price)?;
    events::log(MarketCreated::of(exchange, &market.state, &address, 0));
    Ok(())
}

/// Fills a market with the next number.
pub fn make_market(
    exchange: &mut Exchange,
    market: &mut Market,
    bump: u8,
    terms: &MarketTerms,
    price: &AccountView,
) -> Result<()> {
    name_what_is_wrong(&terms.params);
    let number = governance::next_market(exchange).map_err(KeelError::from)?;
    let listing = terms.listing(number, bump).map_err(KeelError::from)?;
    let sample = pyth::read(price, &terms.price_owner, &terms.feed_id)?;
    listing::list_market(market, &listing, &sample, clock::now()?).map_err(KeelError::from)?;
    exchange.markets = number;
    Ok(())
}

/// Logs the parameter or the rule because of which the engine is going to refuse; its error has no room for a name.
pub fn name_what_is_wrong(params: &Params) {
    if let Some(name) = params.out_of_bounds().or_else(|| params.unsafe_combination()) {
        anchor_lang::solana_msg::sol_log(name);
    }
}
