//! The exact error of a refused transaction, and the proof that it changed nothing.

use keel_embedded::{Outcome, Reason};
use keel_engine::Error;
use solana_instruction::Instruction;

use crate::frozen::Frozen;
use crate::world::World;

/// Why a transaction must be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The exchange's own error.
    Keel(Error),
    /// The framework's or another program's numbered error.
    Code(u32),
    /// The runtime's named error.
    Named(&'static str),
}

/// A constraint `mut` that does not hold.
pub const NOT_WRITABLE: Refusal = Refusal::Code(2000);
/// An account that must be a program and is none.
pub const NOT_EXECUTABLE: Refusal = Refusal::Code(2007);
/// Another account than the only one that may be there.
pub const WRONG_ADDRESS: Refusal = Refusal::Code(2012);
/// An account twice where one of the two is written.
pub const DUPLICATE: Refusal = Refusal::Code(2040);
/// An account that a called program may write and the transaction may not.
pub const NO_ESCALATION: Refusal = Refusal::Named("PrivilegeEscalation");
/// A signature that is not there.
pub const NO_SIGNATURE: Refusal = Refusal::Named("MissingRequiredSignature");
/// An address that the seeds do not give.
pub const WRONG_SEEDS: Refusal = Refusal::Named("InvalidSeeds");
/// An account of another program.
pub const WRONG_OWNER: Refusal = Refusal::Named("IllegalOwner");
/// An account of another type.
pub const WRONG_TYPE: Refusal = Refusal::Named("InvalidAccountData");
/// An account that is too short for its type.
pub const TOO_SHORT: Refusal = Refusal::Named("AccountDataTooSmall");
/// An account that does not exist.
pub const NOT_THERE: Refusal = Refusal::Named("UninitializedAccount");
/// Another program than the one that is to be called.
pub const WRONG_PROGRAM: Refusal = Refusal::Named("IncorrectProgramId");
/// Data that no instruction has.
pub const WRONG_DATA: Refusal = Refusal::Named("InvalidInstructionData");
/// Fewer accounts than the instruction declares.
pub const TOO_FEW: Refusal = Refusal::Named("NotEnoughAccountKeys");
/// The token program: the signer does not own the token account.
pub const NOT_TOKEN_OWNER: Refusal = Refusal::Code(4);
/// The system program: the address is taken.
pub const ALREADY_IN_USE: Refusal = Refusal::Code(0);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Keel(error)
    }
}

impl Refusal {
    /// Whether this is what became of a transaction.
    pub fn is(self, outcome: &Outcome) -> bool {
        let Err(refused) = outcome else { return false };
        match (self, &refused.reason) {
            (Self::Keel(expected), Reason::Keel(error)) => expected == *error,
            (Self::Code(code), Reason::Chain(text)) => text.ends_with(&format!(", Custom({code}))")),
            (Self::Named(name), Reason::Chain(text)) => text.ends_with(&format!(", {name})")),
            _ => false,
        }
    }
}

/// What became of a transaction, in a word.
pub fn told(outcome: &Outcome) -> String {
    match outcome {
        Ok(_) => "executed".to_owned(),
        Err(refused) => refused.name(),
    }
}

/// Sends an instruction that must be refused with exactly this error and leave every byte alone.
#[track_caller]
pub fn assert_refused(world: &mut World, instruction: &Instruction, expected: impl Into<Refusal>) {
    assert_all_refused(world, std::slice::from_ref(instruction), expected, "");
}

/// The same for a transaction of several instructions, with a word about what is tried.
#[track_caller]
pub fn assert_all_refused(
    world: &mut World,
    instructions: &[Instruction],
    expected: impl Into<Refusal>,
    context: &str,
) {
    let expected = expected.into();
    let before = Frozen::take(&world.exchange.chain, instructions);
    let outcome = world.send_unaudited(instructions);
    assert!(expected.is(&outcome), "{context}: expected {expected:?}, got {}", told(&outcome));
    before.assert_unchanged(&world.exchange.chain, context);
}
