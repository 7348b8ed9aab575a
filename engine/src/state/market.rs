//! A market: the curve, its accumulators, the oracle's memory, funding, and the pot.

use bytemuck::{Pod, Zeroable};

use crate::params::Params;
use crate::units::{InvSqrt, Price, Rate, SignedWide, SqrtPrice, Wide};

/// Hourly values of `funding` kept.
pub const HOURS: usize = 168;
/// Most samples under the mark's median.
pub const MARK_RING_MAX: usize = 7;
/// Seconds of replaced indices kept for the fill index: the largest `guard_secs` and one.
pub const GUARD_SLOTS: usize = 11;
/// Words of the bitmap of tick arrays: ticks -150,000 to 150,000 at spacing 1 are 4,688 arrays.
pub const ARRAY_BITMAP_WORDS: usize = 74;

/// How the peg follows the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The peg is the latest index: ranges float.
    Floating,
    /// The peg is the launch price for ever: the curve alone discovers the price.
    Fixed,
}

/// The indices that were replaced in one second, for the fill index.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct ReplacedIndex {
    /// Unix time of the second, or 0.
    pub second: i64,
    /// The lowest index that went out of force in it.
    pub low: Price,
    /// The highest index that went out of force in it.
    pub high: Price,
}

/// A perpetual-futures market.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Market {
    /// Program that owns the market's price accounts.
    pub price_owner: [u8; 32],
    /// Feed of the index.
    pub feed_id: [u8; 32],
    /// Name in UTF-8, zero-padded.
    pub name: [u8; 16],
    /// Index of the market, from 1.
    pub index_number: u16,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// 0 floating, 1 fixed.
    pub mode: u8,
    /// Good samples that still have to come before guarded mode ends; 0 is not guarded.
    pub guard_left: u8,
    /// Next slot of the mark ring.
    pub mark_next: u8,
    /// Samples in the mark ring.
    pub mark_count: u8,
    /// The last initialised grid tick at or below `s`, or any grid tick between it and the next.
    pub cursor: i32,
    /// 1 off hours: the feed sleeps and the index walks by itself.
    pub session: u8,
    /// 1 when only reductions are allowed, until governance lifts it.
    pub reduce_only: u8,
    /// 0 open, 1 closing: notice is given, 2 closed: everybody settles at the final mark.
    pub status: u8,
    /// Padding; zero.
    pub pad: u8,
    /// Sequence number of the market's last event.
    pub sequence: u64,
    /// Parameters.
    pub params: Params,

    /// `s`.
    pub sqrt_price: SqrtPrice,
    /// `1/s`, rounded down.
    pub inv_sqrt_price: InvSqrt,
    /// `s` at which the curve's price equals the index: 1 where the offset is.
    pub anchor: SqrtPrice,
    /// Active liquidity.
    pub liquidity: Wide,
    /// Liquidity of all ranges, active or not.
    pub total_liquidity: Wide,
    /// Price at `s = 1`.
    pub peg: Price,
    /// `peg / index`, rounded down: 1 in a floating market, but off hours and until its peg has returned to the index.
    pub offset: Price,
    /// Fees per unit of liquidity, `U64F64`.
    pub fee_growth: Wide,
    /// Quote brought in per unit of liquidity, `I64F64`.
    pub quote_growth: SignedWide,
    /// Funding F paid per base atom held long, `I64F64`.
    pub funding: SignedWide,
    /// Funding G over `s`, `I64F64`.
    pub funding_over_s: SignedWide,

    /// The last index taken.
    pub index: Price,
    /// Its publish time; the end of all time in a closed market, whose last price never grows old.
    pub index_time: i64,
    /// Its confidence over price.
    pub conf: Rate,
    /// The oracle's own average of it.
    pub index_ema: Price,
    /// Indices that went out of force lately.
    pub replaced: [ReplacedIndex; GUARD_SLOTS],
    /// The slow price.
    pub stable: Price,

    /// The mark price.
    pub mark: Price,
    /// Unix time of the last mark sample.
    pub mark_time: i64,
    /// Index samples under the median.
    pub mark_samples: [Price; MARK_RING_MAX],
    /// Premium times seconds since the last mark sample.
    pub basis_sum: i64,
    /// Seconds that `basis_sum` covers.
    pub basis_secs: u64,
    /// Short average of the premium.
    pub basis_ema: Rate,

    /// Unix time up to which everything is accrued.
    pub accrued_at: i64,
    /// Premium times seconds in the open funding step.
    pub step_sum: i64,
    /// Seconds that `step_sum` covers.
    pub step_secs: u64,
    /// Smoothed premium.
    pub premium_ema: Rate,
    /// Funding rate per hour.
    pub funding_rate: Rate,
    /// Lowest `funding` of the last day.
    pub funding_day_low: SignedWide,
    /// Highest `funding` of the last day.
    pub funding_day_high: SignedWide,
    /// Seconds in which the index was fresh and the market not guarded: profit matures on this clock.
    pub trusted_secs: u64,
    /// Unix hour of the last value in `hours`.
    pub hour: i64,
    /// `funding` at each full hour, at position `hour % 168`.
    pub hours: [SignedWide; HOURS],

    /// Money that losers have paid and winners have not taken, in quote atoms.
    pub pot: u64,
    /// Claims of position holders on the pot, mature and not.
    pub claims: u64,
    /// Claim of the market's insurance on the pot; behind the holders'.
    pub insurance_claim: u64,
    /// Claim of the treasury on the pot; behind the holders'.
    pub treasury_claim: u64,
    /// What claims gave up beyond the shortfall of their time; in the pot, takes losses before insurance.
    pub surplus: u64,
    /// Losses that nobody could pay.
    pub written_off: u64,
    /// Settled losses that their holders could not pay yet.
    pub uncovered: u64,
    /// Insurance of the market, in quote atoms.
    pub insurance: u64,
    /// Treasury's money from this market, in quote atoms.
    pub treasury: u64,
    /// Quote of the curve itself: the counterparty of every trade, fee and funding payment. What ranges are not
    /// entitled to of it is the rounding holder's.
    pub curve_quote: i64,
    /// Sum of long positions' base.
    pub long_base: u64,
    /// Sum of short positions' base.
    pub short_base: u64,
    /// Base that live ranges have folded into positions: it is still the curve's side of takers' trades, and does not
    /// count against them in the premium.
    pub folded_base: i64,
    /// Start of the liquidation window.
    pub window_start: i64,
    /// Volume liquidated in it, in quote atoms.
    pub window_volume: u64,
    /// Operations that may have left rounding behind.
    pub operations: u64,
    /// The last index before the feed fell asleep: off hours the index stays near it.
    pub session_index: Price,
    /// Unix time from which on the guardian's last pause counts.
    pub paused_from: i64,
    /// Unix time at which it ends or ended, or 0. No time in between is ever charged.
    pub paused_until: i64,
    /// Unix time from which on a closing market may be closed.
    pub close_at: i64,
    /// Base that was settled at the final mark, in base atoms: what holders still have is the opposite of it.
    pub closed_base: i64,
    /// Start of the day over which the exchange's insurance counts what it pays here.
    pub insurance_day: i64,
    /// What it paid since then, in quote atoms.
    pub insurance_day_paid: u64,
    /// Positions in other markets whose claims are pledged to this market's insurance.
    pub pledges: u64,
    /// Positions that accounts have in the market, whatever is in them.
    pub positions: u64,
    /// Start of the day over which the pool's reserve counts what it pays here.
    pub pool_day: i64,
    /// What it paid since then, in quote atoms.
    pub pool_day_paid: u64,
    /// Room for later fields; zero.
    pub reserved: [u64; 20],
    /// Which tick arrays hold an initialised tick.
    pub arrays: [u64; ARRAY_BITMAP_WORDS],
}

const _: () =
    assert!(size_of::<Market>().is_multiple_of(8) && size_of::<Market>() <= 5_400 && align_of::<Market>() == 8);

impl Market {
    /// How the peg follows the index.
    #[inline(always)]
    pub const fn mode(&self) -> Mode {
        if self.mode == 0 { Mode::Floating } else { Mode::Fixed }
    }

    /// Whether the oracle is uncertain: only reductions, removals and liquidations.
    #[inline(always)]
    pub const fn is_guarded(&self) -> bool {
        self.guard_left != 0
    }

    /// Net base of takers: of positions, less what live ranges have folded into theirs. Saturating.
    #[inline(always)]
    pub const fn net_taker_base(&self) -> i64 {
        let positions = self.long_base.cast_signed().saturating_sub(self.short_base.cast_signed());
        positions.saturating_sub(self.folded_base)
    }

    /// Open interest: the larger of long and short positions, in base atoms.
    #[inline(always)]
    pub const fn open_interest(&self) -> u64 {
        if self.long_base > self.short_base { self.long_base } else { self.short_base }
    }
}
