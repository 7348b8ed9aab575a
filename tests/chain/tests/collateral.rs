//! Collateral other than USDC on the compiled program, with real token and Pyth bytes: what it counts and when, what it
//! costs to bring in and take out, and how it is sold.

use keel_chain_tests::purse::{DOLLAR_WEIGHT, Purse, RAMP, SOL_SLOPE, SOL_WEIGHT, SOLS, sample};
use keel_chain_tests::refusal::assert_refused;
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::exchange::Trader;
use keel_embedded::{Collateral, token};
use keel_engine::curve::Exact;
use keel_engine::governance::BankGuard;
use keel_engine::state::Bank;
use keel_engine::units::Factor;
use keel_engine::{Error, Side};
use keel_sdk::instructions::{BuyCollateral, DepositAndTrade, GuardBank, Trade, TradeExact, TradeTo, Transfer};
use keel_sdk::views::FillView;
use keel_sdk::{SdkError, address, quote, views};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// What an amount of a bank's tokens is worth at a price, in quote atoms.
fn worth(price_bits: u64, amount: u64) -> u64 {
    Factor { bits: price_bits }.of_floor(amount)
}

/// What a value counts, with the formula of the protocol and none of its code.
fn counted(value: u64, size: u64, weight_ppm: u32, slope_ppm: u32) -> u64 {
    let divisor = 10_u128.pow(18) + u128::from(slope_ppm) * u128::from(size);
    u64::try_from(u128::from(value) * u128::from(weight_ppm) * 10_u128.pow(12) / divisor).unwrap()
}

/// The instruction without one of its accounts.
fn without(mut instruction: Instruction, address: &Pubkey) -> Instruction {
    instruction.accounts.retain(|meta| meta.pubkey != *address);
    instruction
}

fn order(purse: &Purse, trader: &Trader, side: Side, quote: u64) -> Trade {
    let base = purse.world.base_for(BTC, quote);
    purse.world.order(trader, BTC, side, Exact::Base(base))
}

#[test]
fn a_price_is_pyths_less_its_confidence() {
    let mut purse = Purse::new();
    let bank = purse.bank(&purse.sol);
    // 150 USD less a thousandth, in quote atoms for 10^-9 of one.
    assert_eq!(worth(bank.latest.bits, SOLS), 149_849_999, "rounded down");
    assert_eq!((bank.price_time, bank.sample_count), (purse.world.unix(), 1));
    assert_eq!((bank.price, bank.stable), (bank.latest, bank.latest));

    purse.world.sleep(5);
    let refresh = purse.sol.refresh().instruction();
    let before = purse.bank(&purse.sol);
    purse.world.send(refresh.clone());
    let after = purse.bank(&purse.sol);
    assert_eq!((after.price_time, after.sample_count), (before.price_time, 1), "an old one is left alone");

    let unix = purse.world.unix();
    let publish = |purse: &mut Purse, sample| {
        let sol = purse.sol;
        sol.publish(&mut purse.world.exchange.chain, &sample, None).unwrap();
    };
    publish(&mut purse, sample(16_000_000_000, unix + 3));
    assert_refused(&mut purse.world, &refresh, Error::PriceInFuture);
    publish(&mut purse, keel_engine::oracle::Sample { conf: 400_000_000, ..sample(16_000_000_000, unix) });
    purse.world.send(refresh.clone());
    assert_eq!(purse.bank(&purse.sol).price_time, before.price_time, "one that is too wide is left alone");
    publish(&mut purse, sample(16_000_000_000, unix));
    purse.world.send(refresh);
    let bank = purse.bank(&purse.sol);
    assert_eq!(bank.price, before.price, "the lower of two");
    assert_eq!((bank.price_time, worth(bank.latest.bits, SOLS)), (unix, 159_839_999));
}

