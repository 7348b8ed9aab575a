//! Withdrawals that wait, and capital that moves without tokens.

use solana_pubkey::Pubkey;

use super::event;

event! {
    /// A withdrawal was put into the queue.
    pub struct WithdrawalQueued {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Token account that is to get the tokens.
        pub destination: Pubkey,
        /// Its place in the queue.
        pub number: u64,
        /// Atoms.
        pub amount: u64,
        /// The account's capital in the bank after it.
        pub capital: u64,
        /// What waits in the queue after it.
        pub queued: u64,
        /// Number of the bank.
        pub bank: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x74, 0xdf, 0xbb, 0x26, 0xc5, 0x50, 0x13, 0xfa];
    counted by Bank(bank);
}

event! {
    /// The first in the queue was paid, wholly or in part, returned to its account, or skipped because it was cancelled.
    pub struct WithdrawalPaid {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Token account that got what was paid.
        pub destination: Pubkey,
        /// Its place in the queue.
        pub number: u64,
        /// Atoms that left the bank.
        pub paid: u64,
        /// Atoms that went back to the account's capital.
        pub returned: u64,
        /// Atoms that still wait: with 0 it ended.
        pub rest: u64,
        /// The account's capital in the bank after it; 0 for a skipped one.
        pub capital: u64,
        /// What the bank holds for everybody after it.
        pub booked: u64,
        /// What waits in the queue after it.
        pub queued: u64,
        /// Number of the bank.
        pub bank: u8,
        /// 1 when the account is flagged for liquidation.
        pub flagged: u8,
        /// 1 for a cancelled one: nothing is said about the account, which may be gone.
        pub skipped: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x08, 0x32, 0xdd, 0x26, 0xfa, 0xa1, 0xa7, 0x7c];
    counted by Bank(bank);
}

event! {
    /// A waiting withdrawal was taken back.
    pub struct WithdrawalCancelled {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its place in the queue.
        pub number: u64,
        /// Atoms that went back.
        pub returned: u64,
        /// The account's capital in the bank after it.
        pub capital: u64,
        /// What waits in the queue after it.
        pub queued: u64,
        /// Number of the bank.
        pub bank: u8,
        /// 1 when the account is still flagged for liquidation.
        pub flagged: u8,
        /// 1 when it was the first and ended; else it is skipped when it is.
        pub ended: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x77, 0xaf, 0xcf, 0x50, 0xba, 0xed, 0xe5, 0x09];
    counted by Bank(bank);
}

event! {
    /// Capital moved between two accounts of one owner.
    pub struct Transferred {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account that gave.
        pub account: Pubkey,
        /// Address of the one that got.
        pub receiver: Pubkey,
        /// Atoms.
        pub amount: u64,
        /// The giver's capital in the bank after it.
        pub capital: u64,
        /// The receiver's capital in the bank after it.
        pub receiver_capital: u64,
        /// Number of the bank.
        pub bank: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x15, 0x84, 0xef, 0x40, 0x92, 0xef, 0xa6, 0x44];
    counted by Bank(bank);
}
