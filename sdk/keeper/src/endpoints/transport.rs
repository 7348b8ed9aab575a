//! One endpoint's HTTP: JSON-RPC requests, and what each of them shows of the endpoint's health.
//!
//! It stands below `solana-rpc-client` in place of that crate's own transport, which sleeps through rate limits by itself
//! and names the whole address in its errors. Here a request is tried once; the caller turns to another endpoint.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::Value;
use solana_rpc_client::rpc_sender::{RpcSender, RpcTransportStats};
use solana_rpc_client_api::client_error::{Error as RpcFailure, Result as RpcResult};
use solana_rpc_client_api::custom_error::JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY;
use solana_rpc_client_api::request::{RpcError, RpcRequest, RpcResponseErrorData};

use super::health::{Health, Trouble};
use super::slots::Judge;
use super::{locked, response};
use crate::secret::Address;

/// Sends requests to one address and books the outcomes in its health.
pub(super) struct Transport {
    http: reqwest::Client,
    address: Address,
    health: Arc<Mutex<Health>>,
    judge: Arc<Mutex<Judge>>,
    requests: AtomicU64,
}

impl Transport {
    /// A transport whose requests take at most `timeout`.
    pub fn new(
        address: Address,
        timeout: Duration,
        health: Arc<Mutex<Health>>,
        judge: Arc<Mutex<Judge>>,
    ) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder().timeout(timeout).connect_timeout(timeout).build()?;
        Ok(Self { http, address, health, judge, requests: AtomicU64::new(0) })
    }

    async fn request(&self, request: RpcRequest, params: Value) -> RpcResult<Value> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let body = request.build_request_json(number, params).to_string();
        let began = Instant::now();
        let answer = self.exchange(body).await;
        let mut health = locked(&self.health);
        match &answer {
            Ok(_) => health.answered(began.elapsed()),
            Err((trouble, _)) => health.failed(*trouble, Instant::now()),
        }
        drop(health);
        // The address may carry a key: no error names it.
        let answer = answer.map_err(|(_, error)| error)?;
        // What is read of a slot that cannot be is not believed, however healthy the endpoint is otherwise.
        match answer.pointer("/result/context/slot").and_then(Value::as_u64) {
            Some(slot) if !locked(&self.judge).admits(slot, Instant::now()) => {
                Err(failure(&format!("the answer is of slot {slot}, which is implausible")))
            }
            _ => response(answer),
        }
    }

    async fn exchange(&self, body: String) -> Result<Value, (Trouble, RpcFailure)> {
        let broken = |error: reqwest::Error| (Trouble::Broken, RpcFailure::from(error.without_url()));
        let sent = self.http.post(self.address.reveal()).header(CONTENT_TYPE, "application/json").body(body);
        let answer = sent.send().await.map_err(broken)?;
        let status = answer.status();
        if status == reqwest::StatusCode::TOO_MANY_REQUESTS {
            let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            let trouble = Trouble::TooMany { retry_after: asked.map(Duration::from_secs) };
            return Err((trouble, failure("too many requests (HTTP 429)")));
        }
        if !status.is_success() {
            return Err((Trouble::Broken, failure(&format!("HTTP status {}", status.as_u16()))));
        }
        let json: Value = answer.json().await.map_err(broken)?;
        if !json.is_object() {
            return Err((Trouble::Broken, failure("the answer is no JSON object")));
        }
        let code = json.pointer("/error/code").and_then(Value::as_i64);
        if code == Some(JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY) {
            return Err((Trouble::Broken, unhealthy(&json)));
        }
        Ok(json)
    }
}

fn failure(why: &str) -> RpcFailure {
    RpcError::RpcRequestError(why.to_owned()).into()
}

fn unhealthy(json: &Value) -> RpcFailure {
    let behind = json.pointer("/error/data/numSlotsBehind").and_then(Value::as_u64);
    let message = "the node says that it is unhealthy".to_owned();
    let data = RpcResponseErrorData::NodeUnhealthy { num_slots_behind: behind };
    RpcError::RpcResponseError { code: JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY, message, data }.into()
}

type Answer<'a> = Pin<Box<dyn Future<Output = RpcResult<Value>> + Send + 'a>>;

impl RpcSender for Transport {
    fn send<'life, 'answer>(&'life self, request: RpcRequest, params: Value) -> Answer<'answer>
    where
        'life: 'answer,
        Self: 'answer,
    {
        Box::pin(self.request(request, params))
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    fn url(&self) -> String {
        self.address.to_string()
    }
}
