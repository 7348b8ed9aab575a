//! The clock: the wall's, travelled, stopped; and the prices that follow it.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keel_localnet::{Localnet, Options, Prices};
use keel_sdk::pyth;
use serde_json::{Value, json};
use solana_commitment_config::CommitmentConfig;
use solana_pubkey::Pubkey;
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;

const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");

fn start(prices: Prices) -> (Localnet, RpcClient) {
    let network = Localnet::start(&Options { bare: true, prices, ..Options::new().unwrap() }).unwrap();
    let rpc = RpcClient::new_with_commitment(network.rpc_url(), CommitmentConfig::processed());
    (network, rpc)
}

/// The chain's unix time.
fn unix(rpc: &RpcClient) -> i64 {
    i64::from_le_bytes(rpc.get_account(&CLOCK).unwrap().data[32..40].try_into().unwrap())
}

fn wall() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed()
}

fn published(network: &Localnet, rpc: &RpcClient) -> i64 {
    pyth::sample(&rpc.get_account(&network.prices()[0].account).unwrap().data).unwrap().publish_time
}

fn asked(rpc: &RpcClient, method: &'static str, parameters: Value) -> Value {
    rpc.send(RpcRequest::Custom { method }, parameters).unwrap()
}

#[test]
fn it_follows_the_wall_clock_and_slots_pass() {
    let (network, rpc) = start(Prices::Fixed);
    let first = rpc.get_slot().unwrap();
    for _ in 0..8 {
        thread::sleep(Duration::from_millis(250));
        let (chain, wall) = (unix(&rpc), wall());
        assert!((wall - chain).abs() <= 1, "{chain} at {wall}");
        assert!((chain - published(&network, &rpc)).abs() <= 1);
    }
    let slots = rpc.get_slot().unwrap() - first;
    assert!((4..=6).contains(&slots), "{slots} slots in two seconds");
}

#[test]
fn whoever_travels_finds_prices_of_the_new_time() {
    let (network, rpc) = start(Prices::Fixed);
    let (before, slot) = (unix(&rpc), rpc.get_slot().unwrap());
    network.advance(3_600).unwrap();
    let after = unix(&rpc);
    assert!((3_600..=3_602).contains(&(after - before)), "{}", after - before);
    assert!((after - published(&network, &rpc)).abs() <= 1);
    assert!(rpc.get_slot().unwrap() >= slot + 9_000 - 5);

    // The same, asked for over RPC by whoever has nothing but the URL.
    let target = (after + 86_400) * 1_000;
    asked(&rpc, "surfnet_timeTravel", json!([{ "absoluteTimestamp": target }]));
    assert!((unix(&rpc) - after - 86_400).abs() <= 1);
    assert!((unix(&rpc) - published(&network, &rpc)).abs() <= 1);
    thread::sleep(Duration::from_millis(2_100));
    let since = unix(&rpc) - after - 86_400;
    assert!((1..=3).contains(&since), "{since} seconds in 2.1");
}

#[test]
fn a_clock_that_is_stopped_stands_and_goes_on() {
    let (network, rpc) = start(Prices::Fixed);
    asked(&rpc, "surfnet_pauseClock", json!([]));
    let stood = unix(&rpc);
    thread::sleep(Duration::from_millis(2_200));
    assert!(unix(&rpc) - stood <= 1);
    let standing = unix(&rpc);
    network.advance(100).unwrap();
    assert!((unix(&rpc) - standing - 100).abs() <= 1);
    asked(&rpc, "surfnet_resumeClock", json!([]));
    let resumed = unix(&rpc);
    thread::sleep(Duration::from_millis(2_200));
    assert!((1..=3).contains(&(unix(&rpc) - resumed)));
}

#[test]
fn a_walk_is_the_same_for_the_same_seed() {
    let seen = |seed: u64, looks: u32| {
        let (network, _) = start(Prices::Walk { seed });
        let look = |_| {
            thread::sleep(Duration::from_millis(30));
            network.price("SOL").unwrap().to_bits()
        };
        (0..looks).map(look).collect::<std::collections::BTreeSet<u64>>()
    };
    let (some, more, others) = (seen(7, 50), seen(7, 120), seen(8, 50));
    assert!(some.len() >= 3);
    assert!(some.is_subset(&more));
    assert!(some.intersection(&others).count() <= 1);
}

#[test]
fn a_file_is_played_and_the_others_move_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minutes.csv");
    std::fs::write(&path, "unix_time,open,high,low,close,volume\n0,1,1,1,20000,1\n3600,1,1,1,10000,1\n").unwrap();
    let (network, _) = start(Prices::File { path: path.clone(), speed: 60.0 });
    assert!((network.price("BTC").unwrap() - 20_000.0).abs() < 400.0);
    // Half a minute is half of the hour that the file has.
    network.advance(30).unwrap();
    thread::sleep(Duration::from_millis(900));
    let (btc, sol) = (network.price("BTC").unwrap(), network.price("SOL").unwrap());
    assert!((14_000.0..15_100.0).contains(&btc), "{btc}");
    assert!((sol / 150.0 - btc / 20_000.0).abs() < 0.02, "{sol} beside {btc}");
    network.advance(3_600).unwrap();
    thread::sleep(Duration::from_millis(900));
    assert_eq!(network.price("BTC").unwrap(), 10_000.0);

    std::fs::write(&path, "0,1,1,1,20000,1\n0,1,1,1,10000,1\n").unwrap();
    let options = Options { bare: true, prices: Prices::File { path, speed: 1.0 }, ..Options::new().unwrap() };
    assert!(Localnet::start(&options).err().unwrap().to_string().contains("line 2"));
}
