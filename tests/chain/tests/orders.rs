//! Standing orders on the chain: where lamports go, how often an order is made, and what a keeper's transaction locks.

use std::collections::BTreeSet;

use keel_chain_tests::cases::order::{TIP, cancelling, cleaning, executing, limit, placing, terms, two_slices};
use keel_chain_tests::refusal::{ALREADY_IN_USE, Refusal, assert_all_refused, assert_refused};
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::exchange::Trader;
use keel_engine::delegate::{self, MAY_ORDER};
use keel_engine::orders::{CLEANING_TIP, Kind, REDUCE_ONLY, Terms};
use keel_engine::state::{MarginAccount, PlacedOrder};
use keel_engine::units::Price;
use keel_engine::{Error, Side};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM};
use keel_sdk::events::Event;
use keel_sdk::instructions::{CancelOrder, CloseAccount, PlaceOrder};
use solana_account::Account;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The system program: not that many lamports.
const NOT_ENOUGH_LAMPORTS: Refusal = Refusal::Code(1);

struct Stage {
    world: World,
    trader: Trader,
    keeper: Trader,
}

impl Stage {
    fn new() -> Self {
        let mut world = World::with_liquidity();
        let trader = world.open("trader", dollars(100_000), false);
        let keeper = world.open("keeper", dollars(0), false);
        world.tick();
        Self { world, trader, keeper }
    }

    fn lamports(&self, address: &Pubkey) -> u64 {
        self.world.exchange.chain.account(address).map_or(0, |account| account.lamports)
    }

    /// Lamports of the trader, the keeper, and the order of a number.
    fn purse(&self, number: u64) -> [u64; 3] {
        let order = address::order(&self.trader.account, number);
        [self.trader.key.pubkey(), self.keeper.key.pubkey(), order].map(|address| self.lamports(&address))
    }

    fn place(&mut self, number: u64, terms: Terms) {
        self.world.send(placing(&self.trader, number, terms));
    }

    fn execute(&mut self, number: u64) -> keel_embedded::Executed {
        let execute = executing(&self.world, &self.keeper, &self.trader, number);
        self.world.send(execute)
    }

    fn rent(&self) -> u64 {
        self.world.exchange.chain.rent(8 + size_of::<PlacedOrder>())
    }

    fn orders(&self) -> u32 {
        self.world.account(&self.trader).orders
    }
}

#[test]
fn rent_and_tip_come_from_who_places_and_go_where_they_belong() {
    let mut stage = Stage::new();
    let rent = stage.rent();
    let [trader, keeper, none] = stage.purse(0);
    assert_eq!(none, 0);
    stage.place(0, two_slices());
    assert_eq!((stage.purse(0), stage.orders()), ([trader - rent - TIP, keeper, rent + TIP], 1));
    // A slice earns its half, and the order stays.
    stage.execute(0);
    assert_eq!(stage.purse(0), [trader - rent - TIP, keeper + TIP / 2, rent + TIP / 2]);
    // The last earns the rest, and the rent goes back.
    stage.world.wait(3_600);
    let executed = stage.execute(0);
    assert_eq!((stage.purse(0), stage.orders()), ([trader - TIP, keeper + TIP, 0], 0));
    let events: Vec<Event> = executed.events.iter().filter_map(|data| Event::decode(data)).collect();
    assert!(matches!(events[..], [Event::Traded(_), Event::OrderExecuted(_), Event::OrderClosed(_)]), "{events:?}");
    let Some(Event::OrderExecuted(order)) = events.get(1) else { panic!("{events:?}") };
    assert_eq!((order.base, order.filled, order.tip, order.ended), (25_000_000, 50_000_000, TIP / 2, 1));
    assert_eq!(order.keeper, stage.keeper.key.pubkey());
    let Some(Event::OrderClosed(closed)) = events.get(2) else { panic!("{events:?}") };
    assert_eq!((closed.reason, closed.tip_paid, closed.cleaning_tip, closed.orders), (0, TIP, 0, 0));
}

#[test]
fn what_is_cancelled_goes_back_in_full() {
    let mut stage = Stage::new();
    let before = stage.purse(0);
    stage.place(0, limit(Price::MIN));
    let cancel = cancelling(&stage.world, &stage.trader, 0);
    let not_theirs = CancelOrder { authority: stage.keeper.key.pubkey(), account: stage.trader.account, number: 0 };
    let not_theirs = not_theirs.instruction(&stage.world.exchange.chain).unwrap();
    assert_refused(&mut stage.world, &not_theirs, Error::Unauthorized);
    stage.world.send(cancel);
    assert_eq!((stage.purse(0), stage.orders()), (before, 0));
}

