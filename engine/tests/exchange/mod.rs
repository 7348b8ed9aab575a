//! A small exchange in memory: what the program does around the engine, without Solana. Every operation that fails
//! leaves no trace, as a transaction does; [`Sim::check_all`] recounts everything that design.md section 13 promises.

#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code; each test uses a part"
)]

mod checks;
pub mod collateral;
mod operations;
mod pool;
mod signed;

use bytemuck::Zeroable;
use keel_engine::book::Book;
use keel_engine::curve::Exact;
use keel_engine::exchange_params::set_bank_defaults;
use keel_engine::listing::{Listing, init_tick_array, list_market};
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::pot;
use keel_engine::ranges::RangeRequest;
use keel_engine::refresh::{Refreshed, refresh};
use keel_engine::state::{
    Bank, Exchange, MarginAccount, Market, Mode, Pool, PoolRequest, Position, Ranges, TickArray, Ticket,
};
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};
use keel_engine::view::{Others, View};
use keel_engine::{Now, Result, Side};

/// A full hour, far from 1970.
pub const T0: i64 = 1_800_000_000;
/// One USD in quote atoms.
pub const USD: u64 = 1_000_000;
/// One contract in base atoms.
pub const CONTRACT: u64 = 1_000_000_000;
/// Exponent of every sample.
const EXPONENT: i32 = -8;

#[derive(Clone)]
pub struct Actor {
    pub account: MarginAccount,
    pub ranges: Ranges,
}

#[derive(Clone)]
pub struct Place {
    pub market: Market,
    pub arrays: Vec<TickArray>,
    /// The oracle's price, in 1e-8 USD.
    pub price: i64,
    pub conf: u64,
    /// Funding that the rounding holder's base has paid, in 2^-64 quote atoms: least and most.
    pub rounding_funding: (i128, i128),
}

#[derive(Clone)]
pub struct Sim {
    pub places: Vec<Place>,
    pub actors: Vec<Actor>,
    pub bank: Bank,
    /// Banks of other collateral, by number from 1.
    pub banks: Vec<Bank>,
    pub exchange: Exchange,
    /// Withdrawals that wait, and whose each is.
    pub tickets: Vec<(usize, Ticket)>,
    /// The pool, and which of the actors its account is.
    pub pool: Pool,
    pub pool_actor: Option<usize>,
    /// Requests to the pool, whose each is, and the shares that everybody holds.
    pub requests: Vec<(usize, PoolRequest)>,
    pub shares: Vec<u64>,
    pub now: Now,
    /// Run `check_all` after every operation.
    pub checked: bool,
}

/// Default parameters without what depends on the market's size.
pub fn defaults() -> Params {
    Params::DEFAULT
}

/// Parameters whose fee is one flat rate.
pub fn flat_fee(ppm: u32) -> Params {
    Params {
        base_fee_ppm: ppm,
        max_fee_ppm: ppm,
        conf_weight_ppm: 0,
        vol_weight_ppm: 0,
        age_weight_ppm_per_sec: 0,
        depth_weight_ppm: 0,
        rebalance_factor_ppm: 1_000_000,
        ..Params::DEFAULT
    }
}

/// Parameters under which only the curve speaks: no fee, no band, no guard window, no interest, plain
/// margin.
pub fn quiet() -> Params {
    Params {
        price_band_ppm: 0,
        guard_secs: 0,
        imf_slope_ppm_per_million_usd: 0,
        oi_cap_usd: 4_000_000_000,
        oi_scale_from_ppm: 0,
        drift_horizon_secs: 0,
        min_range_slots: 0,
        interest_ppm: 0,
        deadband_ppm: 0,
        ..flat_fee(0)
    }
}

/// A bank that lets everything out at once: tests of the limit set it.
fn bank() -> Bank {
    let mut bank = Bank::zeroed();
    set_bank_defaults(&mut bank);
    Bank { outflow_floor_usd: u32::MAX, open: 1, ..bank }
}

impl Sim {
    /// No market and no actor.
    pub fn empty() -> Self {
        Self {
            places: Vec::new(),
            actors: Vec::new(),
            bank: bank(),
            banks: Vec::new(),
            exchange: Exchange::zeroed(),
            tickets: Vec::new(),
            pool: Pool::zeroed(),
            pool_actor: None,
            requests: Vec::new(),
            shares: Vec::new(),
            now: Now { unix: T0, slot: 1_000 },
            checked: true,
        }
    }

