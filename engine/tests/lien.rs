//! Liens: what they bind, what they leave free, what the holder may do and what not, and the hand-over of an account
//! (protocol.md section 12).

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
use exchange::collateral::{ALL, TOKEN, other_bank};
use exchange::{Actor, CONTRACT, Sim, USD, order, quiet, range};
use keel_engine::collateral::Purchase;
use keel_engine::curve::Exact;
use keel_engine::delegate::{
    self, By, MAY_ORDER, MAY_RANGE, MAY_TRADE, Watch, allows, require_in_full, require_may_add,
};
use keel_engine::lien::{self, MAX_NOTICE_SECS, Terms};
use keel_engine::liquidation::TakeOver;
use keel_engine::params::Params;
use keel_engine::pool::deposits::{self, Asked};
use keel_engine::state::{MarginAccount, PlacedOrder, Pool, PoolRequest};
use keel_engine::trade::{Order, trade};
use keel_engine::units::Price;
use keel_engine::view::View;
use keel_engine::{Error, Now, Result, Side, liquidity, orders, ranges};
use math_reference::{Random, cases};

const RICH: usize = 0;
const OWNER: usize = 1;
const LENDER: usize = 2;
const HOLDER: [u8; 32] = [7; 32];
const STRANGER: [u8; 32] = [9; 32];
/// One unit; a contract is a thousand.
const ONE: i64 = CONTRACT as i64 / 1_000;
const E8: i64 = 100_000_000;

fn terms(floor: u64, notice_secs: u32) -> Terms {
    Terms { holder: HOLDER, floor: floor * USD, notice_secs }
}

/// A liquid market at 1,000 USD, a rich actor, an owner with 100,000 USD under a lien, and its holder's own account.
fn pledged(floor: u64) -> Sim {
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, 0);
    for usd in [100_000_000, 100_000, 0] {
        sim.actor(usd);
    }
    sim.actors[OWNER].account.owner = [1; 32];
    sim.actors[LENDER].account.owner = HOLDER;
    sim.provide(0, RICH, -400, 400, 20_000_000).unwrap();
    if floor != 0 {
        lien::place(&mut sim.actors[OWNER].account, &terms(floor, 3_600)).unwrap();
    }
    sim
}

/// The same with notice given and run out.
fn due(floor: u64) -> Sim {
    let mut sim = pledged(floor);
    let now = sim.now;
    lien::call(&mut sim.actors[OWNER].account, &HOLDER, now).unwrap();
    sim.rest(3_600);
    sim
}

#[test]
fn only_stronger_and_only_for_the_same_holder() {
    let mut account = MarginAccount::zeroed();
    for wrong in [
        Terms { holder: [0; 32], ..terms(5, 10) },
        Terms { floor: 0, ..terms(5, 10) },
        Terms { notice_secs: MAX_NOTICE_SECS + 1, ..terms(5, 10) },
    ] {
        assert_eq!(lien::place(&mut account, &wrong), Err(Error::InvalidParameter));
    }
    assert_eq!(lien::place(&mut account, &Terms { notice_secs: MAX_NOTICE_SECS, ..terms(5, 0) }), Ok(()));
    assert_eq!(lien::place(&mut account, &terms(5, 10)), Ok(()));
    for weaker in [terms(4, 10), terms(5, 11), terms(6, 11), Terms { holder: STRANGER, ..terms(9, 1) }] {
        assert_eq!(lien::place(&mut account, &weaker), Err(Error::LienHeld));
    }
    assert_eq!(lien::place(&mut account, &terms(6, 10)), Ok(()));
    assert_eq!(lien::place(&mut account, &terms(6, 0)), Ok(()));
    assert_eq!((account.lien_floor, account.lien_notice_secs, account.lien_holder), (6 * USD, 0, HOLDER));
    // Notice that was given stands, whatever is added.
    lien::call(&mut account, &HOLDER, Now { unix: 50, slot: 0 }).unwrap();
    lien::place(&mut account, &terms(7, 0)).unwrap();
    assert_eq!(account.lien_called_at, 50);
    // Only its holder ends it, and then another may hold one.
    assert_eq!(lien::release(&mut account, &STRANGER), Err(Error::NotLienHolder));
    assert_eq!(lien::release(&mut account, &HOLDER), Ok(()));
    assert_eq!(account, MarginAccount::zeroed());
    assert_eq!(lien::release(&mut account, &HOLDER), Err(Error::NoLien));
    assert_eq!(lien::place(&mut account, &Terms { holder: STRANGER, ..terms(1, 9) }), Ok(()));
}