#[test]
fn who_cleans_up_gets_a_little_and_who_paid_the_rest() {
    let mut stage = Stage::new();
    let [trader, keeper, _] = stage.purse(0);
    let expires_at = stage.world.unix() + 10;
    stage.place(0, Terms { expires_at, ..limit(Price::MIN) });
    stage.place(1, Terms { expires_at, tip: 7, ..limit(Price::MIN) });
    let alive = cleaning(&stage.world, &stage.keeper, &stage.trader, 0);
    assert_refused(&mut stage.world, &alive, Error::OrderAlive);
    stage.world.wait(10);
    let late = executing(&stage.world, &stage.keeper, &stage.trader, 0);
    assert_refused(&mut stage.world, &late, Error::OrderExpired);
    for number in [0, 1] {
        let clean = cleaning(&stage.world, &stage.keeper, &stage.trader, number);
        stage.world.send(clean);
    }
    assert_eq!(stage.purse(0), [trader - CLEANING_TIP - 7, keeper + CLEANING_TIP + 7, 0]);
    assert_eq!((stage.purse(1)[2], stage.orders()), (0, 0));
}

/// The owner executes his own: keeper and payer are one account.
#[test]
fn who_placed_it_may_execute_it_and_clean_it_up() {
    let mut stage = Stage::new();
    let [before, ..] = stage.purse(0);
    stage.place(0, limit(Price::MAX));
    let own = executing(&stage.world, &stage.trader, &stage.trader, 0);
    stage.world.send(own);
    assert_eq!(stage.purse(0)[0], before);
    let expires_at = stage.world.unix() + 1;
    stage.place(0, Terms { expires_at, ..limit(Price::MIN) });
    stage.world.wait(1);
    let own = cleaning(&stage.world, &stage.trader, &stage.trader, 0);
    stage.world.send(own);
    assert_eq!((stage.purse(0)[0], stage.purse(0)[2], stage.orders()), (before, 0, 0));
}

#[test]
fn lamports_that_nobody_owed_go_to_who_paid() {
    let mut stage = Stage::new();
    let (rent, place) = (stage.rent(), address::order(&stage.trader.account, 0));
    for lamports in [1, 890_880, 10_000_000_000] {
        let [trader, keeper, _] = stage.purse(0);
        let gift = Account { lamports, owner: SYSTEM_PROGRAM, ..Account::default() };
        stage.world.exchange.chain.put(&place, gift).unwrap();
        stage.place(0, limit(Price::MAX));
        let held = stage.purse(0)[2];
        assert!(held >= rent + TIP, "{held}");
        stage.execute(0);
        assert_eq!(stage.purse(0), [trader + lamports - TIP, keeper + TIP, 0]);
    }
}

#[test]
fn an_order_is_made_once_under_any_number() {
    let mut stage = Stage::new();
    for number in [0, 1, u64::MAX - 1, u64::MAX] {
        stage.place(number, limit(Price::MIN));
        let again = placing(&stage.trader, number, limit(Price::MAX));
        assert_all_refused(&mut stage.world, &[again], ALREADY_IN_USE, &format!("order {number}"));
        let cancel = cancelling(&stage.world, &stage.trader, number);
        stage.world.send(cancel.clone());
        // What is gone is no order any more, and the number is free.
        assert!(stage.world.send_unaudited(&[cancel]).is_err());
        stage.place(number, limit(Price::MIN));
    }
    assert_eq!(stage.orders(), 4);
    let close = CloseAccount { owner: stage.trader.key.pubkey(), account: stage.trader.account }.instruction();
    assert_refused(&mut stage.world, &close, Error::OrdersOpen);
}

#[test]
fn a_tip_is_what_the_payer_has() {
    let mut stage = Stage::new();
    let [has, ..] = stage.purse(0);
    for (tip, is_served) in
        [(0, true), (1, true), (has - stage.rent(), false), (u64::MAX - 1, false), (u64::MAX, false)]
    {
        let place = placing(&stage.trader, 0, Terms { tip, ..limit(Price::MIN) });
        if is_served {
            stage.world.send(place);
            let cancel = cancelling(&stage.world, &stage.trader, 0);
            stage.world.send(cancel);
        } else if tip == has - stage.rent() {
            // All of it, and the wallet is empty: it may be.
            stage.world.send(place);
            assert_eq!(stage.purse(0)[0], 0);
            let cancel = cancelling(&stage.world, &stage.trader, 0);
            stage.world.send(cancel);
        } else {
            assert_all_refused(&mut stage.world, &[place], NOT_ENOUGH_LAMPORTS, &format!("a tip of {tip}"));
        }
    }
}

