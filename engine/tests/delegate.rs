//! What a delegate may do: its permissions, its time, its markets and its notional, and who sets them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod exchange;

use bytemuck::Zeroable;
use keel_engine::delegate::{By, MAY_ORDER, MAY_RANGE, MAY_TRADE, Terms, allows, set};
use keel_engine::state::MarginAccount;
use keel_engine::{Error, Now};

const OWNER: [u8; 32] = [1; 32];
const DELEGATE: [u8; 32] = [2; 32];
const NOW: Now = Now { unix: 1_000, slot: 1 };

const TERMS: Terms =
    Terms { delegate: DELEGATE, permissions: MAY_TRADE | MAY_RANGE, expiry: 2_000, notional: 5, markets: [7, 3, 0, 0] };

fn account(terms: &Terms) -> MarginAccount {
    let mut account = MarginAccount { owner: OWNER, ..MarginAccount::zeroed() };
    set(&mut account, terms, NOW).unwrap();
    account
}

fn refusal(terms: Terms) -> Option<Error> {
    let mut account = account(&TERMS);
    set(&mut account, &terms, NOW).err()
}

#[test]
fn the_terms_are_stored_as_they_are_given() {
    let account = account(&TERMS);
    assert_eq!(account.delegate, DELEGATE);
    assert_eq!(account.delegate_permissions, MAY_TRADE | MAY_RANGE);
    assert_eq!((account.delegate_expiry, account.delegate_notional), (2_000, 5));
    assert_eq!(account.delegate_markets, [7, 3, 0, 0]);
}

#[test]
fn terms_that_mean_nothing_are_refused() {
    assert_eq!(refusal(TERMS), None);
    for permissions in [0, 8, MAY_TRADE | 8, u32::MAX] {
        assert_eq!(refusal(Terms { permissions, ..TERMS }), Some(Error::InvalidDelegate), "{permissions}");
    }
    for expiry in [NOW.unix, 0, -1, i64::MIN] {
        assert_eq!(refusal(Terms { expiry, ..TERMS }), Some(Error::InvalidDelegate), "{expiry}");
    }
    assert_eq!(refusal(Terms { expiry: NOW.unix + 1, ..TERMS }), None);
    assert_eq!(refusal(Terms { expiry: i64::MAX, ..TERMS }), None);
    for markets in [[7, 7, 0, 0], [1, 2, 3, 1], [0, 9, 0, 9]] {
        assert_eq!(refusal(Terms { markets, ..TERMS }), Some(Error::InvalidDelegate), "{markets:?}");
    }
    assert_eq!(refusal(Terms { markets: [0, 9, 0, 0], ..TERMS }), None);
}

