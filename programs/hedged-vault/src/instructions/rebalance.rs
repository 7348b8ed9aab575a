//! Trades the short back to the tokens that are held. Anyone may, and nobody is paid for it: the vault's trade is bounded by
//! its terms, whoever asks for it and whatever else is in the transaction.

use anchor_lang::prelude::*;
use keel::state::BankAccount;
use keel_engine::Side;

use crate::VaultError;
use crate::events::Rebalanced;
use crate::hedge::*;
use crate::state::part;
use crate::value::{Unit, short_of, tokens_of};

/// The accounts. Remaining: the market's tick arrays on the way, writable.
#[derive(Accounts)]
pub struct Rebalance {
    /// The vault.
    pub hedge: Nested<Hedge>,
    /// The bank of its token.
    #[account(address = hedge.vault.bank)]
    pub bank: Account<BankAccount>,
}

/// Handles the instruction.
pub fn rebalance(context: &mut Context<Rebalance>) -> Result<()> {
    let mut arrays = context.remaining_accounts()?;
    let Rebalance { hedge, bank } = &mut context.accounts;
    hedge.refresh()?;
    let target = Unit::of(&hedge.market.state, &bank.state)?.base(tokens_of(&hedge.account.state, &bank.state))?;
    let short = short_of(&hedge.account.state, &hedge.market.state);
    let distance = target.abs_diff(short);
    require!(distance > part(target.max(short), hedge.vault.terms.band_ppm), VaultError::WithinBand);

    // As far as the limit lets it: in a crash a part is better than nothing.
    let side = if target > short { Side::Sell } else { Side::Buy };
    let limit = hedge.limit(side);
    hedge.trade(bank, (side, distance), limit, 0, &mut arrays)?;

    let vault = *hedge.vault.address();
    emit!(Rebalanced { vault, target, before: short, after: short_of(&hedge.account.state, &hedge.market.state) });
    Ok(())
}
