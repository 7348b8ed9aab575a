//! Standing orders keep their word: nothing beyond amount, limit, position, time or tip, whoever executes, and nobody but
//! who may ends one that may still be executed.

use keel_engine::Side;
use keel_engine::closing::is_closed;
use keel_engine::orders::{self, CLEANING_TIP, Cleaned, Ended, Kind, REDUCE_ONLY};
use keel_engine::state::{Market, PlacedOrder};
use keel_engine::units::Price;
use keel_engine::{Now, trade};
use keel_simulator::action::Done;
use keel_simulator::orders::OrderAct;
use keel_simulator::{Action, Books};
use solana_pubkey::Pubkey;

use super::{Checked, Prior, fill, require};
use crate::world::World;

/// An order by the place of its account and its number, the first where none is named.
pub(super) fn find<'a>(world: &World, books: &'a Books, who: usize, number: Option<u64>) -> Option<&'a PlacedOrder> {
    let account = world.addresses.get(who)?;
    books.orders.get(&(*account, number.or_else(|| books.first_order(account))?))
}

/// The place of the market in which an action executes an order.
pub(super) fn market_of(world: &World, books: &Books, action: &Action) -> Option<usize> {
    let Action::Order(OrderAct::Execute { who, number, .. }) = *action else { return None };
    find(world, books, who, number).map(|order| usize::from(order.market).saturating_sub(1))
}

pub(super) fn check(world: &World, action: &Action, done: &Done, prior: &Prior, now: Now) -> Checked {
    let Action::Order(act) = *action else { return Ok(()) };
    let (who, number, by) = act.parts();
    match (act, *done) {
        (OrderAct::Execute { .. }, Done::OrderExecuted { base, quote, tip, ended, .. }) => {
            let Some(order) = find(world, &world.before, who, number) else { return Ok(()) };
            let Some(market) = &prior.market else { return Ok(()) };
            executed(world, who, order, (base, quote), (tip, ended), (market, now))?;
            // And as a trade of its own, with all that holds for one.
            let Some(account) = world.addresses.get(who).and_then(|account| world.before.accounts.get(account)) else {
                return Ok(());
            };
            let wanted = orders::due(order, account, market, now);
            require(wanted.is_ok(), "what is executed was due", || format!("{wanted:?}"))?;
            let place = usize::from(order.market).saturating_sub(1);
            wanted.map_or(Ok(()), |wanted| fill::trade(world, who, place, &wanted, (base, quote), prior, now))
        }
        (OrderAct::Clean { .. }, Done::OrderCleaned { tip, ended }) => {
            let Some(order) = find(world, &world.before, who, number) else { return Ok(()) };
            cleaned(world, who, order, Cleaned { tip, ended }, now)
        }
        (OrderAct::Cancel { .. }, _) => {
            let owner = |who: usize| world.simulator.holder(who).map(|holder| holder.owner.to_bytes()).ok();
            let Some(order) = find(world, &world.before, who, number) else { return Ok(()) };
            let is_owners = owner(by) == owner(who) || owner(by) == Some(order.placed_by);
            require(is_owners, "who may cancels an order", || format!("{by} cancelled {order:?}"))
        }
        _ => Ok(()),
    }
}

/// The worst price that an order may be filled at, whichever of its triggers fired; nothing where one has no limit.
fn worst(order: &PlacedOrder) -> Option<Price> {
    let given = |price: Price| (price.bits != 0).then_some(price);
    let buys = order.side == 0;
    let own = if buys { order.below } else { order.above };
    match Kind::of(order.kind).ok()? {
        Kind::Limit | Kind::Scale | Kind::Twap => given(own),
        Kind::Trigger => {
            let of = |trigger: Price, limit: Price| given(trigger).map(|_| given(limit));
            let limits = [of(order.below, order.below_limit), of(order.above, order.above_limit)];
            let limits: Option<Vec<Price>> = limits.into_iter().flatten().collect();
            let limits = limits?;
            if buys { limits.into_iter().max() } else { limits.into_iter().min() }
        }
    }
}

