//! Clocks that stand still, run back, or jump: nothing stored goes back, nothing is charged twice, nothing freezes.

use keel_chain_tests::refusal::assert_refused;
use keel_chain_tests::world::START;
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::exchange::Trader;
use keel_engine::curve::Exact;
use keel_engine::{Error, Side};

/// A world in which funding runs: somebody is long, and nobody short.
fn with_funding() -> (World, Trader) {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(100_000), false);
    world.trade(&trader, BTC, Side::Buy, dollars(500_000));
    world.wait(1_800);
    assert!(world.market(BTC).funding.get() > 0);
    (world, trader)
}

#[test]
fn still() {
    let (mut world, _) = with_funding();
    world.publish();
    let refresh = world.refresh(BTC);
    world.send(refresh.clone());
    let before = world.market(BTC);
    for _ in 0..5 {
        world.send(refresh.clone());
    }
    let after = world.market(BTC);
    // Beside the count of its events nothing has changed.
    assert_eq!(keel_engine::state::Market { sequence: before.sequence, ..after }, before);
}

#[test]
fn back() {
    let (mut world, trader) = with_funding();
    let before = world.market(BTC);
    let then = world.unix();
    for unix in [then - 1, then - 60, START, START - 1_000_000, 0] {
        world.exchange.chain.set_time(unix);
        // The account holds what was published before: from there it is a price of the future, and is refused.
        let refresh = world.refresh(BTC);
        if then - unix > 2 {
            assert_refused(&mut world, &refresh, Error::PriceInFuture);
        }
        world.publish();
        world.send(refresh);
        let after = world.market(BTC);
        assert_eq!((after.accrued_at, after.index_time), (before.accrued_at, before.index_time));
        assert_eq!((after.funding, after.trusted_secs), (before.funding, before.trusted_secs));
    }
    world.exchange.chain.set_time(then);
    world.tick();
    let order = world.built(&world.order(&trader, BTC, Side::Sell, Exact::Base(10_000_000)));
    world.send(order);
}

#[test]
fn far_ahead() {
    let (mut world, trader) = with_funding();
    for secs in [86_400, 31_536_000, 3_153_600_000] {
        let before = world.market(BTC);
        let order = world.built(&world.order(&trader, BTC, Side::Sell, Exact::Base(10_000_000)));
        world.sleep(secs);
        assert_refused(&mut world, &order, Error::PriceStale);
        world.publish();
        world.send(order);
        let after = world.market(BTC);
        // 0.125% an hour at most, and for no more than the longest gap of ten minutes.
        let charged = (after.funding.get() - before.funding.get()).unsigned_abs();
        let most = (u128::from(before.index.bits) << 16) * 1_250 / 1_000_000 / 6;
        assert!(charged <= most, "{charged} of {most} after {secs} seconds");
        assert!(after.accrued_at == world.unix() && after.trusted_secs - before.trusted_secs <= 600);
    }
}
