//! What each instruction of the program does to the accounts, on decoded ones: the same checks around the same engine
//! functions in the same order.
//!
//! An operation that errors leaves the books as they were, as a transaction does. What the program alone keeps (the
//! sequence numbers of events) stays.

mod collateral;
mod liens;
mod liquidations;

use std::collections::BTreeMap;

use keel_engine::book::{Book, array_index};
use keel_engine::builder::Builder;
use keel_engine::closing::{self, ClosedPosition};
use keel_engine::delegate::{self, By, Watch};
use keel_engine::legs::{self, Fills, MAX_LEGS, require_ascending};
use keel_engine::liquidation;
use keel_engine::listing::init_tick_array;
use keel_engine::oracle::Sample;
use keel_engine::pot::{self, Released, Settled};
use keel_engine::ranges::{self, Entitlement, RangeRequest};
use keel_engine::refresh::{self, Refreshed};
use keel_engine::state::{MarginAccount, Market, Range, Ranges, TickArray, Ticket, USDC};
use keel_engine::tickets::{self, Payout, Request};
use keel_engine::trade::{self, Fill, Order};
use keel_engine::view::{Others, View};
use keel_engine::{Error, Now, Result, insurance, liquidity, vault};
use solana_pubkey::Pubkey;

use crate::books::{BankBook, Books};

pub use collateral::{buy_collateral, deposit_and_trade, refresh_bank, trade_exact, trade_to};
pub use liens::{call_lien, give_account, place_lien, release_lien, seize};
pub use liquidations::{
    StepRequest, backstop, balance_reserve, begin_liquidation, collect_pledged, deleverage, liquidate,
    liquidate_on_curve, resolve, unwind_range,
};

/// What an operation on one account in one market may touch.
pub(crate) struct Stage<'a, 'b, 'c> {
    pub(crate) book: Book<'a, 'b>,
    pub(crate) account: &'a mut MarginAccount,
    pub(crate) ranges: Option<&'a mut Ranges>,
    pub(crate) others: Others<'c>,
}

/// Plays an operation on copies and keeps them if it succeeds.
pub(crate) fn play<R>(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    operation: impl FnOnce(Stage) -> Result<R>,
) -> Result<R> {
    let mut state = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let mut own: Vec<TickArray> = books.arrays_of(market).copied().collect();
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let mut companion = books.ranges.get(account).copied();
    let markets: Vec<&Market> = books.markets.values().filter(|m| m.index_number != market).collect();
    let arrays: Vec<&TickArray> = books.arrays.values().filter(|a| a.market != market).collect();
    let banks = books.other_banks();
    let others = Others { declared: None, banks: &banks, markets: &markets, arrays: &arrays };

    let mut references: Vec<&mut TickArray> = own.iter_mut().collect();
    let book = Book { market: &mut state, arrays: &mut references };
    let done = operation(Stage { book, account: &mut holder, ranges: companion.as_mut(), others })?;
    books.markets.insert(market, state);
    for array in own {
        books.arrays.insert((market, array.index), array);
    }
    books.accounts.insert(*account, holder);
    books.ranges.extend(companion.map(|ranges| (*account, ranges)));
    Ok(done)
}

/// Changes an account with a look at everything that its health needs.
fn judge<R>(
    books: &mut Books,
    account: &Pubkey,
    operation: impl FnOnce(&mut MarginAccount, Option<&Ranges>, &View) -> Result<R>,
) -> Result<R> {
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let done = books.view(|view| operation(&mut holder, books.ranges.get(account), view))?;
    books.accounts.insert(*account, holder);
    Ok(done)
}

/// `refresh`.
pub fn refresh(books: &mut Books, market: u16, sample: &Sample, now: Now) -> Result<Refreshed> {
    let mut state = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let refreshed = refresh::refresh(&mut state, Some(sample), now)?;
    books.markets.insert(market, state);
    Ok(refreshed)
}

/// `create_tick_array`. Errors with `InvalidTick`, and with `AccountExists` for one that is there.
pub fn create_tick_array(books: &mut Books, market: u16, index: i32) -> Result<()> {
    let state = books.markets.get(&market).ok_or(Error::MarketMissing)?;
    if books.arrays.contains_key(&(market, index)) {
        return Err(Error::AccountExists);
    }
    let mut array = bytemuck::Zeroable::zeroed();
    init_tick_array(&mut array, state, index, 0, [0; 32])?;
    books.arrays.insert((market, index), array);
    Ok(())
}

/// Tick arrays at the ends of a range that are not there yet, ascending. Errors with `InvalidTick` off the grid.
pub fn missing_arrays(books: &Books, market: u16, lower: i32, upper: i32) -> Result<Vec<i32>> {
    let spacing = books.markets.get(&market).ok_or(Error::MarketMissing)?.params.tick_spacing;
    let mut missing = vec![array_index(lower, spacing)?, array_index(upper, spacing)?];
    missing.sort_unstable();
    missing.dedup();
    missing.retain(|index| !books.arrays.contains_key(&(market, *index)));
    Ok(missing)
}

