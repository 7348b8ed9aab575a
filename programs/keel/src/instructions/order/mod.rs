//! Standing orders: placing and cancelling them for the owner, executing and cleaning them up for anybody.

mod cancel_order;
mod clean_order;
mod execute_order;
mod place_order;

pub use {cancel_order::*, clean_order::*, execute_order::*, place_order::*};
