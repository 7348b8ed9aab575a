//! The pool: passive capital that quotes in every market, its strategies, and who waits to come or to leave.

use bytemuck::{Pod, Zeroable};

use super::MAX_POSITIONS;
use crate::error::{Error, Result};

/// How the pool quotes in one market, and how much of a liquidation there it takes over.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Strategy {
    /// Index of the market, from 1; 0 is an empty slot.
    pub market: u16,
    /// 1 where the pool quotes; otherwise its range is removed and its position reduced.
    pub quotes: u8,
    /// 1 where it takes over what a liquidation's auction has left.
    pub backstops: u8,
    /// Ticks from the middle of its range to either end.
    pub width_ticks: u32,
    /// Part of the pool's value that this market is given.
    pub weight_ppm: u32,
    /// Notional of each side of the range over that part.
    pub leverage_ppm: u32,
    /// Largest notional of the pool's position that its ranges may bring about, in whole USD.
    pub exposure_cap_usd: u32,
    /// Largest notional of its position that taking over may bring about, in whole USD.
    pub backstop_cap_usd: u32,
    /// Loss on what was taken over in a day from which on nothing more is, in whole USD.
    pub backstop_loss_cap_usd: u32,
    /// Padding; zero.
    pub pad: u32,
    /// Unix time of the last rebalancing in this market.
    pub rebalanced_at: i64,
    /// Start of the day over which take-overs are counted.
    pub taken_day: i64,
    /// Base taken over since then, in base atoms; negative is short.
    pub taken_base: i64,
    /// Quote that came with it, in quote atoms; negative was paid.
    pub taken_quote: i64,
    /// Liquidity that the strategy asked for when a keeper was last paid for following it.
    pub tipped_liquidity: u64,
    /// Room for later fields; zero.
    pub reserved: u64,
}

/// The pool. What it owns is in a margin account like any other, whose owner is this account's address.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Pool {
    /// Address of its margin account.
    pub account: [u8; 32],
    /// Mint of its shares.
    pub share_mint: [u8; 32],
    /// Token account that holds the shares of those who wait to leave.
    pub share_vault: [u8; 32],
    /// Bump of the account's address.
    pub bump: u8,
    /// Bump of the share mint's address.
    pub share_mint_bump: u8,
    /// Bump of the share vault's address.
    pub share_vault_bump: u8,
    /// Layout version.
    pub version: u8,
    /// 1 when no deposits are taken, until governance lifts it.
    pub closed: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
    /// Time from a request to leave until it is paid.
    pub cooldown_secs: u32,
    /// Time after it in which it is paid or lapses.
    pub redeem_window_secs: u32,
    /// Least time between two rebalancings in a market.
    pub rebalance_gap_secs: u32,
    /// Distance of the curve from the index from which on no range is placed.
    pub rebalance_tol_ppm: u32,
    /// Difference of liquidity from the strategy's from which on a range is placed anew.
    pub hysteresis_ppm: u32,
    /// Worst price of a reduction of the pool's own position, as a distance from the mark.
    pub slippage_ppm: u32,
    /// Keeper's tip for a rebalancing, in quote atoms.
    pub rebalance_tip_quote: u32,
    /// Smallest request, in whole USD.
    pub min_request_usd: u32,
    /// Cap on the pool's value for deposits, in whole USD, or 0.
    pub pool_cap_usd: u32,
    /// Part of the pool's value that is set aside for losses that nobody else pays.
    pub reserve_ppm: u32,
    /// Shares there are, as the pool counts them: tokens that somebody burns still count.
    pub shares: u64,
    /// Quote atoms of deposits that wait.
    pub deposits_waiting: u64,
    /// Shares of those who wait to leave, in the share vault.
    pub shares_waiting: u64,
    /// Deposits asked for so far; they are numbered from 0.
    pub deposits: u64,
    /// Number of the first redemption that waits.
    pub redeem_head: u64,
    /// Number that the next redemption gets; equal to `redeem_head` when none waits.
    pub redeem_tail: u64,
    /// Sequence number of the pool's last event.
    pub sequence: u64,
    /// Room for later fields; zero.
    pub reserved: [u64; 8],
    /// Strategies, in no order.
    pub strategies: [Strategy; MAX_POSITIONS],
}

impl Pool {
    /// The strategy of a market. Errors with `StrategyMissing`.
    pub fn strategy(&self, market: u16) -> Result<&Strategy> {
        self.strategies.iter().find(|s| s.market == market && market != 0).ok_or(Error::StrategyMissing)
    }

    /// The strategy of a market, for changing it. Errors with `StrategyMissing`.
    pub fn strategy_mut(&mut self, market: u16) -> Result<&mut Strategy> {
        self.strategies.iter_mut().find(|s| s.market == market && market != 0).ok_or(Error::StrategyMissing)
    }
}

/// Somebody who waits to come into the pool or to leave it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct PoolRequest {
    /// Address of the margin account that gave the deposit or gets what is redeemed.
    pub account: [u8; 32],
    /// Token account that gets the shares, or gave them and gets them back.
    pub shares_account: [u8; 32],
    /// Who paid for this account and gets its rent back.
    pub payer: [u8; 32],
    /// Its number among the deposits or the redemptions.
    pub number: u64,
    /// Quote atoms to come in, or shares still to be redeemed; 0 once they are cancelled or given back.
    pub amount: u64,
    /// Fewest shares for a deposit; it goes back otherwise.
    pub min_shares: u64,
    /// Quote atoms paid so far.
    pub paid: u64,
    /// Lamports for who executes it, beside the rent.
    pub tip: u64,
    /// Unix time at which it was made.
    pub requested_at: i64,
    /// Unix time from which on a redemption is paid and may not be cancelled any more, and a deposit may be.
    pub ready_at: i64,
    /// Unix time at which a redemption lapses, whatever became of the pool's parameters since; 0 of a deposit.
    pub lapses_at: i64,
    /// 0 deposit, 1 redemption.
    pub kind: u8,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
    /// Room for later fields; zero.
    pub reserved: u64,
}

const _: () =
    assert!(size_of::<Strategy>() == 80 && size_of::<Pool>() == 264 + 8 * 80 && size_of::<PoolRequest>() == 176);
