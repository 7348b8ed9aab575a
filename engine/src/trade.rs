//! A trade, from order to fill: fill price, swap, position, caps, margin (protocol.md sections 3, 4, 6 and 7).

use crate::book::Book;
use crate::builder::Builder;
use crate::clock::Now;
use crate::curve::{Bound, End, Exact, SwapRequest, Swapped, swap};
use crate::error::{Error, Result};
use crate::fees::FeeSchedule;
use crate::margin::{self, Health};
use crate::math::Side;
use crate::params::MILLION;
use crate::pot::{self, Settled};
use crate::state::{MarginAccount, Market, Ranges};
use crate::units::{Factor, MAX_BASE, Price, Rate};
use crate::view::{Others, View};
use crate::{governance, liquidation, oracle};

/// What a trader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Buy or sell.
    pub side: Side,
    /// Exact base or exact quote, the fee on top.
    pub exact: Exact,
    /// Worst price at which the curve may stand after it, priced as the fill is.
    pub limit: Option<Price>,
    /// Never increase or turn the position; a base amount is cut to the position.
    pub reduce_only: bool,
    /// Refuse instead of filling in part.
    pub all_or_nothing: bool,
}

/// What a trade did, from the account's side.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Base atoms gained; negative is sold.
    pub base: i64,
    /// Quote atoms gained, without the fee; negative is paid.
    pub quote: i64,
    /// Fee, in quote atoms.
    pub fee: u64,
    /// Steps of the curve.
    pub steps: u32,
    /// Initialised ticks crossed.
    pub crossings: u32,
    /// Why it ended.
    pub end: End,
    /// What closing the position settled, if it closed.
    pub settled: Option<Settled>,
}

/// Trades. `ranges` is the account's companion when it has ranges; `others` are the markets of its other positions.
///
/// Errors: `ZeroAmount`, `AmountTooLarge`, `PriceStale`, `MarketGuarded`, `MarketPaused`, `MarketReduceOnly`,
/// `MarketHasDeficit`, `AccountFlagged`, `ReduceOnly`, `OpenInterestCap`, `PositionCap`, `NotFilled`,
/// `InsufficientMargin`, and the refusals of the curve.
#[inline(never)]
pub fn trade(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    order: &Order,
    now: Now,
) -> Result<Fill> {
    trade_through(book, account, ranges, others, order, None, now)
}

/// [`trade`] that a builder may have brought: its fee is a part of what the trade costs, wherever margin is looked at. An
/// account that is not healthy after a trade pays no builder: what it has left is owed to others first.
///
/// Errors: those of [`trade`], and of a builder that is paid into a position whose claim is pledged.
#[inline(always)]
pub fn trade_through(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    order: &Order,
    mut builder: Option<&mut Builder>,
    now: Now,
) -> Result<Fill> {
    let number = book.market.index_number;
    let taken = take(book.market, account, order, now)?;

    // A reduction may be allowed although the account stays unhealthy: its health must not fall.
    let prior = if opposes(order.side, taken.before) {
        let view = View { traded: Some((book.market, book.arrays)), others };
        Some((margin::health(account, ranges, &view, now)?, margin::worst_base(book.market, account, ranges, &view)?))
    } else {
        None
    };

    let Filled { fill, after } = fill(book, account, order, &taken, builder.as_deref_mut(), now)?;

    let view = View { traded: Some((book.market, book.arrays)), others };
    let reduced = match prior {
        Some((health, worst)) if shrinks(taken.before, after) => {
            (margin::worst_base(book.market, account, ranges, &view)? <= worst).then_some(health)
        }
        _ => None,
    };
    match reduced {
        Some(prior) => {
            let health = margin::health(account, ranges, &view, now)?;
            require_no_worse(&prior, &health)?;
            if builder.is_some() && health.is_unhealthy() {
                return Err(Error::InsufficientMargin);
            }
            liquidation::clear_if_cured(account, &health);
        }
        None => {
            let added = [(number, added(taken.before, after))];
            margin::initial(account, ranges, &view, &added, now)?.require()?;
        }
    }
    pot::drop_if_done(book.market, account);
    Ok(fill)
}

/// An order that is taken, before it is filled.
pub(crate) struct Taken {
    /// The position's base, funding folded.
    pub(crate) before: i64,
    /// What is filled at most.
    exact: Exact,
    /// The refusal of anything but a reduction, when only reductions are allowed.
    refusal: Option<Error>,
    /// Whether it cannot but reduce.
    reduces_for_sure: bool,
}

