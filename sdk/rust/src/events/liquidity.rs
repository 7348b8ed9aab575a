//! Ranges and tick arrays.

use keel_engine::units::{SignedWide, Wide};
use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// A tick array was made. Its market is not written: no sequence number.
    pub struct TickArrayCreated {
        /// Address of the array.
        pub tick_array: Pubkey,
        /// Index of the array.
        pub index: i32,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 2],
    }
    discriminator [0x86, 0x16, 0xa9, 0xba, 0xbd, 0xdb, 0x20, 0x6a];
    counted by Nothing;
}

event! {
    /// A range was added to the curve.
    pub struct RangeAdded {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// L.
        pub liquidity: Wide,
        /// Base that counts as owed.
        pub base_debt: i64,
        /// Where the curve stands.
        pub sqrt_price: Wide,
        /// The index.
        pub index: u64,
        /// F.
        pub funding: SignedWide,
        /// Lower tick, included.
        pub lower: i32,
        /// Upper tick, excluded.
        pub upper: i32,
        /// Number of the market.
        pub market: u16,
        /// Slot among the account's ranges.
        pub slot: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0xcf, 0xfe, 0x3a, 0x4e, 0xbf, 0x45, 0x40, 0x60];
    counted by Market(market);
}

event! {
    /// What a range was entitled to became part of the account's position, and the range may be gone.
    pub struct RangeFolded {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Net base.
        pub base: i64,
        /// Net quote.
        pub quote: i64,
        /// Fees earned.
        pub fees: u64,
        /// Funding paid.
        pub funding_paid: i64,
        /// F.
        pub funding: SignedWide,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Slot among the account's ranges.
        pub slot: u8,
        /// 0 it stays, 1 removed by its owner, 2 unwound in liquidation.
        pub what: u8,
        /// 1 when the account is still flagged for liquidation.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 3],
    }
    discriminator [0x43, 0x5e, 0x91, 0xde, 0x1a, 0xd7, 0x2a, 0xd2];
    counted by Market(market);
}
