//! The curve against exact rationals, at ticks and beside them, across gaps, and every way in which a swap ends.
//!
//! The index is 1,000 USD a contract, so that the peg is one quote atom per base atom.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic
)]

mod costs;
#[path = "../exchange/mod.rs"]
mod exchange;
mod gaps;
#[path = "../math_reference/mod.rs"]
mod math_reference;

use exchange::{CONTRACT, Sim, USD, flat_fee, order, quiet, range};
use keel_engine::curve::{End, Exact};
use keel_engine::math::tick::{inv_sqrt, sqrt_price_at_tick};
use keel_engine::params::Params;
use keel_engine::state::Mode;
use keel_engine::trade::{Fill, Order, trade};
use keel_engine::units::{Price, SqrtPrice};
use keel_engine::{Error, Side};
use math_reference::Random;
use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Zero};

const LP: usize = 0;
const TAKER: usize = 1;
const L: u128 = 1_000_000_000_000_000;

fn rounds() -> u64 {
    if std::env::var("KEEL_LONG").is_ok_and(|value| value == "1") { 4_000 } else { 60 }
}

/// Two rich actors and these ranges of the first.
fn market(params: Params, ranges: &[(i32, i32, u128)]) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    sim.actor(1_000_000_000);
    sim.actor(1_000_000_000);
    for (lower, upper, liquidity) in ranges {
        sim.add_range(0, LP, range(*lower, *upper, *liquidity)).unwrap();
    }
    sim
}

fn s(sim: &Sim) -> u128 {
    sim.market(0).sqrt_price.get()
}

fn at(tick: i32) -> u128 {
    sqrt_price_at_tick(tick).unwrap().get()
}

fn go(sim: &mut Sim, side: Side, exact: Exact) -> Result<Fill, Error> {
    sim.trade(0, TAKER, order(side, exact))
}

fn buy(sim: &mut Sim, base: u64) -> Result<Fill, Error> {
    go(sim, Side::Buy, Exact::Base(base))
}

fn sell(sim: &mut Sim, base: u64) -> Result<Fill, Error> {
    go(sim, Side::Sell, Exact::Base(base))
}

fn real(bits: u128) -> BigRational {
    BigRational::new(BigInt::from(bits), BigInt::one() << 64)
}

fn whole(value: u128) -> BigRational {
    BigRational::from_integer(BigInt::from(value))
}

/// Base and quote that leave or enter the ranges between two `s`, exactly. The peg is one.
fn between(ranges: &[(i32, i32, u128)], a: u128, b: u128) -> (BigRational, BigRational) {
    let (low, high) = (a.min(b), a.max(b));
    let mut sum = (BigRational::zero(), BigRational::zero());
    for (lower, upper, liquidity) in ranges {
        let (from, to) = (low.max(at(*lower)), high.min(at(*upper)));
        if from < to {
            sum.0 += whole(*liquidity) * (real(from).recip() - real(to).recip());
            sum.1 += whole(*liquidity) * (real(to) - real(from));
        }
    }
    sum
}

/// The taker pays at least what is exact and gets at most that, by less than two atoms a step.
fn assert_fair(ranges: &[(i32, i32, u128)], from: u128, to: u128, side: Side, fill: &Fill) {
    let (base, quote) = between(ranges, from, to);
    let slack = whole(2 * u128::from(fill.steps));
    let (given, got, exact_given, exact_got) = match side {
        Side::Buy => (fill.quote.unsigned_abs(), fill.base.unsigned_abs(), quote, base),
        Side::Sell => (fill.base.unsigned_abs(), fill.quote.unsigned_abs(), base, quote),
    };
    let (given, got) = (whole(u128::from(given)), whole(u128::from(got)));
    assert!(given >= exact_given && given <= &exact_given + &slack, "pays {given} for {exact_given}");
    assert!(got <= exact_got && &got + &slack >= exact_got, "gets {got} for {exact_got}");
}

