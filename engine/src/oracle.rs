//! The index: which oracle updates are taken, what their units are, and at which index a fill happens (protocol.md
//! section 4).
//!
//! Guarantees: the index only ever moves to a strictly later publish time, so two updates of one second cannot be played
//! against each other; a doubtful update makes the market guarded instead of freezing it; no taker gets a better index
//! than the worst of the last `guard_secs`. `refresh` calls [`take`], every fill calls [`fill_index`].

use bytemuck::Zeroable;

use crate::clock::Now;
use crate::closing;
use crate::error::{Error, Result};
use crate::math::Side;
use crate::math::wide::{div_128_by_64, mul_64};
use crate::params::MILLION;
use crate::session;
use crate::state::{GUARD_SLOTS, Market, Mode, ReplacedIndex};
use crate::units::{Price, Rate, SqrtPrice, Wide};

/// A price update as Pyth publishes it: `price`, `conf` and `ema_price` are in USD per unit, times `10^-exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The price.
    pub price: i64,
    /// Its confidence interval.
    pub conf: u64,
    /// The power of ten of all three numbers.
    pub exponent: i32,
    /// Unix time at which it was published.
    pub publish_time: i64,
    /// The oracle's own moving average of the price.
    pub ema_price: i64,
}

/// What became of an update.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is the index now.
    Good,
    /// It is the index now, and so doubtful that the market became guarded, or stays so for longer.
    Guarded,
    /// Not later than the last one taken: nothing changed.
    NotNewer,
    /// Older than `max_age_mark_secs`: nothing changed.
    TooOld,
}

/// Smallest exponent served: a price with 18 decimals.
const MIN_EXPONENT: i32 = -18;
/// Largest contract exponent served: a contract of a billion units.
const MAX_CONTRACT_EXPONENT: u32 = 9;
/// Powers of ten that a price may be multiplied with: exponent 0 and the largest contract.
const TENS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// Powers of five that fit half a word, so that a division by one is short.
const FIVES: [u64; 14] =
    [1, 5, 25, 125, 625, 3_125, 15_625, 78_125, 390_625, 1_953_125, 9_765_625, 48_828_125, 244_140_625, 1_220_703_125];

/// A published number as a [`Price`]: `value * 10^(exponent + contract_exponent - 3)` quote atoms per base atom, rounded
/// down. USD per unit times 10^contract_exponent is USD per contract, and 1e6 quote atoms over 1e9 base atoms is 10^-3.
///
/// Errors with `InvalidPrice` unless `value` is positive, `exponent` is in -18..=0, `contract_exponent` in 0..=9, and
/// the result lies in `Price::MIN..=Price::MAX`.
#[inline]
pub fn scale(value: i64, exponent: i32, contract_exponent: u32) -> Result<Price> {
    if value <= 0 || !(MIN_EXPONENT..=0).contains(&exponent) || contract_exponent > MAX_CONTRACT_EXPONENT {
        return Err(Error::InvalidPrice);
    }
    let value = value.unsigned_abs();
    let power = exponent.saturating_add(contract_exponent.cast_signed()).saturating_sub(3);
    let bits =
        if power < 0 { scaled_down(value, power.unsigned_abs()) } else { scaled_up(value, power.unsigned_abs()) };
    match bits {
        Some(bits) if (Price::MIN.bits..=Price::MAX.bits).contains(&bits) => Ok(Price::from_bits(bits)),
        _ => Err(Error::InvalidPrice),
    }
}

/// `value * 10^power * 2^48`, exact, for a power below 7.
#[inline(always)]
fn scaled_up(value: u64, power: u32) -> Option<u64> {
    let ten = TENS.get(usize::try_from(power).ok()?)?;
    let price = value.checked_mul(*ten)?;
    if price >> 16 == 0 { Some(price << 48) } else { None }
}

/// `floor(value * 10^-power * 2^48) = floor(value * 2^(48 - power) / 5^power)`, for a power of 1 to 21.
#[inline(always)]
fn scaled_down(value: u64, power: u32) -> Option<u64> {
    let shift = 48_u32.checked_sub(power)?;
    let numerator = Wide { lo: value.wrapping_shl(shift), hi: value.wrapping_shr(64_u32.saturating_sub(shift)) };
    // The floor of a floor is the floor, so two short divisions do what a long one would.
    let first = power.min(13);
    let (mut quotient, _) = div_128_by_64(numerator.get(), *FIVES.get(usize::try_from(first).ok()?)?)?;
    if power > first {
        let rest = usize::try_from(power.saturating_sub(first)).ok()?;
        (quotient, _) = div_128_by_64(quotient, *FIVES.get(rest)?)?;
    }
    u64::try_from(quotient).ok()
}

