//! Keeps the vault's capital in the right tokens. A short that loses needs USDC, one that wins leaves USDC in place of
//! tokens. Whoever brings what is needed takes the other at the index, for a spread, and no more than is needed.

use anchor_lang::prelude::*;
use keel::state::BankAccount;
use keel_engine::params::MILLION;
use keel_engine::state::USDC;
use keel_engine::units::Price;

use crate::VaultError;
use crate::events::Swapped;
use crate::hedge::*;
use crate::state::part;
use crate::value::Unit;

/// The accounts.
#[derive(Accounts)]
pub struct Swap {
    /// The vault.
    pub hedge: Nested<Hedge>,
    /// The bank of its token.
    #[account(mut, address = hedge.vault.bank)]
    pub bank: Account<BankAccount>,
    /// Keel's token account of it.
    #[account(mut)]
    pub bank_tokens: UncheckedAccount,
    /// The bank of USDC.
    #[account(mut, constraint(usize::from(usdc_bank.state.index) == USDC @ VaultError::AnotherAsset))]
    pub usdc_bank: Account<BankAccount>,
    /// Keel's token account of it.
    #[account(mut)]
    pub usdc_bank_tokens: UncheckedAccount,
    /// Who swaps.
    pub user: Signer,
    /// The user's tokens.
    #[account(mut)]
    pub tokens: UncheckedAccount,
    /// The user's USDC.
    #[account(mut)]
    pub usdc: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn swap(context: &mut Context<Swap>, brings: u8, amount: u64, min_out: u64) -> Result<()> {
    let Swap { hedge, bank, bank_tokens, usdc_bank, usdc_bank_tokens, user, tokens, usdc, token_program } =
        &mut context.accounts;
    hedge.refresh()?;
    require!(!hedge.market.state.is_guarded(), VaultError::PriceUnsure);
    let value = hedge.value(bank)?;
    let terms = hedge.vault.terms;
    let (unit, index) = (Unit::of(&hedge.market.state, &bank.state)?, hedge.market.state.index);
    let reserve = i64::try_from(part(value.tokens, terms.reserve_ppm)).unwrap_or(i64::MAX);
    let token_side = Tokens {
        vault: bank_tokens.cpi_handle_mut(),
        user: tokens.cpi_handle_mut(),
        program: token_program.cpi_handle(),
    };
    let usdc_side = Tokens {
        vault: usdc_bank_tokens.cpi_handle_mut(),
        user: usdc.cpi_handle_mut(),
        program: token_program.cpi_handle(),
    };

    let (brought, paid) = match brings {
        0 => {
            // Losses have used USDC up: as much as fills the reserve again.
            require!(value.free < 0, VaultError::NothingToSwap);
            let brought = amount.min(reserve.saturating_sub(value.free).unsigned_abs());
            let paid = unit.tokens(brought, scaled(index, MILLION.saturating_sub(terms.spread_ppm))?)?;
            require!(paid != 0, VaultError::AmountTooSmall);
            hedge.bring(user.cpi_handle(), usdc_bank, Some(bank.cpi_handle()), usdc_side, brought)?;
            hedge.pay(bank, None, token_side, paid)?;
            (brought, paid)
        }
        1 => {
            // Profit has come in: all that is beyond the reserve.
            require!(value.free > reserve.saturating_mul(2), VaultError::NothingToSwap);
            let price = scaled(index, MILLION.saturating_add(terms.spread_ppm))?;
            let beyond = value.free.saturating_sub(reserve).max(0).unsigned_abs();
            let brought = amount.min(unit.tokens(beyond, price)?);
            let paid = unit.worth(brought, price)?;
            require!(paid != 0, VaultError::AmountTooSmall);
            hedge.bring(user.cpi_handle(), bank, None, token_side, brought)?;
            hedge.pay(usdc_bank, Some(bank.cpi_handle()), usdc_side, paid)?;
            (brought, paid)
        }
        _ => return Err(VaultError::UnknownSide.into()),
    };
    require!(paid >= min_out, VaultError::TooFewTokens);
    let (vault, user) = (*hedge.vault.address(), *user.address());
    emit!(Swapped { vault, user, brings: brings.into(), brought, paid, index: index.bits });
    Ok(())
}

/// A price times so many parts per million. A spread that makes tokens dearer for who takes them: rounded as it falls, a
/// part in 10^14.
fn scaled(price: Price, ppm: u32) -> Result<Price> {
    let bits = u128::from(price.bits).saturating_mul(ppm.into()).checked_div(MILLION.into());
    let bits = bits.and_then(|bits| u64::try_from(bits).ok()).ok_or(VaultError::TooLarge)?;
    Ok(Price::from_bits(bits))
}
