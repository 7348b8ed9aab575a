//! Pays the first redemption in the pool's queue as far as its margin leaves money free, or gives its shares back when its
//! time is over; anybody may, for its tip.

use anchor_lang::{AccountClose, prelude::*};
use keel_engine::pool::redemptions::{self, Payer};
use keel_engine::view::View;

use super::is_receivable;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, RedemptionPaid};
use crate::loader::{self, Expected, Loaded};
use crate::state::{ExchangeAccount, PoolAccount, RequestAccount, TraderAccount};
use crate::{access, clock, shares, tips};

/// The accounts. Remaining: what the health of the pool's margin account needs.
#[derive(Accounts)]
pub struct ExecuteRedeem {
    /// Who executes it; gets the tip.
    #[account(mut, unsafe(dup))]
    pub keeper: Signer,
    /// The exchange, which holds the pool's reserve.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The pool's margin account.
    #[account(mut)]
    pub pool_account: Account<TraderAccount>,
    /// The first request in the queue.
    #[account(mut)]
    pub request: Account<RequestAccount>,
    /// The margin account that gets the money; left out where a request is skipped that was cancelled.
    #[account(mut)]
    pub account: Option<Account<TraderAccount>>,
    /// The token account that gave the shares, for those that go back.
    #[account(mut, unsafe(dup))]
    pub shares_account: UncheckedAccount,
    /// The pool's token account of shares that wait. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub share_vault: UncheckedAccount,
    /// The mint of the shares, likewise.
    #[account(mut, unsafe(dup))]
    pub share_mint: UncheckedAccount,
    /// Who paid for the request; gets what it still holds when it ends. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn execute_redeem(context: &mut Context<ExecuteRedeem>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let ExecuteRedeem {
        keeper,
        exchange,
        pool,
        pool_account,
        request,
        account,
        shares_account,
        share_vault,
        share_mint,
        payer,
        ..
    } = &mut context.accounts;
    access::require_pool_account(&pool.state, pool_account.address())?;
    access::require_stored(payer.address(), &request.state.payer)?;
    shares::require_mint(&pool.state, share_mint)?;
    shares::require_vault(&pool.state, share_vault)?;
    let own = *pool_account.address();
    let pool_account = &mut pool_account.state;

    let paid = match account {
        Some(account) => {
            access::require_stored(account.address(), &request.state.account)?;
            let account = &mut account.state;
            let is_receivable = is_receivable(&request.state, &pool.state, shares_account, account)?;
            let before = Sums::of(account).and_capital(pool_account).and_exchange(&exchange.state);
            let mut loaded = Loaded::default();
            loader::load(&mut loaded, &mut views, &Expected::view(pool_account, &own))?;
            let view = View::of(loaded.seen.others());
            let mut source = Payer {
                account: &mut *pool_account,
                ranges: loaded.ranges,
                view: &view,
                exchange: &mut exchange.state,
            };
            let (request, pool) = (&mut request.state, &mut pool.state);
            let paid = redemptions::execute(request, pool, account, &mut source, is_receivable, clock::now()?)
                .map_err(KeelError::from)?;
            Sums::of(account).and_capital(pool_account).and_exchange(&exchange.state).require_same(before)?;
            paid
        }
        None => redemptions::skip(&mut request.state, &mut pool.state).map_err(KeelError::from)?,
    };
    if paid.burnt != 0 {
        shares::burn(share_vault, share_mint, (pool.view(), &pool.state), paid.burnt)?;
    }
    if paid.returned != 0 {
        shares::give_back(share_vault, shares_account, (pool.view(), &pool.state), paid.returned)?;
    }
    tips::pay(request, &*keeper, paid.tip)?;

    let account = account.as_ref().map(|account| &account.state);
    let (exchange, pool) = (&exchange.state, &mut pool.state);
    events::log(RedemptionPaid::of(&request.state, account, pool_account, (exchange, pool), &paid));
    if paid.is_ended() {
        request.close(**payer)?;
    }
    Ok(())
}
