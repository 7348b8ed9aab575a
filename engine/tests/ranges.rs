//! Ranges: what they are entitled to against an exact replay, what settling changes (nothing), and every refusal.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod exchange;
mod math_reference;

use exchange::{CONTRACT, Sim, USD, flat_fee, order, quiet, range};
use keel_engine::curve::Exact;
use keel_engine::math::amounts::base_between_ceil;
use keel_engine::math::tick::{inv_sqrt, sqrt_price_at_tick};
use keel_engine::params::Params;
use keel_engine::ranges::{Entitlement, RangeRequest, ends, liquidity_for_base, liquidity_for_quote};
use keel_engine::state::Mode;
use keel_engine::units::{Price, Rate, SqrtPrice};
use keel_engine::{Error, Side};
use math_reference::{Random, cases};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

const LP: usize = 0;
const TAKER: usize = 1;
const ONE: i64 = CONTRACT as i64;
const L: u128 = 1_000_000_000_000_000;

fn rounds() -> u64 {
    if std::env::var("KEEL_LONG").is_ok_and(|value| value == "1") { 500 } else { 8 }
}

fn market(params: Params) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    for _ in 0..3 {
        sim.actor(1_000_000_000);
    }
    sim
}

fn at(tick: i32) -> u128 {
    sqrt_price_at_tick(tick).unwrap().get()
}

fn bits(value: u128, fraction: u32) -> BigRational {
    BigRational::new(BigInt::from(value), BigInt::one() << fraction)
}

fn signed(value: i128, fraction: u32) -> BigRational {
    BigRational::new(BigInt::from(value), BigInt::one() << fraction)
}

/// A range in real numbers, that sees every trade and every second.
struct Exactly {
    lower: u128,
    upper: u128,
    liquidity: BigRational,
    debt: BigRational,
    quote: BigRational,
    fees: BigRational,
    funding: BigRational,
}

impl Exactly {
    fn open(lower: i32, upper: i32, liquidity: u128, s: u128) -> Self {
        let mut range = Self {
            lower: at(lower),
            upper: at(upper),
            liquidity: BigRational::from_integer(BigInt::from(liquidity)),
            debt: BigRational::zero(),
            quote: BigRational::zero(),
            fees: BigRational::zero(),
            funding: BigRational::zero(),
        };
        range.debt = range.held(s);
        range
    }

    fn inside(&self, s: u128) -> BigRational {
        bits(s.clamp(self.lower, self.upper), 64)
    }

    fn held(&self, s: u128) -> BigRational {
        &self.liquidity * (self.inside(s).recip() - bits(self.upper, 64).recip())
    }

    fn base(&self, s: u128) -> BigRational {
        self.held(s) - &self.debt
    }

    fn trade(&mut self, from: u128, to: u128, peg: Price, lp_fee: &BigRational) {
        let moved = &self.liquidity * (self.inside(to) - self.inside(from)) * bits(u128::from(peg.bits), 48);
        self.fees += if moved < BigRational::zero() { -&moved * lp_fee } else { &moved * lp_fee };
        self.quote += moved;
    }

    fn time(&mut self, s: u128, grown: &BigRational) {
        self.funding += self.base(s) * grown;
    }
}

/// How far an integer that is rounded down lies below what is exact, in atoms.
fn below(exact: &BigRational, rounded: i128) -> f64 {
    (exact - BigRational::from_integer(BigInt::from(rounded))).to_f64().unwrap()
}

