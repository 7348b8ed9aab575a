//! `add_range`, `settle_range` and `remove_range`.

use anyhow::Result;
use keel_embedded::{Exchange, Trader};
use keel_sdk::instructions::{RemoveRange, SettleRange};
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MILLION};

/// Seconds after which a range may be removed.
const AGE: i64 = 15;

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for (shape, ranges, width) in [
        ("the first range, on ticks that exist", 0, 100),
        ("the first range, on new ticks", 0, 90),
        ("the eighth range, on new ticks", 7, 90),
    ] {
        bench.shape(stage, "add_range", shape, |exchange, repetition| {
            let trader = provider(exchange, ranges)?;
            stage::advance(exchange, 3, repetition)?;
            let liquidity = stage::shallow() + u128::from(repetition);
            Ok(Prepared::new(stage::range(exchange, &trader, FIRST, (-width, width), liquidity)?, &[&trader.key]))
        })?;
    }
    bench.shape(stage, "settle_range", "after trades and funding", |exchange, repetition| {
        let trader = used_range(exchange, repetition)?;
        let settle = SettleRange { authority: trader.key.pubkey(), account: trader.account, slot: 0 };
        Ok(Prepared::new(settle.instruction(&exchange.chain)?, &[&trader.key]))
    })?;
    bench.shape(stage, "remove_range", "after trades and funding", |exchange, repetition| {
        let trader = used_range(exchange, repetition)?;
        let remove = RemoveRange { owner: trader.key.pubkey(), account: trader.account, slot: 0 };
        Ok(Prepared::new(remove.instruction(&exchange.chain)?, &[&trader.key]))
    })
}

/// Somebody with that many ranges.
fn provider(exchange: &mut Exchange, ranges: i32) -> Result<Trader> {
    let trader = exchange.open("provider", MILLION, true)?;
    for range in 0..ranges {
        let width = 10 + 2 * range;
        stage::add_range(exchange, &trader, FIRST, (-width, width), stage::shallow())?;
    }
    Ok(trader)
}

/// Somebody with a range through which others have traded for a while.
fn used_range(exchange: &mut Exchange, repetition: u64) -> Result<Trader> {
    let trader = provider(exchange, 1)?;
    let taker = exchange.open("taker", 10 * MILLION, false)?;
    for _ in 0..3 {
        stage::advance(exchange, AGE, repetition)?;
        stage::buy(exchange, &taker, FIRST, 5 * CONTRACT)?;
    }
    stage::advance(exchange, 120, repetition)?;
    stage::refresh(exchange, FIRST)?;
    Ok(trader)
}