#[test]
fn nobody_as_a_delegate_revokes_everything() {
    let mut account = account(&TERMS);
    set(&mut account, &Terms { delegate: [0; 32], permissions: 99, expiry: -5, markets: [1; 4], ..TERMS }, NOW)
        .unwrap();
    let fresh = MarginAccount { owner: OWNER, ..MarginAccount::zeroed() };
    assert_eq!(account, fresh);
    assert_eq!(allows(&account, &[0; 32], MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
    assert_eq!(allows(&account, &DELEGATE, MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
}

#[test]
fn a_new_delegate_ends_the_old_ones_rights() {
    let mut account = account(&TERMS);
    set(&mut account, &Terms { delegate: [9; 32], ..TERMS }, NOW).unwrap();
    assert_eq!(allows(&account, &DELEGATE, MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
    assert_eq!(allows(&account, &[9; 32], MAY_TRADE, 7, NOW), Ok(By::Delegate));
}

#[test]
fn the_owner_is_kept_to_nothing() {
    let account = account(&TERMS);
    let late = Now { unix: i64::MAX, slot: 1 };
    for (permission, market) in [(MAY_TRADE, 7), (MAY_ORDER, 1), (0, 0)] {
        assert_eq!(allows(&account, &OWNER, permission, market, late), Ok(By::Owner));
    }
}

#[test]
fn a_delegate_is_kept_to_its_permissions_its_markets_and_its_time() {
    let account = account(&TERMS);
    let may = |permission, market, unix| allows(&account, &DELEGATE, permission, market, Now { unix, slot: 1 });
    for permission in [MAY_TRADE, MAY_RANGE] {
        for market in [3, 7] {
            assert_eq!(may(permission, market, 1_999), Ok(By::Delegate));
            assert_eq!(may(permission, market, 2_000), Err(Error::DelegateNotAllowed));
        }
        // Not even where the list has room: no market has the number 0.
        for market in [0, 1, u16::MAX] {
            assert_eq!(may(permission, market, 1_999), Err(Error::DelegateNotAllowed));
        }
    }
    assert_eq!(may(MAY_ORDER, 7, 1_999), Err(Error::DelegateNotAllowed));
    assert_eq!(allows(&account, &[3; 32], MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
}

#[test]
fn no_list_of_markets_is_every_market() {
    let account = account(&Terms { markets: [0; 4], ..TERMS });
    for market in [1, 7, u16::MAX] {
        assert_eq!(allows(&account, &DELEGATE, MAY_TRADE, market, NOW), Ok(By::Delegate));
    }
}

/// What the notional limit is held against, in a market at 1,000 USD: an LP, and an account with a delegate.
mod notional {
    use super::exchange::{CONTRACT, Sim, USD, order, quiet, range};
    use super::*;
    use keel_engine::curve::Exact;
    use keel_engine::trade::Order;
    use keel_engine::{Result, Side};

    const LP: usize = 0;
    const ACCOUNT: usize = 1;
    const ONE: i64 = CONTRACT as i64;

    fn limited(usd: u64) -> Sim {
        let mut sim = Sim::new(quiet(), 1_000, 0);
        sim.actor(100_000_000);
        sim.actor(1_000_000);
        sim.provide(0, LP, -200, 200, 20_000_000).unwrap();
        sim.actors[ACCOUNT].account.delegate_notional = usd * USD;
        sim
    }

    fn take(sim: &mut Sim, base: i64) -> Result<()> {
        let side = if base > 0 { Side::Buy } else { Side::Sell };
        sim.trade_as_delegate(0, ACCOUNT, order(side, Exact::Base(base.unsigned_abs()))).map(drop)
    }

    /// At mark and rounded up: 10 contracts are 10,000 USD, an atom more of base is more.
    #[test]
    fn it_ends_to_the_atom() {
        for side in [1, -1] {
            let mut sim = limited(10_000);
            assert_eq!(take(&mut sim, side * (10 * ONE + 1)), Err(Error::DelegateNotional));
            assert_eq!(take(&mut sim, side * 10 * ONE), Ok(()));
            assert_eq!(take(&mut sim, side), Err(Error::DelegateNotional));
            // The owner is kept to margin only.
            assert!(sim.take(0, ACCOUNT, side * ONE).is_ok());
        }
    }

    #[test]
    fn a_reduction_is_never_refused_and_a_turn_is_none() {
        let mut sim = limited(5_000);
        let _ = sim.take(0, ACCOUNT, 20 * ONE).unwrap();
        assert_eq!(take(&mut sim, 1), Err(Error::DelegateNotional));
        assert_eq!(take(&mut sim, -5 * ONE), Ok(()));
        // As large on the other side, or smaller and still above: risk of its own.
        for base in [-30 * ONE, -21 * ONE] {
            assert_eq!(take(&mut sim, base), Err(Error::DelegateNotional));
        }
        assert_eq!(take(&mut sim, -20 * ONE), Ok(()));
        assert_eq!(sim.position(0, ACCOUNT).base, -5 * ONE);
    }

    #[test]
    fn no_limit_is_none() {
        let mut sim = limited(0);
        assert_eq!(take(&mut sim, 100 * ONE), Ok(()));
    }

    /// What a range can become counts, not what it holds now.
    #[test]
    fn a_range_counts_with_its_worst_base() {
        let mut sim = limited(10_000);
        // At x = 1 a range from there to 2% above holds nothing yet, and may be sold out of it.
        let liquidity = u128::from(CONTRACT) * 1_000;
        let request = range(0, 400, liquidity);
        let mut free = sim.clone();
        let _ = free.add_range(0, ACCOUNT, request).unwrap();
        let worst = free.with_view(|view| {
            let (market, actor) = (free.market(0), &free.actors[ACCOUNT]);
            keel_engine::margin::worst_base(market, &actor.account, Some(&actor.ranges), view).unwrap()
        });
        assert!((19 * CONTRACT..20 * CONTRACT).contains(&worst), "{worst}");
        assert_eq!(sim.add_range_as_delegate(0, ACCOUNT, request), Err(Error::DelegateNotional));
        assert_eq!(sim.add_range_as_delegate(0, ACCOUNT, range(0, 400, liquidity / 2)), Ok(0));
        // Sold out, the range is 9.9 contracts short: buying 1 brings the nearer end closer, selling 1 passes the limit.
        assert_eq!(take(&mut sim, -ONE), Err(Error::DelegateNotional));
        assert_eq!(take(&mut sim, ONE), Ok(()));
    }

    #[test]
    fn every_leg_is_kept_to_it_in_its_market() {
        let mut sim = limited(10_000);
        let second = sim.list(quiet(), keel_engine::state::Mode::Floating, 2_000);
        sim.provide(second, LP, -200, 200, 20_000_000).unwrap();
        let leg = |market: usize, base: u64| -> (usize, Order) { (market, order(Side::Buy, Exact::Base(base))) };
        let mut go = |first: u64, other: u64| {
            let legs = [leg(0, first * CONTRACT), leg(second, other * CONTRACT)];
            sim.trade_legs_by(By::Delegate, ACCOUNT, &legs).map(drop)
        };
        assert_eq!(go(11, 1), Err(Error::DelegateNotional));
        assert_eq!(go(1, 6), Err(Error::DelegateNotional));
        assert_eq!(go(10, 5), Ok(()));
        assert_eq!(go(0, 1), Err(Error::ZeroAmount));
        assert!(sim.trade_legs(ACCOUNT, &[leg(0, CONTRACT), leg(second, CONTRACT)]).is_ok());
    }

    #[test]
    fn only_the_owner_gives_up_a_part_of_a_claim() {
        use keel_engine::delegate::require_in_full;
        assert_eq!(require_in_full(By::Delegate, 999_999), Err(Error::DelegateNotAllowed));
        assert_eq!(require_in_full(By::Delegate, 1_000_000), Ok(()));
        assert_eq!(require_in_full(By::Owner, 0), Ok(()));
    }
}