/// Fees, quote, base and funding of random ranges, through trades, prices, time and settlements.
#[test]
fn entitlements_are_what_an_exact_replay_says() {
    let mut random = Random::new("entitlements");
    for _ in 0..rounds() {
        let params = Params {
            price_band_ppm: 0,
            guard_secs: 2,
            min_range_slots: 0,
            imf_slope_ppm_per_million_usd: 0,
            oi_cap_usd: 4_000_000_000,
            oi_scale_from_ppm: 0,
            ..flat_fee(1_000)
        };
        let lp_fee = BigRational::new(BigInt::from(8), BigInt::from(10_000));
        let mut sim = market(params);
        let mut mirrors: Vec<(usize, Exactly, Entitlement)> = Vec::new();
        let mut steps = 0;
        for _ in 0..60 {
            let s = sim.market(0).sqrt_price.get();
            match random.below(10) {
                0..2 if mirrors.len() < 8 => {
                    let (a, b) = (random.between(-60, 59) as i32, random.between(-60, 59) as i32);
                    let (a, b) = (2 * a.min(b), 2 * a.max(b) + 2);
                    let liquidity = L / 100 + random.up_to(52);
                    let slot = sim.add_range(0, LP, range(a, b, liquidity)).unwrap();
                    mirrors.push((slot, Exactly::open(a, b, liquidity, s), Entitlement::default()));
                }
                2..6 => {
                    let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
                    let peg = keel_engine::oracle::fill_peg(sim.market(0), side, sim.now);
                    let base = 1 + random.below(4_000 * CONTRACT);
                    if let Ok(fill) = sim.trade(0, TAKER, order(side, Exact::Base(base))) {
                        steps += fill.steps;
                        let to = sim.market(0).sqrt_price.get();
                        for (_, mirror, _) in &mut mirrors {
                            mirror.trade(s, to, peg, &lp_fee);
                        }
                    }
                }
                6 if !mirrors.is_empty() => {
                    let pick = random.below(mirrors.len() as u64) as usize;
                    let (slot, mirror, taken) = &mut mirrors[pick];
                    let folded = sim.fold(0, LP, *slot).unwrap();
                    // What was folded is the position's from now on, and so is its funding.
                    mirror.debt += BigRational::from_integer(BigInt::from(folded.base));
                    taken.quote += folded.quote;
                    taken.fees += folded.fees;
                    taken.funding += folded.funding;
                    steps += 1;
                }
                _ => {
                    sim.wait(random.between(1, 400));
                    let before = sim.market(0).funding.get();
                    let _ = sim.set_price(0, random.between(90_000, 110_000) * 1_000_000);
                    let grown = signed(sim.market(0).funding.get() - before, 64);
                    for (_, mirror, _) in &mut mirrors {
                        mirror.time(s, &grown);
                    }
                }
            }
            let s = sim.market(0).sqrt_price.get();
            let slack = 2.0 + 2.0 * f64::from(steps);
            for (slot, mirror, taken) in &mirrors {
                let now = sim.places[0].entitlement(&sim.actors[LP].ranges.ranges[*slot]);
                let off = below(&mirror.base(s), i128::from(now.base));
                assert!((-1e-6..2.0).contains(&off), "base off by {off}");
                let off = below(&mirror.quote, i128::from(taken.quote + now.quote));
                assert!((-1e-6..slack).contains(&off), "quote off by {off}");
                let off = below(&mirror.fees, i128::from(taken.fees + now.fees));
                assert!((-1e-6..slack + mirror.fees.to_f64().unwrap() * 1e-9).contains(&off), "fees off by {off}");
                // Funding is rounded up. What the debt is rounded up by pays it, too: two atoms of base at most.
                let off = -below(&mirror.funding, i128::from(taken.funding + now.funding));
                assert!((-2.0..slack).contains(&off), "funding off by {off}");
            }
        }
    }
}

/// Settling moves what a range is entitled to into the position, to the atom, and the owner is worth the same.
#[test]
fn settling_changes_nothing_in_sum() {
    let mut sim = market(Params { min_range_slots: 0, ..flat_fee(500) });
    let slot = sim.provide(0, LP, -100, 100, 1_000_000).unwrap();
    for base in [300, -700, 900, -100] {
        let _ = sim.take(0, TAKER, base * ONE).unwrap();
        sim.wait(2);
        sim.touch_all();
        let (worth, before) = (sim.worth(LP), sim.position(0, LP));
        let due = keel_engine::pot::funding_due(sim.market(0), &before).unwrap();
        let folded = sim.fold(0, LP, slot).unwrap();
        let after = sim.position(0, LP);
        assert_eq!(after.base, before.base + folded.base);
        assert_eq!(after.quote, before.quote - due + folded.total_quote().unwrap());
        assert_eq!(sim.worth(LP), worth);
        // At once again: nothing.
        assert_eq!(sim.fold(0, LP, slot).unwrap(), Entitlement::default());
    }
    let held = sim.actors[LP].ranges.ranges[slot];
    let worth = sim.worth(LP);
    let _ = sim.close(0, LP, slot).unwrap();
    assert_eq!(sim.worth(LP), worth);
    assert!(held.base_debt > 0 && sim.account(LP).ranges == 0);
}

#[test]
fn adding_and_removing_never_profits() {
    let mut random = Random::new("add and remove");
    let mut sim = market(quiet());
    sim.add_range(0, TAKER, range(-300, 300, L)).unwrap();
    for _ in 0..rounds() * 40 {
        let (a, b) = (2 * random.between(-100, 99) as i32, 2 * random.between(-100, 99) as i32);
        let worth = sim.worth(LP);
        let slot = sim.add_range(0, LP, range(a.min(b), a.max(b) + 2, 1 + random.up_to(52))).unwrap();
        assert!(sim.worth(LP) <= worth);
        let folded = sim.close(0, LP, slot).unwrap();
        assert!((-1..=0).contains(&folded.base) && folded.quote == 0 && folded.fees == 0 && folded.funding == 0);
        assert!(sim.worth(LP) <= worth);
        let _ = sim.take(0, 2, random.between(-500, 500) * ONE + 1);
    }
}

