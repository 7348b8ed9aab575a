//! A price that the trade brings along: the latest signed update of Pyth's web service, posted in front of the action and
//! closed behind it.

use core::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_engine::oracle::Sample;
use keel_engine::state::{Bank, Market};
use keel_engine::{Error, Now};
use keel_sdk::SdkError;
use keel_sdk::hermes::{
    HermesError, PostUpdateAtomic, PriceMessage, Proven, Receiver, ReclaimRent, Update, Vaa, guardians,
};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::redirect::Policy;
use serde::Deserialize;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::collateral::require_counted;
use super::{CollateralFuture, CollateralPriced, Feed, PriceFuture, PriceSource, Priced, require_tradable};
use crate::clock::{self, CLOCK};
use crate::error::{ClientError, Result};
use crate::nonblocking::Client;
use crate::tables::TREASURY;

/// Time to be connected.
const CONNECT: Duration = Duration::from_secs(2);
/// Time for the whole answer: a price that took longer is too old anyway.
const ANSWER: Duration = Duration::from_secs(4);
/// Bytes of the longest answer that is read: a few hundred feeds.
const LONGEST: usize = 1 << 20;

/// Fetches updates from an endpoint and composes them with the action.
#[derive(Clone)]
pub struct Hermes {
    endpoint: String,
    authorization: Option<HeaderValue>,
    http: reqwest::Client,
}

impl core::fmt::Debug for Hermes {
    /// Without the key, and without the endpoint, which may hold one.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Hermes").finish_non_exhaustive()
    }
}

/// The part of an answer that is read.
#[derive(Deserialize)]
struct Answer {
    binary: Binary,
}

#[derive(Deserialize)]
struct Binary {
    data: Vec<String>,
}

/// One feed's update, of the many that an answer may hold.
struct Found {
    receiver: Receiver,
    vaa: Vaa,
    price: PriceMessage,
    message: Proven,
}

impl PriceSource for Hermes {
    fn price<'a>(&'a self, client: &'a Client, market: &'a Market, payer: &'a Pubkey) -> PriceFuture<'a> {
        Box::pin(async move {
            let mut priced = self.prices(client, &[market], payer).await?;
            priced.pop().ok_or(ClientError::Hermes(HermesError::NoPrice))
        })
    }

    /// Two prices where the bank has an exchange rate, which do not fit into one transaction: see
    /// [`Client::refresh_bank`](crate::nonblocking::Client::refresh_bank).
    fn collateral<'a>(&'a self, client: &'a Client, bank: &'a Bank, payer: &'a Pubkey) -> CollateralFuture<'a> {
        Box::pin(async move {
            let feeds: Vec<Feed> = [Feed::of_bank(bank)].into_iter().chain(Feed::of_rate(bank)).collect();
            let updates = self.fetch(&feeds).await?;
            collateral_from_updates(client, bank, &updates, payer).await
        })
    }
}

impl Hermes {
    /// A source at an endpoint, with the key that the endpoint asks for. Errors where the key is no header's value, or the
    /// system gives no HTTP client.
    pub fn new(endpoint: &str, api_key: Option<&str>) -> Result<Self> {
        let authorization = api_key.map(|key| HeaderValue::from_str(&format!("Bearer {key}")));
        let mut authorization = authorization.transpose().map_err(|_| ClientError::Key)?;
        authorization.iter_mut().for_each(|value| value.set_sensitive(true));
        let http =
            reqwest::Client::builder().connect_timeout(CONNECT).timeout(ANSWER).redirect(Policy::none()).build()?;
        Ok(Self { endpoint: endpoint.trim_end_matches('/').to_owned(), authorization, http })
    }

    /// Prices of several markets from one answer, in order. Each posts the whole signed root, so a transaction has room for a
    /// single one, and beside it for a trade but not for one in several legs (`tests/fits`): post such prices in
    /// transactions of their own in front of it.
    ///
    /// Errors with `Fetch` and `Hermes` for what the endpoint gives, `UnknownReceiver`, `UnknownSigners`, and as the engine
    /// refuses what a trade may not use: `PriceStale`.
    pub async fn prices(&self, client: &Client, markets: &[&Market], payer: &Pubkey) -> Result<Vec<Priced>> {
        let feeds: Vec<Feed> = markets.iter().map(|market| Feed::of(market)).collect();
        let updates = self.fetch(&feeds).await?;
        let mut priced = Vec::with_capacity(markets.len());
        for market in markets {
            priced.push(from_updates(client, market, &updates, payer).await?);
        }
        Ok(priced)
    }

