//! What the publisher says: one feed for each market, moved by its source and by whoever sets a price; and those of banks'
//! collateral, which stay where they are put unless a market has the same feed.
//!
//! Positions are in the chain's time, so that a jump of the clock is a jump along a file and the end of a glide. The block
//! producer asks for every feed's update in each period and puts it under the receiver's name.

mod history;
mod walk;

use anyhow::{Context, Result, bail, ensure};
use keel_sdk::pyth::{self, PriceUpdate, Verification};
use keel_simulator::Quote;
use solana_pubkey::Pubkey;

use crate::options::{Options, Prices};
use history::History;
use walk::Walk;

/// Which shard of the push oracle's accounts is published to.
pub const SHARD: u16 = 0;
/// Milliseconds in which the moving average takes over a change but for the part `1/e`.
const AVERAGE_MS: f64 = 3_600_000.0;
/// Market whose prices a file holds; the others move with it.
const HISTORY_MARKET: &str = "BTC";

/// A change of price that takes its time.
#[derive(Clone, Copy, Debug)]
struct Glide {
    from: f64,
    to: f64,
    start_ms: u64,
    end_ms: u64,
}

/// One feed.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The market's name, or that of the bank's collateral; its exchange rate is `NAME/rate`.
    pub name: String,
    /// Pyth feed.
    pub id: [u8; 32],
    /// The price account.
    pub account: Pubkey,
    /// USD per unit of the feed's asset.
    usd: f64,
    /// Whether a file of prices moves it.
    follows: bool,
    /// What the file's first price stands for there.
    base: f64,
    average: f64,
    walk: Option<Walk>,
    glide: Option<Glide>,
    is_withheld: bool,
    published: i64,
}

impl Feed {
    /// The update that is posted in a slot. Its publish time is the chain's.
    pub fn update(&self, unix: i64, slot: u64) -> PriceUpdate {
        let Quote { price, conf, exponent, .. } = Quote::of_usd(self.usd);
        PriceUpdate {
            write_authority: pyth::PUSH_ORACLE.to_bytes(),
            verification: Verification::Full,
            feed_id: self.id,
            price,
            conf,
            exponent,
            publish_time: unix,
            prev_publish_time: self.published,
            ema_price: Quote::of_usd(self.average).price,
            ema_conf: conf,
            posted_slot: slot,
        }
    }

    /// USD per unit of the feed's asset.
    pub const fn usd(&self) -> f64 {
        self.usd
    }
}

/// All feeds.
#[derive(Debug)]
pub struct Feeds {
    feeds: Vec<Feed>,
    history: Option<History>,
    last_ms: u64,
}

impl Feeds {
    /// The feeds of the genesis's markets and banks at their first prices, from a time on. Errors where one has no first
    /// price, and where a file of prices cannot be read.
    pub fn new(options: &Options, now_ms: u64) -> Result<Self> {
        let history = match &options.prices {
            Prices::File { path, speed } => Some(History::read(path, *speed, now_ms)?),
            Prices::Fixed | Prices::Walk { .. } => None,
        };
        let mut feeds = Vec::new();
        for market in &options.genesis.markets {
            let is_in_history = market.name == HISTORY_MARKET;
            let named = options.first_price(&market.name, market.launch_price)?;
            let first = history.as_ref().filter(|_| is_in_history).map_or(named, History::first);
            let id = market.feed()?;
            let walk = match options.prices {
                Prices::Walk { seed } => Some(Walk::of(seed, &market.name)),
                Prices::Fixed | Prices::File { .. } => None,
            };
            feeds.push(Feed { walk, follows: true, ..Feed::still(market.name.clone(), id, first) });
        }
        for bank in &options.genesis.banks {
            let rate = Some(bank.rate_feed()?).filter(|id| *id != [0; 32]).map(|id| (rate_name(&bank.name), id));
            for (name, id) in [(bank.name.clone(), bank.feed()?)].into_iter().chain(rate) {
                if feeds.iter().all(|feed: &Feed| feed.id != id) {
                    let first = options.first_price(&name, None)?;
                    feeds.push(Feed::still(name, id, first));
                }
            }
        }
        Ok(Self { feeds, history, last_ms: now_ms })
    }

