//! Events of the pool's strategies: ranges rolled, profit collected, terms changed.

use anchor_lang::prelude::*;
use keel_engine::exchange_params::PoolParams;
use keel_engine::pool::{Collected, Rebalanced};
use keel_engine::state::{MarginAccount, Market, Pool, Strategy};
use keel_engine::units::{SignedWide, Wide};

use super::{Holding, Ledger, next};

/// The pool's range in a market was rolled, or its position reduced.
#[event(bytemuck)]
pub struct PoolRebalanced {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the pool's margin account.
    pub account: Address,
    /// Address of the margin account that was paid for it.
    pub keeper_account: Address,
    /// Net base of the range that was removed.
    pub folded_base: i64,
    /// Its net quote.
    pub folded_quote: i64,
    /// Fees that it had earned.
    pub folded_fees: u64,
    /// Funding that it paid.
    pub folded_funding: i64,
    /// Base that the reduction gained; negative was sold.
    pub base: i64,
    /// Quote that it gained, without the fee.
    pub quote: i64,
    /// Its taker fee.
    pub fee: u64,
    /// What the keeper got.
    pub tip: u64,
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
    /// L of the range that was placed; 0 where none was.
    pub liquidity: Wide,
    /// Base that it counts as owed.
    pub base_debt: i64,
    /// Its lower tick.
    pub lower: i32,
    /// Its upper tick.
    pub upper: i32,
    /// The pool's margin account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// 1 where a range was removed.
    pub removed: u8,
    /// Slot that it was in.
    pub removed_slot: u8,
    /// 1 where a range was placed.
    pub placed: u8,
    /// Slot that it is in.
    pub placed_slot: u8,
    /// Padding; zero.
    pub pad: [u8; 2],
}

impl PoolRebalanced {
    /// Of a rebalancing that is booked: the pool's account and its address, the keeper's and its.
    #[inline(never)]
    pub fn of(
        market: &mut Market,
        (account, address): (&MarginAccount, &Address),
        (keeper, keeper_address): (&MarginAccount, &Address),
        done: &Rebalanced,
    ) -> Self {
        let slot = |slot: usize| u8::try_from(slot).unwrap_or(u8::MAX);
        let placed = done.placed.as_ref();
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            keeper_account: *keeper_address,
            folded_base: done.folded.base,
            folded_quote: done.folded.quote,
            folded_fees: done.folded.fees,
            folded_funding: done.folded.funding,
            base: done.fill.map_or(0, |fill| fill.base),
            quote: done.fill.map_or(0, |fill| fill.quote),
            fee: done.fill.map_or(0, |fill| fill.fee),
            tip: done.tip,
            keeper_capital: keeper.usdc(),
            index: market.index.bits,
            peg: market.peg.bits,
            mark: market.mark.bits,
            funding: market.funding,
            sqrt_price: market.sqrt_price.bits,
            liquidity: placed.map_or(Wide::default(), |(_, range)| range.liquidity),
            base_debt: placed.map_or(0, |(_, range)| range.base_debt),
            lower: placed.map_or(0, |(_, range)| range.lower),
            upper: placed.map_or(0, |(_, range)| range.upper),
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            removed: u8::from(done.removed.is_some()),
            removed_slot: done.removed.as_ref().map_or(0, |(place, _)| slot(*place)),
            placed: u8::from(placed.is_some()),
            placed_slot: placed.map_or(0, |(place, _)| slot(*place)),
            pad: [0; 2],
        }
    }
}

/// What the pool had earned in a market was folded, settled and released.
#[event(bytemuck)]
pub struct PoolCollected {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the pool's margin account.
    pub account: Address,
    /// Net base of its range.
    pub folded_base: i64,
    /// Its net quote.
    pub folded_quote: i64,
    /// Fees that it had earned.
    pub folded_fees: u64,
    /// Funding that it paid.
    pub folded_funding: i64,
    /// Profit that became a claim.
    pub profit: u64,
    /// Loss that cancelled the pool's own claim.
    pub cancelled: u64,
    /// Loss that left its capital.
    pub paid: u64,
    /// Loss that stays owed.
    pub owed: u64,
    /// Claim that ended.
    pub claim: u64,
    /// Capital that it became.
    pub released: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// The pool's margin account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl PoolCollected {
    /// Of a collection that is booked.
    #[inline(never)]
    pub fn of(market: &mut Market, account: &MarginAccount, address: &Address, collected: &Collected) -> Self {
        let Collected { folded, settled, released } = collected;
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            folded_base: folded.base,
            folded_quote: folded.quote,
            folded_fees: folded.fees,
            folded_funding: folded.funding,
            profit: settled.profit,
            cancelled: settled.cancelled,
            paid: settled.paid,
            owed: settled.owed,
            claim: released.claim,
            released: released.paid,
            mark: market.mark.bits,
            funding: market.funding,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}

/// The pool's parameters changed, one of its strategies, or whether it takes deposits: as they are after it.
#[event(bytemuck)]
pub struct PoolChanged {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Number of the change that was executed, or 0 where the guardian acted.
    pub change: u64,
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
    /// Ticks from the middle of the strategy's range to either end.
    pub width_ticks: u32,
    /// Part of the pool's value that its market is given.
    pub weight_ppm: u32,
    /// Notional of each side of the range over that part.
    pub leverage_ppm: u32,
    /// Largest notional of the position that its ranges may bring about, in whole USD.
    pub exposure_cap_usd: u32,
    /// Largest notional of the position that taking over may bring about, in whole USD.
    pub backstop_cap_usd: u32,
    /// Loss on what was taken over in a day from which on nothing more is, in whole USD.
    pub backstop_loss_cap_usd: u32,
    /// Number of the market whose strategy it is, or 0.
    pub market: u16,
    /// 1 when no deposits are taken.
    pub closed: u8,
    /// 1 where the pool quotes in that market.
    pub quotes: u8,
    /// 1 where it takes over what a liquidation's auction has left.
    pub backstops: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
}

impl PoolChanged {
    /// Of a pool after a change of it, or of its strategy in a market; a strategy that is dropped is all 0.
    pub fn of(pool: &mut Pool, change: u64, market: u16) -> Self {
        let params = PoolParams::of(pool);
        let strategy = pool.strategy(market).copied().unwrap_or(<Strategy as bytemuck::Zeroable>::zeroed());
        Self {
            sequence: next(&mut pool.sequence),
            change,
            cooldown_secs: params.cooldown_secs,
            redeem_window_secs: params.redeem_window_secs,
            rebalance_gap_secs: params.rebalance_gap_secs,
            rebalance_tol_ppm: params.rebalance_tol_ppm,
            hysteresis_ppm: params.hysteresis_ppm,
            slippage_ppm: params.slippage_ppm,
            rebalance_tip_quote: params.rebalance_tip_quote,
            min_request_usd: params.min_request_usd,
            pool_cap_usd: params.pool_cap_usd,
            reserve_ppm: params.reserve_ppm,
            width_ticks: strategy.width_ticks,
            weight_ppm: strategy.weight_ppm,
            leverage_ppm: strategy.leverage_ppm,
            exposure_cap_usd: strategy.exposure_cap_usd,
            backstop_cap_usd: strategy.backstop_cap_usd,
            backstop_loss_cap_usd: strategy.backstop_loss_cap_usd,
            market,
            closed: pool.closed,
            quotes: strategy.quotes,
            backstops: strategy.backstops,
            pad: [0; 3],
        }
    }
}
