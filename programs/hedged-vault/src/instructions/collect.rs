//! Turns profit into a claim on the market's pot, and what is mature of the vault's claim into USDC. Anyone may: it gives
//! nothing away. A debt is settled, too, where there is USDC for it; a loss is not, without: it would become a debt, for
//! which Keel sells collateral at a discount when it has grown old.

use anchor_lang::prelude::*;
use keel::cpi::accounts as calls;
use keel::state::BankAccount;

use crate::VaultError;
use crate::events::Collected;
use crate::hedge::*;
use crate::state::AUTHORITY_SEED;
use crate::value::payable;

/// The accounts.
#[derive(Accounts)]
pub struct Collect {
    /// The vault.
    pub hedge: Nested<Hedge>,
    /// The bank of its token.
    #[account(address = hedge.vault.bank)]
    pub bank: Account<BankAccount>,
}

/// Handles the instruction.
pub fn collect(context: &mut Context<Collect>) -> Result<()> {
    let Collect { hedge, bank } = &mut context.accounts;
    hedge.refresh()?;
    let value = hedge.value(bank)?;
    let Hedge { vault, authority, account, market, keel, .. } = &mut **hedge;
    let seeds: &[&[u8]] = &[AUTHORITY_SEED, vault.address().as_ref(), &[vault.authority_bump]];
    let signers = [seeds];
    let before = account.state.usdc();

    // What is mature first: the profit that is settled next may be more than the pot has yet.
    let now = now()?;
    let held = account.state.position(market.state.index_number).ok().copied();
    let releases = held.is_some_and(|position| payable(&market.state, &position, now));
    if releases {
        let accounts = calls::Release {
            authority: authority.cpi_handle(),
            account: account.cpi_handle_mut(),
            market: market.cpi_handle_mut(),
        };
        // Whether what it is paid is to be taken has just been looked at.
        keel::cpi::release(CpiContext::new_with_signer(keel.address(), accounts, &signers), 0)?;
    }
    let has_debt = held.is_some_and(|position| position.debt != 0) && account.state.usdc() != 0;
    let settles = value.profit != 0 || has_debt;
    if settles {
        let accounts = calls::Settle {
            authority: authority.cpi_handle(),
            account: account.cpi_handle_mut(),
            market: market.cpi_handle_mut(),
        };
        keel::cpi::settle(CpiContext::new_with_signer(keel.address(), accounts, &signers))?;
    }
    require!(settles || releases, VaultError::NothingToCollect);
    emit!(Collected { vault: *vault.address(), profit: value.profit, before, usdc: account.state.usdc() });
    Ok(())
}
