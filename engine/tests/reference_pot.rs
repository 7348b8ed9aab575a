//! Settlement, maturity, release and the loss order against plain bookkeeping.

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

use bytemuck::Zeroable;
use keel_engine::math::decay::decay as engine_decay;
use keel_engine::pot;
use keel_engine::resolve::resolve;
use keel_engine::state::{Exchange, MarginAccount, Market, Position};
use keel_engine::units::SignedWide;
use math_reference::{Random, cases};
use num_bigint::BigInt;
use num_traits::Zero;
use reference::pot::{self as slow, Holder, Pledge, Pot, allows_kept, allows_paid_in, decay};
use reference::{Real, binary, int, power, price};
use reference_market::{T0, books, draw_price, holder, market, now};

/// The market and the holder's numbers fit their fields.
fn fits(pot: &Pot, holder: &Holder, capital: &BigInt) -> bool {
    let unsigned = [
        &pot.pot,
        &pot.claims,
        &pot.insurance_claim,
        &pot.treasury_claim,
        &pot.surplus,
        &pot.written_off,
        &pot.uncovered,
        &pot.insurance,
        &pot.treasury,
        &holder.paid_in,
        &holder.unmatured,
        &holder.mature,
        capital,
    ];
    let signed = [&pot.curve_quote, &holder.quote];
    unsigned.iter().all(|value| u64::try_from(*value).is_ok())
        && signed.iter().all(|value| i64::try_from(*value).is_ok())
}

fn number(value: &BigInt) -> u64 {
    u64::try_from(value).unwrap()
}

/// An amount: often nothing, often small beside the others, to 2^60.
fn draw(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => 0,
        1 => random.up_to_64(60),
        _ => random.up_to_64(40),
    }
}

fn draw_signed(random: &mut Random) -> i64 {
    let value = draw(random) as i64;
    if random.below(2) == 0 { value } else { -value }
}

/// A market with a pot in any state and a holder in it.
fn draw_state(random: &mut Random, number: u16, is_open: bool) -> (Market, Position) {
    let mut m = market(draw_price(random), 2);
    m.index_number = number;
    let mut position = Position::zeroed();
    position.market = number;
    (position.unmatured, position.mature, position.debt) = (draw(random), draw(random), draw(random));
    position.paid_in = draw(random);
    position.quote = draw_signed(random);
    if is_open {
        let bits = [20, 45, 62][random.below(3) as usize];
        let base = random.up_to_64(bits) as i64;
        position.base = if random.below(2) == 0 { base } else { -base };
        let origin = random.hard_128() as i128;
        let bits = [10, 66, 75][random.below(3) as usize];
        let grown = random.up_to(bits) as i128 * (1 - 2 * random.below(2) as i128);
        position.funding = SignedWide::new(origin);
        m.funding = SignedWide::new(origin.wrapping_add(grown));
    }
    m.claims = position.unmatured + position.mature + draw(random);
    m.pot = if random.below(3) == 0 { m.claims + draw(random) } else { draw(random) };
    m.uncovered = position.debt + draw(random);
    (m.insurance_claim, m.treasury_claim) = (draw(random), draw(random));
    (m.surplus, m.written_off) = (draw(random), draw(random));
    (m.insurance, m.treasury) = (draw(random), draw(random));
    if random.below(2) == 0 {
        (m.surplus, m.written_off, m.uncovered, position.debt) = (0, 0, 0, 0);
    }
    m.curve_quote = draw_signed(random);
    m.params.profit_half_life_secs = [0, 1, 600, 86_400, 1 + random.below(86_400) as u32][random.below(5) as usize];
    (position.matured_at, position.paid_in_at) = (m.trusted_secs, T0);
    (m, position)
}

/// Time passes for what matures.
fn age(random: &mut Random, m: &mut Market, position: &mut Position) {
    let half_life = u64::from(m.params.profit_half_life_secs);
    let secs = |random: &mut Random| match random.below(3) {
        0 => 0,
        1 => random.below(3 * half_life + 1),
        _ => random.up_to_64(24),
    };
    m.trusted_secs = position.matured_at + secs(random);
    position.paid_in_at = T0 - secs(random) as i64;
}

