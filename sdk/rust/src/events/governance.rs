//! The queue, what it changes, and the guardian.

use solana_pubkey::Pubkey;

use super::{Ledger, event};

event! {
    /// A change was queued. What it consists of is in its account.
    pub struct ChangeQueued {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Number of the change.
        pub number: u64,
        /// Unix time from which on it may be executed.
        pub executable_at: i64,
        /// Who gets the rent of its account.
        pub payer: Pubkey,
        /// Number of the market or bank that it changes, or 0.
        pub target: u16,
        /// What it changes; see `governance::Kind` of the engine.
        pub kind: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0xe8, 0x8f, 0x50, 0xe6, 0x7d, 0x75, 0xa9, 0xd5];
    counted by Exchange;
}

event! {
    /// A change was taken back.
    pub struct ChangeCancelled {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Number of the change.
        pub number: u64,
        /// Who took it back.
        pub by: Pubkey,
        /// Number of the market or bank that it would have changed, or 0.
        pub target: u16,
        /// What it would have changed.
        pub kind: u8,
        /// Padding; zero.
        pub pad: [u8; 5],
    }
    discriminator [0x8b, 0xb3, 0x61, 0x51, 0xd6, 0x15, 0x77, 0x5d];
    counted by Exchange;
}

event! {
    /// The exchange's keys or parameters changed: as they are after it.
    pub struct ExchangeChanged {
        /// Sequence number of the exchange.
        pub sequence: u64,
        /// Number of the change that was executed, or 0 where the pending admin accepted.
        pub change: u64,
        /// Who queues changes.
        pub admin: Pubkey,
        /// Who may become admin by accepting, or zero.
        pub pending_admin: Pubkey,
        /// Who may reduce risk at once, or zero.
        pub guardian: Pubkey,
        /// Owner of the token accounts to which the treasury's money may go, or zero.
        pub treasury: Pubkey,
        /// Delay of risk-increasing changes.
        pub timelock_secs: u32,
        /// Longest pause.
        pub max_pause_secs: u32,
        /// Most that the exchange's insurance pays for one market in a day, in whole USD.
        pub insurance_day_cap_usd: u32,
        /// Most that the pool pays for one market in a day, in whole USD.
        pub pool_day_cap_usd: u32,
        /// Most markets that may be listed.
        pub max_markets: u32,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0x57, 0xbe, 0xa9, 0x09, 0x0b, 0xc1, 0x77, 0x32];
    counted by Exchange;
}

event! {
    /// A bank's parameters changed, its withdrawals were paused, or it was opened: as it is after it.
    pub struct BankChanged {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Number of the change that was executed, or 0 where the guardian acted.
        pub change: u64,
        /// Unix time at which the last pause of withdrawals ends or ended, or 0.
        pub paused_until: i64,
        /// Haircut of the collateral.
        pub haircut_ppm: u32,
        /// Cap on deposits, or 0.
        pub cap_usd: u32,
        /// Ramp of a new listing.
        pub ramp_secs: u32,
        /// Age from which debt is auctioned.
        pub debt_grace_secs: u32,
        /// Largest net outflow in an hour.
        pub outflow_limit_ppm_per_hour: u32,
        /// Smallest ticket of the queue, in whole USD.
        pub min_ticket_usd: u32,
        /// Net outflow in an hour that the limit never goes below, in whole USD.
        pub outflow_floor_usd: u32,
        /// Number of the bank.
        pub bank: u8,
        /// Whether deposits are taken.
        pub open: u8,
        /// Padding; zero.
        pub pad: [u8; 2],
    }
    discriminator [0x7f, 0x9d, 0x84, 0xfd, 0x2c, 0x59, 0x52, 0x63];
    counted by Bank(bank);
}

event! {
    /// A market's parameters changed, or what it takes: as it is after it. All parameters are in the market's account.
    pub struct MarketChanged {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Number of the change that was executed, or 0 where the guardian acted.
        pub change: u64,
        /// Unix time from which on the last pause counts.
        pub paused_from: i64,
        /// Unix time at which it ends or ended, or 0.
        pub paused_until: i64,
        /// Unix time from which on a closing market may be closed.
        pub close_at: i64,
        /// Cap on open interest, in whole USD.
        pub oi_cap_usd: u32,
        /// Cap on one position, in whole USD, or 0.
        pub position_cap_usd: u32,
        /// Number of the market.
        pub market: u16,
        /// 1 when only reductions are allowed.
        pub reduce_only: u8,
        /// 0 open, 1 closing, 2 closed.
        pub status: u8,
        /// Padding; zero.
        pub pad: [u8; 4],
    }
    discriminator [0xeb, 0x02, 0xf2, 0xc3, 0x55, 0x20, 0x47, 0xf9];
    counted by Market(market);
}

event! {
    /// Tokens left a bank for the treasury.
    pub struct TreasuryPaid {
        /// Sequence number of the bank.
        pub sequence: u64,
        /// Token account that got them.
        pub destination: Pubkey,
        /// Tokens, in atoms.
        pub amount: u64,
        /// What the bank holds for everybody after it.
        pub booked: u64,
        /// Number of the bank.
        pub bank: u8,
        /// Padding; zero.
        pub pad: [u8; 7],
    }
    discriminator [0xcb, 0x8d, 0xc6, 0xb7, 0x84, 0x4a, 0xef, 0xf8];
    counted by Bank(bank);
}

event! {
    /// Money that a market had paid to the treasury left the exchange.
    pub struct TreasuryWithdrawn {
        /// Sequence number of the market.
        pub sequence: u64,
        /// Token account that got it.
        pub destination: Pubkey,
        /// Quote atoms.
        pub amount: u64,
        /// The market's money after it.
        pub ledger: Ledger,
        /// Number of the market.
        pub market: u16,
        /// Padding; zero.
        pub pad: [u8; 6],
    }
    discriminator [0x8f, 0xb5, 0x9d, 0xa9, 0x57, 0x9b, 0xaa, 0x2e];
    counted by Market(market);
}
