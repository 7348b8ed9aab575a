//! Calling Keel from another Solana program.
//!
//! Each instruction is a struct: the accounts that it declares, in any form that the caller's framework gives them
//! (`&AccountView`, `AccountInfo`, an address), and its arguments. From it come the account metas, the accounts in the
//! program's order, and the data, all as fixed arrays. This crate allocates nothing, depends on nothing and knows no
//! framework, so it fits a caller written for pinocchio, for the native crates or for Anchor, whatever their versions.
//!
//! Remaining accounts are the caller's to append. Which ones, and in which order, is in the documentation of the
//! instruction and in docs/cpi.md; `keel_sdk::instructions` finds them for a client, which passes them to the caller.
//! Every authority may be an address that the caller derives and signs for.
//!
//! # With pinocchio
//!
//! A vault that owns a margin account sells. The account holds ranges, so its companion comes first among the remaining
//! accounts; behind it one tick array on the way, written.
//!
//! ```
//! use keel_cpi::{PROGRAM_ID, Trade, exact, flags, side};
//! use pinocchio::cpi::{Seed, Signer, invoke_signed};
//! use pinocchio::error::ProgramError;
//! use pinocchio::instruction::{InstructionAccount, InstructionView};
//! use pinocchio::{AccountView, Address, ProgramResult};
//!
//! fn hedge(accounts: &[AccountView], amount: u64, bump: u8) -> ProgramResult {
//!     let [vault, account, market, price, companion, array, _keel] = accounts else {
//!         return Err(ProgramError::NotEnoughAccountKeys);
//!     };
//!     let trade = Trade {
//!         authority: vault,
//!         account,
//!         market,
//!         price,
//!         side: side::SELL,
//!         kind: exact::BASE,
//!         amount,
//!         limit: keel_cpi::NO_LIMIT,
//!         flags: flags::ALL_OR_NOTHING,
//!     };
//!     let [a, b, c, d] = trade.metas(|view, role| InstructionAccount::new(view.address(), role.writable, role.signer));
//!     let companion_meta = InstructionAccount::readonly(companion.address());
//!     let array_meta = InstructionAccount::writable(array.address());
//!     let instruction = InstructionView {
//!         program_id: &Address::new_from_array(PROGRAM_ID),
//!         accounts: &[a, b, c, d, companion_meta, array_meta],
//!         data: &trade.data(),
//!     };
//!     let [a, b, c, d] = trade.into_accounts();
//!     let seeds = [Seed::from(b"vault"), Seed::from(core::slice::from_ref(&bump))];
//!     invoke_signed(&instruction, &[a, b, c, d, companion, array], &[Signer::from(&seeds)])
//! }
//! ```
//!
//! # With the native crates
//!
//! The same instruction for `solana_cpi::invoke_signed`, of any version: addresses and metas are the caller's own types.
//!
//! ```
//! use keel_cpi::{PROGRAM_ID, Trade, exact, flags, side};
//! use solana_instruction::{AccountMeta, Instruction};
//! use solana_pubkey::Pubkey;
//!
//! /// `companion` and `arrays` are the remaining accounts, `trade` may as well be a `Trade<AccountInfo>`.
//! fn instruction(trade: &Trade<Pubkey>, companion: Pubkey, arrays: &[Pubkey]) -> Instruction {
//!     let mut accounts = trade
//!         .metas(|key, role| AccountMeta { pubkey: *key, is_signer: role.signer, is_writable: role.writable })
//!         .to_vec();
//!     accounts.push(AccountMeta::new_readonly(companion, false));
//!     accounts.extend(arrays.iter().map(|array| AccountMeta::new(*array, false)));
//!     Instruction { program_id: Pubkey::new_from_array(PROGRAM_ID), accounts, data: trade.data().to_vec() }
//! }
//!
//! let [vault, account, market, price, companion, array] = [1, 2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
//! let trade = Trade {
//!     authority: vault,
//!     account,
//!     market,
//!     price,
//!     side: side::SELL,
//!     kind: exact::BASE,
//!     amount: 50_000_000,
//!     limit: keel_cpi::NO_LIMIT,
//!     flags: flags::REDUCE_ONLY | flags::ALL_OR_NOTHING,
//! };
//! let instruction = instruction(&trade, companion, &[array]);
//! assert_eq!(instruction.accounts.len(), 6);
//! assert_eq!(instruction.data[..3], [11, 1, 0]);
//! ```

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod arguments;
#[macro_use]
mod call;
mod contents;
mod generated;
mod legs;
mod returned;
mod role;
pub mod seeds;

pub use arguments::*;
pub use contents::contents;
pub use generated::*;
pub use legs::{legs, Leg};
pub use returned::returned;
pub use role::{Optional, Role};

/// Address of the exchange's program: `Kee1Perp11111111111111111111111111111111111`.
pub const PROGRAM_ID: [u8; 32] = [
    4, 199, 3, 20, 251, 154, 117, 92, 95, 201, 61, 239, 72, 61, 92, 181, 155, 34, 19, 66, 251, 86, 102, 53, 122, 213,
    26, 8, 0, 0, 0, 0,
];
