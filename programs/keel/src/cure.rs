//! A cure is offered with what adds to an account's capital, not demanded: without the markets at hand that stands, and the
//! flag stays.

use anchor_lang::{AccountView, prelude::*};
use keel_engine::liquidation;
use keel_engine::state::{MarginAccount, Position};
use keel_engine::view::{Others, View};

use crate::clock;
use crate::errors::KeelError;
use crate::loader::{self, Expected, Loaded};

/// Clears the flag of an account that is cured, where the remaining accounts tell its health.
///
/// Errors: those of the loader and of the health.
pub fn offer(account: &mut MarginAccount, address: &Address, views: &mut [AccountView]) -> Result<()> {
    let can_judge = !views.is_empty() || account.positions.iter().all(Position::is_empty);
    if account.flagged_at != 0 && can_judge {
        let mut loaded = Loaded::default();
        loader::load(&mut loaded, views, &Expected::view(account, address))?;
        let view = View::of(Others { markets: &loaded.markets, arrays: &loaded.arrays });
        liquidation::cure(account, loaded.ranges, &view, clock::now()?).map_err(KeelError::from)?;
    }
    Ok(())
}
