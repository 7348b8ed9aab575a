//! Take-overs: a part of the position moves into another margin account at the mark less the discount (protocol.md sections
//! 8.3 and 8.4): the caller's own, or the pool's. Needs its margin and no liquidity: nothing touches the curve.
//!
//! Neither `step_gap` nor `window_cap` applies, which are there because steps on the curve move a price. Nor does the cap
//! on open interest or its scaling of margins: what is taken over was open before.

use crate::book::Book;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin::{self, Health};
use crate::state::{MarginAccount, Ranges};
use crate::units::{Factor, Price};
use crate::view::{Others, View};
use crate::{pot, trade};

use super::auction::{discount, min_step_base, step_size};
use super::clear_if_cured;
use super::patient::{Patient, note_step};

/// What a liquidator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeOver {
    /// The most base atoms to take over.
    pub max_base: u64,
    /// The worst price for the liquidator, insurance's part included.
    pub limit: Option<Price>,
}

/// What a take-over did, from the liquidated account's side.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOver {
    /// Base atoms that it gained; negative went to the liquidator.
    pub base: i64,
    /// Quote atoms that it gained.
    pub quote: i64,
    /// Quote atoms that the taker paid, insurance's part included; negative it got.
    pub paid: i64,
    /// Tip that it paid to the liquidator, in quote atoms.
    pub tip: u64,
    /// Insurance's part of the discount, in quote atoms: a claim on the pot that the liquidator owes.
    pub insurance: u64,
    /// The discount now, in 2^-48. The account has paid less of it where its equity was less.
    pub discount: Factor,
    /// Health after it.
    pub health: Health,
}

/// What of a position is taken over, and at which discount.
#[derive(Clone, Copy)]
pub(crate) struct Lot {
    /// Base atoms.
    pub size: u64,
    /// The discount, in 2^-48.
    pub discount: Factor,
    /// Whether it earns the tip.
    pub earns_tip: bool,
    /// The worst price for who takes it over, insurance's part included.
    pub limit: Option<Price>,
}

/// Who takes over.
pub(crate) struct Taker<'a> {
    /// Its margin account.
    pub account: &'a mut MarginAccount,
    /// Its ranges.
    pub ranges: Option<&'a Ranges>,
    /// Who gets the tip: a keeper, or the taker itself.
    pub keeper: Option<&'a mut MarginAccount>,
}

/// What a position was before a take-over, where that may be a reduction.
struct Reduction {
    health: Health,
    worst_base: u64,
}

/// Takes a part of a flagged, unhealthy account's position over. `ranges` are the liquidator's; the account's are unwound.
/// A step of the full size earns the tip, a smaller one does not: nothing lies between two steps, and tips are not to be
/// farmed in slices.
///
/// Errors: `MarketClosed`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`, `StepTooSoon`, `StepTooSmall`,
/// `PriceBeyondLimit`, `HealthFell`; of the liquidator `PositionsFull`, `WrongMarket`, `AccountFlagged`,
/// `AmountTooLarge`, `InsufficientMargin` and those of [`margin::initial`].
pub fn take_over(
    book: &mut Book,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    request: &TakeOver,
    now: Now,
) -> Result<TakenOver> {
    let patient = Patient::examine(book, account, others, now)?;
    let market = &*book.market;
    let discount = discount(market, account, &patient.before, now);
    let most = step_size(market, patient.held.unsigned_abs(), &patient.before, discount)?;
    let size = most.min(request.max_base);
    if size < most.min(min_step_base(market)) {
        return Err(Error::StepTooSmall);
    }
    let lot = Lot { size, discount, earns_tip: size == most, limit: request.limit };
    hand_over(book, account, &patient, Taker { account: liquidator, ranges, keeper: None }, others, &lot, now)
}

