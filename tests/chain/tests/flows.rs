//! The life of an exchange, start to end, audited after every transaction: tokens reconcile to the atom.

use keel_chain_tests::refusal::{NOT_THERE, TOO_SHORT, assert_all_refused, assert_refused};
use keel_chain_tests::{BTC, SOL, World, dollars};
use keel_embedded::exchange::Trader;
use keel_embedded::token;
use keel_engine::curve::Exact;
use keel_engine::units::Price;
use keel_engine::{Error, Side};
use keel_sdk::address;
use keel_sdk::instructions::{CloseAccount, CloseRanges, RemoveRange, Settle, SettleRange, Withdraw};
use keel_simulator::native;
use solana_instruction::Instruction;
use solana_signer::Signer;

/// Discriminator of `close_ranges`.
const CLOSE_RANGES: u8 = 7;
const START_TOKENS: u64 = dollars(100_000);

fn withdraw(world: &World, trader: &Trader, amount: u64) -> Instruction {
    let withdraw = Withdraw {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: world.exchange.mint,
        destination: trader.tokens,
        amount,
    };
    withdraw.instruction(&world.exchange.chain).unwrap()
}

fn close(trader: &Trader) -> Instruction {
    CloseAccount { owner: trader.key.pubkey(), account: trader.account }.instruction()
}

fn close_ranges(trader: &Trader) -> Instruction {
    CloseRanges { owner: trader.key.pubkey(), account: trader.account }.instruction()
}

/// Half-life of profit in the world that is played to its last atom: the last atom takes all but 64 of them.
const HALF_LIFE_SECS: u32 = 30;

/// Settles, waits until the claim has matured to the last atom, releases.
fn cash(world: &mut World, trader: &Trader, market: u16) {
    if world.account(trader).position(market).is_err() {
        return;
    }
    let settle = world.settle(trader, market);
    world.send(settle);
    world.wait(i64::from(HALF_LIFE_SECS) * 65);
    let position = *world.account(trader).position(market).unwrap();
    if position.unmatured != 0 || position.mature != 0 {
        let release = world.release(trader, market);
        world.send(release);
    }
}

/// Everything that ever came in through the bank is in the vault or in somebody's hands.
fn assert_reconciled(world: &World, traders: &[&Trader], minted: u64) {
    let chain = &world.exchange.chain;
    let vault = token::balance(chain, &address::vault(&world.exchange.mint)).unwrap();
    let hands: u64 = traders.iter().map(|trader| token::balance(chain, &trader.tokens).unwrap()).sum();
    assert_eq!(vault + hands, minted);
}

