//! What the measurements run on: one market with default parameters, 256 ticks to either side, a provider with two
//! ranges, and a rich taker with one position. The index is fresh unless a measurement lets time pass.

use bytemuck::Zeroable;
use keel_engine::book::Book;
use keel_engine::curve::{Bound, Exact, SwapRequest, Swapped, swap};
use keel_engine::fees::FeeSchedule;
use keel_engine::listing::{Listing, init_tick_array, list_market};
use keel_engine::margin::{Health, health};
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::pot::{Settled, settle};
use keel_engine::ranges::{self, Entitlement, RangeRequest, liquidity_for_quote};
use keel_engine::refresh::{Refreshed, refresh};
use keel_engine::state::{Bank, MAX_POSITIONS, MarginAccount, Market, Mode, Ranges, TickArray};
use keel_engine::trade::{Fill, Order, trade};
use keel_engine::units::{Price, SqrtPrice};
use keel_engine::vault::deposit;
use keel_engine::view::{Others, View};
use keel_engine::{Error, Now, Side, liquidity, oracle};

/// One contract in base atoms.
pub const CONTRACT: u64 = 1_000_000_000;
/// One USD in quote atoms.
const USD: u64 = 1_000_000;
/// The index, in USD per contract.
const INDEX_USD: i64 = 1_000;
/// Exponent of every sample.
const EXPONENT: i32 = -8;

pub struct World {
    markets: Vec<Market>,
    arrays: [TickArray; 4],
    provider: (MarginAccount, Ranges),
    taker: MarginAccount,
    now: Now,
}

impl World {
    /// The curve stands between the ticks 0 and 2, both of which end a range, and the taker is long a contract.
    pub fn new() -> Self {
        let now = Now { unix: 1_800_000_000, slot: 1_000 };
        let mut world = Self {
            markets: Vec::new(),
            arrays: [TickArray::zeroed(); 4],
            provider: (funded(), Ranges::zeroed()),
            taker: funded(),
            now,
        };
        world.list();
        let market = &world.markets[0];
        for (array, index) in world.arrays.iter_mut().zip(-2..2) {
            init_tick_array(array, market, index, 0, [0; 32]).expect("within the served ticks");
        }
        world.provide(-200, 200);
        world.provide(2, 100);
        let _ = world.take(Side::Buy, CONTRACT);
        world
    }

    /// The taker also holds a contract in seven other markets.
    pub fn with_eight_positions() -> Self {
        let mut world = Self::new();
        let first = world.taker.positions[0];
        for slot in 1..MAX_POSITIONS {
            let market = world.list();
            world.taker.positions[slot] = keel_engine::state::Position { market, ..first };
        }
        world
    }

    fn list(&mut self) -> u16 {
        let number = u16::try_from(self.markets.len() + 1).expect("few markets");
        let mut market = Market::zeroed();
        let listing = Listing {
            number,
            bump: 0,
            mode: Mode::Floating,
            price_owner: [0; 32],
            feed_id: [0; 32],
            name: [0; 16],
            launch_price: Price::default(),
            params: &Params::DEFAULT,
        };
        list_market(&mut market, &listing, &self.sample(), self.now).expect("default parameters");
        self.markets.push(market);
        number
    }

    fn sample(&self) -> Sample {
        let price = INDEX_USD * 100_000_000;
        Sample { price, conf: 0, exponent: EXPONENT, publish_time: self.now.unix, ema_price: price }
    }

    fn range(&self, lower: i32, upper: i32) -> RangeRequest {
        let s = |tick| sqrt_price_at_tick(tick).expect("a served tick");
        RangeRequest {
            lower,
            upper,
            liquidity: liquidity_for_quote(400_000 * USD, s(lower), s(upper), self.markets[0].peg).expect("fits"),
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        }
    }

    /// Adds a range in which a move from end to end takes 400,000 USD.
    pub fn provide(&mut self, lower: i32, upper: i32) -> usize {
        let request = self.range(lower, upper);
        let Self { markets, arrays, provider: (account, ranges), now, .. } = self;
        let mut arrays = arrays.each_mut();
        let mut book = Book { market: &mut markets[0], arrays: &mut arrays };
        liquidity::add(&mut book, account, ranges, Others::default(), &request, *now).expect("backed")
    }

    /// Removes one of the provider's ranges, however young.
    pub fn remove(&mut self, slot: usize) -> Entitlement {
        let Self { markets, arrays, provider: (account, ranges), now, .. } = self;
        let mut arrays = arrays.each_mut();
        let mut book = Book { market: &mut markets[0], arrays: &mut arrays };
        ranges::close(&mut book, account, ranges, slot, true, *now).expect("the range is there")
    }

    /// A whole trade of the taker, limited to 1% from the index.
    pub fn take(&mut self, side: Side, base: u64) -> Fill {
        let bits = self.markets[0].index.bits;
        let limit = match side {
            Side::Buy => bits + bits / 100,
            Side::Sell => bits - bits / 100,
        };
        let order = Order {
            side,
            exact: Exact::Base(base),
            limit: Some(Price::from_bits(limit)),
            reduce_only: false,
            all_or_nothing: true,
        };
        let Self { markets, arrays, taker, now, .. } = self;
        let mut arrays = arrays.each_mut();
        let mut book = Book { market: &mut markets[0], arrays: &mut arrays };
        trade(&mut book, taker, None, Others::default(), &order, *now).expect("liquid and backed")
    }

    /// The curve's part of [`Self::take`] alone.
    pub fn swap(&mut self, side: Side, base: u64) -> Swapped {
        let Self { markets, arrays, now, .. } = self;
        let market = &mut markets[0];
        let peg = oracle::fill_peg(market, side, *now);
        let bits = market.index.bits;
        let price = Price::from_bits(match side {
            Side::Buy => bits + bits / 100,
            Side::Sell => bits - bits / 100,
        });
        let request = SwapRequest {
            side,
            exact: Exact::Base(base),
            peg,
            bounds: [Some(Bound { price, peg, refusal: Error::LimitReached }), None],
            fees: FeeSchedule::new(market, oracle::age_secs(market, *now)),
        };
        let mut arrays = arrays.each_mut();
        swap(&mut Book { market, arrays: &mut arrays }, &request).expect("liquid")
    }

    /// A second passes and the market takes a new price.
    pub fn refresh(&mut self) -> Refreshed {
        self.now.unix += 1;
        let sample = self.sample();
        refresh(&mut self.markets[0], Some(&sample), self.now).expect("a good sample")
    }

    pub fn settle(&mut self) -> Settled {
        settle(&mut self.markets[0], &mut self.taker, self.now).expect("a fresh mark")
    }

    /// The markets as an operation gets them.
    pub fn borrowed(&self) -> Vec<&Market> {
        self.markets.iter().collect()
    }

    pub fn health(&self, markets: &[&Market]) -> Health {
        health(&self.taker, None, &View::of(Others { markets, arrays: &[], ..Others::default() }), self.now)
            .expect("fresh marks")
    }
}

/// An account that no fee empties: a billion USD.
fn funded() -> MarginAccount {
    let (mut account, mut bank) = (MarginAccount::zeroed(), Bank { open: 1, ..Bank::zeroed() });
    deposit(&mut account, &mut bank, 1_000_000_000 * USD, Now { unix: 1, slot: 1 }).expect("an empty account");
    account
}
