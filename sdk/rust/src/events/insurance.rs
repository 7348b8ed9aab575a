//! Insurance: what comes in, and what the exchange's pays.

use solana_pubkey::Pubkey;

use super::{Holding, Ledger, event};

event! {
    /// Tokens came in for no margin account, or were there already.
    pub struct TokensBooked {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Whose tokens they were; zero when they were found in the vault.
        pub authority: Pubkey,
        /// Atoms.
        pub amount: u64,
        /// What the bank holds for everybody after it.
        pub booked: u64,
        /// Number of the bank.
        pub bank: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0xba, 0xe8, 0x3b, 0x0d, 0x12, 0x7e, 0x04, 0xe6];
    counted by Bank(bank);
}

event! {
    /// Money came into a market's insurance, where it covered what is written off first.
    pub struct MarketInsured {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Quote atoms.
        pub amount: u64,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0xf2, 0xc1, 0x8b, 0xbe, 0xb2, 0xd6, 0xf6, 0x51];
    counted by Market(market);
}

event! {
    /// Money came into the exchange's insurance, or went from it into the pot of a market for somebody's debt there.
    pub struct ExchangeInsured {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Quote atoms that came in.
        pub funded: u64,
        /// Quote atoms that went out.
        pub paid: u64,
        /// What the insurance is after it.
        pub insurance: u64,
        /// Number of the market for which it paid, or 0.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0x5c, 0xc4, 0xd8, 0x40, 0xf2, 0x6f, 0x38, 0x55];
    counted by Exchange;
}

event! {
    /// What is mature of a pledged claim was paid into the creditor's insurance, whose `MarketInsured` is in front.
    pub struct PledgeCollected {
        /// Sequence number of the market on whose pot the claim is.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Claim that ended.
        pub claim: u64,
        /// What it was paid.
        pub paid: u64,
        /// The account after it.
        pub holding: Holding,
        /// The market after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Number of the market whose insurance was paid.
        pub creditor: u16,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x89, 0x9b, 0xf2, 0x5f, 0xc4, 0xb6, 0x57, 0xee];
    counted by Market(market);
}
