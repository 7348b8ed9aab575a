//! An exchange on which each action is played and then checked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use keel_engine::collateral;
use keel_engine::oracle::MarkUse;
use keel_engine::state::{MarginAccount, Market, Position};
use keel_engine::{Error, Now};
use keel_simulator::action::Done;
use keel_simulator::{Action, Books, Executor, Setup, Simulator};
use solana_pubkey::Pubkey;

use crate::check::{self, Memory, Violation};
use crate::tally::Tally;

/// An action and when it is played, in seconds from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// Seconds from the start.
    pub at: u64,
    /// What is done.
    pub action: Action,
}

/// How often the checks run that need a copy of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Never.
    Never,
    /// Where a number made of the action is a multiple of this.
    OneIn(u64),
}

/// An exchange, what it was before the last action, and what is remembered for checks over time.
#[derive(Clone, Debug)]
pub struct World {
    /// The exchange.
    pub simulator: Simulator,
    /// Its books before the action that is being played; equal to them between actions.
    pub(crate) before: Books,
    /// Addresses of the margin accounts, by place.
    pub addresses: Vec<Pubkey>,
    pub(crate) memory: Memory,
    /// Seconds from the start.
    pub at: u64,
    /// Counts.
    pub tally: Tally,
    copies: Copies,
}

impl World {
    /// An exchange as it starts. Errors when it is refused.
    pub fn start(setup: &Setup, copies: Copies) -> anyhow::Result<Self> {
        Self::of(Simulator::start(setup)?, setup.accounts.len(), copies)
    }

    /// An exchange that stands already, with so many accounts.
    pub fn of(simulator: Simulator, accounts: usize, copies: Copies) -> anyhow::Result<Self> {
        let addresses = (0..accounts).map(|who| simulator.account(who)).collect::<anyhow::Result<_>>()?;
        let before = simulator.books.clone();
        let memory = Memory::of(&simulator.books);
        Ok(Self { simulator, before, addresses, memory, at: 0, tally: Tally::default(), copies })
    }

    /// Turns the clock, plays the action and checks everything. The inner error is the exchange's refusal.
    pub fn play(&mut self, timed: &Timed) -> Result<Result<Done, Error>, Violation> {
        self.at = self.at.max(timed.at);
        self.simulator.turn(self.at);
        let now = self.now();
        // Whoever signs, what is done keeps to the same rules.
        let signed = timed.action.signed();
        let prior = check::Prior::of(self, signed, now);
        let copied = self.is_copied(&timed.action).then(|| self.simulator.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| self.simulator.play(&timed.action)));
        let outcome = outcome.map_err(|_| Violation::new("every input gives a result or a named error", "panicked"))?;
        self.tally.note(&timed.action, outcome.as_ref().err().copied());
        let touched = check::touched(self, &timed.action, &outcome)?;
        if let Ok(done) = &outcome
            && !touched.is_empty()
        {
            check::permitted(self, &timed.action, done, now)?;
            check::after(self, signed, done, &prior, &touched, now)?;
        }
        if let Some(copied) = copied {
            check::on_copies(self, copied, signed, &outcome, now)?;
        }
        check::keep(self, &touched);
        Ok(outcome)
    }

    /// Whether the checks on copies run for an action: told by the action and the time alone, so that a shorter list of
    /// actions is checked as the longer one was.
    fn is_copied(&self, action: &Action) -> bool {
        match self.copies {
            Copies::Never => false,
            Copies::OneIn(n) => check::mixed(action, self.at).is_multiple_of(n),
        }
    }

    /// Funding that the rounding holder of a market has paid, at most, in 2^-64 quote atoms.
    pub(crate) fn rounding_funding(&self, market: usize) -> i128 {
        self.memory.tracks.get(market).map_or(0, |track| track.rounding_funding.1)
    }

    /// The clock.
    pub fn now(&self) -> Now {
        self.simulator.now()
    }

    /// The books.
    pub fn books(&self) -> &Books {
        &self.simulator.books
    }

    /// Changes that were queued so far.
    pub fn changes(&self) -> u64 {
        self.books().exchange.map_or(0, |exchange| exchange.changes)
    }

    /// A market by its place.
    pub fn market(&self, place: usize) -> Option<&Market> {
        self.books().markets.get(&keel_simulator::setup::number(place))
    }

    /// Number of markets.
    pub fn markets(&self) -> usize {
        self.books().markets.len()
    }

    /// A margin account by its place, if it is open.
    pub fn account(&self, who: usize) -> Option<&MarginAccount> {
        self.books().accounts.get(self.addresses.get(who)?)
    }

    /// Position of an account in a market, both by place.
    pub fn position(&self, who: usize, market: usize) -> Option<&Position> {
        self.account(who)?.position(keel_simulator::setup::number(market)).ok()
    }

    /// Capital of an account in a bank, in atoms; 0 if it is not open.
    pub fn tokens(&self, who: usize, bank: usize) -> u64 {
        self.account(who).and_then(|account| account.capital.get(bank)).copied().unwrap_or(0)
    }

    /// USDC capital of an account and what its other collateral counts, in quote atoms.
    pub fn backing(&self, who: usize) -> u64 {
        let Some(account) = self.account(who) else { return 0 };
        let counted = self.books().view(|view| collateral::maintenance_floor(account, view, MarkUse::Any, self.now()));
        account.usdc().saturating_add(counted.unwrap_or(0))
    }

    /// USDC capital of an account; 0 if it is not open.
    pub fn capital(&self, who: usize) -> u64 {
        self.account(who).map_or(0, MarginAccount::usdc)
    }
}
