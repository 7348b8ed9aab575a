//! What the pool is worth: high for whoever comes in, low for whoever leaves (docs/pool.md).
//!
//! Guarantees: the low value is never above the high one at the same state; both move by capital that comes in or goes out
//! to the atom; neither settling, folding a range nor releasing a claim lifts the low one above what the same state was worth
//! at its prices; and pushing the curve to and fro moves neither but for the fees that it costs. Who can choose a moment, a
//! price or an order of instructions gains nothing by it.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::math::amounts::{base_between_ceil, base_between_floor, quote_delta_ceil, quote_delta_floor};
use crate::math::tick::inv_sqrt;
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
/// confidence, off hours by `session_band_ppm` if that is more. A range counts as it would stand with the curve brought back
/// to the index, in the low value at what it is now if that is less: what somebody has pushed into it he takes out again.
/// High counts claims at face. Low counts mature ones at `h`; what is not mature, and a profit that is not settled, which
/// would be a claim that is not mature, count nothing beyond the losses that they would cancel.
///
/// Errors: `MarkStale`, `MarketMissing`, `RangesAccountMissing`, `TickArrayMissing`, `NotionalTooLarge`, `MathOverflow`.
#[inline(never)]
pub fn nav(reserve: u64, account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<Nav> {
    let money = account.usdc().checked_add(reserve).ok_or(Error::MathOverflow)?;
    let money = i64::try_from(money).map_err(|_| Error::MathOverflow)?;
    let mut nav = Nav { high: money, low: money };
    for position in account.positions.iter().filter(|position| !position.is_empty()) {
        let market = view.market(position.market)?;
        if position.base != 0 || position.ranges != 0 {
            MarkUse::Owner.require(market, now)?;
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
    let mut held = Held { here: own, back_least: own, back_most: own };
    if position.ranges != 0 {
        let ranges = ranges.ok_or(Error::RangesAccountMissing)?;
        let anchor = Point { sqrt_price: market.anchor, inverse: inverse_of(market.anchor)? };
        for range in ranges.ranges.iter().filter(|range| range.market == position.market) {
            held.add_range(market, range, anchor, view)?;
        }
    }
    let (least, most) = price_range(market);
    let low = held.here.value_floor(least, most)?.min(held.back_least.value_floor(least, most)?);
    Ok(Nav { high: held.back_most.value_ceil(least, most)?, low })
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
    /// Their value at whichever price is worse for who holds them, rounded down.
    fn value_floor(&self, least: Price, most: Price) -> Result<i64> {
        let price = if self.base >= 0 { least } else { most };
        add(price.value_floor(self.base)?, self.quote)
    }

    /// Their value at whichever price is better for who holds them, rounded up.
    fn value_ceil(&self, least: Price, most: Price) -> Result<i64> {
        let price = if self.base >= 0 { most } else { least };
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

/// A position with its ranges in one market.
struct Held {
    /// With the curve where it is, rounded down.
    here: Amounts,
    /// With the curve back at the index, rounded down.
    back_least: Amounts,
    /// With the curve back at the index, rounded up.
    back_most: Amounts,
}

impl Held {
    fn add_range(&mut self, market: &Market, range: &Range, anchor: Point, view: &View) -> Result<()> {
        let (lower, upper) = view.ticks(market, range)?;
        let entitled = entitlement(market, range, lower, upper)?;
        let (base, quote) = (entitled.base, entitled.total_quote()?);
        self.here.add(base, quote)?;
        let back = way_back(market, range, anchor)?;
        self.back_least.add(add(base, back.base_floor)?, add(quote, back.quote_floor)?)?;
        // An entitlement rounds its base down once, and its quote three times.
        let (base, quote) = (add(base, 1)?, add(quote, 3)?);
        self.back_most.add(add(base, back.base_ceil)?, add(quote, back.quote_ceil)?)
    }
}

/// What the curve's way back to the index brings a range: base and the quote for it have opposite signs.
#[derive(Clone, Copy, Default)]
struct WayBack {
    base_floor: i64,
    base_ceil: i64,
    quote_floor: i64,
    quote_ceil: i64,
}

fn way_back(market: &Market, range: &Range, anchor: Point) -> Result<WayBack> {
    let here = Point { sqrt_price: market.sqrt_price, inverse: market.inv_sqrt_price };
    let (from, to) = (within(range, here), within(range, anchor));
    if from.sqrt_price == to.sqrt_price {
        return Ok(WayBack::default());
    }
    let (liquidity, peg) = (range.liquidity.get(), market.peg);
    let signed = |amount: u64| i64::try_from(amount).map_err(|_| Error::AmountTooLarge);
    let base_floor = signed(base_between_floor(liquidity, from.inverse, to.inverse)?)?;
    let base_ceil = signed(base_between_ceil(liquidity, from.inverse, to.inverse)?)?;
    let quote_floor = signed(quote_delta_floor(from.sqrt_price, to.sqrt_price, liquidity, peg)?)?;
    let quote_ceil = signed(quote_delta_ceil(from.sqrt_price, to.sqrt_price, liquidity, peg)?)?;
    Ok(if to.sqrt_price < from.sqrt_price {
        // Down: the range buys.
        let (quote_floor, quote_ceil) = (quote_ceil.saturating_neg(), quote_floor.saturating_neg());
        WayBack { base_floor, base_ceil, quote_floor, quote_ceil }
    } else {
        let (base_floor, base_ceil) = (base_ceil.saturating_neg(), base_floor.saturating_neg());
        WayBack { base_floor, base_ceil, quote_floor, quote_ceil }
    })
}

/// A point of the curve, or the end of the range that is next to it.
fn within(range: &Range, point: Point) -> Point {
    if point.sqrt_price < range.lower_sqrt_price {
        Point { sqrt_price: range.lower_sqrt_price, inverse: range.lower_inv_sqrt_price }
    } else if point.sqrt_price >= range.upper_sqrt_price {
        Point { sqrt_price: range.upper_sqrt_price, inverse: range.upper_inv_sqrt_price }
    } else {
        point
    }
}

/// `1/s`, without a division where the curve's price at 1 is the index, as it is in a floating market by day.
fn inverse_of(sqrt_price: SqrtPrice) -> Result<InvSqrt> {
    if sqrt_price == SqrtPrice::ONE { Ok(InvSqrt::from_bits(1 << 112)) } else { inv_sqrt(sqrt_price) }
}

fn add(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b).ok_or(Error::MathOverflow)
}
