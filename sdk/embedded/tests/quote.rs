//! A quote is the fill: before each of many random trades, ranges and orders on the compiled program it is asked what would
//! come of it, and afterwards the accounts are what was quoted, byte for byte, or the refusal is the one that was quoted.

mod quoted;

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::units::Price;
use keel_sdk::chain::{Accounts, Attempt, Gathering};
use keel_sdk::instructions::{ViewAuction, ViewFee, ViewFunding, ViewHealth, ViewLiquidationPrice, ViewPayout};
use keel_sdk::path::Reach;
use keel_sdk::views::{AuctionView, FeeView, FundingView, HealthView, LiquidationPriceView, PayoutView};
use keel_sdk::{Result, SdkError, quote};
use quoted::{CONTRACT, Random, World};
use solana_signer::Signer;

/// Random actions.
const ACTIONS: u32 = 2_000;
/// Most rounds of fetching that a quote takes.
const ROUNDS: u32 = 4;

/// The same from accounts that are fetched as they are asked for, and the rounds that it took.
fn fetched<T>(accounts: &impl Accounts, work: impl Fn(&Gathering) -> Result<T>) -> (Result<T>, u32) {
    let (mut gathering, mut rounds) = (Gathering::new(), 0);
    loop {
        match gathering.attempt(&work) {
            Attempt::Ready(result) => return (result, rounds),
            Attempt::Needs(addresses) => {
                rounds += 1;
                assert!(rounds <= ROUNDS, "more than {ROUNDS} rounds");
                addresses.into_iter().for_each(|address| gathering.put(address, accounts.get(&address)));
            }
        }
    }
}

#[test]
fn two_thousand_random_actions_do_what_was_quoted() {
    let mut world = World::start(3, 6);
    let mut random = Random::new(0x6b65_656c);
    for number in 0..ACTIONS {
        world.let_time_pass(&mut random);
        match random.below(10) {
            0 => world.add_range(&mut random),
            1 => world.remove_range(&mut random),
            2 => world.order(&mut random),
            _ => world.trade(&mut random),
        }
        if number.is_multiple_of(20) {
            views_agree(&world, &mut random);
        }
    }
    println!("{:?}", world.counts);
    for (what, count) in &world.counts {
        assert!(count.done > 20 && count.refused > 0, "{what}: {count:?}");
    }
    assert!(world.counts["trade"].done > 700, "{:?}", world.counts);
    world.exchange.audit().unwrap();
}

/// The views of some account and market, on the chain and off it.
fn views_agree(world: &World, random: &mut Random) {
    let chain = &world.exchange.chain;
    let (account, market, now) = (world.somebody(random).account, world.some_market(random), chain.now());
    let price = world.exchange.feed(market).unwrap().address;

    let told: HealthView = chain.view(ViewHealth { account }.instruction(chain).unwrap()).unwrap();
    assert_eq!(quote::health(chain, &account, now), Ok(told));
    let (result, _) = fetched(chain, |accounts| quote::health(accounts, &account, now));
    assert_eq!(result, Ok(told));
    let initial = quote::initial(chain, &account, now).unwrap();
    assert_eq!((initial.equity, initial.required), (told.initial_equity, told.initial_required));

    match quote::liquidation_price(chain, &account, market, now) {
        Ok(quoted) => {
            let view = ViewLiquidationPrice { account, market }.instruction(chain).unwrap();
            assert_eq!(chain.view::<LiquidationPriceView>(view).unwrap(), quoted);
        }
        Err(SdkError::Engine(error)) => {
            let view = ViewLiquidationPrice { account, market }.instruction(chain).unwrap();
            assert_eq!(chain.simulate(&[view]).unwrap_err().error(), Some(error));
        }
        Err(other) => panic!("{other}"),
    }
    let told: AuctionView = chain.view(ViewAuction { account, market }.instruction(chain).unwrap()).unwrap();
    assert_eq!(quote::auction(chain, &account, market, now), Ok(told));
    let told: FundingView = chain.view(ViewFunding { market, points: 3, side: Side::Sell }.instruction()).unwrap();
    assert_eq!(quote::funding(chain, market, Side::Sell, 3, now), Ok(told));
    let told: PayoutView = chain.view(ViewPayout { market }.instruction()).unwrap();
    assert_eq!(quote::payout(chain, market, now), Ok(told));

    depth_is_what_trades_cost(world, market, price);
}

