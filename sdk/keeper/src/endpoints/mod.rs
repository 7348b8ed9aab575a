//! Several RPC endpoints in order of preference, used as one.
//!
//! A request goes to the first endpoint that serves, and to the next one if it fails. An endpoint serves when it answers,
//! its genesis hash is ours (asked at the start and after every broken connection) and its slot is plausible ([`slots`]).
//! One that fails rests with a growing, jittered delay, or as long as its `Retry-After` says; probes bring it back by
//! themselves. Feed, sender and prices read through here.

mod backoff;
mod health;
mod slots;
mod transport;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client::rpc_client::RpcClientConfig;
use solana_rpc_client_api::client_error::{Error as RpcFailure, ErrorKind, Result as RpcResult};
use solana_rpc_client_api::custom_error::{
    JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED, JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY,
};
use solana_rpc_client_api::request::{RpcError, RpcResponseErrorData};
use solana_rpc_client_api::response::RpcSimulateTransactionResult;
use tokio_util::sync::CancellationToken;

use crate::metrics;
use crate::secret::Address;

pub use backoff::Backoff;
pub use health::{Health, Standing, Trouble};
pub use slots::{Judge, Sighting, Verdict};
use transport::Transport;

/// A sighting counts for so long.
const SIGHTING_LASTS: Duration = Duration::from_secs(15);

/// Where an endpoint is and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name in logs and metrics.
    pub name: String,
    /// JSON-RPC over HTTP.
    pub http: Address,
    /// Its WebSocket, if it has one.
    pub ws: Option<Address>,
}

/// How endpoints are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// A request takes at most this.
    pub timeout: Duration,
    /// Each endpoint is asked for its slot this often.
    pub probe: Duration,
    /// Waiting after failures.
    pub backoff: Backoff,
    /// How many slots endpoints may be apart.
    pub max_slots_apart: u64,
}

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No endpoint serves now.
    #[error("no endpoint serves now: it is tried again when one is back")]
    NoEndpoint,
    /// The node refused it.
    #[error("{endpoint}: {error}")]
    Refused {
        /// Who.
        endpoint: String,
        /// Why.
        error: Box<RpcFailure>,
    },
}

impl CallError {
    /// What the node answered, if one did.
    pub fn node(&self) -> Option<&RpcFailure> {
        match self {
            Self::NoEndpoint => None,
            Self::Refused { error, .. } => Some(error),
        }
    }
}

/// One endpoint.
pub struct Endpoint {
    place: Place,
    rpc: Arc<RpcClient>,
    health: Arc<Mutex<Health>>,
    logged: Mutex<Standing>,
}

impl Endpoint {
    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its RPC client.
    pub fn rpc(&self) -> Arc<RpcClient> {
        self.rpc.clone()
    }

    /// Whether it is used, and why not.
    pub fn standing(&self) -> Standing {
        locked(&self.health).standing(Instant::now())
    }
}

/// All endpoints.
pub struct Endpoints {
    all: Vec<Endpoint>,
    watch: Watch,
    genesis: Mutex<Option<Hash>>,
    judge: Arc<Mutex<Judge>>,
}

/// The lock's content, whatever happened to a thread that held it: no state in it is ever half written.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The result in a JSON-RPC answer, or its error.
fn response(mut json: Value) -> RpcResult<Value> {
    let Some(error) = json.get("error").filter(|error| !error.is_null()) else {
        return Ok(json.get_mut("result").map(Value::take).unwrap_or_default());
    };
    let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
    let message = error.get("message").and_then(Value::as_str).unwrap_or("no message").to_owned();
    let simulated = error.get("data").cloned().map(serde_json::from_value::<RpcSimulateTransactionResult>);
    let data = match simulated {
        Some(Ok(result)) if result.err.is_some() => RpcResponseErrorData::SendTransactionPreflightFailure(result),
        _ => RpcResponseErrorData::Empty,
    };
    Err(RpcError::RpcResponseError { code, message, data }.into())
}

/// Is it the endpoint that failed, so that another one may answer?
fn concerns_endpoint(error: &RpcFailure) -> bool {
    match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => {
            [JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY, JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED].contains(code)
        }
        ErrorKind::RpcError(RpcError::ForUser(_)) | ErrorKind::TransactionError(_) | ErrorKind::SigningError(_) => {
            false
        }
        _ => true,
    }
}

impl Endpoints {
    /// Endpoints at these places, in order of preference. Without `genesis` the first that answers says which cluster is
    /// ours.
    pub fn new(places: Vec<Place>, genesis: Option<Hash>, watch: Watch) -> reqwest::Result<Self> {
        let judge = Arc::new(Mutex::new(Judge::new(watch.max_slots_apart, SIGHTING_LASTS)));
        let all = places.into_iter().map(|place| {
            let health = Arc::new(Mutex::new(Health::new(watch.backoff)));
            let transport = Transport::new(place.http.clone(), watch.timeout, health.clone(), judge.clone())?;
            let config = RpcClientConfig::with_commitment(CommitmentConfig::confirmed());
            let rpc = Arc::new(RpcClient::new_sender(transport, config));
            Ok(Endpoint { place, rpc, health, logged: Mutex::new(Standing::Unverified) })
        });
        let all = all.collect::<reqwest::Result<_>>()?;
        Ok(Self { all, watch, genesis: Mutex::new(genesis), judge })
    }

