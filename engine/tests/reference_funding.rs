//! Funding against exact rationals: premium, kernel, rate, F, G, the day's cap.

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

use keel_engine::funding::{self, accrue};
use keel_engine::state::Market;
use keel_engine::units::{Price, Rate, SignedWide, Wide};
use math_reference::{Random, cases};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use reference::curve::tick_root;
use reference::funding::{Near, Prevailing, State, Terms, day_room, next_rate, per_second, premium, smoothed};
use reference::{Real, binary, int, power, ppm, price, root};
use reference_market::{T0, draw_price, draw_tick, market, now, stand};

const STEPS: [u32; 8] = [10, 15, 30, 60, 75, 120, 180, 300];

fn draw_params(random: &mut Random, market: &mut Market) {
    let p = &mut market.params;
    if random.below(3) == 0 {
        return;
    }
    p.funding_step_secs = STEPS[random.below(8) as usize];
    p.funding_tau_secs = random.between(600, 86_400) as u32;
    p.funding_hours = random.between(1, 24) as u32;
    p.funding_cap_ppm_per_hour = random.up_to_64(16).min(100_000) as u32;
    p.funding_day_cap_ppm = random.up_to_64(19).min(1_000_000) as u32;
    p.funding_slew_ppm_per_hour2 = random.up_to_64(19).min(1_000_000) as u32;
    p.interest_ppm = random.below(1_001) as u32;
    p.deadband_ppm = random.below(5_001) as u32;
    p.max_gap_secs = random.between(60, 3_600) as u32;
    p.skew_scale_base = if random.below(3) == 0 { 0 } else { 1 + random.up_to_64(61) };
    // What one refresh catches up.
    p.max_gap_secs = p.max_gap_secs.min(60 * p.funding_step_secs);
}

/// What prevails: a curve anywhere, but mostly near the index; any skew.
fn draw_prevailing(random: &mut Random, market: &mut Market) {
    let tick = draw_tick(random, 1, 0);
    stand(market, &(tick_root(tick) + random.below(2)));
    let net = random.up_to_64(62);
    (market.long_base, market.short_base) = if random.below(2) == 0 { (net, 0) } else { (0, net) };
    market.folded_base = if random.below(4) == 0 { random.up_to_64(61) as i64 } else { 0 };
    market.liquidity = Wide::new(u128::from(random.below(8) != 0));
    market.guard_left = u8::from(random.below(8) == 0);
    market.paused_until = if random.below(6) == 0 { market.accrued_at + random.between(0, 4_000) } else { 0 };
    if random.below(3) == 0 {
        let bits = market.index.bits / 1_000 * random.between(900, 1_100) as u64;
        market.index = Price::from_bits(bits.clamp(1 << 32, 1 << 63));
        if random.below(2) == 0 {
            market.peg = market.index;
        }
    }
    market.index_time = market.accrued_at - random.between(0, 60);
}

fn terms(market: &Market) -> Terms {
    let p = &market.params;
    Terms {
        step_secs: p.funding_step_secs.into(),
        tau_secs: p.funding_tau_secs.into(),
        hours: p.funding_hours.into(),
        cap_ppm: p.funding_cap_ppm_per_hour,
        day_cap_ppm: p.funding_day_cap_ppm,
        slew_ppm: p.funding_slew_ppm_per_hour2,
        interest_ppm: p.interest_ppm,
        deadband_ppm: p.deadband_ppm,
        max_gap_secs: p.max_gap_secs.into(),
        max_age_mark_secs: p.max_age_mark_secs.into(),
        skew_scale: p.skew_scale_base,
    }
}

fn prevailing(market: &Market) -> Prevailing {
    Prevailing {
        s: market.sqrt_price.get().into(),
        peg: market.peg.bits,
        index: market.index.bits,
        index_time: market.index_time,
        net_base: BigInt::from(market.long_base) - market.short_base - market.folded_base,
        has_liquidity: market.liquidity.get() != 0,
        guarded: market.guard_left != 0,
        paused_until: market.paused_until,
    }
}

/// F and G wrap around: what counts is the distance from an origin.
fn from_origin(value: SignedWide, origin: i128) -> Real {
    binary(value.get().wrapping_sub(origin), 64)
}

fn state(market: &Market, origin: i128) -> State {
    let rate = |rate: Rate| Near::exact(price(rate.bits));
    let value = |value: SignedWide| Near::exact(from_origin(value, origin));
    // A day is all that counts.
    let hours: BTreeMap<i64, Near> = (0..26)
        .map(|back| market.hour - back)
        .map(|hour| (hour, value(market.hours[hour.rem_euclid(168) as usize])))
        .collect();
    State {
        unix: market.accrued_at,
        step_sum: Near::exact(price(market.step_sum)),
        step_secs: market.step_secs as i64,
        basis_sum: Near::exact(price(market.basis_sum)),
        trusted_secs: market.trusted_secs as i64,
        ema: rate(market.premium_ema),
        rate: rate(market.funding_rate),
        funding: value(market.funding),
        low: value(market.funding_day_low),
        high: value(market.funding_day_high),
        hours,
        flowed: Real::zero(),
    }
}

