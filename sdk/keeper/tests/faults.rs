//! Faults of what the keeper runs on, in front of a real local network: nodes that are down, slow, lie, limit or are of
//! another cluster; transactions that are lost or doubled; a price that is late; another keeper; a stream that is cut.
//!
//! Each test runs the real program against endpoints that misbehave on purpose ([`proxy`]), gives it an order to execute,
//! and demands that it recovers by itself within a bounded time, that the order took effect exactly once, and that the
//! metrics tell what happened. An order of two slices, of which one is due, is the witness: a second execution would be
//! refused or show as a fill twice as large.

#[path = "faults/keeper.rs"]
mod keeper;
#[path = "faults/proxy.rs"]
mod proxy;
#[path = "faults/stage.rs"]
mod stage;

use std::thread::sleep;
use std::time::{Duration, Instant};

use keeper::{Keeper, wait};
use proxy::Proxy;
use stage::{Stage, stage};

/// A keeper that has recovered has done its job within this.
const SOON: Duration = Duration::from_secs(25);

#[test]
fn faulty_rpc_down_at_start() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    proxy.set(|faults| faults.down = true);
    let keeper = Keeper::start(&stage, "keeper", &[("only", &proxy)]);
    let order = stage.place();
    sleep(Duration::from_secs(2));
    assert_eq!(stage.filled(order), 0);
    assert_eq!(keeper.metric("keel_keeper_endpoint_state{endpoint=\"only\",state=\"serving\"}"), Some(0.0));
    proxy.set(|faults| faults.down = false);
    done_once(&stage, &keeper, order);
    keeper.stop();
}

#[test]
fn faulty_rpc_down_midway() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    let keeper = Keeper::start(&stage, "keeper", &[("only", &proxy)]);
    keeper.ready();
    proxy.set(|faults| faults.down = true);
    proxy.cut_streams();
    wait("it rests", SOON, || keeper.state("only", "resting") || keeper.state("only", "unverified"));
    let order = stage.place();
    sleep(Duration::from_secs(1));
    assert_eq!(stage.filled(order), 0);
    proxy.set(|faults| faults.down = false);
    done_once(&stage, &keeper, order);
    // It said its genesis hash again before it was used again.
    assert!(proxy.count("getGenesisHash") >= 2);
    wait("the stream is back", SOON, || keeper.metric("keel_keeper_stream_connected") == Some(1.0));
    keeper.stop();
}

#[test]
fn faulty_rpc_slow() {
    let stage = stage();
    let (slow, quick) = (Proxy::before(&stage.network), Proxy::before(&stage.network));
    slow.set(|faults| faults.delay = Duration::from_secs(3));
    let keeper = Keeper::start(&stage, "keeper", &[("slow", &slow), ("quick", &quick)]);
    keeper.ready();
    let order = stage.place();
    done_once(&stage, &keeper, order);
    let latency = keeper.metric("keel_keeper_endpoint_latency_seconds{endpoint=\"slow\"}");
    assert!(latency.is_some_and(|latency| latency > 2.0), "{latency:?}");
    assert!(quick.count("sendTransaction") >= 1);
    keeper.stop();
}

#[test]
fn faulty_rpc_slot_far_ahead() {
    lies_about_its_slot(100_000, "ahead");
}

#[test]
fn faulty_rpc_slot_far_behind() {
    lies_about_its_slot(-100_000, "behind");
}

fn lies_about_its_slot(by: i64, state: &str) {
    let stage = stage();
    stage.pass_slots();
    let (liar, honest) = (Proxy::before(&stage.network), Proxy::before(&stage.network));
    let keeper = Keeper::start(&stage, "keeper", &[("liar", &liar), ("honest", &honest)]);
    keeper.ready();
    liar.set(|faults| faults.slots = by);
    wait("the liar is put aside", SOON, || keeper.state("liar", state));
    let before = liar.count("sendTransaction");
    let order = stage.place();
    done_once(&stage, &keeper, order);
    assert_eq!(liar.count("sendTransaction"), before, "nothing is sent to who lies");
    liar.set(|faults| faults.slots = 0);
    wait("it is taken back", SOON, || keeper.state("liar", "serving"));
    keeper.stop();
}

