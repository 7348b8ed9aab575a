//! Settlement, claims and the loss order, with decimals worked out by hand (design.md section 7; attacks 3, 4, 5 and 14).
//!
//! A contract is a thousand units, the index 1,000 USD a unit: whole USD are exact in binary. Positions are dealt between
//! actors at a price, so that no curve is needed.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_wrap)]

mod exchange;

use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::params::Params;
use keel_engine::pot::{claim_value_floor, payout_floor, shortfall};
use keel_engine::state::{MAX_POSITIONS, Mode};

/// One unit: a thousandth of a contract.
const ONE: i64 = CONTRACT as i64 / 1_000;

fn plain() -> Params {
    Params { contract_exponent: 3, ..quiet() }
}

/// Actors with this capital in USD, profit that matures at once, and a rich actor at the end.
fn actors(params: Params, capital: &[u64]) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    for usd in capital {
        sim.actor(*usd);
    }
    sim.actor(1_000_000);
    sim
}

fn at_once() -> Params {
    Params { profit_half_life_secs: 0, ..plain() }
}

/// Closes a position of `base` against the rich actor at that price, and flags the account.
fn close_and_flag(sim: &mut Sim, actor: usize, base: i64, usd: i64) {
    let rich = sim.actors.len() - 1;
    if base > 0 {
        sim.deal(0, rich, actor, base, usd)
    } else {
        sim.deal(0, actor, rich, -base, usd)
    }
    sim.actors[actor].account.flagged_at = sim.now.unix;
}

#[test]
fn a_loss_becomes_pot_and_a_profit_a_claim_on_it() {
    let mut sim = actors(at_once(), &[500, 500]);
    sim.deal(0, 0, 1, 2 * ONE, 1_000);
    sim.move_price(0, 1_050);
    // 2 contracts times 50 USD.
    let loss = sim.settle(0, 1).unwrap();
    assert_eq!((loss.paid, loss.owed, loss.profit, loss.cancelled), (100 * USD, 0, 0, 0));
    assert_eq!((sim.capital(1), sim.market(0).pot, sim.market(0).claims), (400 * USD, 100 * USD, 0));
    let gain = sim.settle(0, 0).unwrap();
    assert_eq!((gain.profit, sim.market(0).claims), (100 * USD, 100 * USD));
    assert_eq!(sim.position(0, 0).quote, -2_100 * USD as i64, "what is left is flat at the mark");
    let released = sim.release(0, 0, 1_000_000).unwrap();
    assert_eq!((released.paid, sim.capital(0)), (100 * USD, 600 * USD));
    assert_eq!((sim.market(0).pot, sim.market(0).claims), (0, 0));
    // Nothing changed since: settling again moves nothing.
    assert_eq!(sim.settle(0, 0).unwrap(), Default::default());
    assert_eq!(sim.release(0, 0, 0), Err(Error::NothingToRelease));
}

#[test]
fn a_claim_waits_for_the_losers() {
    let mut sim = actors(at_once(), &[500, 500]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 1_100);
    let _ = sim.settle(0, 0).unwrap();
    // The pot is empty: h = 0 / 100.
    assert_eq!(sim.release(0, 0, 1_000_000), Err(Error::PayoutRatioTooLow));
    assert!(sim.may_settle_other(0, 1).unwrap());
    let _ = sim.settle_other(0, 1).unwrap();
    // Once per position and mark step.
    assert!(!sim.may_settle_other(0, 1).unwrap());
    assert_eq!(sim.release(0, 0, 1_000_000).unwrap().paid, 100 * USD);
}

#[test]
fn others_settle_losers_only_while_the_pot_is_short_or_they_are_flagged() {
    let mut sim = actors(at_once(), &[500, 500]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 1_100);
    // Nobody has a claim yet.
    assert_eq!(sim.settle_other(0, 1), Err(Error::NothingToSettle));
    sim.actors[1].account.flagged_at = sim.now.unix;
    assert!(sim.may_settle_other(0, 1).unwrap());
    sim.actors[1].account.flagged_at = 0;
    let _ = sim.settle(0, 0).unwrap();
    assert!(sim.may_settle_other(0, 1).unwrap(), "short of claims");
    sim.wait(1);
    sim.touch_all();
    assert!(!sim.may_settle_other(0, 0).unwrap(), "a winner is left alone");
    // While losses are not covered, winners too.
    sim.places[0].market.uncovered = 1;
    assert!(sim.may_settle_other(0, 0).unwrap());
    sim.places[0].market.uncovered = 0;
    assert_eq!(sim.may_settle_other(0, 2), Err(Error::PositionNotFound));
    sim.wait(100);
    assert_eq!(sim.settle_other(0, 1), Err(Error::MarkStale));
}

