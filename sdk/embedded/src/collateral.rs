//! Other collateral than USDC: a mint with a bank, whose price Pyth publishes, and its exchange rate where it has one.
//! Who lists collateral on the embedded chain, and brings its prices, does it by this.

use anyhow::Result;
use keel_engine::exchange_params::BankParams;
use keel_engine::governance::BankTerms;
use keel_engine::oracle::Sample;
use keel_engine::state::Bank;
use keel_sdk::address;
use keel_sdk::instructions::{Plan, RefreshBank};
use keel_sdk::pyth::{PriceUpdate, RECEIVER, Verification};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::chain::{Chain, key};
use crate::exchange::Exchange;
use crate::token;

/// A kind of collateral.
#[derive(Clone, Copy, Debug)]
pub struct Collateral {
    /// Its mint.
    pub mint: Pubkey,
    /// Price account of its price.
    pub price: Pubkey,
    /// Price account of its exchange rate, where it has one.
    pub rate: Option<Pubkey>,
}

impl Collateral {
    /// Of that name; its addresses follow from it.
    pub fn named(name: &str, has_rate: bool) -> Self {
        let at = |what: &str| key(&format!("{what} of {name}")).pubkey();
        Self { mint: at("mint"), price: at("price"), rate: has_rate.then(|| at("rate")) }
    }

    /// Makes its mint and lists it: at weight 0, without a price.
    pub fn list(&self, exchange: &mut Exchange, decimals: u8) -> Result<()> {
        token::create_mint(&mut exchange.chain, &self.mint, &exchange.admin.pubkey(), decimals)?;
        exchange.add_bank(self.terms())
    }

    /// What it is listed with. Its feeds are named after its price accounts.
    pub fn terms(&self) -> BankTerms {
        BankTerms {
            mint: self.mint.to_bytes(),
            price_owner: RECEIVER.to_bytes(),
            feed_id: self.price.to_bytes(),
            rate_feed_id: self.rate.as_ref().map(Pubkey::to_bytes).unwrap_or_default(),
        }
    }

    /// Its bank.
    pub fn bank(&self, exchange: &Exchange) -> Result<Bank> {
        exchange.state(&address::bank(&self.mint))
    }

    /// Gives it other parameters, by the queue where the exchange is launched.
    pub fn change(&self, exchange: &mut Exchange, params: BankParams) -> Result<()> {
        let plan = Plan::BankParams(self.bank(exchange)?.index, params);
        let number = exchange.queue(plan)?;
        exchange.wait_for(number)?;
        exchange.execute(number, self.mint)??;
        Ok(())
    }

    /// Publishes its price, and its exchange rate where it has one.
    pub fn publish(&self, chain: &mut Chain, price: &Sample, rate: Option<&Sample>) -> Result<()> {
        put(chain, &self.price, price)?;
        match (self.rate, rate) {
            (Some(at), Some(rate)) => put(chain, &at, rate),
            _ => Ok(()),
        }
    }

    /// The instruction that takes what is published.
    pub const fn refresh(&self) -> RefreshBank {
        RefreshBank { mint: self.mint, price: self.price, rate: self.rate }
    }
}

/// Puts an update into place, fully verified, of the feed that is named after the account.
fn put(chain: &mut Chain, at: &Pubkey, sample: &Sample) -> Result<()> {
    let update = PriceUpdate {
        write_authority: [7; 32],
        verification: Verification::Full,
        feed_id: at.to_bytes(),
        price: sample.price,
        conf: sample.conf,
        exponent: sample.exponent,
        publish_time: sample.publish_time,
        prev_publish_time: sample.publish_time.saturating_sub(1),
        ema_price: sample.ema_price,
        ema_conf: sample.conf,
        posted_slot: chain.now().slot,
    };
    chain.put_data(at, &RECEIVER, update.encode())
}