#[test]
fn a_price_account_is_of_the_banks_feed() {
    let mut purse = Purse::new();
    let (sol, dollar) = (purse.sol.refresh(), purse.dollar.refresh());
    let other = keel_sdk::instructions::RefreshBank { price: dollar.price, ..sol };
    assert_refused(&mut purse.world, &other.instruction(), Error::OracleWrongFeed);
    let nobodys = keel_sdk::instructions::RefreshBank { price: purse.world.exchange.mint, ..sol };
    assert_refused(&mut purse.world, &nobodys.instruction(), Error::OraclePriceOwner);
    let no_rate = keel_sdk::instructions::RefreshBank { rate: None, ..dollar };
    assert_refused(&mut purse.world, &no_rate.instruction(), Error::OraclePriceAccount);
    let wrong_rate = keel_sdk::instructions::RefreshBank { rate: Some(sol.price), ..dollar };
    assert_refused(&mut purse.world, &wrong_rate.instruction(), Error::OracleWrongFeed);
    let usdc = keel_sdk::instructions::RefreshBank { mint: purse.world.exchange.mint, ..sol };
    // USDC's bank has no feed of anybody: no account is its price.
    assert_refused(&mut purse.world, &usdc.instruction(), Error::OraclePriceOwner);
}

/// Nothing at first, half after half a day, everything after a day; and less the more of it there is.
#[test]
fn what_it_counts_grows_to_its_weight_and_falls_with_its_size() {
    let mut purse = Purse::new();
    let owner = purse.world.open("owner", 0, false);
    let (sol, dollar) = (purse.sol, purse.dollar);
    purse.deposit(&owner, &sol, 4_000 * SOLS);
    assert_eq!(purse.health(&owner).collateral, 0, "at weight 0");
    let trade = order(&purse, &owner, Side::Sell, dollars(100_000));
    let refused = purse.world.built(&trade);
    assert_refused(&mut purse.world, &refused, Error::InsufficientMargin);

    purse.pass(RAMP / 2);
    let weight = |bank: &Bank, full: u32, unix: i64| {
        u32::try_from(i64::from(full) * (unix - bank.weight_from_at).min(RAMP) / RAMP).unwrap()
    };
    let bank = purse.bank(&sol);
    let half = weight(&bank, SOL_WEIGHT, purse.world.unix());
    assert!((SOL_WEIGHT / 2..SOL_WEIGHT * 51 / 100).contains(&half), "{half}");
    let value = worth(bank.price.bits, 4_000 * SOLS);
    assert_eq!(purse.health(&owner).collateral, counted(value, value, half, SOL_SLOPE));

    purse.pass(RAMP / 2);
    let bank = purse.bank(&sol);
    let value = worth(bank.price.bits, 4_000 * SOLS);
    let in_full = counted(value, value, SOL_WEIGHT, SOL_SLOPE);
    // Three hundredths less, for being 600,000 USD.
    assert!(in_full < value / 100 * 83 && in_full > value / 100 * 82, "{in_full} of {value}");
    let health = purse.health(&owner);
    assert_eq!((health.capital, health.collateral, health.equity), (0, in_full, i64::try_from(in_full).unwrap()));

    // A second kind counts beside the first.
    purse.deposit(&owner, &dollar, dollars(1_000));
    let dollars_worth = worth(purse.bank(&dollar).price.bits, dollars(1_000));
    let both = in_full + counted(dollars_worth, dollars_worth, DOLLAR_WEIGHT, 0);
    assert_eq!(purse.health(&owner).collateral, both);
}

