//! What a replay knows: values, each with whether it is certain.

use std::collections::BTreeMap;

use keel_engine::state::{self, MAX_BANKS, MAX_RANGES, USDC};
use keel_engine::units::SignedWide;
use solana_pubkey::Pubkey;

use crate::events::{Holding, Ledger};

/// A value as the events tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// The value that was told last.
    pub value: T,
    /// Whether nothing that could have changed it since is known to be missing.
    pub is_certain: bool,
}

impl<T> Told<T> {
    /// A value that is known.
    pub const fn certain(value: T) -> Self {
        Self { value, is_certain: true }
    }

    pub(super) const fn new(value: T, is_certain: bool) -> Self {
        Self { value, is_certain }
    }
}

/// The exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Number of its last event, or 0.
    pub sequence: u64,
    /// Who may list banks and markets, and who may reduce risk at once, or zero.
    pub keys: Told<Option<(Pubkey, Pubkey)>>,
    /// Whether every bank and market that was listed is known.
    pub is_listing_complete: bool,
    /// Its insurance, in quote atoms.
    pub insurance: Told<u64>,
    /// What the pool has set aside, in quote atoms.
    pub pool_reserve: Told<u64>,
}

impl Default for Exchange {
    fn default() -> Self {
        Self {
            sequence: 0,
            keys: Told::certain(None),
            is_listing_complete: true,
            insurance: Told::certain(0),
            pool_reserve: Told::certain(0),
        }
    }
}

/// A bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bank {
    /// Number of its last event, or 0.
    pub sequence: u64,
    /// Its address, if its listing was seen.
    pub address: Option<Pubkey>,
    /// What it holds for everybody, in its atoms.
    pub booked: Told<u64>,
    /// What of it waits in its queue.
    pub queued: Told<u64>,
}

impl Default for Bank {
    fn default() -> Self {
        Self { sequence: 0, address: None, booked: Told::certain(0), queued: Told::certain(0) }
    }
}

/// A market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Market {
    /// Number of its last event, or 0.
    pub sequence: u64,
    /// Its address, if its listing was seen.
    pub address: Option<Pubkey>,
    /// Its money.
    pub ledger: Told<Ledger>,
}

impl Default for Market {
    fn default() -> Self {
        Self { sequence: 0, address: None, ledger: Told::certain(bytemuck::Zeroable::zeroed()) }
    }
}

/// The pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Number of its last event, or 0.
    pub sequence: u64,
    /// Shares there are.
    pub shares: Told<u64>,
    /// Shares of those who wait to leave.
    pub shares_waiting: Told<u64>,
    /// Quote atoms of deposits that wait.
    pub deposits_waiting: Told<u64>,
}

impl Default for Pool {
    fn default() -> Self {
        let nothing = Told::certain(0);
        Self { sequence: 0, shares: nothing, shares_waiting: nothing, deposits_waiting: nothing }
    }
}

impl Pool {
    /// Whether everything about it is certain.
    pub const fn is_certain(&self) -> bool {
        self.shares.is_certain && self.shares_waiting.is_certain && self.deposits_waiting.is_certain
    }

    /// Puts in doubt what missing events of the pool could have changed.
    pub(super) const fn doubt(&mut self) {
        self.shares.is_certain = false;
        self.shares_waiting.is_certain = false;
        self.deposits_waiting.is_certain = false;
    }
}

/// What an account has in a market; all zero is no position, or one in which nothing is left but ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Base held; negative is short.
    pub base: i64,
    /// Quote not settled yet.
    pub quote: i64,
    /// F up to which funding is folded into `quote`; without base it means nothing.
    pub funding: SignedWide,
    /// Capital that settled losses took and that still made profit mature at once when the position was touched last.
    pub paid_in: u64,
    /// Claim on the pot that was not mature when the position was touched last.
    pub unmatured: u64,
    /// Claim on the pot that could be released when the position was touched last.
    pub mature: u64,
    /// Settled loss that could not be collected.
    pub debt: u64,
    /// Claim on the pot that belongs to another market's insurance.
    pub pledged: u64,
}

impl From<&Holding> for Position {
    fn from(holding: &Holding) -> Self {
        let Holding { capital: _, base, quote, funding, paid_in, unmatured, mature, debt, pledged } = *holding;
        Self { base, quote, funding, paid_in, unmatured, mature, debt, pledged }
    }
}

impl From<&state::Position> for Position {
    fn from(stored: &state::Position) -> Self {
        let state::Position { base, quote, funding, paid_in, unmatured, mature, debt, pledged, .. } = *stored;
        Self { base, quote, funding, paid_in, unmatured, mature, debt, pledged }
    }
}

