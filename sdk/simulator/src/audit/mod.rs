//! Every equality that the protocol promises, recomputed over integers from account data alone.
//!
//! [`check`] is meant to run after every transaction. Money that disappears, base that does not sum to zero, a bitmap that
//! disagrees with its ticks: each is a [`Broken`] with the figures on both sides.

mod bank;
mod holders;
mod liquidity;

use crate::books::Books;

/// An equality that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub equality: &'static str,
    /// The figures.
    pub figures: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "broken: {}: {}", self.equality, self.figures)
    }
}

impl std::error::Error for Broken {}

/// How near the tolerances the books came: what rounding left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Equalities that were compared.
    pub equalities: u32,
    /// Base of all rounding holders, in base atoms.
    pub rounding_base: i128,
    /// Quote of all rounding holders, in quote atoms.
    pub rounding_quote: i128,
    /// Tokens in the vaults that nobody booked.
    pub unbooked: u64,
}

/// Checks everything.
pub fn check(books: &Books) -> Result<Findings, Broken> {
    let mut findings = Findings::default();
    bank::check(books, &mut findings)?;
    for market in books.markets.values() {
        holders::check(books, market, &mut findings)?;
        liquidity::check(books, market, &mut findings)?;
    }
    holders::check_accounts(books, &mut findings)?;
    Ok(findings)
}

impl Findings {
    /// Counts an equality, and refuses one that does not hold.
    fn require(&mut self, holds: bool, equality: &'static str, figures: impl FnOnce() -> String) -> Result<(), Broken> {
        self.equalities += 1;
        if holds { Ok(()) } else { Err(Broken { equality, figures: figures() }) }
    }

    /// Counts an equality of two numbers, and refuses one that does not hold.
    fn equal(&mut self, left: i128, right: i128, equality: &'static str) -> Result<(), Broken> {
        self.require(left == right, equality, || format!("{left} against {right}, off by {}", left - right))
    }
}

/// A failure of the engine on data that it wrote itself.
fn unreadable(what: &'static str) -> impl Fn(keel_engine::Error) -> Broken {
    move |error| Broken { equality: what, figures: error.to_string() }
}
