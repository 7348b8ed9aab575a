//! A market's depth: what could be traded until the curve stands at one price after another (protocol.md sections 3 and 6).
//! Clients compute it; no instruction answers with it.

use crate::book::Book;
use crate::clock::Now;
use crate::curve::{Bound, End, Exact, SwapRequest, price_floor, swap};
use crate::error::{Error, Result};
use crate::fees::FeeSchedule;
use crate::math::Side;
use crate::oracle::{self, Sample};
use crate::params::MILLION;
use crate::refresh;
use crate::units::{MAX_BASE, Price, Rate};

/// What lies between the curve's price now and another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DepthPoint {
    /// The price, as fills of that side are priced.
    pub price: Price,
    /// Base that could be traded up to it, in base atoms.
    pub base: u64,
    /// Quote of that, without the fee, in quote atoms.
    pub quote: u64,
}

/// Fills `points` with prices at equal distances, the last one `width_ppm` from the curve's price now, and what a taker of
/// the side could trade up to each; margin, caps and the price band aside. Returns how many there are: the last one may be
/// nearer, where the liquidity or the passed tick arrays end. The book is a copy, for this to spoil.
///
/// Errors: those of the update, and of the curve.
pub fn depth(
    book: &mut Book,
    sample: Option<&Sample>,
    side: Side,
    width_ppm: u32,
    now: Now,
    points: &mut [DepthPoint],
) -> Result<usize> {
    let _refreshed = refresh::refresh(book.market, sample, now)?;
    let peg = oracle::fill_peg(book.market, side, now);
    let start = Price::from_bits(price_floor(book.market, peg));
    let fees = FeeSchedule::new(book.market, oracle::age_secs(book.market, now));
    let count = u64::try_from(points.len()).map_err(|_| Error::MathOverflow)?;
    let (mut sum, mut told) = (DepthPoint::default(), 0usize);
    for (number, point) in (1u64..).zip(points) {
        let price = level(start, side, width_ppm, number, count);
        let bound = Bound { price, peg, refusal: Error::LimitReached };
        let request = SwapRequest { side, exact: Exact::Base(MAX_BASE), peg, bounds: [Some(bound), None], fees };
        let reached = walk(book, &request, &mut sum)?;
        let here = Price::from_bits(price_floor(book.market, peg));
        *point = DepthPoint { price: if reached { price } else { here }, ..sum };
        told = told.saturating_add(1);
        if !reached {
            break;
        }
    }
    Ok(told)
}

/// The price of a level.
fn level(start: Price, side: Side, width_ppm: u32, number: u64, count: u64) -> Price {
    let part = u64::from(width_ppm.min(MILLION)).saturating_mul(number).checked_div(count).unwrap_or(0);
    let rate = Rate::from_ppm(u32::try_from(part).unwrap_or(MILLION));
    start.scale_floor(if matches!(side, Side::Buy) { rate } else { rate.negated() })
}

/// Walks to the request's bound, as often as one trade's crossings do not suffice. Tells whether it was reached.
fn walk(book: &mut Book, request: &SwapRequest, sum: &mut DepthPoint) -> Result<bool> {
    loop {
        let end = match swap(book, request) {
            Ok(swapped) => {
                let add = |a: u64, b: u64| a.checked_add(b).ok_or(Error::MathOverflow);
                sum.base = add(sum.base, swapped.base)?;
                sum.quote = add(sum.quote, swapped.quote)?;
                swapped.end
            }
            Err(reason) => End::Partial(reason),
        };
        match end {
            End::Partial(Error::CrossingsExhausted) => {}
            End::Partial(Error::LimitReached) => return Ok(true),
            End::Filled | End::Partial(Error::LiquidityExhausted | Error::TickArrayMissing) => return Ok(false),
            End::Partial(error) => return Err(error),
        }
    }
}
