//! Every byte that a refused instruction must leave alone.

use std::collections::BTreeMap;

use keel_sdk::address::{PROGRAM_ID, TOKEN_PROGRAM};
use solana_pubkey::Pubkey;

use crate::chain::Chain;

/// Lamports and data of all accounts of the program and of the token program, by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<Pubkey, (u64, Vec<u8>)>);

impl Snapshot {
    /// The present.
    pub fn take(chain: &Chain) -> Self {
        let accounts = [PROGRAM_ID, TOKEN_PROGRAM].into_iter().flat_map(|program| chain.owned_by(&program));
        Self(accounts.map(|(address, account)| (address, (account.lamports, account.data))).collect())
    }

    /// Addresses at which the other snapshot differs.
    pub fn differences(&self, other: &Self) -> Vec<Pubkey> {
        let addresses = self.0.keys().chain(other.0.keys());
        let mut differing: Vec<_> = addresses.filter(|at| self.0.get(at) != other.0.get(at)).copied().collect();
        differing.sort_unstable();
        differing.dedup();
        differing
    }
}

/// Panics with the addresses of the accounts that have changed since the snapshot.
#[track_caller]
pub fn assert_unchanged(chain: &Chain, before: &Snapshot) {
    let differing = before.differences(&Snapshot::take(chain));
    assert!(differing.is_empty(), "changed accounts: {differing:?}");
}
