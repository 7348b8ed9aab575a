//! The exchange's accounts as last heard, with the indexes that tell the brain where to look.
//!
//! Whoever listens tells [`Mirror::hear`] every account of the program, in any order and as often as he likes; what is
//! older than what is known of an address is ignored. Only accounts that the program owns may be told as such: a caller
//! that hears of another owner tells that there is nothing.

mod index;
mod orders;
mod price;

use std::collections::{BTreeMap, HashMap, HashSet};

use keel_engine::Now;
use keel_engine::state::{
    Bank, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, TickArray, Ticket, USDC,
};
use keel_sdk::accounts::{DISCRIMINATOR_LEN, Stored, decode};
use keel_sdk::address;
use keel_sdk::chain::Accounts;
use solana_pubkey::Pubkey;

pub(crate) use index::{Index, held, others};
pub(crate) use orders::{Crossing, Orders};
pub use price::{PriceAt, PriceOf};

use crate::brain::Watch;

/// What is known of an address.
#[derive(Clone, Debug)]
struct Heard {
    /// Slot of which it is known.
    slot: u64,
    /// The account's data; nothing where there is no account.
    data: Option<Box<[u8]>>,
}

/// The exchange as last heard.
#[derive(Clone, Debug, Default)]
pub struct Mirror {
    heard: HashMap<Pubkey, Heard>,
    now: Option<Now>,
    prices: BTreeMap<PriceOf, PriceAt>,
    pub(crate) exchange: Option<Exchange>,
    pub(crate) banks: BTreeMap<u8, Bank>,
    pub(crate) markets: BTreeMap<u16, Market>,
    /// Whether each market was open, closing or closed when it was heard last.
    statuses: BTreeMap<u16, u8>,
    pub(crate) arrays: BTreeMap<(u16, i32), Box<TickArray>>,
    pub(crate) pool: Option<Pool>,
    pub(crate) tickets: BTreeMap<(u8, u64), Ticket>,
    pub(crate) requests: BTreeMap<(u8, u64), PoolRequest>,
    pub(crate) changes: BTreeMap<u64, Change>,
    pub(crate) index: Index,
    pub(crate) orders: Orders,
    pub(crate) watch: Watch,
}

impl Mirror {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what somebody heard of an address at a slot: the data of an account that the program owns (or of a vault), or
    /// that there is none. Returns whether it changed anything; what is older than what is known does not.
    pub fn hear(&mut self, address: Pubkey, data: Option<&[u8]>, slot: u64) -> bool {
        if let Some(known) = self.heard.get_mut(&address) {
            if slot < known.slot {
                return false;
            }
            known.slot = slot;
            if known.data.as_deref() == data {
                return false;
            }
        } else if data.is_none() {
            self.heard.insert(address, Heard { slot, data: None });
            return false;
        }
        let old = self.heard.insert(address, Heard { slot, data: data.map(Box::from) });
        if let Some(old) = old.and_then(|old| old.data) {
            self.forget(&address, &old);
            if let Some(market) = decode::<Market>(&old).filter(|_| data.is_none()) {
                self.statuses.remove(&market.index_number);
                self.orders.touch_market(market.index_number);
            }
        }
        if let Some(data) = data {
            self.learn(address, data);
        }
        true
    }

    /// Takes a complete reading of the program's accounts at a slot: what of them is known, is not in it and was not heard of
    /// later, is gone. Vaults, which the program does not own, stay.
    pub fn hear_all(&mut self, accounts: Vec<(Pubkey, Vec<u8>)>, slot: u64) {
        let there: HashSet<Pubkey> = accounts.iter().map(|(address, _)| *address).collect();
        let vaults: HashSet<Pubkey> = self.vaults().collect();
        let is_gone = |address: &Pubkey| !there.contains(address) && !vaults.contains(address);
        let known = self.heard.iter().filter(|(_, heard)| heard.data.is_some() && heard.slot <= slot);
        let gone: Vec<Pubkey> = known.map(|(address, _)| *address).filter(is_gone).collect();
        for address in gone {
            self.hear(address, None, slot);
        }
        for (address, data) in accounts {
            self.hear(address, Some(&data), slot);
        }
    }

    /// Takes the cluster's clock; one that goes back is ignored.
    pub fn hear_clock(&mut self, now: Now) {
        if self.now.is_none_or(|known| known.slot <= now.slot) {
            self.now = Some(now);
        }
    }

    /// Takes a price and the account in which it stands, or will stand when a job's transaction begins.
    pub fn hear_price(&mut self, of: impl Into<PriceOf>, price: PriceAt) {
        self.prices.insert(of.into(), price);
    }

    /// The clock as last heard.
    pub const fn now(&self) -> Option<Now> {
        self.now
    }

    /// A price as last heard.
    pub fn price(&self, of: impl Into<PriceOf>) -> Option<&PriceAt> {
        self.prices.get(&of.into())
    }

    /// A market as last heard.
    pub fn market(&self, number: u16) -> Option<&Market> {
        self.markets.get(&number)
    }

    /// The markets as last heard, ascending by number.
    pub fn markets(&self) -> impl Iterator<Item = (u16, &Market)> {
        self.markets.iter().map(|(number, market)| (*number, market))
    }

    /// The bank of USDC.
    pub fn bank(&self) -> Option<&Bank> {
        self.banks.get(&0)
    }

    /// The banks of other collateral than USDC as last heard, ascending by number.
    pub fn other_banks(&self) -> impl Iterator<Item = (u8, &Bank)> {
        let numbered = self.banks.iter().map(|(number, bank)| (*number, bank));
        numbered.filter(|(number, _)| usize::from(*number) != USDC)
    }

    /// Whether anybody has collateral in a bank.
    pub fn is_held(&self, bank: u8) -> bool {
        self.index.backed_by(bank).next().is_some()
    }

