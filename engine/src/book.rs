//! A market together with the tick arrays that were passed for it: finding, initialising and crossing ticks.
//!
//! Positions on the grid are ticks divided by `tick_spacing`. A market's `cursor` is any grid position from the last
//! initialised tick at or below `s` up to, not including, the next initialised one: so no trade ever takes a logarithm.

use crate::error::{Error, Result};
use crate::math::Side;
use crate::math::bitmap;
use crate::math::tick::{MAX_TICK, MIN_TICK, inv_sqrt, sqrt_price_at_tick};
use crate::state::{Market, TICKS_PER_ARRAY, Tick, TickArray};
use crate::units::{InvSqrt, SignedWide, SqrtPrice, Wide};

/// Array index of the first bit of the market's bitmap.
const FIRST_ARRAY: i32 = -2_344;

/// A market and its tick arrays, ascending, for an operation that changes them.
pub struct Book<'a, 'b> {
    /// The market.
    pub market: &'a mut Market,
    /// Its tick arrays, strictly ascending by index.
    pub arrays: &'a mut [&'b mut TickArray],
}

/// Where a grid position lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the tick array.
    pub array: i32,
    /// Place within it.
    pub slot: u32,
}

impl Place {
    /// The place of a grid position.
    #[inline]
    pub const fn of(grid: i32) -> Self {
        // 64 is a power of two: the shift is a floor division and the mask its remainder.
        Self { array: grid >> 6, slot: (grid & 63).unsigned_abs() }
    }

    /// The grid position.
    #[inline]
    pub const fn grid(self) -> i32 {
        (self.array << 6) | (self.slot & 63).cast_signed()
    }

    /// The bit of the array in the market's bitmap, if it is within the served ticks.
    #[inline]
    fn array_bit(array: i32) -> Option<u32> {
        u32::try_from(array.checked_sub(FIRST_ARRAY)?).ok()
    }
}

/// What lies ahead of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// An initialised tick, in the array at this position of the slice.
    Tick(usize, Place),
    /// An initialised tick in an array that was not passed.
    Missing,
    /// No initialised tick.
    Nothing,
}

/// The grid position of a tick. Errors with `InvalidTick` off the grid or outside of the served ticks.
pub fn grid_position(tick: i32, spacing: u32) -> Result<i32> {
    let spacing = i32::try_from(spacing).map_err(|_| Error::InvalidParameter)?;
    if !(MIN_TICK..=MAX_TICK).contains(&tick) || tick.checked_rem(spacing) != Some(0) {
        return Err(Error::InvalidTick);
    }
    tick.checked_div(spacing).ok_or(Error::InvalidTick)
}

/// The position in a slice of the array with this index.
#[inline]
fn position_of(arrays: &[&mut TickArray], array: i32) -> Option<usize> {
    arrays.iter().position(|candidate| candidate.index == array)
}

/// The next initialised tick strictly above (buy), or at or below (sell), a grid position.
#[inline(never)]
pub fn ahead(market: &Market, arrays: &[&mut TickArray], side: Side, grid: i32) -> Ahead {
    let here = Place::of(grid);
    let Some(bit) = Place::array_bit(here.array) else { return Ahead::Nothing };
    let within = |array: &TickArray| match side {
        Side::Buy => bitmap::next_set_above(array.initialized, here.slot),
        Side::Sell => bitmap::next_set_at_or_below(array.initialized, here.slot),
    };
    if bitmap::is_set(&market.arrays, bit) {
        let Some(position) = position_of(arrays, here.array) else { return Ahead::Missing };
        let Some(array) = arrays.get(position) else { return Ahead::Missing };
        if let Some(slot) = within(array) {
            return Ahead::Tick(position, Place { array: here.array, slot });
        }
    }
    let next = match side {
        Side::Buy => bitmap::next_set_above_in(&market.arrays, bit),
        Side::Sell => bit.checked_sub(1).and_then(|below| bitmap::next_set_at_or_below_in(&market.arrays, below)),
    };
    let Some(index) = next.and_then(|bit| FIRST_ARRAY.checked_add_unsigned(bit)) else { return Ahead::Nothing };
    let Some(position) = position_of(arrays, index) else { return Ahead::Missing };
    let Some(array) = arrays.get(position) else { return Ahead::Missing };
    let slot = match side {
        Side::Buy => array.initialized.trailing_zeros(),
        Side::Sell => 63u32.saturating_sub(array.initialized.leading_zeros()),
    };
    if array.initialized == 0 { Ahead::Missing } else { Ahead::Tick(position, Place { array: index, slot }) }
}

