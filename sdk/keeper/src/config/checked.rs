//! Options after they were checked, in the terms of those who use them.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use solana_hash::Hash;
use solana_pubkey::Pubkey;

use super::Config;
use crate::endpoints::{Backoff, Place, Watch};
use crate::feed::Listening;
use crate::job::{Job, Kind};
use crate::secret::{Address, Secret};
use crate::sender::FeePolicy;

/// Micro-dollars in a dollar.
const ATOMS: u64 = 1_000_000;

/// Why the options are refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration {path} cannot be read ({reason}): check its path")]
    Unreadable {
        /// Where it is.
        path: String,
        /// What the system said.
        reason: std::io::Error,
    },
    /// It is no such file.
    #[error("line {line} of the configuration: {what}")]
    Malformed {
        /// Where.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// An option is out of bounds or contradicts another.
    #[error("option {option}: {what}")]
    Refused {
        /// Which.
        option: &'static str,
        /// What to do.
        what: String,
    },
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where prices come from that are pushed too rarely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceChoice {
    /// Nowhere.
    None,
    /// From a Hermes service.
    Hermes {
        /// Where it is.
        address: Address,
        /// Its key.
        key: Option<Secret>,
    },
    /// From a file of recorded updates.
    Recorded(PathBuf),
}

/// All options.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Endpoints in order of preference.
    pub places: Vec<Place>,
    /// Genesis hash that they must have.
    pub genesis: Option<Hash>,
    /// How they are watched.
    pub watch: Watch,
    /// The key's file.
    pub keypair: PathBuf,
    /// Lookup tables.
    pub tables: Vec<Pubkey>,
    /// How the feed listens.
    pub listening: Listening,
    /// What transactions bid.
    pub fees: FeePolicy,
    /// Where prices come from.
    pub prices: PriceChoice,
    /// How logs are written.
    pub log: LogFormat,
    /// Kinds of jobs that are done.
    pub kinds: Vec<Kind>,
    /// The options as they were given, for all that needs no translation.
    pub given: Config,
}

fn refused<T>(option: &'static str, what: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError::Refused { option, what: what.into() })
}

impl Config {
    /// Checks all options.
    pub fn check(self) -> Result<Checked, ConfigError> {
        let listening = &self.listening;
        let backoff =
            Backoff { first: Duration::from_millis(250), cap: Duration::from_secs(listening.longest_rest_secs) };
        let watch = Watch {
            timeout: positive("listening.timeout_ms", listening.timeout_ms)?,
            probe: positive("listening.probe_ms", listening.probe_ms)?,
            backoff,
            max_slots_apart: listening.max_slots_apart,
        };
        let heard = Listening {
            poll: positive("listening.poll_ms", listening.poll_ms)?,
            silence: positive("listening.silence_secs", listening.silence_secs.saturating_mul(1_000))?,
            resync: positive("listening.resync_secs", listening.resync_secs.saturating_mul(1_000))?,
            polling: positive("listening.polling_ms", listening.polling_ms)?,
            capacity: listening.channel,
        };
        if listening.channel == 0 || self.sending.queue == 0 || self.sending.at_once == 0 {
            return refused("listening.channel, sending.queue, sending.at_once", "give at least 1");
        }
        positive("sending.resend_ms", self.sending.resend_ms)?;
        positive("sending.poll_ms", self.sending.poll_ms)?;
        positive("jobs.plan_ms", self.jobs.plan_ms)?;
        if watch.max_slots_apart < 10 {
            return refused("listening.max_slots_apart", "healthy nodes are a few slots apart: give at least 10");
        }
        Ok(Checked {
            places: self.places()?,
            genesis: self.genesis()?,
            watch,
            keypair: match &self.keypair {
                Some(path) => path.clone(),
                None => return refused("keypair", "name the key file that pays and signs"),
            },
            tables: self.tables()?,
            listening: heard,
            fees: self.fee_policy()?,
            prices: self.price_choice()?,
            log: match self.log.format.as_str() {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return refused("log.format", "choose text or json"),
            },
            kinds: self.kinds()?,
            given: self,
        })
    }

