//! Orders that wait for their price or their time, and that anyone may execute then (protocol.md section 10).
//!
//! An order holds no margin and no money but its tip. When it is due it becomes an ordinary
//! [`Order`](crate::trade::Order) and [`trade`](crate::trade::trade) fills it, as if its owner had just signed it: with his
//! limit, his margin and the market's mode. So whoever executes chooses the moment, among those that the order allows, and
//! nothing else.
//!
//! Guarantees: never more than its amount is filled, never beyond its limit, never a reduce-only one that grows a position;
//! its tip is paid pro rata of what is filled, so that many small executions earn what a large one earns, and never in
//! excess of what was laid in; nobody but its owner (or the delegate who placed it) can end one that may still be executed.
//!
//! | file | what |
//! |---|---|
//! | `place` | what an order may be |
//! | `parts` | which part of it is open now: the slices and levels |
//! | `due` | whether its condition holds, and the trade that it asks for |
//! | `execute` | the fill, the tip, the end |
//! | `end` | cancelling, and cleaning up what cannot be executed any more |

mod due;
mod end;
mod execute;
mod parts;
mod place;

pub use due::due;
pub use end::{CLEANING_TIP, Cleaned, Ended, cancel, clean, dead, require_none};
pub use execute::{Executed, execute};
pub use parts::level_price;
pub use place::{Request, Terms, place};

use crate::error::{Error, Result};
use crate::math::Side;
use crate::state::PlacedOrder;

/// Orders of one margin account.
pub const MAX_ORDERS: u32 = 64;
/// Slices of one order.
pub const MAX_SLICES: u32 = 1_000;
/// Levels of one order.
pub const MAX_LEVELS: u32 = 32;

/// Flag: never increase or turn the position; the amount is cut to the position.
pub const REDUCE_ONLY: u8 = 1;
/// Flag: what is due is filled in whole or not at all.
pub const ALL_OR_NOTHING: u8 = 2;
/// Flag: what an execution leaves unfilled of what was due is given up.
pub const DROP_REST: u8 = 4;

/// What an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The mark at or below `below`, or at or above `above`; then it is filled within `below_limit` or `above_limit`. With
    /// both it is a stop-loss and a take-profit, of which one cancels the other.
    Trigger,
    /// The curve's own price at or better than `below` (buy) or `above` (sell), which is its limit too.
    Limit,
    /// The same for each of `slices` equal levels from `below` down to `below_limit` (buy), or from `above` up to
    /// `above_limit` (sell).
    Scale,
    /// Its time: one of `slices` equal slices every `interval_secs` from `starts_at` on, each within `below` (buy) or
    /// `above` (sell) where that is not 0. A slice that was missed may be made up for during `catch_up` more intervals.
    Twap,
}

impl Kind {
    /// By its number. Errors with `InvalidInstruction`.
    pub const fn of(number: u8) -> Result<Self> {
        match number {
            0 => Ok(Self::Trigger),
            1 => Ok(Self::Limit),
            2 => Ok(Self::Scale),
            3 => Ok(Self::Twap),
            _ => Err(Error::InvalidInstruction),
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Trigger => 0,
            Self::Limit => 1,
            Self::Scale => 2,
            Self::Twap => 3,
        }
    }
}

/// The side of an order.
const fn side(order: &PlacedOrder) -> Side {
    if order.side == 0 { Side::Buy } else { Side::Sell }
}

/// Whether a flag is set.
const fn has(order: &PlacedOrder, flag: u8) -> bool {
    order.flags & flag != 0
}
