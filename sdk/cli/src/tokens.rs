//! Token accounts of owners: where tokens come from and go to unless another account is named.

use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use keel_sdk::address::{SYSTEM_PROGRAM, TOKEN_PROGRAM};

/// The program of associated token accounts.
const ASSOCIATED: Pubkey = Pubkey::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// Its instruction that makes an account unless it is there.
const CREATE_IDEMPOTENT: u8 = 1;

/// An owner's associated token account of a mint.
pub fn associated(owner: &Pubkey, mint: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[owner.as_ref(), TOKEN_PROGRAM.as_ref(), mint.as_ref()], &ASSOCIATED).0
}

/// Makes it unless it is there; the owner pays.
pub fn create(owner: &Pubkey, mint: &Pubkey) -> Instruction {
    let accounts = vec![
        AccountMeta::new(*owner, true),
        AccountMeta::new(associated(owner, mint), false),
        AccountMeta::new_readonly(*owner, false),
        AccountMeta::new_readonly(*mint, false),
        AccountMeta::new_readonly(SYSTEM_PROGRAM, false),
        AccountMeta::new_readonly(TOKEN_PROGRAM, false),
    ];
    Instruction { program_id: ASSOCIATED, accounts, data: vec![CREATE_IDEMPOTENT] }
}
