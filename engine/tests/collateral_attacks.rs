//! What attackers make of other collateral and its sale: old prices, dead feeds, old debts, clocks, dust, a second account of
//! one's own, and a dollar that loses its peg (protocol.md section 7).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;
mod math_reference;

use exchange::collateral::{ALL, TOKEN, other_bank, usd};
use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::collateral::Purchase;
use keel_engine::liquidation::TakeOver;
use keel_engine::params::Params;
use keel_engine::state::Bank;
use math_reference::{Random, cases};

const RICH: usize = 0;
const OWNER: usize = 1;
const BUYER: usize = 2;
/// One unit; a contract is a thousand.
const ONE: i64 = CONTRACT as i64 / 1_000;
const E8: i64 = 100_000_000;
const STEP: TakeOver = TakeOver { max_base: u64::MAX, limit: None };

/// A market at 1,000 USD, a rich actor, an owner of 1,000 tokens at 100 USD with that many units, long or short, and a
/// buyer with a million.
fn market_with(bank: Bank, units: i64) -> Sim {
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(0);
    sim.actor(1_000_000);
    sim.add_bank(bank, 100);
    sim.deposit_in(1, OWNER, 1_000 * TOKEN).unwrap();
    sim.deal(0, OWNER, RICH, units * ONE, 1_000);
    sim
}

fn market(units: i64) -> Sim {
    market_with(other_bank(), units)
}

/// The same with the market moved and the account flagged.
fn flagged(units: i64, mark: i64) -> Sim {
    let mut sim = market(units);
    sim.move_price(0, mark);
    sim.price_bank(1, 100);
    let _ = sim.begin(OWNER).unwrap();
    sim
}

/// Nothing left open, owing so many USD, flagged.
fn closed_out(bank: Bank, owed: i64) -> Sim {
    let mut sim = market_with(bank, 100);
    sim.move_price(0, 1_000 - owed / 100);
    sim.deal(0, RICH, OWNER, 100 * ONE, 1_000 - owed / 100);
    let _ = sim.settle(0, OWNER).unwrap();
    let _ = sim.begin(OWNER).unwrap();
    sim
}

/// What an actor has at a price of the token in USD and everything else at mark, in 2^-48 quote atoms.
fn worth(sim: &Sim, actor: usize, price: u64) -> i128 {
    sim.worth(actor) + (i128::from(sim.account(actor).capital[1] * price) << 48)
}

/// Short the market and long the token: the price rises, the market's mark with it, and nobody has told the bank. At the old
/// price the account is unhealthy and its collateral cheap. Whoever brings it to liquidation alone must give everybody the
/// time to bring the price first.
#[test]
fn nobody_buys_at_a_price_that_he_alone_keeps_old() {
    let hedged = || {
        let mut sim = market(-100);
        sim.rest(1_800);
        sim.move_price(0, 1_760);
        sim
    };
    let mut sim = hedged();
    // Tokens at 176 USD by now, 100 by the bank's last word half an hour ago.
    let _ = sim.begin(OWNER).unwrap();
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::StepTooSoon));
    assert_eq!(sim.take_over(0, OWNER, BUYER, STEP), Err(Error::StepTooSoon));
    sim.rest(19);
    assert_eq!(sim.take_over(0, OWNER, BUYER, STEP), Err(Error::StepTooSoon));
    sim.rest(40);
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::StepTooSoon));
    // In a minute anybody says what it is worth.
    sim.refresh_bank(1, 176 * E8).map(drop).unwrap();
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::NotForSale));
    assert_eq!(sim.take_over(0, OWNER, BUYER, STEP), Err(Error::AccountHealthy));
    assert_eq!(sim.cure(OWNER), Ok(true));
    // Where really nobody does, the flag's minute is enough.
    let mut sim = hedged();
    let _ = sim.begin(OWNER).unwrap();
    sim.rest(20);
    assert!(sim.take_over(0, OWNER, BUYER, STEP).is_ok());
    sim.rest(40);
    assert!(sim.buy(1, OWNER, BUYER, ALL).is_ok());
}

/// The first price after a silence may be picked among a minute's: two more must agree with it, or the flag must stand.
#[test]
fn the_first_price_after_a_silence_sells_nothing() {
    let mut sim = market(400);
    sim.rest(1_800);
    sim.refresh_bank(1, 8 * E8).map(drop).unwrap();
    let _ = sim.begin(OWNER).unwrap();
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::StepTooSoon));
    assert_eq!(sim.take_over(0, OWNER, BUYER, STEP), Err(Error::StepTooSoon));
    sim.wait(1);
    sim.touch_all();
    sim.refresh_bank(1, 100 * E8).map(drop).unwrap();
    sim.wait(1);
    sim.touch_all();
    sim.refresh_bank(1, 100 * E8).map(drop).unwrap();
    assert_eq!(sim.cure(OWNER), Ok(true));
}

