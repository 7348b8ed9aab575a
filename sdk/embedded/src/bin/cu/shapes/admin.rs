//! Setting up.

use anyhow::Result;
use keel_embedded::chain::key;
use keel_embedded::exchange::{Exchange, Listing};
use keel_embedded::genesis::{self, Genesis};
use keel_embedded::{Chain, token};
use keel_engine::governance::MarketGuard;
use keel_engine::params::Params;
use keel_engine::state::Market;
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::instructions::{
    AddBank, CreateMarket, CreateTickArray, ExecuteChange, GuardMarket, Initialize, Plan, QueueChange,
};
use keel_sdk::pyth::RECEIVER;
use keel_simulator::Quote;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{FIRST, SLEEPER};

/// Before its launch an exchange lists at once.
fn before_launch(exchange: &mut Exchange) -> Result<()> {
    let place = address::exchange();
    let state = keel_engine::state::Exchange { launched_at: 0, ..exchange.state(&place)? };
    exchange.chain.put_data(&place, &address::PROGRAM_ID, encode(&state))
}

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "initialize", "", |exchange, _| {
        exchange.chain = Chain::start(exchange.chain.now().unix)?;
        let admin = exchange.chain.upgrade_authority();
        let initialize = Initialize { admin: admin.pubkey(), guardian: key("guardian").pubkey() };
        Ok(Prepared::new(initialize.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "add_bank", "", |exchange, repetition| {
        let (admin, mint) = (exchange.admin.insecure_clone(), key(&format!("mint {repetition}")).pubkey());
        before_launch(exchange)?;
        token::create_mint(&mut exchange.chain, &mint, &admin.pubkey(), 6)?;
        let add = AddBank { admin: admin.pubkey(), mint };
        Ok(Prepared::new(add.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "create_market", "", |exchange, _| {
        let admin = exchange.admin.insecure_clone();
        before_launch(exchange)?;
        let quote = Quote::of_usd(40_000.0);
        exchange.publish(FIRST, &quote)?;
        let genesis = Genesis::read(&genesis::path("localnet"))?;
        let listing = Listing::of_genesis(genesis.market("BTC")?, &quote)?;
        let create = CreateMarket {
            admin: admin.pubkey(),
            number: SLEEPER + 1,
            price: exchange.feed(FIRST)?.address,
            mode: listing.mode,
            price_owner: RECEIVER,
            feed_id: listing.feed_id,
            name: listing.name,
            launch_price: listing.launch_price,
            params: listing.params,
        };
        Ok(Prepared::new(create.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "create_tick_array", "", |exchange, repetition| {
        let payer = exchange.admin.insecure_clone();
        let index = 10 + i32::try_from(repetition)?;
        let create = CreateTickArray { payer: payer.pubkey(), market: FIRST, index };
        Ok(Prepared::new(create.instruction(), &[&payer]))
    })?;
    governance(bench, stage)
}

fn governance(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "queue_change", "parameters of a market", |exchange, _| {
        let admin = exchange.admin.insecure_clone();
        let queue = QueueChange::next(&exchange.chain, admin.pubkey(), plan(exchange)?)?;
        Ok(Prepared::new(queue.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "change_market", "parameters of a market", |exchange, _| {
        let number = exchange.queue(plan(exchange)?)?;
        exchange.wait_for(number)?;
        let sender = exchange.admin.insecure_clone();
        let execute = ExecuteChange { number, sender: sender.pubkey(), source: exchange.mint };
        Ok(Prepared::new(execute.instruction(&exchange.chain)?, &[&sender]))
    })?;
    bench.shape(stage, "guard_market", "a lower cap", |exchange, repetition| {
        let guardian = exchange.guardian.insecure_clone();
        let guard = MarketGuard::OiCap(1_000_000 - u32::try_from(repetition)?);
        let guard = GuardMarket { authority: guardian.pubkey(), market: FIRST, guard };
        Ok(Prepared::new(guard.instruction(), &[&guardian]))
    })
}

/// Other parameters for the first market.
fn plan(exchange: &Exchange) -> Result<Plan> {
    let market: Market = exchange.state(&address::market(FIRST))?;
    Ok(Plan::MarketParams(FIRST, Params { base_fee_ppm: 400, ..market.params }))
}
