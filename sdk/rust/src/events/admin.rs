//! What the admin does.

use solana_pubkey::Pubkey;

use super::event;

event! {
    /// The exchange was made.
    pub struct ExchangeInitialized {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Who may list banks and markets.
        pub admin: Pubkey,
        /// Who may reduce risk at once, or zero.
        pub guardian: Pubkey,
    }
    discriminator [0xc8, 0x9a, 0xbb, 0xa0, 0x1d, 0xf3, 0xe6, 0x68];
    counted by Exchange;
}

event! {
    /// A kind of collateral was listed.
    pub struct BankAdded {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Address of the bank.
        pub bank: Pubkey,
        /// Mint of the collateral.
        pub mint: Pubkey,
        /// The bank's token account.
        pub vault: Pubkey,
        /// Number of the change that listed it, or 0 before the launch.
        pub change: u64,
        /// Number of the bank.
        pub index: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0xd0, 0x94, 0xbc, 0xf4, 0x4e, 0x5a, 0x69, 0x51];
    counted by Exchange;
}

event! {
    /// A market was listed.
    pub struct MarketCreated {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Address of the market.
        pub market: Pubkey,
        /// Program that owns its price accounts.
        pub price_owner: Pubkey,
        /// Feed of its index.
        pub feed_id: [u8; 32],
        /// Name in UTF-8, zero-padded.
        pub name: [u8; 16],
        /// The first index.
        pub index: u64,
        /// The first peg.
        pub peg: u64,
        /// Number of the change that listed it, or 0 before the launch.
        pub change: u64,
        /// Number of the market.
        pub number: u16,
        /// 0 floating, 1 fixed.
        pub mode: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x58, 0xb8, 0x82, 0xe7, 0xe2, 0x54, 0x06, 0x3a];
    counted by Exchange;
}

event! {
    /// The exchange was launched: deposits are open, and nothing is listed or loosened without delay any more.
    pub struct ExchangeLaunched {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Unix time.
        pub launched_at: i64,
        /// Who may reduce risk at once, or zero.
        pub guardian: Pubkey,
        /// Owner of the token accounts to which the treasury's money may go, or zero.
        pub treasury: Pubkey,
    }
    discriminator [0x39, 0xf0, 0x3f, 0xf5, 0xc5, 0x5f, 0x9b, 0x6a];
    counted by Exchange;
}
