//! `keel deploy`: from a genesis file to a running exchange. The plan is always shown first; what is not in it is not
//! done.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use keel_client::keys;
use keel_deploy::{Keys, Node, Plan, Program, Progress, Request, verify};
use keel_sdk::address::PROGRAM_ID;
use keel_simulator::genesis::Genesis;
use serde_json::json;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use tokio::runtime::Runtime;

use crate::config::Settings;
use crate::options::Options;
use crate::prompt::confirm;

/// Sets the exchange up on a cluster, as a genesis file says (docs/deployment.md).
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel deploy plan --genesis migrations/devnet.json --program target/deploy/keel.so --url devnet
  keel deploy apply --genesis migrations/devnet.json --program target/deploy/keel.so --url devnet
  keel deploy verify --genesis migrations/devnet.json --url devnet")]
pub enum Command {
    /// Shows what there is, what is wanted and what would be done; changes nothing
    Plan(Arguments),
    /// Shows the plan, asks, and does it; run again after an interruption it goes on
    Apply(Arguments),
    /// Compares the program's hash and everything else with the genesis file; the exit code is 1 where something
    /// differs
    Verify(Arguments),
}

/// What is deployed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Genesis file of the cluster
    #[arg(long, value_name = "FILE")]
    genesis: PathBuf,
    /// Program file; without it the program that is there is left as it is
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Key file of the program's own address, which its first deployment needs
    #[arg(long, value_name = "FILE")]
    program_key: Option<PathBuf>,
    /// Key file of the admin who takes the exchange over, where that is a plain key
    #[arg(long, value_name = "FILE")]
    admin_key: Option<PathBuf>,
    /// Let a plain key be admin or upgrade authority on mainnet
    #[arg(long)]
    allow_single_key: bool,
}

/// What a run works with.
struct Deployment {
    runtime: Runtime,
    rpc: RpcClient,
    keys: Keys,
    request: Request,
}

/// Does it.
pub fn run(options: &Options, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Plan(arguments) => {
            let plan = Deployment::open(options, arguments)?.plan()?;
            show(&plan, options)?;
            Ok(if plan.refusals.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Apply(arguments) => apply(options, &Deployment::open(options, arguments)?),
        Command::Verify(arguments) => check(options, &Deployment::open(options, arguments)?),
    }
}

impl Deployment {
    fn open(options: &Options, arguments: &Arguments) -> Result<Self> {
        let settings = Settings::read(options)?;
        let genesis = Genesis::read(&arguments.genesis)?;
        let program = arguments.program.as_deref().map(Program::read).transpose()?;
        let mut keys = Keys::new(keys::load(&settings.keypair)?);
        for file in [&arguments.program_key, &arguments.admin_key].into_iter().flatten() {
            keys = keys.with(keys::load(file)?);
        }
        let mut request = Request::new(genesis, keys.addresses(), program);
        request.allow_single_key = arguments.allow_single_key;
        let rpc = RpcClient::new_with_commitment(settings.node()?.to_owned(), settings.commitment);
        let runtime = Runtime::new().context("the system gives no thread to wait on")?;
        Ok(Self { runtime, rpc, keys, request })
    }

    fn plan(&self) -> Result<Plan> {
        self.runtime.block_on(Plan::make(&self.rpc, &self.request))
    }
}

/// Results go to standard output, what goes on to the error stream.
fn show(plan: &Plan, options: &Options) -> Result<()> {
    let text = if options.json { plan.to_json().to_string() } else { plan.to_string() };
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

fn apply(options: &Options, deployment: &Deployment) -> Result<ExitCode> {
    let plan = deployment.plan()?;
    let is_open = plan.refusals.is_empty() && plan.ready().next().is_some();
    if !is_open {
        show(&plan, options)?;
        return Ok(if plan.refusals.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    eprintln!("{plan}");
    confirm(options, "Do this?")?;
    let mut listener = |line: &str| {
        eprintln!("{line}");
        ControlFlow::Continue(())
    };
    let mut node = Node::new(&deployment.rpc);
    node.priority_fee = options.priority_fee;
    let mut progress = Progress::new(&mut listener);
    let left = deployment.runtime.block_on(plan.apply_with(&node, &deployment.keys, &mut progress))?;
    show(&left, options)?;
    Ok(ExitCode::SUCCESS)
}

fn check(options: &Options, deployment: &Deployment) -> Result<ExitCode> {
    let request = &deployment.request;
    let announced = request.genesis.deployment.program_sha256.as_deref().filter(|hash| !hash.is_empty());
    let node = Node::new(&deployment.rpc);
    let deployed = deployment.runtime.block_on(verify(&node, &PROGRAM_ID, request.program.as_ref(), announced))?;
    let plan = deployment.plan()?;
    let is_as_wanted = plan.is_complete();
    let mut output = std::io::stdout().lock();
    if options.json {
        writeln!(output, "{}", json!({ "verified": is_as_wanted, "plan": plan.to_json() }))?;
    } else {
        let authority = deployed.authority.map_or_else(|| "nobody".to_owned(), |key| key.to_string());
        writeln!(output, "{PROGRAM_ID}: sha256 {}, upgrade authority {authority}", deployed.sha256)?;
        writeln!(output, "{plan}")?;
    }
    Ok(if is_as_wanted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
