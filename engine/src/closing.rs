//! Closing a market down (protocol.md section 11): notice, a final mark, everybody out at it, what is left swept up.
//!
//! Guarantees: nobody learns of it later than `close_notice_secs` before, and a second notice changes nothing; the final
//! mark is a price of the feed, never one that the curve made for itself, and neither a feed that is dead nor one that is
//! in doubt for ever keeps a market open; whoever is still in is settled by anybody at that mark, and what he lost goes the
//! ordinary way. Every step keeps the market's equality, `closed_base` standing for the base that was settled; a market is
//! removed only when nobody has anything in it. Four instructions call it, and `refresh` for the time in between.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::funding;
use crate::liquidation;
use crate::oracle::Sample;
use crate::pot::{self, Settled};
use crate::refresh::{Refreshed, refresh};
use crate::session;
use crate::state::{Exchange, MarginAccount, Market, TickArray};
use crate::units::{Price, Rate};

/// A market that takes new risk, as far as closing is concerned.
const OPEN: u8 = 0;
/// Notice is given.
const CLOSING: u8 = 1;
/// Everybody settles at the final mark.
const CLOSED: u8 = 2;

/// Gives notice that a market closes: reductions only from now on, closing from `now + close_notice_secs` on. Notice
/// that was given already keeps its date.
///
/// Errors with `MarketClosed` when it is closed.
pub fn give_notice(market: &mut Market, now: Now) -> Result<()> {
    match market.status {
        OPEN => {
            market.status = CLOSING;
            market.reduce_only = 1;
            market.close_at = now.unix.saturating_add(i64::from(market.params.close_notice_secs));
            Ok(())
        }
        CLOSING => Ok(()),
        _ => Err(Error::MarketClosed),
    }
}

/// Whether everybody settles at the final mark.
#[inline(always)]
pub const fn is_closed(market: &Market) -> bool {
    market.status >= CLOSED
}

/// Refuses a market that is closed: `MarketClosed`.
#[inline(always)]
pub const fn require_open(market: &Market) -> Result<()> {
    if is_closed(market) { Err(Error::MarketClosed) } else { Ok(()) }
}

/// Closes a market whose notice has run out, at the mark of this moment. From here on mark, index and stable price are
/// that mark and never grow old, funding stands still, and profit matures by the clock alone.
///
/// A feed that is silent is waited for until `max_age_liquidation_secs`; then the last mark counts, or off hours the index
/// at which the market fell asleep. A market in doubt is waited for as long after its notice. So is a mark that has not
/// followed the index yet: nobody closes a market at what the price was when it was refreshed last.
///
/// Errors: `MarketNotClosing`, `MarketNotDue`, `MarketClosed`, `MarkStale`, `MarketGuarded`, `PricesApart`, those of
/// [`refresh`].
pub fn close(market: &mut Market, sample: Option<&Sample>, now: Now) -> Result<Refreshed> {
    match market.status {
        OPEN => return Err(Error::MarketNotClosing),
        CLOSING => {}
        _ => return Err(Error::MarketClosed),
    }
    if now.unix < market.close_at {
        return Err(Error::MarketNotDue);
    }
    let _refreshed = refresh(market, sample, now)?;
    let patience = i64::from(market.params.max_age_liquidation_secs);
    let silence = now.unix.saturating_sub(market.index_time);
    if silence > i64::from(market.params.max_age_mark_secs) {
        if silence <= patience {
            return Err(Error::MarkStale);
        }
    } else if market.is_guarded() && now.unix.saturating_sub(market.close_at) <= patience {
        return Err(Error::MarketGuarded);
    } else if liquidation::are_apart(market) {
        return Err(Error::PricesApart);
    }
    let last = if market.session == 0 { market.mark } else { market.session_index };
    freeze(market, last);
    // What it says of the market is what it is now.
    refresh(market, None, now)
}

