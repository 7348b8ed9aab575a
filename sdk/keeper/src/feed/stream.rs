//! The WebSocket stream: the program's accounts, price accounts, and slots, by which its silence is noticed.
//!
//! A notification is believed as far as its slot is plausible and newer than what was read; any other is a hint that the
//! account changed, and the account is read again. After each connection everything is read once, since nobody tells what
//! was missed. A stream that ends or falls silent is opened again, at whatever endpoint serves then.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll};
use keel_sdk::PROGRAM_ID;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_commitment_config::CommitmentConfig;
use solana_pubkey::Pubkey;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig};
use tokio::sync::watch;

use super::reading::{data, price};
use super::{News, PriceAccount, Teller, Watched};
use crate::endpoints::{Backoff, Endpoints};
use crate::metrics;
use crate::secret::Address;

/// Connecting and subscribing take at most this.
const CONNECTING: Duration = Duration::from_secs(10);
/// Silence is looked at this often.
const SECOND: Duration = Duration::from_secs(1);
/// A connection that lasted so long was a good one: the next failure counts as the first.
const GOOD: Duration = Duration::from_secs(30);
/// Waiting between connections.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(250), cap: Duration::from_secs(15) };

/// The stream task.
pub(super) struct Stream {
    endpoints: Arc<Endpoints>,
    teller: Teller,
    followed: watch::Receiver<Watched>,
    silence: Duration,
    connected: Arc<AtomicBool>,
}

/// What a subscription tells.
enum Told {
    Account { address: Pubkey, slot: u64, account: UiAccount },
    Price { place: PriceAccount, account: UiAccount },
    Slot(u64),
}

impl Stream {
    pub fn new(
        endpoints: Arc<Endpoints>,
        teller: Teller,
        followed: watch::Receiver<Watched>,
        silence: Duration,
        connected: Arc<AtomicBool>,
    ) -> Self {
        Self { endpoints, teller, followed, silence, connected }
    }

    /// Listens for ever.
    pub async fn run(mut self) {
        let mut failures = 0;
        let mut before = false;
        loop {
            let place = self.endpoints.serving().into_iter().map(|endpoint| endpoint.place().clone());
            let Some((name, address)) = place.filter_map(|place| Some((place.name, place.ws?))).next() else {
                // Nobody serves, or nobody has a WebSocket: readings alone go on.
                tokio::time::sleep(BACKOFF.first).await;
                continue;
            };
            let began = Instant::now();
            let why = self.listen(&name, &address, before).await;
            self.connected.store(false, Ordering::Relaxed);
            metrics::stream(false, Duration::ZERO);
            before = true;
            failures = if began.elapsed() > GOOD { 1 } else { failures + 1 };
            tracing::warn!(endpoint = name, why, "the stream ended and is opened again");
            tokio::time::sleep(BACKOFF.jittered(failures)).await;
        }
    }

    /// Listens to one connection until it ends; why it did.
    async fn listen(&mut self, name: &str, address: &Address, again: bool) -> String {
        let connection = tokio::time::timeout(CONNECTING, PubsubClient::new(address.reveal())).await;
        let client = match connection {
            Ok(Ok(client)) => client,
            Ok(Err(_)) => return format!("no connection to {address}"),
            Err(_) => return format!("no answer from {address}"),
        };
        let subscribed = tokio::time::timeout(CONNECTING, self.subscribe(&client)).await;
        let mut told = match subscribed {
            Ok(Ok(told)) => told,
            Ok(Err(error)) => return format!("not subscribed: {error}"),
            Err(_) => return "no answer to a subscription".to_owned(),
        };
        let mut prices = BTreeSet::new();
        tracing::info!(endpoint = name, "the stream is open");
        self.connected.store(true, Ordering::Relaxed);
        self.teller.desk.everything(if again { "reconnect" } else { "start" });
        let mut last = Instant::now();
        let mut seconds = tokio::time::interval(SECOND);
        self.followed.mark_changed();
        loop {
            tokio::select! {
                next = told.next() => match next {
                    Some(news) => {
                        last = Instant::now();
                        self.pass_on(news);
                    }
                    None => return "it was closed".to_owned(),
                },
                _ = seconds.tick() => {
                    metrics::stream(true, last.elapsed());
                    if last.elapsed() > self.silence {
                        self.teller.desk.everything("silence");
                        return format!("it was silent for {:?}", self.silence);
                    }
                }
                changed = self.followed.changed() => {
                    if changed.is_err() {
                        return "the keeper stops".to_owned();
                    }
                    let wanted = self.followed.borrow_and_update().prices.clone();
                    for place in wanted {
                        if prices.insert(place) {
                            match self.follow(&client, place).await {
                                Ok(stream) => told.push(stream),
                                Err(error) => return format!("not subscribed: {error}"),
                            }
                        }
                    }
                }
            }
        }
    }

    async fn subscribe<'a>(&self, client: &'a PubsubClient) -> Result<SelectAll<BoxStream<'a, Told>>, String> {
        let config = RpcProgramAccountsConfig { account_config: encoding(), ..RpcProgramAccountsConfig::default() };
        let (accounts, _) = client.program_subscribe(&PROGRAM_ID, Some(config)).await.map_err(describe)?;
        let (slots, _) = client.slot_subscribe().await.map_err(describe)?;
        let accounts = accounts.filter_map(|told| async move {
            let address = Pubkey::from_str(&told.value.pubkey).ok()?;
            Some(Told::Account { address, slot: told.context.slot, account: told.value.account })
        });
        Ok(futures_util::stream::select_all([accounts.boxed(), slots.map(|told| Told::Slot(told.slot)).boxed()]))
    }

    async fn follow<'a>(&self, client: &'a PubsubClient, place: PriceAccount) -> Result<BoxStream<'a, Told>, String> {
        let subscription = client.account_subscribe(&place.address, Some(encoding()));
        let subscription = tokio::time::timeout(CONNECTING, subscription).await;
        let (prices, _) = subscription.map_err(|_| "no answer".to_owned())?.map_err(describe)?;
        Ok(prices.map(move |told| Told::Price { place, account: told.value }).boxed())
    }

    fn pass_on(&self, told: Told) {
        match told {
            Told::Account { address, slot, account } => {
                let known = self.endpoints.slot().unwrap_or(slot);
                metrics::stream_lag(known.saturating_sub(slot));
                if slot < self.teller.desk.read_at() || !self.endpoints.admits(slot) {
                    self.teller.desk.single([address]);
                } else {
                    self.teller.tell(News::Accounts { slot, accounts: vec![(address, data(&account))] });
                }
            }
            Told::Price { place, account } => {
                if let Some(news) = price(&place, &account) {
                    self.teller.tell(news);
                }
            }
            Told::Slot(slot) => tracing::trace!(slot, "slot"),
        }
    }
}

fn encoding() -> RpcAccountInfoConfig {
    RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        ..RpcAccountInfoConfig::default()
    }
}

/// What went wrong, without an address in it.
fn describe(error: solana_pubsub_client::pubsub_client::PubsubClientError) -> String {
    use solana_pubsub_client::pubsub_client::PubsubClientError;
    match error {
        PubsubClientError::SubscribeFailed { reason, .. } => reason,
        PubsubClientError::ConnectionClosed(_) => "the connection was closed".to_owned(),
        _ => "the connection failed".to_owned(),
    }
}
