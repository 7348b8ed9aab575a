//! What there is on the network before anybody does anything.

use keel_localnet::{Localnet, Options};
use keel_sdk::address::{self, PROGRAM_ID, TOKEN_PROGRAM, UPGRADEABLE_LOADER, token_account};
use solana_signer::Signer;

use crate::scene::{network, rpc};

#[test]
fn tells_its_version_and_which_network_it_is() {
    let rpc = rpc();
    rpc.get_health().unwrap();
    assert!(!rpc.get_version().unwrap().solana_core.is_empty());
    assert_eq!(rpc.get_genesis_hash().unwrap().to_string(), network().genesis_hash());
}

#[test]
fn gives_every_key_lamports_and_traders_usdc() {
    let (rpc, network) = (rpc(), network());
    for (name, address) in network.keys.addresses().into_iter().filter(|(name, _)| *name != "mint") {
        assert!(rpc.get_balance(&address).unwrap() > 9_000_000_000_000, "{name}");
    }
    let carol = token_account(&network.keys.carol.pubkey(), &network.mint());
    assert_eq!(rpc.get_token_account_balance(&carol).unwrap().ui_amount, Some(10_000_000.0));
}

#[test]
fn the_mint_is_a_plain_token_that_the_faucet_may_make() {
    let (rpc, network) = (rpc(), network());
    let mint = rpc.get_account(&network.mint()).unwrap();
    assert_eq!(mint.owner, TOKEN_PROGRAM);
    assert_eq!((mint.data.len(), &mint.data[4..36]), (82, network.keys.faucet.pubkey().as_ref()));
    let supply = rpc.get_token_supply(&network.mint()).unwrap();
    assert_eq!((supply.decimals, supply.amount.as_str()), (6, "140000000000000"));
}

#[test]
fn the_program_is_upgradeable_by_the_admin_alone() {
    let rpc = rpc();
    let program = rpc.get_account(&PROGRAM_ID).unwrap();
    assert!(program.executable);
    assert_eq!((program.owner, &program.data[4..36]), (UPGRADEABLE_LOADER, address::program_data().as_ref()));
    let data = rpc.get_account(&address::program_data()).unwrap();
    assert_eq!(data.owner, UPGRADEABLE_LOADER);
    assert_eq!((data.data[12], &data.data[13..45]), (1, network().keys.admin.pubkey().as_ref()));
    assert_eq!(data.data[45..], std::fs::read(keel_simulator::program::path()).unwrap());
}

#[test]
fn two_networks_live_side_by_side_and_are_told_apart() {
    let other = Localnet::start(&Options { bare: true, ..Options::new().unwrap() }).unwrap();
    assert_ne!(other.rpc_url(), network().rpc_url());
    assert_ne!(other.genesis_hash(), network().genesis_hash());
    let rpc = solana_rpc_client::rpc_client::RpcClient::new(other.rpc_url());
    assert_eq!(rpc.get_genesis_hash().unwrap().to_string(), other.genesis_hash());
    // It is bare: prices, but no program.
    assert!(rpc.get_account(&PROGRAM_ID).is_err());
    assert_eq!(rpc.get_account(&other.prices()[0].account).unwrap().owner, keel_sdk::pyth::RECEIVER);
    let url = other.rpc_url();
    other.stop().unwrap();
    let address = url.trim_start_matches("http://");
    assert!(std::net::TcpListener::bind(address).is_ok(), "its port is not free again");
}

#[test]
fn a_port_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = Options { bare: true, rpc_port: Some(port), ..Options::new().unwrap() };
    let error = Localnet::start(&options).err().unwrap();
    assert!(error.to_string().contains(&format!("{port} is in use")), "{error:#}");
}

#[tokio::test]
async fn starts_and_is_driven_in_an_asynchronous_context() {
    let other = Localnet::start(&Options { launched: false, ..Options::new().unwrap() }).unwrap();
    other.advance(60).unwrap();
    other.set_price("BTC", 61_000.0).unwrap();
    assert_eq!(other.price("BTC").unwrap(), 61_000.0);
    other.stop().unwrap();
}