#[test]
fn faulty_rpc_rate_limited() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    let keeper = Keeper::start(&stage, "keeper", &[("only", &proxy)]);
    keeper.ready();
    proxy.set(|faults| faults.too_many = Some(3));
    wait("it rests", SOON, || keeper.state("only", "resting"));
    let (began, asked) = (Instant::now(), proxy.total());
    let order = stage.place();
    sleep(Duration::from_secs(2));
    let asked = proxy.total() - asked;
    assert!(asked <= 3, "{asked} requests in {:?} though Retry-After said 3 s", began.elapsed());
    proxy.set(|faults| faults.too_many = None);
    done_once(&stage, &keeper, order);
    keeper.stop();
}

#[test]
fn faulty_rpc_of_another_cluster() {
    let stage = stage();
    let (foreign, ours) = (Proxy::before(&stage.network), Proxy::before(&stage.network));
    foreign.set(|faults| faults.genesis = Some("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxkFcGaM".to_owned()));
    let keeper = Keeper::start(&stage, "keeper", &[("foreign", &foreign), ("ours", &ours)]);
    keeper.ready();
    let order = stage.place();
    done_once(&stage, &keeper, order);
    assert!(keeper.state("foreign", "foreign"));
    assert_eq!((foreign.count("sendTransaction"), foreign.count("getProgramAccounts")), (0, 0));
    let log = keeper.stop();
    assert!(log.contains("refused: this endpoint is of another cluster") && log.contains("foreign"), "{log}");
}

#[test]
fn faulty_transaction_lost() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    let keeper = Keeper::start(&stage, "keeper", &[("only", &proxy)]);
    keeper.ready();
    proxy.set(|faults| faults.swallow = 3);
    let order = stage.place();
    done_once(&stage, &keeper, order);
    // The same transaction was sent until it arrived; no second one was signed.
    assert!(proxy.count("sendTransaction") >= 4);
    assert_eq!(proxy.signatures(), 1);
    assert!(keeper.metric("keel_keeper_sends_total{kind=\"order\"}").is_some_and(|sends| sends >= 4.0));
    keeper.stop();
}

/// A blockhash lives for a minute, so this test's keeper does what no other test's does, and all others run beside it.
#[test]
fn faulty_transaction_lost_until_it_expires() {
    let stage = stage::beside();
    let proxy = Proxy::before(&stage.network);
    proxy.set(|faults| faults.swallow = u32::MAX);
    let order = stage.place_dead();
    let keeper = Keeper::doing("clean_order", stage, "bob", &[("only", &proxy)], &[]);
    wait("a transaction is lost", SOON, || proxy.signatures() == 1);
    wait("it is known to have expired, and signed anew", 4 * SOON, || proxy.signatures() == 2);
    assert!(stage.is_there(order));
    assert_eq!(keeper.jobs("clean_order", "expired"), 1.0);
    proxy.set(|faults| faults.swallow = 0);
    wait("the order is cleaned up", SOON, || !stage.is_there(order));
    wait("it is booked", SOON, || keeper.jobs("clean_order", "confirmed") == 1.0);
    sleep(Duration::from_secs(1));
    assert_eq!((proxy.signatures(), keeper.jobs("clean_order", "confirmed")), (2, 1.0));
    keeper.stop();
}

#[test]
fn faulty_transaction_duplicated() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    proxy.set(|faults| faults.twice = true);
    let keeper = Keeper::start(&stage, "keeper", &[("only", &proxy)]);
    keeper.ready();
    let order = stage.place();
    done_once(&stage, &keeper, order);
    assert_eq!(proxy.signatures(), 1);
    keeper.stop();
}

#[test]
fn faulty_price_late() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    let keeper = Keeper::start(&stage, "keeper", &[("only", &proxy)]);
    keeper.ready();
    stage.network.withhold_price("BTC", true).unwrap();
    stage.network.advance(120).unwrap();
    wait("the age shows", SOON, || {
        keeper.metric("keel_keeper_price_age_seconds{market=\"1\"}").is_some_and(|age| age >= 100.0)
    });
    let order = stage.place();
    sleep(Duration::from_secs(3));
    assert_eq!(stage.filled(order), 0, "no order is executed at an old price");
    assert!(proxy.count("sendTransaction") == 0 && proxy.count("simulateTransaction") < 10, "it does not insist");
    stage.network.withhold_price("BTC", false).unwrap();
    done_once(&stage, &keeper, order);
    keeper.stop();
}

