//! An exchange in the middle of its life, as the accounts of a chain: two markets, ranges, positions, a pool with people
//! who come and go.

use std::path::Path;

use keel_engine::Now;
use keel_sdk::accounts::{Stored, encode};
use keel_sdk::pyth::{PriceUpdate, Verification, feed_account};
use keel_sdk::{accounts, address};
use keel_simulator::scenario::{Runner, Scenario};
use keel_simulator::{Books, Executor, Simulator};
use keel_wasm::Known;
use solana_pubkey::Pubkey;

/// The second of the scenario after which it is looked at.
const UNTIL: u64 = 1_800;

pub struct Exchange {
    pub now: Now,
    /// Every account of the program, and the price accounts.
    pub accounts: Vec<Known>,
    /// The margin accounts with their owners, in the order of the scenario.
    pub holders: Vec<(Pubkey, Pubkey)>,
    /// Number and price account of each market.
    pub markets: Vec<(u16, Pubkey)>,
}

pub fn exchange() -> Exchange {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios/lp-story.json");
    let mut scenario = Scenario::read(&path).unwrap();
    scenario.steps.retain(|step| step.at <= UNTIL);
    let mut runner = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap());
    for line in runner.by_ref() {
        line.unwrap();
    }
    let simulator = runner.executor;
    let books = simulator.books();
    let mut markets = Vec::new();
    let mut accounts = stored(books);
    for (number, market) in &books.markets {
        let sample = simulator.sample(*number).unwrap();
        let update = PriceUpdate {
            write_authority: [7; 32],
            verification: Verification::Full,
            feed_id: market.feed_id,
            price: sample.price,
            conf: sample.conf,
            exponent: sample.exponent,
            publish_time: sample.publish_time,
            prev_publish_time: sample.publish_time - 1,
            ema_price: sample.ema_price,
            ema_conf: sample.conf,
            posted_slot: 1,
        };
        let place = feed_account(0, &market.feed_id);
        accounts.push((place, Some(update.encode())));
        markets.push((*number, place));
    }
    let holders = (0..scenario.setup.accounts.len()).map(|who| {
        let at = simulator.account(who).unwrap();
        (at, Pubkey::from(books.accounts[&at].owner))
    });
    Exchange { now: simulator.now(), holders: holders.collect(), accounts, markets }
}

fn stored(books: &Books) -> Vec<Known> {
    fn at<T: Stored>(place: Pubkey, state: &T) -> Known {
        (place, Some(encode(state)))
    }
    let mut found = vec![at(address::exchange(), books.exchange.as_ref().unwrap())];
    found.extend(books.banks.values().map(|book| at(address::bank(&Pubkey::from(book.bank.mint)), &book.bank)));
    found.extend(books.markets.iter().map(|(number, market)| at(address::market(*number), market)));
    found.extend(books.arrays.iter().map(|((market, index), array)| at(address::tick_array(*market, *index), array)));
    found.extend(books.accounts.iter().map(|(place, account)| at(*place, account)));
    found.extend(books.ranges.iter().map(|(account, ranges)| at(address::ranges(account), ranges)));
    found.extend(books.pool.iter().map(|pool| at(address::pool(), pool)));
    let requests = books.requests.iter();
    found.extend(requests.map(|((kind, number), request)| at(address::pool_request(*kind, *number), request)));
    assert!(found.iter().all(|(_, data)| data.as_ref().unwrap().len() > accounts::DISCRIMINATOR_LEN));
    found
}
