//! Each pause against each instruction: what it stops, and that it stops nothing else.

use keel_chain_tests::refusal::{Refusal, told};
use keel_chain_tests::{BTC, Cast, SOL, cases};
use keel_engine::Error::{self, MarketPaused, MarketReduceOnly, PauseTooLong, WithdrawalsPaused};
use keel_engine::state::{Bank, Market};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};

/// Everything that can be stopped.
#[derive(Clone, Copy, Debug)]
enum Flag {
    /// New risk in every market, for an hour.
    Markets,
    /// Every market takes reductions only.
    ReduceOnly,
    /// Notice was given that every market closes.
    Closing,
    /// Withdrawals from every bank, for an hour.
    Withdrawals,
}

/// The one table: instructions that are stopped, and by what error. Whatever is not in it goes on.
const STOPPED: &[(&str, [Option<Error>; 4])] = &[
    ("trade", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("trade_legs", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("trade_with_builder", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("deposit_and_trade", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("trade_exact", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("trade_to", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("add_range", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("execute_order", [Some(MarketPaused), Some(MarketReduceOnly), Some(MarketReduceOnly), None]),
    ("withdraw", [None, None, None, Some(WithdrawalsPaused)]),
    ("pay_withdrawal", [None, None, None, Some(WithdrawalsPaused)]),
    ("withdraw_treasury", [None, None, None, Some(WithdrawalsPaused)]),
    // Not longer than it is, and not again so soon.
    ("guard_market", [Some(PauseTooLong), None, None, None]),
    ("guard_bank", [None, None, None, Some(PauseTooLong)]),
];

fn raise(cast: &mut Cast, flag: Flag) {
    let world = &mut cast.world;
    let (now, until) = (world.unix(), world.unix() + 3_600);
    for number in [BTC, SOL] {
        let market = world.market(number);
        let market = match flag {
            Flag::Markets => Market { paused_from: now, paused_until: until, ..market },
            Flag::ReduceOnly => Market { reduce_only: 1, ..market },
            Flag::Closing if market.status == 0 => Market { reduce_only: 1, status: 1, close_at: until, ..market },
            Flag::Closing => market,
            Flag::Withdrawals => market,
        };
        world.exchange.chain.put_data(&address::market(number), &PROGRAM_ID, encode(&market)).unwrap();
    }
    if matches!(flag, Flag::Withdrawals) {
        for mint in [world.exchange.mint, cast.second.mint] {
            let place = address::bank(&mint);
            let bank: Bank = world.exchange.state(&place).unwrap();
            let bank = Bank { paused_until: until, ..bank };
            world.exchange.chain.put_data(&place, &PROGRAM_ID, encode(&bank)).unwrap();
        }
    }
}

#[test]
fn matrix() {
    println!("{:<20} {:<20} {:<20} {:<20} withdrawals", "instruction", "markets paused", "reduce-only", "closing");
    let mut stopped = 0;
    for make in cases::ALL.into_iter().skip(1) {
        let mut told_of = Vec::new();
        let mut name = "";
        for (place, flag) in [Flag::Markets, Flag::ReduceOnly, Flag::Closing, Flag::Withdrawals].into_iter().enumerate()
        {
            let mut cast = Cast::new();
            let case = make(&mut cast);
            name = case.name;
            raise(&mut cast, flag);
            let outcome = cast.world.send_unaudited(std::slice::from_ref(&case.instruction));
            let expected = STOPPED.iter().find(|(stopped, _)| *stopped == name).and_then(|(_, errors)| errors[place]);
            match expected {
                Some(error) => {
                    assert!(Refusal::from(error).is(&outcome), "{name}, {flag:?}: {}", told(&outcome));
                    stopped += 1;
                }
                None => assert!(outcome.is_ok(), "{name}, {flag:?}: {}", told(&outcome)),
            }
            told_of.push(expected.map_or("goes on", Error::name));
        }
        println!("{name:<20} {:<20} {:<20} {:<20} {}", told_of[0], told_of[1], told_of[2], told_of[3]);
    }
    let expected: usize = STOPPED.iter().map(|(_, errors)| errors.iter().flatten().count()).sum();
    assert_eq!(stopped, expected, "everything in the table is an instruction");
}
