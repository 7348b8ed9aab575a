//! The pool: who comes in and who leaves.

use solana_pubkey::Pubkey;

use super::event;

event! {
    /// The pool was made.
    pub struct PoolCreated {
        /// Sequence number of the pool.
        pub sequence: u64,
        /// Address of the pool.
        pub pool: Pubkey,
        /// Address of its margin account.
        pub account: Pubkey,
        /// Address of the companion with its ranges.
        pub ranges: Pubkey,
        /// Mint of its shares.
        pub share_mint: Pubkey,
        /// Token account of shares that wait.
        pub share_vault: Pubkey,
    }
    discriminator [0xca, 0x2c, 0x29, 0x58, 0x68, 0xdc, 0x9d, 0x52];
    counted by Pool;
}

event! {
    /// A deposit was asked for.
    pub struct DepositRequested {
        /// Sequence number of the pool.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Token account that is to get the shares.
        pub shares_account: Pubkey,
        /// Its number among the deposits.
        pub number: u64,
        /// Quote atoms.
        pub amount: u64,
        /// Fewest shares.
        pub min_shares: u64,
        /// Lamports for who executes it.
        pub tip: u64,
        /// Unix time from which on its owner may take it back.
        pub cancellable_at: i64,
        /// The account's USDC capital after it.
        pub capital: u64,
        /// Deposits that wait after it.
        pub deposits_waiting: u64,
    }
    discriminator [0x23, 0x21, 0xe5, 0x8a, 0x74, 0xee, 0xc0, 0x16];
    counted by Pool;
}

event! {
    /// A deposit became shares, or went back.
    pub struct DepositExecuted {
        /// Sequence number of the pool.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its number among the deposits.
        pub number: u64,
        /// Quote atoms that came into the pool.
        pub deposited: u64,
        /// Shares for them.
        pub shares: u64,
        /// Quote atoms that went back instead.
        pub returned: u64,
        /// What the pool was worth before it to who comes in; 0 where that was not asked.
        pub nav_high: i64,
        /// What it was worth to who leaves.
        pub nav_low: i64,
        /// The account's USDC capital after it.
        pub capital: u64,
        /// The pool's.
        pub pool_capital: u64,
        /// Shares there are after it.
        pub pool_shares: u64,
        /// Deposits that wait after it.
        pub deposits_waiting: u64,
        /// 1 when the pool's margin account is flagged for liquidation.
        pub pool_flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x81, 0x80, 0x6a, 0x4d, 0xfc, 0x2b, 0xa5, 0x29];
    counted by Pool;
}

event! {
    /// A deposit was taken back.
    pub struct DepositCancelled {
        /// Sequence number of the pool.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its number among the deposits.
        pub number: u64,
        /// Quote atoms that went back.
        pub returned: u64,
        /// The account's USDC capital after it.
        pub capital: u64,
        /// Deposits that wait after it.
        pub deposits_waiting: u64,
        /// 1 when the account is still flagged for liquidation.
        pub flagged: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0xe9, 0x17, 0x2a, 0xce, 0xcb, 0xcf, 0x93, 0x23];
    counted by Pool;
}

event! {
    /// Somebody asked to leave.
    pub struct RedemptionRequested {
        /// Sequence number of the pool.
        pub sequence: u64,
        /// Address of the margin account that is to get the money.
        pub account: Pubkey,
        /// Token account that gave the shares.
        pub shares_account: Pubkey,
        /// Its place in the queue.
        pub number: u64,
        /// Shares.
        pub shares: u64,
        /// Lamports for who executes it.
        pub tip: u64,
        /// Unix time from which on it is paid.
        pub ready_at: i64,
        /// Unix time at which it lapses.
        pub lapses_at: i64,
        /// Shares that wait after it.
        pub shares_waiting: u64,
    }
    discriminator [0xf5, 0x9b, 0x62, 0x83, 0xd2, 0x19, 0x89, 0x92];
    counted by Pool;
}

event! {
    /// The first in the queue was paid, wholly or in part, got its shares back, or was skipped because it was cancelled.
    pub struct RedemptionPaid {
        /// Sequence number of the pool.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its place in the queue.
        pub number: u64,
        /// Quote atoms that the account got.
        pub paid: u64,
        /// Shares that were destroyed for them.
        pub burnt: u64,
        /// Shares that went back.
        pub returned: u64,
        /// Shares that still wait: with 0 it ended.
        pub rest: u64,
        /// Lamports of the tip that were paid.
        pub tip: u64,
        /// What the pool was worth before it to who comes in; 0 where that was not asked.
        pub nav_high: i64,
        /// What it was worth to who leaves.
        pub nav_low: i64,
        /// The account's USDC capital after it; 0 for a skipped one.
        pub capital: u64,
        /// The pool's.
        pub pool_capital: u64,
        /// The pool's reserve after it.
        pub pool_reserve: u64,
        /// Shares there are after it.
        pub pool_shares: u64,
        /// Shares that wait after it.
        pub shares_waiting: u64,
        /// 1 for a cancelled one: nothing is said about the account, which may be gone.
        pub skipped: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x38, 0xa3, 0x19, 0x68, 0x97, 0x16, 0xf8, 0xb4];
    counted by Pool;
}

event! {
    /// Shares were taken back out of the queue.
    pub struct RedemptionCancelled {
        /// Sequence number of the pool.
        pub sequence: u64,
        /// Address of the margin account.
        pub account: Pubkey,
        /// Its place in the queue.
        pub number: u64,
        /// Shares that went back.
        pub returned: u64,
        /// Shares that wait after it.
        pub shares_waiting: u64,
        /// 1 when it ended; else it is skipped when it is the first.
        pub ended: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0x16, 0x6a, 0x76, 0x1a, 0x53, 0x6e, 0x47, 0xae];
    counted by Pool;
}
