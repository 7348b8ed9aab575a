//! Answers to questions that clients and other programs ask: each a struct of a fixed layout, which the program gives as
//! return data and the SDK computes from the same accounts by the same function (docs/views.md).
//!
//! Nothing here changes what is asked about. Where an answer is what would come of something, it is worked out on a copy
//! that the caller makes and throws away. A mark or an index that is too old is no refusal but a `stale` of 1: the answer
//! is then what the last known prices say.
//!
//! [`depth`] alone has no instruction: it is for clients, who may read as many tick arrays as they like.
//!
//! Amounts are atoms, prices and rates raw bits with 48 fraction bits, times unix seconds.

pub mod auction;
pub mod delta;
pub mod depth;
pub mod fee;
pub mod fill;
pub mod funding;
pub mod health;
pub mod liquidation_price;
pub mod payout;
pub mod pool;

use crate::clock::Now;
use crate::oracle;
use crate::state::Market;

/// Version of every layout here: the first field of each.
pub const VERSION: u32 = 1;

/// 1 where the mark is older than `max_age_mark_secs`.
fn mark_is_stale(market: &Market, now: Now) -> u8 {
    u8::from(oracle::require_mark(market, now).is_err())
}