fn account(position: Position, capital: u64) -> MarginAccount {
    let mut account = MarginAccount::zeroed();
    account.positions[3] = position;
    *account.usdc_mut() = capital;
    account
}

/// What has matured by now: the engine's numbers, each allowed by the exact power.
fn matured(m: &Market, before: &Position) -> Position {
    let mut after = *before;
    pot::mature(m, &mut after, now(T0));
    let half_life = m.params.profit_half_life_secs;
    let secs = m.trusted_secs - before.matured_at;
    assert!(allows_kept(before.unmatured, secs, half_life, after.unmatured), "{before:?} after {secs}: {after:?}");
    assert!(after.unmatured <= before.unmatured);
    assert_eq!(after.unmatured + after.mature, before.unmatured + before.mature);
    let secs = (T0 - before.paid_in_at) as u64;
    assert!(allows_paid_in(before.paid_in, secs, half_life, after.paid_in), "{before:?} after {secs}: {after:?}");
    after
}

#[test]
fn powers_of_two() {
    let mut random = Random::new("powers_of_two");
    for _ in 0..cases() {
        let half_life = random.up_to_64(17) as u32;
        let bits = [10, 20, 64][random.below(3) as usize];
        let secs = random.up_to_64(bits);
        let engine = binary(engine_decay(secs, half_life), 63);
        let (low, high) = decay(secs.min(1 << 33), half_life);
        if half_life != 0 && secs / u64::from(half_life) >= 64 {
            assert!(engine.is_zero() && high <= Real::new(1.into(), power(64)) + binary(1, 200));
        } else {
            assert!(engine >= low && engine < high + binary(1, 60), "{engine} for {low} at {secs} of {half_life}");
        }
    }
}

#[test]
fn settlements() {
    let mut random = Random::new("settlements");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..cases() {
        let is_open = random.below(4) != 0;
        let (mut m, mut position) = draw_state(&mut random, 7, is_open);
        age(&mut random, &mut m, &mut position);
        m.index_time = T0 - random.between(0, i64::from(m.params.max_age_mark_secs) + 1);
        let stale = position.base != 0 && T0 - m.index_time > i64::from(m.params.max_age_mark_secs);
        let capital = draw(&mut random);
        let before = holder(&matured(&m, &position));
        let mut expected = (books(&m), before.clone(), BigInt::from(capital));
        let grown = binary(m.funding.get().wrapping_sub(position.funding.get()), 64);
        let mark = price(m.mark.bits);
        expected.0.fold_funding(&mut expected.1, &grown);
        let value = slow::value(&expected.1, &mark);
        let mut refusals = Vec::new();
        let notional = (int(position.base.unsigned_abs()) * &mark).ceil();
        for (wrong, name) in [
            (stale, "MarkStale"),
            (notional > int(power(53)), "NotionalTooLarge"),
            (!fits(&expected.0, &expected.1, &expected.2) || i64::try_from(&value).is_err(), "MathOverflow"),
        ] {
            if wrong {
                refusals.push(name);
            }
        }
        let mut engine = (m, account(position, capital));
        // What others may do to this holder.
        let may = pot::may_settle_other(&engine.0, &engine.1, now(T0));
        if refusals.is_empty() || refusals == ["MarkStale"] {
            let rested = T0 - position.settled_at;
            let flagged = engine.1.flagged_at != 0;
            let mut fresh = holder(&position);
            books(&m).fold_funding(&mut fresh, &grown);
            let exact = books(&m).may_settle_other(
                &slow::value(&fresh, &mark),
                rested,
                i64::from(m.params.mark_step_secs),
                flagged,
            );
            assert_eq!(may.unwrap(), exact);
        }
        let result = pot::settle(&mut engine.0, &mut engine.1, now(T0));
        if refusals.is_empty() {
            let settled = expected.0.settle(&mut expected.1, &mut expected.2, &mark);
            if !fits(&expected.0, &expected.1, &expected.2) {
                assert_eq!(result.err().map(|error| error.name()), Some("MathOverflow"));
                continue;
            }
            let done = result.unwrap();
            let kind = [&settled.profit, &settled.cancelled, &settled.paid, &settled.owed].map(|part| !part.is_zero());
            *seen.entry(format!("{kind:?}")).or_default() += 1;
            let done = slow::Settled {
                profit: done.profit.into(),
                cancelled: done.cancelled.into(),
                paid: done.paid.into(),
                owed: done.owed.into(),
            };
            assert_eq!(done, settled);
            assert_eq!(books(&engine.0), expected.0);
            assert_eq!(holder(&engine.1.positions[3]), expected.1);
            assert_eq!(BigInt::from(engine.1.usdc()), expected.2);
        } else {
            let error = result.expect_err("refused").name();
            assert!(refusals.contains(&error), "{error} instead of {refusals:?}");
            *seen.entry(error.to_owned()).or_default() += 1;
        }
    }
    // Profit; and losses that are cancelled, paid and owed, alone and together.
    for kind in ["[true, false, false, false]", "[false, true, true, true]", "[false, false, true, false]", "MarkStale"]
    {
        assert!(seen.contains_key(kind), "no settlement was {kind}: {seen:?}");
    }
}

