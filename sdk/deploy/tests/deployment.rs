//! From an older program and nothing else to a launched exchange, over RPC: at one go, and interrupted everywhere.

mod network;

use keel_deploy::{Deployed, Node, Program, State, verify};
use keel_engine::exchange_params::BankParams;
use keel_engine::state::{Bank, Exchange, Market, Pool};
use keel_sdk::accounts::decode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::pyth;
use network::{marked, network, program};
use solana_signer::Signer;

/// Steps that each run may take before it is interrupted; what is left is what the next run finds.
const MOST_RUNS: usize = 80;

#[tokio::test(flavor = "multi_thread")]
async fn at_one_go_with_the_program_and_then_there_is_nothing_to_do() {
    let network = network();
    let request = network.request(network.genesis(), Some(program()));
    let plan = network.plan(&request).await;
    assert!(plan.refusals.is_empty(), "{plan}");
    assert!(plan.to_string().contains("do     program"), "{plan}");
    assert!(plan.steps.iter().all(|step| step.state == State::Ready || step.is_done()), "{plan}");

    let (applied, lines) = network.apply(&request, &network.keys()).await;
    let applied = applied.unwrap_or_else(|error| panic!("{error:#}\n{}", lines.join("\n")));
    assert!(applied.is_complete(), "{applied}");
    assert!(applied.to_string().contains("nothing to do"), "{applied}");

    let exchange = network.rpc.get_account_data(&address::exchange()).await.unwrap();
    let exchange: Exchange = decode(&exchange).unwrap();
    assert!(exchange.launched_at != 0 && exchange.markets == 5 && exchange.banks == 3);
    assert_eq!(exchange.guardian, network.localnet.keys.guardian.pubkey().to_bytes());
    assert_eq!(exchange.treasury, network.localnet.keys.faucet.pubkey().to_bytes());
    for (number, token) in (1u8..).zip(network.localnet.banks().unwrap()) {
        let bank: Bank = decode(&network.rpc.get_account_data(&address::bank(&token.mint)).await.unwrap()).unwrap();
        let wanted = request.genesis.banks[usize::from(number) - 1].params(number).unwrap();
        assert_eq!((bank.index, bank.open, BankParams::of(&bank)), (number, 1, wanted));
        assert_eq!(token.account, pyth::feed_account(0, &bank.feed_id));
        assert_eq!(token.rate, (number == 2).then(|| pyth::feed_account(0, &bank.rate_feed_id)));
    }
    let market = network.rpc.get_account_data(&address::market(4)).await.unwrap();
    let market: Market = decode(&market).unwrap();
    assert_eq!(market.params.contract_exponent, 5);
    assert_ne!(market.params.skew_scale_base, 0, "what a rule computes is computed");
    let pool: Pool = decode(&network.rpc.get_account_data(&address::pool()).await.unwrap()).unwrap();
    assert_eq!(pool.cooldown_secs, 3_600);
    assert_eq!(pool.strategies.iter().filter(|strategy| strategy.quotes == 1).count(), 5);

    let node = Node::new(&network.rpc);
    let deployed = verify(&node, &PROGRAM_ID, Some(&program()), Some(program().sha256())).await.unwrap();
    assert_eq!(deployed.authority, Some(network.localnet.keys.admin.pubkey()));

    // A second run finds nothing and sends nothing.
    let before = network.everything().await;
    let (again, lines) = network.apply(&request, &network.keys()).await;
    assert!(again.unwrap().is_complete() && lines.is_empty(), "{lines:?}");
    assert_eq!(network.everything().await, before);

    // Another file is an upgrade, and the only thing to do.
    let newer = Program::new(marked(b"newer")).unwrap();
    let upgrade = network.request(network.genesis(), Some(newer.clone()));
    let plan = network.plan(&upgrade).await;
    let open: Vec<_> = plan.steps.iter().filter(|step| !step.is_done()).map(|step| step.name.as_str()).collect();
    assert_eq!(open, ["program"], "{plan}");
    let (applied, lines) = network.apply(&upgrade, &network.keys()).await;
    assert!(applied.unwrap_or_else(|error| panic!("{error:#}\n{}", lines.join("\n"))).is_complete());
    let deployed = Deployed::read(&node, &PROGRAM_ID).await.unwrap().unwrap();
    assert_eq!(deployed.sha256, newer.sha256());
    assert!(verify(&node, &PROGRAM_ID, Some(&program()), None).await.is_err());
    let exchange_after: Exchange = decode(&network.rpc.get_account_data(&address::exchange()).await.unwrap()).unwrap();
    assert_eq!(exchange_after, exchange, "an upgrade leaves the exchange alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_after_each_step_it_goes_on_and_does_none_twice() {
    let network = network();
    let request = network.request(network.genesis(), Some(program()));
    let steps = network.plan(&request).await.ready().count();
    let mut begun: Vec<String> = Vec::new();
    let mut parts_written = Vec::new();
    let mut runs = 0;
    loop {
        runs += 1;
        assert!(runs < MOST_RUNS, "it does not end: {begun:#?}");
        // Each run is interrupted after its first step, and the upload after each batch of its parts.
        let is_last =
            |line: &str| line.starts_with("do ") && !line.contains(" program ") || line.ends_with("parts written");
        let (applied, lines) = network.apply_until(&request, &network.keys(), is_last).await;
        begun.extend(lines.iter().filter(|line| line.starts_with("do ")).map(|line| line[7..31].trim().to_owned()));
        parts_written.extend(lines.iter().filter(|line| line.ends_with("parts written")).cloned());
        match applied {
            Ok(plan) => {
                assert!(plan.is_complete(), "{plan}");
                break;
            }
            Err(error) => assert!(format!("{error:#}").contains("stopped: run it again"), "{error:#}"),
        }
    }
    let uploads = begun.iter().filter(|name| *name == "program").count();
    assert!(uploads > 3, "the upload was interrupted and went on: {begun:?}");
    let mut sorted = parts_written.clone();
    sorted.dedup();
    assert_eq!(sorted.len(), parts_written.len(), "no part was written twice: {parts_written:?}");
    begun.retain(|name| name != "program");
    assert_eq!(begun.len(), steps - 1, "every step was begun once: {begun:?}");
    let exchange: Exchange = decode(&network.rpc.get_account_data(&address::exchange()).await.unwrap()).unwrap();
    // Two banks' parameters, the pool's, five strategies and the treasury.
    assert_eq!((exchange.markets, exchange.changes), (5, 9));
}