/// Attack 3: the same loss, whoever comes first.
#[test]
fn a_shortfall_is_shared_whatever_the_order() {
    for written_off in [false, true] {
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut sim = actors(at_once(), &[5_000, 5_000, 5_000, 1_000]);
            let entry = [1_000, 1_000, 1_000];
            for (winner, size) in [(0, ONE), (1, ONE), (2, 2 * ONE)] {
                sim.deal(0, winner, 3, size, entry[winner]);
            }
            sim.move_price(0, 2_000);
            // The loser owes 4,000 and has 1,000.
            let loss = sim.settle(0, 3).unwrap();
            assert_eq!((loss.paid, loss.owed), (1_000 * USD, 3_000 * USD));
            if written_off {
                close_and_flag(&mut sim, 3, -4 * ONE, 2_000);
                let resolved = sim.resolve(0, 3).unwrap();
                assert_eq!((resolved.own, resolved.written_off), (0, 3_000 * USD));
                assert_eq!((sim.market(0).uncovered, sim.market(0).written_off), (0, 3_000 * USD));
                assert_eq!(sim.account(3).flagged_at, 0);
            }
            for winner in 0..3 {
                let _ = sim.settle(0, winner).unwrap();
            }
            // h = 1 - 3,000 / 4,000.
            for winner in order {
                assert_eq!(sim.release(0, winner, 1_000_000), Err(Error::PayoutRatioTooLow));
                assert_eq!(sim.release(0, winner, 250_001), Err(Error::PayoutRatioTooLow));
                let released = sim.release(0, winner, 250_000).unwrap();
                let share = if winner == 2 { 500 } else { 250 };
                assert_eq!((released.paid, released.claim), (share * USD, 4 * share * USD), "{order:?}");
            }
            let m = sim.market(0);
            assert_eq!((m.pot, m.claims, shortfall(m)), (0, 0, 0));
        }
    }
}

#[test]
fn a_late_payer_repairs_what_is_left_of_a_shortfall() {
    let mut sim = actors(at_once(), &[5_000, 5_000, 1_000]);
    sim.deal(0, 0, 2, ONE, 1_000);
    sim.deal(0, 1, 2, ONE, 1_000);
    sim.move_price(0, 2_000);
    for actor in 0..3 {
        let _ = sim.settle(0, actor).unwrap();
    }
    // 1,000 of 2,000 are owed: the first takes half and gives half up.
    assert_eq!(sim.release(0, 0, 0).unwrap().paid, 500 * USD);
    assert_eq!((sim.market(0).surplus, sim.market(0).uncovered), (500 * USD, 1_000 * USD));
    // The loser finds the money: the second is paid in full, and what the first gave up goes to insurance.
    sim.deposit(2, 1_000 * USD).unwrap();
    sim.wait(1);
    sim.touch_all();
    assert_eq!(sim.settle_other(0, 2).unwrap().paid, 1_000 * USD);
    assert_eq!(sim.market(0).uncovered, 0);
    assert_eq!(sim.release(0, 1, 1_000_000).unwrap().paid, 1_000 * USD);
    let m = sim.market(0);
    assert_eq!((m.pot, m.claims, m.surplus, m.insurance), (0, 0, 0, 500 * USD));
}

