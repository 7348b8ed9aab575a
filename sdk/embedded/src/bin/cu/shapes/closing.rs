//! Closing a market down.

use anyhow::Result;
use keel_embedded::exchange::{Exchange, Listing};
use keel_engine::closing;
use keel_engine::state::Market;
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{CloseMarket, ClosePosition, CloseTickArray, CreateTickArray, RemoveMarket};
use keel_simulator::Quote;
use keel_simulator::genesis::{self, Genesis};
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, FIRST, MILLION};

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "close_market", "", |exchange, repetition| {
        settle_mark(exchange)?;
        stage::advance(exchange, 1, repetition)?;
        notice(exchange, FIRST)?;
        Ok(Prepared::new(CloseMarket { market: FIRST, price: exchange.feed(FIRST)?.address }.instruction(), &[]))
    })?;
    bench.shape(stage, "close_position", "1 position", |exchange, _| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        closed(exchange, FIRST)?;
        Ok(Prepared::new(ClosePosition { account: trader.account, market: FIRST }.instruction(), &[]))
    })?;
    bench.shape(stage, "close_tick_array", "", |exchange, repetition| {
        let payer = exchange.admin.insecure_clone();
        let index = 20 + i32::try_from(repetition)?;
        let create = CreateTickArray { payer: payer.pubkey(), market: FIRST, index };
        exchange.send(&[create.instruction()], &[&payer])??;
        closed(exchange, FIRST)?;
        Ok(Prepared::new(CloseTickArray { market: FIRST, index }.instruction(&exchange.chain)?, &[]))
    })?;
    bench.shape(stage, "remove_market", "", |exchange, _| {
        let quote = Quote::of_usd(40_000.0);
        let genesis = Genesis::read(&genesis::path("localnet"))?;
        let listing = Listing::of_genesis(genesis.market("BTC")?, &quote)?;
        let market = exchange.list(&Listing { tick_arrays: Vec::new(), ..listing }, &quote)?;
        closed(exchange, market)?;
        Ok(Prepared::new(RemoveMarket { admin: exchange.admin.pubkey(), market }.instruction(), &[]))
    })
}

/// A mark that has followed the index.
fn settle_mark(exchange: &mut Exchange) -> Result<()> {
    for _ in 0..4 {
        stage::advance(exchange, 2, 0)?;
        stage::refresh(exchange, FIRST)?;
    }
    Ok(())
}

/// Gives notice, as if it had been given long ago.
fn notice(exchange: &mut Exchange, number: u16) -> Result<Market> {
    let place = address::market(number);
    let mut market: Market = exchange.state(&place)?;
    closing::give_notice(&mut market, keel_engine::Now { unix: 0, slot: 0 })?;
    market.close_at = exchange.chain.now().unix;
    exchange.chain.put_data(&place, &PROGRAM_ID, encode(&market))?;
    Ok(market)
}

/// The same, and closes it: a feed that was silent for long does not keep it open.
fn closed(exchange: &mut Exchange, number: u16) -> Result<()> {
    let mut market = notice(exchange, number)?;
    let patience = i64::from(market.params.max_age_liquidation_secs);
    exchange.chain.set_time(exchange.chain.now().unix + 2 * patience);
    let _refreshed = closing::close(&mut market, None, exchange.chain.now())?;
    exchange.chain.put_data(&address::market(number), &PROGRAM_ID, encode(&market))
}