/// The tick at a place found by [`ahead`].
#[inline]
pub fn tick_at<'t>(arrays: &'t [&mut TickArray], position: usize, place: Place) -> Result<&'t Tick> {
    let slot = usize::try_from(place.slot).map_err(|_| Error::InvalidTick)?;
    arrays.get(position).and_then(|array| array.ticks.get(slot)).ok_or(Error::TickArrayMissing)
}

/// Active liquidity after crossing a tick with this net.
#[inline]
pub fn liquidity_beyond(liquidity: u128, net: i128, side: Side) -> Result<u128> {
    let net = if matches!(side, Side::Buy) { net } else { net.checked_neg().ok_or(Error::MathOverflow)? };
    liquidity.checked_add_signed(net).ok_or(Error::MathOverflow)
}

impl Book<'_, '_> {
    /// Crosses the initialised tick at `place`: flips what each accumulator grew outside, changes active liquidity and
    /// moves the cursor. `s` is the caller's.
    #[inline(never)]
    pub fn cross(&mut self, position: usize, place: Place, side: Side) -> Result<()> {
        let slot = usize::try_from(place.slot).map_err(|_| Error::InvalidTick)?;
        let tick = self.arrays.get_mut(position).and_then(|a| a.ticks.get_mut(slot)).ok_or(Error::TickArrayMissing)?;
        let market = &mut *self.market;
        tick.fee_growth_outside = flip_unsigned(market.fee_growth, tick.fee_growth_outside);
        tick.quote_growth_outside = flip(market.quote_growth, tick.quote_growth_outside);
        tick.funding_outside = flip(market.funding, tick.funding_outside);
        tick.funding_over_s_outside = flip(market.funding_over_s, tick.funding_over_s_outside);
        market.liquidity = Wide::new(liquidity_beyond(market.liquidity.get(), tick.liquidity_net.get(), side)?);
        let grid = place.grid();
        market.cursor = if matches!(side, Side::Buy) { grid } else { grid.saturating_sub(1) };
        Ok(())
    }

    /// Adds `liquidity` of a range to one of its end ticks, initialising it when it is the first there. Returns `s` and
    /// `1/s` at the tick. Errors: `TickArrayMissing`, `InvalidTick`, `LiquidityTooLarge`.
    pub fn attach(&mut self, tick: i32, liquidity: u128, is_lower: bool) -> Result<(SqrtPrice, InvSqrt)> {
        let market = &mut *self.market;
        let grid = grid_position(tick, market.params.tick_spacing)?;
        let place = Place::of(grid);
        let bit = Place::array_bit(place.array).ok_or(Error::InvalidTick)?;
        let position = position_of(self.arrays, place.array).ok_or(Error::TickArrayMissing)?;
        let array = self.arrays.get_mut(position).ok_or(Error::TickArrayMissing)?;
        let slot = usize::try_from(place.slot).map_err(|_| Error::InvalidTick)?;
        let mask = 1u64.wrapping_shl(place.slot);
        let entry = array.ticks.get_mut(slot).ok_or(Error::InvalidTick)?;
        if array.initialized & mask == 0 {
            let sqrt_price = sqrt_price_at_tick(tick)?;
            // By convention everything so far grew below the tick: only differences mean anything.
            let below = sqrt_price <= market.sqrt_price;
            *entry = Tick {
                sqrt_price,
                inv_sqrt_price: inv_sqrt(sqrt_price)?,
                liquidity_net: SignedWide::default(),
                liquidity_gross: Wide::default(),
                fee_growth_outside: if below { market.fee_growth } else { Wide::default() },
                quote_growth_outside: if below { market.quote_growth } else { SignedWide::default() },
                funding_outside: if below { market.funding } else { SignedWide::default() },
                funding_over_s_outside: if below { market.funding_over_s } else { SignedWide::default() },
            };
            array.initialized |= mask;
            bitmap::assign(&mut market.arrays, bit, true);
            // The cursor stays between the last initialised tick at or below `s` and the next.
            if below {
                market.cursor = market.cursor.max(grid);
            } else {
                market.cursor = market.cursor.min(grid.saturating_sub(1));
            }
        }
        let gross = entry.liquidity_gross.get().checked_add(liquidity).ok_or(Error::LiquidityTooLarge)?;
        let signed = i128::try_from(liquidity).map_err(|_| Error::LiquidityTooLarge)?;
        let signed = if is_lower { signed } else { signed.saturating_neg() };
        let net = entry.liquidity_net.get().checked_add(signed).ok_or(Error::LiquidityTooLarge)?;
        entry.liquidity_gross = Wide::new(gross);
        entry.liquidity_net = SignedWide::new(net);
        Ok((entry.sqrt_price, entry.inv_sqrt_price))
    }

