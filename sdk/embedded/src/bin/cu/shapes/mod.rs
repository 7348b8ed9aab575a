//! The shapes of every instruction.

mod admin;
mod backstop;
mod closing;
mod collateral;
mod composing;
mod delegate;
mod governance;
mod insurance;
mod keeper;
mod liquidation;
mod order;
mod owner;
mod pool;
mod provider;
mod queue;
mod strategy;
mod trader;
mod views;

use anyhow::Result;

use crate::bench::{Bench, Figure};
use crate::stage;

/// Measures everything.
pub fn measure() -> Result<Vec<Figure>> {
    let stage = stage::build()?;
    let mut bench = Bench::default();
    trader::measure(&mut bench, &stage)?;
    order::measure(&mut bench, &stage)?;
    delegate::measure(&mut bench, &stage)?;
    provider::measure(&mut bench, &stage)?;
    keeper::measure(&mut bench, &stage)?;
    insurance::measure(&mut bench, &stage)?;
    owner::measure(&mut bench, &stage)?;
    queue::measure(&mut bench, &stage)?;
    pool::measure(&mut bench, &stage)?;
    backstop::measure(&mut bench, &stage)?;
    strategy::measure(&mut bench, &stage)?;
    admin::measure(&mut bench, &stage)?;
    governance::measure(&mut bench, &stage)?;
    closing::measure(&mut bench, &stage)?;
    views::measure(&mut bench, &stage)?;
    collateral::measure(&mut bench, &stage)?;
    composing::measure(&mut bench, &stage)?;
    Ok(bench.figures)
}

/// `1 position`, `4 positions`.
fn positions(count: u16) -> String {
    format!("{count} position{}", if count == 1 { "" } else { "s" })
}
