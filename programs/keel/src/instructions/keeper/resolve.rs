//! Sends what a bankrupt account with nothing open still owes a market through the loss order.

use anchor_lang::prelude::*;
use keel_engine::resolve as rules;
use keel_engine::state::{Exchange, MarginAccount, Market};

use crate::clock;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, ClaimConsumed, ExchangeInsured, ReservePaid, Resolved};
use crate::loader;
use crate::state::{ExchangeAccount, MarketAccount, TraderAccount};

/// The accounts. Remaining: the other markets in which the account has claims, ascending, writable.
#[derive(Accounts)]
pub struct Resolve {
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// The exchange, whose insurance pays within its cap for the market and day, and so does the pool's reserve in it.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
}

/// Handles the instruction.
pub fn resolve(context: &mut Context<Resolve>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Resolve { account, market, exchange } = &mut context.accounts;
    let address = *account.address();
    let (account, market, exchange) = (&mut account.state, &mut market.state, &mut exchange.state);
    let mut others = loader::load_markets_mut(&mut views, market.index_number)?;

    let before = sums(market, &others, exchange, account);
    let resolved = rules::resolve(market, &mut others, exchange, account, clock::now()?).map_err(KeelError::from)?;
    sums(market, &others, exchange, account).require_same(before)?;

    for other in &mut others {
        if resolved.collected.contains(&other.index_number) {
            events::log(ClaimConsumed::of(other, account, &address));
        }
    }
    if resolved.exchange != 0 {
        events::log(ExchangeInsured::paid(exchange, market.index_number, resolved.exchange));
    }
    let reserve = resolved.recalled.saturating_add(resolved.pool);
    if reserve != 0 {
        events::log(ReservePaid::of(exchange, market.index_number, reserve));
    }
    events::log(Resolved::of(market, account, &address, &resolved));
    Ok(())
}

/// What must not change, over all markets.
fn sums(market: &Market, others: &[&mut Market], exchange: &Exchange, account: &MarginAccount) -> Sums {
    let own = Sums::of(account).and_market(market, account).and_exchange(exchange);
    others.iter().fold(own, |sums, other| sums.and_market(other, account))
}
