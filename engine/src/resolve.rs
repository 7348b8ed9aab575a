//! The end of a bankrupt account: what it still owes goes through the loss order (protocol.md section 8.6).

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::params::MILLION;
use crate::pot;
use crate::state::{MAX_POSITIONS, MarginAccount, Market, Position};

/// Where a loss went, in quote atoms.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Paid by the account: its capital and its mature claims in other markets.
    pub own: u64,
    /// Taken by the market's surplus.
    pub surplus: u64,
    /// Paid by the market's insurance, its claim on the pot included.
    pub insurance: u64,
    /// Written off: `h` bears it.
    pub written_off: u64,
    /// The other markets in which what the account has coming was collected, by its position's slot; 0 is none. In each
    /// of them the position was brought up to date, be it only that its claim matured.
    pub collected: [u16; MAX_POSITIONS],
}

/// Resolves what a flagged account with nothing open still owes in `market`: its own capital and claims, the market's
/// surplus, the market's insurance, and the rest is written off. `others` are the other markets in which it has claims;
/// while some of them are still maturing, only what is mature pays.
///
/// Errors: `AccountNotFlagged`, `PositionsOpen`, `MarketMissing`, `NotBankrupt` when it owes nothing, or
/// nothing more can be taken while claims in other markets mature.
pub fn resolve(
    market: &mut Market,
    others: &mut [&mut Market],
    account: &mut MarginAccount,
    now: Now,
) -> Result<Resolved> {
    if account.flagged_at == 0 {
        return Err(Error::AccountNotFlagged);
    }
    if account.ranges != 0 || account.positions.iter().any(|position| position.base != 0) {
        return Err(Error::PositionsOpen);
    }
    let number = market.index_number;
    let mut resolved = Resolved::default();
    let mut owed = settle(market, account, &mut resolved, now)?;
    if owed == 0 {
        return Err(Error::NotBankrupt);
    }
    let mut more_to_come = false;
    for slot in 0..account.positions.len() {
        let Some(position) = account.positions.get(slot) else { break };
        let held = position.market;
        if owed == 0 || held == number || position.is_empty() || !holds_value(position) {
            continue;
        }
        let other = others.iter_mut().find(|other| other.index_number == held).ok_or(Error::MarketMissing)?;
        more_to_come |= collect(other, account, now)?;
        if let Some(collected) = resolved.collected.get_mut(slot) {
            *collected = held;
        }
        owed = settle(market, account, &mut resolved, now)?;
    }
    if owed != 0 && more_to_come {
        // Claims that are still maturing pay before anybody else does: nothing is written off for an account that keeps
        // one. Until then the debt counts in `uncovered`, so that no winner is paid too much.
        return if resolved.own == 0 { Err(Error::NotBankrupt) } else { Ok(resolved) };
    }
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
    let mut rest = u64::MAX;
    let _written_off = cover(&mut rest)?;
    resolved.written_off = u64::MAX.saturating_sub(rest);
    resolved.insurance = cash.saturating_add(claim);
    market.pot = market.pot.checked_add(cash).ok_or(Error::MathOverflow)?;
    market.written_off = market.written_off.checked_add(resolved.written_off).ok_or(Error::MathOverflow)?;
    market.uncovered = market.uncovered.checked_sub(position.debt).ok_or(Error::MathOverflow)?;
    position.debt = 0;
    pot::drop_if_done(market, account);
    // The flag stays while the account owes in another market.
    if account.positions.iter().all(|position| position.quote >= 0) {
        account.flagged_at = 0;
        account.stepped_at = 0;
    }
    Ok(resolved)
}

/// Whether a position without base has something coming.
const fn holds_value(position: &Position) -> bool {
    position.mature != 0 || position.unmatured != 0 || position.quote > 0
}

/// Turns what an account has coming in another market into capital: a closed profit becomes a claim, a mature claim is
/// released, unless the pot there is short only because losers are not settled yet, which anyone may do. Returns whether
/// something worth waiting for is still to come; what is dust in that market is not, or dust could stop a resolution.
fn collect(other: &mut Market, account: &mut MarginAccount, now: Now) -> Result<bool> {
    let number = other.index_number;
    if account.position(number)?.quote > 0 {
        let _settled = pot::settle(other, account, now)?;
    }
    let position = account.position_mut(number)?;
    pot::mature(other, position, now);
    let (mut to_come, mature) = (position.unmatured, position.mature);
    if pot::payout_floor(other, mature) < pot::claim_value_floor(other, mature) {
        to_come = to_come.saturating_add(mature);
    } else if mature != 0 {
        let _released = pot::release(other, account, 0, now)?;
    }
    let dust = u64::from(other.params.min_step_usd).saturating_mul(u64::from(MILLION));
    Ok(to_come >= dust)
}

/// Settles the account's position; returns what stays owed.
fn settle(market: &mut Market, account: &mut MarginAccount, resolved: &mut Resolved, now: Now) -> Result<u64> {
    let settled = pot::settle(market, account, now)?;
    resolved.own = resolved.own.saturating_add(settled.paid);
    Ok(settled.owed)
}
