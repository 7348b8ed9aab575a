//! The price of other collateral: which updates are taken, and what a spike, a silence, many refreshes and a pushed exchange
//! rate do to it (protocol.md section 7).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;
mod math_reference;

use exchange::collateral::other_bank;
use exchange::{Sim, T0, quiet};
use keel_engine::collateral::refresh;
use keel_engine::oracle::Sample;
use keel_engine::state::Bank;
use keel_engine::units::{ONE as RATE_ONE, Price};
use keel_engine::{Error, Now};
use math_reference::{Random, cases};

const E8: i64 = 100_000_000;

/// A bank of a token at 100 USD.
fn market() -> Sim {
    let mut sim = Sim::new(quiet(), 1_000, 1);
    assert_eq!(sim.add_bank(other_bank(), 100), 1);
    sim
}

fn sample(price: i64, publish_time: i64) -> Sample {
    Sample { price, conf: 0, exponent: -8, publish_time, ema_price: price }
}

#[test]
fn which_updates_are_taken() {
    let mut sim = market();
    let now = sim.now.unix;
    // Not later than the last, too old, too uncertain: left alone, without an error.
    sim.wait(30);
    for (update, taken) in [
        (sample(101 * E8, now), false),
        (sample(101 * E8, now - 31), false),
        (Sample { conf: (2 * E8 + 2_100_000) as u64, ..sample(101 * E8, now + 30) }, false),
        (Sample { conf: (2 * E8 + 2_000_000) as u64, ..sample(101 * E8, now + 30) }, true),
        (sample(101 * E8, now + 31), true),
    ] {
        assert_eq!(sim.refresh_bank_with(1, &update, None).unwrap().price, taken, "{update:?}");
    }
    assert_eq!(sim.refresh_bank_with(1, &sample(101 * E8, now + 33), None), Err(Error::PriceInFuture));
    assert_eq!(sim.refresh_bank_with(1, &sample(0, now + 32), None), Err(Error::InvalidPrice));
    assert_eq!(sim.refresh_bank_with(1, &sample(-5, now + 32), None), Err(Error::InvalidPrice));
    let before = *sim.bank(1);
    sim.wait(120);
    assert!(!sim.refresh_bank_with(1, &sample(101 * E8, sim.now.unix - 61), None).unwrap().price);
    assert_eq!((sim.bank(1).price_time, sim.bank(1).latest), (before.price_time, before.latest));
    let now = sim.now;
    assert_eq!(refresh(&mut sim.bank, &sample(E8, now.unix), None, now), Err(Error::WrongBank));
    sim.bank_mut(1).rate_feed_id = [3; 32];
    assert_eq!(sim.refresh_bank(1, 100 * E8), Err(Error::OraclePriceAccount));
}

/// Whatever single update is off, by however much, the median is where it was.
#[test]
fn the_median_follows_no_single_spike() {
    let mut random = Random::new("spike");
    for _ in 0..cases() / 4 {
        let mut sim = market();
        let price = sim.bank(1).price;
        let spike = random.below(8) as usize;
        for step in 0..8 {
            sim.wait(1 + random.below(5) as i64);
            let price = if step == spike { 1 + random.up_to_64(40) as i64 } else { 100 * E8 };
            // One outside of what is served is refused.
            let _ = sim.refresh_bank(1, price);
            // Several in one second are one sample.
            let _ = sim.refresh_bank(1, price + 1);
            assert_eq!(sim.bank(1).price, Price::from_bits(price_bits(100 * E8)), "after {step}");
        }
        assert_eq!(sim.bank(1).price, price);
    }
}

/// Quote atoms per atom of a token of six decimals at that price in 1e-8 USD.
fn price_bits(price: i64) -> u64 {
    u64::try_from((u128::from(price.unsigned_abs()) << 48) / 100_000_000).unwrap()
}

