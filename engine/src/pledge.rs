//! Claims that a bankrupt account has in other markets: pledged to the insurance of the market in which it owes, they go
//! on maturing where they are, and anybody may collect what is mature (protocol.md section 8.6).
//!
//! A pledged claim is still a holder's claim on its market's pot: it counts in `claims`, bears `h` like any other and is
//! paid neither before nor after them. It is worth nothing to the account any more.

use crate::error::{Error, Result};
use crate::pot;
use crate::state::{MarginAccount, Market, Position};

/// Pledges what a position has coming in `market` to the insurance of `creditor`, up to claims that are worth `owed` now;
/// what is mature goes first. Returns the pledged claims, in quote atoms at face.
///
/// Rounded up: the creditor never gets less than the debt is worth while there are claims. All of it matures from now on,
/// an earlier pledge to the same creditor too: later, never sooner.
pub(crate) fn pledge(market: &Market, position: &mut Position, creditor: &mut Market, owed: u64) -> Result<u64> {
    let held = position.unmatured.checked_add(position.mature).ok_or(Error::MathOverflow)?;
    let pledged = pot::claim_worth_ceil(market, owed, held);
    if pledged == 0 {
        return Ok(0);
    }
    if position.pledged == 0 {
        creditor.pledges = creditor.pledges.checked_add(1).ok_or(Error::MathOverflow)?;
    }
    let mature = pledged.min(position.mature);
    position.mature = position.mature.saturating_sub(mature);
    position.unmatured = position.unmatured.saturating_sub(pledged.saturating_sub(mature));
    position.pledged = position.pledged.checked_add(pledged).ok_or(Error::MathOverflow)?;
    position.pledged_at = market.trusted_secs;
    position.creditor = creditor.index_number;
    Ok(pledged)
}

/// What a collection moved, in quote atoms.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Pledged claim that ended.
    pub claim: u64,
    /// What the pot paid for it into the creditor's insurance.
    pub paid: u64,
    /// Pledged claim that is still maturing.
    pub left: u64,
}

/// Pays what is mature of a claim in `market` that is pledged to `creditor` into that market's insurance, where it covers
/// what is written off first. What is given up reduces written-off losses here, the rest is surplus, as in
/// [`pot::release`].
///
/// Errors: `PositionNotFound`, `NothingPledged`, `NothingToRelease` while nothing is mature, `PayoutRatioTooLow` while the
/// pot is short only because losers are not settled yet, which anyone may do: nobody makes the creditor take less than
/// the claim is worth.
pub fn collect(market: &mut Market, creditor: &mut Market, account: &mut MarginAccount) -> Result<Collected> {
    let number = market.index_number;
    let position = account.position_mut(number)?;
    if position.pledged == 0 || position.creditor != creditor.index_number {
        return Err(Error::NothingPledged);
    }
    let left = pot::unmatured_ceil(market, position.pledged, position.pledged_at);
    let claim = position.pledged.saturating_sub(left);
    if claim == 0 {
        return Err(Error::NothingToRelease);
    }
    pot::absorb(market);
    let paid = pot::payout_floor(market, claim);
    if paid != pot::claim_value_floor(market, claim) {
        return Err(Error::PayoutRatioTooLow);
    }
    position.pledged = left;
    position.pledged_at = market.trusted_secs;
    if left == 0 {
        (position.creditor, position.pledged_at) = (0, 0);
        creditor.pledges = creditor.pledges.saturating_sub(1);
    }
    pot::pay_claim(market, claim, paid)?;
    creditor.insurance = creditor.insurance.checked_add(paid).ok_or(Error::MathOverflow)?;
    pot::sweep(market);
    pot::sweep(creditor);
    pot::drop_if_done(market, account);
    Ok(Collected { claim, paid, left })
}
