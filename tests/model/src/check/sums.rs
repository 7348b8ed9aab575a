//! What all holders have together, and that no operation makes it more (items 1, 2 and 3).

use keel_engine::closing::is_closed;
use keel_engine::pot::funding_due;
use keel_engine::ranges::entitlement;
use keel_engine::state::{Market, Position, USDC};
use keel_simulator::action::Done;
use keel_simulator::{Action, Books};

use super::{Checked, Memory, Track, Violation, require};

/// What the holders of one market have together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MarketSums {
    /// Base of positions.
    pub position_base: i128,
    /// Quote of positions, less the funding that they owe.
    pub position_quote: i128,
    /// Claims of positions, mature and not.
    pub claims: i128,
    /// Funding that positions owe.
    pub due: i128,
    /// Positions whose funding since their checkpoint is rounded up.
    pub rounded: i128,
    /// Net base of ranges.
    pub range_base: i128,
    /// Quote, fees and funding of ranges.
    pub range_quote: i128,
    /// Live ranges.
    pub ranges: i128,
    /// Base that was settled at the final mark.
    pub closed_base: i128,
}

impl MarketSums {
    /// Base that the rounding holder holds: minus what everybody else does.
    pub const fn rounding_base(&self) -> i128 {
        -(self.position_base + self.range_base + self.closed_base)
    }

    /// Base of positions and ranges.
    const fn base(&self) -> i128 {
        self.position_base + self.range_base
    }

    /// Quote of positions and ranges, claims at face.
    const fn quote(&self) -> i128 {
        self.position_quote + self.range_quote + self.claims
    }
}

/// What all holders have together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Capital of all accounts, what waits to be paid, and what the pool has beside its account.
    pub capital: i128,
    /// Capital in each other bank and what waits there, in the order of their numbers.
    pub others: Vec<i128>,
    /// Each market, in the order of their numbers.
    pub markets: Vec<MarketSums>,
}

fn unreadable(error: impl std::fmt::Display) -> Violation {
    Violation::new("every holder can be valued", error.to_string())
}

impl Sums {
    pub fn of(books: &Books) -> Result<Self, Violation> {
        // What waits is its owner's until it is paid.
        let held = |bank: usize| -> i128 {
            let held = books.accounts.values().filter_map(|account| account.capital.get(bank));
            let waiting = books.tickets.values().filter(|ticket| usize::from(ticket.bank) == bank);
            held.chain(waiting.map(|ticket| &ticket.amount)).map(|amount| i128::from(*amount)).sum()
        };
        let others = (1..books.banks.len()).map(held).collect();
        // As is what the pool has set aside, and what is on its way to it.
        let set_aside = books.exchange.map_or(0, |exchange| i128::from(exchange.pool_reserve));
        let coming = books.pool.map_or(0, |pool| i128::from(pool.deposits_waiting));
        let capital = held(USDC) + set_aside + coming;
        let markets = books.markets.values().map(|market| MarketSums::of(books, market)).collect::<Result<_, _>>()?;
        Ok(Self { capital, others, markets })
    }
}

impl MarketSums {
    fn of(books: &Books, market: &Market) -> Result<Self, Violation> {
        let mut sums = Self { closed_base: market.closed_base.into(), ..Self::default() };
        for account in books.accounts.values() {
            for position in account.positions.iter().filter(|position| position.market == market.index_number) {
                sums.add_position(market, position)?;
            }
        }
        for (_, range) in books.ranges_in(market.index_number) {
            let (lower, upper) = books.ticks(market, range).map_err(unreadable)?;
            let held = entitlement(market, range, lower, upper).map_err(unreadable)?;
            sums.range_base += i128::from(held.base);
            sums.range_quote += i128::from(held.total_quote().map_err(unreadable)?);
            sums.ranges += 1;
        }
        Ok(sums)
    }

    fn add_position(&mut self, market: &Market, position: &Position) -> Checked {
        let due = i128::from(funding_due(market, position).map_err(unreadable)?);
        self.due += due;
        // A receipt below an atom rounds to nothing owed, and comes into sight later.
        self.rounded += i128::from(position.base != 0 && position.funding != market.funding);
        self.position_base += i128::from(position.base);
        self.position_quote += i128::from(position.quote) - due;
        self.claims += i128::from(position.unmatured) + i128::from(position.mature);
        Ok(())
    }
}

