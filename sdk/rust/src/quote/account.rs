//! What an account is worth, must be worth, and where it would be liquidated: the answers of the program's view
//! instructions, from the same accounts.

use keel_engine::margin::{self, InitialHealth};
use keel_engine::state::{MarginAccount, Ranges};
use keel_engine::view::View;
use keel_engine::{Now, views};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::scene::Scene;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::instructions::{ViewAuction, ViewDelta, ViewHealth, ViewLiquidationPrice};
use crate::views::{AuctionView, DeltaView, HealthView, LiquidationPriceView};

/// Accounts that the views declare: the margin account.
const DECLARED: usize = 1;

/// The health of a margin account as the chain has it: no market is refreshed for it, and its `stale` says so.
///
/// Errors: what is missing, `MathOverflow`.
pub fn health(accounts: &impl Accounts, account: &Pubkey, now: Now) -> Result<HealthView> {
    let view = ViewHealth { account: *account }.instruction(accounts)?;
    look(accounts, account, &view, |state, ranges, view| views::health::health(state, ranges, view, now))
}

/// Equity and margin of a margin account as new risk counts them, at marks of any age.
///
/// Errors: as [`health`].
pub fn initial(accounts: &impl Accounts, account: &Pubkey, now: Now) -> Result<InitialHealth> {
    let view = ViewHealth { account: *account }.instruction(accounts)?;
    look(accounts, account, &view, |state, ranges, view| margin::initial_at_any_mark(state, ranges, view, now))
}

/// The mark of a market at which a margin account becomes unhealthy, all else as it is.
///
/// Errors: as [`health`], and `PositionNotFound`.
pub fn liquidation_price(
    accounts: &impl Accounts,
    account: &Pubkey,
    market: u16,
    now: Now,
) -> Result<LiquidationPriceView> {
    let view = ViewLiquidationPrice { account: *account, market }.instruction(accounts)?;
    look(accounts, account, &view, |state, ranges, view| {
        views::liquidation_price::liquidation_price(state, ranges, view, market, now)
    })
}

/// How the liquidation of a margin account stands in a market.
///
/// Errors: as [`health`].
pub fn auction(accounts: &impl Accounts, account: &Pubkey, market: u16, now: Now) -> Result<AuctionView> {
    let view = ViewAuction { account: *account, market }.instruction(accounts)?;
    look(accounts, account, &view, |state, ranges, view| views::auction::auction(state, ranges, view, market, now))
}

/// What a margin account is exposed to in a market.
///
/// Errors: as [`health`].
pub fn delta(accounts: &impl Accounts, account: &Pubkey, market: u16, now: Now) -> Result<DeltaView> {
    let view = ViewDelta { account: *account, market }.instruction(accounts)?;
    look(accounts, account, &view, |state, ranges, view| views::delta::delta(state, ranges, view, market, now))
}

/// Asks the engine with what a view instruction passes.
fn look<R>(
    accounts: &impl Accounts,
    account: &Pubkey,
    instruction: &Instruction,
    ask: impl FnOnce(&MarginAccount, Option<&Ranges>, &View) -> keel_engine::Result<R>,
) -> Result<R> {
    let scene = Scene::load(accounts, instruction.accounts.get(DECLARED..).unwrap_or_default(), 0)?;
    let state: MarginAccount = chain::load(accounts, account)?;
    Ok(scene.look(|ranges, view| ask(&state, ranges, view))?)
}
