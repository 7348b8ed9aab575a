//! Margin accounts that pass on, and liens on them.

use solana_pubkey::Pubkey;

use super::event;

event! {
    /// A margin account got another owner.
    pub struct AccountGiven {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Whose it was.
        pub owner: Pubkey,
        /// Whose it is.
        pub new_owner: Pubkey,
    }
    discriminator [0x9d, 0x23, 0x8e, 0x05, 0x10, 0x27, 0x23, 0xe8];
    counted by Nothing;
}

event! {
    /// A lien was placed, or made stronger.
    pub struct LienPlaced {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Who holds the lien.
        pub holder: Pubkey,
        /// Equity below which the owner can neither withdraw nor add risk.
        pub floor: u64,
        /// Time between the holder's notice and its rights.
        pub notice_secs: u32,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x13, 0xdc, 0x99, 0x7e, 0x7f, 0xd9, 0x0d, 0xf2];
    counted by Nothing;
}

event! {
    /// A lien's holder gave notice, or took it back.
    pub struct LienCalled {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Who holds the lien.
        pub holder: Pubkey,
        /// Unix time of the notice, or 0 where it was taken back.
        pub called_at: i64,
        /// Unix time at which the holder's rights begin, or 0.
        pub due_at: i64,
    }
    discriminator [0xbd, 0xc8, 0x90, 0x6b, 0xb6, 0xd6, 0x70, 0x07];
    counted by Nothing;
}

event! {
    /// A lien ended.
    pub struct LienReleased {
        /// Address of the margin account.
        pub account: Pubkey,
        /// Who held it.
        pub holder: Pubkey,
    }
    discriminator [0xbf, 0xe3, 0xc4, 0x4e, 0x8b, 0xd4, 0x33, 0xe0];
    counted by Nothing;
}

event! {
    /// A lien's holder took capital.
    pub struct LienSeized {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Address of the margin account under the lien.
        pub account: Pubkey,
        /// Address of the holder's margin account.
        pub receiver: Pubkey,
        /// Atoms.
        pub amount: u64,
        /// What the account has in the bank after it.
        pub capital: u64,
        /// What the holder's account has in the bank after it.
        pub receiver_capital: u64,
        /// What is left of the floor; 0 ends the lien.
        pub floor: u64,
        /// Number of the bank.
        pub bank: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x56, 0x56, 0x62, 0xbe, 0x3f, 0x0c, 0x5e, 0x33];
    counted by Bank(bank);
}