    /// Asks all endpoints once, then keeps watching them until `stop`. Never fails: who does not answer is tried again.
    pub async fn start(self: &Arc<Self>, stop: &CancellationToken) {
        join_all(self.all.iter().map(|endpoint| self.verify(endpoint))).await;
        join_all(self.all.iter().map(|endpoint| self.look(endpoint))).await;
        self.judge();
        for index in 0..self.all.len() {
            let (this, stop) = (self.clone(), stop.clone());
            tokio::spawn(async move { stop.run_until_cancelled(this.watch_one(index)).await });
        }
    }

    async fn watch_one(&self, index: usize) {
        let Some(endpoint) = self.all.get(index) else { return };
        loop {
            let pause = match endpoint.standing() {
                // Who is of another cluster is asked again, but not often.
                Standing::Foreign => self.watch.backoff.cap,
                _ => self.watch.probe,
            };
            tokio::time::sleep(pause).await;
            if !locked(&endpoint.health).is_resting(Instant::now()) {
                self.verify(endpoint).await;
                self.look(endpoint).await;
            }
            self.judge();
        }
    }

    /// Asks an endpoint for its cluster, if it has to tell.
    async fn verify(&self, endpoint: &Endpoint) {
        if !locked(&endpoint.health).needs_verification() {
            return;
        }
        let Ok(said) = endpoint.rpc.get_genesis_hash().await else { return };
        let expected = *locked(&self.genesis).get_or_insert(said);
        if expected != said {
            let name = endpoint.place.name.as_str();
            tracing::error!(endpoint = name, %expected, %said, "refused: this endpoint is of another cluster");
        }
        locked(&endpoint.health).verified(expected == said);
    }

    /// Asks an endpoint for its slot.
    async fn look(&self, endpoint: &Endpoint) {
        if locked(&endpoint.health).needs_verification() {
            return;
        }
        let Ok(slot) = endpoint.rpc.get_slot_with_commitment(CommitmentConfig::processed()).await else { return };
        let mut health = locked(&endpoint.health);
        let apart = self.watch.max_slots_apart;
        health.sighting = Some(Sighting::after(health.sighting, slot, Instant::now(), apart));
    }

    fn judge(&self) {
        let now = Instant::now();
        let mut judge = locked(&self.judge);
        let sightings: Vec<_> = self.all.iter().map(|endpoint| locked(&endpoint.health).sighting).collect();
        let verdicts = judge.judge(&sightings, now);
        let slot = judge.slot();
        drop(judge);
        if let Some(slot) = slot {
            metrics::slot(slot);
        }
        for (endpoint, verdict) in self.all.iter().zip(verdicts) {
            let mut health = locked(&endpoint.health);
            health.verdict = verdict;
            let standing = health.standing(now);
            let (latency, failures) = (health.latency(), health.failures());
            let said = health.sighting.map(|sighting| sighting.slot);
            drop(health);
            metrics::endpoint(&endpoint.place.name, standing, latency, said);
            let before = std::mem::replace(&mut *locked(&endpoint.logged), standing);
            if before != standing {
                let (name, was, is) = (endpoint.place.name.as_str(), before.name(), standing.name());
                tracing::warn!(endpoint = name, was, is, slot = said, failures, "endpoint changed");
            }
        }
    }

    /// The highest believed slot.
    pub fn slot(&self) -> Option<u64> {
        locked(&self.judge).slot()
    }

    /// Whether something can be of this slot now, as far as is known.
    pub fn admits(&self, slot: u64) -> bool {
        locked(&self.judge).admits(slot, Instant::now())
    }

    /// Those that serve, best first: quick ones before slow ones, otherwise in order of preference.
    pub fn serving(&self) -> Vec<&Endpoint> {
        let now = Instant::now();
        let rank = |endpoint: &&Endpoint| locked(&endpoint.health).is_slow();
        let serves = |endpoint: &&Endpoint| locked(&endpoint.health).standing(now) == Standing::Serving;
        let mut serving: Vec<&Endpoint> = self.all.iter().filter(serves).collect();
        serving.sort_by_key(rank);
        serving
    }

    /// Waits until an endpoint serves.
    pub async fn ready(&self) {
        while self.serving().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks the best endpoint, then the next ones where it fails.
    pub async fn call<T, F: Future<Output = RpcResult<T>>>(
        &self,
        request: impl Fn(Arc<RpcClient>) -> F,
    ) -> Result<T, CallError> {
        let mut last = CallError::NoEndpoint;
        for endpoint in self.serving() {
            match request(endpoint.rpc.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let tries_next = concerns_endpoint(&error);
                    last = CallError::Refused { endpoint: endpoint.place.name.clone(), error: Box::new(error) };
                    if !tries_next {
                        return Err(last);
                    }
                    tracing::debug!(error = %last, "the next endpoint is asked");
                }
            }
        }
        Err(last)
    }

    /// Asks all endpoints that serve, at once; each one's answer.
    pub async fn call_all<T, F: Future<Output = RpcResult<T>>>(
        &self,
        request: impl Fn(Arc<RpcClient>) -> F,
    ) -> Vec<RpcResult<T>> {
        join_all(self.serving().into_iter().map(|endpoint| request(endpoint.rpc.clone()))).await
    }
}