#[test]
fn notice_runs_from_the_call() {
    let mut account = MarginAccount::zeroed();
    let at = |unix| Now { unix, slot: 0 };
    assert_eq!(lien::call(&mut account, &HOLDER, at(5)), Err(Error::NoLien));
    lien::place(&mut account, &terms(1, 100)).unwrap();
    assert_eq!(lien::require_due(&account, &HOLDER, at(i64::MAX)), Err(Error::LienNotDue), "without a call never");
    assert_eq!(lien::withdraw_call(&mut account, &HOLDER), Err(Error::LienNotDue));
    assert_eq!(lien::call(&mut account, &STRANGER, at(5)), Err(Error::NotLienHolder));
    lien::call(&mut account, &HOLDER, at(1_000)).unwrap();
    assert_eq!(lien::call(&mut account, &HOLDER, at(1_001)), Err(Error::LienCalled));
    assert_eq!(lien::require_due(&account, &HOLDER, at(1_099)), Err(Error::LienNotDue));
    assert_eq!(lien::require_due(&account, &HOLDER, at(1_100)), Ok(()));
    assert_eq!(lien::require_due(&account, &STRANGER, at(1_100)), Err(Error::NotLienHolder));
    assert_eq!(lien::withdraw_call(&mut account, &STRANGER), Err(Error::NotLienHolder));
    lien::withdraw_call(&mut account, &HOLDER).unwrap();
    assert_eq!(lien::require_due(&account, &HOLDER, at(9_999)), Err(Error::LienNotDue));
    // A clock that stands at 0 is a call as well.
    lien::call(&mut account, &HOLDER, at(0)).unwrap();
    assert_eq!(account.lien_called_at, 1);
}

/// 40,000 USD are free of 100,000 with a floor of 60,000: whatever takes more, or puts it at risk, is refused.
#[test]
fn the_floor_binds_what_takes_or_risks() {
    let mut sim = pledged(60_000);
    assert_eq!(sim.withdraw(OWNER, 40_000 * USD + 1), Err(Error::LienFloor));
    assert_eq!(sim.queue(OWNER, 40_000 * USD + 1), Err(Error::LienFloor));
    let own = sim.actor(0);
    sim.actors[own].account.owner = [1; 32];
    assert_eq!(sim.transfer(OWNER, own, 40_000 * USD + 1), Err(Error::LienFloor));
    sim.transfer(OWNER, own, 10_000 * USD).unwrap();
    let _ = sim.queue(OWNER, 10_000 * USD).unwrap();
    sim.withdraw(OWNER, 20_000 * USD - 1).unwrap_err();
    let _ = sim.cancel(0).unwrap();
    sim.withdraw(OWNER, 30_000 * USD).unwrap();
    // At the floor: nothing that could cost an atom of it. The curve's own spread is enough.
    assert_eq!(sim.take(0, OWNER, ONE), Err(Error::LienFloor));
    assert_eq!(sim.take(0, OWNER, -ONE), Err(Error::LienFloor));
    assert_eq!(sim.withdraw(OWNER, 1), Err(Error::LienFloor));
    // One USD above it: what costs less than that may be opened, however much margin there would be for more.
    sim.deposit(OWNER, 10 * USD).unwrap();
    let _ = sim.take(0, OWNER, 20 * ONE).unwrap();
    assert_eq!(sim.take(0, OWNER, 400 * ONE), Err(Error::LienFloor));
    // A market that moves against it takes from the floor; then nothing is left to risk, and everything may be reduced.
    sim.move_price(0, 900);
    assert!(sim.initial(OWNER).unwrap().equity < 60_000 * USD as i64);
    assert_eq!(sim.take(0, OWNER, ONE), Err(Error::LienFloor));
    assert_eq!(sim.take(0, OWNER, -21 * ONE), Err(Error::LienFloor), "turning is new risk");
    let mut free = sim.clone();
    assert_eq!(sim.provide(0, OWNER, -100, 100, 1_000), Err(Error::LienFloor));
    lien::release(&mut free.actors[OWNER].account, &HOLDER).unwrap();
    assert!(free.provide(0, OWNER, -100, 100, 1_000).is_ok());
    let _ = sim.take(0, OWNER, -10 * ONE).unwrap();
    let _ = sim.flatten(0, OWNER).unwrap();
}

