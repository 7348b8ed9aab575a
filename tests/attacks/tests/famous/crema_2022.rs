//! Crema Finance, July 2022: about 8.8 million USD.
//!
//! Crema's program on Solana took the fees that a range had earned from tick accounts that the caller passed, and did not
//! check well enough whose they were. The attacker made a tick account of his own that said his range had earned a
//! fortune, borrowed liquidity with six flash loans, and claimed.
//!
//! Here Mallory copies the tick array at the end of her range, bends one number in it, and asks for her fees with the copy
//! in place of the genuine one: owned by a program of hers, by the system program, without an owner's change but of
//! another market, and the genuine one twice.
//!
//! What stops it: an account that this program does not own is refused before a byte of it is read, and the array's market
//! and index are read from what the program itself wrote.

use keel_attacks::{Stage, Story, Usd};
use keel_embedded::snapshot::{Snapshot, assert_unchanged};
use keel_engine::Error;
use keel_engine::units::Wide;
use keel_sdk::accounts::{decode, encode};
use keel_sdk::address;
use keel_sdk::instructions::SettleRange;
use keel_simulator::{Action, Done, RangeAt};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Mallory's range is [0, 20); its lower tick is the first of array 0.
const ARRAY: (u16, i32) = (1, 0);
/// Fees per unit of liquidity that the bent tick adds.
const BENT: u128 = 10 << 64;

fn with_a_range_of_mallorys() -> Story {
    let stage = Stage::new().two_markets().person("lp", 1_000_000).person("mallory", 10_000).person("trader", 100_000);
    let mut story = stage.start();
    story.provide("lp", -100, 100, 2_000_000);
    story.provide("mallory", 0, 20, 50_000);
    story.buy("trader", 10.0);
    story.sell("trader", 10.0);
    story.wait(10);
    story
}

#[test]
fn forged_ticks_are_refused_unread() {
    let mut story = with_a_range_of_mallorys();
    let before = story.purse(&["mallory"]);
    let genuine = address::tick_array(ARRAY.0, ARRAY.1);
    let data = story.exchange().chain.account(&genuine).unwrap().data;
    let mut forged: keel_engine::state::TickArray = decode(&data).unwrap();
    let growth = forged.ticks[0].fee_growth_outside.get();
    forged.ticks[0].fee_growth_outside = Wide::new(growth.wrapping_sub(BENT));

    // What the bent number is worth, if it were believed.
    let mut believed = story.imagine();
    believed.books.arrays.insert(ARRAY, forged);
    let claim = believed.play(&Action::SettleRange { who: 1, market: 0, range: RangeAt::First, by: 1 });
    let Ok(Done::Folded { fees, .. }) = claim else { panic!("{claim:?}") };
    println!("the forged array says that Mallory has earned {}", Usd::from(fees));
    assert!(Usd::from(fees) > Usd::of(1_000_000));

    let hers = keel_embedded::chain::key("mallory");
    let account = address::margin_account(&hers.pubkey(), 0);
    let settle =
        SettleRange { authority: hers.pubkey(), account, slot: 0 }.instruction(&story.exchange().chain).unwrap();
    let place = settle.accounts.iter().position(|meta| meta.pubkey == genuine).unwrap();
    let copies = [
        ("of her own program", Pubkey::new_from_array([9; 32]), Pubkey::new_from_array([66; 32])),
        ("of the system program", Pubkey::new_from_array([10; 32]), address::SYSTEM_PROGRAM),
    ];
    for (whose, at, owner) in copies {
        story.exchange().chain.put_data(&at, &owner, encode(&forged)).unwrap();
        let mut with_the_copy = settle.clone();
        with_the_copy.accounts[place].pubkey = at;
        refused(&mut story, with_the_copy, Error::AccountForeign, whose);
    }
    let mut of_the_other_market = settle.clone();
    of_the_other_market.accounts[place].pubkey = address::tick_array(2, ARRAY.1);
    refused(&mut story, of_the_other_market, Error::AccountForeign, "the other market's");
    let mut twice = settle.clone();
    let again = twice.accounts[place].clone();
    twice.accounts.push(again);
    refused(&mut story, twice, Error::AccountOrder, "the genuine one twice");
    let mut neighbour = settle;
    neighbour.accounts[place].pubkey = address::tick_array(1, 1);
    refused(&mut story, neighbour, Error::TickArrayMissing, "its neighbour");

    let after = story.purse(&["mallory"]);
    println!("before {before}, after {after}");
    assert_eq!(before, after);
}

fn refused(story: &mut Story, forged: solana_instruction::Instruction, error: Error, whose: &str) {
    let hers = keel_embedded::chain::key("mallory");
    let before = Snapshot::take(&story.exchange().chain);
    let outcome = story.exchange().send(&[forged], &[&hers]).unwrap();
    let refusal = outcome.expect_err(whose);
    assert_eq!(refusal.error(), Some(error), "{whose}: {refusal}");
    assert_unchanged(&story.exchange().chain, &before);
}
