//! Collateral other than USDC: its prices and its sale.

use solana_pubkey::Pubkey;

use super::event;

event! {
    /// The prices of a bank's collateral were brought up to date.
    pub struct BankRefreshed {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// What counts in maintenance, in quote atoms per atom.
        pub price: u64,
        /// The last price taken.
        pub latest: u64,
        /// The stable price.
        pub stable: u64,
        /// The samples.
        pub samples: [u64; 3],
        /// Unix time at which the last price taken was published.
        pub price_time: i64,
        /// Unix time of the last sample.
        pub sampled_at: i64,
        /// The counted exchange rate.
        pub rate: u64,
        /// Unix time at which the last rate taken was published.
        pub rate_time: i64,
        /// Unix time up to which stable price and rate are brought up to date.
        pub refreshed_at: i64,
        /// Number of the bank.
        pub bank: u8,
        /// 1 when the price was taken.
        pub price_taken: u8,
        /// 1 when the rate was taken.
        pub rate_taken: u8,
        /// Samples in `samples`.
        pub sample_count: u8,
        /// Place of the next sample.
        pub sample_next: u8,
        /// Padding; zero.
        pub pad: [u8; 3],
    }
    discriminator [0x2d, 0xdb, 0x34, 0x4f, 0xe1, 0x70, 0x52, 0x78];
    counted by Bank(bank);
}

event! {
    /// Collateral of an account was sold for USDC.
    pub struct CollateralSold {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account that sold.
        pub account: Pubkey,
        /// Address of the margin account that bought.
        pub buyer: Pubkey,
        /// Atoms of the collateral.
        pub amount: u64,
        /// Quote atoms that the buyer paid.
        pub paid: u64,
        /// The discount.
        pub discount: u64,
        /// The bank's price.
        pub price: u64,
        /// The seller's USDC capital after it.
        pub usdc: u64,
        /// The seller's capital in the bank after it.
        pub capital: u64,
        /// The buyer's USDC capital after it.
        pub buyer_usdc: u64,
        /// The buyer's capital in the bank after it.
        pub buyer_capital: u64,
        /// Number of the bank.
        pub bank: u8,
        /// 1 when the seller is still flagged for liquidation.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0x4d, 0x7f, 0x5b, 0xda, 0x75, 0xe1, 0x92, 0xba];
    counted by Bank(bank);
}
