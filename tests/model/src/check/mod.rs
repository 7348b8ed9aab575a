//! What always holds, checked after each action: protocol.md section 13, items 1 to 8 and 10 to 12.
//!
//! The equalities and recounts are `keel_simulator::audit`'s. Here is what needs the state before as well as after: that
//! nothing is created, that time and funding keep to their caps, that owners and keepers can do what the rules say and no
//! more, and that nothing changes that an action does not name.

mod account;
mod backstop;
mod collateral;
mod copies;
mod fill;
mod insurance;
mod keeper;
mod liens;
mod liquidation;
mod orders;
mod outflow;
mod permits;
mod pool;
mod session;
mod strategy;
mod sums;
mod time;
mod touched;

use std::fmt::Write;

use keel_engine::margin::{self, Health};
use keel_engine::state::{Market, TickArray};
use keel_engine::view::{Others, View};
use keel_engine::{Error, Now};
use keel_simulator::action::{Done, Leg};
use keel_simulator::orders::OrderAct;
use keel_simulator::setup::number;
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, Books, audit};
use solana_pubkey::Pubkey;

use crate::world::World;

pub(crate) use outflow::Outflow;
pub(crate) use sums::{MarketSums, Sums};
pub(crate) use time::Track;
pub(crate) use touched::{Touched, keep, touched};

pub(crate) use copies::on_copies;
pub(crate) use permits::permitted;

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: &'static str,
    /// The figures.
    pub detail: String,
}

impl Violation {
    pub(crate) fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}

impl std::error::Error for Violation {}

/// The result of a check.
pub(crate) type Checked = Result<(), Violation>;

/// Refuses what does not hold.
fn require(holds: bool, rule: &'static str, detail: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Violation { rule, detail: detail() }) }
}

/// What is remembered from one action to the next.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    /// What all holders have together.
    pub sums: Sums,
    /// Each market over time, in the order of their numbers.
    pub tracks: Vec<Track>,
    /// What came into each bank and left it, in the order of their numbers.
    pub outflow: Vec<Outflow>,
}

impl Memory {
    pub fn of(books: &Books) -> Self {
        Self {
            sums: Sums::of(books).unwrap_or_default(),
            tracks: books.markets.values().map(Track::of).collect(),
            outflow: books.banks.keys().map(|bank| Outflow::of(books, usize::from(*bank))).collect(),
        }
    }
}

/// What stood before an action, with its market brought up to its second as the action itself does first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prior {
    /// The market, refreshed where the action refreshes it.
    pub market: Option<Market>,
    /// Health of the account that the action names, if it could be told.
    pub health: Option<Health>,
}

impl Prior {
    pub fn of(world: &World, action: &Action, now: Now) -> Self {
        if let Action::TradeLegs { who, legs } = action {
            return Self { market: None, health: health_before_legs(world, *who, legs, now) };
        }
        let Some((who, place)) = subject(world, action) else { return Self::default() };
        let books = world.books();
        let mut market = place.and_then(|place| books.markets.get(&number(place)).copied());
        if refreshes(action)
            && let Some(state) = &mut market
            && let Ok(sample) = world.simulator.sample(state.index_number)
            && keel_engine::refresh::refresh(state, Some(&sample), now).is_err()
        {
            return Self::default();
        }
        let health = world.addresses.get(who).and_then(|address| health(books, market.as_ref(), address, now).ok());
        Self { market, health }
    }
}

/// Health of an account with the markets of legs brought up to date, if it can be told.
fn health_before_legs(world: &World, who: usize, legs: &[Leg], now: Now) -> Option<Health> {
    let address = world.addresses.get(who)?;
    let mut books = world.books().clone();
    for leg in legs {
        let sample = world.simulator.sample(number(leg.market)).ok()?;
        let market = books.markets.get_mut(&number(leg.market))?;
        let _refreshed = keel_engine::refresh::refresh(market, Some(&sample), now).ok()?;
    }
    health(&books, None, address, now).ok()
}

