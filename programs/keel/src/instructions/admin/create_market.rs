//! Lists a market at the price that its oracle gives now.

use anchor_lang::prelude::*;
use keel_engine::listing::{self, Listing};
use keel_engine::params::Params;
use keel_engine::state::Mode;
use keel_engine::units::Price;

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
    /// System program.
    pub system_program: Program<System>,
}

/// What a market is listed with.
pub struct MarketTerms<'t> {
    /// 0 floating, 1 fixed.
    pub mode: u8,
    /// Program that owns the market's price accounts.
    pub price_owner: [u8; 32],
    /// Feed of the index.
    pub feed_id: [u8; 32],
    /// Name in UTF-8, zero-padded.
    pub name: [u8; 16],
    /// Peg of a fixed market, or 0 for the first index.
    pub launch_price: u64,
    /// Parameters.
    pub params: &'t [u8; PARAMS_LENGTH],
}

/// Handles the instruction.
pub fn create_market(context: &mut Context<CreateMarket>, terms: &MarketTerms) -> Result<()> {
    let CreateMarket { admin, exchange, market, price, .. } = &mut context.accounts;
    let exchange = &mut exchange.state;
    access::require_admin(exchange, admin.address())?;
    let now = clock::now()?;
    let mode = match (terms.mode, terms.launch_price) {
        (0, 0) => Mode::Floating,
        (1, _) => Mode::Fixed,
        _ => return Err(KeelError::InvalidInstruction.into()),
    };
    let params: Params = bytemuck::pod_read_unaligned(terms.params);
    name_what_is_wrong(&params);
    let number = listing::next_market(exchange).map_err(KeelError::from)?;
    let sample = pyth::read(price, &terms.price_owner, &terms.feed_id)?;
    let address = *market.address();

    let market = &mut market.state;
    let listing = Listing {
        number,
        bump: context.bumps.market,
        mode,
        price_owner: terms.price_owner,
        feed_id: terms.feed_id,
        name: terms.name,
        launch_price: Price::from_bits(terms.launch_price),
        params: &params,
    };
    listing::list_market(market, &listing, &sample, now).map_err(KeelError::from)?;
    exchange.markets = number;

    events::log(MarketCreated {
        sequence: events::next(&mut exchange.sequence),
        market: address,
        price_owner: Address::new_from_array(terms.price_owner),
        feed_id: terms.feed_id,
        name: terms.name,
        index: market.index.bits,
        peg: market.peg.bits,
        number,
        mode: terms.mode,
        pad: [0; 5],
    });
    Ok(())
}

/// Logs the parameter or the rule because of which the engine is going to refuse; its error has no room for a name.
fn name_what_is_wrong(params: &Params) {
    if let Some(name) = params.out_of_bounds().or_else(|| params.unsafe_combination()) {
        anchor_lang::solana_msg::sol_log(name);
    }
}
