//! Events of refreshing, liquidating and resolving.

use anchor_lang::prelude::*;
use keel_engine::liquidation::Step;
use keel_engine::refresh::Refreshed as Refreshment;
use keel_engine::resolve::Resolved as Resolution;
use keel_engine::state::{MarginAccount, Market};
use keel_engine::units::{SignedWide, Wide};

use super::{Holding, Ledger, next};

/// Time was accrued and the price read, alone. (Other instructions do the same in front; their events have the prices.)
#[event(bytemuck)]
pub struct Refreshed {
    /// Sequence number of the market.
    pub sequence: u64,
    /// The index.
    pub index: u64,
    /// Its publish time.
    pub index_time: i64,
    /// Its confidence over price.
    pub conf: i64,
    /// The peg.
    pub peg: u64,
    /// The mark price.
    pub mark: u64,
    /// The slow price.
    pub stable: u64,
    /// Funding rate per hour.
    pub funding_rate: i64,
    /// F.
    pub funding: SignedWide,
    /// Number of the market.
    pub market: u16,
    /// 1 while the market is guarded.
    pub guarded: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl Refreshed {
    /// Of a refresh.
    #[inline(always)]
    pub fn of(market: &mut Market, refreshed: &Refreshment) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            index: refreshed.index.bits,
            index_time: refreshed.index_time,
            conf: market.conf.bits,
            peg: market.peg.bits,
            mark: refreshed.mark.bits,
            stable: refreshed.stable.bits,
            funding_rate: refreshed.funding_rate.bits,
            funding: SignedWide::new(refreshed.funding),
            market: market.index_number,
            guarded: u8::from(refreshed.guarded),
            pad: [0; 5],
        }
    }
}

/// An account was flagged for liquidation. Only the account is written: no sequence number.
#[event(bytemuck)]
pub struct LiquidationBegun {
    /// Address of the margin account.
    pub account: Address,
    /// Its equity.
    pub equity: i64,
    /// Its maintenance margin.
    pub maintenance: u64,
    /// Unix time of the flag.
    pub flagged_at: i64,
}

/// A position of a flagged account was reduced against the curve.
#[event(bytemuck)]
pub struct Liquidated {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the liquidated margin account.
    pub account: Address,
    /// Address of the margin account that was paid for it.
    pub keeper_account: Address,
    /// Base that the liquidated account gained; negative was sold.
    pub base: i64,
    /// Quote that it gained, without the fee.
    pub quote: i64,
    /// Taker fee.
    pub fee: u64,
    /// What the keeper got.
    pub keeper: u64,
    /// What the market's insurance got of the discount.
    pub insurance: u64,
    /// The discount, in 2^-48.
    pub discount: u64,
    /// Equity after it.
    pub equity: i64,
    /// Maintenance margin after it.
    pub maintenance: u64,
    /// The keeper's USDC capital after it.
    pub keeper_capital: u64,
    /// The index.
    pub index: u64,
    /// The peg.
    pub peg: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// Where the curve stands after it.
    pub sqrt_price: Wide,
    /// The liquidated account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// 1 when the account is still flagged.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl Liquidated {
    /// Of a step that is booked: the liquidated account and its address, the keeper's and its.
    pub fn of(
        market: &mut Market,
        (account, address): (&MarginAccount, &Address),
        (keeper, keeper_address): (&MarginAccount, &Address),
        step: &Step,
    ) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            keeper_account: *keeper_address,
            base: step.base,
            quote: step.quote,
            fee: step.fee,
            keeper: step.keeper,
            insurance: step.insurance,
            discount: step.discount.bits,
            equity: step.health.equity,
            maintenance: step.health.maintenance,
            keeper_capital: keeper.usdc(),
            index: market.index.bits,
            peg: market.peg.bits,
            mark: market.mark.bits,
            funding: market.funding,
            sqrt_price: market.sqrt_price.bits,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 5],
        }
    }
}

/// What a bankrupt account has coming in another market was collected for what it owes: settled, matured, released at
/// that market's ratio, and pledged as far as it could not be. One for each such market, in front of `Resolved`.
#[event(bytemuck)]
pub struct ClaimConsumed {
    /// Sequence number of the other market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the other market.
    pub market: u16,
    /// Number of the market to whose insurance it is pledged, or 0.
    pub creditor: u16,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl ClaimConsumed {
    /// Of a market in which something was collected.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address) -> Self {
        let creditor = account.position(market.index_number).map_or(0, |position| position.creditor);
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            creditor,
            pad: [0; 4],
        }
    }
}

/// What a bankrupt account owed a market went through the loss order.
#[event(bytemuck)]
pub struct Resolved {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Paid by the account.
    pub own: u64,
    /// Its claims in other markets that were pledged to the market's insurance, at face.
    pub pledged: u64,
    /// Taken by the market's surplus.
    pub surplus: u64,
    /// Paid by the market's insurance.
    pub insurance: u64,
    /// Given up by the treasury's claim on the pot.
    pub treasury: u64,
    /// Paid by the exchange's insurance.
    pub exchange: u64,
    /// Paid by the pool's reserve.
    pub pool: u64,
    /// Written off.
    pub written_off: u64,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// 1 when the account is still flagged: something is still to come for it, or it owes in another market.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl Resolved {
    /// Of a resolution that is booked.
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, resolved: &Resolution) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            own: resolved.own,
            pledged: resolved.pledged,
            surplus: resolved.surplus,
            insurance: resolved.insurance,
            treasury: resolved.treasury,
            exchange: resolved.exchange,
            pool: resolved.pool,
            written_off: resolved.written_off,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 5],
        }
    }
}
