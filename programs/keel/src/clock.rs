//! What time it is.

use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use keel_engine::Now;

/// The cluster's clock. A handler asks once.
#[inline(always)]
pub fn now() -> Result<Now> {
    let clock = Clock::get()?;
    Ok(Now { unix: clock.unix_timestamp, slot: clock.slot })
}
