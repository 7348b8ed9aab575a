//! Prices that are late, early, vague, forged or somebody else's: the exact error, or the exact way in which the market
//! shrugs them off.

use keel_chain_tests::refusal::assert_refused;
use keel_chain_tests::trial::FORGER;
use keel_chain_tests::{BTC, Cast, SOL, World, cases, dollars};
use keel_embedded::exchange::Trader;
use keel_engine::curve::Exact;
use keel_engine::{Error, Side};
use keel_sdk::instructions::RemoveRange;
use keel_sdk::pyth::{PriceUpdate, RECEIVER, Verification};
use keel_simulator::Quote;
use solana_signer::Signer;

const PRICE: i64 = 20_000 * 100_000_000;
/// Default parameters of a market.
const MAX_AGE_TRADE: i64 = 2;
const MAX_AGE_MARK: i64 = 20;
const MAX_AGE_LIQUIDATION: i64 = 3_600;
const MAX_SKEW: i64 = 2;
const CONF_LIMIT_PPM: u64 = 5_000;
const GUARD_CLEAR: u8 = 5;

/// The instructions that read a price, by discriminator.
const READERS: [usize; 5] = [2, 10, 11, 12, 19];

/// A good update of the BTC feed, stamped now.
fn update(world: &World) -> PriceUpdate {
    PriceUpdate {
        write_authority: [7; 32],
        verification: Verification::Full,
        feed_id: world.exchange.feed(BTC).unwrap().id,
        price: PRICE,
        conf: PRICE.unsigned_abs() / 10_000,
        exponent: -8,
        publish_time: world.unix(),
        prev_publish_time: world.unix() - 1,
        ema_price: PRICE,
        ema_conf: 0,
        posted_slot: 0,
    }
}

/// Puts an update into the BTC market's price account.
fn post(world: &mut World, update: &PriceUpdate) {
    let address = world.price_account(BTC);
    world.exchange.put_update(&address, update).unwrap();
}

fn trader(world: &mut World) -> Trader {
    world.open("trader", dollars(10_000), false)
}

fn buy(world: &World, trader: &Trader) -> solana_instruction::Instruction {
    world.built(&world.order(trader, BTC, Side::Buy, Exact::Base(10_000_000)))
}

#[test]
fn as_old_as_allowed_and_a_second_older() {
    let mut world = World::with_liquidity();
    let trader = trader(&mut world);
    world.tick();
    world.sleep(MAX_AGE_TRADE);
    let order = buy(&world, &trader);
    world.send(order.clone());
    world.sleep(1);
    assert_refused(&mut world, &order, Error::PriceStale);
    let range = world.range(&trader, BTC, -10, 10, dollars(1_000));
    let companion = keel_sdk::instructions::OpenRanges { owner: trader.key.pubkey(), account: trader.account };
    world.send(companion.instruction());
    let range = range.instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &range, Error::PriceStale);

    // An update that arrives late is taken as long as marks may be that old, and not for trading.
    let mut late = update(&world);
    late.publish_time = world.unix() - MAX_AGE_TRADE;
    late.price += 1;
    post(&mut world, &late);
    world.send(order.clone());
    world.sleep(MAX_AGE_MARK - MAX_AGE_TRADE + 10);
    let mut late = update(&world);
    late.publish_time = world.unix() - MAX_AGE_MARK;
    late.price += 2;
    post(&mut world, &late);
    assert_refused(&mut world, &order, Error::PriceStale);
    let refresh = world.refresh(BTC);
    world.send(refresh.clone());
    assert_eq!(world.market(BTC).index_time, late.publish_time);
    world.sleep(100);
    let mut too_late = update(&world);
    too_late.publish_time = world.unix() - MAX_AGE_MARK - 1;
    post(&mut world, &too_late);
    world.send(refresh);
    assert_eq!(world.market(BTC).index_time, late.publish_time, "older than any use allows is not taken");
}

#[test]
fn marks_as_old_as_allowed_and_a_second_older() {
    let mut cast = Cast::new();
    let world = &mut cast.world;
    world.tick();
    world.sleep(MAX_AGE_MARK);
    let settle = world.settle(&cast.loser, BTC);
    world.send(settle.clone());
    world.sleep(1);
    assert_refused(world, &settle, Error::MarkStale);
    // Liquidation goes on for an hour.
    world.sleep(MAX_AGE_LIQUIDATION - MAX_AGE_MARK - 1);
    let begin = world.begin_liquidation(&cast.unhealthy.account);
    world.aside(|world| world.send(begin.clone()));
    world.sleep(1);
    assert_refused(world, &begin, Error::MarkStale);
}

