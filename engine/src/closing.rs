//! Closing a market down: notice, and reductions only until it has run out (protocol.md section 11).
//!
//! Guarantees: nobody learns of it later than `close_notice_secs` before, and a second notice changes nothing.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::state::Market;

/// Gives notice that a market closes: reductions only from now on, closing from `now + close_notice_secs` on. Notice
/// that was given already keeps its date.
///
/// Errors with `MarketClosed` when it is closed.
pub fn give_notice(market: &mut Market, now: Now) -> Result<()> {
    match market.status {
        0 => {
            market.status = 1;
            market.reduce_only = 1;
            market.close_at = now.unix.saturating_add(i64::from(market.params.close_notice_secs));
            Ok(())
        }
        1 => Ok(()),
        _ => Err(Error::MarketClosed),
    }
}
