//! WebSocket: account, program, slot, signature and log subscriptions hear what happens.

use std::time::Duration;

use keel_client::SendOptions;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::Refresh;
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSignatureSubscribeConfig, RpcTransactionLogsConfig,
    RpcTransactionLogsFilter,
};
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::scene::{BTC, btc_price, client, network, rpc, turn};

const PATIENCE: Duration = Duration::from_secs(10);

fn accounts() -> RpcAccountInfoConfig {
    RpcAccountInfoConfig { commitment: Some(CommitmentConfig::processed()), ..RpcAccountInfoConfig::default() }
}

#[test]
fn a_market_that_changes_is_heard_of_in_every_way() {
    let _turn = turn();
    let url = network().ws_url();
    let url = url.as_str();
    let market = address::market(BTC);
    let (one, changes) = PubsubClient::account_subscribe(url, &market, Some(accounts())).unwrap();
    let config = RpcProgramAccountsConfig { account_config: accounts(), ..RpcProgramAccountsConfig::default() };
    let (two, programs) = PubsubClient::program_subscribe(url, &PROGRAM_ID, Some(config)).unwrap();
    let filter = RpcTransactionLogsFilter::Mentions(vec![PROGRAM_ID.to_string()]);
    let commitment = Some(CommitmentConfig::processed());
    let (three, logs) = PubsubClient::logs_subscribe(url, filter, RpcTransactionLogsConfig { commitment }).unwrap();
    let (four, slots) = PubsubClient::slot_subscribe(url).unwrap();
    let (five, prices) = PubsubClient::account_subscribe(url, &btc_price(), Some(accounts())).unwrap();

    network().advance(1).unwrap();
    let refresh = Refresh { market: BTC, price: btc_price() };
    let keeper = &network().keys.keeper;
    let receipt = client().send(&[refresh.instruction()], &[keeper], &SendOptions::default()).unwrap();

    assert_eq!(changes.recv_timeout(PATIENCE).unwrap().value.owner, PROGRAM_ID.to_string());
    assert_eq!(programs.recv_timeout(PATIENCE).unwrap().value.pubkey, market.to_string());
    let logged = logs.recv_timeout(PATIENCE).unwrap().value;
    assert_eq!(logged.signature, receipt.signature.to_string());
    let (first, second) = (slots.recv_timeout(PATIENCE).unwrap().slot, slots.recv_timeout(PATIENCE).unwrap().slot);
    assert!(second > first);
    prices.recv_timeout(PATIENCE).unwrap();
    // A signature is subscribed to before it is sent, as its client takes no notice ahead of the subscription's answer.
    let blockhash = rpc().get_latest_blockhash().unwrap();
    let payer = Some(keeper.pubkey());
    let signed = Transaction::new_signed_with_payer(&[refresh.instruction()], payer.as_ref(), &[keeper], blockhash);
    let config = RpcSignatureSubscribeConfig { commitment: Some(CommitmentConfig::confirmed()), ..Default::default() };
    let (six, signatures) = PubsubClient::signature_subscribe(url, &signed.signatures[0], Some(config)).unwrap();
    rpc().send_transaction(&signed).unwrap();
    signatures.recv_timeout(PATIENCE).unwrap();
    // This client's subscriptions wait for their next message when they are dropped, and some have none to come.
    std::mem::forget((one, two, three, four, five, six));
}
