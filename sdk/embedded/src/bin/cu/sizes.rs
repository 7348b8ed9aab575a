//! Bytes and rent of the program and its accounts.

use anyhow::{Context, Result};
use keel_embedded::Chain;
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, TickArray,
    Ticket,
};
use keel_sdk::accounts::Stored;
use keel_simulator::program;

/// Lamports in a SOL.
const SOL: f64 = 1e9;

/// Bytes of one thing on the chain and what it costs to keep.
pub struct Size {
    pub name: &'static str,
    pub bytes: usize,
    pub rent_sol: f64,
}

/// Everything that takes room.
pub fn measure() -> Result<Vec<Size>> {
    let chain = Chain::start(0)?;
    let program = std::fs::metadata(program::path()).context("there is no program")?.len();
    let sizes = [
        ("program", usize::try_from(program)?),
        (Exchange::NAME, Exchange::LEN),
        (Bank::NAME, Bank::LEN),
        (Market::NAME, Market::LEN),
        (TickArray::NAME, TickArray::LEN),
        (MarginAccount::NAME, MarginAccount::LEN),
        (Ranges::NAME, Ranges::LEN),
        (Ticket::NAME, Ticket::LEN),
        (Change::NAME, Change::LEN),
        (Pool::NAME, Pool::LEN),
        (PoolRequest::NAME, PoolRequest::LEN),
        (PlacedOrder::NAME, PlacedOrder::LEN),
        (BuilderApproval::NAME, BuilderApproval::LEN),
    ];
    let size = |(name, bytes): (&'static str, usize)| Size { name, bytes, rent_sol: chain.rent(bytes) as f64 / SOL };
    Ok(sizes.into_iter().map(size).collect())
}
