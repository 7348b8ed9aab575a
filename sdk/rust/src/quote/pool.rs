//! The pool, as the program's view instruction tells it.

use keel_engine::state::{Exchange, MarginAccount, Pool};
use keel_engine::{Now, views};

use super::scene::Scene;
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::instructions::ViewPool;
use crate::views::PoolView;

/// Accounts that the view declares: exchange, pool, its margin account.
const DECLARED: usize = 3;

/// What the pool is worth, what its shares cost, and who waits.
///
/// Errors: what is missing, `MathOverflow`.
pub fn pool(accounts: &impl Accounts, now: Now) -> Result<PoolView> {
    let (exchange, pool, account) = (address::exchange(), address::pool(), address::pool_account());
    accounts.announce(&[exchange, pool]);
    let view = ViewPool.instruction(accounts)?;
    let scene = Scene::load(accounts, view.accounts.get(DECLARED..).unwrap_or_default(), 0)?;
    let pool: Pool = chain::load(accounts, &pool)?;
    let exchange: Exchange = chain::load(accounts, &exchange)?;
    let account: MarginAccount = chain::load(accounts, &account)?;
    Ok(scene.look(|ranges, view| views::pool::view(&pool, &exchange, &account, (ranges, view), now))?)
}
