//! Exchanges on which nobody but the measured capital quotes.

use anyhow::{Context, Result, bail, ensure};
use keel_engine::Side;
use keel_simulator::setup::AccountSetup;
use keel_simulator::{Action, Done, Simulator};

use super::{CAPITAL, DISTANCES_PPM, WIDTHS};
use crate::agents::symmetric;
use crate::depth::{MOST, Within};
use crate::paths::{MARKETS, Published};
use crate::setup;
use crate::world::{USD, World};

/// Who trades to check a quote.
pub const TAKER: &str = "taker";
/// What he deposits, in USD: enough for the largest margin.
pub const TAKER_USD: f64 = 1e9;
/// Unix time of the exchange's start in the world's own count.
const START: i64 = 0;

/// Who quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Built {
    /// An LP for each market, with half of the margin used.
    Providers,
    /// An account for each market.
    Apart,
    /// One account in all markets.
    Pooled,
}

impl Built {
    /// The accounts, in USD; the last is the taker's.
    fn accounts(self) -> Vec<AccountSetup> {
        let account = |name: String, usd: f64| AccountSetup::new(name, (usd * USD) as u64);
        let apart = (0..MARKETS).map(|market| account(format!("market {}", market + 1), CAPITAL / MARKETS as f64));
        let mut accounts: Vec<_> = match self {
            Self::Providers | Self::Apart => apart.collect(),
            Self::Pooled => vec![account("pool".to_owned(), CAPITAL)],
        };
        accounts.push(account(TAKER.to_owned(), TAKER_USD));
        accounts
    }

    /// Who quotes in a market, by his place.
    pub const fn who(self, market: usize) -> usize {
        match self {
            Self::Providers | Self::Apart => market,
            Self::Pooled => 0,
        }
    }

    /// The range of a market.
    fn range(self, price: f64, market: usize, leverage: f64) -> Result<Action> {
        let contracts = leverage * CAPITAL / MARKETS as f64 / price;
        Ok(Action::AddRange { who: self.who(market), market, request: symmetric(WIDTHS[market], contracts)? })
    }

    /// On the engine alone, with the ranges of these markets; none if one is refused for its margin.
    pub fn on_engine(
        self,
        firsts: &Published,
        leverage: &[f64; MARKETS],
        markets: std::ops::Range<usize>,
    ) -> Result<Option<Simulator>> {
        let mut simulator = Simulator::start(&setup::at(firsts, self.accounts())?)?;
        for market in markets {
            let index = simulator.books.markets.get(&keel_simulator::setup::number(market)).context("no market")?.index;
            let range = self.range(keel_simulator::native::usd(index.bits), market, leverage[market])?;
            match simulator.play(&range) {
                Ok(_) => {}
                Err(keel_engine::Error::InsufficientMargin) => return Ok(None),
                Err(error) => bail!("a range is refused: {error}"),
            }
        }
        Ok(Some(simulator))
    }

    /// On the chain and the engine in step, with the ranges of all markets.
    pub fn on_chain(self, firsts: &Published, leverage: &[f64; MARKETS]) -> Result<World> {
        let mut world = World::of(START, setup::at(firsts, self.accounts())?)?;
        for (market, leverage) in leverage.iter().enumerate() {
            let range = self.range(world.index(market)?, market, *leverage)?;
            let _added = world.perform(range)?.with_context(|| format!("the range of market {}", market + 1))?;
        }
        Ok(world)
    }
}

/// Buys on the chain up to the first distance, and sells again. Errors unless it got exactly what was quoted.
pub fn trade_is_as_quoted(world: &mut World, market: usize, quoted: &Within) -> Result<bool> {
    let who = world.who(TAKER)?;
    let limit = Within::limit(world.market(market)?.index, Side::Buy, DISTANCES_PPM[0]);
    let most = MOST as f64 / crate::world::CONTRACT;
    let bought = world.trade_to(who, market, most, limit)?.context("the taker cannot buy")?;
    let Done::Traded { base, quote, .. } = bought else { bail!("a trade that traded nothing") };
    let got = Within { base: base.unsigned_abs(), quote: quote.unsigned_abs() };
    ensure!(got == *quoted, "market {}: {quoted:?} was quoted, {got:?} traded", market + 1);
    let contracts = world.contracts(who, market);
    let _sold = world.trade(who, market, -contracts, true)?.context("the taker cannot sell")?;
    Ok(true)
}
