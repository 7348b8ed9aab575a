//! The instructions: each a few checks and a few calls to Keel.

extern crate alloc;

use alloc::vec::Vec;

use anchor_lang::pinocchio::sysvars::{Sysvar, clock::Clock};
use anchor_lang::{AccountView, CpiHandle, prelude::*};
use anchor_spl::mint::Mint;
use anchor_spl::token::{self, TokenAccount};
use keel::cpi::accounts as calls;
use keel::state::{BankAccount, MarketAccount, TraderAccount};

use crate::state::{COVER, LENDER_SEED, LOAN_SEED, Loan, NOTICE_SECS, TERM_SECS, TREASURY_SEED, floor_for, owed_for};
use crate::{LenderError, health};

/// Keel's flag: never increase or turn the position.
const REDUCE_ONLY: u8 = 1;
/// How far from the index a forced reduction may push the curve: one part of so many.
const SLIPPAGE: u64 = 100;

/// Makes the lender.
#[derive(Accounts)]
pub struct Open {
    /// Pays.
    #[account(mut)]
    pub payer: Signer,
    /// The lender.
    #[account(seeds = [LENDER_SEED], bump)]
    pub lender: UncheckedAccount,
    /// The mint of USDC.
    pub mint: Account<Mint>,
    /// The lender's USDC.
    #[account(
        init, payer = payer, seeds = [TREASURY_SEED], bump,
        token::mint = mint, token::authority = lender
    )]
    pub treasury: Account<TokenAccount>,
    /// Its margin account, which Keel makes.
    #[account(mut)]
    pub account: UncheckedAccount,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn open(context: &mut Context<Open>) -> Result<()> {
    let bump = [context.bumps.lender];
    let Open { payer, lender, account, keel, system_program, .. } = &mut context.accounts;
    let accounts = calls::OpenAccount {
        owner: lender.cpi_handle(),
        account: account.cpi_handle_mut(),
        payer: payer.cpi_handle_mut(),
        system_program: system_program.cpi_handle(),
    };
    let signers: [&[&[u8]]; 1] = [&[LENDER_SEED, &bump]];
    keel::cpi::open_account(CpiContext::new_with_signer(keel.address(), accounts, &signers), 0, 0)
}

