//! What there is on the chain, read at one moment: everything that a deployment is about.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use keel_engine::Now;
use keel_engine::state::Bank;
use keel_sdk::accounts::{Stored, decode};
use keel_sdk::address;
use keel_sdk::chain::Accounts;
use solana_account::Account;
use solana_pubkey::Pubkey;

use crate::node::Node;

/// Where the runtime keeps its clock.
const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");

/// Accounts, and the time at which they were read.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    accounts: BTreeMap<Pubkey, Account>,
    pub(crate) now: Now,
}

impl Accounts for Chain {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.accounts.get(address).map(|account| account.data.clone())
    }
}

impl Chain {
    /// Nothing but the time.
    pub(crate) async fn read(node: &Node<'_>) -> Result<Self> {
        let clock = node.account(&CLOCK).await?.context("the cluster has no clock")?;
        let field = |at: usize| clock.data.get(at..).and_then(|rest| rest.first_chunk::<8>().copied());
        // Slot, start of the epoch, epoch, epoch of the leader schedule, unix time.
        let (slot, unix) = field(0).zip(field(32)).context("the cluster's clock is too short")?;
        let now = Now { slot: u64::from_le_bytes(slot), unix: i64::from_le_bytes(unix) };
        Ok(Self { accounts: BTreeMap::new(), now })
    }

    /// Reads more accounts.
    pub(crate) async fn fetch(&mut self, node: &Node<'_>, addresses: &[Pubkey]) -> Result<()> {
        let found = node.accounts(addresses).await?;
        for (address, account) in addresses.iter().zip(found) {
            match account {
                // An account without lamports is none, however a node tells it.
                Some(account) if account.lamports != 0 => drop(self.accounts.insert(*address, account)),
                _ => drop(self.accounts.remove(address)),
            }
        }
        Ok(())
    }

    /// An account that was read.
    pub(crate) fn account(&self, address: &Pubkey) -> Option<&Account> {
        self.accounts.get(address)
    }

    /// The struct in one of the program's accounts, if it is there.
    pub(crate) fn state<T: Stored>(&self, at: &Pubkey) -> Option<T> {
        let account = self.accounts.get(at).filter(|account| account.owner == address::PROGRAM_ID)?;
        decode(&account.data)
    }

    /// Tokens in a token account.
    pub(crate) fn tokens(&self, address: &Pubkey) -> Option<u64> {
        let account = self.accounts.get(address).filter(|account| account.owner == address::TOKEN_PROGRAM)?;
        let amount = account.data.get(64..)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*amount))
    }

    /// The mint of the bank of this number, if it was read.
    pub(crate) fn bank_mint(&self, number: u16) -> Option<Pubkey> {
        let mut banks = self.accounts.values().filter_map(|account| decode::<Bank>(&account.data));
        banks.find(|bank| u16::from(bank.index) == number).map(|bank| Pubkey::from(bank.mint))
    }

    /// Puts data into place under the exchange's program: what an instruction in the same transaction is going to make.
    pub(crate) fn with(&self, address: Pubkey, data: Vec<u8>) -> Self {
        let mut next = self.clone();
        next.accounts.insert(address, Account { data, owner: address::PROGRAM_ID, lamports: 1, ..Account::default() });
        next
    }
}
