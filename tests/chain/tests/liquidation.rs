//! From the flag to the last atom: an account cured by steps on the curve, and one that was bankrupt before anybody came.

use keel_chain_tests::refusal::assert_refused;
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::books;
use keel_embedded::exchange::Trader;
use keel_engine::curve::Exact;
use keel_engine::{Error, Side};
use keel_sdk::instructions::{Deposit, Release, Resolve, Settle, UnwindRange, Withdraw};
use keel_simulator::native;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

fn resolve(world: &World, account: &Pubkey) -> Instruction {
    Resolve { account: *account, market: BTC }.instruction(&world.exchange.chain).unwrap()
}

fn settle_other(by: &Trader, account: &Pubkey) -> Instruction {
    Settle { authority: by.key.pubkey(), account: *account, market: BTC }.instruction()
}

/// Health of an account as a client computes it.
fn excess(world: &World, account: &Pubkey) -> i64 {
    let now = world.exchange.chain.now();
    let books = books::read(&world.exchange.chain).unwrap();
    native::health(&books, account, now).unwrap().excess()
}

#[test]
fn cured_in_steps() {
    let mut world = World::with_liquidity();
    let keeper = world.open("keeper", 0, false);
    let victim = world.open("victim", dollars(10_000), true);
    world.provide(&victim, BTC, -20, 20, dollars(10_000));
    world.trade(&victim, BTC, Side::Buy, dollars(95_000));
    let begin = world.begin_liquidation(&victim.account);
    assert_refused(&mut world, &begin, Error::AccountHealthy);
    let unwind = UnwindRange { account: victim.account, slot: 0 }.instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &unwind, Error::AccountNotFlagged);
    let step = world.liquidate(&keeper, &victim.account, BTC);
    assert_refused(&mut world, &step, Error::AccountNotFlagged);

    world.move_price(BTC, 18_300.0);
    assert!(excess(&world, &victim.account) < 0);
    let begin = world.begin_liquidation(&victim.account);
    world.send(begin.clone());
    assert_refused(&mut world, &begin, Error::AccountFlagged);

    // Nothing that adds risk or takes money out.
    let order = world.built(&world.order(&victim, BTC, Side::Buy, Exact::Base(1_000_000)));
    assert_refused(&mut world, &order, Error::AccountFlagged);
    let range = world.range(&victim, BTC, -10, 10, dollars(1_000)).instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &range, Error::AccountFlagged);
    let withdrawal = Withdraw {
        owner: victim.key.pubkey(),
        account: victim.account,
        mint: world.exchange.mint,
        destination: victim.tokens,
        amount: 1,
    };
    let withdrawal = withdrawal.instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &withdrawal, Error::AccountFlagged);

    // Ranges first, then the position, a part at a time, each step for the better.
    let step = world.liquidate(&keeper, &victim.account, BTC);
    assert_refused(&mut world, &step, Error::RangesOpen);
    world.send(unwind);
    let itself = world.liquidate(&victim, &victim.account, BTC);
    assert_refused(&mut world, &itself, Error::SelfLiquidation);
    let mut steps = 0;
    while world.account(&victim).flagged_at != 0 {
        let (base, health) = (world.base(&victim, BTC), excess(&world, &victim.account));
        let paid = world.account(&keeper).usdc();
        let step = world.liquidate(&keeper, &victim.account, BTC);
        world.send(step.clone());
        steps += 1;
        assert!(world.base(&victim, BTC) < base);
        assert!(world.account(&keeper).usdc() >= paid + 500_000, "the tip at least");
        assert!(excess(&world, &victim.account) >= health);
        assert!(steps < 20, "no end of it");
        if world.account(&victim).flagged_at != 0 && excess(&world, &victim.account) < 0 {
            let again = world.liquidate(&keeper, &victim.account, BTC);
            assert_refused(&mut world, &again, Error::StepTooSoon);
        }
        world.wait(10);
    }
    assert!(steps > 1 && world.base(&victim, BTC) > 0, "what is left is the owner's");
    assert!(world.market(BTC).insurance > 0);
    let step = world.liquidate(&keeper, &victim.account, BTC);
    assert_refused(&mut world, &step, Error::AccountNotFlagged);
    println!("cured in {steps} steps, keeper got {}", world.account(&keeper).usdc());
}

#[test]
fn cured_by_a_deposit() {
    let mut world = World::with_liquidity();
    let victim = world.open("victim", dollars(10_000), false);
    world.trade(&victim, BTC, Side::Buy, dollars(95_000));
    world.move_price(BTC, 18_400.0);
    let begin = world.begin_liquidation(&victim.account);
    world.send(begin);
    keel_embedded::token::credit(&mut world.exchange.chain, &victim.tokens, dollars(5_000)).unwrap();
    let deposit = Deposit {
        authority: victim.key.pubkey(),
        account: victim.account,
        mint: world.exchange.mint,
        source: victim.tokens,
        amount: dollars(2_500),
    };
    let built = deposit.instruction(&world.exchange.chain).unwrap();
    // Without the markets at hand the deposit stands, and so does the flag.
    let mut blind = built.clone();
    blind.accounts.truncate(6);
    world.send(blind);
    assert_ne!(world.account(&victim).flagged_at, 0);
    world.send(built);
    assert_eq!(world.account(&victim).flagged_at, 0);
}

