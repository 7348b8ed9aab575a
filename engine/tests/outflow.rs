//! The bank's outflow limit: a bucket that fills by itself and by deposits (protocol.md section 7; attack 23).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;
mod math_reference;

use bytemuck::Zeroable;
use exchange::{CONTRACT, Sim, T0, USD, quiet};
use keel_engine::insurance::{fund, fund_market, sweep_unbooked};
use keel_engine::outflow::{capacity_ceil, refill, take, touch};
use keel_engine::state::{Bank, Exchange, Market};
use keel_engine::{Error, Now};
use math_reference::{Random, cases};

/// A bank with a tenth an hour and no floor, at `T0`.
fn bank(booked: u64, room: u64) -> Bank {
    Bank { booked, room, room_at: T0, outflow_limit_ppm_per_hour: 100_000, min_ticket_usd: 100, ..Bank::zeroed() }
}

const fn after(secs: i64) -> Now {
    Now { unix: T0 + secs, slot: 0 }
}

fn touched(mut bank: Bank, secs: i64) -> Bank {
    touch(&mut bank, after(secs));
    bank
}

#[test]
fn the_capacity_is_a_part_of_what_is_held_and_at_least_the_floor() {
    let floored = |booked, floor| capacity_ceil(&Bank { outflow_floor_usd: floor, ..bank(booked, 0) });
    assert_eq!(floored(1_000_000 * USD, 0), 100_000 * USD);
    assert_eq!(floored(1_000_000 * USD, 99_999), 100_000 * USD);
    assert_eq!(floored(1_000_000 * USD, 100_001), 100_001 * USD);
    assert_eq!((floored(0, 0), floored(1, 0), floored(11, 0)), (0, 1, 2));
    // What waits counts: who queues lowers nobody's limit.
    assert_eq!(capacity_ceil(&Bank { queued: 900_000 * USD, ..bank(1_000_000 * USD, 0) }), 100_000 * USD);
}

#[test]
fn a_new_bank_has_room_for_its_capacity() {
    let new = Bank { room_at: 0, ..bank(1_000 * USD, 0) };
    let new = touched(new, 7);
    assert_eq!((new.room, new.room_at), (100 * USD, T0 + 7));
}

#[test]
fn room_fills_by_the_capacity_an_hour_and_no_further() {
    let empty = bank(3_600_000 * USD, 0);
    assert_eq!(touched(empty, 1).room, 100 * USD);
    assert_eq!(touched(empty, 1_800).room, 180_000 * USD);
    for secs in [3_600, 3_601, 1 << 40] {
        assert_eq!(touched(empty, secs).room, 360_000 * USD);
    }
    // The clock never turns it back.
    assert_eq!(touched(bank(3_600_000 * USD, 77), -500), bank(3_600_000 * USD, 77));
}

#[test]
fn room_above_the_capacity_halves_every_ten_minutes() {
    let full = bank(1_000 * USD, 100 * USD + (1 << 40));
    for halvings in 0..41 {
        assert_eq!(touched(full, 600 * halvings).room - 100 * USD, (1 << 40) >> halvings, "{halvings}");
    }
    assert_eq!(touched(full, 600 * 64).room, 100 * USD);
    assert_eq!(touched(full, i64::MAX - T0).room, 100 * USD);
}

/// Touching more often gives no more and takes next to nothing, from below and from above.
#[test]
fn touches_that_change_nothing_change_nothing() {
    let mut random = Random::new("touches");
    for _ in 0..cases() {
        let booked = random.up_to_64(52);
        let capacity = capacity_ceil(&bank(booked, 0));
        let room = if random.below(2) == 0 { random.below(capacity + 1) } else { capacity + random.up_to_64(50) };
        let (mut often, mut secs, mut touches) = (bank(booked, room), 0, 0);
        while secs < 7_200 && touches < 200 {
            secs += random.up_to_64(11) as i64;
            touches += 1;
            touch(&mut often, after(secs));
        }
        let once = touched(bank(booked, room), secs);
        // Factors of decay are rounded up by 2^-60 of themselves: of 2^53 atoms that is none.
        assert!(often.room <= once.room + 1, "{} after {touches} touches, {} after one", often.room, once.room);
        assert!(often.room + touches + 1 >= once.room, "{touches} touches lost {}", once.room - often.room);
    }
}

/// An atom an hour is earned by who is asked every second as by who is asked once.
#[test]
fn what_a_second_does_not_earn_is_not_lost() {
    let mut poor = bank(10, 0);
    for secs in 0..3_600 {
        touch(&mut poor, after(secs));
        assert_eq!(poor.room, 0);
    }
    touch(&mut poor, after(3_600));
    assert_eq!(poor.room, 1);
}

