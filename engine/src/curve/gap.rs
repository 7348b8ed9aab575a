//! Stretches of the curve without liquidity: looking across, jumping, drifting towards the anchor, resting at the edge.
//!
//! `s` never comes to rest in such a stretch by moving away from the anchor: it jumps one inside a trade that fills
//! beyond it, and may cross one towards the anchor for nothing, stopping there.

use super::{End, Swap, Target, inverse, is_beyond};
use crate::book::{Ahead, Place, ahead, liquidity_beyond, tick_at};
use crate::error::{Error, Result};
use crate::math::Side;
use crate::units::SqrtPrice;

/// What lies beyond the end of liquidity.
enum Gap {
    /// A range in which the swap fills.
    Lands,
    /// Nothing to fill within reach, but the way leads towards the anchor.
    Towards,
    /// Neither.
    Blocked(Error),
}

impl Swap<'_, '_, '_> {
    /// At the end of the last range in this direction: jump the gap if the swap then fills beyond it, cross it for
    /// nothing if that leads to the anchor, otherwise rest at the edge.
    pub(super) fn leave_last_range(
        &mut self,
        liquidity: u128,
        target: &Target,
        full: u64,
        edge: (usize, Place),
    ) -> Result<Option<End>> {
        match self.survey(Some(edge), self.remaining.saturating_sub(full))? {
            Gap::Lands | Gap::Towards => {
                self.fill_to(liquidity, target, full)?;
                self.cross_gap(Some(edge), Error::LiquidityExhausted)
            }
            Gap::Blocked(reason) => match self.request.side {
                Side::Buy => self.rest_below(liquidity, target.sqrt_price, reason),
                Side::Sell => {
                    self.fill_to(liquidity, target, full)?;
                    Ok(Some(End::Partial(reason)))
                }
            },
        }
    }

    /// Fills up to one unit below the upper end of liquidity, and ends the swap.
    pub(super) fn rest_below(&mut self, liquidity: u128, end: SqrtPrice, reason: Error) -> Result<Option<End>> {
        let rest = SqrtPrice::from_bits(end.get().saturating_sub(1));
        if is_beyond(rest, self.book.market.sqrt_price, Side::Buy) {
            let target = Target { sqrt_price: rest, inv_sqrt_price: inverse(rest)?, tick: None };
            let full = self.full_amount(liquidity, &target)?;
            self.fill_to(liquidity, &target, full.min(self.remaining))?;
        }
        Ok(Some(if self.remaining == 0 { End::Filled } else { End::Partial(reason) }))
    }

    /// Looks across the stretch without liquidity that begins behind `edge` (or where `s` stands), changing nothing.
    /// `left` is the amount that is still to be filled beyond it.
    fn survey(&self, edge: Option<(usize, Place)>, left: u64) -> Result<Gap> {
        let side = self.request.side;
        let market = &*self.book.market;
        let mut here = market.sqrt_price;
        let mut grid = market.cursor;
        let mut crossings = self.done.crossings;
        let mut liquidity = 0u128;
        if let Some((position, place)) = edge {
            here = tick_at(self.book.arrays, position, place)?.sqrt_price;
            grid = beyond(place, side);
            crossings = crossings.saturating_add(1);
        }
        let towards = is_beyond(market.anchor, here, side);
        let otherwise = |reason| if towards { Gap::Towards } else { Gap::Blocked(reason) };
        loop {
            if crossings >= market.params.max_crossings {
                return Ok(otherwise(Error::CrossingsExhausted));
            }
            let (position, place) = match ahead(market, self.book.arrays, side, grid) {
                Ahead::Tick(position, place) => (position, place),
                Ahead::Missing => return Ok(otherwise(Error::TickArrayMissing)),
                Ahead::Nothing => return Ok(otherwise(Error::LiquidityExhausted)),
            };
            let tick = tick_at(self.book.arrays, position, place)?;
            if let Some(refusal) = self.exceeded_at_or_beyond(tick.sqrt_price) {
                return Ok(otherwise(refusal));
            }
            liquidity = liquidity_beyond(liquidity, tick.liquidity_net.get(), side)?;
            grid = beyond(place, side);
            crossings = crossings.saturating_add(1);
            if liquidity != 0 {
                // It lands only where a step follows that moves `s`: it would rest at the far edge of the gap otherwise.
                return Ok(match ahead(market, self.book.arrays, side, grid) {
                    _ if crossings >= market.params.max_crossings => otherwise(Error::CrossingsExhausted),
                    Ahead::Missing => otherwise(Error::TickArrayMissing),
                    _ if !self.moves(tick.sqrt_price, liquidity, left)? => otherwise(Error::LiquidityExhausted),
                    _ => Gap::Lands,
                });
            }
        }
    }

    /// Crosses the stretch without liquidity behind `edge` (or where `s` stands), as far as [`Swap::survey`] allows.
    pub(super) fn cross_gap(&mut self, edge: Option<(usize, Place)>, exhausted: Error) -> Result<Option<End>> {
        let side = self.request.side;
        let lands = match self.survey(edge, self.remaining)? {
            Gap::Lands => true,
            Gap::Towards => false,
            Gap::Blocked(reason) => return Ok(Some(End::Partial(reason))),
        };
        if let Some((position, place)) = edge {
            self.cross(position, place)?;
        }
        // Without a landing: the anchor, or the bound before it.
        let (mut stop, mut refusal) = (self.book.market.anchor, exhausted);
        if !lands && self.exceeded(stop).is_some() {
            (stop, refusal) = self.tightest_bound()?;
            if !is_beyond(stop, self.book.market.sqrt_price, side) {
                return Ok(Some(End::Partial(refusal)));
            }
        }
        loop {
            let next = match ahead(self.book.market, self.book.arrays, side, self.book.market.cursor) {
                Ahead::Tick(position, place) => Some((position, place)),
                Ahead::Missing if lands => return Err(Error::TickArrayMissing),
                Ahead::Missing => return Ok(Some(End::Partial(Error::TickArrayMissing))),
                Ahead::Nothing => None,
            };
            let reach = match next {
                Some((position, place)) => {
                    let tick = tick_at(self.book.arrays, position, place)?;
                    let within = lands || !is_beyond(tick.sqrt_price, stop, side);
                    within.then_some((position, place, tick.sqrt_price, tick.inv_sqrt_price))
                }
                None => None,
            };
            let Some((position, place, sqrt_price, inv_sqrt_price)) = reach else {
                self.book.market.sqrt_price = stop;
                self.book.market.inv_sqrt_price = inverse(stop)?;
                return Ok(Some(End::Partial(refusal)));
            };
            if !lands && self.done.crossings >= self.book.market.params.max_crossings {
                return Ok(Some(End::Partial(Error::CrossingsExhausted)));
            }
            self.book.market.sqrt_price = sqrt_price;
            self.book.market.inv_sqrt_price = inv_sqrt_price;
            self.cross(position, place)?;
            if self.book.market.liquidity.get() != 0 {
                return Ok(None);
            }
        }
    }

    /// Whether an amount moves `s` at all.
    fn moves(&self, s: SqrtPrice, liquidity: u128, amount: u64) -> Result<bool> {
        match self.next_sqrt_price(s, liquidity, amount) {
            Ok(next) => Ok(next != s),
            Err(Error::InsufficientLiquidity | Error::InvalidSqrtPrice) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The bound that leaves no room to fill from `s` on, if any.
    fn exceeded_at_or_beyond(&self, s: SqrtPrice) -> Option<Error> {
        let one_on = match self.request.side {
            Side::Buy => s.get().saturating_add(1),
            Side::Sell => s.get().saturating_sub(1),
        };
        self.exceeded(SqrtPrice::from_bits(one_on))
    }
}

/// The first grid position beyond a crossed tick.
#[inline]
fn beyond(place: Place, side: Side) -> i32 {
    match side {
        Side::Buy => place.grid(),
        Side::Sell => place.grid().saturating_sub(1),
    }
}
