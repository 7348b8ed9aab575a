//! The exchanges that the model plays on: parameters at their defaults and at their ends, floating and fixed markets,
//! contracts of which an atom is worth thousands of quote atoms or a thousandth of one.

use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use keel_simulator::Setup;
use keel_simulator::prices::Quote;
use keel_simulator::setup::{AccountSetup, BankSetup, MarketSetup};

use crate::source::Source;

/// One contract in base atoms.
pub const CONTRACT: u64 = 1_000_000_000;
/// One USD in quote atoms.
pub const USD: u64 = 1_000_000;
/// Accounts of an exchange.
pub const ACCOUNTS: usize = 12;

/// A market of an exchange.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// How its peg follows the index.
    pub mode: Mode,
    /// Its parameters.
    pub params: Params,
    /// Price of a contract, in USD.
    pub usd: u32,
}

/// A kind of exchange.
#[derive(Clone, Copy, Debug)]
pub struct Set {
    /// Its name, for the command line.
    pub name: &'static str,
    /// Its markets.
    pub markets: &'static [Listed],
}

const fn listed(mode: Mode, params: Params, usd: u32) -> Listed {
    Listed { mode, params, usd }
}

const fn floating(params: Params, usd: u32) -> Listed {
    listed(Mode::Floating, params, usd)
}

const fn fixed(params: Params, usd: u32) -> Listed {
    listed(Mode::Fixed, params, usd)
}

/// Every kind.
pub const SETS: [Set; 9] = [
    Set { name: "floating", markets: &[floating(Params::DEFAULT, 50_000), floating(Params::DEFAULT, 150)] },
    Set { name: "fixed", markets: &[fixed(BANDLESS, 50_000), floating(BANDLESS, 50_000)] },
    Set { name: "plain", markets: &[floating(PLAIN, 50_000)] },
    Set { name: "dear", markets: &[floating(Params::DEFAULT, 5_000_000), fixed(Params::DEFAULT, 5_000_000)] },
    Set { name: "cheap", markets: &[floating(Params::DEFAULT, 1), fixed(Params::DEFAULT, 1)] },
    Set { name: "free", markets: &[floating(FREE, 50_000)] },
    Set { name: "wide", markets: &[floating(WIDE, 50_000), floating(WIDE, 50_000)] },
    Set { name: "equity", markets: &[floating(EQUITY, 500), fixed(EQUITY, 500)] },
    Set { name: "five", markets: &FIVE },
];

/// What a venue lists: three majors, one whose curve alone discovers the price, and one whose underlying sleeps.
const FIVE: [Listed; 5] = [
    floating(Params::DEFAULT, 50_000),
    floating(Params::DEFAULT, 150),
    floating(Params::DEFAULT, 3_000),
    fixed(Params::DEFAULT, 20),
    floating(EQUITY, 500),
];

const BANDLESS: Params = Params { price_band_ppm: 0, ..Params::DEFAULT };

/// Few crossings, no guard window, profit that matures at once.
const PLAIN: Params = Params {
    max_crossings: 8,
    guard_secs: 0,
    min_range_slots: 0,
    profit_half_life_secs: 0,
    drift_horizon_secs: 0,
    imf_slope_ppm_per_million_usd: 0,
    ..Params::DEFAULT
};

/// No fee at all: an atom that rounding gives away is an atom of profit.
const FREE: Params = Params {
    base_fee_ppm: 0,
    max_fee_ppm: 0,
    conf_weight_ppm: 0,
    vol_weight_ppm: 0,
    age_weight_ppm_per_sec: 0,
    depth_weight_ppm: 0,
    rebalance_factor_ppm: 1_000_000,
    ..PLAIN
};

/// No base fee, a wide band, fast funding, slow maturity: what the defaults do not reach.
const WIDE: Params = Params {
    base_fee_ppm: 0,
    max_fee_ppm: 20_000,
    price_band_ppm: 100_000,
    tick_spacing: 10,
    skew_scale_base: 50 * CONTRACT,
    imr_ppm: 400_000,
    mmr_ppm: 240_000,
    funding_cap_ppm_per_hour: 20_000,
    funding_slew_ppm_per_hour2: 1_000_000,
    funding_day_cap_ppm: 1_000_000,
    profit_half_life_secs: 86_400,
    max_part_ppm: 1_000_000,
    step_gap_secs: 0,
    guard_secs: 10,
    oi_cap_usd: 10_000_000,
    ..Params::DEFAULT
};

/// A feed that sleeps, after so short a silence that it does so again and again.
const EQUITY: Params = Params {
    max_age_mark_secs: 10,
    session_gap_secs: 15,
    session_speed_ppm_per_hour: 100_000,
    offset_speed_ppm_per_min: 20_000,
    ..Params::DEFAULT
};

/// Parameters of the pool, between which each exchange chooses.
const POOL: [(&str, [u64; 3]); 5] = [
    ("cooldown_secs", [3_600, 3_600, 86_400]),
    ("redeem_window_secs", [3_600, 7_200, 86_400]),
    ("min_request_usd", [1, 10, 100]),
    ("pool_cap_usd", [0, 0, 1_000_000]),
    ("reserve_ppm", [0, 50_000, 500_000]),
];

/// A price of so many USD, with a confidence of a twentieth of a permille.
pub fn quote(price: i64) -> Quote {
    Quote { price, conf: price.unsigned_abs() / 20_000, ema: price, exponent: -8 }
}

fn padded(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.bytes()).for_each(|(byte, letter)| *byte = letter);
    bytes
}