/// Samples of before a silence are no median of now: who ends it gets neither of two prices to choose from.
#[test]
fn a_silence_ends_with_new_samples() {
    let mut sim = market();
    sim.wait(60);
    sim.refresh_bank(1, 130 * E8).map(drop).unwrap();
    assert_eq!((sim.bank(1).sample_count, sim.bank(1).price.bits), (3, price_bits(100 * E8)));
    sim.wait(61);
    sim.refresh_bank(1, 130 * E8).map(drop).unwrap();
    assert_eq!((sim.bank(1).sample_count, sim.bank(1).price.bits), (1, price_bits(130 * E8)));
    // Of two the lower, of three the middle.
    sim.wait(1);
    sim.refresh_bank(1, 120 * E8).map(drop).unwrap();
    assert_eq!(sim.bank(1).price.bits, price_bits(120 * E8));
    sim.wait(1);
    sim.refresh_bank(1, 125 * E8).map(drop).unwrap();
    assert_eq!((sim.bank(1).sample_count, sim.bank(1).price.bits), (3, price_bits(125 * E8)));
}

/// Who refreshes often has moved the stable price as far as who refreshes once, and the rate by no more than compounding.
#[test]
fn many_refreshes_are_one() {
    let mut random = Random::new("refreshes of a bank");
    for _ in 0..cases() {
        let rated =
            Bank { index: 1, rate_feed_id: [1; 32], rate_time: T0, rate_speed_ppm_per_day: 10_000, ..other_bank() };
        let price = Price::from_bits(price_bits(100 * E8));
        let stable = Price::from_bits(price_bits(random.between(50, 150) * E8));
        let begun = Bank {
            price,
            latest: price,
            stable,
            samples: [price; 3],
            sample_count: 3,
            price_time: T0,
            refreshed_at: T0,
            ..rated
        };
        let (mut once, mut often) = (begun, begun);
        let total = 1 + random.below(600) as i64;
        let rate = |secs: i64| Sample { exponent: -8, ..sample(2 * E8, T0 + secs) };
        let at = |secs: i64| Now { unix: T0 + secs, slot: 0 };
        let (mut secs, mut steps) = (0, 0_u64);
        while secs < total {
            secs = (secs + 1 + random.up_to_64(7) as i64).min(total);
            steps += 1;
            refresh(&mut often, &sample(1, T0), Some(&rate(secs)), at(secs)).map(drop).unwrap();
        }
        refresh(&mut once, &sample(1, T0), Some(&rate(total)), at(total)).map(drop).unwrap();
        assert_eq!(once.stable, often.stable);
        assert_eq!(once.refreshed_at, often.refreshed_at);
        // A second's part is rounded down each time; what it compounds to in ten minutes is less than a millionth of it.
        let risen = |bank: &Bank| bank.rate - RATE_ONE;
        assert!(risen(&often) + steps * total as u64 >= risen(&once), "{} of {}", risen(&often), risen(&once));
        assert!(risen(&often) <= risen(&once) + risen(&once) / 10_000 + 1, "{} of {}", risen(&often), risen(&once));
    }
}

/// Whatever is published, whenever it is brought: no faster than the parameter, and down at once. A rate that was given a
/// push by a donation has lifted nobody's margin by more than that.
#[test]
fn the_rate_never_rises_faster() {
    let mut random = Random::new("rate");
    for _ in 0..cases() {
        let speed = random.below(10_001) as u32;
        let mut bank = Bank { index: 1, rate_feed_id: [1; 32], rate_speed_ppm_per_day: speed, rate: 0, ..other_bank() };
        let mut now = Now { unix: T0, slot: 0 };
        let mut history: Vec<(i64, u64)> = Vec::new();
        for _ in 0..40 {
            now.unix += random.up_to_64(18) as i64;
            let published = [105_000_000, 100_000_000, 300_000_000, 70_000_000][random.below(4) as usize];
            let late = random.below(3) as i64 * random.up_to_64(8) as i64;
            let rate = sample(published, now.unix - late);
            let before = bank;
            refresh(&mut bank, &sample(E8, now.unix), Some(&rate), now).map(drop).unwrap();
            let bits = u64::try_from(((published as u128) << 48) / 100_000_000).unwrap();
            if rate.publish_time >= before.rate_time && (before.rate == 0 || bits <= before.rate) {
                assert_eq!(bank.rate, bits, "it falls at once");
            }
            history.push((now.unix, bank.rate));
        }
        for (place, (from, low)) in history.iter().enumerate() {
            for (to, high) in &history[place + 1..] {
                let days = (to - from) as f64 / 86_400.0;
                let most = *low as f64 * (f64::from(speed) / 1e6 * days).exp();
                assert!(*high as f64 <= most * (1.0 + 1e-9) + 1.0, "{low} to {high} in {days} days at {speed}");
            }
        }
    }
}
