//! A ledger beside the exchange's own: an account's money changes by what it did, what was done to it by name, and its
//! own funding, and by nothing else. So nobody's capital pays for another's loss.
//!
//! An account's money is its capital, its claims at face, and its positions' quote less the funding due; what settling
//! moves between them changes nothing of it. Base is not valued: its price is in the quote. Tokens of other collateral are
//! counted beside it: they change by what their owner brings and takes, and by their sale.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use keel_engine::Error;
use keel_engine::pot::funding_due;
use keel_engine::state::{MarginAccount, USDC};
use keel_simulator::setup::number;
use keel_simulator::{Action, Books, Done};
use solana_pubkey::Pubkey;

use crate::collateral::BANK;

/// Quote atoms in a dollar.
const MILLION: u64 = 1_000_000;

/// The market that an action names.
pub const fn market_of(action: &Action) -> Option<usize> {
    match *action {
        Action::UnwindRange { market, .. }
        | Action::LiquidateOnCurve { market, .. }
        | Action::Liquidate { market, .. }
        | Action::Deleverage { market, .. }
        | Action::Trade { market, .. }
        | Action::Resolve { market, .. } => Some(market),
        _ => None,
    }
}

/// Whose accounts an action names: whom it is about, and who is beside it. What no replay plays names nobody, so that it
/// would be noticed.
const fn named(action: &Action) -> [Option<usize>; 3] {
    match *action {
        Action::LiquidateOnCurve { who, by, .. }
        | Action::Liquidate { who, by, .. }
        | Action::BuyCollateral { who, by, .. } => [Some(who), Some(by), None],
        Action::Deleverage { who, holder, by, .. } => [Some(who), Some(holder), Some(by)],
        Action::Deposit { who, .. }
        | Action::Withdraw { who, .. }
        | Action::QueueWithdrawal { who, .. }
        | Action::Trade { who, .. }
        | Action::AddRange { who, .. }
        | Action::RemoveRange { who, .. }
        | Action::SettleRange { who, .. }
        | Action::CollectPledged { who, .. }
        | Action::Settle { who, .. }
        | Action::Release { who, .. }
        | Action::BeginLiquidation { who }
        | Action::UnwindRange { who, .. }
        | Action::Resolve { who, .. } => [Some(who), None, None],
        _ => [None; 3],
    }
}

/// Quote atoms that the accounts gain that an action names, in their order.
fn gains(action: &Action, done: &Done) -> [i128; 3] {
    match (action, *done) {
        (Action::Deposit { bank: USDC, amount, .. }, _) => [i128::from(*amount), 0, 0],
        (Action::Withdraw { bank: USDC, amount, .. } | Action::QueueWithdrawal { bank: USDC, amount, .. }, _) => {
            [-i128::from(*amount), 0, 0]
        }
        (_, Done::Sold { paid, .. }) => [i128::from(paid), -i128::from(paid), 0],
        (_, Done::Traded { quote, fee, .. }) => [i128::from(quote) - i128::from(fee), 0, 0],
        (_, Done::Folded { quote, fees, funding, .. }) => {
            [i128::from(quote) + i128::from(fees) - i128::from(funding), 0, 0]
        }
        (_, Done::Released { claim, paid }) => [i128::from(paid) - i128::from(claim), 0, 0],
        (_, Done::Liquidated { quote, fee, keeper, insurance, .. }) => {
            let keeper = i128::from(keeper);
            [i128::from(quote) - i128::from(fee) - keeper - i128::from(insurance), keeper, 0]
        }
        (_, Done::TakenOver { quote, tip, insurance, .. }) => {
            let (quote, tip) = (i128::from(quote), i128::from(tip));
            [quote - tip, tip - quote - i128::from(insurance), 0]
        }
        (_, Done::Deleveraged { quote, tip, .. }) => {
            let (quote, tip) = (i128::from(quote), i128::from(tip));
            [quote - tip, -quote, tip]
        }
        (_, Done::Resolved { surplus, insurance, exchange, pool, treasury, written_off, .. }) => {
            [[surplus, insurance, exchange, pool, treasury, written_off].into_iter().map(i128::from).sum(), 0, 0]
        }
        _ => [0; 3],
    }
}

