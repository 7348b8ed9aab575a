//! Single rules that the other tests pass by: each test here fails for a change of the code that no other notices
//! (docs/mutants.md).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;

use bytemuck::Zeroable;
use exchange::{CONTRACT, Sim, order, quiet};
use keel_engine::curve::{End, Exact};
use keel_engine::fees::FeeSchedule;
use keel_engine::funding::smoothed;
use keel_engine::params::Params;
use keel_engine::pot::change_base;
use keel_engine::resolve::resolve;
use keel_engine::state::{Market, Mode, Position};
use keel_engine::trade::{Order, trade};
use keel_engine::units::{Factor, MAX_BASE, Price, Rate, SqrtPrice};
use keel_engine::{Error, Side};

/// An account that holds nothing has nothing to reduce, and that is what it is told, not what the empty curve says.
#[test]
fn nothing_is_not_opposed_by_either_side() {
    let mut sim = Sim::new(quiet(), 1_000, 1);
    for side in [Side::Buy, Side::Sell] {
        let reduce = Order { reduce_only: true, ..order(side, Exact::Quote(CONTRACT)) };
        assert_eq!(sim.trade(0, 0, reduce), Err(Error::ReduceOnly));
    }
}

/// A reduction that reduces nothing, because the curve only drifts, is refused with the reason for reducing only.
#[test]
fn a_drift_reduces_nothing() {
    let mut sim = Sim::new(quiet(), 1_000, 2);
    sim.provide(0, 0, -100, 100, 100_000).unwrap();
    let _ = sim.take(0, 1, 10 * CONTRACT as i64).unwrap();
    let _ = sim.close(0, 0, 0).unwrap();
    let reduce = Order { reduce_only: true, ..order(Side::Sell, Exact::Base(CONTRACT)) };
    assert_eq!(sim.trade(0, 1, reduce), Err(Error::ReduceOnly));
    // Who may do more moves the curve to the index, for nothing.
    let fill = sim.trade(0, 1, Order { reduce_only: false, ..reduce }).unwrap();
    assert_eq!((fill.base, fill.quote, fill.end), (0, 0, End::Partial(Error::LiquidityExhausted)));
}

/// The largest base is one that may be held.
#[test]
fn the_bound_on_base_is_included() {
    let hold = |base: i64| {
        let (mut market, mut position) = (Market::zeroed(), Position::zeroed());
        change_base(&mut market, &mut position, base).map(|()| (market.long_base, market.short_base))
    };
    let most = MAX_BASE as i64;
    assert_eq!(hold(most), Ok((MAX_BASE, 0)));
    assert_eq!(hold(-most), Ok((0, MAX_BASE)));
    assert_eq!(hold(most + 1), Err(Error::AmountTooLarge));
    assert_eq!(hold(-most - 1), Err(Error::AmountTooLarge));
}

/// A range does not contain its upper tick: closed with the curve exactly there, it takes no active liquidity with it.
#[test]
fn a_range_is_closed_with_the_curve_on_its_upper_tick() {
    let mut sim = Sim::new(quiet(), 1_000, 0);
    sim.actor(1_000_000);
    sim.actor(1_000_000);
    sim.provide(0, 0, -200, 200, 400_000).unwrap();
    let slot = sim.provide(0, 0, -20, 20, 40_000).unwrap();
    // The array of the tick after the next is not passed: the buy ends on the tick that it crossed.
    let fill = sim
        .with_arrays(0, &[4, 5], |book, actors, others, now| {
            let order = order(Side::Buy, Exact::Base(100 * CONTRACT));
            trade(book, &mut actors[1].account, None, others, &order, now)
        })
        .unwrap();
    assert_eq!((fill.end, fill.crossings), (End::Partial(Error::TickArrayMissing), 1));
    let (wide, narrow) = (sim.actors[0].ranges.ranges[0], sim.actors[0].ranges.ranges[slot]);
    assert_eq!(sim.market(0).sqrt_price, narrow.upper_sqrt_price);
    let _ = sim.close(0, 0, slot).unwrap();
    assert_eq!(sim.market(0).liquidity, wide.liquidity);
}

