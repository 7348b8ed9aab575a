//! A local network: a validator in this process with real JSON-RPC and WebSocket on loopback, the program deployed, SPL
//! tokens, USDC, funded keys, the exchange set up and launched by transactions, and a publisher that posts prices.
//!
//! What runs against it speaks to a network as to any other; nothing of a client is told apart. [`Localnet::start`] and its
//! methods may be called from anywhere, asynchronous contexts among it, and block while they work.
//!
//! How it differs from a cluster (the validator is surfpool's, which executes on LiteSVM):
//!
//! - **Time.** The Clock's unix time is the wall clock's, shifted by what was travelled, and at most 400 ms behind. A slot
//!   lasts 400 ms, or until a transaction has been executed in it, which confirms that one at once; so slots pass faster
//!   under load. A blockhash is valid for 150 periods of 400 ms however many blocks they have, and the block height is the
//!   number of periods. A transaction is final 31 slots later. A simulation takes any blockhash.
//! - **Collateral.** What the genesis's haircuts say counts from the start: where there are banks of other collateral the
//!   clock starts behind the wall clock by the longest of their ramps, and goes there once they are listed, before the
//!   first market is.
//! - **Travelling.** [`Localnet::advance`] and `surfnet_timeTravel` move clock and slots forwards, never back, to a whole
//!   second, and are answered when prices of the new time are posted. Blockhashes stay valid. `surfnet_pauseClock` stops the
//!   Clock's time at once; slots go on and transactions are confirmed.
//! - **Transactions** are executed one after another, in the order in which they come. Signatures are verified, whatever
//!   `skipSigVerify` asks for; simulations verify them only if asked to, as everywhere. What fails in its preflight is
//!   refused; `getSignatureStatuses` knows a transaction from its confirmation on.
//! - **Subscriptions.** One to a signature that is confirmed already is notified before it is answered, which Solana's
//!   blocking client takes for a mistake: subscribe before sending. Without a commitment it waits until it is final.
//! - **Nothing is kept**: no stake, no leaders, no votes, no rewards, no history beyond the process.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod blockhashes;
mod clock;
mod collateral;
mod exchange;
mod ground;
mod keys;
mod options;
mod prices;
mod producer;
mod validator;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use keel_simulator::genesis::Genesis;
use keel_simulator::program;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use clock::ChainClock;
pub use keys::Keys;
pub use options::{Options, Prices};
use prices::Feeds;
use producer::Shared;
use validator::Validator;

/// What the line names that the set-up says in front of the first market.
const FIRST_MARKET: &str = "market 1 ";

/// A running local network. Dropped, it stops.
pub struct Localnet {
    /// The keys that have lamports, tokens or a say there.
    pub keys: Keys,
    folder: Option<PathBuf>,
    genesis: Genesis,
    shared: Arc<Shared>,
    validator: Validator,
}

/// A market's price account.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceAccount {
    /// Number of the market.
    pub market: u16,
    /// Its name.
    pub name: String,
    /// The price account.
    pub account: Pubkey,
    /// USD per unit of the feed's asset, as posted.
    pub usd: f64,
}

/// A bank of other collateral than USDC, with its token and its price accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct BankToken {
    /// Number of the bank.
    pub bank: u8,
    /// Name of its token.
    pub name: String,
    /// The token's mint.
    pub mint: Pubkey,
    /// Its decimals.
    pub decimals: u8,
    /// The price account.
    pub account: Pubkey,
    /// The price account of its exchange rate, where it has one.
    pub rate: Option<Pubkey>,
    /// USD per token, or per what it can be exchanged for, as posted.
    pub usd: f64,
}

impl Localnet {
    /// Starts a network and returns when it is ready.
    ///
    /// Errors with what is wrong with the options, where a port is in use, and where the program does not load.
    pub fn start(options: &Options) -> Result<Self> {
        Self::start_telling(options, &mut |_| ())
    }

    /// As [`Localnet::start`], with a line of progress for each step.
    pub fn start_telling(options: &Options, told: &mut (dyn FnMut(&str) + Send)) -> Result<Self> {
        let keys = options.keys.as_deref().map_or_else(|| Ok(Keys::new()), Keys::in_folder)?;
        let is_launched = options.launched && !options.bare;
        let lead = if is_launched { collateral::lead_secs(&options.genesis)? } else { 0 };
        let clock = ChainClock::behind_wall(Duration::from_secs(lead));
        let shared = Arc::new(Shared::new(clock, Feeds::new(options, clock.now_ms())?));
        let program = if options.bare { None } else { Some(program::read(&options.program)?) };
        let validator = Validator::start(options.host, options.rpc_port, options.ws_port, &shared)?;
        let tokens = collateral::tokens(options, &keys)?;
        let genesis = options.genesis.clone();
        let network = Self { keys, folder: options.keys.clone(), genesis, shared, validator };
        told(&format!("serves {} and {}", network.rpc_url(), network.ws_url()));
        network.prepare(program, tokens)?;
        if is_launched {
            network.launch(lead, told)?;
        }
        Ok(network)
    }

    /// URL of JSON-RPC.
    pub fn rpc_url(&self) -> String {
        format!("http://{}", reached(self.validator.rpc))
    }