/// A market by its place.
fn market(place: usize, listed: &Listed) -> MarketSetup {
    MarketSetup {
        name: padded(["ONE", "TWO", "THREE", "FOUR", "FIVE"][place % 5]),
        mode: listed.mode,
        launch_price: Price::default(),
        params: listed.params,
        first: quote(i64::from(listed.usd) * 100_000_000),
    }
}

/// Parameters of other collateral, between which each exchange chooses.
const BANK: [(&str, [u64; 4]); 12] = [
    ("haircut_ppm", [300_000, 700_000, 900_000, 930_000]),
    ("cap_usd", [1_000_000, 10_000_000, 100_000_000, 100_000_000]),
    ("ramp_secs", [86_400, 86_400, 86_400, 1_000_000]),
    ("debt_grace_secs", [0, 60, 600, 3_600]),
    ("size_slope_ppm_per_million_usd", [0, 0, 50_000, 1_000_000]),
    ("max_age_price_secs", [5, 60, 60, 3_600]),
    ("rate_speed_ppm_per_day", [0, 500, 500, 10_000]),
    ("sale_discount_min_ppm", [0, 0, 5_000, 5_000]),
    ("sale_discount_max_ppm", [5_000, 20_000, 50_000, 60_000]),
    ("sale_secs", [10, 60, 300, 300]),
    ("outflow_floor_usd", [0, 100_000, 10_000_000, 10_000_000]),
    ("outflow_limit_ppm_per_hour", [10_000, 100_000, 100_000, 500_000]),
];

/// A bank of other collateral.
fn bank(source: &mut impl Source, name: &str, decimals: u8, (price, rate): (i64, Option<i64>)) -> BankSetup {
    let chosen = BANK.map(|(name, values)| (name, source.pick(&values)));
    let stated = |price| Quote { conf: 0, ..quote(price) };
    BankSetup {
        name: name.to_owned(),
        decimals,
        first: stated(price),
        rate: rate.map(stated),
        listed: source.pick(&[0, 20_000, 100_000, 2_000_000]),
        params: BankSetup::params_of(chosen).unwrap_or_else(|what| panic!("{what}")),
    }
}

/// How the pool quotes in a market: at half of its band or near its edge, with a leverage that its margin allows.
fn strategy(source: &mut impl Source, params: &Params, weight_ppm: u32) -> StrategyTerms {
    let widest = if params.price_band_ppm == 0 { 400 } else { params.price_band_ppm / 100 };
    let steps = widest / params.tick_spacing;
    let most = 1_000_000_000_000 / u64::from(params.imr_ppm.max(100_000));
    StrategyTerms {
        quotes: u8::from(!source.one_in(8)),
        backstops: u8::from(!source.one_in(8)),
        pad: [0; 2],
        width_ticks: params.tick_spacing * source.pick(&[1, steps / 2, steps]).max(1),
        weight_ppm,
        leverage_ppm: source.pick(&[500_000, 2_000_000, most]).min(most) as u32,
        exposure_cap_usd: source.pick(&[10_000, 1_000_000, 100_000_000]),
        backstop_cap_usd: source.pick(&[10_000, 1_000_000]),
        backstop_loss_cap_usd: source.pick(&[100, 100_000]),
    }
}

impl Set {
    /// The set of this name.
    pub fn named(name: &str) -> Option<Self> {
        SETS.into_iter().find(|set| set.name == name)
    }

    /// Parameters of its first market.
    pub const fn params(&self) -> &'static Params {
        &self.markets[0].params
    }

    /// An exchange of this kind with accounts of 256 to a million USD.
    pub fn setup(&self, source: &mut impl Source) -> Setup {
        let account = |who| AccountSetup::new(format!("a{who}"), USD << source.between(8, 20));
        let mut accounts: Vec<AccountSetup> = (0..ACCOUNTS).map(account).collect();
        // Somebody has three accounts, of which one is isolated.
        if let [.., first, second, third] = &mut accounts[..] {
            (second.owner, third.owner) = (Some(ACCOUNTS - 3), Some(ACCOUNTS - 3));
            (first.deposit, third.isolated) = (USD << 18, Some(0));
        }
        // The pool's is the last.
        accounts.push(AccountSetup::pool());
        let mut setup = self.with_accounts(accounts);
        for (name, values) in POOL {
            setup.exchange.push((name.to_owned(), source.pick(&values)));
        }
        let weight_ppm = 1_000_000 / self.markets.len() as u32;
        for (place, listed) in self.markets.iter().enumerate() {
            if !source.one_in(8) {
                setup.strategies.push((place, strategy(source, &listed.params, weight_ppm)));
            }
        }
        setup.banks = [("SOL", 9, 15_000_000_000, None), ("YIELD", 6, 100_000_000, Some(105_000_000))]
            .into_iter()
            .map(|(name, decimals, price, rate)| bank(source, name, decimals, (price, rate)))
            .collect();
        setup.exchange.push(("outflow_floor_usd".to_owned(), source.pick(&[0, 100_000, 10_000_000, 10_000_000])));
        setup.exchange.push(("outflow_limit_ppm_per_hour".to_owned(), source.pick(&[10_000, 100_000, 500_000])));
        setup
    }

    /// An exchange of this kind with these accounts.
    pub fn with_accounts(&self, accounts: Vec<AccountSetup>) -> Setup {
        let markets = self.markets.iter().enumerate().map(|(place, listed)| market(place, listed)).collect();
        Setup { markets, accounts, ..Setup::default() }
    }
}
