//! Standing orders.

use anyhow::Result;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::orders::{Kind, REDUCE_ONLY, Terms};
use keel_engine::units::Price;
use keel_sdk::instructions::{CancelOrder, CleanOrder, ExecuteOrder, PlaceOrder};
use keel_sdk::path::Reach;
use solana_instruction::Instruction;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MILLION};

/// Lamports for who executes one.
const TIP: u64 = 1_000_000;

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "place_order", "a limit", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        let place = place(&trader, buy(Kind::Limit, repetition));
        Ok(Prepared::new(place, &[&trader.key]))
    })?;
    execute(bench, stage, "a trigger, the position closed", |repetition| Terms {
        side: Side::Sell,
        flags: REDUCE_ONLY,
        amount: CONTRACT / 10 + repetition,
        below: Price::MAX,
        ..buy(Kind::Trigger, 0)
    })?;
    execute(bench, stage, "a limit, filled in whole", |repetition| buy(Kind::Limit, repetition))?;
    execute(bench, stage, "a level of a scale", |repetition| Terms {
        slices: 5,
        below_limit: Price::MIN,
        ..buy(Kind::Scale, repetition)
    })?;
    execute(bench, stage, "a slice", |repetition| Terms {
        slices: 10,
        interval_secs: 60,
        ..buy(Kind::Twap, repetition)
    })?;
    bench.shape(stage, "cancel_order", "a limit", |exchange, repetition| {
        let trader = waiting(exchange, buy(Kind::Limit, repetition))?;
        let cancel = CancelOrder { authority: trader.key.pubkey(), account: trader.account, number: 0 };
        Ok(Prepared::new(cancel.instruction(&exchange.chain)?, &[&trader.key]))
    })?;
    bench.shape(stage, "clean_order", "its time is over", |exchange, repetition| {
        let expires_at = exchange.chain.now().unix + 1;
        let trader = waiting(exchange, Terms { expires_at, ..buy(Kind::Limit, repetition) })?;
        stage::advance(exchange, 3, repetition)?;
        let clean = CleanOrder { keeper: trader.key.pubkey(), account: trader.account, number: 0 };
        Ok(Prepared::new(clean.instruction(&exchange.chain)?, &[&trader.key]))
    })
}

fn execute(bench: &mut Bench, stage: &Exchange, shape: &str, terms: impl Fn(u64) -> Terms) -> Result<()> {
    bench.shape(stage, "execute_order", shape, |exchange, repetition| {
        let trader = waiting(exchange, terms(repetition))?;
        stage::advance(exchange, 3, repetition)?;
        let (keeper, account, price) = (trader.key.pubkey(), trader.account, exchange.feed(FIRST)?.address);
        let execute = ExecuteOrder { keeper, account, number: 0, price, reach: Reach::default() };
        Ok(Prepared::new(execute.instruction(&exchange.chain)?, &[&trader.key]))
    })
}

/// Half a contract, at any price.
fn buy(kind: Kind, repetition: u64) -> Terms {
    let nothing = Price::from_bits(0);
    Terms {
        kind,
        side: Side::Buy,
        flags: 0,
        amount: CONTRACT / 2 + repetition * CONTRACT / 1_000,
        below: Price::MAX,
        below_limit: nothing,
        above: nothing,
        above_limit: nothing,
        min_fill: 0,
        tip: TIP,
        starts_at: 0,
        expires_at: 0,
        interval_secs: 0,
        slices: 0,
        catch_up: 0,
    }
}

fn place(trader: &Trader, terms: Terms) -> Instruction {
    let (authority, account) = (trader.key.pubkey(), trader.account);
    PlaceOrder { authority, account, market: FIRST, number: 0, terms }.instruction()
}

/// Somebody with one position and an order.
fn waiting(exchange: &mut Exchange, terms: Terms) -> Result<Trader> {
    let trader = stage::holder(exchange, 1, MILLION)?;
    let place = place(&trader, terms);
    exchange.send(&[place], &[&trader.key])??;
    Ok(trader)
}
