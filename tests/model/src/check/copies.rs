//! What is checked on a copy of the exchange (items 5 and 10): a trade in parts, a round trip, a range that is settled at
//! once, and time that passes in pieces.

use keel_engine::curve::Exact;
use keel_engine::funding;
use keel_engine::state::{Market, TickArray};
use keel_engine::trade::Order;
use keel_engine::{Error, Now, Side, mark};
use keel_simulator::action::{Done, Leg, LegFill, RangeAt};
use keel_simulator::setup::number;
use keel_simulator::{Action, Books, Simulator};

use super::{Checked, mixed, require};
use crate::world::World;

/// Checks on copies: `copied` is the exchange before the action, at its second.
pub(crate) fn on_copies(
    world: &mut World,
    copied: Simulator,
    action: &Action,
    outcome: &Result<Done, Error>,
    now: Now,
) -> Checked {
    let number_of_action = mixed(action, world.at);
    if let Some(market) = market_of(action).and_then(|place| copied.books.markets.get(&number(place))) {
        world.tally.saw("time in pieces");
        in_pieces(market, number_of_action, now)?;
    }
    match (action, outcome) {
        (Action::Trade { who, market, order }, Ok(Done::Traded { base, quote, fee, .. })) => {
            let fill = Fill { base: *base, quote: *quote, fee: *fee };
            if parts(world.books(), copied, (*who, *market), order, fill, number_of_action)? {
                world.tally.saw("trade in parts");
            }
            if round_trip(world.simulator.clone(), (*who, *market), fill)? {
                world.tally.saw("round trip");
            }
        }
        (Action::TradeLegs { who, legs }, Ok(Done::TradedLegs { fills })) => {
            one_by_one(world, copied, *who, legs, fills)?;
        }
        (Action::AddRange { who, market, .. }, Ok(Done::Added { slot })) => {
            world.tally.saw("range settled at once");
            settled_at_once(world.simulator.clone(), *who, *market, *slot)?;
        }
        _ => {}
    }
    Ok(())
}

const fn market_of(action: &Action) -> Option<usize> {
    match *action {
        Action::Refresh { market } | Action::Trade { market, .. } | Action::AddRange { market, .. } => Some(market),
        _ => None,
    }
}

/// n refreshes are one, for gaps up to `max_gap`.
fn in_pieces(market: &Market, number: u64, now: Now) -> Checked {
    let gap = now.unix - market.accrued_at;
    if !(1..=i64::from(market.params.max_gap_secs)).contains(&gap) {
        return Ok(());
    }
    let pass = |market: &mut Market, secs: i64| {
        mark::move_stable(market, secs.unsigned_abs());
        funding::accrue(market, Now { unix: market.accrued_at + secs, slot: now.slot });
    };
    let (mut once, mut often) = (*market, *market);
    pass(&mut once, gap);
    let first = number.cast_signed().rem_euclid(gap + 1);
    let second = (number.cast_signed() >> 9).rem_euclid(gap - first + 1);
    for secs in [first, second, gap - first - second] {
        if secs != 0 {
            pass(&mut often, secs);
        }
    }
    require(once == often, "n refreshes are one", || format!("{gap} s, or {first} and {second} and the rest"))
}

/// A fill, from the account's side.
#[derive(Clone, Copy)]
struct Fill {
    base: i64,
    quote: i64,
    fee: u64,
}

impl Fill {
    /// Quote atoms paid, the fee included.
    fn paid(&self) -> i128 {
        i128::from(self.fee) - i128::from(self.quote)
    }
}

/// Trades on a copy.
fn fill(copy: &mut Simulator, (who, market): (usize, usize), order: Order) -> Option<Fill> {
    match copy.play(&Action::Trade { who, market, order }) {
        Ok(Done::Traded { base, quote, fee, .. }) => Some(Fill { base, quote, fee }),
        _ => None,
    }
}