#[test]
fn ahead_of_the_clock() {
    let mut world = World::with_liquidity();
    world.sleep(5);
    let refresh = world.refresh(BTC);
    let mut early = update(&world);
    early.publish_time = world.unix() + MAX_SKEW + 1;
    post(&mut world, &early);
    assert_refused(&mut world, &refresh, Error::PriceInFuture);
    early.publish_time = i64::MAX;
    post(&mut world, &early);
    assert_refused(&mut world, &refresh, Error::PriceInFuture);
    early.publish_time = world.unix() + MAX_SKEW;
    post(&mut world, &early);
    world.send(refresh);
    assert_eq!(world.market(BTC).index_time, early.publish_time);
    let trader = trader(&mut world);
    let order = buy(&world, &trader);
    world.send(order);
}

#[test]
fn wide_at_the_limit_and_one_beyond() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(10_000), true);
    world.trade(&trader, BTC, Side::Buy, dollars(10_000));
    world.provide(&trader, BTC, -10, 10, dollars(1_000));
    let limit = PRICE.unsigned_abs() / 1_000_000 * CONF_LIMIT_PPM;
    world.sleep(20);
    let mut wide = update(&world);
    wide.conf = limit;
    post(&mut world, &wide);
    let refresh = world.refresh(BTC);
    world.send(refresh.clone());
    assert_eq!(world.market(BTC).guard_left, 0);
    world.sleep(1);
    let mut wide = update(&world);
    wide.conf = limit + 1;
    post(&mut world, &wide);
    let order = buy(&world, &trader);
    assert_refused(&mut world, &order, Error::MarketGuarded);
    world.send(refresh.clone());
    assert_eq!(world.market(BTC).guard_left, GUARD_CLEAR);

    // Nothing that adds risk; reductions and removals as ever.
    assert_refused(&mut world, &order, Error::MarketGuarded);
    let range = world.range(&trader, BTC, -8, 8, dollars(1_000)).instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &range, Error::MarketGuarded);
    let turn = world.built(&world.order(&trader, BTC, Side::Sell, Exact::Base(10_000_000_000)));
    assert_refused(&mut world, &turn, Error::MarketGuarded);
    let reduce = world.built(&world.order(&trader, BTC, Side::Sell, Exact::Base(100_000_000)));
    world.send(reduce);
    let remove = RemoveRange { owner: trader.key.pubkey(), account: trader.account, slot: 0 };
    world.send_built(remove.instruction(&world.exchange.chain));

    // So many good samples in a row end it, one bad one begins again.
    for (good, left) in [(true, 4), (false, 5), (true, 4), (true, 3), (true, 2), (true, 1)] {
        world.sleep(1);
        let mut next = update(&world);
        next.conf = if good { 1 } else { limit + 1 };
        post(&mut world, &next);
        world.send(refresh.clone());
        assert_eq!(world.market(BTC).guard_left, left);
    }
    assert_refused(&mut world, &order, Error::MarketGuarded);
    world.sleep(1);
    let last = update(&world);
    post(&mut world, &last);
    world.send(order);
}

#[test]
fn far_from_its_average() {
    let mut world = World::with_liquidity();
    let trader = trader(&mut world);
    let refresh = world.refresh(BTC);
    for (ema, guarded) in [(PRICE * 10 / 9, false), (PRICE * 10 / 8, true)] {
        world.sleep(1);
        let mut far = update(&world);
        far.ema_price = ema;
        post(&mut world, &far);
        world.send(refresh.clone());
        assert_eq!(world.market(BTC).is_guarded(), guarded);
    }
    let order = buy(&world, &trader);
    assert_refused(&mut world, &order, Error::MarketGuarded);
}

#[test]
fn not_the_markets_own_account() {
    let mut cast = Cast::new();
    for reader in READERS {
        let instruction = cases::ALL[reader](&mut cast).instruction;
        let world = &mut cast.world;
        let (address, good) = (world.price_account(BTC), update(world));
        let wrong = [
            (PriceUpdate { feed_id: [9; 32], ..good }.encode(), RECEIVER, Error::OracleWrongFeed),
            (good.encode(), FORGER, Error::OraclePriceOwner),
            (good.encode(), keel_sdk::PROGRAM_ID, Error::OraclePriceOwner),
            (
                PriceUpdate { verification: Verification::Partial(13), ..good }.encode(),
                RECEIVER,
                Error::OracleNotFullyVerified,
            ),
            (
                PriceUpdate { verification: Verification::Partial(1), ..good }.encode(),
                RECEIVER,
                Error::OracleNotFullyVerified,
            ),
            (bent(&good, 0, 0), RECEIVER, Error::OraclePriceAccount),
            (bent(&good, 40, 2), RECEIVER, Error::OraclePriceAccount),
            (bent(&good, 40, 255), RECEIVER, Error::OraclePriceAccount),
            (good.encode()[..133].to_vec(), RECEIVER, Error::OraclePriceAccount),
            ([good.encode(), vec![0]].concat(), RECEIVER, Error::OraclePriceAccount),
            (Vec::new(), RECEIVER, Error::OraclePriceAccount),
        ];
        for (data, owner, expected) in wrong {
            world.exchange.chain.put_data(&address, &owner, data).unwrap();
            assert_refused(world, &instruction, expected);
            world.exchange.chain.put(&address, solana_account::Account::default()).unwrap();
        }
        world.publish();
    }
}

