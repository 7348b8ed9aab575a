//! Setting up.

use anyhow::Result;
use keel_embedded::chain::key;
use keel_embedded::exchange::{Exchange, Listing};
use keel_embedded::{Chain, Collateral, token};
use keel_sdk::instructions::{AddBank, CreateMarket, CreateTickArray, Initialize};
use keel_sdk::pyth::RECEIVER;
use keel_simulator::Quote;
use keel_simulator::genesis::{self, Genesis};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::shapes::governance::before_launch;
use crate::stage::{FIRST, SLEEPER};

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "initialize", "", |exchange, _| {
        exchange.chain = Chain::start(exchange.chain.now().unix)?;
        let admin = exchange.chain.upgrade_authority();
        let initialize = Initialize { admin: admin.pubkey(), guardian: key("guardian").pubkey() };
        Ok(Prepared::new(initialize.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "add_bank", "", |exchange, repetition| {
        let admin = exchange.admin.insecure_clone();
        let terms = Collateral::named(&format!("{repetition}"), false).terms();
        before_launch(exchange)?;
        token::create_mint(&mut exchange.chain, &Pubkey::from(terms.mint), &admin.pubkey(), 9)?;
        let add = AddBank { admin: admin.pubkey(), terms };
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
    })
}
