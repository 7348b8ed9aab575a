//! Quotes from the accounts that instructions pass, against what the same actions do with everything at hand: in every
//! scenario, before each trade and each range.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use keel_engine::{Error, Now};
use keel_sdk::accounts::encode;
use keel_sdk::chain::Accounts;
use keel_sdk::instructions::{AddRange, Trade};
use keel_sdk::path::Reach;
use keel_sdk::{SdkError, address, quote};
use keel_simulator::scenario::{Runner, Scenario};
use keel_simulator::{Action, Books, Done, Executor, Simulator, question};
use solana_pubkey::Pubkey;

/// Decoded books as a chain has them.
struct Chain(BTreeMap<Pubkey, Vec<u8>>);

impl Accounts for Chain {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.0.get(address).cloned()
    }
}

impl Chain {
    fn of(books: &Books) -> Self {
        let mut all = BTreeMap::new();
        all.extend(books.markets.iter().map(|(number, market)| (address::market(*number), encode(market))));
        all.extend(books.arrays.values().map(|array| (address::tick_array(array.market, array.index), encode(array))));
        all.extend(books.accounts.iter().map(|(at, account)| (*at, encode(account))));
        let banks = books.banks.values().map(|book| &book.bank);
        all.extend(banks.map(|bank| (address::bank(&Pubkey::from(bank.mint)), encode(bank))));
        all.extend(books.exchange.iter().map(|exchange| (address::exchange(), encode(exchange))));
        all.extend(books.pool.iter().map(|pool| (address::pool(), encode(pool))));
        all.extend(books.ranges.iter().map(|(account, ranges)| (address::ranges(account), encode(ranges))));
        Self(all)
    }
}

/// Whose quote, in which market, and what it says of the accounts.
type Quoted = (u16, Pubkey, keel_sdk::Result<Vec<Vec<u8>>>);

/// The engine alone, asked beforehand.
struct Asked {
    simulator: Simulator,
    quoted: usize,
    refused: usize,
    pools: usize,
}

impl Asked {
    /// What the pool is worth, where it is the chain's: at its own address, which that of an engine alone is not.
    fn ask_about_the_pool(&mut self) {
        let (books, now) = (self.simulator.books(), self.simulator.now());
        let Some(pool) = &books.pool else { return };
        let mut chain = Chain::of(books);
        if let Some(account) = chain.get(&Pubkey::from(pool.account)) {
            chain.0.insert(address::pool_account(), account);
        }
        if let Some(ranges) = books.ranges.get(&Pubkey::from(pool.account)) {
            chain.0.insert(address::ranges(&address::pool_account()), encode(ranges));
        }
        assert_eq!(quote::pool(&chain, now), question::pool(books, now).map_err(SdkError::Engine));
        self.pools += 1;
    }

    /// What an action is quoted to leave of the market and the account, where it is one that can be quoted.
    fn quote(&self, action: &Action) -> Option<Quoted> {
        let (who, market) = match action {
            Action::Trade { who, market, .. } | Action::AddRange { who, market, .. } => (*who, *market),
            _ => return None,
        };
        let (account, number) = (self.simulator.account(who).ok()?, u16::try_from(market + 1).ok()?);
        let books = self.simulator.books();
        // Nobody signs for the pool.
        if books.pool.is_some_and(|pool| pool.account == account.to_bytes()) {
            return None;
        }
        let owner = Pubkey::from(books.accounts.get(&account)?.owner);
        let (chain, now) = (Chain::of(books), self.simulator.now());
        let sample = self.simulator.sample(number).ok()?;
        let quoted = match action {
            Action::Trade { order, .. } => {
                let trade = Trade {
                    authority: owner,
                    account,
                    market: number,
                    price: Pubkey::default(),
                    side: order.side,
                    exact: order.exact,
                    limit: order.limit,
                    reduce_only: order.reduce_only,
                    all_or_nothing: order.all_or_nothing,
                    reach: Reach { ahead: 64, behind: 1 },
                };
                let quoted = quote::trade(&chain, &trade, Some(&sample), now);
                quoted.map(|quoted| vec![encode(&quoted.market), encode(&quoted.account)])
            }
            // An executor does not open a companion by itself, as a quote does.
            Action::AddRange { .. } if !books.ranges.contains_key(&account) => return None,
            Action::AddRange { request, .. } => {
                let add = AddRange {
                    owner,
                    account,
                    market: number,
                    price: Pubkey::default(),
                    lower: request.lower,
                    upper: request.upper,
                    liquidity: request.liquidity,
                    min_sqrt_price: request.min_sqrt_price,
                    max_sqrt_price: request.max_sqrt_price,
                };
                let quoted = quote::add_range(&chain, &add, Some(&sample), now);
                quoted.map(|quoted| vec![encode(&quoted.market), encode(&quoted.account), encode(&quoted.ranges)])
            }
            _ => return None,
        };
        Some((number, account, quoted))
    }
}

impl Executor for Asked {
    fn turn(&mut self, at: u64) {
        self.simulator.turn(at);
    }

    fn perform(&mut self, action: &Action) -> Result<keel_engine::Result<Done>> {
        self.ask_about_the_pool();
        let quote = self.quote(action);
        let done = self.simulator.perform(action)?;
        let Some((market, account, quoted)) = quote else { return Ok(done) };
        match (quoted, done) {
            (Ok(quoted), Ok(done)) => {
                let books = self.simulator.books();
                let mut now = vec![encode(&books.markets[&market]), encode(&books.accounts[&account])];
                if quoted.len() == 3 {
                    now.push(encode(&books.ranges[&account]));
                }
                assert!(quoted == now, "{action:?}");
                self.quoted += 1;
                Ok(Ok(done))
            }
            (Err(SdkError::Engine(quoted)), Err(refusal)) => {
                assert_eq!(quoted, refusal, "{action:?}");
                self.refused += 1;
                Ok(Err(refusal))
            }
            // A quote says the address of what is not there.
            (Err(SdkError::Missing(_)), Err(Error::AccountMissing)) => Ok(Err(Error::AccountMissing)),
            (quoted, done) => panic!("{action:?}: {quoted:?} was quoted, {done:?} came"),
        }
    }

    fn books(&self) -> &Books {
        self.simulator.books()
    }

    fn now(&self) -> Now {
        self.simulator.now()
    }

    fn account(&self, who: usize) -> Result<Pubkey> {
        self.simulator.account(who)
    }
}

#[test]
fn every_trade_and_range_of_every_scenario_is_what_was_quoted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let (mut quoted, mut refused, mut pools) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let scenario = Scenario::read(&file).unwrap();
        let simulator = Simulator::start(&scenario.setup).unwrap();
        let mut runner = Runner::new(&scenario, Asked { simulator, quoted: 0, refused: 0, pools: 0 });
        runner.by_ref().for_each(|line| drop(line.unwrap()));
        quoted += runner.executor.quoted;
        refused += runner.executor.refused;
        pools += runner.executor.pools;
    }
    println!("{quoted} quoted, {refused} refused");
    assert!(quoted > 150 && refused > 10 && pools > 50, "{quoted} quoted, {refused} refused, {pools} pools");
}
