//! `keel deploy` as an operator runs it, against a network with the program and no exchange: the plan, the question, the
//! exchange, the check.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use keel_network_tests::{Network, program};
use serde_json::{Value, json};
use solana_signer::Signer;

/// An operator with the deployer's key and a genesis file.
struct Operator<'n> {
    network: &'n Network,
    genesis: PathBuf,
}

/// What a run of `keel deploy` answered.
struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Operator<'_> {
    fn deploy(&self, command: &str, more: &[&str]) -> Result<Answer> {
        let mut keel = Command::new(program::built("keel")?);
        keel.args(["deploy", command, "--genesis"]).arg(&self.genesis).args(more);
        keel.args(["--url", &self.network.ready.rpc_url, "--keypair"]).arg(self.network.key_file("admin")?);
        let Output { status, stdout, stderr } = keel.output()?;
        Ok(Answer { code: status.code(), out: String::from_utf8(stdout)?, err: String::from_utf8(stderr)? })
    }

    /// The local network's genesis with a guardian and the network's mint.
    fn write(&self, guardian: &str) -> Result<()> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/localnet.json");
        let mut genesis: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        genesis["deployment"] = json!({ "quote_mint": self.network.ready.mint, "guardian": guardian });
        for (place, bank) in self.network.ready.banks.iter().enumerate() {
            genesis["banks"][place]["mint"] = json!(bank.mint);
        }
        Ok(std::fs::write(&self.genesis, genesis.to_string())?)
    }
}

#[test]
fn an_operator_sees_the_plan_agrees_to_it_and_checks_what_became_of_it() -> Result<()> {
    let network = Network::start(&["--no-exchange"])?;
    let folder = tempfile::tempdir()?;
    let operator = Operator { network: &network, genesis: folder.path().join("genesis.json") };

    // What is not said is refused, by name.
    operator.write("")?;
    let plan = operator.deploy("plan", &[])?;
    ensure!(plan.code == Some(1) && plan.out.contains("REFUSED  guardian is not set"), "{}{}", plan.out, plan.err);
    let applied = operator.deploy("apply", &["--yes"])?;
    ensure!(applied.code == Some(1) && applied.out.contains("REFUSED"), "{}{}", applied.out, applied.err);

    operator.write(&network.key("guardian")?.pubkey().to_string())?;
    let plan = operator.deploy("plan", &["--json"])?;
    ensure!(plan.code == Some(0), "{}", plan.err);
    let plan: Value = serde_json::from_str(&plan.out)?;
    ensure!(plan["complete"] == false && plan["launched"] == false && plan["refusals"] == json!([]), "{plan}");
    let steps = plan["steps"].as_array().context("no steps")?;
    ensure!(steps.iter().any(|step| step["name"] == "launch" && step["state"] == "do"), "{plan}");

    // Nobody agreed, so nothing was done.
    let refused = operator.deploy("apply", &[])?;
    ensure!(refused.code == Some(1) && refused.err.contains("--yes"), "{}", refused.err);
    let differs = operator.deploy("verify", &["--json"])?;
    ensure!(differs.code == Some(1), "{}{}", differs.out, differs.err);
    ensure!(serde_json::from_str::<Value>(&differs.out)?["plan"]["steps"] == plan["steps"], "{}", differs.out);

    let applied = operator.deploy("apply", &["--yes"])?;
    ensure!(applied.code == Some(0) && applied.out.contains("nothing to do"), "{}{}", applied.out, applied.err);
    let verified = operator.deploy("verify", &[])?;
    ensure!(verified.code == Some(0) && verified.out.contains("nothing to do"), "{}{}", verified.out, verified.err);
    ensure!(network.client()?.markets()?.len() == 5);

    // Another program than the one that is there.
    let other = folder.path().join("other.so");
    std::fs::write(&other, b"\x7fELF another")?;
    let differs = operator.deploy("verify", &["--program", other.to_str().context("a path")?])?;
    ensure!(differs.code == Some(1) && differs.err.contains("has hash"), "{}{}", differs.out, differs.err);
    network.stop()
}