/// What nobody has priced for an hour is not sold at that price while positions are open. The positions are closed.
#[test]
fn an_hour_old_price_sells_nothing_and_protects_nobody() {
    let mut sim = market(1_000);
    // The least that there is of a token whose feed has died.
    sim.add_bank(other_bank(), 100);
    sim.deposit(OWNER, 40_000 * USD).unwrap();
    sim.withdraw_from(1, OWNER, 990 * TOKEN).unwrap_err();
    sim.rest(4_000);
    sim.deposit_in(2, OWNER, 1).unwrap();
    sim.price_bank(1, 100);
    sim.move_price(0, 850);
    let _ = sim.begin(OWNER).unwrap();
    assert!(sim.take_over(0, OWNER, BUYER, STEP).is_ok(), "an atom that nobody can price delays nothing");
    assert_eq!(sim.buy(2, OWNER, BUYER, ALL), Err(Error::CollateralStale));
    assert!(sim.buy(1, OWNER, BUYER, ALL).is_ok());
}

/// Closed out it ends, whatever became of the token: its feed dead, its weight nothing, or never a price at all.
#[test]
fn a_resolution_waits_for_no_collateral_for_ever() {
    let dead = |sim: &mut Sim| sim.rest(4_000);
    let weightless = |sim: &mut Sim| {
        let bank = sim.bank_mut(1);
        (bank.haircut_ppm, bank.weight_from_ppm) = (0, 0);
    };
    let unpriced = |sim: &mut Sim| {
        let bank = sim.bank_mut(1);
        (bank.haircut_ppm, bank.weight_from_ppm, bank.price_time, bank.sample_count) = (0, 0, 0, 0);
        (bank.price, bank.latest, bank.stable) = Default::default();
    };
    for (case, change) in [&dead as &dyn Fn(&mut Sim), &weightless, &unpriced].into_iter().enumerate() {
        // More is owed than the tokens count for.
        let mut sim = closed_out(other_bank(), 90_000);
        change(&mut sim);
        let begun = sim.account(OWNER).flagged_at;
        sim.now.unix = sim.now.unix.max(begun + 60);
        if case == 2 {
            assert_eq!(
                sim.buy(1, OWNER, BUYER, ALL),
                Err(Error::CollateralStale),
                "nothing is given away before its time"
            );
        }
        assert_eq!(sim.resolve(0, OWNER), Err(Error::CollateralLeft));
        sim.now.unix = sim.now.unix.max(begun + 3_300);
        let had = sim.account(OWNER).capital[1];
        let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
        assert_eq!((sold.amount, sold.paid), (had, 0), "case {case}");
        assert!(sim.resolve(0, OWNER).is_ok());
        assert_eq!((sim.account(OWNER).flagged_at, sim.market(0).uncovered), (0, 0));
    }
}

/// An account that was healthy at the last price when the feed died and its positions were closed: it fades, is flagged, and
/// ends.
#[test]
fn a_dead_feed_keeps_no_debt_alive() {
    let mut sim = market(100);
    sim.move_price(0, 900);
    sim.deal(0, RICH, OWNER, 100 * ONE, 900);
    let _ = sim.settle(0, OWNER).unwrap();
    assert_eq!(sim.begin(OWNER).map(drop), Err(Error::AccountHealthy));
    let died = sim.bank(1).price_time;
    // 10,000 are owed, 80,000 counted: an eighth is left after seven eighths of a day.
    sim.now.unix = died + 3_600 + 86_400 / 8 * 7 - 5;
    assert_eq!(sim.begin(OWNER).map(drop), Err(Error::AccountHealthy));
    sim.now.unix += 10;
    let _ = sim.begin(OWNER).unwrap();
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::StepTooSoon));
    sim.wait(3_300);
    let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
    assert_eq!((sold.amount, sold.paid), (1_000 * TOKEN, 0));
    assert_eq!(sim.resolve(0, OWNER).unwrap().written_off, usd(10_000));
}

