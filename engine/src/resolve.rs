//! The end of a bankrupt account: what it still owes goes through the loss order (protocol.md section 8.6).

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::insurance::{self, Purse};
use crate::params::MILLION;
use crate::pool::deposits;
use crate::state::{Exchange, MAX_POSITIONS, MarginAccount, Market, Position};
use crate::{pledge, pot, tickets};

/// Where a loss went, in quote atoms.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Paid by the account: its capital and its mature claims in other markets.
    pub own: u64,
    /// What of it the pool, if that is who owed, had set aside.
    pub recalled: u64,
    /// Its further claims in other markets that were pledged to the market's insurance, at face. They pay later.
    pub pledged: u64,
    /// Taken by the market's surplus.
    pub surplus: u64,
    /// Paid by the market's insurance, its claim on the pot included.
    pub insurance: u64,
    /// Given up by the treasury's claim on the pot.
    pub treasury: u64,
    /// Paid by the exchange's insurance.
    pub exchange: u64,
    /// Paid by what the pool has set aside.
    pub pool: u64,
    /// Written off: `h` bears it.
    pub written_off: u64,
    /// The other markets in which what the account has coming was collected, by its position's slot; 0 is none. In each
    /// of them the position was brought up to date, be it only that its claim matured.
    pub collected: [u16; MAX_POSITIONS],
}

/// Resolves what a flagged account with nothing open still owes in `market`, in the order of losses: its own capital and
/// mature claims elsewhere; the market's surplus, its insurance and the treasury's claim on the pot; the exchange's
/// insurance, then what the pool has set aside, each within its cap for the market and day; the rest is written off. `others`
/// are the other markets in which it has claims: what of them cannot be paid yet is pledged to the market's insurance, up to
/// the debt.
///
/// Errors: `AccountNotFlagged`, `PositionsOpen`, `CollateralLeft`, `TicketsOpen`, `RequestsOpen`, `MarketMissing`, `NotBankrupt` when it owes nothing, or
/// nothing more can be taken while claims worth waiting for mature in a market whose pledge has another creditor.
pub fn resolve(
    market: &mut Market,
    others: &mut [&mut Market],
    exchange: &mut Exchange,
    account: &mut MarginAccount,
    now: Now,
) -> Result<Resolved> {
    if account.flagged_at == 0 {
        return Err(Error::AccountNotFlagged);
    }
    if account.ranges != 0 || account.positions.iter().any(|position| position.base != 0) {
        return Err(Error::PositionsOpen);
    }
    // What waits in a bank's queue or for the pool pays too, and anybody may bring it back.
    tickets::require_none(account)?;
    deposits::require_none(account)?;
    let number = market.index_number;
    let mut resolved = Resolved::default();
    let mut owed = settle(market, account, &mut resolved, now)?;
    if owed == 0 {
        return Err(Error::NotBankrupt);
    }
    if account.closed_to_deposits != 0 {
        // The pool's: what it has set aside is its own, and pays for its own debts before anybody else does.
        resolved.recalled = owed.min(exchange.pool_reserve);
        exchange.pool_reserve = exchange.pool_reserve.saturating_sub(resolved.recalled);
        *account.usdc_mut() = account.usdc().checked_add(resolved.recalled).ok_or(Error::MathOverflow)?;
        owed = settle(market, account, &mut resolved, now)?;
    }
    let mut is_held_back = false;
    for slot in 0..account.positions.len() {
        let Some(position) = account.positions.get(slot) else { break };
        let held = position.market;
        if owed == 0 || held == number || position.is_empty() || !holds_value(position) {
            continue;
        }
        let other = find(others, held)?;
        is_held_back |= collect(other, account, number, now)?;
        if let Some(collected) = resolved.collected.get_mut(slot) {
            *collected = held;
        }
        owed = settle(market, account, &mut resolved, now)?;
    }
    if owed != 0 && is_held_back {
        // Claims that another creditor's pledge keeps from being pledged pay before anybody else does: nothing is written
        // off for an account that keeps one. Until then the debt counts in `uncovered`, so that no winner is paid too much.
        return if resolved.own == 0 { Err(Error::NotBankrupt) } else { Ok(resolved) };
    }
    if owed != 0 && account.has_other_collateral() {
        // Sold first: at the latest for nothing, once its auction has run out.
        return if resolved.own == 0 { Err(Error::CollateralLeft) } else { Ok(resolved) };
    }
    pledge_rest(market, others, account, &mut resolved, owed)?;
    let position = account.position_mut(number)?;
    let mut cover = |source: &mut u64| -> Result<u64> {
        let part = owed.min(*source);
        *source = source.saturating_sub(part);
        owed = owed.saturating_sub(part);
        position.quote = position.quote.checked_add_unsigned(part).ok_or(Error::MathOverflow)?;
        Ok(part)
    };
    resolved.surplus = cover(&mut market.surplus)?;
    let cash = cover(&mut market.insurance)?;
    let claim = cover(&mut market.insurance_claim)?;
    resolved.treasury = cover(&mut market.treasury_claim)?;
    resolved.exchange = cover(&mut insurance::room(Purse::Exchange, exchange, market, now))?;
    resolved.pool = cover(&mut insurance::room(Purse::Pool, exchange, market, now))?;
    let mut rest = u64::MAX;
    resolved.written_off = cover(&mut rest)?;
    resolved.insurance = cash.saturating_add(claim);
    market.pot = market.pot.checked_add(cash).ok_or(Error::MathOverflow)?;
    market.written_off = market.written_off.checked_add(resolved.written_off).ok_or(Error::MathOverflow)?;
    market.uncovered = market.uncovered.checked_sub(position.debt).ok_or(Error::MathOverflow)?;
    position.debt = 0;
    pot::note_debt(account, now);
    insurance::pay(Purse::Exchange, exchange, market, resolved.exchange, now)?;
    insurance::pay(Purse::Pool, exchange, market, resolved.pool, now)?;
    pot::drop_if_done(market, account);
    // The flag stays while the account owes in another market.
    if account.positions.iter().all(|position| position.quote >= 0) {
        account.flagged_at = 0;
        account.stepped_at = 0;
    }
    Ok(resolved)
}