/// `close_account`.
pub fn close_account(books: &mut Books, account: &Pubkey) -> Result<()> {
    vault::require_closable(books.accounts.get(account).ok_or(Error::AccountMissing)?)?;
    books.accounts.remove(account);
    Ok(())
}

/// `close_ranges`.
pub fn close_ranges(books: &mut Books, account: &Pubkey) -> Result<()> {
    let holder = books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let companion = books.ranges.get(account).ok_or(Error::AccountMissing)?;
    if holder.ranges != 0 || !companion.ranges.iter().all(Range::is_empty) {
        return Err(Error::AccountNotEmpty);
    }
    books.ranges.remove(account);
    Ok(())
}

/// `deposit`, of atoms that come from outside. A flagged account is cured by it where it is enough.
pub fn deposit(books: &mut Books, bank: usize, account: &Pubkey, amount: u64, now: Now) -> Result<()> {
    let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
    judge(books, account, |holder, ranges, view| {
        vault::deposit(holder, &mut book.bank, amount, now)?;
        book.tokens = book.tokens.checked_add(amount).ok_or(Error::MathOverflow)?;
        if holder.flagged_at != 0 {
            let _free = liquidation::cure(holder, ranges, &view.with_bank(&book.bank), now)?;
        }
        Ok(())
    })?;
    books.banks.insert(book.bank.index, book);
    Ok(())
}

/// `withdraw`, of atoms.
pub fn withdraw(books: &mut Books, bank: usize, account: &Pubkey, amount: u64, now: Now) -> Result<()> {
    let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
    judge(books, account, |holder, ranges, view| {
        vault::withdraw(holder, &mut book.bank, ranges, view, amount, now)?;
        book.tokens = book.tokens.checked_sub(amount).ok_or(Error::MathOverflow)?;
        Ok(())
    })?;
    books.banks.insert(book.bank.index, book);
    Ok(())
}

/// `queue_withdrawal`, of atoms. Returns the ticket's number.
pub fn queue_withdrawal(books: &mut Books, bank: usize, account: &Pubkey, amount: u64, now: Now) -> Result<u64> {
    let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
    let mut ticket: Ticket = bytemuck::Zeroable::zeroed();
    let request = Request { account: account.to_bytes(), destination: [0; 32], payer: [0; 32], amount, bump: 0 };
    judge(books, account, |holder, ranges, view| {
        tickets::queue(&mut ticket, &request, holder, &mut book.bank, (ranges, view), now)
    })?;
    books.tickets.insert((ticket.bank, ticket.number), ticket);
    books.banks.insert(book.bank.index, book);
    Ok(ticket.number)
}

/// `pay_withdrawal`, of atoms, to a destination that can take them.
pub fn pay_withdrawal(books: &mut Books, bank: usize, number: u64, now: Now) -> Result<Payout> {
    let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
    let mut ticket = *books.ticket(bank, number).ok_or(Error::AccountMissing)?;
    let payout = if ticket.amount == 0 {
        tickets::skip(&ticket, &mut book.bank)?
    } else {
        let account = Pubkey::from(ticket.account);
        judge(books, &account, |holder, ranges, view| {
            tickets::pay(&mut ticket, holder, &mut book.bank, (ranges, view), true, now)
        })?
    };
    book.tokens = book.tokens.checked_sub(payout.paid).ok_or(Error::MathOverflow)?;
    if payout.is_ended() {
        books.tickets.remove(&(ticket.bank, number));
    } else {
        books.tickets.insert((ticket.bank, number), ticket);
    }
    books.banks.insert(book.bank.index, book);
    Ok(payout)
}

/// `cancel_withdrawal`, by the owner or by anyone while the account's state lets anyone.
pub fn cancel_withdrawal(
    books: &mut Books,
    (bank, number): (usize, u64),
    account: &Pubkey,
    by_owner: bool,
    now: Now,
) -> Result<()> {
    let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
    let mut ticket = *books.ticket(bank, number).ok_or(Error::AccountMissing)?;
    let cancelled = judge(books, account, |holder, ranges, view| {
        if !by_owner && !tickets::may_cancel_other(holder) {
            return Err(Error::Unauthorized);
        }
        let cancelled = tickets::cancel(&mut ticket, holder, &mut book.bank)?;
        if holder.flagged_at != 0 {
            let _free = liquidation::cure(holder, ranges, &view.with_bank(&book.bank), now)?;
        }
        Ok(cancelled)
    })?;
    if cancelled.is_ended {
        books.tickets.remove(&(ticket.bank, number));
    } else {
        books.tickets.insert((ticket.bank, number), ticket);
    }
    books.banks.insert(book.bank.index, book);
    Ok(())
}

