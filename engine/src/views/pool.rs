//! What the pool is worth, what its shares cost, and who waits (docs/pool.md).

use bytemuck::{Pod, Zeroable};

use super::{VERSION, mark_is_stale};
use crate::clock::Now;
use crate::error::Result;
use crate::pool::{free_capital_at_any_mark, nav_at_any_mark, shares};
use crate::state::{Exchange, MarginAccount, Pool, Ranges};
use crate::view::View;

/// The pool. Amounts are quote atoms, a share has 6 decimals.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct PoolView {
    /// [`VERSION`].
    pub version: u32,
    /// 1 where a mark under it is older than `max_age_mark_secs`: the program refuses then what needs one.
    pub stale: u8,
    /// 1 where no deposits are taken.
    pub closed: u8,
    /// 1 where the pool's margin account is flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: u8,
    /// What nobody comes in below.
    pub nav_high: i64,
    /// What nobody leaves above.
    pub nav_low: i64,
    /// Shares there are.
    pub shares: u64,
    /// What a whole share costs who comes in, rounded up.
    pub price_high: u64,
    /// What a whole share is worth to who leaves, rounded down.
    pub price_low: u64,
    /// USDC capital of the pool's margin account.
    pub capital: u64,
    /// What of it may leave now.
    pub free: u64,
    /// What is set aside for losses that nobody else pays; part of both values.
    pub reserve: u64,
    /// Deposits that wait; part of neither.
    pub deposits_waiting: u64,
    /// Shares of those who wait to leave.
    pub shares_waiting: u64,
    /// Number of the first redemption that waits.
    pub redeem_head: u64,
    /// Number that the next one gets.
    pub redeem_tail: u64,
    /// Room for later fields; zero.
    pub reserved: [u64; 3],
}

const _: () = assert!(size_of::<PoolView>() == 128);

/// The pool as it stands; `ranges` and `view` are its margin account's.
///
/// Errors: `MarketMissing`, `RangesAccountMissing`, `TickArrayMissing`, `MathOverflow`.
#[inline(never)]
pub fn view(
    pool: &Pool,
    exchange: &Exchange,
    account: &MarginAccount,
    (ranges, view): (Option<&Ranges>, &View),
    now: Now,
) -> Result<PoolView> {
    let reserve = exchange.pool_reserve;
    let nav = nav_at_any_mark(reserve, account, ranges, view, now)?;
    let mut stale = 0;
    for position in account.positions.iter().filter(|position| position.base != 0 || position.ranges != 0) {
        stale |= mark_is_stale(view.market(position.market)?, now);
    }
    Ok(PoolView {
        version: VERSION,
        stale,
        closed: pool.closed,
        flagged: u8::from(account.flagged_at != 0),
        pad: 0,
        nav_high: nav.high,
        nav_low: nav.low,
        shares: pool.shares,
        price_high: shares::price_ceil(&nav, pool.shares),
        price_low: shares::price_floor(&nav, pool.shares),
        capital: account.usdc(),
        free: free_capital_at_any_mark(account, ranges, view, now)?,
        reserve,
        deposits_waiting: pool.deposits_waiting,
        shares_waiting: pool.shares_waiting,
        redeem_head: pool.redeem_head,
        redeem_tail: pool.redeem_tail,
        reserved: [0; 3],
    })
}
