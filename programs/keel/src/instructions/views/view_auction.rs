//! Tells how the liquidation of an account stands in a market.

use anchor_lang::prelude::*;
use keel_engine::view::View;
use keel_engine::views::auction;

use super::answer;
use crate::clock;
use crate::errors::KeelError;
use crate::loader::{self, Expected, Loaded};
use crate::state::TraderAccount;

/// The accounts. Remaining: what the account's health needs, and the market.
#[derive(Accounts)]
pub struct ViewAuction {
    /// The margin account.
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn view_auction(context: &mut Context<ViewAuction>, market: u16) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let account = &context.accounts.account;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(&account.state, account.address()))?;
    let view = View::of(loaded.seen.others());
    let (account, now) = (&account.state, clock::now()?);
    let told = auction::auction(account, loaded.ranges, &view, market, now).map_err(KeelError::from)?;
    answer(&told);
    Ok(())
}
