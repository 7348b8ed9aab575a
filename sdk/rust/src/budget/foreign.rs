//! What instructions of other programs take, as far as transactions of this exchange contain them.

use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::address::{ASSOCIATED_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::pyth::RECEIVER;

/// The compute budget program.
const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// The receiver's `post_update_atomic`: the first eight bytes of `sha256("global:post_update_atomic")`.
const POST_UPDATE_ATOMIC: [u8; 8] = [0x31, 0xac, 0x54, 0xc0, 0xaf, 0xb4, 0x34, 0xea];

/// An instruction of the system program or of the compute budget: what the runtime takes for it.
const BUILTIN_UNITS: u64 = 150;
/// An instruction of the token program: the dearest that a wallet sends is a checked transfer of some 6,200.
const TOKEN_UNITS: u64 = 8_000;
/// Making an associated token account: three calls, and an address that may take many attempts to derive.
const ASSOCIATED_TOKEN_UNITS: u64 = 40_000;
/// The signatures of an update, a secp256k1 recovery each, and its Merkle proof: what Pyth's own client asks for.
const POST_UPDATE_ATOMIC_UNITS: u64 = 170_000;
/// Another instruction of the receiver: giving rent back.
const RECEIVER_UNITS: u64 = 20_000;
/// What the runtime gives an instruction of a program that nobody has asked for more for.
const DEFAULT_UNITS: u64 = 200_000;

/// Compute units of an instruction of another program.
pub(super) fn units(instruction: &Instruction) -> u64 {
    match instruction.program_id {
        SYSTEM_PROGRAM | COMPUTE_BUDGET => BUILTIN_UNITS,
        TOKEN_PROGRAM => TOKEN_UNITS,
        ASSOCIATED_TOKEN_PROGRAM => ASSOCIATED_TOKEN_UNITS,
        RECEIVER if instruction.data.starts_with(&POST_UPDATE_ATOMIC) => POST_UPDATE_ATOMIC_UNITS,
        RECEIVER => RECEIVER_UNITS,
        _ => DEFAULT_UNITS,
    }
}
