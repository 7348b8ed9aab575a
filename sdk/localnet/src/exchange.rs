//! The exchange is set up and launched as its genesis says: by a deployment's plan, in transactions over the network's own
//! JSON-RPC, with the admin's key.

use core::ops::ControlFlow;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use keel_deploy::{Keys as DeployKeys, Plan, Progress, Request};
use keel_simulator::genesis::Genesis;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;

use crate::collateral;
use crate::keys::Keys;

/// Sets the exchange up. `told` hears a line for each step. Errors with the step that was refused.
pub fn launch(url: &str, genesis: &Genesis, keys: &Keys, told: &mut (dyn FnMut(&str) + Send)) -> Result<()> {
    let mut genesis = genesis.clone();
    // Keys that the network makes itself.
    genesis.deployment.quote_mint = Some(keys.mint.pubkey().to_string());
    genesis.deployment.guardian = Some(keys.guardian.pubkey().to_string());
    for bank in &mut genesis.banks {
        bank.mint = Some(collateral::mint(keys, &bank.name)?.to_string());
    }
    let signers = DeployKeys::new(keys.admin.insecure_clone());
    let request = Request::new(genesis, signers.addresses(), None);
    let work = || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let rpc = RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::confirmed());
            let plan = Plan::make(&rpc, &request).await?;
            let mut listener = |line: &str| {
                told(line);
                ControlFlow::Continue(())
            };
            let done = plan.apply(&rpc, &signers, &mut Progress::new(&mut listener)).await?;
            ensure!(done.is_complete() && done.is_launched, "the exchange was not launched:\n{done}");
            Ok(())
        })
    };
    // On a thread of its own, whatever context the caller is in.
    let done = thread::scope(|scope| scope.spawn(work).join());
    done.map_err(|_| anyhow!("setting up the exchange ended in a panic"))?.context("the exchange cannot be set up")
}
