//! Updates fetched over HTTP: asked for as Hermes wants it, checked, composed; and every way in which that fails.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_client::ClientError;
use keel_client::price::Hermes;
use keel_engine::Error;
use keel_sdk::hermes::{HermesError, Receiver};
use serde_json::{Value, json};
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;
use tokio::runtime::Runtime;

use crate::ground::{BTC, Ground};
use crate::made::Quoted;
use crate::routers::Routers;

const KEY: &str = "a-key";
const RECEIVER: Receiver = Receiver::CORE;

/// An endpoint that gives what it is told to.
struct Endpoint {
    url: String,
    answer: Arc<Mutex<Value>>,
    asked: Arc<Mutex<String>>,
    _runtime: Runtime,
}

type Shared = (Arc<Mutex<Value>>, Arc<Mutex<String>>);

impl Endpoint {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let (answer, asked): Shared = Default::default();
        let router = Router::new().fallback(serve).with_state((answer.clone(), asked.clone()));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, answer, asked, _runtime: runtime }
    }

    fn give(&self, update: &[u8]) {
        *self.answer.lock().unwrap() = json!({"binary": {"encoding": "base64", "data": [STANDARD.encode(update)]}});
    }
}

async fn serve(State((answer, asked)): State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if headers.get("authorization").is_none_or(|value| value != &format!("Bearer {KEY}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    *asked.lock().unwrap() = query.unwrap_or_default();
    answer.lock().unwrap().to_string().into_response()
}

/// Tells the network of the routers, as the Wormhole receiver would have them.
fn know(ground: &Ground, routers: &Routers) {
    let members = routers.members();
    let count = u32::try_from(members.len()).unwrap();
    let data = [&1_u32.to_le_bytes()[..], &count.to_le_bytes(), members.as_flattened(), &[0; 8]].concat();
    let data: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    let owner = RECEIVER.wormhole.to_string();
    let account = json!([RECEIVER.guardian_set(1).to_string(), {"lamports": 10_000_000, "data": data, "owner": owner}]);
    let request = RpcRequest::Custom { method: "surfnet_setAccount" };
    let client = ground.client.nonblocking();
    let _set: Value = ground.client.wait(async { Ok(client.rpc().send(request, account).await?) }).unwrap();
}

#[test]
fn an_update_is_fetched_checked_and_composed() {
    let ground = Ground::start();
    let (endpoint, routers) = (Endpoint::start(), Routers::new());
    let hermes = Hermes::new(&endpoint.url, Some(KEY)).unwrap();
    assert!(!format!("{hermes:?}").contains(KEY), "a key is not printed");
    let market = ground.client.market(BTC).unwrap();
    let update = |age: i64, signers: &[u8]| {
        let publish_time = ground.network.unix() - age;
        routers.update(&[Quoted { feed_id: market.feed_id, price: 6_000_000_000_000, publish_time }], signers)
    };

    endpoint.give(&update(0, &[0, 1, 2, 3, 4]));
    let unknown = ground.price(&hermes).unwrap_err();
    assert!(matches!(unknown, ClientError::UnknownSigners(1)), "{unknown}");
    know(&ground, &routers);
    endpoint.give(&update(0, &[0, 1, 2, 3, 4]));
    let priced = ground.price(&hermes).unwrap();
    let asked = endpoint.asked.lock().unwrap().clone();
    let feed: String = market.feed_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(asked.contains(&feed) && asked.contains("encoding=base64"), "{asked}");
    assert_eq!(priced.sample.price, 6_000_000_000_000);
    let [post] = &priced.before[..] else { panic!() };
    assert_eq!((post.program_id, priced.signers.len(), priced.after.len()), (RECEIVER.program, 1, 1));
    // Five signatures came; four are the older receiver's two thirds and one.
    assert_eq!(post.data[12 + 5], 4);

    // The feed moves on, so that what is old is old for the market too.
    ground.network.withhold_price("BTC", true).unwrap();
    ground.network.advance(30).unwrap();
    endpoint.give(&update(10, &[0, 2, 4]));
    let stale = ground.price(&hermes).unwrap_err();
    assert_eq!(stale.refusal(), Some(Error::PriceStale), "{stale}");
    endpoint.give(&update(0, &[0, 2, 4]));
    assert!(ground.price(&hermes).is_ok());
}

#[test]
fn collateral_with_an_exchange_rate_has_two_updates_of_one_root() {
    let ground = Ground::start();
    let (endpoint, routers) = (Endpoint::start(), Routers::new());
    let hermes = Hermes::new(&endpoint.url, Some(KEY)).unwrap();
    know(&ground, &routers);
    let payer = ground.alice().pubkey();
    let [sol, dollar] = [0, 1].map(|place| ground.network.banks().unwrap()[place].mint);
    let bank = ground.client.bank(&dollar).unwrap();
    let give = |age: i64| {
        let publish_time = ground.network.unix() - age;
        let price = Quoted { feed_id: bank.feed_id, price: 100_000_000, publish_time };
        let rate = Quoted { feed_id: bank.rate_feed_id, price: 105_000_000, publish_time };
        endpoint.give(&routers.update(&[price, rate], &[0, 1, 2]));
    };
    give(0);
    let priced = ground.client.collateral(&hermes, &bank, &payer).unwrap();
    let asked = endpoint.asked.lock().unwrap().clone();
    for feed in [bank.feed_id, bank.rate_feed_id] {
        let feed: String = feed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(asked.contains(&feed), "{asked}");
    }
    let refresh = priced.refresh(dollar).instruction();
    let rate = priced.rate.unwrap();
    assert_eq!((priced.price.sample.price, rate.sample.price), (100_000_000, 105_000_000));
    for posted in [&priced.price, &rate] {
        assert_eq!((posted.before.len(), posted.after.len(), posted.signers.len()), (1, 1, 1));
        assert!(refresh.accounts.iter().any(|meta| meta.pubkey == posted.account));
    }
    // With what is older than it counts nobody's collateral would count.
    give(i64::from(bank.max_age_price_secs) + 5);
    let stale = ground.client.collateral(&hermes, &bank, &payer).unwrap_err();
    assert_eq!(stale.refusal(), Some(Error::CollateralStale), "{stale}");
    let other = ground.client.bank(&sol).unwrap();
    let missing = ground.client.collateral(&hermes, &other, &payer);
    assert!(matches!(missing, Err(ClientError::Hermes(HermesError::NoPrice))), "{missing:?}");
}

#[test]
fn what_is_of_no_use_is_said_so() {
    let ground = Ground::start();
    let (endpoint, routers) = (Endpoint::start(), Routers::new());
    let hermes = Hermes::new(&endpoint.url, Some(KEY)).unwrap();
    let publish_time = ground.network.unix();
    let other = [Quoted { feed_id: [1; 32], price: 1, publish_time }];
    endpoint.give(&routers.update(&other, &[0, 1, 2]));
    assert!(matches!(ground.price(&hermes), Err(ClientError::Hermes(HermesError::NoPrice))));
    let market = ground.client.market(BTC).unwrap();
    let mut bent = routers.update(&[Quoted { feed_id: market.feed_id, price: 5, publish_time }], &[0, 1, 2]);
    endpoint.give(&bent[..bent.len() - 1]);
    assert!(matches!(ground.price(&hermes), Err(ClientError::Hermes(HermesError::Truncated))));
    *bent.last_mut().unwrap() ^= 1;
    endpoint.give(&bent);
    assert!(matches!(ground.price(&hermes), Err(ClientError::Hermes(HermesError::WrongProof))));
    *endpoint.answer.lock().unwrap() = json!({"error": "soon"});
    assert!(matches!(ground.price(&hermes), Err(ClientError::Hermes(HermesError::NotAnUpdate))));

    let keyless = Hermes::new(&endpoint.url, None).unwrap();
    assert!(matches!(ground.price(&keyless), Err(ClientError::Fetch(_))));
    assert!(matches!(Hermes::new(&endpoint.url, Some("two\nlines")), Err(ClientError::Key)));
    let nobody = Hermes::new("http://127.0.0.1:1/secret", Some(KEY)).unwrap();
    let error = ground.price(&nobody).unwrap_err();
    assert!(matches!(error, ClientError::Fetch(_)) && !error.to_string().contains("secret"), "{error}");
}
