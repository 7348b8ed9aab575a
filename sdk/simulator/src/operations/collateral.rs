//! Collateral other than USDC: its prices, its sale, and what comes in with a trade; and trades within a bound.

use keel_engine::collateral::{self, Purchase, Sold, Updated};
use keel_engine::delegate::By;
use keel_engine::oracle::Sample;
use keel_engine::trade::{Fill, Order};
use keel_engine::units::Price;
use keel_engine::view::Others;
use keel_engine::{Error, Now, Result, exact, refresh, vault};
use solana_pubkey::Pubkey;

use super::{Stage, fill, judge, play};
use crate::books::Books;

/// `refresh_bank`; `rate` is brought where the bank has a feed of it.
pub fn refresh_bank(
    books: &mut Books,
    bank: usize,
    price: &Sample,
    rate: Option<&Sample>,
    now: Now,
) -> Result<Updated> {
    let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
    let updated = collateral::refresh(&mut book.bank, price, rate, now)?;
    books.banks.insert(book.bank.index, book);
    Ok(updated)
}

/// `buy_collateral`, of one account by another.
pub fn buy_collateral(
    books: &mut Books,
    bank: usize,
    account: &Pubkey,
    by: &Pubkey,
    purchase: &Purchase,
    now: Now,
) -> Result<Sold> {
    if account == by {
        return Err(Error::SelfLiquidation);
    }
    let bank = books.bank(bank).ok_or(Error::WrongBank)?.bank;
    let mut buyer = *books.accounts.get(by).ok_or(Error::AccountMissing)?;
    let sold = judge(books, account, |holder, ranges, view| {
        collateral::buy(holder, ranges, &mut buyer, &bank, &view.with_bank(&bank), purchase, now)
    })?;
    books.accounts.insert(*by, buyer);
    Ok(sold)
}

/// `deposit_and_trade`, of atoms of a bank that come from outside.
pub fn deposit_and_trade(
    books: &mut Books,
    (bank, amount): (usize, u64),
    (market, account): (u16, &Pubkey),
    sample: &Sample,
    order: &Order,
    by: By,
    now: Now,
) -> Result<Fill> {
    let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
    let done = play(books, market, account, |stage| {
        let Stage { book: curve, account, ranges, others } = stage;
        vault::deposit(account, &mut book.bank, amount, now)?;
        book.tokens = book.tokens.checked_add(amount).ok_or(Error::MathOverflow)?;
        let _refreshed = refresh::refresh(curve.market, Some(sample), now)?;
        let others = Others { declared: Some(&book.bank), ..others };
        fill(&mut Stage { book: curve, account, ranges, others }, order, by, None, now)
    })?;
    books.banks.insert(book.bank.index, book);
    Ok(done)
}

/// `trade_exact`.
pub fn trade_exact(
    books: &mut Books,
    (market, account): (u16, &Pubkey),
    sample: &Sample,
    (order, bound): (&Order, u64),
    by: By,
    now: Now,
) -> Result<Fill> {
    play(books, market, account, |mut stage| {
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        let order = Order { all_or_nothing: true, ..*order };
        let done = fill(&mut stage, &order, by, None, now)?;
        exact::require_bound(&order, &done, bound)?;
        Ok(done)
    })
}

/// `trade_to`: to a target and no nearer than a tolerance, in base atoms.
pub fn trade_to(
    books: &mut Books,
    (market, account): (u16, &Pubkey),
    sample: &Sample,
    (target, tolerance, limit): (i64, u64, Option<Price>),
    by: By,
    now: Now,
) -> Result<Fill> {
    play(books, market, account, |mut stage| {
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        let order = exact::order_to(stage.account, market, target, tolerance, limit)?;
        fill(&mut stage, &order, by, None, now)
    })
}