/// An update in the market's units.
struct Reading {
    index: Price,
    ema: Price,
    conf: Rate,
    doubtful: bool,
}

/// Checks and scales an update. Errors with `InvalidPrice`.
#[inline(always)]
fn read(market: &Market, sample: &Sample) -> Result<Reading> {
    let params = &market.params;
    let index = scale(sample.price, sample.exponent, params.contract_exponent)?;
    // The average only serves as a comparison: without one the price is compared with itself.
    let ema = scale(sample.ema_price, sample.exponent, params.contract_exponent).unwrap_or(index);
    let doubtful = is_above(sample.conf, sample.price.unsigned_abs(), params.conf_limit_ppm)
        || is_above(index.bits.abs_diff(ema.bits), ema.bits, params.max_divergence_ppm);
    Ok(Reading { index, ema, conf: ratio_ceil(sample.conf, sample.price.unsigned_abs()), doubtful })
}

/// Whether `part / whole` is above `limit` parts per million, exactly.
#[inline(always)]
fn is_above(part: u64, whole: u64, limit_ppm: u32) -> bool {
    mul_64(part, u64::from(MILLION)) > mul_64(whole, u64::from(limit_ppm))
}

/// `ceil(part / whole)`, saturating at the type's end.
#[inline(always)]
fn ratio_ceil(part: u64, whole: u64) -> Rate {
    let numerator = Wide { lo: part << 48, hi: part >> 16 };
    let quotient = match div_128_by_64(numerator.get(), whole) {
        Some((quotient, rest)) => quotient.saturating_add(u128::from(rest != 0)),
        None => u128::MAX,
    };
    Rate::from_bits(i64::try_from(quotient).unwrap_or(i64::MAX))
}

/// Takes an update as the index if the index policy allows it, remembers the index that it replaces, and moves the peg
/// of a floating market along. Which update to send is the caller's choice, which one counts is not.
///
/// Errors with `PriceInFuture` beyond `max_skew_secs` ahead of the clock, and with `InvalidPrice` (see [`scale`]). An
/// update that is not strictly later than the last, or older than `max_age_mark_secs`, is ignored without an error.
#[inline]
pub fn take(market: &mut Market, sample: &Sample, now: Now) -> Result<Taken> {
    let params = &market.params;
    if sample.publish_time.saturating_sub(now.unix) > i64::from(params.max_skew_secs) {
        return Err(Error::PriceInFuture);
    }
    if sample.publish_time <= market.index_time {
        return Ok(Taken::NotNewer);
    }
    if now.unix.saturating_sub(sample.publish_time) > i64::from(params.max_age_mark_secs) {
        return Ok(Taken::TooOld);
    }
    let reading = read(market, sample)?;
    // Off hours no fill is priced by the index, and the peg stays when they end.
    if market.session == 0 {
        remember(market, now.unix);
    }
    Ok(adopt(market, &reading, sample.publish_time))
}

/// The first index of a market. In a fixed market whose peg is not set yet it becomes the peg.
///
/// Errors with `PriceInFuture`, with `PriceStale` beyond `max_age_trade_secs`, and with `InvalidPrice`.
pub(crate) fn start(market: &mut Market, sample: &Sample, now: Now) -> Result<Taken> {
    let params = &market.params;
    if sample.publish_time.saturating_sub(now.unix) > i64::from(params.max_skew_secs) {
        return Err(Error::PriceInFuture);
    }
    if now.unix.saturating_sub(sample.publish_time) > i64::from(params.max_age_trade_secs) {
        return Err(Error::PriceStale);
    }
    let reading = read(market, sample)?;
    if market.mode() == Mode::Fixed && market.peg.bits == 0 {
        market.peg = reading.index;
    }
    market.offset = Price::ONE;
    market.anchor = SqrtPrice::ONE;
    market.session = 0;
    market.index = Price::default();
    market.replaced = [ReplacedIndex::zeroed(); GUARD_SLOTS];
    market.guard_left = 0;
    Ok(adopt(market, &reading, sample.publish_time))
}

/// Makes a reading the index.
#[inline(always)]
fn adopt(market: &mut Market, reading: &Reading, publish_time: i64) -> Taken {
    let moved = market.index != reading.index;
    market.index = reading.index;
    market.index_time = publish_time;
    market.index_ema = reading.ema;
    market.conf = reading.conf;
    if market.session != 0 {
        session::wake(market);
    } else {
        match market.mode() {
            Mode::Floating if market.offset == Price::ONE => market.peg = reading.index,
            Mode::Floating => session::place_peg(market),
            Mode::Fixed if moved => session::follow(market),
            Mode::Fixed => {}
        }
    }
    if reading.doubtful {
        market.guard_left = u8::try_from(market.params.guard_clear).unwrap_or(u8::MAX);
        Taken::Guarded
    } else {
        market.guard_left = market.guard_left.saturating_sub(1);
        Taken::Good
    }
}

