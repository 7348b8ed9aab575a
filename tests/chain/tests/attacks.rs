//! Old tricks: in and out within a slot, liquidity for one trade only, liquidating oneself for the reward, two updates of
//! the oracle to choose from. None of them leaves anybody richer.

use keel_chain_tests::refusal::assert_all_refused;
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::books;
use keel_embedded::exchange::Trader;
use keel_engine::curve::Exact;
use keel_engine::{Error, Side};
use keel_sdk::instructions::{RemoveRange, Trade};
use keel_simulator::{Quote, native};
use solana_signer::Signer;

/// What an account is worth at mark, in quote atoms.
fn equity(world: &World, trader: &Trader) -> i64 {
    let books = books::read(&world.exchange.chain).unwrap();
    native::health(&books, &trader.account, world.exchange.chain.now()).unwrap().equity
}

#[test]
fn in_and_out_within_a_transaction() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(200_000), false);
    let mut worth = equity(&world, &trader);
    for quote in [1, 100, 10_000, 1_000_000] {
        for (first, second) in [(Side::Buy, Side::Sell), (Side::Sell, Side::Buy)] {
            world.tick();
            let exact = Exact::Base(world.base_for(BTC, dollars(quote)));
            let there = world.built(&world.order(&trader, BTC, first, exact));
            let back = world.built(&Trade { reduce_only: true, ..world.order(&trader, BTC, second, exact) });
            let outcome = world.try_send(&[there, back]);
            assert!(outcome.is_ok(), "{outcome:?}");
            assert_eq!(world.base(&trader, BTC), 0);
            let now = equity(&world, &trader);
            assert!(now < worth, "{quote} USD, {first:?} first: {worth} became {now}");
            worth = now;
        }
    }
}

#[test]
fn liquidity_for_one_trade_only() {
    let mut world = World::with_liquidity();
    let sniper = world.open("sniper", dollars(100_000), true);
    let trader = world.open("trader", dollars(100_000), false);
    world.tick();
    let chain = &world.exchange.chain;
    let add = world.range(&sniper, BTC, -2, 2, dollars(100_000)).instruction(chain).unwrap();
    let exact = Exact::Base(world.base_for(BTC, dollars(50_000)));
    let order = world.built(&world.order(&trader, BTC, Side::Buy, exact));
    // The range does not exist yet, so the removal is built by hand from what the addition named.
    let mut remove = add.clone();
    remove.data = vec![13, 0];
    remove.accounts.remove(4);
    assert_all_refused(&mut world, &[add.clone(), order, remove], Error::RangeTooYoung, "in one transaction");
    world.send(add);
    world.wait(9);
    let remove = RemoveRange { owner: sniper.key.pubkey(), account: sniper.account, slot: 0 };
    let remove = remove.instruction(&world.exchange.chain).unwrap();
    assert_all_refused(&mut world, std::slice::from_ref(&remove), Error::RangeTooYoung, "a few slots later");
    world.wait(1);
    world.send(remove);
}

#[test]
fn liquidating_oneself_for_the_reward() {
    let mut world = World::with_liquidity();
    let victim = world.open("victim", dollars(10_000), false);
    let keeper = world.open("keeper", dollars(10_000), false);
    world.trade(&victim, BTC, Side::Buy, dollars(95_000));
    world.move_price(BTC, 18_300.0);
    let begin = world.begin_liquidation(&victim.account);
    world.send(begin);
    while world.account(&victim).flagged_at != 0 {
        let before = equity(&world, &victim) + equity(&world, &keeper);
        let step = world.liquidate(&keeper, &victim.account, BTC);
        world.send(step);
        let after = equity(&world, &victim) + equity(&world, &keeper);
        assert!(after < before, "{before} became {after}");
        world.wait(10);
    }
}

#[test]
fn two_prices_to_choose_from() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(200_000), false);
    let mut worth = equity(&world, &trader);
    // The price rises by less than the fee of a round trip and by more; whoever knows both buys at the older one first.
    for (step, rise) in [0.0005, 0.001, 0.002].into_iter().enumerate() {
        let base = 20_000.0 + 100.0 * step as f64;
        world.move_price(BTC, base);
        let exact = Exact::Base(world.base_for(BTC, dollars(100_000)));
        let old = world.built(&world.order(&trader, BTC, Side::Buy, exact));
        world.send(old);
        world.sleep(1);
        world.quote(BTC, Quote::of_usd(base * (1.0 + rise)));
        world.publish();
        // The fill index of a seller is the lowest of the last seconds: the rise is not there yet.
        let back = world.built(&Trade { reduce_only: true, ..world.order(&trader, BTC, Side::Sell, exact) });
        world.send(back);
        assert_eq!(world.base(&trader, BTC), 0);
        let now = equity(&world, &trader);
        assert!(now < worth, "a rise of {rise}: {worth} became {now}");
        worth = now;
    }
}
