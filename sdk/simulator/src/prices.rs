//! Prices as a publisher posts them: one feed for each market, one or two for each bank of other collateral than USDC.

use keel_engine::oracle::Sample;

use crate::setup::BankSetup;

/// A price as its publisher states it: in USD, times `10^-exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price.
    pub price: i64,
    /// Its confidence interval.
    pub conf: u64,
    /// Moving average of the price.
    pub ema: i64,
    /// Power of ten of all three.
    pub exponent: i32,
}

impl Quote {
    /// The quote as the engine reads it once it is published at a time.
    pub const fn sample(&self, publish_time: i64) -> Sample {
        let Self { price, conf, exponent, ema, .. } = *self;
        Sample { price, conf, exponent, publish_time, ema_price: ema }
    }

    /// A price in USD with 8 decimals, a confidence of a hundredth of a percent, and itself as the average.
    pub fn of_usd(price: f64) -> Self {
        let scaled = (price * 1e8).round() as i64;
        Self { price: scaled, conf: scaled.unsigned_abs() / 10_000, ema: scaled, exponent: -8 }
    }
}

/// What is published of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Feed {
    quote: Quote,
    /// The one second in which it was published; a publisher that goes on has none.
    published: Option<i64>,
}

/// The feeds of all markets.
///
/// A publisher goes on publishing its last price, so that every transaction brings an update of its own second; an update
/// that is pinned to a second stands alone and grows old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feeds(Vec<Feed>);

impl Feeds {
    /// Feeds whose publishers go on publishing these prices.
    pub fn of(quotes: impl IntoIterator<Item = Quote>) -> Self {
        Self(quotes.into_iter().map(|quote| Feed { quote, published: None }).collect())
    }

    /// Publishes a price of a market, by its place in the list. A place that is not there is left alone.
    pub fn publish(&mut self, market: usize, quote: Quote, published: Option<i64>) {
        if let Some(feed) = self.0.get_mut(market) {
            *feed = Feed { quote, published };
        }
    }

    /// The update that a transaction brings at a unix time.
    pub fn sample(&self, market: usize, unix: i64) -> Option<Sample> {
        self.0.get(market).map(|feed| feed.quote.sample(feed.published.unwrap_or(unix)))
    }
}

/// Which feed of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankFeed {
    /// Of the price in USD.
    Price,
    /// Of the exchange rate.
    Rate,
}

/// The feeds of all banks but that of USDC. Banks are numbers, from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankFeeds {
    prices: Feeds,
    rates: Feeds,
}

impl BankFeeds {
    /// Feeds whose publishers go on publishing these prices and rates; the rate of a bank without a feed of it is 1.
    pub fn of(banks: &[BankSetup]) -> Self {
        let one = Quote { price: 1, conf: 0, ema: 1, exponent: 0 };
        Self {
            prices: Feeds::of(banks.iter().map(|bank| bank.first)),
            rates: Feeds::of(banks.iter().map(|bank| bank.rate.unwrap_or(one))),
        }
    }

    /// Publishes a price or a rate of a bank. A bank that is not there is left alone.
    pub fn publish(&mut self, bank: usize, feed: BankFeed, quote: Quote, published: Option<i64>) {
        let Some(place) = bank.checked_sub(1) else { return };
        match feed {
            BankFeed::Price => self.prices.publish(place, quote, published),
            BankFeed::Rate => self.rates.publish(place, quote, published),
        }
    }

    /// The update that a transaction brings at a unix time.
    pub fn sample(&self, bank: usize, feed: BankFeed, unix: i64) -> Option<Sample> {
        let feeds = if feed == BankFeed::Price { &self.prices } else { &self.rates };
        feeds.sample(bank.checked_sub(1)?, unix)
    }
}
