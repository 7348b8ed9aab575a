//! Every equality that the protocol promises, recomputed over integers from account data alone.
//!
//! [`check`] is meant to run after every transaction, [`report`] once over all that a node has. Money that disappears, base that does not sum to zero, a bitmap that
//! disagrees with its ticks: each is a [`Broken`] with the figures on both sides.

mod accounts;
mod bank;
mod collateral;
mod holders;
mod liquidity;
mod orders;
mod pool;

use std::collections::BTreeMap;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Equalities that were compared.
    pub equalities: u32,
    /// Base of all rounding holders, in base atoms.
    pub rounding_base: i128,
    /// Quote of all rounding holders, in quote atoms.
    pub rounding_quote: i128,
    /// USDC in the vault that nobody booked.
    pub unbooked: u64,
    /// Each equality, where a report was asked for: then none stops the audit.
    each: Option<BTreeMap<&'static str, Compared>>,
}

/// One equality over all the books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// How often it was compared.
    pub times: u32,
    /// The figures of each time that it did not hold.
    pub broken: Vec<String>,
}

/// Checks everything. Errors with the first equality that does not hold.
pub fn check(books: &Books) -> Result<Findings, Broken> {
    let mut findings = Findings::default();
    all(books, &mut findings)?;
    Ok(findings)
}

/// Checks everything, whatever does not hold, and tells of each equality. What cannot be read at all ends it.
pub fn report(books: &Books) -> Result<(Findings, BTreeMap<&'static str, Compared>), Broken> {
    let mut findings = Findings { each: Some(BTreeMap::new()), ..Findings::default() };
    all(books, &mut findings)?;
    let each = findings.each.take().unwrap_or_default();
    Ok((findings, each))
}

fn all(books: &Books, findings: &mut Findings) -> Result<(), Broken> {
    bank::check(books, findings)?;
    collateral::check(books, findings)?;
    accounts::check(books, findings)?;
    pool::check(books, findings)?;
    for market in books.markets.values() {
        let unsafe_parameter = || market.params.out_of_bounds().or_else(|| market.params.unsafe_combination());
        findings.require(market.params.check().is_ok(), "parameters are within bounds and envelope", || {
            format!("market {}: {}", market.index_number, unsafe_parameter().unwrap_or_default())
        })?;
        holders::check(books, market, findings)?;
        holders::check_pledges(books, market, findings)?;
        liquidity::check(books, market, findings)?;
    }
    orders::check(books, findings)?;
    holders::check_accounts(books, findings)
}

impl Findings {
    /// Counts an equality, and refuses one that does not hold.
    fn require(&mut self, holds: bool, equality: &'static str, figures: impl FnOnce() -> String) -> Result<(), Broken> {
        self.equalities += 1;
        if let Some(each) = &mut self.each {
            let compared = each.entry(equality).or_default();
            compared.times += 1;
            if !holds {
                compared.broken.push(figures());
            }
            return Ok(());
        }
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