/// Moves a lot of a patient's position to who takes it over, at the stored mark less the discount.
///
/// The notional is rounded in the account's favour, so that at the mark a take-over cannot lower its health; of the
/// discount, which never exceeds its equity less the tip, insurance's part is rounded up. The taker must be backed by
/// initial margin after it, unless it only reduces what it holds.
///
/// Errors: `PriceBeyondLimit`, `HealthFell`; of the taker `PositionsFull`, `WrongMarket`, `AccountFlagged`,
/// `AmountTooLarge`, `InsufficientMargin` and those of [`margin::initial`].
pub(crate) fn hand_over(
    book: &mut Book,
    account: &mut MarginAccount,
    patient: &Patient,
    taker: Taker,
    others: Others,
    lot: &Lot,
    now: Now,
) -> Result<TakenOver> {
    let Taker { account: taker, ranges, keeper } = taker;
    let number = book.market.index_number;
    let Patient { before, held, .. } = *patient;
    let market = &mut *book.market;
    let step = lot.size;
    let taken = i64::try_from(step).map_err(|_| Error::AmountTooLarge)?;
    let taken = if held > 0 { taken } else { taken.saturating_neg() };

    pot::open_position(market, taker, now)?;
    let had = {
        let position = taker.position_mut(number)?;
        pot::fold_funding(market, position)?;
        position.base
    };
    let gets = had.checked_add(taken).ok_or(Error::AmountTooLarge)?;
    let reduction = if trade::shrinks(had, gets) { Some(reduction(book, taker, ranges, others, now)?) } else { None };

    let market = &mut *book.market;
    let equity = u64::try_from(before.equity).unwrap_or(0);
    let tip = if lot.earns_tip { u64::from(market.params.liquidation_tip_quote) } else { 0 };
    let tip = tip.min(equity).min(account.usdc());
    let notional = if held > 0 { market.mark.notional_ceil(step)? } else { market.mark.notional_floor(step)? };
    let cost = lot.discount.of_floor(notional).min(equity.saturating_sub(tip));
    let insurance = Factor::from_ppm(market.params.insurance_part_ppm).of_ceil(cost).min(cost);
    let bonus = cost.saturating_sub(insurance);
    let (quote, paid) = if held > 0 {
        (signed(notional.saturating_sub(cost))?, signed(notional.saturating_sub(bonus))?)
    } else {
        (
            signed(notional.saturating_add(cost))?.saturating_neg(),
            signed(notional.saturating_add(bonus))?.saturating_neg(),
        )
    };
    require_limit(lot.limit, step, paid)?;

    let position = account.position_mut(number)?;
    position.quote = position.quote.checked_add(quote).ok_or(Error::MathOverflow)?;
    pot::change_base(market, position, taken.saturating_neg())?;
    let position = taker.position_mut(number)?;
    position.quote = position.quote.checked_sub(paid).ok_or(Error::MathOverflow)?;
    pot::change_base(market, position, taken)?;
    market.insurance_claim = market.insurance_claim.checked_add(insurance).ok_or(Error::MathOverflow)?;

    let tip = if tip == 0 { 0 } else { patient.tip(book, account, keeper.unwrap_or(&mut *taker), tip)? };
    note_step(account, book.market, now);
    let health = patient.discharge(book, account)?;

    if gets == 0 {
        let _settled = pot::settle(book.market, taker, now)?;
    }
    require_backed(book, taker, ranges, others, reduction.as_ref(), now)?;
    pot::drop_if_done(book.market, taker);
    Ok(TakenOver { base: taken.saturating_neg(), quote, paid, tip, insurance, discount: lot.discount, health })
}

fn signed(amount: u64) -> Result<i64> {
    i64::try_from(amount).map_err(|_| Error::AmountTooLarge)
}

/// Refuses where the liquidator would pay more, or get less, than the base is worth at its limit, rounded towards it.
fn require_limit(limit: Option<Price>, base: u64, paid: i64) -> Result<()> {
    let Some(limit) = limit else { return Ok(()) };
    let amount = paid.unsigned_abs();
    // A limit beyond every notional is none for who pays, and out of reach for who is paid.
    let within = if paid >= 0 {
        amount <= limit.notional_ceil(base).unwrap_or(u64::MAX)
    } else {
        amount >= limit.notional_floor(base).unwrap_or(u64::MAX)
    };
    if within { Ok(()) } else { Err(Error::PriceBeyondLimit) }
}

/// The liquidator before what may be a reduction of its own position.
fn reduction(
    book: &Book,
    liquidator: &MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    now: Now,
) -> Result<Reduction> {
    let view = View { traded: Some((book.market, book.arrays)), others };
    let health = margin::health_for_liquidation(liquidator, ranges, &view, now)?;
    Ok(Reduction { health, worst_base: margin::worst_base(book.market, liquidator, ranges, &view)? })
}

/// New risk needs initial margin, whatever the market's open interest; a reduction leaves the liquidator healthy or no
/// worse than it was, as a trade does.
fn require_backed(
    book: &Book,
    liquidator: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    prior: Option<&Reduction>,
    now: Now,
) -> Result<()> {
    let view = View { traded: Some((book.market, book.arrays)), others };
    if let Some(prior) = prior
        && margin::worst_base(book.market, liquidator, ranges, &view)? <= prior.worst_base
    {
        let health = margin::health_for_liquidation(liquidator, ranges, &view, now)?;
        trade::require_no_worse(&prior.health, &health)?;
        clear_if_cured(liquidator, &health);
        return Ok(());
    }
    if liquidator.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    margin::initial_of_take_over(liquidator, ranges, &view, book.market.index_number, now)?.require()
}
