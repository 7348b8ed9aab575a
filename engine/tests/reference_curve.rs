//! The curve against the reference: ticks, steps, fee rates and whole swaps.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod math_reference;
mod reference;
mod reference_market;

use std::collections::BTreeMap;

use keel_engine::curve::{Bound, End, Exact, SwapRequest, swap};
use keel_engine::fees::FeeSchedule;
use keel_engine::math::amounts::{
    base_delta_ceil, base_delta_floor, base_in_full, base_out_full, quote_delta_ceil, quote_delta_floor,
};
use keel_engine::math::next_price::{next_sqrt_price_from_base, next_sqrt_price_from_quote};
use keel_engine::math::tick::{inv_sqrt, sqrt_price_at_tick};
use keel_engine::units::{InvSqrt, Price};
use keel_engine::{Error, Result};
use math_reference::{Random, cases};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use reference::curve::{self as slow, Amount, Side, base_between, inverse, next_root, quote_between, tick_root};
use reference::fees::share;
use reference::{Real, ceil, floor, int, power, price, root};
use reference_market::*;

fn draw_side(random: &mut Random) -> Side {
    if random.below(2) == 0 { Side::Buy } else { Side::Sell }
}

/// An `s` at a tick, beside one, or anywhere; served but for the units beyond the ends.
fn draw_root(random: &mut Random) -> BigInt {
    let reach = [10, 1_000, 150_000, 150_000][random.below(4) as usize];
    let tick = match random.below(16) {
        0 => 150_000,
        1 => -150_000,
        _ => random.between(-reach, reach) as i32,
    };
    let s = tick_root(tick);
    match random.below(4) {
        0 => s,
        1 => s + 1_i32,
        2 => s - 1_i32,
        _ => &s + BigInt::from(random.wide()) % (&s >> 8_u32),
    }
}

#[test]
fn prices_of_ticks() {
    let mut random = Random::new("prices_of_ticks");
    for case in 0..cases() {
        let edges = [-150_001, -150_000, -149_999, -1, 0, 1, 149_999, 150_000, 150_001];
        let tick = edges.get(case).copied().unwrap_or_else(|| random.between(-150_000, 150_000) as i32);
        let engine = sqrt_price_at_tick(tick);
        if tick.abs() > slow::LAST_TICK {
            assert_eq!(engine, Err(Error::InvalidTick));
            continue;
        }
        let expected = tick_root(tick);
        let engine = engine.unwrap();
        assert_eq!(BigInt::from(engine.get()), expected, "tick {tick}");
        assert_eq!(BigInt::from(inv_sqrt(engine).unwrap().get()), inverse(&expected), "inverse of tick {tick}");
    }
}

/// A rational as the engine must round it, or the refusal of an amount above 2^62.
fn rounded(value: BigInt, refusal: Error) -> Result<u64> {
    value.to_u64().filter(|amount| *amount <= 1 << 62).ok_or(refusal)
}

#[test]
fn amounts_of_steps() {
    let mut random = Random::new("amounts_of_steps");
    for _ in 0..cases() {
        let (a, b) = (draw_root(&mut random), draw_root(&mut random));
        let liquidity = random.up_to(81);
        let peg = draw_price(&mut random);
        let (from, to) = (sqrt_price(&a), sqrt_price(&b));
        let floor_of = base_delta_floor(from, to, liquidity);
        if !slow::is_served(&a) || !slow::is_served(&b) {
            assert_eq!(floor_of, Err(Error::InvalidSqrtPrice));
            continue;
        }
        if liquidity > 1 << 80 {
            assert_eq!(floor_of, Err(Error::MathOverflow));
            assert_eq!(quote_delta_floor(from, to, liquidity, Price::from_bits(peg)), Err(Error::MathOverflow));
            continue;
        }
        let base = base_between(&a, &b, &liquidity.into());
        assert_eq!(floor_of, rounded(floor(&base), Error::MathOverflow));
        assert_eq!(base_delta_ceil(from, to, liquidity), rounded(ceil(&base), Error::MathOverflow));
        let quote = quote_between(&a, &b, &liquidity.into(), peg);
        let peg = Price::from_bits(peg);
        let (down, up) = (floor(&quote), ceil(&quote));
        assert_eq!(quote_delta_floor(from, to, liquidity, peg), rounded(down, Error::NotionalTooLarge));
        assert_eq!(quote_delta_ceil(from, to, liquidity, peg), rounded(up, Error::NotionalTooLarge));
    }
}

