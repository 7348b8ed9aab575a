//! Settles a position at mark: by its holder at any time, by anybody where the engine allows it.

use anchor_lang::prelude::*;
use keel_engine::delegate::MAY_TRADE;
use keel_engine::pot;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Settled};
use crate::state::{MarketAccount, TraderAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct Settle {
    /// The owner, its delegate, or anybody.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn settle(context: &mut Context<Settle>) -> Result<()> {
    let Settle { authority, account, market } = &mut context.accounts;
    let address = *account.address();
    let (account, market) = (&mut account.state, &mut market.state);
    let now = clock::now()?;
    let allowed = access::may(account, authority.address(), MAY_TRADE, market.index_number, now)
        || pot::may_settle_other(market, account, now).map_err(KeelError::from)?;
    if !allowed {
        return Err(KeelError::NothingToSettle.into());
    }

    let before = Sums::of(account).and_market(market, account);
    let settled = pot::settle(market, account, now).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    pot::drop_if_done(market, account);
    events::log(Settled::of(market, account, &address, &settled));
    Ok(())
}