    /// One floating market at `usd` and `actors` accounts with a million USD each.
    pub fn new(params: Params, usd: i64, actors: usize) -> Self {
        let mut sim = Self::empty();
        sim.list(params, Mode::Floating, usd);
        for _ in 0..actors {
            sim.actor(1_000_000);
        }
        sim
    }

    /// Lists a market with tick arrays for 320 grid ticks to either side.
    pub fn list(&mut self, params: Params, mode: Mode, usd: i64) -> usize {
        let number = u16::try_from(self.places.len() + 1).unwrap();
        let price = usd * 100_000_000;
        let mut market = Market::zeroed();
        let listing = Listing {
            number,
            bump: 0,
            mode,
            price_owner: [0; 32],
            feed_id: [0; 32],
            name: [0; 16],
            launch_price: Price::default(),
            params: &params,
        };
        list_market(&mut market, &listing, &self.sample(price, 0), self.now).unwrap();
        let arrays = (-5..5)
            .map(|index| {
                let mut array = TickArray::zeroed();
                init_tick_array(&mut array, &market, index, 0, [0; 32]).unwrap();
                array
            })
            .collect();
        self.places.push(Place { market, arrays, price, conf: 0, rounding_funding: (0, 0) });
        self.places.len() - 1
    }

    /// An account with that many USD.
    pub fn actor(&mut self, usd: u64) -> usize {
        self.actors.push(Actor { account: MarginAccount::zeroed(), ranges: Ranges::zeroed() });
        self.shares.push(0);
        let actor = self.actors.len() - 1;
        if usd != 0 {
            self.deposit(actor, usd * USD).unwrap();
        }
        actor
    }

    pub fn sample(&self, price: i64, conf: u64) -> Sample {
        Sample { price, conf, exponent: EXPONENT, publish_time: self.now.unix, ema_price: price }
    }

    pub fn market(&self, market: usize) -> &Market {
        &self.places[market].market
    }

    pub fn market_mut(&mut self, market: usize) -> &mut Market {
        &mut self.places[market].market
    }

    pub fn account(&self, actor: usize) -> &MarginAccount {
        &self.actors[actor].account
    }

    /// The position of an actor, zeroed if there is none.
    pub fn position(&self, market: usize, actor: usize) -> Position {
        let number = self.market(market).index_number;
        self.account(actor).position(number).copied().unwrap_or(Position::zeroed())
    }

    pub fn capital(&self, actor: usize) -> u64 {
        self.account(actor).usdc()
    }

    /// Runs an operation as a transaction: an error undoes it, success is checked.
    pub fn run<T>(&mut self, operation: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = self.clone();
        match operation(self) {
            Ok(value) => {
                if self.checked {
                    self.check_all();
                }
                Ok(value)
            }
            Err(error) => {
                *self = before;
                Err(error)
            }
        }
    }

    /// Time passes.
    pub fn wait(&mut self, secs: i64) {
        self.now.unix += secs;
        self.now.slot += (secs * 5 / 2).unsigned_abs();
    }

    /// Slots pass within the second.
    pub fn slots(&mut self, slots: u64) {
        self.now.slot += slots;
    }

    /// A refresh without a price.
    pub fn accrue(&mut self, market: usize) -> Result<Refreshed> {
        self.run(|sim| sim.refresh_inner(market, None))
    }

    /// A refresh with the oracle's price as it stands, published now.
    pub fn touch(&mut self, market: usize) -> Refreshed {
        let sample = self.sample(self.places[market].price, self.places[market].conf);
        self.run(|sim| sim.refresh_inner(market, Some(sample))).unwrap()
    }

    pub fn touch_all(&mut self) {
        for market in 0..self.places.len() {
            let _ = self.touch(market);
        }
    }

    /// Sets the oracle's price, in 1e-8 USD, and refreshes with it.
    pub fn set_price(&mut self, market: usize, price: i64) -> Refreshed {
        self.places[market].price = price;
        self.touch(market)
    }

    /// Sets the oracle's price in USD and lets the mark and the stable price follow: several seconds at that price.
    pub fn move_price(&mut self, market: usize, usd: i64) {
        for _ in 0..4 {
            self.wait(1);
            let _ = self.set_price(market, usd * 100_000_000);
        }
    }

