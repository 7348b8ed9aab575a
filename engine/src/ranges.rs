//! Liquidity ranges: opening, what they are entitled to, folding it into the account's position, removing them
//! (protocol.md section 3).

use crate::book::{Book, grid_position};
use crate::clock::Now;
use crate::curve::Bound;
use crate::error::{Error, Result};
use crate::math::Side;
use crate::math::amounts::{base_between_ceil, base_between_floor};
use crate::math::signed::{I256, mul_shift_ceil_signed, mul_shift_floor_signed};
use crate::math::tick::inv_sqrt;
use crate::pot;
use crate::state::{MarginAccount, Market, Range, Ranges, Tick};
use crate::units::{InvSqrt, Price, Rate, SignedWide, SqrtPrice, Wide};
use crate::{governance, oracle, trade, view};

/// Largest liquidity of a market, and of a market times its peg in quote atoms: one unit of an accumulator or of `s` is
/// then at most one atom.
const MAX_LIQUIDITY: u128 = 1 << 64;

/// A range to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeRequest {
    /// Lower tick, included.
    pub lower: i32,
    /// Upper tick, excluded.
    pub upper: i32,
    /// L.
    pub liquidity: u128,
    /// The curve may not stand below this `s`.
    pub min_sqrt_price: SqrtPrice,
    /// The curve may not stand above this `s`.
    pub max_sqrt_price: SqrtPrice,
}

/// What a range is entitled to since its checkpoints.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entitlement {
    /// Net base, rounded down.
    pub base: i64,
    /// Net quote, rounded down.
    pub quote: i64,
    /// Fees, rounded down.
    pub fees: u64,
    /// Funding to be paid, rounded up.
    pub funding: i64,
}

impl Entitlement {
    /// Quote, fees and funding together.
    pub fn total_quote(&self) -> Result<i64> {
        let quote = self.quote.checked_add_unsigned(self.fees).and_then(|sum| sum.checked_sub(self.funding));
        quote.ok_or(Error::MathOverflow)
    }
}

/// The accumulators inside of a range, and funding below it.
struct Inside {
    fee_growth: u128,
    quote_growth: i128,
    funding: i128,
    funding_below: i128,
    funding_over_s: i128,
}

impl Inside {
    fn of(market: &Market, lower: &Tick, upper: &Tick) -> Self {
        let above_lower = market.sqrt_price >= lower.sqrt_price;
        let below_upper = market.sqrt_price < upper.sqrt_price;
        let below = |global: SignedWide, outside: SignedWide| {
            if above_lower { outside.get() } else { global.get().wrapping_sub(outside.get()) }
        };
        let above = |global: SignedWide, outside: SignedWide| {
            if below_upper { outside.get() } else { global.get().wrapping_sub(outside.get()) }
        };
        let inside = |global: SignedWide, low: SignedWide, high: SignedWide| {
            global.get().wrapping_sub(below(global, low)).wrapping_sub(above(global, high))
        };
        let signed = |wide: Wide| SignedWide { lo: wide.lo, hi: wide.hi };
        Self {
            fee_growth: inside(
                signed(market.fee_growth),
                signed(lower.fee_growth_outside),
                signed(upper.fee_growth_outside),
            )
            .cast_unsigned(),
            quote_growth: inside(market.quote_growth, lower.quote_growth_outside, upper.quote_growth_outside),
            funding: inside(market.funding, lower.funding_outside, upper.funding_outside),
            funding_below: below(market.funding, lower.funding_outside),
            funding_over_s: inside(market.funding_over_s, lower.funding_over_s_outside, upper.funding_over_s_outside),
        }
    }
}

/// `1/s` of the curve, held inside the range: base in the range is `L * (this - 1/s_upper)`.
fn clamped_inverse(market: &Market, range: &Range) -> InvSqrt {
    if market.sqrt_price < range.lower_sqrt_price {
        range.lower_inv_sqrt_price
    } else if market.sqrt_price >= range.upper_sqrt_price {
        range.upper_inv_sqrt_price
    } else {
        market.inv_sqrt_price
    }
}