/// An order that was placed when there was room asks again when it is filled, and the pool's door is a withdrawal's.
#[test]
fn the_floor_binds_orders_and_the_pools_door() {
    let mut sim = pledged(60_000);
    let terms = orders::Terms {
        kind: orders::Kind::Twap,
        side: Side::Buy,
        flags: 0,
        amount: 10 * ONE as u64,
        below: Price::default(),
        below_limit: Price::default(),
        above: Price::default(),
        above_limit: Price::default(),
        min_fill: 0,
        tip: 0,
        starts_at: 0,
        expires_at: 0,
        interval_secs: 60,
        slices: 1,
        catch_up: 0,
    };
    let request = orders::Request { account: [5; 32], payer: [1; 32], placed_by: [1; 32], number: 7, bump: 3, terms };
    let execute = |sim: &mut Sim, order: &mut PlacedOrder| {
        sim.run(|sim| {
            sim.with_book(0, |book, actors, others, now| {
                let Actor { account, ranges } = &mut actors[OWNER];
                orders::execute(order, book, account, Some(ranges), others, now).map(drop)
            })
        })
    };
    let mut order = PlacedOrder::zeroed();
    orders::place(&mut order, &request, &mut sim.actors[OWNER].account, &sim.places[0].market, sim.now).unwrap();
    sim.withdraw(OWNER, 40_000 * USD).unwrap();
    assert_eq!(execute(&mut sim, &mut { order }), Err(Error::LienFloor));
    sim.deposit(OWNER, USD).unwrap();
    assert_eq!(execute(&mut sim, &mut order), Ok(()));

    let mut sim = pledged(60_000);
    let ask = |sim: &mut Sim, amount: u64| {
        let asked =
            Asked { account: [0; 32], shares_account: [0; 32], payer: [0; 32], amount, min_shares: 0, tip: 0, bump: 0 };
        let (mut account, mut pool) = (*sim.account(OWNER), Pool::zeroed());
        let seen = |view: &View| {
            deposits::request(&mut PoolRequest::zeroed(), &asked, &mut pool, &mut account, (None, view), sim.now)
        };
        sim.with_view(seen)
    };
    assert_eq!(ask(&mut sim, 40_000 * USD + 1), Err(Error::LienFloor));
    assert_eq!(ask(&mut sim, 40_000 * USD), Ok(()));
}

/// Taking over and buying collateral is checked as any risk.
#[test]
fn the_floor_binds_a_liquidator_and_a_buyer() {
    let mut sim = pledged(99_900);
    sim.add_bank(other_bank(), 100);
    let victim = sim.actor(0);
    sim.deposit_in(1, victim, 1_000 * TOKEN).unwrap();
    sim.deal(0, victim, RICH, 500 * ONE, 1_000);
    sim.move_price(0, 850);
    sim.price_bank(1, 100);
    let _ = sim.begin(victim).unwrap();
    // Tokens for 95 USD count for 80.
    assert_eq!(sim.buy(1, victim, OWNER, Purchase { most: 20 * TOKEN, ..ALL }), Err(Error::LienFloor));
    let _ = sim.buy(1, victim, OWNER, Purchase { most: 5 * TOKEN, ..ALL }).unwrap();
    let _ = sim.take_over(0, victim, OWNER, TakeOver { max_base: u64::MAX, limit: None }).map(|taken| {
        assert!(taken.base != 0);
    });
    // What it takes over cheaply is worth more at mark, but not at the worst price: no profit counts as equity.
    sim.actors[OWNER].account.lien_floor = 100_000 * USD;
    assert_eq!(sim.take_over(0, victim, OWNER, TakeOver { max_base: u64::MAX, limit: None }), Err(Error::LienFloor));
}