#[test]
fn faulty_another_keeper_first() {
    let stage = stage();
    let (one, other) = (Proxy::before(&stage.network), Proxy::before(&stage.network));
    let first = Keeper::start(&stage, "keeper", &[("only", &one)]);
    let second = Keeper::start(&stage, "carol", &[("only", &other)]);
    first.ready();
    second.ready();
    let orders: Vec<u64> = (0..4).map(|_| stage.place()).collect();
    wait("all orders are executed", SOON, || orders.iter().all(|order| stage.filled(*order) == stage::SLICE));
    sleep(Duration::from_secs(1));
    assert!(orders.iter().all(|order| stage.filled(*order) == stage::SLICE), "no order twice");
    let confirmed = || first.jobs("order", "confirmed") + second.jobs("order", "confirmed");
    wait("the books agree", SOON, || confirmed() == 4.0);
    orders.into_iter().for_each(|order| stage.cancel(order));
    first.stop();
    second.stop();
}

#[test]
fn faulty_stream_cut() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    let keeper = Keeper::start(&stage, "keeper", &[("only", &proxy)]);
    keeper.ready();
    wait("the stream is open", SOON, || keeper.metric("keel_keeper_stream_connected") == Some(1.0));
    proxy.set(|faults| faults.no_streams = true);
    proxy.cut_streams();
    wait("the cut shows", SOON, || keeper.metric("keel_keeper_stream_connected") == Some(0.0));
    // Readings over HTTP go on meanwhile.
    let order = stage.place();
    done_once(&stage, &keeper, order);
    assert!(keeper.metric("keel_keeper_resyncs_total{reason=\"polling\"}").is_some_and(|count| count >= 1.0));
    proxy.set(|faults| faults.no_streams = false);
    wait("the stream is back", SOON, || keeper.metric("keel_keeper_stream_connected") == Some(1.0));
    let order = stage.place();
    wait("the next order is executed", SOON, || stage.filled(order) == stage::SLICE);
    stage.cancel(order);
    keeper.stop();
}

#[test]
fn dry_run_sends_nothing() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    let keeper = Keeper::with(&stage, "keeper", &[("only", &proxy)], &["--dry-run"]);
    keeper.ready();
    let order = stage.place();
    wait("it says what it would do", SOON, || keeper.jobs("order", "dry") >= 1.0);
    assert_eq!((stage.filled(order), proxy.count("sendTransaction")), (0, 0));
    stage.cancel(order);
    keeper.stop();
}

#[test]
fn once_does_what_is_due_and_ends() {
    let stage = stage();
    let proxy = Proxy::before(&stage.network);
    let order = stage.place();
    let keeper = Keeper::with(&stage, "keeper", &[("only", &proxy)], &["--once"]);
    let totals = keeper.ends();
    assert_eq!(stage.filled(order), stage::SLICE);
    assert!(totals.starts_with("1 transactions confirmed, 0 failed"), "{totals}");
    stage.cancel(order);
}

/// The order takes effect within a bounded time, once, and the books say so.
fn done_once(stage: &Stage, keeper: &Keeper, order: u64) {
    wait("the order is executed", SOON, || stage.filled(order) >= stage::SLICE);
    wait("it is booked", SOON, || keeper.jobs("order", "confirmed") >= 1.0);
    sleep(Duration::from_millis(700));
    assert_eq!(stage.filled(order), stage::SLICE, "one slice was due");
    assert_eq!(keeper.jobs("order", "confirmed"), 1.0, "one transaction took effect");
    assert_eq!(keeper.jobs("order", "failed"), 0.0);
    assert!(keeper.metric("keel_keeper_fees_lamports_total").is_some_and(|fees| fees >= 5_000.0));
    stage.cancel(order);
}