/// Checks an order against the market and the account, and makes room for the position.
pub(crate) fn take(market: &mut Market, account: &mut MarginAccount, order: &Order, now: Now) -> Result<Taken> {
    check_amount(order.exact)?;
    oracle::require_tradable_index(market, now)?;
    pot::open_position(market, account, now)?;
    let before = {
        let position = account.position_mut(market.index_number)?;
        pot::fold_funding(market, position)?;
        position.base
    };
    let refusal = only_reductions(market, account, order, now);
    let exact = reduced(order, before, refusal)?;
    // Only what cannot but reduce has the wider band.
    let reduces_for_sure = refusal.is_some() || is_within(exact, order.side, before);
    Ok(Taken { before, exact, refusal, reduces_for_sure })
}

/// An order that is filled, before margin is looked at.
pub(crate) struct Filled {
    /// The fill.
    pub(crate) fill: Fill,
    /// The position's base after it.
    pub(crate) after: i64,
}

/// Fills an order on the curve and books it: everything but margin.
#[inline(never)]
pub(crate) fn fill(
    book: &mut Book,
    account: &mut MarginAccount,
    order: &Order,
    taken: &Taken,
    builder: Option<&mut Builder>,
    now: Now,
) -> Result<Filled> {
    let Taken { before, exact, refusal, reduces_for_sure } = *taken;
    let swapped = swap(book, &request(book.market, order, exact, reduces_for_sure, now))?;
    if order.all_or_nothing && swapped.end != End::Filled {
        return Err(Error::NotFilled);
    }
    let (base, quote) = apply(book.market, account, order.side, &swapped)?;
    // Before margin is looked at, and before what ends is settled.
    if let Some(builder) = builder {
        builder.charge(book.market, account, quote, now)?;
    }
    let after = before.checked_add(base).ok_or(Error::AmountTooLarge)?;
    if let Some(error) = refusal
        && !shrinks(before, after)
    {
        return Err(error);
    }
    let grows = after.unsigned_abs() > before.unsigned_abs() || turns(before, after);
    if grows {
        require_within_caps(book.market, after)?;
    }
    let settled = if after == 0 { Some(end(book.market, account, now)?) } else { None };
    let Swapped { fee, steps, crossings, end, .. } = swapped;
    Ok(Filled { fill: Fill { base, quote, fee, steps, crossings, end, settled }, after })
}

/// Settles a position of which nothing is left. Who closes it himself while flagged has made a step: what is sold for its
/// debts is sold from now on.
fn end(market: &mut Market, account: &mut MarginAccount, now: Now) -> Result<Settled> {
    if account.flagged_at != 0 {
        liquidation::note_step(account, market, now);
    }
    pot::settle(market, account, now)
}

/// The swap of an order: at the worst index of the window, within the limit and the band.
#[inline(always)]
pub(crate) fn request(market: &Market, order: &Order, exact: Exact, reduces_for_sure: bool, now: Now) -> SwapRequest {
    let peg = oracle::fill_peg(market, order.side, now);
    SwapRequest {
        side: order.side,
        exact,
        peg,
        bounds: [
            order.limit.map(|price| Bound { price, peg, refusal: Error::LimitReached }),
            band(market, order.side, if reduces_for_sure { 2 } else { 1 }),
        ],
        fees: FeeSchedule::new(market, oracle::age_secs(market, now)),
    }
}

/// Base by which a position grew; all of one that turned.
pub(crate) const fn added(before: i64, after: i64) -> u64 {
    after.unsigned_abs().saturating_sub(if turns(before, after) { 0 } else { before.unsigned_abs() })
}

pub(crate) fn check_amount(exact: Exact) -> Result<()> {
    match exact.amount() {
        0 => Err(Error::ZeroAmount),
        amount if amount > MAX_BASE => Err(Error::AmountTooLarge),
        _ => Ok(()),
    }
}

/// The refusal of anything but a reduction, when only reductions are allowed.
fn only_reductions(market: &Market, account: &MarginAccount, order: &Order, now: Now) -> Option<Error> {
    if account.flagged_at != 0 {
        Some(Error::AccountFlagged)
    } else if market.is_guarded() {
        Some(Error::MarketGuarded)
    } else if let Some(error) = governance::new_risk_refusal(market, now) {
        Some(error)
    } else if has_deficit(market) {
        Some(Error::MarketHasDeficit)
    } else if order.reduce_only {
        Some(Error::ReduceOnly)
    } else {
        None
    }
}

