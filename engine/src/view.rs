//! What an operation may look at beside what it changes: the other markets of an account, the ticks of its ranges, and the
//! banks of its collateral.

use crate::book::{Place, grid_position};
use crate::error::{Error, Result};
use crate::state::{Bank, Market, Range, Tick, TickArray};

/// Read-only markets and tick arrays, each strictly ascending.
#[derive(Clone, Copy, Default)]
pub struct Others<'a> {
    /// The bank that the instruction itself is about, when there is one.
    pub declared: Option<&'a Bank>,
    /// Banks of other collateral, ascending by number.
    pub banks: &'a [&'a Bank],
    /// Markets other than the one being traded, ascending by number.
    pub markets: &'a [&'a Market],
    /// Tick arrays of those markets, ascending by market and index.
    pub arrays: &'a [&'a TickArray],
}

/// Everything that a health check looks at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The market being changed with its tick arrays, when there is one.
    pub traded: Option<(&'a Market, &'a [&'a mut TickArray])>,
    /// The rest.
    pub others: Others<'a>,
}

/// The tick at `tick` among the arrays of one market. Errors with `TickArrayMissing`.
pub fn tick_of<'t>(arrays: &'t [&mut TickArray], tick: i32, spacing: u32) -> Result<&'t Tick> {
    let place = Place::of(grid_position(tick, spacing)?);
    let array = arrays.iter().find(|array| array.index == place.array).ok_or(Error::TickArrayMissing)?;
    tick_in(array, place)
}

fn tick_in(array: &TickArray, place: Place) -> Result<&Tick> {
    let slot = usize::try_from(place.slot).map_err(|_| Error::InvalidTick)?;
    array.ticks.get(slot).ok_or(Error::InvalidTick)
}

impl<'a> View<'a> {
    /// A view of other markets only.
    pub const fn of(others: Others<'a>) -> Self {
        Self { traded: None, others }
    }

    /// The same with the bank that an instruction is about.
    #[must_use]
    pub const fn with_bank<'b>(&self, bank: &'b Bank) -> View<'b>
    where
        'a: 'b,
    {
        View { traded: self.traded, others: Others { declared: Some(bank), ..self.others } }
    }

    /// The bank with this number. Errors with `BankMissing`.
    pub fn bank(&self, number: u8) -> Result<&'a Bank> {
        let Others { declared, banks, .. } = self.others;
        let found = declared.filter(|bank| bank.index == number);
        found.or_else(|| banks.iter().copied().find(|bank| bank.index == number)).ok_or(Error::BankMissing)
    }

    /// The market with this number. Errors with `MarketMissing`.
    #[inline]
    pub fn market(&self, number: u16) -> Result<&'a Market> {
        if let Some((market, _)) = self.traded
            && market.index_number == number
        {
            return Ok(market);
        }
        let found = self.others.markets.iter().find(|market| market.index_number == number);
        found.copied().ok_or(Error::MarketMissing)
    }

    /// The two ticks of a range. Errors with `TickArrayMissing`.
    pub fn ticks(&self, market: &Market, range: &Range) -> Result<(&'a Tick, &'a Tick)> {
        Ok((self.tick(market, range.lower)?, self.tick(market, range.upper)?))
    }

    fn tick(&self, market: &Market, tick: i32) -> Result<&'a Tick> {
        let spacing = market.params.tick_spacing;
        if let Some((traded, arrays)) = self.traded
            && traded.index_number == market.index_number
        {
            return tick_of(arrays, tick, spacing);
        }
        let place = Place::of(grid_position(tick, spacing)?);
        let array = self
            .others
            .arrays
            .iter()
            .find(|array| array.market == market.index_number && array.index == place.array)
            .ok_or(Error::TickArrayMissing)?;
        tick_in(array, place)
    }
}
