//! Account data that is fetched as it is asked for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod chain;

use std::cell::Cell;

use chain::{Map, array_of, market};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_sdk::chain::{Accounts, Attempt, Gathering};
use keel_sdk::instructions::{AddRange, ExecuteOrder, Trade};
use keel_sdk::path::Reach;
use keel_sdk::{Result, SdkError, address};
use solana_pubkey::Pubkey;

const ACCOUNT: Pubkey = Pubkey::new_from_array([1; 32]);
const OWNER: Pubkey = Pubkey::new_from_array([2; 32]);
const PRICE: Pubkey = Pubkey::new_from_array([3; 32]);

/// What came of it, in how many rounds of fetching, of how many accounts.
fn gathered<T>(map: &Map, work: impl Fn(&Gathering) -> Result<T>) -> (Result<T>, usize, usize) {
    let (mut gathering, mut rounds, mut fetched) = (Gathering::new(), 0, 0);
    loop {
        match gathering.attempt(&work) {
            Attempt::Ready(result) => return (result, rounds, fetched),
            Attempt::Needs(addresses) => {
                rounds += 1;
                fetched += addresses.len();
                assert!(!addresses.is_empty() && rounds < 20, "no end of it");
                for address in addresses {
                    gathering.put(address, map.get(&address));
                }
            }
        }
    }
}

fn trade(reach: Reach) -> Trade {
    Trade {
        authority: OWNER,
        account: ACCOUNT,
        market: 1,
        price: PRICE,
        side: Side::Buy,
        exact: Exact::Base(7),
        limit: None,
        reduce_only: false,
        all_or_nothing: false,
        reach,
    }
}

/// Eight positions, and a range in each market.
fn full() -> Map {
    let numbers: Vec<u16> = (1..=8).collect();
    let ranges: Vec<(u16, i32, i32)> = numbers.iter().map(|number| (*number, -300, 500)).collect();
    let map = Map::default().with_account(&ACCOUNT, &numbers, &ranges);
    numbers.iter().fold(map, |map, number| map.with_market(&market(*number, 0, &[-3, -1, 0, 1, 3])))
}

#[test]
fn what_is_not_known_is_never_taken_for_missing() {
    let address = Pubkey::new_from_array([9; 32]);
    let mut gathering = Gathering::new();
    let ran = Cell::new(0);
    let work = |accounts: &Gathering| {
        ran.set(ran.get() + 1);
        Ok(accounts.get(&address))
    };
    assert_eq!(gathering.attempt(work), Attempt::Needs(vec![address]));
    gathering.put(address, None);
    assert_eq!(gathering.attempt(work), Attempt::Ready(Ok(None)));
    gathering.put(address, Some(vec![1]));
    assert_eq!(gathering.attempt(work), Attempt::Ready(Ok(Some(vec![1]))));
    assert_eq!(ran.get(), 3);
}

#[test]
fn what_is_announced_is_needed_although_nobody_reads_it() {
    let (one, two) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
    let mut gathering = Gathering::new();
    gathering.put(one, None);
    let announced = gathering.attempt(|accounts| {
        accounts.announce(&[one, two]);
        Ok(5)
    });
    assert_eq!(announced, Attempt::Needs(vec![two]));
    // Nothing of one attempt is left in the next.
    assert_eq!(gathering.attempt(|_| Ok(6)), Attempt::Ready(Ok(6)));
}

#[test]
fn an_error_is_one_only_when_everything_is_known() {
    let (found, rounds, _) = gathered(&Map::default(), |accounts| keel_sdk::chain::market(accounts, 1));
    assert_eq!(found.unwrap_err(), SdkError::Missing(address::market(1)));
    assert_eq!(rounds, 1);
}

#[test]
fn builders_find_the_same_as_with_everything_at_hand_in_two_rounds() {
    let map = full();
    for reach in [Reach::default(), Reach { ahead: 4, behind: 2 }] {
        let (found, rounds, fetched) = gathered(&map, |accounts| trade(reach).instruction(accounts));
        let found = found.unwrap();
        assert_eq!(found, trade(reach).instruction(&map).unwrap());
        assert_eq!(found.accounts.last().unwrap().pubkey, array_of(8, 500));
        // The account, its companion and the market; then seven markets.
        assert_eq!((rounds, fetched), (2, 10));
    }
    let add = AddRange {
        owner: OWNER,
        account: ACCOUNT,
        market: 2,
        price: PRICE,
        lower: -100,
        upper: 100,
        liquidity: 5,
        min_sqrt_price: keel_engine::math::tick::MIN_SQRT_PRICE,
        max_sqrt_price: keel_engine::math::tick::MAX_SQRT_PRICE,
    };
    let (found, rounds, fetched) = gathered(&map, |accounts| add.instruction(accounts));
    assert_eq!(found.unwrap(), add.instruction(&map).unwrap());
    assert_eq!((rounds, fetched), (2, 10));
}

#[test]
fn an_order_that_is_not_there_is_told_in_one_round() {
    let execute = ExecuteOrder { keeper: OWNER, account: ACCOUNT, number: 3, price: PRICE, reach: Reach::default() };
    let (found, rounds, _) = gathered(&full(), |accounts| execute.instruction(accounts));
    assert_eq!(found.unwrap_err(), SdkError::Missing(address::order(&ACCOUNT, 3)));
    assert_eq!(rounds, 1);
}
