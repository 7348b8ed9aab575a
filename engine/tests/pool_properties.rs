//! The price of the pool's shares, whatever happens in whatever order: it moves by profit and loss alone (docs/pool.md).

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

use exchange::{CONTRACT, Sim, USD, flat_fee, quiet};
use keel_engine::Error;
use keel_engine::params::Params;
use keel_engine::pool::Nav;
use keel_engine::pool::shares::{VIRTUAL_QUOTE, VIRTUAL_SHARES, burnt_ceil, shares_floor, worth_floor};
use keel_engine::state::Mode;
use math_reference::{Random, cases};

const ONE: i64 = CONTRACT as i64;

/// A price as a fraction.
#[derive(Clone, Copy, Debug)]
struct Price {
    value: i128,
    shares: i128,
}

impl Price {
    fn is_below(self, other: Self) -> bool {
        self.value * other.shares < other.value * self.shares
    }

    fn min(self, other: Self) -> Self {
        if other.is_below(self) { other } else { self }
    }
}

/// What a share costs who comes in.
fn dear(nav: &Nav, shares: u64) -> Price {
    let value = i128::from(nav.high.max(0)) + i128::from(VIRTUAL_QUOTE);
    Price { value, shares: i128::from(shares) + i128::from(VIRTUAL_SHARES) }
}

/// What a share is worth to who leaves.
fn cheap(nav: &Nav, shares: u64) -> Price {
    let low = i128::from(nav.low.max(0));
    let all = i128::from(shares) + i128::from(VIRTUAL_SHARES);
    let at_price = Price { value: low + i128::from(VIRTUAL_QUOTE), shares: all };
    if shares == 0 { at_price } else { at_price.min(Price { value: low, shares: i128::from(shares) }) }
}

/// Two markets at 1,000 and 50 USD, the second one fixed, four LPs and two traders with a million each, and the pool.
fn start(params: Params) -> (Sim, usize) {
    let mut sim = Sim::new(params, 1_000, 0);
    sim.list(params, Mode::Fixed, 50);
    for _ in 0..6 {
        sim.actor(1_000_000);
    }
    sim.rest(30);
    let pool = sim.create_pool();
    sim.pool.min_request_usd = 1;
    (sim, pool)
}

/// Something random that is not the pool's: a trade, a price, time, a range of the pool's or the end of one.
fn disturb(sim: &mut Sim, pool: usize, random: &mut Random) {
    let market = random.below(2) as usize;
    let units = if market == 0 { 1 } else { 20 };
    match random.below(8) {
        0..3 => {
            let size = random.between(-20 * ONE, 20 * ONE) * units;
            let _filled = sim.take(market, 4 + random.below(2) as usize, size);
        }
        3 => {
            let usd = if market == 0 { random.between(980, 1_020) } else { random.between(49, 51) };
            sim.places[market].conf = random.below(50_000_000);
            sim.move_price(market, usd);
        }
        4 => sim.rest(random.between(1, 120)),
        5 => {
            let width = 100 + 100 * random.below(4) as i32;
            let usd = sim.capital(pool) / USD / (1 + random.below(8));
            let _slot = sim.provide(market, pool, -width, width, usd.max(1));
        }
        6 => {
            let _closed = sim.close(market, pool, random.below(8) as usize);
        }
        _ => {
            let _settled = sim.settle(market, pool);
            let _released = sim.release(market, pool, 0);
        }
    }
}

/// One of the pool's own instructions; what it refuses leaves no trace.
fn request(sim: &mut Sim, random: &mut Random) {
    let actor = random.below(4) as usize;
    match random.below(6) {
        0 => {
            let amount = random.below(100_000 * USD);
            let _number = sim.ask_in(actor, amount);
        }
        1 => {
            let shares = random.below(sim.shares[actor] + 1);
            let _number = sim.ask_out(actor, shares);
        }
        2 => {
            let number = random.below(sim.pool.deposits + 1);
            let _executed = sim.bring_in(number);
        }
        3 => {
            let _paid = sim.pay_out();
        }
        4 => {
            let number = random.below(sim.pool.deposits + 1);
            let _returned = sim.cancel_in(number, true);
        }
        _ => {
            let number = random.below(sim.pool.redeem_tail + 1);
            let _cancelled = sim.cancel_out(number);
        }
    }
}

