//! How fast tokens leave a bank: a bucket for everybody together, which deposits refill (protocol.md section 7).
//!
//! `room` is what may leave now. It moves towards the bank's capacity C: from below by C an hour, from above its excess
//! halves every ten minutes. A deposit adds to it in full and a withdrawal takes from it, so it is net outflow that is
//! limited: whoever deposits and withdraws in a loop takes nothing from the others, tokens of the last minutes may leave
//! again, and those of yesterday lift nothing. The limit is the bank's: more accounts are no more room.
//!
//! **The bound.** In any window of T seconds withdrawals less deposits are at most
//!
//! ```text
//! C * (1 + T / 3600) + the excess at its beginning
//! ```
//!
//! with the largest C of the window: room begins with at most C and the excess, and gains at most C an hour. The excess is
//! at most what is left of earlier deposits, each halved every ten minutes: a deposit raises it by no more than its amount,
//! and a withdrawal lowers it, because room falls by the amount and C by a part of it. So with no deposit in the hour
//! before, an hour's net outflow stays below 2C. C counts what waits in the queue, so that nobody lowers it by queueing.

use crate::clock::Now;
use crate::collateral;
use crate::error::{Error, Result};
use crate::governance::require_withdrawals_open;
use crate::math::decay::{decay, left_floor};
use crate::params::MILLION;
use crate::state::Bank;
use crate::units::Factor;

/// Seconds in which room above the capacity halves.
pub const EXCESS_HALF_LIFE_SECS: u32 = 600;

/// Seconds in which room rises from nothing to the capacity.
const HOUR: u64 = 3_600;

/// A bank's capacity: its part of what it holds, at least the floor, in atoms. Rounded up, so that a bank that holds
/// anything can always pay something.
pub fn capacity_ceil(bank: &Bank) -> u64 {
    let floor = collateral::atoms_floor(bank, u64::from(bank.outflow_floor_usd).saturating_mul(u64::from(MILLION)));
    Factor::from_ppm(bank.outflow_limit_ppm_per_hour).of_ceil(bank.booked).max(floor)
}

/// Brings a bank's room up to date. It must come before anything that changes `booked` or the limit, which holds from
/// then on only. Between two touches that change nothing more touches give no more room.
pub fn touch(bank: &mut Bank, now: Now) {
    let capacity = capacity_ceil(bank);
    if bank.room_at == 0 {
        bank.room = capacity;
        bank.room_at = now.unix;
        return;
    }
    let elapsed = now.unix.saturating_sub(bank.room_at).max(0).unsigned_abs();
    if let Some(excess) = bank.room.checked_sub(capacity) {
        bank.room = capacity.saturating_add(halved_floor(excess, elapsed));
        bank.room_at = now.unix.max(bank.room_at);
        return;
    }
    // `capacity * secs / HOUR` rounded down, in parts that fit 64 bits: an hour earns all of it.
    let secs = elapsed.min(HOUR);
    let of_rest = (capacity % HOUR).saturating_mul(secs) / HOUR;
    let earned = (capacity / HOUR).saturating_mul(secs).saturating_add(of_rest);
    let room = bank.room.saturating_add(earned);
    if room >= capacity {
        bank.room = capacity;
        bank.room_at = now.unix;
        return;
    }
    // Where a second earns less than an atom, only the time that was paid for counts as past: the rest of an atom is
    // earned by the next touch.
    let paid_for =
        if capacity < HOUR { earned.saturating_mul(HOUR).div_ceil(capacity.max(1)).min(elapsed) } else { elapsed };
    bank.room = room;
    bank.room_at = bank.room_at.saturating_add_unsigned(paid_for);
}

/// What is left of room above the capacity, rounded down.
fn halved_floor(excess: u64, elapsed: u64) -> u64 {
    if excess == 0 || elapsed == 0 {
        return excess;
    }
    left_floor(excess, decay(elapsed, EXCESS_HALF_LIFE_SECS))
}

/// Takes away what a limit that has just been lowered no longer has room for. Call [`touch`] before it is.
pub fn tighten(bank: &mut Bank) {
    bank.room = bank.room.min(capacity_ceil(bank));
}

/// Adds a deposit to the room, all of it. Call [`touch`] before it is booked.
pub const fn refill(bank: &mut Bank, amount: u64) {
    bank.room = bank.room.saturating_add(amount);
}

/// Takes a withdrawal out of the room, before it is booked.
///
/// Errors: `WithdrawalsPaused`, `OutflowLimitReached` beyond the room, or while others wait in the queue.
pub fn take(bank: &mut Bank, amount: u64, now: Now) -> Result<()> {
    require_withdrawals_open(bank, now)?;
    touch(bank, now);
    if bank.queue_head != bank.queue_tail {
        return Err(Error::OutflowLimitReached);
    }
    bank.room = bank.room.checked_sub(amount).ok_or(Error::OutflowLimitReached)?;
    Ok(())
}
