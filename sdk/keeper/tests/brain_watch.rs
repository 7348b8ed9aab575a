//! The index of who may be unhealthy never misses anybody: after every step of random exchanges, and of random prices on
//! them, those found are exactly those whose health is below 0.

mod common;

use std::collections::BTreeSet;

use common::tell_books;
use keel_engine::Now;
use keel_engine::margin::health_at_any_mark;
use keel_engine::state::Market;
use keel_engine::units::{Price, Rate, SignedWide};
use keel_keeper::brain;
use keel_keeper::mirror::Mirror;
use keel_model::sets::SETS;
use keel_model::source::{Random, Source, seed};
use keel_model::{Copies, Generator, World};
use keel_simulator::Books;
use solana_pubkey::Pubkey;

/// Actions of one random exchange.
const STEPS: u64 = 1_200;
/// Prices of one path on it.
const PRICES: u64 = 150;

/// Everybody who is unhealthy, by looking at everybody.
fn by_looking_at_all(books: &Books, now: Now) -> BTreeSet<Pubkey> {
    let is_unhealthy = |at: &Pubkey| {
        let account = &books.accounts[at];
        let health = books.view(|view| health_at_any_mark(account, books.ranges.get(at), view, now));
        health.is_ok_and(|health| health.is_unhealthy())
    };
    books.accounts.keys().filter(|at| is_unhealthy(at)).copied().collect()
}

fn require_same(mirror: &mut Mirror, books: &Books, now: Now, story: &str) -> usize {
    brain::look(mirror, now);
    let found: BTreeSet<Pubkey> = mirror.unhealthy().copied().collect();
    assert_eq!(found, by_looking_at_all(books, now), "{story}");
    found.len()
}

#[test]
fn random_exchanges() {
    let mut unhealthy = 0;
    for set in &SETS {
        for number in 0..3 {
            let mut random = Random::new(seed(), set.name, number);
            let setup = set.setup(&mut random);
            let mut generator = Generator::wild(&setup);
            let mut world = World::start(&setup, Copies::Never).expect("the exchange starts");
            let mut mirror = Mirror::new();
            for step in 0..STEPS {
                let timed = generator.next(&mut random, &world);
                let _answer = world.play(&timed).expect("everything holds");
                tell_books(&mut mirror, world.books(), step);
                let story = format!("KEEL_SEED={} {} {number}, step {step}: {timed:?}", seed(), set.name);
                unhealthy += require_same(&mut mirror, world.books(), world.now(), &story);
            }
            unhealthy += prices(&mut random, &world, &mut mirror, set.name);
        }
    }
    assert!(unhealthy > 1_000, "hardly anybody was ever unhealthy: {unhealthy}");
}

/// A path of marks, indices, rates and funding on an exchange in which nobody acts.
fn prices(random: &mut Random, world: &World, mirror: &mut Mirror, name: &str) -> usize {
    let (mut books, mut now, mut unhealthy) = (world.books().clone(), world.now(), 0);
    for step in 0..PRICES {
        now = Now { unix: now.unix + 1, slot: now.slot + 2 };
        for market in books.markets.values_mut() {
            if random.below(3) != 0 {
                moved(random, market);
            }
        }
        for book in books.banks.values_mut().filter(|book| book.bank.index != 0) {
            let price = book.bank.price;
            if random.below(3) != 0 {
                book.bank.price = scaled(price, factor(random));
            }
        }
        tell_books(mirror, &books, STEPS + step);
        unhealthy += require_same(mirror, &books, now, &format!("{name}, price {step}"));
    }
    unhealthy
}

/// Parts per million: mostly a little, now and then a lot.
fn factor(random: &mut Random) -> u64 {
    let most = if random.below(12) == 0 { 150_000 } else { 3_000 };
    1_000_000 - most + random.below(2 * most + 1)
}

fn scaled(price: Price, factor: u64) -> Price {
    let bits = u128::from(price.bits) * u128::from(factor) / 1_000_000;
    Price::from_bits(u64::try_from(bits).unwrap().clamp(Price::MIN.bits, Price::MAX.bits))
}

fn moved(random: &mut Random, market: &mut Market) {
    let factor = factor(random);
    market.mark = scaled(market.mark, factor);
    market.index = scaled(market.index, factor);
    let rate = i64::try_from(random.below(2_001)).unwrap() - 1_000;
    if random.below(10) == 0 {
        market.funding_rate = Rate::from_bits(rate * (1 << 48) / 1_000_000);
    }
    // A little of the index, in 2^-64 quote atoms for a base atom.
    let funding = i128::from(market.index.bits) * i128::from(rate) / 1_000_000 * (1 << 16) / 50;
    market.funding = SignedWide::new(market.funding.get() + funding);
    // And what ranges see of it, at the curve's price: rounded up, as the engine does.
    let (whole, rest) = ((funding << 32), i128::try_from(market.sqrt_price.get() >> 32).unwrap());
    let over = whole.div_euclid(rest) + 1;
    market.funding_over_s = SignedWide::new(market.funding_over_s.get() + over);
}

/// Half the price.
fn fall(books: &mut Books) {
    for market in books.markets.values_mut() {
        market.mark = Price::from_bits(market.mark.bits / 2);
    }
}

#[test]
fn unhealthy_accounts_that_recover_or_go_are_found_no_more() {
    let set = &SETS[0];
    let mut random = Random::new(seed(), set.name, 99);
    let setup = set.setup(&mut random);
    let mut generator = Generator::wild(&setup);
    let mut world = World::start(&setup, Copies::Never).expect("the exchange starts");
    // Until there are leveraged positions.
    let leveraged = |world: &World| {
        let mut books = world.books().clone();
        fall(&mut books);
        !by_looking_at_all(&books, world.now()).is_empty()
    };
    for _ in 0..10_000 {
        if leveraged(&world) {
            break;
        }
        let timed = generator.next(&mut random, &world);
        let _answer = world.play(&timed).expect("everything holds");
    }
    let mut books = world.books().clone();
    let mut mirror = Mirror::new();
    tell_books(&mut mirror, &books, 0);
    let before = books.clone();
    fall(&mut books);
    tell_books(&mut mirror, &books, 1);
    let fallen = require_same(&mut mirror, &books, world.now(), "half the price");
    assert!(fallen > 0, "half the price harms nobody");
    tell_books(&mut mirror, &before, 2);
    require_same(&mut mirror, &before, world.now(), "the price is back");
    tell_books(&mut mirror, &books, 3);
    require_same(&mut mirror, &books, world.now(), "and half of it again");
    books.accounts.clear();
    books.ranges.clear();
    tell_books(&mut mirror, &books, 4);
    assert_eq!(require_same(&mut mirror, &books, world.now(), "nobody is there"), 0);
}