#[test]
fn from_the_first_deposit_to_the_last_withdrawal() {
    let mut world = World::of(|params| params.profit_half_life_secs = HALF_LIFE_SECS);
    world.lift_outflow_limit();
    let provider = world.open("provider", START_TOKENS, true);
    let bull = world.open("bull", START_TOKENS, false);
    let bear = world.open("bear", START_TOKENS, false);
    let rent_of = |world: &World, trader: &Trader| world.exchange.chain.account(&trader.key.pubkey()).unwrap().lamports;
    world.provide(&provider, BTC, -100, 100, dollars(300_000));
    world.provide(&provider, BTC, -20, 20, dollars(50_000));
    world.trade(&bull, BTC, Side::Buy, dollars(50_000));
    world.trade(&bear, BTC, Side::Sell, dollars(20_000));

    // Funding accrues, from the many who are long to the few who are short and to the ranges.
    world.wait(4 * 3_600);
    let market = world.market(BTC);
    assert!(market.funding_rate.bits > 0 && market.funding.get() > 0, "{:?}", market.funding_rate);

    world.move_price(BTC, 20_400.0);
    for trader in [&bull, &bear] {
        let settle = world.settle(trader, BTC);
        world.send(settle);
    }
    assert!(world.account(&bull).position(BTC).unwrap().unmatured > dollars(800));
    assert!(world.account(&bear).usdc() < START_TOKENS - dollars(300));

    // Ranges are settled and removed, positions closed, claims released.
    let slot = |slot| SettleRange { authority: provider.key.pubkey(), account: provider.account, slot };
    world.send_built(slot(0).instruction(&world.exchange.chain));
    let (long, short) = (world.base(&bull, BTC).unsigned_abs(), world.base(&bear, BTC).unsigned_abs());
    let mut order = world.order(&bull, BTC, Side::Sell, Exact::Base(long));
    order.reduce_only = true;
    world.tick();
    let order = world.built(&order);
    world.send(order);
    let order = world.built(&world.order(&bear, BTC, Side::Buy, Exact::Base(short)));
    world.send(order);
    for slot in [0, 1] {
        let remove = RemoveRange { owner: provider.key.pubkey(), account: provider.account, slot };
        world.send_built(remove.instruction(&world.exchange.chain));
    }
    let left = world.base(&provider, BTC);
    assert!(left.unsigned_abs() < 100, "{left} base atoms after everybody closed");

    // A few atoms of base are rounding's; the provider's last position cannot be traded away without liquidity.
    for trader in [&bull, &bear] {
        cash(&mut world, trader, BTC);
        let capital = world.account(trader).usdc();
        let withdraw = withdraw(&world, trader, capital);
        world.send(withdraw);
        assert!(world.account(trader).is_done());
        let before = rent_of(&world, trader);
        let rent = world.exchange.chain.account(&trader.account).unwrap().lamports;
        world.send(close(trader));
        assert_eq!(rent_of(&world, trader), before + rent);
        assert!(world.exchange.chain.account(&trader.account).is_none_or(|account| account.lamports == 0));
    }
    world.send(close_ranges(&provider));
    cash(&mut world, &provider, BTC);
    let safe = world.account(&provider).usdc() - dollars(10);
    let withdrawal = withdraw(&world, &provider, safe);
    world.send(withdrawal);
    assert_reconciled(&world, &[&provider, &bull, &bear], 3 * START_TOKENS);
}

#[test]
fn every_kind_of_order() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", START_TOKENS, false);
    let other = world.open("other", START_TOKENS, false);

    // Exact quote, both sides: what is paid for the base is what was named.
    for side in [Side::Buy, Side::Sell] {
        let before = world.base(&trader, BTC);
        let order = world.built(&world.order(&trader, BTC, side, Exact::Quote(dollars(10_000))));
        world.send(order);
        let moved = (world.base(&trader, BTC) - before).unsigned_abs();
        let fair = world.base_for(BTC, dollars(10_000));
        assert!(moved.abs_diff(fair) < fair / 200, "{side:?}: {moved} for {fair}");
    }
    // Exact base, both sides.
    for (who, side) in [(&trader, Side::Buy), (&other, Side::Sell)] {
        let before = world.base(who, BTC);
        let order = world.built(&world.order(who, BTC, side, Exact::Base(300_000_000)));
        world.send(order);
        assert_eq!((world.base(who, BTC) - before).abs(), 300_000_000);
    }
    // A limit fills in part; with all or nothing it does not fill at all.
    let here = native::curve_price(&world.market(BTC));
    let limit = Price::from_bits(((here * 1.0005 / 1_000.0) * 2f64.powi(48)) as u64);
    let mut order = world.order(&trader, BTC, Side::Buy, Exact::Base(world.base_for(BTC, dollars(400_000))));
    order.limit = Some(limit);
    order.all_or_nothing = true;
    let refused = world.built(&order);
    assert_refused(&mut world, &refused, Error::NotFilled);
    order.all_or_nothing = false;
    let before = world.base(&trader, BTC);
    let partial = world.built(&order);
    world.send(partial);
    let filled = (world.base(&trader, BTC) - before).unsigned_abs();
    assert!(filled > 0 && filled < order.exact.amount());
    let after = native::curve_price(&world.market(BTC));
    assert!(after <= native::usd(limit.bits) * (1.0 + 1e-12) && after > here, "{here} {after}");
    let again = world.built(&order);
    assert_refused(&mut world, &again, Error::LimitReached);

    // Reduce-only never turns the position, and needs one.
    let mut order = world.order(&other, BTC, Side::Buy, Exact::Base(900_000_000));
    order.reduce_only = true;
    let reduce = world.built(&order);
    world.send(reduce.clone());
    assert_eq!(world.base(&other, BTC), 0);
    assert_refused(&mut world, &reduce, Error::ReduceOnly);
    let mut order = world.order(&trader, BTC, Side::Buy, Exact::Base(1_000_000));
    order.reduce_only = true;
    let wrong_side = world.built(&order);
    assert_refused(&mut world, &wrong_side, Error::ReduceOnly);
}

