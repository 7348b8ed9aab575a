//! Moves capital from a margin account to the holder of its lien, whose notice has run out. No token leaves the bank.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::lien;
use keel_engine::view::View;

use crate::clock;
use crate::errors::KeelError;
use crate::events::{self, LienSeized};
use crate::loader::{self, Expected, Loaded};
use crate::state::{BankAccount, TraderAccount};

/// The accounts. Remaining: what the health of the account that gives needs.
#[derive(Accounts)]
pub struct Seize {
    /// The lien's holder.
    pub holder: Signer,
    /// The margin account under the lien. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// A margin account of the holder.
    #[account(mut, unsafe(dup))]
    pub receiver: Account<TraderAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
}

/// Handles the instruction.
pub fn seize(context: &mut Context<Seize>, amount: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Seize { holder, account, receiver, bank } = &mut context.accounts;
    let (address, to) = (*account.address(), *receiver.address());
    if address_eq(&address, &to) {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, receiver, bank) = (&mut account.state, &mut receiver.state, &mut bank.state);
    let now = clock::now()?;
    lien::require_due(account, &holder.address().to_bytes(), now).map_err(KeelError::from)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;

    let view = View::of(loaded.seen.others());
    lien::seize(account, receiver, bank, (loaded.ranges, &view), amount, now).map_err(KeelError::from)?;

    events::log(LienSeized::of((account, &address), (receiver, &to), bank, amount));
    Ok(())
}