/// Base of full steps by the inverses, whose spare units only show where the product is whole.
#[test]
fn full_steps_by_inverses() {
    let mut random = Random::new("full_steps_by_inverses");
    for _ in 0..cases() {
        let bits = 1 + random.below(80) as u32;
        let (liquidity, whole) = (1_u128 << bits, 1_u128 << (112 - bits));
        let amount = u128::from(random.up_to_64(62.min(11 + bits)));
        let Some(width) = whole.checked_mul(amount).filter(|width| *width <= 1 << 123) else { continue };
        let width = (width + u128::from(random.below(4))).saturating_sub(2);
        let from = (1 << 123) + random.wide() % (1 << 100);
        let (above, below) = (InvSqrt::from_bits(from), InvSqrt::from_bits(from - width));
        let unit = |width: u128| Real::new(BigInt::from(liquidity) * width, power(112));
        let out = floor(&unit(width.saturating_sub(1)));
        assert_eq!(base_out_full(liquidity, above, below), rounded(out, Error::MathOverflow));
        assert_eq!(base_in_full(liquidity, below, above), rounded(ceil(&unit(width + 1)), Error::MathOverflow));
    }
}

#[test]
fn the_next_root() {
    let mut random = Random::new("the_next_root");
    for _ in 0..cases() {
        let s = draw_root(&mut random);
        let liquidity = random.up_to(81);
        let peg = draw_price(&mut random);
        let side = draw_side(&mut random);
        let amount = random.up_to_64(62);
        let here = sqrt_price(&s);
        for exact in [Amount::Base(amount), Amount::Quote(amount)] {
            let engine = match exact {
                Amount::Base(base) => next_sqrt_price_from_base(here, liquidity, base, reference_market::side(side)),
                Amount::Quote(quote) => {
                    let peg = Price::from_bits(peg);
                    next_sqrt_price_from_quote(here, liquidity, peg, quote, reference_market::side(side))
                }
            };
            let engine = engine.map(|next| BigInt::from(next.get())).map_err(name);
            assert_eq!(
                engine,
                next_root(&s, &liquidity.into(), exact, peg, side),
                "{s} {liquidity} {exact:?} {side:?}"
            );
        }
    }
}

/// The rate of a step: never less than the formula but for the digits of `s`, never more but for the last digits.
#[test]
fn fee_rates() {
    let mut random = Random::new("fee_rates");
    for _ in 0..cases() {
        let place = draw_place(&mut random);
        let age = random.below(6);
        let side = draw_side(&mut random);
        let near = |random: &mut Random| {
            let s = tick_root(random.between(-600, 600) as i32);
            let moved: BigInt = (&place.curve.anchor * &s) >> 64_u32;
            (moved + random.below(3)).clamp(slow::SERVED.0.clone(), slow::SERVED.1.clone())
        };
        let (a, b) = (near(&mut random), near(&mut random));
        let (from, to) =
            if side == Side::Buy { (a.clone().min(b.clone()), a.max(b)) } else { (a.clone().max(b.clone()), a.min(b)) };
        let away = random.below(2) == 0;
        let schedule = FeeSchedule::new(&place.market, age);
        let engine = schedule.rate(sqrt_price(&from), sqrt_price(&to), reference_market::side(side), away);
        let (engine, exact) = (price(engine.bits), place.fees(age).rate(&from, &to, side, away));
        assert!(
            engine >= exact.least,
            "{engine} below {} by {}",
            exact.least,
            (&exact.least - &engine) * int(power(48))
        );
        assert!(engine <= exact.most, "{engine} above {} by {}", exact.most, (&engine - &exact.most) * int(power(48)));
    }
}

