//! Closing a market down.

use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// A market was closed at its final mark.
    pub struct MarketClosed {
        /// Sequence number of the market.
        pub sequence: u64,
        /// The final mark.
        pub mark: u64,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0x56, 0x5b, 0x77, 0x2b, 0x5e, 0x00, 0xd9, 0x71];
    counted by Market(market);
}

event! {
    /// A position was settled at the final mark of a closed market.
    pub struct PositionClosed {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Base that was settled; negative was short.
        pub base: i64,
        /// What it was worth.
        pub value: i64,
        /// Profit that became a claim.
        pub profit: u64,
        /// Loss that cancelled the holder's own claim.
        pub cancelled: u64,
        /// Loss that left capital.
        pub paid: u64,
        /// Loss that stays owed.
        pub owed: u64,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0x9d, 0xa3, 0xe3, 0xe4, 0x0d, 0x61, 0x8a, 0x79];
    counted by Market(market);
}

event! {
    /// A tick array was closed; its rent went back to who had paid it. No sequence number.
    pub struct TickArrayClosed {
        /// Address of the tick array.
        pub tick_array: Pubkey,
        /// Its first grid tick over 64.
        pub index: i32,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 2],
    }
    discriminator [0xa5, 0x90, 0x2c, 0xf5, 0xb0, 0x74, 0x04, 0x8f];
    counted by Nothing;
}

event! {
    /// A closed market is gone. What was left of its money is the exchange's insurance's.
    pub struct MarketRemoved {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// What was left, in quote atoms.
        pub left: u64,
        /// Insurance of the exchange after it.
        pub insurance: u64,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0xd8, 0x49, 0xb1, 0x64, 0x4c, 0x0c, 0xd3, 0x8c];
    counted by Exchange;
}
