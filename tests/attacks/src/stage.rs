//! What an exchange starts with.

use keel_embedded::Player;
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use keel_simulator::setup::{AccountSetup, MarketSetup, Overrides, POOL};
use keel_simulator::{Quote, Setup};

use crate::story::Story;

/// The first price of every market, in USD per contract.
pub(crate) const PRICE: f64 = 20_000.0;
/// Quote atoms in a dollar.
const USD: u64 = 1_000_000;

/// An exchange before it starts: a BTC market at 20,000 USD with the documented parameters, and nobody there.
#[derive(Clone, Debug)]
pub struct Stage {
    params: Params,
    modes: Vec<Mode>,
    people: Vec<(&'static str, u64)>,
    isolated: Vec<&'static str>,
    exchange: Overrides,
    strategy: Option<StrategyTerms>,
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// One floating market with default parameters. The skew behind a full premium is 5% of the cap on open interest, as
    /// a genesis file sets it.
    pub fn new() -> Self {
        let params = Params { skew_scale_base: 50_000_000_000, ..Params::DEFAULT };
        Self {
            params,
            modes: vec![Mode::Floating],
            people: Vec::new(),
            isolated: Vec::new(),
            exchange: Overrides::new(),
            strategy: None,
        }
    }

    /// Sets a parameter of every market.
    #[track_caller]
    pub fn with(mut self, parameter: &str, value: u64) -> Self {
        self.params.set(parameter, value).unwrap_or_else(|error| panic!("{parameter}: {error}"));
        self
    }

    /// Sets a parameter of the exchange or of its bank.
    pub fn with_exchange(mut self, parameter: &str, value: u64) -> Self {
        self.exchange.push((parameter.to_owned(), value));
        self
    }

    /// A market whose curve alone discovers the price: its peg stays at 20,000 USD.
    pub fn fixed(mut self) -> Self {
        self.modes = vec![Mode::Fixed];
        self
    }

    /// A second market of the same kind.
    pub fn two_markets(mut self) -> Self {
        self.modes.push(Mode::Floating);
        self
    }

    /// A pool whose one strategy quotes in the first market: so many basis points to either side, each side so many times
    /// what the pool is worth, up to a position of so many dollars, which is also the most that it takes over.
    pub fn pool(mut self, basis_points: u32, leverage: f64, cap: u32) -> Self {
        self.strategy = Some(StrategyTerms {
            quotes: 1,
            backstops: 1,
            pad: [0; 2],
            width_ticks: basis_points,
            weight_ppm: 1_000_000,
            leverage_ppm: (leverage * 1e6) as u32,
            exposure_cap_usd: cap,
            backstop_cap_usd: cap,
            backstop_loss_cap_usd: cap,
        });
        self
    }

    /// Somebody with an account and that many dollars in it.
    pub fn person(mut self, name: &'static str, dollars: u64) -> Self {
        self.people.push((name, dollars));
        self
    }

    /// Somebody whose account is isolated to the first market, as builders' are.
    pub fn isolated_person(mut self, name: &'static str, dollars: u64) -> Self {
        self.isolated.push(name);
        self.person(name, dollars)
    }

    /// The exchange starts. Panics with what is wrong.
    #[track_caller]
    pub fn start(self) -> Story {
        let names: [&[u8; 16]; 2] = [b"BTC\0\0\0\0\0\0\0\0\0\0\0\0\0", b"SOL\0\0\0\0\0\0\0\0\0\0\0\0\0"];
        if let Err(error) = self.params.check() {
            let rule = self.params.out_of_bounds().or_else(|| self.params.unsafe_combination());
            panic!("{error} ({rule:?})");
        }
        let market = |(mode, name): (&Mode, &&[u8; 16])| MarketSetup {
            name: **name,
            mode: *mode,
            launch_price: Price::default(),
            params: self.params,
            first: Quote::of_usd(PRICE),
        };
        let account = |(name, dollars): &(&'static str, u64)| AccountSetup {
            isolated: self.isolated.contains(name).then_some(0),
            ..AccountSetup::new((*name).to_owned(), dollars * USD)
        };
        let mut accounts: Vec<AccountSetup> = self.people.iter().map(account).collect();
        let mut names_of_all: Vec<&'static str> = self.people.iter().map(|(name, _)| *name).collect();
        if self.strategy.is_some() {
            accounts.push(AccountSetup::pool());
            names_of_all.push(POOL);
        }
        let setup = Setup {
            exchange: self.exchange,
            markets: self.modes.iter().zip(&names).map(market).collect(),
            accounts,
            strategies: self.strategy.into_iter().map(|terms| (0, terms)).collect(),
            ..Setup::default()
        };
        let player = Player::start(&setup).unwrap_or_else(|error| panic!("{error:#}"));
        Story::begin(player, names_of_all, setup.markets.len())
    }
}