/// What a range is entitled to. `lower` and `upper` are its own ticks.
///
/// `funding = ceil(L * [dG_inside - dF_inside / s_u + dF_below * (1/s_l - 1/s_u)] - base_debt * dF)`, each product rounded
/// up once on the way to 2^-64 and the sum rounded up to atoms.
#[inline(never)]
pub fn entitlement(market: &Market, range: &Range, lower: &Tick, upper: &Tick) -> Result<Entitlement> {
    let inside = Inside::of(market, lower, upper);
    let liquidity = range.liquidity.get();
    let held = base_between_floor(liquidity, clamped_inverse(market, range), range.upper_inv_sqrt_price)?;
    let held = i64::try_from(held).map_err(|_| Error::AmountTooLarge)?;
    let base = held.checked_sub(range.base_debt).ok_or(Error::MathOverflow)?;

    let quote_growth = inside.quote_growth.wrapping_sub(range.quote_growth_inside.get());
    let quote = I256::product(liquidity, quote_growth).shift_64_floor_64().ok_or(Error::MathOverflow)?;
    let fee_growth = inside.fee_growth.wrapping_sub(range.fee_growth_inside.get());
    // A live range's growth never falls; a difference that reads as negative is a corrupt tick.
    let fee_growth = i128::try_from(fee_growth).map_err(|_| Error::MathOverflow)?;
    let fees = I256::product(liquidity, fee_growth).shift_64_floor_64().ok_or(Error::MathOverflow)?;

    let funding_grown = market.funding.get().wrapping_sub(range.funding.get());
    let over_s = inside.funding_over_s.wrapping_sub(range.funding_over_s_inside.get());
    let funding = if funding_grown == 0 && over_s == 0 {
        0
    } else {
        let (low, high) = (range.lower_inv_sqrt_price.get(), range.upper_inv_sqrt_price.get());
        let in_range = inside.funding.wrapping_sub(range.funding_inside.get());
        let below = inside.funding_below.wrapping_sub(range.funding_below.get());
        let upper_part = mul_shift_floor_signed(in_range, high, 112).ok_or(Error::MathOverflow)?;
        let width = low.checked_sub(high).ok_or(Error::MathOverflow)?;
        let lower_part = mul_shift_ceil_signed(below, width, 112).ok_or(Error::MathOverflow)?;
        let per_unit = over_s.checked_sub(upper_part).and_then(|sum| sum.checked_add(lower_part));
        let charged = I256::product(liquidity, per_unit.ok_or(Error::MathOverflow)?);
        let on_debt = I256::product_64(range.base_debt, funding_grown);
        charged.checked_sub(on_debt).and_then(I256::shift_64_ceil_64).ok_or(Error::MathOverflow)?
    };
    Ok(Entitlement { base, quote, fees: fees.unsigned_abs(), funding })
}

/// Where a range's base and quote would stand if the curve ran to one of its ends, beyond what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Net base with the curve at or above the upper end.
    pub base_up: i64,
    /// Net base with the curve at or below the lower end.
    pub base_down: i64,
    /// Quote that the way up would bring, rounded down.
    pub quote_up: i64,
    /// Quote that the way down would cost, rounded up, as a negative number.
    pub quote_down: i64,
}

/// The ends of a range at the current peg.
#[inline(never)]
pub fn ends(market: &Market, range: &Range) -> Result<Ends> {
    let liquidity = range.liquidity.get();
    let full = base_between_ceil(liquidity, range.lower_inv_sqrt_price, range.upper_inv_sqrt_price)?;
    let full = i64::try_from(full).map_err(|_| Error::AmountTooLarge)?;
    // Not `clamp`, which panics when the bounds of a corrupt range are upside down.
    let here = market.sqrt_price.max(range.lower_sqrt_price).min(range.upper_sqrt_price);
    let up = crate::math::amounts::quote_delta_floor(here, range.upper_sqrt_price, liquidity, market.peg)?;
    let down = crate::math::amounts::quote_delta_ceil(range.lower_sqrt_price, here, liquidity, market.peg)?;
    Ok(Ends {
        base_up: range.base_debt.checked_neg().ok_or(Error::MathOverflow)?,
        base_down: full.checked_sub(range.base_debt).ok_or(Error::MathOverflow)?,
        quote_up: i64::try_from(up).map_err(|_| Error::AmountTooLarge)?,
        quote_down: i64::try_from(down).map_err(|_| Error::AmountTooLarge)?.saturating_neg(),
    })
}

