//! Executes what is due of an order, as a trade of its margin account. Anybody may, and gets the tip.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::book::Book;
use keel_engine::{orders, refresh};

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, OrderClosed, OrderExecuted, Traded};
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::{MarketAccount, OrderAccount, TraderAccount};
use crate::{access, clock, tips};

/// The accounts. Remaining: what the account's health needs, and the market's tick arrays on the way, writable.
#[derive(Accounts)]
pub struct ExecuteOrder {
    /// Who executes it; gets the tip.
    #[account(mut, unsafe(dup))]
    pub keeper: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
    /// The order.
    #[account(mut)]
    pub order: Account<OrderAccount>,
    /// Who paid for the order; gets what it still holds when it is over. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn execute_order(context: &mut Context<ExecuteOrder>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let ExecuteOrder { keeper, account, market, price, order, payer } = &mut context.accounts;
    let (address, place) = (*account.address(), *order.address());
    access::require_order(&order.state, &address, payer.address())?;
    let (account, market) = (&mut account.state, &mut market.state);
    let now = clock::now()?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(account, &address, market))?;

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;

    let before = Sums::of(account).and_market(market, account);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let executed = orders::execute(&mut order.state, &mut book, account, loaded.ranges, others, now);
    let executed = executed.map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;
    tips::pay(order, &*keeper, executed.tip)?;

    events::log(Traded::of(market, account, &address, &executed.fill));
    events::log(OrderExecuted::of(&order.state, &place, keeper.address(), &executed));
    if let Some(ended) = executed.ended {
        events::log(OrderClosed::of(&order.state, &place, account, ended, 0));
        order.close(**payer)?;
    }
    Ok(())
}
