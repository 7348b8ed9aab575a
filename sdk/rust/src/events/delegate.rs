//! What an owner allows others: a delegate, a builder's fee, and the fee that was paid.

use keel_engine::state::DELEGATE_MARKETS;
use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// A delegate was set, or that there is none.
    pub struct DelegateSet {
        /// Address of the margin account.
        pub account: Pubkey,
        /// The delegate; zero for nobody.
        pub delegate: Pubkey,
        /// Unix time at which its rights end.
        pub expiry: i64,
        /// Largest notional that a market may reach by what it does, or 0: none.
        pub notional: u64,
        /// The markets in which it may act; all zero is every market.
        pub markets: [u16; DELEGATE_MARKETS],
        /// What it may do; see `delegate` of the engine.
        pub permissions: u32,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x67, 0x7e, 0xef, 0x83, 0xc9, 0x1f, 0xd4, 0xfd];
    counted by Nothing;
}

event! {
    /// A builder is allowed a fee.
    pub struct BuilderApproved {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Owner of the margin accounts to which the fees may go.
        pub builder: Pubkey,
        /// Largest fee, over the notional of a fill, in parts per million.
        pub max_fee_ppm: u32,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x54, 0xc2, 0x9e, 0x2b, 0x14, 0x13, 0x4d, 0x2d];
    counted by Nothing;
}

event! {
    /// A builder is allowed nothing any more.
    pub struct BuilderRevoked {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Owner of the margin accounts to which the fees went.
        pub builder: Pubkey,
    }
    discriminator [0xfc, 0x65, 0xcb, 0x5a, 0xa1, 0x85, 0xc1, 0x15];
    counted by Nothing;
}

event! {
    /// A builder was paid for the trade in front.
    pub struct BuilderPaid {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the trader's margin account.
        pub account: Pubkey,
        /// Address of the builder's margin account.
        pub builder_account: Pubkey,
        /// The fee, which is a claim of the builder.
        pub fee: u64,
        /// The builder's account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0x01, 0x12, 0xf7, 0x55, 0x15, 0xce, 0x20, 0x24];
    counted by Market(market);
}
