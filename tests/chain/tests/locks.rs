//! What a transaction locks: a trade writes its margin account, one market and that market's tick arrays, and nothing
//! else. Asserted on the SDK's instruction, and shown on the chain to be enough and not too much.

use std::collections::BTreeSet;

use keel_chain_tests::crowd::Crowd;
use keel_chain_tests::refusal::{NOT_WRITABLE, Refusal, assert_refused};
use keel_chain_tests::{BTC, Cast, SOL, World, cases, dollars};
use keel_embedded::snapshot::Snapshot;
use keel_engine::curve::Exact;
use keel_engine::{Error, Side};
use keel_sdk::address;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The most accounts that a transaction may lock.
const MAX_LOCKS: usize = 64;

fn written(instruction: &Instruction) -> BTreeSet<Pubkey> {
    instruction.accounts.iter().filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect()
}

fn arrays(market: u16) -> BTreeSet<Pubkey> {
    (-4..4).map(|index| address::tick_array(market, index)).collect()
}

/// What a trade writes, its tick arrays aside.
fn written_beside_arrays(instruction: &Instruction, market: u16) -> BTreeSet<Pubkey> {
    written(instruction).difference(&arrays(market)).copied().collect()
}

#[test]
fn a_trade_writes_its_account_its_market_and_its_tick_arrays() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(10_000), false);
    let order = world.built(&world.order(&trader, BTC, Side::Buy, Exact::Base(10_000_000)));
    assert_eq!(written_beside_arrays(&order, BTC), [trader.account, address::market(BTC)].into());
    // Beside those: the authority and the price, read.
    let declared = [trader.account, address::market(BTC), trader.key.pubkey(), world.price_account(BTC)];
    let locked: BTreeSet<Pubkey> = order.accounts.iter().map(|meta| meta.pubkey).collect();
    let others: BTreeSet<Pubkey> = locked.difference(&declared.into()).copied().collect();
    assert!(others.is_subset(&arrays(BTC)) && !others.is_empty(), "{others:?}");
    let signers: Vec<&AccountMeta> = order.accounts.iter().filter(|meta| meta.is_signer).collect();
    assert!(signers.iter().all(|meta| meta.pubkey == trader.key.pubkey() && !meta.is_writable));
}

#[test]
fn whoever_holds_more_reads_more_and_writes_the_same() {
    let mut crowd = Crowd::new(true, 500_000, 10_000);
    crowd.world.tick();
    for market in crowd.markets.clone() {
        let order = crowd.world.order(&crowd.everywhere, market, Side::Sell, Exact::Base(1_000_000));
        let order = crowd.world.built(&order);
        assert_eq!(written_beside_arrays(&order, market), [crowd.everywhere.account, address::market(market)].into());
        assert!(order.accounts.len() <= MAX_LOCKS - 2, "{} accounts", order.accounts.len());
        crowd.world.send(order);
    }
}

#[test]
fn two_markets_have_nothing_written_in_common() {
    let mut world = World::with_liquidity();
    let (one, other) = (world.open("one", dollars(1_000), false), world.open("other", dollars(1_000), false));
    let one = world.built(&world.order(&one, BTC, Side::Buy, Exact::Base(1_000_000)));
    let other = world.built(&world.order(&other, SOL, Side::Buy, Exact::Base(1_000_000)));
    let locked: BTreeSet<Pubkey> = other.accounts.iter().map(|meta| meta.pubkey).collect();
    assert!(written(&one).is_disjoint(&locked), "they run in parallel");
}

#[test]
fn those_locks_are_enough() {
    for (discriminator, make) in cases::ALL.into_iter().enumerate().skip(3) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let before = Snapshot::take(&cast.world.exchange.chain);
        cast.world.send(case.instruction.clone());
        let after = Snapshot::take(&cast.world.exchange.chain);
        let changed: BTreeSet<Pubkey> = before.differences(&after).into_iter().collect();
        assert!(changed.is_subset(&written(&case.instruction)), "{}: {changed:?}", case.name);
        if discriminator == 11 {
            let state: BTreeSet<Pubkey> = [cast.busy.account, address::market(BTC)].into();
            assert!(changed.is_superset(&state), "{changed:?}");
        }
    }
}

#[test]
fn each_of_a_trades_locks_is_needed() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(100_000), false);
    // Through a tick of every array on the way, so that all of them change.
    let quote = dollars(1_300_000);
    let mut order = world.order(&trader, BTC, Side::Buy, Exact::Base(world.base_for(BTC, quote)));
    order.reach = keel_sdk::path::Reach { ahead: 1, behind: 0 };
    let order = world.built(&order);
    for (index, meta) in order.accounts.iter().enumerate().filter(|(_, meta)| meta.is_writable) {
        let mut stripped = order.clone();
        stripped.accounts[index].is_writable = false;
        let expected = if index < 4 { NOT_WRITABLE } else { Refusal::Keel(Error::AccountNotWritable) };
        assert_refused(&mut world, &stripped, expected);
        assert!(index < 4 || arrays(BTC).contains(&meta.pubkey));
    }
    // And each array is read: without the one in which the curve stands nothing is known of the way.
    let mut blind = order.clone();
    blind.accounts.truncate(4);
    assert_refused(&mut world, &blind, Error::TickArrayMissing);
    world.send(order);
}

#[test]
fn trades_run_beside_everything_that_is_done_with_the_pool() {
    let pool = [address::pool(), address::pool_account(), address::ranges(&address::pool_account())];
    let mut seen = 0;
    for make in cases::ALL {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let locked: BTreeSet<Pubkey> = case.instruction.accounts.iter().map(|meta| meta.pubkey).collect();
        let names_pool = pool.iter().any(|account| locked.contains(account));
        if ["trade", "trade_legs", "add_range", "deposit", "withdraw", "liquidate_on_curve"].contains(&case.name) {
            assert!(!names_pool, "{} looks at the pool", case.name);
            seen += 1;
        }
        if case.name == "rebalance" {
            // The market, its arrays, the pool and the keeper; every other market is read.
            assert!(names_pool && !written(&case.instruction).contains(&address::market(SOL)), "{}", case.name);
            seen += 1;
        }
    }
    assert_eq!(seen, 7);
}