#[test]
fn the_ends_are_what_the_curve_would_bring() {
    let mut sim = market(quiet());
    let slot = sim.add_range(0, LP, range(-100, 100, L)).unwrap();
    let _ = sim.take(0, TAKER, 1_000 * ONE).unwrap();
    let held = sim.actors[LP].ranges.ranges[slot];
    let now = sim.places[0].entitlement(&held);
    let ends = ends(sim.market(0), &held).unwrap();
    assert_eq!((ends.base_up, ends.base_up < now.base, ends.base_down > 0), (-held.base_debt, true, true));
    let mut up = sim.clone();
    let _ = up.take(0, TAKER, 100_000 * ONE).unwrap();
    let there = up.places[0].entitlement(&held);
    assert!((there.base - ends.base_up).abs() <= 2, "{} against {}", there.base, ends.base_up);
    assert!((there.quote - now.quote - ends.quote_up).abs() <= 3);
    let _ = sim.take(0, TAKER, -100_000 * ONE).unwrap();
    let there = sim.places[0].entitlement(&held);
    assert!((there.base - ends.base_down).abs() <= 2);
    assert!((there.quote - now.quote - ends.quote_down).abs() <= 3);
}

#[test]
fn a_range_lives_for_a_while() {
    let mut sim = market(Params { min_range_slots: 25, ..quiet() });
    let slot = sim.add_range(0, LP, range(-10, 10, L)).unwrap();
    assert_eq!(sim.close(0, LP, slot), Err(Error::RangeTooYoung));
    sim.slots(24);
    assert_eq!(sim.close(0, LP, slot), Err(Error::RangeTooYoung));
    sim.slots(1);
    assert!(sim.close(0, LP, slot).is_ok());
    assert_eq!(sim.close(0, LP, slot), Err(Error::RangeNotFound));
    assert_eq!(sim.fold(0, LP, slot), Err(Error::RangeNotFound));
    assert_eq!(sim.fold(0, LP, 8), Err(Error::RangeNotFound));
    // Removing is always allowed after that: off band, with an old index, while paused or flagged.
    let slot = sim.add_range(0, LP, range(-10, 10, L)).unwrap();
    sim.wait(100_000);
    sim.actors[LP].account.flagged_at = 1;
    assert!(sim.close(0, LP, slot).is_ok());
}

#[test]
fn every_refusal_of_an_addition() {
    let params = Params { min_tick_liquidity: 1_000, price_band_ppm: 12_000, ..quiet() };
    let mut sim = market(params);
    let add = |request: RangeRequest| sim.clone().add_range(0, LP, request);
    assert_eq!(add(range(-3, 10, L)), Err(Error::InvalidTick));
    assert_eq!(add(range(-2, 200_000, L)), Err(Error::InvalidTick));
    assert_eq!(add(range(10, 10, L)), Err(Error::InvalidRange));
    assert_eq!(add(range(10, -10, L)), Err(Error::InvalidRange));
    assert_eq!(add(range(-10, 10, 999)), Err(Error::LiquidityTooSmall));
    assert!(add(range(-10, 10, 1_000)).is_ok());
    assert_eq!(add(range(-10, 10, u128::MAX)), Err(Error::LiquidityTooLarge));
    assert_eq!(add(range(-10, 10, 1 << 64)), Err(Error::LiquidityTooLarge));
    assert_eq!(add(range(-10, 10_000, L)), Err(Error::TickArrayMissing));
    let here = SqrtPrice::ONE;
    let (under, over) = (SqrtPrice::from_bits(here.get() - 1), SqrtPrice::from_bits(here.get() + 1));
    let bounds = |min_sqrt_price, max_sqrt_price| RangeRequest { min_sqrt_price, max_sqrt_price, ..range(-10, 10, L) };
    assert_eq!(add(bounds(over, over)), Err(Error::CurveOutOfBounds));
    assert_eq!(add(bounds(under, under)), Err(Error::CurveOutOfBounds));
    assert!(add(bounds(here, here)).is_ok());
    for _ in 0..8 {
        sim.add_range(0, LP, range(-10, 10, 1_000)).unwrap();
    }
    assert_eq!(sim.add_range(0, LP, range(-10, 10, 1_000)), Err(Error::RangesFull));
    sim.wait(3);
    assert_eq!(sim.add_range(0, TAKER, range(-10, 10, 1_000)), Err(Error::PriceStale));

    let poor = sim.actor(1_000);
    sim.touch_all();
    assert_eq!(sim.provide(0, poor, -10, 10, 42_000), Err(Error::InsufficientMargin));
    assert!(sim.provide(0, poor, -10, 10, 38_000).is_ok());

    // L times the peg is bounded as well: at 1,000,000 USD a contract the peg is 1,000.
    let mut dear = market(Params { contract_exponent: 3, ..quiet() });
    assert_eq!(dear.add_range(0, LP, range(-2, 2, 1 << 55)), Err(Error::LiquidityTooLarge));

    // Off the band, in a fixed market whose index has left the curve behind.
    let mut fixed = Sim::empty();
    fixed.list(Params { price_band_ppm: 12_000, ..quiet() }, Mode::Fixed, 1_000);
    fixed.actor(1_000_000);
    let slot = fixed.provide(0, LP, -10, 10, 1_000).unwrap();
    fixed.move_price(0, 1_012);
    assert!(fixed.clone().provide(0, LP, -10, 10, 1_000).is_ok());
    fixed.move_price(0, 1_013);
    assert_eq!(fixed.provide(0, LP, -10, 10, 1_000), Err(Error::PriceBandExceeded));
    assert!(fixed.close(0, LP, slot).is_ok());

    // Another market's range.
    let mut sim = market(quiet());
    sim.list(quiet(), Mode::Floating, 1_000);
    let slot = sim.add_range(0, LP, range(-10, 10, L)).unwrap();
    assert_eq!(sim.fold(1, LP, slot), Err(Error::WrongMarket));
    assert_eq!(sim.close(1, LP, slot), Err(Error::WrongMarket));
}

