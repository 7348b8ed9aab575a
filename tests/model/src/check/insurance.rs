//! Insurance pays for losses and nothing else, the exchange's within its cap for a market and day; a pledged claim matures
//! and is paid like any other; and whoever is paid, what the claims of the others are worth does not fall.

use keel_engine::Now;
use keel_engine::insurance::{DAY_SECS, Purse, room};
use keel_engine::pot::shortfall;
use keel_engine::state::Market;
use keel_simulator::action::Done;
use keel_simulator::setup::number;
use keel_simulator::{Action, Books};

use super::account::matured;
use super::keeper::released;
use super::{Checked, require};
use crate::world::World;

pub(super) fn check(world: &World, action: &Action, done: &Done, now: Now) -> Checked {
    of_markets(world, action, done)?;
    of_the_exchange(world, action, done, now)?;
    match (action.clone(), *done) {
        (Action::CollectPledged { who, market, creditor }, Done::Collected { claim, paid }) => {
            collected(world, who, number(market), claim, paid)?;
            no_less_worth(world, number(market))?;
            no_less_worth(world, number(creditor))
        }
        (Action::Release { market, .. } | Action::FundMarketInsurance { market, .. }, _) => {
            no_less_worth(world, number(market))
        }
        _ => Ok(()),
    }
}

/// A market's insurance falls by what is written off no more, and by what it pays for a debtor.
fn of_markets(world: &World, action: &Action, done: &Done) -> Checked {
    for (index, old) in &world.before.markets {
        let Some(new) = world.books().markets.get(index) else { continue };
        let for_debtor = match (action, done) {
            (Action::Resolve { market, .. }, Done::Resolved { insurance, .. }) if number(*market) == *index => {
                *insurance
            }
            _ => 0,
        };
        let spent = old.insurance.saturating_sub(new.insurance);
        let healed = old.written_off.saturating_sub(new.written_off);
        require(spent <= healed.saturating_add(for_debtor), "insurance only pays losses", || {
            format!("{spent} of market {index} at {action:?}, {healed} less written off, {for_debtor} for a debtor")
        })?;
    }
    Ok(())
}

fn insurance(books: &Books) -> i128 {
    books.exchange.map_or(0, |exchange| i128::from(exchange.insurance))
}

/// The exchange's insurance moves by what is paid in and by what a resolution took, which is within the cap.
fn of_the_exchange(world: &World, action: &Action, done: &Done, now: Now) -> Checked {
    let (before, after) = (insurance(&world.before), insurance(world.books()));
    let unbooked = |books: &Books| books.banks.get(&0).map_or(0, |book| book.tokens - book.bank.booked);
    let expected = match (action, done) {
        (Action::Resolve { .. }, Done::Resolved { exchange, .. }) => -i128::from(*exchange),
        (Action::FundInsurance { amount, .. }, _) => i128::from(*amount),
        (Action::SweepUnbooked, _) => i128::from(unbooked(&world.before)),
        _ => 0,
    };
    require(after - before == expected, "the exchange's insurance moves by what is told", || {
        format!("from {before} to {after} at {action:?}, {expected} expected")
    })?;
    require(
        !matches!(action, Action::SweepUnbooked) || unbooked(world.books()) == 0,
        "a sweep leaves nothing",
        || format!("{} are left", unbooked(world.books())),
    )?;
    let (Action::Resolve { market, .. }, Done::Resolved { exchange, .. }) = (action, done) else { return Ok(()) };
    let (Some(state), Some(owner)) = (world.books().markets.get(&number(*market)), world.books().exchange) else {
        return Ok(());
    };
    let cap = u64::from(owner.insurance_day_cap_usd) * crate::sets::USD;
    let is_today = (0..DAY_SECS).contains(&(now.unix - state.insurance_day));
    require(
        *exchange == 0 || (is_today && *exchange <= state.insurance_day_paid && state.insurance_day_paid <= cap),
        "the exchange pays a market its cap a day",
        || format!("{exchange}, {} since {}, cap {cap}", state.insurance_day_paid, state.insurance_day),
    )?;
    // Whoever has something written off has had the rest of the day's room.
    let written_off = matches!(done, Done::Resolved { written_off, .. } if *written_off != 0);
    for purse in [Purse::Exchange, Purse::Pool] {
        let left = room(purse, &owner, state, now);
        require(!written_off || left == 0, "nothing is written off that somebody pays", || {
            format!("{left} left of {purse:?}")
        })?;
    }
    let Done::Resolved { pool, .. } = done else { return Ok(()) };
    let cap = u64::from(owner.pool_day_cap_usd) * crate::sets::USD;
    let is_today = (0..DAY_SECS).contains(&(now.unix - state.pool_day));
    require(
        *pool == 0 || (is_today && *pool <= state.pool_day_paid && state.pool_day_paid <= cap),
        "the pool pays a market its cap a day",
        || format!("{pool}, {} since {}, cap {cap}", state.pool_day_paid, state.pool_day),
    )
}

/// What is collected was pledged and is mature, and is paid at `h` at most.
fn collected(world: &World, who: usize, market: u16, claim: u64, paid: u64) -> Checked {
    let account = world.addresses.get(who).and_then(|address| world.before.accounts.get(address));
    let (Some(state), Some(Ok(old))) =
        (world.before.markets.get(&market), account.map(|account| account.position(market)))
    else {
        return Ok(());
    };
    let mature = matured(state, old.pledged, old.pledged_at);
    require(
        claim <= old.pledged && claim as f64 <= mature * (1.0 + 1e-9) + 2.0,
        "a pledge matures on its clock",
        || format!("{claim} of {}, {mature} are mature", old.pledged),
    )?;
    released(Some(state), claim, paid)
}

/// What a claim is worth in a market, `max(0, 1 - shortfall / claims)`, and what the pot holds for it, did not fall.
fn no_less_worth(world: &World, market: u16) -> Checked {
    let (Some(old), Some(new)) = (world.before.markets.get(&market), world.books().markets.get(&market)) else {
        return Ok(());
    };
    let covered = |market: &Market| u128::from(market.claims.saturating_sub(shortfall(market)));
    let held = |market: &Market| u128::from(market.pot.min(market.claims));
    let (before, after) = (u128::from(old.claims), u128::from(new.claims));
    let is_no_less = |part: &dyn Fn(&Market) -> u128| part(new) * before >= part(old) * after;
    require(
        after == 0 || (is_no_less(&covered) && is_no_less(&held)),
        "who is paid takes nothing from the others",
        || {
            format!(
                "market {market}: claims {before} to {after}, covered {} to {}, in the pot {} to {}",
                covered(old),
                covered(new),
                held(old),
                held(new)
            )
        },
    )
}
