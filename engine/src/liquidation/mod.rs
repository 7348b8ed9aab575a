//! Liquidation of an unhealthy account (protocol.md section 8): flag, unwinding of ranges, the auction with its two kinds
//! of step, the pool's backstop ([`crate::pool`]), and deleveraging at mark when nobody came.
//!
//! The caller only points; every size is computed here, and every step needs the account to be unhealthy at that moment
//! and leaves its health no lower. Marks may be as old as `max_age_liquidation_secs`: a feed that has fallen silent stops
//! no liquidation.

mod auction;
mod curve;
mod deleverage;
mod flag;
mod patient;
mod take_over;
mod unwind;

pub use auction::{Auction, Phase, auction, discount, step_size};
pub(crate) use auction::{fraction, min_step_base, remainder, two_thirds};
pub use curve::{Step, on_curve};
pub(crate) use deleverage::are_apart;
pub use deleverage::{Deleveraged, Holder, deleverage, value_and_margin};
pub(crate) use flag::renew_stale_flag;
pub use flag::{begin, clear_if_cured, cure};
pub(crate) use patient::{Patient, note_step};
pub(crate) use take_over::{Lot, Taker, hand_over};
pub use take_over::{TakeOver, TakenOver, take_over};
pub use unwind::unwind;
