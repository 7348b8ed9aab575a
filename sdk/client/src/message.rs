//! From instructions to a transaction: compute budget in front, version 0, lookup tables where they save bytes.

use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use crate::error::{ClientError, Result};
use crate::tables;

/// Bytes of the largest transaction that a node takes.
pub const MAX_BYTES: usize = 1_232;

/// A compute budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Units to ask for.
    pub units: u32,
    /// Price of a unit in micro-lamports; 0 asks for no priority.
    pub price: u64,
}

impl Budget {
    /// Its instructions, which go in front of all others.
    pub fn instructions(&self) -> Vec<Instruction> {
        let mut budget = vec![ComputeBudgetInstruction::set_compute_unit_limit(self.units)];
        if self.price > 0 {
            budget.push(ComputeBudgetInstruction::set_compute_unit_price(self.price));
        }
        budget
    }
}

/// A message of these instructions behind their budget, with those of the tables that make it smaller.
///
/// Errors with `Compile` where they name more accounts than a message holds.
pub fn compile(
    payer: &Pubkey,
    instructions: &[Instruction],
    budget: Budget,
    tables: &[AddressLookupTableAccount],
    blockhash: Hash,
) -> Result<VersionedMessage> {
    let all = [&budget.instructions(), instructions].concat();
    let chosen = tables::choose(payer, &all, tables);
    Ok(VersionedMessage::V0(v0::Message::try_compile(payer, &all, &chosen, blockhash)?))
}

/// A transaction signed by all of its signers, of which the first pays.
///
/// Errors with `Signer` where one is missing and with `TooLarge` where it fits into no packet.
pub fn sign(message: VersionedMessage, signers: &[&Keypair]) -> Result<VersionedTransaction> {
    let mut once: Vec<&Keypair> = Vec::with_capacity(signers.len());
    for signer in signers {
        if once.iter().all(|other| other.pubkey() != signer.pubkey()) {
            once.push(signer);
        }
    }
    fitting(VersionedTransaction::try_new(message, &once)?)
}

/// The transaction with room for signatures that nobody gave: enough to simulate it. Errors with `TooLarge`.
pub fn unsigned(message: VersionedMessage) -> Result<VersionedTransaction> {
    let signatures = vec![Signature::default(); usize::from(message.header().num_required_signatures)];
    fitting(VersionedTransaction { signatures, message })
}

/// Bytes of a transaction as it is sent. One that cannot be written fits nowhere.
pub fn bytes(transaction: &VersionedTransaction) -> usize {
    wincode::serialize(transaction).map_or(usize::MAX, |bytes| bytes.len())
}

fn fitting(transaction: VersionedTransaction) -> Result<VersionedTransaction> {
    let bytes = bytes(&transaction);
    if bytes > MAX_BYTES { Err(ClientError::TooLarge { bytes }) } else { Ok(transaction) }
}