/// No request, deposit, redemption or cancellation takes anything from who stays, at either value; and the first in the
/// queue is never older than its window.
#[test]
fn the_price_of_a_share_never_falls_for_who_stays() {
    let mut random = Random::new("the_price_of_a_share_never_falls_for_who_stays");
    let (mut moved, mut requests) = (0, 0);
    for _ in 0..cases() / 64 {
        let (mut sim, pool) = start(flat_fee(300));
        sim.pool.cooldown_secs = 30;
        sim.pool.redeem_window_secs = 600;
        for _ in 0..200 {
            disturb(&mut sim, pool, &mut random);
            sim.touch_all();
            let (nav, shares) = (sim.nav().unwrap(), sim.pool.shares);
            let equity = sim.health(pool).unwrap().equity;
            assert!(nav.low <= nav.high && nav.low <= equity, "{nav:?} {equity}");
            request(&mut sim, &mut random);
            let (after, left) = (sim.nav().unwrap(), sim.pool.shares);
            requests += 1;
            moved += u32::from(shares != left);
            if left != 0 {
                assert!(!cheap(&after, left).is_below(cheap(&nav, shares)), "{nav:?} {shares} to {after:?} {left}");
            }
            assert!(!dear(&after, left).is_below(dear(&nav, shares)), "{nav:?} {shares} to {after:?} {left}");
        }
        // Nobody is held up beyond his window: whatever is left, time empties the queue.
        sim.wait(700);
        while sim.pool.redeem_head != sim.pool.redeem_tail {
            let _paid = sim.pay_out().unwrap();
        }
        assert_eq!(sim.pool.shares_waiting, 0);
    }
    assert!(moved * 20 > requests, "{moved} of {requests} requests moved shares");
}

/// In and out again at unchanged prices: never a profit, whatever the pool holds and however much of it leaves.
#[test]
fn in_and_out_never_profits() {
    let mut random = Random::new("in_and_out_never_profits");
    for _ in 0..cases() / 64 {
        let (mut sim, pool) = start(flat_fee(300));
        let _shares = sim.join(0, 200_000 * USD).unwrap();
        for _ in 0..40 {
            disturb(&mut sim, pool, &mut random);
            let mut sim = sim.clone();
            sim.touch_all();
            let amount = USD + random.below(300_000 * USD);
            let before = sim.capital(1);
            let Ok(number) = sim.ask_in(1, amount) else { continue };
            // The request itself is not what is tested: no price moves in between.
            sim.requests.iter_mut().for_each(|(_, request)| request.requested_at = 0);
            let Ok(executed) = sim.bring_in(number) else { continue };
            let _number = sim.ask_out(1, executed.shares).unwrap();
            sim.requests.iter_mut().for_each(|(_, request)| request.ready_at = 0);
            while sim.pool.redeem_head != sim.pool.redeem_tail && sim.pay_out().is_ok() {}
            assert!(sim.capital(1) <= before, "{amount} in, {} out", sim.capital(1) + amount - before);
        }
    }
}

/// Without fees whoever pushes the curve moves neither value, beyond what one rounding of base and quote is worth.
#[test]
fn pushing_the_curve_moves_no_value() {
    let mut random = Random::new("pushing_the_curve_moves_no_value");
    let mut pushed = 0;
    for _ in 0..cases() / 16 {
        let (mut sim, pool) = start(quiet());
        let _shares = sim.join(0, 200_000 * USD).unwrap();
        let width = 100 + 100 * random.below(4) as i32;
        let ranges = 1 + random.below(3) as i32;
        for narrower in 0..ranges {
            let _slot = sim.provide(0, pool, -width + 20 * narrower, width, 400_000).unwrap();
        }
        // Something that it holds already, and an index that is not where the curve began.
        let _filled = sim.take(0, 5, random.between(-50 * ONE, 50 * ONE));
        sim.places[0].conf = random.below(100_000_000);
        sim.move_price(0, random.between(990, 1_010));
        let before = sim.nav().unwrap();
        for _ in 0..4 {
            if sim.take(0, 4, random.between(-200 * ONE, 200 * ONE)).is_err() {
                continue;
            }
            pushed += 1;
            let after = sim.nav().unwrap();
            // An atom of base is worth an atom of quote here; two of each a range and trade.
            let slack = 32 * i64::from(ranges);
            assert!((after.low - before.low).abs() <= slack, "{before:?} {after:?}");
            assert!((after.high - before.high).abs() <= slack, "{before:?} {after:?}");
        }
    }
    assert!(pushed > cases() / 16, "{pushed}");
}

