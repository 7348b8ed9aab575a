//! Tells what an account is exposed to in a market.

use anchor_lang::prelude::*;
use keel_engine::view::View;
use keel_engine::views::delta;

use super::answer;
use crate::clock;
use crate::errors::KeelError;
use crate::loader::{self, Expected, Loaded};
use crate::state::TraderAccount;

/// The accounts. Remaining: what the account's health needs, or the market by itself where the account has nothing in it.
#[derive(Accounts)]
pub struct ViewDelta {
    /// The margin account.
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn view_delta(context: &mut Context<ViewDelta>, market: u16) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let account = &context.accounts.account;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(&account.state, account.address()))?;
    let view = View::of(loaded.seen.others());
    let told = delta::delta(&account.state, loaded.ranges, &view, market, clock::now()?).map_err(KeelError::from)?;
    answer(&told);
    Ok(())
}
