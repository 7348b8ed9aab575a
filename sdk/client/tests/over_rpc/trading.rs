//! Trading: what was quoted is what is filled, and refusals carry the engine's own words.

use core::time::Duration;
use std::thread;

use keel_client::price::Pushed;
use keel_client::{ClientError, SendOptions};
use keel_engine::curve::Exact;
use keel_engine::{Error, Side};
use keel_sdk::events::Event;
use solana_instruction::Instruction;
use solana_signer::Signer;

use crate::ground::{BITCOIN, BTC, Ground, dollars, transfer};

/// A trade beyond what the account's margin bears.
const TOO_MUCH: Exact = Exact::Base(80 * BITCOIN);

#[test]
fn what_was_quoted_is_what_is_filled() {
    let ground = Ground::start();
    ground.network.pause_clock();
    // Clock and price of the second that stands are on their way.
    let stands = || {
        let (unix, price) = (ground.network.unix(), ground.price(&Pushed::default()));
        ground.client.now().unwrap().unix >= unix && price.is_ok_and(|price| price.sample.publish_time >= unix)
    };
    let looks = (0..250).take_while(|_| !stands()).inspect(|_| thread::sleep(Duration::from_millis(20))).count();
    assert!(looks < 250, "the standing second has no price");
    // A publisher posts a second's price again with another average: from here on it is silent, too.
    ground.network.withhold_price("BTC", true).unwrap();
    let alice = ground.alice();
    let mut generator = 0x9e37_79b9_u64;
    for number in 0..40 {
        generator = generator.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let part = generator >> 40;
        let side = if generator >> 33 & 1 == 0 { Side::Buy } else { Side::Sell };
        let exact = match generator >> 34 & 1 {
            0 => Exact::Base(BITCOIN / 100 + part),
            _ => Exact::Quote(dollars(1_000) + part),
        };
        let trade = ground.order(alice, side, exact);
        let quote = ground.client.quote_trade(&trade, None).unwrap();
        let receipt = ground.send(&[ground.built(&trade)], alice).unwrap();
        assert!(receipt.is_complete && receipt.units > 0 && receipt.fee >= 5_000);
        let [Event::Traded(traded)] = receipt.events[..] else { panic!("{:?}", receipt.events) };
        let told = (quote.fill.base, quote.fill.quote, quote.fill.fee, quote.market.sqrt_price.get());
        assert_eq!((traded.base, traded.quote, traded.fee, traded.sqrt_price.get()), told, "trade {number}");
        let (state, _) = ground.client.margin_account(&trade.account).unwrap();
        assert_eq!(state, quote.account, "trade {number}");
    }
}

#[test]
fn a_posted_price_is_taken_and_a_stale_one_refused_before_anything_is_sent() {
    let ground = Ground::start();
    let priced = ground.price(&Pushed::default()).unwrap();
    let trade = ground.order(ground.alice(), Side::Buy, Exact::Base(BITCOIN / 10));
    assert_eq!(priced.account, trade.price);
    let quote = ground.client.quote_trade(&trade, Some(&priced.sample)).unwrap();
    let receipt = ground
        .client
        .send_priced(&[ground.built(&trade)], &priced, &[ground.alice()], &SendOptions::default())
        .unwrap();
    assert_eq!(receipt.unreclaimed, None);
    assert!(quote.fill.base > 0);

    ground.network.withhold_price("BTC", true).unwrap();
    ground.network.advance(30).unwrap();
    let stale = ground.price(&Pushed::default()).unwrap_err();
    assert_eq!(stale.refusal(), Some(Error::PriceStale), "{stale}");
    let nobody = Pushed { shard: 7 };
    assert!(matches!(ground.price(&nobody), Err(ClientError::Sdk(keel_sdk::SdkError::Missing(_)))));
}

#[test]
fn the_exchange_refuses_in_its_own_words() {
    let ground = Ground::start();
    let alice = ground.alice();
    let trade = ground.order(alice, Side::Buy, TOO_MUCH);
    let quoted = ground.client.quote_trade(&trade, None).map(|quote| quote.fill).unwrap_err();
    assert_eq!(quoted.refusal(), Some(Error::InsufficientMargin));
    let built = ground.built(&trade);
    // In front of it stands something that succeeds: the place is the trade's.
    let instructions = [transfer(&alice.pubkey(), &alice.pubkey(), 1), built];
    let simulated = ground.send(&instructions, alice).unwrap_err();
    let blind = SendOptions { simulate: false, priority_fee_micro_lamports: 1_000, ..SendOptions::default() };
    let balance = || ground.client.accounts(&[alice.pubkey()]).unwrap()[0].as_ref().unwrap().lamports;
    let before = balance();
    let landed = ground.client.send(&instructions, &[alice], &blind).unwrap_err();
    assert!(balance() < before, "it was executed, and cost a fee");
    for refused in [simulated, landed] {
        let ClientError::Program { instruction, error, ref logs } = refused else { panic!("{refused}") };
        assert_eq!((instruction, Some(error)), (1, quoted.refusal()));
        assert!(!logs.is_empty());
        let text = refused.to_string();
        let code = keel_sdk::error::to_code(error).to_string();
        assert!(text.contains(error.message()) && text.contains(&code) && text.contains(error.name()), "{text}");
    }
    assert!(ground.client.margin_account(&trade.account).unwrap().0.position(BTC).is_err(), "nothing was changed");
}

#[test]
fn what_others_refuse_is_not_taken_for_the_exchange() {
    let ground = Ground::start();
    let alice = ground.alice();
    let poor = transfer(&alice.pubkey(), &ground.network.keys.bob.pubkey(), u64::MAX / 2);
    let refused = ground.send(&[transfer(&alice.pubkey(), &alice.pubkey(), 1), poor], alice).unwrap_err();
    let ClientError::Transaction { instruction: Some(1), .. } = refused else { panic!("{refused:?}") };
    assert_eq!(refused.refusal(), None);
    let nobody = ground.client.send(&[], &[], &SendOptions::default()).unwrap_err();
    assert!(matches!(nobody, ClientError::NoPayer));
    let unsigned = transfer(&ground.network.keys.bob.pubkey(), &alice.pubkey(), 1);
    assert!(matches!(ground.send(&[unsigned], alice), Err(ClientError::Signer(_))));
    let huge: Vec<_> =
        (0..40).map(|_| transfer(&alice.pubkey(), &solana_keypair::Keypair::new().pubkey(), 1)).collect();
    assert!(matches!(ground.send(&huge, alice), Err(ClientError::TooLarge { bytes }) if bytes > 1_232));
}

#[test]
fn what_follows_an_action_is_left_out_where_it_does_not_fit() {
    let ground = Ground::start();
    let alice = ground.alice();
    let mut priced = ground.price(&Pushed::default()).unwrap();
    let own = transfer(&alice.pubkey(), &alice.pubkey(), 1);
    priced.after = vec![Instruction { data: vec![0; 1_100], ..own.clone() }];
    priced.before = vec![own];
    let send = |exact| {
        let trade = ground.order(alice, Side::Buy, exact);
        ground.client.send_priced(&[ground.built(&trade)], &priced, &[alice], &SendOptions::default())
    };
    let receipt = send(Exact::Base(BITCOIN / 10)).unwrap();
    assert_eq!((receipt.unreclaimed, receipt.events.len()), (Some(priced.account), 1));
    // The place is the one among the action's instructions.
    let refused = send(TOO_MUCH).unwrap_err();
    let expected = matches!(refused, ClientError::Program { instruction: 0, error: Error::InsufficientMargin, .. });
    assert!(expected, "{refused}");
}
