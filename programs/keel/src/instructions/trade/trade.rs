//! Trades against the curve, for the owner or its delegate.

use anchor_lang::prelude::*;
use keel_engine::book::Book;
use keel_engine::builder::Builder;
use keel_engine::curve::Exact;
use keel_engine::delegate::{By, MAY_TRADE, Watch};
use keel_engine::state::{Bank, MarginAccount, Market};
use keel_engine::trade::{Fill, Order};
use keel_engine::units::Price;
use keel_engine::view::Others;
use keel_engine::{Now, Side, refresh, trade as rules};

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Traded};
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::{MarketAccount, TraderAccount};
use crate::{access, clock};

/// Flag: never increase or turn the position.
pub const REDUCE_ONLY: u8 = 1;
/// Flag: refuse instead of filling in part.
pub const ALL_OR_NOTHING: u8 = 2;

/// The accounts. Remaining: what the account's health needs, and the market's tick arrays on the way, writable.
#[derive(Accounts)]
pub struct Trade {
    /// The owner, or its delegate.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
}

/// Decodes a side: 0 buy, 1 sell. Errors with `InvalidInstruction`.
#[inline(always)]
pub fn side_of(side: u8) -> Result<Side> {
    match side {
        0 => Ok(Side::Buy),
        1 => Ok(Side::Sell),
        _ => Err(KeelError::InvalidInstruction.into()),
    }
}

/// Decodes an order: side 0 buy, 1 sell; kind 0 exact base, 1 exact quote; limit 0 none. Errors with
/// `InvalidInstruction`.
#[inline(always)]
pub fn order(side: u8, kind: u8, amount: u64, limit: u64, flags: u8) -> Result<Order> {
    let side = side_of(side)?;
    let exact = match kind {
        0 => Exact::Base(amount),
        1 => Exact::Quote(amount),
        _ => return Err(KeelError::InvalidInstruction.into()),
    };
    if flags & !(REDUCE_ONLY | ALL_OR_NOTHING) != 0 {
        return Err(KeelError::InvalidInstruction.into());
    }
    Ok(Order {
        side,
        exact,
        limit: (limit != 0).then(|| Price::from_bits(limit)),
        reduce_only: flags & REDUCE_ONLY != 0,
        all_or_nothing: flags & ALL_OR_NOTHING != 0,
    })
}

/// Handles the instruction.
pub fn trade(context: &mut Context<Trade>, order: &Order) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Trade { authority, account, market, price } = &mut context.accounts;
    let address = *account.address();
    let (account, market) = (&mut account.state, &mut market.state);
    let now = clock::now()?;
    let by = access::require_permission(account, authority.address(), MAY_TRADE, market.index_number, now)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(account, &address, market))?;

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;

    let before = Sums::of(account).and_market(market, account);
    let fill = execute(&mut loaded, (account, None), market, by, order, None, now)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(Traded::of(market, account, &address, &fill));
    Ok(())
}

/// Trades for who signed, with the bank that the instruction declares, if any.
#[inline(always)]
pub(super) fn execute(
    loaded: &mut Loaded,
    (account, bank): (&mut MarginAccount, Option<&Bank>),
    market: &mut Market,
    by: By,
    order: &Order,
    builder: Option<&mut Builder>,
    now: Now,
) -> Result<Fill> {
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = Others { declared: bank, ..loaded.seen.others() };
    let watch = Watch::begin(by, &book, account, loaded.ranges, others).map_err(KeelError::from)?;
    let fill = rules::trade_through(&mut book, account, loaded.ranges, others, order, builder, now);
    let fill = fill.map_err(KeelError::from)?;
    watch.end(&book, account, loaded.ranges, others).map_err(KeelError::from)?;
    Ok(fill)
}
