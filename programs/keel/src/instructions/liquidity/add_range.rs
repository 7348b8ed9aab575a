//! Puts a range on the curve, backed by the account's initial margin.

use anchor_lang::prelude::*;
use keel_engine::book::Book;
use keel_engine::delegate::{self, MAY_RANGE, Watch};
use keel_engine::ranges::RangeRequest;
use keel_engine::{liquidity, refresh};

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, RangeAdded};
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::{MarketAccount, RangesAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: what the account's health needs, and the tick arrays of the range's ends, writable.
#[derive(Accounts)]
pub struct AddRange {
    /// The owner, or its delegate.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// Its companion.
    #[account(mut)]
    pub ranges: Account<RangesAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
}

/// Handles the instruction.
pub fn add_range(context: &mut Context<AddRange>, request: &RangeRequest) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let AddRange { authority, account, ranges, market, price } = &mut context.accounts;
    let address = *account.address();
    let (account, ranges, market) = (&mut account.state, &mut ranges.state, &mut market.state);
    let now = clock::now()?;
    let by = access::require_permission(account, authority.address(), MAY_RANGE, market.index_number, now)?;
    delegate::require_may_add(by).map_err(KeelError::from)?;
    loader::require_companion(ranges, &address)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::ranges(market))?;

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;

    let before = Sums::of(account).and_market(market, account);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let watch = Watch::begin(by, &book, account, Some(ranges), others).map_err(KeelError::from)?;
    let slot = liquidity::add(&mut book, account, ranges, others, request, now).map_err(KeelError::from)?;
    watch.end(&book, account, Some(ranges), others).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    let range = ranges.ranges.get(slot).ok_or(KeelError::RangeNotFound)?;
    let slot = u8::try_from(slot).map_err(|_| KeelError::RangeNotFound)?;
    events::log(RangeAdded::of(market, &address, slot, range));
    Ok(())
}