/// Folding, settling and releasing, which anybody may choose the moment of, lift nothing.
#[test]
fn settling_moves_no_value() {
    let mut random = Random::new("settling_moves_no_value");
    let mut settled = 0;
    for _ in 0..cases() / 16 {
        let (mut sim, pool) = start(flat_fee(300));
        let _shares = sim.join(0, 200_000 * USD).unwrap();
        let _slot = sim.provide(0, pool, -300, 300, 400_000).unwrap();
        for _ in 0..6 {
            disturb(&mut sim, pool, &mut random);
            // At one price: the mark is where the index is, without a doubt.
            sim.places.iter_mut().for_each(|place| place.conf = 0);
            sim.rest(30);
            for place in &mut sim.places {
                place.market.basis_ema.bits = 0;
                place.market.mark = place.market.index;
            }
            let before = sim.nav().unwrap();
            let slot = random.below(8) as usize;
            let market = random.below(2) as usize;
            let done = match random.below(3) {
                0 => sim.fold(market, pool, slot).is_ok(),
                1 => sim.settle(market, pool).is_ok(),
                _ => sim.release(market, pool, 0).is_ok(),
            };
            let after = sim.nav().unwrap();
            settled += usize::from(done);
            assert!((after.low - before.low).abs() <= 8, "{before:?} {after:?}");
            assert!((after.high - before.high).abs() <= 8, "{before:?} {after:?}");
        }
    }
    assert!(settled > cases() / 16, "{settled}");
}

/// Whoever is first and loses money to the pool on purpose, so that the next deposit rounds to little, loses all that the
/// next depositor does, and more.
#[test]
fn inflating_a_share_costs_more_than_it_brings() {
    let mut random = Random::new("inflating_a_share_costs_more_than_it_brings");
    for _ in 0..cases() / 4 {
        let (mut sim, pool) = start(quiet());
        let first = sim.join(0, USD + random.below(1_000 * USD)).unwrap();
        // All but an atom leaves again.
        if random.below(2) == 0 {
            sim.pool.cooldown_secs = 0;
            sim.pool.redeem_window_secs = 10;
            let _number = sim.ask_out(0, first - 1).unwrap();
            let _paid = sim.pay_out().unwrap();
        }
        let spent = 1_000_000 * USD - sim.capital(0);
        let gift = random.up_to(40) as i64;
        let gift = gift.min(sim.capital(0) as i64);
        // A loss to the pool that is settled and mature at once.
        *sim.actors[0].account.usdc_mut() -= gift as u64;
        *sim.actors[pool].account.usdc_mut() += gift as u64;
        let amount = USD + random.below(500_000 * USD);
        match sim.join(1, amount) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error, Error::MathOverflow);
                continue;
            }
        }
        let nav = sim.nav().unwrap();
        let (own, theirs) = (sim.shares[0], sim.shares[1]);
        let total = sim.pool.shares;
        let got = worth_floor(own, &nav, total).unwrap();
        let left = worth_floor(theirs, &nav, total).unwrap();
        let lost = (amount * u64::from(sim.shares[1] != 0)).saturating_sub(left);
        assert!(got <= spent + gift as u64, "{got} of {spent} and {gift}");
        // What rounding took from the second is at most one share's price, a millionth of what it cost to make.
        assert!(lost <= gift as u64 / 1_000_000 + 4, "{lost} of {amount} with {gift}");
    }
}

/// The formulas by themselves: what a payment burns is worth it, and one share fewer would not be.
#[test]
fn burnt_shares_are_the_fewest_that_are_worth_a_payment() {
    let mut random = Random::new("burnt_shares_are_the_fewest_that_are_worth_a_payment");
    for _ in 0..cases() * 8 {
        let total = 1 + random.up_to(50) as u64;
        let low = 1 + random.up_to(50) as i64;
        let nav = Nav { high: low, low };
        let Ok(most) = worth_floor(total, &nav, total) else { continue };
        if most == 0 {
            continue;
        }
        let amount = 1 + random.below(most);
        let burnt = burnt_ceil(amount, &nav, total).unwrap();
        assert!(burnt <= total && worth_floor(burnt, &nav, total).unwrap() >= amount);
        assert!(worth_floor(burnt - 1, &nav, total).unwrap() < amount);
        // And the same money buys no more of them.
        if let Ok(bought) = shares_floor(amount, &nav, total) {
            assert!(bought <= burnt, "{bought} {burnt}");
        }
    }
}
