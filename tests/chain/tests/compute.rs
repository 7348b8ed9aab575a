//! Compute units at the largest shapes, and the budgets of the usual ones.

use keel_chain_tests::cases::pool;
use keel_chain_tests::crowd::{Crowd, litter};
use keel_chain_tests::refusal::assert_refused;
use keel_chain_tests::{BTC, Cast, SOL, World, cases, dollars};
use keel_embedded::exchange::Trader;
use keel_embedded::{Executed, token};
use keel_engine::curve::Exact;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{MarginAccount, Pool, Position};
use keel_engine::{Error, Side};
use keel_sdk::address;
use keel_sdk::instructions::{
    BalanceReserve, CollectPledged, CollectPool, Deposit, Rebalance, RemoveRange, Resolve, UnwindRange, Withdraw,
};
use keel_sdk::path::Reach;
use solana_instruction::Instruction;
use solana_signer::Signer;

/// What an instruction has without asking for more.
const DEFAULT_UNITS: u64 = 200_000;
/// What a tick more may cost: docs/compute.md.
const CROSSING_UNITS: u64 = 1_500;
/// Crossings of one trade, by default.
const MAX_CROSSINGS: i32 = 40;

fn report(name: &str, units: u64) -> u64 {
    println!("{units:>8}  {name}");
    units
}

fn deposit(world: &World, trader: &Trader, amount: u64) -> Instruction {
    let deposit = Deposit {
        authority: trader.key.pubkey(),
        account: trader.account,
        mint: world.exchange.mint,
        source: trader.tokens,
        amount,
    };
    deposit.instruction(&world.exchange.chain).unwrap()
}

fn withdraw(world: &World, trader: &Trader, amount: u64) -> Instruction {
    let withdraw = Withdraw {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: world.exchange.mint,
        destination: trader.tokens,
        amount,
    };
    withdraw.instruction(&world.exchange.chain).unwrap()
}

/// Units of the token program's part, as it logs them itself.
fn token_units(executed: &Executed) -> u64 {
    let prefix = "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA consumed ";
    let units =
        executed.logs.iter().filter_map(|line| line.strip_prefix(prefix)?.split(' ').next()?.parse::<u64>().ok());
    units.sum()
}

#[test]
fn the_usual_shapes() {
    let mut world = World::with_liquidity();
    let trader = world.open("trader", dollars(100_000), false);
    world.trade(&trader, BTC, Side::Buy, dollars(10_000));
    // Within the ticks that stand, each with a price that nobody has taken yet.
    let mut trades = Vec::new();
    for (index, side) in [Side::Buy, Side::Sell, Side::Buy, Side::Sell].into_iter().enumerate() {
        world.sleep(1);
        world.quote(BTC, keel_simulator::Quote::of_usd(20_001.0 + index as f64));
        world.publish();
        let order = world.built(&world.order(&trader, BTC, side, Exact::Base(10_000_000)));
        trades.push(report(&format!("trade, {side:?}"), world.send(order).units));
    }
    world.sleep(1);
    world.publish();
    let refresh = world.refresh(BTC);
    let refresh = report("refresh", world.send(refresh).units);
    let begin = world.begin_liquidation(&trader.account);
    let probe = world.send_unaudited(&[begin]).unwrap_err();
    assert_eq!(probe.error(), Some(Error::AccountHealthy));
    let probe = report("begin_liquidation of a healthy account", probe.units);
    token::credit(&mut world.exchange.chain, &trader.tokens, dollars(1_000)).unwrap();
    let mut moves = Vec::new();
    for instruction in [deposit(&world, &trader, dollars(10)), withdraw(&world, &trader, dollars(5))] {
        let executed = world.send(instruction);
        let beside = executed.units - token_units(&executed);
        moves.push(report("deposit or withdrawal, token program aside", beside));
    }
    let mut cast = Cast::new();
    let step = cases::ALL[19](&mut cast).instruction;
    let step = report("liquidate_on_curve", cast.world.send(step).units);

    trades.sort_unstable();
    assert!(trades[trades.len() / 2] <= 15_000, "trade {trades:?}");
    assert!(refresh <= 6_000, "refresh {refresh}");
    assert!(step <= 20_000, "liquidate_on_curve {step}");
    assert!(probe <= 3_000, "begin_liquidation {probe}");
    assert!(moves.iter().all(|units| *units <= 6_000), "deposit and withdraw {moves:?}");
}

