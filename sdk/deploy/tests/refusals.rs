//! What is refused, each by a sentence that says what to do, and with nothing changed.

mod network;

use keel_deploy::{Program, Request};
use keel_sdk::pyth;
use keel_simulator::genesis::Genesis;
use network::{Network, marked, network, stranger};
use solana_pubkey::Pubkey;
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;

/// Asks for what a change makes of the local network's request; it is refused by a sentence with these words.
async fn refused(network: &Network, words: &str, change: impl FnOnce(&mut Request)) {
    let mut request = network.request(network.genesis(), None);
    change(&mut request);
    let before = network.everything().await;
    let plan = network.plan(&request).await;
    assert!(plan.refusals.iter().any(|refusal| refusal.contains(words)), "wanted `{words}`:\n{plan}");
    let (applied, lines) = network.apply(&request, &network.keys()).await;
    let error = applied.err().unwrap_or_else(|| panic!("`{words}` was applied"));
    assert!(format!("{error:#}").contains(words) && lines.is_empty(), "{error:#}");
    assert_eq!(network.everything().await, before, "{words}: something changed");
}

/// The request as it would have to be on mainnet, which this network poses as: nothing of it is refused but what a test
/// adds.
fn as_mainnet(genesis: &mut Genesis, hash: &str, program_sha256: &str) {
    let multisig =
        || Some(Pubkey::find_program_address(&[b"multisig"], &Pubkey::new_from_array([9; 32])).0.to_string());
    genesis.cluster = "mainnet".to_owned();
    genesis.deployment.genesis_hash = Some(hash.to_owned());
    genesis.deployment.program_sha256 = Some(program_sha256.to_owned());
    genesis.deployment.admin = multisig();
    genesis.deployment.upgrade_authority = multisig();
    genesis.deployment.insurance_usd = 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_says_what_to_do_and_changes_nothing() {
    let network = network();
    let set = |text: &str| Some(text.to_owned());
    let n = &network;

    // The cluster and the program.
    refused(n, "this is another cluster", |r| {
        r.genesis.deployment.genesis_hash = set("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG")
    })
    .await;
    refused(n, "genesis_hash is not set", |r| r.genesis.cluster = "devnet".to_owned()).await;
    refused(n, "announced was ab", |r| r.genesis.deployment.program_sha256 = set("ab")).await;
    refused(n, "announced was ab", |r| {
        r.genesis.deployment.program_sha256 = set("ab");
        r.program = Some(Program::new(marked(b"newer")).unwrap());
    })
    .await;

    // Keys.
    refused(n, "guardian is not set", |r| r.genesis.deployment.guardian = set("")).await;
    refused(n, "guardian `me` is no address", |r| r.genesis.deployment.guardian = set("me")).await;
    refused(n, "admin is not set", |r| r.genesis.cluster = "devnet".to_owned()).await;
    refused(n, "upgrade_authority is not set", |r| r.genesis.cluster = "devnet".to_owned()).await;
    refused(n, "quote_mint is not set", |r| r.genesis.deployment.quote_mint = None).await;
    refused(n, "there is no mint at", |r| r.genesis.deployment.quote_mint = set(&stranger().pubkey().to_string()))
        .await;
    let admin = n.localnet.keys.admin.pubkey().to_string();
    refused(n, "is no plain SPL token", |r| r.genesis.deployment.quote_mint = set(&admin)).await;

    // Parameters.
    refused(n, "there is no exchange parameter", |r| set_exchange(r, "speed", 1)).await;
    refused(n, "`timelock_secs` is 60", |r| set_exchange(r, "timelock_secs", 60)).await;
    refused(n, "outside of its bounds", |r| put(&mut r.genesis, "max_crossings", 1_000)).await;
    refused(n, "break the solvency envelope", |r| put(&mut r.genesis, "mmr_ppm", 49_000)).await;
    refused(n, "the genesis file lists no market", |r| r.genesis.markets.clear()).await;
    refused(n, "tick_arrays is empty", |r| r.genesis.markets[0].tick_arrays.clear()).await;
    refused(n, "the pool's strategies together", |r| strategy(&mut r.genesis).weight_ppm = 900_000).await;
    refused(n, "BTC: the pool's strategy is refused", |r| strategy(&mut r.genesis).leverage_ppm = 60_000_000).await;

    // Prices.
    refused(n, "there is no price account", |r| r.genesis.deployment.push_shard = 7).await;
    refused(n, "not to the receiver", |r| r.genesis.markets[0].price_owner = set(&admin)).await;
    let other = pyth::feed_account(0, &n.genesis().markets[1].feed().unwrap()).to_string();
    refused(n, "another feed", |r| r.genesis.markets[0].price_account = set(&other)).await;

    // What only a real network asks for.
    let hash = n.rpc.get_genesis_hash().await.unwrap().to_string();
    let deployed = Program::new(marked(b"older")).unwrap();
    let sha256 = deployed.sha256();
    refused(n, "insurance_usd is 0", |r| {
        as_mainnet(&mut r.genesis, &hash, sha256);
        r.genesis.deployment.insurance_usd = 0;
    })
    .await;
    refused(n, "the insurance lacks 1 USD", |r| as_mainnet(&mut r.genesis, &hash, sha256)).await;
    refused(n, "program_sha256 is not set", |r| {
        as_mainnet(&mut r.genesis, &hash, sha256);
        r.genesis.deployment.program_sha256 = None;
    })
    .await;
    refused(n, "guardian and admin are the same key", |r| {
        as_mainnet(&mut r.genesis, &hash, sha256);
        r.genesis.deployment.guardian = r.genesis.deployment.admin.clone();
    })
    .await;
    refused(n, "admin is a plain key", |r| {
        as_mainnet(&mut r.genesis, &hash, sha256);
        r.genesis.deployment.admin = set(&admin);
    })
    .await;
    refused(n, "upgrade_authority is a plain key", |r| {
        as_mainnet(&mut r.genesis, &hash, sha256);
        r.genesis.deployment.upgrade_authority = set(&admin);
    })
    .await;
    refused(n, "on mainnet it is at least 172800", |r| {
        as_mainnet(&mut r.genesis, &hash, sha256);
        r.genesis.exchange.insert("timelock_secs".to_owned(), 86_400);
    })
    .await;
    refused(n, "every market pays for its insurance", |r| {
        as_mainnet(&mut r.genesis, &hash, sha256);
        put(&mut r.genesis, "insurance_share_ppm", 0);
        put(&mut r.genesis, "treasury_share_ppm", 200_000);
    })
    .await;

    // A plain key that is allowed is no reason any more.
    let mut request = n.request(n.genesis(), None);
    as_mainnet(&mut request.genesis, &hash, sha256);
    request.genesis.deployment.admin = set(&admin);
    request.allow_single_key = true;
    let plan = n.plan(&request).await;
    assert!(!plan.refusals.iter().any(|refusal| refusal.contains("plain key")), "{plan}");

    // A feed that nobody pushes any more.
    n.localnet.withhold_price("ETH", true).unwrap();
    n.localnet.advance(400).unwrap();
    refused(n, "is stale: its update is", |_| ()).await;
    n.localnet.withhold_price("ETH", false).unwrap();
    n.localnet.advance(1).unwrap();

    // A deployer who could not pay for all of it.
    let poor = serde_json::json!([n.localnet.keys.admin.pubkey().to_string(), { "lamports": 1_000_000 }]);
    let set_account = RpcRequest::Custom { method: "surfnet_setAccount" };
    let _done: serde_json::Value = n.rpc.send(set_account, poor).await.unwrap();
    refused(n, "bring more", |_| ()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_changes_is_refused_once_a_market_is_listed() {
    let network = network();
    let n = &network;
    n.launched().await;
    refused(n, "its name", |r| r.genesis.markets.swap(0, 1)).await;
    refused(n, "its feed", |r| r.genesis.markets[0].feed_id = "11".repeat(32)).await;
    refused(n, "its price_owner", |r| r.genesis.markets[0].price_owner = Some(stranger().pubkey().to_string())).await;
    refused(n, "its tick_spacing", |r| put(&mut r.genesis, "tick_spacing", 4)).await;
    refused(n, "another quote currency", |r| {
        r.genesis.deployment.quote_mint = Some(stranger().pubkey().to_string());
    })
    .await;
}

fn set_exchange(request: &mut Request, name: &str, value: u64) {
    request.genesis.exchange.insert(name.to_owned(), value);
}

fn put(genesis: &mut Genesis, name: &str, value: u64) {
    let value = serde_json::from_value(value.into()).unwrap();
    genesis.markets[0].params.insert(name.to_owned(), value);
}

fn strategy(genesis: &mut Genesis) -> &mut keel_simulator::genesis::StrategyGenesis {
    genesis.markets[0].pool.as_mut().unwrap()
}
