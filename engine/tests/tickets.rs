//! Withdrawals that wait: strict order, partial payments, cancellation, and a first one that never holds up the others
//! (protocol.md section 7).

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

use bytemuck::Zeroable;
use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::params::Params;
use keel_engine::state::MarginAccount;
use keel_engine::tickets::{self, Cancelled, Payout};
use math_reference::{Random, cases};

/// A contract is a thousand units at 1,000 USD.
const ONE: i64 = CONTRACT as i64 / 1_000;

const fn paid(paid: u64, rest: u64) -> Payout {
    Payout { paid, returned: 0, rest }
}

const fn returned(returned: u64) -> Payout {
    Payout { paid: 0, returned, rest: 0 }
}

/// Actors with a million each, a limit of a tenth an hour, and the bucket at its capacity.
fn limited(actors: usize) -> Sim {
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, actors);
    sim.bank.outflow_floor_usd = 0;
    sim.wait(100_000);
    sim.touch_all();
    sim
}

#[test]
fn the_queue_is_served_in_order_and_in_part() {
    let mut sim = limited(4);
    // 400,000 of four million.
    assert_eq!(sim.queue(0, 500_000 * USD), Ok(0));
    assert_eq!(sim.queue(1, 100 * USD), Ok(1));
    assert_eq!((sim.bank.queued, sim.capital(0), sim.bank.booked), (500_100 * USD, 500_000 * USD, 4_000_000 * USD));
    assert_eq!(sim.withdraw(2, 1), Err(Error::OutflowLimitReached));
    assert_eq!(sim.pay(1, true), Err(Error::TicketNotNext));
    assert_eq!(sim.pay_next(), Ok(paid(400_000 * USD, 100_000 * USD)));
    assert_eq!(sim.pay_next(), Err(Error::OutflowLimitReached));
    sim.wait(600);
    // A tenth of 3.6 million an hour.
    assert_eq!(sim.pay_next(), Ok(paid(60_000 * USD, 40_000 * USD)));
    sim.deposit(3, 40_000 * USD).unwrap();
    assert_eq!(sim.pay_next(), Ok(paid(40_000 * USD, 0)));
    assert_eq!(sim.account(0).tickets, 0);
    assert_eq!(sim.pay_next(), Err(Error::OutflowLimitReached));
    sim.wait(2);
    assert_eq!(sim.pay_next(), Ok(paid(100 * USD, 0)));
    // Nobody waits: straight out again.
    sim.withdraw(2, 10 * USD).unwrap();
    assert_eq!((sim.bank.queue_head, sim.bank.queue_tail, sim.bank.queued), (2, 2, 0));
}

#[test]
fn queueing_is_checked_as_a_withdrawal_and_never_waits() {
    let mut sim = limited(2);
    sim.bank.paused_until = i64::MAX;
    sim.bank.room = 0;
    assert_eq!(sim.queue(0, 100 * USD - 1), Err(Error::TicketTooSmall));
    assert_eq!(sim.queue(0, 1_000_001 * USD), Err(Error::InsufficientCapital));
    sim.deal(0, 0, 1, 5_000 * ONE, 1_000);
    // Five million long: a tenth of it stays.
    assert_eq!(sim.queue(0, 500_001 * USD), Err(Error::InsufficientMargin));
    assert_eq!(sim.queue(0, 500_000 * USD), Ok(0));
    sim.actors[1].account.flagged_at = 1;
    assert_eq!(sim.queue(1, 100 * USD), Err(Error::AccountFlagged));
    sim.actors[1].account.flagged_at = 0;
    sim.checked = false;
    sim.actors[1].account.tickets = u8::MAX;
    assert_eq!(sim.queue(1, 100 * USD), Err(Error::TicketsOpen));
}

#[test]
fn a_pause_delays_payments_and_nothing_else() {
    let mut sim = limited(3);
    sim.bank.paused_until = sim.now.unix + 10;
    for actor in 0..3 {
        assert_eq!(sim.queue(actor, 1_000 * USD), Ok(actor as u64));
    }
    assert_eq!(sim.pay_next(), Err(Error::WithdrawalsPaused));
    assert_eq!(sim.cancel(0), Ok(Cancelled { returned: 1_000 * USD, is_ended: true }));
    assert_eq!(sim.pay(1, false), Ok(returned(1_000 * USD)));
    sim.wait(10);
    assert_eq!(sim.pay_next(), Ok(paid(1_000 * USD, 0)));
}

