//! Takes a part of a flagged account's position over into the liquidator's margin account, at the stored mark less the
//! discount. Signed by the owner of that account: a delegate may trade, and this is no trade.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::book::Book;
use keel_engine::liquidation::{self, TakeOver};

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, TakenOver};
use crate::loader::{self, Expected, Loaded};
use crate::state::{MarketAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: what the health of both margin accounts needs.
#[derive(Accounts)]
pub struct Liquidate {
    /// The owner of the liquidator's margin account.
    pub owner: Signer,
    /// Margin account that takes over. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub liquidator_account: Account<TraderAccount>,
    /// Margin account that is liquidated.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn liquidate(context: &mut Context<Liquidate>, request: &TakeOver) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Liquidate { owner, liquidator_account, account, market } = &mut context.accounts;
    let (address, liquidator_address) = (*account.address(), *liquidator_account.address());
    // Before either is referred to: the two would be one.
    if address_eq(&address, &liquidator_address) {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, liquidator, market) = (&mut account.state, &mut liquidator_account.state, &mut market.state);
    access::require_owner(liquidator, owner.address())?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(liquidator, &liquidator_address, market).reading())?;

    let before = Sums::of(account).and_market(market, account).and_holder(market, liquidator);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let taken = liquidation::take_over(&mut book, account, liquidator, loaded.ranges, others, request, clock::now()?)
        .map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).and_holder(market, liquidator).require_same(before)?;

    events::log(TakenOver::of(market, (account, &address), (liquidator, &liquidator_address), &taken));
    Ok(())
}
