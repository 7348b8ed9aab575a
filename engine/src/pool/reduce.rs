//! Taking the pool's own position down where its strategy has no place for it, by a trade like anybody's.
//!
//! Guarantees: reduce-only; at no price that is worse than the mark by more than `slippage_ppm`, and moving the curve by no
//! more than the base fee, so that trading in front of it and back behind it costs more than the pool moves; at most a
//! quarter at a time. Where nothing can be filled so, nothing is done, and that is no error: the range is gone all the same.

use crate::book::Book;
use crate::clock::Now;
use crate::curve::{self, Bound, Exact};
use crate::error::{Error, Result};
use crate::margin;
use crate::math::Side;
use crate::math::amounts::base_delta_floor;
use crate::math::sqrt::sqrt_ratio_floor;
use crate::oracle;
use crate::params::MILLION;
use crate::state::{MarginAccount, Market, Ranges};
use crate::trade::{self, Fill, Order};
use crate::units::{Price, Rate};
use crate::view::{Others, View};

/// The curve moves by this much at most where the market has a smaller base fee, or none.
const LEAST_MOVE_PPM: u32 = 100;

/// Reduces the position by `beyond` base atoms, and by no more than a quarter of it unless what is beyond is less than
/// `min_step_usd`.
///
/// Errors: those of [`trade::trade`] that no look in front of it tells: `TickArrayMissing`.
#[inline(never)]
pub(super) fn reduce(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: &Ranges,
    others: Others,
    beyond: u64,
    slippage_ppm: u32,
    now: Now,
) -> Result<Option<Fill>> {
    let market = &*book.market;
    let base = account.position(market.index_number)?.base;
    let side = if base > 0 { Side::Sell } else { Side::Buy };
    let smallest = u64::from(market.params.min_step_usd).saturating_mul(u64::from(MILLION));
    let is_dust = market.mark.notional_ceil(beyond)? < smallest;
    let amount = if is_dust { beyond } else { beyond.min(base.unsigned_abs().div_ceil(4)) };
    let limit = limit(market, side, slippage_ppm, now);
    let view = View { traded: Some((market, book.arrays)), others };
    // An account that nobody can price now trades nothing.
    let is_priced = margin::health(account, Some(ranges), &view, now).is_ok();
    if !is_priced || !fills(market, side, limit, now) {
        return Ok(None);
    }
    let order =
        Order { side, exact: Exact::Base(amount), limit: Some(limit), reduce_only: true, all_or_nothing: false };
    trade::trade(book, account, Some(ranges), others, &order, now).map(Some)
}

/// The worse of the two bounds for who would trade in front of it: the mark less the slippage, and as far from where the
/// curve is as the base fee.
fn limit(market: &Market, side: Side, slippage_ppm: u32, now: Now) -> Price {
    let signed = |ppm: u32| {
        let rate = Rate::from_ppm(ppm);
        if matches!(side, Side::Buy) { rate } else { rate.negated() }
    };
    let here = Price::from_bits(curve::price_floor(market, oracle::fill_peg(market, side, now)));
    let moved = here.scale_floor(signed(market.params.base_fee_ppm.max(LEAST_MOVE_PPM)));
    let worst = market.mark.scale_floor(signed(slippage_ppm));
    match side {
        Side::Buy => moved.min(worst),
        Side::Sell => moved.max(worst),
    }
}

/// Whether a trade up to that limit would fill at least an atom from where the curve is.
fn fills(market: &Market, side: Side, limit: Price, now: Now) -> bool {
    let is_open = oracle::require_tradable_index(market, now).is_ok() && !market.is_guarded();
    if !is_open || market.liquidity.get() == 0 {
        return false;
    }
    let peg = oracle::fill_peg(market, side, now);
    let limit = Bound { price: limit, peg, refusal: Error::LimitReached };
    let is_within = |bound: &Bound| {
        let Ok(end) = sqrt_ratio_floor(bound.price.bits, bound.peg.bits) else { return false };
        let moved = base_delta_floor(market.sqrt_price, end, market.liquidity.get());
        !bound.is_broken_by(market.sqrt_price, side) && moved.is_ok_and(|base| base > 1)
    };
    is_within(&limit) && trade::band(market, side, 2).is_none_or(|band| is_within(&band))
}
