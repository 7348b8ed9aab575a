//! Collateral other than USDC: what it counts (protocol.md section 7).
//!
//! A token counts at its bank's price, less a haircut, and less the more of it there is:
//!
//! ```text
//! counted = V * weight / (1 + size_slope * size)
//! ```
//!
//! with V its value. In maintenance V is taken at the median of the bank's samples and `size` is V: nothing that others do
//! lowers it. For new risk and withdrawals V is taken at the worst of the median, the last and the stable price, and `size`
//! is all that the bank holds, if that is more: many accounts are no way around it. So what counts for new risk is never
//! more than what counts in maintenance. `counted` rises with V and each further part of V counts for less.
//!
//! `weight` moves from what it was to a changed haircut over `ramp_secs`: from 0 for a new bank, and slowly downwards too,
//! so that no change of a haircut makes a healthy account unhealthy at once. For new risk a lower haircut counts at once.
//!
//! Anybody may bring any token into an account. So where its owner acts, what is not shown, or has no young price, counts
//! for nothing and stops nothing: an atom that a stranger brought asks for no bank and for no price. Whoever judges another's
//! account shows all.

mod price;
mod sale;

pub use price::{Updated, refresh};
pub use sale::{Purchase, Reason, Sold, buy, discount_of};

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::math::div::div_128_by_64;
use crate::oracle::MarkUse;
use crate::state::{Bank, MarginAccount, SAMPLES, USDC};
use crate::units::{Factor, MAX_NOTIONAL, Price};
use crate::view::View;

/// Oldest price at which collateral counts in full in a liquidation, and at which it is sold while positions are open.
pub const MAX_AGE_LIQUIDATION_SECS: u32 = 3_600;
/// Time after that in which it comes to count for nothing. So no liquidation ever waits for a feed: otherwise an atom of
/// what nobody can price any more would protect any account from it.
pub const FADE_SECS: u32 = 86_400;

/// How many times as much a token may be worth as by the last word of its feed.
const MOST_RISE: u64 = 16;

/// Quote atoms of a million USD.
const MILLION_USD: u64 = 1_000_000_000_000;
/// The divisor of what counts for 1: parts per million, of a million USD.
const WHOLE: u128 = 1_000_000_000_000_000_000;

/// The part of a bank's collateral that counts now, in parts per million, rounded down.
pub fn weight_ppm(bank: &Bank, now: Now) -> u32 {
    let (from, to) = (i64::from(bank.weight_from_ppm), i64::from(bank.haircut_ppm));
    let ramp = i64::from(bank.ramp_secs);
    let passed = now.unix.saturating_sub(bank.weight_from_at).clamp(0, ramp);
    let moved =
        to.saturating_sub(from).saturating_mul(passed).checked_div_euclid(ramp).unwrap_or(to.saturating_sub(from));
    u32::try_from(from.saturating_add(moved)).unwrap_or(0)
}

/// Gives a bank another haircut, which counts bit by bit. Call it before the parameters are changed.
pub fn begin_ramp(bank: &mut Bank, now: Now) {
    bank.weight_from_ppm = weight_ppm(bank, now);
    bank.weight_from_at = now.unix;
}

/// What an amount of a bank's tokens is worth at a price, in quote atoms, rounded down and at most `MAX_NOTIONAL`.
pub(crate) fn value_floor(price: Price, amount: u64) -> u64 {
    Factor { bits: price.bits }.of_floor(amount).min(MAX_NOTIONAL)
}

/// The atoms of a bank's tokens that an amount of quote stands for, rounded down: for limits that are set in USD. As many
/// where the bank has no price.
pub(crate) fn atoms_floor(bank: &Bank, quote: u64) -> u64 {
    if usize::from(bank.index) == USDC || bank.latest.bits == 0 { quote } else { bank.latest.base_floor(quote) }
}

/// What a bank holds in all, in quote atoms, rounded down.
pub fn held_floor(bank: &Bank) -> u64 {
    if usize::from(bank.index) == USDC { bank.booked } else { value_floor(bank.latest, bank.booked) }
}

/// Refuses a price that is too old for the use: `CollateralStale`.
pub(crate) fn require_price(bank: &Bank, marks: MarkUse, now: Now) -> Result<()> {
    let oldest = match marks {
        MarkUse::Owner => bank.max_age_price_secs,
        MarkUse::Liquidation => MAX_AGE_LIQUIDATION_SECS,
        MarkUse::Any => return Ok(()),
    };
    let age = now.unix.saturating_sub(bank.price_time);
    if age > i64::from(oldest) { Err(Error::CollateralStale) } else { Ok(()) }
}

