//! What is counted along the way.

use std::collections::BTreeMap;

use keel_engine::Error;
use keel_engine::state::PlacedOrder;
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, Done};

use crate::paths::MARKETS;
use crate::world::Answer;

/// Counts of one run.
#[derive(Default)]
pub struct Tally {
    /// Transactions sent, each compared with the engine byte for byte.
    pub transactions: u64,
    /// Equalities compared.
    pub equalities: u64,
    /// Compute units of each instruction that went through.
    pub units: BTreeMap<&'static str, Vec<u64>>,
    /// Refusals, by instruction and error.
    pub refusals: BTreeMap<(&'static str, &'static str), u64>,
    /// What was done in each market.
    pub markets: [MarketTally; MARKETS],
    /// What became of the orders of each kind, in the order of [`ORDER_KINDS`].
    pub orders: [OrderTally; ORDER_KINDS.len()],
    /// What was done with the pool.
    pub pool: PoolTally,
    /// Accounts flagged.
    pub flags: u64,
    /// What keepers earned, in quote atoms.
    pub keeper_pay: u64,
    /// What liquidations paid to insurance, in quote atoms.
    pub insurance_pay: u64,
    /// Bankrupt accounts resolved.
    pub resolved: u64,
    /// Claims released, and what they paid, in quote atoms.
    pub released: (u64, u64),
}

/// The kinds of orders, by their numbers.
pub const ORDER_KINDS: [&str; 4] = ["stop-loss and take-profit", "limit", "scale", "TWAP"];

/// Counts of one kind of order.
#[derive(Clone, Copy, Default)]
pub struct OrderTally {
    /// Executions, of an order or a part of it.
    pub executions: u64,
    /// Their volume, in quote atoms.
    pub volume: u64,
    /// Lamports that keepers earned.
    pub tips: u64,
    /// Orders that could not be executed any more and were cleaned up.
    pub cleaned: u64,
}

/// Counts of the pool.
#[derive(Clone, Copy, Default)]
pub struct PoolTally {
    /// Deposits that became shares, and those shares.
    pub deposits: u64,
    pub shares: u64,
    /// Payments to who leaves, what they paid in quote atoms, and the shares burnt for it.
    pub redemptions: u64,
    pub paid: u64,
    pub burnt: u64,
    /// Rebalancings, and what keepers got for them, in quote atoms.
    pub rebalances: u64,
    pub tips: u64,
    /// What it took over from liquidations, in quote atoms.
    pub taken_over: u64,
}

/// Counts of one market.
#[derive(Clone, Copy, Default)]
pub struct MarketTally {
    /// Fills of traders.
    pub fills: u64,
    /// Their volume, in quote atoms.
    pub volume: u64,
    /// Their fees, in quote atoms.
    pub fees: u64,
    /// Fees that ranges were entitled to when they were folded, in quote atoms.
    pub range_fees: u64,
    /// Liquidation steps.
    pub steps: u64,
    /// Volume of those, in quote atoms.
    pub liquidated: u64,
    /// The most that was written off at one time, in quote atoms.
    pub most_written_off: u64,
}

impl MarketTally {
    fn fill(&mut self, quote: i64, fee: u64) {
        self.fills += 1;
        self.volume += quote.unsigned_abs();
        self.fees += fee;
    }

    fn step(&mut self, quote: i64) {
        self.steps += 1;
        self.liquidated += quote.unsigned_abs();
    }
}

impl Tally {
    /// Counts a transaction and what it did.
    pub fn count(&mut self, action: &Action, answer: &Answer, units: u64) {
        self.transactions += 1;
        match answer {
            Ok(done) => {
                self.units.entry(action.name()).or_default().push(units);
                self.add(action, done);
            }
            Err(error) => self.refuse(action, *error),
        }
    }

    /// Counts a refusal.
    pub fn refuse(&mut self, action: &Action, error: Error) {
        *self.refusals.entry((action.name(), error.name())).or_default() += 1;
    }

