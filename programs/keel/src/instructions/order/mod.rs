//! Standing orders: placing and cancelling them for the owner, executing and cleaning them up for anybody.

mod cancel_order;
mod clean_order;
mod execute_order;
mod place_order;

pub use {cancel_order::*, clean_order::*, execute_order::*, place_order::*};

use anchor_lang::{Lamports, prelude::*};

use crate::state::OrderAccount;

/// Moves a tip out of an order's account; nothing where there is none.
#[inline(always)]
fn pay_tip(order: &Account<OrderAccount>, to: &impl Lamports, tip: u64) -> Result<()> {
    if tip != 0 {
        order.sub_lamports(tip)?;
        to.add_lamports(tip)?;
    }
    Ok(())
}