/// Checks the sums after an action against those before it.
pub(super) fn check(books: &Books, memory: &Memory, after: &Sums, action: &Action, done: &Done) -> Checked {
    for (bank, (old, new)) in (1..).zip(memory.sums.others.iter().zip(&after.others)) {
        let given = given(action, done, bank);
        require(new - old == given, "no token of a bank comes from nowhere", || {
            format!("{old} to {new} in bank {bank}, {given} given")
        })?;
    }
    let prices = books.markets.values().map(|market| i128::from(market.mark.bits));
    let prices: Vec<i128> = prices.collect();
    // At the marks, at half of them and at twice as much: what is worth nothing more at any price is a gift to nobody.
    for (numerator, denominator) in [(1, 1), (1, 2), (2, 1)] {
        // A closed market has no other price than its last.
        let at = |(market, price): (&Market, &i128)| {
            if is_closed(market) { *price } else { price * numerator / denominator }
        };
        let at: Vec<i128> = books.markets.values().zip(&prices).map(at).collect();
        no_gain(books, memory, after, given(action, done, USDC), &at)?;
    }
    for ((market, sums), track) in books.markets.values().zip(&after.markets).zip(&memory.tracks) {
        rounding(market, sums, track)?;
    }
    Ok(())
}

/// What comes to holders from outside of them, in atoms of a bank: deposits less withdrawals, and what a resolution takes off
/// a debtor for claims that are his no more.
fn given(action: &Action, done: &Done, of: usize) -> i128 {
    match (action, done) {
        (Action::Deposit { amount, bank, .. } | Action::DepositAndTrade { amount, bank, .. }, _) if *bank == of => {
            i128::from(*amount)
        }
        (Action::Withdraw { amount, bank, .. }, _) if *bank == of => -i128::from(*amount),
        (Action::PayWithdrawal { bank, .. }, Done::Paid { paid, .. }) if *bank == of => -i128::from(*paid),
        _ if of != USDC => 0,
        // What the pool pays is a holder's.
        (_, Done::Resolved { pledged, surplus, insurance, exchange, treasury, written_off, .. }) => {
            let covered = [surplus, insurance, exchange, treasury, written_off];
            covered.map(|part| i128::from(*part)).iter().sum::<i128>() - i128::from(*pledged)
        }
        _ => 0,
    }
}

/// Item 3: the worth of all holders at fixed prices only changes by what comes from outside. In 2^-48 quote atoms.
fn no_gain(books: &Books, memory: &Memory, after: &Sums, given: i128, prices: &[i128]) -> Checked {
    let before = &memory.sums;
    let mut gained = (after.capital - before.capital - given) << 48;
    let mut slack = 0;
    for (((old, new), price), market) in
        before.markets.iter().zip(&after.markets).zip(prices).zip(books.markets.values())
    {
        gained += (new.base() - old.base()) * price + ((new.quote() - old.quote()) << 48);
        // Entitlements are rounded down one by one: of what was rounded off before, an atom of base and three of quote for
        // each range may come back into sight, and an atom for each position's funding.
        slack += old.ranges.max(new.ranges) * (price + (3 << 48)) + (old.rounded << 48);
        // The rounding holder pays funding like any other.
        slack += memory.tracks.get(usize::from(market.index_number) - 1).map_or(0, |track| track.rounding_paid() >> 16);
    }
    require(gained <= slack, "no operation creates equity", || {
        format!("wealth at {prices:?} rose by {} quote atoms, rounding explains {}", gained >> 48, slack >> 48)
    })
}

/// What rounding leaves is the protocol's, and little.
fn rounding(market: &Market, sums: &MarketSums, track: &Track) -> Checked {
    let (least, most) = track.rounding_funding;
    let operations = i128::from(market.operations);
    let base = sums.rounding_base();
    require((0..=2 * operations + sums.ranges).contains(&base), "the rounding holder has base, and little", || {
        format!("{base} base atoms after {operations} operations in market {}", market.index_number)
    })?;
    let closed = (sums.closed_base * i128::from(market.mark.bits)) >> 48;
    let quote = i128::from(market.curve_quote) - sums.range_quote + sums.due + closed;
    let (low, high) = ((quote << 64) + most, (quote << 64) + least);
    // One part in 2^48 of an atom for each rounded inverse is all that the exact sums leave open. Beyond that its quote is
    // what funding took from its base.
    require(low >= -(1 << 40), "rounding is in the protocol's favour", || {
        format!("{quote} quote atoms of the rounding holder, {} of funding on its base", most >> 64)
    })?;
    // A step leaves quote, growth of quote, growth of fees and the fee itself, an atom each; a fold quote, fees, funding.
    // Funding of ranges is rounded up second by second, so that it does not matter how time is cut.
    let bound = 6 * operations + 4 * sums.ranges + (track.growth_dust >> 64);
    require(high >> 64 <= bound, "rounding is at most an atom for each holder and operation", || {
        format!("{quote} quote atoms of the rounding holder after {operations} operations")
    })
}