/// Who has nothing but other collateral trades on it, is told beforehand what will come of it, and needs its prices.
#[test]
fn trading_on_it() {
    let mut purse = Purse::ripe();
    let owner = purse.world.open("owner", 0, false);
    let (sol, dollar) = (purse.sol, purse.dollar);
    purse.deposit(&owner, &sol, 100 * SOLS);
    purse.deposit(&owner, &dollar, dollars(5_000));
    let trade = order(&purse, &owner, Side::Sell, dollars(50_000));
    let built = purse.world.built(&trade);
    let banks = [address::bank(&sol.mint), address::bank(&dollar.mint)];
    let place = |bank: &Pubkey| built.accounts.iter().position(|meta| meta.pubkey == *bank).unwrap();
    assert_eq!([place(&banks[0]), place(&banks[1])], [4, 5], "in front of everything else that is only looked at");
    // Either is enough for this trade, and what is not shown stops nothing; for a larger one both are asked for.
    let neither = without(without(built.clone(), &banks[0]), &banks[1]);
    assert_refused(&mut purse.world, &neither, Error::BankMissing);
    let larger = purse.world.built(&order(&purse, &owner, Side::Sell, dollars(260_000)));
    for bank in &banks {
        purse.world.aside(|world| drop(world.send(without(built.clone(), bank))));
        assert_refused(&mut purse.world, &without(larger.clone(), bank), Error::BankMissing);
    }
    let mut swapped = built.clone();
    swapped.accounts.swap(4, 5);
    assert_refused(&mut purse.world, &swapped, Error::AccountOrder);

    let chain = &purse.world.exchange.chain;
    let told = quote::trade(chain, &trade, None, chain.now()).unwrap();
    purse.world.send(built);
    assert_eq!(purse.world.account(&owner), told.account);
    assert_eq!(purse.health(&owner), told.health_after);
    assert!(told.health_after.collateral > dollars(15_000));

    // Prices older than a minute count for no new risk, and say so.
    for _ in 0..7 {
        purse.world.wait(10);
    }
    let more = purse.world.built(&order(&purse, &owner, Side::Sell, dollars(1_000)));
    assert_refused(&mut purse.world, &more, Error::CollateralStale);
    let chain = &purse.world.exchange.chain;
    let refused = quote::trade(chain, &order(&purse, &owner, Side::Sell, dollars(1_000)), None, chain.now());
    assert_eq!(refused.unwrap_err(), SdkError::Engine(Error::CollateralStale));
    purse.refresh();
    let more = purse.world.built(&order(&purse, &owner, Side::Sell, dollars(1_000)));
    purse.world.send(more);
}

#[test]
fn a_cap_is_of_what_it_is_worth() {
    let mut purse = Purse::ripe();
    let owner = purse.world.open("owner", 0, false);
    let sol = purse.sol;
    // Of 2 million USD, at 149.85.
    let most = 13_346 * SOLS;
    let _wallet = purse.wallet(&owner, &sol, 2 * most);
    let too_much = purse.depositing(&owner, &sol, most + SOLS);
    assert_refused(&mut purse.world, &too_much, Error::DepositCap);
    purse.deposit(&owner, &sol, most);
    let any_more = purse.depositing(&owner, &sol, SOLS);
    assert_refused(&mut purse.world, &any_more, Error::DepositCap);
}

#[test]
fn taking_it_out_again() {
    let mut purse = Purse::ripe();
    let owner = purse.world.open("owner", 0, false);
    let sol = purse.sol;
    purse.deposit(&owner, &sol, 1_000 * SOLS);
    let trade = order(&purse, &owner, Side::Sell, dollars(100_000));
    let trade = purse.world.built(&trade);
    purse.world.send(trade);
    let all = purse.withdrawing(&owner, &sol, 1_000 * SOLS);
    assert_refused(&mut purse.world, &all, Error::InsufficientMargin);
    let more_than_all = purse.withdrawing(&owner, &sol, 1_000 * SOLS + 1);
    assert_refused(&mut purse.world, &more_than_all, Error::InsufficientCapital);
    let some = purse.withdrawing(&owner, &sol, 300 * SOLS);
    purse.world.send(some);
    let wallet = purse.wallet(&owner, &sol, 0);
    assert_eq!(token::balance(&purse.world.exchange.chain, &wallet).unwrap(), 300 * SOLS);
    assert_eq!(purse.world.account(&owner).capital, [0, 700 * SOLS, 0, 0]);

    // And into another account of the same owner, by the same margin.
    let open = keel_sdk::instructions::OpenAccount { owner: owner.key.pubkey(), sub_account: 1, isolated_market: 0 };
    purse.world.send(open.instruction());
    let mut transfer = Transfer {
        owner: owner.key.pubkey(),
        account: owner.account,
        receiver: open.address(),
        mint: sol.mint,
        amount: 700 * SOLS,
    };
    let whole = transfer.instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &whole, Error::InsufficientMargin);
    transfer.amount = 100 * SOLS;
    purse.world.send_built(transfer.instruction(&purse.world.exchange.chain));
    assert_eq!(purse.world.account(&owner).capital, [0, 600 * SOLS, 0, 0]);
}