/// Attack 4.
#[test]
fn a_loss_cancels_the_holders_own_claim_first() {
    let mut sim = actors(Params { profit_half_life_secs: 600, ..plain() }, &[0, 500]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 1_050);
    let _ = sim.settle(0, 0).unwrap();
    assert_eq!(sim.position(0, 0).unmatured, 50 * USD);
    sim.move_price(0, 1_010);
    let settled = sim.settle(0, 0).unwrap();
    assert_eq!((settled.cancelled, settled.paid, settled.owed), (40 * USD, 0, 0), "an honest holder owes nothing");
    assert_eq!(sim.position(0, 0).unmatured + sim.position(0, 0).mature, 10 * USD);
    // Down to 990: the rest of the claim, then capital, of which there is none.
    sim.move_price(0, 990);
    let settled = sim.settle(0, 0).unwrap();
    assert_eq!((settled.cancelled, settled.paid, settled.owed), (10 * USD, 0, 10 * USD));
    assert_eq!((sim.market(0).uncovered, sim.position(0, 0).debt), (10 * USD, 10 * USD));
    // A rebound takes the debt back without a trace.
    sim.move_price(0, 1_000);
    let settled = sim.settle(0, 0).unwrap();
    assert_eq!((settled.profit, settled.owed), (0, 0));
    assert_eq!((sim.market(0).uncovered, sim.position(0, 0).debt), (0, 0));
}

#[test]
fn the_unmatured_part_of_a_claim_goes_first() {
    let mut sim = actors(Params { profit_half_life_secs: 600, ..plain() }, &[500, 500]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 1_040);
    let _ = sim.settle(0, 0).unwrap();
    sim.rest(600);
    sim.move_price(0, 1_010);
    let settled = sim.settle(0, 0).unwrap();
    assert_eq!(settled.cancelled, 30 * USD);
    let position = sim.position(0, 0);
    // After 604 seconds 40 * 2^-(604/600) = 19.91 are unmatured: they go, and 9.9 of the mature part's 20.09 beside.
    assert_eq!((position.unmatured, position.mature), (0, 10 * USD));
}

#[test]
fn profit_halves_its_unmatured_part_every_half_life() {
    let mut sim = actors(Params { profit_half_life_secs: 600, ..plain() }, &[500, 500]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 1_100);
    let _ = sim.settle(0, 0).unwrap();
    let _ = sim.settle(0, 1).unwrap();
    assert_eq!(sim.release(0, 0, 0), Err(Error::NothingToRelease));
    sim.rest(600);
    // What stays unmatured is rounded up.
    assert_eq!(sim.release(0, 0, 1_000_000).unwrap().paid, 50 * USD - 1);
    sim.rest(1_200);
    assert_eq!(sim.release(0, 0, 1_000_000).unwrap().paid, 50 * USD / 4 * 3);
    // Guarded time does not count, nor does time with an old index.
    sim.places[0].conf = 1_000 * 100_000_000 / 50;
    sim.rest(1);
    assert!(sim.market(0).is_guarded());
    // The second before the doubtful price.
    let _ = sim.release(0, 0, 0).unwrap();
    sim.rest(6_000);
    assert_eq!(sim.release(0, 0, 0), Err(Error::NothingToRelease));
    sim.places[0].conf = 0;
    sim.rest(50);
    assert!(!sim.market(0).is_guarded());
    let before = sim.position(0, 0).unmatured;
    sim.wait(500);
    let _ = sim.accrue(0).unwrap();
    let _ = sim.release(0, 0, 0).unwrap();
    let kept = sim.position(0, 0).unmatured;
    assert!(kept > before / 100 * 97, "20 seconds of 500 count: {kept} of {before}");
}

/// Memoryless: it does not matter how often, or in how many accounts, a profit is settled.
#[test]
fn settling_in_pieces_matures_as_settling_at_once() {
    let mut sim = actors(Params { profit_half_life_secs: 600, ..plain() }, &[500, 500, 5_000]);
    sim.deal(0, 0, 2, ONE, 1_000);
    sim.deal(0, 1, 2, ONE, 1_000);
    sim.move_price(0, 1_077);
    let _ = sim.settle(0, 0).unwrap();
    let _ = sim.settle(0, 1).unwrap();
    for _ in 0..60 {
        sim.rest(10);
        let _ = sim.settle(0, 0).unwrap();
    }
    let _ = sim.settle(0, 1).unwrap();
    let (often, once) = (sim.position(0, 0), sim.position(0, 1));
    assert!(often.unmatured >= once.unmatured && often.unmatured - once.unmatured <= 60);
    assert_eq!(often.mature + often.unmatured, once.mature + once.unmatured);
    assert!(once.unmatured.abs_diff(77 * USD / 2) <= 1);
}

