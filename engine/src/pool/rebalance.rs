//! Rolling the pool's range in a market to what its strategy asks for, by anybody (docs/pool-strategy.md).
//!
//! Guarantees: the range is removed, placed and backed as any provider's, the position reduced as any trader's; nothing is
//! placed while the curve is away from the index, so that nobody pushes it, has the range rolled to there and takes the way
//! back; nobody is paid more than it costs to bring about what he is paid for. What is removed or made smaller in its place
//! is so wherever the curve stands.

use super::nav;
use super::reduce::reduce;
use super::strategy::{self, Ends, Means};
use crate::book::Book;
use crate::clock::Now;
use crate::closing;
use crate::error::{Error, Result};
use crate::margin;
use crate::math::div::{mul_div_ceil, mul_div_floor};
use crate::pot;
use crate::ranges::{self, Entitlement, RangeRequest};
use crate::state::{MarginAccount, Market, Pool, Range, Ranges, Strategy};
use crate::trade::Fill;
use crate::units::{Factor, SqrtPrice};
use crate::view::{Others, View};

/// A keeper's pay is at most the base fee on one part in so many of the quote between the ends that he changed.
const PAID_PART: u64 = 8;

/// The pool with its margin account, and who is paid.
pub struct Members<'m> {
    /// The pool.
    pub pool: &'m mut Pool,
    /// Its margin account.
    pub account: &'m mut MarginAccount,
    /// The companion of that.
    pub ranges: &'m mut Ranges,
    /// Margin account of the keeper.
    pub keeper: &'m mut MarginAccount,
}

/// What a rebalancing did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebalanced {
    /// The range that was removed, with the slot that it was in.
    pub removed: Option<(usize, Range)>,
    /// What was folded of it.
    pub folded: Entitlement,
    /// The fill by which the position was reduced.
    pub fill: Option<Fill>,
    /// The range that was placed, with its slot.
    pub placed: Option<(usize, Range)>,
    /// What the keeper got, in quote atoms.
    pub tip: u64,
}

/// What a rebalancing goes by.
#[derive(Clone, Copy)]
struct Turn<'o> {
    strategy: Strategy,
    hysteresis_ppm: u32,
    tolerance_ppm: u32,
    tip: u64,
    others: Others<'o>,
    now: Now,
}

/// Brings the pool's range and position in a market to what its strategy asks for.
///
/// The range is the strategy's, as far as the cap and initial margin allow, less what those who wait to leave are worth.
/// While the curve's price is further than `rebalance_tol_ppm` from the index nothing is placed but a smaller range instead
/// of one with the same ends; while the market takes no liquidity, nothing. A position beyond the cap, and all of one where
/// the strategy does not quote, is reduced by up to a quarter. `reserve` is the pool's money outside of its account.
///
/// Errors: `AccountFlagged`, `StrategyMissing`, `RebalanceTooSoon`, `NothingToRebalance`, `CurveOffCentre`, those of
/// [`ranges::close`], [`ranges::open`], [`nav()`] and [`trade`](crate::trade::trade).
#[inline(never)]
pub fn rebalance(book: &mut Book, members: &mut Members, reserve: u64, others: Others, now: Now) -> Result<Rebalanced> {
    let Members { pool, account, ranges, keeper } = members;
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    let number = book.market.index_number;
    let turn = Turn {
        strategy: *pool.strategy(number)?,
        hysteresis_ppm: pool.hysteresis_ppm,
        tolerance_ppm: pool.rebalance_tol_ppm,
        tip: u64::from(pool.rebalance_tip_quote),
        others,
        now,
    };
    if now.unix.saturating_sub(turn.strategy.rebalanced_at) < i64::from(pool.rebalance_gap_secs) {
        return Err(Error::RebalanceTooSoon);
    }
    let mut done = Rebalanced { removed: None, folded: Entitlement::default(), fill: None, placed: None, tip: 0 };
    if let Some(slot) = ranges.ranges.iter().position(|range| range.market == number) {
        done.removed = ranges.ranges.get(slot).map(|range| (slot, *range));
        done.folded = ranges::close(book, account, ranges, slot, false, now)?;
    }
    let worth = turn.worth(book, pool, reserve, account, ranges)?;
    let base = account.position(number).map_or(0, |position| position.base);
    let beyond = strategy::beyond_cap(base, worth.left.cap, turn.hysteresis_ppm);
    if beyond != 0 {
        done.fill = reduce(book, account, ranges, others, beyond, pool.slippage_ppm, now)?;
    }
    let base = account.position(number).map_or(0, |position| position.base);
    let wanted = turn.wanted(book.market, &worth, base, done.removed.as_ref().map(|(_, range)| range), beyond != 0)?;
    if let Some(ends) = &wanted.ends {
        done.placed = turn.put(book, account, ranges, ends, wanted.liquidity, worth.leaving)?;
    }
    if done.fill.is_none() && turn.is_as_it_was(book.market, &done) {
        return Err(wanted.refusal);
    }

    let earned = turn.earned(book.market, &done, &wanted)?;
    let strategy = pool.strategy_mut(number)?;
    strategy.rebalanced_at = now.unix;
    if earned.is_for_liquidity {
        strategy.tipped_liquidity = u64::try_from(wanted.asked).unwrap_or(u64::MAX);
    }
    done.tip = turn.pay(book, account, ranges, keeper, earned.quote)?;
    pot::drop_if_done(book.market, account);
    Ok(done)
}

