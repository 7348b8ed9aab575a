//! The prices of the other markets, which follow BTC's: each one's return is a part `beta` of BTC's and noise of its own,
//!
//! ```text
//! ln(p1 / p0) = beta * ln(btc1 / btc0) + noise * sqrt(minutes) * N(0, 1)
//! ```
//!
//! from a first price and a seed that are the same in every run. A share's price goes on moving while its exchange is
//! closed, but nobody publishes it: the first price of the morning shows the night all at once.

use keel_simulator::Quote;

use crate::calendar::is_session;
use crate::prices::{Publisher, Sample};
use crate::random::Random;

/// Places of the markets in the genesis file.
pub const BTC: usize = 0;
pub const SOL: usize = 1;
pub const ETH: usize = 2;
pub const PUMP: usize = 3;
pub const NVDA: usize = 4;
/// How many markets there are.
pub const MARKETS: usize = 5;

/// Seed of the noise.
const SEED: u64 = 5;

/// How a market follows BTC.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// Its place.
    pub market: usize,
    /// First price, in USD per unit.
    pub first: f64,
    /// Part of BTC's return.
    pub beta: f64,
    /// Deviation of its own return in a minute.
    pub noise: f64,
    /// Whether it has a price only while New York trades.
    pub has_sessions: bool,
}

/// The markets that follow.
pub const RELATIONS: [Relation; MARKETS - 1] = [
    Relation { market: SOL, first: 58.0, beta: 1.15, noise: 0.000_9, has_sessions: false },
    Relation { market: ETH, first: 2_050.0, beta: 1.05, noise: 0.000_5, has_sessions: false },
    Relation { market: PUMP, first: 0.004, beta: 0.7, noise: 0.002, has_sessions: false },
    Relation { market: NVDA, first: 495.0, beta: 0.12, noise: 0.000_4, has_sessions: true },
];

/// What is published of every market at one sample; none is silence.
pub type Published = [Option<Quote>; MARKETS];

/// What is published at each sample of BTC. At the first, every market has a price.
pub fn follow(samples: &[Sample]) -> Vec<Published> {
    let mut all: Vec<Published> = vec![[None; MARKETS]; samples.len()];
    for (published, sample) in all.iter_mut().zip(samples) {
        published[BTC] = Some(sample.quote);
    }
    for relation in &RELATIONS {
        let mut random = Random::new(SEED + relation.market as u64);
        let (mut publisher, mut price) = (Publisher::default(), relation.first);
        let mut last: Option<&Sample> = None;
        for (published, sample) in all.iter_mut().zip(samples) {
            if let Some(before) = last {
                let minutes = (sample.unix - before.unix) as f64 / 60.0;
                let own = relation.noise * minutes.sqrt() * random.normal();
                price *= (relation.beta * (sample.price / before.price).ln() + own).exp();
            }
            if last.is_none() || !relation.has_sessions || is_session(sample.unix) {
                published[relation.market] = Some(publisher.quote(sample.unix, price));
            }
            last = Some(sample);
        }
    }
    all
}