/// An old debt and an old flag are no reason to give everything away the moment that the last position is closed: its owner
/// would close it himself, buy it all back for nothing, and leave the debt to the others.
#[test]
fn the_last_discount_begins_when_all_is_closed() {
    for by_owner in [true, false] {
        let mut sim = market(500);
        sim.move_price(0, 900);
        let _ = sim.settle(0, OWNER).unwrap();
        sim.provide(0, RICH, -200, 200, 50_000_000).unwrap();
        // Two hours without anybody who buys or liquidates.
        sim.rest(7_200);
        sim.price_bank(1, 100);
        sim.move_price(0, 830);
        let _ = sim.begin(OWNER).unwrap();
        sim.rest(3_600);
        sim.price_bank(1, 100);
        if by_owner {
            let _ = sim.flatten(0, OWNER).unwrap();
        } else {
            while sim.position(0, OWNER).base != 0 {
                let _ = sim.take_over(0, OWNER, RICH, STEP).unwrap();
            }
        }
        assert!(sim.health(OWNER).unwrap().is_unhealthy());
        let discount = sim.discount(1, OWNER).unwrap();
        assert!(discount < 8_000, "{discount} of a million at once");
        let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
        assert!(sold.paid > sold.amount / TOKEN * 99 * USD);
    }
}

/// Nobody sets that clock back: not with a new flag, dust, settling again, or a cure that does not last.
#[test]
fn nobody_sets_the_clock_back() {
    let mut sim = closed_out(other_bank(), 90_000);
    let begun = sim.now.unix;
    let mut last = 0;
    while sim.now.unix < begun + 3_300 {
        sim.rest(110);
        for price in [80, 100, 90] {
            sim.wait(1);
            sim.touch_all();
            sim.refresh_bank(1, price * E8).map(drop).unwrap();
        }
        assert_eq!(sim.begin(OWNER), Err(Error::AccountFlagged));
        assert_eq!(sim.cure(OWNER), Ok(false));
        sim.deposit(OWNER, 1).unwrap();
        sim.deposit_in(1, OWNER, 1).unwrap();
        let _ = sim.settle(0, OWNER).unwrap();
        let discount = sim.discount(1, OWNER).unwrap();
        assert!(discount > last || discount >= 999_999, "{discount} after {last}");
        last = discount;
    }
    let had = sim.account(OWNER).capital[1];
    let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
    assert_eq!((sold.amount, sold.paid), (had, 0));
    // More dust: bought for nothing again, in front of the resolution.
    sim.deposit_in(1, RICH, 5).unwrap();
    sim.deposit_in(1, OWNER, 1).unwrap();
    assert_eq!(sim.resolve(0, OWNER), Err(Error::CollateralLeft));
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL).map(|sold| (sold.amount, sold.paid)), Ok((1, 0)));
    assert!(sim.resolve(0, OWNER).is_ok());
}

/// While positions are open a flag that nobody followed begins anew, and the discount with it: but not before it was at its
/// largest, as long as `sale_secs` is no longer than `flag_ttl_secs`.
#[test]
fn a_flag_begins_anew_only_after_the_largest_discount() {
    let mut sim = flagged(500, 865);
    let begun = sim.now.unix;
    let mut largest = 0;
    while sim.now.unix - begun <= 300 {
        assert_eq!(sim.begin(OWNER), Err(Error::AccountFlagged));
        largest = largest.max(sim.discount(1, OWNER).unwrap());
        sim.rest(10);
        sim.refresh_bank(1, 100 * E8).map(drop).unwrap();
    }
    assert!(largest >= 49_999, "{largest}");
    assert!(sim.begin(OWNER).is_ok());
    assert!(sim.discount(1, OWNER).unwrap() < 20_000);
}

/// Two accounts of one purse: what one loses by the discount the other gains, as a stranger would. Together they have no
/// more than before, at any price, and the account's creditors no less.
#[test]
fn buying_ones_own_gains_what_a_stranger_would() {
    let mut random = Random::new("buying one's own");
    for _ in 0..cases() / 16 {
        let side = [1, -1][random.below(2) as usize];
        let mut sim = flagged(side * 500, 1_000 - side * random.between(140, 190));
        sim.rest(random.below(50) as i64);
        let price = 100;
        let both = |sim: &Sim| worth(sim, OWNER, price) + worth(sim, BUYER, price);
        let (before, rich) = (both(&sim), worth(&sim, RICH, price));
        for _ in 0..4 {
            let most = 1 + random.up_to_64(31);
            let _ = sim.buy(1, OWNER, BUYER, Purchase { most, limit: None });
        }
        assert_eq!(both(&sim), before);
        assert_eq!(worth(&sim, RICH, price), rich);
    }
}

