//! Makes a deposit that waits shares, or brings it back where it may not become any; anybody may, for its tip.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::pool::deposits;
use keel_engine::view::View;

use super::{is_receivable, require_request_of};
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, DepositExecuted};
use crate::loader::{self, Expected, Loaded};
use crate::state::{ExchangeAccount, PoolAccount, RequestAccount, TraderAccount};
use crate::{access, clock, shares, tips};

/// The accounts. Remaining: what the health of the pool's margin account needs.
#[derive(Accounts)]
pub struct ExecuteDeposit {
    /// Who executes it; gets the tip.
    #[account(mut, unsafe(dup))]
    pub keeper: Signer,
    /// The exchange, which holds the pool's reserve.
    pub exchange: Account<ExchangeAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The pool's margin account.
    #[account(mut)]
    pub pool_account: Account<TraderAccount>,
    /// The request.
    #[account(mut)]
    pub request: Account<RequestAccount>,
    /// The margin account of who asked.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The token account that gets the shares. Any other one in this place is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub shares_account: UncheckedAccount,
    /// The mint of the shares, likewise.
    #[account(mut, unsafe(dup))]
    pub share_mint: UncheckedAccount,
    /// Who paid for the request; gets what it still holds. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn execute_deposit(context: &mut Context<ExecuteDeposit>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let ExecuteDeposit {
        keeper,
        exchange,
        pool,
        pool_account,
        request,
        account,
        shares_account,
        share_mint,
        payer,
        ..
    } = &mut context.accounts;
    access::require_pool_account(&pool.state, pool_account.address())?;
    require_request_of(&request.state, account.address(), payer.address())?;
    shares::require_mint(&pool.state, share_mint)?;
    let is_receivable = is_receivable(&request.state, &pool.state, shares_account, &account.state)?;
    let own = *pool_account.address();

    let (account, pool_account) = (&mut account.state, &mut pool_account.state);
    let before = Sums::of(account).and_capital(pool_account).and_pool(&pool.state);
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(pool_account, &own))?;
    let view = View::of(loaded.seen.others());
    let executed = deposits::execute(
        &mut request.state,
        &mut pool.state,
        account,
        exchange.state.pool_reserve,
        pool_account,
        (loaded.ranges, &view),
        is_receivable,
        clock::now()?,
    )
    .map_err(KeelError::from)?;
    if executed.shares != 0 {
        shares::mint(share_mint, shares_account, (pool.view(), &pool.state), executed.shares)?;
    }
    Sums::of(account).and_capital(pool_account).and_pool(&pool.state).require_same(before)?;
    tips::pay(request, &*keeper, request.state.tip)?;
    events::log(DepositExecuted::of(&request.state, account, pool_account, &mut pool.state, &executed));
    request.close(**payer)
}
