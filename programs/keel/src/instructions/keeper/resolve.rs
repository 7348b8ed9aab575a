//! Sends what a bankrupt account with nothing open still owes a market through the loss order.

use anchor_lang::prelude::*;
use keel_engine::resolve as rules;
use keel_engine::state::{MarginAccount, Market};

use crate::clock;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, ClaimConsumed, Resolved};
use crate::loader;
use crate::state::{MarketAccount, TraderAccount};

/// The accounts. Remaining: the other markets in which the account has claims, ascending, writable.
#[derive(Accounts)]
pub struct Resolve {
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn resolve(context: &mut Context<Resolve>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Resolve { account, market } = &mut context.accounts;
    let address = *account.address();
    let (account, market) = (&mut account.state, &mut market.state);
    let mut others = loader::load_markets_mut(&mut views, market.index_number)?;

    let before = sums(market, &others, account);
    let resolved = rules::resolve(market, &mut others, account, clock::now()?).map_err(KeelError::from)?;
    sums(market, &others, account).require_same(before)?;

    for other in &mut others {
        if resolved.collected.contains(&other.index_number) {
            events::log(ClaimConsumed::of(other, account, &address));
        }
    }
    events::log(Resolved::of(market, account, &address, &resolved));
    Ok(())
}

/// What must not change, over all markets.
fn sums(market: &Market, others: &[&mut Market], account: &MarginAccount) -> Sums {
    let own = Sums::of(account).and_market(market, account);
    others.iter().fold(own, |sums, other| sums.and_market(other, account))
}
