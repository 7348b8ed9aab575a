//! Several trades of one account in one instruction, whose margin is looked at once, at the end (protocol.md section 7).
//!
//! Each leg is filled as a trade of its own would be, in its order, by the same functions: limit, band, caps and the
//! market's mode are its own. Only margin is the account's: between two legs it may be short of it, after the last it may
//! not. What one leg refuses is refused for all.

use crate::book::{Book, Place, grid_position};
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin::{self, Health};
use crate::state::{MAX_POSITIONS, MAX_RANGES, MarginAccount, Market, Ranges, TickArray};
use crate::trade::{self, Fill, Filled, Order};
use crate::view::{Others, View};
use crate::{liquidation, pot};

/// Legs of one instruction.
pub const MAX_LEGS: usize = 8;

/// The fill of each leg, in the order of the legs.
pub type Fills = [Option<Fill>; MAX_LEGS];

/// What an account was like before legs that can all but reduce.
struct Prior {
    health: Health,
    worst_base: [u64; MAX_LEGS],
}

/// Trades in several markets: one order for each book, ascending by market. `others` are the markets of the account's
/// other positions.
///
/// Where every leg made its position smaller, and none a worst base larger, the account has to be healthy or no worse off
/// than before the first; otherwise initial margin has to back all of it, what each leg added scaled in its own market.
///
/// Errors: `ZeroAmount` without a leg, `TooManyLegs`, `LegOrder`, and those of [`trade::trade`].
pub fn trade(
    books: &mut [Book],
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    orders: &[Order],
    now: Now,
) -> Result<Fills> {
    check(books, orders)?;
    let prior = prior(books, account, ranges, others, orders, now)?;
    let (mut fills, mut added, mut shrank) = ([None; MAX_LEGS], [(0, 0); MAX_LEGS], prior.is_some());
    for ((book, order), (fill, added)) in books.iter_mut().zip(orders).zip(fills.iter_mut().zip(&mut added)) {
        let taken = trade::take(book.market, account, order, now)?;
        let Filled { fill: filled, after } = trade::fill(book, account, order, &taken, now)?;
        shrank = shrank && trade::shrinks(taken.before, after);
        *added = (book.market.index_number, trade::added(taken.before, after));
        *fill = Some(filled);
        // A leg that ends a position may make room for the next.
        pot::drop_if_done(account, book.market.index_number);
    }
    require_margin(books, account, ranges, others, prior.filter(|_| shrank).as_ref(), &added, now)?;
    Ok(fills)
}

fn check(books: &[Book], orders: &[Order]) -> Result<()> {
    if orders.is_empty() {
        return Err(Error::ZeroAmount);
    }
    if orders.len() > MAX_LEGS {
        return Err(Error::TooManyLegs);
    }
    if books.len() != orders.len() {
        return Err(Error::MarketMissing);
    }
    require_ascending(books.iter().map(|book| book.market.index_number))
}

/// Refuses markets that are not strictly ascending: `LegOrder`.
pub fn require_ascending(mut markets: impl Iterator<Item = u16>) -> Result<()> {
    let mut last = 0;
    let is_next = |market: u16| {
        let above = market > last;
        last = market;
        above
    };
    if markets.all(is_next) { Ok(()) } else { Err(Error::LegOrder) }
}

/// Health and worst bases, where every leg runs against a position.
#[inline(never)]
fn prior(
    books: &[Book],
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    orders: &[Order],
    now: Now,
) -> Result<Option<Prior>> {
    let opposes = |(book, order): (&Book, &Order)| {
        let position = account.position(book.market.index_number);
        position.is_ok_and(|position| trade::opposes(order.side, position.base))
    };
    if !books.iter().zip(orders).all(opposes) {
        return Ok(None);
    }
    let seen = Seen::of(books, account, ranges, others)?;
    seen.view(|view| {
        let mut worst_base = [0; MAX_LEGS];
        for (worst, book) in worst_base.iter_mut().zip(books) {
            *worst = worst_base_of(book.market, account, ranges, view)?;
        }
        Ok(Some(Prior { health: margin::health(account, ranges, view, now)?, worst_base }))
    })
}