/// Whether written-off losses exceed what new risk may be asked to live with.
pub(crate) fn has_deficit(market: &Market) -> bool {
    if market.written_off == 0 {
        return false;
    }
    let interest = market.mark.notional_floor(market.open_interest()).unwrap_or(u64::MAX);
    market.written_off > Factor::from_ppm(market.params.deficit_tolerance_ppm).of_floor(interest)
}

/// The exact amount, cut to the position where only a reduction is allowed.
fn reduced(order: &Order, before: i64, refusal: Option<Error>) -> Result<Exact> {
    let Some(error) = refusal else { return Ok(order.exact) };
    if !opposes(order.side, before) {
        return Err(error);
    }
    Ok(match order.exact {
        Exact::Base(base) if order.reduce_only => Exact::Base(base.min(before.unsigned_abs())),
        exact => exact,
    })
}

/// Whether a side runs against a position.
pub(crate) const fn opposes(side: Side, base: i64) -> bool {
    match side {
        Side::Buy => base < 0,
        Side::Sell => base > 0,
    }
}

/// Whether a base amount is no more than the opposite position.
fn is_within(exact: Exact, side: Side, before: i64) -> bool {
    matches!(exact, Exact::Base(base) if opposes(side, before) && base <= before.unsigned_abs())
}

/// Whether a position became smaller without turning.
pub(crate) const fn shrinks(before: i64, after: i64) -> bool {
    after.unsigned_abs() < before.unsigned_abs() && !turns(before, after)
}

/// Whether a position went to the other side.
pub(crate) const fn turns(before: i64, after: i64) -> bool {
    (before > 0 && after < 0) || (before < 0 && after > 0)
}

/// The band on the curve's price around the index, `factor` times as wide as for new risk. 0 is off.
pub(crate) fn band(market: &Market, side: Side, factor: u32) -> Option<Bound> {
    let width = Rate::from_ppm(market.params.price_band_ppm.checked_mul(factor)?);
    if width.bits == 0 {
        return None;
    }
    let rate = if matches!(side, Side::Buy) { width } else { width.negated() };
    Some(Bound { price: market.index.scale_floor(rate), peg: market.peg, refusal: Error::PriceBandExceeded })
}

/// Refuses a position that grew beyond a cap, and one with which the market's open interest did: `OpenInterestCap`,
/// `PositionCap`. Both at mark; what shrinks is never asked.
fn require_within_caps(market: &Market, base: i64) -> Result<()> {
    if market.mark.notional_ceil(market.open_interest())? > margin::oi_cap_quote(market) {
        return Err(Error::OpenInterestCap);
    }
    let cap = u64::from(market.params.position_cap_usd).saturating_mul(u64::from(MILLION));
    if cap != 0 && market.mark.notional_ceil(base.unsigned_abs())? > cap {
        return Err(Error::PositionCap);
    }
    Ok(())
}

/// Books a swap into the taker's position. Returns its base and quote, signed from the account's side.
pub(crate) fn apply(
    market: &mut Market,
    account: &mut MarginAccount,
    side: Side,
    swapped: &Swapped,
) -> Result<(i64, i64)> {
    let signed = |amount: u64| i64::try_from(amount).map_err(|_| Error::AmountTooLarge);
    let (base, quote) = match side {
        Side::Buy => (signed(swapped.base)?, signed(swapped.quote)?.saturating_neg()),
        Side::Sell => (signed(swapped.base)?.saturating_neg(), signed(swapped.quote)?),
    };
    let position = account.position_mut(market.index_number)?;
    let sum = position.quote.checked_add(quote).and_then(|sum| sum.checked_sub_unsigned(swapped.fee));
    position.quote = sum.ok_or(Error::MathOverflow)?;
    pot::change_base(market, position, base)?;
    market.operations = market.operations.saturating_add(u64::from(swapped.steps)).saturating_add(1);
    Ok((base, quote))
}

/// A reduction leaves the account healthy or at least no worse than it was.
pub(crate) fn require_no_worse(before: &Health, after: &Health) -> Result<()> {
    if after.is_unhealthy() && after.excess() < before.excess() { Err(Error::InsufficientMargin) } else { Ok(()) }
}
