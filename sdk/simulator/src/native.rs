//! The engine's answers about an account: what a client computes without a transaction.

use anyhow::{Context, Result};
use keel_engine::book::Book;
use keel_engine::curve::{Bound, Exact, SwapRequest, Swapped, swap};
use keel_engine::fees::FeeSchedule;
use keel_engine::margin::{self, Health, InitialHealth};
use keel_engine::state::{MAX_RANGES, MarginAccount, Market, TickArray};
use keel_engine::units::Price;
use keel_engine::{Error, Now, Side, liquidation, oracle, ranges};
use solana_pubkey::Pubkey;

use crate::books::Books;

/// Equity and maintenance margin of a margin account.
pub fn health(books: &Books, account: &Pubkey, now: Now) -> Result<Health, Error> {
    let state = books.accounts.get(account).ok_or(Error::AccountMissing)?;
    books.view(|view| margin::health(state, books.ranges.get(account), view, now))
}

/// Equity and initial margin of a margin account.
pub fn initial(books: &Books, account: &Pubkey, now: Now) -> Result<InitialHealth, Error> {
    let state = books.accounts.get(account).ok_or(Error::AccountMissing)?;
    books.view(|view| margin::initial(state, books.ranges.get(account), view, &[], now))
}

/// Somebody who may be deleveraged, as the program would look at him.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InLine {
    /// His margin account.
    pub account: Pubkey,
    /// Base that he holds against the account, his ranges in the market folded; in base atoms.
    pub base: i64,
    /// What he has unsettled at mark and his claims, in quote atoms.
    pub value: i128,
    /// Maintenance margin of his position, in quote atoms.
    pub margin: u64,
}

impl InLine {
    /// `value / margin`: the return on margin that the threshold of deleveraging is compared with.
    pub fn return_on_margin(&self) -> f64 {
        self.value as f64 / (self.margin as f64).max(1.0)
    }
}

/// Whom a deleveraging of an account in a market may be closed against: the holders of the opposite side, the highest
/// return on margin first. Whoever is first is the first whom the falling threshold reaches.
///
/// Errors: `AccountMissing`, `MarketMissing`, `PositionNotFound` where the account holds no base there.
pub fn next_in_line(books: &Books, account: &Pubkey, market: u16) -> Result<Vec<InLine>, Error> {
    let state = books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let held = state.position(market)?.base;
    if held == 0 {
        return Err(Error::PositionNotFound);
    }
    let mut line = Vec::new();
    for (other, holder) in books.accounts.iter().filter(|(other, _)| *other != account) {
        let Some(found) = folded(books, other, holder, market)? else { continue };
        if found.base.signum() == -held.signum() {
            line.push(found);
        }
    }
    // By products, so that no rounding decides.
    let order = |a: &InLine, b: &InLine| (b.value * i128::from(a.margin)).cmp(&(a.value * i128::from(b.margin)));
    line.sort_by(|a, b| order(a, b).then(a.account.cmp(&b.account)));
    Ok(line)
}

/// A holder's position in a market with his ranges there folded, on copies.
fn folded(books: &Books, address: &Pubkey, holder: &MarginAccount, number: u16) -> Result<Option<InLine>, Error> {
    if holder.position(number).is_err() {
        return Ok(None);
    }
    let mut market = *books.markets.get(&number).ok_or(Error::MarketMissing)?;
    let (mut holder, mut companion) = (*holder, books.ranges.get(address).copied());
    let mut arrays: Vec<TickArray> = books.arrays_of(number).copied().collect();
    let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().collect();
    let mut book = Book { market: &mut market, arrays: &mut arrays };
    for slot in 0..MAX_RANGES {
        if let Some(ranges) = companion.as_mut().filter(|ranges| ranges.ranges[slot].market == number) {
            let _folded = ranges::settle(&mut book, &mut holder, ranges, slot)?;
        }
    }
    let position = holder.position(number)?;
    let (value, margin) = liquidation::value_and_margin(&market, position)?;
    Ok(Some(InLine { account: *address, base: position.base, value, margin }))
}

/// What a trade would do to the curve.
#[derive(Clone, Copy, Debug)]
pub struct Impact {
    /// What changes hands.
    pub swapped: Swapped,
    /// The curve's price before, in USD per contract.
    pub before: f64,
    /// And after.
    pub after: f64,
}

impl Impact {
    /// Move of the curve's price, in basis points.
    pub fn move_bps(&self) -> f64 {
        (self.after / self.before - 1.0) * 1e4
    }
}

/// What a trade of that size would do, band and margin aside.
pub fn impact(books: &Books, market: u16, side: Side, exact: Exact, now: Now) -> Result<Impact> {
    impact_to(books, market, side, exact, None, now)
}

/// The same up to a limit on the curve's price.
pub fn impact_to(
    books: &Books,
    market: u16,
    side: Side,
    exact: Exact,
    limit: Option<Price>,
    now: Now,
) -> Result<Impact> {
    let mut market = *books.markets.get(&market).context("no such market")?;
    let mut arrays: Vec<TickArray> = books.arrays_of(market.index_number).copied().collect();
    let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().collect();
    let before = curve_price(&market);
    let peg = oracle::fill_peg(&market, side, now);
    let request = SwapRequest {
        side,
        exact,
        peg,
        bounds: [limit.map(|price| Bound { price, peg, refusal: Error::LimitReached }), None],
        fees: FeeSchedule::new(&market, oracle::age_secs(&market, now)),
    };
    let swapped = swap(&mut Book { market: &mut market, arrays: &mut arrays }, &request)?;
    Ok(Impact { swapped, before, after: curve_price(&market) })
}

/// The curve's price, in USD per contract.
pub fn curve_price(market: &Market) -> f64 {
    let s = market.sqrt_price.get() as f64 / 2f64.powi(64);
    usd(market.peg.bits) * s * s
}

/// A price in USD per contract, from its bits: quote atoms per base atom are thousands of USD per contract.
pub fn usd(price_bits: u64) -> f64 {
    price_bits as f64 / 2f64.powi(48) * 1_000.0
}
