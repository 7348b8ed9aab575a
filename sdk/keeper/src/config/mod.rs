//! What the keeper is told: a TOML file, over it the environment and flags. `keeper.toml` beside this crate explains every
//! option with its default; unknown keys are refused, and so is what contradicts itself, before anything is started.

mod checked;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::secret::{Address, Secret};

pub use checked::{Checked, ConfigError, LogFormat, PriceChoice};

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// RPC endpoints in order of preference.
    pub endpoints: Vec<EndpointSection>,
    /// Genesis hash of the cluster, in base58; without it the first endpoint that answers says which cluster is ours.
    pub genesis_hash: Option<String>,
    /// Key that pays fees and owns the margin account; nobody else may read the file.
    pub keypair: Option<PathBuf>,
    /// Number of the keeper's margin account among its owner's.
    pub sub_account: u16,
    /// Address lookup tables for transactions of many accounts, in base58.
    pub lookup_tables: Vec<String>,
    /// Plans and simulates, and sends nothing.
    pub dry_run: bool,
    /// What it may risk.
    pub capital: CapitalSection,
    /// What it does.
    pub jobs: JobsSection,
    /// What transactions bid.
    pub fees: FeesSection,
    /// How deliveries go.
    pub sending: SendingSection,
    /// How it listens.
    pub listening: ListeningSection,
    /// Where prices come from that are pushed too rarely.
    pub prices: PricesSection,
    /// Metrics.
    pub metrics: MetricsSection,
    /// Logs.
    pub log: LogSection,
}

/// One RPC endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointSection {
    /// Name in logs and metrics; host and port if there is none.
    pub name: Option<String>,
    /// JSON-RPC over HTTP.
    pub http: Address,
    /// WebSocket; without one this endpoint is only polled.
    pub ws: Option<Address>,
}

/// What the keeper may risk, and for how much it works.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CapitalSection {
    /// Most notional in USD that it holds from take-overs, in all markets together, other collateral than USDC included; 0
    /// takes nothing over and buys nothing.
    pub total_usd: u64,
    /// Most of it in one market or in one bank's collateral, in USD.
    pub market_usd: u64,
    /// Least discount for which it takes over, in parts per million.
    pub min_discount_ppm: u32,
    /// Least discount for which it buys collateral, in parts per million.
    pub min_collateral_discount_ppm: u32,
    /// Dollars for a SOL, to compare tips in lamports with tips in USDC.
    pub usd_per_sol: u64,
    /// Least profit of a job that is done for its pay, in lamports, its cost taken off.
    pub min_profit_lamports: i64,
}

/// What the keeper does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobsSection {
    /// Only these kinds of jobs, by name; all if empty.
    pub only: Vec<String>,
    /// Only jobs in these markets, by number, and jobs that belong to none; all if empty.
    pub markets: Vec<u16>,
    /// Whether it also does what pays nothing and somebody has to do.
    pub unpaid: bool,
    /// Whether it executes governance's changes whose time has come.
    pub governance: bool,
    /// Seconds without a refresh after which a market is refreshed though nobody asks for it.
    pub refresh_secs: u32,
    /// Seconds after which the price of collateral that somebody has is refreshed.
    pub refresh_bank_secs: u32,
    /// Smallest loss or profit of somebody else that is settled, in USD.
    pub min_settlement_usd: u64,
    /// Most jobs planned at once.
    pub most: usize,
    /// It is planned at least this often, in milliseconds.
    pub plan_ms: u64,
}

/// What transactions bid.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeesSection {
    /// `fixed` or `recent`.
    pub policy: String,
    /// Micro-lamports for a compute unit: the bid if fixed, else the least bid.
    pub micro_lamports: u64,
    /// The most that is bid by `recent`.
    pub cap_micro_lamports: u64,
    /// The percentile of what others paid lately that `recent` bids.
    pub percentile: u8,
}

