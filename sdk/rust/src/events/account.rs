//! Margin accounts being opened, funded, emptied and closed.

use solana_pubkey::Pubkey;

use super::event;

event! {
    /// A margin account was opened.
    pub struct AccountOpened {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its owner.
        pub owner: Pubkey,
        /// Its number among the owner's.
        pub sub_account: u16,
        /// The only market it may trade, or 0.
        pub isolated_market: u16,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0xfa, 0x59, 0x27, 0x43, 0x23, 0x77, 0x7e, 0x3f];
    counted by Nothing;
}

event! {
    /// A margin account was closed.
    pub struct AccountClosed {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its owner.
        pub owner: Pubkey,
    }
    discriminator [0x13, 0xfa, 0x4f, 0xec, 0x5b, 0x50, 0x94, 0x30];
    counted by Nothing;
}

event! {
    /// The companion for a margin account's ranges was opened.
    pub struct RangesOpened {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Address of the companion.
        pub ranges: Pubkey,
    }
    discriminator [0x24, 0x2c, 0x68, 0x95, 0xb2, 0xe7, 0x69, 0xa9];
    counted by Nothing;
}

event! {
    /// The companion for a margin account's ranges was closed.
    pub struct RangesClosed {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Address of the companion.
        pub ranges: Pubkey,
    }
    discriminator [0x32, 0xff, 0xc0, 0x5b, 0xb9, 0xf3, 0xc4, 0xee];
    counted by Nothing;
}

event! {
    /// Tokens came in.
    pub struct Deposited {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Whose tokens they were.
        pub authority: Pubkey,
        /// Atoms.
        pub amount: u64,
        /// The account's capital in the bank after it.
        pub capital: u64,
        /// What the bank holds for everybody after it.
        pub booked: u64,
        /// Number of the bank.
        pub bank: u8,
        /// 1 when the account is still flagged for liquidation.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0x6f, 0x8d, 0x1a, 0x2d, 0xa1, 0x23, 0x64, 0x39];
    counted by Bank(bank);
}

event! {
    /// Tokens went out.
    pub struct Withdrawn {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Token account that got them.
        pub destination: Pubkey,
        /// Atoms.
        pub amount: u64,
        /// The account's capital in the bank after it.
        pub capital: u64,
        /// What the bank holds for everybody after it.
        pub booked: u64,
        /// Number of the bank.
        pub bank: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x14, 0x59, 0xdf, 0xc6, 0xc2, 0x7c, 0xdb, 0x0d];
    counted by Bank(bank);
}
