//! Funding to come: what it will be while everything stays as it is, and what it can be at the worst (protocol.md section
//! 5).

use bytemuck::{Pod, Zeroable};

use super::VERSION;
use crate::clock::Now;
use crate::funding::{MAX_PREMIUM, per_second_at_cap, premium, run};
use crate::math::Side;
use crate::refresh;
use crate::state::Market;
use crate::units::{Rate, SignedWide};

/// Hours of a forecast.
pub const MAX_POINTS: usize = 48;

/// Seconds between two points.
const HOUR: i64 = 3_600;

/// Seconds at the cap that the worst case has in hand, because F moves by whole seconds under the day's cap: one for each
/// window of a day that 48 hours touch, and one.
const IN_HAND: i128 = 4;

/// F to come. Points are what a holder of the side pays per base atom from `at` until so many hours later, in quote atoms
/// with 48 fraction bits, rounded up; negative is what he gets. The index stays as it is in both.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct FundingView {
    /// [`VERSION`].
    pub version: u32,
    /// Number of the market.
    pub market: u16,
    /// Points that are told; the others are 0.
    pub points: u8,
    /// 0 for who is long, 1 for who is short.
    pub side: u8,
    /// Unix time from which it counts.
    pub at: i64,
    /// F then, in 2^-64 quote atoms per base atom.
    pub funding: SignedWide,
    /// Funding rate per hour then, with 48 fraction bits.
    pub rate: i64,
    /// The premium that is held, with 48 fraction bits.
    pub premium: i64,
    /// The index, as a price's bits.
    pub index: u64,
    /// While the premium stays as it is.
    pub forecast: [i64; MAX_POINTS],
    /// At most, whatever the premium does: the rate goes to its cap as fast as it may, within the day's cap.
    pub worst: [i64; MAX_POINTS],
}

const _: () = assert!(size_of::<FundingView>() == 56 + 2 * 8 * MAX_POINTS);

/// Funding for the next `points` hours, at most [`MAX_POINTS`], as whoever holds `side` pays it. Both markets are copies
/// of the same one, for this to spoil.
///
/// What a market does that is refreshed at least every `max_gap_secs` with this premium, this index, no guard and no
/// pause is the forecast exactly, and with any premiums nothing is beyond the worst case.
#[inline(never)]
pub fn funding(market: &mut Market, scratch: &mut Market, points: u8, side: Side, now: Now) -> FundingView {
    // Without an update nothing is refused.
    let _refreshed = refresh::refresh(market, None, now);
    *scratch = *market;
    let held = premium(market);
    let mut told = FundingView {
        version: VERSION,
        market: market.index_number,
        points: points.min(48),
        side: u8::from(side == Side::Sell),
        at: market.accrued_at,
        funding: market.funding,
        rate: market.funding_rate.bits,
        premium: held.bits,
        index: market.index.bits,
        ..FundingView::zeroed()
    };
    let points = usize::from(told.points);
    path(market, held, side, 0, told.forecast.iter_mut().take(points));
    // An average as far off as it can be pulls the rate to its cap at the largest slew.
    let extreme = if side == Side::Buy { MAX_PREMIUM } else { MAX_PREMIUM.negated() };
    scratch.premium_ema = extreme;
    (scratch.step_sum, scratch.step_secs) = (0, 0);
    let in_hand = i128::from(per_second_at_cap(scratch)).saturating_mul(IN_HAND);
    path(scratch, extreme, side, in_hand, told.worst.iter_mut().take(points));
    told
}

/// Lets a market run, and notes each hour what the side has paid, and so much on top.
#[inline(never)]
fn path<'p>(market: &mut Market, premium: Rate, side: Side, on_top: i128, points: impl Iterator<Item = &'p mut i64>) {
    let from = market.funding.get();
    for point in points {
        let until = market.accrued_at.saturating_add(HOUR);
        run(market, premium, until);
        let grown = market.funding.get().wrapping_sub(from);
        let paid = if side == Side::Buy { grown } else { grown.wrapping_neg() };
        // From 64 fraction bits to 48, rounded up.
        let paid = paid.saturating_add(on_top).saturating_add(0xffff) >> 16;
        *point = i64::try_from(paid).unwrap_or(if paid < 0 { i64::MIN } else { i64::MAX });
    }
}
