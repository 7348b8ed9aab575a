//! The audit holds over random trading on the engine, and notices when a single number is wrong.

use keel_engine::book::Book;
use keel_engine::curve::Exact;
use keel_engine::listing::{Listing, init_tick_array, list_market};
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::ranges::RangeRequest;
use keel_engine::state::{MarginAccount, Market, Mode, Ranges, TickArray};
use keel_engine::trade::Order;
use keel_engine::units::SqrtPrice;
use keel_engine::view::Others;
use keel_engine::{Now, Side, liquidity, pot, ranges, refresh, trade};
use keel_simulator::audit;
use keel_simulator::books::{BankBook, Books};
use solana_pubkey::Pubkey;

const START: i64 = 1_700_000_000;
const CAPITAL: u64 = 5_000_000_000_000;

/// The engine alone, with everything in memory.
struct World {
    books: Books,
    now: Now,
    random: u64,
}

impl World {
    fn new(params: Params) -> Self {
        let mut world = Self { books: Books::default(), now: Now { unix: START, slot: 1_000 }, random: 1 };
        let mut market: Market = bytemuck::Zeroable::zeroed();
        let listing = Listing {
            number: 1,
            bump: 0,
            mode: Mode::Floating,
            price_owner: [0; 32],
            feed_id: [0; 32],
            name: [0; 16],
            launch_price: Default::default(),
            params: &params,
        };
        list_market(&mut market, &listing, &world.sample(20_000), world.now).unwrap();
        for index in -1..=0 {
            let mut array: TickArray = bytemuck::Zeroable::zeroed();
            init_tick_array(&mut array, &market, index, 0, [0; 32]).unwrap();
            world.books.arrays.insert((1, index), array);
        }
        world.books.markets.insert(1, market);
        for index in 0..6u8 {
            let address = Pubkey::new_from_array([index + 1; 32]);
            let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
            account.capital[0] = CAPITAL;
            world.books.accounts.insert(address, account);
            let mut ranges: Ranges = bytemuck::Zeroable::zeroed();
            ranges.account = address.to_bytes();
            world.books.ranges.insert(address, ranges);
        }
        let mut bank = BankBook { bank: bytemuck::Zeroable::zeroed(), tokens: 6 * CAPITAL };
        bank.bank.booked = 6 * CAPITAL;
        world.books.banks.insert(0, bank);
        world
    }

