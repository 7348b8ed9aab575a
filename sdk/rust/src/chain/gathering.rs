//! Account data that is fetched as it is asked for: how a builder or a quote, which wants everything at hand, works over a
//! network.
//!
//! Guarantees: an answer is only ever worked out of accounts that were put here; an address that nobody has looked up yet
//! is never taken for one without an account.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use solana_pubkey::Pubkey;

use super::Accounts;
use crate::error::Result;

/// Accounts that are known so far, and which ones were asked for in vain.
///
/// ```
/// use keel_sdk::chain::{self, Attempt, Gathering};
/// # fn fetch(_: &[solana_pubkey::Pubkey]) -> Vec<Option<Vec<u8>>> { vec![None] }
/// let mut gathering = Gathering::new();
/// let market = loop {
///     match gathering.attempt(|accounts| chain::market(accounts, 1)) {
///         Attempt::Ready(market) => break market,
///         Attempt::Needs(addresses) => {
///             let fetched = fetch(&addresses);
///             addresses.into_iter().zip(fetched).for_each(|(address, data)| gathering.put(address, data));
///         }
///     }
/// };
/// assert!(market.is_err(), "there is no account at its address");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gathering {
    known: BTreeMap<Pubkey, Option<Vec<u8>>>,
    missed: RefCell<BTreeSet<Pubkey>>,
}

/// What came of an attempt.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt<T> {
    /// The result, of accounts that are all known.
    Ready(Result<T>),
    /// These are to be put first, `None` for those that do not exist; then it is to be attempted again.
    Needs(Vec<Pubkey>),
}

impl Gathering {
    /// Nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an account's data known; `None` where there is no account.
    pub fn put(&mut self, address: Pubkey, data: Option<Vec<u8>>) {
        self.known.insert(address, data);
    }

    /// Works something out of what is known. Where that asked for unknown accounts, whatever came of it is dropped.
    pub fn attempt<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Attempt<T> {
        self.missed.borrow_mut().clear();
        let result = work(self);
        let missed = self.missed.take();
        if missed.is_empty() { Attempt::Ready(result) } else { Attempt::Needs(missed.into_iter().collect()) }
    }

    /// Notes an address that is not known.
    fn miss(&self, address: &Pubkey) {
        // Work that runs while the note is being taken would be another thread's, and there is none.
        if let Ok(mut missed) = self.missed.try_borrow_mut() {
            missed.insert(*address);
        }
    }
}

impl Accounts for Gathering {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        match self.known.get(address) {
            Some(data) => data.clone(),
            None => {
                self.miss(address);
                None
            }
        }
    }

    fn announce(&self, addresses: &[Pubkey]) {
        addresses.iter().filter(|address| !self.known.contains_key(address)).for_each(|address| self.miss(address));
    }
}