fn sell(base: i64) -> Order {
    order(Side::Sell, Exact::Base(base as u64))
}

fn buy(base: i64) -> Order {
    order(Side::Buy, Exact::Base(base as u64))
}

/// A trade as whoever signs.
fn trade_as(sim: &mut Sim, signer: &[u8; 32], asked: Order) -> Result<()> {
    let signer = *signer;
    sim.run(|sim| {
        sim.with_book(0, |book, actors, others, now| {
            let Actor { account, ranges } = &mut actors[OWNER];
            let by = allows(account, &signer, MAY_TRADE, book.market.index_number, now)?;
            let watch = Watch::begin(by, book, account, Some(ranges), others)?;
            let _ = trade(book, account, Some(ranges), others, &asked, now)?;
            watch.end(book, account, Some(ranges), others)
        })
    })
}

/// What is the holder's when its notice has run out: to make positions smaller, to take ranges off, to settle, to release
/// in full. Nothing else, and nothing before.
#[test]
fn the_holders_powers_are_these() {
    let mut sim = pledged(10_000);
    let _ = sim.take(0, OWNER, 100 * ONE).unwrap();
    let now = sim.now;
    let may = |sim: &Sim, permission| allows(sim.account(OWNER), &HOLDER, permission, 1, sim.now);
    assert_eq!(may(&sim, MAY_TRADE), Err(Error::LienNotDue));
    lien::call(&mut sim.actors[OWNER].account, &HOLDER, now).unwrap();
    sim.rest(3_599);
    assert_eq!(may(&sim, MAY_TRADE), Err(Error::LienNotDue));
    assert_eq!(trade_as(&mut sim, &HOLDER, sell(10 * ONE)), Err(Error::LienNotDue));
    sim.wait(1);
    sim.touch_all();
    assert_eq!((may(&sim, MAY_TRADE), may(&sim, MAY_RANGE)), (Ok(By::Holder), Ok(By::Holder)));
    // In every market.
    for market in [0, 2, u16::MAX] {
        assert_eq!(allows(sim.account(OWNER), &HOLDER, MAY_TRADE, market, sim.now), Ok(By::Holder));
    }
    // Neither orders nor anything that nobody named.
    assert_eq!(may(&sim, MAY_ORDER), Err(Error::Unauthorized));
    assert_eq!(may(&sim, 8), Err(Error::Unauthorized));
    assert_eq!(may(&sim, 0), Err(Error::Unauthorized));
    assert_eq!(allows(sim.account(OWNER), &STRANGER, MAY_TRADE, 1, sim.now), Err(Error::Unauthorized));
    assert_eq!(allows(sim.account(OWNER), &[1; 32], MAY_TRADE, 1, sim.now), Ok(By::Owner));

    assert_eq!(trade_as(&mut sim, &HOLDER, buy(1)), Err(Error::DelegateNotAllowed));
    assert_eq!(trade_as(&mut sim, &HOLDER, sell(101 * ONE)), Err(Error::DelegateNotAllowed));
    trade_as(&mut sim, &HOLDER, sell(40 * ONE)).unwrap();
    assert_eq!(sim.position(0, OWNER).base, 60 * ONE);
    trade_as(&mut sim, &HOLDER, sell(60 * ONE)).unwrap();
    assert_eq!(sim.position(0, OWNER).base, 0);
    assert_eq!(trade_as(&mut sim, &HOLDER, sell(1)), Err(Error::DelegateNotAllowed));
    // It adds no range; it may take one off.
    assert_eq!(require_may_add(By::Holder), Err(Error::DelegateNotAllowed));
    assert_eq!((require_may_add(By::Owner), require_may_add(By::Delegate)), (Ok(()), Ok(())));
    assert_eq!(require_in_full(By::Holder, 999_999), Err(Error::DelegateNotAllowed));
    assert_eq!((require_in_full(By::Holder, 1_000_000), require_in_full(By::Owner, 0)), (Ok(()), Ok(())));
}

