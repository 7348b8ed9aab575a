//! The sale of collateral for USDC: a Dutch auction that anyone may buy in (protocol.md section 7).
//!
//! It is on while an account is flagged and unhealthy, and while it owes a market what its USDC did not cover for longer
//! than `debt_grace_secs`. The buyer's margin account pays USDC capital and gets the collateral, at the bank's price less a
//! discount that rises from `sale_discount_min` to `sale_discount_max` over `sale_secs`. A sale takes no more than what
//! pays the debt, or brings a flagged account back to its target. No token moves, so no limit on tokens delays it.
//!
//! Each sale improves health, because what is sold counted for less than it fetches: the parameters leave room for the
//! discount, and while the weight is still on its way down, the discount keeps below it. Once every position is closed and
//! the account still owes, its creditors wait: the discount rises on to 100% over ten times as long, counted from when it
//! owed, was flagged and was closed. So nobody's collateral, not even one without a price, stands in the way of a
//! resolution for ever.
//!
//! The buyer cannot pick the price: at one that is not young and a median of its time, a sale waits until the flag (or the
//! debt) has stood for `max_age_price_secs`, so that the owner, or anybody, can bring the price first.

use super::{average_weight_ceil, is_certain, require_price, value_floor, weight_ppm};
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::liquidation::{clear_if_cured, fraction, two_thirds};
use crate::margin::{self, Health, Scope};
use crate::oracle::MarkUse;
use crate::planted::{self, Bug};
use crate::state::{Bank, MarginAccount, Ranges, USDC};
use crate::units::{Factor, ONE, Price};
use crate::vault::capital_mut;
use crate::view::View;

/// Once all is closed the discount rises to 100% in so many times `sale_secs`.
const CLOSED_OUT_TIMES: u64 = 10;
/// What would be left of an account's collateral, in quote atoms, that is sold with the rest.
const DUST: u64 = 1_000_000;
/// What a sale improves health by at least, of what is sold, while positions are open.
const LEAST_GAIN: Factor = Factor::from_ppm(10_000);

/// What a buyer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The most atoms of the collateral to buy.
    pub most: u64,
    /// The worst price for the buyer, in quote atoms per atom.
    pub limit: Option<Price>,
}

/// Why collateral is for sale, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The account is flagged and unhealthy.
    Flag(i64),
    /// Its debt is older than the bank's grace.
    Debt(i64),
    /// All its positions are closed and it still owes.
    ClosedOut(i64),
}

/// What a purchase did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Atoms of the collateral that changed hands.
    pub amount: u64,
    /// Quote atoms that the buyer paid.
    pub paid: u64,
    /// The discount, in 2^-48.
    pub discount: Factor,
    /// The account's health after it.
    pub health: Health,
}

/// A sale as it stands.
struct Sale {
    reason: Reason,
    health: Health,
    discount: Factor,
    /// The bank's price less the discount, rounded down.
    price: Price,
}

/// Sells a part of an account's collateral to another margin account, which has no ranges. `ranges` are of the first; `view`
/// has the bank and what the health of both needs.
///
/// Errors: `WrongBank` for that of USDC, `NotForSale`, `CollateralStale` at a price older than a liquidation allows and
/// without any, `StepTooSoon` at one that must be told first, `ZeroAmount` where nothing is needed or held,
/// `PriceBeyondLimit`, `HealthFell`; of the buyer `AccountFlagged`, `ClosedToDeposits`, `InsufficientCapital`, `InsufficientMargin`, `RangesAccountMissing`; those of
/// [`margin::health_for_liquidation`] and [`margin::initial`].
pub fn buy(
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    buyer: &mut MarginAccount,
    bank: &Bank,
    view: &View,
    purchase: &Purchase,
    now: Now,
) -> Result<Sold> {
    if usize::from(bank.index) == USDC {
        return Err(Error::WrongBank);
    }
    if buyer.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    if buyer.closed_to_deposits != 0 {
        return Err(Error::ClosedToDeposits);
    }
    let sale = examine(account, ranges, bank, view, now)?;
    require_told(bank, &sale, now)?;
    let held = *capital_mut(account, bank)?;
    let amount = wanted(&sale, account, bank, held, now).min(purchase.most);
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    let paid = sale.price.notional_ceil(amount)?;
    if purchase.limit.is_some_and(|limit| paid > limit.notional_ceil(amount).unwrap_or(u64::MAX)) {
        return Err(Error::PriceBeyondLimit);
    }
    hand_over(account, buyer, bank, amount, paid)?;
    let health = scope(account, ranges, view, now).health(account)?;
    if !matches!(sale.reason, Reason::ClosedOut(_)) && health.excess() < sale.health.excess() {
        return Err(Error::HealthFell);
    }
    clear_if_cured(account, &health);
    // What it bought counts for nothing where nobody can tell what it is worth: a dead feed keeps nobody from buying.
    margin::initial(buyer, None, view, &[], now)?.require()?;
    Ok(Sold { amount, paid, discount: sale.discount, health })
}

