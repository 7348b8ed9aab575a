//! Reading: accounts by address, by kind, and whatever a builder or a quote of the SDK asks for.
//!
//! [`Client::gather`] is what all else is built on. In its last round it reads everything that the question looks at in
//! one request, so an answer is of one moment of the chain as long as it looks at no more than 100 accounts.

use std::collections::BTreeSet;

use keel_engine::Now;
use keel_engine::state::{
    Bank, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, Ticket,
};
use keel_sdk::accounts::{Stored, decode};
use keel_sdk::chain::{self, Attempt, Gathering};
use keel_sdk::{PROGRAM_ID, address};
use solana_account::Account;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding};
use solana_rpc_client_api::filter::RpcFilterType;

use super::Client;
use crate::error::{ClientError, Result};
use crate::{clock, filter};

/// Most accounts that a node gives at once.
const AT_ONCE: usize = 100;
/// Rounds after which accounts that go on naming others are given up.
const ROUNDS: usize = 32;

impl Client {
    /// The accounts at these addresses, in order; nothing where there is none.
    pub async fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>> {
        let mut found = Vec::with_capacity(addresses.len());
        for chunk in addresses.chunks(AT_ONCE) {
            let answer = self.rpc().get_multiple_ui_accounts_with_config(chunk, self.account_config()).await?.value;
            if answer.len() != chunk.len() {
                return Err(ClientError::Node(format!("{} accounts for {}", answer.len(), chunk.len())));
            }
            for (account, address) in answer.into_iter().zip(chunk) {
                let decoded = account.map(|account| account.to_account().ok_or_else(|| undecodable(address)));
                found.push(decoded.transpose()?);
            }
        }
        Ok(found)
    }

    /// The answer to a question about accounts, which are read as it asks for them. The question is asked again from the
    /// start as often as it names further accounts, with all of them read anew: it must depend on nothing else.
    ///
    /// Errors with what the question errs with, and with `Unsettled` where it never comes to an end.
    pub async fn gather<T>(&self, question: impl Fn(&Gathering) -> keel_sdk::Result<T>) -> Result<T> {
        let mut known = BTreeSet::new();
        for _ in 0..ROUNDS {
            let addresses: Vec<_> = known.iter().copied().collect();
            let accounts = self.accounts(&addresses).await?;
            let attempt = {
                let mut gathering = Gathering::new();
                for (address, account) in addresses.into_iter().zip(accounts) {
                    gathering.put(address, account.map(|account| account.data));
                }
                gathering.attempt(&question)
            };
            match attempt {
                Attempt::Ready(answer) => return Ok(answer?),
                Attempt::Needs(addresses) => known.extend(addresses),
            }
        }
        Err(ClientError::Unsettled(ROUNDS))
    }

    /// The cluster's clock.
    pub async fn now(&self) -> Result<Now> {
        self.gather(clock::now).await
    }

    /// The struct in the account at an address. Errors with `Missing` or `WrongKind`.
    pub async fn state<T: Stored>(&self, address: &Pubkey) -> Result<T> {
        self.gather(|accounts| chain::load(accounts, address)).await
    }

    /// The exchange.
    pub async fn exchange(&self) -> Result<Exchange> {
        self.state(&address::exchange()).await
    }

    /// The bank of a mint.
    pub async fn bank(&self, mint: &Pubkey) -> Result<Bank> {
        self.state(&address::bank(mint)).await
    }

    /// A market by its number.
    pub async fn market(&self, number: u16) -> Result<Market> {
        self.state(&address::market(number)).await
    }

    /// All markets that are listed, with their numbers, ascending.
    pub async fn markets(&self) -> Result<Vec<(u16, Market)>> {
        let numbers: Vec<_> = (1..=self.exchange().await?.markets).collect();
        let addresses: Vec<_> = numbers.iter().map(|number| address::market(*number)).collect();
        let accounts = self.accounts(&addresses).await?;
        let found = numbers.into_iter().zip(accounts);
        Ok(found.filter_map(|(number, account)| Some((number, decode(&account?.data)?))).collect())
    }