/// A fixed market's curve far above its launch price: the distance from the index is measured where nothing saturates.
#[test]
fn depth_costs_the_same_at_any_distance_from_the_launch_price() {
    let rate = |tick: i32| {
        let mut market = market(1 << 40, 2);
        market.mode = 1;
        let anchor = tick_root(tick);
        market.index =
            Price::from_bits(((BigInt::from(market.peg.bits) * &anchor * &anchor) >> 128_u32).to_u64().unwrap());
        market.index_ema = market.index;
        market.anchor = sqrt_price(&anchor);
        market.offset =
            Price::from_bits(((BigInt::from(market.peg.bits) << 48_u32) / market.index.bits).to_u64().unwrap());
        let schedule = FeeSchedule::new(&market, 0);
        let (from, to) = (sqrt_price(&tick_root(tick + 10)), sqrt_price(&tick_root(tick + 20)));
        schedule.rate(from, to, keel_engine::Side::Buy, true).bits * 1_000_000 / (1 << 48)
    };
    // The base fee of 300 and the mean depth of 15 ticks.
    for tick in [0, 50_000, 100_000, 104_000, 120_000, 149_000] {
        assert!((1_799..=1_803).contains(&rate(tick)), "{} at tick {tick}", rate(tick));
    }
}

/// A bound: around where the curve stands, in the way, or far.
fn draw_bound(random: &mut Random, place: &slow::Curve, peg: u64, refusal: &'static str) -> Option<slow::Bound> {
    if random.below(3) != 0 {
        return None;
    }
    let shift = tick_root(random.between(-700, 700) as i32);
    let s: BigInt = (&place.s * shift) >> 64_u32;
    let square = price(peg) * root(s.clone()) * root(s);
    let bits = floor(&(square * int(power(48))));
    Some(slow::Bound { price: bits.to_u64()?.clamp(1, 1 << 63), peg, refusal })
}

/// An amount: any, or what ends at a tick or an atom or two beside it.
fn draw_amount(random: &mut Random, curve: &slow::Curve, peg: u64) -> Amount {
    let is_base = random.below(2) == 0;
    let amount = if random.below(2) == 0 || curve.ranges.is_empty() {
        let bits = [50, 50, 50, 61][random.below(4) as usize];
        1 + random.up_to_64(bits)
    } else {
        let range = &curve.ranges[random.below(curve.ranges.len() as u64) as usize];
        let end = if random.below(2) == 0 { &range.lower_root } else { &range.upper_root };
        let (base, quote) = curve.between(&curve.s, end, peg);
        let exact = ceil(if is_base { &base } else { &quote });
        let near: BigInt = exact + random.between(-3, 3);
        near.to_u64().unwrap_or(1).clamp(1, 1 << 62)
    };
    if is_base { Amount::Base(amount) } else { Amount::Quote(amount) }
}

fn bound(bound: &slow::Bound) -> Bound {
    let refusal = if bound.refusal == "LimitReached" { Error::LimitReached } else { Error::PriceBandExceeded };
    Bound { price: Price::from_bits(bound.price), peg: Price::from_bits(bound.peg), refusal }
}

/// What rounding may take in one step: an atom, and as much as one unit of `s` is worth.
fn slack(step: &slow::Step, depth: &BigInt, peg: u64) -> (Real, Real) {
    let low = root(step.from.clone().min(step.to.clone()));
    let unit = int(depth.clone()) * root(1);
    // The two inverses are a part in 2^112 off.
    let inverses = int(depth.clone()) / int(power(110));
    (Real::one() + inverses + &unit / (&low * &low), Real::one() + unit * price(peg))
}