/// The one look at margin after the last leg.
#[inline(never)]
fn require_margin(
    books: &[Book],
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    prior: Option<&Prior>,
    added: &[(u16, u64)],
    now: Now,
) -> Result<()> {
    let seen = Seen::of(books, account, ranges, others)?;
    let health = seen.view(|view| {
        if let Some(prior) = prior {
            let mut fits = true;
            for (worst, book) in prior.worst_base.iter().zip(books) {
                fits &= worst_base_of(book.market, account, ranges, view)? <= *worst;
            }
            if fits {
                let health = margin::health(account, ranges, view, now)?;
                trade::require_no_worse(&prior.health, &health)?;
                return Ok(Some(health));
            }
        }
        margin::initial(account, ranges, view, added, now)?.require()?;
        Ok(None)
    })?;
    if let Some(health) = health {
        liquidation::clear_if_cured(account, &health);
    }
    Ok(())
}

/// The worst base of a position, 0 without one.
fn worst_base_of(market: &Market, account: &MarginAccount, ranges: Option<&Ranges>, view: &View) -> Result<u64> {
    match margin::worst_base(market, account, ranges, view) {
        Err(Error::PositionNotFound) => Ok(0),
        worst => worst,
    }
}

/// What an account's health needs, of the legs' books and of the others, to be read.
struct Seen<'a> {
    markets: [Option<&'a Market>; MAX_POSITIONS],
    arrays: [Option<&'a TickArray>; 2 * MAX_RANGES],
}

impl<'a> Seen<'a> {
    fn of(
        books: &'a [Book],
        account: &MarginAccount,
        ranges: Option<&Ranges>,
        others: Others<'a>,
    ) -> Result<Self> {
        let market = |number: u16| {
            let traded = books.iter().map(|book| &*book.market).find(|market| market.index_number == number);
            traded.or_else(|| others.markets.iter().copied().find(|market| market.index_number == number))
        };
        let array = |number: u16, index: i32| {
            let is_it = |array: &&TickArray| array.market == number && array.index == index;
            let traded = books.iter().find(|book| book.market.index_number == number);
            match traded {
                Some(book) => book.arrays.iter().map(|array| &**array).find(is_it),
                None => others.arrays.iter().copied().find(is_it),
            }
        };
        let mut seen = Self { markets: [None; MAX_POSITIONS], arrays: [None; 2 * MAX_RANGES] };
        for (slot, position) in seen.markets.iter_mut().zip(&account.positions) {
            *slot = market(position.market).filter(|_| !position.is_empty());
        }
        let held = ranges.iter().flat_map(|ranges| &ranges.ranges).filter(|range| !range.is_empty());
        let ends = held.flat_map(|range| [(range.market, range.lower), (range.market, range.upper)]);
        for (slot, (number, tick)) in seen.arrays.iter_mut().zip(ends) {
            // What is missing is missed, by name, by who looks for it.
            if let Some(market) = market(number) {
                *slot = array(number, Place::of(grid_position(tick, market.params.tick_spacing)?).array);
            }
        }
        Ok(seen)
    }

    /// Calls `look` with a view of it. Empty places hold again what is in another: a view takes the first that fits.
    fn view<R>(&self, look: impl FnOnce(&View) -> Result<R>) -> Result<R> {
        let (Some(market), array) = (self.markets.iter().flatten().next(), self.arrays.iter().flatten().next()) else {
            return look(&View::of(Others::default()));
        };
        let markets = self.markets.map(|place| place.unwrap_or(market));
        match array {
            Some(array) => {
                let arrays = self.arrays.map(|place| place.unwrap_or(array));
                look(&View::of(Others { markets: &markets, arrays: &arrays }))
            }
            None => look(&View::of(Others { markets: &markets, arrays: &[] })),
        }
    }
}