/// What is booked raises the capacity from then on: the hours before earned by what was held in them.
#[test]
fn insurance_earns_nothing_for_the_time_before_it() {
    let mut held = bank(3_600 * USD, 0);
    fund(&mut Exchange::zeroed(), &mut held, 3_600_000 * USD, after(1_800)).unwrap();
    assert_eq!((held.room, held.room_at), (180 * USD, T0 + 1_800));
    assert_eq!(
        sweep_unbooked(&mut Exchange::zeroed(), &mut held, 36_036_000 * USD, after(1_801)),
        Ok(32_432_400 * USD)
    );
    assert_eq!(held.room, 180 * USD + 100_100_000);
    fund_market(&mut Market::zeroed(), &mut held, 1, after(1_802)).unwrap();
    assert_eq!(held.room, 180 * USD + 100_100_000 + 1_001 * USD);
}

#[test]
fn taking_needs_room_an_open_bank_and_nobody_who_waits() {
    let mut full = bank(1_000 * USD, 100 * USD);
    assert_eq!(take(&mut { full }, 100 * USD + 1, after(0)), Err(Error::OutflowLimitReached));
    assert_eq!(take(&mut Bank { queue_tail: 1, ..full }, 1, after(0)), Err(Error::OutflowLimitReached));
    let paused = Bank { paused_until: T0 + 5, ..full };
    assert_eq!(take(&mut { paused }, 1, after(4)), Err(Error::WithdrawalsPaused));
    assert_eq!(take(&mut { paused }, 1, after(5)), Ok(()));
    take(&mut full, 100 * USD, after(0)).unwrap();
    assert_eq!(full.room, 0);
    refill(&mut full, 7);
    assert_eq!(take(&mut full, 7, after(0)), Ok(()));
}

/// A movement of tokens: positive came in.
struct Moved {
    at: i64,
    amount: i64,
}

/// Over every window withdrawals less deposits stay within `C * (1 + T / 3600)` and what is left of earlier deposits.
#[test]
fn net_outflow_of_every_window_is_bounded() {
    let mut random = Random::new("windows");
    for round in 0..cases() / 8 {
        let mut bank = Bank { room_at: 0, ..bank(0, 0) };
        bank.outflow_limit_ppm_per_hour = [10_000, 100_000, 500_000][round % 3];
        bank.outflow_floor_usd = [0, 1, 1_000][random.below(3) as usize];
        let (mut at, mut moves, mut capacities) = (0_i64, Vec::<Moved>::new(), Vec::<u64>::new());
        for _ in 0..120 {
            at += [0, 1, 60, 600, 3_600, 40_000][random.below(6) as usize] * (random.below(3) as i64);
            capacities.push(capacity_ceil(&bank));
            // Whoever wants out takes all there is.
            let amount = match random.below(5) {
                0 | 1 => {
                    let amount = random.up_to_64(44);
                    touch(&mut bank, after(at));
                    bank.booked += amount;
                    refill(&mut bank, amount);
                    amount as i64
                }
                // Insurance comes in: it is no room, and raises the capacity from now on only.
                2 => {
                    let amount = 1 + random.up_to_64(46);
                    fund(&mut Exchange::zeroed(), &mut bank, amount, after(at)).unwrap();
                    amount as i64
                }
                kind => {
                    touch(&mut bank, after(at));
                    let most = bank.room.min(bank.booked);
                    let amount = if kind == 3 { most } else { random.below(most + 1) };
                    take(&mut bank, amount, after(at)).unwrap();
                    bank.booked -= amount;
                    -(amount as i64)
                }
            };
            capacities.push(capacity_ceil(&bank));
            moves.push(Moved { at, amount });
        }
        for start in 0..moves.len() {
            let begin = moves[start].at;
            let earlier = moves[..start].iter().filter(|moved| moved.amount > 0);
            let excess: f64 = earlier.map(|m| m.amount as f64 * f64::exp2((m.at - begin) as f64 / 600.0)).sum();
            let (mut out, mut largest) = (0_i64, 0);
            for end in start..moves.len() {
                out -= moves[end].amount;
                largest = largest.max(capacities[2 * end]).max(capacities[2 * end + 1]);
                let hours = (moves[end].at - begin) as f64 / 3_600.0;
                let bound = (largest as f64).mul_add(1.0 + hours, excess);
                assert!(out as f64 <= bound * (1.0 + 1e-9) + 1.0, "{out} left in {hours} hours, {bound} may");
            }
        }
    }
}

