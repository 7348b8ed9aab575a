//! Margin accounts by themselves: capital in banks that there are, debts with their time, and liens that are whole or not
//! there.

use keel_engine::lien::{self, MAX_NOTICE_SECS};

use super::{Broken, Findings};
use crate::books::Books;

pub(super) fn check(books: &Books, findings: &mut Findings) -> Result<(), Broken> {
    for (address, account) in &books.accounts {
        let nowhere =
            account.capital.iter().zip(0u8..).find(|(held, bank)| **held != 0 && !books.banks.contains_key(bank));
        findings.require(nowhere.is_none(), "capital is in a bank that there is", || {
            format!("{address}: {:?}", account.capital)
        })?;
        let owes = account.positions.iter().any(|position| position.debt != 0);
        findings.require(owes == (account.debt_since != 0), "who owes has the time since which he does", || {
            format!("{address} owes {owes}, since {}", account.debt_since)
        })?;
        let terms = (account.lien_floor, account.lien_called_at, account.lien_notice_secs);
        let is_whole = if lien::is_held(account) {
            account.lien_floor != 0 && account.lien_called_at >= 0 && account.lien_notice_secs <= MAX_NOTICE_SECS
        } else {
            terms == (0, 0, 0)
        };
        findings.require(is_whole, "a lien has a holder, a floor and a notice, or nothing", || {
            format!("{address}: floor, call and notice {terms:?}")
        })?;
    }
    Ok(())
}
