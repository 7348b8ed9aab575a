//! From the chain's way of saying no to the exchange's: which instruction, which error, in which words.

use keel_sdk::PROGRAM_ID;
use keel_sdk::error::from_code;
use solana_instruction::Instruction;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

use crate::error::ClientError;
use crate::logs;

/// What a transaction's error says about the instructions that a caller gave, which stand behind `lead` of the client's
/// own. A custom code counts as the exchange's only where its program is the one that failed: others have codes from
/// 6000 too.
pub(crate) fn refusal(
    error: TransactionError,
    logs: Vec<String>,
    instructions: &[Instruction],
    lead: usize,
) -> ClientError {
    let TransactionError::InstructionError(index, reason) = &error else {
        return ClientError::Transaction { instruction: None, error, logs };
    };
    let instruction = usize::from(*index).checked_sub(lead);
    let called = instruction.and_then(|place| instructions.get(place)).map(|instruction| instruction.program_id);
    let is_ours = match logs::failed(&logs) {
        Some(program) => program == PROGRAM_ID.to_string(),
        None => called == Some(PROGRAM_ID),
    };
    match (reason, instruction) {
        (InstructionError::Custom(code), Some(instruction)) if is_ours => match from_code(*code) {
            Some(error) => ClientError::Program { instruction, error, logs },
            None => ClientError::Transaction { instruction: Some(instruction), error, logs },
        },
        _ => ClientError::Transaction { instruction, error, logs },
    }
}