/// Half a thousandth a day upwards, at once downwards.
#[test]
fn an_exchange_rate_rises_slowly_and_falls_at_once() {
    let mut purse = Purse::ripe();
    let dollar = purse.dollar;
    let at = |purse: &Purse| worth(purse.bank(&dollar).latest.bits, dollars(1_000_000));
    let before = at(&purse);
    assert_eq!(before, dollars(999_000) - 1, "a dollar each less a thousandth, rounded down");
    purse.rate = 120_000_000;
    purse.world.sleep(60);
    purse.refresh();
    let allowed = (before * 60 / 86_400 * 500).div_ceil(1_000_000);
    let risen = at(&purse) - before;
    assert!(risen.abs_diff(allowed) <= 2, "{risen} of {allowed}");
    purse.rate = 90_000_000;
    purse.world.sleep(1);
    purse.refresh();
    assert_eq!(at(&purse), dollars(899_100) - 1);
}

/// Who holds a token goes short against it at once or not at all.
#[test]
fn deposited_and_traded_in_one() {
    let mut purse = Purse::ripe();
    let owner = purse.world.open("owner", 0, false);
    let sol = purse.sol;
    let source = purse.wallet(&owner, &sol, 200 * SOLS);
    purse.world.publish();
    let wanted = |purse: &Purse, quote: u64| {
        let trade = order(purse, &owner, Side::Sell, quote);
        DepositAndTrade { trade, mint: sol.mint, source, deposit: 100 * SOLS }
    };
    let too_much = wanted(&purse, dollars(1_000_000)).instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &too_much, Error::InsufficientMargin);
    let both = wanted(&purse, dollars(15_000));
    let chain = &purse.world.exchange.chain;
    let told = quote::deposit_and_trade(chain, &both, None, chain.now()).unwrap();
    purse.world.send_built(both.instruction(&purse.world.exchange.chain));
    assert_eq!(purse.world.account(&owner), told.trade.account);
    assert_eq!(purse.world.market(BTC).curve_quote, told.trade.market.curve_quote);
    let bank = purse.bank(&sol);
    assert_eq!((bank.booked, bank.room), (told.bank.booked, told.bank.room));
    assert_eq!(token::balance(&purse.world.exchange.chain, &source).unwrap(), 100 * SOLS);
    assert!(purse.world.base(&owner, BTC) < 0);
}

