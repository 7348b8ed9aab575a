//! Standing orders: filled as their owner asked, paid for pro rata, and gone when he or the time says so.

use keel_engine::closing::is_closed;
use keel_engine::curve::Exact;
use keel_engine::orders::{ALL_OR_NOTHING, CLEANING_TIP, Kind, REDUCE_ONLY};
use keel_engine::state::{Market, PlacedOrder};
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Now, Side};
use keel_simulator::action::Done;
use keel_simulator::orders::OrderAct;
use keel_simulator::{Action, Books};
use solana_pubkey::Pubkey;

use super::{Checked, Prior, fill, require};
use crate::world::World;

/// The order that an action names, as it is in the books, with its key.
pub(super) fn named<'a>(addresses: &[Pubkey], books: &'a Books, act: &OrderAct) -> Option<(u64, &'a PlacedOrder)> {
    let (who, number, _) = act.parts();
    let account = addresses.get(who)?;
    let mut waiting = books.orders.range((*account, number.unwrap_or(0))..=(*account, number.unwrap_or(u64::MAX)));
    waiting.next().map(|((_, number), order)| (*number, order))
}

pub(super) fn check(world: &World, action: &Action, done: &Done, prior: &Prior, now: Now) -> Checked {
    let Action::Order(act) = action else { return Ok(()) };
    counted(world)?;
    let Some((number, before)) = named(&world.addresses, &world.before, act) else { return Ok(()) };
    let account = Pubkey::from(before.account);
    let after = world.books().orders.get(&(account, number));
    match (act, done) {
        (OrderAct::Place { .. }, _) => Ok(()),
        (OrderAct::Execute { who, .. }, Done::OrderExecuted { base, quote, tip, ended, .. }) => {
            require(after.is_some() != ended.is_some(), "an order that is over is gone", || format!("{ended:?}"))?;
            let filled = base.unsigned_abs();
            paid(before, after, filled, *tip)?;
            let asked = asked(before, prior, now)?;
            let left = before.amount - before.filled - before.skipped;
            require(filled != 0 && filled <= left, "an order fills no more than is left of it", || {
                format!("{filled} of {left}: {before:?}")
            })?;
            let is_one = matches!(Kind::of(before.kind), Ok(Kind::Trigger | Kind::Limit));
            let is_small = is_one && filled < before.min_fill && filled < left;
            require(!is_small || asked.reduce_only, "an order fills no less than its smallest part", || {
                format!("{filled} of {left}, at least {}", before.min_fill)
            })?;
            in_time(before, filled, now)?;
            fill::trade(world, *who, usize::from(before.market) - 1, &asked, (*base, *quote), prior, now)
        }
        (OrderAct::Cancel { by, .. }, _) => {
            let owns = world.simulator.owns(*by, &account).unwrap_or(false);
            require(owns && after.is_none(), "the owner cancels, and nobody else", || format!("{act:?} of {before:?}"))
        }
        (OrderAct::Clean { .. }, Done::OrderCleaned { tip, .. }) => {
            let market = world.before.markets.get(&before.market);
            require(is_dead(world, before, market, now), "nobody cleans up what can be executed", || {
                format!("{before:?}")
            })?;
            let most = CLEANING_TIP.min(before.tip - before.tip_paid);
            require(*tip <= most && after.is_none(), "cleaning earns its tip", || format!("{tip} of {most}"))
        }
        _ => Ok(()),
    }
}

/// Every account counts its orders.
fn counted(world: &World) -> Checked {
    let books = world.books();
    for (address, account) in &books.accounts {
        let waiting = books.orders.range((*address, 0)..=(*address, u64::MAX)).count();
        require(account.orders as usize == waiting, "an account counts its orders", || {
            format!("{} for {waiting}", account.orders)
        })?;
    }
    Ok(())
}

