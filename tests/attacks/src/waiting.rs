//! Withdrawals that wait.

use keel_engine::Result;
use keel_engine::state::{Bank, USDC};
use keel_simulator::{Action, Done, Executor};

use crate::money::Usd;
use crate::story::Story;

impl Story {
    /// Queues a withdrawal of whole dollars. Returns the ticket's number.
    pub fn queue(&mut self, name: &str, dollars: u64) -> Result<u64> {
        match self.play(Action::QueueWithdrawal { who: self.who(name), bank: USDC, amount: dollars * 1_000_000 })? {
            Done::Queued { ticket } => Ok(ticket),
            other => panic!("a queue that did {other:?}"),
        }
    }

    /// Pays the first in the queue: what left the bank, and what went back.
    pub fn pay(&mut self) -> Result<(Usd, Usd)> {
        match self.play(Action::PayWithdrawal { bank: USDC, ticket: None })? {
            Done::Paid { paid, returned, .. } => Ok((paid.into(), returned.into())),
            other => panic!("a payment that did {other:?}"),
        }
    }

    /// Takes back somebody's first waiting withdrawal, or that of a number.
    pub fn cancel(&mut self, name: &str, ticket: Option<u64>, by: &str) -> Result<()> {
        let (who, by) = (self.who(name), self.who(by));
        self.play(Action::CancelWithdrawal { who, bank: USDC, ticket, by }).map(drop)
    }

    /// The bank.
    pub fn bank(&self) -> &Bank {
        &self.simulator.books().bank(USDC).unwrap().bank
    }
}