#[test]
fn a_stop_goes_with_the_mark_and_closes_the_position() {
    let mut stage = Stage::new();
    let base = stage.world.base_for(BTC, dollars(50_000));
    stage.world.trade(&stage.trader, BTC, Side::Buy, dollars(50_000));
    let index = stage.world.market(BTC).index.bits;
    let below = Price::from_bits(index / 100 * 98);
    let stop = Terms { side: Side::Sell, flags: REDUCE_ONLY, amount: base, below, ..terms(Kind::Trigger) };
    stage.place(0, stop);
    let early = executing(&stage.world, &stage.keeper, &stage.trader, 0);
    assert_refused(&mut stage.world, &early, Error::OrderNotDue);
    stage.world.move_price(BTC, 20_000.0 * 0.975);
    stage.execute(0);
    assert_eq!((stage.world.base(&stage.trader, BTC), stage.orders()), (0, 0));
}

/// A delegate's order pays from the delegate's purse, and dies with his right.
#[test]
fn an_order_of_a_delegate() {
    let mut stage = Stage::new();
    let helper = stage.world.open("helper", 0, false);
    let (account, now) = (stage.trader.account, stage.world.exchange.chain.now());
    let allow = |stage: &mut Stage, permissions| {
        let mut state: MarginAccount = stage.world.exchange.state(&account).unwrap();
        let (delegate, expiry) = (helper.key.pubkey().to_bytes(), now.unix + 1_000);
        let terms = delegate::Terms { delegate, permissions, expiry, ..delegate::Terms::default() };
        delegate::set(&mut state, &terms, now).unwrap();
        stage.world.exchange.chain.put_data(&account, &PROGRAM_ID, encode(&state)).unwrap();
    };
    let place = |number| {
        let authority = helper.key.pubkey();
        PlaceOrder { authority, account, market: BTC, number, terms: limit(Price::MIN) }.instruction()
    };
    assert_refused(&mut stage.world, &place(0), Error::Unauthorized);
    allow(&mut stage, delegate::MAY_TRADE);
    assert_refused(&mut stage.world, &place(0), Error::DelegateNotAllowed);
    allow(&mut stage, MAY_ORDER);
    let before = stage.lamports(&helper.key.pubkey());
    for number in [0, 1] {
        stage.world.send(place(number));
    }
    stage.place(2, limit(Price::MIN));
    let cancel = |stage: &Stage, number| {
        let cancel = CancelOrder { authority: helper.key.pubkey(), account, number };
        cancel.instruction(&stage.world.exchange.chain).unwrap()
    };
    // His own and not the owner's.
    let theirs = cancel(&stage, 2);
    assert_refused(&mut stage.world, &theirs, Error::DelegateNotAllowed);
    let own = cancel(&stage, 0);
    stage.world.send(own);
    allow(&mut stage, delegate::MAY_TRADE);
    let late = cancel(&stage, 1);
    assert_refused(&mut stage.world, &late, Error::DelegateNotAllowed);
    let clean = cleaning(&stage.world, &stage.keeper, &stage.trader, 1);
    stage.world.send(clean);
    assert_eq!(stage.lamports(&helper.key.pubkey()), before - CLEANING_TIP);
    let alive = cleaning(&stage.world, &stage.keeper, &stage.trader, 2);
    assert_refused(&mut stage.world, &alive, Error::OrderAlive);
}

/// An execution writes what a trade writes, the order, and two purses.
#[test]
fn an_execution_locks_no_more_than_a_trade_and_its_order() {
    let mut stage = Stage::new();
    stage.place(0, limit(Price::MAX));
    let execute = executing(&stage.world, &stage.keeper, &stage.trader, 0);
    let written: BTreeSet<Pubkey> = execute.accounts.iter().filter(|m| m.is_writable).map(|m| m.pubkey).collect();
    let arrays: BTreeSet<Pubkey> = (-4..4).map(|index| address::tick_array(BTC, index)).collect();
    let beside: BTreeSet<Pubkey> = written.difference(&arrays).copied().collect();
    let (order, purses) =
        (address::order(&stage.trader.account, 0), [&stage.trader, &stage.keeper].map(|t| t.key.pubkey()));
    let expected = [stage.trader.account, address::market(BTC), order].into_iter().chain(purses).collect();
    assert_eq!(beside, expected);
    // Two orders of one account in one transaction.
    stage.place(1, limit(Price::MAX));
    let both = [0, 1].map(|number| executing(&stage.world, &stage.keeper, &stage.trader, number));
    stage.world.try_send(&both).unwrap();
    assert_eq!(stage.orders(), 0);
}
