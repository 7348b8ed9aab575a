//! Where accounts are found by what is in them: who holds what in which market or bank, who is flagged, owes, or has something
//! pledged. Kept up to date with each account that is heard; nobody ever walks through all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keel_engine::state::{MarginAccount, Position, USDC};
use solana_pubkey::Pubkey;

/// What is known of margin accounts, by what is in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Every margin account.
    pub accounts: BTreeSet<Pubkey>,
    /// Who has anything in a market.
    pub holders: BTreeMap<u16, BTreeSet<Pubkey>>,
    /// Who has other collateral than USDC, by the bank's number.
    pub backed: BTreeMap<u8, BTreeSet<Pubkey>>,
    /// Who is flagged.
    pub flagged: BTreeSet<Pubkey>,
    /// Debts that a settlement could not collect, by account and market.
    pub debts: BTreeSet<(Pubkey, u16)>,
    /// Claims that are pledged, by account and market.
    pub pledged: BTreeSet<(Pubkey, u16)>,
    /// When the rights of whoever may have placed an order end, by time and account.
    pub delegates: BTreeSet<(i64, Pubkey)>,
    /// The companion of each account that has one.
    pub companions: HashMap<Pubkey, Pubkey>,
    /// Tickets and requests by who waits: the margin account and the address.
    pub waiting: BTreeSet<(Pubkey, Pubkey)>,
}

impl Index {
    /// Takes an account out, as it was.
    pub fn forget_account(&mut self, address: &Pubkey, account: &MarginAccount) {
        self.accounts.remove(address);
        self.flagged.remove(address);
        self.delegates.remove(&(account.delegate_expiry, *address));
        for (number, _) in others(account) {
            if let Some(backed) = self.backed.get_mut(&number) {
                backed.remove(address);
            }
        }
        for position in held(account) {
            if let Some(holders) = self.holders.get_mut(&position.market) {
                holders.remove(address);
            }
            self.debts.remove(&(*address, position.market));
            self.pledged.remove(&(*address, position.market));
        }
    }

    /// Puts an account in, as it is.
    pub fn learn_account(&mut self, address: Pubkey, account: &MarginAccount) {
        self.accounts.insert(address);
        if account.flagged_at != 0 {
            self.flagged.insert(address);
        }
        if account.orders != 0 && account.delegate_permissions != 0 {
            self.delegates.insert((account.delegate_expiry, address));
        }
        for (number, _) in others(account) {
            self.backed.entry(number).or_default().insert(address);
        }
        for position in held(account) {
            self.holders.entry(position.market).or_default().insert(address);
            if position.debt != 0 {
                self.debts.insert((address, position.market));
            }
            if position.pledged != 0 {
                self.pledged.insert((address, position.market));
            }
        }
    }

    /// Who has anything in a market, ascending.
    pub fn holders_of(&self, market: u16) -> impl Iterator<Item = &Pubkey> {
        self.holders.get(&market).into_iter().flatten()
    }

    /// Who has collateral in a bank, ascending.
    pub fn backed_by(&self, bank: u8) -> impl Iterator<Item = &Pubkey> {
        self.backed.get(&bank).into_iter().flatten()
    }

    /// Accounts with orders and with a delegate whose time is over, in no order of their own.
    pub fn lapsed(&self, now: i64) -> impl Iterator<Item = &Pubkey> {
        let last = (now, Pubkey::new_from_array([u8::MAX; 32]));
        self.delegates.range(..=last).map(|(_, account)| account)
    }

    /// The tickets and requests of an account, ascending by address.
    pub fn waiting_of(&self, account: &Pubkey) -> impl Iterator<Item = &Pubkey> {
        let (first, last) = (Pubkey::new_from_array([0; 32]), Pubkey::new_from_array([u8::MAX; 32]));
        self.waiting.range((*account, first)..=(*account, last)).map(|(_, address)| address)
    }
}

/// The positions that an account has.
pub(crate) fn held(account: &MarginAccount) -> impl Iterator<Item = &Position> {
    account.positions.iter().filter(|position| !position.is_empty())
}

/// What an account has in other banks than that of USDC: their numbers and the atoms.
pub(crate) fn others(account: &MarginAccount) -> impl Iterator<Item = (u8, u64)> + '_ {
    let numbered = (0u8..).zip(account.capital);
    numbered.filter(|(number, amount)| usize::from(*number) != USDC && *amount != 0)
}