/// A holder's hands are on ranges too: one that is there comes off, one that is not is not added, by whatever function.
#[test]
fn the_holder_adds_no_range() {
    let mut sim = due(1_000);
    let slot = sim.provide(0, OWNER, -100, 100, 100_000).unwrap();
    let added: Result<()> = sim.run(|sim| {
        sim.with_book(0, |book, actors, others, now| {
            let Actor { account, ranges } = &mut actors[OWNER];
            let watch = Watch::begin(By::Holder, book, account, Some(ranges), others)?;
            let _ = liquidity::add(book, account, ranges, others, &range(-50, 50, 1_000_000), now)?;
            watch.end(book, account, Some(ranges), others)
        })
    });
    assert_eq!(added, Err(Error::DelegateNotAllowed));
    let removed: Result<()> = sim.run(|sim| {
        sim.with_book(0, |book, actors, others, now| {
            let Actor { account, ranges } = &mut actors[OWNER];
            let watch = Watch::begin(By::Holder, book, account, Some(ranges), others)?;
            let _ = ranges::close(book, account, ranges, slot, false, now)?;
            watch.end(book, account, Some(ranges), others)
        })
    });
    assert_eq!(removed, Ok(()));
}

/// Whatever the holder tries with whatever is there: the worst base never grows and never turns, by random trades.
#[test]
fn the_holder_only_ever_makes_it_smaller() {
    let mut random = Random::new("holder's trades");
    let mut done = 0;
    for _ in 0..cases() / 16 {
        let mut sim = due(1_000);
        let units = random.between(-150, 150);
        if units == 0 {
            continue;
        }
        let _ = sim.take(0, OWNER, units * ONE).unwrap();
        for _ in 0..6 {
            let before = sim.position(0, OWNER).base;
            let base = 1 + random.up_to_64(38) as i64;
            let asked = if random.below(2) == 0 { sell(base) } else { buy(base) };
            match trade_as(&mut sim, &HOLDER, asked) {
                Ok(()) => done += 1,
                // What turns is new risk first, and beyond the margin or the floor for anybody.
                Err(error) => {
                    let refusals = [Error::DelegateNotAllowed, Error::InsufficientMargin, Error::LienFloor];
                    assert!(refusals.contains(&error), "{error:?}");
                }
            }
            let after = sim.position(0, OWNER).base;
            assert!(after.abs() <= before.abs() && after.signum() * before.signum() >= 0);
        }
    }
    assert!(done > 20, "{done}");
}

/// An owner who names the holder its delegate, for next to nothing and until tomorrow, has not taken its rights.
#[test]
fn to_be_a_delegate_takes_no_right_of_a_holder() {
    let mut sim = due(10_000);
    let now = sim.now;
    let named = delegate::Terms {
        delegate: HOLDER,
        permissions: MAY_ORDER,
        expiry: now.unix + 86_400,
        markets: [5, 0, 0, 0],
        ..delegate::Terms::default()
    };
    delegate::set(&mut sim.actors[OWNER].account, &named, now).unwrap();
    let may = |sim: &Sim, permission, market| allows(sim.account(OWNER), &HOLDER, permission, market, sim.now);
    assert_eq!((may(&sim, MAY_TRADE, 1), may(&sim, MAY_RANGE, 1)), (Ok(By::Holder), Ok(By::Holder)));
    assert_eq!(may(&sim, MAY_ORDER, 5), Ok(By::Delegate));
    assert_eq!(may(&sim, MAY_ORDER, 1), Err(Error::Unauthorized));
    sim.rest(86_400);
    assert_eq!(may(&sim, MAY_TRADE, 5), Ok(By::Holder));
    // Somebody else who is a delegate gets nothing from the lien.
    let other = delegate::Terms { delegate: STRANGER, expiry: sim.now.unix + 9, ..named };
    let now = sim.now;
    delegate::set(&mut sim.actors[OWNER].account, &other, now).unwrap();
    assert_eq!(allows(sim.account(OWNER), &STRANGER, MAY_TRADE, 1, now), Err(Error::DelegateNotAllowed));
    assert_eq!(may(&sim, MAY_TRADE, 1), Ok(By::Holder));
}