#[test]
fn trades_within_a_bound_and_to_a_target() {
    let mut world = World::with_liquidity();
    let owner = world.open("owner", dollars(50_000), false);
    world.publish();
    let trade = world.order(&owner, BTC, Side::Buy, Exact::Base(world.base_for(BTC, dollars(10_000))));
    let chain = &world.exchange.chain;
    let fill = quote::trade(chain, &trade, None, chain.now()).unwrap().fill;
    let cost = fill.quote.unsigned_abs() + fill.fee;
    let exact = |bound| TradeExact { trade, bound };
    let dear = exact(cost - 1).instruction(chain).unwrap();
    let refused = quote::trade_exact(chain, &exact(cost - 1), None, chain.now()).unwrap_err();
    assert_eq!(refused, SdkError::Engine(Error::BoundNotMet));
    assert_refused(&mut world, &dear, Error::BoundNotMet);
    let sent = world.send_built(exact(cost).instruction(&world.exchange.chain));
    let told: FillView = views::decode(&sent.returned).unwrap();
    assert_eq!(told, FillView::of(BTC, &fill));

    let held = world.base(&owner, BTC);
    let to = |world: &World, target: i64, tolerance: u64| TradeTo {
        authority: owner.key.pubkey(),
        account: owner.account,
        market: BTC,
        price: world.price_account(BTC),
        target,
        tolerance,
        limit: None,
        reach: keel_sdk::path::Reach::default(),
    };
    let near = to(&world, held + 10, 10).instruction(&world.exchange.chain).unwrap();
    assert_refused(&mut world, &near, Error::NearTarget);
    let turn = to(&world, -held, 10);
    let chain = &world.exchange.chain;
    let quoted = quote::trade_to(chain, &turn, None, chain.now()).unwrap();
    let sent = world.send_built(turn.instruction(&world.exchange.chain));
    let told: FillView = views::decode(&sent.returned).unwrap();
    assert_eq!((told, world.base(&owner, BTC)), (FillView::of(BTC, &quoted.fill), -held));
    assert_eq!(world.account(&owner), quoted.account);

    let delta = quote::delta(&world.exchange.chain, &owner.account, BTC, world.exchange.chain.now()).unwrap();
    let view = keel_sdk::instructions::ViewDelta { account: owner.account, market: BTC };
    let chain = &world.exchange.chain;
    assert_eq!(chain.view::<views::DeltaView>(view.instruction(chain).unwrap()).unwrap(), delta);
    assert_eq!((delta.position, delta.delta, delta.ranges), (-held, -held, 0));
}

/// What a purchase would do and what it does; must be the same.
#[track_caller]
fn bought(purse: &mut Purse, buy: &BuyCollateral) -> quote::PurchaseQuote {
    let chain = &purse.world.exchange.chain;
    let told = quote::buy_collateral(chain, buy, chain.now()).unwrap();
    purse.world.send_built(buy.instruction(&purse.world.exchange.chain));
    let state = |at: &Pubkey| purse.world.exchange.state(at).unwrap();
    assert_eq!((state(&buy.account), state(&buy.buyer)), (told.account, told.buyer));
    told
}

fn buying(buyer: &Trader, account: &Trader, collateral: &Collateral) -> BuyCollateral {
    BuyCollateral {
        owner: buyer.key.pubkey(),
        buyer: buyer.account,
        account: account.account,
        mint: collateral.mint,
        most: u64::MAX,
        limit: None,
    }
}

/// Who falls is sold in an auction, down to what cures it.
#[test]
fn sold_in_a_liquidation() {
    let mut purse = Purse::ripe();
    let (debtor, buyer) = (purse.world.open("debtor", 0, false), purse.world.open("buyer", dollars(100_000), false));
    let (sol, dollar) = (purse.sol, purse.dollar);
    purse.deposit(&debtor, &sol, 100 * SOLS);
    purse.deposit(&debtor, &dollar, dollars(1_000));
    let trade = order(&purse, &debtor, Side::Buy, dollars(90_000));
    let trade = purse.world.built(&trade);
    purse.world.send(trade);
    let early = buying(&buyer, &debtor, &sol).instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &early, Error::NotForSale);

    purse.world.move_price(BTC, 20_000.0 * 0.87);
    purse.refresh();
    let flag = purse.world.begin_liquidation(&debtor.account);
    purse.world.send(flag);
    let buy = buying(&buyer, &debtor, &sol);
    let itself = BuyCollateral { owner: debtor.key.pubkey(), buyer: debtor.account, ..buy };
    let itself = itself.instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &itself, Error::SelfLiquidation);
    let cheap = BuyCollateral { limit: Some(keel_engine::units::Price::from_bits(1)), ..buy };
    let cheap = cheap.instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &cheap, Error::PriceBeyondLimit);
    let whole = buy.instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &without(whole, &address::bank(&dollar.mint)), Error::BankMissing);

    let part = bought(&mut purse, &BuyCollateral { most: SOLS, ..buy });
    assert_eq!(part.sold.amount, SOLS);
    let price = worth(purse.bank(&sol).price.bits, SOLS);
    // A discount of between one half and five hundredths.
    assert!(part.sold.paid < price / 1_000 * 996 && part.sold.paid > price / 100 * 94, "{part:?}");
    assert_eq!(part.buyer.capital, [dollars(100_000) - part.sold.paid, SOLS, 0, 0]);
    assert_ne!(purse.world.account(&debtor).flagged_at, 0);

    purse.world.wait(20);
    purse.refresh();
    let rest = bought(&mut purse, &buy);
    let above_target = rest.sold.health.equity - i64::try_from(rest.sold.health.target).unwrap();
    assert!((0..10_000_000).contains(&above_target), "no more than cures it: {above_target}");
    // Less is missing than before: the depth, which is what counts here, has fallen with what was sold.
    assert!(rest.sold.discount.bits < part.sold.discount.bits && rest.sold.amount < 99 * SOLS, "{rest:?}");
    assert_eq!(purse.world.account(&debtor).flagged_at, 0, "cured");
    let over = buy.instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &over, Error::NotForSale);
}

