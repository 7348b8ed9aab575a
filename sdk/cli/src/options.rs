//! Options of every command: which node, which key, how to answer.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use solana_commitment_config::CommitmentConfig;
use solana_pubkey::Pubkey;

/// Options that every command takes, in front of it or behind it.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// Node to ask: a URL, or localhost, devnet, testnet, mainnet-beta (or their first letters). Default: of the config file
    #[arg(short, long, global = true, value_name = "URL_OR_MONIKER", env = "KEEL_URL")]
    pub url: Option<String>,
    /// Key file that signs and pays. Default: of the config file
    #[arg(short, long, global = true, value_name = "FILE", env = "KEEL_KEYPAIR")]
    pub keypair: Option<PathBuf>,
    /// Config file of the Solana CLI. Default: ~/.config/solana/cli/config.yml
    #[arg(short = 'C', long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How far what is read and sent must be committed. Default: of the config file, or confirmed
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub commitment: Option<Commitment>,
    /// Margin account: its number among the key's own, or the address of any. Default: 0
    #[arg(short, long, global = true, value_name = "NUMBER|ADDRESS")]
    pub account: Option<AccountName>,
    /// Priority fee, in millionths of a lamport for a compute unit
    #[arg(long, global = true, value_name = "MICROLAMPORTS", default_value_t = 0)]
    pub priority_fee: u64,
    /// Lookup table that makes transactions smaller; may be named several times
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub lookup_table: Vec<Pubkey>,
    /// Print one document of JSON, and errors as JSON too
    #[arg(long, global = true)]
    pub json: bool,
    /// Ask nothing before sending
    #[arg(short, long, global = true)]
    pub yes: bool,
}

/// How far something is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Commitment {
    /// The node has seen it.
    Processed,
    /// Two thirds of the stake have voted for it.
    Confirmed,
    /// It is for ever.
    Finalized,
}

impl From<Commitment> for CommitmentConfig {
    fn from(commitment: Commitment) -> Self {
        match commitment {
            Commitment::Processed => Self::processed(),
            Commitment::Confirmed => Self::confirmed(),
            Commitment::Finalized => Self::finalized(),
        }
    }
}

/// Which margin account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountName {
    /// The one with this number among those of the key.
    Number(u16),
    /// The one at this address: another's, for looking at it, or for its delegate.
    Address(Pubkey),
}

impl std::str::FromStr for AccountName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().map(Self::Number).ok();
        let named = number.or_else(|| text.parse().map(Self::Address).ok());
        named.ok_or_else(|| format!("`{text}` is neither a number up to 65535 nor an address"))
    }
}

/// Where the fresh price comes from that a command brings along.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Price")]
pub struct PriceOptions {
    /// Read the account that a publisher keeps fresh, or post Hermes' latest update in the same transaction
    #[arg(long, value_enum, value_name = "SOURCE", default_value_t)]
    pub price_source: SourceName,
    /// Shard of the publisher's accounts
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub price_shard: u16,
    /// Hermes to ask, with --price-source hermes
    #[arg(long, value_name = "URL", default_value = "https://pyth.dourolabs.app/hermes")]
    pub hermes: String,
    /// Hermes' API key
    #[arg(long, value_name = "KEY", env = "KEEL_HERMES_KEY", hide_env_values = true)]
    pub hermes_key: Option<Secret>,
}

/// Where a fresh price comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SourceName {
    /// The account that a publisher keeps fresh; the transaction carries no price.
    #[default]
    Pushed,
    /// Hermes' latest signed update, posted in front of the action in one transaction.
    Hermes,
}

/// A word that is never printed.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// The word, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}