#[test]
fn a_step_ends_at_the_exact_next_s() {
    let mut random = Random::new("a_step_ends_at_the_exact_next_s");
    for _ in 0..rounds() {
        let liquidity = random.up_to(58).max(1 << 30);
        let ranges = [(-200, 200, liquidity)];
        let mut sim = market(quiet(), &ranges);
        // Away from 1, within 0.4%.
        let scale = (liquidity / 600).max(1) as u64;
        let (first, amount) = (1 + random.below(scale), 1 + random.below(scale));
        if random.below(2) == 0 {
            let _ = buy(&mut sim, first);
        } else {
            let _ = sell(&mut sim, first);
        }
        let from = s(&sim);
        let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
        // Nothing is cut at 1 on the way.
        let towards = (side == Side::Buy) == (from < 1 << 64);
        let exact = if random.below(2) == 0 { Exact::Base(amount) } else { Exact::Quote(amount) };
        let Ok(fill) = go(&mut sim, side, exact) else { continue };
        assert_eq!(fill.end, End::Filled);
        assert_fair(&ranges, from, s(&sim), side, &fill);
        let crossed_one = (from < 1 << 64) != (s(&sim) < 1 << 64);
        if towards && crossed_one {
            continue;
        }
        let (here, l, part) = (real(from), whole(liquidity), whole(u128::from(amount)));
        let next: BigRational = match (exact, side) {
            (Exact::Base(_), Side::Buy) => (here.recip() - part / l).recip(),
            (Exact::Base(_), Side::Sell) => (here.recip() + part / l).recip(),
            (Exact::Quote(_), Side::Buy) => here + part / l,
            (Exact::Quote(_), Side::Sell) => here - part / l,
        } * BigRational::from_integer(BigInt::one() << 64);
        let expected = if matches!(exact, Exact::Base(_)) { next.ceil() } else { next.floor() };
        assert_eq!(BigInt::from(s(&sim)), expected.to_integer());
        let own = if matches!(exact, Exact::Base(_)) { fill.base } else { fill.quote };
        assert_eq!(own.unsigned_abs(), amount);
    }
}

#[test]
fn random_swaps_over_many_ranges_are_exact_to_two_atoms_a_step() {
    let mut random = Random::new("random_swaps");
    let mut crossings = 0;
    for _ in 0..rounds() {
        let mut ranges = vec![(-300, 300, 1 + random.up_to(50))];
        for _ in 0..random.below(7) {
            let (a, b) = (2 * random.between(-100, 99) as i32, 2 * random.between(-100, 99) as i32);
            ranges.push((a.min(b), a.max(b) + 2, 1 + random.up_to(50)));
        }
        let mut sim = market(quiet(), &ranges);
        for _ in 0..6 {
            let from = s(&sim);
            let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
            let amount = 1 + random.up_to_64(45);
            let exact = if random.below(2) == 0 { Exact::Base(amount) } else { Exact::Quote(amount) };
            match go(&mut sim, side, exact) {
                Ok(fill) => {
                    assert_fair(&ranges, from, s(&sim), side, &fill);
                    crossings += fill.crossings;
                    let own = if matches!(exact, Exact::Base(_)) { fill.base } else { fill.quote };
                    if fill.end == End::Filled {
                        assert_eq!(own.unsigned_abs(), amount);
                    } else {
                        assert!(own.unsigned_abs() <= amount);
                    }
                }
                Err(error) => assert!(
                    [Error::LiquidityExhausted, Error::AmountTooSmall, Error::InsufficientMargin].contains(&error),
                    "{error}"
                ),
            }
        }
    }
    assert!(crossings > 50, "{crossings} crossings");
}

/// The KyberSwap test: amounts that land on a tick, or an atom beside it, from both sides and by both amounts.
#[test]
fn landing_on_a_tick_from_both_sides() {
    for liquidity in [L, 12_345_678_901, 1 << 59, 999] {
        let ranges = [(-100, 100, liquidity), (20, 60, L / 7), (-60, -20, L / 11)];
        let start = market(quiet(), &ranges);
        for (side, tick) in [(Side::Buy, 20), (Side::Sell, -20)] {
            let (base, quote) = between(&ranges, 1 << 64, at(tick));
            for (exact_base, edge) in [(true, base.ceil()), (false, quote.ceil())] {
                let edge = u64::try_from(edge.to_integer()).unwrap();
                for amount in edge.saturating_sub(3)..=edge + 3 {
                    let mut sim = start.clone();
                    let exact = if exact_base { Exact::Base(amount) } else { Exact::Quote(amount) };
                    let Ok(fill) = go(&mut sim, side, exact) else { continue };
                    assert_fair(&ranges, 1 << 64, s(&sim), side, &fill);
                    // And back, and over it again: everything is recounted after each.
                    let _ = go(&mut sim, side.opposite(), Exact::Base(5));
                    let _ = go(&mut sim, side, Exact::Base(11));
                    let _ = go(&mut sim, side.opposite(), exact);
                }
            }
        }
    }
}

