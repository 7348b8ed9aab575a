//! A cure is offered with what adds to an account's capital, not demanded: without the markets at hand that stands, and the
//! flag stays.

use anchor_lang::{AccountView, prelude::*};
use keel_engine::liquidation;
use keel_engine::state::{Bank, MarginAccount, Position};
use keel_engine::view::{Others, View};

use crate::clock;
use crate::errors::KeelError;
use crate::loader::{self, Expected, Loaded};

/// Clears the flag of an account that is cured, where the remaining accounts and the declared bank tell its health.
///
/// Errors: those of the loader and of the health.
pub fn offer(
    account: &mut MarginAccount,
    address: &Address,
    bank: Option<&Bank>,
    views: &mut [AccountView],
) -> Result<()> {
    let is_plain = account.positions.iter().all(Position::is_empty) && !account.has_other_collateral();
    let can_judge = !views.is_empty() || is_plain;
    if account.flagged_at != 0 && can_judge {
        let mut loaded = Loaded::default();
        loader::load(&mut loaded, views, &Expected::view(account, address))?;
        let view = View::of(Others { declared: bank, ..loaded.seen.others() });
        liquidation::cure(account, loaded.ranges, &view, clock::now()?).map_err(KeelError::from)?;
    }
    Ok(())
}
