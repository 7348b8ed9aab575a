//! Agreeing and settling.

use anchor_lang::pinocchio::sysvars::{Sysvar, clock::Clock};
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::{self, TokenAccount};

use crate::{SwapError, funding};

/// First seed of a swap; both parties and the market are the others.
pub const SWAP_SEED: &[u8] = b"swap";
/// First seed of a swap's escrow.
pub const ESCROW_SEED: &[u8] = b"escrow";

/// A swap.
#[account]
pub struct Swap {
    /// Who pays the fixed rate and gets the floating one.
    pub fixed: Address,
    /// Who pays the floating rate and gets the fixed one.
    pub floating: Address,
    /// The market.
    pub market: Address,
    /// Where the fixed side is paid.
    pub fixed_tokens: Address,
    /// Where the floating side is paid.
    pub floating_tokens: Address,
    /// Base atoms.
    pub base: u64,
    /// Quote atoms per base atom and second, 64 fraction bits.
    pub rate: i64,
    /// What each has in escrow, in quote atoms.
    pub escrow: u64,
    /// The index of funding at the beginning: low 64 bits, high 64 bits.
    pub funding: [u64; 2],
    /// Unix time at which it began.
    pub began_at: i64,
    /// Term.
    pub term_secs: u32,
    /// Bump of the swap.
    pub bump: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
}

/// Agrees.
#[derive(Accounts)]
pub struct Agree {
    /// Who pays the fixed rate; pays for the accounts.
    #[account(mut)]
    pub fixed: Signer,
    /// Who pays the floating rate.
    pub floating: Signer,
    /// The market.
    pub market: UncheckedAccount,
    /// The swap.
    #[account(
        init, payer = fixed, seeds = [SWAP_SEED, fixed.address(), floating.address(), market.address()], bump
    )]
    pub swap: Account<Swap>,
    /// The mint of what is paid in: quote atoms.
    pub mint: Account<Mint>,
    /// The escrow.
    #[account(
        init, payer = fixed, seeds = [ESCROW_SEED, swap.address()], bump,
        token::mint = mint, token::authority = swap
    )]
    pub escrow: Account<TokenAccount>,
    /// The fixed side's tokens, which pay and are paid. Who wants to be sure of the end agrees to the other side's associated
    /// account only: anyone can make that again where it was closed to keep the swap from being settled.
    #[account(mut)]
    pub fixed_tokens: Account<TokenAccount>,
    /// The floating side's tokens.
    #[account(mut)]
    pub floating_tokens: Account<TokenAccount>,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn agree(context: &mut Context<Agree>, base: u64, rate: i64, term_secs: u32, amount: u64) -> Result<()> {
    let bump = context.bumps.swap;
    let Agree { fixed, floating, market, swap, escrow, fixed_tokens, floating_tokens, token_program, .. } =
        &mut context.accounts;
    require!(base != 0 && term_secs != 0 && amount != 0, SwapError::NothingAgreed);
    let now = Clock::get()?.unix_timestamp;
    let index = funding::index(market.account(), now)?;
    for (tokens, owner) in [(&mut *fixed_tokens, &*fixed), (&mut *floating_tokens, &*floating)] {
        let accounts = token::Transfer {
            from: tokens.cpi_handle_mut(),
            to: escrow.cpi_handle_mut(),
            authority: owner.cpi_handle(),
        };
        token::transfer(CpiContext::new(token_program.address(), accounts), amount)?;
    }

    swap.fixed = *fixed.address();
    swap.floating = *floating.address();
    swap.market = *market.address();
    swap.fixed_tokens = *fixed_tokens.address();
    swap.floating_tokens = *floating_tokens.address();
    swap.base = base;
    swap.rate = rate;
    swap.escrow = amount;
    swap.funding = halves(index);
    swap.began_at = now;
    swap.term_secs = term_secs;
    swap.bump = bump;
    Ok(())
}

/// Settles.
#[derive(Accounts)]
pub struct Settle {
    /// Who paid for the accounts, and gets their rent.
    #[account(mut, address = swap.fixed)]
    pub fixed: UncheckedAccount,
    /// The swap.
    #[account(mut)]
    pub swap: Account<Swap>,
    /// The market.
    #[account(address = swap.market)]
    pub market: UncheckedAccount,
    /// The escrow.
    #[account(mut, seeds = [ESCROW_SEED, swap.address()], bump)]
    pub escrow: Account<TokenAccount>,
    /// The fixed side's tokens.
    #[account(mut, address = swap.fixed_tokens)]
    pub fixed_tokens: Account<TokenAccount>,
    /// The floating side's tokens.
    #[account(mut, address = swap.floating_tokens)]
    pub floating_tokens: Account<TokenAccount>,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction. Whoever settles late settles for the time that has passed: both rates run on until then.
pub fn settle(context: &mut Context<Settle>) -> Result<()> {
    let Settle { fixed, swap, market, escrow, fixed_tokens, floating_tokens, token_program } = &mut context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let secs = u32::try_from(now.saturating_sub(swap.began_at)).map_err(|_| SwapError::TooLarge)?;
    require!(secs >= swap.term_secs, SwapError::NotDue);
    let grown = funding::index(market.account(), now)?.wrapping_sub(whole(swap.funding));
    let payment = funding::payment(swap.base, grown, swap.rate, secs, swap.escrow)?;
    let to_fixed = swap.escrow.saturating_add_signed(payment);
    // Whatever else has been sent there goes with it.
    let to_floating = escrow.amount().saturating_sub(to_fixed);

    let (of_fixed, of_floating, of_market) = (swap.fixed, swap.floating, swap.market);
    let bump = [swap.bump];
    let signers: [&[&[u8]]; 1] = [&[SWAP_SEED, of_fixed.as_ref(), of_floating.as_ref(), of_market.as_ref(), &bump]];
    for (to, amount) in [(fixed_tokens, to_fixed), (floating_tokens, to_floating)] {
        let accounts =
            token::Transfer { from: escrow.cpi_handle_mut(), to: to.cpi_handle_mut(), authority: swap.cpi_handle() };
        token::transfer(CpiContext::new_with_signer(token_program.address(), accounts, &signers), amount)?;
    }
    let accounts = token::CloseAccount {
        account: escrow.cpi_handle_mut(),
        destination: fixed.cpi_handle_mut(),
        authority: swap.cpi_handle(),
    };
    token::close_account(CpiContext::new_with_signer(token_program.address(), accounts, &signers))?;
    swap.close(*fixed.account())
}

#[allow(clippy::cast_possible_truncation, reason = "the two halves of the value, exactly")]
const fn halves(value: i128) -> [u64; 2] {
    let bits = value.cast_unsigned();
    [bits as u64, (bits >> 64) as u64]
}

const fn whole([low, high]: [u64; 2]) -> i128 {
    (((high as u128) << 64) | low as u128).cast_signed()
}
