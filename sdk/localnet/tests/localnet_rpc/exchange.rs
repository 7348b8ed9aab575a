//! The exchange: launched as the genesis says, priced, traded on, and sound.

use std::collections::BTreeMap;

use keel_client::{Pushed, SendOptions};
use keel_engine::Side;
use keel_engine::collateral::weight_ppm;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::Refresh;
use keel_sdk::pyth;
use keel_simulator::{audit, dump};
use solana_pubkey::Pubkey;
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
fn banks_are_listed_count_at_once_and_everybody_holds_their_tokens() {
    let (client, network, rpc) = (client(), network(), rpc());
    let banks: Vec<_> = client.banks().unwrap().into_iter().map(|(_, bank)| bank).collect();
    let tokens = network.banks().unwrap();
    let told: Vec<_> = tokens.iter().map(|token| (token.name.as_str(), token.bank, token.decimals)).collect();
    assert_eq!(told, [("SOL", 1, 9), ("YUSD", 2, 6)]);
    assert_eq!(banks.len(), 3);
    let now = client.now().unwrap();
    for (bank, token) in banks.iter().skip(1).zip(&tokens) {
        assert_eq!((Pubkey::from(bank.mint), bank.index, bank.open), (token.mint, token.bank, 1));
        assert_eq!(token.account, pyth::feed_account(0, &bank.feed_id));
        assert!(bank.haircut_ppm >= 800_000 && weight_ppm(bank, now) == bank.haircut_ppm, "{}", token.name);
        for (key, least) in [(&network.keys.alice, 1_000_000.0), (&network.keys.lp, 10_000_000.0)] {
            let held = rpc.get_token_account_balance(&address::token_account(&key.pubkey(), &token.mint)).unwrap();
            let worth = held.ui_amount.unwrap() * token.usd;
            assert!(worth <= least && worth > least * 0.99, "{worth} of {}", token.name);
        }
    }
    // What stands in the price accounts is taken, the rate too.
    let receipt =
        client.refresh_bank(&tokens[1].mint, &Pushed::default(), &network.keys.carol, &SendOptions::default());
    assert!(!receipt.unwrap().events.is_empty());
    let dollar = client.bank(&tokens[1].mint).unwrap();
    let usd = dollar.price.bits as f64 / 2f64.powi(48);
    assert!((usd - 1.05).abs() < 0.01, "{usd} USD for a token that can be exchanged for 1.05 dollars");
    assert!(tokens[0].rate.is_none() && tokens[1].rate.is_some());
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
    let (client, rpc) = (client(), rpc());
    liquidity(&client);
    let ours = client.program_accounts().unwrap();
    let mut accounts: BTreeMap<_, _> = ours.into_iter().map(|(at, data)| (at, (PROGRAM_ID, data))).collect();
    let vaults = client.banks().unwrap().into_iter().map(|(_, bank)| Pubkey::from(bank.vault));
    for at in vaults.chain([address::share_mint(), address::share_vault()]) {
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