fn find<'m>(others: &'m mut [&mut Market], number: u16) -> Result<&'m mut Market> {
    let found = others.iter_mut().find(|other| other.index_number == number);
    found.map(|market| &mut **market).ok_or(Error::MarketMissing)
}

/// Pledges what the account still has coming in other markets for what it owes, market by market in the order of its
/// positions.
fn pledge_rest(
    market: &mut Market,
    others: &mut [&mut Market],
    account: &mut MarginAccount,
    resolved: &mut Resolved,
    owed: u64,
) -> Result<()> {
    let mut unbacked = owed;
    let claims = |position: &&mut Position| position.mature != 0 || position.unmatured != 0;
    for position in account.positions.iter_mut().filter(claims) {
        if unbacked == 0 || position.market == market.index_number {
            continue;
        }
        // What has another creditor is dust, or nothing would be pledged.
        if position.pledged != 0 && position.creditor != market.index_number {
            continue;
        }
        let other = find(others, position.market)?;
        let pledged = pledge::pledge(other, position, market, unbacked)?;
        unbacked = unbacked.saturating_sub(pot::claim_value_floor(other, pledged));
        resolved.pledged = resolved.pledged.saturating_add(pledged);
    }
    Ok(())
}

/// Whether a position without base has something coming.
const fn holds_value(position: &Position) -> bool {
    position.mature != 0 || position.unmatured != 0 || position.quote > 0
}

/// Turns what an account has coming in another market into capital: a closed profit becomes a claim, a loss is paid with
/// claims of the same market first, a mature claim is released, unless the pot there is short only because losers are not
/// settled yet, which anyone may do. Returns whether something worth waiting for is left that cannot be pledged, because
/// the pledge there has another creditor; what is dust in that market is not, or dust could stop a resolution.
fn collect(other: &mut Market, account: &mut MarginAccount, creditor: u16, now: Now) -> Result<bool> {
    let number = other.index_number;
    if account.position(number)?.quote != 0 {
        let _settled = pot::settle(other, account, now)?;
    }
    pot::absorb(other);
    let position = account.position_mut(number)?;
    pot::mature(other, position, now);
    let is_taken = position.pledged != 0 && position.creditor != creditor;
    let (mut to_come, mature) = (position.unmatured, position.mature);
    if pot::payout_floor(other, mature) < pot::claim_value_floor(other, mature) {
        to_come = to_come.saturating_add(mature);
    } else if mature != 0 {
        let _released = pot::release(other, account, 0, now)?;
    }
    pot::drop_if_done(other, account);
    let dust = u64::from(other.params.min_step_usd).saturating_mul(u64::from(MILLION));
    Ok(is_taken && to_come >= dust)
}

/// Settles the account's position; returns what stays owed.
fn settle(market: &mut Market, account: &mut MarginAccount, resolved: &mut Resolved, now: Now) -> Result<u64> {
    let settled = pot::settle(market, account, now)?;
    resolved.own = resolved.own.saturating_add(settled.paid);
    Ok(settled.owed)
}