/// A tip is earned pro rata, and all of them together are no more than was put in.
fn paid(before: &PlacedOrder, after: Option<&PlacedOrder>, filled: u64, tip: u64) -> Checked {
    let whole = u128::from(before.filled) + u128::from(filled);
    let most = u128::from(before.tip) * whole / u128::from(before.amount);
    let paid = u128::from(before.tip_paid) + u128::from(tip);
    require(paid <= most && paid <= u128::from(before.tip), "a tip is earned pro rata", || {
        format!("{paid} for {whole} of {before:?}")
    })?;
    let Some(after) = after else { return Ok(()) };
    let sums = after.filled == before.filled + filled
        && after.skipped >= before.skipped
        && after.filled + after.skipped < after.amount
        && u128::from(after.tip_paid) == paid;
    require(sums, "an order books what it fills", || format!("{before:?} to {after:?}"))
}

/// The trade that its owner asked for, told from the order alone.
fn asked(order: &PlacedOrder, prior: &Prior, now: Now) -> Result<Order, super::Violation> {
    let side = if order.side == 0 { Side::Buy } else { Side::Sell };
    let (first, last) = match side {
        Side::Buy => (order.below, order.below_limit),
        Side::Sell => (order.above, order.above_limit),
    };
    let set = |price: Price| (price.bits != 0).then_some(price);
    let limit = match Kind::of(order.kind) {
        Ok(Kind::Trigger) => {
            let mark = prior.market.as_ref().map_or_else(Price::default, |market| market.mark);
            let (below, above) = (set(order.below), set(order.above));
            let fell = below.is_some_and(|price| mark <= price);
            let rose = above.is_some_and(|price| mark >= price);
            require(fell || rose, "an order waits for the mark", || format!("{mark:?} for {order:?}"))?;
            set(if fell { order.below_limit } else { order.above_limit })
        }
        // The worst level is a limit for every one.
        Ok(Kind::Scale) => set(if side == Side::Buy { first.max(last) } else { first.min(last) }),
        _ => set(first),
    };
    let is_late = order.expires_at != 0 && now.unix >= order.expires_at;
    require(!is_late, "no order is executed after its time", || format!("{order:?}"))?;
    let left = order.amount - order.filled - order.skipped;
    Ok(Order {
        side,
        exact: Exact::Base(left),
        limit,
        reduce_only: order.flags & REDUCE_ONLY != 0,
        all_or_nothing: order.flags & ALL_OR_NOTHING != 0
            && matches!(Kind::of(order.kind), Ok(Kind::Trigger | Kind::Limit)),
    })
}

/// No slice before its time, and no more of them than may be made up for.
fn in_time(order: &PlacedOrder, filled: u64, now: Now) -> Checked {
    if order.kind != Kind::Twap.number() {
        return Ok(());
    }
    let elapsed = now.unix - order.starts_at;
    let begun = if elapsed < 0 { 0 } else { elapsed / i64::from(order.interval_secs) + 1 };
    let begun = u128::from(begun.unsigned_abs().min(u64::from(order.slices)));
    let open = u128::from(order.amount) * begun / u128::from(order.slices);
    let reached = u128::from(order.filled) + u128::from(order.skipped) + u128::from(filled);
    let most = (u128::from(order.amount) * (u128::from(order.catch_up) + 1)).div_ceil(u128::from(order.slices));
    require(reached <= open && u128::from(filled) <= most, "no slice before its time", || {
        format!("{filled} brings {reached} of {open}, at most {most} at once: {order:?}")
    })
}

/// Whether nobody can ever execute it.
fn is_dead(world: &World, order: &PlacedOrder, market: Option<&Market>, now: Now) -> bool {
    let account = world.before.accounts.get(&Pubkey::from(order.account));
    let base = account.and_then(|account| account.position(order.market).ok()).map_or(0, |position| position.base);
    let reduces = if order.side == 0 { base < 0 } else { base > 0 };
    let elapsed = now.unix - order.starts_at;
    let is_past = order.kind == Kind::Twap.number() && {
        let lapsed = elapsed / i64::from(order.interval_secs.max(1)) - i64::from(order.catch_up);
        elapsed >= 0 && lapsed >= i64::from(order.slices)
    };
    let is_late = order.expires_at != 0 && now.unix >= order.expires_at;
    let is_owners = account.is_some_and(|account| account.owner == order.placed_by);
    is_late || is_past || market.is_none_or(is_closed) || !is_owners || (order.flags & REDUCE_ONLY != 0 && !reduces)
}
