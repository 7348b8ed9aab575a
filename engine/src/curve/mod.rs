//! The virtual AMM: a swap against concentrated liquidity in relative price, step by step (protocol.md section 3).
//!
//! `s` alone says which ranges are active: `[lower, upper)` contains `s`. Moving up crosses a tick on reaching it, moving
//! down on leaving it. A step ends at an initialised tick, at the anchor or at a bound, decided on the next `s` and never
//! on amounts; `s` never passes its target. What the taker pays is rounded up, what it gets is rounded down, and the
//! difference stays in `curve_quote` and in the base that no range is entitled to.

mod gap;

use crate::book::{Ahead, Book, Place, ahead, liquidity_beyond, tick_at};
use crate::error::{Error, Result};
use crate::fees::{self, FeeSchedule};
use crate::math::Side;
use crate::math::amounts::{RelativeQuote, base_in_full, base_out_full};
use crate::math::next_price::{next_sqrt_price_from_base, next_sqrt_price_from_quote};
use crate::math::sqrt::sqrt_ratio_floor;
use crate::math::tick::inv_sqrt;
use crate::math::wide::{U256, mul_64};
use crate::planted::{self, Bug};
use crate::state::Market;
use crate::units::{InvSqrt, Price, SignedWide, SqrtPrice, Wide};

/// Which side of a swap is exact; the other follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact {
    /// Base atoms that the taker gets (buy) or gives (sell).
    Base(u64),
    /// Quote atoms that the taker gives (buy) or gets (sell), without the fee.
    Quote(u64),
}

impl Exact {
    /// The amount, whatever it counts.
    #[inline(always)]
    pub const fn amount(self) -> u64 {
        match self {
            Self::Base(amount) | Self::Quote(amount) => amount,
        }
    }
}

/// A bound on the price at which the curve may come to stand: `peg * s^2 <= price` for buys, `>=` for sells.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The price.
    pub price: Price,
    /// The peg that it is measured with.
    pub peg: Price,
    /// The refusal when the bound leaves nothing to fill.
    pub refusal: Error,
}

/// Why a swap ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The whole amount was filled.
    Filled,
    /// Something else ended it; the error says what, and is the refusal if nothing was filled.
    Partial(Error),
}

/// A swap to be made.
#[derive(Clone, Copy, Debug)]
pub struct SwapRequest {
    /// Taker's side.
    pub side: Side,
    /// The exact amount.
    pub exact: Exact,
    /// Peg that prices the fill.
    pub peg: Price,
    /// Bounds on the price, if any.
    pub bounds: [Option<Bound>; 2],
    /// Fee rates.
    pub fees: FeeSchedule,
}

/// What a swap did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swapped {
    /// Base atoms that changed hands.
    pub base: u64,
    /// Quote atoms that changed hands, without the fee.
    pub quote: u64,
    /// Fee, in quote atoms.
    pub fee: u64,
    /// Steps of the curve.
    pub steps: u32,
    /// Initialised ticks crossed.
    pub crossings: u32,
    /// Why it ended.
    pub end: End,
}

/// The state of a swap between two steps.
struct Swap<'s, 'a, 'b> {
    book: &'s mut Book<'a, 'b>,
    request: &'s SwapRequest,
    remaining: u64,
    done: Swapped,
    /// The tick crossed last.
    crossed: Option<(usize, Place)>,
}

/// Where a step is headed.
#[derive(Clone, Copy)]
struct Target {
    sqrt_price: SqrtPrice,
    inv_sqrt_price: InvSqrt,
    /// The tick that ends the step, when one does.
    tick: Option<(usize, Place, i128)>,
}