/// Each point of the depth costs what the program says that its amount costs, but for the rounding of each step.
fn depth_is_what_trades_cost(world: &World, market: u16, price: solana_pubkey::Pubkey) {
    let chain = &world.exchange.chain;
    let sample = keel_sdk::pyth::sample(&chain.get(&price).unwrap()).unwrap();
    let steps = 8;
    let depth = quote::depth(chain, market, Some(&sample), 4_000, steps, chain.now()).unwrap();
    for (side, points) in [(Side::Buy, depth.buy), (Side::Sell, depth.sell)] {
        assert_eq!(points.len(), steps as usize, "the curve is longer than that");
        let amounts = points.iter().map(|point| (point.base, point.quote));
        assert!(amounts.is_sorted(), "{points:?}");
        let point = points[steps as usize - 1];
        if point.base == 0 {
            continue;
        }
        let exact = Exact::Base(point.base);
        let told: FeeView = chain.view(ViewFee { market, price, side, exact }.instruction(chain).unwrap()).unwrap();
        if told.filled == 1 {
            assert!(told.quote.abs_diff(point.quote) <= 45 * u64::from(steps), "{side:?}: {told:?}, {point:?}");
            assert!(told.price_after.abs_diff(point.price.bits) <= point.price.bits >> 24, "{told:?}, {point:?}");
        }
    }
}

#[test]
fn eight_positions_and_ranges_are_found_in_few_rounds() {
    let mut world = World::start(8, 2);
    world.fill_up();
    let chain = &world.exchange.chain;
    let now = chain.now();
    for reach in [Reach::default(), Reach { ahead: 3, behind: 1 }] {
        for market in [1, 8] {
            let trade = world.a_trade(0, market, Side::Buy, Exact::Base(CONTRACT / 100), reach);
            let (quoted, rounds) = fetched(chain, |accounts| quote::trade(accounts, &trade, None, now));
            let quoted = quoted.unwrap();
            assert_eq!(quoted, quote::trade(chain, &trade, None, now).unwrap());
            assert!(rounds <= 3, "{rounds} rounds");
            assert_eq!(quoted.account.positions.iter().filter(|position| !position.is_empty()).count(), 8);
            assert_eq!(quoted.account.ranges, 8);
        }
    }
}

#[test]
fn a_preview_says_what_a_trader_wants_to_know() {
    let mut world = World::start(1, 2);
    let chain = &world.exchange.chain;
    let trade = world.a_trade(0, 1, Side::Buy, Exact::Base(CONTRACT), Reach::default());
    let quoted = quote::trade(chain, &trade, None, chain.now()).unwrap();
    assert_eq!(quoted.fill.base, 1_000_000_000);
    assert!(quoted.price_before < quoted.mean_price && quoted.mean_price < quoted.price_after);
    let apart = quoted.mean_price.bits - quoted.price_before.bits;
    let impact = u128::from(apart) * 1_000_000;
    assert_eq!(u128::from(quoted.impact_ppm), impact.div_ceil(u128::from(quoted.price_before.bits)));
    let paid = quoted.fill.quote.unsigned_abs();
    assert_eq!(quoted.mean_price, Price::from_bits(u64::try_from((u128::from(paid) << 48) / 1_000_000_000).unwrap()));
    let fee = (u128::from(quoted.fill.fee) << 48).div_ceil(u128::from(paid));
    assert_eq!(quoted.fee_rate.bits.cast_unsigned(), u64::try_from(fee).unwrap());
    assert_eq!(quoted.health_before.maintenance, 0);
    assert!(quoted.health_after.maintenance > 0 && quoted.health_after.equity < quoted.health_before.equity);
    let liquidation = quoted.liquidation_price.unwrap();
    assert!(liquidation.below < quoted.market.mark.bits && liquidation.above == 0);

    // Funding of an hour, after the rate has had time to rise: what an hour costs, if nothing else changes.
    world.play_trade(&trade);
    for _ in 0..60 {
        world.let_secs_pass(60);
        world.refresh_all();
    }
    let chain = &world.exchange.chain;
    let more = world.a_trade(0, 1, Side::Buy, Exact::Base(CONTRACT / 1_000), Reach::default());
    let quoted = quote::trade(chain, &more, None, chain.now()).unwrap();
    let held = i128::from(quoted.account.position(1).unwrap().base);
    let rate = i128::from(quoted.market.funding_rate.bits);
    let index = i128::from(quoted.market.index.bits);
    assert!(rate > 0 && quoted.hourly_funding > 0);
    let hourly = (held * ((rate * index) >> 48)) >> 48;
    assert!((i128::from(quoted.hourly_funding) - hourly).abs() <= 2, "{} against {hourly}", quoted.hourly_funding);

    // What ends a position has nothing to be liquidated.
    let all = quoted.account.position(1).unwrap().base.unsigned_abs();
    let close = world.a_trade(0, 1, Side::Sell, Exact::Base(all - CONTRACT / 1_000), Reach::default());
    let closed = quote::trade(chain, &close, None, chain.now()).unwrap();
    assert_eq!(closed.hourly_funding, 0);
}

#[test]
fn somebody_elses_trade_is_refused_as_the_program_refuses_it() {
    let world = World::start(1, 2);
    let chain = &world.exchange.chain;
    let stranger = world.traders[1].key.pubkey();
    let trade = keel_sdk::instructions::Trade {
        authority: stranger,
        ..world.a_trade(0, 1, Side::Buy, Exact::Base(CONTRACT), Reach::default())
    };
    let refused = quote::trade(chain, &trade, None, chain.now()).unwrap_err();
    assert_eq!(refused, SdkError::Engine(keel_engine::Error::Unauthorized));
}
