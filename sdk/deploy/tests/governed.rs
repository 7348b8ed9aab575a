//! After the launch: what differs from the file is queued, waits for the timelock, and is executed; keys are handed
//! over.

mod network;

use keel_deploy::{Plan, State};
use keel_engine::state::{Bank, Exchange, Market};
use keel_sdk::accounts::{Stored, decode};
use keel_sdk::address;
use network::{Network, network};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The timelock of the local network: the default, two days.
const TIMELOCK_SECS: u64 = 172_800;

async fn state<T: Stored>(network: &Network, at: Pubkey) -> T {
    decode(&network.rpc.get_account_data(&at).await.unwrap()).unwrap()
}

fn waiting(plan: &Plan) -> Vec<&str> {
    let waits = plan.steps.iter().filter(|step| matches!(step.state, State::Waits { .. }));
    waits.map(|step| step.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_queued_waits_and_is_executed() {
    let network = network();
    let mut request = network.launched().await;
    let genesis = &mut request.genesis;
    genesis.exchange.insert("max_pause_secs".to_owned(), 86_400);
    genesis.exchange.insert("cap_usd".to_owned(), 5_000_000);
    genesis.exchange.insert("reserve_ppm".to_owned(), 60_000);
    genesis.deployment.guardian = Some(network.localnet.keys.carol.pubkey().to_string());
    genesis.markets[0].params.insert("oi_cap_usd".to_owned(), serde_json::from_value(15_000_000.into()).unwrap());
    genesis.markets[1].pool.as_mut().unwrap().weight_ppm = 150_000;
    let mut sixth = genesis.markets[1].clone();
    sixth.name = "SOL2".to_owned();
    sixth.pool = None;
    genesis.markets.push(sixth);

    let plan = network.plan(&request).await;
    assert!(plan.is_launched && plan.refusals.is_empty(), "{plan}");
    let (applied, lines) = network.apply(&request, &network.keys()).await;
    let applied = applied.unwrap_or_else(|error| panic!("{error:#}\n{}", lines.join("\n")));
    let names = [
        "exchange parameters",
        "bank parameters",
        "parameters of BTC",
        "market 6 SOL2",
        "pool parameters",
        "pool in SOL",
        "guardian",
    ];
    assert_eq!(waiting(&applied), names, "{applied}");
    assert_eq!(applied.step("tick arrays of SOL2").unwrap().state, State::Blocked, "{applied}");
    assert!(applied.to_string().contains("queued, executable at 20"), "{applied}");

    // Run again before the time has come, nothing is queued twice.
    let changes = state::<Exchange>(&network, address::exchange()).await.changes;
    let (again, lines) = network.apply(&request, &network.keys()).await;
    assert!(lines.is_empty() && waiting(&again.unwrap()) == names, "{lines:?}");
    assert_eq!(state::<Exchange>(&network, address::exchange()).await.changes, changes);

    network.localnet.advance(TIMELOCK_SECS + 1).unwrap();
    let (applied, lines) = network.apply(&request, &network.keys()).await;
    let applied = applied.unwrap_or_else(|error| panic!("{error:#}\n{}", lines.join("\n")));
    assert!(applied.is_complete(), "{applied}");
    let exchange: Exchange = state(&network, address::exchange()).await;
    assert_eq!((exchange.max_pause_secs, exchange.markets, exchange.changes), (86_400, 6, changes));
    assert_eq!(exchange.guardian, network.localnet.keys.carol.pubkey().to_bytes());
    assert_eq!(state::<Market>(&network, address::market(1)).await.params.oi_cap_usd, 15_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn collateral_is_listed_by_the_timelock_and_its_parameters_by_another() {
    let network = network();
    let mut genesis = network.genesis();
    let second = genesis.banks.pop().unwrap();
    let mint = network.localnet.banks().unwrap()[1].mint;
    let mut request = network.request(genesis, None);
    let (applied, lines) = network.apply(&request, &network.keys()).await;
    assert!(applied.unwrap_or_else(|error| panic!("{error:#}\n{}", lines.join("\n"))).is_complete());

    request.genesis.banks.push(second);
    request.genesis.banks[0].params.insert("cap_usd".to_owned(), 25_000_000);
    let (applied, _) = network.apply(&request, &network.keys()).await;
    let applied = applied.unwrap();
    assert_eq!(waiting(&applied), ["parameters of bank 1 SOL", "bank 2 YUSD"], "{applied}");
    assert_eq!(applied.step("parameters of bank 2 YUSD").unwrap().state, State::Blocked, "{applied}");

    network.localnet.advance(TIMELOCK_SECS + 1).unwrap();
    let (applied, _) = network.apply(&request, &network.keys()).await;
    let applied = applied.unwrap();
    // It is listed and counts nothing; what it is to count is announced.
    assert_eq!(waiting(&applied), ["parameters of bank 2 YUSD"], "{applied}");
    let bank: Bank = state(&network, address::bank(&mint)).await;
    assert_eq!((bank.index, bank.open, bank.haircut_ppm), (2, 1, 0));

    network.localnet.advance(TIMELOCK_SECS + 1).unwrap();
    let (applied, _) = network.apply(&request, &network.keys()).await;
    assert!(applied.unwrap().is_complete());
    let bank: Bank = state(&network, address::bank(&mint)).await;
    assert_eq!((bank.haircut_ppm, bank.weight_from_ppm), (900_000, 0));

    // What never changes is refused by name.
    request.genesis.banks.swap(0, 1);
    let plan = network.plan(&request).await;
    assert!(plan.refusals.iter().any(|refusal| refusal.contains("its number")), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_and_program_are_handed_over() {
    let network = network();
    let alice = network.localnet.keys.alice.pubkey();
    let mut genesis = network.genesis();
    genesis.deployment.admin = Some(alice.to_string());
    genesis.deployment.upgrade_authority = Some("none".to_owned());
    let request = network.request(genesis, None);
    let (applied, lines) = network.apply(&request, &network.keys()).await;
    let applied = applied.unwrap_or_else(|error| panic!("{error:#}\n{}", lines.join("\n")));

    // Everything but what the new admin has to sign.
    let open: Vec<_> = applied.steps.iter().filter(|step| !step.is_done()).map(|step| step.name.as_str()).collect();
    assert_eq!(open, ["admin"], "{applied}");
    assert_eq!(applied.step("admin").unwrap().state, State::Others { signer: alice });
    assert_eq!(applied.deployed.as_ref().unwrap().authority, None);
    let keys = network.keys().with(network.localnet.keys.alice.insecure_clone());
    let mut request = request;
    request.signers = keys.addresses();
    let (applied, _) = network.apply(&request, &keys).await;
    assert!(applied.unwrap().is_complete());
    assert_eq!(state::<Exchange>(&network, address::exchange()).await.admin, alice.to_bytes());

    // The deployer rules no more: what he would change is the new admin's to sign.
    let mut request = network.request(request.genesis.clone(), None);
    request.genesis.exchange.insert("max_pause_secs".to_owned(), 86_400);
    let plan = network.plan(&request).await;
    assert_eq!(plan.step("exchange parameters").unwrap().state, State::Others { signer: alice }, "{plan}");
    assert_eq!(plan.ready().count(), 0, "{plan}");
    // Nobody may replace the program any more.
    request.program = Some(network::program());
    let plan = network.plan(&request).await;
    assert!(plan.refusals.iter().any(|refusal| refusal.contains("nobody may replace it")), "{plan}");
}
