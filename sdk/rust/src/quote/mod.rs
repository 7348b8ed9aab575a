//! What an instruction would do, before it is sent: worked out on copies, by the engine functions that the program calls, in
//! the program's order, and from no account but those that the built instruction passes. So a quote is the fill, if nothing
//! else lands in between and the clock is the same.
//!
//! | file | what |
//! |---|---|
//! | `scene` | the accounts behind an instruction's declared ones, sorted as the program sorts them |
//! | `trade` | a trade, within a bound, to a target, on top of a deposit |
//! | `collateral` | buying collateral that is for sale |
//! | `order` | placing an order, and executing one |
//! | `range` | adding and removing a range |
//! | `account` | health, margin for new risk, liquidation price, an auction, delta |
//! | `market` | funding to come, depth, payout |
//! | `pool` | the pool |
//!
//! All quotes read through [`Accounts`](crate::chain::Accounts): with a [`Gathering`](crate::chain::Gathering) they work over
//! a network. Nothing is ever changed. A quoted market is the market afterwards in everything but `sequence`, the number of
//! its last event, which is the program's to count.

mod account;
mod changed;
mod collateral;
mod market;
mod order;
mod pool;
mod range;
mod scene;
mod trade;

pub use account::{auction, delta, health, initial, liquidation_price};
pub use collateral::{PurchaseQuote, buy_collateral};
pub use market::{Depth, DepthPoint, depth, funding, payout};
pub use order::{OrderQuote, PlacementQuote, order, place_order};
pub use pool::pool;
pub use range::{RangeQuote, RemovalQuote, add_range, remove_range};
pub use trade::{DepositAndTradeQuote, TradeQuote, deposit_and_trade, trade, trade_exact, trade_to};

use keel_engine::oracle::Sample;
use keel_engine::state::Market;
use solana_pubkey::Pubkey;

use crate::chain::Accounts;
use crate::error::{Result, SdkError};
use crate::pyth;

/// The update that an instruction takes: the one that its price account will hold, where the caller knows it, otherwise the
/// one that it holds now.
fn sample_of(accounts: &impl Accounts, sample: Option<&Sample>, price: &Pubkey, market: &Market) -> Result<Sample> {
    match sample {
        Some(sample) => Ok(*sample),
        None => pyth::sample_of(&accounts.get(price).ok_or(SdkError::Missing(*price))?, &market.feed_id),
    }
}