/// Atoms of other collateral that the accounts gain that an action names, in their order.
fn tokens_gained(action: &Action, done: &Done) -> [i128; 3] {
    match (action, *done) {
        (Action::Deposit { bank: BANK, amount, .. }, _) => [i128::from(*amount), 0, 0],
        (Action::Withdraw { bank: BANK, amount, .. } | Action::QueueWithdrawal { bank: BANK, amount, .. }, _) => {
            [-i128::from(*amount), 0, 0]
        }
        (_, Done::Sold { amount, .. }) => [-i128::from(amount), i128::from(amount), 0],
        _ => [0; 3],
    }
}

/// Atoms of other collateral that an account has.
fn tokens(account: &MarginAccount) -> i128 {
    account.capital.get(BANK).map_or(0, |atoms| i128::from(*atoms))
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

/// Compares accounts before an action with the books after it; `waiting` is whose withdrawal was the first in the queue.
pub fn check(
    before: &BTreeMap<Pubkey, MarginAccount>,
    waiting: Option<Pubkey>,
    after: &Books,
    address: impl Fn(usize) -> Result<Pubkey>,
    action: &Action,
    answer: &Result<Done, Error>,
) -> Result<()> {
    let mut touched = Vec::new();
    if let Ok(done) = answer {
        let gained = gains(action, done).into_iter().zip(tokens_gained(action, done));
        for (who, gain) in named(action).into_iter().zip(gained) {
            if let Some(who) = who {
                touched.push((address(who)?, gain));
            }
        }
        // What waits are dollars, or tokens of the bank whose queue is paid.
        if let (Done::Paid { returned, .. }, Some(owner)) = (done, waiting) {
            let returned = i128::from(*returned);
            let is_usdc = matches!(action, Action::PayWithdrawal { bank: USDC, .. });
            touched.push((owner, if is_usdc { (returned, 0) } else { (0, returned) }));
        }
    }
    for (place, account) in before {
        let Some(now) = after.accounts.get(place) else { continue };
        let gain = touched.iter().find(|(touched, _)| touched == place).map(|(_, gain)| *gain);
        let Some((gain, gained)) = gain else {
            ensure!(account == now, "{place} was not named, and changed from {account:?} to {now:?}");
            continue;
        };
        let (had, has) = (tokens(account), tokens(now));
        ensure!(had + gained == has, "{place} had {had} tokens, gains {gained}, and has {has}");
        let (old, new) = (money(account, after)?, money(now, after)?);
        // What a resolution collects elsewhere may be worth less than its face. What ranges hold shows when they are
        // settled.
        let elsewhere = if matches!(action, Action::Resolve { .. }) { claims(account) } else { 0 };
        if matches!(action, Action::Deleverage { .. }) && account.ranges != 0 {
            continue;
        }
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
    let market = books.markets.get(&number(*market)).context("no such market")?;
    let exchange = books.exchange.context("no exchange")?;
    let room = |cap_usd: u32, paid: u64, money: u64| money.min(u64::from(cap_usd) * MILLION - paid);
    let of_exchange = room(exchange.insurance_day_cap_usd, market.insurance_day_paid, exchange.insurance);
    let of_pool = room(exchange.pool_day_cap_usd, market.pool_day_paid, exchange.pool_reserve);
    let left = [market.surplus, market.insurance, market.insurance_claim, of_exchange, of_pool, market.treasury_claim];
    ensure!(
        left == [0; 6],
        "written off while surplus, insurance, its claim, the exchange's, the pool's and treasury's are {left:?}"
    );
    Ok(())
}
