//! Balances rebuilt from events alone: equal to the accounts, and honest about a log that was cut.

use keel_embedded::exchange::Listing;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use keel_engine::params::Params;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use keel_sdk::events::Counter;
use keel_sdk::instructions::{AddRange, Trade};
use keel_sdk::path::Reach;
use keel_simulator::replayed::check;
use keel_simulator::{Books, Quote};
use solana_instruction::Instruction;
use solana_signer::Signer;

const USD: u64 = 1_000_000;

/// Makes one number wrong.
type Bend = fn(&mut Books);

fn market() -> (Exchange, Trader) {
    let mut exchange = Exchange::start(1_800_000_000).unwrap();
    let listing = Listing {
        name: [b'B'; 16],
        mode: Mode::Floating,
        launch_price: Price::default(),
        feed_id: [1; 32],
        params: Params::DEFAULT,
        tick_arrays: vec![-1, 0, 1],
    };
    exchange.list(&listing, &Quote::of_usd(20_000.0)).unwrap();
    let provider = exchange.open("provider", 1_000_000 * USD, true).unwrap();
    let add = AddRange {
        owner: provider.key.pubkey(),
        account: provider.account,
        market: 1,
        price: exchange.feed(1).unwrap().address,
        lower: -100,
        upper: 100,
        liquidity: 20_000_000_000_000,
        min_sqrt_price: MIN_SQRT_PRICE,
        max_sqrt_price: MAX_SQRT_PRICE,
    };
    let add = add.instruction(&exchange.chain).unwrap();
    exchange.send(&[add], &[&provider.key]).unwrap().unwrap();
    let trader = exchange.open("trader", 100_000 * USD, true).unwrap();
    (exchange, trader)
}

fn trade(exchange: &Exchange, trader: &Trader, side: Side) -> Instruction {
    let trade = Trade {
        authority: trader.key.pubkey(),
        account: trader.account,
        market: 1,
        price: exchange.feed(1).unwrap().address,
        side,
        exact: Exact::Base(10_000_000),
        limit: None,
        reduce_only: false,
        all_or_nothing: false,
        reach: Reach::default(),
    };
    trade.instruction(&exchange.chain).unwrap()
}

#[test]
fn every_balance_is_told_and_a_wrong_one_is_noticed() {
    let (mut exchange, trader) = market();
    let buy = trade(&exchange, &trader, Side::Buy);
    exchange.send(&[buy], &[&trader.key]).unwrap().unwrap();
    assert_eq!(exchange.rebuilt.uncertain, 0);
    assert!(exchange.rebuilt.equal >= 30, "{:?}", exchange.rebuilt);

    let bends: [(&str, Bend); 7] = [
        ("capital", |books| books.accounts.values_mut().for_each(|account| account.capital[0] += 1)),
        ("base", |books| books.accounts.values_mut().for_each(|account| account.positions[0].base += 1)),
        ("a flag", |books| books.accounts.values_mut().for_each(|account| account.flagged_at += 1)),
        ("a ledger", |books| books.markets.get_mut(&1).unwrap().insurance_claim += 1),
        ("booked tokens", |books| books.banks.get_mut(&0).unwrap().bank.booked += 1),
        ("a range", |books| books.ranges.values_mut().for_each(|ranges| ranges.ranges[0].upper += 2)),
        ("an account", |books| {
            books.accounts.pop_first();
        }),
    ];
    for (what, bend) in bends {
        let mut books = exchange.books.clone();
        bend(&mut books);
        assert!(check(&mut exchange.replay.clone(), &books).is_err(), "{what} was changed and nobody noticed");
    }
}

#[test]
fn a_cut_log_shows_as_a_gap_and_never_as_a_wrong_balance() {
    let (mut exchange, trader) = market();
    let sides = [Side::Buy, Side::Sell];
    let many: Vec<Instruction> = (0..24).map(|n| trade(&exchange, &trader, sides[n % 2])).collect();
    let executed = exchange.send(&many, &[&trader.key]).unwrap().unwrap();
    assert!(executed.is_log_cut() && executed.events.len() < many.len(), "{} events", executed.events.len());
    let missing = many.len() - executed.events.len();

    // The market's own number shows how many are missing; the next event makes certain again what it tells.
    let gap = *exchange.replay.gaps().last().unwrap();
    assert_eq!((gap.of, gap.got - gap.expected), (Counter::Market(1), missing as u64));
    let uncertain = exchange.rebuilt.uncertain;
    assert!(uncertain > 0, "what the missing events could have changed is open");
    let open = trade(&exchange, &trader, Side::Buy);
    exchange.send(&[open], &[&trader.key]).unwrap().unwrap();
    let told = exchange.replay.accounts()[&trader.account].position(1);
    assert!(told.is_certain && told.value.base == exchange.books.accounts[&trader.account].positions[0].base);
    assert!(exchange.rebuilt.uncertain < uncertain);
    assert_eq!(exchange.replay.gaps().len(), 1);
}