    /// Takes `liquidity` of a range from one of its end ticks, clearing the tick with its last range. The counterpart of
    /// [`Book::attach`].
    pub fn detach(&mut self, tick: i32, liquidity: u128, is_lower: bool) -> Result<()> {
        let market = &mut *self.market;
        let place = Place::of(grid_position(tick, market.params.tick_spacing)?);
        let bit = Place::array_bit(place.array).ok_or(Error::InvalidTick)?;
        let position = position_of(self.arrays, place.array).ok_or(Error::TickArrayMissing)?;
        let array = self.arrays.get_mut(position).ok_or(Error::TickArrayMissing)?;
        let slot = usize::try_from(place.slot).map_err(|_| Error::InvalidTick)?;
        let entry = array.ticks.get_mut(slot).ok_or(Error::InvalidTick)?;
        let gross = entry.liquidity_gross.get().checked_sub(liquidity).ok_or(Error::MathOverflow)?;
        let signed = i128::try_from(liquidity).map_err(|_| Error::MathOverflow)?;
        let signed = if is_lower { signed.saturating_neg() } else { signed };
        let net = entry.liquidity_net.get().checked_add(signed).ok_or(Error::MathOverflow)?;
        entry.liquidity_gross = Wide::new(gross);
        entry.liquidity_net = SignedWide::new(net);
        if gross == 0 {
            *entry = bytemuck::Zeroable::zeroed();
            array.initialized &= !1u64.wrapping_shl(place.slot);
            if array.initialized == 0 {
                bitmap::assign(&mut market.arrays, bit, false);
            }
        }
        Ok(())
    }
}

/// The index of the tick array that holds a tick. Errors with `InvalidTick`.
pub fn array_index(tick: i32, spacing: u32) -> Result<i32> {
    Ok(Place::of(grid_position(tick, spacing)?).array)
}

/// Whether an array index lies within the served ticks of a market.
pub fn is_served_array(array: i32, spacing: u32) -> bool {
    let (Ok(low), Ok(high)) = (edge(MIN_TICK, spacing), edge(MAX_TICK, spacing)) else { return false };
    (low..=high).contains(&array)
}

/// The array of the outermost grid tick towards `tick`.
fn edge(tick: i32, spacing: u32) -> Result<i32> {
    let spacing_signed = i32::try_from(spacing).map_err(|_| Error::InvalidParameter)?;
    let grid = tick.checked_div(spacing_signed).ok_or(Error::InvalidParameter)?;
    Ok(Place::of(grid).array)
}

#[inline(always)]
fn flip(global: SignedWide, outside: SignedWide) -> SignedWide {
    SignedWide::new(global.get().wrapping_sub(outside.get()))
}

#[inline(always)]
fn flip_unsigned(global: Wide, outside: Wide) -> Wide {
    Wide::new(global.get().wrapping_sub(outside.get()))
}

const _: () = assert!(TICKS_PER_ARRAY == 64);
