//! Instruction data: a discriminator byte, then the arguments, little-endian, in order.

use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use crate::address::PROGRAM_ID;

/// Instruction data under construction.
pub(super) struct Data(Vec<u8>);

impl Data {
    pub(super) fn new(discriminator: u8) -> Self {
        Self(vec![discriminator])
    }

    pub(super) fn bytes(mut self, value: &[u8]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn u8(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    pub(super) fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn i32(self, value: i32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn i64(self, value: i64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u128(self, value: u128) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn instruction(self, accounts: Vec<AccountMeta>) -> Instruction {
        Instruction { program_id: PROGRAM_ID, accounts, data: self.0 }
    }
}

pub(super) fn signer(address: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(address, true)
}

pub(super) fn payer(address: Pubkey) -> AccountMeta {
    AccountMeta::new(address, true)
}

pub(super) fn written(address: Pubkey) -> AccountMeta {
    AccountMeta::new(address, false)
}

pub(super) fn read(address: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(address, false)
}