    /// The latest updates of some feeds.
    async fn fetch(&self, feeds: &[Feed<'_>]) -> Result<Vec<Update>> {
        let ids = feeds.iter().map(|feed| ("ids[]", hexadecimal(feed.id)));
        let query: Vec<_> = ids.chain([("encoding", "base64".to_owned()), ("parsed", "false".to_owned())]).collect();
        let mut request = self.http.get(format!("{}/v2/updates/price/latest", self.endpoint)).query(&query);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let mut response = request.send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await? {
            body.extend_from_slice(&part);
            if body.len() > LONGEST {
                return Err(ClientError::Hermes(HermesError::NotAnUpdate));
            }
        }
        let answer: Answer =
            serde_json::from_slice(&body).map_err(|_| ClientError::Hermes(HermesError::NotAnUpdate))?;
        let updates = answer.binary.data.iter().map(|text| {
            let bytes = STANDARD.decode(text).map_err(|_| HermesError::NotAnUpdate)?;
            Update::parse(&bytes)
        });
        Ok(updates.collect::<core::result::Result<_, _>>()?)
    }
}

/// The latest proven price of a feed among updates.
fn find(updates: &[Update], feed: &Feed) -> Result<Found> {
    let program = Pubkey::from(*feed.owner);
    let receiver = Receiver::of(&program).ok_or(ClientError::UnknownReceiver(program))?;
    let mut wrong = HermesError::NoPrice;
    let mut found: Option<Found> = None;
    for update in updates {
        match update.price(feed.id) {
            Ok((price, message)) => {
                if found.as_ref().is_none_or(|found| found.price.publish_time < price.publish_time) {
                    let (vaa, message) = (update.vaa.clone(), message.clone());
                    found = Some(Found { receiver, vaa, price, message });
                }
            }
            Err(HermesError::NoPrice) => {}
            Err(error) => wrong = error,
        }
    }
    found.ok_or(ClientError::Hermes(wrong))
}

/// The latest price of a market among updates that somebody else fetched or recorded, and what posts it: as [`Hermes`] gives
/// it, with the same errors but `Fetch`.
pub async fn from_updates(client: &Client, market: &Market, updates: &[Update], payer: &Pubkey) -> Result<Priced> {
    let found = find(updates, &Feed::of(market))?;
    posted(client, found, payer, |sample, now| require_tradable(market, sample, now)).await
}

/// The latest prices of a bank's collateral among such updates, and what posts them: as [`Hermes`] gives them, with the same
/// errors but `Fetch`.
pub async fn collateral_from_updates(
    client: &Client,
    bank: &Bank,
    updates: &[Update],
    payer: &Pubkey,
) -> Result<CollateralPriced> {
    let found = find(updates, &Feed::of_bank(bank))?;
    let rate = match Feed::of_rate(bank) {
        // Whether it can be used is told with the price.
        Some(feed) => Some(posted(client, find(updates, &feed)?, payer, |_, _| Ok(())).await?),
        None => None,
    };
    let of_rate = rate.as_ref().map(|rate| rate.sample);
    let price =
        posted(client, found, payer, |sample, now| require_counted(bank, sample, of_rate.as_ref(), now)).await?;
    Ok(CollateralPriced { price, rate })
}

/// The price with the instructions that post it with a quorum of signatures, and close it. Errors with the refusal of
/// `check`, and with `UnknownSigners` where the receiver does not know who signed it.
async fn posted(
    client: &Client,
    found: Found,
    payer: &Pubkey,
    check: impl FnOnce(&Sample, Now) -> core::result::Result<(), Error>,
) -> Result<Priced> {
    let Found { receiver, vaa, price, message } = found;
    let set = vaa.guardian_set;
    let mut accounts = client.accounts(&[receiver.guardian_set(set), CLOCK]).await?.into_iter();
    let (signers, clock) = (accounts.next().flatten(), accounts.next().flatten());
    let sample = price.sample();
    check(&sample, clock::of(clock)?).map_err(SdkError::Engine)?;
    let signers = signers.ok_or(ClientError::UnknownSigners(set))?;
    let vaa = vaa.trimmed(receiver.quorum(guardians(&signers.data)?.len()));

    let account = Keypair::new();
    let address = account.pubkey();
    let post = PostUpdateAtomic { receiver, payer: *payer, price: address, vaa, message, treasury: TREASURY };
    let reclaim = ReclaimRent { receiver, payer: *payer, price: address };
    Ok(Priced {
        account: address,
        sample,
        before: vec![post.instruction()?],
        after: vec![reclaim.instruction()],
        signers: vec![account],
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
