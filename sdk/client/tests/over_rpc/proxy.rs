//! A node that misbehaves on purpose: it stands in front of the real one and loses, repeats or refuses what it should
//! hand on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use solana_signature::Signature;
use tokio::runtime::Runtime;

/// What it does with the n-th transaction, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Says that it took it, and does not hand it on.
    Lose,
    /// Hands it on twice.
    Repeat,
    /// Answers that it is busy.
    Busy,
    /// Hands it on.
    None,
}

/// Decides about a transaction by its number.
pub type Plan = fn(usize) -> Fault;

struct Node {
    behind: String,
    plan: Plan,
    seen: AtomicUsize,
    http: reqwest::Client,
}

/// A misbehaving node; it stops when it is dropped.
pub struct Proxy {
    node: Arc<Node>,
    url: String,
    _runtime: Runtime,
}

impl Proxy {
    pub fn in_front_of(url: String, plan: Plan) -> Self {
        let runtime = Runtime::new().unwrap();
        let node = Arc::new(Node { behind: url, plan, seen: AtomicUsize::new(0), http: reqwest::Client::new() });
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(node.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { node, url, _runtime: runtime }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Transactions that were handed to it.
    pub fn seen(&self) -> usize {
        self.node.seen.load(Ordering::SeqCst)
    }
}

async fn answer(State(node): State<Arc<Node>>, body: String) -> Response {
    let request: Value = serde_json::from_str(&body).unwrap();
    if request["method"] != "sendTransaction" {
        return pass(&node, body).await;
    }
    match (node.plan)(node.seen.fetch_add(1, Ordering::SeqCst)) {
        Fault::Lose => {
            let bytes = STANDARD.decode(request["params"][0].as_str().unwrap()).unwrap();
            let signature = Signature::try_from(&bytes[1..65]).unwrap();
            json!({"jsonrpc": "2.0", "id": request["id"], "result": signature.to_string()}).to_string().into_response()
        }
        Fault::Repeat => {
            let _first = pass(&node, body.clone()).await;
            pass(&node, body).await
        }
        Fault::Busy => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Fault::None => pass(&node, body).await,
    }
}

async fn pass(node: &Node, body: String) -> Response {
    let request = node.http.post(&node.behind).header("content-type", "application/json").body(body);
    request.send().await.unwrap().text().await.unwrap().into_response()
}
