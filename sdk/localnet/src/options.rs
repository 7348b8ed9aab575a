//! What a local network is started with.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::{Context, Result};
use keel_simulator::genesis::Genesis;
use keel_simulator::program;

/// The genesis of a local network, so that a binary finds it wherever it is.
const GENESIS: &str = include_str!("../../../migrations/localnet.json");
/// First prices in USD per unit of the feed's asset.
const FIRST_PRICES: [(&str, f64); 7] = [
    ("BTC", 60_000.0),
    ("SOL", 150.0),
    ("ETH", 3_000.0),
    ("PUMP", 0.004),
    ("NVDA", 140.0),
    ("YUSD", 1.0),
    ("YUSD/rate", 1.05),
];

/// Where prices come from. Whatever it is, [`crate::Localnet::set_price`] moves a market.
#[derive(Clone, Debug, PartialEq)]
pub enum Prices {
    /// They stay where they are put.
    Fixed,
    /// Each market walks by itself at random; the same seed walks the same way.
    Walk {
        /// What the walks are drawn from.
        seed: u64,
    },
    /// The closing prices of a file of minutes, `unix_time,open,high,low,close,volume`, from its first line on: BTC has the
    /// file's price, the other markets move by the same factor from their first.
    File {
        /// The file.
        path: PathBuf,
        /// Minutes of the file in a minute of the chain.
        speed: f64,
    },
}

/// What a local network is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only the network: tokens, keys and prices, but no program and no exchange.
    pub bare: bool,
    /// Whether the exchange is set up and launched as the genesis says; without it the program is there and nothing of its
    /// accounts.
    pub launched: bool,
    /// Markets and parameters.
    pub genesis: Genesis,
    /// First prices by market or bank, in USD per unit of the feed's asset, where they are not the usual ones.
    pub first_prices: BTreeMap<String, f64>,
    /// Where prices go from there.
    pub prices: Prices,
    /// Where the servers listen: on loopback, unless it is put into a container.
    pub host: IpAddr,
    /// Port of JSON-RPC; a free one where there is none.
    pub rpc_port: Option<u16>,
    /// Port of WebSocket; a free one where there is none.
    pub ws_port: Option<u16>,
    /// The compiled program.
    pub program: PathBuf,
    /// Folder whose keys are taken, and in which those that are not there are written; without one, keys are new and are
    /// written nowhere.
    pub keys: Option<PathBuf>,
}

impl Options {
    /// A network with the usual genesis, prices that stay, and ports and keys of its own.
    ///
    /// Errors where the genesis cannot be read.
    pub fn new() -> Result<Self> {
        Ok(Self {
            bare: false,
            launched: true,
            genesis: serde_json::from_str(GENESIS).context("the local network's genesis cannot be read")?,
            first_prices: BTreeMap::new(),
            prices: Prices::Fixed,
            host: Ipv4Addr::LOCALHOST.into(),
            rpc_port: None,
            ws_port: None,
            program: program::path(),
            keys: None,
        })
    }

    /// The first price of a market or of a bank's collateral in USD per unit of the feed's asset, or the first rate of
    /// `NAME/rate`. `launch` is the peg of a fixed market. Errors where nobody names one.
    pub fn first_price(&self, name: &str, launch: Option<f64>) -> Result<f64> {
        let usual = FIRST_PRICES.iter().find(|(other, _)| *other == name).map(|(_, usd)| *usd);
        let named = self.first_prices.get(name).copied();
        let price = named.or(launch).or(usual);
        price.with_context(|| format!("no first price for {name}: name one with --first {name}=USD"))
    }
}