    fn places(&self) -> Result<Vec<Place>, ConfigError> {
        if self.endpoints.is_empty() {
            return refused("endpoints", "name at least one, as [[endpoints]] with http = \"https://..\"");
        }
        let mut places: Vec<Place> = Vec::with_capacity(self.endpoints.len());
        for section in &self.endpoints {
            let name = section.name.clone().unwrap_or_else(|| section.http.host().to_owned());
            if !["http", "https"].contains(&section.http.scheme()) {
                return refused("endpoints.http", format!("{name}: it begins with http:// or https://"));
            }
            if section.ws.as_ref().is_some_and(|ws| !["ws", "wss"].contains(&ws.scheme())) {
                return refused("endpoints.ws", format!("{name}: it begins with ws:// or wss://"));
            }
            if places.iter().any(|place| place.name == name) {
                return refused("endpoints.name", format!("{name} is there twice: give each a name of its own"));
            }
            places.push(Place { name, http: section.http.clone(), ws: section.ws.clone() });
        }
        Ok(places)
    }

    fn genesis(&self) -> Result<Option<Hash>, ConfigError> {
        let Some(text) = &self.genesis_hash else { return Ok(None) };
        match Hash::from_str(text) {
            Ok(hash) => Ok(Some(hash)),
            Err(_) => refused("genesis_hash", "it is 32 bytes in base58, as `solana genesis-hash` prints it"),
        }
    }

    fn tables(&self) -> Result<Vec<Pubkey>, ConfigError> {
        let parsed = self.lookup_tables.iter().map(|text| Pubkey::from_str(text));
        parsed.collect::<Result<_, _>>().or_else(|_| refused("lookup_tables", "each is an address in base58"))
    }

    fn fee_policy(&self) -> Result<FeePolicy, ConfigError> {
        let fees = &self.fees;
        if fees.percentile > 100 {
            return refused("fees.percentile", "choose 0 to 100");
        }
        match fees.policy.as_str() {
            "fixed" => Ok(FeePolicy::Fixed(fees.micro_lamports)),
            "recent" if fees.cap_micro_lamports < fees.micro_lamports => {
                refused("fees.cap_micro_lamports", "it is below fees.micro_lamports: raise it")
            }
            "recent" => Ok(FeePolicy::Recent {
                percentile: fees.percentile,
                floor: fees.micro_lamports,
                cap: fees.cap_micro_lamports,
            }),
            _ => refused("fees.policy", "choose fixed or recent"),
        }
    }

    fn price_choice(&self) -> Result<PriceChoice, ConfigError> {
        let prices = &self.prices;
        match (prices.source.as_str(), &prices.hermes, &prices.recorded) {
            ("none", _, _) => Ok(PriceChoice::None),
            ("hermes", Some(address), _) => {
                Ok(PriceChoice::Hermes { address: address.clone(), key: prices.hermes_key.clone() })
            }
            ("hermes", None, _) => refused("prices.hermes", "name the service's address"),
            ("recorded", _, Some(path)) => Ok(PriceChoice::Recorded(path.clone())),
            ("recorded", _, None) => refused("prices.recorded", "name the file"),
            _ => refused("prices.source", "choose none, hermes or recorded"),
        }
    }

    fn kinds(&self) -> Result<Vec<Kind>, ConfigError> {
        let mut kinds = Vec::new();
        for name in &self.jobs.only {
            match Kind::ALL.iter().find(|kind| kind.name() == name) {
                Some(kind) => kinds.push(*kind),
                None => {
                    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
                    return refused("jobs.only", format!("{name} is no kind of job; there are {}", known.join(", ")));
                }
            }
        }
        Ok(kinds)
    }
}

impl Checked {
    /// Whether a job is one of those that are to be done.
    pub fn wants(&self, job: &Job) -> bool {
        let markets = &self.given.jobs.markets;
        let kind = self.kinds.is_empty() || self.kinds.contains(&job.kind());
        kind && (markets.is_empty() || job.key.market == 0 || markets.contains(&job.key.market))
    }

    /// Most notional from take-overs in all markets and in one, in quote atoms.
    pub fn capital(&self) -> (u64, u64) {
        let capital = &self.given.capital;
        (capital.total_usd.saturating_mul(ATOMS), capital.market_usd.saturating_mul(ATOMS))
    }
}

fn positive(option: &'static str, millis: u64) -> Result<Duration, ConfigError> {
    match millis {
        0 => refused(option, "give more than 0"),
        millis => Ok(Duration::from_millis(millis)),
    }
}
