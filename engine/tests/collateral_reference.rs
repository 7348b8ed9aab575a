//! The arithmetic of other collateral against big integers, to the atom: what counts, the weight, a price update, the
//! rate's rise, the discount, the size of a sale and the worth of a seizure.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod math_reference;

use bytemuck::Zeroable;
use keel_engine::collateral::{Purchase, buy, initial_floor, maintenance_floor, refresh, weight_ppm};
use keel_engine::exchange_params::set_bank_defaults;
use keel_engine::oracle::{MarkUse, Sample};
use keel_engine::params::Params;
use keel_engine::state::{Bank, MarginAccount, Market, Position};
use keel_engine::units::{MAX_NOTIONAL, ONE, Price};
use keel_engine::view::{Others, View};
use keel_engine::{Error, Now, lien};
use math_reference::{Random, big, cases, ceil, power_of_two, to_u64};
use num_bigint::BigUint;

const T0: i64 = 1_800_000_000;
const NOW: Now = Now { unix: T0, slot: 0 };

fn bank() -> Bank {
    let mut bank = Bank::zeroed();
    set_bank_defaults(&mut bank);
    let at = |usd: u64| Price::from_bits(usd << 48);
    Bank {
        index: 1,
        decimals: 9,
        haircut_ppm: 800_000,
        weight_from_ppm: 800_000,
        ramp_secs: 86_400,
        price: at(1),
        latest: at(1),
        stable: at(1),
        rate: ONE,
        sample_count: 3,
        price_time: T0,
        sampled_at: T0,
        refreshed_at: T0,
        ..bank
    }
}

/// `floor(amount * bits / 2^48)`.
fn product(amount: u64, bits: u64) -> BigUint {
    (big(amount) * big(bits)) >> 48
}

fn value(price: Price, amount: u64) -> BigUint {
    product(amount, price.bits).min(big(MAX_NOTIONAL))
}

/// `floor(value * weight / (1 + slope * size))`, with the weight and the slope in parts per million, per 10^12 atoms.
fn counted(value: &BigUint, size: &BigUint, weight: u32, slope: u32) -> u64 {
    let whole = big(10_u64.pow(18));
    to_u64(&(value * big(weight) * big(10_u64.pow(12)) / (whole + big(slope) * size))).unwrap()
}

#[test]
fn what_counts_is_exact() {
    let mut random = Random::new("what counts");
    let mut beyond_a_word = 0;
    for _ in 0..8 * cases() {
        let (weight, slope) = (random.below(1_000_001) as u32, random.up_to_64(20).min(1_000_000) as u32);
        let price = |random: &mut Random| Price::from_bits(random.up_to_64(63));
        let bank = Bank {
            haircut_ppm: weight,
            weight_from_ppm: weight,
            size_slope_ppm_per_million_usd: slope,
            price: price(&mut random),
            latest: price(&mut random),
            stable: price(&mut random),
            booked: random.up_to_64(62),
            ..bank()
        };
        let amount = random.up_to_64(62);
        let mut account = MarginAccount::zeroed();
        account.capital[1] = amount;
        let banks = [&bank];
        let view = View::of(Others { banks: &banks, ..Others::default() });
        let alone = value(bank.price, amount);
        let expected = counted(&alone, &alone, weight, slope);
        let maintenance = maintenance_floor(&account, &view, MarkUse::Owner, NOW).unwrap();
        assert_eq!(maintenance, expected);
        let worst = bank.price.min(bank.latest).min(bank.stable);
        let size = value(bank.price, amount.max(bank.booked));
        beyond_a_word += usize::from(big(slope) * &size >= power_of_two(64));
        let initial = initial_floor(&account, &view, MarkUse::Owner, NOW).unwrap();
        assert_eq!(initial, counted(&value(worst, amount), &size, weight, slope));
        assert!(initial <= maintenance, "new risk counts more than maintenance");
    }
    assert!(beyond_a_word > 10, "{beyond_a_word}");
}

