//! Buys on Keel with a margin account of which an address of this program is the owner or the delegate.

use keel_cpi::{NO_LIMIT, PROGRAM_ID, Trade, exact, flags, side};
use pinocchio::cpi::{Seed, Signer, invoke_signed_with_bounds};
use pinocchio::error::ProgramError;
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult, entrypoint};

entrypoint!(process);

/// Data: the bump of `["vault"]`, then base atoms. Accounts: the four of Keel's `trade`, the remaining ones, Keel's program.
pub fn process(_: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let [vault, account, market, price, rest @ .., _keel] = &*accounts else {
        return Err(ProgramError::NotEnoughAccountKeys);
    };
    let Some(([bump], amount)) = data.split_first_chunk() else { return Err(ProgramError::InvalidInstructionData) };
    let amount = amount.try_into().map_err(|_| ProgramError::InvalidInstructionData)?;
    let trade = buy([vault, account, market, price], u64::from_le_bytes(amount));
    let mut metas: Vec<InstructionAccount> =
        trade.metas(|view, role| InstructionAccount::new(view.address(), role.writable, role.signer)).into();
    metas.extend(rest.iter().map(|view| InstructionAccount::new(view.address(), view.is_writable(), false)));
    let instruction =
        InstructionView { program_id: &Address::new_from_array(PROGRAM_ID), accounts: &metas, data: &trade.data() };
    let passed: Vec<&AccountView> = trade.into_accounts().into_iter().chain(rest).collect();
    let (bump, name) = ([*bump], b"vault");
    let seeds = [Seed::from(name), Seed::from(&bump)];
    invoke_signed_with_bounds::<32, _>(&instruction, &passed, &[Signer::from(&seeds)])
}

/// Base atoms at any price, in whole or not at all; of accounts in any form.
pub fn buy<T>([authority, account, market, price]: [T; 4], amount: u64) -> Trade<T> {
    let (side, kind, flags) = (side::BUY, exact::BASE, flags::ALL_OR_NOTHING);
    Trade { authority, account, market, price, side, kind, amount, limit: NO_LIMIT, flags }
}