/// The discount at which an account's collateral is for sale now. Errors: as [`buy`].
pub fn discount_of(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    bank: &Bank,
    view: &View,
    now: Now,
) -> Result<(Reason, Factor)> {
    examine(account, ranges, bank, view, now).map(|sale| (sale.reason, sale.discount))
}

fn examine(account: &MarginAccount, ranges: Option<&Ranges>, bank: &Bank, view: &View, now: Now) -> Result<Sale> {
    let health = scope(account, ranges, view, now).health(account)?;
    let reason = reason(account, bank, &health, now).ok_or(Error::NotForSale)?;
    let discount = discount(bank, reason, &health, now);
    let price = Price::from_bits(bank.price.bits.saturating_sub(discount.of_ceil(bank.price.bits)));
    Ok(Sale { reason, health, discount, price })
}

/// Marks as old as a liquidation allows; of any age where nothing is open that they could harm.
fn scope<'a, 'v>(account: &MarginAccount, ranges: Option<&'a Ranges>, view: &'a View<'v>, now: Now) -> Scope<'a, 'v> {
    let marks = if is_closed_out(account) { MarkUse::Any } else { MarkUse::Liquidation };
    Scope { ranges, view, marks, now }
}

fn is_closed_out(account: &MarginAccount) -> bool {
    account.ranges == 0 && account.positions.iter().all(|position| position.base == 0)
}

fn reason(account: &MarginAccount, bank: &Bank, health: &Health, now: Now) -> Option<Reason> {
    let is_liquidated = account.flagged_at != 0 && health.is_unhealthy();
    if is_liquidated && account.debt_since != 0 && is_closed_out(account) {
        // While something was open, the discount ended at its largest: what comes after that begins when all is closed.
        return Some(Reason::ClosedOut(account.debt_since.max(account.flagged_at).max(account.stepped_at)));
    }
    if is_liquidated {
        return Some(Reason::Flag(account.flagged_at));
    }
    let due = account.debt_since.saturating_add(i64::from(bank.debt_grace_secs));
    (account.debt_since != 0 && now.unix >= due).then_some(Reason::Debt(due))
}

/// Rises with time, and in a liquidation with the depth of the shortage if that is more; rounded down.
fn discount(bank: &Bank, reason: Reason, health: &Health, now: Now) -> Factor {
    let passed = passed_secs(reason, now);
    let span = u64::from(bank.sale_secs);
    let mut part = fraction(passed, span);
    if let Reason::Flag(_) = reason {
        part = part.max(fraction(health.excess().min(0).unsigned_abs(), two_thirds(health.maintenance)));
    }
    let low = Factor::from_ppm(bank.sale_discount_min_ppm).bits;
    let high = Factor::from_ppm(bank.sale_discount_max_ppm).bits;
    let mut bits = low.saturating_add(Factor { bits: part }.of_floor(high.saturating_sub(low)));
    let counted = Factor::from_ppm(weight_ppm(bank, now)).bits;
    if !matches!(reason, Reason::ClosedOut(_)) {
        bits = bits.min(ONE.saturating_sub(counted).saturating_sub(LEAST_GAIN.bits));
    } else {
        let rest = fraction(passed.saturating_sub(span), span.saturating_mul(CLOSED_OUT_TIMES));
        bits = bits.saturating_add(Factor { bits: rest }.of_floor(ONE.saturating_sub(high)));
    }
    Factor { bits: bits.min(ONE) }
}

