//! The exchange's lookup table: made on the network, loaded, and worth its bytes.

use keel_client::message::{self, Budget};
use keel_client::{ClientError, SendOptions, tables};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_sdk::address;
use solana_signer::Signer;

use crate::ground::{BITCOIN, BTC, Ground};

const BUDGET: Budget = Budget { units: 200_000, price: 0 };

#[test]
fn the_exchange_has_a_table_that_makes_trades_smaller() {
    let ground = Ground::start();
    let (client, alice) = (&ground.client, ground.alice());
    let wanted = client.wait(tables::wanted(client.nonblocking())).unwrap();
    let market = client.market(BTC).unwrap();
    for address in [address::exchange(), address::market(BTC), tables::price_account(&market).unwrap(), address::pool()]
    {
        assert!(wanted.contains(&address), "{address}");
    }
    assert!(wanted.contains(&address::vault(&ground.network.mint())));
    for array in [-2, 1] {
        assert!(wanted.contains(&address::tick_array(BTC, array)), "a range ends in array {array}");
    }
    assert!(wanted.len() <= 256);

    let slot = client.wait(async { Ok(client.nonblocking().rpc().get_slot().await?) }).unwrap();
    let (create, table) = tables::create(&alice.pubkey(), &alice.pubkey(), slot);
    let missing = client.wait(tables::load(client.nonblocking(), &table)).unwrap_err();
    assert!(matches!(missing, ClientError::NoTable(address) if address == table));
    ground.send(&[create], alice).unwrap();
    for extend in tables::extend(&table, &alice.pubkey(), &alice.pubkey(), &wanted) {
        ground.send(&[extend], alice).unwrap();
    }
    // What was added in a slot is usable from the next.
    let loaded = loop {
        let loaded = client.wait(tables::load(client.nonblocking(), &table)).unwrap();
        if loaded.addresses.len() == wanted.len() {
            break loaded;
        }
    };
    assert_eq!(loaded.addresses, wanted);

    let trade = ground.order(alice, Side::Buy, Exact::Base(BITCOIN / 10));
    let built = ground.built(&trade);
    let size = |tables: &[_]| {
        let message =
            message::compile(&alice.pubkey(), std::slice::from_ref(&built), BUDGET, tables, Default::default())
                .unwrap();
        message::bytes(&message::unsigned(message).unwrap())
    };
    let (with, without) = (size(std::slice::from_ref(&loaded)), size(&[]));
    assert!(with + 50 < without, "{with} of {without}");
    let options = SendOptions { tables: vec![loaded], ..SendOptions::default() };
    client.send(&[built], &[alice], &options).unwrap();
    assert!(client.margin_account(&trade.account).unwrap().0.position(BTC).unwrap().base > 0);
}