/// The taker gives at least what is exact and gets at most that, at each step and over the whole.
fn assert_fair(before: &slow::Curve, request: &slow::Request, done: &slow::Swapped) {
    let (mut base_slack, mut quote_slack) = (Real::zero(), Real::zero());
    for step in &done.steps {
        let (base, quote) = before.between(&step.from, &step.to, request.peg);
        let (low, high) = (step.from.clone().min(step.to.clone()), step.from.clone().max(step.to.clone()));
        let inside = |range: &&slow::Range| range.lower_root <= low && high <= range.upper_root;
        let depth = before.ranges.iter().filter(inside).map(|range| &range.liquidity).sum::<BigInt>();
        let slack = slack(step, &depth, request.peg);
        let (gives, gets) = match request.side {
            Side::Buy => ((&step.quote, quote, &slack.1), (&step.base, base, &slack.0)),
            Side::Sell => ((&step.base, base, &slack.0), (&step.quote, quote, &slack.1)),
        };
        let (given, exact, most) = gives;
        let over = int(given.clone()) - exact;
        assert!(!over.is_negative() && &over <= most, "gives {over} more than exact in {step:?}");
        let (got, exact, most) = gets;
        let under = exact - int(got.clone());
        assert!(!under.is_negative() && &under <= most, "gets {under} less than exact in {step:?}");
        base_slack += slack.0;
        quote_slack += slack.1;
    }
    // Against the same swap without any rounding: no better, and no worse than an amount moved by all the slack.
    if done.end.is_some() {
        return;
    }
    let Some(ideal) = before.ideal(request.side, request.exact, request.peg) else { return };
    let (own, other, other_slack) = match request.exact {
        Amount::Base(amount) => (amount, &done.quote, &quote_slack),
        Amount::Quote(amount) => (amount, &done.base, &base_slack),
    };
    let own_slack = if matches!(request.exact, Amount::Base(_)) { &base_slack } else { &quote_slack };
    let own_slack = ceil(own_slack).to_u64().unwrap();
    let gives_other = (request.side == Side::Buy) == matches!(request.exact, Amount::Base(_));
    let other = int(other.clone());
    let moved = if gives_other { own + own_slack } else { own.saturating_sub(own_slack) };
    let moved = if matches!(request.exact, Amount::Base(_)) { Amount::Base(moved) } else { Amount::Quote(moved) };
    if gives_other {
        assert!(other >= ideal, "pays {other}, ideal {ideal}");
        if let Some(worst) = before.ideal(request.side, moved, request.peg) {
            assert!(other <= worst + other_slack, "pays {other}, ideal {ideal}");
        }
    } else {
        assert!(other <= ideal, "gets {other}, ideal {ideal}");
        if let Some(worst) = before.ideal(request.side, moved, request.peg) {
            assert!(other >= worst - other_slack, "gets {other}, ideal {ideal}");
        }
    }
}

