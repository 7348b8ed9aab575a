//! Brings the prices of a bank's collateral up to date.

use anchor_lang::prelude::*;
use keel_engine::collateral;

use crate::clock;
use crate::errors::KeelError;
use crate::events::{self, BankRefreshed};
use crate::loader;
use crate::oracle::pyth;
use crate::state::BankAccount;

/// The accounts. Remaining: a price account of the bank's rate feed, where it has one.
#[derive(Accounts)]
pub struct RefreshBank {
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// A price account of the bank's feed.
    pub price: UncheckedAccount,
}

/// Handles the instruction.
pub fn refresh_bank(context: &mut Context<RefreshBank>) -> Result<()> {
    let views = loader::remaining(context)?;
    let RefreshBank { bank, price } = &mut context.accounts;
    let bank = &mut bank.state;
    let sample = pyth::read(price, &bank.price_owner, &bank.feed_id)?;
    let rate = match views.first() {
        Some(view) if bank.rate_feed_id != [0; 32] => Some(pyth::read(view, &bank.price_owner, &bank.rate_feed_id)?),
        _ => None,
    };
    let updated = collateral::refresh(bank, &sample, rate.as_ref(), clock::now()?).map_err(KeelError::from)?;
    events::log(BankRefreshed::of(bank, updated));
    Ok(())
}
