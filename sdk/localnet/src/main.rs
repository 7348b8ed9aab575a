//! `keel-localnet`: starts a local network, says where it is, and serves until SIGINT, SIGTERM or the line `stop`.
//!
//! Exit codes: 0 after a clean stop, 1 where it could not start or stop, 2 for a wrong command line. Standard output has the
//! report, or with `--json` one line of JSON, and answers to lines of `--stdin`; progress and errors are on standard error.

#![forbid(unsafe_code)]

mod arguments;
mod control;
mod report;

use std::io::{BufRead, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use keel_localnet::Localnet;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use arguments::Arguments;
use control::Next;
use report::Report;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // From here on a signal is heard, also while the network starts.
    let (interrupts, terminations) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let own = std::env::temp_dir().join(format!("keel-localnet-{}", std::process::id()));
    if !arguments.has_folder() {
        // Nobody else may look into it, nor have put anything there.
        let made = std::fs::DirBuilder::new().mode(0o700).create(&own);
        made.with_context(|| format!("cannot make the folder {}: name one with --keys", own.display()))?;
    }
    let outcome = start(arguments, own.clone(), began, &runtime, interrupts, terminations);
    if !arguments.has_folder() {
        std::fs::remove_dir_all(&own).with_context(|| format!("cannot remove {}", own.display()))?;
    }
    // A line of standard input may be waited for for ever.
    runtime.shutdown_background();
    outcome
}

/// Starts the network with its keys in a folder, unless another is named, and serves.
fn start(
    arguments: &Arguments,
    own: PathBuf,
    began: Instant,
    runtime: &Runtime,
    interrupts: Signal,
    terminations: Signal,
) -> Result<()> {
    let options = arguments.options(own)?;
    let is_quiet = arguments.json;
    let network = Localnet::start_telling(&options, &mut |line| {
        if !is_quiet {
            eprintln!("{line}");
        }
    })?;
    let ready_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    say(&Report::of(&network, ready_ms)?, arguments.json)?;
    runtime.block_on(serve(&network, arguments.stdin, interrupts, terminations))?;
    network.stop()
}

/// Returns when it is to stop. The end of standard input is none; signals are heard in any case.
async fn serve(network: &Localnet, reads_stdin: bool, mut interrupts: Signal, mut terminations: Signal) -> Result<()> {
    let (lines, mut heard) = mpsc::channel::<String>(16);
    if reads_stdin {
        std::thread::spawn(move || read(&lines));
    }
    loop {
        tokio::select! {
            _ = interrupts.recv() => return Ok(()),
            _ = terminations.recv() => return Ok(()),
            Some(line) = heard.recv() => match control::obey(network, &line) {
                Ok(Next::Stop) => return Ok(()),
                Ok(Next::GoOn) => answer("ok")?,
                Err(error) => answer(&format!("error: {error:#}"))?,
            },
        }
    }
}

/// Hands lines on until there are no more.
fn read(lines: &mpsc::Sender<String>) {
    for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
        if lines.blocking_send(line).is_err() {
            return;
        }
    }
}

fn say(report: &Report, is_json: bool) -> Result<()> {
    answer(&if is_json { serde_json::to_string(report)? } else { report.to_string() })
}

fn answer(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("nobody reads standard output")
}