    /// Counts what a keeper did with an order.
    pub fn order(&mut self, order: &PlacedOrder, done: &Done) {
        let Some(counted) = self.orders.get_mut(usize::from(order.kind)) else { return };
        match *done {
            Done::OrderExecuted { quote, fee, tip, .. } => {
                counted.executions += 1;
                counted.volume += quote.unsigned_abs();
                counted.tips += tip;
                if let Some(market) = self.markets.get_mut(usize::from(order.market).wrapping_sub(1)) {
                    market.fill(quote, fee);
                }
            }
            Done::OrderCleaned { tip, .. } => {
                counted.cleaned += 1;
                counted.tips += tip;
            }
            _ => {}
        }
    }

    /// The sum of one count over all markets.
    pub fn sum(&self, count: impl Fn(&MarketTally) -> u64) -> u64 {
        self.markets.iter().map(count).sum()
    }

    fn add(&mut self, action: &Action, done: &Done) {
        let mut nowhere = MarketTally::default();
        let market = market_of(action).and_then(|market| self.markets.get_mut(market)).unwrap_or(&mut nowhere);
        match *done {
            Done::Traded { quote, fee, .. } | Done::Brought { quote, fee, .. } => market.fill(quote, fee),
            Done::TradedLegs { fills } => {
                let Action::TradeLegs { legs, .. } = action else { return };
                for (leg, fill) in legs.iter().zip(fills.iter().flatten()) {
                    if let Some(market) = self.markets.get_mut(leg.market) {
                        market.fill(fill.quote, fill.fee);
                    }
                }
            }
            Done::Folded { fees, .. } => market.range_fees += fees,
            Done::Flagged { .. } => self.flags += 1,
            Done::Liquidated { quote, keeper, insurance, .. } => {
                market.step(quote);
                self.keeper_pay += keeper;
                self.insurance_pay += insurance;
            }
            Done::TakenOver { quote, tip, insurance, .. } => {
                market.step(quote);
                if matches!(action, Action::Backstop { .. }) {
                    self.pool.taken_over += quote.unsigned_abs();
                }
                self.keeper_pay += tip;
                self.insurance_pay += insurance;
            }
            Done::Deleveraged { quote, tip, .. } => {
                market.step(quote);
                self.keeper_pay += tip;
            }
            Done::DepositExecuted { shares, .. } => {
                self.pool.deposits += 1;
                self.pool.shares += shares;
            }
            Done::Rebalanced { tip, quote, fee, .. } => {
                self.pool.rebalances += 1;
                self.pool.tips += tip;
                if quote != 0 {
                    market.fill(quote, fee);
                }
            }
            Done::Redeemed { paid, burnt, .. } if paid != 0 => {
                self.pool.redemptions += 1;
                self.pool.paid += paid;
                self.pool.burnt += burnt;
            }
            Done::Resolved { .. } => self.resolved += 1,
            Done::Released { claim, paid } => {
                self.released.0 += claim;
                self.released.1 += paid;
            }
            Done::Booked
            | Done::Requested { .. }
            | Done::Balanced { .. }
            | Done::PoolCollected { .. }
            | Done::Redeemed { .. }
            | Done::OrderPlaced { .. }
            | Done::OrderExecuted { .. }
            | Done::OrderCleaned { .. }
            | Done::Added { .. }
            | Done::Settled { .. }
            | Done::Collected { .. }
            | Done::Sold { .. }
            | Done::Queued { .. }
            | Done::Paid { .. }
            | Done::Viewed(_)
            | Done::PositionClosed { .. }
            | Done::MarketRemoved { .. } => {}
        }
    }
}

/// The market in which an action fills, folds or liquidates.
const fn market_of(action: &Action) -> Option<usize> {
    match *action {
        Action::Trade { market, .. }
        | Action::TradeWithBuilder { market, .. }
        | Action::RemoveRange { market, .. }
        | Action::SettleRange { market, .. }
        | Action::UnwindRange { market, .. }
        | Action::LiquidateOnCurve { market, .. }
        | Action::Liquidate { market, .. }
        | Action::Backstop { market, .. }
        | Action::Strategy(StrategyAct::Rebalance { market, .. })
        | Action::Deleverage { market, .. } => Some(market),
        _ => None,
    }
}

/// Smallest, middle and largest of some numbers.
pub fn spread(numbers: &[u64]) -> Option<(u64, u64, u64)> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    Some((*sorted.first()?, *sorted.get(sorted.len() / 2)?, *sorted.last()?))
}