/// One price for everything, for ever.
fn freeze(market: &mut Market, last: Price) {
    market.status = CLOSED;
    market.session = 0;
    market.guard_left = 0;
    market.index = last;
    market.index_ema = last;
    market.stable = last;
    session::follow(market);
    // No update is later than this, and none was as late: a price that never grows old.
    market.index_time = i64::MAX;
    market.conf = Rate::ZERO;
    market.funding_rate = Rate::ZERO;
    market.premium_ema = Rate::ZERO;
    market.step_sum = 0;
    market.step_secs = 0;
    market.basis_ema = Rate::ZERO;
    market.basis_sum = 0;
    market.basis_secs = 0;
    crate::mark::restart(market);
}

/// Time in a closed market: nothing but maturity, and all of the time counts.
pub(crate) fn pass_time(market: &mut Market, now: Now) {
    let elapsed = now.unix.saturating_sub(market.accrued_at);
    if elapsed > 0 {
        market.trusted_secs = market.trusted_secs.saturating_add(elapsed.unsigned_abs());
        market.accrued_at = now.unix;
        funding::drop_time(market, funding::since_1970(now.unix));
    }
}

/// What closing a position did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosedPosition {
    /// Base atoms that were settled at the final mark; negative was short.
    pub base: i64,
    /// What they were worth, in quote atoms, rounded down.
    pub value: i64,
    /// What the settlement moved.
    pub settled: Settled,
}

/// Settles anybody's position in a closed market at the final mark, for good: its base becomes quote, the market takes
/// the other side of both, and what comes of it is settled as ever. The holder's ranges there are unwound before.
///
/// Errors: `MarketNotClosed`, `PositionNotFound`, `RangesOpen`, `NothingToSettle` when it is settled already.
pub fn close_position(market: &mut Market, account: &mut MarginAccount, now: Now) -> Result<ClosedPosition> {
    if !is_closed(market) {
        return Err(Error::MarketNotClosed);
    }
    let position = account.position_mut(market.index_number)?;
    if position.ranges != 0 {
        return Err(Error::RangesOpen);
    }
    // What stays owed is for `resolve`; settling it again moves nothing.
    if position.base == 0 && position.quote.saturating_add_unsigned(position.debt) == 0 {
        return Err(Error::NothingToSettle);
    }
    pot::fold_funding(market, position)?;
    let base = position.base;
    let value = market.mark.value_floor(base)?;
    position.quote = position.quote.checked_add(value).ok_or(Error::MathOverflow)?;
    market.curve_quote = market.curve_quote.checked_sub(value).ok_or(Error::MathOverflow)?;
    market.closed_base = market.closed_base.checked_add(base).ok_or(Error::MathOverflow)?;
    pot::change_base(market, position, base.checked_neg().ok_or(Error::MathOverflow)?)?;
    if account.flagged_at != 0 {
        liquidation::note_step(account, market, now);
    }
    let settled = pot::settle(market, account, now)?;
    pot::drop_if_done(market, account);
    Ok(ClosedPosition { base, value, settled })
}

/// Refuses to close a tick array: of a market that is not closed (`MarketNotClosed`; `None` is one that is removed), or
/// that ranges still use (`HasLiquidity`).
pub fn require_unused(market: Option<&Market>, array: &TickArray) -> Result<()> {
    match market {
        Some(market) if !is_closed(market) => Err(Error::MarketNotClosed),
        _ if array.initialized != 0 => Err(Error::HasLiquidity),
        _ => Ok(()),
    }
}

/// Empties a closed market in which nobody has anything any more, and for whose insurance no claim elsewhere is pledged: what its pot, insurance and treasury hold goes to the
/// insurance of the exchange. Returns how much that was, in quote atoms.
///
/// Errors: `MarketNotClosed`, `MarketNotEmpty`.
pub fn remove(market: &Market, exchange: &mut Exchange) -> Result<u64> {
    if !is_closed(market) {
        return Err(Error::MarketNotClosed);
    }
    let nobody =
        market.positions == 0 && market.total_liquidity.get() == 0 && market.claims == 0 && market.pledges == 0;
    if !nobody || market.long_base != 0 || market.short_base != 0 || market.uncovered != 0 {
        return Err(Error::MarketNotEmpty);
    }
    let left = market.pot.checked_add(market.insurance).and_then(|sum| sum.checked_add(market.treasury));
    let left = left.ok_or(Error::MathOverflow)?;
    exchange.insurance = exchange.insurance.checked_add(left).ok_or(Error::MathOverflow)?;
    Ok(left)
}
