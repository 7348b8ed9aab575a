//! Several trades of one account in one instruction, whose margin is looked at once, at the end (protocol.md section 7).
//!
//! Each leg is filled as a trade of its own would be, in its order, by the same functions: limit, band, caps and the
//! market's mode are its own. Only margin is the account's: between two legs it may be short of it, after the last it may
//! not. What one leg refuses is refused for all.

use crate::book::{Book, Place, grid_position};
use crate::clock::Now;
use crate::delegate::{self, By, Held};
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
#[inline(never)]
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
    for ((book, order), (filled, added)) in books.iter_mut().zip(orders).zip(fills.iter_mut().zip(&mut added)) {
        let leg = fill(book, account, order, now)?;
        shrank = shrank && leg.shrank;
        *added = (book.market.index_number, leg.added);
        *filled = Some(leg.fill);
    }
    require_margin(books, account, ranges, others, prior.filter(|_| shrank).as_ref(), &added, now)?;
    Ok(fills)
}

/// [`trade()`] for who signs it: a delegate is kept to its notional in each leg's market.
///
/// Errors: those of [`trade()`], `DelegateNotional`.
pub fn trade_by(
    by: By,
    books: &mut [Book],
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    orders: &[Order],
    now: Now,
) -> Result<Fills> {
    if !delegate::is_limited(by, account) {
        return trade(books, account, ranges, others, orders, now);
    }
    let before = held(books, account, ranges, others)?;
    let fills = trade(books, account, ranges, others, orders, now)?;
    let after = held(books, account, ranges, others)?;
    for ((before, after), book) in before.iter().zip(&after).zip(books.iter()) {
        delegate::require_within(by, account, book.market, before, after)?;
    }
    Ok(fills)
}

/// What the account has in each leg's market.
#[inline(never)]
fn held(books: &[Book], account: &MarginAccount, ranges: Option<&Ranges>, others: Others) -> Result<[Held; MAX_LEGS]> {
    let mut held = [Held::default(); MAX_LEGS];
    if books.is_empty() {
        return Ok(held);
    }
    let seen = Seen::of(books, account, ranges, others)?;
    for (held, book) in held.iter_mut().zip(books) {
        *held = Held::of(book.market, account, ranges, &seen.view())?;
    }
    Ok(held)
}

/// What a leg did.
struct Leg {
    fill: Fill,
    /// Base by which the position grew.
    added: u64,
    /// Whether it became smaller without turning.
    shrank: bool,
}

/// Fills one leg.
#[inline(never)]
fn fill(book: &mut Book, account: &mut MarginAccount, order: &Order, now: Now) -> Result<Leg> {
    let taken = trade::take(book.market, account, order, now)?;
    let Filled { fill, after } = trade::fill(book, account, order, &taken, None, now)?;
    // A leg that ends a position may make room for the next.
    pot::drop_if_done(book.market, account);
    Ok(Leg { fill, added: trade::added(taken.before, after), shrank: trade::shrinks(taken.before, after) })
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
    let view = seen.view();
    let mut worst_base = [0; MAX_LEGS];
    for (worst, book) in worst_base.iter_mut().zip(books) {
        *worst = worst_base_of(book.market, account, ranges, &view)?;
    }
    Ok(Some(Prior { health: margin::health(account, ranges, &view, now)?, worst_base }))
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
    let view = seen.view();
    if let Some(prior) = prior {
        let mut fits = true;
        for (worst, book) in prior.worst_base.iter().zip(books) {
            fits &= worst_base_of(book.market, account, ranges, &view)? <= *worst;
        }
        if fits {
            let health = margin::health(account, ranges, &view, now)?;
            trade::require_no_worse(&prior.health, &health)?;
            liquidation::clear_if_cured(account, &health);
            return Ok(());
        }
    }
    margin::initial(account, ranges, &view, added, now)?.require()
}

/// The worst base of a position, 0 without one.
#[inline(never)]
fn worst_base_of(market: &Market, account: &MarginAccount, ranges: Option<&Ranges>, view: &View) -> Result<u64> {
    match margin::worst_base(market, account, ranges, view) {
        Err(Error::PositionNotFound) => Ok(0),
        worst => worst,
    }
}

/// What an account's health needs, of the legs' books and of the others, to be read. Places beyond hold again what is in
/// another: a view takes the first that fits.
struct Seen<'a> {
    others: Others<'a>,
    markets: [&'a Market; MAX_POSITIONS],
    /// Nothing where there is no array at all.
    arrays: Option<[&'a TickArray; 2 * MAX_RANGES]>,
}

impl<'a> Seen<'a> {
    #[inline(never)]
    fn of(books: &'a [Book], account: &MarginAccount, ranges: Option<&Ranges>, others: Others<'a>) -> Result<Self> {
        let first = books.first().ok_or(Error::ZeroAmount)?;
        let mut markets = [&*first.market; MAX_POSITIONS];
        for (place, position) in markets.iter_mut().zip(&account.positions) {
            // What is missing is missed, by name, by who looks for it.
            if let Some(market) = market_of(books, others, position.market) {
                *place = market;
            }
        }
        let traded = books.iter().flat_map(|book| &*book.arrays).map(|array| &**array);
        let Some(any) = traded.chain(others.arrays.iter().copied()).next() else {
            return Ok(Self { others, markets, arrays: None });
        };
        let mut arrays = [any; 2 * MAX_RANGES];
        let held = ranges.iter().flat_map(|ranges| &ranges.ranges).filter(|range| !range.is_empty());
        let ends = held.flat_map(|range| [(range.market, range.lower), (range.market, range.upper)]);
        for (place, (market, tick)) in arrays.iter_mut().zip(ends) {
            if let Some(array) = array_of(books, others, market, tick)? {
                *place = array;
            }
        }
        Ok(Self { others, markets, arrays: Some(arrays) })
    }

    fn view(&self) -> View<'_> {
        View::of(Others {
            markets: &self.markets,
            arrays: self.arrays.as_ref().map_or(&[], |arrays| arrays),
            ..self.others
        })
    }
}

/// A market among the legs' or the others.
#[inline(never)]
fn market_of<'a>(books: &'a [Book], others: Others<'a>, number: u16) -> Option<&'a Market> {
    let mut traded = books.iter().map(|book| &*book.market);
    let traded = traded.find(|market| market.index_number == number);
    traded.or_else(|| others.markets.iter().copied().find(|market| market.index_number == number))
}

/// The array of a tick among the legs' or the others'.
#[inline(never)]
fn array_of<'a>(books: &'a [Book], others: Others<'a>, number: u16, tick: i32) -> Result<Option<&'a TickArray>> {
    let Some(market) = market_of(books, others, number) else { return Ok(None) };
    let index = Place::of(grid_position(tick, market.params.tick_spacing)?).array;
    let is_it = |array: &&TickArray| array.market == number && array.index == index;
    let mut traded = books.iter().flat_map(|book| &*book.arrays).map(|array| &**array);
    Ok(traded.find(is_it).or_else(|| others.arrays.iter().copied().find(is_it)))
}
