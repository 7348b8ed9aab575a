//! The receiver's own check of `post_update_atomic`, as its source says it: what decides whether a posted update is
//! `Full`. Written apart from what composes the instruction.

use sha3::{Digest, Keccak256};
use solana_instruction::Instruction;

use crate::routers;

/// What the receiver writes.
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    Full,
    Partial(u8),
}

/// Executes the instruction's checks against a guardian set. Panics where the receiver refuses.
pub fn check(instruction: &Instruction, members: &[[u8; 20]]) -> Written {
    let mut data = &instruction.data[8..];
    let vaa = vector(&mut data);
    let message = vector(&mut data);
    let depth = u32::from_le_bytes(take(&mut data, 4).try_into().unwrap());
    let proof: Vec<_> = (0..depth).map(|_| take(&mut data, 20)).collect();
    assert_eq!(data.len(), 1, "the treasury's number is all that is left");

    let count = vaa[5];
    let (signatures, body) = vaa[6..].split_at(usize::from(count) * 66);
    let mut last = None;
    for signature in signatures.chunks(66) {
        assert!(last.is_none_or(|last| last < signature[0]), "signers ascend");
        assert_eq!(routers::signer(signature, body), Some(members[usize::from(signature[0])]));
        last = Some(signature[0]);
    }

    let hash = |parts: &[&[u8]]| Keccak256::digest(parts.concat())[..20].to_vec();
    let root = proof.iter().fold(hash(&[&[0], message]), |below, beside| {
        let (low, high) = if below.as_slice() <= *beside { (&below[..], *beside) } else { (*beside, &below[..]) };
        hash(&[&[1], low, high])
    });
    assert_eq!(root, &body[51 + 4 + 1 + 8 + 4..]);
    if usize::from(count) > members.len() / 2 { Written::Full } else { Written::Partial(count) }
}

fn vector<'a>(data: &mut &'a [u8]) -> &'a [u8] {
    let length = u32::from_le_bytes(take(data, 4).try_into().unwrap());
    take(data, usize::try_from(length).unwrap())
}

fn take<'a>(data: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = data.split_at(count);
    *data = rest;
    taken
}
