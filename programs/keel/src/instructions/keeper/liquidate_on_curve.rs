//! Reduces a flagged account against the curve and pays the keeper's margin account. Needs no capital, and no fresh
//! price: a stale update leaves the stored marks in force, and the engine says whether they are good enough.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::book::Book;
use keel_engine::{liquidation, refresh};

use crate::clock;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Liquidated};
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::{MarketAccount, TraderAccount};

/// The accounts. Remaining: what the account's health needs, and the market's tick arrays on the way, writable.
#[derive(Accounts)]
pub struct LiquidateOnCurve {
    /// Margin account that is paid. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub keeper_account: Account<TraderAccount>,
    /// Margin account that is liquidated.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
}

/// Handles the instruction.
pub fn liquidate_on_curve(context: &mut Context<LiquidateOnCurve>, max_base: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let LiquidateOnCurve { keeper_account, account, market, price } = &mut context.accounts;
    let (address, keeper_address) = (*account.address(), *keeper_account.address());
    // Before either is referred to: the two would be one.
    if address_eq(&address, &keeper_address) {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, keeper, market) = (&mut account.state, &mut keeper_account.state, &mut market.state);
    let now = clock::now()?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(account, &address, market))?;

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;

    let before = Sums::of(account).and_market(market, account).and_capital(keeper);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let step = liquidation::on_curve(&mut book, account, keeper, others, max_base, now).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).and_capital(keeper).require_same(before)?;

    events::log(Liquidated::of(market, (account, &address), (keeper, &keeper_address), &step));
    Ok(())
}