#[test]
fn a_payment_is_worth_the_trouble() {
    let mut sim = limited(1);
    assert_eq!(sim.queue(0, 250 * USD), Ok(0));
    sim.bank.room_at = sim.now.unix;
    sim.bank.room = 100 * USD - 1;
    assert_eq!(sim.pay_next(), Err(Error::OutflowLimitReached));
    sim.bank.room = 100 * USD;
    assert_eq!(sim.pay_next(), Ok(paid(100 * USD, 150 * USD)));
    sim.bank.room = 149 * USD;
    assert_eq!(sim.pay_next(), Ok(paid(149 * USD, USD)));
    // The rest of it is below the smallest ticket, and is paid.
    sim.bank.room = USD - 1;
    assert_eq!(sim.pay_next(), Err(Error::OutflowLimitReached));
    sim.bank.room = USD;
    assert_eq!(sim.pay_next(), Ok(paid(USD, 0)));
}

/// A bucket that never holds the smallest ticket still empties the bank.
#[test]
fn the_smallest_bank_pays_to_the_last_atom() {
    let mut sim = Sim::empty();
    sim.bank.outflow_floor_usd = 0;
    sim.actor(0);
    sim.deposit(0, 100 * USD).unwrap();
    assert_eq!(sim.queue(0, 100 * USD), Ok(0));
    // A tenth of what is left an hour: a tenth stays after some 22 hours.
    let mut hours = 0;
    sim.bank.room = 0;
    while sim.bank.booked != 0 {
        sim.wait(3_600);
        hours += 1;
        let _ = sim.pay_next().unwrap();
    }
    assert!((150..200).contains(&hours), "{hours}");
    assert_eq!((sim.bank.queue_head, sim.account(0).tickets), (1, 0));
}

#[test]
fn a_cancelled_one_is_skipped_when_it_is_the_first() {
    let mut sim = limited(2);
    for _ in 0..3 {
        let _ = sim.queue(0, 1_000 * USD).unwrap();
    }
    let kept = Cancelled { returned: 1_000 * USD, is_ended: false };
    assert_eq!(sim.cancel(1), Ok(kept));
    assert_eq!(sim.cancel(1), Err(Error::ZeroAmount));
    assert_eq!((sim.account(0).tickets, sim.bank.queued), (2, 2_000 * USD));
    assert_eq!(sim.cancel(2), Ok(kept));
    // With two behind it that are empty, the first still is the first.
    assert_eq!(tickets::skip(&sim.tickets[1].1, &mut sim.bank.clone()), Err(Error::TicketNotNext));
    assert_eq!(tickets::skip(&sim.tickets[0].1, &mut sim.bank.clone()), Err(Error::AccountMissing));
    assert_eq!(sim.pay_next(), Ok(paid(1_000 * USD, 0)));
    assert_eq!(sim.withdraw(1, USD), Err(Error::OutflowLimitReached));
    // Whether with its account or without.
    assert_eq!(sim.pay_next(), Ok(paid(0, 0)));
    let mut bank = sim.bank;
    assert_eq!(tickets::skip(&sim.tickets[0].1, &mut bank), Ok(paid(0, 0)));
    assert_eq!((bank.queue_head, bank.queue_tail), (3, 3));
    assert_eq!(sim.pay_next(), Ok(paid(0, 0)));
    sim.withdraw(1, USD).unwrap();
}

#[test]
fn a_ticket_belongs_to_its_bank() {
    let mut sim = limited(1);
    let _ = sim.queue(0, 1_000 * USD).unwrap();
    sim.tickets[0].1.bank = 1;
    assert_eq!(sim.pay_next(), Err(Error::WrongBank));
}

/// Every reason for which the first might not be paid lets the second be.
#[test]
fn the_first_never_holds_up_the_others() {
    // Its destination takes no tokens.
    let mut sim = limited(3);
    let waits = |sim: &mut Sim| {
        let first = sim.queue(0, 100_000 * USD).unwrap();
        let _ = sim.queue(2, 1_000 * USD).unwrap();
        first
    };
    let first = waits(&mut sim);
    assert_eq!(sim.pay(first, false), Ok(returned(100_000 * USD)));
    assert_eq!(sim.pay_next(), Ok(paid(1_000 * USD, 0)));

    // Its account is flagged, and cured by what returns.
    sim.deal(0, 0, 1, 8_000 * ONE, 1_000);
    let _ = waits(&mut sim);
    sim.move_price(0, 914);
    let _ = sim.begin(0).unwrap();
    assert_eq!(sim.pay_next(), Ok(returned(100_000 * USD)));
    assert_eq!((sim.account(0).flagged_at, sim.account(0).tickets), (0, 0));
    assert_eq!(sim.pay_next(), Ok(paid(1_000 * USD, 0)));
    sim.move_price(0, 1_000);

    // It is not backed any more, though not flagged.
    let _ = waits(&mut sim);
    sim.move_price(0, 980);
    assert!(!sim.health(0).unwrap().is_unhealthy());
    assert_eq!(sim.pay_next(), Ok(returned(100_000 * USD)));
    assert_eq!(sim.pay_next(), Ok(paid(1_000 * USD, 0)));
    sim.move_price(0, 1_000);

    // Nobody can tell whether it is backed: a refresh is asked for, until even liquidations would not go by the mark.
    let first = waits(&mut sim);
    let oldest = i64::from(sim.market(0).params.max_age_liquidation_secs);
    sim.wait(oldest);
    assert_eq!(sim.pay_next(), Err(Error::MarkStale));
    let missing = {
        let (mut ticket, mut account, mut bank) = (sim.tickets[0].1, sim.actors[0].account, sim.bank);
        let view = keel_engine::view::View::of(keel_engine::view::Others::default());
        tickets::pay(&mut ticket, &mut account, &mut bank, (None, &view), true, sim.now)
    };
    assert_eq!(missing, Err(Error::MarketMissing));
    let refreshed = {
        let mut sim = sim.clone();
        sim.touch_all();
        sim.pay_next()
    };
    assert_eq!(refreshed, Ok(paid(100_000 * USD, 0)));
    sim.wait(1);
    assert_eq!(sim.pay(first, true), Ok(returned(100_000 * USD)));
    assert_eq!(sim.pay_next(), Ok(paid(1_000 * USD, 0)));

    // Its health is beyond what numbers hold.
    sim.touch_all();
    let first = waits(&mut sim);
    sim.checked = false;
    sim.actors[0].account.positions[0].quote = i64::MIN;
    assert_eq!(sim.pay(first, true), Ok(returned(100_000 * USD)));
    assert_eq!(sim.pay_next(), Ok(paid(1_000 * USD, 0)));
}