#[test]
fn releases() {
    let mut random = Random::new("releases");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..cases() {
        let (mut m, mut position) = draw_state(&mut random, 7, false);
        age(&mut random, &mut m, &mut position);
        let capital = draw(&mut random);
        let least = [0, 1_000_000, u32::MAX, random.below(1_000_001) as u32][random.below(4) as usize];
        let mut expected = (books(&m), holder(&matured(&m, &position)), BigInt::from(capital));
        // What a claim is worth, and what it is paid, of any size.
        let amount = random.up_to_64(62).min(m.claims);
        let part = |ratio: Real| reference::floor(&(int(amount) * ratio));
        assert_eq!(BigInt::from(pot::claim_value_floor(&m, amount)), part(expected.0.worth()));
        assert_eq!(BigInt::from(pot::payout_floor(&m, amount)), part(expected.0.ratio()));
        assert_eq!(BigInt::from(pot::shortfall(&m)), expected.0.shortfall());

        let mut engine = (m, account(position, capital));
        let result = pot::release(&mut engine.0, &mut engine.1, least, now(T0));
        let ratio = Real::new(least.min(1_000_000).into(), 1_000_000.into());
        match expected.0.release(&mut expected.1, &mut expected.2, &ratio) {
            Ok((claim, paid)) => {
                let released = result.unwrap();
                assert_eq!((BigInt::from(released.claim), BigInt::from(released.paid)), (claim.clone(), paid.clone()));
                *seen.entry(if claim == paid { "in full" } else { "in part" }).or_default() += 1;
                assert_eq!(books(&engine.0), expected.0);
                let left = &expected.1;
                let gone = left.quote.is_zero() && left.unmatured.is_zero() && left.debt.is_zero();
                if gone {
                    assert_eq!(engine.1.positions[3], Position::zeroed());
                } else {
                    assert_eq!(&holder(&engine.1.positions[3]), left);
                }
                assert_eq!(BigInt::from(engine.1.usdc()), expected.2);
            }
            Err(refusal) => {
                assert_eq!(result.expect_err("refused").name(), refusal);
                *seen.entry(refusal).or_default() += 1;
            }
        }
    }
    for kind in ["in full", "in part", "NothingToRelease", "PayoutRatioTooLow"] {
        assert!(seen.contains_key(kind), "no release was {kind}: {seen:?}");
    }
}

