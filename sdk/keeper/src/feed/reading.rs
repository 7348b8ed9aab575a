//! Readings over HTTP: everything, what is followed, and single accounts. A reading that fails is tried again, by whatever
//! endpoint serves then.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keel_engine::Now;
use keel_sdk::{PROGRAM_ID, pyth};
use serde_json::{Value, json};
use solana_account_decoder_client_types::UiAccount;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::request::RpcRequest;
use solana_rpc_client_api::response::{Response, RpcKeyedAccount};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Listening, News, PriceAccount, Teller, Watched};
use crate::endpoints::{CallError, Endpoints};
use crate::metrics;

/// Where the cluster's clock stands.
pub const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Accounts that a node gives at once.
const AT_ONCE: usize = 100;
/// Between two tries of a reading that failed.
const RETRY: Duration = Duration::from_millis(300);

/// The reading task.
pub(super) struct Reading {
    endpoints: Arc<Endpoints>,
    teller: Teller,
    followed: watch::Receiver<Watched>,
    listening: Listening,
    connected: Arc<AtomicBool>,
}

/// The clock in the data of its sysvar: slot, epoch start, epoch, leader epoch, time.
pub(super) fn clock(data: &[u8]) -> Option<Now> {
    let slot = u64::from_le_bytes(data.get(0..8)?.try_into().ok()?);
    let unix = i64::from_le_bytes(data.get(32..40)?.try_into().ok()?);
    Some(Now { unix, slot })
}

/// The price in an account, if it is the receiver's and of the feed.
pub(super) fn price(place: &PriceAccount, account: &UiAccount) -> Option<News> {
    if account.owner != place.owner.to_string() {
        return None;
    }
    let sample = pyth::sample_of(&account.data.decode()?, &place.feed).ok()?;
    Some(News::Price { of: place.of, account: place.address, sample })
}

/// The data of an account, if one of the program's or a followed vault.
pub(super) fn data(account: &UiAccount) -> Option<Vec<u8>> {
    let own = account.owner == PROGRAM_ID.to_string() || account.owner == keel_sdk::address::TOKEN_PROGRAM.to_string();
    own.then(|| account.data.decode()).flatten()
}

impl Reading {
    pub fn new(
        endpoints: Arc<Endpoints>,
        teller: Teller,
        followed: watch::Receiver<Watched>,
        listening: Listening,
        connected: Arc<AtomicBool>,
    ) -> Self {
        Self { endpoints, teller, followed, listening, connected }
    }

    /// Reads as asked and in time, for ever.
    pub async fn run(self) {
        let mut polled: Option<Instant> = None;
        let mut complete = Instant::now();
        loop {
            if self.followed.has_changed().is_err() {
                return;
            }
            let outcome = self.step(&mut polled, &mut complete).await;
            if let Err(error) = outcome {
                tracing::debug!(%error, "a reading failed and is tried again");
                tokio::time::sleep(RETRY).await;
            } else {
                // Who asks is served at once.
                let _ = tokio::time::timeout(self.listening.poll / 4, self.teller.desk.asked.notified()).await;
            }
        }
    }

    async fn step(&self, polled: &mut Option<Instant>, complete: &mut Instant) -> Result<(), CallError> {
        let streams = self.connected.load(Ordering::Relaxed);
        let (period, reason) = match streams {
            true => (self.listening.resync, "schedule"),
            false => (self.listening.polling, "polling"),
        };
        let due = (complete.elapsed() >= period).then_some(reason);
        if let Some(reason) = self.teller.desk.take_everything().or(due) {
            if let Err(error) = self.everything(reason).await {
                self.teller.desk.everything(reason);
                return Err(error);
            }
            *complete = Instant::now();
        }
        if polled.is_none_or(|at| at.elapsed() >= self.listening.poll) {
            self.poll().await?;
            *polled = Some(Instant::now());
        }
        loop {
            let single = self.teller.desk.take_single(AT_ONCE);
            if single.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.single(&single).await {
                self.teller.desk.single(single);
                return Err(error);
            }
        }
    }

    async fn everything(&self, reason: &'static str) -> Result<(), CallError> {
        let config = json!({ "encoding": "base64", "commitment": "confirmed", "withContext": true });
        let params = json!([PROGRAM_ID.to_string(), config]);
        let answer: Response<Vec<RpcKeyedAccount>> = self
            .endpoints
            .call(|rpc| {
                let params = params.clone();
                async move { rpc.send(RpcRequest::GetProgramAccounts, params).await }
            })
            .await?;
        let keyed = answer
            .value
            .into_iter()
            .filter_map(|keyed| Some((Pubkey::from_str(&keyed.pubkey).ok()?, keyed.account.data.decode()?)));
        let (slot, accounts) = (answer.context.slot, keyed.collect::<Vec<_>>());
        tracing::debug!(reason, slot, accounts = accounts.len(), "all accounts were read");
        metrics::resync(reason);
        self.teller.desk.read(slot);
        self.teller.wait_and_tell(News::Everything { slot, accounts }).await;
        Ok(())
    }

    /// Clock, prices and vaults.
    async fn poll(&self) -> Result<(), CallError> {
        let followed = self.followed.borrow().clone();
        // A market and a bank may share an account.
        let prices: BTreeSet<Pubkey> = followed.prices.iter().map(|price| price.address).collect();
        let addresses: Vec<Pubkey> =
            [CLOCK].into_iter().chain(prices.iter().copied()).chain(followed.vaults.iter().copied()).collect();
        for part in addresses.chunks(AT_ONCE) {
            let answer = self.read(part).await?;
            let mut vaults = Vec::new();
            for (address, account) in part.iter().zip(&answer.value) {
                let news: Vec<News> = match account {
                    Some(account) if *address == CLOCK => {
                        account.data.decode().and_then(|data| clock(&data)).map(News::Clock).into_iter().collect()
                    }
                    _ if prices.contains(address) => {
                        let places = followed.prices.iter().filter(|place| place.address == *address);
                        account
                            .iter()
                            .flat_map(|account| places.clone().filter_map(|place| price(place, account)))
                            .collect()
                    }
                    account => {
                        vaults.push((*address, account.as_ref().and_then(data)));
                        Vec::new()
                    }
                };
                for news in news {
                    self.teller.wait_and_tell(news).await;
                }
            }
            if !vaults.is_empty() {
                self.teller.wait_and_tell(News::Accounts { slot: answer.context.slot, accounts: vaults }).await;
            }
        }
        Ok(())
    }

    /// Accounts that somebody doubts.
    async fn single(&self, addresses: &[Pubkey]) -> Result<(), CallError> {
        let answer = self.read(addresses).await?;
        let slot = answer.context.slot;
        let found = answer.value.iter().map(|account| account.as_ref().and_then(data));
        let accounts = addresses.iter().copied().zip(found).collect();
        self.teller.desk.read(slot);
        self.teller.wait_and_tell(News::Accounts { slot, accounts }).await;
        Ok(())
    }

    async fn read(&self, addresses: &[Pubkey]) -> Result<Response<Vec<Option<UiAccount>>>, CallError> {
        let names: Vec<String> = addresses.iter().map(Pubkey::to_string).collect();
        let params: Value = json!([names, { "encoding": "base64", "commitment": "confirmed" }]);
        self.endpoints
            .call(|rpc| {
                let params = params.clone();
                async move { rpc.send(RpcRequest::GetMultipleAccounts, params).await }
            })
            .await
    }
}
