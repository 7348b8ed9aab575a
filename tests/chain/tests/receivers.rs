//! Both generations of Pyth's receiver, each pinned by a market of its own, and account data as clusters had it.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keel_chain_tests::refusal::assert_refused;
use keel_chain_tests::world::{SOL_FEED, btc_listing, sol_listing};
use keel_chain_tests::{BTC, World};
use keel_embedded::Exchange;
use keel_embedded::chain::key;
use keel_engine::Error;
use keel_engine::oracle::scale;
use keel_engine::state::Market;
use keel_sdk::address;
use keel_sdk::instructions::{CreateMarket, Refresh};
use keel_sdk::pyth::{PriceUpdate, RECEIVER, Verification};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Stands for the other generation of the receiver: a market trusts whichever program it was listed with.
const OTHER_RECEIVER: Pubkey = Pubkey::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");

#[test]
fn each_market_trusts_the_receiver_that_it_was_listed_with() {
    let mut world = World::new();
    let listing = btc_listing();
    let price = key("price of the other receiver").pubkey();
    let update = |publish_time: i64| PriceUpdate {
        write_authority: [0; 32],
        verification: Verification::Full,
        feed_id: listing.feed_id,
        price: 2_000_000_000_000,
        conf: 100_000_000,
        exponent: -8,
        publish_time,
        prev_publish_time: publish_time,
        ema_price: 2_000_000_000_000,
        ema_conf: 0,
        posted_slot: 0,
    };
    let now = world.unix();
    world.exchange.chain.put_data(&price, &OTHER_RECEIVER, update(now).encode()).unwrap();
    let number = 3;
    let create = |price_owner| {
        let create = CreateMarket {
            admin: world.exchange.admin.pubkey(),
            number,
            price,
            mode: listing.mode,
            price_owner,
            feed_id: listing.feed_id,
            name: listing.name,
            launch_price: listing.launch_price,
            params: listing.params,
        };
        create.instruction()
    };
    let (wrong, right) = (create(RECEIVER), create(OTHER_RECEIVER));
    assert_refused(&mut world, &wrong, Error::OraclePriceOwner);
    world.send(right);
    world.tick();
    let now = world.unix();
    world.exchange.chain.put_data(&price, &OTHER_RECEIVER, update(now).encode()).unwrap();
    world.send(Refresh { market: number, price }.instruction());
    let market: Market = world.exchange.state(&address::market(number)).unwrap();
    assert_eq!((market.index_time, market.price_owner), (now, OTHER_RECEIVER.to_bytes()));

    // Neither takes the other's, although the feed is the same.
    let crossed = Refresh { market: number, price: world.price_account(BTC) }.instruction();
    assert_refused(&mut world, &crossed, Error::OraclePriceOwner);
    let crossed = Refresh { market: BTC, price }.instruction();
    assert_refused(&mut world, &crossed, Error::OraclePriceOwner);
}

/// Account data as read from clusters, with the fields beside it.
#[derive(Debug)]
struct Recorded {
    owner: Pubkey,
    data: Vec<u8>,
    price: i64,
    exponent: i32,
    publish_time: i64,
}

/// The recorded accounts by time of publishing; nothing where the material is not beside the repository.
fn recorded() -> Option<Vec<Recorded>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("KEEL_SHARED").map_or(beside, PathBuf::from);
    let path = folder.join("data/pyth_sol_usd_price_updates.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no recorded price accounts at {} (set KEEL_SHARED)", path.display());
        return None;
    };
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let number = |update: &serde_json::Value, name: &str| update[name].as_i64().unwrap();
    let read = |update: &serde_json::Value| Recorded {
        owner: update["owner"].as_str().unwrap().parse().unwrap(),
        data: STANDARD.decode(update["data_base64"].as_str().unwrap()).unwrap(),
        price: number(update, "price"),
        exponent: i32::try_from(number(update, "exponent")).unwrap(),
        publish_time: number(update, "publish_time"),
    };
    let mut all: Vec<_> = file["updates"].as_array().unwrap().iter().map(read).collect();
    all.sort_by_key(|recorded| recorded.publish_time);
    all.dedup_by_key(|recorded| recorded.publish_time);
    assert!(!all.is_empty());
    Some(all)
}

#[test]
fn recorded_accounts_drive_a_market() {
    let Some(recorded) = recorded() else { return };
    let first = &recorded[0];
    let mut exchange = Exchange::start(first.publish_time).unwrap();
    let price = key("the sponsored feed").pubkey();
    let put = |exchange: &mut Exchange, account: &Recorded| {
        exchange.chain.put_data(&price, &account.owner, account.data.clone()).unwrap();
    };
    put(&mut exchange, first);
    let admin = exchange.admin.insecure_clone();
    let listing = sol_listing();
    let create = CreateMarket {
        admin: admin.pubkey(),
        number: 1,
        price,
        mode: listing.mode,
        price_owner: first.owner,
        feed_id: listing.feed_id,
        name: listing.name,
        launch_price: listing.launch_price,
        params: listing.params,
    };
    exchange.send(&[create.instruction()], &[&admin]).unwrap().unwrap();
    let expected =
        |account: &Recorded| scale(account.price, account.exponent, listing.params.contract_exponent).unwrap();
    let market: Market = exchange.state(&address::market(1)).unwrap();
    assert_eq!((market.index, market.index_time), (expected(first), first.publish_time));
    let feed: String = market.feed_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(feed, SOL_FEED);

    let mut taken = 1;
    for account in recorded[1..].iter().filter(|account| account.owner == first.owner) {
        put(&mut exchange, account);
        exchange.chain.set_time(account.publish_time + 1);
        let refresh = Refresh { market: 1, price }.instruction();
        exchange.send(&[refresh], &[]).unwrap().unwrap();
        let market: Market = exchange.state(&address::market(1)).unwrap();
        assert_eq!((market.index, market.index_time), (expected(account), account.publish_time));
        taken += 1;
    }
    println!("{taken} recorded accounts taken");
}