/// Going down, a tick is crossed by leaving it: a range whose lower end `s` stands on is active.
#[test]
fn a_sell_that_ends_on_a_tick_leaves_its_range_active() {
    // The limit is the tick's own price, which nothing can pass.
    let mut sim = market(quiet(), &[(-100, 100, L), (-20, 40, L)]);
    let tick = BigUint::from(at(-20));
    let limit: BigUint = ((&tick * &tick) >> 80_u32) + BigUint::one();
    let limit = Price::from_bits(u64::try_from(limit).unwrap());
    let order = Order { limit: Some(limit), ..order(Side::Sell, Exact::Base(100_000 * CONTRACT)) };
    let fill = sim.trade(0, TAKER, order).unwrap();
    assert_eq!(fill.end, End::Partial(Error::LimitReached));
    assert!(s(&sim) >= at(-20) && s(&sim) - at(-20) < 1 << 17);
    // By running out of crossings on a tick.
    let params = Params { max_crossings: 8, ..quiet() };
    let mut ranges = vec![(-100, 100, L)];
    ranges.extend((1..8).map(|i| (-8 * i, 2 * i, L / 10)));
    let mut sim = market(params, &ranges);
    let _ = buy(&mut sim, 4 * CONTRACT).unwrap();
    sim.add_range(0, TAKER, range(-2, 90, L / 10)).unwrap();
    let fill = sell(&mut sim, 100_000 * CONTRACT).unwrap();
    assert_eq!((fill.end, fill.crossings), (End::Partial(Error::CrossingsExhausted), 8));
    assert_eq!(s(&sim), at(-56), "it stands on the eighth tick");
    assert_eq!(sim.market(0).liquidity.get(), L + L / 10, "whose range is active");
    // It goes on from there, and back up.
    let fill = sell(&mut sim, CONTRACT).unwrap();
    assert_eq!((fill.end, fill.crossings, sim.market(0).liquidity.get()), (End::Filled, 1, L));
    let fill = buy(&mut sim, 2 * CONTRACT).unwrap();
    assert_eq!((fill.crossings, sim.market(0).liquidity.get()), (1, L + L / 10));
}

#[test]
fn a_step_is_cut_at_one_so_that_each_side_pays_its_own_fee() {
    let params = Params { price_band_ppm: 0, guard_secs: 0, rebalance_factor_ppm: 500_000, ..flat_fee(3_000) };
    let mut sim = market(params, &[(-200, 200, L)]);
    let _ = sell(&mut sim, 1_000 * CONTRACT).unwrap();
    let below = sim.clone();
    let fill = buy(&mut sim, 2_000 * CONTRACT).unwrap();
    assert_eq!((fill.steps, fill.crossings), (2, 0));
    // The half towards 1 pays half of the fee.
    let (first, second) =
        (between(&[(-200, 200, L)], s(&below), 1 << 64).1, between(&[(-200, 200, L)], 1 << 64, s(&sim)).1);
    let exact = (first * whole(15) + second * whole(30)) / whole(10_000);
    let fee = whole(u128::from(fill.fee));
    assert!(fee >= exact && fee < exact.clone() + whole(4), "{} against {exact}", fill.fee);
}

#[test]
fn an_amount_that_does_not_move_the_curve_is_refused() {
    let mut sim = market(quiet(), &[(-100, 100, L)]);
    assert_eq!(buy(&mut sim, 0), Err(Error::ZeroAmount));
    assert_eq!(go(&mut sim, Side::Buy, Exact::Quote(u64::MAX)), Err(Error::AmountTooLarge));
    // One quote atom buys less than one base atom above 1.
    let _ = buy(&mut sim, CONTRACT).unwrap();
    assert_eq!(go(&mut sim, Side::Buy, Exact::Quote(1)), Err(Error::AmountTooSmall));
    // One base atom sold at just under one quote atom brings nothing: that is the taker's choice.
    assert_eq!(buy(&mut sim, 1).unwrap().quote, -2);
}

