//! Programs that build on Keel, on an embedded chain with it: what their tests share.
//!
//! [`Scene`] is an exchange whose SOL market has a bank of SOL beside it, and people with tokens. [`vault`] speaks to the
//! program of `programs/hedged-vault` as a client would, from addresses and numbers alone.

#![forbid(unsafe_code)]

pub mod logs;
pub mod scene;
pub mod vault;

use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;

pub use scene::{Scene, User};
pub use vault::Vault;

/// Atoms of a SOL.
pub const SOLS: u64 = 1_000_000_000;

/// An account that an instruction only looks at.
pub fn read(place: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(place, false)
}

/// An account that an instruction changes.
pub fn written(place: Pubkey) -> AccountMeta {
    AccountMeta::new(place, false)
}