/// Swaps against the curve. Errors with the reason when nothing can be filled, `AmountTooSmall` when a quote amount buys
/// no base.
#[inline(never)]
pub fn swap(book: &mut Book, request: &SwapRequest) -> Result<Swapped> {
    let start = book.market.sqrt_price;
    let remaining = request.exact.amount();
    let done = Swapped { base: 0, quote: 0, fee: 0, steps: 0, crossings: 0, end: End::Filled };
    let mut swap = Swap { book, request, remaining, done, crossed: None };
    let end = loop {
        if swap.remaining == 0 {
            break End::Filled;
        }
        if let Some(end) = swap.step()? {
            break end;
        }
    };
    swap.stay_on_tick()?;
    let mut done = swap.done;
    done.end = end;
    book_totals(book.market, request.side, &done)?;
    if done.base == 0 {
        // Moving through empty space towards the anchor is a result, moving nothing is a refusal.
        if done.quote != 0 || (end == End::Filled && done.steps != 0) {
            return Err(Error::AmountTooSmall);
        }
        if let End::Partial(reason) = end
            && book.market.sqrt_price == start
        {
            return Err(reason);
        }
    }
    Ok(done)
}

/// Books quote and fee of the whole swap on the curve's side; what ranges get of it is in the growths.
fn book_totals(market: &mut Market, side: Side, done: &Swapped) -> Result<()> {
    let shares = fees::shares(market, done.fee);
    let own = done.fee.checked_sub(shares.insurance).and_then(|rest| rest.checked_sub(shares.treasury));
    let own = own.ok_or(Error::MathOverflow)?;
    market.curve_quote = match side {
        Side::Buy => market.curve_quote.checked_add_unsigned(done.quote),
        Side::Sell => market.curve_quote.checked_sub_unsigned(done.quote),
    }
    .and_then(|quote| quote.checked_add_unsigned(own))
    .ok_or(Error::MathOverflow)?;
    market.insurance_claim = market.insurance_claim.checked_add(shares.insurance).ok_or(Error::MathOverflow)?;
    market.treasury_claim = market.treasury_claim.checked_add(shares.treasury).ok_or(Error::MathOverflow)?;
    Ok(())
}

