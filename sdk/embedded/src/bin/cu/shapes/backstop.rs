//! The pool taking over what an auction has left, and its reserve.

use anyhow::Result;
use keel_embedded::Exchange;
use keel_sdk::instructions::{Backstop, BalanceReserve};

use super::liquidation::flagged;
use super::pool::{self, SHAPE};
use super::positions;
use crate::bench::{Bench, Prepared};
use crate::stage::{FIRST, MARKETS, MILLION};

/// Plateau and auction, and a second more.
const RUN_OUT: i64 = 66;

pub fn measure(bench: &mut Bench, plain: &Exchange) -> Result<()> {
    let (stage, _) = pool::build(plain)?;
    for markets in [1, MARKETS] {
        let shape = format!("{}, the pool: {SHAPE}", positions(markets));
        bench.shape(&stage, "backstop", &shape, |exchange, repetition| {
            let keeper = exchange.open("keeper", MILLION, false)?.account;
            let account = flagged(exchange, markets, RUN_OUT, repetition)?.account;
            let backstop = Backstop { keeper, account, market: FIRST, max_base: u64::MAX };
            Ok(Prepared::new(backstop.instruction(&exchange.chain)?, &[]))
        })?;
    }
    bench.shape(&stage, "balance_reserve", SHAPE, |exchange, repetition| {
        pool::ready(exchange, 3, repetition)?;
        Ok(Prepared::new(BalanceReserve.instruction(&exchange.chain)?, &[]))
    })
}
