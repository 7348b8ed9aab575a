//! Tells at which mark of a market an account becomes unhealthy.

use anchor_lang::prelude::*;
use keel_engine::view::View;
use keel_engine::views::liquidation_price;

use super::answer;
use crate::clock;
use crate::errors::KeelError;
use crate::loader::{self, Expected, Loaded};
use crate::state::TraderAccount;

/// The accounts. Remaining: what the account's health needs, and the market.
#[derive(Accounts)]
pub struct ViewLiquidationPrice {
    /// The margin account.
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn view_liquidation_price(context: &mut Context<ViewLiquidationPrice>, market: u16) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let account = &context.accounts.account;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(&account.state, account.address()))?;
    let view = View::of(loaded.seen.others());
    let (account, now) = (&account.state, clock::now()?);
    let told =
        liquidation_price::liquidation_price(account, loaded.ranges, &view, market, now).map_err(KeelError::from)?;
    answer(&told);
    Ok(())
}