/// The end of an account: what it has elsewhere, surplus, insurance, and what is written off.
#[test]
fn resolutions() {
    let mut random = Random::new("resolutions");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..cases() {
        let (mut here, mut position) = draw_state(&mut random, 7, false);
        position.quote = -(random.up_to_64(45) as i64);
        let (mut there, mut other) = draw_state(&mut random, 3, false);
        for m in [&mut here, &mut there] {
            m.params.profit_half_life_secs = m.params.profit_half_life_secs.max(1);
            m.params.min_step_usd = 1 + random.below(10_000) as u32;
        }
        if random.below(2) == 0 {
            position.unmatured = 0;
            position.mature = 0;
            other.unmatured = random.up_to_64(30);
        }
        // What the market tells of all its holders has what this one has.
        there.claims = there.claims.max(other.unmatured + other.mature);
        there.uncovered = there.uncovered.max(other.debt);
        let has_other = random.below(2) == 0;
        let capital = if random.below(2) == 0 { 0 } else { draw(&mut random) };
        let mut expected = (books(&here), holder(&position), BigInt::from(capital));
        let mut elsewhere = (books(&there), holder(&other));
        let mut engine = account(position, capital);
        engine.flagged_at = T0 - 1;
        if has_other {
            engine.positions[0] = other;
        }
        let mut pledge = Pledge::default();
        if has_other && random.below(2) == 0 {
            pledge = Pledge { amount: BigInt::from(1 + random.up_to_64(40)), is_anothers: random.below(2) == 0 };
            let held = &mut engine.positions[0];
            (held.pledged, held.creditor) = (number(&pledge.amount), if pledge.is_anothers { 4 } else { 7 });
            there.claims += held.pledged;
            elsewhere.0 = books(&there);
        }
        let mut exchange = Exchange::zeroed();
        exchange.insurance = draw(&mut random);
        exchange.insurance_day_cap_usd = random.up_to_64(30) as u32;
        (here.insurance_day, here.insurance_day_paid) = (T0 - random.between(0, 100_000), random.up_to_64(50));
        let today = if T0 - here.insurance_day < 86_400 { here.insurance_day_paid } else { 0 };
        let cap = u64::from(exchange.insurance_day_cap_usd) * 1_000_000;
        let mut room = BigInt::from(cap.saturating_sub(today).min(exchange.insurance));
        let paid_before = exchange.insurance;
        let dust = BigInt::from(there.params.min_step_usd) * 1_000_000;
        let result = resolve(&mut here, &mut [&mut there], &mut exchange, &mut engine, now(T0));
        let coming = has_other.then_some((&mut elsewhere.0, &mut elsewhere.1, &mut pledge));
        match slow::resolve((&mut expected.0, &mut expected.1), coming, &mut expected.2, &mut room, &dust) {
            Ok(resolved) => {
                let done = result.unwrap();
                let done = slow::Resolved {
                    own: done.own.into(),
                    pledged: done.pledged.into(),
                    surplus: done.surplus.into(),
                    insurance: done.insurance.into(),
                    exchange: done.exchange.into(),
                    treasury: done.treasury.into(),
                    written_off: done.written_off.into(),
                };
                assert_eq!(done, resolved);
                assert_eq!(books(&here), expected.0);
                assert_eq!(books(&there), elsewhere.0);
                assert_eq!(BigInt::from(paid_before - exchange.insurance), resolved.exchange);
                assert!(resolved.exchange.is_zero() || here.insurance_day_paid <= cap);
                assert_eq!(BigInt::from(engine.positions[0].pledged), pledge.amount);
                assert_eq!(BigInt::from(engine.usdc()), expected.2);
                assert_eq!(BigInt::from(engine.positions[3].quote), expected.1.quote);
                assert_eq!(BigInt::from(engine.positions[3].debt), expected.1.debt);
                assert_eq!(
                    BigInt::from(engine.positions[0].unmatured + engine.positions[0].mature),
                    match has_other {
                        true => &elsewhere.1.unmatured + &elsewhere.1.mature,
                        false => BigInt::zero(),
                    }
                );
                let kind = match (resolved.written_off.is_zero(), resolved.insurance.is_zero(), &expected.1.debt) {
                    (false, _, _) => "written off",
                    (true, false, _) => "insured",
                    (true, true, debt) if debt.is_zero() => "paid",
                    _ => "waiting",
                };
                *seen.entry(kind).or_default() += 1;
                for (part, kind) in [
                    (&resolved.pledged, "pledged"),
                    (&resolved.exchange, "paid by the exchange"),
                    (&resolved.treasury, "given up by the treasury"),
                ] {
                    *seen.entry(kind).or_default() += usize::from(!part.is_zero());
                }
            }
            Err(refusal) => {
                assert_eq!(result.expect_err("refused").name(), refusal);
                *seen.entry(refusal).or_default() += 1;
            }
        }
    }
    for kind in [
        "written off",
        "insured",
        "paid",
        "waiting",
        "NotBankrupt",
        "pledged",
        "paid by the exchange",
        "given up by the treasury",
    ] {
        assert!(seen.get(kind).is_some_and(|count| *count != 0), "no resolution was {kind}: {seen:?}");
    }
}