#[test]
fn one_account_in_two_markets() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(10_000), false);
    world.trade(&trader, BTC, Side::Buy, dollars(60_000));
    world.trade(&trader, SOL, Side::Sell, dollars(60_000));
    let too_much = world.base_for(SOL, dollars(120_000));
    let order = world.built(&world.order(&trader, SOL, Side::Sell, Exact::Base(too_much)));
    assert_refused(&mut world, &order, Error::InsufficientMargin);

    // Both fall by a tenth: what one loses the other gains, and nobody is liquidated.
    world.move_price(BTC, 18_000.0);
    world.move_price(SOL, 135.0);
    let begin = world.begin_liquidation(&trader.account);
    assert_refused(&mut world, &begin, Error::AccountHealthy);
    // Alone the loss would have taken more than half of what it is backed with.
    let settle = world.settle(&trader, BTC);
    world.send(settle);
    assert!(world.account(&trader).usdc() < dollars(4_200), "{}", world.account(&trader).usdc());
    let settle = world.settle(&trader, SOL);
    world.send(settle);
    assert!(world.account(&trader).position(SOL).unwrap().unmatured > dollars(5_800));
    // Stale marks of the other market stop what needs them.
    world.sleep(21);
    world.publish();
    let refresh = world.refresh(BTC);
    world.send(refresh);
    let withdrawal = withdraw(&world, &trader, dollars(1));
    assert_refused(&mut world, &withdrawal, Error::MarkStale);
}

#[test]
fn an_account_is_used_no_more_after_it_is_closed() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(100), true);
    let closing = close(&trader);
    assert_refused(&mut world, &closing, Error::AccountNotEmpty);
    let withdrawal = withdraw(&world, &trader, dollars(100));
    world.send(withdrawal.clone());
    let order = world.built(&world.order(&trader, BTC, Side::Buy, Exact::Base(1_000)));
    for next in [order, withdrawal, closing.clone(), close_ranges(&trader)] {
        // Written accounts are measured before their owner is looked at.
        let expected = if next.data[0] == CLOSE_RANGES { NOT_THERE } else { TOO_SHORT };
        assert_all_refused(&mut world, &[closing.clone(), next], expected, "used after it was closed");
    }
    world.send(closing);
    let settle = Settle { authority: trader.key.pubkey(), account: trader.account, market: BTC }.instruction();
    assert_refused(&mut world, &settle, TOO_SHORT);
}

#[test]
fn a_companion_with_ranges_is_not_closed() {
    let mut world = World::new();
    let provider = world.open("provider", START_TOKENS, true);
    world.provide(&provider, BTC, -100, 100, dollars(100_000));
    let closing = close_ranges(&provider);
    assert_refused(&mut world, &closing, Error::AccountNotEmpty);
    let remove = RemoveRange { owner: provider.key.pubkey(), account: provider.account, slot: 0 };
    let remove = remove.instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &remove, Error::RangeTooYoung);
    world.wait(10);
    world.send(remove);
    world.send(closing);
}