    /// The exchange.
    pub const fn exchange(&self) -> Option<&Exchange> {
        self.exchange.as_ref()
    }

    /// A margin account.
    pub fn account(&self, address: &Pubkey) -> Option<MarginAccount> {
        self.state(address)
    }

    /// The banks' token accounts, which the program does not own and the brain looks at, too.
    pub fn vaults(&self) -> impl Iterator<Item = Pubkey> {
        self.banks.values().map(|bank| Pubkey::from(bank.vault))
    }

    /// Accounts of the program that are known.
    pub fn len(&self) -> usize {
        self.heard.values().filter(|heard| heard.data.is_some()).count()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Margin accounts that are known, in no order.
    pub fn margin_accounts(&self) -> impl Iterator<Item = &Pubkey> {
        self.index.accounts.iter()
    }

    /// Accounts that carry a flag, ascending.
    pub fn flagged(&self) -> impl Iterator<Item = &Pubkey> {
        self.index.flagged.iter()
    }

    /// Accounts that were unhealthy when the brain looked last, ascending.
    pub fn unhealthy(&self) -> impl Iterator<Item = &Pubkey> {
        self.watch.unhealthy().iter()
    }

    /// The struct in the account at an address.
    pub(crate) fn state<T: Stored>(&self, address: &Pubkey) -> Option<T> {
        decode(self.data(address)?)
    }

    /// The companion of an account that has ranges.
    pub(crate) fn ranges(&self, account: &Pubkey) -> Option<Ranges> {
        let companion = self.index.companions.get(account).copied();
        self.state(&companion.unwrap_or_else(|| address::ranges(account)))
    }

    /// The data of the account at an address.
    pub(crate) fn data(&self, address: &Pubkey) -> Option<&[u8]> {
        self.heard.get(address)?.data.as_deref()
    }

    /// Takes what an address no longer holds out of the indexes.
    fn forget(&mut self, address: &Pubkey, data: &[u8]) {
        if let Some(account) = decode::<MarginAccount>(data) {
            self.index.forget_account(address, &account);
            self.watch.forget(address);
        } else if let Some(ranges) = decode::<Ranges>(data) {
            self.index.companions.remove(&Pubkey::from(ranges.account));
            self.watch.touch(Pubkey::from(ranges.account));
        } else if let Some(order) = decode::<PlacedOrder>(data) {
            self.orders.forget(address, &order);
        } else if let Some(market) = decode::<Market>(data) {
            self.markets.remove(&market.index_number);
        } else if let Some(array) = decode::<TickArray>(data) {
            self.arrays.remove(&(array.market, array.index));
        } else if let Some(bank) = decode::<Bank>(data) {
            self.banks.remove(&bank.index);
        } else if let Some(ticket) = decode::<Ticket>(data) {
            self.tickets.remove(&(ticket.bank, ticket.number));
            self.index.waiting.remove(&(Pubkey::from(ticket.account), *address));
        } else if let Some(request) = decode::<PoolRequest>(data) {
            self.requests.remove(&(request.kind, request.number));
            self.index.waiting.remove(&(Pubkey::from(request.account), *address));
        } else if let Some(change) = decode::<Change>(data) {
            self.changes.remove(&change.number);
        }
    }

    /// Puts what an address holds now into the indexes.
    fn learn(&mut self, address: Pubkey, data: &[u8]) {
        let Some(kind) = data.first_chunk::<DISCRIMINATOR_LEN>() else { return };
        match *kind {
            MarginAccount::DISCRIMINATOR => {
                let Some(account) = decode::<MarginAccount>(data) else { return };
                self.index.learn_account(address, &account);
                self.watch.touch(address);
                self.orders.touch(&address);
            }
            Ranges::DISCRIMINATOR => {
                let Some(ranges) = decode::<Ranges>(data) else { return };
                let account = Pubkey::from(ranges.account);
                self.index.companions.insert(account, address);
                self.watch.touch(account);
            }
            PlacedOrder::DISCRIMINATOR => {
                let Some(order) = decode::<PlacedOrder>(data) else { return };
                self.orders.learn(address, &order);
            }
            Market::DISCRIMINATOR => {
                let Some(market) = decode::<Market>(data) else { return };
                if self.statuses.insert(market.index_number, market.status) != Some(market.status) {
                    self.orders.touch_market(market.index_number);
                }
                self.markets.insert(market.index_number, market);
            }
            TickArray::DISCRIMINATOR => {
                let Some(array) = decode::<TickArray>(data) else { return };
                self.watch.touch_makers(array.market);
                self.arrays.insert((array.market, array.index), Box::new(array));
            }
            Exchange::DISCRIMINATOR => self.exchange = decode(data),
            Pool::DISCRIMINATOR => self.pool = decode(data),
            Bank::DISCRIMINATOR => {
                let Some(bank) = decode::<Bank>(data) else { return };
                self.banks.insert(bank.index, bank);
            }
            Ticket::DISCRIMINATOR => {
                let Some(ticket) = decode::<Ticket>(data) else { return };
                self.tickets.insert((ticket.bank, ticket.number), ticket);
                self.index.waiting.insert((Pubkey::from(ticket.account), address));
            }
            PoolRequest::DISCRIMINATOR => {
                let Some(request) = decode::<PoolRequest>(data) else { return };
                self.requests.insert((request.kind, request.number), request);
                self.index.waiting.insert((Pubkey::from(request.account), address));
            }
            Change::DISCRIMINATOR => {
                let Some(change) = decode::<Change>(data) else { return };
                self.changes.insert(change.number, change);
            }
            _ => {}
        }
    }
}

impl Accounts for Mirror {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.data(address).map(<[u8]>::to_vec)
    }
}
