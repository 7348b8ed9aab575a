//! Turns a mature claim into capital.

use anchor_lang::prelude::*;
use keel_engine::delegate::{self, MAY_TRADE};
use keel_engine::pot;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, ClaimReleased};
use crate::state::{MarketAccount, TraderAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct Release {
    /// The owner, or its delegate where nothing is given up.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn release(context: &mut Context<Release>, min_ratio_ppm: u32) -> Result<()> {
    let Release { authority, account, market } = &mut context.accounts;
    let address = *account.address();
    let (account, market) = (&mut account.state, &mut market.state);
    let now = clock::now()?;
    let by = access::require_permission(account, authority.address(), MAY_TRADE, market.index_number, now)?;
    delegate::require_in_full(by, min_ratio_ppm).map_err(KeelError::from)?;

    let before = Sums::of(account).and_market(market, account);
    let released = pot::release(market, account, min_ratio_ppm, now).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(ClaimReleased::of(market, account, &address, &released));
    Ok(())
}