#[test]
fn the_weight_moves_in_a_straight_line() {
    let mut random = Random::new("weight");
    for _ in 0..8 * cases() {
        let (from, to) = (random.below(1_000_001) as u32, random.below(1_000_001) as u32);
        let (ramp, passed) = (1 + random.up_to_64(25) as u32, random.up_to_64(26));
        let bank = Bank {
            haircut_ppm: to,
            weight_from_ppm: from,
            weight_from_at: T0 - passed as i64,
            ramp_secs: ramp,
            ..bank()
        };
        let part = big(passed.min(u64::from(ramp)));
        // Downwards it is rounded down as well: what counts is never more than the line.
        let expected = if to >= from {
            big(from) + big(to - from) * part / big(ramp)
        } else {
            big(from) - ceil(&(big(from - to) * part), &big(ramp))
        };
        assert_eq!(big(weight_ppm(&bank, NOW)), expected);
    }
}

fn sample(price: i64, conf: u64, exponent: i32, publish_time: i64) -> Sample {
    Sample { price, conf, exponent, publish_time, ema_price: price }
}

/// `floor(price * 10^exponent * 10^6 / 10^decimals * 2^48)`: quote atoms per atom.
fn scaled(price: i64, exponent: i32, decimals: u8) -> BigUint {
    let power = exponent + 6 - i32::from(decimals);
    let bits = big(price.unsigned_abs()) << 48;
    let ten = |power: i32| big(10_u8).pow(power.unsigned_abs());
    if power >= 0 { bits * ten(power) } else { bits / ten(power) }
}

#[test]
fn a_price_is_scaled_for_every_number_of_decimals() {
    let mut random = Random::new("price");
    let mut taken = [0; 10];
    for _ in 0..64 * cases() {
        let decimals = random.below(10) as u8;
        let exponent = -(random.below(19) as i32);
        let (price, rate) = (1 + random.up_to_64(60) as i64, (1 << 44) + random.up_to_64(49));
        let conf = random.below(1 + price.unsigned_abs() / 50);
        let mut new = Bank { decimals, rate, rate_feed_id: [1; 32], price_time: 0, sample_count: 0, ..bank() };
        new.rate_time = T0;
        let published = sample(1, 0, 0, T0 - 1);
        let done = refresh(&mut new, &sample(price, conf, exponent, T0), Some(&published), NOW);
        let plain = scaled(price - conf as i64, exponent, decimals);
        if plain < big(Price::MIN.bits) || plain > big(Price::MAX.bits) {
            assert_eq!(done, Err(Error::InvalidPrice));
            continue;
        }
        assert!(done.unwrap().price && new.rate == rate);
        let expected = ((plain * big(rate)) >> 48_u32).min(big(Price::MAX.bits));
        assert_eq!(big(new.latest.bits), expected);
        assert_eq!((new.price, new.stable, new.sample_count), (new.latest, new.latest, 1));
        taken[usize::from(decimals)] += 1;
    }
    assert!(taken.iter().all(|count| *count > 50), "{taken:?}");
    let too_fine = refresh(&mut Bank { decimals: 10, price_time: 0, ..bank() }, &sample(5, 0, 0, T0), None, NOW);
    assert_eq!(too_fine, Err(Error::InvalidPrice));
}

#[test]
fn the_rate_rises_by_its_speed_and_falls_at_once() {
    let mut random = Random::new("rate");
    for _ in 0..8 * cases() {
        let (before, speed, passed) =
            ((1 << 40) + random.up_to_64(50), random.below(10_001) as u32, random.up_to_64(12));
        let mut held = Bank {
            rate: before,
            rate_speed_ppm_per_day: speed,
            rate_feed_id: [1; 32],
            rate_time: T0 - 1,
            refreshed_at: T0 - passed as i64,
            ..bank()
        };
        let published = 1 + random.up_to_64(48);
        let rate = sample(published as i64, 0, -13, T0);
        let expected = scaled(published as i64, -13, 6);
        if expected < big(Price::MIN.bits) || expected > big(Price::MAX.bits) {
            continue;
        }
        let _ = refresh(&mut held, &sample(1, 0, 0, T0), Some(&rate), NOW).unwrap();
        let per_second = big(before) * big(speed) / big(86_400_000_000_u64);
        let most = big(before) + per_second * big(passed.min(600));
        assert_eq!(big(held.rate), expected.min(most));
    }
}