#[test]
fn as_many_crossings_as_allowed() {
    let mut world = World::new();
    litter(&mut world, BTC, MAX_CROSSINGS + 4);
    let trader = world.open("trader", dollars(400_000), false);
    let mut before = None;
    for crossings in [0, 1, 20, MAX_CROSSINGS] {
        world.tick();
        // The book holds about 500,000 USD, most of it near the index; the last order asks for all of it.
        let quote = match crossings {
            0 => 100,
            1 => 30_000,
            20 => 340_000,
            _ => 1_000_000,
        };
        let base = world.base_for(BTC, dollars(quote));
        let mut order = world.order(&trader, BTC, Side::Buy, Exact::Base(base));
        order.reach = Reach::ahead(2);
        let cursor = world.market(BTC).cursor;
        let order = world.built(&order);
        let executed = world.send(order);
        let crossed = world.market(BTC).cursor - cursor;
        report(&format!("trade across {crossed} ticks"), executed.units);
        assert!(executed.units < DEFAULT_UNITS);
        if let Some((few, units)) = before
            && crossed > few
        {
            let each = (executed.units - units) / u64::try_from(crossed - few).unwrap();
            report("  for each tick more", each);
            assert!(each <= CROSSING_UNITS, "{each} for each tick");
        }
        before = before.or(Some((crossed, executed.units)));
        let base = world.base(&trader, BTC).unsigned_abs();
        let mut back = world.order(&trader, BTC, Side::Sell, Exact::Base(base));
        back.reach = Reach::ahead(2);
        back.reduce_only = true;
        let back = world.built(&back);
        assert!(world.send(back).units < DEFAULT_UNITS);
    }
}