#[test]
fn a_seizure_takes_the_floor_and_no_more() {
    let mut sim = pledged(30_000);
    assert_eq!(sim.seize(0, OWNER, LENDER, 1), Err(Error::LienNotDue));
    let mut sim = due(30_000);
    assert_eq!(sim.seize(0, OWNER, RICH, 1), Err(Error::NotLienHolder), "into the holder's own account");
    assert_eq!(sim.seize(0, OWNER, LENDER, 0), Err(Error::ZeroAmount));
    assert_eq!(sim.seize(0, OWNER, LENDER, 30_000 * USD + 1), Err(Error::LienFloor));
    sim.seize(0, OWNER, LENDER, 10_000 * USD).unwrap();
    assert_eq!((sim.account(OWNER).lien_floor, sim.capital(LENDER)), (20_000 * USD, 10_000 * USD));
    // What it keeps stays backed, by a tenth of the notional too.
    sim.deal(0, OWNER, RICH, 800 * ONE, 1_000);
    assert_eq!(sim.seize(0, OWNER, LENDER, 10_000 * USD + 1), Err(Error::InsufficientMargin));
    sim.seize(0, OWNER, LENDER, 10_000 * USD).unwrap();
    sim.deal(0, RICH, OWNER, 800 * ONE, 1_000);
    sim.actors[OWNER].account.flagged_at = 1;
    assert_eq!(sim.seize(0, OWNER, LENDER, 1), Err(Error::AccountFlagged));
    sim.actors[OWNER].account.flagged_at = 0;
    sim.actors[LENDER].account.closed_to_deposits = 1;
    assert_eq!(sim.seize(0, OWNER, LENDER, 1), Err(Error::ClosedToDeposits));
    sim.actors[LENDER].account.closed_to_deposits = 0;
    // The last of it ends the lien.
    sim.seize(0, OWNER, LENDER, 10_000 * USD).unwrap();
    assert!(!lien::is_held(sim.account(OWNER)));
    assert_eq!(sim.account(OWNER).lien_called_at, 0);
    assert_eq!(sim.seize(0, OWNER, LENDER, 1), Err(Error::NoLien));
    sim.withdraw(OWNER, 70_000 * USD).unwrap();
}

/// Other collateral counts there at its price without a haircut, rounded up, and only at a young one.
#[test]
fn a_seizure_of_other_collateral() {
    let mut sim = due(30_000);
    sim.add_bank(other_bank(), 100);
    sim.deposit_in(1, OWNER, 1_000 * TOKEN).unwrap();
    assert_eq!(sim.seize(1, OWNER, LENDER, 300 * TOKEN + 1), Err(Error::LienFloor));
    sim.seize(1, OWNER, LENDER, 100 * TOKEN).unwrap();
    assert_eq!(sim.account(OWNER).lien_floor, 20_000 * USD);
    assert_eq!((sim.account(OWNER).capital[1], sim.account(LENDER).capital[1]), (900 * TOKEN, 100 * TOKEN));
    sim.wait(61);
    sim.touch_all();
    assert_eq!(sim.seize(1, OWNER, LENDER, 1), Err(Error::CollateralStale));
    // The price after half an hour of silence is what counts, not that of before it.
    sim.rest(1_800);
    sim.refresh_bank(1, 200 * E8).map(drop).unwrap();
    // The holder may have waited for the one sample that suits him.
    assert_eq!(sim.seize(1, OWNER, LENDER, 1), Err(Error::StepTooSoon));
    sim.price_bank(1, 200);
    assert_eq!(sim.seize(1, OWNER, LENDER, 100 * TOKEN + 1), Err(Error::LienFloor));
    sim.wait(1);
    sim.touch_all();
    sim.refresh_bank(1, 210 * E8).map(drop).unwrap();
    assert_eq!(
        sim.seize(1, OWNER, LENDER, 100 * TOKEN),
        Err(Error::LienFloor),
        "at the higher of the median and the last"
    );
    sim.price_bank(1, 200);
    sim.seize(1, OWNER, LENDER, 100 * TOKEN).unwrap();
    assert!(!lien::is_held(sim.account(OWNER)));
}

