//! The queue: a change is written down, waits, may be executed for a while, and lapses.

use super::change::check;
use super::is_launched;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::listing::VERSION;
use crate::state::{CHANGE_LENGTH, Change, Exchange};

/// Seconds for which a change may be executed once its time has come: 14 days. Nothing old lies around as a loaded gun,
/// and a keeper that is away for a week misses nothing.
pub const EXECUTION_WINDOW_SECS: i64 = 1_209_600;

/// A change that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// Number of its [`Kind`](super::Kind).
    pub kind: u8,
    /// Number of the market or bank that it changes, or 0.
    pub target: u16,
    /// What it changes it to, zero-padded.
    pub content: &'a [u8; CHANGE_LENGTH],
    /// Who pays for its account and gets the rent back.
    pub payer: [u8; 32],
    /// Bump of its account's address.
    pub bump: u8,
}

/// Fills a zeroed change and numbers it. It may be executed after the timelock that is in force now, however that is
/// changed later; before the launch, at once.
///
/// Errors: those of [`check`], `MathOverflow`.
pub fn queue(exchange: &mut Exchange, change: &mut Change, proposal: &Proposal, now: Now) -> Result<()> {
    let delay = if is_launched(exchange) { exchange.timelock_secs } else { 0 };
    change.number = exchange.changes.checked_add(1).ok_or(Error::MathOverflow)?;
    change.queued_at = now.unix;
    change.executable_at = now.unix.checked_add(i64::from(delay)).ok_or(Error::MathOverflow)?;
    change.payer = proposal.payer;
    change.target = proposal.target;
    change.kind = proposal.kind;
    change.bump = proposal.bump;
    change.version = VERSION;
    change.content = *proposal.content;
    check(exchange, change)?;
    exchange.changes = change.number;
    Ok(())
}

/// Refuses a change before its time (`ChangeNotReady`) and after it (`ChangeLapsed`). One that was queued without delay
/// belongs to the time before the launch and ends with it.
pub fn require_due(exchange: &Exchange, change: &Change, now: Now) -> Result<()> {
    let is_instant = change.executable_at == change.queued_at;
    let lapses_at = change.executable_at.saturating_add(EXECUTION_WINDOW_SECS);
    if (is_instant && is_launched(exchange)) || now.unix >= lapses_at {
        return Err(Error::ChangeLapsed);
    }
    if now.unix < change.executable_at { Err(Error::ChangeNotReady) } else { Ok(()) }
}
