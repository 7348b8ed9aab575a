//! Share inflation, found in many vaults since 2022: the first depositor's donation.
//!
//! Where deposits buy shares of what a vault holds, the first depositor buys one share for one atom, then sends the vault
//! a million directly. The next depositor's 1,000 dollars buy less than one share, which rounds to none, and the first
//! share owns it all.
//!
//! Here Mallory is the first depositor with one atom and sends a million dollars to the bank's vault past the program.
//!
//! What stops it: a deposit is booked as what it is, an amount of its own account; no deposit has a share of anything, so
//! there is no price of a share to move. Tokens that nobody booked belong to nobody's account. The pool, which does give
//! shares, prices them by what it has booked: `draft/pool.rs` plays this attack's other half.

use keel_attacks::{Stage, Story, Usd};
use keel_embedded::chain::key;
use keel_embedded::token;
use keel_sdk::address;
use solana_signer::Signer;

/// An SPL token transfer from Mallory's wallet into the bank's vault.
fn donate(story: &mut Story, amount: u64) {
    let (mallory, source) = (key("mallory"), key("mallory tokens").pubkey());
    let vault = address::vault(&story.exchange().mint);
    token::credit(&mut story.exchange().chain, &source, amount).unwrap();
    let transfer = token::transfer(&source, &vault, &mallory.pubkey(), amount);
    let sent = story.exchange().send(&[transfer], &[&mallory]).unwrap();
    assert!(sent.is_ok(), "{sent:?}");
    story.resume();
}

#[test]
fn a_donation_mints_nothing_and_moves_nobodys_equity() {
    let mut story = Stage::new().person("mallory", 0).person("victim", 0).start();
    story.deposit("mallory", Usd(1));
    donate(&mut story, 1_000_000_000_000);
    assert_eq!(story.wealth("mallory"), Usd(1));
    // With shares priced by the vault: one share is worth a million, 1,000 dollars buy none.
    let vault = u128::from(token_balance(&mut story));
    println!("one share of one would be worth {vault} atoms; 1,000 USD would buy {} shares", 1_000_000_000 / vault);

    story.deposit("victim", Usd::of(1_000));
    println!("the victim holds {}, Mallory {}", story.wealth("victim"), story.wealth("mallory"));
    assert_eq!(story.wealth("victim"), Usd::of(1_000));
    assert!(story.withdraw("mallory", Usd(2)).is_err());
    story.withdraw("mallory", Usd(1)).unwrap();
    story.withdraw("victim", Usd::of(1_000)).unwrap();
    // What is left in the vault is the gift, which nobody can withdraw.
    assert_eq!(token_balance(&mut story), 1_000_000_000_000);
}

#[test]
fn a_donation_changes_no_margin_and_pays_no_claim() {
    let stage = Stage::new().person("mallory", 10_000).person("lp", 1_000_000);
    let mut story = stage.start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("mallory", 1.0);
    story.wait(10);
    let (hers, lps) = (story.initial("mallory"), story.health("lp"));
    donate(&mut story, 5_000_000_000);
    assert_eq!((story.initial("mallory"), story.health("lp")), (hers, lps));
    assert_eq!(story.market().pot, 0);
}

fn token_balance(story: &mut Story) -> u64 {
    let vault = address::vault(&story.exchange().mint);
    token::balance(&story.exchange().chain, &vault).unwrap()
}
