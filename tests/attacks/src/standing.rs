//! Standing orders.

use keel_engine::orders::{Kind, Terms};
use keel_engine::units::Price;
use keel_engine::{Result, Side};
use keel_simulator::orders::{OrderAct, Placing};
use keel_simulator::{Action, Done};

use crate::story::{Fill, Story, atoms};

impl Story {
    /// A price in dollars per contract.
    pub fn at_price(usd: f64) -> Price {
        // A millionth of a dollar over a billionth of a contract.
        Price::from_bits((usd / 1_000.0 * 2f64.powi(48)).round() as u64)
    }

    /// What an order of that kind says where nothing else is said: contracts, and a tip of 100,000 lamports.
    pub fn terms(kind: Kind, side: Side, contracts: f64) -> Terms {
        let none = Price::from_bits(0);
        Terms {
            kind,
            side,
            flags: 0,
            amount: atoms(contracts),
            below: none,
            below_limit: none,
            above: none,
            above_limit: none,
            min_fill: 0,
            tip: 100_000,
            starts_at: 0,
            expires_at: 0,
            interval_secs: 0,
            slices: 0,
            catch_up: 0,
        }
    }

    /// Leaves an order. Returns its number.
    #[track_caller]
    pub fn leave_order(&mut self, name: &str, terms: Terms) -> u64 {
        let (who, market) = (self.who(name), self.here);
        let placing = Placing { terms, starts_at: None, expires_at: None };
        let act = OrderAct::Place { who, market, number: None, placing, by: who };
        match self.play(Action::Order(act)) {
            Ok(Done::OrderPlaced { order }) => order,
            other => panic!("{name} cannot leave an order: {other:?}"),
        }
    }

    /// Executes somebody's first order: the fill, lamports of its tip, and whether it is over.
    pub fn execute(&mut self, name: &str, by: &str) -> Result<(Fill, u64, bool)> {
        let (who, by) = (self.who(name), self.who(by));
        match self.play(Action::Order(OrderAct::Execute { who, number: None, by }))? {
            Done::OrderExecuted { base, quote, fee, tip, ended } => {
                Ok((Fill { base, quote: crate::Usd(quote), fee: fee.into() }, tip, ended.is_some()))
            }
            other => panic!("an order that did {other:?}"),
        }
    }

    /// Cleans up somebody's first order. Returns the lamports that it earned.
    pub fn clean(&mut self, name: &str, by: &str) -> Result<u64> {
        let (who, by) = (self.who(name), self.who(by));
        match self.play(Action::Order(OrderAct::Clean { who, number: None, by }))? {
            Done::OrderCleaned { tip, .. } => Ok(tip),
            other => panic!("a cleaning that did {other:?}"),
        }
    }
}
