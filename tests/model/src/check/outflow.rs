//! Each bank's outflow limit over every window, and its queue: told from what moved, without the bucket (item 8).

use std::collections::BTreeMap;

use keel_engine::Now;
use keel_engine::state::{Bank, USDC};
use keel_simulator::action::Done;
use keel_simulator::{Action, Books};

use super::{Checked, require};

/// Something that came in (positive) or left.
#[derive(Clone, Copy, Debug)]
struct Flow {
    at: i64,
    amount: i128,
    /// What the limit was before and after it, in atoms an hour: the larger.
    capacity: f64,
    /// What was left of deposits before it.
    excess: f64,
}

/// What a ticket was for, and what became of it.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    amount: u64,
    gone: u64,
}

/// What came into the bank and left it, and what waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outflow {
    bank: usize,
    flows: Vec<Flow>,
    tickets: BTreeMap<u64, Waiting>,
}

/// Seconds in which what is left of a deposit halves.
const HALF_LIFE: f64 = 600.0;

fn capacity(bank: &Bank) -> f64 {
    let part = bank.booked as f64 * f64::from(bank.outflow_limit_ppm_per_hour) / 1e6;
    // The floor is in USD: of other collateral so many atoms as that is worth.
    let price = bank.latest.bits as f64 / 2f64.powi(48);
    let of_usd = if usize::from(bank.index) == USDC || price == 0.0 { 1.0 } else { 1.0 / price };
    part.max(f64::from(bank.outflow_floor_usd) * 1e6 * of_usd)
}

impl Outflow {
    /// Of a bank as it starts: all that it holds was just deposited.
    pub fn of(books: &Books, bank: usize) -> Self {
        let Some(book) = books.bank(bank) else { return Self::default() };
        let (capacity, amount) = (capacity(&book.bank), i128::from(book.bank.booked));
        Self { bank, flows: vec![Flow { at: book.bank.room_at, amount, capacity, excess: 0.0 }], ..Self::default() }
    }

    /// Takes what an action moved.
    pub fn follow(&mut self, before: &Books, after: &Books, action: &Action, done: &Done, now: Now) -> Checked {
        let (Some(old), Some(new)) = (before.bank(self.bank), after.bank(self.bank)) else { return Ok(()) };
        self.queue(&old.bank, &new.bank, action, done)?;
        let amount = i128::from(new.bank.booked) - i128::from(old.bank.booked);
        let (was, is) = (capacity(&old.bank), capacity(&new.bank));
        if amount == 0 && was == is {
            return Ok(());
        }
        if let (Action::Withdraw { bank: of, .. }, bank) = (action, &old.bank)
            && *of == self.bank
        {
            require(bank.queue_head == bank.queue_tail, "who withdraws at once passes nobody", || {
                format!("{} to {} wait", bank.queue_head, bank.queue_tail)
            })?;
        }
        let excess = self.flows.last().map_or(0.0, |last| {
            let elapsed = (now.unix - last.at) as f64;
            (last.excess + last.amount.max(0) as f64) * (-elapsed / HALF_LIFE).exp2()
        });
        // A limit in USD falls as the price rises: what there was room for before goes as a deposit does.
        let fallen = if amount == 0 { (was - is).max(0.0) } else { 0.0 };
        self.flows.push(Flow { at: now.unix, amount, capacity: was.max(is), excess: excess + fallen });
        if amount < 0 { self.windows(now) } else { Ok(()) }
    }

    /// Every window that ends now.
    fn windows(&self, now: Now) -> Checked {
        let (mut out, mut largest) = (0_i128, 0.0_f64);
        for flow in self.flows.iter().rev() {
            out -= flow.amount;
            largest = largest.max(flow.capacity);
            let hours = (now.unix - flow.at) as f64 / 3_600.0;
            let bound = largest.mul_add(1.0 + hours, flow.excess);
            require(out as f64 <= bound * (1.0 + 1e-9) + 2.0, "the outflow limit holds over every window", || {
                format!("{out} atoms left in {hours} hours, {bound} may")
            })?;
        }
        Ok(())
    }

    /// First in, first out, and nobody is paid more than he waits for.
    fn queue(&mut self, old: &Bank, new: &Bank, action: &Action, done: &Done) -> Checked {
        let ends = |bank: &Bank| (bank.queue_head, bank.queue_tail);
        let expected = match (action, done) {
            (Action::QueueWithdrawal { bank, amount, .. }, Done::Queued { ticket }) if *bank == self.bank => {
                self.tickets.insert(*ticket, Waiting { amount: *amount, gone: 0 });
                require(*ticket == old.queue_tail, "who queues is the last", || format!("{ticket} of {old:?}"))?;
                (old.queue_head, old.queue_tail + 1)
            }
            (Action::PayWithdrawal { bank, ticket }, Done::Paid { paid, returned, rest }) if *bank == self.bank => {
                let number = ticket.unwrap_or(old.queue_head);
                require(number == old.queue_head, "the first is paid first", || format!("{number} of {old:?}"))?;
                let waiting = self.tickets.entry(number).or_insert(Waiting { amount: 0, gone: 0 });
                waiting.gone += paid + returned;
                let is_whole = waiting.gone + rest == waiting.amount || (*paid, *returned, *rest) == (0, 0, 0);
                let (waiting, is_one) = (*waiting, *paid == 0 || *returned == 0);
                require(is_whole && is_one, "nobody is paid twice", || format!("{number}: {waiting:?}, {rest} left"))?;
                (old.queue_head + u64::from(*rest == 0), old.queue_tail)
            }
            // It may have been the first.
            (Action::CancelWithdrawal { bank, .. }, _) if *bank == self.bank => {
                let head = if new.queue_head == old.queue_head { old.queue_head } else { old.queue_head + 1 };
                (head, old.queue_tail)
            }
            _ => ends(old),
        };
        require(ends(new) == expected, "the queue moves by one", || format!("{old:?} to {new:?} by {action:?}"))
    }
}
