//! Refreshing, liquidating and resolving.

use keel_engine::units::{SignedWide, Wide};
use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// Time was accrued and the price read, alone. (Other instructions do the same in front; their events have the prices.)
    pub struct Refreshed {
        /// Sequence number of the market.
        pub sequence: u64,
        /// The index.
        pub index: u64,
        /// Its publish time.
        pub index_time: i64,
        /// Its confidence over price.
        pub conf: i64,
        /// The peg.
        pub peg: u64,
        /// The mark price.
        pub mark: u64,
        /// The slow price.
        pub stable: u64,
        /// Funding rate per hour.
        pub funding_rate: i64,
        /// F.
        pub funding: SignedWide,
        /// Number of the market.
        pub market: u16,
        /// 1 while the market is guarded.
        pub guarded: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x17, 0x84, 0xec, 0x25, 0x20, 0x80, 0x80, 0xaf];
    counted by Market(market);
}

event! {
    /// An account was flagged for liquidation. Only the account is written: no sequence number.
    pub struct LiquidationBegun {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its equity.
        pub equity: i64,
        /// Its maintenance margin.
        pub maintenance: u64,
        /// Unix time of the flag.
        pub flagged_at: i64,
    }
    discriminator [0xf8, 0xde, 0x24, 0x16, 0xfd, 0x41, 0x1e, 0xc7];
    counted by Nothing;
}

event! {
    /// A position of a flagged account was reduced against the curve.
    pub struct Liquidated {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the liquidated margin account.
        pub account: Pubkey,
        /// Address of the margin account that was paid for it.
        pub keeper_account: Pubkey,
        /// Base that the liquidated account gained; negative was sold.
        pub base: i64,
        /// Quote that it gained, without the fee.
        pub quote: i64,
        /// Taker fee.
        pub fee: u64,
        /// What the keeper got.
        pub keeper: u64,
        /// What the market's insurance got of the discount.
        pub insurance: u64,
        /// The discount, in 2^-48.
        pub discount: u64,
        /// Equity after it.
        pub equity: i64,
        /// Maintenance margin after it.
        pub maintenance: u64,
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
        /// The liquidated account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// 1 when the account is still flagged.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0xe7, 0x39, 0x37, 0x4b, 0x00, 0xaa, 0xf6, 0x44];
    counted by Market(market);
}

event! {
    /// What a bankrupt account has coming in another market was collected for what it owes: settled, matured, released at
    /// that market's ratio, and pledged as far as it could not be. One for each such market, in front of `Resolved`.
    pub struct ClaimConsumed {
        /// Sequence number of the other market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the other market.
        pub market: u16,
        /// Number of the market to whose insurance it is pledged, or 0.
        pub creditor: u16,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x11, 0xd0, 0xaa, 0x7c, 0xa9, 0xe3, 0x65, 0xaa];
    counted by Market(market);
}

event! {
    /// What a bankrupt account owed a market went through the loss order.
    pub struct Resolved {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Paid by the account.
        pub own: u64,
        /// Its claims in other markets that were pledged to the market's insurance, at face.
        pub pledged: u64,
        /// Taken by the market's surplus.
        pub surplus: u64,
        /// Paid by the market's insurance.
        pub insurance: u64,
        /// Given up by the treasury's claim on the pot.
        pub treasury: u64,
        /// Paid by the exchange's insurance.
        pub exchange: u64,
        /// Paid by the pool's reserve.
        pub pool: u64,
        /// Written off.
        pub written_off: u64,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// 1 when the account is still flagged: something is still to come for it, or it owes in another market.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x94, 0x2e, 0xbb, 0x42, 0x23, 0x01, 0xff, 0x93];
    counted by Market(market);
}