impl Range {
    /// Sets every checkpoint to the present.
    fn checkpoint(&mut self, market: &Market, inside: &Inside) {
        self.fee_growth_inside = Wide::new(inside.fee_growth);
        self.quote_growth_inside = SignedWide::new(inside.quote_growth);
        self.funding_inside = SignedWide::new(inside.funding);
        self.funding_below = SignedWide::new(inside.funding_below);
        self.funding_over_s_inside = SignedWide::new(inside.funding_over_s);
        self.funding = market.funding;
    }
}

/// Refuses while a market takes no liquidity: `PriceStale`, `MarketClosed`, `MarketGuarded`, `MarketPaused`,
/// `MarketReduceOnly`, `MarketHasDeficit`.
#[inline]
pub(crate) fn require_taking(market: &Market, now: Now) -> Result<()> {
    oracle::require_tradable_index(market, now)?;
    if market.is_guarded() {
        return Err(Error::MarketGuarded);
    }
    if let Some(error) = governance::new_risk_refusal(market, now) {
        return Err(error);
    }
    if trade::has_deficit(market) { Err(Error::MarketHasDeficit) } else { Ok(()) }
}

/// Opens a range; returns its slot. The margin check is the caller's, after it.
///
/// Errors: `MarketGuarded`, `MarketPaused`, `MarketReduceOnly`, `MarketHasDeficit`, `AccountFlagged`, `InvalidTick`,
/// `InvalidRange`, `LiquidityTooSmall`, `LiquidityTooLarge`, `CurveOutOfBounds`, `PriceBandExceeded`, `RangesFull`, `PositionsFull`, `TickArrayMissing`.
#[inline(never)]
pub fn open(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: &mut Ranges,
    request: &RangeRequest,
    now: Now,
) -> Result<usize> {
    let market = &mut *book.market;
    require_taking(market, now)?;
    let params = &market.params;
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    grid_position(request.lower, params.tick_spacing)?;
    grid_position(request.upper, params.tick_spacing)?;
    if request.lower >= request.upper {
        return Err(Error::InvalidRange);
    }
    if request.liquidity < u128::from(params.min_tick_liquidity) || request.liquidity == 0 {
        return Err(Error::LiquidityTooSmall);
    }
    let here = market.sqrt_price;
    if here < request.min_sqrt_price || here > request.max_sqrt_price {
        return Err(Error::CurveOutOfBounds);
    }
    if !is_near(market, params.price_band_ppm) {
        return Err(Error::PriceBandExceeded);
    }
    let total = market.total_liquidity.get().checked_add(request.liquidity).ok_or(Error::LiquidityTooLarge)?;
    let worth = u64::try_from(total).ok().map(|total| crate::math::wide::mul_64(total, market.peg.bits).0 >> 48);
    if total > MAX_LIQUIDITY || worth != Some(0) {
        return Err(Error::LiquidityTooLarge);
    }
    let slot = ranges.ranges.iter().position(Range::is_empty).ok_or(Error::RangesFull)?;
    pot::open_position(market, account, now)?;

    market.total_liquidity = Wide::new(total);
    let number = market.index_number;
    let (lower_sqrt_price, lower_inv_sqrt_price) = book.attach(request.lower, request.liquidity, true)?;
    let (upper_sqrt_price, upper_inv_sqrt_price) = book.attach(request.upper, request.liquidity, false)?;
    let market = &mut *book.market;
    let range = ranges.ranges.get_mut(slot).ok_or(Error::RangesFull)?;
    *range = Range {
        market: number,
        lower: request.lower,
        upper: request.upper,
        liquidity: Wide::new(request.liquidity),
        opened_slot: now.slot,
        lower_sqrt_price,
        upper_sqrt_price,
        lower_inv_sqrt_price,
        upper_inv_sqrt_price,
        ..bytemuck::Zeroable::zeroed()
    };
    let held = base_between_ceil(request.liquidity, clamped_inverse(market, range), upper_inv_sqrt_price)?;
    range.base_debt = i64::try_from(held).map_err(|_| Error::AmountTooLarge)?;
    if here >= lower_sqrt_price && here < upper_sqrt_price {
        let active = market.liquidity.get().checked_add(request.liquidity).ok_or(Error::LiquidityTooLarge)?;
        market.liquidity = Wide::new(active);
    }
    let (lower, upper) = (
        view::tick_of(book.arrays, request.lower, market.params.tick_spacing)?,
        view::tick_of(book.arrays, request.upper, market.params.tick_spacing)?,
    );
    let inside = Inside::of(market, lower, upper);
    range.checkpoint(market, &inside);
    account.ranges = account.ranges.saturating_add(1);
    let position = account.position_mut(number)?;
    position.ranges = position.ranges.saturating_add(1);
    market.operations = market.operations.saturating_add(1);
    Ok(slot)
}

