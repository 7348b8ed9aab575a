//! Measuring one instruction: several times, each on a fork of the stage and a little different, alone in its transaction.

use anyhow::{Context, Result, ensure};
use keel_embedded::Exchange;
use keel_engine::Error;
use keel_engine::state::Ranges;
use keel_sdk::accounts;
use keel_sdk::address::TOKEN_PROGRAM;
use serde::Serialize;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;

/// Measurements of each shape.
const REPETITIONS: u64 = 7;

/// What one shape of an instruction costs.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub instruction: &'static str,
    pub shape: String,
    #[serde(rename = "cu_min")]
    pub min: u64,
    #[serde(rename = "cu_median")]
    pub median: u64,
    #[serde(rename = "cu_max")]
    pub max: u64,
    /// First byte of its data.
    #[serde(skip)]
    pub discriminator: u8,
    /// Accounts that it was given.
    #[serde(skip)]
    pub accounts: usize,
    /// Companions with ranges among them.
    #[serde(skip)]
    pub companions: usize,
}

/// An instruction ready to be measured, with its signers.
pub struct Prepared {
    pub instruction: Instruction,
    pub signers: Vec<Keypair>,
    /// The refusal that is measured, where it is one.
    pub refusal: Option<Error>,
}

impl Prepared {
    pub fn new(instruction: Instruction, signers: &[&Keypair]) -> Self {
        Self { instruction, signers: signers.iter().map(|key| key.insecure_clone()).collect(), refusal: None }
    }

    /// The same, to be refused.
    pub fn refused(self, error: Error) -> Self {
        Self { refusal: Some(error), ..self }
    }
}

/// What an instruction looks like from outside.
#[derive(Default)]
struct Form {
    discriminator: u8,
    accounts: usize,
    companions: usize,
}

impl Form {
    fn of(exchange: &Exchange, instruction: &Instruction) -> Self {
        let is_companion =
            |meta: &&AccountMeta| exchange.chain.data(&meta.pubkey).and_then(accounts::decode::<Ranges>).is_some();
        Self {
            discriminator: instruction.data.first().copied().unwrap_or_default(),
            accounts: instruction.accounts.len(),
            companions: instruction.accounts.iter().filter(is_companion).count(),
        }
    }
}

/// Figures of all shapes, in the order in which they were measured.
#[derive(Default)]
pub struct Bench {
    pub figures: Vec<Figure>,
}

impl Bench {
    /// Measures one shape. `prepare` gets a fork and the number of the repetition.
    pub fn shape(
        &mut self,
        stage: &Exchange,
        instruction: &'static str,
        shape: &str,
        prepare: impl Fn(&mut Exchange, u64) -> Result<Prepared>,
    ) -> Result<()> {
        self.measured(stage, instruction, shape, prepare, |units, _| units)
    }

    /// Measures one shape without what the token program takes inside of it.
    pub fn shape_beside_token(
        &mut self,
        stage: &Exchange,
        instruction: &'static str,
        shape: &str,
        prepare: impl Fn(&mut Exchange, u64) -> Result<Prepared>,
    ) -> Result<()> {
        self.measured(stage, instruction, shape, prepare, |units, logs| units.saturating_sub(token_units(logs)))
    }

    fn measured(
        &mut self,
        stage: &Exchange,
        instruction: &'static str,
        shape: &str,
        prepare: impl Fn(&mut Exchange, u64) -> Result<Prepared>,
        count: impl Fn(u64, &[String]) -> u64,
    ) -> Result<()> {
        let (mut units, mut form) = (Vec::new(), Form::default());
        for repetition in 0..REPETITIONS {
            let mut fork = stage.fork();
            let prepared = prepare(&mut fork, repetition).with_context(|| format!("{instruction}, {shape}"))?;
            form = Form::of(&fork, &prepared.instruction);
            let signers: Vec<&Keypair> = prepared.signers.iter().collect();
            let outcome = fork.chain.send(&[prepared.instruction], &signers);
            let (error, spent, logs) = match outcome {
                Ok(executed) => (None, executed.units, executed.logs),
                Err(refused) => {
                    let error = refused.error();
                    ensure!(error.is_some(), "{instruction}, {shape}: {refused}");
                    (error, refused.units, refused.logs)
                }
            };
            ensure!(error == prepared.refusal, "{instruction}, {shape}: {error:?} instead of {:?}", prepared.refusal);
            units.push(count(spent, &logs));
        }
        units.sort_unstable();
        let at = |index: usize| units.get(index).copied().context("nothing was measured");
        let (min, median, max) = (at(0)?, at(units.len() / 2)?, at(units.len() - 1)?);
        let Form { discriminator, accounts, companions } = form;
        let shape = shape.to_owned();
        self.figures.push(Figure { instruction, shape, min, median, max, discriminator, accounts, companions });
        Ok(())
    }
}

/// Units that the token program reports in a transaction's log.
fn token_units(logs: &[String]) -> u64 {
    let start = format!("Program {TOKEN_PROGRAM} consumed ");
    let reports = logs.iter().filter_map(|line| line.strip_prefix(&start)?.split(' ').next()?.parse::<u64>().ok());
    reports.sum()
}
