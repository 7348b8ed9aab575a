//! Pyth's receivers: the programs that check an update and write it into an account, with their accounts and the two
//! instructions that a client needs.

use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use super::message::Proven;
use super::vaa::Vaa;
use super::{HermesError, Reader};
use crate::address::SYSTEM_PROGRAM;
use crate::pyth;

/// The first eight bytes of `sha256("global:post_update_atomic")`.
const POST_UPDATE_ATOMIC: [u8; 8] = [0x31, 0xac, 0x54, 0xc0, 0xaf, 0xb4, 0x34, 0xea];
/// The first eight bytes of `sha256("global:reclaim_rent")`.
const RECLAIM_RENT: [u8; 8] = [0xda, 0xc8, 0x13, 0xc5, 0xe3, 0x59, 0xc0, 0x16];
/// The first eight bytes of `sha256("account:GuardianSet")`. Sets of the first generation do without.
const GUARDIAN_SET: [u8; 8] = [0x78, 0x4d, 0x4a, 0x62, 0x22, 0x53, 0x60, 0x7d];

/// A generation of Pyth's programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// The receiver, which owns price accounts.
    pub program: Pubkey,
    /// The Wormhole receiver, which keeps guardian sets.
    pub wormhole: Pubkey,
    /// The push oracle, which keeps sponsored feeds.
    pub push_oracle: Pubkey,
}

impl Receiver {
    /// The generation of Pyth Core, upgraded in place.
    pub const CORE: Self = Self {
        program: pyth::RECEIVER,
        wormhole: Pubkey::from_str_const("HDwcJBJXjL9FpJ7UBsYBtaDjsBUhuLCUYoz3zr8SWWaQ"),
        push_oracle: pyth::PUSH_ORACLE,
    };
    /// The generation that was deployed before the upgrade.
    pub const COMPATIBLE: Self = Self {
        program: Pubkey::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
        wormhole: Pubkey::from_str_const("HDw2E7P8X1SkCyjvoGsfBGAVUutKcj874bXjHrpVYrVL"),
        push_oracle: Pubkey::from_str_const("pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou"),
    };

    /// The generation whose receiver has this address, as a market pins it.
    pub fn of(program: &Pubkey) -> Option<Self> {
        [Self::CORE, Self::COMPATIBLE].into_iter().find(|receiver| receiver.program == *program)
    }

    /// Signatures of a set of that many members that make an update `Full`. The younger generation asks for more than half.
    /// The older one asked for more than two thirds before it was upgraded; what it asks for now cannot be read off the
    /// chain, so the larger number stands here, and an update is never cut below it.
    pub fn quorum(&self, members: usize) -> usize {
        let part = if *self == Self::COMPATIBLE { members / 2 } else { members.saturating_mul(2) / 3 };
        part.saturating_add(1)
    }

    /// The receiver's parameters.
    pub fn config(&self) -> Pubkey {
        Pubkey::find_program_address(&[b"config"], &self.program).0
    }

    /// One of the 256 accounts that fees go to.
    pub fn treasury(&self, number: u8) -> Pubkey {
        Pubkey::find_program_address(&[b"treasury", &[number]], &self.program).0
    }

    /// The Wormhole receiver's parameters.
    pub fn bridge(&self) -> Pubkey {
        Pubkey::find_program_address(&[b"Bridge"], &self.wormhole).0
    }

    /// A guardian set.
    pub fn guardian_set(&self, number: u32) -> Pubkey {
        Pubkey::find_program_address(&[b"GuardianSet", &number.to_be_bytes()], &self.wormhole).0
    }

    /// The account in which a sponsored feed is kept.
    pub fn feed_account(&self, shard: u16, feed_id: &[u8; 32]) -> Pubkey {
        Pubkey::find_program_address(&[&shard.to_le_bytes(), feed_id], &self.push_oracle).0
    }
}

/// The number of the guardian set that signs now, in the data of the Wormhole receiver's parameters: their first field.
pub fn current_guardian_set(data: &[u8]) -> Option<u32> {
    data.first_chunk().map(|number| u32::from_le_bytes(*number))
}

/// The members of a guardian set, in its account's data: the hashes that stand for their keys.
pub fn guardians(data: &[u8]) -> Result<Vec<[u8; 20]>, HermesError> {
    let mut reader = Reader(data.strip_prefix(&GUARDIAN_SET[..]).unwrap_or(data));
    let _number: [u8; 4] = reader.array()?;
    let count = u32::from_le_bytes(reader.array()?);
    (0..count).map(|_| reader.array()).collect()
}

/// Writes an update into an account, which is made for it where it does not exist. The payer may overwrite and close it.
#[derive(Clone, Debug)]
pub struct PostUpdateAtomic {
    /// Whose program.
    pub receiver: Receiver,
    /// Who pays rent and fee; signs.
    pub payer: Pubkey,
    /// The price account; signs.
    pub price: Pubkey,
    /// The signed root.
    pub vaa: Vaa,
    /// The message under it.
    pub message: Proven,
    /// Number of the treasury that gets the fee.
    pub treasury: u8,
}

impl PostUpdateAtomic {
    /// The instruction. Errors with `TooLong` where a length does not fit into 32 bits.
    pub fn instruction(&self) -> Result<Instruction, HermesError> {
        let vaa = self.vaa.encode();
        let Proven { message, proof } = &self.message;
        let data = [
            &POST_UPDATE_ATOMIC[..],
            &length(vaa.len())?,
            &vaa,
            &length(message.len())?,
            message,
            &length(proof.len())?,
            proof.as_flattened(),
            &[self.treasury],
        ]
        .concat();
        let accounts = vec![
            AccountMeta::new(self.payer, true),
            AccountMeta::new_readonly(self.receiver.guardian_set(self.vaa.guardian_set), false),
            AccountMeta::new_readonly(self.receiver.config(), false),
            AccountMeta::new(self.receiver.treasury(self.treasury), false),
            AccountMeta::new(self.price, true),
            AccountMeta::new_readonly(SYSTEM_PROGRAM, false),
            AccountMeta::new_readonly(self.payer, true),
        ];
        Ok(Instruction { program_id: self.receiver.program, accounts, data })
    }
}

fn length(bytes: usize) -> Result<[u8; 4], HermesError> {
    u32::try_from(bytes).map(u32::to_le_bytes).map_err(|_| HermesError::TooLong)
}

/// Closes a price account that the payer may write, and gives the payer its rent.
#[derive(Clone, Copy, Debug)]
pub struct ReclaimRent {
    /// Whose program.
    pub receiver: Receiver,
    /// Who posted the update; signs.
    pub payer: Pubkey,
    /// The price account.
    pub price: Pubkey,
}

impl ReclaimRent {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let accounts = vec![AccountMeta::new(self.payer, true), AccountMeta::new(self.price, false)];
        Instruction { program_id: self.receiver.program, accounts, data: RECLAIM_RENT.to_vec() }
    }
}