/// `transfer`, of atoms.
pub fn transfer(books: &mut Books, bank: usize, from: &Pubkey, to: &Pubkey, amount: u64, now: Now) -> Result<()> {
    if from == to {
        return Err(Error::SelfLiquidation);
    }
    let bank = books.bank(bank).ok_or(Error::WrongBank)?.bank;
    let mut receiver = *books.accounts.get(to).ok_or(Error::AccountMissing)?;
    judge(books, from, |holder, ranges, view| {
        vault::transfer(holder, &mut receiver, &bank, (ranges, view), amount, now)
    })?;
    books.accounts.insert(*to, receiver);
    Ok(())
}

/// `trade`.
pub fn trade(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    sample: &Sample,
    order: &Order,
    by: By,
    now: Now,
) -> Result<Fill> {
    play(books, market, account, |mut stage| {
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        fill(&mut stage, order, by, None, now)
    })
}

/// Fills an order for who signs it.
pub(crate) fn fill(stage: &mut Stage, order: &Order, by: By, builder: Option<&mut Builder>, now: Now) -> Result<Fill> {
    let Stage { book, account, ranges, others } = stage;
    let watch = Watch::begin(by, book, account, ranges.as_deref(), *others)?;
    let fill = trade::trade_through(book, account, ranges.as_deref(), *others, order, builder, now)?;
    watch.end(book, account, ranges.as_deref(), *others)?;
    Ok(fill)
}

/// `trade_legs`: each leg a market, the update that it takes, and what is asked for there.
pub fn trade_legs(
    books: &mut Books,
    account: &Pubkey,
    legs: &[(u16, Sample, Order)],
    by: By,
    now: Now,
) -> Result<Fills> {
    if legs.len() > MAX_LEGS {
        return Err(Error::TooManyLegs);
    }
    require_ascending(legs.iter().map(|(market, ..)| *market))?;
    let is_leg = |number: u16| legs.iter().any(|(market, ..)| *market == number);
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let mut states: Vec<Market> = books.markets.values().filter(|m| is_leg(m.index_number)).copied().collect();
    let mut own: Vec<TickArray> = books.arrays.values().filter(|a| is_leg(a.market)).copied().collect();
    let markets: Vec<&Market> = books.markets.values().filter(|m| !is_leg(m.index_number)).collect();
    let arrays: Vec<&TickArray> = books.arrays.values().filter(|a| !is_leg(a.market)).collect();
    let banks = books.other_banks();
    let others = Others { declared: None, banks: &banks, markets: &markets, arrays: &arrays };

    for (state, (_, sample, _)) in states.iter_mut().zip(legs) {
        let _refreshed = refresh::refresh(state, Some(sample), now)?;
    }
    let mut references: Vec<&mut TickArray> = own.iter_mut().collect();
    let own_of = references.chunk_by_mut(|one, next| one.market == next.market);
    let mut own_of: BTreeMap<u16, &mut [&mut TickArray]> =
        own_of.filter_map(|chunk| Some((chunk.first()?.market, chunk))).collect();
    let mut legs_books = Vec::new();
    for market in &mut states {
        let arrays = own_of.remove(&market.index_number).unwrap_or_default();
        legs_books.push(Book { market, arrays });
    }
    let orders: Vec<Order> = legs.iter().map(|(_, _, order)| *order).collect();
    let ranges = books.ranges.get(account);
    let fills = legs::trade_by(by, &mut legs_books, &mut holder, ranges, others, &orders, now)?;

    drop(legs_books);
    books.markets.extend(states.into_iter().map(|state| (state.index_number, state)));
    books.arrays.extend(own.into_iter().map(|array| ((array.market, array.index), array)));
    books.accounts.insert(*account, holder);
    Ok(fills)
}

/// `add_range`. Returns its slot.
pub fn add_range(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    sample: &Sample,
    request: &RangeRequest,
    by: By,
    now: Now,
) -> Result<usize> {
    delegate::require_may_add(by)?;
    play(books, market, account, |stage| {
        let Stage { mut book, account, ranges, others } = stage;
        let ranges = ranges.ok_or(Error::AccountMissing)?;
        let _refreshed = refresh::refresh(book.market, Some(sample), now)?;
        let watch = Watch::begin(by, &book, account, Some(ranges), others)?;
        let slot = liquidity::add(&mut book, account, ranges, others, request, now)?;
        watch.end(&book, account, Some(ranges), others)?;
        Ok(slot)
    })
}

/// `remove_range`.
pub fn remove_range(books: &mut Books, market: u16, account: &Pubkey, slot: usize, now: Now) -> Result<Entitlement> {
    play(books, market, account, |mut stage| {
        let ranges = stage.ranges.ok_or(Error::AccountMissing)?;
        let folded = ranges::close(&mut stage.book, stage.account, ranges, slot, false, now)?;
        pot::drop_if_done(stage.book.market, stage.account);
        Ok(folded)
    })
}

