//! The seeds are those of the addresses that `keel-sdk` knows.

use keel_cpi::{request, seeds, PROGRAM_ID};
use keel_sdk::address;
use solana_pubkey::Pubkey;

fn derived(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &Pubkey::from(PROGRAM_ID)).0
}

#[test]
fn the_program() {
    assert_eq!(Pubkey::from(PROGRAM_ID), address::PROGRAM_ID);
}

#[test]
fn of_which_there_is_one() {
    assert_eq!(derived(&seeds::exchange()), address::exchange());
    assert_eq!(derived(&seeds::pool()), address::pool());
    assert_eq!(derived(&seeds::share_mint()), address::share_mint());
    assert_eq!(derived(&seeds::share_vault()), address::share_vault());
    let pool = address::pool().to_bytes();
    assert_eq!(derived(&seeds::margin_account(&pool, &[0; 2])), address::pool_account());
}

#[test]
fn by_key() {
    let keys = [[3; 32], [4; 32]];
    let [one, other] = keys.map(Pubkey::from);
    assert_eq!(derived(&seeds::bank(&keys[0])), address::bank(&one));
    assert_eq!(derived(&seeds::vault(&keys[0])), address::vault(&one));
    assert_eq!(derived(&seeds::ranges(&keys[0])), address::ranges(&one));
    assert_eq!(derived(&seeds::approval(&keys[0], &keys[1])), address::approval(&one, &other));
}

#[test]
fn by_number() {
    let number = 0x0102_0304_0506_0708_u64;
    let bytes = number.to_le_bytes();
    let (key, market, index) = ([5; 32], 0x0102_u16, -3_i32);
    let (market_bytes, index_bytes) = (market.to_le_bytes(), index.to_le_bytes());
    assert_eq!(derived(&seeds::market(&market_bytes)), address::market(market));
    assert_eq!(derived(&seeds::tick_array(&market_bytes, &index_bytes)), address::tick_array(market, index));
    let account = address::margin_account(&key.into(), market);
    assert_eq!(derived(&seeds::margin_account(&key, &market_bytes)), account);
    assert_eq!(derived(&seeds::order(&key, &bytes)), address::order(&key.into(), number));
    assert_eq!(derived(&seeds::ticket(&[2], &bytes)), address::ticket(2, number));
    assert_eq!(derived(&seeds::change(&bytes)), address::change(number));
    for kind in [request::DEPOSIT, request::REDEMPTION] {
        assert_eq!(derived(&seeds::pool_request(&[kind], &bytes)), address::pool_request(kind, number));
    }
}