#[test]
fn bankrupt_before_anybody_came() {
    let mut world = World::with_liquidity();
    let keeper = world.open("keeper", 0, false);
    let bystander = world.open("bystander", dollars(1_000), false);
    let bankrupt = world.open("bankrupt", dollars(6_000), false);
    let winners = ["first", "second"].map(|name| world.open(name, dollars(20_000), false));
    world.trade(&bankrupt, BTC, Side::Buy, dollars(100_000));
    for (winner, size) in winners.iter().zip([60_000, 30_000]) {
        world.trade(winner, BTC, Side::Sell, dollars(size));
    }
    // A gap that no keeper could have met: 8%, with 6% behind the position.
    world.move_price(BTC, 18_400.0);
    let before = resolve(&world, &bankrupt.account);
    assert_refused(&mut world, &before, Error::AccountNotFlagged);
    let begin = world.begin_liquidation(&bankrupt.account);
    world.send(begin);
    let early = resolve(&world, &bankrupt.account);
    assert_refused(&mut world, &early, Error::PositionsOpen);
    let mut steps = 0;
    while world.base(&bankrupt, BTC) != 0 {
        let step = world.liquidate(&keeper, &bankrupt.account, BTC);
        world.send(step);
        steps += 1;
        assert!(steps < 40, "no end of it");
    }
    assert_eq!(world.account(&bankrupt).usdc(), 0);
    let owed = world.account(&bankrupt).position(BTC).unwrap().debt;
    assert!(owed > dollars(1_500), "{owed}");

    for winner in &winners {
        let settle = world.settle(winner, BTC);
        world.send(settle);
    }
    let end = resolve(&world, &bankrupt.account);
    world.send(end.clone());
    let market = world.market(BTC);
    assert!(market.written_off > 0 && market.written_off <= owed, "{} of {owed}", market.written_off);
    assert_eq!(market.uncovered, 0);
    assert!(world.account(&bankrupt).is_done());
    assert_refused(&mut world, &end, Error::AccountNotFlagged);
    // Too much is written off for new risk.
    world.tick();
    let order = world.built(&world.order(&bystander, BTC, Side::Buy, Exact::Base(10_000_000)));
    assert_refused(&mut world, &order, Error::MarketHasDeficit);

    // While losses are not covered anybody settles anybody; elsewhere and later they may not.
    world.wait(600);
    let settle = settle_other(&bystander, &winners[0].account);
    world.send(settle);
    println!("{steps} steps, {} of {owed} written off", market.written_off);
}

/// What two winners get of a pot that is short, in one order of releasing or the other.
fn payouts(second_first: bool) -> [u64; 2] {
    let mut world = World::with_liquidity();
    let keeper = world.open("keeper", 0, false);
    let bankrupt = world.open("bankrupt", dollars(6_000), false);
    let winners = ["first", "second"].map(|name| world.open(name, dollars(20_000), false));
    world.trade(&bankrupt, BTC, Side::Buy, dollars(100_000));
    for (winner, size) in winners.iter().zip([60_000, 30_000]) {
        world.trade(winner, BTC, Side::Sell, dollars(size));
    }
    world.move_price(BTC, 18_400.0);
    let begin = world.begin_liquidation(&bankrupt.account);
    world.send(begin);
    while world.base(&bankrupt, BTC) != 0 {
        let step = world.liquidate(&keeper, &bankrupt.account, BTC);
        world.send(step);
    }
    for winner in &winners {
        let settle = world.settle(winner, BTC);
        world.send(settle);
    }
    let end = resolve(&world, &bankrupt.account);
    world.send(end);
    // Both close, so that what they are owed is a claim and nothing else.
    world.tick();
    for winner in &winners {
        let base = world.base(winner, BTC).unsigned_abs();
        let mut order = world.order(winner, BTC, Side::Buy, Exact::Base(base));
        order.reduce_only = true;
        let order = world.built(&order);
        world.send(order);
    }
    world.wait(600);
    let mut order = [0, 1];
    if second_first {
        order.reverse();
    }
    let mut paid = [0; 2];
    for index in order {
        let winner = &winners[index];
        let before = world.account(winner).usdc();
        let claim =
            |ratio| Release { owner: winner.key.pubkey(), account: winner.account, market: BTC, min_ratio_ppm: ratio };
        let greedy = claim(1_000_000).instruction();
        assert_refused(&mut world, &greedy, Error::PayoutRatioTooLow);
        world.send(claim(0).instruction());
        paid[index] = world.account(winner).usdc() - before;
    }
    paid
}

#[test]
fn winners_are_paid_pro_rata_whoever_comes_first() {
    let (one, other) = (payouts(false), payouts(true));
    for (a, b) in one.into_iter().zip(other) {
        assert!(a > dollars(100) && a.abs_diff(b) <= 2, "{one:?} against {other:?}");
    }
    // Their claims were two to one, less what closing cost each.
    let ratio = one[0] as f64 / one[1] as f64;
    assert!((1.8..2.2).contains(&ratio), "{ratio}");
}
