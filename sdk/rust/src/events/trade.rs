//! Trading, settling and taking profit out.

use keel_engine::units::{SignedWide, Wide};
use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// A trade was filled, in whole or in part.
    pub struct Traded {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Base gained; negative was sold.
        pub base: i64,
        /// Quote gained, without the fee; negative was paid.
        pub quote: i64,
        /// Fee.
        pub fee: u64,
        /// The index.
        pub index: u64,
        /// Its publish time.
        pub index_time: i64,
        /// The peg.
        pub peg: u64,
        /// The mark price.
        pub mark: u64,
        /// Funding rate per hour.
        pub funding_rate: i64,
        /// F.
        pub funding: SignedWide,
        /// Where the curve stands after it.
        pub sqrt_price: Wide,
        /// Active liquidity after it.
        pub liquidity: Wide,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Steps of the curve.
        pub steps: u32,
        /// Initialised ticks crossed.
        pub crossings: u32,
        /// Number of the market.
        pub market: u16,
        /// 1 when it was filled in whole.
        pub filled: u8,
        /// 1 when the account is still flagged for liquidation.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0xe1, 0xca, 0x49, 0xaf, 0x93, 0x2b, 0xa0, 0x96];
    counted by Market(market);
}

event! {
    /// A position was settled at mark.
    pub struct Settled {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Profit that became a claim.
        pub profit: u64,
        /// Loss that cancelled the holder's own claim.
        pub cancelled: u64,
        /// Loss that left capital and entered the pot.
        pub paid: u64,
        /// Loss that stays owed.
        pub owed: u64,
        /// The mark price.
        pub mark: u64,
        /// F.
        pub funding: SignedWide,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0xe8, 0xd2, 0x28, 0x11, 0x8e, 0x7c, 0x91, 0xee];
    counted by Market(market);
}

event! {
    /// A mature claim became capital.
    pub struct ClaimReleased {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Claim that ended.
        pub claim: u64,
        /// Capital that it became.
        pub paid: u64,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0xf5, 0x6d, 0x71, 0xdd, 0x67, 0x45, 0x2d, 0x5d];
    counted by Market(market);
}
