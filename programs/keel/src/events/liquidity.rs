//! Events of ranges and tick arrays.

use anchor_lang::prelude::*;
use keel_engine::ranges::Entitlement;
use keel_engine::state::{MarginAccount, Market, Range};
use keel_engine::units::{SignedWide, Wide};

use super::{Holding, Ledger, next};

/// A tick array was made. Its market is not written: no sequence number.
#[event(bytemuck)]
pub struct TickArrayCreated {
    /// Address of the array.
    pub tick_array: Address,
    /// Index of the array.
    pub index: i32,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 2],
}

/// A range was added to the curve.
#[event(bytemuck)]
pub struct RangeAdded {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// L.
    pub liquidity: Wide,
    /// Base that counts as owed.
    pub base_debt: i64,
    /// Where the curve stands.
    pub sqrt_price: Wide,
    /// The index.
    pub index: u64,
    /// F.
    pub funding: SignedWide,
    /// Lower tick, included.
    pub lower: i32,
    /// Upper tick, excluded.
    pub upper: i32,
    /// Number of the market.
    pub market: u16,
    /// Slot among the account's ranges.
    pub slot: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl RangeAdded {
    /// Of a range in its slot.
    pub fn of(market: &mut Market, address: &Address, slot: u8, range: &Range) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            liquidity: range.liquidity,
            base_debt: range.base_debt,
            sqrt_price: market.sqrt_price.bits,
            index: market.index.bits,
            funding: market.funding,
            lower: range.lower,
            upper: range.upper,
            market: market.index_number,
            slot,
            pad: [0; 5],
        }
    }
}

/// What happened to a range whose entitlement was folded into the account's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Folding {
    /// It stays on the curve.
    Settled = 0,
    /// Its owner took it off the curve.
    Removed = 1,
    /// It was taken off the curve because the account is in liquidation.
    Unwound = 2,
}

/// What a range was entitled to became part of the account's position, and the range may be gone.
#[event(bytemuck)]
pub struct RangeFolded {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Net base.
    pub base: i64,
    /// Net quote.
    pub quote: i64,
    /// Fees earned.
    pub fees: u64,
    /// Funding paid.
    pub funding_paid: i64,
    /// F.
    pub funding: SignedWide,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Slot among the account's ranges.
    pub slot: u8,
    /// 0 it stays, 1 removed by its owner, 2 unwound in liquidation.
    pub what: u8,
    /// 1 when the account is still flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
}

impl RangeFolded {
    /// Of an entitlement that is booked.
    pub fn of(
        market: &mut Market,
        account: &MarginAccount,
        address: &Address,
        slot: u8,
        what: Folding,
        folded: &Entitlement,
    ) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            base: folded.base,
            quote: folded.quote,
            fees: folded.fees,
            funding_paid: folded.funding,
            funding: market.funding,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            slot,
            what: what as u8,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 3],
        }
    }
}
