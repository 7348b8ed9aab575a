//! A price that somebody else keeps fresh: the push oracle's account of the feed.

use keel_engine::oracle::Sample;
use keel_engine::state::{Bank, Market};
use keel_engine::{Error, Now};
use keel_sdk::hermes::Receiver;
use keel_sdk::{SdkError, pyth};
use solana_pubkey::Pubkey;

use super::collateral::require_counted;
use super::{CollateralFuture, CollateralPriced, Feed, PriceFuture, PriceSource, Priced, require_tradable};
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
        Box::pin(async move {
            let (mut read, now) = self.read(client, &[Feed::of(market)]).await?;
            let (account, sample) = read.pop().ok_or(SdkError::Missing(self.account(market)))?;
            require_tradable(market, &sample, now).map_err(SdkError::Engine)?;
            Ok(there(account, sample))
        })
    }

    fn collateral<'a>(&'a self, client: &'a Client, bank: &'a Bank, _payer: &'a Pubkey) -> CollateralFuture<'a> {
        Box::pin(async move {
            let feeds: Vec<Feed> = [Feed::of_bank(bank)].into_iter().chain(Feed::of_rate(bank)).collect();
            let (read, now) = self.read(client, &feeds).await?;
            let mut read = read.into_iter();
            let (account, sample) = read.next().ok_or(SdkError::Missing(self.bank_accounts(bank).0))?;
            let rate = read.next();
            require_counted(bank, &sample, rate.as_ref().map(|(_, rate)| rate), now).map_err(SdkError::Engine)?;
            let rate = rate.map(|(account, sample)| there(account, sample));
            Ok(CollateralPriced { price: there(account, sample), rate })
        })
    }
}

/// A price that is in its account already.
fn there(account: Pubkey, sample: Sample) -> Priced {
    Priced { account, sample, before: Vec::new(), after: Vec::new(), signers: Vec::new() }
}

impl Pushed {
    /// The account in which a market's price is kept.
    pub fn account(&self, market: &Market) -> Pubkey {
        self.of(&Feed::of(market))
    }

    /// The accounts in which the price of a bank's collateral is kept, and its exchange rate where it has a feed of one.
    pub fn bank_accounts(&self, bank: &Bank) -> (Pubkey, Option<Pubkey>) {
        (self.of(&Feed::of_bank(bank)), Feed::of_rate(bank).map(|feed| self.of(&feed)))
    }

    fn of(&self, feed: &Feed) -> Pubkey {
        let receiver = Receiver::of(&Pubkey::from(*feed.owner)).unwrap_or(Receiver::CORE);
        receiver.feed_account(self.shard, feed.id)
    }

    /// The accounts of feeds with what they say, in order, and the clock of the same moment.
    async fn read(&self, client: &Client, feeds: &[Feed<'_>]) -> Result<(Vec<(Pubkey, Sample)>, Now)> {
        let addresses: Vec<Pubkey> = feeds.iter().map(|feed| self.of(feed)).collect();
        let mut found = client.accounts(&[&addresses[..], &[CLOCK]].concat()).await?;
        let now = clock::of(found.pop().flatten())?;
        let mut read = Vec::with_capacity(feeds.len());
        for ((feed, address), account) in feeds.iter().zip(addresses).zip(found) {
            let account = account.ok_or(SdkError::Missing(address))?;
            if account.owner != Pubkey::from(*feed.owner) {
                return Err(SdkError::Engine(Error::OraclePriceOwner).into());
            }
            read.push((address, pyth::sample_of(&account.data, feed.id)?));
        }
        Ok((read, now))
    }
}
