//! `keel-keeper`: reads its options, runs until it is told to stop, prints what it brought.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use keel_client::keys;
use keel_keeper::config::{Checked, Config, EndpointSection, LogFormat};
use keel_keeper::metrics;
use keel_keeper::secret::Address;
use keel_keeper::service::{self, Run};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Keeps a Keel exchange: refreshes, liquidates, settles, executes orders, rebalances the pool, resolves, cleans up.
#[derive(Parser)]
#[command(name = "keel-keeper", version)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Runs until SIGINT or SIGTERM, sees through what is under way, and prints what it brought.
    Run(Options),
}

#[derive(Args)]
struct Options {
    /// Options as TOML; sdk/keeper/keeper.toml explains each.
    #[arg(long, env = "KEEL_KEEPER_CONFIG")]
    config: Option<PathBuf>,
    /// One RPC endpoint in place of those in the file.
    #[arg(long, env = "KEEL_RPC_URL", hide_env_values = true)]
    rpc: Option<String>,
    /// Its WebSocket.
    #[arg(long, env = "KEEL_WS_URL", hide_env_values = true, requires = "rpc")]
    ws: Option<String>,
    /// The key file, which nobody else may read.
    #[arg(long, env = "KEEL_KEYPAIR")]
    keypair: Option<PathBuf>,
    /// Where /metrics and /health are served.
    #[arg(long, env = "KEEL_METRICS_ADDRESS")]
    metrics: Option<std::net::SocketAddr>,
    /// text or json.
    #[arg(long, env = "KEEL_LOG_FORMAT")]
    log_format: Option<String>,
    /// What is logged: a level, or target=level pairs.
    #[arg(long, env = "KEEL_LOG")]
    log: Option<String>,
    /// Plans and simulates, and sends nothing.
    #[arg(long)]
    dry_run: bool,
    /// Ends after one plan and what comes of it.
    #[arg(long)]
    once: bool,
}

impl Options {
    /// The file's options, with what flags and environment say over them.
    fn checked(&self) -> anyhow::Result<Checked> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        if let Some(rpc) = &self.rpc {
            let (http, ws) = (Address::new(rpc), self.ws.as_ref().map(Address::new));
            config.endpoints = vec![EndpointSection { name: None, http, ws }];
        }
        if let Some(keypair) = &self.keypair {
            config.keypair = Some(keypair.clone());
        }
        if let Some(address) = self.metrics {
            config.metrics.address = Some(address);
        }
        if let Some(format) = &self.log_format {
            config.log.format.clone_from(format);
        }
        if let Some(filter) = &self.log {
            config.log.filter.clone_from(filter);
        }
        config.dry_run |= self.dry_run;
        Ok(config.check()?)
    }
}

fn main() -> ExitCode {
    let What::Run(options) = Command::parse().what;
    match start(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keel-keeper: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: &Options) -> anyhow::Result<()> {
    let checked = options.checked()?;
    log(&checked)?;
    let key = keys::load(&checked.keypair)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        if let Some(address) = checked.given.metrics.address {
            metrics::serve(address).with_context(|| format!("metrics cannot be served at {address}"))?;
        }
        let stop = CancellationToken::new();
        listen(&stop)?;
        let totals = service::run(checked, key, Run { once: options.once }, stop).await?;
        println!("{totals}");
        Ok(())
    })
}

/// SIGINT and SIGTERM ask for a stop; a second one ends at once.
fn listen(stop: &CancellationToken) -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            if stop.is_cancelled() {
                std::process::exit(130);
            }
            tracing::info!("stopping: what is under way is seen through; a second signal ends at once");
            stop.cancel();
        }
    });
    Ok(())
}

fn log(options: &Checked) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&options.given.log.filter).context("option log.filter")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let builder = builder.with_ansi(std::io::stderr().is_terminal());
    match options.log {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
