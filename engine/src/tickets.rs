//! Withdrawals that wait for the bank's outflow limit: first in, first out, cancellable (protocol.md section 7).
//!
//! What is queued has left its account's capital and counts in no health; until it is paid it can only be paid, or come
//! back. **The first in the queue never holds up the others**: it is paid, or, where it may not or cannot be, its tokens
//! return to its account and it ends. Only an index that anybody can bring up to date, a pause and an empty bucket delay it.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::listing::VERSION;
use crate::params::MILLION;
use crate::state::{Bank, MarginAccount, Ranges, Ticket};
use crate::vault::capital_mut;
use crate::view::View;
use crate::{collateral, governance, liquidation, margin, oracle, outflow};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Address of the margin account.
    pub account: [u8; 32],
    /// The owner's token account that is to get the tokens.
    pub destination: [u8; 32],
    /// Who pays for the ticket's account.
    pub payer: [u8; 32],
    /// Atoms.
    pub amount: u64,
    /// Bump of the ticket's address.
    pub bump: u8,
}

/// What became of the first in the queue.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Atoms that leave the bank.
    pub paid: u64,
    /// Atoms that went back to the account's capital.
    pub returned: u64,
    /// Atoms that still wait.
    pub rest: u64,
}

impl Payout {
    /// Whether the ticket ended and is no longer the first.
    pub const fn is_ended(&self) -> bool {
        self.rest == 0
    }
}

/// What became of a cancelled one.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// Atoms that went back to the account's capital.
    pub returned: u64,
    /// Whether it was the first and ended; else it stays as an empty one until it is.
    pub is_ended: bool,
}

