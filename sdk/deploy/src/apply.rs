//! The plan is done, step by step; after each the chain is read again.

use core::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use keel_sdk::address::PROGRAM_ID;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;

use crate::action::Action;
use crate::feed::Feed;
use crate::keys::Keys;
use crate::node::{Node, SendError};
use crate::plan::{Plan, State, Step};
use crate::program::{deploy_program, set_upgrade_authority, upgrade_program};

/// How often a market's listing is tried while its price grows old on the way.
const LISTING_ATTEMPTS: usize = 20;
/// Longest wait for a fresh price, in pauses.
const PRICE_LOOKS: usize = 600;
/// Pause between two looks at a price.
const PRICE_PAUSE: Duration = Duration::from_millis(200);

/// Hears lines of progress, and may stop what goes on: whoever goes on later runs it again.
pub struct Progress<'a> {
    listener: &'a mut dyn FnMut(&str) -> ControlFlow<()>,
    stopped: bool,
}

impl<'a> Progress<'a> {
    /// One that hears every line. Once it breaks, nothing more is begun.
    pub fn new(listener: &'a mut dyn FnMut(&str) -> ControlFlow<()>) -> Self {
        Self { listener, stopped: false }
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.stopped |= (self.listener)(line).is_break();
    }

    /// Errors where it was stopped.
    pub(crate) fn stop_here(&self) -> Result<()> {
        ensure!(!self.stopped, "stopped: run it again to go on");
        Ok(())
    }
}

impl Plan {
    /// Does what can be done now, in order, and tells each step. Returns the plan that is left: complete, or with what
    /// waits for its time or for somebody else's key.
    ///
    /// Errors where the plan has a refusal, before anything is done; where the keys are not those that it was made for;
    /// where the chain changed such that something else is to be done than was shown; and where a step is refused.
    pub async fn apply(self, rpc: &RpcClient, keys: &Keys, progress: &mut Progress<'_>) -> Result<Self> {
        self.apply_with(&Node::new(rpc), keys, progress).await
    }

    /// As [`Plan::apply`], with a node that pays priority fees.
    pub async fn apply_with(self, node: &Node<'_>, keys: &Keys, progress: &mut Progress<'_>) -> Result<Self> {
        ensure!(self.is_for(keys), "the plan was made for other keys");
        let shown: Vec<(String, String)> =
            self.steps.iter().map(|step| (step.name.clone(), step.wanted.clone())).collect();
        let mut plan = self;
        loop {
            ensure!(plan.refusals.is_empty(), "refused: {}", plan.refusals.join("; "));
            let Some(step) = plan.ready().next().cloned() else { return Ok(plan) };
            let was_shown = shown.iter().any(|(name, wanted)| *name == step.name && *wanted == step.wanted);
            ensure!(was_shown, "the chain changed: {step} was not in the plan. Look at it and run it again");
            progress.stop_here()?;
            progress.say(&step.to_string());
            let done = perform(&plan, &step, node, keys, progress).await;
            done.with_context(|| format!("{}: {} -> {}", step.name, step.found, step.wanted))?;
            plan = Self::make(node.rpc(), &plan.request).await?;
            let after = plan.step(&step.name).map(|step| &step.state);
            if after == Some(&State::Ready) && !is_queued_and_due(&plan, &step) {
                bail!("{}: it was done and is not there. Is the node behind? Run it again", step.name);
            }
        }
    }
}

/// A change whose time has come at once, as clocks go: what was queued is executed next.
fn is_queued_and_due(plan: &Plan, before: &Step) -> bool {
    let is_execution = |step: &Step| matches!(step.action, Action::Execute { .. });
    plan.step(&before.name).is_some_and(is_execution) && !is_execution(before)
}

async fn perform(plan: &Plan, step: &Step, node: &Node<'_>, keys: &Keys, progress: &mut Progress<'_>) -> Result<()> {
    let deployer = keys.deployer();
    match &step.action {
        Action::Program => {
            let program = plan.request.program.as_ref().context("there is no program file")?;
            if plan.deployed.is_some() {
                return upgrade_program(node, deployer, &PROGRAM_ID, program, progress).await;
            }
            let room = plan.request.deployment().program_room;
            let key = keys.key_of(&PROGRAM_ID).context("the program's key is not at hand")?;
            deploy_program(node, deployer, key, program, room, progress).await
        }
        Action::UpgradeAuthority(new) => set_upgrade_authority(node, deployer, &PROGRAM_ID, new.as_ref()).await,
        action => {
            for instructions in action.transactions(&plan.chain, deployer.pubkey())? {
                let signers = keys.signers(&instructions)?;
                match action.feed() {
                    Some((feed, max_age)) => list(node, &feed, max_age, &instructions, &signers, progress).await?,
                    None => drop(node.send(&instructions, &signers).await?),
                }
            }
            Ok(())
        }
    }
}

/// Sends a listing as soon as its price is fresh. A price that has grown old on the way is waited for again.
async fn list(
    node: &Node<'_>,
    feed: &Feed,
    max_age_secs: u32,
    instructions: &[solana_instruction::Instruction],
    signers: &[&solana_keypair::Keypair],
    progress: &mut Progress<'_>,
) -> Result<()> {
    let mut last = None;
    for _ in 0..LISTING_ATTEMPTS {
        await_price(node, feed, max_age_secs, progress).await?;
        match node.send(instructions, signers).await {
            Ok(_) => return Ok(()),
            Err(SendError::Refused(error)) if format!("{error:#}").contains("PriceStale") => last = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.map_or_else(
        || anyhow::anyhow!("the price was never fresh"),
        |error| error.context("the price was never fresh"),
    ))
}

async fn await_price(node: &Node<'_>, feed: &Feed, max_age_secs: u32, progress: &mut Progress<'_>) -> Result<()> {
    for look in 0..PRICE_LOOKS {
        let now = crate::chain::Chain::read(node).await?.now;
        let account = node.account(&feed.address).await?;
        if feed.is_fresh(account.as_ref(), max_age_secs, now.unix) {
            return Ok(());
        }
        if look == 0 {
            progress
                .say(&format!("waits for an update of {} that is no older than {max_age_secs} seconds", feed.address));
        }
        progress.stop_here()?;
        tokio::time::sleep(PRICE_PAUSE).await;
    }
    bail!("the feed at {} was not pushed in two minutes: run it again when it is", feed.address)
}