/// Lends.
#[derive(Accounts)]
pub struct Borrow {
    /// Owner of the margin account; pays for the loan's account.
    #[account(mut)]
    pub borrower: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The loan.
    #[account(init, payer = borrower, seeds = [LOAN_SEED, account.address()], bump)]
    pub loan: Account<Loan>,
    /// The lender.
    #[account(seeds = [LENDER_SEED], bump)]
    pub lender: UncheckedAccount,
    /// Its USDC.
    #[account(mut, seeds = [TREASURY_SEED], bump)]
    pub treasury: Account<TokenAccount>,
    /// Where the money goes.
    #[account(mut)]
    pub destination: Account<TokenAccount>,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn borrow(context: &mut Context<Borrow>, amount: u64) -> Result<()> {
    let views = context.remaining_accounts()?;
    let bump = [context.bumps.lender];
    let Borrow { borrower, account, loan, lender, treasury, destination, keel, token_program, .. } =
        &mut context.accounts;
    let owed = owed_for(amount).ok_or(LenderError::TooLarge)?;
    let floor = floor_for(owed).ok_or(LenderError::TooLarge)?;
    let holder = lender.address().to_bytes();
    let accounts = calls::PlaceLien { owner: borrower.cpi_handle(), account: account.cpi_handle_mut() };
    keel::cpi::place_lien(CpiContext::new(keel.address(), accounts), holder, floor, NOTICE_SECS)?;

    let accounts = calls::ViewHealth { account: account.cpi_handle() };
    keel::cpi::view_health(CpiContext::new(keel.address(), accounts).with_remaining_accounts(read(&views)))?;
    let health = health::told()?;
    let cover = owed.checked_mul(COVER).and_then(|cover| i64::try_from(cover).ok()).ok_or(LenderError::TooLarge)?;
    require!(health.floor >= floor && health.equity >= cover, LenderError::TooLittleEquity);

    loan.borrower = *borrower.address();
    loan.account = *account.address();
    loan.owed = owed;
    loan.due_at = Clock::get()?.unix_timestamp.saturating_add(TERM_SECS);
    let accounts = token::Transfer {
        from: treasury.cpi_handle_mut(),
        to: destination.cpi_handle_mut(),
        authority: lender.cpi_handle(),
    };
    let signers: [&[&[u8]]; 1] = [&[LENDER_SEED, &bump]];
    token::transfer(CpiContext::new_with_signer(token_program.address(), accounts, &signers), amount)
}

/// Pays back.
#[derive(Accounts)]
pub struct Repay {
    /// Who pays.
    pub payer: Signer,
    /// The payer's USDC.
    #[account(mut)]
    pub source: Account<TokenAccount>,
    /// Who borrowed, and gets the loan's rent. It may be who pays.
    #[account(mut, unsafe(dup), address = loan.borrower)]
    pub borrower: UncheckedAccount,
    /// The loan.
    #[account(mut)]
    pub loan: Account<Loan>,
    /// The margin account.
    #[account(mut, address = loan.account)]
    pub account: Account<TraderAccount>,
    /// The lender.
    #[account(seeds = [LENDER_SEED], bump)]
    pub lender: UncheckedAccount,
    /// Its USDC.
    #[account(mut, seeds = [TREASURY_SEED], bump)]
    pub treasury: Account<TokenAccount>,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn repay(context: &mut Context<Repay>) -> Result<()> {
    let bump = [context.bumps.lender];
    let Repay { payer, source, borrower, loan, account, lender, treasury, keel, token_program } = &mut context.accounts;
    let accounts =
        token::Transfer { from: source.cpi_handle_mut(), to: treasury.cpi_handle_mut(), authority: payer.cpi_handle() };
    token::transfer(CpiContext::new(token_program.address(), accounts), loan.owed)?;
    release(lender, account, keel, &bump)?;
    loan.close(*borrower.account())
}

/// Gives notice.
#[derive(Accounts)]
pub struct Call {
    /// The loan.
    pub loan: Account<Loan>,
    /// The margin account.
    #[account(mut, address = loan.account)]
    pub account: Account<TraderAccount>,
    /// The lender.
    #[account(seeds = [LENDER_SEED], bump)]
    pub lender: UncheckedAccount,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
}

/// Handles the instruction.
pub fn call(context: &mut Context<Call>) -> Result<()> {
    let bump = [context.bumps.lender];
    let Call { loan, account, lender, keel } = &mut context.accounts;
    require!(Clock::get()?.unix_timestamp >= loan.due_at, LenderError::NotDue);
    let accounts = calls::CallLien { holder: lender.cpi_handle(), account: account.cpi_handle_mut() };
    let signers: [&[&[u8]]; 1] = [&[LENDER_SEED, &bump]];
    keel::cpi::call_lien(CpiContext::new_with_signer(keel.address(), accounts, &signers), 1)
}

/// Makes the account smaller.
#[derive(Accounts)]
pub struct Reduce {
    /// The loan.
    pub loan: Account<Loan>,
    /// The margin account.
    #[account(mut, address = loan.account)]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
    /// The lender.
    #[account(seeds = [LENDER_SEED], bump)]
    pub lender: UncheckedAccount,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
}

/// Handles the instruction. That the notice has run out and that nothing but a reduction is done is Keel's to see to.
pub fn reduce(context: &mut Context<Reduce>, side: u8, base: u64) -> Result<()> {
    let mut views = context.remaining_accounts()?;
    let bump = [context.bumps.lender];
    let Reduce { account, market, price, lender, keel, .. } = &mut context.accounts;
    // Anyone may ask for it: what surrounds it in the transaction can cost the borrower a hundredth at most.
    let accounts = calls::Refresh { market: market.cpi_handle_mut(), price: price.cpi_handle() };
    keel::cpi::refresh(CpiContext::new(keel.address(), accounts))?;
    let index = market.state.index.bits;
    let slippage = index.checked_div(SLIPPAGE).unwrap_or(0);
    let limit = if side == 0 { index.saturating_add(slippage) } else { index.saturating_sub(slippage) };
    let accounts = calls::Trade {
        authority: lender.cpi_handle(),
        account: account.cpi_handle_mut(),
        market: market.cpi_handle_mut(),
        price: price.cpi_handle(),
    };
    let signers: [&[&[u8]]; 1] = [&[LENDER_SEED, &bump]];
    let remaining = views.iter_mut().map(passed).collect();
    let context = CpiContext::new_with_signer(keel.address(), accounts, &signers).with_remaining_accounts(remaining);
    keel::cpi::trade(context, side, 0, base, limit, REDUCE_ONLY)
}

/// Takes what is owed.
#[derive(Accounts)]
pub struct Seize {
    /// Who borrowed, and gets the loan's rent at its end.
    #[account(mut, address = loan.borrower)]
    pub borrower: UncheckedAccount,
    /// The loan.
    #[account(mut)]
    pub loan: Account<Loan>,
    /// The margin account.
    #[account(mut, address = loan.account)]
    pub account: Account<TraderAccount>,
    /// The lender's margin account.
    #[account(mut)]
    pub receiver: Account<TraderAccount>,
    /// The bank of USDC: of another one, Keel would refuse the treasury.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// Keel's token account of it.
    #[account(mut)]
    pub bank_tokens: UncheckedAccount,
    /// The lender.
    #[account(seeds = [LENDER_SEED], bump)]
    pub lender: UncheckedAccount,
    /// Its USDC.
    #[account(mut, seeds = [TREASURY_SEED], bump)]
    pub treasury: Account<TokenAccount>,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn seize(context: &mut Context<Seize>) -> Result<()> {
    let views = context.remaining_accounts()?;
    let bump = [context.bumps.lender];
    let Seize { borrower, loan, account, receiver, bank, bank_tokens, lender, treasury, keel, token_program } =
        &mut context.accounts;
    let amount = loan.owed.min(account.state.usdc());
    require!(amount != 0, LenderError::NothingToTake);
    let signers: [&[&[u8]]; 1] = [&[LENDER_SEED, &bump]];
    let accounts = calls::Seize {
        holder: lender.cpi_handle(),
        account: account.cpi_handle_mut(),
        receiver: receiver.cpi_handle_mut(),
        bank: bank.cpi_handle_mut(),
    };
    let context = CpiContext::new_with_signer(keel.address(), accounts, &signers).with_remaining_accounts(read(&views));
    keel::cpi::seize(context, amount)?;
    let accounts = calls::Withdraw {
        owner: lender.cpi_handle(),
        account: receiver.cpi_handle_mut(),
        bank: bank.cpi_handle_mut(),
        vault: bank_tokens.cpi_handle_mut(),
        destination: treasury.cpi_handle_mut(),
        token_program: token_program.cpi_handle(),
    };
    keel::cpi::withdraw(CpiContext::new_with_signer(keel.address(), accounts, &signers), amount)?;

    loan.owed = loan.owed.saturating_sub(amount);
    if loan.owed == 0 {
        release(lender, account, keel, &bump)?;
        loan.close(*borrower.account())?;
    }
    Ok(())
}

/// Ends the lien.
fn release(
    lender: &UncheckedAccount,
    account: &mut Account<TraderAccount>,
    keel: &UncheckedAccount,
    bump: &[u8; 1],
) -> Result<()> {
    let accounts = calls::CallLien { holder: lender.cpi_handle(), account: account.cpi_handle_mut() };
    let signers: [&[&[u8]]; 1] = [&[LENDER_SEED, bump]];
    keel::cpi::release_lien(CpiContext::new_with_signer(keel.address(), accounts, &signers))
}

/// Accounts that are passed on to be read.
fn read(views: &[AccountView]) -> Vec<CpiHandle<'_>> {
    views.iter().map(CpiHandle::readonly).collect()
}

/// An account that is passed on as it came.
fn passed(view: &mut AccountView) -> CpiHandle<'_> {
    if view.is_writable() { CpiHandle::writable(view) } else { CpiHandle::readonly(view) }
}