impl Swap<'_, '_, '_> {
    /// One step. Returns why the swap ends, or nothing when it goes on.
    fn step(&mut self) -> Result<Option<End>> {
        let side = self.request.side;
        if self.done.crossings >= self.book.market.params.max_crossings {
            return Ok(Some(End::Partial(Error::CrossingsExhausted)));
        }
        let next = match ahead(self.book.market, self.book.arrays, side, self.book.market.cursor) {
            Ahead::Tick(position, place) => Some((position, place)),
            Ahead::Missing => return Ok(Some(End::Partial(Error::TickArrayMissing))),
            Ahead::Nothing => None,
        };
        let liquidity = self.book.market.liquidity.get();
        if liquidity == 0 {
            return self.cross_gap(None, Error::LiquidityExhausted);
        }
        let Some((position, place)) = next else {
            return Ok(Some(End::Partial(Error::LiquidityExhausted)));
        };
        let tick = tick_at(self.book.arrays, position, place)?;
        let net = tick.liquidity_net.get();
        let mut target = Target {
            sqrt_price: tick.sqrt_price,
            inv_sqrt_price: tick.inv_sqrt_price,
            tick: Some((position, place, net)),
        };
        let here = self.book.market.sqrt_price;
        let anchor = self.book.market.anchor;
        if is_beyond(anchor, here, side) && is_beyond(target.sqrt_price, anchor, side) {
            target = Target { sqrt_price: anchor, inv_sqrt_price: inverse(anchor)?, tick: None };
        }
        let full = self.full_amount(liquidity, &target)?;
        if self.remaining > full {
            self.full_step(liquidity, &target, full)
        } else {
            self.partial_step(liquidity, &target)
        }
    }

    /// The exact side's amount of a step all the way to the target.
    #[inline(never)]
    fn full_amount(&self, liquidity: u128, target: &Target) -> Result<u64> {
        let (market, side) = (&*self.book.market, self.request.side);
        match self.request.exact {
            Exact::Base(_) => base_moved(liquidity, market, target, side),
            Exact::Quote(_) => {
                let relative = RelativeQuote::new(market.sqrt_price, target.sqrt_price, self.request.peg);
                quote_moved(liquidity, relative, side)
            }
        }
    }

    /// A step to the target, whose exact side is `full`, or to the bound before it.
    fn full_step(&mut self, liquidity: u128, target: &Target, full: u64) -> Result<Option<End>> {
        let side = self.request.side;
        if self.exceeded(target.sqrt_price).is_some() {
            return self.step_to_bound(liquidity);
        }
        let Some((position, place, net)) = target.tick else {
            self.fill_to(liquidity, target, full)?;
            return Ok(None);
        };
        if liquidity_beyond(liquidity, net, side)? == 0 {
            return self.leave_last_range(liquidity, target, full, (position, place));
        }
        self.fill_to(liquidity, target, full)?;
        // At or below the tick both sides of it are decided by `s`: going down it is crossed by leaving it.
        self.cross(position, place)?;
        Ok(None)
    }

    /// A step that ends before its target.
    fn partial_step(&mut self, liquidity: u128, target: &Target) -> Result<Option<End>> {
        let side = self.request.side;
        // An amount that the curve cannot express ends at the target as well.
        let next = match self.next_sqrt_price(self.book.market.sqrt_price, liquidity, self.remaining) {
            Ok(next) if !is_beyond(next, target.sqrt_price, side) => next,
            Ok(_) | Err(Error::InsufficientLiquidity | Error::InvalidSqrtPrice) => target.sqrt_price,
            Err(error) => return Err(error),
        };
        if self.exceeded(next).is_some() {
            return self.step_to_bound(liquidity);
        }
        let reached = next == target.sqrt_price;
        if let (true, Some((position, place, net)), Side::Buy) = (reached, target.tick, side) {
            if liquidity_beyond(liquidity, net, side)? == 0 {
                // The last unit below the end of liquidity: `s` does not come to rest in the empty stretch above it.
                return self.rest_below(liquidity, target.sqrt_price, Error::LiquidityExhausted);
            }
            self.fill_to(liquidity, target, self.remaining)?;
            self.cross(position, place)?;
            return Ok(None);
        }
        let inv_sqrt_price = if reached { target.inv_sqrt_price } else { inverse(next)? };
        let target = Target { sqrt_price: next, inv_sqrt_price, tick: None };
        self.fill_to(liquidity, &target, self.remaining)?;
        Ok(None)
    }

    /// A step to the bound on the price, which ends the swap.
    fn step_to_bound(&mut self, liquidity: u128) -> Result<Option<End>> {
        let side = self.request.side;
        let (bound, refusal) = self.tightest_bound()?;
        let here = self.book.market.sqrt_price;
        if is_beyond(bound, here, side) {
            let target = Target { sqrt_price: bound, inv_sqrt_price: inverse(bound)?, tick: None };
            let full = self.full_amount(liquidity, &target)?;
            self.fill_to(liquidity, &target, full.min(self.remaining))?;
            if self.remaining == 0 {
                return Ok(Some(End::Filled));
            }
        }
        Ok(Some(End::Partial(refusal)))
    }

    /// Moves the curve to the target and books the step. `exact` is the exact side's amount.
    #[inline(never)]
    fn fill_to(&mut self, liquidity: u128, target: &Target, exact: u64) -> Result<()> {
        let request = self.request;
        let side = request.side;
        let market = &mut *self.book.market;
        let (from, to) = (market.sqrt_price, target.sqrt_price);
        let relative = RelativeQuote::new(from, to, request.peg);
        let (base, quote) = match request.exact {
            Exact::Base(_) => (exact, quote_moved(liquidity, relative, side)?),
            Exact::Quote(_) => (base_moved(liquidity, market, target, side)?, exact),
        };
        self.remaining = self.remaining.checked_sub(exact).ok_or(Error::MathOverflow)?;

        let away = !is_beyond(market.anchor, from, side);
        let rate = request.fees.rate(from, to, side, away);
        let fee = rate.of_ceil(quote);
        let floor = relative.growth_floor()?;
        let growth = match side {
            Side::Buy => i128::try_from(floor).map_err(|_| Error::MathOverflow)?,
            // What leaves the ranges is rounded up, towards minus infinity.
            Side::Sell => i128::try_from(relative.growth_ceil()?).map_err(|_| Error::MathOverflow)?.saturating_neg(),
        };
        let fee_growth = U256::product_64(fees::lp_rate(market, rate).bits, floor).shift_right(48);
        let fee_growth = fee_growth.to_u128().ok_or(Error::MathOverflow)?;

        market.sqrt_price = to;
        market.inv_sqrt_price = target.inv_sqrt_price;
        market.quote_growth = SignedWide::new(market.quote_growth.get().wrapping_add(growth));
        market.fee_growth = Wide::new(market.fee_growth.get().wrapping_add(fee_growth));

        self.done.base = self.done.base.checked_add(base).ok_or(Error::MathOverflow)?;
        self.done.quote = self.done.quote.checked_add(quote).ok_or(Error::MathOverflow)?;
        self.done.fee = self.done.fee.checked_add(fee).ok_or(Error::MathOverflow)?;
        self.done.steps = self.done.steps.saturating_add(1);
        Ok(())
    }

    fn cross(&mut self, position: usize, place: Place) -> Result<()> {
        self.done.crossings = self.done.crossings.saturating_add(1);
        self.crossed = Some((position, place));
        self.book.cross(position, place, self.request.side)
    }

    /// Going down, a tick is crossed by leaving it. A swap that ended on the tick it crossed last has not left it:
    /// crossing back undoes the crossing exactly, because nothing has grown since.
    fn stay_on_tick(&mut self) -> Result<()> {
        if let (Side::Sell, Some((position, place))) = (self.request.side, self.crossed)
            && tick_at(self.book.arrays, position, place)?.sqrt_price == self.book.market.sqrt_price
            && !planted::is(Bug::LeavesTheTickItRestsOn)
        {
            self.book.cross(position, place, Side::Buy)?;
        }
        Ok(())
    }

    /// The next `s` from an amount of the exact side.
    #[inline(never)]
    fn next_sqrt_price(&self, s: SqrtPrice, liquidity: u128, amount: u64) -> Result<SqrtPrice> {
        let request = self.request;
        match request.exact {
            Exact::Base(_) => next_sqrt_price_from_base(s, liquidity, amount, request.side),
            Exact::Quote(_) => next_sqrt_price_from_quote(s, liquidity, request.peg, amount, request.side),
        }
    }

    /// The first bound that `s` would break, if any.
    #[inline(never)]
    fn exceeded(&self, s: SqrtPrice) -> Option<Error> {
        let [first, second] = &self.request.bounds;
        let broken = |bound: &Option<Bound>| {
            bound.as_ref().filter(|bound| bound.is_broken_by(s, self.request.side)).map(|bound| bound.refusal)
        };
        broken(first).or_else(|| broken(second))
    }

    /// `s` at the bound that comes first, with its refusal.
    fn tightest_bound(&self) -> Result<(SqrtPrice, Error)> {
        let side = self.request.side;
        let mut tightest: Option<(SqrtPrice, Error)> = None;
        for bound in self.request.bounds.iter().flatten() {
            let s = bound.sqrt_price(side)?;
            if tightest.is_none_or(|(best, _)| is_beyond(best, s, side)) {
                tightest = Some((s, bound.refusal));
            }
        }
        tightest.ok_or(Error::MathOverflow)
    }
}