/// The same trade in two or three parts costs no less than the whole, but for an atom on a tick. Returns whether it could be compared.
fn parts(
    books: &Books,
    mut copy: Simulator,
    at: (usize, usize),
    order: &Order,
    whole: Fill,
    number: u64,
) -> Result<bool, super::Violation> {
    let (amount, filled, of_base) = match order.exact {
        Exact::Base(asked) => (asked, whole.base.unsigned_abs(), true),
        Exact::Quote(asked) => (asked, whole.quote.unsigned_abs(), false),
    };
    // What was filled in part ended where the curve does, and pays for the way there to the last unit of s.
    if amount < 2 || filled != amount {
        return Ok(false);
    }
    let first = 1 + number % (amount - 1);
    let second = (number >> 7) % (amount - first + 1);
    let mut sum = Fill { base: 0, quote: 0, fee: 0 };
    // A step that ends on a tick may cost an atom of base more than the exact amount, one that ends beside it does not.
    let mut slack = atom_on_a_tick(books, at.1);
    for part in [first, second, amount - first - second] {
        if part == 0 {
            continue;
        }
        let exact = if of_base { Exact::Base(part) } else { Exact::Quote(part) };
        let Some(fill) = fill(&mut copy, at, Order { exact, ..*order }) else { return Ok(false) };
        slack += atom_on_a_tick(&copy.books, at.1);
        sum = Fill { base: sum.base + fill.base, quote: sum.quote + fill.quote, fee: sum.fee + fill.fee };
    }
    let same = if of_base { sum.base == whole.base } else { sum.quote == whole.quote };
    if !same {
        return Ok(false);
    }
    let holds =
        if of_base { sum.paid() + slack >= whole.paid() } else { sum.base <= whole.base && sum.fee >= whole.fee };
    require(holds, "a trade in parts costs no less than the whole", || {
        let shown = |fill: &Fill| format!("base {} quote {} fee {}", fill.base, fill.quote, fill.fee);
        format!("whole {}, parts of {first} and {second} and the rest {}", shown(&whole), shown(&sum))
    })?;
    Ok(true)
}

/// What an atom of base costs at most where the curve stands on an initialised tick or at the index; nothing elsewhere.
fn atom_on_a_tick(books: &Books, place: usize) -> i128 {
    let Some(market) = books.markets.get(&number(place)) else { return 0 };
    let here = market.sqrt_price;
    let is_tick = |array: &TickArray| {
        let ticks = array.ticks.iter().enumerate();
        ticks.into_iter().any(|(slot, tick)| array.initialized >> slot & 1 == 1 && tick.sqrt_price == here)
    };
    if here != market.anchor && !books.arrays_of(market.index_number).any(is_tick) {
        return 0;
    }
    let price = i128::from(market.index.bits.max(market.mark.bits) >> 48) + 1;
    // The curve stands within a tenth of the index wherever there is a band, and a fee is two hundredths at most.
    2 * price + 2
}

/// Legs are the same trades one by one, where margin lets each through.
fn one_by_one(world: &mut World, mut copy: Simulator, who: usize, legs: &[Leg], fills: &[Option<LegFill>]) -> Checked {
    for (leg, whole) in legs.iter().zip(fills.iter().flatten()) {
        let Some(fill) = fill(&mut copy, (who, leg.market), leg.order) else { return Ok(()) };
        let same = (fill.base, fill.quote, fill.fee) == (whole.base, whole.quote, whole.fee);
        require(same, "legs are trades one by one", || {
            format!("{whole:?} against base {} quote {} fee {}", fill.base, fill.quote, fill.fee)
        })?;
    }
    require(copy.books.markets == world.books().markets, "legs leave the markets as trades one by one", || {
        format!("{legs:?}")
    })?;
    world.tally.saw("legs one by one");
    Ok(())
}

/// What was bought is sold again, or the other way, in the same second. Returns whether it could be compared.
fn round_trip(mut copy: Simulator, at: (usize, usize), there: Fill) -> Result<bool, super::Violation> {
    let side = if there.base > 0 { Side::Sell } else { Side::Buy };
    let exact = Exact::Base(there.base.unsigned_abs());
    let order = Order { side, exact, limit: None, reduce_only: false, all_or_nothing: true };
    let Some(back) = fill(&mut copy, at, order) else { return Ok(false) };
    require(there.paid() + back.paid() >= 0, "open and close never profits", || {
        format!("{} paid for {} and {} to return", there.paid(), there.base, back.paid())
    })?;
    Ok(true)
}

/// A range that has seen nothing brings nothing.
fn settled_at_once(mut copy: Simulator, who: usize, market: usize, slot: u8) -> Checked {
    match copy.play(&Action::SettleRange { who, market, range: RangeAt::Slot(slot), by: who }) {
        Ok(Done::Folded { base, quote, fees, funding }) => require(
            (-1..=0).contains(&base) && quote == 0 && fees == 0 && funding == 0,
            "a range that has seen nothing brings nothing",
            || format!("base {base}, quote {quote}, fees {fees}, funding {funding}"),
        ),
        other => require(false, "a range can always be settled", || format!("{other:?}")),
    }
}