/// An account with `held` atoms that owes `owed`: nothing is open, or a position of that base at a mark of 1.
fn debtor(held: u64, owed: u64, base: i64) -> (MarginAccount, Market) {
    let params = Params {
        mmr_ppm: 30_000,
        buffer_ppm: 100_000,
        liquidation_tip_quote: 0,
        drift_horizon_secs: 0,
        ..Params::DEFAULT
    };
    let market = Market { index_number: 1, params, mark: Price::ONE, index: Price::ONE, ..Market::zeroed() };
    let market = Market { index_time: T0, mark_time: T0, accrued_at: T0, ..market };
    let mut account = MarginAccount::zeroed();
    account.capital[1] = held;
    let owes = -(owed as i64);
    account.positions[0] =
        Position { market: 1, base, quote: owes - base, debt: if base == 0 { owed } else { 0 }, ..Position::zeroed() };
    account.debt_since = if base == 0 { T0 - 1_000_000 } else { 0 };
    (account, market)
}

fn sold(account: &mut MarginAccount, market: &Market, bank: &Bank, most: u64) -> Result<(u64, u64), Error> {
    let mut buyer = MarginAccount::zeroed();
    buyer.capital[0] = 1 << 60;
    let (markets, banks) = ([market], [bank]);
    let view = View::of(Others { markets: &markets, banks: &banks, ..Others::default() });
    let (mine, theirs) = (account.capital, buyer.capital);
    let done = buy(account, None, &mut buyer, bank, &view, &Purchase { most, limit: None }, NOW)?;
    // Nothing is lost on the way.
    for number in [0, 1] {
        assert_eq!(account.capital[number] + buyer.capital[number], mine[number] + theirs[number]);
    }
    assert_eq!((mine[1] - account.capital[1], account.capital[0] - mine[0]), (done.amount, done.paid));
    Ok((done.amount, done.paid))
}

fn ppm(ppm: u32) -> BigUint {
    (big(ppm) << 48) / big(1_000_000_u32)
}

/// `floor(low + (high - low) * part)`, with part in 2^-48, and no more than leaves a hundredth above the weight.
fn discount(bank: &Bank, part: BigUint) -> BigUint {
    let (low, high) = (ppm(bank.sale_discount_min_ppm), ppm(bank.sale_discount_max_ppm));
    let bits: BigUint = &low + (((high - &low) * part) >> 48);
    bits.min(big(ONE) - ppm(bank.haircut_ppm) - ppm(10_000))
}

/// The price of a sale: less the discount, which is rounded up.
fn sale_price(bank: &Bank, discount: &BigUint) -> BigUint {
    big(bank.price.bits) - ceil(&(big(bank.price.bits) * discount), &power_of_two(48))
}

/// All of it where less than a USD would be left.
fn with_dust(bank: &Bank, held: u64, amount: BigUint) -> u64 {
    let amount = to_u64(&amount.min(big(held))).unwrap();
    if value(bank.price, held - amount) < big(1_000_000_u32) { held } else { amount }
}

fn random_bank(random: &mut Random) -> Bank {
    let weight = random.below(900_001) as u32;
    let high = 1_000 + random.below(u64::from((990_000 - weight).min(500_000) - 999)) as u32;
    let price = Price::from_bits((1 << 36) + random.up_to_64(52));
    Bank {
        haircut_ppm: weight,
        weight_from_ppm: weight,
        size_slope_ppm_per_million_usd: random.up_to_64(19) as u32,
        sale_discount_max_ppm: high,
        sale_discount_min_ppm: random.below(u64::from(high.min(100_000)) + 1) as u32,
        sale_secs: 10 + random.up_to_64(16) as u32,
        price,
        latest: price,
        stable: price,
        ..bank()
    }
}