/// Puts a withdrawal at the end of the queue, in a zeroed ticket. It is checked as a withdrawal is; neither the limit nor a
/// pause refuses it.
///
/// Errors: `TicketTooSmall`, `AccountFlagged`, `TicketsOpen` for an account with 255 of them, `InsufficientCapital`,
/// `InsufficientMargin`, those of [`margin::initial`].
pub fn queue(
    ticket: &mut Ticket,
    request: &Request,
    account: &mut MarginAccount,
    bank: &mut Bank,
    (ranges, view): (Option<&Ranges>, &View),
    now: Now,
) -> Result<()> {
    let amount = request.amount;
    if amount < smallest(bank) {
        return Err(Error::TicketTooSmall);
    }
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    account.tickets = account.tickets.checked_add(1).ok_or(Error::TicketsOpen)?;
    let capital = capital_mut(account, bank)?;
    *capital = capital.checked_sub(amount).ok_or(Error::InsufficientCapital)?;
    bank.queued = bank.queued.checked_add(amount).ok_or(Error::MathOverflow)?;
    margin::initial(account, ranges, &view.with_bank(bank), &[], now)?.require_withdrawal()?;
    *ticket = Ticket {
        account: request.account,
        destination: request.destination,
        payer: request.payer,
        number: bank.queue_tail,
        amount,
        queued_at: now.unix,
        bank: bank.index,
        bump: request.bump,
        version: VERSION,
        ..*ticket
    };
    bank.queue_tail = bank.queue_tail.checked_add(1).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// The smallest withdrawal that may wait, in atoms.
fn smallest(bank: &Bank) -> u64 {
    collateral::atoms_floor(bank, u64::from(bank.min_ticket_usd).saturating_mul(u64::from(MILLION)))
}

/// Pays what there is room for to the first in the queue, or returns it to its account: one that is flagged or no longer
/// backed without it, one whose destination cannot take tokens any more (`is_payable` false), one whose health nobody can
/// tell because an index is older than even a liquidation allows. The caller moves the tokens and closes the ticket's
/// account when it ended. A return that cures a flagged account clears its flag.
///
/// Errors: `TicketNotNext`, `MarkStale` and `CollateralStale` while a refresh would help, `MarketMissing`, `BankMissing`, `RangesAccountMissing` and
/// `TickArrayMissing` where the caller left them out, `WithdrawalsPaused`, `OutflowLimitReached` with less room than is
/// worth a payment.
pub fn pay(
    ticket: &mut Ticket,
    account: &mut MarginAccount,
    bank: &mut Bank,
    (ranges, view): (Option<&Ranges>, &View),
    is_payable: bool,
    now: Now,
) -> Result<Payout> {
    require_next(ticket, bank)?;
    if ticket.amount == 0 {
        return Ok(skipped(bank));
    }
    if !is_payable || !is_backed(account, ranges, &view.with_bank(bank), now)? {
        let returned = give_back(ticket, account, bank)?;
        advance(bank);
        // The flag of an account whose health cannot be told stays.
        let _free = liquidation::cure(account, ranges, &view.with_bank(bank), now);
        return Ok(Payout { paid: 0, returned, rest: 0 });
    }
    governance::require_withdrawals_open(bank, now)?;
    outflow::touch(bank, now);
    let paid = ticket.amount.min(bank.room);
    // No crumbs, unless the whole bucket is one.
    if paid < ticket.amount.min(smallest(bank)).min(outflow::capacity_ceil(bank)) {
        return Err(Error::OutflowLimitReached);
    }
    bank.room = bank.room.saturating_sub(paid);
    bank.booked = bank.booked.checked_sub(paid).ok_or(Error::MathOverflow)?;
    bank.queued = bank.queued.checked_sub(paid).ok_or(Error::MathOverflow)?;
    ticket.amount = ticket.amount.saturating_sub(paid);
    if ticket.amount == 0 {
        account.tickets = account.tickets.checked_sub(1).ok_or(Error::MathOverflow)?;
        advance(bank);
    }
    Ok(Payout { paid, returned: 0, rest: ticket.amount })
}

/// Ends a cancelled ticket that is the first in the queue; its account may be gone.
///
/// Errors: `TicketNotNext`, `AccountMissing` for one that is not cancelled, which is paid from its account.
pub fn skip(ticket: &Ticket, bank: &mut Bank) -> Result<Payout> {
    require_next(ticket, bank)?;
    if ticket.amount == 0 { Ok(skipped(bank)) } else { Err(Error::AccountMissing) }
}

/// Takes a ticket out of the queue: its tokens return to the account.
///
/// Errors: `ZeroAmount` for one that is cancelled already.
pub fn cancel(ticket: &mut Ticket, account: &mut MarginAccount, bank: &mut Bank) -> Result<Cancelled> {
    if ticket.amount == 0 {
        return Err(Error::ZeroAmount);
    }
    let returned = give_back(ticket, account, bank)?;
    let is_ended = ticket.number == bank.queue_head;
    if is_ended {
        advance(bank);
    }
    Ok(Cancelled { returned, is_ended })
}

/// Whether anybody may cancel an account's tickets: while it is flagged or owes, so that no money hides in the queue.
pub fn may_cancel_other(account: &MarginAccount) -> bool {
    account.flagged_at != 0 || account.positions.iter().any(|position| position.debt != 0)
}

/// Refuses an account with waiting withdrawals: `TicketsOpen`.
pub const fn require_none(account: &MarginAccount) -> Result<()> {
    if account.tickets == 0 { Ok(()) } else { Err(Error::TicketsOpen) }
}

fn require_next(ticket: &Ticket, bank: &Bank) -> Result<()> {
    if ticket.bank != bank.index {
        return Err(Error::WrongBank);
    }
    if ticket.number == bank.queue_head { Ok(()) } else { Err(Error::TicketNotNext) }
}

fn skipped(bank: &mut Bank) -> Payout {
    advance(bank);
    Payout { paid: 0, returned: 0, rest: 0 }
}

const fn advance(bank: &mut Bank) {
    bank.queue_head = bank.queue_head.saturating_add(1);
}

/// Returns what a ticket holds to its account's capital.
fn give_back(ticket: &mut Ticket, account: &mut MarginAccount, bank: &mut Bank) -> Result<u64> {
    let amount = ticket.amount;
    let capital = capital_mut(account, bank)?;
    *capital = capital.checked_add(amount).ok_or(Error::MathOverflow)?;
    bank.queued = bank.queued.checked_sub(amount).ok_or(Error::MathOverflow)?;
    account.tickets = account.tickets.checked_sub(1).ok_or(Error::MathOverflow)?;
    ticket.amount = 0;
    Ok(amount)
}

/// Whether the account may still withdraw. Errors are only what the caller can mend.
fn is_backed(account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<bool> {
    if account.flagged_at != 0 {
        return Ok(false);
    }
    let judged = margin::initial(account, ranges, view, &[], now).and_then(|health| health.require_withdrawal());
    match judged {
        Ok(()) => Ok(true),
        Err(
            error @ (Error::MarketMissing | Error::BankMissing | Error::RangesAccountMissing | Error::TickArrayMissing),
        ) => Err(error),
        Err(error @ (Error::MarkStale | Error::CollateralStale)) if !is_outage(account, view, now) => Err(error),
        Err(_) => Ok(false),
    }
}

/// Whether the mark of a market that the account holds, or the price of its collateral, is older than even a liquidation
/// allows.
fn is_outage(account: &MarginAccount, view: &View, now: Now) -> bool {
    if collateral::is_outage(account, view, now) {
        return true;
    }
    let held = account.positions.iter().filter(|position| position.base != 0 || position.ranges != 0);
    held.filter_map(|position| view.market(position.market).ok()).any(|market| {
        let oldest = u64::from(market.params.max_age_liquidation_secs);
        oracle::require_mark(market, now).is_err() && oracle::age_secs(market, now) > oldest
    })
}
