//! The question before something is sent.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use dialoguer::Confirm;

use crate::options::Options;

/// Asks on the error stream whether to go on; with `--yes` nothing is asked. Errors, so that nothing is sent, where the
/// answer is no and where there is nobody to ask.
pub fn confirm(options: &Options, question: &str) -> Result<()> {
    if options.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        bail!("{question} There is no terminal to ask at, so nothing was sent: add --yes to agree beforehand");
    }
    let agreed =
        Confirm::new().with_prompt(question).default(false).interact().context("no answer: nothing was sent")?;
    if agreed { Ok(()) } else { bail!("nothing was sent") }
}