/// How deliveries go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SendingSection {
    /// Jobs that wait at most.
    pub queue: usize,
    /// Transactions under way at most.
    pub at_once: usize,
    /// The same transaction is handed over again after this, in milliseconds.
    pub resend_ms: u64,
    /// A transaction's status is asked for this often, in milliseconds.
    pub poll_ms: u64,
    /// On a stop, what is under way is waited for so long, in seconds.
    pub grace_secs: u64,
}

/// How the keeper listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListeningSection {
    /// Clock, prices and vaults are read this often, in milliseconds.
    pub poll_ms: u64,
    /// A stream that says nothing for so long is taken for dead, in seconds.
    pub silence_secs: u64,
    /// Everything is read this often beside the stream, in seconds.
    pub resync_secs: u64,
    /// Everything is read this often while there is no stream, in milliseconds.
    pub polling_ms: u64,
    /// Updates that wait at most.
    pub channel: usize,
    /// A request takes at most this, in milliseconds.
    pub timeout_ms: u64,
    /// Each endpoint is asked for its slot this often, in milliseconds.
    pub probe_ms: u64,
    /// How many slots endpoints may be apart.
    pub max_slots_apart: u64,
    /// The longest that a failing endpoint is left alone, in seconds.
    pub longest_rest_secs: u64,
}

/// Where prices come from that are pushed too rarely.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PricesSection {
    /// `none`, `hermes` or `recorded`.
    pub source: String,
    /// Shard of the push oracle whose price accounts are read.
    pub shard: u16,
    /// Seconds after which a pushed price is too old and the keeper brings its own.
    pub max_age_secs: u32,
    /// Address of the Hermes service.
    pub hermes: Option<Address>,
    /// Key of the Hermes service, if it wants one.
    pub hermes_key: Option<Secret>,
    /// File of recorded updates.
    pub recorded: Option<PathBuf>,
}

/// Metrics.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsSection {
    /// Where `/metrics` and `/health` are served; nowhere if absent.
    pub address: Option<SocketAddr>,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// `text` or `json`.
    pub format: String,
    /// What is logged: a level, or `target=level` pairs with commas between.
    pub filter: String,
}

impl Default for CapitalSection {
    fn default() -> Self {
        Self {
            total_usd: 0,
            market_usd: 0,
            min_discount_ppm: 3_000,
            min_collateral_discount_ppm: 10_000,
            usd_per_sol: 150,
            min_profit_lamports: 0,
        }
    }
}

impl Default for JobsSection {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            markets: Vec::new(),
            unpaid: true,
            governance: true,
            refresh_secs: 5,
            refresh_bank_secs: 20,
            min_settlement_usd: 10,
            most: 256,
            plan_ms: 400,
        }
    }
}

impl Default for FeesSection {
    fn default() -> Self {
        Self { policy: "recent".to_owned(), micro_lamports: 1_000, cap_micro_lamports: 1_000_000, percentile: 60 }
    }
}

impl Default for SendingSection {
    fn default() -> Self {
        Self { queue: 1_024, at_once: 16, resend_ms: 2_000, poll_ms: 400, grace_secs: 30 }
    }
}

impl Default for ListeningSection {
    fn default() -> Self {
        Self {
            poll_ms: 1_000,
            silence_secs: 10,
            resync_secs: 300,
            polling_ms: 5_000,
            channel: 8_192,
            timeout_ms: 5_000,
            probe_ms: 1_000,
            max_slots_apart: 50,
            longest_rest_secs: 30,
        }
    }
}

impl Default for PricesSection {
    fn default() -> Self {
        let source = "none".to_owned();
        Self { source, shard: 0, max_age_secs: 10, hermes: None, hermes_key: None, recorded: None }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: "text".to_owned(), filter: "info".to_owned() }
    }
}

impl Config {
    /// The options in a text.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        // The text may hold keys: of its error only what and where are told, not the line.
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count().saturating_add(1);
            ConfigError::Malformed { line, what: error.message().to_owned() }
        })
    }

    /// The options in a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |reason| ConfigError::Unreadable { path: path.display().to_string(), reason };
        Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?)
    }
}