/// Whether a bank's collateral of an account counts for something and has had no price for longer than even a liquidation
/// waits.
pub(crate) fn is_outage(account: &MarginAccount, view: &View, now: Now) -> bool {
    is_older(account, view, MarkUse::Liquidation, now)
}

/// Whether collateral that counts for something has a price that is too old for the use. Of weight 0 it needs none.
fn is_older(account: &MarginAccount, view: &View, marks: MarkUse, now: Now) -> bool {
    let mut held = others(account).filter_map(|(number, _)| view.bank(number).ok());
    held.any(|bank| weight_ppm(bank, now) != 0 && require_price(bank, marks, now).is_err())
}

/// What is left of a bank's weight where even old prices count: what nobody has priced for longer than
/// [`MAX_AGE_LIQUIDATION_SECS`] counts less and less.
fn faded(bank: &Bank, weight_ppm: u32, now: Now) -> u32 {
    let late = now.unix.saturating_sub(bank.price_time).saturating_sub(i64::from(MAX_AGE_LIQUIDATION_SECS));
    let left = i64::from(FADE_SECS).saturating_sub(late).clamp(0, i64::from(FADE_SECS)).unsigned_abs();
    let faded = u64::from(weight_ppm).saturating_mul(left).checked_div(u64::from(FADE_SECS));
    faded.and_then(|weight| u32::try_from(weight).ok()).unwrap_or(0)
}

/// Whether a bank's price is one that nobody can have picked: young, and a median of three samples of its time.
pub(crate) fn is_certain(bank: &Bank, now: Now) -> bool {
    usize::from(bank.sample_count) >= SAMPLES && require_price(bank, MarkUse::Owner, now).is_ok()
}

/// How long the flag of an account that misses so many quote atoms must stand before its positions are touched: nothing,
/// unless a price of its collateral is one that whoever knows a better one, the owner first, must have the time to bring.
/// What would have to be worth more than [`MOST_RISE`] times what it was to matter asks for no time: an atom of what nobody
/// prices delays nothing.
#[inline(always)]
pub(crate) fn notice_secs(account: &MarginAccount, view: &View, missing: u64, now: Now) -> u32 {
    if account.has_other_collateral() { notice_of_uncertain(account, view, missing, now) } else { 0 }
}

#[inline(never)]
fn notice_of_uncertain(account: &MarginAccount, view: &View, missing: u64, now: Now) -> u32 {
    let (mut notice, mut worth) = (0, 0u64);
    for (number, amount) in others(account) {
        let Ok(bank) = view.bank(number) else { continue };
        if weight_ppm(bank, now) != 0 && !is_certain(bank, now) {
            worth = worth.saturating_add(value_floor(bank.price.max(bank.latest), amount));
            notice = bank.max_age_price_secs.max(notice);
        }
    }
    if worth.saturating_mul(MOST_RISE) < missing { 0 } else { notice }
}

/// Whether a price that an account's health is told from is too old for its owner. Collateral of weight 0 needs none.
pub fn is_stale(account: &MarginAccount, view: &View, now: Now) -> bool {
    is_older(account, view, MarkUse::Owner, now)
}

/// `value * weight / (1 + slope * size)`, rounded down once: so it rises with the value, and no part of it counts for more
/// than one before it, to the atom.
fn counted_floor(bank: &Bank, value: u64, size: u64, weight_ppm: u32) -> u64 {
    let divisor =
        u128::from(bank.size_slope_ppm_per_million_usd).saturating_mul(u128::from(size)).saturating_add(WHOLE);
    let weighted = u128::from(value).saturating_mul(u128::from(weight_ppm)).saturating_mul(u128::from(MILLION_USD));
    let counted = match u64::try_from(divisor) {
        Ok(divisor) => div_128_by_64(weighted, divisor).map(|(counted, _)| counted),
        Err(_) => weighted.checked_div(divisor),
    };
    counted.and_then(|counted| u64::try_from(counted).ok()).unwrap_or(0)
}

