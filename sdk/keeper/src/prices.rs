//! Prices that the keeper brings itself, where the pushed ones are old: signed updates, posted by the transaction that uses
//! them and closed behind it.
//!
//! A source is `keel_client`'s [`PriceSource`]: a Hermes service, or [`Recorded`] updates from a file. The task here asks it
//! for markets and banks that the service names as behind; what it gives is told to the mirror as the price that a transaction will
//! find, and put around the instructions of jobs that were planned with it.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_client::nonblocking::Client;
use keel_client::price::{
    CollateralFuture, Hermes, PriceFuture, PriceSource, Priced, collateral_from_updates, from_updates,
};
use keel_engine::state::{Bank, Market};
use keel_sdk::hermes::Update;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use tokio::sync::{mpsc, watch};

use crate::config::PriceChoice;
use crate::endpoints::Endpoints;
use crate::job::Job;
use crate::mirror::PriceOf;

/// A source is asked this often for what is behind.
const EVERY: Duration = Duration::from_millis(800);
/// So many of the latest prices of one kind are kept for jobs that were planned with them.
const KEPT: usize = 4;

/// Updates that were recorded from Hermes, one in base64 a line, for tests and replays. The latest of a feed counts.
pub struct Recorded {
    updates: Vec<Update>,
}

impl Recorded {
    /// The updates in a text. Errors with the number of the first line that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let updates = lines.map(|(index, line)| {
            let bytes = STANDARD.decode(line.trim()).ok();
            let update = bytes.and_then(|bytes| Update::parse(&bytes).ok());
            update.ok_or_else(|| format!("line {}: this is no update in base64", index.saturating_add(1)))
        });
        Ok(Self { updates: updates.collect::<Result<_, _>>()? })
    }

    /// The updates in a file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl PriceSource for Recorded {
    fn price<'a>(&'a self, client: &'a Client, market: &'a Market, payer: &'a Pubkey) -> PriceFuture<'a> {
        Box::pin(from_updates(client, market, &self.updates, payer))
    }

    fn collateral<'a>(&'a self, client: &'a Client, bank: &'a Bank, payer: &'a Pubkey) -> CollateralFuture<'a> {
        Box::pin(collateral_from_updates(client, bank, &self.updates, payer))
    }
}

/// The source that the options name, if they name one.
pub fn source(choice: &PriceChoice) -> Result<Option<Arc<dyn PriceSource>>, String> {
    Ok(match choice {
        PriceChoice::None => None,
        PriceChoice::Hermes { address, key } => {
            let key = key.as_ref().map(|key| key.reveal());
            let hermes =
                Hermes::new(address.reveal(), key).map_err(|_| "prices.hermes: address or key is malformed")?;
            Some(Arc::new(hermes))
        }
        PriceChoice::Recorded(path) => Some(Arc::new(Recorded::read(path)?)),
    })
}

/// What a price is wanted of.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A market.
    Market(u16, Box<Market>),
    /// The collateral of a bank.
    Bank(u8, Box<Bank>),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Market(number, _) => write!(f, "market {number}"),
            Self::Bank(number, _) => write!(f, "bank {number}"),
        }
    }
}

/// Prices that were brought, the latest last.
#[derive(Default)]
pub struct Brought {
    kept: HashMap<PriceOf, VecDeque<Arc<Priced>>>,
}

/// What a job needs so that its prices are there.
#[derive(Default)]
pub struct Around {
    /// In front of its instructions.
    pub before: Vec<solana_instruction::Instruction>,
    /// Behind them.
    pub after: Vec<solana_instruction::Instruction>,
    /// Keys that sign.
    pub signers: Vec<Arc<Keypair>>,
}

impl Brought {
    /// Takes a new price.
    pub fn take(&mut self, of: PriceOf, priced: Priced) {
        let kept = self.kept.entry(of).or_default();
        kept.push_back(Arc::new(priced));
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }

    /// The latest price of something.
    pub fn latest(&self, of: PriceOf) -> Option<&Priced> {
        self.kept.get(&of)?.back().map(Arc::as_ref)
    }

    /// What goes around a job that was planned with prices from here; nothing if it uses pushed ones.
    pub fn around(&self, job: &Job) -> Around {
        let mut around = Around::default();
        for of in &job.prices {
            let uses = |priced: &&Arc<Priced>| {
                let metas = job.instructions.iter().flat_map(|instruction| &instruction.accounts);
                metas.into_iter().any(|meta| meta.pubkey == priced.account)
            };
            if let Some(priced) = self.kept.get(of).and_then(|kept| kept.iter().find(uses)) {
                around.before.extend(priced.before.iter().cloned());
                around.after.extend(priced.after.iter().cloned());
                around.signers.extend(priced.signers.iter().map(|signer| Arc::new(signer.insecure_clone())));
            }
        }
        around
    }
}

/// Asks a source for what is behind, until the receiver of what it brings is gone.
pub async fn bring(
    source: Arc<dyn PriceSource>,
    endpoints: Arc<Endpoints>,
    payer: Pubkey,
    behind: watch::Receiver<Vec<Wanted>>,
    brought: mpsc::Sender<(PriceOf, Priced)>,
) {
    loop {
        tokio::time::sleep(EVERY).await;
        let wanted = behind.borrow().clone();
        for wanted in wanted {
            let Some(rpc) = endpoints.serving().first().map(|endpoint| endpoint.rpc()) else { break };
            match fetched(source.as_ref(), &Client::from_rpc(rpc), &wanted, &payer).await {
                Ok(prices) => {
                    for price in prices {
                        if brought.send(price).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => tracing::warn!(of = %wanted, %error, "no price was brought"),
            }
        }
        if brought.is_closed() {
            return;
        }
    }
}

/// What a source gives of a market or of a bank.
async fn fetched(
    source: &dyn PriceSource,
    client: &Client,
    wanted: &Wanted,
    payer: &Pubkey,
) -> keel_client::Result<Vec<(PriceOf, Priced)>> {
    Ok(match wanted {
        Wanted::Market(number, market) => {
            vec![(PriceOf::Market(*number), source.price(client, market, payer).await?)]
        }
        Wanted::Bank(number, bank) => {
            let priced = source.collateral(client, bank, payer).await?;
            let rate = priced.rate.map(|rate| (PriceOf::Rate(*number), rate));
            [(PriceOf::Bank(*number), priced.price)].into_iter().chain(rate).collect()
        }
    })
}
