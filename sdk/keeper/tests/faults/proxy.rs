//! An RPC endpoint in front of a real one that misbehaves as it is told: HTTP is answered by it, WebSockets are relayed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_localnet::Localnet;
use serde_json::{Value, json};
use solana_signature::Signature;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// What is wrong with the endpoint.
#[derive(Clone, Default)]
pub struct Faults {
    /// It answers nothing but an error of the server.
    pub down: bool,
    /// Every answer takes this longer.
    pub delay: Duration,
    /// Slots and block heights are told that much higher.
    pub slots: i64,
    /// Too many requests: come back after so many seconds.
    pub too_many: Option<u64>,
    /// The genesis hash that it tells.
    pub genesis: Option<String>,
    /// So many transactions are taken and never passed on.
    pub swallow: u32,
    /// Transactions are passed on twice.
    pub twice: bool,
    /// WebSockets are refused.
    pub no_streams: bool,
}

#[derive(Default)]
struct Seen {
    counts: BTreeMap<String, u64>,
    signatures: BTreeSet<String>,
}

struct Shared {
    node: String,
    node_stream: SocketAddr,
    http: reqwest::Client,
    faults: Mutex<Faults>,
    seen: Mutex<Seen>,
    streams: Mutex<CancellationToken>,
}

/// The endpoint; it is gone when dropped.
pub struct Proxy {
    shared: Arc<Shared>,
    /// Where its JSON-RPC is.
    pub http: String,
    /// Where its WebSocket is.
    pub ws: String,
    _runtime: Runtime,
}

impl Proxy {
    /// A faultless endpoint in front of a network.
    pub fn before(network: &Localnet) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shared = Arc::new(Shared {
            node: network.rpc_url(),
            node_stream: network.ws_url().trim_start_matches("ws://").parse().unwrap(),
            http: reqwest::Client::new(),
            faults: Mutex::default(),
            seen: Mutex::default(),
            streams: Mutex::default(),
        });
        let (http, ws) = runtime.block_on(async {
            let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let ws = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let addresses = (http.local_addr().unwrap(), ws.local_addr().unwrap());
            let router = Router::new().fallback(answer).with_state(shared.clone());
            tokio::spawn(async move { axum::serve(http, router).await });
            tokio::spawn(relay(ws, shared.clone()));
            addresses
        });
        Self { shared, http: format!("http://{http}"), ws: format!("ws://{ws}"), _runtime: runtime }
    }

    /// Changes what is wrong.
    pub fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&self.shared.faults));
    }

    /// Breaks all WebSockets that are open.
    pub fn cut_streams(&self) {
        std::mem::take(&mut *locked(&self.shared.streams)).cancel();
    }

    /// Requests of a method so far.
    pub fn count(&self, method: &str) -> u64 {
        locked(&self.shared.seen).counts.get(method).copied().unwrap_or(0)
    }

    /// Requests so far.
    pub fn total(&self) -> u64 {
        locked(&self.shared.seen).counts.values().sum()
    }

    /// Different transactions so far.
    pub fn signatures(&self) -> usize {
        locked(&self.shared.seen).signatures.len()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

async fn answer(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let method = request["method"].as_str().unwrap().to_owned();
    *locked(&shared.seen).counts.entry(method.clone()).or_default() += 1;
    let faults = locked(&shared.faults).clone();
    tokio::time::sleep(faults.delay).await;
    if faults.down {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::CONNECTION, "close")]).into_response();
    }
    if let Some(secs) = faults.too_many {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, secs.to_string())]).into_response();
    }
    if method == "getGenesisHash"
        && let Some(genesis) = &faults.genesis
    {
        return result(&request, json!(genesis));
    }
    if method == "sendTransaction" {
        let signature = signature(&request);
        locked(&shared.seen).signatures.insert(signature.clone());
        if faults.swallow > 0 {
            locked(&shared.faults).swallow -= 1;
            return result(&request, json!(signature));
        }
        if faults.twice {
            let (one, other) = tokio::join!(pass_on(&shared, body.clone()), pass_on(&shared, body));
            return one.or(other).unwrap().to_string().into_response();
        }
    }
    let Some(mut answer) = pass_on(&shared, body).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    shift(&method, &mut answer, faults.slots);
    answer.to_string().into_response()
}

async fn pass_on(shared: &Shared, body: Bytes) -> Option<Value> {
    let request = shared.http.post(&shared.node).header(header::CONTENT_TYPE, "application/json").body(body);
    request.send().await.ok()?.json().await.ok()
}

fn result(request: &Value, result: Value) -> Response {
    json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string().into_response()
}

/// The first signature of the transaction in a request.
fn signature(request: &Value) -> String {
    let bytes = STANDARD.decode(request["params"][0].as_str().unwrap()).unwrap();
    Signature::try_from(&bytes[1..65]).unwrap().to_string()
}

/// Tells slots and heights higher, or lower.
fn shift(method: &str, answer: &mut Value, by: i64) {
    let mut move_by = |pointer: &str| {
        if let Some(number) = answer.pointer_mut(pointer)
            && let Some(value) = number.as_u64()
        {
            *number = json!(value.saturating_add_signed(by));
        }
    };
    if by != 0 {
        move_by("/result/context/slot");
        move_by("/result/value/lastValidBlockHeight");
        move_by("/result/absoluteSlot");
        move_by("/result/blockHeight");
        if ["getSlot", "getBlockHeight"].contains(&method) {
            move_by("/result");
        }
    }
}

async fn relay(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let faults = locked(&shared.faults).clone();
        if faults.no_streams || faults.down {
            continue;
        }
        let (cut, node) = (locked(&shared.streams).clone(), shared.node_stream);
        tokio::spawn(cut.run_until_cancelled_owned(async move {
            if let Ok(mut node) = TcpStream::connect(node).await {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut node).await;
            }
        }));
    }
}
