//! The pool's strategies.

use keel_engine::units::{SignedWide, Wide};
use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// The pool's range in a market was rolled, or its position reduced.
    pub struct PoolRebalanced {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the pool's margin account.
        pub account: Pubkey,
        /// Address of the margin account that was paid for it.
        pub keeper_account: Pubkey,
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
    discriminator [0x4b, 0xdf, 0x3e, 0xb1, 0xde, 0x2a, 0x22, 0x8d];
    counted by Market(market);
}

event! {
    /// What the pool had earned in a market was folded, settled and released.
    pub struct PoolCollected {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the pool's margin account.
        pub account: Pubkey,
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
    discriminator [0x92, 0x6c, 0xa7, 0x72, 0x95, 0x58, 0x4e, 0x81];
    counted by Market(market);
}

event! {
    /// The pool's parameters changed, one of its strategies, or whether it takes deposits: as they are after it.
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
    discriminator [0x4f, 0x51, 0x26, 0xe4, 0x39, 0xc8, 0xa8, 0x8e];
    counted by Pool;
}
