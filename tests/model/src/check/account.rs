//! What owners may do to their own accounts: health, margin, maturity and withdrawals (items 6 and 8).

use keel_engine::collateral;
use keel_engine::margin;
use keel_engine::oracle::MarkUse;
use keel_engine::pot::shortfall;
use keel_engine::state::{MarginAccount, Market};
use keel_engine::{Error, Now};
use keel_simulator::action::Done;
use keel_simulator::governance::Act;
use keel_simulator::orders::OrderAct;
use keel_simulator::setup::number;
use keel_simulator::{Action, Books};
use solana_pubkey::Pubkey;

use super::{Checked, Prior, Touched, health, require, with_view};
use crate::world::World;

/// Equity may be so many atoms below worth: each entitlement and each product is rounded down.
const ATOMS: i128 = 16;

/// Everything about accounts.
pub(super) fn check(
    world: &World,
    action: &Action,
    done: &Done,
    prior: &Prior,
    touched: &Touched,
    now: Now,
) -> Checked {
    for address in &touched.accounts {
        let books = world.books();
        let Some(after) = books.accounts.get(address) else { continue };
        equity_is_worth(books, address, now)?;
        if let Some(before) = world.before.accounts.get(address) {
            maturity(books, before, after, released(action, done))?;
        }
    }
    if let Some(who) = owner(action)
        && let Some(address) = world.addresses.get(who)
    {
        stays_healthy(world, address, (action, done), prior, now)?;
        backed(world, address, action, now)?;
    }
    withdrawal(world, action, done)
}

/// Who does it to an account of his own. Who releases at any ratio gives up what he asks for less than.
fn owner(action: &Action) -> Option<usize> {
    match *action {
        Action::Settle { who, by, .. } | Action::SettleRange { who, by, .. } => (who == by).then_some(who),
        Action::Release { who, min_ratio_ppm, .. } => (min_ratio_ppm >= 1_000_000).then_some(who),
        Action::Deposit { who, .. }
        | Action::Withdraw { who, .. }
        | Action::QueueWithdrawal { who, .. }
        | Action::Transfer { who, .. }
        | Action::Trade { who, .. }
        | Action::DepositAndTrade { who, .. }
        | Action::TradeExact { who, .. }
        | Action::TradeTo { who, .. }
        | Action::TradeLegs { who, .. }
        | Action::AddRange { who, .. }
        | Action::RemoveRange { who, .. }
        | Action::Order(OrderAct::Execute { who, .. }) => Some(who),
        _ => None,
    }
}

/// What an open range rounds down may come into sight as an atom of base and a few of quote.
pub(super) fn rounding_atoms(books: &Books) -> i128 {
    let dearest = books.markets.values().map(|market| market.mark.bits.max(market.index.bits)).max().unwrap_or(0);
    ATOMS + 16 * i128::from((dearest >> 48) + 1)
}

/// Item 6: no owner's instruction makes a healthy account unhealthy.
fn stays_healthy(world: &World, address: &Pubkey, did: (&Action, &Done), prior: &Prior, now: Now) -> Checked {
    let Some(before) = prior.health.filter(|health| !health.is_unhealthy()) else { return Ok(()) };
    let Ok(after) = health(world.books(), None, address, now) else { return Ok(()) };
    let atoms = rounding_atoms(world.books()) + haircut(world, did);
    require(i128::from(after.excess()) >= -atoms, "no owner makes an account unhealthy", || {
        format!("{:?}: {} above maintenance before, {} after", did.0, before.excess(), after.excess())
    })
}

/// What equity may lose by a settlement in a market whose losses are not covered: a profit counts at face while it is
/// unsettled, and less its part of the shortfall once it is a claim.
fn haircut(world: &World, did: (&Action, &Done)) -> i128 {
    match did {
        (Action::Settle { market, .. }, Done::Settled { profit, .. })
            if world.market(*market).is_some_and(|market| shortfall(market) != 0) =>
        {
            i128::from(*profit)
        }
        _ => 0,
    }
}

/// Whoever takes new risk or withdraws has initial margin after it.
fn backed(world: &World, address: &Pubkey, action: &Action, now: Now) -> Checked {
    let books = world.books();
    let grew = |market: usize| {
        let number = number(market);
        let base = |books: &Books| {
            let account = books.accounts.get(address);
            account.and_then(|account| account.position(number).ok()).map_or(0, |position| position.base)
        };
        let (before, after) = (base(&world.before), base(books));
        after.unsigned_abs() > before.unsigned_abs() || before.signum() * after.signum() < 0
    };
    let grows = match action {
        Action::AddRange { .. }
        | Action::Withdraw { .. }
        | Action::QueueWithdrawal { .. }
        | Action::Transfer { .. } => true,
        Action::Trade { market, .. }
        | Action::DepositAndTrade { market, .. }
        | Action::TradeExact { market, .. }
        | Action::TradeTo { market, .. } => grew(*market),
        Action::Order(_) => (0..world.markets()).any(grew),
        Action::TradeLegs { legs, .. } => legs.iter().any(|leg| grew(leg.market)),
        _ => false,
    };
    let Some(account) = books.accounts.get(address).filter(|_| grows) else { return Ok(()) };
    let ranges = books.ranges.get(address);
    let judged = with_view(books, None, |view| margin::initial(account, ranges, view, &[], now));
    let enough = judged.and_then(|health| match action {
        Action::Withdraw { .. } | Action::QueueWithdrawal { .. } | Action::Transfer { .. } => {
            health.require_withdrawal()
        }
        _ => health.require(),
    });
    require(enough != Err(Error::InsufficientMargin) && account.flagged_at == 0, "new risk has its margin", || {
        format!("{action:?} left {judged:?}, flagged at {}", account.flagged_at)
    })?;
    let left = judged.is_ok_and(|health| i128::from(health.equity) < i128::from(account.lien_floor));
    require(!left, "no owner falls below a lien's floor", || format!("{action:?} left {judged:?}, {account:?}"))
}

