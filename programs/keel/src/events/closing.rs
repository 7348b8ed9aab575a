//! Events of closing a market down.

use anchor_lang::prelude::*;
use keel_engine::closing::ClosedPosition;
use keel_engine::state::{Exchange, MarginAccount, Market};

use super::{Holding, Ledger, next};

/// A market was closed at its final mark.
#[event(bytemuck)]
pub struct MarketClosed {
    /// Sequence number of the market.
    pub sequence: u64,
    /// The final mark.
    pub mark: u64,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl MarketClosed {
    /// Of a market that is closed.
    #[inline(always)]
    pub fn of(market: &mut Market) -> Self {
        let sequence = next(&mut market.sequence);
        Self { sequence, mark: market.mark.bits, market: market.index_number, pad: [0; 6] }
    }
}

/// A position was settled at the final mark of a closed market.
#[event(bytemuck)]
pub struct PositionClosed {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Base that was settled; negative was short.
    pub base: i64,
    /// What it was worth.
    pub value: i64,
    /// Profit that became a claim.
    pub profit: u64,
    /// Loss that cancelled the holder's own claim.
    pub cancelled: u64,
    /// Loss that left capital.
    pub paid: u64,
    /// Loss that stays owed.
    pub owed: u64,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl PositionClosed {
    /// Of a position that is booked.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, closed: &ClosedPosition) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            base: closed.base,
            value: closed.value,
            profit: closed.settled.profit,
            cancelled: closed.settled.cancelled,
            paid: closed.settled.paid,
            owed: closed.settled.owed,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}

/// A tick array was closed; its rent went back to who had paid it. No sequence number.
#[event(bytemuck)]
pub struct TickArrayClosed {
    /// Address of the tick array.
    pub tick_array: Address,
    /// Its first grid tick over 64.
    pub index: i32,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 2],
}

/// A closed market is gone. What was left of its money is the exchange's insurance's.
#[event(bytemuck)]
pub struct MarketRemoved {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// What was left, in quote atoms.
    pub left: u64,
    /// Insurance of the exchange after it.
    pub insurance: u64,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl MarketRemoved {
    /// Of a market that is empty.
    #[inline(always)]
    pub fn of(exchange: &mut Exchange, market: &Market, left: u64) -> Self {
        Self {
            sequence: next(&mut exchange.sequence),
            left,
            insurance: exchange.insurance,
            market: market.index_number,
            pad: [0; 6],
        }
    }
}
