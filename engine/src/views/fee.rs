//! What a trade of a size would cost now: its fill, fee and impact (protocol.md sections 3 and 6).

use bytemuck::{Pod, Zeroable};

use super::VERSION;
use crate::book::Book;
use crate::clock::Now;
use crate::curve::{End, Exact, price_floor, swap};
use crate::error::{Error, Result};
use crate::math::Side;
use crate::math::div::div_128_by_64;
use crate::oracle::{self, Sample};
use crate::params::MILLION;
use crate::refresh;
use crate::trade::{self, Order};
use crate::units::Price;

/// What a trade would do to the curve, margin aside. Prices are bits with 48 fraction bits, amounts atoms.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct FeeView {
    /// [`VERSION`].
    pub version: u32,
    /// Number of the market.
    pub market: u16,
    /// 1 where the whole amount would be filled.
    pub filled: u8,
    /// 1 where the index is older than `max_age_trade_secs`: the trade would be refused.
    pub stale: u8,
    /// Why it is not filled in whole, as the program's error code; 0 where it is.
    pub reason: u32,
    /// Steps of the curve.
    pub steps: u32,
    /// Initialised ticks crossed.
    pub crossings: u32,
    /// Padding; zero.
    pub pad: u32,
    /// Base that would change hands.
    pub base: u64,
    /// Quote that would, without the fee.
    pub quote: u64,
    /// Fee, in quote atoms.
    pub fee: u64,
    /// Fee over quote, with 48 fraction bits, rounded up.
    pub fee_rate: u64,
    /// Quote over base, rounded down.
    pub mean_price: u64,
    /// The curve's price before, as the fill is priced, rounded down.
    pub price_before: u64,
    /// And after.
    pub price_after: u64,
    /// The index.
    pub index: u64,
}

const _: () = assert!(size_of::<FeeView>() == 88);

/// First code of the program's own errors.
const FIRST_CODE: u32 = 6_000;

/// What an order of this side and amount without a limit would get now, from an account without a position: the market
/// takes the update, and the curve is walked as by [`trade::trade`]. The book is a copy, for this to spoil; where its
/// arrays end, so does the fill.
///
/// Errors: `ZeroAmount`, `AmountTooLarge`, those of the update. What the curve refuses is told as the reason.
#[inline(never)]
pub fn fee(book: &mut Book, sample: Option<&Sample>, side: Side, exact: Exact, now: Now) -> Result<FeeView> {
    trade::check_amount(exact)?;
    let _refreshed = refresh::refresh(book.market, sample, now)?;
    let order = Order { side, exact, limit: None, reduce_only: false, all_or_nothing: false };
    let request = trade::request(book.market, &order, exact, false, now);
    let mut told = FeeView {
        version: VERSION,
        market: book.market.index_number,
        stale: u8::from(oracle::require_tradable_index(book.market, now).is_err()),
        price_before: price_floor(book.market, request.peg),
        index: book.market.index.bits,
        ..FeeView::default()
    };
    told.price_after = told.price_before;
    match swap(book, &request) {
        Ok(swapped) => {
            (told.base, told.quote, told.fee) = (swapped.base, swapped.quote, swapped.fee);
            (told.steps, told.crossings) = (swapped.steps, swapped.crossings);
            told.fee_rate = fee_rate(swapped.fee, swapped.quote);
            told.mean_price = mean_price(swapped.quote, swapped.base);
            told.price_after = price_floor(book.market, request.peg);
            match swapped.end {
                End::Filled => told.filled = 1,
                End::Partial(reason) => told.reason = code(reason),
            }
        }
        Err(reason) => told.reason = code(reason),
    }
    Ok(told)
}

const fn code(error: Error) -> u32 {
    FIRST_CODE.saturating_add(error.code())
}

/// A fee over the quote of its fill, with 48 fraction bits, rounded up; 0 of nothing.
pub fn fee_rate(fee: u64, quote: u64) -> u64 {
    ratio(fee, quote, true)
}

/// The quote of a fill over its base, as a price's bits, rounded down; 0 of nothing.
pub fn mean_price(quote: u64, base: u64) -> u64 {
    ratio(quote, base, false)
}

/// How far a price is from another, in parts per million of the other, rounded up; 0 of nothing.
pub fn distance_ppm(price: Price, from: Price) -> u64 {
    if from.bits == 0 {
        return 0;
    }
    let apart = u128::from(price.bits.abs_diff(from.bits)).saturating_mul(u128::from(MILLION));
    u64::try_from(apart.div_ceil(u128::from(from.bits))).unwrap_or(u64::MAX)
}

/// `part / whole` with 48 fraction bits; 0 of nothing.
fn ratio(part: u64, whole: u64, round_up: bool) -> u64 {
    let quotient = div_128_by_64(u128::from(part) << 48, whole);
    let rounded = quotient.map(|(floor, rest)| floor.saturating_add(u128::from(round_up && rest != 0)));
    rounded.map_or(0, |rounded| u64::try_from(rounded).unwrap_or(u64::MAX))
}