/// Through accounts: the limit is the bank's, so further accounts are no further room.
#[test]
fn accounts_share_one_limit() {
    let mut sim = Sim::new(quiet(), 1_000, 4);
    sim.bank.outflow_floor_usd = 0;
    sim.wait(100_000);
    // A tenth of four million.
    for actor in 0..4 {
        sim.withdraw(actor, 90_000 * USD).unwrap();
    }
    for actor in 0..4 {
        assert_eq!(sim.withdraw(actor, 50_000 * USD), Err(Error::OutflowLimitReached));
    }
    // A deposit may leave again, through whoever's account.
    sim.deposit(0, 20_000 * USD).unwrap();
    sim.withdraw(3, 50_000 * USD).unwrap();
    assert_eq!(sim.withdraw(1, 10_001 * USD), Err(Error::OutflowLimitReached));
    sim.wait(600);
    sim.withdraw(1, 70_000 * USD).unwrap();
}

#[test]
fn the_deposit_cap_refuses_what_comes_in_and_nothing_else() {
    let mut sim = Sim::new(quiet(), 1_000, 2);
    sim.bank.cap_usd = 1_500_000;
    // Above the cap already: only downwards.
    assert_eq!(sim.deposit(0, 1), Err(Error::DepositCap));
    sim.withdraw(0, 600_000 * USD).unwrap();
    assert_eq!(sim.deposit(1, 100_000 * USD + 1), Err(Error::DepositCap));
    sim.deposit(1, 100_000 * USD).unwrap();
    assert_eq!(sim.bank.booked, 1_500_000 * USD);
    // Who is to be saved is let in.
    sim.actors[0].account.flagged_at = T0;
    sim.deposit(0, 5 * USD).unwrap();
    assert_eq!(sim.bank.booked, 1_500_005 * USD);
}

#[test]
fn the_position_cap_refuses_what_grows_and_nothing_else() {
    let params = keel_engine::params::Params { position_cap_usd: 100_000, contract_exponent: 3, ..quiet() };
    let mut sim = Sim::new(params, 1_000, 3);
    sim.provide(0, 0, -200, 200, 3_000_000).unwrap();
    let unit = CONTRACT as i64 / 1_000;
    let _ = sim.take(0, 1, 99 * unit).unwrap();
    assert_eq!(sim.take(0, 1, 2 * unit), Err(Error::PositionCap));
    assert_eq!(sim.take(0, 1, -300 * unit), Err(Error::PositionCap));
    let _ = sim.take(0, 2, -99 * unit).unwrap();
    // A price that carries it over the cap locks nobody in.
    sim.move_price(0, 1_100);
    assert_eq!(sim.take(0, 1, unit / 10), Err(Error::PositionCap));
    let _ = sim.take(0, 1, -unit).unwrap();
    assert!(sim.position(0, 1).base == 98 * unit);
    let _ = sim.flatten(0, 1).unwrap();
    let _ = sim.flatten(0, 2).unwrap();
    // Ranges are another matter: one that was traded through folds whatever it took over.
    let slot = sim.provide(0, 2, -200, 200, 3_000_000).unwrap();
    let _ = sim.take(0, 1, 90 * unit).unwrap();
    let _ = sim.fold(0, 2, slot).unwrap();
}

#[test]
fn an_owner_moves_capital_as_far_as_a_withdrawal_might_go() {
    let mut sim = Sim::new(quiet(), 1_000, 3);
    sim.bank.outflow_limit_ppm_per_hour = 0;
    sim.bank.outflow_floor_usd = 0;
    sim.bank.paused_until = i64::MAX;
    sim.bank.queue_tail = 1;
    sim.actors[2].account.owner = [7; 32];
    assert_eq!(sim.transfer(0, 2, 1), Err(Error::NotSameOwner));
    assert_eq!(sim.transfer(0, 1, 0), Err(Error::ZeroAmount));
    assert_eq!(sim.transfer(0, 1, 1_000_000 * USD + 1), Err(Error::InsufficientCapital));
    // No limit, no pause and no queue: nothing leaves the bank.
    sim.transfer(0, 1, 990_000 * USD).unwrap();
    assert_eq!((sim.capital(0), sim.capital(1)), (10_000 * USD, 1_990_000 * USD));
    // A tenth of the notional stays, as for a withdrawal: 5% would be enough to open it.
    sim.deal(0, 0, 2, CONTRACT as i64 * 90, 1_000);
    assert_eq!(sim.transfer(0, 1, 1_001 * USD), Err(Error::InsufficientMargin));
    sim.transfer(0, 1, 1_000 * USD).unwrap();
    sim.actors[0].account.flagged_at = T0;
    assert_eq!(sim.transfer(0, 1, 1), Err(Error::AccountFlagged));
}
