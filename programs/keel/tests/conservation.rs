//! The check of an instruction's own deltas: what the engine does passes, every broken book is noticed.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]

use anchor_lang::bytemuck;
use keel::conservation::Sums;
use keel_engine::state::{Exchange, MarginAccount, Market, Position};

const NUMBER: u16 = 2;

fn books() -> (Market, MarginAccount) {
    let mut market: Market = bytemuck::Zeroable::zeroed();
    (market.index_number, market.pot, market.claims, market.long_base) = (NUMBER, 1_000, 700, 50);
    let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
    *account.usdc_mut() = 10_000;
    let position = Position { market: NUMBER, base: 50, quote: -300, ..bytemuck::Zeroable::zeroed() };
    account.positions = [position; 8];
    account.positions[1..].fill(bytemuck::Zeroable::zeroed());
    (market, account)
}

fn sums(market: &Market, account: &MarginAccount) -> Sums {
    Sums::of(account).and_market(market, account)
}

/// Whether a change of the books passes.
fn passes(change: impl FnOnce(&mut Market, &mut MarginAccount)) -> bool {
    let (mut market, mut account) = books();
    let before = sums(&market, &account);
    change(&mut market, &mut account);
    sums(&market, &account).require_same(before).is_ok()
}

#[test]
fn flows_with_two_sides_pass() {
    assert!(passes(|_, _| {}));
    // A trade: base from the curve, quote to it, a part of the fee to insurance.
    assert!(passes(|market, account| {
        account.positions[0].base += 10;
        market.long_base += 10;
        account.positions[0].quote -= 101;
        market.curve_quote += 100;
        market.insurance_claim += 1;
    }));
    // A loss out of capital, a profit into a claim.
    assert!(passes(|market, account| {
        *account.usdc_mut() -= 200;
        account.positions[0].quote += 200;
        market.pot += 200;
    }));
    assert!(passes(|market, account| {
        account.positions[0].quote -= 5;
        market.claims += 5;
    }));
    // A release at less than par, a write-off.
    assert!(passes(|market, account| {
        market.claims -= 100;
        market.pot -= 80;
        market.surplus += 20;
        *account.usdc_mut() += 80;
    }));
    assert!(passes(|market, account| {
        account.positions[0].quote += 7;
        market.written_off += 7;
    }));
    // A position that ends leaves nothing behind.
    assert!(passes(|market, account| {
        market.curve_quote += account.positions[0].quote;
        market.long_base -= 50;
        account.positions[0] = bytemuck::Zeroable::zeroed();
    }));
}

#[test]
fn one_sided_changes_are_refused() {
    assert!(!passes(|_, account| *account.usdc_mut() += 1));
    assert!(!passes(|_, account| account.positions[0].base += 1));
    assert!(!passes(|_, account| account.positions[0].quote += 1));
    assert!(!passes(|market, _| market.pot += 1));
    assert!(!passes(|market, _| market.insurance += 1));
    assert!(!passes(|market, _| market.treasury += 1));
    assert!(!passes(|market, _| market.curve_quote += 1));
    assert!(!passes(|market, _| market.claims += 1));
    assert!(!passes(|market, _| market.insurance_claim += 1));
    assert!(!passes(|market, _| market.treasury_claim += 1));
    assert!(!passes(|market, _| market.surplus += 1));
    assert!(!passes(|market, _| market.written_off += 1));
    assert!(!passes(|market, _| market.long_base += 1));
    assert!(!passes(|market, _| market.short_base += 1));
    assert!(!passes(|_, account| account.positions[0] = bytemuck::Zeroable::zeroed()));
}

#[test]
fn pay_between_two_accounts_passes_when_both_are_counted() {
    let (market, mut account) = books();
    let mut keeper: MarginAccount = bytemuck::Zeroable::zeroed();
    let before = sums(&market, &account).and_capital(&keeper);
    *account.usdc_mut() -= 30;
    *keeper.usdc_mut() += 30;
    assert!(sums(&market, &account).and_capital(&keeper).require_same(before).is_ok());
    *keeper.usdc_mut() += 1;
    assert!(sums(&market, &account).and_capital(&keeper).require_same(before).is_err());
}

#[test]
fn the_exchange_s_insurance_is_money() {
    let (mut market, account) = books();
    let mut exchange: Exchange = bytemuck::Zeroable::zeroed();
    exchange.insurance = 500;
    let before = sums(&market, &account).and_exchange(&exchange);
    exchange.insurance -= 40;
    assert!(sums(&market, &account).and_exchange(&exchange).require_same(before).is_err());
    // Into the pot for a debt: the debtor's quote rises by it.
    market.pot += 40;
    market.curve_quote += 40;
    assert!(sums(&market, &account).and_exchange(&exchange).require_same(before).is_ok());
}

/// From the pool's capital into its reserve, and from there into a pot.
#[test]
fn the_pool_s_reserve_is_money() {
    let (mut market, mut account) = books();
    let mut exchange: Exchange = bytemuck::Zeroable::zeroed();
    let before = sums(&market, &account).and_exchange(&exchange);
    *account.usdc_mut() -= 40;
    exchange.pool_reserve += 40;
    assert!(sums(&market, &account).and_exchange(&exchange).require_same(before).is_ok());
    exchange.pool_reserve -= 30;
    assert!(sums(&market, &account).and_exchange(&exchange).require_same(before).is_err());
    market.pot += 30;
    market.curve_quote += 30;
    assert!(sums(&market, &account).and_exchange(&exchange).require_same(before).is_ok());
}

/// What one holder gives the other takes: base, quote and capital; what neither takes is missed.
#[test]
fn two_holders_of_one_market() {
    let (mut market, one) = books();
    let mut other = one;
    other.positions[0].base = -50;
    market.short_base = 50;
    let sums = |one: &MarginAccount, other: &MarginAccount| sums(&market, one).and_holder(&market, other);
    let before = sums(&one, &other);
    let moved = |capital: u64, quote: i64, base: i64| {
        let (mut from, mut to) = (one, other);
        *from.usdc_mut() -= 7;
        *to.usdc_mut() += capital;
        from.positions[0].quote += 100;
        to.positions[0].quote -= quote;
        from.positions[0].base -= 10;
        to.positions[0].base += base;
        sums(&from, &to).require_same(before).is_ok()
    };
    assert!(moved(7, 100, 10));
    assert!(!moved(8, 100, 10) && !moved(7, 99, 10) && !moved(7, 100, 11));
}
