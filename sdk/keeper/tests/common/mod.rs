//! A mirror of an exchange on the embedded chain, and of one in memory.

#![allow(dead_code, reason = "each test uses its part")]

pub mod play;

use keel_embedded::Exchange;
use keel_embedded::chain::key;
use keel_engine::oracle::Sample;
use keel_engine::state::Bank;
use keel_keeper::limits::Limits;
use keel_keeper::mirror::{Mirror, PriceAt, PriceOf};
use keel_sdk::accounts::encode;
use keel_sdk::{address, pyth};
use keel_simulator::{Books, Feeds};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Who pays for a job's transaction: the chain's own payer.
pub fn payer() -> Keypair {
    key("fee payer")
}

/// A keeper that does everything, for nothing and at once, with all the capital that its account has.
pub fn eager(owner: &Pubkey, account: Pubkey) -> Limits {
    Limits {
        capital: u64::MAX,
        exposure: u64::MAX,
        min_discount_ppm: 0,
        cost: 0,
        min_profit: i64::MIN,
        jobs: usize::MAX,
        min_settlement: 0,
        refresh_secs: 1,
        refresh_bank_secs: 1,
        min_collateral_discount_ppm: 0,
        pool_secs: 0,
        arrays: 8,
        ..Limits::of(payer().pubkey(), *owner, account)
    }
}

/// Tells the mirror every account of an embedded chain, and the prices that a transaction would bring now.
pub fn tell(mirror: &mut Mirror, exchange: &Exchange, feeds: &Feeds, started: i64, slot: u64) {
    let chain = &exchange.chain;
    let accounts = chain.program_accounts().iter().filter_map(|at| Some((*at, chain.data(at)?.to_vec())));
    mirror.hear_all(accounts.collect(), slot);
    let vaults: Vec<Pubkey> = mirror.vaults().collect();
    for vault in vaults {
        mirror.hear(vault, chain.data(&vault), slot);
    }
    mirror.hear_clock(chain.now());
    for (number, sample) in samples(mirror, exchange, feeds, started) {
        let account = exchange.feed(number).expect("every market has a feed").address;
        mirror.hear_price(number, PriceAt { account, sample });
    }
    for (of, price) in published(mirror, exchange) {
        mirror.hear_price(of, price);
    }
}

/// What stands in the price accounts of banks, whose feeds are named after them.
fn published(mirror: &Mirror, exchange: &Exchange) -> Vec<(PriceOf, PriceAt)> {
    let feeds = mirror
        .other_banks()
        .flat_map(|(number, bank)| [(PriceOf::Bank(number), bank.feed_id), (PriceOf::Rate(number), bank.rate_feed_id)]);
    let read = feeds.filter_map(|(of, feed)| {
        let account = Pubkey::new_from_array(feed);
        let sample = pyth::sample_of(exchange.chain.data(&account)?, &feed).ok()?;
        Some((of, PriceAt { account, sample }))
    });
    read.collect()
}

/// The update of each market that a transaction would bring now.
pub fn samples(mirror: &Mirror, exchange: &Exchange, feeds: &Feeds, started: i64) -> Vec<(u16, Sample)> {
    let now = exchange.chain.now().unix;
    let sample = |number: u16| {
        let mut sample = feeds.sample(usize::from(number) - 1, now - started)?;
        sample.publish_time += started;
        Some((number, sample))
    };
    mirror.markets().filter_map(|(number, _)| sample(number)).collect()
}

/// Tells the mirror every account of an exchange in memory.
pub fn tell_books(mirror: &mut Mirror, books: &Books, slot: u64) {
    let mut all: Vec<(Pubkey, Vec<u8>)> = Vec::new();
    let mint = |bank: &Bank| Pubkey::new_from_array(bank.mint);
    all.extend(books.banks.values().map(|book| (address::bank(&mint(&book.bank)), encode(&book.bank))));
    all.extend(books.markets.iter().map(|(number, market)| (address::market(*number), encode(market))));
    all.extend(books.accounts.iter().map(|(at, account)| (*at, encode(account))));
    all.extend(books.ranges.iter().map(|(at, ranges)| (companion(at), encode(ranges))));
    all.extend(books.arrays.iter().map(|((market, index), array)| (array_at(*market, *index), encode(array))));
    mirror.hear_all(all, slot);
}

/// An address for a companion that takes no search.
fn companion(account: &Pubkey) -> Pubkey {
    let mut bytes = account.to_bytes();
    bytes[31] = 1;
    Pubkey::new_from_array(bytes)
}

/// An address for a tick array that takes no search.
fn array_at(market: u16, index: i32) -> Pubkey {
    let mut bytes = [9; 32];
    bytes[..2].copy_from_slice(&market.to_le_bytes());
    bytes[2..6].copy_from_slice(&index.to_le_bytes());
    Pubkey::new_from_array(bytes)
}