/// The account whose health an action can change, and the market.
fn subject(world: &World, action: &Action) -> Option<(usize, Option<usize>)> {
    match *action {
        Action::Strategy(act) => {
            let pool = world.books().pool?;
            let place = world.addresses.iter().position(|address| address.to_bytes() == pool.account)?;
            Some((place, Some(act.market())))
        }
        Action::Order(ref act) => {
            let (_, order) = orders::named(&world.addresses, world.books(), act)?;
            Some((act.parts().0, Some(usize::from(order.market).saturating_sub(1))))
        }
        Action::Deposit { who, .. }
        | Action::Withdraw { who, .. }
        | Action::QueueWithdrawal { who, .. }
        | Action::Transfer { who, .. }
        | Action::BuyCollateral { who, .. }
        | Action::BeginLiquidation { who } => Some((who, None)),
        Action::Trade { who, market, .. }
        | Action::DepositAndTrade { who, market, .. }
        | Action::TradeExact { who, market, .. }
        | Action::TradeTo { who, market, .. }
        | Action::AddRange { who, market, .. }
        | Action::RemoveRange { who, market, .. }
        | Action::SettleRange { who, market, .. }
        | Action::Settle { who, market, .. }
        | Action::Release { who, market, .. }
        | Action::UnwindRange { who, market, .. }
        | Action::LiquidateOnCurve { who, market, .. }
        | Action::Liquidate { who, market, .. }
        | Action::Deleverage { who, market, .. }
        | Action::Backstop { who, market, .. }
        | Action::CollectPledged { who, market, .. }
        | Action::Resolve { who, market }
        | Action::ClosePosition { who, market } => Some((who, Some(market))),
        _ => None,
    }
}

/// Whether an action brings its market up to date first.
const fn refreshes(action: &Action) -> bool {
    matches!(
        action,
        Action::Trade { .. }
            | Action::DepositAndTrade { .. }
            | Action::TradeExact { .. }
            | Action::TradeTo { .. }
            | Action::AddRange { .. }
            | Action::LiquidateOnCurve { .. }
            | Action::Order(OrderAct::Execute { .. })
            | Action::Strategy(StrategyAct::Rebalance { .. })
    )
}

/// A look at the books with one market replaced.
fn with_view<R>(books: &Books, replaced: Option<&Market>, look: impl FnOnce(&View) -> R) -> R {
    let choose =
        |market| replaced.filter(|other: &&Market| other.index_number == market_number(market)).unwrap_or(market);
    let markets: Vec<&Market> = books.markets.values().map(choose).collect();
    let arrays: Vec<&TickArray> = books.arrays.values().collect();
    let banks = books.other_banks();
    look(&View::of(Others { declared: None, banks: &banks, markets: &markets, arrays: &arrays }))
}

const fn market_number(market: &Market) -> u16 {
    market.index_number
}

/// Health of an account at marks as old as liquidation allows, with one market replaced.
fn health(books: &Books, replaced: Option<&Market>, address: &Pubkey, now: Now) -> Result<Health, Error> {
    let account = books.accounts.get(address).ok_or(Error::AccountMissing)?;
    with_view(books, replaced, |view| margin::health_for_liquidation(account, books.ranges.get(address), view, now))
}

/// Everything that is checked after an action that changed something.
pub(crate) fn after(
    world: &mut World,
    action: &Action,
    done: &Done,
    prior: &Prior,
    touched: &Touched,
    now: Now,
) -> Checked {
    let books = &world.simulator.books;
    if let Err(broken) = audit::check(books) {
        return Err(Violation { rule: broken.equality, detail: broken.figures });
    }
    let sums = Sums::of(books)?;
    world.memory.tracks.iter_mut().for_each(Track::rest);
    for market in &touched.markets {
        let (Some(before), Some(after)) = (world.before.markets.get(market), books.markets.get(market)) else {
            continue;
        };
        let place = usize::from(*market) - 1;
        if let (Some(track), Some(prior)) = (world.memory.tracks.get_mut(place), world.memory.sums.markets.get(place)) {
            track.follow(before, after, prior, now)?;
            session::check(before, after)?;
            if let Some(name) = session::seen(before, after) {
                world.tally.saw(name);
            }
        }
    }
    sums::check(books, &world.memory, &sums, action, done)?;
    world.memory.sums = sums;
    let mut outflow = std::mem::take(&mut world.memory.outflow);
    for bank in &mut outflow {
        bank.follow(&world.before, &world.simulator.books, action, done, now)?;
    }
    world.memory.outflow = outflow;
    account::check(world, action, done, prior, touched, now)?;
    collateral::check(world, action, done, prior, touched, now)?;
    liens::check(world, action, touched, now)?;
    fill::check(world, action, done, prior, now)?;
    orders::check(world, action, done, prior, now)?;
    pool::check(world, action, done, now)?;
    strategy::check(world, action, done, prior, now)?;
    insurance::check(world, action, done, now)?;
    keeper::check(world, action, done, prior, now)
}

/// A number made of an action and its time.
pub(crate) fn mixed(action: &Action, at: u64) -> u64 {
    struct Mixer(u64);
    impl Write for Mixer {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for byte in text.bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
            Ok(())
        }
    }
    let mut mixer = Mixer(0xcbf2_9ce4_8422_2325 ^ at);
    // Writing to a number cannot fail.
    let _ = write!(mixer, "{action:?}");
    mixer.0 >> 17
}
