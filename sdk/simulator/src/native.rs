//! The engine's answers about an account: what a client computes without a transaction.

use anyhow::{Context, Result};
use keel_engine::book::Book;
use keel_engine::curve::{Exact, SwapRequest, Swapped, swap};
use keel_engine::fees::FeeSchedule;
use keel_engine::margin::{self, Health, InitialHealth};
use keel_engine::state::{Market, TickArray};
use keel_engine::{Error, Now, Side, oracle};
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
    let mut market = *books.markets.get(&market).context("no such market")?;
    let number = market.index_number;
    let mut arrays: Vec<TickArray> =
        books.arrays.iter().filter(|((of, _), _)| *of == number).map(|(_, array)| *array).collect();
    let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().collect();
    let before = curve_price(&market);
    let request = SwapRequest {
        side,
        exact,
        peg: oracle::fill_peg(&market, side, now),
        bounds: [None, None],
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
