//! The price of a bank's collateral: which updates are taken, and what they become.
//!
//! What is counted is the price less its confidence, times the exchange rate for a token that can be exchanged for another.
//! The rate falls at once and rises by at most `rate_speed_ppm_per_day`: whoever pushes it up for a moment, by a gift to the
//! token's own vault, has lifted nobody's margin. The median of three samples follows no single spike, and the stable price
//! none that lasts minutes. Called by `refresh_bank`, which anyone may send in front of what needs a price.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::funding::part_floor;
use crate::mark::MILLION_HOURS;
use crate::math::wide::mul_64;
use crate::oracle::{self, Sample};
use crate::params::MILLION;
use crate::planted::{self, Bug};
use crate::state::{Bank, USDC};
use crate::units::{Factor, ONE, Price};

/// Furthest ahead of the clock that an update may be published.
const MAX_SKEW_SECS: i64 = 2;
/// Least time between two samples of the median.
const SAMPLE_SECS: i64 = 1;
/// Longest time that the stable price and the rate make up for at once.
const MAX_GAP_SECS: u64 = 600;
/// A day in seconds times a million: a speed in parts per million per day as a factor per second.
const MILLION_DAYS: u64 = 86_400_000_000;
/// Decimals of a token of which 10^9 atoms are one.
const BASE_DECIMALS: u32 = 9;
/// The contract exponent with which a plain number is scaled by nothing.
const PLAIN: u32 = 3;

/// What became of the updates.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Whether the price was taken.
    pub price: bool,
    /// Whether the rate was taken.
    pub rate: bool,
}

/// Brings a bank's prices up to date. An update that is not strictly later than the last one taken, that is too old, or
/// whose confidence is too wide, is left alone without an error; so is a price while the rate is too old.
///
/// Errors: `WrongBank` for that of USDC, `OraclePriceAccount` without a rate where the bank has a feed of it,
/// `PriceInFuture`, `InvalidPrice`.
pub fn refresh(bank: &mut Bank, price: &Sample, rate: Option<&Sample>, now: Now) -> Result<Updated> {
    if usize::from(bank.index) == USDC {
        return Err(Error::WrongBank);
    }
    // Time that has passed counts with what prevailed in it.
    let elapsed = now.unix.saturating_sub(bank.refreshed_at).max(0).unsigned_abs().min(MAX_GAP_SECS);
    move_stable(bank, elapsed);
    let mut updated = Updated::default();
    if bank.rate_feed_id == [0; 32] {
        bank.rate = ONE;
        bank.rate_time = now.unix;
    } else {
        let rate = rate.ok_or(Error::OraclePriceAccount)?;
        updated.rate = take_rate(bank, rate, elapsed, now)?;
    }
    bank.refreshed_at = now.unix.max(bank.refreshed_at);
    let is_new = is_wanted(price, bank.price_time, now)?;
    let are_young = is_young(bank, price.publish_time, now) && is_young(bank, bank.rate_time, now);
    if is_new && are_young && is_narrow(bank, price) {
        take_price(bank, price, now)?;
        updated.price = true;
    }
    Ok(updated)
}

/// Whether an update is later than the last. Errors with `PriceInFuture`.
const fn is_wanted(sample: &Sample, last: i64, now: Now) -> Result<bool> {
    if sample.publish_time.saturating_sub(now.unix) > MAX_SKEW_SECS {
        return Err(Error::PriceInFuture);
    }
    Ok(sample.publish_time > last)
}

fn is_young(bank: &Bank, published: i64, now: Now) -> bool {
    now.unix.saturating_sub(published) <= i64::from(bank.max_age_price_secs)
}

fn is_narrow(bank: &Bank, sample: &Sample) -> bool {
    let whole = sample.price.max(0).unsigned_abs();
    mul_64(sample.conf, u64::from(MILLION)) <= mul_64(whole, u64::from(bank.max_conf_ppm))
}

/// Takes a price: the last one, and a sample where the last is old enough.
fn take_price(bank: &mut Bank, sample: &Sample, now: Now) -> Result<()> {
    let decimals = u32::from(bank.decimals);
    let exponent = BASE_DECIMALS.checked_sub(decimals).ok_or(Error::InvalidPrice)?;
    let sure = i64::try_from(sample.conf).ok().and_then(|conf| sample.price.checked_sub(conf));
    let price = oracle::scale(sure.ok_or(Error::InvalidPrice)?, sample.exponent, exponent)?;
    let is_first = bank.price_time == 0;
    bank.latest = Price::from_bits(Factor { bits: bank.rate }.of_floor(price.bits).min(Price::MAX.bits));
    bank.price_time = sample.publish_time;
    if is_first {
        bank.stable = bank.latest;
    }
    if is_first || now.unix.saturating_sub(bank.sampled_at) >= SAMPLE_SECS {
        push(bank);
        bank.sampled_at = now.unix;
    }
    Ok(())
}

/// Puts the last price among the samples. Of fewer than three the lowest counts.
fn push(bank: &mut Bank) {
    let size = u8::try_from(bank.samples.len()).unwrap_or(1);
    let next = if bank.sample_next < size { bank.sample_next } else { 0 };
    if let Some(slot) = bank.samples.get_mut(usize::from(next)) {
        *slot = bank.latest;
    }
    bank.sample_next = next.saturating_add(1);
    bank.sample_count = bank.sample_count.saturating_add(1).min(size);
    let [a, b, c] = bank.samples;
    bank.price = match bank.sample_count {
        0 | 1 => a,
        2 => a.min(b),
        _ => a.max(b).min(a.min(b).max(c)),
    };
}

/// Takes a rate: at once where it falls, at the bounded speed where it rises. The first is taken as it is.
fn take_rate(bank: &mut Bank, sample: &Sample, elapsed: u64, now: Now) -> Result<bool> {
    let is_new = is_wanted(sample, bank.rate_time, now)?;
    let published = oracle::scale(sample.price, sample.exponent, PLAIN)?.bits;
    // What was published last still draws the rate up as time passes.
    if sample.publish_time < bank.rate_time {
        return Ok(false);
    }
    let is_free = bank.rate == 0 || planted::is(Bug::LetsTheRateJump);
    bank.rate = if is_free { published } else { published.min(bank.rate.saturating_add(rise(bank, elapsed))) };
    bank.rate_time = sample.publish_time;
    Ok(is_new)
}

/// How much the rate may rise in so many seconds, rounded down.
fn rise(bank: &Bank, elapsed: u64) -> u64 {
    let per_second = part_floor(bank.rate, u64::from(bank.rate_speed_ppm_per_day), MILLION_DAYS);
    per_second.saturating_mul(elapsed)
}

/// Moves the stable price towards the last one that prevailed for so many seconds.
fn move_stable(bank: &mut Bank, elapsed: u64) {
    let (latest, stable) = (bank.latest.bits, bank.stable.bits);
    let most = part_floor(latest, u64::from(bank.stable_speed_ppm_per_hour), MILLION_HOURS).saturating_mul(elapsed);
    let bits =
        if latest > stable { stable.saturating_add(most).min(latest) } else { stable.saturating_sub(most).max(latest) };
    bank.stable = Price::from_bits(bits);
}
