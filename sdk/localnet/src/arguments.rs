//! The command line of `keel-localnet`.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use keel_localnet::{Options, Prices};
use keel_simulator::genesis::Genesis;

/// Seed of a walk where none is named.
const SEED: u64 = 1;

/// A local network with the exchange on it: JSON-RPC, WebSocket, program, USDC, prices and funded keys, until it is stopped.
#[derive(Debug, Parser)]
#[command(name = "keel-localnet", version)]
pub struct Arguments {
    /// Port of JSON-RPC; 0 takes a free one.
    #[arg(long, default_value_t = 8899)]
    port: u16,
    /// Port of WebSocket; 0 takes a free one. One above --port where it is not named.
    #[arg(long)]
    ws_port: Option<u16>,
    /// Where to listen. Whoever can reach it can do anything to the network: loopback, but in a container.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Where prices come from: `fixed`, `walk`, `walk:SEED`, or a CSV of minutes `unix_time,open,high,low,close,volume`.
    #[arg(long, default_value = "fixed")]
    prices: String,
    /// Minutes of the file in a minute.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// The first price of a market or of a bank's collateral, `NAME=USD`, or its exchange rate, `NAME/rate=RATE`; may be
    /// repeated.
    #[arg(long, value_parser = first_price)]
    first: Vec<(String, f64)>,
    /// Markets and parameters, in place of the local network's own.
    #[arg(long)]
    genesis: Option<PathBuf>,
    /// The compiled program, in place of the one that was built.
    #[arg(long, env = "KEEL_SO")]
    program: Option<PathBuf>,
    /// Folder of the keys. Those that are there are taken, the others are made. Without it a new folder, removed in the end.
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Tokens, keys and prices, but no program and no exchange.
    #[arg(long)]
    bare: bool,
    /// The program, but no exchange.
    #[arg(long, conflicts_with = "bare")]
    no_exchange: bool,
    /// Prints one line of JSON when it is ready, and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Reads lines from standard input: `price BTC 45000`, `price BTC -30% 20s`, `advance 3600`, `pause`, `resume`,
    /// `withhold BTC`, `post BTC`, `stop`.
    #[arg(long)]
    pub stdin: bool,
}

impl Arguments {
    /// Whether the keys' folder is the caller's own.
    pub const fn has_folder(&self) -> bool {
        self.keys.is_some()
    }

    /// What the network is started with, its keys in this folder where none is named.
    pub fn options(&self, folder: PathBuf) -> Result<Options> {
        let mut options = Options::new()?;
        if let Some(path) = &self.genesis {
            options.genesis = Genesis::read(path)?;
        }
        if let Some(program) = &self.program {
            options.program.clone_from(program);
        }
        options.bare = self.bare;
        options.launched = !self.no_exchange;
        options.first_prices = self.first.iter().cloned().collect();
        options.prices = self.prices()?;
        options.host = self.host;
        options.rpc_port = Some(self.port).filter(|port| *port != 0);
        let beside = options.rpc_port.and_then(|port| port.checked_add(1));
        options.ws_port = self.ws_port.or(beside).filter(|port| *port != 0);
        options.keys = Some(self.keys.clone().unwrap_or(folder));
        Ok(options)
    }

    fn prices(&self) -> Result<Prices> {
        Ok(match self.prices.as_str() {
            "fixed" => Prices::Fixed,
            "walk" => Prices::Walk { seed: SEED },
            other => match other.strip_prefix("walk:") {
                Some(seed) => Prices::Walk { seed: seed.parse().with_context(|| format!("`{seed}` is no seed"))? },
                None => Prices::File { path: PathBuf::from(other), speed: self.speed },
            },
        })
    }
}

fn first_price(text: &str) -> Result<(String, f64), String> {
    let wrong = || format!("`{text}` is not NAME=USD");
    let (market, usd) = text.split_once('=').ok_or_else(wrong)?;
    Ok((market.to_owned(), usd.parse().map_err(|_| wrong())?))
}