/// What a value counts for in maintenance, rounded up, in 2^-48 of it: at most this part of anything that is taken from it.
fn average_weight_ceil(bank: &Bank, value: u64, now: Now) -> u64 {
    let whole = Factor::from_ppm(weight_ppm(bank, now)).bits.saturating_add(1);
    let counted = counted_floor(bank, value, value, weight_ppm(bank, now)).saturating_add(1);
    let average = div_128_by_64(u128::from(counted) << 48, value).and_then(|(average, _)| u64::try_from(average).ok());
    average.map_or(whole, |average| average.saturating_add(1).min(whole))
}

/// What an account has in other banks than that of USDC: their numbers and the atoms.
fn others(account: &MarginAccount) -> impl Iterator<Item = (u8, u64)> + '_ {
    let numbered = (0u8..).zip(account.capital);
    numbered.filter(|(number, amount)| usize::from(*number) != USDC && *amount != 0)
}

/// A bank of what an account has, with the weight that counts. `weigh` tells it from the bank, without looking at its age.
///
/// Errors: `BankMissing`; where the owner acts, `CollateralStale` as well. Collateral of weight 0 needs no price.
fn weighed<'a>(
    number: u8,
    view: &View<'a>,
    marks: MarkUse,
    now: Now,
    weigh: impl FnOnce(&Bank) -> u32,
) -> Result<(&'a Bank, u32)> {
    let bank = view.bank(number)?;
    let weight = weigh(bank);
    if weight == 0 {
        return Ok((bank, 0));
    }
    if matches!(marks, MarkUse::Owner) {
        require_price(bank, marks, now)?;
        return Ok((bank, weight));
    }
    Ok((bank, faded(bank, weight, now)))
}

/// What other collateral counts.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    /// Quote atoms, rounded down.
    pub floor: u64,
    /// Why some of it counts for nothing, where it would not if its owner mended that.
    pub lacks: Option<Error>,
}

/// What an account's other collateral counts by a weight, as `weigh` tells it, and by the value and the size of an amount, as
/// `appraise` does. Where the owner acts, what is not shown or has no young price counts for nothing.
///
/// Errors: `BankMissing` but for the owner's use.
#[inline(always)]
fn count(
    account: &MarginAccount,
    view: &View,
    marks: MarkUse,
    now: Now,
    weigh: impl Fn(&Bank) -> u32,
    appraise: impl Fn(&Bank, u64) -> (u64, u64),
) -> Result<Counted> {
    let mut sum = Counted { floor: 0, lacks: None };
    for (number, amount) in others(account) {
        match weighed(number, view, marks, now, &weigh) {
            Ok((_, 0)) => {}
            Ok((bank, weight)) => {
                let (value, size) = appraise(bank, amount);
                sum.floor = sum.floor.saturating_add(counted_floor(bank, value, size, weight));
            }
            Err(error) if matches!(marks, MarkUse::Owner) => sum.lacks = Some(error),
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}

/// What an account's other collateral counts in maintenance, in quote atoms, rounded down. Where the owner acts, what is not
/// shown or has no young price counts for nothing.
///
/// Errors: `BankMissing` but for the owner's use.
#[inline(never)]
pub fn maintenance_floor(account: &MarginAccount, view: &View, marks: MarkUse, now: Now) -> Result<u64> {
    let appraise = |bank: &Bank, amount| {
        let value = value_floor(bank.price, amount);
        (value, value)
    };
    Ok(count(account, view, marks, now, |bank| weight_ppm(bank, now), appraise)?.floor)
}

/// What an account's other collateral counts for new risk and withdrawals, in quote atoms, rounded down. Where the owner
/// acts, what is not shown or has no young price counts for nothing.
///
/// Errors: `BankMissing` but for the owner's use.
pub fn initial_floor(account: &MarginAccount, view: &View, marks: MarkUse, now: Now) -> Result<u64> {
    Ok(initial(account, view, marks, now)?.floor)
}

/// [`initial_floor`], and what it lacks.
#[inline(never)]
pub(crate) fn initial(account: &MarginAccount, view: &View, marks: MarkUse, now: Now) -> Result<Counted> {
    let weigh = |bank: &Bank| weight_ppm(bank, now).min(bank.haircut_ppm);
    let appraise = |bank: &Bank, amount: u64| {
        let worst = bank.price.min(bank.latest).min(bank.stable);
        (value_floor(worst, amount), value_floor(bank.price, amount.max(bank.booked)))
    };
    count(account, view, marks, now, weigh, appraise)
}