    /// A margin account and, if it has ranges, its companion.
    pub async fn margin_account(&self, address: &Pubkey) -> Result<(MarginAccount, Option<Ranges>)> {
        self.gather(|accounts| chain::margin_account(accounts, address)).await
    }

    /// The pool.
    pub async fn pool(&self) -> Result<Pool> {
        self.state(&address::pool()).await
    }

    /// Every bank with its address, ascending by number: that of USDC first. Their mints are in the exchange's account, so no
    /// node has to search for them.
    pub async fn banks(&self) -> Result<Vec<(Pubkey, Bank)>> {
        let exchange = self.exchange().await?;
        let mints = exchange.mints.iter().take(usize::from(exchange.banks));
        let addresses: Vec<_> = mints.map(|mint| address::bank(&Pubkey::from(*mint))).collect();
        let accounts = self.accounts(&addresses).await?;
        let found = addresses.into_iter().zip(accounts);
        Ok(found.filter_map(|(address, account)| Some((address, decode(&account?.data)?))).collect())
    }

    /// Margin accounts of an owner.
    pub async fn accounts_of(&self, owner: &Pubkey) -> Result<Vec<(Pubkey, MarginAccount)>> {
        self.stored(vec![filter::owned_by(owner)]).await
    }

    /// Orders of a margin account that wait.
    pub async fn orders_of(&self, account: &Pubkey) -> Result<Vec<(Pubkey, PlacedOrder)>> {
        self.stored(vec![filter::orders_of(account)]).await
    }

    /// Withdrawals of a margin account that wait in a bank's queue.
    pub async fn tickets_of(&self, account: &Pubkey) -> Result<Vec<(Pubkey, Ticket)>> {
        self.stored(vec![filter::tickets_of(account)]).await
    }

    /// Deposits into the pool and redemptions from it of a margin account that wait.
    pub async fn requests_of(&self, account: &Pubkey) -> Result<Vec<(Pubkey, PoolRequest)>> {
        self.stored(vec![filter::requests_of(account)]).await
    }

    /// Changes that governance has queued.
    pub async fn changes(&self) -> Result<Vec<(Pubkey, Change)>> {
        self.stored(Vec::new()).await
    }

    /// Every account of the program, ascending by address, with its data.
    pub async fn program_accounts(&self) -> Result<Vec<(Pubkey, Vec<u8>)>> {
        self.filtered(Vec::new()).await
    }

    /// Accounts of one kind that pass these filters too (see [`crate::filter`]), ascending by address.
    pub async fn stored<T: Stored>(&self, filters: Vec<RpcFilterType>) -> Result<Vec<(Pubkey, T)>> {
        let found = self.filtered([filter::kind::<T>(), filters].concat()).await?;
        Ok(found.into_iter().filter_map(|(address, data)| Some((address, decode(&data)?))).collect())
    }

    async fn filtered(&self, filters: Vec<RpcFilterType>) -> Result<Vec<(Pubkey, Vec<u8>)>> {
        let config = RpcProgramAccountsConfig {
            filters: (!filters.is_empty()).then_some(filters),
            account_config: self.account_config(),
            ..RpcProgramAccountsConfig::default()
        };
        let found = self.rpc().get_program_ui_accounts_with_config(&PROGRAM_ID, config).await?;
        let mut accounts = Vec::with_capacity(found.len());
        for (address, account) in found {
            let data = account.data.decode().ok_or_else(|| undecodable(&address))?;
            accounts.push((address, data));
        }
        accounts.sort_unstable_by_key(|(address, _)| *address);
        Ok(accounts)
    }

    fn account_config(&self) -> RpcAccountInfoConfig {
        RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64Zstd),
            commitment: Some(self.commitment()),
            ..RpcAccountInfoConfig::default()
        }
    }
}

fn undecodable(address: &Pubkey) -> ClientError {
    ClientError::Node(format!("the data of account {address} does not decode"))
}
