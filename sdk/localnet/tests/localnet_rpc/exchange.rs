//! The exchange: launched as the genesis says, priced, traded on, and sound.

use std::collections::BTreeMap;

use keel_client::SendOptions;
use keel_engine::Side;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::Refresh;
use keel_sdk::pyth;
use keel_simulator::{audit, dump};
use solana_signer::Signer;

use crate::scene::{BTC, THOUSAND, btc_price, client, liquidity, network, open, rpc, trade, turn};

#[test]
fn all_markets_are_listed_priced_and_open_for_deposits() {
    let (client, network) = (client(), network());
    let exchange = client.exchange().unwrap();
    assert_eq!(exchange.admin, network.keys.admin.pubkey().to_bytes());
    assert_eq!(exchange.guardian, network.keys.guardian.pubkey().to_bytes());
    assert_ne!(exchange.launched_at, 0);
    let markets = client.markets().unwrap();
    let names: Vec<_> = markets
        .iter()
        .map(|(_, market)| String::from_utf8_lossy(&market.name).trim_end_matches('\0').to_owned())
        .collect();
    assert_eq!(names, ["BTC", "SOL", "ETH", "PUMP", "NVDA"]);
    for ((number, market), price) in markets.iter().zip(network.prices()) {
        assert_eq!(*number, price.market);
        assert_eq!(price.account, pyth::feed_account(0, &market.feed_id));
        assert_ne!(market.index.bits, 0);
        let account = rpc().get_account(&price.account).unwrap();
        assert_eq!(account.owner, pyth::RECEIVER);
        let sample = pyth::sample(&account.data).unwrap();
        let now = client.now().unwrap().unix;
        assert!((now - sample.publish_time).abs() <= 1, "{}: {} at {now}", price.name, sample.publish_time);
    }
    assert_eq!(client.pool().unwrap().strategies.iter().filter(|strategy| strategy.quotes != 0).count(), 5);
}

#[test]
fn a_price_that_is_set_is_the_markets_index() {
    let _turn = turn();
    let client = client();
    let index = |usd: f64| {
        network().set_price("ETH", usd).unwrap();
        let refresh = Refresh { market: 3, price: network().prices()[2].account };
        client.send(&[refresh.instruction()], &[&network().keys.keeper], &SendOptions::default()).unwrap();
        client.market(3).unwrap().index
    };
    let before = index(3_000.0);
    network().advance(1).unwrap();
    let after = index(2_700.0);
    let ratio = after.bits as f64 / before.bits as f64;
    assert!((ratio - 0.9).abs() < 1e-6, "{ratio}");
    network().set_price("ETH", 3_000.0).unwrap();
    assert!(network().set_price("DOGE", 1.0).unwrap_err().to_string().contains("BTC, SOL, ETH, PUMP, NVDA"));
    assert!(network().set_price("ETH", 0.0).is_err());
}

#[test]
fn deposits_and_trades_are_transactions_like_any_other() {
    let _turn = turn();
    let (client, alice) = (client(), &network().keys.alice);
    liquidity(&client);
    let account = open(&client, alice, 0, 100 * THOUSAND);
    let trade = trade(alice, account, Side::Buy, 10 * THOUSAND);
    let instruction = client.gather(|accounts| trade.instruction(accounts)).unwrap();
    let receipt = client.send(&[instruction], &[alice], &SendOptions::default()).unwrap();
    assert!(!receipt.events.is_empty());
    let (held, _) = client.margin_account(&account).unwrap();
    assert!(held.positions.iter().any(|position| position.market == BTC && position.base > 0));
}

#[test]
fn every_equality_of_the_books_holds() {
    let _turn = turn();
    let (client, rpc, mint) = (client(), rpc(), network().mint());
    liquidity(&client);
    let ours = client.program_accounts().unwrap();
    let mut accounts: BTreeMap<_, _> = ours.into_iter().map(|(at, data)| (at, (PROGRAM_ID, data))).collect();
    for at in [address::vault(&mint), address::share_mint(), address::share_vault()] {
        let account = rpc.get_account(&at).unwrap();
        accounts.insert(at, (account.owner, account.data));
    }
    let findings = audit::check(&dump::books(&accounts).unwrap()).unwrap();
    assert!(findings.equalities > 0);
}

#[test]
fn a_publisher_that_has_gone_leaves_its_last_price_behind() {
    let _turn = turn();
    let account = network().prices()[1].account;
    let published = || pyth::sample(&rpc().get_account(&account).unwrap().data).unwrap().publish_time;
    network().withhold_price("SOL", true).unwrap();
    let last = published();
    network().advance(30).unwrap();
    assert_eq!(published(), last);
    assert_eq!(pyth::sample(&rpc().get_account(&btc_price()).unwrap().data).unwrap().publish_time, network().unix());
    network().withhold_price("SOL", false).unwrap();
    assert!(published() >= last + 30);
}
