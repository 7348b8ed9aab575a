//! What the admin does: the exchange, its collateral and markets until the launch, the launch, and the queue after it.

mod accept_admin;
mod add_bank;
mod cancel_change;
mod create_market;
mod initialize;
mod launch;
mod queue_change;

pub use {accept_admin::*, add_bank::*, cancel_change::*, create_market::*, initialize::*, launch::*, queue_change::*};
