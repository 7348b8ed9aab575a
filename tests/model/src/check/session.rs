//! Off hours: the index stays in its band, the peg where it was, and nothing matures; when the feed is back, nobody's price
//! jumps, and the peg only comes nearer to the index.

use keel_engine::closing::is_closed;
use keel_engine::state::{Market, Mode};
use keel_engine::units::{ONE, Price};

use super::{Checked, require};

/// Whether a market fell asleep and woke up again between two states, or closed: its offset is not comparable.
fn slept(before: &Market, after: &Market) -> bool {
    is_closed(after) || before.session != 0 || after.session != 0 || after.accrued_at - before.index_time > gap(before)
}

fn gap(market: &Market) -> i64 {
    i64::from(market.params.session_gap_secs)
}

/// Follows a market through an action.
pub(super) fn check(before: &Market, after: &Market) -> Checked {
    let band = u128::from(after.params.session_band_ppm);
    if after.session != 0 {
        let origin = u128::from(after.session_index.bits);
        let off = u128::from(after.index.bits.abs_diff(after.session_index.bits));
        require(off * 1_000_000 <= origin * band, "off hours the index stays in its band", || {
            format!("{off} off of {origin}")
        })?;
        require(after.index_time == before.index_time || before.session == 0, "who sleeps has no price", || {
            format!("{} after {}", after.index_time, before.index_time)
        })?;
    }
    if before.session != 0 {
        require(after.peg == before.peg, "the peg stays where it was until the market is awake", || {
            format!("{:?} to {:?}", before.peg, after.peg)
        })?;
        require(after.trusted_secs == before.trusted_secs, "nothing matures off hours", || {
            format!("{} to {}", before.trusted_secs, after.trusted_secs)
        })?;
    }
    if after.mode() == Mode::Floating && !slept(before, after) {
        let off = |market: &Market| market.offset.bits.abs_diff(ONE);
        require(off(after) <= off(before), "the peg only returns", || {
            format!("offset {:?} to {:?}", before.offset, after.offset)
        })?;
        require(after.offset != Price::ONE || after.peg == after.index, "a peg that is back is the index", || {
            format!("{:?} at {:?}", after.peg, after.index)
        })?;
    }
    Ok(())
}

/// What a run is to have seen of it, by name.
pub(super) fn seen(before: &Market, after: &Market) -> Option<&'static str> {
    match (before.session, after.session) {
        (0, 1) => Some("fell asleep"),
        (1, 0) => Some("woke up"),
        (1, 1) if before.sqrt_price != after.sqrt_price => Some("traded off hours"),
        (1, 1) if before.index != after.index => Some("index walked"),
        (0, 0) if before.offset.bits != ONE && after.offset.bits == ONE => Some("peg returned"),
        _ => None,
    }
}
