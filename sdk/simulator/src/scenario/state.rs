//! The last line: markets, accounts and banks as they are in the end.

use anyhow::Result;
use keel_engine::collateral::weight_ppm;
use keel_engine::pot::funding_due;
use keel_engine::ranges::entitlement;
use keel_engine::state::{MarginAccount, Market, Position, Range, USDC};
use keel_engine::{Now, lien};
use solana_pubkey::Pubkey;

use super::outcome::tick;
use super::writer::Writer;
use crate::books::{BankBook, Books};
use crate::native;
use crate::question;
use crate::setup::number;

/// What the file calls things, in its order.
pub(super) struct Named<'a> {
    pub(super) markets: &'a [String],
    /// Banks of other collateral than USDC.
    pub(super) banks: &'a [&'a str],
    pub(super) accounts: &'a [(String, Pubkey)],
}

/// The line.
pub(super) fn line(books: &Books, now: Now, names: &Named) -> Result<String> {
    let mut out = Writer::new();
    let mut result = Ok(());
    out.object("final", |out| result = write_all(out, books, now, names));
    result.map(|()| out.finish())
}

fn write_all(out: &mut Writer, books: &Books, now: Now, names: &Named) -> Result<()> {
    let Named { markets, banks, accounts } = *names;
    let named =
        || markets.iter().enumerate().filter_map(|(place, name)| Some((name, books.markets.get(&number(place))?)));
    let mut result = Ok(());
    out.object("markets", |out| {
        for (name, market) in named() {
            match tick(market) {
                Ok(tick) => out.object(name, |out| write_market(out, market, tick)),
                Err(error) => result = Err(error),
            }
        }
    });
    let valued = at_the_last_marks(books, now);
    out.object("accounts", |out| {
        for (name, address) in accounts {
            if books.accounts.contains_key(address) {
                out.object(name, |out| {
                    write_account(out, &valued, now, address, named().collect::<Vec<_>>().as_slice(), banks)
                });
            } else {
                out.plain(name, "null");
            }
        }
    });
    out.object("banks", |out| {
        if let Some(book) = books.bank(USDC) {
            out.object("USDC", |out| {
                out.amount("tokens", book.tokens).amount("owed", owed(books, book));
                if book.bank.queued != 0 {
                    out.amount("queued", book.bank.queued);
                }
            });
        }
        for (name, book) in banks.iter().zip(1..).filter_map(|(name, number)| Some((name, books.bank(number)?))) {
            out.object(name, |out| {
                out.amount("tokens", book.tokens).amount("owed", owed(books, book));
                if book.bank.queued != 0 {
                    out.amount("queued", book.bank.queued);
                }
                out.amount("price", book.bank.price.bits).amount("rate", book.bank.rate);
                out.plain("weight_ppm", weight_ppm(&book.bank, now));
            });
        }
    });
    write_pool(out, &valued, now);
    result
}

/// The same books with no price too old to value an account with.
fn at_the_last_marks(books: &Books, now: Now) -> Books {
    let mut valued = books.clone();
    for market in valued.markets.values_mut() {
        market.index_time = now.unix;
    }
    for book in valued.banks.values_mut() {
        book.bank.price_time = now.unix;
    }
    valued
}

fn write_market(out: &mut Writer, market: &Market, tick: i32) {
    out.plain("tick", tick).amount("sqrt_price", market.sqrt_price.get()).amount("liquidity", market.liquidity.get());
    out.amount("funding_rate", market.funding_rate.bits).amount("funding_index", market.funding.get());
    out.amount("mark", market.mark.bits).amount("index", market.index.bits).amount("insurance", market.insurance);
    out.amount("open_interest_long", market.long_base).amount("open_interest_short", market.short_base);
}

fn write_account(
    out: &mut Writer,
    books: &Books,
    now: Now,
    address: &Pubkey,
    markets: &[(&String, &Market)],
    banks: &[&str],
) {
    let Some(account) = books.accounts.get(address) else { return };
    let health = native::health(books, address, now).ok();
    out.amount("capital", account.usdc()).amount_or_null("equity", health.map(|health| health.equity));
    out.amount_or_null("initial", native::initial(books, address, now).ok().map(|initial| initial.required));
    out.amount_or_null("maintenance", health.map(|health| health.maintenance));
    out.object("positions", |out| {
        for (name, market) in markets {
            if let Ok(position) = account.position(market.index_number) {
                out.object(name, |out| write_position(out, market, position));
            }
        }
    });
    out.list("ranges", |out| {
        let ranges = books.ranges.get(address).iter().flat_map(|ranges| &ranges.ranges).copied().collect::<Vec<_>>();
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            let market = markets.iter().find(|(_, market)| market.index_number == range.market);
            if let Some((name, market)) = market {
                out.item(|out| write_range(out, books, name, market, range));
            }
        }
    });
    write_orders(out, books, address);
    write_security(out, account, banks);
    let shares = if account.sub_account == 0 { books.shares_of(address) } else { 0 };
    if shares != 0 {
        out.amount("shares", shares);
    }
}