/// Whether the curve's price is that near to the index. A band of 0 is off.
pub(crate) fn is_near(market: &Market, band_ppm: u32) -> bool {
    if band_ppm == 0 {
        return true;
    }
    let edge = |rate: Rate, side| {
        let bound = Bound { price: market.index.scale_floor(rate), peg: market.peg, refusal: Error::PriceBandExceeded };
        bound.is_broken_by(market.sqrt_price, side)
    };
    let band = Rate::from_ppm(band_ppm);
    !edge(band, Side::Buy) && !edge(band.negated(), Side::Sell)
}

/// Folds what a range is entitled to into the account's position in its market.
#[inline(never)]
pub fn settle(book: &mut Book, account: &mut MarginAccount, ranges: &mut Ranges, slot: usize) -> Result<Entitlement> {
    let market = &mut *book.market;
    let range = ranges.ranges.get_mut(slot).filter(|range| !range.is_empty()).ok_or(Error::RangeNotFound)?;
    if range.market != market.index_number {
        return Err(Error::WrongMarket);
    }
    let spacing = market.params.tick_spacing;
    let (lower, upper) =
        (view::tick_of(book.arrays, range.lower, spacing)?, view::tick_of(book.arrays, range.upper, spacing)?);
    let folded = entitlement(market, range, lower, upper)?;
    let inside = Inside::of(market, lower, upper);

    let position = account.position_mut(range.market)?;
    pot::fold_funding(market, position)?;
    pot::change_base(market, position, folded.base)?;
    let quote = folded.total_quote()?;
    position.quote = position.quote.checked_add(quote).ok_or(Error::MathOverflow)?;
    market.curve_quote = market.curve_quote.checked_sub(quote).ok_or(Error::MathOverflow)?;
    range.base_debt = range.base_debt.checked_add(folded.base).ok_or(Error::MathOverflow)?;
    range.folded_base = range.folded_base.checked_add(folded.base).ok_or(Error::MathOverflow)?;
    market.folded_base = market.folded_base.checked_add(folded.base).ok_or(Error::MathOverflow)?;
    range.checkpoint(market, &inside);
    market.operations = market.operations.saturating_add(1);
    Ok(folded)
}

/// Settles a range by somebody other than its holder, so that losses in ranges are within everybody's reach as those of
/// positions are: a range that loses at mark while the pot is short of claims or the account is flagged, any while there is
/// a shortfall; once per range and mark step, and not for less than a liquidation's tip: each fold leaves the rounding
/// holder up to an atom of base, which in a dear contract is worth more than a transaction costs.
///
/// Errors: `NothingToSettle`, `MarkStale`, those of [`settle`].
pub fn settle_other(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: &mut Ranges,
    slot: usize,
    now: Now,
) -> Result<Entitlement> {
    let folded = settle(book, account, ranges, slot)?;
    let market = &*book.market;
    oracle::require_mark(market, now)?;
    let value = market.mark.value_floor(folded.base)?.checked_add(folded.total_quote()?).ok_or(Error::MathOverflow)?;
    let range = ranges.ranges.get_mut(slot).ok_or(Error::RangeNotFound)?;
    let is_little = value.unsigned_abs() < u64::from(market.params.liquidation_tip_quote);
    if is_little || !pot::is_open_to_others(market, account, value, range.settled_at, now) {
        return Err(Error::NothingToSettle);
    }
    range.settled_at = now.unix;
    Ok(folded)
}

