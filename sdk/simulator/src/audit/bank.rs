//! Tokens, of each bank: `tokens in the bank = capital + pots + insurance + treasury + queued + the pool's + unbooked`
//! (protocol.md section 7); what is not capital or queued is in USDC.

use keel_engine::state::USDC;

use super::{Broken, Findings};
use crate::books::Books;

pub(super) fn check(books: &Books, findings: &mut Findings) -> Result<(), Broken> {
    for (number, book) in &books.banks {
        let index = usize::from(*number);
        let capital: i128 = books
            .accounts
            .values()
            .filter_map(|account| account.capital.get(index))
            .map(|part| i128::from(*part))
            .sum();
        let waiting: i128 = books
            .tickets
            .values()
            .filter(|ticket| ticket.bank == *number)
            .map(|ticket| i128::from(ticket.amount))
            .sum();
        findings.equal(waiting, i128::from(book.bank.queued), "waiting withdrawals = queued")?;
        let mut owned = capital + waiting;
        // Everything but capital is in quote atoms.
        if index == USDC {
            let of_markets = books.markets.values().map(|m| [m.pot, m.insurance, m.treasury]);
            owned += of_markets.flatten().map(i128::from).sum::<i128>();
            owned += books.exchange.map_or(0, |exchange| i128::from(exchange.insurance));
            owned += books.exchange.map_or(0, |exchange| i128::from(exchange.pool_reserve));
            owned += books.pool.map_or(0, |pool| i128::from(pool.deposits_waiting));
        }
        let booked = i128::from(book.bank.booked);
        findings.equal(owned, booked, "capital + pots + insurance + treasury + queued + the pool's = booked tokens")?;
        findings.require(book.tokens >= book.bank.booked, "the vault holds what is booked", || {
            format!("{} tokens for {booked} booked", book.tokens)
        })?;
        if index == USDC {
            findings.unbooked = book.tokens.saturating_sub(book.bank.booked);
        }
    }
    Ok(())
}
