//! Keepers' tips in lamports: they lie in the account of what is to be done, beside its rent.

use anchor_lang::{AnchorAccount, CpiContext, Lamports, prelude::*, system_program};

/// Puts a tip into an account.
pub fn give(from: &mut Signer, to: &mut impl AnchorAccount, system_program: &Program<System>, tip: u64) -> Result<()> {
    if tip == 0 {
        return Ok(());
    }
    let accounts = system_program::Transfer { from: from.cpi_handle_mut(), to: to.cpi_handle_mut() };
    system_program::transfer(CpiContext::new(system_program.address(), accounts), tip)
}

/// Moves a tip out of an account.
pub fn pay(from: &impl Lamports, to: &impl Lamports, tip: u64) -> Result<()> {
    if tip != 0 {
        from.sub_lamports(tip)?;
        to.add_lamports(tip)?;
    }
    Ok(())
}