fn executed(
    world: &World,
    who: usize,
    order: &PlacedOrder,
    (base, quote): (i64, i64),
    (tip, ended): (u64, Option<Ended>),
    (market, now): (&Market, Now),
) -> Checked {
    let after = world.addresses.get(who).and_then(|account| world.books().orders.get(&(*account, order.number)));
    require(after.is_none() == ended.is_some(), "an order that is over is gone", || format!("{after:?}, {ended:?}"))?;
    let (filled, buys) = (base.unsigned_abs(), order.side == 0);
    require(filled != 0 && (base > 0) == buys, "an order is filled on its side", || format!("{base}"))?;
    let all = order.filled + filled;
    require(all + order.skipped <= order.amount, "no more than its amount", || format!("{all} of {}", order.amount))?;
    let earned = u128::from(order.tip) * u128::from(all) / u128::from(order.amount);
    let paid = u128::from(order.tip_paid) + u128::from(tip);
    require(paid == earned && paid <= u128::from(order.tip), "the tip is pro rata", || format!("{paid}, {earned}"))?;
    let is_in_time = order.expires_at == 0 || now.unix < order.expires_at;
    require(is_in_time && now.unix >= order.starts_at, "an order keeps its time", || format!("{order:?}"))?;
    if let Some(limit) = worst(order) {
        // A step rounds by an atom of base and one of quote, and a trade crosses 64 ticks at most.
        let at_limit = u128::from(limit.bits) * u128::from(filled) >> 48;
        let atoms = 70 * (u128::from(limit.bits >> 48) + 2);
        let quote = u128::from(quote.unsigned_abs());
        let fits = if buys { quote <= at_limit + atoms } else { quote + atoms >= at_limit };
        require(fits, "an order is filled within its limit", || format!("{filled} for {quote} at {limit:?}"))?;
    }
    match Kind::of(order.kind) {
        Ok(Kind::Trigger) => {
            let below = order.below.bits != 0 && market.mark <= order.below;
            let above = order.above.bits != 0 && market.mark >= order.above;
            require(below || above, "a trigger is fired by the mark", || format!("{:?}: {order:?}", market.mark))?;
        }
        Ok(Kind::Twap) => {
            let elapsed = (now.unix - order.starts_at).unsigned_abs();
            let begun = elapsed / u64::from(order.interval_secs) + 1;
            let most = u128::from(order.amount) * u128::from(begun) / u128::from(order.slices);
            let past = u128::from(all) + u128::from(order.skipped);
            require(past <= most, "no slice before its time", || format!("{past} of {most}"))?;
        }
        _ => {}
    }
    if order.flags & REDUCE_ONLY == 0 {
        return Ok(());
    }
    let held = |books: &Books| held(world, books, who, order.market);
    let (old, new) = (held(&world.before), held(world.books()));
    require(trade::shrinks(old, new), "a reduce-only order only reduces", || format!("{old} to {new}"))?;
    require(new != 0 || ended.is_some(), "without a position nothing is left to reduce", || format!("{order:?}"))
}

/// Base of an account's position in a market.
fn held(world: &World, books: &Books, who: usize, market: u16) -> i64 {
    let account = world.addresses.get(who).and_then(|account: &Pubkey| books.accounts.get(account));
    account.and_then(|account| account.position(market).ok()).map_or(0, |position| position.base)
}

fn cleaned(world: &World, who: usize, order: &PlacedOrder, cleaned: Cleaned, now: Now) -> Checked {
    let most = (order.tip - order.tip_paid).min(CLEANING_TIP);
    require(cleaned.tip == most, "cleaning up earns a little of the tip", || format!("{cleaned:?}"))?;
    let base = held(world, &world.before, who, order.market);
    let side = if order.side == 0 { Side::Buy } else { Side::Sell };
    let is_right = match cleaned.ended {
        Ended::Expired => {
            let last = i64::from(order.slices + order.catch_up) * i64::from(order.interval_secs);
            let is_over = order.interval_secs != 0 && now.unix >= order.starts_at + last;
            is_over || (order.expires_at != 0 && now.unix >= order.expires_at)
        }
        Ended::MarketClosed => world.before.markets.get(&order.market).is_none_or(is_closed),
        Ended::NoPosition => order.flags & REDUCE_ONLY != 0 && !trade::opposes(side, base),
        // The owner always may.
        Ended::NotAllowed => {
            let account = world.addresses.get(who).and_then(|account| world.before.accounts.get(account));
            account.is_some_and(|account| account.owner != order.placed_by)
        }
        Ended::Filled | Ended::RestGivenUp | Ended::Cancelled => false,
    };
    require(is_right, "what is cleaned up was dead", || format!("{cleaned:?}: {order:?}, {base} held"))
}
