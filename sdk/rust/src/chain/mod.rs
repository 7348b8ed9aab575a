//! The view of the chain that building an instruction needs: account data by address.
//!
//! Builders and quotes read through [`Accounts`] and know nothing of networks. What they will read they announce first, as
//! far as they know it, so that [`Gathering`] can fetch it in few rounds.

mod gathering;

pub use gathering::{Attempt, Gathering};

use keel_engine::state::{MarginAccount, Market, Ranges};
use solana_pubkey::Pubkey;

use crate::accounts::{Stored, decode};
use crate::address;
use crate::error::{Result, SdkError};

/// Where account data comes from: an RPC client's cache, an embedded chain, a test's map.
pub trait Accounts {
    /// The data of the account at an address, if there is one.
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>>;

    /// Tells which accounts will be asked for next, whether or not they exist. Only who fetches them needs to know.
    fn announce(&self, _addresses: &[Pubkey]) {}
}

impl<A: Accounts + ?Sized> Accounts for &A {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        (**self).get(address)
    }

    fn announce(&self, addresses: &[Pubkey]) {
        (**self).announce(addresses);
    }
}

/// The struct in the account at an address. Errors with `Missing` or `WrongKind`.
pub fn load<T: Stored>(accounts: &impl Accounts, address: &Pubkey) -> Result<T> {
    let data = accounts.get(address).ok_or(SdkError::Missing(*address))?;
    decode(&data).ok_or(SdkError::WrongKind(*address, T::NAME))
}

/// A market by its number.
pub fn market(accounts: &impl Accounts, number: u16) -> Result<Market> {
    load(accounts, &address::market(number))
}

/// A margin account and, if it has ranges, its companion.
pub fn margin_account(accounts: &impl Accounts, address: &Pubkey) -> Result<(MarginAccount, Option<Ranges>)> {
    let companion = address::ranges(address);
    accounts.announce(&[*address, companion]);
    let account: MarginAccount = load(accounts, address)?;
    let ranges = match account.ranges {
        0 => None,
        _ => Some(load(accounts, &companion)?),
    };
    Ok((account, ranges))
}

/// Announces a margin account with its companion, and a market: where everything about a trade begins.
pub(crate) fn announce(accounts: &impl Accounts, account: &Pubkey, market: u16) {
    accounts.announce(&[*account, address::ranges(account), address::market(market)]);
}
