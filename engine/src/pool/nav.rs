//! What the pool is worth: high for whoever comes in, low for whoever leaves (docs/pool.md).
//!
//! Guarantees: the low value is neither above the high one at the same state nor above equity at mark; both move by
//! capital that comes in or goes out to the atom; settling, folding a range and releasing a claim change neither; and
//! pushing the curve moves neither, but for the fees that it costs. Who can choose a moment or an order of instructions
//! gains nothing by it.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::math::amounts::{base_between_ceil, base_between_floor, quote_delta_ceil, quote_delta_floor};
use crate::math::sqrt::sqrt_ratio_floor;
use crate::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE, inv_sqrt};
use crate::oracle::MarkUse;
use crate::pot;
use crate::ranges::entitlement;
use crate::state::{MarginAccount, Market, Position, Range, Ranges};
use crate::units::{InvSqrt, Price, Rate, SqrtPrice};
use crate::view::View;

/// What the pool is worth, in quote atoms, its reserve included.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nav {
    /// What nobody comes in below: rounded up.
    pub high: i64,
    /// What nobody leaves above: rounded down.
    pub low: i64,
}

/// The value of the pool's margin account and of its `reserve`.
///
/// Each position with its ranges counts at the higher and at the lower of mark and index, each widened by the index's
/// confidence, off hours by `session_band_ppm` if that is more. Where the curve stands does not matter: in the high value
/// ranges count as if it were back at the index, in the low one as if it had been brought to the very price that they are
/// valued at, where they are worth least. So what somebody pushes into a range to take it out again is not there.
/// High counts claims at face. Low counts mature ones at `h`; what is not mature, and a profit that is not settled, which
/// would be a claim that is not mature, count nothing beyond the losses that they would cancel.
///
/// Errors: `MarkStale`, `MarketMissing`, `RangesAccountMissing`, `TickArrayMissing`, `NotionalTooLarge`, `MathOverflow`.
pub fn nav(reserve: u64, account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<Nav> {
    nav_with(MarkUse::Owner, reserve, account, ranges, view, now)
}

/// [`nav`] at marks of any age, for whoever only wants to know.
pub fn nav_at_any_mark(
    reserve: u64,
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    now: Now,
) -> Result<Nav> {
    nav_with(MarkUse::Any, reserve, account, ranges, view, now)
}

#[inline(never)]
fn nav_with(
    marks: MarkUse,
    reserve: u64,
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    now: Now,
) -> Result<Nav> {
    let money = account.usdc().checked_add(reserve).ok_or(Error::MathOverflow)?;
    let money = i64::try_from(money).map_err(|_| Error::MathOverflow)?;
    let mut nav = Nav { high: money, low: money };
    for position in account.positions.iter().filter(|position| !position.is_empty()) {
        let market = view.market(position.market)?;
        if position.base != 0 || position.ranges != 0 {
            marks.require(market, now)?;
        }
        let open = open_value(market, position, ranges, view)?;
        let claims = position.unmatured.checked_add(position.mature).ok_or(Error::MathOverflow)?;
        let high = open.high.checked_add_unsigned(claims).ok_or(Error::MathOverflow)?;
        nav.high = add(nav.high, high)?;
        nav.low = add(nav.low, low_with_claims(market, position, open.low, now)?)?;
    }
    Ok(nav)
}

/// What a position's unsettled value of `worth` and its claims come to for who leaves: as if it were settled at that value
/// and its mature claim released. A loss cancels what is not mature first, then what is, both at par.
fn low_with_claims(market: &Market, position: &Position, worth: i64, now: Now) -> Result<i64> {
    let unmatured = match position.unmatured {
        0 => 0,
        amount => pot::unmatured_ceil(market, amount, position.matured_at),
    };
    let matured = position.unmatured.saturating_sub(unmatured);
    let mature = position.mature.checked_add(matured).ok_or(Error::MathOverflow)?;
    if worth >= 0 {
        let at_once = worth.unsigned_abs().min(pot::paid_in_now(market, position, now));
        let mature = mature.checked_add(at_once).ok_or(Error::MathOverflow)?;
        return i64::try_from(pot::payout_floor(market, mature)).map_err(|_| Error::MathOverflow);
    }
    let loss = worth.unsigned_abs().saturating_sub(unmatured);
    match mature.checked_sub(loss) {
        Some(left) => i64::try_from(pot::payout_floor(market, left)).map_err(|_| Error::MathOverflow),
        None => 0i64.checked_sub_unsigned(loss.saturating_sub(mature)).ok_or(Error::MathOverflow),
    }
}

/// The unsettled value of a position and its ranges, without claims.
fn open_value(market: &Market, position: &Position, ranges: Option<&Ranges>, view: &View) -> Result<Nav> {
    let funding = pot::funding_due(market, position)?;
    let quote = position.quote.checked_sub(funding).ok_or(Error::MathOverflow)?;
    if position.base == 0 && position.ranges == 0 {
        return Ok(Nav { high: quote, low: quote });
    }
    let own = Amounts { base: position.base, quote };
    let (least, most) = price_range(market);
    if position.ranges == 0 {
        let low = own.value_floor(least)?.min(own.value_floor(most)?);
        return Ok(Nav { high: own.value_ceil(least)?.max(own.value_ceil(most)?), low });
    }
    let ranges = ranges.ok_or(Error::RangesAccountMissing)?;
    let anchor = Point::of(market.anchor)?;
    let points = Points { anchor, least: Point::at(market, least, anchor)?, most: Point::at(market, most, anchor)? };
    let mut held = Held { anchor: own, least: own, most: own };
    for range in ranges.ranges.iter().filter(|range| range.market == position.market) {
        held.add_range(market, range, &points, view)?;
    }
    let low = held.least.value_floor(least)?.min(held.most.value_floor(most)?);
    Ok(Nav { high: held.anchor.value_ceil(least)?.max(held.anchor.value_ceil(most)?), low })
}

/// The lowest and the highest price that the market may be worth by.
fn price_range(market: &Market) -> (Price, Price) {
    let confidence = market.conf.bits.max(0);
    let width = match market.session {
        0 => confidence,
        _ => confidence.max(Rate::from_ppm(market.params.session_band_ppm).bits),
    };
    let width = Rate::from_bits(width);
    let (mark, index) = (market.mark, market.index);
    (mark.min(index).scale_floor(width.negated()), mark.max(index).scale_floor(width))
}

/// Base and quote, in atoms.
#[derive(Clone, Copy)]
struct Amounts {
    base: i64,
    quote: i64,
}

impl Amounts {
    /// Their value at a price, rounded down.
    fn value_floor(&self, price: Price) -> Result<i64> {
        add(price.value_floor(self.base)?, self.quote)
    }

    /// Their value at a price, rounded up.
    fn value_ceil(&self, price: Price) -> Result<i64> {
        // The value of the opposite amount, rounded down, is its own negated and rounded up.
        let opposite = self.base.checked_neg().ok_or(Error::MathOverflow)?;
        let value = price.value_floor(opposite)?.checked_neg().ok_or(Error::MathOverflow)?;
        add(value, self.quote)
    }

    fn add(&mut self, base: i64, quote: i64) -> Result<()> {
        *self = Self { base: add(self.base, base)?, quote: add(self.quote, quote)? };
        Ok(())
    }
}

/// A point of the curve.
#[derive(Clone, Copy)]
struct Point {
    sqrt_price: SqrtPrice,
    inverse: InvSqrt,
}

impl Point {
    /// Without a division where the curve's price at 1 is the index, as it is in a floating market by day.
    fn of(sqrt_price: SqrtPrice) -> Result<Self> {
        let inverse = if sqrt_price == SqrtPrice::ONE { InvSqrt::from_bits(1 << 112) } else { inv_sqrt(sqrt_price)? };
        Ok(Self { sqrt_price, inverse })
    }

    /// Where the curve's price is `price`; `anchor` is where it is the index.
    fn at(market: &Market, price: Price, anchor: Self) -> Result<Self> {
        if price == market.index {
            return Ok(anchor);
        }
        let sqrt_price = sqrt_ratio_floor(price.bits, market.peg.bits).unwrap_or(MAX_SQRT_PRICE);
        Self::of(sqrt_price.clamp(MIN_SQRT_PRICE, MAX_SQRT_PRICE))
    }

    /// This one, or the end of a range that is next to it.
    fn within(self, range: &Range) -> Self {
        if self.sqrt_price < range.lower_sqrt_price {
            Self { sqrt_price: range.lower_sqrt_price, inverse: range.lower_inv_sqrt_price }
        } else if self.sqrt_price >= range.upper_sqrt_price {
            Self { sqrt_price: range.upper_sqrt_price, inverse: range.upper_inv_sqrt_price }
        } else {
            self
        }
    }
}

/// The points of the curve at which a range is valued.
struct Points {
    anchor: Point,
    least: Point,
    most: Point,
}

/// A position with its ranges in one market, with the curve at each of the points.
struct Held {
    anchor: Amounts,
    least: Amounts,
    most: Amounts,
}

impl Held {
    fn add_range(&mut self, market: &Market, range: &Range, points: &Points, view: &View) -> Result<()> {
        let (lower, upper) = view.ticks(market, range)?;
        let entitled = entitlement(market, range, lower, upper)?;
        let (base, quote) = (entitled.base, entitled.total_quote()?);
        let way = |to: Point| way_floor(market, range, to);
        let (least, most, anchor) = (way(points.least)?, way(points.most)?, way(points.anchor)?);
        self.least.add(add(base, least.base)?, add(quote, least.quote)?)?;
        self.most.add(add(base, most.base)?, add(quote, most.quote)?)?;
        // An entitlement rounds its base down once and its quote three times, and the way each of them once.
        self.anchor.add(add(add(base, anchor.base)?, 2)?, add(add(quote, anchor.quote)?, 4)?)
    }
}

/// What a move of the curve to a point would bring a range: base and the quote for it, of opposite signs, each rounded
/// down.
fn way_floor(market: &Market, range: &Range, to: Point) -> Result<Amounts> {
    let here = Point { sqrt_price: market.sqrt_price, inverse: market.inv_sqrt_price };
    let (from, to) = (here.within(range), to.within(range));
    if from.sqrt_price == to.sqrt_price {
        return Ok(Amounts { base: 0, quote: 0 });
    }
    let (liquidity, peg) = (range.liquidity.get(), market.peg);
    let signed = |amount: u64| i64::try_from(amount).map_err(|_| Error::AmountTooLarge);
    Ok(if to.sqrt_price < from.sqrt_price {
        // Down: the range buys.
        let base = signed(base_between_floor(liquidity, from.inverse, to.inverse)?)?;
        let quote = signed(quote_delta_ceil(from.sqrt_price, to.sqrt_price, liquidity, peg)?)?;
        Amounts { base, quote: quote.saturating_neg() }
    } else {
        let base = signed(base_between_ceil(liquidity, from.inverse, to.inverse)?)?;
        let quote = signed(quote_delta_floor(from.sqrt_price, to.sqrt_price, liquidity, peg)?)?;
        Amounts { base: base.saturating_neg(), quote }
    })
}

fn add(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b).ok_or(Error::MathOverflow)
}
