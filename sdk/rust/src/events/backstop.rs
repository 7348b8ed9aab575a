//! The pool's backstop and its reserve.

use keel_engine::units::SignedWide;
use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// What the auction had left of a flagged account's position, or a part of it, went to the pool, at the mark less the
    /// largest discount.
    pub struct Backstopped {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the liquidated margin account.
        pub account: Pubkey,
        /// Address of the pool's margin account.
        pub pool_account: Pubkey,
        /// Address of the margin account that was paid for it.
        pub keeper_account: Pubkey,
        /// Base that the liquidated account gained; negative went to the pool.
        pub base: i64,
        /// Quote that it gained.
        pub quote: i64,
        /// Tip that it paid to the keeper.
        pub tip: u64,
        /// Insurance's part of the discount, which the pool owes the pot.
        pub insurance: u64,
        /// The discount, in 2^-48.
        pub discount: u64,
        /// Equity of the liquidated account after it.
        pub equity: i64,
        /// Its maintenance margin after it.
        pub maintenance: u64,
        /// The keeper's USDC capital after it.
        pub keeper_capital: u64,
        /// Start of the day over which the pool's take-overs in the market are counted.
        pub taken_day: i64,
        /// Base that it took over since then.
        pub taken_base: i64,
        /// Quote that came with it; negative was paid.
        pub taken_quote: i64,
        /// The index.
        pub index: u64,
        /// The mark price.
        pub mark: u64,
        /// F.
        pub funding: SignedWide,
        /// The liquidated account after it.
        pub holding: Holding,
        /// The pool after it.
        pub pool_holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// 1 when the liquidated account is still flagged.
        pub flagged: u8,
        /// 1 when the pool's account is flagged: it may reduce what it holds.
        pub pool_flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x13, 0x9d, 0xce, 0xbb, 0x21, 0xda, 0x4f, 0x0c];
    counted by Market(market);
}

event! {
    /// Money moved between the pool's margin account and its reserve.
    pub struct ReserveBalanced {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Address of the pool's margin account.
        pub pool_account: Pubkey,
        /// Quote atoms that went from its capital into the reserve.
        pub set_aside: u64,
        /// Quote atoms that went from the reserve into its capital.
        pub recalled: u64,
        /// The reserve after it.
        pub reserve: u64,
        /// The account's USDC capital after it.
        pub capital: u64,
        /// 1 when the account is still flagged.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x61, 0x3d, 0x83, 0xfa, 0x86, 0x2e, 0xb4, 0xf4];
    counted by Exchange;
}

event! {
    /// The pool's reserve paid for somebody's debt in a market: into its pot, or, where the debt was the pool's own, by way of its
    /// capital.
    pub struct ReservePaid {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Quote atoms.
        pub paid: u64,
        /// The reserve after it.
        pub reserve: u64,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0xe1, 0x30, 0x3d, 0xa5, 0x42, 0xf1, 0xd4, 0x58];
    counted by Exchange;
}
