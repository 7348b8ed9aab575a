//! Who is there: a keeper, a liquidator, an arbitrageur, providers and traders, the same for the same seed.

use keel_engine::params::Params;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use keel_model::source::{Random, Source};
use keel_simulator::setup::{AccountSetup, MarketSetup};
use keel_simulator::{Quote, Setup};

use crate::collateral::Margin;
use crate::paths::{PROVIDERS, Path};

/// Names and first prices of the markets.
const MARKETS: [(&[u8; 16], f64); 2] =
    [(b"BTC\0\0\0\0\0\0\0\0\0\0\0\0\0", 60_000.0), (b"SOL\0\0\0\0\0\0\0\0\0\0\0\0\0", 150.0)];
/// Quote atoms in a dollar.
pub const USD: f64 = 1e6;
/// Place of the keeper in the list.
pub const KEEPER: usize = 0;
/// Place of who takes positions over.
pub const LIQUIDATOR: usize = 1;
/// Place of who brings the curve back to the index, as long as new risk is allowed.
pub const ARBITRAGEUR: usize = 2;
/// Place of the first provider.
pub const FIRST_PROVIDER: usize = 3;
/// Place of the first trader.
pub const FIRST_TRADER: usize = FIRST_PROVIDER + PROVIDERS;
/// Dollars that the keeper brings, to take dust over.
const KEEPER_USD: u64 = 100;
/// Dollars that the liquidator and the arbitrageur bring.
const LIQUIDATOR_USD: u64 = 500_000;
const ARBITRAGEUR_USD: u64 = 300_000;
/// Dollars that a provider brings.
const PROVIDER_USD: u64 = 250_000;
/// Dollars that who buys collateral brings.
const BUYER_USD: u64 = 500_000;

/// What a trader does when the market falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// Does nothing at all.
    Sleeps,
    /// Closes in a fall, at whatever price.
    Panics,
    /// Brings more money once.
    TopsUp,
    /// Closes with a profit, takes it out as soon as it may be, at the full ratio.
    Runs,
    /// The same, and takes whatever ratio there is.
    Grabs,
}

/// A trader before he trades.
#[derive(Clone, Copy, Debug)]
pub struct Trader {
    /// Place in the list of accounts.
    pub who: usize,
    /// Dollars.
    pub usd: f64,
    /// Notional over capital, in all markets.
    pub leverage: f64,
    /// Whether it is long.
    pub is_long: bool,
    /// Parts of the notional in each market.
    pub parts: [f64; 2],
    /// What it does.
    pub temper: Temper,
    /// Atoms of other collateral that it has in place of its dollars; 0 for who has those.
    pub tokens: u64,
}

/// Everybody.
pub struct Crowd {
    /// What the exchange starts with.
    pub setup: Setup,
    /// The traders.
    pub traders: Vec<Trader>,
}

/// Uniform in `[0, 1)`.
fn unit(random: &mut Random) -> f64 {
    random.below(1 << 32) as f64 / (1u64 << 32) as f64
}

/// The first price of a market.
pub fn first_price(market: usize) -> f64 {
    MARKETS.get(market).map_or(1.0, |(_, price)| *price)
}

impl Crowd {
    /// The crowd of a path and a seed. `in_dollars` gives everybody USDC: as much as his other collateral would count for.
    pub fn of(path: &Path, seed: u64, traders: usize, in_dollars: bool) -> Self {
        let mut random = Random::new(seed, path.name, 0);
        let mut traders: Vec<Trader> =
            (0..traders).map(|place| Trader::draw(&mut random, path, FIRST_TRADER + place)).collect();
        if let Some(Margin { token, .. }) = path.margin {
            for trader in traders.iter_mut().skip(1).step_by(2) {
                if in_dollars {
                    trader.usd = (trader.usd * token.weight()).round();
                } else {
                    trader.tokens = token.atoms(trader.usd);
                }
            }
        }
        let account = |name: String, usd: u64| AccountSetup::new(name, usd * USD as u64);
        let mut accounts = vec![
            account("keeper".into(), KEEPER_USD),
            account("liquidator".into(), if path.liquidator { LIQUIDATOR_USD } else { 0 }),
        ];
        accounts.push(account("arbitrageur".into(), ARBITRAGEUR_USD));
        accounts.extend((1..=PROVIDERS).map(|number| account(format!("provider {number}"), PROVIDER_USD)));
        let dollars = |trader: &Trader| if trader.tokens == 0 { trader.usd as u64 } else { 0 };
        accounts.extend(traders.iter().map(|trader| account(format!("trader {}", trader.who), dollars(trader))));
        let margin = path.margin.filter(|_| !in_dollars);
        if let Some(Margin { is_wanted, .. }) = margin {
            accounts.push(account("buyer".into(), if is_wanted { BUYER_USD } else { 0 }));
        }
        let banks = margin.iter().map(|margin| margin.token.setup()).collect();
        let markets = MARKETS.iter().take(path.markets()).map(|(name, price)| MarketSetup {
            name: **name,
            mode: Mode::Floating,
            launch_price: Price::default(),
            // The skew behind a full premium is 5% of the cap on open interest, as a genesis file sets it.
            params: Params { skew_scale_base: (1e6 / price * 1e9) as u64, ..Params::DEFAULT },
            first: Quote::of_usd(*price),
        });
        let setup = Setup { markets: markets.collect(), banks, accounts, ..Setup::default() };
        Self { setup, traders }
    }
}

impl Trader {
    fn draw(random: &mut Random, path: &Path, who: usize) -> Self {
        // Log-uniform from 300 to 30,000 USD.
        let usd = (300.0 * 100f64.powf(unit(random))).round();
        let leverage = 2.0 + 18.0 * unit(random).sqrt();
        let is_long = random.below(100) < path.long;
        let crosses = path.markets() > 1;
        let parts = match random.below(4) {
            0 | 1 if crosses => [0.5, 0.5],
            2 if crosses => [0.0, 1.0],
            _ => [1.0, 0.0],
        };
        let temper = match random.below(20) {
            0..=11 => Temper::Sleeps,
            12 | 13 => Temper::Panics,
            14 | 15 => Temper::TopsUp,
            16 | 17 => Temper::Runs,
            _ => Temper::Grabs,
        };
        Self { who, usd, leverage, is_long, parts, temper, tokens: 0 }
    }
}
