//! What a market will cost and can bear: funding to come, depth, payout.

use keel_engine::book::Book;
use keel_engine::oracle::Sample;
use keel_engine::state::{Exchange, TickArray};
use keel_engine::views::{self, depth as rules};
use keel_engine::{Now, Side};
use solana_pubkey::Pubkey;

use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::path::{self, Reach};
use crate::views::{FundingView, PayoutView};

pub use keel_engine::views::depth::DepthPoint;

/// Parts per million of a tick's width: a tick is 0.01%.
const TICK_PPM: u32 = 100;
/// Grid ticks in a tick array.
const TICKS: u32 = keel_engine::state::TICKS_PER_ARRAY;
/// Most tick arrays that are read on one side for a depth.
const MAX_DEPTH_ARRAYS: u32 = 64;
/// Most points of a depth on one side.
const MAX_DEPTH_POINTS: u32 = 1_024;

/// Funding of the next `hours`, at most 48, as whoever holds `side` pays it.
///
/// Errors: `Missing`, `WrongKind`.
pub fn funding(accounts: &impl Accounts, market: u16, side: Side, hours: u8, now: Now) -> Result<FundingView> {
    let mut copy = chain::market(accounts, market)?;
    let mut scratch = copy;
    Ok(views::funding::funding(&mut copy, &mut scratch, hours, side, now))
}

/// What a market's claims are paid, and what stands behind them.
///
/// Errors: `Missing`, `WrongKind`.
pub fn payout(accounts: &impl Accounts, market: u16, now: Now) -> Result<PayoutView> {
    let exchange = address::exchange();
    accounts.announce(&[exchange, address::market(market)]);
    let state = chain::market(accounts, market)?;
    let exchange: Exchange = chain::load(accounts, &exchange)?;
    Ok(views::payout::view(&state, &exchange, now))
}

/// A market's depth on both sides, by rising distance from the price now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// What could be bought: points above the price.
    pub buy: Vec<DepthPoint>,
    /// What could be sold: points below it.
    pub sell: Vec<DepthPoint>,
}

/// What could be traded until the curve's price is up to `width_ppm` from where it is now, in `steps` equal steps on each
/// side (at most 1,024); margin, caps and the price band aside. Without a sample nothing but time has passed. A side with
/// fewer points ends where its liquidity does.
///
/// Errors: `Missing`, `WrongKind`, those of the update.
pub fn depth(
    accounts: &impl Accounts,
    market: u16,
    sample: Option<&Sample>,
    width_ppm: u32,
    steps: u32,
    now: Now,
) -> Result<Depth> {
    let state = chain::market(accounts, market)?;
    let spacing = state.params.tick_spacing.max(1);
    // Twice as many as the width has: of a price that falls, 1% is more ticks than of one that rises.
    let per_array = TICKS.saturating_mul(spacing).saturating_mul(TICK_PPM);
    let ahead = width_ppm.saturating_mul(2).div_ceil(per_array.max(1)).saturating_add(1).min(MAX_DEPTH_ARRAYS);
    let reach = Reach { ahead: usize::try_from(ahead).unwrap_or(usize::MAX), behind: 0 };
    let addresses = |side| -> Vec<Pubkey> {
        path::arrays(&state, side, reach).into_iter().map(|index| address::tick_array(market, index)).collect()
    };
    let (above, below) = (addresses(Side::Buy), addresses(Side::Sell));
    accounts.announce(&above);
    accounts.announce(&below);

    let one_side = |side, addresses: &[Pubkey]| -> Result<Vec<DepthPoint>> {
        let arrays: Result<Vec<TickArray>> = addresses.iter().map(|address| chain::load(accounts, address)).collect();
        let (mut copy, mut arrays) = (state, arrays?);
        let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().collect();
        let steps = usize::try_from(steps.min(MAX_DEPTH_POINTS)).unwrap_or_default();
        let mut points = vec![DepthPoint::default(); steps];
        let mut book = Book { market: &mut copy, arrays: &mut arrays };
        let told = rules::depth(&mut book, sample, side, width_ppm, now, &mut points)?;
        points.truncate(told);
        Ok(points)
    };
    Ok(Depth { buy: one_side(Side::Buy, &above)?, sell: one_side(Side::Sell, &below)? })
}
