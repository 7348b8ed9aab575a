//! Standing orders. An execution logs the trade ([`Traded`](super::Traded)), then the order, then its end where it is over.

use solana_pubkey::Pubkey;

use super::event;

event! {
    /// An order was placed.
    pub struct OrderPlaced {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Address of the order.
        pub order: Pubkey,
        /// Who placed it, and paid.
        pub placed_by: Pubkey,
        /// Its number among the margin account's.
        pub number: u64,
        /// Base in all.
        pub amount: u64,
        /// Price at or below which it is executed, or 0.
        pub below: u64,
        /// Worst price of a fill then, or 0; or the last level that buys.
        pub below_limit: u64,
        /// Price at or above which it is executed, or 0.
        pub above: u64,
        /// Worst price of a fill then, or 0; or the last level that sells.
        pub above_limit: u64,
        /// Smallest part that is filled by itself.
        pub min_fill: u64,
        /// Lamports for who executes it.
        pub tip: u64,
        /// Time of the first slice, or 0.
        pub starts_at: i64,
        /// Time from which on it may not be executed, or 0.
        pub expires_at: i64,
        /// Seconds between slices.
        pub interval_secs: u32,
        /// Slices or levels in all.
        pub slices: u32,
        /// Intervals during which a missed slice may be made up for.
        pub catch_up: u32,
        /// Orders of the margin account after it.
        pub orders: u32,
        /// Number of the market.
        pub market: u16,
        /// What it waits for.
        pub kind: u8,
        /// 0 buy, 1 sell.
        pub side: u8,
        /// Its flags.
        pub flags: u8,
        /// Padding; zero.
        pub pad: [u8; 3],
    }
    discriminator [0x60, 0x82, 0xcc, 0xea, 0xa9, 0xdb, 0xd8, 0xe3];
    counted by Nothing;
}

event! {
    /// A part of an order, or all of it, was executed.
    pub struct OrderExecuted {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Address of the order.
        pub order: Pubkey,
        /// Who executed it.
        pub keeper: Pubkey,
        /// Base gained; negative was sold.
        pub base: i64,
        /// Base filled so far.
        pub filled: u64,
        /// Base given up so far.
        pub skipped: u64,
        /// Lamports that this execution earned.
        pub tip: u64,
        /// Number of the market.
        pub market: u16,
        /// 1 when the order is over.
        pub ended: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x4a, 0x87, 0xe7, 0x05, 0xa8, 0x6a, 0xc2, 0x75];
    counted by Nothing;
}

event! {
    /// An order is over; what it held went back to who paid.
    pub struct OrderClosed {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Address of the order.
        pub order: Pubkey,
        /// Base filled.
        pub filled: u64,
        /// Base given up while it was executed.
        pub skipped: u64,
        /// Lamports of its tip that executions earned.
        pub tip_paid: u64,
        /// Lamports of it for who cleaned it up.
        pub cleaning_tip: u64,
        /// Orders of the margin account after it.
        pub orders: u32,
        /// Number of the market.
        pub market: u16,
        /// Why: 0 filled, 1 its rest was given up, 2 no position is left to reduce, 3 cancelled, 4 its time is over, 5 the market
        /// is closed, 6 who placed it may not any more.
        pub reason: u8,
        /// Padding; zero.
        pub pad: u8,
    }
    discriminator [0xed, 0x4d, 0x65, 0x7b, 0x48, 0x2b, 0x95, 0x7b];
    counted by Nothing;
}
