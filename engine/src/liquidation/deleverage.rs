//! Deleveraging: what the auction has left is closed at mark against an opposite holder, who neither gains nor loses by it
//! (protocol.md section 8.5). What the closed account still owes is another matter, and the loss order's.

use crate::book::Book;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin::Health;
use crate::math::wide::mul_64;
use crate::params::MILLION;
use crate::pot;
use crate::ranges;
use crate::state::{MarginAccount, Market, Position, Ranges};
use crate::units::Factor;
use crate::view::Others;

use super::auction::{Phase, auction, min_step_base, remainder};
use super::patient::{Patient, note_step};

/// Whom a step is closed against: his account, and his companion where he has ranges in the market.
pub struct Holder<'a> {
    /// The margin account.
    pub account: &'a mut MarginAccount,
    /// Its ranges.
    pub ranges: Option<&'a mut Ranges>,
}

/// What a step did, from the deleveraged account's side.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleveraged {
    /// Base atoms that it gained; the holder gained the opposite.
    pub base: i64,
    /// Quote atoms that it gained; the holder gained the opposite.
    pub quote: i64,
    /// Tip that it paid to the keeper, in quote atoms.
    pub tip: u64,
    /// Return on margin that a holder had to show, in 2^-48; none when any had to stand by.
    pub threshold: Option<Factor>,
    /// Health after it.
    pub health: Health,
}

/// Closes what brings a flagged, unhealthy account to its target, at mark and without a fee, against an opposite holder.
///
/// At most `adl_part` of what he holds with his ranges in this market, which are settled first, unless that is less than
/// `min_step`. His return on margin must have reached a threshold that falls from a thousand per cent to nothing over
/// `deleverage_window`; after that any opposite holder will do, one at a loss as well, because else there were states that
/// nobody could move. Both exchange base at one whole number of quote atoms, rounded so that he never loses one. His margin falls
/// with what he holds, so his health does not.
///
/// The keeper earns the tip for a step of the full size that is not smaller than the smallest.
///
/// Errors: `MarketClosed`, `AccountNotFlagged`, `RangesOpen`, `AccountHealthy`, `PositionNotFound`, `StepTooSoon`, `AuctionRunning` before the auction
/// has run out, `BackstopFirst` while the pool has the first word, `PricesApart`, `NotOpposite`, `RangesAccountMissing`, `TickArrayMissing`, `BelowThreshold`,
/// `StepTooSmall`, `HealthFell`, those of [`crate::margin::health_for_liquidation`].
pub fn deleverage(
    book: &mut Book,
    account: &mut MarginAccount,
    holder: Holder,
    keeper: &mut MarginAccount,
    others: Others,
    max_base: u64,
    now: Now,
) -> Result<Deleveraged> {
    let number = book.market.index_number;
    let patient = Patient::examine(book, account, others, now)?;
    let Patient { before, held, .. } = patient;
    let stage = auction(book.market, account, &before, now);
    match stage.phase {
        Phase::Plateau | Phase::Auction => return Err(Error::AuctionRunning),
        Phase::Backstop => return Err(Error::BackstopFirst),
        Phase::Deleverage => {}
    }
    if are_apart(book.market) {
        return Err(Error::PricesApart);
    }

    let Holder { account: other, ranges } = holder;
    fold_ranges(book, other, ranges)?;
    let market = &mut *book.market;
    let opposite = other.position_mut(number).map_err(|_| Error::NotOpposite)?;
    pot::fold_funding(market, opposite)?;
    if opposite.base.signum() != held.signum().saturating_neg() {
        return Err(Error::NotOpposite);
    }
    if let Some(threshold) = stage.threshold
        && !has_return(market, opposite, threshold)?
    {
        return Err(Error::BelowThreshold);
    }

    let (whole, smallest) = (opposite.base.unsigned_abs(), min_step_base(market));
    let size = remainder(market, held.unsigned_abs(), &before, Factor::default())?;
    let part = Factor::from_ppm(market.params.adl_part_ppm).of_floor(whole).max(smallest.min(whole));
    let allowed = size.min(part);
    let step = allowed.min(max_base);
    if step < allowed.min(smallest) {
        return Err(Error::StepTooSmall);
    }
    let base = i64::try_from(step).map_err(|_| Error::AmountTooLarge)?;
    let (base, quote) = if held > 0 {
        (base.saturating_neg(), market.mark.notional_floor(step)?.cast_signed())
    } else {
        (base, market.mark.notional_ceil(step)?.cast_signed().saturating_neg())
    };
    opposite.quote = opposite.quote.checked_sub(quote).ok_or(Error::MathOverflow)?;
    pot::change_base(market, opposite, base.saturating_neg())?;
    let position = account.position_mut(number)?;
    position.quote = position.quote.checked_add(quote).ok_or(Error::MathOverflow)?;
    pot::change_base(market, position, base)?;

    // The exchange may have cost the account an atom.
    let equity = u64::try_from(before.equity.saturating_sub(1)).unwrap_or(0);
    let earned = step == allowed && step >= size.min(smallest) && equity != 0;
    let tip = if earned { patient.tip(book, account, keeper, equity)? } else { 0 };
    note_step(account, book.market, now);
    let health = patient.discharge(book, account)?;

    if other.position(number)?.base == 0 {
        let _settled = pot::settle(book.market, other, now)?;
    }
    pot::drop_if_done(book.market, other);
    Ok(Deleveraged { base, quote, tip, threshold: stage.threshold, health })
}

/// Whether mark and index differ by more than half of the largest discount: the mark lags behind a price that moves, and
/// at a lagging mark the holder would lose.
pub(crate) fn are_apart(market: &Market) -> bool {
    let apart = market.mark.bits.abs_diff(market.index.bits);
    mul_64(apart, u64::from(MILLION).saturating_mul(2)) > mul_64(market.index.bits, u64::from(market.params.d_max_ppm))
}

/// Folds all of the holder's ranges in the market into his position: his opposite base may sit in ranges only.
fn fold_ranges(book: &mut Book, holder: &mut MarginAccount, ranges: Option<&mut Ranges>) -> Result<()> {
    let number = book.market.index_number;
    let left = holder.position(number).map_err(|_| Error::NotOpposite)?.ranges;
    if left == 0 {
        return Ok(());
    }
    let ranges = ranges.ok_or(Error::RangesAccountMissing)?;
    for slot in 0..ranges.ranges.len() {
        if ranges.ranges.get(slot).is_some_and(|range| range.market == number) {
            let _folded = ranges::settle(book, holder, ranges, slot)?;
        }
    }
    Ok(())
}

/// Whether a position's return on margin has reached a threshold.
fn has_return(market: &Market, position: &Position, threshold: Factor) -> Result<bool> {
    let (value, margin) = value_and_margin(market, position)?;
    Ok(value >= i128::from(threshold.of_ceil(margin)))
}

/// What a position's return on margin is made of, its ranges folded: what it has unsettled at mark and its claims, over
/// its maintenance margin. In quote atoms.
pub fn value_and_margin(market: &Market, position: &Position) -> Result<(i128, u64)> {
    let claims = i128::from(position.unmatured).saturating_add(i128::from(position.mature));
    let value = i128::from(pot::unsettled(market, position)?).saturating_add(claims);
    let notional = market.mark.notional_ceil(position.base.unsigned_abs())?;
    Ok((value, Factor::from_ppm(market.params.mmr_ppm).of_ceil(notional)))
}