#[test]
fn a_sale_for_a_debt_sells_what_pays_it() {
    let mut random = Random::new("sale for a debt");
    for _ in 0..8 * cases() {
        let passed = random.up_to_64(17) as i64;
        let bank = Bank { debt_grace_secs: (1_000_000 - passed) as u32, ..random_bank(&mut random) };
        let (held, owed) = (1 + random.up_to_64(44), 1 + random.up_to_64(40));
        let (mut account, market) = debtor(held, owed, 0);
        let span = u64::from(bank.sale_secs);
        let discount = discount(&bank, (big(passed as u64) << 48) / big(span)).min(discount(&bank, big(ONE)));
        let price = sale_price(&bank, &discount);
        let amount = with_dust(&bank, held, (big(owed) << 48) / &price + big(1_u8));
        let paid = to_u64(&ceil(&(big(amount) * &price), &power_of_two(48))).unwrap();
        let before = account.capital;
        match sold(&mut account, &market, &bank, u64::MAX) {
            Ok(done) => assert_eq!(done, (amount, paid)),
            Err(error) => {
                // An atom of rounding on a few atoms of value.
                assert_eq!(error, Error::HealthFell);
                assert!(value(bank.price, amount) < big(200_u8), "{amount} of {}", before[1]);
            }
        }
        if amount != held {
            // It pays the debt, and without the last two atoms it would not.
            assert!(paid >= owed && to_u64(&((big(amount.saturating_sub(2)) * &price) >> 48)).unwrap() < owed);
        }
    }
}

#[test]
fn a_sale_in_a_liquidation_sells_what_reaches_the_target() {
    let mut random = Random::new("sale to the target");
    let (mut partial, mut whole) = (0, 0);
    for _ in 0..8 * cases() {
        let bank = Bank { sale_discount_min_ppm: 0, ..random_bank(&mut random) };
        let held = 1 + random.up_to_64(46);
        let worth = value(bank.price, held);
        let counts = counted(&worth, &worth, bank.haircut_ppm, bank.size_slope_ppm_per_million_usd);
        let base = 1_000_000 + random.up_to_64(42);
        let maintenance = to_u64(&ceil(&(ppm(30_000) * big(base)), &power_of_two(48))).unwrap();
        let target = maintenance + to_u64(&ceil(&(ppm(100_000) * big(maintenance)), &power_of_two(48))).unwrap();
        // As much owed as leaves the account unhealthy by a part of its maintenance.
        let short = 1 + random.below(maintenance);
        let equity = i128::from(maintenance) - i128::from(short);
        let owed = i128::from(counts) - equity;
        let (mut account, market) = debtor(held, 0, base as i64);
        account.positions[0].quote = -(base as i64) - owed as i64;
        let passed = random.up_to_64(12);
        account.flagged_at = T0 - passed as i64;
        let depth = (big(short) << 48) / big(maintenance - maintenance.div_ceil(3));
        let time: BigUint = (big(passed) << 48) / big(u64::from(bank.sale_secs));
        let discount = discount(&bank, time.max(depth).min(big(ONE)));
        let price = sale_price(&bank, &discount);
        // What counts of a unit on average, rounded up, and never more than the weight.
        let average: BigUint = (big(counts + 1) << 48) / worth.clone().max(big(1_u8)) + big(1_u8);
        let average = average.min(ppm(bank.haircut_ppm) + big(1_u8));
        let gain = (big(bank.price.bits) * (big(ONE) - &discount - average)) >> 48;
        let shortage = (i128::from(target) - equity) as u64;
        let amount = with_dust(&bank, held, (big(shortage) << 48) / gain + big(1_u8));
        let Ok(done) = sold(&mut account, &market, &bank, u64::MAX) else {
            assert!(value(bank.price, amount) < big(200_u8));
            continue;
        };
        let paid = to_u64(&ceil(&(big(amount) * &price), &power_of_two(48))).unwrap();
        assert_eq!(done, (amount, paid));
        if amount == held {
            whole += 1;
            continue;
        }
        partial += 1;
        // Enough, up to what rounding takes: the account has its target.
        let left = value(bank.price, held - amount);
        let counts = counted(&left, &left, bank.haircut_ppm, bank.size_slope_ppm_per_million_usd);
        let above = i128::from(counts) + i128::from(paid) - owed - i128::from(target);
        assert!(above >= -3, "short of the target by {above}");
        assert_eq!(account.flagged_at == 0, above >= 0);
        // And no more, where the size takes nothing: an atom of the token that is rounded up, and what rounding a gain of a
        // hundredth makes of the rest.
        let atom = i128::from(bank.price.bits >> 48) + 1;
        let most = 8 + 2 * atom + i128::from(paid >> 36);
        assert!(bank.size_slope_ppm_per_million_usd != 0 || above <= most, "{above} too much, {most}");
    }
    assert!(partial > 100 && whole > 100, "{partial} {whole}");
}

