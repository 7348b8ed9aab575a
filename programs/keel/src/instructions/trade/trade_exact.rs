//! Trades that another program can build upon: filled in whole, within a bound on what it costs or brings, and told as
//! return data.

use anchor_lang::prelude::*;
use keel_engine::delegate::MAY_TRADE;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::views::fill::FillView;
use keel_engine::{exact, refresh};

use super::trade::{Trade, execute};
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Traded};
use crate::instructions::views::answer;
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::{access, clock};

/// What is asked for.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// This order, within a bound: see [`exact::require_bound`].
    Order {
        /// The order; filled in whole or not at all.
        order: Order,
        /// The most that it may cost, or the least that it may bring; 0 none.
        bound: u64,
    },
    /// The position brought to a target, unless it is close enough.
    Target {
        /// Base atoms, negative is short.
        base: i64,
        /// Distance in base atoms up to which nothing is done.
        tolerance: u64,
        /// Worst price at which the curve may stand after it.
        limit: Option<Price>,
    },
}

/// Handles the instructions.
pub fn trade_exact(context: &mut Context<Trade>, wanted: &Wanted) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Trade { authority, account, market, price } = &mut context.accounts;
    let address = *account.address();
    let (account, market) = (&mut account.state, &mut market.state);
    let now = clock::now()?;
    let number = market.index_number;
    let by = access::require_permission(account, authority.address(), MAY_TRADE, number, now)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(account, &address, market))?;

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;

    let (order, bound) = match *wanted {
        Wanted::Order { order, bound } => (order, bound),
        Wanted::Target { base, tolerance, limit } => {
            let order = exact::order_to(account, number, base, tolerance, limit);
            (order.map_err(KeelError::from)?, 0)
        }
    };
    let order = Order { all_or_nothing: true, ..order };
    let before = Sums::of(account).and_market(market, account);
    let fill = execute(&mut loaded, (account, None), market, by, &order, None, now)?;
    exact::require_bound(&order, &fill, bound).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(Traded::of(market, account, &address, &fill));
    answer(&FillView::of(number, &fill));
    Ok(())
}