/// The lowest rate there is keeps its sign.
#[test]
fn an_average_of_the_extreme_is_no_wrap_around() {
    let (low, high) = (Rate::from_bits(i64::MIN), Rate::from_bits(i64::MAX));
    assert_eq!(smoothed(Rate::ZERO, low, 1, 0), Rate::from_bits(-i64::MAX));
    assert_eq!(smoothed(Rate::ZERO, high, 1, 0), high);
}

/// Where the curve's own price is 21% above its peg, as in a fixed market that has discovered one, depth counts from the
/// index as it does in a floating market.
#[test]
fn depth_is_measured_from_the_index() {
    let schedule = |anchor_ppm: u128, offset_ppm: u64| {
        let mut market = Market::zeroed();
        market.params = Params::DEFAULT;
        (market.index, market.index_ema) = (Price::ONE, Price::ONE);
        market.anchor = SqrtPrice::from_bits((anchor_ppm << 64) / 1_000_000);
        market.offset = Price::from_bits((1 << 48) / 1_000_000 * offset_ppm);
        (market.anchor.get(), FeeSchedule::new(&market, 0))
    };
    let floating = schedule(1_000_000, 1_000_000);
    let fixed = schedule(1_100_000, 826_446);
    for (side, sign) in [(Side::Buy, 1), (Side::Sell, -1)] {
        for (from, to) in [(0, 0), (0, 500), (200, 700), (0, 4_000)] {
            let ppm = |(anchor, schedule): &(u128, FeeSchedule)| {
                let at = |ppm: i128| SqrtPrice::from_bits(anchor / 1_000_000 * (1_000_000 + sign * ppm) as u128);
                let rate = schedule.rate(at(from), at(to), side, true);
                (u128::from(rate.bits) * 1_000_000) >> 48
            };
            // Half of both ends' distances in `x`, which are twice those in `s`; each counts up to the largest fee.
            let distance = |ppm: i128| (2 * ppm as u128).min(3_000 - 300);
            let expected = 300 + (distance(from) + distance(to)) / 2;
            for schedule in [&floating, &fixed] {
                let got = ppm(schedule);
                assert!(got.abs_diff(expected) <= 20, "{side:?} from {from} to {to}: {got} ppm, not {expected}");
            }
        }
    }
}

/// The deficit that is tolerated is tolerated to the atom.
#[test]
fn the_tolerated_deficit_is_included() {
    let mut sim = Sim::new(quiet(), 1_000, 2);
    sim.provide(0, 0, -200, 200, 400_000).unwrap();
    let _ = sim.take(0, 1, 10 * CONTRACT as i64).unwrap();
    let market = sim.market(0);
    let interest = market.mark.notional_floor(market.open_interest()).unwrap();
    let tolerated = Factor::from_ppm(market.params.deficit_tolerance_ppm).of_floor(interest);
    // The deficit comes out of nothing, and the books do not balance.
    sim.checked = false;
    for (written_off, expected) in [(tolerated, None), (tolerated + 1, Some(Error::MarketHasDeficit))] {
        let mut sim = sim.clone();
        sim.market_mut(0).written_off = written_off;
        assert_eq!(sim.take(0, 1, 10).err(), expected, "{written_off} of {tolerated}");
    }
}

/// A market in which an account has nothing but debt is not asked for when its debt in another one is resolved.
#[test]
fn a_resolution_needs_only_the_markets_that_can_pay() {
    let mut sim = Sim::empty();
    for actor_usd in [0, 100_000] {
        sim.list(quiet(), Mode::Floating, 1_000);
        sim.actor(actor_usd);
    }
    for market in 0..2 {
        sim.deal(market, 0, 1, CONTRACT as i64, 1_300);
        sim.deal(market, 1, 0, CONTRACT as i64, 1_000);
    }
    let now = sim.now;
    let account = &mut sim.actors[0].account;
    account.flagged_at = now.unix;
    let resolved = resolve(&mut sim.places[0].market, &mut [], &mut sim.exchange, account, now).unwrap();
    assert_eq!(resolved.written_off, 300_000_000);
    assert_eq!(account.position(2).unwrap().quote, -300_000_000);
    assert_ne!(account.flagged_at, 0, "it owes in the other market");
}
