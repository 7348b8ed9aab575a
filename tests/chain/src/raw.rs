//! Instruction data as bytes: arguments of any value, for what the SDK does not let one say.

use solana_instruction::Instruction;

/// The same accounts with other data.
pub fn with_data(instruction: &Instruction, data: Vec<u8>) -> Instruction {
    Instruction { data, ..instruction.clone() }
}