#[test]
fn liquidity_for_quote_is_what_a_move_over_the_range_takes() {
    let (low, high) = (SqrtPrice::ONE, sqrt_price_at_tick(100).unwrap());
    let liquidity = liquidity_for_quote(1_000_000 * USD, low, high, Price::ONE).unwrap();
    let mut sim = market(quiet());
    sim.add_range(0, LP, range(0, 100, liquidity)).unwrap();
    let fill = sim.trade(0, TAKER, order(Side::Buy, Exact::Quote(2_000_000 * USD))).unwrap();
    assert!(fill.quote.unsigned_abs().abs_diff(1_000_000 * USD) < 10);
    assert_eq!(liquidity_for_quote(1, high, low, Price::ONE), Err(Error::InvalidRange));
    assert_eq!(liquidity_for_quote(1, low, low, Price::ONE), Err(Error::InvalidRange));
}

/// A one-tick range is an order that follows the index: it sells no more than asked, and all but an atom in a million.
#[test]
fn liquidity_for_base_is_what_a_range_sells_at_most() {
    let mut random = Random::new("liquidity_for_base");
    for _ in 0..cases() {
        let lower = i32::try_from(random.below(20_000)).unwrap() - 10_000;
        let width = i32::try_from(random.below(100)).unwrap() + 1;
        let bits = random.below(62);
        let base = random.below(1 << bits) + 1;
        let (low, high) = (sqrt_price_at_tick(lower).unwrap(), sqrt_price_at_tick(lower + width).unwrap());
        let liquidity = liquidity_for_base(base, low, high).unwrap();
        let (low, high) = (inv_sqrt(low).unwrap(), inv_sqrt(high).unwrap());
        let held = base_between_ceil(liquidity, low, high).unwrap();
        assert!(held <= base && base - held <= 1 + base / 1_000_000, "{held} of {base}");
    }
    let (low, high) = (SqrtPrice::ONE, sqrt_price_at_tick(2).unwrap());
    assert_eq!(liquidity_for_base(1, high, low), Err(Error::InvalidRange));
    assert_eq!(liquidity_for_base(1, low, low), Err(Error::InvalidRange));

    let liquidity = liquidity_for_base(5 * CONTRACT, low, high).unwrap();
    let mut sim = market(quiet());
    sim.add_range(0, LP, range(0, 2, liquidity)).unwrap();
    let fill = sim.trade(0, TAKER, order(Side::Buy, Exact::Base(6 * CONTRACT))).unwrap();
    assert!((5 * CONTRACT as i64 - 10..=5 * CONTRACT as i64).contains(&fill.base), "{}", fill.base);
}

/// Funding passes between takers and ranges, and nothing is lost on the way.
#[test]
fn what_takers_pay_in_funding_ranges_receive() {
    let mut sim = market(Params { skew_scale_base: 0, ..quiet() });
    let slot = sim.add_range(0, LP, range(-100, 100, L)).unwrap();
    let _ = sim.take(0, TAKER, 4_000 * ONE).unwrap();
    sim.rest(36_000);
    assert!(sim.market(0).funding_rate > Rate::ZERO);
    let due = keel_engine::pot::funding_due(sim.market(0), &sim.position(0, TAKER)).unwrap();
    let range = sim.places[0].entitlement(&sim.actors[LP].ranges.ranges[slot]);
    assert!(due > 1_000 * USD as i64, "{due}");
    // The range holds the other side, but for the atom or two that rounding keeps.
    assert!((due + range.funding).abs() <= 4, "{due} against {}", range.funding);
    let _ = sim.close(0, LP, slot).unwrap();
}
