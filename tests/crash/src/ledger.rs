//! A ledger beside the exchange's own: an account's money changes by what it did, what was done to it by name, and its
//! own funding, and by nothing else. So nobody's capital pays for another's loss.
//!
//! An account's money is its capital, its claims at face, and its positions' quote less the funding due; what settling
//! moves between them changes nothing of it. Base is not valued: its price is in the quote.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use keel_engine::Error;
use keel_engine::pot::funding_due;
use keel_engine::state::MarginAccount;
use keel_simulator::{Action, Books, Done};
use solana_pubkey::Pubkey;

/// The market that an action names.
pub const fn market_of(action: &Action) -> Option<usize> {
    match *action {
        Action::UnwindRange { market, .. }
        | Action::LiquidateOnCurve { market, .. }
        | Action::Trade { market, .. }
        | Action::Resolve { market, .. } => Some(market),
        _ => None,
    }
}

/// Whose account an action names, and the one beside it.
const fn named(action: &Action) -> [Option<usize>; 2] {
    match *action {
        Action::Price { .. } | Action::Refresh { .. } | Action::CreateTickArray { .. } => [None, None],
        Action::LiquidateOnCurve { who, by, .. } => [Some(who), Some(by)],
        Action::OpenAccount { who }
        | Action::CloseAccount { who }
        | Action::OpenRanges { who }
        | Action::CloseRanges { who }
        | Action::Deposit { who, .. }
        | Action::Withdraw { who, .. }
        | Action::Trade { who, .. }
        | Action::AddRange { who, .. }
        | Action::RemoveRange { who, .. }
        | Action::SettleRange { who, .. }
        | Action::Settle { who, .. }
        | Action::Release { who, .. }
        | Action::BeginLiquidation { who }
        | Action::UnwindRange { who, .. }
        | Action::Resolve { who, .. } => [Some(who), None],
    }
}

/// Quote atoms that an account gains by an action, and the one beside it.
fn gains(action: &Action, done: &Done) -> [i128; 2] {
    let who = match (action, *done) {
        (Action::Deposit { amount, .. }, _) => i128::from(*amount),
        (Action::Withdraw { amount, .. }, _) => -i128::from(*amount),
        (_, Done::Traded { quote, fee, .. }) => i128::from(quote) - i128::from(fee),
        (_, Done::Folded { quote, fees, funding, .. }) => i128::from(quote) + i128::from(fees) - i128::from(funding),
        (_, Done::Released { claim, paid }) => i128::from(paid) - i128::from(claim),
        (_, Done::Liquidated { quote, fee, keeper, insurance, .. }) => {
            i128::from(quote) - i128::from(fee) - i128::from(keeper) - i128::from(insurance)
        }
        (_, Done::Resolved { surplus, insurance, written_off, .. }) => {
            i128::from(surplus) + i128::from(insurance) + i128::from(written_off)
        }
        _ => 0,
    };
    let by = match *done {
        Done::Liquidated { keeper, .. } => i128::from(keeper),
        _ => 0,
    };
    [who, by]
}

/// An account's money, its funding at the markets' present.
fn money(account: &MarginAccount, books: &Books) -> Result<i128, Error> {
    let mut sum = i128::from(account.usdc());
    for position in account.positions.iter().filter(|position| !position.is_empty()) {
        let market = books.markets.get(&position.market).ok_or(Error::MarketMissing)?;
        let claims = i128::from(position.unmatured) + i128::from(position.mature);
        sum += i128::from(position.quote) - i128::from(funding_due(market, position)?) + claims;
    }
    Ok(sum)
}

/// Compares accounts before an action with the books after it.
pub fn check(
    before: &BTreeMap<Pubkey, MarginAccount>,
    after: &Books,
    address: impl Fn(usize) -> Result<Pubkey>,
    action: &Action,
    answer: &Result<Done, Error>,
) -> Result<()> {
    let mut touched = Vec::new();
    if let Ok(done) = answer {
        for (who, gain) in named(action).into_iter().zip(gains(action, done)) {
            if let Some(who) = who {
                touched.push((address(who)?, gain));
            }
        }
    }
    for (place, account) in before {
        let Some(now) = after.accounts.get(place) else { continue };
        let gain = touched.iter().find(|(touched, _)| touched == place).map(|(_, gain)| *gain);
        let Some(gain) = gain else {
            ensure!(account == now, "{place} was not named, and changed from {account:?} to {now:?}");
            continue;
        };
        let (old, new) = (money(account, after)?, money(now, after)?);
        // What a resolution collects elsewhere may be worth less than its face.
        let elsewhere = if matches!(action, Action::Resolve { .. }) { claims(account) } else { 0 };
        let fits = (old + gain - elsewhere..=old + gain).contains(&new);
        ensure!(fits, "{place} had {old}, gains {gain}, and has {new}");
    }
    in_order(after, action, answer)
}

/// An account's claims at face.
fn claims(account: &MarginAccount) -> i128 {
    account.positions.iter().map(|position| i128::from(position.unmatured) + i128::from(position.mature)).sum()
}

/// Nothing is written off while anything stands before the winners' claims.
fn in_order(books: &Books, action: &Action, answer: &Result<Done, Error>) -> Result<()> {
    let (Action::Resolve { market, .. }, Ok(Done::Resolved { written_off: 1.., .. })) = (action, answer) else {
        return Ok(());
    };
    let Some(market) = books.markets.get(&keel_simulator::setup::number(*market)) else { bail!("no such market") };
    let left = [market.surplus, market.insurance_claim, market.insurance];
    ensure!(left == [0; 3], "written off while surplus, claim and insurance of the market were {left:?}");
    Ok(())
}