    fn sample(&self, price: i64) -> Sample {
        let price = price * 100_000_000;
        Sample { price, conf: 1, exponent: -8, publish_time: self.now.unix, ema_price: price }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    /// Runs an operation on copies of everything and keeps them if it succeeds, as a transaction does.
    fn attempt<R>(
        &mut self,
        who: u8,
        operation: impl FnOnce(&mut Book, &mut MarginAccount, &mut Ranges, Now) -> keel_engine::Result<R>,
    ) -> keel_engine::Result<R> {
        let address = Pubkey::new_from_array([who + 1; 32]);
        let mut market = self.books.markets[&1];
        let mut arrays: Vec<TickArray> = self.books.arrays.values().copied().collect();
        let (mut account, mut ranges) = (self.books.accounts[&address], self.books.ranges[&address]);
        let mut references: Vec<&mut TickArray> = arrays.iter_mut().collect();
        let mut book = Book { market: &mut market, arrays: &mut references };
        let done = operation(&mut book, &mut account, &mut ranges, self.now)?;
        self.books.markets.insert(1, market);
        for array in arrays {
            self.books.arrays.insert((1, array.index), array);
        }
        self.books.accounts.insert(address, account);
        self.books.ranges.insert(address, ranges);
        Ok(done)
    }

    fn step(&mut self) -> Option<&'static str> {
        let who = self.random(6) as u8;
        let amount = 1u64 << self.random(40);
        let amount = amount + self.random(1 << 10);
        let side = if self.random(2) == 0 { Side::Buy } else { Side::Sell };
        let price = 20_000 + self.random(60) as i64;
        let (lower, width) = (self.random(100) as i32 * 2 - 120, self.random(20) as i32 * 2 + 2);
        let slot = self.random(8) as usize;
        match self.random(11) {
            0..=1 => {
                self.now.unix += 1 + self.random(90) as i64;
                self.now.slot += 30;
                let sample = self.sample(price);
                self.attempt(who, |book, _, _, now| refresh::refresh(book.market, Some(&sample), now).map(drop))
                    .ok()?;
                Some("refresh")
            }
            2..=5 => {
                let exact = if self.random(2) == 0 { Exact::Base(amount) } else { Exact::Quote(amount) };
                let order = Order { side, exact, limit: None, reduce_only: false, all_or_nothing: false };
                self.attempt(who, |book, account, ranges, now| {
                    trade::trade(book, account, Some(ranges), Others::default(), &order, now).map(drop)
                })
                .ok()?;
                Some("trade")
            }
            6 => {
                let request = RangeRequest {
                    lower,
                    upper: lower + width,
                    liquidity: (u128::from(amount) << 4) + 1,
                    min_sqrt_price: SqrtPrice::from_bits(0),
                    max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
                };
                self.attempt(who, |book, account, ranges, now| {
                    liquidity::add(book, account, ranges, Others::default(), &request, now).map(drop)
                })
                .ok()?;
                Some("add range")
            }
            7 => {
                self.attempt(who, |book, account, held, now| {
                    ranges::close(book, account, held, slot, true, now).map(drop)
                })
                .ok()?;
                Some("remove range")
            }
            8 => {
                self.attempt(who, |book, account, held, _| ranges::settle(book, account, held, slot).map(drop)).ok()?;
                Some("settle range")
            }
            9 => {
                self.attempt(who, |book, account, _, now| pot::settle(book.market, account, now).map(drop)).ok()?;
                Some("settle")
            }
            _ => {
                self.attempt(who, |book, account, _, now| pot::release(book.market, account, 0, now).map(drop)).ok()?;
                Some("release")
            }
        }
    }
}

#[test]
fn the_audit_holds_after_every_operation_of_a_random_run() {
    let mut world = World::new(Params { min_tick_liquidity: 1_000, ..Params::DEFAULT });
    let mut done = std::collections::BTreeMap::new();
    for step in 0..60_000 {
        if let Some(name) = world.step() {
            *done.entry(name).or_insert(0) += 1;
            if let Err(broken) = audit::check(&world.books) {
                panic!("step {step} ({name}): {broken}");
            }
        }
    }
    assert!(done.len() == 7 && done.values().all(|count| *count > 300), "{done:?}");
}

#[test]
fn the_audit_notices_a_single_wrong_number() {
    let mut world = World::new(Params { min_tick_liquidity: 1_000, ..Params::DEFAULT });
    while world.books.markets[&1].liquidity.get() == 0 || world.books.markets[&1].long_base == 0 {
        world.step();
    }
    audit::check(&world.books).unwrap();
    type Tamper = fn(&mut Market);
    let tampered: [(&str, Tamper); 8] = [
        ("pot", |market| market.pot += 1),
        ("curve_quote", |market| market.curve_quote -= 1),
        ("claims", |market| market.claims += 1),
        ("long_base", |market| market.long_base += 1),
        ("liquidity", |market| market.liquidity.lo += 1),
        ("total_liquidity", |market| market.total_liquidity.lo += 1),
        ("cursor", |market| market.cursor = 1_000),
        ("uncovered", |market| market.uncovered += 1),
    ];
    for (field, tamper) in tampered {
        let mut books = world.books.clone();
        tamper(books.markets.get_mut(&1).unwrap());
        assert!(audit::check(&books).is_err(), "{field} was changed and nobody noticed");
    }
    let mut books = world.books.clone();
    books.accounts.values_mut().next().unwrap().capital[0] += 1;
    assert!(audit::check(&books).is_err(), "capital was made from nothing and nobody noticed");
}