/// What waits counts in no health, and comes back before anybody bears a loss.
#[test]
fn nothing_hides_in_the_queue() {
    let mut sim = limited(2);
    sim.deal(0, 0, 1, 5_000 * ONE, 1_000);
    let _ = sim.queue(0, 400_000 * USD).unwrap();
    assert!(!tickets::may_cancel_other(sim.account(0)));
    sim.move_price(0, 850);
    let _ = sim.begin(0).unwrap();
    assert!(tickets::may_cancel_other(sim.account(0)));
    sim.deal(0, 1, 0, 5_000 * ONE, 850);
    assert_eq!(sim.resolve(0, 0), Err(Error::TicketsOpen));
    assert_eq!(sim.cancel(0), Ok(Cancelled { returned: 400_000 * USD, is_ended: true }));
    // It lost 750,000 of its million: it owes nothing at all.
    assert_eq!(sim.resolve(0, 0), Err(Error::NotBankrupt));
    let _ = sim.settle(0, 0).unwrap();
    assert_eq!(sim.capital(0), 250_000 * USD);

    // A debt is enough, whether anybody has flagged it or not.
    let mut owing = MarginAccount::zeroed();
    owing.positions[0].debt = 1;
    assert!(tickets::may_cancel_other(&owing));
}

#[test]
fn an_account_with_tickets_is_not_closed() {
    let mut account = MarginAccount { tickets: 1, ..MarginAccount::zeroed() };
    assert_eq!(keel_engine::vault::require_closable(&account), Err(Error::TicketsOpen));
    account.tickets = 0;
    assert_eq!(keel_engine::vault::require_closable(&account), Ok(()));
    account.capital[1] = 1;
    assert_eq!(keel_engine::vault::require_closable(&account), Err(Error::AccountNotEmpty));
}

/// Whatever is queued, paid, cancelled and returned: nothing is paid twice, and everybody has his own in the end.
#[test]
fn any_order_of_requests_keeps_the_books() {
    let mut random = Random::new("queue");
    for _ in 0..cases() / 64 {
        let mut sim = limited(4);
        sim.bank.outflow_floor_usd = 10_000;
        let mut left = [0; 4];
        for _ in 0..60 {
            let actor = random.below(4) as usize;
            let number = sim.bank.queue_head + random.below(4);
            match random.below(8) {
                0..3 => {
                    let _ = sim.queue(actor, random.up_to_64(38));
                }
                3..5 => {
                    let whose = sim.tickets.iter().find(|(_, t)| t.number == number).map(|(actor, _)| *actor);
                    let is_first = number == sim.bank.queue_head;
                    if let Ok(payout) = sim.pay(number, random.below(8) != 0) {
                        assert!(is_first && (payout.paid == 0 || payout.returned == 0));
                        left[whose.unwrap()] += payout.paid;
                    }
                }
                5 => {
                    let _ = sim.cancel(number);
                }
                6 => {
                    let amount = random.up_to_64(38);
                    if sim.withdraw(actor, amount).is_ok() {
                        left[actor] += amount;
                    }
                }
                _ => sim.wait(random.up_to_64(12) as i64),
            }
        }
        while sim.bank.queue_head != sim.bank.queue_tail {
            sim.wait(3_600);
            let whose = sim.tickets[0].0;
            left[whose] += sim.pay_next().unwrap().paid;
        }
        for (actor, left) in left.into_iter().enumerate() {
            assert_eq!(sim.capital(actor) + left, 1_000_000 * USD, "actor {actor}");
        }
        assert!(sim.tickets.is_empty());
    }
}
