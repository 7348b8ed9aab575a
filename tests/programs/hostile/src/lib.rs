//! A program that calls others as its caller likes, and lies to them where a program can lie. For tests alone.
//!
//! With a script ([`steps`]) it relays: it calls any program with any accounts and flags, signs as addresses of its own,
//! answers, logs, and changes accounts around the calls. A script may call this very program with another script.
//!
//! With any other data it was called in another program's place: it passes the call on to the exchange. Whoever calls it
//! taking it for the token program is called back.

mod call;
mod reader;
pub mod steps;

use pinocchio::cpi::{get_return_data, set_return_data};
use pinocchio::error::ProgramError;
use pinocchio::{AccountView, Address, ProgramResult, entrypoint};

use call::at;
use reader::Reader;

/// The exchange.
const EXCHANGE: Address = Address::new_from_array(keel_cpi::PROGRAM_ID);

entrypoint!(process);

/// The program's one instruction.
#[inline(never)]
pub fn process(_: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    match data.split_first() {
        Some((&steps::SCRIPT, script)) => play(accounts, Reader(script)),
        _ => call::pass_on(&EXCHANGE, accounts, data),
    }
}

fn play(accounts: &mut [AccountView], mut script: Reader) -> ProgramResult {
    while let Ok(step) = script.byte() {
        match step {
            steps::CALL => call::call(accounts, &mut script)?,
            steps::ANSWER => set_return_data(script.bytes()?),
            steps::TRUST => trust(at(accounts, script.byte()?)?.address())?,
            steps::LOG => log(script.bytes()?),
            steps::WRITE => {
                let (place, offset) = (script.byte()?, script.short()?);
                write(*at(accounts, place)?, offset.into(), script.bytes()?)?;
            }
            steps::MOVE => {
                let (from, to, amount) = (script.byte()?, script.byte()?, script.long()?);
                move_lamports(*at(accounts, from)?, *at(accounts, to)?, amount)?;
            }
            steps::ASSIGN => {
                let (mut account, owner) = (*at(accounts, script.byte()?)?, at(accounts, script.byte()?)?);
                // SAFETY: no reference to the account's owner is held.
                unsafe { account.assign(owner.address()) };
            }
            steps::HOLD => {
                let mut account = *at(accounts, script.byte()?)?;
                core::mem::forget(account.try_borrow_mut()?);
            }
            _ => return Err(ProgramError::InvalidInstructionData),
        }
    }
    Ok(())
}

/// What a caller of a view must do: look at who answered.
fn trust(program: &Address) -> ProgramResult {
    let answer = get_return_data().filter(|answer| answer.program_id() == program);
    let answer = answer.ok_or(ProgramError::Custom(steps::FOOLED))?;
    log(answer.as_slice());
    Ok(())
}

fn write(mut account: AccountView, offset: usize, bytes: &[u8]) -> ProgramResult {
    // SAFETY: the one reference to this data that there is; a held one is never used.
    let data = unsafe { account.borrow_unchecked_mut() };
    let place = data.get_mut(offset..).and_then(|data| data.get_mut(..bytes.len()));
    place.ok_or(ProgramError::AccountDataTooSmall)?.copy_from_slice(bytes);
    Ok(())
}

fn move_lamports(mut from: AccountView, mut to: AccountView, amount: u64) -> ProgramResult {
    from.set_lamports(from.lamports().checked_sub(amount).ok_or(ProgramError::InsufficientFunds)?);
    to.set_lamports(to.lamports().checked_add(amount).ok_or(ProgramError::ArithmeticOverflow)?);
    Ok(())
}

/// Logs data where an exchange logs its events.
fn log(data: &[u8]) {
    #[cfg(target_os = "solana")]
    {
        let fields = [data];
        // SAFETY: one field, whose address and length are this slice's.
        unsafe { pinocchio::syscalls::sol_log_data(fields.as_ptr().cast(), fields.len() as u64) };
    }
    #[cfg(not(target_os = "solana"))]
    core::hint::black_box(data);
}