fn assert_near(near: &Near, kept: &Real, what: &str) {
    assert!(near.allows(kept), "{what}: {kept} for {} +-{}", near.exact, near.error);
}

/// A market in the middle of its life.
fn draw_market(random: &mut Random) -> (Market, i128) {
    let mut market = market(draw_price(random), 1);
    draw_params(random, &mut market);
    let origin = random.hard_128() as i128;
    market.accrued_at = T0 + random.between(0, 7_200);
    market.hour = market.accrued_at / 3_600;
    draw_prevailing(random, &mut market);
    let step = u64::from(market.params.funding_step_secs);
    market.step_secs = market.accrued_at as u64 % step;
    let signed = |random: &mut Random, bits: u32| {
        let value = random.up_to_64(bits) as i64;
        if random.below(2) == 0 { value } else { -value }
    };
    market.step_sum = signed(random, 44) * market.step_secs as i64;
    market.premium_ema = Rate::from_bits(signed(random, 49));
    let cap = Rate::from_ppm(market.params.funding_cap_ppm_per_hour).bits;
    market.funding_rate = Rate::from_bits(random.between(-cap, cap));
    // A past day anywhere in its room; F stands between its ends.
    let room = (day_room(&terms(&market), market.index.bits) * int(power(64))).floor().to_integer();
    let room = i128::try_from(room).unwrap().max(1);
    let draw = |random: &mut Random| (random.wide() % room.unsigned_abs()) as i128;
    let value = |offset: i128| SignedWide::new(origin.wrapping_add(offset));
    // Each hour another value, so that it matters which of them make the day.
    let now = draw(random);
    let mut day = vec![now];
    market.funding = value(now);
    for back in 0..168 {
        let offset = draw(random);
        market.hours[(market.hour - back).rem_euclid(168) as usize] = value(offset);
        if back <= 24 {
            day.push(offset);
        }
    }
    market.funding_day_low = value(*day.iter().min().unwrap());
    market.funding_day_high = value(*day.iter().max().unwrap());
    (market, origin)
}

#[test]
fn single_formulas() {
    let mut random = Random::new("single_formulas");
    for _ in 0..cases() {
        let (market, _) = draw_market(&mut random);
        let terms = terms(&market);
        assert_near(&premium(&terms, &prevailing(&market)), &price(funding::premium(&market).bits), "premium");
        let rates: Vec<i64> = (0..2).map(|_| random.up_to_64(50) as i64 * (1 - 2 * random.below(2) as i64)).collect();
        let near = |bits: i64| Near::exact(price(bits));
        let (secs, tau) = (1 + random.below(3_600), 1 + random.below(86_400));
        let engine = funding::smoothed(Rate::from_bits(rates[0]), Rate::from_bits(rates[1]), secs, tau);
        let exact = smoothed(&near(rates[0]), &near(rates[1]), secs as i64, tau as i64);
        assert_near(&exact, &price(engine.bits), "smoothed");
        // The change is rounded towards zero.
        assert!((price(engine.bits) - price(rates[0])).abs() <= (&exact.exact - price(rates[0])).abs());

        let (ema, rate) = (Rate::from_bits(rates[0]), market.funding_rate);
        let step = u64::from(market.params.funding_step_secs);
        let engine = funding::next_rate(&market.params, ema, rate, step);
        let exact = next_rate(&terms, &near(ema.bits), &near(rate.bits), step as i64);
        assert_near(&exact, &price(engine.bits), "rate");
        let slew = ppm(terms.slew_ppm) * int(step) / int(3_600);
        assert!(
            price(engine.bits).abs() <= ppm(terms.cap_ppm) && (price(engine.bits) - price(rate.bits)).abs() <= slew
        );

        let engine = funding::per_second(rate, market.index);
        assert_eq!(BigInt::from(engine), per_second(rate.bits, market.index.bits));
        let room = binary(funding::day_room(&market.params, market.index), 64);
        let exact = day_room(&terms, market.index.bits);
        assert!(room <= exact && exact - room < binary(1, 64), "the day's room");
    }
}