#[test]
fn more_crossings_than_allowed() {
    let mut world = World::new();
    litter(&mut world, BTC, MAX_CROSSINGS + 4);
    let trader = world.open("trader", dollars(400_000), false);
    world.tick();
    let base = world.base_for(BTC, dollars(1_000_000));
    let mut order = world.order(&trader, BTC, Side::Buy, Exact::Base(base));
    order.reach = Reach::ahead(2);
    order.all_or_nothing = true;
    let refused = world.built(&order);
    assert_refused(&mut world, &refused, Error::NotFilled);
    order.all_or_nothing = false;
    let partial = world.built(&order);
    let units = world.send(partial).units;
    report("trade across as many ticks as allowed", units);
    let crossed = world.market(BTC).cursor;
    assert!((MAX_CROSSINGS - 1..=MAX_CROSSINGS).contains(&crossed), "{crossed} ticks");
    // Whoever litters does not stop the others: the next trade goes on from there.
    let on = world.built(&order);
    let outcome = world.try_send(&[on]);
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn eight_positions_and_eight_ranges() {
    let mut crowd = Crowd::new(true, 500_000, 10_000);
    let (world, who) = (&mut crowd.world, &crowd.everywhere);
    world.wait(10);
    token::credit(&mut world.exchange.chain, &who.tokens, dollars(1_000)).unwrap();
    let mut order = world.order(who, BTC, Side::Buy, Exact::Base(10_000_000));
    let grow = world.built(&order);
    order.side = Side::Sell;
    let shrink = world.built(&order);
    let remove = RemoveRange { owner: who.key.pubkey(), account: who.account, slot: 7 };
    let chain = &world.exchange.chain;
    let all = [
        ("trade that adds, 8 positions, 8 ranges", grow),
        ("trade that reduces, 8 positions, 8 ranges", shrink),
        ("deposit", deposit(world, who, 1)),
        ("withdraw, 8 positions, 8 ranges", withdraw(world, who, 1)),
        ("remove_range", remove.instruction(chain).unwrap()),
    ];
    for (name, instruction) in all {
        println!("{} accounts", instruction.accounts.len());
        let units = report(name, world.send(instruction).units);
        assert!(units < DEFAULT_UNITS, "{name}: {units}");
    }
    let add = world.range(who, SOL, -40, 40, dollars(5_000)).instruction(&world.exchange.chain).unwrap();
    let units = report("add_range, the eighth, 8 positions", world.send(add).units);
    assert!(units < DEFAULT_UNITS);
    let full = world.range(who, SOL, -20, 20, dollars(5_000)).instruction(&world.exchange.chain).unwrap();
    assert_refused(world, &full, Error::RangesFull);
}

#[test]
fn a_ninth_market() {
    let mut crowd = Crowd::new(false, 500_000, 10_000);
    let ninth = crowd.world.list(&keel_chain_tests::world::btc_listing(), keel_simulator::Quote::of_usd(20_000.0));
    let provider = crowd.world.open("another provider", dollars(1_000_000), true);
    crowd.world.tick();
    crowd.world.provide(&provider, ninth, -100, 100, dollars(100_000));
    let order = crowd.world.order(&crowd.everywhere, ninth, Side::Buy, Exact::Base(10_000_000));
    let order = crowd.world.built(&order);
    assert_refused(&mut crowd.world, &order, Error::PositionsFull);
}

#[test]
fn liquidating_eight_positions() {
    let mut crowd = Crowd::new(true, 40_000, 80_000);
    let keeper = crowd.world.open("keeper", 0, false);
    let (world, who) = (&mut crowd.world, &crowd.everywhere);
    for market in crowd.markets.iter().filter(|market| **market != SOL) {
        world.quote(*market, keel_simulator::Quote::of_usd(20_000.0 * 0.925));
    }
    for _ in 0..4 {
        world.tick();
    }
    let begin = world.begin_liquidation(&who.account);
    println!("{} accounts", begin.accounts.len());
    report("begin_liquidation, 8 positions, 8 ranges", world.send(begin).units);
    let mut worst = 0;
    for slot in 0..8 {
        let unwind = UnwindRange { account: who.account, slot }.instruction(&world.exchange.chain).unwrap();
        worst = worst.max(world.send(unwind).units);
    }
    report("unwind_range, the worst of eight", worst);
    assert!(worst < DEFAULT_UNITS);
    let mut worst = 0;
    for market in crowd.markets.clone() {
        while world.base(who, market) != 0 && world.account(who).flagged_at != 0 {
            let step = world.liquidate(&keeper, &who.account, market);
            worst = worst.max(world.send(step).units);
        }
    }
    report("liquidate_on_curve, the worst, 8 positions", worst);
    assert!(worst < DEFAULT_UNITS);
    let owes = |world: &World| {
        world.account(who).positions.iter().find(|position| position.quote < 0).map(|position| position.market)
    };
    let mut resolved = 0;
    while let Some(market) = owes(world) {
        let resolve = Resolve { account: who.account, market }.instruction(&world.exchange.chain).unwrap();
        let name = format!("resolve, {} markets", resolve.accounts.len() - 1);
        assert!(report(&name, world.send(resolve).units) < DEFAULT_UNITS);
        resolved += 1;
    }
    assert!(resolved > 0 && world.account(who).flagged_at == 0);
}

#[test]
fn resolving_with_claims_in_seven_markets() {
    const HALF_LIFE_SECS: u32 = 30;
    let mut crowd = Crowd::of(false, 500_000, 20_000, |params| params.profit_half_life_secs = HALF_LIFE_SECS);
    let keeper = crowd.world.open("keeper", 0, false);
    let debtor = crowd.world.open("debtor", dollars(6_000), false);
    let world = &mut crowd.world;
    let others: Vec<u16> = crowd.markets.iter().copied().filter(|market| *market != BTC).collect();
    world.tick();
    for market in &others {
        world.trade(&debtor, *market, Side::Sell, dollars(10_000));
    }
    // The seven others fall first: profit, taken, and on its way to be mature; whoever lost has paid it in.
    for market in &others {
        let price = if *market == SOL { 150.0 } else { 20_000.0 };
        world.quote(*market, keel_simulator::Quote::of_usd(price * 0.97));
    }
    for _ in 0..4 {
        world.tick();
    }
    for market in &others {
        let base = world.base(&debtor, *market).unsigned_abs();
        let close = world.built(&world.order(&debtor, *market, Side::Buy, Exact::Base(base)));
        world.send(close);
        let settle = world.settle(&crowd.everywhere, *market);
        world.send(settle);
    }
    world.trade(&debtor, BTC, Side::Buy, dollars(95_000));
    world.wait(i64::from(HALF_LIFE_SECS));
    world.move_price(BTC, 18_100.0);
    let begin = world.begin_liquidation(&debtor.account);
    world.send(begin);
    while world.base(&debtor, BTC) != 0 {
        let step = world.liquidate(&keeper, &debtor.account, BTC);
        world.send(step);
    }
    let debt = |world: &World| world.account(&debtor).position(BTC).map_or(0, |position| position.debt);
    let owed = debt(world);
    let resolve = Resolve { account: debtor.account, market: BTC }.instruction(&world.exchange.chain).unwrap();
    // Its three, and seven markets in which it has claims.
    assert_eq!(resolve.accounts.len(), 10);
    let mut incomplete = resolve.clone();
    incomplete.accounts.pop();
    assert_refused(world, &incomplete, Error::MarketMissing);
    // What is mature elsewhere pays; the rest of it is pledged, and nothing waits for that.
    let units = report("resolve, claims in 7 other markets", world.send(resolve).units);
    assert!(units < DEFAULT_UNITS);
    let written_off = world.market(BTC).written_off;
    assert!(debt(world) == 0 && written_off > 0 && written_off < owed - dollars(900), "{written_off} of {owed}");
    world.wait(i64::from(HALF_LIFE_SECS) * 65);
    for market in others {
        let collect = CollectPledged { account: debtor.account, market, creditor: BTC }.instruction();
        report("collect_pledged", world.send(collect).units);
    }
    let left = world.market(BTC).written_off;
    assert!(left < written_off - dollars(800), "{left} of {written_off}");
    assert!(world.account(&debtor).is_done());
}

/// What coming into the pool and leaving it may cost with a range and a position in five markets.
const POOL_UNITS: u64 = 80_000;
/// Accounts of one of them: a transaction locks no more than 64, and what else is in it wants some.
const POOL_ACCOUNTS: usize = 40;
/// Markets in which the pool is.
const POOL_MARKETS: usize = 5;

/// Five markets with a pool in each, whose ranges have sold, and whoever put its money in.
fn pooled() -> (World, Trader) {
    let Crowd { mut world, markets, everywhere } = Crowd::new(false, 500_000, 10_000);
    let lp = world.open("lp", dollars(2_000_000), false);
    pool::open_pool(&mut world, &[&lp]);
    pool::bend(&mut world, |pool| {
        pool.rebalance_tol_ppm = 20_000;
        for (strategy, market) in pool.strategies.iter_mut().zip(&markets).take(POOL_MARKETS) {
            let terms = StrategyTerms {
                quotes: 1,
                width_ticks: 60,
                weight_ppm: 200_000,
                leverage_ppm: 4_000_000,
                exposure_cap_usd: 1_000_000,
                ..StrategyTerms::default()
            };
            strategy.market = *market;
            terms.put(strategy);
        }
    });
    let ask = pool::asking_in(&world, &lp, dollars(1_000_000));
    world.send(ask);
    world.tick();
    let execute = pool::bringing_in(&world, &lp, 0);
    world.send(execute);
    for market in markets.into_iter().take(POOL_MARKETS) {
        world.publish();
        let rebalance = Rebalance { keeper: everywhere.account, market, price: world.price_account(market) };
        let rebalance = rebalance.instruction(&world.exchange.chain).unwrap();
        let units = report("rebalance, the first range", world.send(rebalance).units);
        assert!(units < DEFAULT_UNITS);
        world.trade(&everywhere, market, Side::Buy, dollars(20_000));
        let collect = CollectPool { market }.instruction(&world.exchange.chain);
        world.send_built(collect);
    }
    (world, lp)
}

#[test]
fn a_pool_in_five_markets() {
    let (mut world, lp) = pooled();
    let held: MarginAccount = world.exchange.state(&address::pool_account()).unwrap();
    let is_everywhere = |position: &&Position| position.base != 0 && position.ranges != 0;
    assert_eq!(held.positions.iter().filter(is_everywhere).count(), POOL_MARKETS);
    let ask = [pool::asking_in(&world, &lp, dollars(1_000)), pool::asking_out(&world, &lp, dollars(1_000))];
    for ask in ask {
        world.send(ask);
    }
    let ready = world.unix() + i64::from(pool::COOLDOWN_SECS);
    while world.unix() < ready {
        world.tick();
    }
    for (name, execute) in
        [("execute_deposit", pool::bringing_in(&world, &lp, 1)), ("execute_redeem", pool::paying_out(&world, &lp, 0))]
    {
        let accounts = execute.accounts.len();
        let units = report(&format!("{name}, {accounts} accounts"), world.send(execute).units);
        assert!(units <= POOL_UNITS, "{name}: {units}");
        assert!(accounts <= POOL_ACCOUNTS, "{name}: {accounts} accounts");
    }
    let after: Pool = world.exchange.state(&address::pool()).unwrap();
    assert_eq!((after.deposits_waiting, after.shares_waiting), (0, 0), "both were executed");
    let balance = BalanceReserve.instruction(&world.exchange.chain).unwrap();
    assert!(report("balance_reserve", world.send(balance).units) <= POOL_UNITS);
}