/// `settle_range`, by who may or by anyone while the market lets anyone.
pub fn settle_range(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    slot: usize,
    by_owner: bool,
    now: Now,
) -> Result<Entitlement> {
    play(books, market, account, |mut stage| {
        let ranges = stage.ranges.ok_or(Error::AccountMissing)?;
        if by_owner {
            ranges::settle(&mut stage.book, stage.account, ranges, slot)
        } else {
            ranges::settle_other(&mut stage.book, stage.account, ranges, slot, now)
        }
    })
}

/// `settle`, by who may or by anyone while the market lets anyone.
pub fn settle(books: &mut Books, market: u16, account: &Pubkey, by_owner: bool, now: Now) -> Result<Settled> {
    play(books, market, account, |stage| {
        if !by_owner && !pot::may_settle_other(stage.book.market, stage.account, now)? {
            return Err(Error::NothingToSettle);
        }
        let settled = pot::settle(stage.book.market, stage.account, now)?;
        pot::drop_if_done(stage.book.market, stage.account);
        Ok(settled)
    })
}

/// `release`.
pub fn release(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    min_ratio_ppm: u32,
    by: By,
    now: Now,
) -> Result<Released> {
    delegate::require_in_full(by, min_ratio_ppm)?;
    play(books, market, account, |stage| pot::release(stage.book.market, stage.account, min_ratio_ppm, now))
}

/// Changes the bank of quote atoms, which gets that many tokens, and keeps it if all goes well.
fn receive<R>(
    books: &mut Books,
    tokens: u64,
    operation: impl FnOnce(&mut Books, &mut BankBook) -> Result<R>,
) -> Result<R> {
    let mut book = *books.bank(USDC).ok_or(Error::WrongBank)?;
    book.tokens = book.tokens.checked_add(tokens).ok_or(Error::MathOverflow)?;
    let done = operation(books, &mut book)?;
    books.banks.insert(book.bank.index, book);
    Ok(done)
}

/// `fund_market_insurance`, of quote atoms that come from outside.
pub fn fund_market_insurance(books: &mut Books, market: u16, amount: u64, now: Now) -> Result<()> {
    receive(books, amount, |books, book| {
        let mut state = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
        insurance::fund_market(&mut state, &mut book.bank, amount, now)?;
        books.markets.insert(market, state);
        Ok(())
    })
}

/// `fund_insurance`, of quote atoms that come from outside.
pub fn fund_insurance(books: &mut Books, amount: u64, now: Now) -> Result<()> {
    receive(books, amount, |books, book| {
        let mut exchange = books.exchange.ok_or(Error::AccountMissing)?;
        insurance::fund(&mut exchange, &mut book.bank, amount, now)?;
        books.exchange = Some(exchange);
        Ok(())
    })
}

/// `sweep_unbooked`. Returns what was found.
pub fn sweep_unbooked(books: &mut Books, now: Now) -> Result<u64> {
    receive(books, 0, |books, book| {
        let mut exchange = books.exchange.ok_or(Error::AccountMissing)?;
        let found = insurance::sweep_unbooked(&mut exchange, &mut book.bank, book.tokens, now)?;
        books.exchange = Some(exchange);
        Ok(found)
    })
}

/// A transfer of quote atoms to the vault, past the program.
pub fn donate(books: &mut Books, amount: u64) -> Result<()> {
    receive(books, amount, |_, _| Ok(()))
}

/// `close_market`.
pub fn close_market(books: &mut Books, market: u16, sample: &Sample, now: Now) -> Result<Refreshed> {
    let mut state = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let closed = closing::close(&mut state, Some(sample), now)?;
    books.markets.insert(market, state);
    Ok(closed)
}

/// `close_position`.
pub fn close_position(books: &mut Books, market: u16, account: &Pubkey, now: Now) -> Result<ClosedPosition> {
    play(books, market, account, |stage| closing::close_position(stage.book.market, stage.account, now))
}

/// `close_tick_array`.
pub fn close_tick_array(books: &mut Books, market: u16, index: i32) -> Result<()> {
    let array = books.arrays.get(&(market, index)).ok_or(Error::AccountMissing)?;
    closing::require_unused(books.markets.get(&market), array)?;
    books.arrays.remove(&(market, index));
    Ok(())
}

/// `remove_market`. Returns what was left of its money.
pub fn remove_market(books: &mut Books, market: u16) -> Result<u64> {
    let state = books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let exchange = books.exchange.as_mut().ok_or(Error::AccountMissing)?;
    let left = closing::remove(state, exchange)?;
    books.markets.remove(&market);
    Ok(left)
}
