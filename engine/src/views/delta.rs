//! What an account is exposed to in one market: its position, what its ranges hold of it now, and how far the curve can
//! take them. Who hedges ranges elsewhere, or hedges something elsewhere here, asks for this.

use bytemuck::{Pod, Zeroable};

use super::{VERSION, mark_is_stale};
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin;
use crate::state::{MarginAccount, Ranges};
use crate::units::SignedWide;
use crate::view::View;

/// An account's delta in a market. Amounts are base atoms; negative is short.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct DeltaView {
    /// [`VERSION`].
    pub version: u32,
    /// Number of the market.
    pub market: u16,
    /// 1 where the mark is older than `max_age_mark_secs`.
    pub stale: u8,
    /// Ranges that are part of it.
    pub ranges: u8,
    /// The position's base.
    pub position: i64,
    /// The ranges' net base where the curve stands.
    pub ranges_base: i64,
    /// Both: what the account gains, in quote atoms, when the price rises by one quote atom per base atom.
    pub delta: i64,
    /// The same with the curve above every range.
    pub delta_up: i64,
    /// The same with the curve below every range.
    pub delta_down: i64,
    /// The mark.
    pub mark: u64,
    /// Where the market's index of funding stands: quote atoms that a base atom held long has paid since listing, 64
    /// fraction bits. The difference of two readings is what one has paid between them.
    pub funding: SignedWide,
    /// Unix time up to which it is brought.
    pub funding_at: i64,
    /// Room for later fields; zero.
    pub reserved: [u64; 4],
}

const _: () = assert!(size_of::<DeltaView>() == 112);

/// The delta of an account in a market; nothing without a position.
///
/// Errors: `MarketMissing`, `RangesAccountMissing`, `TickArrayMissing`, `MathOverflow`.
#[inline(never)]
pub fn delta(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    number: u16,
    now: Now,
) -> Result<DeltaView> {
    let market = view.market(number)?;
    let mut told = DeltaView {
        version: VERSION,
        market: number,
        stale: mark_is_stale(market, now),
        mark: market.mark.bits,
        funding: market.funding,
        funding_at: market.accrued_at,
        ..DeltaView::default()
    };
    if let Ok(position) = account.position(number) {
        let reach = margin::reach(market, position, ranges, view)?;
        told.ranges = position.ranges;
        told.position = position.base;
        told.ranges_base = reach.base.checked_sub(position.base).ok_or(Error::MathOverflow)?;
        (told.delta, told.delta_up, told.delta_down) = (reach.base, reach.up, reach.down);
    }
    Ok(told)
}
