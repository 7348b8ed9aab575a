//! The command line of the demo.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::prices::PER_MINUTE;

pub const HELP: &str = "\
cargo xtask demo [options]

LPs, a pool, traders and a keeper in the five markets of migrations/localnet.json: each act is a signed transaction on
the compiled program and is played on the engine beside it. After each, every equality of the protocol is checked, and both
have the same books byte for byte. Writes target/demo/report.html. Exit code 1 if an equality breaks or the two differ.

  --prices FILE     minutes of BTC to play: CSV with the columns unix_time,open,high,low,close,volume; the other markets
                    follow with noise of their own (default: a built-in path of a day with a 30% crash)
  --days N          only the first N days of it
  --samples N       prices a minute, from 1 to 12 (default 4: open, low, high, close)
  --seed N          seed of the agents (default 2)
  --report FILE     where to write the report
  --record FILE     write all that was done as a scenario: `cargo xtask keel scenario run --on both FILE` plays it again
  --help            this text
";

/// Options of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments {
    pub prices: Option<PathBuf>,
    pub days: Option<f64>,
    pub samples: u32,
    pub seed: u64,
    pub report: Option<PathBuf>,
    pub record: Option<PathBuf>,
    pub help: bool,
}

impl Arguments {
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut parsed =
            Self { prices: None, days: None, samples: PER_MINUTE, seed: 2, report: None, record: None, help: false };
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{name} needs a value; see --help"));
            match name.as_str() {
                "--prices" => parsed.prices = Some(value()?.into()),
                "--days" => parsed.days = Some(value()?.parse().context("--days is a number of days")?),
                "--samples" => parsed.samples = value()?.parse().context("--samples is a number from 1 to 12")?,
                "--seed" => parsed.seed = value()?.parse().context("--seed is a whole number")?,
                "--report" => parsed.report = Some(value()?.into()),
                "--record" => parsed.record = Some(value()?.into()),
                "--help" | "-h" => parsed.help = true,
                other => bail!("the demo does not know `{other}`; --help lists its options"),
            }
        }
        if !(1..=12).contains(&parsed.samples) {
            bail!("--samples is a number from 1 to 12");
        }
        if parsed.days.is_some_and(|days| days.is_nan() || days <= 0.0) {
            bail!("--days is a positive number of days");
        }
        Ok(parsed)
    }
}
