//! A liquidation as it stands in one market: how far it has come, at what price, and how much a step may close (protocol.md
//! section 8).

use bytemuck::{Pod, Zeroable};

use super::VERSION;
use crate::clock::Now;
use crate::error::Result;
use crate::liquidation::{self, Phase};
use crate::margin;
use crate::oracle::MarkUse;
use crate::state::{MarginAccount, Ranges};
use crate::view::View;

/// A liquidation in one market. Amounts are atoms, prices and ratios bits with 48 fraction bits.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct AuctionView {
    /// [`VERSION`].
    pub version: u32,
    /// 0: no step is allowed, because the account is healthy or not flagged; 1 plateau, 2 auction, 3 the auction has run
    /// out and the pool may take what remains, 4 deleveraging is allowed as well.
    pub phase: u8,
    /// 1 where a mark under it is older than `max_age_mark_secs`: steps wait until the flag is as old; 2 where one is older
    /// than `max_age_liquidation_secs`: there are none.
    pub stale: u8,
    /// Number of the market.
    pub market: u16,
    /// Base that the account holds there, without ranges.
    pub base: i64,
    /// Ranges that it has anywhere: they are unwound before the first step.
    pub ranges: u32,
    /// Padding; zero.
    pub pad: u32,
    /// Equity at mark.
    pub equity: i64,
    /// Maintenance margin.
    pub maintenance: u64,
    /// Equity at which the flag clears.
    pub target: u64,
    /// Unix time of the flag, or 0.
    pub flagged_at: i64,
    /// The mark.
    pub mark: u64,
    /// The discount now; 0 without a phase.
    pub discount: u64,
    /// The mark with it: what a take-over pays, and the worst price of a step on the curve.
    pub price: u64,
    /// The most base that a step of the auction may close.
    pub largest_step: u64,
    /// Return on margin that an opposite holder must show to be deleveraged now; 0 where any will do, the largest number
    /// before deleveraging is allowed.
    pub threshold: u64,
}

const _: () = assert!(size_of::<AuctionView>() == 96);

/// A liquidation as it stands in a market.
///
/// Errors: `MarketMissing`, `RangesAccountMissing`, `TickArrayMissing`, `MathOverflow`.
#[inline(never)]
pub fn auction(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    number: u16,
    now: Now,
) -> Result<AuctionView> {
    let market = view.market(number)?;
    let health = margin::health_at_any_mark(account, ranges, view, now)?;
    let mut told = AuctionView {
        version: VERSION,
        market: number,
        base: account.position(number).map_or(0, |position| position.base),
        ranges: u32::from(account.ranges),
        equity: health.equity,
        maintenance: health.maintenance,
        target: health.target,
        flagged_at: account.flagged_at,
        mark: market.mark.bits,
        price: market.mark.bits,
        threshold: u64::MAX,
        ..AuctionView::default()
    };
    for position in account.positions.iter().filter(|position| position.base != 0 || position.ranges != 0) {
        let held = view.market(position.market)?;
        let age = match (MarkUse::Owner.require(held, now), MarkUse::Liquidation.require(held, now)) {
            (Ok(()), _) => 0,
            (_, Ok(())) => 1,
            _ => 2,
        };
        told.stale = told.stale.max(age);
    }
    if account.flagged_at == 0 || !health.is_unhealthy() {
        return Ok(told);
    }
    // The next step counts a flag that has grown stale from itself on.
    let mut flagged = *account;
    liquidation::renew_stale_flag(&mut flagged, view, now);
    let auction = liquidation::auction(market, &flagged, &health, now);
    told.phase = match auction.phase {
        Phase::Plateau => 1,
        Phase::Auction => 2,
        Phase::Backstop => 3,
        Phase::Deleverage => 4,
    };
    told.discount = auction.discount.bits;
    told.price = auction.price(market, told.base).bits;
    if told.base != 0 {
        told.largest_step = liquidation::step_size(market, told.base.unsigned_abs(), &health, auction.discount)?;
    }
    if auction.phase == Phase::Deleverage {
        told.threshold = auction.threshold.map_or(0, |threshold| threshold.bits);
    }
    Ok(told)
}