    /// Moves every feed to a time and answers what is to be posted then.
    pub fn advance(&mut self, now_ms: u64) -> Vec<Feed> {
        let factor = self.history.as_ref().map(|history| history.factor(now_ms));
        let elapsed = now_ms.saturating_sub(self.last_ms) as f64;
        let weight = 1.0 - (-elapsed / AVERAGE_MS).exp();
        self.last_ms = now_ms;
        for feed in &mut self.feeds {
            let factor = factor.filter(|_| feed.follows);
            if let Some(factor) = factor {
                feed.usd = feed.base * factor;
            }
            if let Some(walk) = &mut feed.walk {
                feed.usd *= walk.step();
            }
            feed.glide(now_ms, factor);
            feed.average += (feed.usd - feed.average) * weight;
        }
        self.due()
    }

    /// What is to be posted as it stands.
    pub fn due(&self) -> Vec<Feed> {
        self.feeds.iter().filter(|feed| !feed.is_withheld).cloned().collect()
    }

    /// Notes that what was due has been posted with this publish time.
    pub fn posted(&mut self, unix: i64) {
        for feed in self.feeds.iter_mut().filter(|feed| !feed.is_withheld) {
            feed.published = unix;
        }
    }

    /// Sets a market's price, at once or over so many milliseconds. Where a source moves it, it goes on from there.
    ///
    /// Errors where there is no such market and where the price is none.
    pub fn set(&mut self, market: &str, usd: f64, over_ms: u64) -> Result<()> {
        ensure!(usd.is_finite() && usd > 0.0, "a price must be above zero, not {usd}");
        let now_ms = self.last_ms;
        let factor = self.history.as_ref().map_or(1.0, |history| history.factor(now_ms));
        let feed = self.find(market)?;
        let factor = if feed.follows { factor } else { 1.0 };
        feed.glide = None;
        if over_ms == 0 {
            feed.usd = usd;
            feed.base = usd / factor;
        } else {
            let end_ms = now_ms.saturating_add(over_ms);
            feed.glide = Some(Glide { from: feed.usd, to: usd, start_ms: now_ms, end_ms });
        }
        Ok(())
    }

    /// Stops or resumes posting a market's price, as a publisher that has gone. Errors where there is no such market.
    pub fn withhold(&mut self, market: &str, is_withheld: bool) -> Result<()> {
        self.find(market)?.is_withheld = is_withheld;
        Ok(())
    }

    /// A market's price in USD per unit of the feed's asset. Errors where there is no such market.
    pub fn price(&self, market: &str) -> Result<f64> {
        let found = self.feeds.iter().find(|feed| feed.name == market);
        found.map(Feed::usd).with_context(|| format!("there is no market {market}"))
    }

    /// Every feed: those of the markets first, in their order.
    pub fn all(&self) -> &[Feed] {
        &self.feeds
    }

    /// The feed of this id.
    pub fn of(&self, id: &[u8; 32]) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.id == *id)
    }

    fn find(&mut self, market: &str) -> Result<&mut Feed> {
        let names: Vec<_> = self.feeds.iter().map(|feed| feed.name.clone()).collect();
        match self.feeds.iter_mut().find(|feed| feed.name == market) {
            Some(feed) => Ok(feed),
            None => bail!("there is no market {market}, only {}", names.join(", ")),
        }
    }
}

/// Name of the feed of an exchange rate.
fn rate_name(bank: &str) -> String {
    format!("{bank}/rate")
}

impl Feed {
    /// A feed that stays where it is put.
    fn still(name: String, id: [u8; 32], first: f64) -> Self {
        Self {
            name,
            account: pyth::feed_account(SHARD, &id),
            id,
            usd: first,
            follows: false,
            base: first,
            average: first,
            walk: None,
            glide: None,
            is_withheld: false,
            published: 0,
        }
    }

    /// Where a glide has got to; it stands above what the source says until it is over, and the source goes on from there.
    fn glide(&mut self, now_ms: u64, factor: Option<f64>) {
        let Some(glide) = self.glide else { return };
        let length = glide.end_ms.saturating_sub(glide.start_ms).max(1) as f64;
        let part = (now_ms.saturating_sub(glide.start_ms) as f64 / length).min(1.0);
        self.usd = glide.from + (glide.to - glide.from) * part;
        self.base = self.usd / factor.unwrap_or(1.0);
        if now_ms >= glide.end_ms {
            self.glide = None;
        }
    }
}
