//! The pool: making it, coming in, leaving.

mod cancel_deposit;
mod cancel_redeem;
mod create_pool;
mod execute_deposit;
mod execute_redeem;
mod request_deposit;
mod request_redeem;

pub use {
    cancel_deposit::*, cancel_redeem::*, create_pool::*, execute_deposit::*, execute_redeem::*, request_deposit::*,
    request_redeem::*,
};

use anchor_lang::{AccountView, prelude::*};
use keel_engine::state::{MarginAccount, Pool, PoolRequest};

use crate::access::require_stored;
use crate::shares;

/// Refuses a request of another margin account, and who did not pay for it: `AccountForeign`.
fn require_request_of(request: &PoolRequest, account: &Address, payer: &Address) -> Result<()> {
    require_stored(account, &request.account)?;
    require_stored(payer, &request.payer)
}

/// Whether the token account that a request names can take shares; refuses another one: `WrongTokenAccount`.
fn is_receivable(
    request: &PoolRequest,
    pool: &Pool,
    shares_account: &AccountView,
    account: &MarginAccount,
) -> Result<bool> {
    shares::require_same(shares_account, &request.shares_account)?;
    Ok(shares::require_account_of(pool, shares_account, account).is_ok())
}
