//! Events of taking over and of deleveraging.

use anchor_lang::prelude::*;
use keel_engine::liquidation::{Deleveraged as Deleveraging, TakenOver as TakeOver};
use keel_engine::state::{MarginAccount, Market};
use keel_engine::units::SignedWide;

use super::{Holding, Ledger, next};

/// A part of a flagged account's position was taken over by a liquidator, at the mark less the discount.
#[event(bytemuck)]
pub struct TakenOver {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the liquidated margin account.
    pub account: Address,
    /// Address of the margin account that took over.
    pub liquidator_account: Address,
    /// Base that the liquidated account gained; negative went to the liquidator.
    pub base: i64,
    /// Quote that it gained.
    pub quote: i64,
    /// Tip that it paid to the liquidator.
    pub tip: u64,
    /// Insurance's part of the discount, which the liquidator owes the pot.
    pub insurance: u64,
    /// The discount, in 2^-48.
    pub discount: u64,
    /// Equity of the liquidated account after it.
    pub equity: i64,
    /// Its maintenance margin after it.
    pub maintenance: u64,
    /// The index.
    pub index: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// The liquidated account after it.
    pub holding: Holding,
    /// The liquidator after it.
    pub liquidator_holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// 1 when the liquidated account is still flagged.
    pub flagged: u8,
    /// 1 when the liquidator is flagged: it may reduce what it holds.
    pub liquidator_flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl TakenOver {
    /// Of a take-over that is booked: the liquidated account and its address, the liquidator's and its.
    pub fn of(
        market: &mut Market,
        (account, address): (&MarginAccount, &Address),
        (liquidator, liquidator_address): (&MarginAccount, &Address),
        taken: &TakeOver,
    ) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            liquidator_account: *liquidator_address,
            base: taken.base,
            quote: taken.quote,
            tip: taken.tip,
            insurance: taken.insurance,
            discount: taken.discount.bits,
            equity: taken.health.equity,
            maintenance: taken.health.maintenance,
            index: market.index.bits,
            mark: market.mark.bits,
            funding: market.funding,
            holding: Holding::of(account, market),
            liquidator_holding: Holding::of(liquidator, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            flagged: u8::from(account.flagged_at != 0),
            liquidator_flagged: u8::from(liquidator.flagged_at != 0),
            pad: [0; 4],
        }
    }
}

/// A part of what the auction had left of a flagged account's position was closed at mark against an opposite holder.
#[event(bytemuck)]
pub struct Deleveraged {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the deleveraged margin account.
    pub account: Address,
    /// Address of the margin account that closed against it.
    pub holder_account: Address,
    /// Address of the margin account that was paid for it.
    pub keeper_account: Address,
    /// Base that the deleveraged account gained; the holder gained the opposite.
    pub base: i64,
    /// Quote that it gained; the holder gained the opposite.
    pub quote: i64,
    /// Tip that it paid to the keeper.
    pub tip: u64,
    /// Return on margin that the holder had to show, in 2^-48; 0 when any would do.
    pub threshold: u64,
    /// Equity of the deleveraged account after it.
    pub equity: i64,
    /// Its maintenance margin after it.
    pub maintenance: u64,
    /// The keeper's USDC capital after it.
    pub keeper_capital: u64,
    /// The index.
    pub index: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// The deleveraged account after it.
    pub holding: Holding,
    /// The holder after it, the ranges in the market settled.
    pub holder_holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// 1 when the deleveraged account is still flagged.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl Deleveraged {
    /// Of a step that is booked: the deleveraged account, the holder's and the keeper's, each with its address.
    pub fn of(market: &mut Market, parties: [(&MarginAccount, &Address); 3], step: &Deleveraging) -> Self {
        let [(account, address), (holder, holder_address), (keeper, keeper_address)] = parties;
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            holder_account: *holder_address,
            keeper_account: *keeper_address,
            base: step.base,
            quote: step.quote,
            tip: step.tip,
            threshold: step.threshold.unwrap_or_default().bits,
            equity: step.health.equity,
            maintenance: step.health.maintenance,
            keeper_capital: keeper.usdc(),
            index: market.index.bits,
            mark: market.mark.bits,
            funding: market.funding,
            holding: Holding::of(account, market),
            holder_holding: Holding::of(holder, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 5],
        }
    }
}
