//! A price that somebody else keeps fresh: the push oracle's account of the feed.

use keel_engine::Error;
use keel_engine::state::Market;
use keel_sdk::hermes::Receiver;
use keel_sdk::{SdkError, pyth};
use solana_pubkey::Pubkey;

use super::{PriceFuture, PriceSource, Priced, require_tradable};
use crate::clock::{self, CLOCK};
use crate::error::Result;
use crate::nonblocking::Client;

/// Reads the push oracle's account of a feed. Nothing has to be sent for it. On public clusters sponsored feeds are up to a
/// minute old, too old for a trade; a local network posts every 400 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Which of the accounts of a feed; sponsored ones are of shard 0.
    pub shard: u16,
}

impl PriceSource for Pushed {
    fn price<'a>(&'a self, client: &'a Client, market: &'a Market, _payer: &'a Pubkey) -> PriceFuture<'a> {
        Box::pin(self.read(client, market))
    }
}

impl Pushed {
    /// The account in which a market's price is kept.
    pub fn account(&self, market: &Market) -> Pubkey {
        let receiver = Receiver::of(&market.price_owner.into()).unwrap_or(Receiver::CORE);
        receiver.feed_account(self.shard, &market.feed_id)
    }

    async fn read(&self, client: &Client, market: &Market) -> Result<Priced> {
        let address = self.account(market);
        let mut found = client.accounts(&[address, CLOCK]).await?.into_iter();
        let (price, clock) = (found.next().flatten(), found.next().flatten());
        let price = price.ok_or(SdkError::Missing(address))?;
        if price.owner != Pubkey::from(market.price_owner) {
            return Err(SdkError::Engine(Error::OraclePriceOwner).into());
        }
        let sample = pyth::sample_of(&price.data, &market.feed_id)?;
        let now = clock::of(clock)?;
        require_tradable(market, &sample, now).map_err(SdkError::Engine)?;
        Ok(Priced { account: address, sample, before: Vec::new(), after: Vec::new(), signers: Vec::new() })
    }
}