/// Settles a range and takes it off the curve. Moves no `s`; always allowed once the range is old enough, which
/// `any_age` waives.
///
/// Errors: `RangeNotFound`, `RangeTooYoung`, `WrongMarket`, `TickArrayMissing`.
pub fn close(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: &mut Ranges,
    slot: usize,
    any_age: bool,
    now: Now,
) -> Result<Entitlement> {
    let folded = settle(book, account, ranges, slot)?;
    let range = ranges.ranges.get_mut(slot).ok_or(Error::RangeNotFound)?;
    let age = now.slot.saturating_sub(range.opened_slot);
    if !any_age && age < u64::from(book.market.params.min_range_slots) {
        return Err(Error::RangeTooYoung);
    }
    let liquidity = range.liquidity.get();
    let here = book.market.sqrt_price;
    if here >= range.lower_sqrt_price && here < range.upper_sqrt_price {
        let active = book.market.liquidity.get().checked_sub(liquidity).ok_or(Error::MathOverflow)?;
        book.market.liquidity = Wide::new(active);
    }
    book.detach(range.lower, liquidity, true)?;
    book.detach(range.upper, liquidity, false)?;
    let total = book.market.total_liquidity.get().checked_sub(liquidity).ok_or(Error::MathOverflow)?;
    book.market.total_liquidity = Wide::new(total);
    // From here on what it folded is a holder's position like any other.
    let folded_base = book.market.folded_base.checked_sub(range.folded_base).ok_or(Error::MathOverflow)?;
    book.market.folded_base = folded_base;
    *range = bytemuck::Zeroable::zeroed();
    account.ranges = account.ranges.saturating_sub(1);
    let position = account.position_mut(book.market.index_number)?;
    position.ranges = position.ranges.saturating_sub(1);
    Ok(folded)
}

/// Liquidity that trades `quote` between two `s`, for clients that think in money: `L = quote / (peg * (upper - lower))`,
/// rounded down. Errors: `InvalidRange`, `MathOverflow`.
pub fn liquidity_for_quote(quote: u64, lower: SqrtPrice, upper: SqrtPrice, peg: Price) -> Result<u128> {
    let width = upper.get().checked_sub(lower.get()).filter(|width| *width != 0).ok_or(Error::InvalidRange)?;
    let per_unit = crate::math::wide::mul_shift_floor(width, u128::from(peg.bits), 48).ok_or(Error::MathOverflow)?;
    let scaled = u128::from(quote).checked_shl(64).ok_or(Error::MathOverflow)?;
    scaled.checked_div(per_unit).ok_or(Error::InvalidRange)
}

/// Liquidity whose range holds at most `base` when the curve stands below it, and takes over at most as much when it comes
/// from above, for clients that think in contracts: `L = base / (1/lower - 1/upper)`, rounded down. Errors: `InvalidRange`,
/// `MathOverflow`, `InvalidSqrtPrice`.
pub fn liquidity_for_base(base: u64, lower: SqrtPrice, upper: SqrtPrice) -> Result<u128> {
    if lower >= upper {
        return Err(Error::InvalidRange);
    }
    // The exact inverse of the lower end is below `low + 1`: what a range holds is rounded up from no more than this.
    let (low, high) = (inv_sqrt(lower)?.get(), inv_sqrt(upper)?.get());
    let width = low.saturating_add(1).checked_sub(high).ok_or(Error::InvalidRange)?;
    let scaled = u128::from(base).checked_shl(64).ok_or(Error::MathOverflow)?;
    scaled.checked_div(width.div_ceil(1 << 48)).ok_or(Error::InvalidRange)
}
