//! The answer of Keel's view: who gave it is asked before it is read.

use anchor_lang::pinocchio::cpi::get_return_data;
use anchor_lang::prelude::*;
use keel_engine::views::VERSION;
use keel_engine::views::health::HealthView;

use crate::LenderError;

/// What a lender looks at.
pub struct Health {
    /// Equity as new risk counts it.
    pub equity: i64,
    /// The floor of the lien.
    pub floor: u64,
}

/// The health that Keel has just told. In a function of its own: the copy and the answer are half of a stack frame.
#[inline(never)]
pub fn told() -> Result<Health> {
    let answer = get_return_data().ok_or(LenderError::NoAnswer)?;
    let bytes = keel_cpi::returned(answer.program_id().as_array(), answer.as_slice()).ok_or(LenderError::NoAnswer)?;
    let health: HealthView = bytemuck::try_pod_read_unaligned(bytes).map_err(|_| LenderError::NoAnswer)?;
    require!(health.version == VERSION, LenderError::AnotherVersion);
    require!(health.stale == 0 && health.flagged == 0, LenderError::HealthUnsure);
    Ok(Health { equity: health.initial_equity, floor: health.lien_floor })
}