    /// URL of WebSocket.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", reached(self.validator.ws))
    }

    /// Genesis hash in base 58, another one for each network.
    pub fn genesis_hash(&self) -> String {
        self.validator.genesis_hash.to_string()
    }

    /// The USDC mint.
    pub fn mint(&self) -> Pubkey {
        self.keys.mint.pubkey()
    }

    /// The file of a key, by its name, if keys are kept in files.
    pub fn key_file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_deref().map(|folder| keys::file(folder, name))
    }

    /// The price accounts of the genesis's markets, in the order of their numbers.
    pub fn prices(&self) -> Vec<PriceAccount> {
        let feeds = self.shared.feeds();
        let numbered = feeds.all().iter().zip(1u16..).take(self.genesis.markets.len());
        let account = |(feed, market): (&prices::Feed, u16)| PriceAccount {
            market,
            name: feed.name.clone(),
            account: feed.account,
            usd: feed.usd(),
        };
        numbered.map(account).collect()
    }

    /// The banks of other collateral than USDC, in the order of their numbers. Errors where the genesis names no feed of one.
    pub fn banks(&self) -> Result<Vec<BankToken>> {
        let feeds = self.shared.feeds();
        let mut banks = Vec::with_capacity(self.genesis.banks.len());
        for (genesis, bank) in self.genesis.banks.iter().zip(1u8..) {
            let named = |id: [u8; 32]| feeds.of(&id).with_context(|| format!("{} has no feed", genesis.name));
            let feed = named(genesis.feed()?)?;
            let rate = Some(genesis.rate_feed()?).filter(|id| *id != [0; 32]).map(named).transpose()?;
            banks.push(BankToken {
                bank,
                name: genesis.name.clone(),
                mint: collateral::mint(&self.keys, &genesis.name)?,
                decimals: genesis.decimals,
                account: feed.account,
                rate: rate.map(|feed| feed.account),
                usd: feed.usd(),
            });
        }
        Ok(banks)
    }

    /// Sets a market's price, in USD per unit of the feed's asset, and posts it; or that of a bank's collateral by its name, or
    /// its exchange rate by `NAME/rate`. A bank with the feed of a market has its price. Errors where there is no such name.
    pub fn set_price(&self, market: &str, usd: f64) -> Result<()> {
        self.glide_price(market, usd, 0)
    }

    /// Moves a market's price to a value over so many milliseconds of the chain's time. Errors where there is no such market.
    pub fn glide_price(&self, market: &str, usd: f64, over_ms: u64) -> Result<()> {
        self.shared.feeds().set(market, usd, over_ms)?;
        self.post()
    }

    /// What a market's price is, in USD per unit of the feed's asset. Errors where there is no such market.
    pub fn price(&self, market: &str) -> Result<f64> {
        self.shared.feeds().price(market)
    }

    /// Stops posting a market's price, or resumes it, as if its publisher had gone. Errors where there is no such market.
    pub fn withhold_price(&self, market: &str, is_withheld: bool) -> Result<()> {
        self.shared.feeds().withhold(market, is_withheld)?;
        self.post()
    }

    /// Moves the chain's time forwards by so many seconds. Returns when prices of the new time are posted.
    pub fn advance(&self, secs: u64) -> Result<()> {
        let now_ms = self.shared.clock().now_ms();
        if secs == 0 {
            self.post()
        } else {
            self.validator.chain.travel(now_ms.saturating_add(secs.saturating_mul(1_000)))
        }
    }

    /// The chain's unix time.
    pub fn unix(&self) -> i64 {
        i64::try_from(self.shared.clock().now_ms() / 1_000).unwrap_or(i64::MAX)
    }

    /// Stops the chain's time; transactions go on.
    pub fn pause_clock(&self) {
        self.shared.clock().pause();
    }

    /// The chain's time goes on.
    pub fn resume_clock(&self) {
        self.shared.clock().resume();
    }

    /// Stops the network and returns when its ports are free. Errors where that takes too long.
    pub fn stop(mut self) -> Result<()> {
        self.validator.stop()
    }

    fn post(&self) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        self.validator.chain.serve(move |svm| producer::post_anew(svm, &shared))
    }

    /// Sets the exchange up and opens it; the clock makes up for so many seconds in front of the first market.
    fn launch(&self, lead: u64, told: &mut (dyn FnMut(&str) + Send)) -> Result<()> {
        let mut awaited = Some(lead).filter(|lead| *lead != 0);
        let mut arrived = Ok(());
        let mut listener = |line: &str| {
            if let Some(lead) = awaited.take_if(|_| line.contains(FIRST_MARKET)) {
                arrived = self.advance(lead);
            }
            told(line);
        };
        exchange::launch(&self.rpc_url(), &self.genesis, &self.keys, &mut listener)?;
        arrived
    }

    /// Puts into place what is not done by transactions.
    fn prepare(&self, program: Option<Vec<u8>>, tokens: Vec<collateral::Token>) -> Result<()> {
        let keys = self.keys.copy();
        self.validator.chain.serve(move |svm| {
            ground::fund(svm, &keys, &tokens)?;
            program.map_or(Ok(()), |program| ground::deploy(svm, &program, &keys.admin.pubkey()))
        })?;
        self.post()
    }
}

/// Where something that listens on all addresses is reached from here.
fn reached(listens: SocketAddr) -> SocketAddr {
    let host = match listens.ip() {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    SocketAddr::new(host, listens.port())
}
