//! Accounts as they would be: some of them replaced by what was worked out, the others as they are.

use solana_pubkey::Pubkey;

use crate::accounts::{Stored, encode};
use crate::chain::Accounts;

/// Accounts with changes on top.
pub(super) struct Changed<'a, A> {
    accounts: &'a A,
    changes: Vec<(Pubkey, Vec<u8>)>,
}

impl<'a, A: Accounts> Changed<'a, A> {
    /// No change yet.
    pub(super) const fn new(accounts: &'a A) -> Self {
        Self { accounts, changes: Vec::new() }
    }

    /// With this in the place of the account at an address, which must not have been changed before.
    pub(super) fn with<T: Stored>(mut self, address: Pubkey, state: &T) -> Self {
        self.changes.push((address, encode(state)));
        self
    }

    fn change(&self, address: &Pubkey) -> Option<&Vec<u8>> {
        self.changes.iter().find(|(changed, _)| changed == address).map(|(_, data)| data)
    }
}

impl<A: Accounts> Accounts for Changed<'_, A> {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.change(address).cloned().or_else(|| self.accounts.get(address))
    }

    fn announce(&self, addresses: &[Pubkey]) {
        let unchanged: Vec<Pubkey> =
            addresses.iter().filter(|address| self.change(address).is_none()).copied().collect();
        self.accounts.announce(&unchanged);
    }
}
