//! Pays what is mature of a claim that a bankrupt account has pledged into the insurance of the market that it owed.
//! Anybody may.

use anchor_lang::prelude::*;
use keel_engine::pledge;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, MarketInsured, PledgeCollected};
use crate::state::{MarketAccount, TraderAccount};

/// The accounts.
#[derive(Accounts)]
pub struct CollectPledged {
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market on whose pot the claim is.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// The market whose insurance gets it.
    #[account(mut)]
    pub creditor: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn collect_pledged(context: &mut Context<CollectPledged>) -> Result<()> {
    let CollectPledged { account, market, creditor } = &mut context.accounts;
    let address = *account.address();
    let (account, market, creditor) = (&mut account.state, &mut market.state, &mut creditor.state);

    let before = Sums::of(account).and_market(market, account).and_market(creditor, account);
    let collected = pledge::collect(market, creditor, account).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).and_market(creditor, account).require_same(before)?;

    events::log(MarketInsured::of(creditor, collected.paid));
    events::log(PledgeCollected::of(market, creditor, account, &address, &collected));
    Ok(())
}
