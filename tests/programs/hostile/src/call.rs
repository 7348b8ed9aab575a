//! Calling a program with accounts, flags and signatures of the script's choice.

use pinocchio::cpi::{CpiAccount, Seed, Signer, invoke_signed_unchecked};
use pinocchio::error::ProgramError;
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult};

use crate::reader::Reader;
use crate::steps::{OWN_SEED, SIGNER, WRITABLE};

/// The account in a place.
pub fn at(accounts: &[AccountView], place: u8) -> Result<&AccountView, ProgramError> {
    accounts.get(usize::from(place)).ok_or(ProgramError::NotEnoughAccountKeys)
}

/// Plays the rest of a `CALL`. No flag, no signature and no borrow is looked at: that is for the runtime and for who is
/// called.
pub fn call(accounts: &[AccountView], script: &mut Reader) -> ProgramResult {
    let program = at(accounts, script.byte()?)?;
    let signers = script.byte()?;
    let seeds: Vec<([u8; 2], [u8; 1])> =
        (0..signers).map(|_| Ok((script.array()?, script.array()?))).collect::<Result<_, ProgramError>>()?;
    let count = script.byte()?;
    let mut metas = Vec::with_capacity(count.into());
    let mut passed = Vec::with_capacity(count.into());
    for _ in 0..count {
        let account = at(accounts, script.byte()?)?;
        let flags = script.byte()?;
        metas.push(InstructionAccount::new(account.address(), flags & WRITABLE != 0, flags & SIGNER != 0));
        passed.push(CpiAccount::from(account));
    }
    let seeds: Vec<[Seed; 3]> =
        seeds.iter().map(|(number, bump)| [Seed::from(OWN_SEED), Seed::from(number), Seed::from(bump)]).collect();
    let signers: Vec<Signer> = seeds.iter().map(Signer::from).collect();
    let instruction = InstructionView { program_id: program.address(), data: script.bytes()?, accounts: &metas };
    // SAFETY: no reference to any account's data is used after the call; one that is held is held on purpose and never
    // read.
    unsafe { invoke_signed_unchecked(&instruction, &passed, &signers) };
    Ok(())
}

/// Passes on what the program was called with, as it came, to another program, whose account may come last.
pub fn pass_on(program: &Address, accounts: &[AccountView], data: &[u8]) -> ProgramResult {
    let accounts = match accounts.split_last() {
        Some((last, others)) if last.address() == program => others,
        _ => accounts,
    };
    let metas: Vec<InstructionAccount> = accounts
        .iter()
        .map(|account| InstructionAccount::new(account.address(), account.is_writable(), account.is_signer()))
        .collect();
    let passed: Vec<CpiAccount> = accounts.iter().map(CpiAccount::from).collect();
    let instruction = InstructionView { program_id: program, data, accounts: &metas };
    // SAFETY: no reference to any account's data is held.
    unsafe { invoke_signed_unchecked(&instruction, &passed, &[]) };
    Ok(())
}