#[test]
fn each_way_to_end() {
    let exhausted = End::Partial(Error::LiquidityExhausted);
    let mut sim = market(quiet(), &[(-100, 100, L)]);
    let fill = buy(&mut sim, 100_000 * CONTRACT).unwrap();
    assert_eq!((fill.end, s(&sim)), (exhausted, at(100) - 1), "one unit below the end");
    assert_eq!(buy(&mut sim, CONTRACT), Err(Error::LiquidityExhausted));
    assert_eq!(sim.market(0).liquidity.get(), L);
    let fill = sell(&mut sim, 100_000 * CONTRACT).unwrap();
    assert_eq!((fill.end, s(&sim)), (exhausted, at(-100)), "on the end, which belongs to the range");
    assert_eq!(sell(&mut sim, CONTRACT), Err(Error::LiquidityExhausted));
    assert_eq!(sim.market(0).liquidity.get(), L);
    // All or nothing.
    let whole = Order { all_or_nothing: true, ..order(Side::Buy, Exact::Base(100_000 * CONTRACT)) };
    assert_eq!(sim.trade(0, TAKER, whole), Err(Error::NotFilled));
    // No liquidity at all, anywhere.
    let mut sim = market(quiet(), &[]);
    assert_eq!(buy(&mut sim, CONTRACT), Err(Error::LiquidityExhausted));

    // Crossings.
    let ranges: Vec<_> = [(-100, 100, L)].into_iter().chain((1..8).map(|i| (-2 * i, 2 * i, L / 10))).collect();
    let mut sim = market(Params { max_crossings: 8, ..quiet() }, &ranges);
    let _ = sim.add_range(0, TAKER, range(-20, 16, L)).unwrap();
    let fill = buy(&mut sim, 100_000 * CONTRACT).unwrap();
    assert_eq!((fill.end, fill.crossings, s(&sim)), (End::Partial(Error::CrossingsExhausted), 8, at(16)));

    // A limit, to the unit.
    let mut sim = market(quiet(), &[(-100, 100, L)]);
    let limit = Price::from_bits((1 << 48) / 1_000 * 1_005);
    let limited = Order { limit: Some(limit), ..order(Side::Buy, Exact::Quote(100_000_000 * USD)) };
    let fill = sim.trade(0, TAKER, limited).unwrap();
    let price = |bits: u128| BigUint::from(bits) * BigUint::from(bits);
    let bound = BigUint::from(limit.bits) << 80_u32;
    assert_eq!(fill.end, End::Partial(Error::LimitReached));
    assert!(price(s(&sim)) <= bound && bound < price(s(&sim) + 1));
    assert_eq!(sim.trade(0, TAKER, limited), Err(Error::LimitReached));
    let limit = Price::from_bits((1 << 48) / 1_000 * 995);
    let limited = Order { limit: Some(limit), ..order(Side::Sell, Exact::Base(100_000 * CONTRACT)) };
    let bound = BigUint::from(limit.bits) << 80_u32;
    assert_eq!(sim.trade(0, TAKER, limited).unwrap().end, End::Partial(Error::LimitReached));
    assert!(price(s(&sim)) >= bound && bound > price(s(&sim) - 1));

    // The band: 1.2% for new risk.
    let mut sim = market(Params { price_band_ppm: 12_000, imr_ppm: 60_000, ..quiet() }, &[(-300, 300, L)]);
    let fill = buy(&mut sim, 1_000_000 * CONTRACT).unwrap();
    assert_eq!(fill.end, End::Partial(Error::PriceBandExceeded));
    assert!(s(&sim) > at(119) && s(&sim) < at(120));
    assert_eq!(buy(&mut sim, CONTRACT), Err(Error::PriceBandExceeded));
    // Towards the index is free.
    assert!(sell(&mut sim, CONTRACT).is_ok());
}

/// The arrays that are passed decide whether a swap goes on, never at which price.
#[test]
fn arrays_that_are_not_needed_change_nothing_and_missing_ones_end_it() {
    let ranges = [(-100, 100, L), (-400, 400, L), (10, 140, L / 3)];
    let start = market(quiet(), &ranges);
    // Grid ticks of 2, 64 to an array: -5..5 hold -640 to 640. 0 is in the array at position 5.
    let with = |passed: &[usize], base: u64| {
        let mut sim = start.clone();
        let result = sim.with_arrays(0, passed, |book, actors, others, now| {
            trade(book, &mut actors[TAKER].account, None, others, &order(Side::Buy, Exact::Base(base)), now)
        });
        (result, sim)
    };
    let all: Vec<usize> = (0..10).collect();
    let (small, after) = with(&all, 1_000 * CONTRACT);
    for passed in [vec![5], vec![4, 5], vec![5, 6, 9]] {
        let (result, sim) = with(&passed, 1_000 * CONTRACT);
        assert_eq!((result, s(&sim)), (small, s(&after)));
    }
    assert_eq!(with(&[4], CONTRACT).0, Err(Error::TickArrayMissing));
    let (result, sim) = with(&[5], 1_000_000 * CONTRACT);
    assert_eq!(result.unwrap().end, End::Partial(Error::TickArrayMissing));
    sim.check_curve(0);
    assert_eq!(s(&sim), at(100), "the last tick of the array that was passed");
    let (more, sim) = with(&[5, 6], 1_000_000 * CONTRACT);
    assert_eq!(more.unwrap().end, End::Partial(Error::TickArrayMissing));
    assert_eq!(s(&sim), at(140));
    let (most, sim) = with(&[5, 6, 8], 1_000_000 * CONTRACT);
    assert_eq!((most.unwrap().end, s(&sim)), (End::Partial(Error::LiquidityExhausted), at(400) - 1));
}
