//! Taking over and deleveraging.

use keel_engine::units::SignedWide;
use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// A part of a flagged account's position was taken over by a liquidator, at the mark less the discount.
    pub struct TakenOver {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the liquidated margin account.
        pub account: Pubkey,
        /// Address of the margin account that took over.
        pub liquidator_account: Pubkey,
        /// Base that the liquidated account gained; negative went to the liquidator.
        pub base: i64,
        /// Quote that it gained.
        pub quote: i64,
        /// Tip that it paid to the liquidator.
        pub tip: u64,
        /// Insurance's part of the discount, which the liquidator owes the pot.
        pub insurance: u64,
        /// The discount, in 2^-48.
        pub discount: u64,
        /// Equity of the liquidated account after it.
        pub equity: i64,
        /// Its maintenance margin after it.
        pub maintenance: u64,
        /// The index.
        pub index: u64,
        /// The mark price.
        pub mark: u64,
        /// F.
        pub funding: SignedWide,
        /// The liquidated account after it.
        pub holding: Holding,
        /// The liquidator after it.
        pub liquidator_holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// 1 when the liquidated account is still flagged.
        pub flagged: u8,
        /// 1 when the liquidator is flagged: it may reduce what it holds.
        pub liquidator_flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x85, 0xc3, 0x69, 0xbe, 0xf7, 0x77, 0x13, 0x8d];
    counted by Market(market);
}

event! {
    /// A part of what the auction had left of a flagged account's position was closed at mark against an opposite holder.
    pub struct Deleveraged {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the deleveraged margin account.
        pub account: Pubkey,
        /// Address of the margin account that closed against it.
        pub holder_account: Pubkey,
        /// Address of the margin account that was paid for it.
        pub keeper_account: Pubkey,
        /// Base that the deleveraged account gained; the holder gained the opposite.
        pub base: i64,
        /// Quote that it gained; the holder gained the opposite.
        pub quote: i64,
        /// Tip that it paid to the keeper.
        pub tip: u64,
        /// Return on margin that the holder had to show, in 2^-48; 0 when any would do.
        pub threshold: u64,
        /// Equity of the deleveraged account after it.
        pub equity: i64,
        /// Its maintenance margin after it.
        pub maintenance: u64,
        /// The keeper's USDC capital after it.
        pub keeper_capital: u64,
        /// The index.
        pub index: u64,
        /// The mark price.
        pub mark: u64,
        /// F.
        pub funding: SignedWide,
        /// The deleveraged account after it.
        pub holding: Holding,
        /// The holder after it, the ranges in the market settled.
        pub holder_holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// 1 when the deleveraged account is still flagged.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x22, 0x47, 0x1f, 0x2d, 0xd4, 0xb8, 0x83, 0xb9];
    counted by Market(market);
}
