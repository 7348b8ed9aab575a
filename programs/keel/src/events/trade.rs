//! Events of trading, settling and taking profit out.

use anchor_lang::prelude::*;
use keel_engine::curve::End;
use keel_engine::pot::{Released, Settled as Settlement};
use keel_engine::state::{MarginAccount, Market};
use keel_engine::trade::Fill;
use keel_engine::units::{SignedWide, Wide};

use super::{Holding, Ledger, next};

/// A trade was filled, in whole or in part.
#[event(bytemuck)]
pub struct Traded {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Base gained; negative was sold.
    pub base: i64,
    /// Quote gained, without the fee; negative was paid.
    pub quote: i64,
    /// Fee.
    pub fee: u64,
    /// The index.
    pub index: u64,
    /// Its publish time.
    pub index_time: i64,
    /// The peg.
    pub peg: u64,
    /// The mark price.
    pub mark: u64,
    /// Funding rate per hour.
    pub funding_rate: i64,
    /// F.
    pub funding: SignedWide,
    /// Where the curve stands after it.
    pub sqrt_price: Wide,
    /// Active liquidity after it.
    pub liquidity: Wide,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Steps of the curve.
    pub steps: u32,
    /// Initialised ticks crossed.
    pub crossings: u32,
    /// Number of the market.
    pub market: u16,
    /// 1 when it was filled in whole.
    pub filled: u8,
    /// 1 when the account is still flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl Traded {
    /// Of a fill that is booked.
    #[inline(always)]
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, fill: &Fill) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            base: fill.base,
            quote: fill.quote,
            fee: fill.fee,
            index: market.index.bits,
            index_time: market.index_time,
            peg: market.peg.bits,
            mark: market.mark.bits,
            funding_rate: market.funding_rate.bits,
            funding: market.funding,
            sqrt_price: market.sqrt_price.bits,
            liquidity: market.liquidity,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            steps: fill.steps,
            crossings: fill.crossings,
            market: market.index_number,
            filled: u8::from(fill.end == End::Filled),
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 4],
        }
    }
}

/// A position was settled at mark.
#[event(bytemuck)]
pub struct Settled {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Profit that became a claim.
    pub profit: u64,
    /// Loss that cancelled the holder's own claim.
    pub cancelled: u64,
    /// Loss that left capital and entered the pot.
    pub paid: u64,
    /// Loss that stays owed.
    pub owed: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl Settled {
    /// Of a settlement that is booked.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, settled: &Settlement) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            profit: settled.profit,
            cancelled: settled.cancelled,
            paid: settled.paid,
            owed: settled.owed,
            mark: market.mark.bits,
            funding: market.funding,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}

/// A mature claim became capital.
#[event(bytemuck)]
pub struct ClaimReleased {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Claim that ended.
    pub claim: u64,
    /// Capital that it became.
    pub paid: u64,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl ClaimReleased {
    /// Of a release that is booked.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, released: &Released) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            claim: released.claim,
            paid: released.paid,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}
