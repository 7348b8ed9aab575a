//! Moves capital between two margin accounts of one owner. No token leaves the bank.

use anchor_lang::prelude::*;
use keel_engine::vault;
use keel_engine::view::View;

use crate::errors::KeelError;
use crate::events::{self, Transferred};
use crate::loader::{self, Expected, Loaded};
use crate::state::{BankAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: what the health of the account that gives needs.
#[derive(Accounts)]
pub struct Transfer {
    /// The owner of both accounts.
    pub owner: Signer,
    /// The margin account that gives. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// The margin account that gets.
    #[account(mut, unsafe(dup))]
    pub receiver: Account<TraderAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
}

/// Handles the instruction.
pub fn transfer(context: &mut Context<Transfer>, amount: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Transfer { owner, account, receiver, bank } = &mut context.accounts;
    if account.address() == receiver.address() {
        return Err(KeelError::SelfLiquidation.into());
    }
    access::require_owner(&account.state, owner.address())?;
    let now = clock::now()?;
    let (address, to) = (*account.address(), *receiver.address());
    let (account, receiver, bank) = (&mut account.state, &mut receiver.state, &mut bank.state);
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;

    let view = View::of(loaded.seen.others());
    vault::transfer(account, receiver, bank, (loaded.ranges, &view), amount, now).map_err(KeelError::from)?;

    events::log(Transferred::of((account, &address), (receiver, &to), bank, amount));
    Ok(())
}
