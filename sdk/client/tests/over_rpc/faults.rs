//! Transactions that get lost or come twice: each intent has one effect, or none and the client says so.

use core::time::Duration;

use keel_client::{Client, ClientError, Receipt, Result, SendOptions};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_sdk::events::Event;

use crate::ground::{BITCOIN, BTC, Ground};
use crate::proxy::{Fault, Plan, Proxy};

fn impatient() -> SendOptions {
    SendOptions { resend_after: Duration::from_millis(200), ..SendOptions::default() }
}

/// Alice buys a tenth of a bitcoin through a misbehaving node. Answers with what came of it, and how often it was sent.
fn buy(ground: &Ground, plan: Plan) -> (Result<Receipt>, usize) {
    let proxy = Proxy::in_front_of(ground.network.rpc_url(), plan);
    let client = Client::new(proxy.url()).unwrap();
    let trade = ground.order(ground.alice(), Side::Buy, Exact::Base(BITCOIN / 10));
    let sent = client.send(&[ground.built(&trade)], &[ground.alice()], &impatient());
    (sent, proxy.seen())
}

fn base(ground: &Ground) -> i64 {
    let (state, _) = ground.client.margin_account(&ground.account(ground.alice())).unwrap();
    state.position(BTC).map_or(0, |position| position.base)
}

#[test]
fn a_lost_transaction_is_sent_again_and_executed_once() {
    let ground = Ground::start();
    let (sent, times) =
        buy(&ground, |number| [Fault::Lose, Fault::Busy, Fault::Lose].get(number).copied().unwrap_or(Fault::None));
    let receipt = sent.unwrap();
    assert_eq!(times, 4);
    let [Event::Traded(traded)] = receipt.events[..] else { panic!("{:?}", receipt.events) };
    assert_eq!(base(&ground), traded.base);
}

#[test]
fn a_repeated_transaction_is_executed_once() {
    let ground = Ground::start();
    let (sent, _) = buy(&ground, |_| Fault::Repeat);
    let receipt = sent.unwrap();
    let [Event::Traded(traded)] = receipt.events[..] else { panic!("{:?}", receipt.events) };
    assert_eq!(base(&ground), traded.base);
}

#[test]
fn what_never_arrives_expires_and_may_be_sent_anew() {
    let ground = Ground::start();
    // A blockhash lives for 150 periods of 400 ms, whatever happens.
    let (sent, times) = buy(&ground, |_| Fault::Lose);
    assert!(matches!(sent, Err(ClientError::Expired(_))), "{sent:?}");
    assert!(times >= 2);
    assert_eq!(base(&ground), 0, "it had no effect");
    let (again, _) = buy(&ground, |_| Fault::None);
    again.unwrap();
    assert!(base(&ground) > 0);
}

#[test]
fn a_node_that_says_nothing_leaves_it_undecided() {
    let ground = Ground::start();
    let proxy = Proxy::in_front_of(ground.network.rpc_url(), |_| Fault::Lose);
    let client = Client::new(proxy.url()).unwrap();
    let trade = ground.order(ground.alice(), Side::Buy, Exact::Base(BITCOIN / 10));
    let options = SendOptions { give_up_after: Duration::from_millis(700), ..impatient() };
    let sent = client.send(&[ground.built(&trade)], &[ground.alice()], &options);
    assert!(matches!(sent, Err(ClientError::Undecided(_))), "{sent:?}");
}