/// An update with one byte another.
fn bent(update: &PriceUpdate, at: usize, byte: u8) -> Vec<u8> {
    let mut data = update.encode();
    data[at] = byte;
    data
}

#[test]
fn an_older_one_and_one_of_the_same_second() {
    let mut world = World::with_liquidity();
    world.tick();
    let taken = world.market(BTC);
    let refresh = world.refresh(BTC);
    for (age, price) in [(0, PRICE + 5), (0, PRICE * 2), (1, PRICE / 2), (19, 1), (1_000_000, PRICE)] {
        let mut other = update(&world);
        other.publish_time = world.unix() - age;
        other.price = price;
        post(&mut world, &other);
        world.send(refresh.clone());
        let market = world.market(BTC);
        assert_eq!((market.index, market.index_time, market.mark), (taken.index, taken.index_time, taken.mark));
    }
    // Not even a nonsensical one is looked at.
    let mut nonsense = update(&world);
    nonsense.price = 0;
    nonsense.exponent = 100;
    post(&mut world, &nonsense);
    world.send(refresh);
    assert_eq!(world.market(BTC).index, taken.index);
}

#[test]
fn prices_beyond_the_domain() {
    let mut world = World::with_liquidity();
    world.sleep(1);
    let refresh = world.refresh(BTC);
    let good = update(&world);
    let wrong = [
        PriceUpdate { price: 0, ..good },
        PriceUpdate { price: -1, ..good },
        PriceUpdate { price: i64::MIN, ..good },
        PriceUpdate { price: i64::MAX, exponent: 0, ..good },
        PriceUpdate { price: 1, exponent: -8, ..good },
        PriceUpdate { exponent: 1, ..good },
        PriceUpdate { exponent: -19, ..good },
        PriceUpdate { exponent: i32::MIN, ..good },
        PriceUpdate { exponent: i32::MAX, ..good },
        PriceUpdate { price: 32_768_001, exponent: 0, ..good },
    ];
    for update in wrong {
        post(&mut world, &update);
        assert_refused(&mut world, &refresh, Error::InvalidPrice);
    }
    // Values without sense beside a good price are clamped or make the market guarded; they stop nothing.
    for (seconds, (conf, ema_price)) in
        [(u64::MAX, PRICE), (0, i64::MIN), (0, 0), (0, -1), (0, i64::MAX)].into_iter().enumerate()
    {
        world.sleep(1);
        let odd = PriceUpdate { conf, ema_price, ..update(&world) };
        post(&mut world, &odd);
        world.send(refresh.clone());
        assert!(world.market(BTC).is_guarded(), "{seconds}");
    }
}

#[test]
fn silence_for_hours_and_back() {
    let mut world = World::with_liquidity();
    let flat = world.open("flat", dollars(500), false);
    let trader = trader(&mut world);
    world.trade(&trader, BTC, Side::Buy, dollars(20_000));
    world.sleep(6 * 3_600);
    let order = buy(&world, &trader);
    assert_refused(&mut world, &order, Error::PriceStale);
    // Who holds nothing takes the money out; everybody else comes back when the price does.
    let withdraw = |trader: &Trader, amount| keel_sdk::instructions::Withdraw {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: world.exchange.mint,
        destination: trader.tokens,
        amount,
    };
    let out = withdraw(&flat, dollars(500)).instruction(&world.exchange.chain).unwrap();
    let kept = withdraw(&trader, 1).instruction(&world.exchange.chain).unwrap();
    world.send(out);
    assert_refused(&mut world, &kept, Error::MarkStale);
    let before = world.market(BTC);
    world.tick();
    let after = world.market(BTC);
    let paid = after.funding.get() - before.funding.get();
    let cap = i128::from(before.index.bits) << 16;
    assert!(paid.abs() <= cap * 1_250 / 1_000_000 * 600 / 3_600, "no more than the longest gap is charged");
    world.send(kept);
    world.send(order);
}

#[test]
fn the_other_market_is_not_moved() {
    let mut world = World::with_liquidity();
    let before = world.market(SOL);
    world.sleep(1);
    world.quote(BTC, Quote::of_usd(21_000.0));
    world.publish();
    let refresh = world.refresh(BTC);
    world.send(refresh);
    assert_eq!(world.market(SOL), before);
}
