//! Tells an account's health.

use anchor_lang::prelude::*;
use keel_engine::view::View;
use keel_engine::views::health;

use super::answer;
use crate::clock;
use crate::errors::KeelError;
use crate::loader::{self, Expected, Loaded};
use crate::state::TraderAccount;

/// The accounts. Remaining: what the account's health needs.
#[derive(Accounts)]
pub struct ViewHealth {
    /// The margin account.
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn view_health(context: &mut Context<ViewHealth>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let account = &context.accounts.account;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(&account.state, account.address()))?;
    let view = View::of(loaded.seen.others());
    let told = health::health(&account.state, loaded.ranges, &view, clock::now()?).map_err(KeelError::from)?;
    answer(&told);
    Ok(())
}