/// Item 8: a withdrawal moves what it says, out of capital that is there.
fn withdrawal(world: &World, action: &Action, done: &Done) -> Checked {
    let tokens = |books: &Books| books.banks.values().map(|book| i128::from(book.tokens)).sum::<i128>();
    let moved = tokens(world.books()) - tokens(&world.before);
    let expected = match (action, done) {
        (
            Action::Deposit { amount, .. }
            | Action::DepositAndTrade { amount, .. }
            | Action::FundMarketInsurance { amount, .. }
            | Action::FundInsurance { amount, .. }
            | Action::Donate { amount, .. },
            _,
        ) => i128::from(*amount),
        (Action::Withdraw { amount, .. } | Action::Govern(Act::WithdrawTreasury { amount, .. }), _) => {
            -i128::from(*amount)
        }
        (_, Done::Paid { paid, .. }) => -i128::from(*paid),
        _ => 0,
    };
    require(moved == expected, "tokens leave by withdrawals only", || format!("{moved} atoms at {action:?}"))
}

/// Equity at mark is what the account is worth, rounded down, while nothing is short.
fn equity_is_worth(books: &Books, address: &Pubkey, now: Now) -> Checked {
    if books.markets.values().any(|market| shortfall(market) != 0) {
        return Ok(());
    }
    let (Ok(health), Some(worth)) = (health(books, None, address, now), worth(books, address, now)) else {
        return Ok(());
    };
    let off = (worth >> 48) - i128::from(health.equity);
    require((0..=ATOMS).contains(&off), "equity is worth, rounded down", || {
        format!("equity {} is {off} atoms below worth", health.equity)
    })
}

/// What an account is worth at the marks, claims at face, in 2^-48 quote atoms: nothing is rounded but entitlements.
pub(crate) fn worth(books: &Books, address: &Pubkey, now: Now) -> Option<i128> {
    let account = books.accounts.get(address)?;
    let counted = with_view(books, None, |view| collateral::maintenance_floor(account, view, MarkUse::Any, now));
    let mut worth = (i128::from(account.usdc()) + i128::from(counted.ok()?)) << 48;
    for position in account.positions.iter().filter(|position| !position.is_empty()) {
        let market = books.markets.get(&position.market)?;
        let due = keel_engine::pot::funding_due(market, position).ok()?;
        let (mut base, mut quote) = (i128::from(position.base), i128::from(position.quote) - i128::from(due));
        quote += i128::from(position.unmatured) + i128::from(position.mature);
        let ranges = books.ranges.get(address).into_iter().flat_map(|ranges| &ranges.ranges);
        for range in ranges.filter(|range| range.market == position.market) {
            let (lower, upper) = books.ticks(market, range).ok()?;
            let held = keel_engine::ranges::entitlement(market, range, lower, upper).ok()?;
            base += i128::from(held.base);
            quote += i128::from(held.total_quote().ok()?);
        }
        worth += base * i128::from(market.mark.bits) + (quote << 48);
    }
    Some(worth)
}

/// The claim that an action released, and in which market.
fn released(action: &Action, done: &Done) -> (u16, u64) {
    match (action, done) {
        (Action::Release { market, .. }, Done::Released { claim, .. }) => (number(*market), *claim),
        _ => (0, 0),
    }
}

/// Profit matures on the trusted clock only, and what is mature at once is what the holder has paid in.
fn maturity(books: &Books, before: &MarginAccount, after: &MarginAccount, released: (u16, u64)) -> Checked {
    for market in books.markets.values() {
        let of = |account: &MarginAccount| {
            account.position(market.index_number).copied().unwrap_or_else(|_| bytemuck::Zeroable::zeroed())
        };
        let (old, new) = (of(before), of(after));
        let released = if released.0 == market.index_number { released.1 } else { 0 };
        let available = f64_of(old.mature) + matured(market, old.unmatured, old.matured_at) + f64_of(old.paid_in);
        let mature = f64_of(new.mature.max(released));
        require(mature <= available * (1.0 + 1e-9) + 2.0, "profit matures on the trusted clock", || {
            format!("{mature} mature of {old:?}, of which {available} could be")
        })?;
        let paid = f64_of(before.usdc().saturating_sub(after.usdc()));
        require(f64_of(new.paid_in) <= f64_of(old.paid_in) + paid, "what is paid in came out of capital", || {
            format!("{} after {} with {paid} paid", new.paid_in, old.paid_in)
        })?;
    }
    Ok(())
}

/// What of a claim that was not mature at `since` on the market's trusted clock has matured by now.
pub(super) fn matured(market: &Market, claim: u64, since: u64) -> f64 {
    let half_life = f64::from(market.params.profit_half_life_secs);
    let elapsed = f64_of(market.trusted_secs.saturating_sub(since));
    let kept = if half_life == 0.0 { 0.0 } else { (-elapsed / half_life).exp2() };
    // The table of powers is good for nine digits; less than an atom left counts as nothing.
    let kept = f64_of(claim) * kept;
    f64_of(claim) - if kept < 1.001 { 0.0 } else { kept * (1.0 - 1e-9) }
}

fn f64_of(amount: u64) -> f64 {
    amount as f64
}