    fn refresh_inner(&mut self, market: usize, sample: Option<Sample>) -> Result<Refreshed> {
        let base = self.rounding_base(market);
        let ranges = i128::from(self.live_ranges(market));
        let place = &mut self.places[market];
        let before = place.market.funding.get();
        let refreshed = refresh(&mut place.market, sample.as_ref(), self.now)?;
        let grown = place.market.funding.get() - before;
        // Its true base lies between what recounting shows and an atom less for every range that rounds down.
        let (low, high) = ((base - ranges).max(0), base);
        let (least, most) = if grown >= 0 { (low, high) } else { (high, low) };
        place.rounding_funding.0 += least * grown;
        place.rounding_funding.1 += most * grown;
        Ok(refreshed)
    }

    /// Gives an actor base and quote out of nothing: only sums of zero keep the books.
    pub fn hold(&mut self, market: usize, actor: usize, base: i64, quote: i64) {
        let now = self.now;
        let market = &mut self.places[market].market;
        let account = &mut self.actors[actor].account;
        pot::open_position(market, account, now).unwrap();
        let position = account.position_mut(market.index_number).unwrap();
        pot::fold_funding(market, position).unwrap();
        position.quote += quote;
        pot::change_base(market, position, base).unwrap();
    }

    /// A trade between two actors at that price in USD, without curve, fee or check.
    pub fn deal(&mut self, market: usize, buyer: usize, seller: usize, base: i64, usd: i64) {
        let units = 10_i128.pow(self.market(market).params.contract_exponent);
        let quote = i64::try_from(i128::from(base) * i128::from(usd) * units / 1_000).unwrap();
        self.hold(market, buyer, base, -quote);
        self.hold(market, seller, -base, quote);
        self.check_all();
    }

    /// Time passes with fresh prices that stay where they are.
    pub fn rest(&mut self, secs: i64) {
        for _ in 0..secs / 10 {
            self.wait(10);
            self.touch_all();
        }
        self.wait(secs % 10);
        self.touch_all();
    }

    /// Splits the state into a book of one market, the actors, and everything else read-only.
    pub fn with_book<T>(
        &mut self,
        market: usize,
        operation: impl FnOnce(&mut Book, &mut [Actor], Others, Now) -> Result<T>,
    ) -> Result<T> {
        let indices: Vec<usize> = (0..self.places[market].arrays.len()).collect();
        self.with_arrays(market, &indices, operation)
    }

    /// As [`Self::with_book`], with some of the market's arrays.
    pub fn with_arrays<T>(
        &mut self,
        market: usize,
        passed: &[usize],
        operation: impl FnOnce(&mut Book, &mut [Actor], Others, Now) -> Result<T>,
    ) -> Result<T> {
        let Self { places, actors, banks, now, .. } = self;
        let (below, rest) = places.split_at_mut(market);
        let (here, above) = rest.split_first_mut().unwrap();
        let markets: Vec<&Market> = below.iter().chain(above.iter()).map(|place| &place.market).collect();
        let others: Vec<&TickArray> = below.iter().chain(above.iter()).flat_map(|place| &place.arrays).collect();
        let mut arrays: Vec<&mut TickArray> =
            here.arrays.iter_mut().enumerate().filter(|(i, _)| passed.contains(i)).map(|(_, array)| array).collect();
        let mut book = Book { market: &mut here.market, arrays: &mut arrays };
        let banks: Vec<&Bank> = banks.iter().collect();
        let others = Others { banks: &banks, markets: &markets, arrays: &others, ..Others::default() };
        operation(&mut book, actors, others, *now)
    }

    /// Everything read-only.
    pub fn with_view<T>(&self, operation: impl FnOnce(&View) -> T) -> T {
        let markets: Vec<&Market> = self.places.iter().map(|place| &place.market).collect();
        let arrays: Vec<&TickArray> = self.places.iter().flat_map(|place| &place.arrays).collect();
        let banks: Vec<&Bank> = self.banks.iter().collect();
        operation(&View::of(Others { banks: &banks, markets: &markets, arrays: &arrays, ..Others::default() }))
    }
}

pub fn order(side: Side, exact: Exact) -> Order {
    Order { side, exact, limit: None, reduce_only: false, all_or_nothing: false }
}

pub fn range(lower: i32, upper: i32, liquidity: u128) -> RangeRequest {
    RangeRequest {
        lower,
        upper,
        liquidity,
        min_sqrt_price: SqrtPrice::from_bits(0),
        max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
    }
}
