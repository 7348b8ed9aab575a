//! Exchanges in the middle of their life, as the accounts of a chain: two markets, ranges, positions, a pool with people who
//! come and go; and one with other collateral than USDC, a lien and a liquidation.

use std::path::Path;

use keel_engine::Now;
use keel_sdk::accounts::{Stored, encode};
use keel_sdk::pyth::{PriceUpdate, Verification, feed_account};
use keel_sdk::{accounts, address};
use keel_simulator::scenario::{Runner, Scenario};
use keel_simulator::{Books, Executor, Simulator};
use keel_wasm::Known;
use solana_pubkey::Pubkey;

/// The second of the first scenario after which it is looked at.
const UNTIL: u64 = 1_800;

pub struct Exchange {
    pub now: Now,
    /// Every account of the program, and the price accounts.
    pub accounts: Vec<Known>,
    /// The margin accounts with their owners, in the order of the scenario.
    pub holders: Vec<(Pubkey, Pubkey)>,
    /// Number and price account of each market.
    pub markets: Vec<(u16, Pubkey)>,
    /// Mints of the banks other than that of USDC.
    pub mints: Vec<Pubkey>,
}

pub fn exchange() -> Exchange {
    played("../../tests/scenarios/lp-story.json", UNTIL)
}

pub fn with_collateral() -> Exchange {
    played("tests/golden/collateral.json", u64::MAX)
}

fn played(file: &str, until: u64) -> Exchange {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let mut scenario = Scenario::read(&path).unwrap();
    scenario.steps.retain(|step| step.at <= until);
    let mut runner = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap());
    for line in runner.by_ref() {
        let line = line.unwrap();
        assert!(!format!("{line:?}").contains("refused"), "{line:?}");
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
    let mints = books.banks.values().filter(|book| book.bank.index != 0).map(|book| Pubkey::from(book.bank.mint));
    Exchange { now: simulator.now(), holders: holders.collect(), accounts, markets, mints: mints.collect() }
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