/// How long a sale has been on.
fn passed_secs(reason: Reason, now: Now) -> u64 {
    let (Reason::Flag(since) | Reason::Debt(since) | Reason::ClosedOut(since)) = reason;
    now.unix.saturating_sub(since).max(0).unsigned_abs()
}

/// Refuses a price that the buyer may have picked. Errors: `CollateralStale`, `StepTooSoon`.
fn require_told(bank: &Bank, sale: &Sale, now: Now) -> Result<()> {
    if is_certain(bank, now) {
        return Ok(());
    }
    if matches!(sale.reason, Reason::ClosedOut(_)) {
        // Without any price it is given away when the discount says so, not before.
        if bank.price.bits == 0 && sale.discount.bits < ONE {
            return Err(Error::CollateralStale);
        }
    } else {
        require_price(bank, MarkUse::Liquidation, now)?;
    }
    if passed_secs(sale.reason, now) < u64::from(bank.max_age_price_secs) { Err(Error::StepTooSoon) } else { Ok(()) }
}

/// Atoms to sell: what pays the debt, and for a flagged account at least what brings it to its target. What would be left
/// as dust goes with it.
fn wanted(sale: &Sale, account: &MarginAccount, bank: &Bank, held: u64, now: Now) -> u64 {
    if planted::is(Bug::SellsBeyondTheNeed) {
        return held;
    }
    let owed = owed(account).saturating_sub(account.usdc());
    // A price of 0 pays nothing, whatever is sold.
    let mut amount = if owed == 0 { 0 } else { sale.price.base_floor(owed).saturating_add(1) };
    if let Reason::Flag(_) = sale.reason {
        amount = amount.max(to_target(sale, bank, held, now));
    }
    let amount = amount.min(held);
    let rest = value_floor(bank.price, held.saturating_sub(amount));
    if amount != 0 && rest < DUST { held } else { amount }
}

/// Quote atoms that the account owes: settled debts, and all that is left of closed positions.
fn owed(account: &MarginAccount) -> u64 {
    let owed = account.positions.iter().map(|position| {
        if position.base == 0 && position.ranges == 0 { position.quote.min(0).unsigned_abs() } else { position.debt }
    });
    owed.fold(0, u64::saturating_add)
}

/// Atoms that bring a flagged account to its target: `shortage / (price * (1 - discount - counted))`, rounded up. `counted`
/// is what counts of a unit on average: the last ones, which are sold, count for no more, so this is never too little, and
/// too much only by what they count for less.
fn to_target(sale: &Sale, bank: &Bank, held: u64, now: Now) -> u64 {
    let shortage = sale.health.equity.saturating_sub_unsigned(sale.health.target).min(0).unsigned_abs();
    let counted = average_weight_ceil(bank, value_floor(bank.price, held), now);
    let gain = ONE.saturating_sub(sale.discount.bits).saturating_sub(counted);
    let price = Factor { bits: gain }.of_floor(bank.price.bits);
    if shortage == 0 { 0 } else { Price::from_bits(price).base_floor(shortage).saturating_add(1) }
}

fn hand_over(
    account: &mut MarginAccount,
    buyer: &mut MarginAccount,
    bank: &Bank,
    amount: u64,
    paid: u64,
) -> Result<()> {
    let usdc = buyer.usdc_mut();
    *usdc = usdc.checked_sub(paid).ok_or(Error::InsufficientCapital)?;
    let usdc = account.usdc_mut();
    *usdc = usdc.checked_add(paid).ok_or(Error::MathOverflow)?;
    let held = capital_mut(account, bank)?;
    *held = held.checked_sub(amount).ok_or(Error::InsufficientCapital)?;
    let held = capital_mut(buyer, bank)?;
    *held = held.checked_add(amount).ok_or(Error::MathOverflow)?;
    Ok(())
}
