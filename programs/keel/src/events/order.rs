//! Events of standing orders. None of them writes a market by itself: no sequence number. An execution logs the trade
//! ([`Traded`](super::Traded)), then the order, then its end where it is over.

use anchor_lang::prelude::*;
use keel_engine::orders::{Ended, Executed};
use keel_engine::state::{MarginAccount, PlacedOrder};

/// An order was placed.
#[event(bytemuck)]
pub struct OrderPlaced {
    /// Address of the margin account.
    pub account: Address,
    /// Address of the order.
    pub order: Address,
    /// Who placed it, and paid.
    pub placed_by: Address,
    /// Its number among the margin account's.
    pub number: u64,
    /// Base in all.
    pub amount: u64,
    /// Price at or below which it is executed, or 0.
    pub below: u64,
    /// Worst price of a fill then, or 0; or the last level that buys.
    pub below_limit: u64,
    /// Price at or above which it is executed, or 0.
    pub above: u64,
    /// Worst price of a fill then, or 0; or the last level that sells.
    pub above_limit: u64,
    /// Smallest part that is filled by itself.
    pub min_fill: u64,
    /// Lamports for who executes it.
    pub tip: u64,
    /// Time of the first slice, or 0.
    pub starts_at: i64,
    /// Time from which on it may not be executed, or 0.
    pub expires_at: i64,
    /// Seconds between slices.
    pub interval_secs: u32,
    /// Slices or levels in all.
    pub slices: u32,
    /// Intervals during which a missed slice may be made up for.
    pub catch_up: u32,
    /// Orders of the margin account after it.
    pub orders: u32,
    /// Number of the market.
    pub market: u16,
    /// What it waits for.
    pub kind: u8,
    /// 0 buy, 1 sell.
    pub side: u8,
    /// Its flags.
    pub flags: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
}

impl OrderPlaced {
    /// Of an order in its account.
    pub fn of(order: &PlacedOrder, address: &Address, account: &MarginAccount) -> Self {
        Self {
            account: Address::new_from_array(order.account),
            order: *address,
            placed_by: Address::new_from_array(order.placed_by),
            number: order.number,
            amount: order.amount,
            below: order.below.bits,
            below_limit: order.below_limit.bits,
            above: order.above.bits,
            above_limit: order.above_limit.bits,
            min_fill: order.min_fill,
            tip: order.tip,
            starts_at: order.starts_at,
            expires_at: order.expires_at,
            interval_secs: order.interval_secs,
            slices: order.slices,
            catch_up: order.catch_up,
            orders: account.orders,
            market: order.market,
            kind: order.kind,
            side: order.side,
            flags: order.flags,
            pad: [0; 3],
        }
    }
}

/// A part of an order, or all of it, was executed.
#[event(bytemuck)]
pub struct OrderExecuted {
    /// Address of the margin account.
    pub account: Address,
    /// Address of the order.
    pub order: Address,
    /// Who executed it.
    pub keeper: Address,
    /// Base gained; negative was sold.
    pub base: i64,
    /// Base filled so far.
    pub filled: u64,
    /// Base given up so far.
    pub skipped: u64,
    /// Lamports that this execution earned.
    pub tip: u64,
    /// Number of the market.
    pub market: u16,
    /// 1 when the order is over.
    pub ended: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl OrderExecuted {
    /// Of an execution that is booked.
    #[inline(always)]
    pub fn of(order: &PlacedOrder, address: &Address, keeper: &Address, executed: &Executed) -> Self {
        Self {
            account: Address::new_from_array(order.account),
            order: *address,
            keeper: *keeper,
            base: executed.fill.base,
            filled: order.filled,
            skipped: order.skipped,
            tip: executed.tip,
            market: order.market,
            ended: u8::from(executed.ended.is_some()),
            pad: [0; 5],
        }
    }
}

/// An order is over; what it held went back to who paid.
#[event(bytemuck)]
pub struct OrderClosed {
    /// Address of the margin account.
    pub account: Address,
    /// Address of the order.
    pub order: Address,
    /// Base filled.
    pub filled: u64,
    /// Base given up while it was executed.
    pub skipped: u64,
    /// Lamports of its tip that executions earned.
    pub tip_paid: u64,
    /// Lamports of it for who cleaned it up.
    pub cleaning_tip: u64,
    /// Orders of the margin account after it.
    pub orders: u32,
    /// Number of the market.
    pub market: u16,
    /// Why: 0 filled, 1 its rest was given up, 2 no position is left to reduce, 3 cancelled, 4 its time is over, 5 the market
    /// is closed, 6 who placed it may not any more.
    pub reason: u8,
    /// Padding; zero.
    pub pad: u8,
}

impl OrderClosed {
    /// Of an order that is about to be closed.
    pub fn of(
        order: &PlacedOrder,
        address: &Address,
        account: &MarginAccount,
        ended: Ended,
        cleaning_tip: u64,
    ) -> Self {
        Self {
            account: Address::new_from_array(order.account),
            order: *address,
            filled: order.filled,
            skipped: order.skipped,
            tip_paid: order.tip_paid,
            cleaning_tip,
            orders: account.orders,
            market: order.market,
            reason: ended.number(),
            pad: 0,
        }
    }
}