/// Notes that the index goes out of force now. An entry is reused after 11 seconds, when no window reaches it any more.
#[inline(always)]
fn remember(market: &mut Market, second: i64) {
    let index = market.index;
    let slot = second.unsigned_abs() % SLOTS;
    let Some(entry) = usize::try_from(slot).ok().and_then(|slot| market.replaced.get_mut(slot)) else {
        return;
    };
    if entry.second == second {
        entry.low = entry.low.min(index);
        entry.high = entry.high.max(index);
    } else {
        *entry = ReplacedIndex { second, low: index, high: index };
    }
}

/// [`GUARD_SLOTS`] as a word.
const SLOTS: u64 = 11;
const _: () = assert!(GUARD_SLOTS == 11);

/// The index of a fill: of the index now and every index in force during the last `guard_secs`, the highest for who
/// buys and the lowest for who sells. So a chosen or stale index is never a gift to the taker.
#[inline]
#[must_use]
pub fn fill_index(market: &Market, side: Side, now: Now) -> Price {
    let guard_secs = market.params.guard_secs;
    if guard_secs == 0 {
        return market.index;
    }
    let since = now.unix.saturating_sub(i64::from(guard_secs));
    let recent = market.replaced.iter().filter(|entry| entry.second >= since && entry.second != 0);
    match side {
        Side::Buy => recent.fold(market.index, |worst, entry| worst.max(entry.high)),
        Side::Sell => recent.fold(market.index, |worst, entry| worst.min(entry.low)),
    }
}

/// The peg of a fill: in a floating market [`fill_index`] times the offset, rounded against the taker; the peg itself in
/// a fixed one and off hours, where the index prices nothing.
#[inline]
#[must_use]
pub fn fill_peg(market: &Market, side: Side, now: Now) -> Price {
    match market.mode() {
        Mode::Floating if market.offset == Price::ONE => fill_index(market, side, now),
        Mode::Floating => session::fill_peg(market, side, now),
        Mode::Fixed => market.peg,
    }
}

/// The index's age in seconds; 0 for one published ahead of the clock. Off hours it is the time since the last refresh:
/// nobody but the curve says what the index is, and a refresh brings it up to date.
#[inline]
#[must_use]
pub const fn age_secs(market: &Market, now: Now) -> u64 {
    let since = if market.session == 0 { market.index_time } else { market.accrued_at };
    let age = now.unix.saturating_sub(since);
    if age > 0 { age.unsigned_abs() } else { 0 }
}

/// Refuses an index that no trade may use: `PriceStale` beyond `max_age_trade_secs`, `MarketClosed` at the final one.
#[inline]
pub fn require_tradable_index(market: &Market, now: Now) -> Result<()> {
    closing::require_open(market)?;
    require_latest(market, now)
}

/// Refuses prices that no trade may use any more: `PriceStale` beyond `max_age_trade_secs`.
#[inline]
pub fn require_latest(market: &Market, now: Now) -> Result<()> {
    require_age(market, now, market.params.max_age_trade_secs, Error::PriceStale)
}

/// Refuses a mark behind which the index is too old: `MarkStale` beyond `max_age_mark_secs`.
#[inline]
pub fn require_mark(market: &Market, now: Now) -> Result<()> {
    require_age(market, now, market.params.max_age_mark_secs, Error::MarkStale)
}

/// How old a mark may be for what it is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkUse {
    /// New risk, reductions by their owner, withdrawals: `max_age_mark_secs`.
    Owner,
    /// Liquidation, which a feed that has fallen silent does not stop: `max_age_liquidation_secs`.
    Liquidation,
    /// Answers that say by themselves how old it is: any age.
    Any,
}

impl MarkUse {
    /// Refuses a mark that is too old for the use: `MarkStale`.
    #[inline]
    pub fn require(self, market: &Market, now: Now) -> Result<()> {
        let max_age_secs = match self {
            Self::Owner => market.params.max_age_mark_secs,
            Self::Liquidation => market.params.max_age_liquidation_secs,
            Self::Any => return Ok(()),
        };
        require_age(market, now, max_age_secs, Error::MarkStale)
    }
}

/// Refuses an index older than that with that error.
#[inline(always)]
fn require_age(market: &Market, now: Now, max_age_secs: u32, error: Error) -> Result<()> {
    if age_secs(market, now) > u64::from(max_age_secs) { Err(error) } else { Ok(()) }
}
