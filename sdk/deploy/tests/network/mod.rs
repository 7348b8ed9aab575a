//! A local network with an older program on it and nothing else, and what a deployment to it asks for.

#![allow(dead_code, reason = "each test file uses its part")]

use std::ops::ControlFlow;

use keel_deploy::{Keys, Plan, Program, Progress, Request};
use keel_localnet::{Localnet, Options};
use keel_sdk::address::PROGRAM_ID;
use keel_simulator::genesis::{self, Genesis};
use keel_simulator::program;
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;
use tempfile::TempDir;

/// A network and how it is reached.
pub struct Network {
    pub localnet: Localnet,
    pub rpc: RpcClient,
    _folder: TempDir,
}

/// The compiled program with bytes behind it: another file, the same program.
pub fn marked(mark: &[u8]) -> Vec<u8> {
    [&program::read(&program::path()).unwrap(), mark].concat()
}

/// The program that is deployed.
pub fn program() -> Program {
    Program::new(marked(b"")).unwrap()
}

/// A network on which somebody has deployed an older program, upgradeable by the admin's key.
pub fn network() -> Network {
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("older.so");
    std::fs::write(&older, marked(b"older")).unwrap();
    let options = Options { launched: false, program: older, ..Options::new().unwrap() };
    let localnet = Localnet::start(&options).unwrap();
    let rpc = RpcClient::new_with_commitment(localnet.rpc_url(), CommitmentConfig::confirmed());
    Network { localnet, rpc, _folder: folder }
}

impl Network {
    /// The genesis of the local network with this network's keys.
    pub fn genesis(&self) -> Genesis {
        let mut genesis = Genesis::read(&genesis::path("localnet")).unwrap();
        genesis.deployment.quote_mint = Some(self.localnet.mint().to_string());
        genesis.deployment.guardian = Some(self.localnet.keys.guardian.pubkey().to_string());
        genesis.deployment.treasury = Some(self.localnet.keys.faucet.pubkey().to_string());
        for (bank, token) in genesis.banks.iter_mut().zip(self.localnet.banks().unwrap()) {
            bank.mint = Some(token.mint.to_string());
        }
        genesis
    }

    pub fn keys(&self) -> Keys {
        Keys::new(self.localnet.keys.admin.insecure_clone())
    }

    pub fn request(&self, genesis: Genesis, program: Option<Program>) -> Request {
        Request::new(genesis, self.keys().addresses(), program)
    }

    pub async fn plan(&self, request: &Request) -> Plan {
        Plan::make(&self.rpc, request).await.unwrap()
    }

    /// Applies what is asked for; tells the lines of progress.
    pub async fn apply(&self, request: &Request, keys: &Keys) -> (anyhow::Result<Plan>, Vec<String>) {
        self.apply_until(request, keys, |_| false).await
    }

    /// Applies until a line is heard after which nothing more is begun.
    pub async fn apply_until(
        &self,
        request: &Request,
        keys: &Keys,
        is_last: impl Fn(&str) -> bool,
    ) -> (anyhow::Result<Plan>, Vec<String>) {
        let mut lines = Vec::new();
        let mut listener = |line: &str| {
            lines.push(line.to_owned());
            if is_last(line) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let plan = self.plan(request).await;
        let applied = plan.apply(&self.rpc, keys, &mut Progress::new(&mut listener)).await;
        (applied, lines)
    }

    /// The exchange, set up and launched, without replacing the program.
    pub async fn launched(&self) -> Request {
        let request = self.request(self.genesis(), None);
        let (applied, lines) = self.apply(&request, &self.keys()).await;
        let plan = applied.unwrap_or_else(|error| panic!("{error:#}\n{}", lines.join("\n")));
        assert!(plan.is_complete(), "{plan}");
        request
    }

    /// Every account of the program, and what the deployer has.
    pub async fn everything(&self) -> (Vec<(Pubkey, Account)>, u64) {
        let mut accounts = self.rpc.get_program_accounts(&PROGRAM_ID).await.unwrap();
        accounts.sort_by_key(|(address, _)| *address);
        (accounts, self.rpc.get_balance(&self.localnet.keys.admin.pubkey()).await.unwrap())
    }
}

/// A key that nobody has used.
pub fn stranger() -> Keypair {
    Keypair::new()
}