/// A loss that USDC does not cover is a debt; collateral stands for it, and is sold for it after an hour.
#[test]
fn sold_for_an_old_debt() {
    let mut purse = Purse::ripe();
    let debtor = purse.world.open("debtor", dollars(100), false);
    let buyer = purse.world.open("buyer", dollars(100_000), false);
    let sol = purse.sol;
    purse.deposit(&debtor, &sol, 1_000 * SOLS);
    let trade = order(&purse, &debtor, Side::Buy, dollars(100_000));
    let trade = purse.world.built(&trade);
    purse.world.send(trade);
    purse.world.move_price(BTC, 20_000.0 * 0.97);
    let settle = purse.world.settle(&debtor, BTC);
    purse.world.send(settle);
    let state = purse.world.account(&debtor);
    assert_eq!((state.usdc(), state.debt_since, state.flagged_at), (0, purse.world.unix(), 0));
    assert!(state.position(BTC).unwrap().debt > dollars(2_500));

    purse.pass(3_500);
    let buy = buying(&buyer, &debtor, &sol);
    let early = buy.instruction(&purse.world.exchange.chain).unwrap();
    assert_refused(&mut purse.world, &early, Error::NotForSale);
    purse.pass(100);
    let sold = bought(&mut purse, &buy).sold;
    let owed = purse.world.account(&debtor).position(BTC).unwrap().debt;
    assert!(sold.paid >= owed && sold.paid < owed + dollars(1), "{sold:?} for {owed}");
    let settle = purse.world.settle(&debtor, BTC);
    purse.world.send(settle);
    let state = purse.world.account(&debtor);
    assert_eq!((state.debt_since, state.position(BTC).unwrap().debt), (0, 0));
}

/// A depeg: the guardian takes the weight down, at once for new risk, in a day for who is in.
#[test]
fn the_guardian_lowers_a_haircut() {
    let mut purse = Purse::ripe();
    let owner = purse.world.open("owner", 0, false);
    let dollar = purse.dollar;
    purse.deposit(&owner, &dollar, dollars(20_000));
    let before = purse.health(&owner);
    let guard = |purse: &Purse, ppm| {
        let authority = purse.world.exchange.guardian.pubkey();
        GuardBank { authority, mint: dollar.mint, guard: BankGuard::Haircut(ppm) }.instruction()
    };
    let up = guard(&purse, DOLLAR_WEIGHT + 1);
    assert_refused(&mut purse.world, &up, Error::NotTighter);
    let down = guard(&purse, 0);
    purse.world.send(down);
    let after = purse.health(&owner);
    assert_eq!((after.collateral, after.initial_equity), (before.collateral, 0));
    let trade = order(&purse, &owner, Side::Buy, dollars(1_000));
    let trade = purse.world.built(&trade);
    assert_refused(&mut purse.world, &trade, Error::InsufficientMargin);
    purse.pass(RAMP / 2);
    let half = purse.health(&owner).collateral;
    assert!(half > before.collateral / 100 * 49 && half < before.collateral / 2, "{half}");
    purse.pass(RAMP / 2);
    assert_eq!(purse.health(&owner).collateral, 0);
}