/// One stretch of time from any state, through steps, hours, gaps and the day's cap.
#[test]
fn stretches_of_time() {
    let mut random = Random::new("stretches_of_time");
    let (mut capped, mut tight) = (0, 0);
    for _ in 0..cases() {
        let (mut market, origin) = draw_market(&mut random);
        let mut slow = state(&market, origin);
        let terms = terms(&market);
        let wait = match random.below(4) {
            0 => random.between(0, 20),
            1 => random.between(0, 8_000),
            _ => random.between(1, 900),
        };
        let before = market;
        let at = market.accrued_at + wait;
        slow.accrue(&terms, &prevailing(&market), at);
        accrue(&mut market, now(at));
        assert_eq!((market.accrued_at, market.step_secs as i64), (slow.unix, slow.step_secs));
        assert_eq!(market.trusted_secs as i64, slow.trusted_secs);
        assert_near(&slow.step_sum, &price(market.step_sum), "step sum");
        assert_near(&slow.basis_sum, &price(market.basis_sum), "basis sum");
        assert_near(&slow.ema, &price(market.premium_ema.bits), "ema");
        assert_near(&slow.rate, &price(market.funding_rate.bits), "rate");
        assert_near(&slow.funding, &from_origin(market.funding, origin), "F");
        assert_near(&slow.low, &from_origin(market.funding_day_low, origin), "day's low");
        assert_near(&slow.high, &from_origin(market.funding_day_high, origin), "day's high");
        let (last, _) = slow.hours.last_key_value().unwrap();
        assert_eq!(market.hour, *last);
        for (hour, value) in slow.hours.range(last - 25..) {
            let kept = market.hours[hour.rem_euclid(168) as usize];
            assert_near(value, &from_origin(kept, origin), &format!("hour {hour}"));
        }
        // Older ones stay as they are.
        for hour in last - 167..=before.hour {
            let place = hour.rem_euclid(168) as usize;
            assert_eq!(market.hours[place], before.hours[place]);
        }
        // The cap itself is strict, whatever was rounded.
        let room = day_room(&terms, market.index.bits);
        let (f, g) = (
            from_origin(market.funding, before.funding.get()),
            market.funding_over_s.get().wrapping_sub(before.funding_over_s.get()),
        );
        let (low, high) = (
            from_origin(market.funding_day_low, market.funding.get()),
            from_origin(market.funding_day_high, market.funding.get()),
        );
        if before.index == market.index && room >= from_origin(before.funding_day_high, before.funding_day_low.get()) {
            assert!(-low <= room && high <= room, "F left the day's room");
        }
        // G is F over s, rounded up every second.
        let paused = (before.paused_until - before.accrued_at).clamp(0, wait);
        let counted = (wait - paused).min(terms.max_gap_secs);
        let over = binary(g, 64) - &f / root(market.sqrt_price.get());
        let inverse = &slow.flowed / int(power(112));
        assert!(over >= -inverse.clone(), "G below F over s by {over}");
        assert!(over <= binary(counted, 64) + inverse, "G above F over s by {over}");
        let free = price(before.funding_rate.bits).abs() * price(market.index.bits) / int(3_600) * int(counted);
        capped += usize::from(!f.is_zero() && f.abs() < free / int(2));
        tight += usize::from(slow.funding.error < ppm(1) * price(market.index.bits));
    }
    assert!(capped > cases() / 100, "the day's cap bit {capped} times");
    assert!(tight > cases() / 2, "{tight} comparisons to a millionth of the index");
}

/// No window of 24 hours costs more than the day's cap at an unchanged index, at whichever second it begins.
#[test]
fn no_day_costs_more_than_its_cap() {
    let mut random = Random::new("no_day_costs_more_than_its_cap");
    let mut most = Real::zero();
    for _ in 0..cases() / 32 {
        let (mut market, _) = draw_market(&mut random);
        (market.guard_left, market.paused_until) = (0, 0);
        (market.funding_day_low, market.funding_day_high) = (market.funding, market.funding);
        market.hours = [market.funding; 168];
        let cap = ppm(market.params.funding_day_cap_ppm) * price(market.index.bits);
        let mut path: Vec<(i64, i128)> = vec![(market.accrued_at, 0)];
        let origin = market.funding.get();
        for _ in 0..200 {
            let (index, peg) = (market.index, market.peg);
            draw_prevailing(&mut random, &mut market);
            (market.index, market.peg) = (index, peg);
            for _ in 0..=random.below(4) {
                let at = market.accrued_at + random.between(1, 900);
                accrue(&mut market, now(at));
                path.push((at, market.funding.get().wrapping_sub(origin)));
            }
        }
        for (place, (at, value)) in path.iter().enumerate() {
            let day = path[..place].iter().rev().take_while(|(then, _)| at - then <= 86_400);
            let Some(worst) = day.map(|(_, then)| value.abs_diff(*then)).max() else { continue };
            let worst = binary(worst, 64);
            assert!(worst <= cap, "{worst} in a day, cap {cap}");
            if !cap.is_zero() {
                most = most.max(worst / &cap);
            }
        }
    }
    assert!(most > Real::new(9.into(), 10.into()), "no day came near its cap: {most}");
}
