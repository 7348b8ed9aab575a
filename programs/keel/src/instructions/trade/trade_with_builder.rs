//! A trade that a builder brought: as `trade` in everything, and the builder's fee is booked as its claim.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::builder::Builder;
use keel_engine::delegate::MAY_TRADE;
use keel_engine::refresh;
use keel_engine::trade::Order;

use super::trade::execute;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, BuilderPaid, Traded};
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::{ApprovalAccount, MarketAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: as for `trade`.
#[derive(Accounts)]
pub struct TradeWithBuilder {
    /// The owner, or its delegate.
    pub authority: Signer,
    /// What the owner allows the builder.
    pub approval: Account<ApprovalAccount>,
    /// The margin account. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
    /// The builder's margin account, isolated to the market.
    #[account(mut, unsafe(dup))]
    pub builder_account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn trade_with_builder(context: &mut Context<TradeWithBuilder>, order: &Order, fee_ppm: u32) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let TradeWithBuilder { authority, approval, account, market, price, builder_account } = &mut context.accounts;
    let (address, builder_address) = (*account.address(), *builder_account.address());
    // Before either is referred to: the two would be one.
    if address_eq(&address, &builder_address) {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, market) = (&mut account.state, &mut market.state);
    let now = clock::now()?;
    let by = access::require_permission(account, authority.address(), MAY_TRADE, market.index_number, now)?;
    access::require_approval_of(&approval.state, &address)?;
    let builder = &mut builder_account.state;
    let mut builder = Builder::new(&approval.state, builder, market, fee_ppm).map_err(KeelError::from)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(account, &address, market))?;

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;

    let before = Sums::of(account).and_market(market, account).and_holder(market, builder.account());
    let fill = execute(&mut loaded, (account, None), market, by, order, Some(&mut builder), now)?;
    Sums::of(account).and_market(market, account).and_holder(market, builder.account()).require_same(before)?;

    events::log(Traded::of(market, account, &address, &fill));
    let paid = (builder.account(), &builder_address);
    events::log(BuilderPaid::of(market, &address, paid, builder.paid()));
    Ok(())
}