/// Closed out it goes on to nothing, in ten times as long, from the last of its three beginnings.
#[test]
fn closed_out_the_price_falls_to_nothing() {
    let bank = Bank { haircut_ppm: 0, weight_from_ppm: 0, sale_secs: 300, ..bank() };
    for which in 0..3 {
        for (passed, discount_ppm) in
            [(0_i64, 5_000), (150, 27_500), (300, 50_000), (1_800, 525_000), (3_300, 1_000_000)]
        {
            let (mut account, market) = debtor(1 << 40, 1 << 30, 0);
            let begun = T0 - passed;
            let early = begun - 5_000;
            (account.debt_since, account.flagged_at, account.stepped_at) =
                [(begun, early, early), (early, begun, early), (early, early, begun)][which];
            let (amount, paid) = sold(&mut account, &market, &bank, u64::MAX).unwrap();
            let price = big(ONE) - ppm(discount_ppm);
            if discount_ppm == 1_000_000 {
                assert_eq!((amount, paid), (1 << 40, 0));
            } else {
                let expected = to_u64(&((big(1_u64 << 30) << 48) / price)).unwrap();
                assert!(amount.abs_diff(expected) <= 2 && paid.abs_diff(1 << 30) <= 1, "{amount} {expected} {paid}");
            }
        }
    }
}

#[test]
fn a_seizure_is_worth_its_price_rounded_up() {
    let mut random = Random::new("worth of a seizure");
    for _ in 0..8 * cases() {
        let price = Price::from_bits(1 + random.up_to_64(50));
        let amount = 1 + random.up_to_64(50);
        let bank = Bank { price, latest: price, stable: price, ..bank() };
        let worth = to_u64(&ceil(&(big(amount) * big(price.bits)), &power_of_two(48))).unwrap();
        let floor = worth + random.up_to_64(3) - 1;
        let mut account = MarginAccount::zeroed();
        account.capital[1] = amount;
        (account.lien_holder, account.lien_floor, account.lien_called_at) = ([7; 32], floor, T0);
        let mut to = MarginAccount { owner: [7; 32], ..MarginAccount::zeroed() };
        let banks = [&bank];
        let view = View::of(Others { banks: &banks, ..Others::default() });
        let done = lien::seize(&mut account, &mut to, &bank, (None, &view), amount, NOW);
        if worth > floor {
            assert_eq!(done, Err(Error::LienFloor));
        } else {
            assert_eq!((done, account.lien_floor, to.capital[1]), (Ok(()), floor - worth, amount));
            assert_eq!(lien::is_held(&account), worth != floor);
        }
    }
}
