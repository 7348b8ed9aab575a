//! The exchange as it would be if every market were refreshed now, and the engine's functions on copies of it.
//!
//! A job is made only where the engine, with the accounts that the instruction will carry, does what the job is for. So
//! what a job does, what it pays and whether the program takes it is never guessed.

use std::collections::{BTreeMap, BTreeSet};

use keel_engine::book::{Book, array_index};
use keel_engine::oracle::MarkUse;
use keel_engine::refresh::refresh;
use keel_engine::state::{Bank, MarginAccount, Market, Ranges, TickArray, USDC};
use keel_engine::view::{Others, View};
use keel_engine::{Error, Now, Result};
use solana_pubkey::Pubkey;

use crate::mirror::{Mirror, PriceAt};

/// A market as it would be after a refresh now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fresh {
    /// The market.
    pub market: Market,
    /// Its price, where one is known.
    pub price: Option<PriceAt>,
    /// Whether the chain's own has another mark, or one that is too old for its owner.
    pub is_late: bool,
    /// Whether it has another index, too.
    pub is_behind: bool,
}

/// Markets as they would be after a refresh now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Freshened(pub BTreeMap<u16, Fresh>);

impl Freshened {
    /// Refreshes a copy of every market with the price that is known of it.
    pub fn of(mirror: &Mirror, now: Now) -> Self {
        let fresh = mirror.markets().map(|(number, market)| (number, freshened(market, mirror.price(number), now)));
        Self(fresh.collect())
    }
}

/// Without a price that it would take (none is known, or one of the future) no instruction can refresh a market: it is what
/// it is.
fn freshened(stored: &Market, price: Option<&PriceAt>, now: Now) -> Fresh {
    let mut market = *stored;
    match price.filter(|price| refresh(&mut market, Some(&price.sample), now).is_ok()) {
        Some(price) => {
            let is_late = market.mark != stored.mark || MarkUse::Owner.require(stored, now).is_err();
            let is_behind = is_late || market.index_time != stored.index_time;
            Fresh { market, price: Some(*price), is_late, is_behind }
        }
        None => Fresh { market: *stored, price: None, is_late: false, is_behind: false },
    }
}

/// The mirror with its markets refreshed.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'m> {
    /// Everything else.
    pub mirror: &'m Mirror,
    /// The markets.
    pub fresh: &'m Freshened,
    /// The clock.
    pub now: Now,
}

impl<'m> Ground<'m> {
    /// A market, refreshed. Errors with `MarketMissing`.
    pub fn market(&self, number: u16) -> Result<&'m Market> {
        Ok(&self.fresh(number)?.market)
    }

    /// A market with what is known of its freshness. Errors with `MarketMissing`.
    pub fn fresh(&self, number: u16) -> Result<&'m Fresh> {
        self.fresh.0.get(&number).ok_or(Error::MarketMissing)
    }

    /// An account and its companion, if it has ranges. Errors with `AccountMissing`, `RangesAccountMissing`.
    pub fn account(&self, address: &Pubkey) -> Result<(MarginAccount, Option<Ranges>)> {
        let account: MarginAccount = self.mirror.state(address).ok_or(Error::AccountMissing)?;
        let ranges = match account.ranges {
            0 => None,
            _ => Some(self.mirror.ranges(address).ok_or(Error::RangesAccountMissing)?),
        };
        Ok((account, ranges))
    }

    /// The tick arrays at the ends of ranges, ascending; those of one market where it is named.
    pub fn arrays_of(&self, ranges: Option<&Ranges>, of: impl Fn(u16) -> bool) -> Vec<&'m TickArray> {
        let held = ranges.into_iter().flat_map(|ranges| &ranges.ranges).filter(|range| !range.is_empty());
        let mut places = BTreeSet::new();
        for range in held.filter(|range| of(range.market)) {
            let Ok(market) = self.market(range.market) else { continue };
            let ends = [range.lower, range.upper].map(|tick| array_index(tick, market.params.tick_spacing));
            places.extend(ends.into_iter().flatten().map(|index| (range.market, index)));
        }
        places.iter().filter_map(|place| self.mirror.arrays.get(place)).map(|array| &**array).collect()
    }

    /// Banks of other collateral than USDC, ascending.
    fn other_banks(&self) -> Vec<&'m Bank> {
        self.mirror.banks.values().filter(|bank| usize::from(bank.index) != USDC).collect()
    }

    /// Looks at an account's markets, ticks and other collateral.
    pub fn look<R>(&self, ranges: Option<&Ranges>, look: impl FnOnce(&View) -> R) -> R {
        let markets: Vec<&Market> = self.fresh.0.values().map(|fresh| &fresh.market).collect();
        let arrays = self.arrays_of(ranges, |_| true);
        let banks = self.other_banks();
        look(&View::of(Others { declared: None, banks: &banks, markets: &markets, arrays: &arrays }))
    }

    /// Runs something on copies of a market and of its tick arrays with these indices; `seen` are arrays of other markets
    /// that are looked at. Errors with `MarketMissing`.
    pub fn on_copies<R>(
        &self,
        market: u16,
        indices: impl IntoIterator<Item = i32>,
        seen: &[&TickArray],
        run: impl FnOnce(&mut Book, Others) -> Result<R>,
    ) -> Result<R> {
        let mut copy = *self.market(market)?;
        let indices: BTreeSet<i32> = indices.into_iter().collect();
        let held = indices.iter().filter_map(|index| self.mirror.arrays.get(&(market, *index)));
        let mut arrays: Vec<Box<TickArray>> = held.cloned().collect();
        let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().map(|array| &mut **array).collect();
        let others: Vec<&Market> =
            self.fresh.0.iter().filter(|(number, _)| **number != market).map(|(_, fresh)| &fresh.market).collect();
        let seen: Vec<&TickArray> = seen.iter().copied().filter(|array| array.market != market).collect();
        let banks = self.other_banks();
        let others = Others { declared: None, banks: &banks, markets: &others, arrays: &seen };
        run(&mut Book { market: &mut copy, arrays: &mut arrays }, others)
    }
}