/// Other collateral, what it may be sold for, and a lien, where there are any.
fn write_security(out: &mut Writer, account: &MarginAccount, banks: &[&str]) {
    if account.has_other_collateral() {
        out.object("collateral", |out| {
            for (name, amount) in banks.iter().zip(account.capital.iter().skip(1)).filter(|(_, amount)| **amount != 0) {
                out.amount(name, *amount);
            }
        });
    }
    if account.debt_since != 0 {
        out.plain("debt_since", account.debt_since);
    }
    if lien::is_held(account) {
        out.object("lien", |out| {
            out.amount("floor", account.lien_floor).plain("called_at", account.lien_called_at);
            out.plain("notice_secs", account.lien_notice_secs);
        });
    }
}

/// The pool, where there is one, valued at the last marks.
fn write_pool(out: &mut Writer, books: &Books, now: Now) {
    let Ok(told) = question::pool(books, now) else { return };
    out.object("pool", |out| {
        out.amount("nav_high", told.nav_high).amount("nav_low", told.nav_low).amount("shares", told.shares);
        out.amount("price_high", told.price_high).amount("price_low", told.price_low);
        out.amount("reserve", told.reserve).amount("deposits_waiting", told.deposits_waiting);
        out.amount("shares_waiting", told.shares_waiting);
    });
}

/// Orders that wait, where there are any.
fn write_orders(out: &mut Writer, books: &Books, address: &Pubkey) {
    if books.orders_of(address).next().is_none() {
        return;
    }
    out.list("orders", |out| {
        for order in books.orders_of(address) {
            out.item(|out| {
                out.plain("order", order.number).amount("amount", order.amount);
                out.amount("filled", order.filled).amount("skipped", order.skipped);
            });
        }
    });
}

fn write_position(out: &mut Writer, market: &Market, position: &Position) {
    let quote = funding_due(market, position).ok().and_then(|due| position.quote.checked_sub(due));
    out.amount("base", position.base).amount_or_null("quote", quote);
    out.amount("unmatured", position.unmatured).amount("mature", position.mature).amount("debt", position.debt);
    if position.pledged != 0 {
        out.amount("pledged", position.pledged);
    }
}

fn write_range(out: &mut Writer, books: &Books, name: &str, market: &Market, range: &Range) {
    let held = books.ticks(market, range).ok().and_then(|(lower, upper)| entitlement(market, range, lower, upper).ok());
    out.text("market", name).plain("lower", range.lower).plain("upper", range.upper);
    out.amount("liquidity", range.liquidity.get());
    out.amount_or_null("net_base", held.map(|held| held.base)).amount_or_null("net_quote", held.map(|held| held.quote));
    out.amount_or_null("fees", held.map(|held| held.fees)).amount_or_null("funding", held.map(|held| held.funding));
}

/// Everybody's tokens: the right side of the first equality of protocol.md section 7.
fn owed(books: &Books, book: &BankBook) -> i128 {
    let index = usize::from(book.bank.index);
    let held = books.accounts.values().filter_map(|account| account.capital.get(index));
    let capital: i128 = held.map(|atoms| i128::from(*atoms)).sum();
    let of_markets = books.markets.values().flat_map(|market| [market.pot, market.insurance, market.treasury]);
    let insurance = books.exchange.map_or(0, |exchange| i128::from(exchange.insurance));
    let unbooked = i128::from(book.tokens) - i128::from(book.bank.booked);
    let waiting = books.tickets.values().filter(|ticket| ticket.bank == book.bank.index);
    let waiting: i128 = waiting.map(|ticket| i128::from(ticket.amount)).sum();
    if index != USDC {
        return capital + waiting + unbooked;
    }
    let reserve = books.exchange.map_or(0, |exchange| i128::from(exchange.pool_reserve));
    let pool = reserve + books.pool.map_or(0, |pool| i128::from(pool.deposits_waiting));
    capital + waiting + of_markets.map(i128::from).sum::<i128>() + insurance + pool + unbooked
}