/// Being settled at a dip costs nobody anything.
#[test]
fn profit_up_to_what_was_paid_in_is_mature_at_once() {
    let mut sim = actors(Params { profit_half_life_secs: 600, ..plain() }, &[500, 500]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 900);
    assert_eq!(sim.settle(0, 0).unwrap().paid, 100 * USD);
    assert_eq!(sim.position(0, 0).paid_in, 100 * USD);
    sim.move_price(0, 1_000);
    assert_eq!(sim.settle(0, 0).unwrap().profit, 100 * USD);
    // 4 seconds of a half-life of 600: 100 * 2^(-4/600) = 99.538968.
    let position = sim.position(0, 0);
    assert_eq!((position.mature, position.paid_in), (99_538_967, 0));
    assert_eq!(position.unmatured, 100 * USD - 99_538_967);
    // It ends with the position.
    sim.move_price(0, 900);
    let _ = sim.settle(0, 0).unwrap();
    sim.deal(0, 1, 0, ONE, 900);
    let _ = sim.settle(0, 0).unwrap();
    assert_eq!(sim.position(0, 0).paid_in, 0);
    // And with its side: from short to long.
    let mut sim = actors(plain(), &[500, 500]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 900);
    let _ = sim.settle(0, 0).unwrap();
    sim.deal(0, 1, 0, 2 * ONE, 900);
    assert_eq!(sim.position(0, 0).paid_in, 0);
}

#[test]
fn surplus_and_insurance_pay_before_anything_is_written_off() {
    let mut sim = actors(at_once(), &[5_000, 100]);
    sim.deal(0, 0, 1, ONE, 1_000);
    // Insurance of 30, of which 10 are still a claim, and a surplus of 20, all paid for by the rich actor.
    sim.checked = false;
    sim.hold(0, 2, 0, -50 * USD as i64);
    let _ = sim.settle(0, 2).unwrap();
    sim.checked = true;
    let market = sim.market_mut(0);
    (market.surplus, market.insurance_claim) = (20 * USD, 10 * USD);
    market.insurance = 20 * USD;
    market.pot -= 20 * USD;
    sim.move_price(0, 1_200);
    let settled = sim.settle(0, 0).unwrap();
    assert_eq!((settled.profit, sim.market(0).claims), (200 * USD, 200 * USD));
    let _ = sim.settle(0, 1).unwrap();
    close_and_flag(&mut sim, 1, -ONE, 1_200);
    // 200 lost, 100 paid, 100 owed: surplus 20, cash 20, claim 10, and 50 are written off.
    let resolved = sim.resolve(0, 1).unwrap();
    assert_eq!(
        (resolved.own, resolved.surplus, resolved.insurance, resolved.written_off),
        (0, 20 * USD, 30 * USD, 50 * USD)
    );
    let m = sim.market(0);
    assert_eq!((m.surplus, m.insurance, m.insurance_claim, m.uncovered), (0, 0, 0, 0));
    assert_eq!((m.pot, m.claims), (150 * USD, 200 * USD));
    assert_eq!((claim_value_floor(m, 200 * USD), payout_floor(m, 200 * USD)), (150 * USD, 150 * USD));
    assert!(sim.account(1).is_done());
    assert_eq!(sim.release(0, 0, 750_000).unwrap().paid, 150 * USD);
    assert_eq!(sim.market(0).written_off, 0, "what was given up covers it");
}

#[test]
fn resolving_needs_a_flagged_account_that_is_closed_and_owes() {
    let mut sim = actors(at_once(), &[500, 10]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 1_100);
    assert_eq!(sim.resolve(0, 1), Err(Error::AccountNotFlagged));
    sim.actors[1].account.flagged_at = sim.now.unix;
    assert_eq!(sim.resolve(0, 1), Err(Error::PositionsOpen));
    sim.deposit(1, 500 * USD).unwrap();
    close_and_flag(&mut sim, 1, -ONE, 1_100);
    assert_eq!(sim.resolve(0, 1), Err(Error::NotBankrupt), "its capital pays");
    sim.actors[2].account.flagged_at = 1;
    assert_eq!(sim.resolve(0, 2), Err(Error::PositionsOpen));
}