impl Bound {
    /// Whether the curve at `s` would be outside of the bound. Exact; three products decide unless `s` is within some
    /// 2^-47 of the bound.
    #[inline(always)]
    pub(crate) fn is_broken_by(&self, s: SqrtPrice, side: Side) -> bool {
        let s = s.get();
        if let Ok(short) = u64::try_from(s >> 16)
            && short >> 63 == 0
        {
            let (hi, lo) = mul_64(short, short);
            if hi >> 46 == 0 {
                // x = s^2 lies in [low, low + 2 s + 1] units of 2^-48, s cut to 48 fraction bits.
                let low = (hi << 16) | (lo >> 48);
                let high = low.saturating_add(short >> 47).saturating_add(2);
                let bound = (self.price.bits >> 16, self.price.bits << 48);
                // One product tells of a bound that is far; each is asked for only where it is needed.
                let (least, most) = (|| mul_64(low, self.peg.bits), || mul_64(high, self.peg.bits));
                match side {
                    Side::Buy if most() <= bound => return false,
                    Side::Buy if least() > bound => return true,
                    Side::Sell if least() >= bound => return false,
                    Side::Sell if most() < bound => return true,
                    _ => {}
                }
            }
        }
        self.is_broken_exactly(s, side)
    }

    /// [`Bound::is_broken_by`], by the whole product.
    #[inline(never)]
    fn is_broken_exactly(&self, s: u128, side: Side) -> bool {
        // peg * s^2 has 48 + 128 fraction bits, price has 48: compare after shifting the price by 128.
        let Some(value) = U256::product(s, s).checked_mul_64(self.peg.bits) else { return matches!(side, Side::Buy) };
        let bound = U256::from_halves(u128::from(self.price.bits), 0);
        match side {
            Side::Buy => bound.is_below(value),
            Side::Sell => value.is_below(bound),
        }
    }

