//! A market's holders: net base and net quote sum to zero over takers, ranges and the rounding holder, and unsettled value
//! is what the pot and written-off losses stand for. `base * price` stays unrounded: it cancels, because base does.

use keel_engine::pot::funding_due;
use keel_engine::ranges::entitlement;
use keel_engine::state::{Market, Position};
use keel_engine::units::Rate;

use super::{Broken, Findings, unreadable};
use crate::books::Books;

/// What the holders of one market have together.
#[derive(Default)]
struct Sums {
    long: i128,
    short: i128,
    quote: i128,
    claims: i128,
    debt: i128,
    funding_due: i128,
    range_base: i128,
    range_quote: i128,
    folded_base: i128,
    ranges: i128,
    positions: i128,
}

pub(super) fn check(books: &Books, market: &Market, findings: &mut Findings) -> Result<(), Broken> {
    let sums = Sums::of(books, market)?;
    findings.equal(sums.long, market.long_base.into(), "long positions = long_base")?;
    findings.equal(sums.short, market.short_base.into(), "short positions = short_base")?;
    findings.equal(sums.folded_base, market.folded_base.into(), "base folded by live ranges = folded_base")?;
    findings.equal(sums.claims, market.claims.into(), "claims of positions = claims on the pot")?;
    findings.equal(sums.debt, market.uncovered.into(), "debts of positions = uncovered")?;
    findings.equal(sums.positions, market.positions.into(), "positions = their count")?;

    let unsettled = i128::from(market.curve_quote) + sums.quote;
    let behind = i128::from(market.insurance_claim) + i128::from(market.treasury_claim);
    findings.equal(
        unsettled + sums.claims + behind + i128::from(market.surplus),
        i128::from(market.pot) + i128::from(market.written_off),
        "unsettled value + claims + surplus = pot + written-off losses",
    )?;

    // What nobody else has is the rounding holder's.
    let cap = Rate::from_ppm(market.params.funding_cap_ppm_per_hour).bits;
    findings.require(market.funding_rate.bits.abs() <= cap, "the funding rate keeps to its cap", || {
        format!("{} of {cap}", market.funding_rate.bits)
    })?;
    // Whose base was settled at the final mark has left it to the market.
    let base = -(sums.long - sums.short + sums.range_base + i128::from(market.closed_base));
    let bound = i128::from(market.operations) + sums.ranges;
    findings.require((0..=bound).contains(&base), "0 <= rounding base <= operations", || {
        format!("{base} base atoms after {bound} operations and ranges")
    })?;
    let closed = (i128::from(market.closed_base) * i128::from(market.mark.bits)) >> 48;
    let quote = i128::from(market.curve_quote) - sums.range_quote + sums.funding_due + closed;
    // Its base is long and pays funding like any other.
    let funding = (base * market.funding.get().abs()) >> 64;
    findings.require(quote >= -(bound + funding), "the rounding holder's quote is not negative", || {
        format!("{quote} quote atoms after {bound} operations, {funding} of funding on its base")
    })?;
    findings.rounding_base += base;
    findings.rounding_quote += quote;
    Ok(())
}

impl Sums {
    fn of(books: &Books, market: &Market) -> Result<Self, Broken> {
        let mut sums = Self::default();
        let positions = books.accounts.values().flat_map(|account| &account.positions);
        for position in positions.filter(|position| position.market == market.index_number) {
            sums.add_position(market, position)?;
        }
        for (_, range) in books.ranges_in(market.index_number) {
            let (lower, upper) = books
                .ticks(market, range)
                .map_err(|error| Broken { equality: "every range has its ticks", figures: error.to_string() })?;
            let held = entitlement(market, range, lower, upper).map_err(unreadable("every range can be valued"))?;
            let quote = held.total_quote().map_err(unreadable("every range can be valued"))?;
            sums.range_base += i128::from(held.base);
            sums.range_quote += i128::from(quote);
            sums.folded_base += i128::from(range.folded_base);
            sums.ranges += 1;
        }
        Ok(sums)
    }

    fn add_position(&mut self, market: &Market, position: &Position) -> Result<(), Broken> {
        let base = i128::from(position.base);
        self.positions += 1;
        self.long += base.max(0);
        self.short += (-base).max(0);
        self.quote += i128::from(position.quote);
        let claims = [position.unmatured, position.mature, position.pledged];
        self.claims += claims.map(i128::from).iter().sum::<i128>();
        self.debt += i128::from(position.debt);
        let due = funding_due(market, position).map_err(unreadable("every position's funding can be told"))?;
        self.funding_due += i128::from(due);
        Ok(())
    }
}

/// Claims that are pledged to a market's insurance, and that nothing is open beside them.
pub(super) fn check_pledges(books: &Books, market: &Market, findings: &mut Findings) -> Result<(), Broken> {
    let positions = books.accounts.values().flat_map(|account| &account.positions);
    let mut pledges = 0;
    for position in positions.filter(|position| position.pledged != 0 || position.creditor != 0) {
        pledges += i128::from(position.creditor == market.index_number);
        let is_closed = position.base == 0 && position.ranges == 0 && position.debt == 0;
        let has_creditor = books.markets.contains_key(&position.creditor) && position.creditor != position.market;
        let holds = position.pledged != 0 && is_closed && has_creditor;
        findings
            .require(holds, "what is pledged has a creditor and nothing open beside it", || format!("{position:?}"))?;
    }
    findings.equal(pledges, market.pledges.into(), "positions pledged to a market = its count")
}

/// Counts of ranges, in accounts and in their positions.
pub(super) fn check_accounts(books: &Books, findings: &mut Findings) -> Result<(), Broken> {
    for (address, account) in &books.accounts {
        let ranges = books.ranges.get(address);
        let held = |market: u16| {
            let slots = ranges.iter().flat_map(|ranges| &ranges.ranges);
            slots.filter(|range| range.market == market).count() as i128
        };
        let empty = ranges.map_or(0, |_| held(0));
        let all = ranges.map_or(0, |ranges| ranges.ranges.len() as i128);
        findings.equal(all - empty, account.ranges.into(), "ranges of an account = its count")?;
        for position in account.positions.iter().filter(|position| !position.is_empty()) {
            findings.equal(held(position.market), position.ranges.into(), "ranges of a position = its count")?;
        }
    }
    Ok(())
}