/// Two markets: what an account has coming in one pays for what it owes in the other before anybody else does.
#[test]
fn claims_elsewhere_pay_first() {
    let two = |half_life: u32| {
        let params = Params { profit_half_life_secs: half_life, ..plain() };
        let mut sim = Sim::empty();
        sim.list(params, Mode::Floating, 1_000);
        sim.list(params, Mode::Floating, 1_000);
        for usd in [0, 100_000] {
            sim.actor(usd);
        }
        // 300 lost in the first market, 200 won in the second, both closed.
        sim.deal(0, 0, 1, ONE, 1_300);
        sim.deal(0, 1, 0, ONE, 1_000);
        sim.deal(1, 0, 1, ONE, 1_000);
        sim.deal(1, 1, 0, ONE, 1_200);
        let _ = sim.settle(1, 1).unwrap();
        sim.actors[0].account.flagged_at = sim.now.unix;
        sim
    };
    // Mature at once, not settled by its holder: settled, released, and 100 written off.
    let mut sim = two(0);
    let claims = sim.market(1).claims;
    let resolved = sim.resolve(0, 0).unwrap();
    assert_eq!((resolved.own, resolved.written_off), (200 * USD, 100 * USD));
    assert!(sim.account(0).is_done());
    // The claim came and went within the call: only `collected` says that the other market was touched.
    assert_eq!((sim.market(1).claims, resolved.collected.iter().sum::<u16>()), (claims, 2));
    // Half of it still maturing: that half is pledged, and nobody waits for it.
    let mut sim = two(600);
    let _ = sim.settle(1, 0).unwrap();
    sim.rest(600);
    let resolved = sim.resolve(0, 0).unwrap();
    assert_eq!((resolved.own, resolved.pledged, resolved.written_off), (100 * USD - 1, 100 * USD + 1, 200 * USD + 1));
    assert_eq!((sim.market(0).uncovered, sim.account(0).flagged_at), (0, 0));
    // A debt that nothing stands against touches no other market.
    let mut sim = two(0);
    sim.deal(1, 0, 1, ONE, 1_200);
    sim.deal(1, 1, 0, ONE, 1_000);
    assert_eq!(sim.resolve(0, 0).unwrap().collected, [0; MAX_POSITIONS]);
}

#[test]
fn a_position_is_found_by_its_market_and_slots_are_limited() {
    let mut sim = Sim::empty();
    for _ in 0..9 {
        sim.list(plain(), Mode::Floating, 1_000);
    }
    sim.actor(100_000);
    sim.actor(100_000);
    assert_eq!(sim.settle(0, 0), Err(Error::PositionNotFound));
    for market in 0..8 {
        sim.deal(market, 0, 1, ONE, 1_000);
    }
    assert_eq!(sim.take(8, 0, 1), Err(Error::PositionsFull));
    sim.actors[0].account.isolated_market = 3;
    sim.actors[0].account.positions[0] = bytemuck::Zeroable::zeroed();
    assert_eq!(sim.take(0, 0, 1), Err(Error::WrongMarket));
}

/// The protocol's own claims bear a hole before holders' do, and a hole that nobody's claim is left to bear does not
/// close the market for ever.
#[test]
fn what_is_written_off_ends_with_the_claims_that_bear_it() {
    let mut sim = actors(at_once(), &[5_000, 100]);
    sim.deal(0, 0, 1, ONE, 1_000);
    sim.move_price(0, 1_200);
    let _ = sim.settle(0, 0).unwrap();
    let _ = sim.settle(0, 1).unwrap();
    close_and_flag(&mut sim, 1, -ONE, 1_200);
    assert_eq!(sim.resolve(0, 1).unwrap().written_off, 100 * USD);
    // Fees of 60 come in, to insurance and treasury: paid by the rich actor.
    sim.checked = false;
    sim.hold(0, 2, 0, -60 * USD as i64);
    let market = sim.market_mut(0);
    (market.insurance_claim, market.treasury_claim) = (45 * USD, 15 * USD);
    let _ = sim.settle(0, 2).unwrap();
    sim.checked = true;
    sim.check_all();
    let m = sim.market(0);
    assert_eq!((m.written_off, m.insurance_claim, m.treasury_claim), (40 * USD, 0, 0));
    // The winner's 200 are worth 160, and with them the hole is gone.
    assert_eq!(sim.release(0, 0, 800_000).unwrap().paid, 160 * USD);
    let m = sim.market(0);
    assert_eq!((m.written_off, m.claims, shortfall(m)), (0, 0, 0));
}
