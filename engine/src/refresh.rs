//! Refreshing a market: time first, then the price (protocol.md section 4).
//!
//! Guarantees: everything is accrued with the values that prevailed before this instruction, so what happens inside one
//! slot weighs nothing. Every instruction that trades, adds liquidity or liquidates on the curve begins with it, and
//! anyone may call it alone.

use crate::clock::Now;
use crate::error::Result;
use crate::oracle::{Sample, Taken};
use crate::state::Market;
use crate::units::{Price, Rate};
use crate::{funding, mark, oracle, session};

/// The market after a refresh, as events and return data give it.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// What became of the price update, if there was one.
    pub taken: Option<Taken>,
    /// Whether the market is guarded now.
    pub guarded: bool,
    /// The index.
    pub index: Price,
    /// Its publish time.
    pub index_time: i64,
    /// The mark price.
    pub mark: Price,
    /// The slow price.
    pub stable: Price,
    /// Funding rate per hour.
    pub funding_rate: Rate,
    /// F, in `2^-64` quote atoms per base atom.
    pub funding: i128,
}

/// Accrues stable price, funding and trusted time, takes the price update if there is one, and a mark sample if it is
/// time for one.
///
/// Errors with `PriceInFuture` and `InvalidPrice` (see [`oracle::take`]); an update that is old or not newer is no error.
#[inline(always)]
pub fn refresh(market: &mut Market, sample: Option<&Sample>, now: Now) -> Result<Refreshed> {
    let taken = bring_up_to_date(market, sample, now)?;
    Ok(Refreshed {
        taken,
        guarded: market.is_guarded(),
        index: market.index,
        index_time: market.index_time,
        mark: market.mark,
        stable: market.stable,
        funding_rate: market.funding_rate,
        funding: market.funding.get(),
    })
}

/// [`refresh`] without telling what the market is afterwards: most instructions tell it in their own event.
#[inline(never)]
fn bring_up_to_date(market: &mut Market, sample: Option<&Sample>, now: Now) -> Result<Option<Taken>> {
    if session::concerns(market) {
        session::accrue(market, now);
    } else {
        accrue(market, now);
    }
    let taken = match sample {
        Some(sample) => Some(oracle::take(market, sample, now)?),
        None => None,
    };
    mark::sample(market, now);
    Ok(taken)
}

/// Stable price, funding and trusted time from `accrued_at` until now. A clock that stands or goes back changes nothing.
pub(crate) fn accrue(market: &mut Market, now: Now) {
    let elapsed = now.unix.saturating_sub(market.accrued_at);
    if elapsed > 0 {
        mark::move_stable(market, elapsed.unsigned_abs());
        funding::accrue(market, now);
    }
}

/// The first values of a market at its listing: index, mark, stable price and funding. Parameters and mode are set
/// before; a fixed market's peg may be, and is the index otherwise. The curve (`sqrt_price`, `inv_sqrt_price`,
/// `liquidity`) is not touched.
///
/// Errors with `PriceInFuture`, with `PriceStale` beyond `max_age_trade_secs`, and with `InvalidPrice`.
pub fn start(market: &mut Market, sample: &Sample, now: Now) -> Result<Taken> {
    let taken = oracle::start(market, sample, now)?;
    mark::start(market, now);
    funding::start(market, now);
    Ok(taken)
}
