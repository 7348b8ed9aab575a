//! The engine run natively beside the compiled program: the same operation on decoded accounts, and the comparison of
//! what both left behind, byte for byte.
//!
//! Each function changes the books as the instruction of its name would, and gives the engine's result. What the program
//! alone keeps (the sequence numbers of events) is taken over before comparing.

use anyhow::{Context, Result, bail};
use keel_engine::book::Book;
use keel_engine::liquidation::{self, Step};
use keel_engine::oracle::Sample;
use keel_engine::ranges::Entitlement;
use keel_engine::refresh::{self, Refreshed};
use keel_engine::state::{MarginAccount, Market, Ranges, TickArray};
use keel_engine::trade::{self, Fill, Order};
use keel_engine::view::Others;
use keel_engine::{Error, Now, ranges};
use solana_pubkey::Pubkey;

use crate::books::Books;

/// What an operation on one account in one market may touch.
struct Stage<'a, 'b, 'c> {
    book: Book<'a, 'b>,
    account: &'a mut MarginAccount,
    ranges: Option<&'a mut Ranges>,
    others: Others<'c>,
}

/// Plays an operation and keeps what it changed.
fn play<R>(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    operation: impl FnOnce(Stage) -> Result<R, Error>,
) -> Result<R, Error> {
    let other_markets: Vec<Market> = books.markets.values().filter(|m| m.index_number != market).copied().collect();
    let other_arrays: Vec<TickArray> = books.arrays.values().filter(|a| a.market != market).copied().collect();
    let (markets, arrays): (Vec<_>, Vec<_>) = (other_markets.iter().collect(), other_arrays.iter().collect());
    let others = Others { markets: &markets, arrays: &arrays };

    let mut state = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let mut own: Vec<TickArray> = books.arrays.values().filter(|array| array.market == market).copied().collect();
    let mut holder = *books.accounts.get(account).ok_or(Error::PositionNotFound)?;
    let mut companion = books.ranges.get(account).copied();
    let mut references: Vec<&mut TickArray> = own.iter_mut().collect();
    let book = Book { market: &mut state, arrays: &mut references };
    let done = operation(Stage { book, account: &mut holder, ranges: companion.as_mut(), others })?;
    books.markets.insert(market, state);
    books.arrays.extend(own.into_iter().map(|array| ((market, array.index), array)));
    books.accounts.insert(*account, holder);
    books.ranges.extend(companion.map(|ranges| (*account, ranges)));
    Ok(done)
}

/// `refresh`.
pub fn refresh(books: &mut Books, market: u16, sample: &Sample, now: Now) -> Result<Refreshed, Error> {
    let market = books.markets.get_mut(&market).ok_or(Error::MarketMissing)?;
    refresh::refresh(market, Some(sample), now)
}

/// `trade`.
pub fn trade(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    sample: &Sample,
    order: &Order,
    now: Now,
) -> Result<Fill, Error> {
    play(books, market, account, |mut stage| {
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        trade::trade(&mut stage.book, stage.account, stage.ranges.as_deref(), stage.others, order, now)
    })
}

/// `settle_range`.
pub fn settle_range(books: &mut Books, market: u16, account: &Pubkey, slot: usize) -> Result<Entitlement, Error> {
    play(books, market, account, |mut stage| {
        let ranges = stage.ranges.ok_or(Error::RangesAccountMissing)?;
        ranges::settle(&mut stage.book, stage.account, ranges, slot)
    })
}

/// `liquidate_on_curve`, with everything that the account has as the most to close.
pub fn liquidate_on_curve(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    keeper: &Pubkey,
    sample: &Sample,
    now: Now,
) -> Result<Step, Error> {
    let mut paid = *books.accounts.get(keeper).ok_or(Error::PositionNotFound)?;
    let step = play(books, market, account, |mut stage| {
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        let (ranges, others) = (stage.ranges.as_deref(), stage.others);
        liquidation::on_curve(&mut stage.book, stage.account, ranges, &mut paid, others, u64::MAX, now)
    })?;
    books.accounts.insert(*keeper, paid);
    Ok(step)
}

/// Refuses when the chain's books are not what the engine made of them.
pub fn compare(native: &Books, chain: &Books) -> Result<()> {
    for (number, ours) in &native.markets {
        let theirs = chain.markets.get(number).with_context(|| format!("market {number} is gone"))?;
        let ours = Market { sequence: theirs.sequence, ..*ours };
        if ours != *theirs {
            bail!("market {number} differs from the engine's at {}", first_difference(&ours, theirs));
        }
    }
    for (place, ours) in &native.arrays {
        if chain.arrays.get(place) != Some(ours) {
            bail!("tick array {place:?} differs from the engine's");
        }
    }
    for (address, ours) in &native.accounts {
        let theirs = chain.accounts.get(address).with_context(|| format!("account {address} is gone"))?;
        if ours != theirs {
            bail!("account {address} differs from the engine's at {}", first_difference(ours, theirs));
        }
    }
    for (address, ours) in &native.ranges {
        if chain.ranges.get(address) != Some(ours) {
            bail!("ranges of {address} differ from the engine's");
        }
    }
    Ok(())
}

fn first_difference<T: bytemuck::Pod>(ours: &T, theirs: &T) -> String {
    let (ours, theirs) = (bytemuck::bytes_of(ours), bytemuck::bytes_of(theirs));
    let offset = ours.iter().zip(theirs).position(|(a, b)| a != b).unwrap_or(0) / 8 * 8;
    let word =
        |bytes: &[u8]| bytes.get(offset..offset + 8).and_then(|b| b.try_into().ok()).map_or(0, i64::from_le_bytes);
    format!("byte {offset}: engine {}, program {}", word(ours), word(theirs))
}