/// What the strategy has to work with.
struct Worth {
    /// With the value of the whole pool.
    all: Means,
    /// With what is left when those who wait have left.
    left: Means,
    /// What they take with them, in quote atoms, rounded up.
    leaving: u64,
}

/// What the strategy wants to be there.
struct Wanted {
    /// Ends of the range, or none.
    ends: Option<Ends>,
    /// Its liquidity.
    liquidity: u128,
    /// What it would be if nobody waited to leave: whoever may take his request back is not to be paid for the to and fro.
    asked: u128,
    /// The refusal where that is what there is.
    refusal: Error,
}

/// What a keeper has earned.
struct Earned {
    quote: u64,
    is_for_liquidity: bool,
}

impl Turn<'_> {
    /// The low value, whole and less what is waiting: neither can be pushed up.
    #[inline(never)]
    fn worth(&self, book: &Book, pool: &Pool, reserve: u64, account: &MarginAccount, ranges: &Ranges) -> Result<Worth> {
        let market = &*book.market;
        if self.strategy.quotes == 0 || closing::is_closed(market) {
            let nothing = Means { side: 0, cap: 0 };
            return Ok(Worth { all: nothing, left: nothing, leaving: 0 });
        }
        let view = View { traded: Some((market, book.arrays)), others: self.others };
        let value = u64::try_from(nav(reserve, account, Some(ranges), &view, self.now)?.low).unwrap_or(0);
        let (waiting, all) = (u128::from(pool.shares_waiting), u128::from(pool.shares));
        let leaving = mul_div_ceil(u128::from(value), waiting, all.max(1)).unwrap_or(0);
        let leaving = u64::try_from(leaving).unwrap_or(value).min(value);
        Ok(Worth {
            all: strategy::means(market, &self.strategy, value),
            left: strategy::means(market, &self.strategy, value.saturating_sub(leaving)),
            leaving,
        })
    }

    /// The range to be placed instead of the old one, which is removed already. `must_remove` where the position is to be
    /// reduced, which a range of the pool's own would be in the way of.
    #[inline(never)]
    fn wanted(
        &self,
        market: &Market,
        worth: &Worth,
        base: i64,
        old: Option<&Range>,
        must_remove: bool,
    ) -> Result<Wanted> {
        let nothing = Wanted { ends: None, liquidity: 0, asked: 0, refusal: Error::NothingToRebalance };
        if worth.all.side == 0 {
            return Ok(nothing);
        }
        let strategy = &self.strategy;
        let liquidity = |means: &Means, ends: &Ends| strategy::liquidity(market, strategy, means, ends, base);
        let taking = ranges::require_taking(market, self.now);
        if taking.is_ok() && ranges::is_near(market, self.tolerance_ppm) {
            let Some(ends) = strategy::place(market, strategy, &worth.all, base, old)? else { return Ok(nothing) };
            let (left, asked) = (liquidity(&worth.left, &ends)?, liquidity(&worth.all, &ends)?);
            return Ok(Wanted { ends: Some(ends), liquidity: left, asked, ..nothing });
        }
        let refusal = taking.err().unwrap_or(Error::CurveOffCentre);
        let Some(old) = old else { return Ok(Wanted { refusal, ..nothing }) };
        let ends = Ends::of(old);
        let there = old.liquidity.get();
        let (left, asked) = (liquidity(&worth.left, &ends)?.min(there), liquidity(&worth.all, &ends)?.min(there));
        if taking.is_ok() {
            return Ok(Wanted { ends: Some(ends), liquidity: left, asked, refusal });
        }
        // Nothing can be placed here now. A range that is not too large, and in nobody's way, stays.
        if !must_remove && !strategy::differs(left, there, self.hysteresis_ppm) {
            return Err(refusal);
        }
        Ok(Wanted { asked, refusal, ..nothing })
    }

    /// Places a range, smaller where initial margin does not back all of it beside what those who wait are to be paid.
    /// `None` where it backs none.
    ///
    /// What margin leaves free is concave in the liquidity: the margin is convex, and equity the least of several lines. So
    /// on the straight line between what is free without the range and with all of it, the point at which nothing is free
    /// lies on the safe side.
    #[inline(never)]
    fn put(
        &self,
        book: &mut Book,
        account: &mut MarginAccount,
        ranges: &mut Ranges,
        ends: &Ends,
        liquidity: u128,
        leaving: u64,
    ) -> Result<Option<(usize, Range)>> {
        let kept = leaving.saturating_add(self.tip);
        let mut liquidity = strategy::at_least_the_smallest(book.market, liquidity);
        if liquidity == 0 {
            return Ok(None);
        }
        let free = self.free(book, account, ranges, kept, leaving != 0)?;
        if free < 0 {
            return Ok(None);
        }
        for _ in 0..2 {
            let request = RangeRequest {
                lower: ends.lower,
                upper: ends.upper,
                liquidity,
                min_sqrt_price: SqrtPrice::from_bits(0),
                max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
            };
            let slot = ranges::open(book, account, ranges, &request, self.now)?;
            let left = self.free(book, account, ranges, kept, leaving != 0)?;
            if left >= 0 {
                return Ok(ranges.ranges.get(slot).map(|range| (slot, *range)));
            }
            let _nothing = ranges::close(book, account, ranges, slot, true, self.now)?;
            let (part, whole) = (free.unsigned_abs(), free.abs_diff(left));
            let backed = mul_div_floor(liquidity, u128::from(part), u128::from(whole)).unwrap_or(0);
            // Margin is rounded up here and there: by less than this.
            liquidity = strategy::at_least_the_smallest(book.market, backed.saturating_sub(backed >> 12));
            if liquidity == 0 {
                break;
            }
        }
        Ok(None)
    }

    /// What initial margin leaves free beyond what is kept, in quote atoms; less than 0 where it is short. Where somebody
    /// waits to leave, a tenth of the notional is left as by any withdrawal.
    #[inline(never)]
    fn free(
        &self,
        book: &Book,
        account: &MarginAccount,
        ranges: &Ranges,
        kept: u64,
        somebody_leaves: bool,
    ) -> Result<i64> {
        let view = View { traded: Some((book.market, book.arrays)), others: self.others };
        let health = margin::initial(account, Some(ranges), &view, &[], self.now)?;
        let floor = if somebody_leaves { health.notional.div_ceil(10) } else { 0 };
        Ok(health.equity.saturating_sub_unsigned(health.required.max(floor)).saturating_sub_unsigned(kept))
    }

    /// Whether the range is what it was, but for what hysteresis lets pass.
    fn is_as_it_was(&self, market: &Market, done: &Rebalanced) -> bool {
        match (&done.removed, &done.placed) {
            (None, None) => true,
            (Some((_, old)), Some((_, new))) => {
                let (from, to) = (Ends::of(old), Ends::of(new));
                strategy::is_same_place(market, self.strategy.width_ticks, self.hysteresis_ppm, &from, &to)
                    && !strategy::differs(new.liquidity.get(), old.liquidity.get(), self.hysteresis_ppm)
            }
            _ => false,
        }
    }

    /// What the keeper has earned: a part of the base fee on the quote between the ends that changed since a keeper was
    /// last paid for it. To change that much back and forth costs the fee on more than he is paid for: ends and cap by
    /// trades, the pool's value by deposits that cannot leave within a cooldown; a request to leave, which can be taken
    /// back, changes nothing of it.
    #[inline(never)]
    fn earned(&self, market: &Market, done: &Rebalanced, wanted: &Wanted) -> Result<Earned> {
        let old = done.removed.as_ref().map(|(_, range)| Ends::of(range));
        let new = done.placed.as_ref().map(|(_, range)| Ends::of(range));
        let tipped = u128::from(self.strategy.tipped_liquidity);
        let (less, more) = (tipped.min(wanted.asked), tipped.max(wanted.asked));
        let is_for_liquidity = !self.is_as_it_was(market, done) && strategy::differs(less, more, self.hysteresis_ppm);
        let mut changed = 0;
        if let (true, Some(ends)) = (is_for_liquidity, new.or(old)) {
            changed = ends.quote(market, wanted.asked.abs_diff(tipped))?;
        }
        if let (Some(old), Some(new), Some((_, range))) = (old, new, done.placed) {
            let whole = new.quote(market, range.liquidity.get())?;
            changed = changed.max(Factor::from_ppm(strategy::moved_ppm(&old, &new)).of_floor(whole));
        }
        let reduced = done.fill.map_or(0, |fill| fill.quote.unsigned_abs());
        let changed = changed.saturating_add(reduced.saturating_mul(2)) / PAID_PART;
        let quote = Factor::from_ppm(market.params.base_fee_ppm).of_floor(changed).min(self.tip);
        Ok(Earned { quote, is_for_liquidity })
    }

    /// Pays the keeper, as far as initial margin leaves it free.
    #[inline(never)]
    fn pay(
        &self,
        book: &Book,
        account: &mut MarginAccount,
        ranges: &Ranges,
        keeper: &mut MarginAccount,
        earned: u64,
    ) -> Result<u64> {
        if earned == 0 {
            return Ok(0);
        }
        let free = u64::try_from(self.free(book, account, ranges, 0, false)?).unwrap_or(0);
        let tip = earned.min(free).min(account.usdc());
        let capital = account.usdc_mut();
        *capital = capital.saturating_sub(tip);
        let capital = keeper.usdc_mut();
        *capital = capital.checked_add(tip).ok_or(Error::MathOverflow)?;
        Ok(tip)
    }
}