/// A lien stops no liquidation: the protocol's own claims come first.
#[test]
fn a_lien_changes_no_liquidation() {
    let run = |floor: u64| {
        let mut sim = pledged(floor);
        sim.deal(0, OWNER, RICH, 600 * ONE, 1_000);
        sim.move_price(0, 850);
        let _ = sim.begin(OWNER).unwrap();
        let mut steps = 0;
        while sim.health(OWNER).unwrap().is_unhealthy() && sim.position(0, OWNER).base != 0 {
            let _ = sim.take_over(0, OWNER, RICH, TakeOver { max_base: u64::MAX, limit: None }).unwrap();
            steps += 1;
        }
        (steps, sim.capital(OWNER), sim.position(0, OWNER), sim.health(OWNER).unwrap())
    };
    assert_eq!(run(0), run(95_000));
}

#[test]
fn a_hand_over_leaves_nothing_of_the_old_owner() {
    let mut sim = pledged(60_000);
    let _ = sim.take(0, OWNER, 30 * ONE).unwrap();
    let now = sim.now;
    let named = delegate::Terms {
        delegate: STRANGER,
        permissions: MAY_TRADE,
        expiry: now.unix + 99,
        notional: 5,
        markets: [1, 0, 0, 0],
    };
    delegate::set(&mut sim.actors[OWNER].account, &named, now).unwrap();
    let before = *sim.account(OWNER);
    assert_eq!(lien::hand_over(&mut { before }, [0; 32]), Err(Error::InvalidParameter));
    assert_eq!(lien::hand_over(&mut MarginAccount { tickets: 1, ..before }, [2; 32]), Err(Error::TicketsOpen));
    assert_eq!(lien::hand_over(&mut MarginAccount { pool_deposits: 1, ..before }, [2; 32]), Err(Error::RequestsOpen));
    assert_eq!(
        lien::hand_over(&mut MarginAccount { pool_redemptions: 1, ..before }, [2; 32]),
        Err(Error::RequestsOpen)
    );
    assert_eq!(lien::hand_over(&mut MarginAccount { orders: 1, ..before }, [2; 32]), Err(Error::OrdersOpen));
    let mut after = before;
    lien::hand_over(&mut after, [2; 32]).unwrap();
    let cleared = MarginAccount {
        owner: [2; 32],
        delegate: [0; 32],
        delegate_permissions: 0,
        delegate_expiry: 0,
        delegate_notional: 0,
        delegate_markets: [0; 4],
        ..before
    };
    assert_eq!(after, cleared, "capital, positions and lien go with it");
    sim.actors[OWNER].account = after;
    assert_eq!(allows(sim.account(OWNER), &[1; 32], MAY_TRADE, 1, now), Err(Error::Unauthorized));
    assert_eq!(allows(sim.account(OWNER), &STRANGER, MAY_TRADE, 1, now), Err(Error::Unauthorized));
    assert_eq!(sim.withdraw(OWNER, 50_000 * USD), Err(Error::LienFloor));
}

/// A view for whoever lends: the floor, and the equity that it is compared with.
#[test]
fn the_view_tells_the_floor() {
    let mut sim = pledged(60_000);
    let _ = sim.take(0, OWNER, 30 * ONE).unwrap();
    let told = sim.health_view(OWNER);
    assert_eq!(told.lien_floor, 60_000 * USD);
    assert_eq!(told.initial_equity, sim.initial(OWNER).unwrap().equity);
    let free =
        (told.initial_equity as u64 - told.lien_floor).min(told.initial_equity as u64 - told.notional.div_ceil(10));
    assert_eq!(sim.withdraw(OWNER, free + 1), Err(Error::LienFloor));
    sim.withdraw(OWNER, free).unwrap();
}
