//! The seeds of Keel's addresses, for whatever derives addresses where the caller is.
//!
//! All are derived from [`PROGRAM_ID`](crate::PROGRAM_ID). Numbers are little-endian bytes (`to_le_bytes`). Accounts keep
//! their bump, so a caller that has one at hand derives with it behind the seeds, which costs a fraction of a search:
//!
//! ```
//! use keel_cpi::{PROGRAM_ID, seeds};
//! use solana_pubkey::Pubkey;
//!
//! let number = 1u16.to_le_bytes();
//! let seeds = seeds::market(&number);
//! let (market, bump) = Pubkey::find_program_address(&seeds, &PROGRAM_ID.into());
//!
//! let [kind, number] = seeds;
//! assert_eq!(Pubkey::create_program_address(&[kind, number, &[bump]], &PROGRAM_ID.into()), Ok(market));
//! ```

/// The exchange.
pub const fn exchange() -> [&'static [u8]; 1] {
    [b"exchange"]
}

/// The bank of a mint.
pub const fn bank(mint: &[u8; 32]) -> [&[u8]; 2] {
    [b"bank", mint]
}

/// The token account in which the bank of a mint holds everyone's tokens.
pub const fn vault(mint: &[u8; 32]) -> [&[u8]; 2] {
    [b"vault", mint]
}

/// A market, by its number, a u16 from 1.
pub const fn market(number: &[u8; 2]) -> [&[u8]; 2] {
    [b"market", number]
}

/// A tick array, by its market's number, a u16, and its index, an i32.
pub const fn tick_array<'seeds>(market: &'seeds [u8; 2], index: &'seeds [u8; 4]) -> [&'seeds [u8]; 3] {
    [b"ticks", market, index]
}

/// A margin account, by its owner and its number, a u16.
pub const fn margin_account<'seeds>(owner: &'seeds [u8; 32], number: &'seeds [u8; 2]) -> [&'seeds [u8]; 3] {
    [b"account", owner, number]
}

/// The companion of a margin account, which holds its ranges.
pub const fn ranges(account: &[u8; 32]) -> [&[u8]; 2] {
    [b"ranges", account]
}

/// A withdrawal that waits, by its bank's number, a u8, and its own, a u64.
pub const fn ticket<'seeds>(bank: &'seeds [u8; 1], number: &'seeds [u8; 8]) -> [&'seeds [u8]; 3] {
    [b"ticket", bank, number]
}

/// An order, by its margin account and its number, a u64.
pub const fn order<'seeds>(account: &'seeds [u8; 32], number: &'seeds [u8; 8]) -> [&'seeds [u8]; 3] {
    [b"order", account, number]
}

/// The consent to a builder's fee, by the margin account and the builder's key.
pub const fn approval<'seeds>(account: &'seeds [u8; 32], builder: &'seeds [u8; 32]) -> [&'seeds [u8]; 3] {
    [b"approval", account, builder]
}

/// The pool. Its margin account is the first of this owner's.
pub const fn pool() -> [&'static [u8]; 1] {
    [b"pool"]
}

/// The mint of the pool's shares.
pub const fn share_mint() -> [&'static [u8]; 1] {
    [b"shares"]
}

/// The token account of shares that wait to be redeemed.
pub const fn share_vault() -> [&'static [u8]; 1] {
    [b"share_vault"]
}

/// What waits at the pool: its kind, 0 a deposit, 1 a redemption, and its number, a u64.
pub const fn pool_request<'seeds>(kind: &'seeds [u8; 1], number: &'seeds [u8; 8]) -> [&'seeds [u8]; 3] {
    [b"request", kind, number]
}

/// A change that governance has queued, by its number, a u64.
pub const fn change(number: &[u8; 8]) -> [&[u8]; 2] {
    [b"change", number]
}
