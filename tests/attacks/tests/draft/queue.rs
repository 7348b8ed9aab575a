//! Item 23 and what follows from its fix: the bank's outflow limit and the queue behind it.

use keel_attacks::{Stage, Story, Usd};
use keel_embedded::chain::key;
use keel_engine::Error;
use keel_engine::outflow::capacity_ceil;
use keel_simulator::Done;
use solana_signer::Signer;

/// A whale with ten million and somebody honest with one, hours after their deposits.
fn bank() -> Story {
    let mut story = Stage::new().person("whale", 10_000_000).person("honest", 1_000_000).start();
    story.sleep(40_000);
    story
}

fn usd(dollars: i64) -> Usd {
    Usd::of(dollars)
}

/// Deposits and withdrawals in a loop leave the bucket as they found it.
#[test]
fn item_23_a_loop_of_deposits_and_withdrawals_empties_the_bucket_for_nobody() {
    let mut story = bank();
    // A tenth of eleven million an hour.
    let full = capacity_ceil(story.bank());
    assert_eq!(full, 1_100_000_000_000);
    for _ in 0..20 {
        story.deposit("whale", usd(10_000_000));
        story.withdraw("whale", usd(10_000_000)).unwrap();
    }
    assert_eq!(story.bank().room, full);
    story.withdraw("honest", usd(1_000_000)).unwrap();
}

/// What the whale may take is a tenth of everything, his deposit's own part of it: with the money gone for good he has
/// an hour's limit. Whoever queues is in front of him from then on.
#[test]
fn item_23_a_slow_loop_delays_whoever_queues_by_no_more_than_the_limit_says() {
    let mut story = bank();
    story.withdraw("whale", usd(1_100_000)).unwrap();
    assert_eq!(story.withdraw("honest", usd(900_000)), Err(Error::OutflowLimitReached));
    let _ticket = story.queue("honest", 900_000).unwrap();
    let (mut hours, mut paid) = (0, Usd::ZERO);
    while paid < usd(900_000) {
        // In and out, whatever he can: nothing passes who waits.
        story.deposit("whale", usd(1));
        assert_eq!(story.withdraw("whale", usd(1)), Err(Error::OutflowLimitReached));
        story.sleep(3_600);
        hours += 1;
        paid = paid + story.pay().unwrap().0;
    }
    println!("paid after {hours} hours");
    // A tenth of 9.9 million is more than he waits for.
    assert_eq!(hours, 1);
}

/// More accounts are no more room.
#[test]
fn ten_accounts_leave_no_faster_than_one() {
    let names = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"];
    let mut stage = Stage::new();
    for name in names {
        stage = stage.person(name, 1_000_000);
    }
    let mut story = stage.start();
    story.sleep(40_000);
    let mut out = 0;
    for name in names {
        while story.withdraw(name, usd(50_000)).is_ok() {
            out += 50_000;
        }
    }
    println!("{out} USD of ten million leave at once through ten accounts");
    assert_eq!(out, 1_000_000);
}

/// Cancelled tickets in front, as many as he likes: each is skipped by one instruction that anybody sends.
#[test]
fn a_row_of_cancelled_tickets_delays_nobody() {
    let mut story = bank();
    let first = story.queue("whale", 100).unwrap();
    let mut cancelled = Vec::new();
    for _ in 0..12 {
        cancelled.push(story.queue("whale", 100).unwrap());
    }
    let _honest = story.queue("honest", 1_000).unwrap();
    for ticket in cancelled {
        story.cancel("whale", Some(ticket), "whale").unwrap();
    }
    story.cancel("whale", Some(first), "whale").unwrap();
    let mut paid = Usd::ZERO;
    let mut calls = 0;
    while paid == Usd::ZERO {
        paid = story.pay().unwrap().0;
        calls += 1;
    }
    println!("{calls} instructions until the honest one was paid");
    assert_eq!((calls, paid), (13, usd(1_000)));
    assert_eq!(story.bank().queue_head, story.bank().queue_tail);
}

/// Dust cannot be queued, and a payment of dust not be asked for.
#[test]
fn dust_neither_waits_nor_is_paid() {
    let mut story = bank();
    assert_eq!(story.queue("whale", 99), Err(Error::TicketTooSmall));
    let _ticket = story.queue("whale", 5_000_000).unwrap();
    assert_eq!(story.pay().unwrap().0, usd(1_100_000));
    // 275 USD a second come in: less than the smallest ticket after none of them.
    assert_eq!(story.pay(), Err(Error::OutflowLimitReached));
    story.sleep(1);
    assert!(story.pay().unwrap().0 >= usd(100));
}

/// The first in the queue closes the token account that is to be paid: his money goes back, the queue goes on.
#[test]
fn a_first_that_cannot_be_paid_holds_up_nobody() {
    let mut story = bank();
    let _first = story.queue("whale", 1_000_000).unwrap();
    let _second = story.queue("honest", 1_000).unwrap();
    let tokens = key("whale tokens").pubkey();
    story.exchange().chain.put(&tokens, Default::default()).unwrap();
    let pay = keel_sdk::instructions::PayWithdrawal { mint: story.exchange().mint, number: 0 };
    let pay = pay.instruction(&story.exchange().chain).unwrap();
    let paid = story.exchange().send(&[pay], &[]).unwrap();
    assert!(paid.is_ok(), "{paid:?}");
    story.resume();
    assert_eq!((story.capital("whale"), story.account("whale").tickets), (usd(10_000_000), 0));
    assert_eq!(story.pay().unwrap(), (usd(1_000), Usd::ZERO));
}

/// Capital that waits counts in no health and cannot be hidden: a keeper brings it back before anybody bears a loss.
#[test]
fn money_in_the_queue_pays_the_losses_of_its_account() {
    let stage = Stage::new().person("lp", 3_000_000).person("gambler", 100_000).person("keeper", 10_000);
    let mut story = stage.start();
    story.provide("lp", -200, 200, 6_000_000);
    story.buy("gambler", 20.0);
    // All but what a withdrawal must leave.
    let _ticket = story.queue("gambler", 55_000).unwrap();
    let held = story.capital("gambler");
    story.move_price(17_500.0);
    story.flag("gambler").unwrap();
    assert!(story.health("gambler").equity < 0, "it looks bankrupt");
    // Its keeper closes all of it, and the rest of its debt waits for what it hid.
    while story.position("gambler").base != 0 {
        story.sleep(30);
        story.refresh();
        let _reward = story.liquidate("gambler", "keeper", u64::MAX).unwrap();
    }
    assert_eq!(story.resolve("gambler"), Err(Error::TicketsOpen));
    story.cancel("gambler", None, "keeper").unwrap();
    assert!(story.capital("gambler") > held || story.capital("gambler") == usd(55_000));
    match story.resolve("gambler") {
        // What came back paid it all.
        Err(Error::NotBankrupt | Error::AccountNotFlagged) => {}
        Ok(Done::Resolved { written_off, insurance, .. }) => assert_eq!((written_off, insurance), (0, 0)),
        other => panic!("{other:?}"),
    }
    let _settled = story.settle("gambler");
    println!("the gambler is left with {}", story.wealth("gambler"));
    assert_eq!((story.market().written_off, story.market().uncovered), (0, 0));
    assert!(story.wealth("gambler") > Usd::ZERO);
}