/// A range of liquidity `[lower, upper)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Number of its market.
    pub market: u16,
    /// Lower tick, included.
    pub lower: i32,
    /// Upper tick, excluded.
    pub upper: i32,
    /// L.
    pub liquidity: u128,
}

/// A margin account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its owner, if its opening or its passing on was seen; another where an event of that kind is missing.
    pub owner: Option<Pubkey>,
    /// Whether it was certainly not closed since.
    pub is_certainly_open: bool,
    /// Capital per bank, in its atoms.
    pub capital: [Told<u64>; MAX_BANKS],
    /// Whether it is flagged for liquidation.
    pub flagged: Told<bool>,
    /// Its ranges, by slot of the companion.
    pub ranges: [Told<Option<Range>>; MAX_RANGES],
    /// Positions that an event told or a gap put in doubt.
    positions: BTreeMap<u16, Told<Position>>,
    /// Whether it certainly has no position in the markets that are not in `positions`.
    has_no_others: bool,
}

impl Account {
    /// One that was just opened: it certainly has nothing.
    pub(super) fn opened(owner: Pubkey) -> Self {
        Self { owner: Some(owner), ..Self::empty(true) }
    }

    /// One whose opening was not seen: nothing about it is certain.
    pub(super) fn met() -> Self {
        Self::empty(false)
    }

    fn empty(is_certain: bool) -> Self {
        Self {
            owner: None,
            is_certainly_open: true,
            capital: [Told::new(0, is_certain); MAX_BANKS],
            flagged: Told::new(false, is_certain),
            ranges: [Told::new(None, is_certain); MAX_RANGES],
            positions: BTreeMap::new(),
            has_no_others: is_certain,
        }
    }

    /// USDC capital, in quote atoms.
    pub const fn usdc(&self) -> Told<u64> {
        let [usdc, ..] = self.capital;
        usdc
    }

    /// What it has in a market.
    pub fn position(&self, market: u16) -> Told<Position> {
        let unheard = Told::new(Position::default(), self.has_no_others);
        self.positions.get(&market).copied().unwrap_or(unheard)
    }

    /// The markets in which it has something, or of which that is uncertain, ascending. An account whose opening was not
    /// seen may have positions in others.
    pub fn markets(&self) -> impl Iterator<Item = u16> {
        let held = |told: &Told<Position>| !told.is_certain || told.value != Position::default();
        self.positions.iter().filter(move |(_, told)| held(told)).map(|(market, _)| *market)
    }

    /// Whether everything about it is certain.
    pub fn is_certain(&self) -> bool {
        self.is_certainly_open
            && self.has_no_others
            && self.flagged.is_certain
            && self.capital.iter().all(|told| told.is_certain)
            && self.ranges.iter().all(|told| told.is_certain)
            && self.positions.values().all(|told| told.is_certain)
    }

    /// Whether something that it has in a market is uncertain: its position there, or a slot whose range is or may be
    /// there.
    pub fn is_uncertain_in(&self, market: u16) -> bool {
        !self.position(market).is_certain || self.ranges.iter().any(|slot| !slot.is_certain && may_be_in(slot, market))
    }

    /// Takes what it has after an event of a market.
    pub(super) fn hold(&mut self, market: u16, holding: &Holding) {
        self.set_capital(USDC, holding.capital);
        self.positions.insert(market, Told::certain(Position::from(holding)));
    }

    /// Takes its capital in a bank.
    pub(super) fn set_capital(&mut self, bank: usize, capital: u64) {
        if let Some(told) = self.capital.get_mut(bank) {
            *told = Told::certain(capital);
        }
    }

    /// Puts in doubt what missing events of a market could have changed: capital, the position there, the flag, and the
    /// slots in which a range of that market was or may have been put.
    pub(super) fn doubt_market(&mut self, market: u16) {
        self.doubt_capital(USDC);
        self.positions.entry(market).or_insert(Told::certain(Position::default())).is_certain = false;
        for slot in self.ranges.iter_mut().filter(|slot| may_be_in(slot, market)) {
            slot.is_certain = false;
        }
    }

    /// Puts capital in a bank in doubt.
    pub(super) fn doubt_capital(&mut self, bank: usize) {
        if let Some(told) = self.capital.get_mut(bank) {
            told.is_certain = false;
        }
    }
}

/// Whether a range of a market is in a slot, or one may have been put there.
fn may_be_in(slot: &Told<Option<Range>>, market: u16) -> bool {
    slot.value.is_none_or(|range| range.market == market || !slot.is_certain)
}