    /// The outermost `s` within the bound.
    fn sqrt_price(&self, side: Side) -> Result<SqrtPrice> {
        let floor = sqrt_ratio_floor(self.price.bits, self.peg.bits)?;
        Ok(match side {
            Side::Sell if self.is_broken_by(floor, side) => SqrtPrice::from_bits(floor.get().saturating_add(1)),
            _ => floor,
        })
    }
}

/// The curve's price `peg * s^2` as bits, rounded down; at most the type's end.
pub fn price_floor(market: &Market, peg: Price) -> u64 {
    let s = market.sqrt_price.get();
    let price = U256::product(s, s).checked_mul_64(peg.bits).map(|scaled| scaled.shift_right(128));
    price.and_then(U256::to_u64).unwrap_or(u64::MAX)
}

/// Whether `a` lies strictly beyond `b` in the direction of a taker's side.
#[inline(always)]
pub fn is_beyond(a: SqrtPrice, b: SqrtPrice, side: Side) -> bool {
    match side {
        Side::Buy => a > b,
        Side::Sell => a < b,
    }
}

/// `1/s`; free of a division at `s = 1`.
#[inline(never)]
fn inverse(s: SqrtPrice) -> Result<InvSqrt> {
    if s == SqrtPrice::ONE { Ok(InvSqrt::from_bits(1 << 112)) } else { inv_sqrt(s) }
}

/// Base of a whole step: out of the curve rounded down, into it rounded up.
#[inline(never)]
fn base_moved(liquidity: u128, market: &Market, target: &Target, side: Side) -> Result<u64> {
    if market.sqrt_price == target.sqrt_price {
        return Ok(0);
    }
    match side {
        Side::Buy => base_out_full(liquidity, market.inv_sqrt_price, target.inv_sqrt_price),
        Side::Sell => base_in_full(liquidity, market.inv_sqrt_price, target.inv_sqrt_price),
    }
}

/// Quote of a whole step: into the curve rounded up, out of it rounded down.
#[inline(always)]
fn quote_moved(liquidity: u128, relative: RelativeQuote, side: Side) -> Result<u64> {
    match side {
        Side::Buy if planted::is(Bug::RoundsForTheTaker) => relative.amount_floor(liquidity),
        Side::Buy => relative.amount_ceil(liquidity),
        Side::Sell => relative.amount_floor(liquidity),
    }
}