/// Whole swaps: where they end, why, what moves, what it costs, and every refusal.
#[test]
fn whole_swaps() {
    let mut random = Random::new("whole_swaps");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in 0..cases() {
        let mut place = draw_place(&mut random);
        place.market.params.max_crossings = if random.below(4) == 0 { random.below(4) as u32 } else { 40 };
        let start = place.curve.clone();
        let side = draw_side(&mut random);
        // A floating market's fill may be priced by an index that is not the peg any more.
        let peg = match random.below(4) {
            0 if place.market.mode == 0 => place.market.peg.bits / 1_000 * random.between(990, 1_009) as u64,
            _ => place.market.peg.bits,
        };
        let mut passed = place.all_arrays();
        let here = place.market.cursor.div_euclid(64);
        passed.retain(|array| *array == here || random.below(12) != 0);
        let request = slow::Request {
            side,
            exact: draw_amount(&mut random, &place.curve, peg),
            peg,
            bounds: [
                draw_bound(&mut random, &place.curve, peg, "LimitReached"),
                draw_bound(&mut random, &place.curve, place.market.peg.bits, "PriceBandExceeded"),
            ]
            .into_iter()
            .flatten()
            .collect(),
            max_crossings: place.market.params.max_crossings,
            tick_spacing: place.market.params.tick_spacing,
            passed: passed.clone(),
            fees: place.fees(2),
            curve_quote: place.market.curve_quote,
            lp_share_ppm: place.market.params.lp_share_ppm,
        };
        let asked = SwapRequest {
            side: reference_market::side(side),
            exact: match request.exact {
                Amount::Base(amount) => Exact::Base(amount),
                Amount::Quote(amount) => Exact::Quote(amount),
            },
            peg: Price::from_bits(peg),
            bounds: [request.bounds.first().map(bound), request.bounds.get(1).map(bound)],
            fees: FeeSchedule::new(&place.market, 2),
        };
        let before = place.market;
        let engine = place.with_book(&passed, |book| swap(book, &asked));
        let expected = place.curve.swap(&request);
        let label = format!("case {case}: {request:?} on {start:?}: {engine:?}");
        let (engine, expected) = match (engine, expected) {
            (Ok(engine), Ok(expected)) => (engine, expected),
            (engine, expected) => {
                let (engine, expected) = (engine.map_err(name), expected.map(|done| (done.base, done.quote, done.end)));
                assert_eq!(engine.err(), expected.clone().err(), "{label} {expected:?}");
                *seen.entry(format!("refused: {:?}", engine.err())).or_default() += 1;
                continue;
            }
        };
        let end = match engine.end {
            End::Filled => None,
            End::Partial(reason) => Some(name(reason)),
        };
        *seen.entry(format!("{end:?}")).or_default() += 1;
        assert_eq!(end, expected.end, "{label}");
        assert_eq!(
            (BigInt::from(engine.base), BigInt::from(engine.quote)),
            (expected.base.clone(), expected.quote.clone()),
            "{label}"
        );
        assert_eq!((engine.steps as usize, engine.crossings), (expected.steps.len(), expected.crossings), "{label}");
        let market = &place.market;
        assert_eq!(BigInt::from(market.sqrt_price.get()), place.curve.s, "{label}");
        assert_eq!(BigInt::from(market.inv_sqrt_price.get()), inverse(&place.curve.s), "{label}");
        assert_eq!(BigInt::from(market.liquidity.get()), place.curve.liquidity(), "{label}");
        assert_fair(&start, &request, &expected);

        // The fee: a step's rate on its quote, rounded up at each step; split, the rest to the curve.
        let fee = int(engine.fee);
        let least: Real = expected.steps.iter().map(|step| &step.rate.least * int(step.quote.clone())).sum();
        let most: Real =
            expected.steps.iter().map(|step| &step.rate.most * int(step.quote.clone()) + Real::one()).sum();
        assert!(fee >= least && fee <= most, "fee {fee}, at least {least}, at most {most}: {label}");
        let (insurance, treasury) =
            (share(engine.fee, market.params.insurance_share_ppm), share(engine.fee, market.params.treasury_share_ppm));
        assert_eq!(BigInt::from(market.insurance_claim), insurance);
        assert_eq!(BigInt::from(market.treasury_claim), treasury);
        let quote = if side == Side::Buy { expected.quote } else { -expected.quote };
        let curve = BigInt::from(before.curve_quote) + quote + engine.fee - insurance - treasury;
        assert_eq!(BigInt::from(market.curve_quote), curve);
    }
    eprintln!("{seen:?}");
    for end in [
        "None",
        "Some(\"LiquidityExhausted\")",
        "Some(\"CrossingsExhausted\")",
        "Some(\"TickArrayMissing\")",
        "Some(\"LimitReached\")",
        "Some(\"PriceBandExceeded\")",
        "refused: Some(\"AmountTooSmall\")",
        "refused: Some(\"LiquidityExhausted\")",
    ] {
        assert!(seen.contains_key(end), "no case ended with {end}: {seen:?}");
    }
}
