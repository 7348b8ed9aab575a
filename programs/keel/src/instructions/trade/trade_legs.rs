//! Trades in several markets at once, for the owner or its delegate: margin is looked at once, after the last leg.

use anchor_lang::{AccountView, prelude::*};
use arrayvec::ArrayVec;
use bytemuck::{Pod, Zeroable};
use keel_engine::delegate::{By, MAY_TRADE};
use keel_engine::legs::{self as rules, Fills, MAX_LEGS};
use keel_engine::state::{MarginAccount, Market};
use keel_engine::trade::{Fill, Order};
use keel_engine::{Now, refresh};

use super::trade::order;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Traded};
use crate::loader::{self, LoadedLegs};
use crate::oracle::pyth;
use crate::state::TraderAccount;
use crate::{access, clock};

/// Bytes of one leg.
pub const LEG_LENGTH: usize = 21;
/// Bytes of all legs.
pub const LEGS_LENGTH: usize = LEG_LENGTH * MAX_LEGS;

/// The accounts. Remaining: the legs' price accounts; what the account's health needs with the legs' markets among it,
/// writable; the tick arrays on the way, writable.
#[derive(Accounts)]
pub struct TradeLegs {
    /// The owner, or its delegate.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
}

/// A leg as the instruction's data has it, little-endian.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Leg {
    market: [u8; 2],
    side: u8,
    kind: u8,
    amount: [u8; 8],
    limit: [u8; 8],
    flags: u8,
}

const _: () = assert!(size_of::<Leg>() == LEG_LENGTH && align_of::<Leg>() == 1);

impl Leg {
    /// Once, and not in each turn of an unrolled loop.
    #[inline(never)]
    fn order(&self) -> Result<Order> {
        order(self.side, self.kind, u64::from_le_bytes(self.amount), u64::from_le_bytes(self.limit), self.flags)
    }
}

/// The legs: their markets and what is asked for in each.
pub struct Legs {
    markets: ArrayVec<u16, MAX_LEGS>,
    orders: ArrayVec<Order, MAX_LEGS>,
}

/// Decodes the first `count` legs: market, then as [`order`]. What is behind them means nothing.
///
/// Errors: `TooManyLegs`, `LegOrder`, `InvalidInstruction`.
#[inline(never)]
pub fn legs(count: u8, data: &[u8; LEGS_LENGTH]) -> Result<Legs> {
    let legs: &[Leg; MAX_LEGS] = bytemuck::cast_ref(data);
    let legs = legs.get(..usize::from(count)).ok_or(KeelError::TooManyLegs)?;
    let mut decoded = Legs { markets: ArrayVec::new(), orders: ArrayVec::new() };
    for leg in legs {
        decoded.markets.try_push(u16::from_le_bytes(leg.market)).map_err(|_| KeelError::TooManyLegs)?;
        decoded.orders.try_push(leg.order()?).map_err(|_| KeelError::TooManyLegs)?;
    }
    rules::require_ascending(decoded.markets.iter().copied()).map_err(KeelError::from)?;
    Ok(decoded)
}

/// Handles the instruction. In a frame of its own: with the arguments' it would not fit one.
#[inline(never)]
pub fn trade_legs(context: &mut Context<TradeLegs>, legs: &Legs) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let TradeLegs { authority, account } = &mut context.accounts;
    let address = *account.address();
    let account = &mut account.state;
    let now = clock::now()?;
    let by = for_whom(account, authority.address(), &legs.markets, now)?;
    let (prices, views) = views.split_at_mut_checked(legs.markets.len()).ok_or(KeelError::OraclePriceAccount)?;
    let mut loaded = loader::load_legs(views, account, &address, &legs.markets)?;
    if loaded.legs.len() != legs.markets.len() {
        return Err(KeelError::MarketMissing.into());
    }
    refresh_all(&mut loaded, prices, now)?;

    let before = sums(&loaded, account);
    let fills = fill(&mut loaded, account, by, &legs.orders, now)?;
    sums(&loaded, account).require_same(before)?;

    log(&mut loaded, account, &address, &fills);
    Ok(())
}

/// For whom the legs are signed: a delegate may trade in the market of each. Without a leg only the owner is let through,
/// and the engine refuses.
#[inline(never)]
fn for_whom(account: &MarginAccount, signer: &Address, markets: &[u16], now: Now) -> Result<By> {
    if markets.is_empty() {
        access::require_owner(account, signer)?;
    }
    let permission = |_: By, market: &u16| access::require_permission(account, signer, MAY_TRADE, *market, now);
    markets.iter().try_fold(By::Owner, permission)
}

#[inline(never)]
fn fill(loaded: &mut LoadedLegs, account: &mut MarginAccount, by: By, orders: &[Order], now: Now) -> Result<Fills> {
    let others = loaded.seen.others();
    let mut books = loader::books(&mut loaded.legs, &mut loaded.books);
    let fills = rules::trade_by(by, &mut books, account, loaded.ranges, others, orders, now);
    Ok(fills.map_err(KeelError::from)?)
}

#[inline(never)]
fn sums(loaded: &LoadedLegs, account: &MarginAccount) -> Sums {
    loaded.legs.iter().fold(Sums::of(account), |sums, market| sums.and_market(market, account))
}

/// Brings every leg's market up to date with its price account.
#[inline(never)]
fn refresh_all(loaded: &mut LoadedLegs, prices: &[AccountView], now: Now) -> Result<()> {
    loaded.legs.iter_mut().zip(prices).try_for_each(|(market, price)| refresh_one(market, price, now))
}

#[inline(never)]
fn refresh_one(market: &mut Market, price: &AccountView, now: Now) -> Result<()> {
    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;
    Ok(())
}

/// An event for each leg, with the balances after the last.
#[inline(never)]
fn log(loaded: &mut LoadedLegs, account: &MarginAccount, address: &Address, fills: &Fills) {
    for (market, fill) in loaded.legs.iter_mut().zip(fills.iter().flatten()) {
        log_one(market, account, address, fill);
    }
}

#[inline(never)]
fn log_one(market: &mut Market, account: &MarginAccount, address: &Address, fill: &Fill) {
    events::log(Traded::of(market, account, address, fill));
}
