//! Makes a failing list of actions small: drops what is not needed, then makes what is left simple.

use std::time::Instant;

use keel_engine::curve::Exact;
use keel_simulator::Action;

use crate::world::Timed;

/// The shortest list that `fails` which is found until `deadline`. `fails` tells after how many actions a list fails.
pub fn shrink(actions: &[Timed], deadline: Instant, fails: impl Fn(&[Timed]) -> Option<usize>) -> Vec<Timed> {
    let mut best = actions.to_vec();
    let Some(end) = fails(&best) else { return best };
    best.truncate(end);
    loop {
        let before = best.clone();
        drop_chunks(&mut best, deadline, &fails);
        simplify(&mut best, deadline, &fails);
        if best == before || Instant::now() >= deadline {
            return best;
        }
    }
}

/// Drops runs of actions, half of the list at first, single ones at last.
fn drop_chunks(best: &mut Vec<Timed>, deadline: Instant, fails: &impl Fn(&[Timed]) -> Option<usize>) {
    let mut size = best.len() / 2;
    while size > 0 {
        let mut end = best.len();
        while end > 0 && Instant::now() < deadline {
            let start = end.saturating_sub(size);
            let mut fewer = best.clone();
            fewer.drain(start..end.min(best.len()));
            if let Some(length) = fails(&fewer) {
                fewer.truncate(length);
                *best = fewer;
            }
            end = start.min(best.len());
        }
        size /= 2;
    }
}

/// Tries simpler numbers for each action, and less time before it.
fn simplify(best: &mut Vec<Timed>, deadline: Instant, fails: &impl Fn(&[Timed]) -> Option<usize>) {
    let mut place = 0;
    while place < best.len() {
        let mut improved = false;
        for other in simpler(best, place) {
            if Instant::now() >= deadline {
                return;
            }
            if let Some(length) = fails(&other) {
                *best = other;
                best.truncate(length);
                improved = true;
                break;
            }
        }
        place += usize::from(!improved);
    }
}

/// Lists in which one action is simpler.
fn simpler(list: &[Timed], place: usize) -> Vec<Vec<Timed>> {
    let mut found = Vec::new();
    let previous = place.checked_sub(1).and_then(|before| list.get(before)).map_or(0, |timed| timed.at);
    let Some(timed) = list.get(place) else { return found };
    let gap = timed.at.saturating_sub(previous);
    for less in [gap, gap / 2, gap.min(1)] {
        if less != 0 {
            let mut other = list.to_vec();
            other.iter_mut().skip(place).for_each(|timed| timed.at -= less);
            found.push(other);
        }
    }
    let simpler = simpler_actions(&timed.action);
    found.extend(simpler.into_iter().map(|action| {
        let mut other = list.to_vec();
        if let Some(slot) = other.get_mut(place) {
            slot.action = action;
        }
        other
    }));
    found
}

/// Rounder and smaller numbers.
fn smaller(amount: u64) -> Vec<u64> {
    let mut found = vec![amount / 2, amount - amount / 8];
    for unit in [1_000_000_000, 1_000_000, 1_000, 10] {
        found.push(amount / unit * unit);
    }
    found.push(amount.saturating_sub(1));
    found.retain(|less| *less != 0 && *less < amount);
    found
}

fn simpler_actions(action: &Action) -> Vec<Action> {
    match action.clone() {
        Action::Deposit { who, bank, amount } => {
            smaller(amount).into_iter().map(|amount| Action::Deposit { who, bank, amount }).collect()
        }
        Action::Withdraw { who, bank, amount } => {
            smaller(amount).into_iter().map(|amount| Action::Withdraw { who, bank, amount }).collect()
        }
        Action::Trade { who, market, order } => {
            let mut orders = Vec::new();
            if order.limit.is_some() || order.reduce_only || order.all_or_nothing {
                let mut plain = order;
                (plain.limit, plain.reduce_only, plain.all_or_nothing) = (None, false, false);
                orders.push(plain);
            }
            let exact = |amount| match order.exact {
                Exact::Base(_) => Exact::Base(amount),
                Exact::Quote(_) => Exact::Quote(amount),
            };
            orders.extend(smaller(order.exact.amount()).into_iter().map(|amount| {
                let mut less = order;
                less.exact = exact(amount);
                less
            }));
            orders.into_iter().map(|order| Action::Trade { who, market, order }).collect()
        }
        Action::AddRange { who, market, request } => {
            let amount = u64::try_from(request.liquidity).unwrap_or(u64::MAX);
            let less = smaller(amount).into_iter().map(|liquidity| {
                let mut less = request;
                less.liquidity = u128::from(liquidity);
                Action::AddRange { who, market, request: less }
            });
            less.collect()
        }
        Action::LiquidateOnCurve { who, market, by, max_base } if max_base != u64::MAX => {
            vec![Action::LiquidateOnCurve { who, market, by, max_base: u64::MAX }]
        }
        _ => Vec::new(),
    }
}