/// A loser who has tokens and no USDC is settled: what he owes counts in `uncovered` until tokens are
/// sold, an hour later, and until then the winners' claims are worth less by their part of it. Never by more than that, and
/// it comes back in full.
#[test]
fn settling_a_solvent_loser_lowers_claims_by_what_he_owes_until_he_pays() {
    let winner = BUYER;
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, 0);
    for capital in [100_000_000, 0, 1_000_000, 100_000] {
        sim.actor(capital);
    }
    let loser_in_usdc = 3;
    sim.add_bank(other_bank(), 100);
    sim.deposit_in(1, OWNER, 1_000 * TOKEN).unwrap();
    sim.deal(0, winner, OWNER, 300 * ONE, 1_000);
    sim.deal(0, winner, loser_in_usdc, 700 * ONE, 1_000);
    sim.move_price(0, 1_100);
    // The winner has settled 100,000, 70,000 of which the other loser has paid in.
    let _ = (sim.settle(0, winner).unwrap(), sim.settle(0, loser_in_usdc).unwrap());
    let before = sim.health(winner).unwrap();
    assert_eq!(sim.market(0).claims, usd(100_000));
    let _ = sim.settle(0, OWNER).unwrap();
    assert_eq!(sim.market(0).uncovered, usd(30_000));
    let during = sim.health(winner).unwrap();
    eprintln!("a winner's equity {} -> {} by settling a solvent loser", before.equity, during.equity);
    assert_eq!(before.equity - during.equity, 30_000 * USD as i64);
    let since = sim.account(OWNER).debt_since;
    sim.rest(3_600);
    sim.price_bank(1, 100);
    assert!(sim.now.unix - since >= 3_600);
    let _ = sim.buy(1, OWNER, RICH, ALL).unwrap();
    let _ = sim.settle(0, OWNER).unwrap();
    assert_eq!(sim.market(0).uncovered, 0);
    assert_eq!(sim.health(winner).unwrap().equity, before.equity);
}

/// The story of a dollar that loses its peg: 100,000 of it at a haircut of 90%, an account that owes as much as it may, and
/// a fall all at once. What the others bear is what is left when the tokens are sold, and nothing up to a fall by a
/// twentieth: the haircut less the largest discount.
#[test]
fn a_dollar_loses_its_peg() {
    let mut told = Vec::new();
    for fall in [0, 2, 5, 10, 20, 50, 90] {
        let bank =
            Bank { haircut_ppm: 900_000, weight_from_ppm: 900_000, sale_discount_max_ppm: 50_000, ..other_bank() };
        // Owes 89.99%: at this price the account is as close to its end as it may be.
        let mut sim = market_with(bank, 100);
        let owed = 89_900;
        sim.move_price(0, 1_000 - owed / 100);
        sim.deal(0, RICH, OWNER, 100 * ONE, 1_000 - owed / 100);
        let _ = sim.settle(0, OWNER).unwrap();
        sim.price_bank(1, 100 - fall);
        if fall == 0 {
            assert_eq!(sim.begin(OWNER).map(drop), Err(Error::AccountHealthy));
            continue;
        }
        let _ = sim.begin(OWNER).unwrap();
        // Whoever waits for the largest discount that an open position would give.
        sim.rest(300);
        for _ in 0..3 {
            sim.wait(1);
            sim.refresh_bank(1, (100 - fall) * E8).map(drop).unwrap();
        }
        let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
        let bad = match sim.resolve(0, OWNER) {
            Ok(resolved) => resolved.written_off,
            Err(error) => {
                assert!(matches!(error, Error::NotBankrupt | Error::AccountNotFlagged), "{error:?} at {fall}%");
                0
            }
        };
        told.push((fall, sold.amount / TOKEN, sold.paid / USD, bad.div_ceil(USD)));
    }
    eprintln!("fall %, tokens sold, USD paid, USD that others bear: {told:?}");
    let bad: Vec<u64> = told.iter().map(|(_, _, _, bad)| *bad).collect();
    assert_eq!(bad[..2], [0, 0], "{told:?}");
    for (fall, tokens, _, bad) in told.into_iter().skip(2) {
        assert_eq!(tokens, 1_000);
        let expected = 89_900 - (100_000 - 1_000 * fall as u64) * 948 / 1_000;
        assert!(bad.abs_diff(expected) <= 150, "{bad} at {fall}%, {expected}");
    }
}
