//! Balances rebuilt from events alone, and what is uncertain because events are missing.
//!
//! The cluster keeps 10 KB of log a transaction and cuts the rest ("Log truncated"), and whoever follows the chain may
//! miss a transaction. Events that write the exchange, a bank, a market or the pool are numbered, so a missing one is noticed with
//! the next of the same [`Counter`], or with the account's own number ([`Replay::catch_up`]), and not before: a [`Gap`].
//! Then all that the missing events could have changed is uncertain, and each part is certain again when an event tells it
//! anew: events hold balances after them.
//!
//! Seventeen kinds have no number: accounts and companions that open, pass on and close, tick arrays, flags that are set,
//! orders, and what an owner allows others, liens among it. They can be missing without a gap. Tell the replay of every log that was cut
//! ([`Replay::cut`]); after that, as after a gap, flags
//! are uncertain, and so is which accounts there are.

mod apply;
mod state;

use std::collections::BTreeMap;

use keel_engine::state::USDC;
use solana_pubkey::Pubkey;

use crate::address;
use crate::events::{Counter, Event, Sequence};

pub use state::{Account, Bank, Exchange, Market, Pool, Position, Range, Told};

/// Numbers that did not come in order: `expected..got` are missing, or, where `got` is the smaller, an event came late or
/// twice and was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose numbers.
    pub of: Counter,
    /// The number that should have come.
    pub expected: u64,
    /// The number that came.
    pub got: u64,
}

/// The exchange as its events tell it. Begins with the exchange's first event; one that begins later has a gap in front.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    exchange: Exchange,
    banks: BTreeMap<u8, Bank>,
    markets: BTreeMap<u16, Market>,
    accounts: BTreeMap<Pubkey, Account>,
    pool: Pool,
    gaps: Vec<Gap>,
    was_cut: bool,
}

impl Replay {
    /// Of an exchange of which nothing has been heard.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the events of a transaction, in their order, and returns the gaps in front of them.
    pub fn feed(&mut self, events: &[Event]) -> Vec<Gap> {
        let known = self.gaps.len();
        for event in events {
            if event.sequence().is_none_or(|sequence| self.count(sequence)) {
                self.apply(event);
            }
        }
        self.gaps.get(known..).unwrap_or_default().to_vec()
    }

    /// Tells that the log of the transaction fed last was cut: events without a number may be missing.
    pub fn cut(&mut self) {
        self.was_cut = true;
        for account in self.accounts.values_mut() {
            account.flagged.is_certain = false;
            account.is_certainly_open = false;
        }
    }

    /// Tells the `sequence` that the chain's own account has after the transaction fed last; returns the gap if events up
    /// to it are missing, whose `got` is the number after it.
    pub fn catch_up(&mut self, sequence: Sequence) -> Option<Gap> {
        let last = self.sequence_mut(sequence.of);
        let gap = Gap { of: sequence.of, expected: last.saturating_add(1), got: sequence.number.saturating_add(1) };
        if sequence.number <= *last {
            return None;
        }
        *last = sequence.number;
        self.miss(gap);
        Some(gap)
    }

    /// All gaps, in the order in which they were noticed.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The exchange.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The pool.
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Banks by number.
    pub const fn banks(&self) -> &BTreeMap<u8, Bank> {
        &self.banks
    }

    /// Markets by number.
    pub const fn markets(&self) -> &BTreeMap<u16, Market> {
        &self.markets
    }

    /// Margin accounts by address: those that were opened or named by an event, and not closed.
    pub const fn accounts(&self) -> &BTreeMap<Pubkey, Account> {
        &self.accounts
    }

    /// Whether there may be accounts of which no event has told.
    pub const fn may_lack_accounts(&self) -> bool {
        self.was_cut
    }

    /// Whether something in a market is uncertain: its ledger, or what a known account has in it.
    pub fn uncertain(&self, market: u16) -> bool {
        self.markets.get(&market).is_none_or(|market| !market.ledger.is_certain)
            || self.accounts.values().any(|account| account.is_uncertain_in(market))
    }

    /// Whether all is certain.
    pub fn is_certain(&self) -> bool {
        !self.was_cut
            && self.exchange.keys.is_certain
            && self.exchange.is_listing_complete
            && self.exchange.insurance.is_certain
            && self.exchange.pool_reserve.is_certain
            && self.banks.values().all(|bank| bank.booked.is_certain && bank.queued.is_certain)
            && self.markets.values().all(|market| market.ledger.is_certain)
            && self.pool.is_certain()
            && self.accounts.values().all(Account::is_certain)
    }

    /// Counts an event; returns whether it is to be applied.
    fn count(&mut self, sequence: Sequence) -> bool {
        let last = self.sequence_mut(sequence.of);
        let expected = last.saturating_add(1);
        let gap = Gap { of: sequence.of, expected, got: sequence.number };
        if sequence.number >= expected {
            *last = sequence.number;
        }
        match sequence.number.cmp(&expected) {
            core::cmp::Ordering::Equal => true,
            core::cmp::Ordering::Greater => {
                self.miss(gap);
                true
            }
            // What it tells was overtaken.
            core::cmp::Ordering::Less => {
                self.gaps.push(gap);
                false
            }
        }
    }

    fn sequence_mut(&mut self, of: Counter) -> &mut u64 {
        match of {
            Counter::Exchange => &mut self.exchange.sequence,
            Counter::Bank(number) => &mut self.banks.entry(number).or_default().sequence,
            Counter::Market(number) => &mut self.markets.entry(number).or_default().sequence,
            Counter::Pool => &mut self.pool.sequence,
        }
    }

    /// Puts in doubt what missing events could have changed.
    fn miss(&mut self, gap: Gap) {
        self.gaps.push(gap);
        self.cut();
        match gap.of {
            Counter::Exchange => {
                self.exchange.keys.is_certain = false;
                self.exchange.is_listing_complete = false;
                self.exchange.insurance.is_certain = false;
                self.exchange.pool_reserve.is_certain = false;
                // What moved between the pool's account and its reserve.
                if let Some(pool) = self.accounts.get_mut(&address::pool_account()) {
                    pool.doubt_capital(USDC);
                }
            }
            Counter::Bank(number) => {
                let bank = self.banks.entry(number).or_default();
                (bank.booked.is_certain, bank.queued.is_certain) = (false, false);
                // Other collateral is sold for USDC.
                for bank in [usize::from(number), USDC] {
                    self.accounts.values_mut().for_each(|account| account.doubt_capital(bank));
                }
            }
            Counter::Market(number) => {
                self.markets.entry(number).or_default().ledger.is_certain = false;
                self.accounts.values_mut().for_each(|account| account.doubt_market(number));
            }
            Counter::Pool => {
                self.pool.doubt();
                self.exchange.pool_reserve.is_certain = false;
                self.accounts.values_mut().for_each(|account| account.doubt_capital(USDC));
            }
        }
    }
}
