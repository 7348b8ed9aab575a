//! What a client sees before it sends anything: whether the accounts are there that an action needs, and which range is
//! meant. Both executors ask here, so that they refuse alike.

use keel_engine::state::USDC;
use keel_engine::{Error, Result};
use solana_pubkey::Pubkey;

use crate::action::Action;
use crate::books::Books;
use crate::liens::LienAct;
use crate::orders::OrderAct;
use crate::pool::PoolAct;
use crate::setup::number;
use crate::strategies::StrategyAct;

/// An action's accounts and range, found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Address of the margin account.
    pub who: Pubkey,
    /// Address of the other one: who signs, is paid or gets.
    pub by: Pubkey,
    /// Address of a third one: whom something is done against.
    pub holder: Pubkey,
    /// A key that is named by an account of its owner: a delegate's, a builder's.
    pub key: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Number of the bank.
    pub bank: usize,
    /// Number of the market that is paid, where that is another.
    pub creditor: u16,
    /// Slot of the range.
    pub slot: u8,
    /// Number of the ticket.
    pub ticket: u64,
    /// Number of the order.
    pub order: u64,
    /// Number of the request to the pool.
    pub request: u64,
    /// Shares that are asked to leave the pool.
    pub shares: u64,
}

/// Finds what an action names; `addresses` are those of the accounts, by place.
///
/// Errors: `AccountMissing`, `AccountExists`, `AccountForeign`, `MarketMissing`, `RangeNotFound`, `SelfLiquidation`,
/// `NothingPledged`, `NoPool`, `Unauthorized`, `InsufficientCapital` for more shares than there are.
pub fn find(books: &Books, addresses: &[Pubkey], action: &Action) -> Result<Found> {
    let address = |who: usize| addresses.get(who).copied().ok_or(Error::AccountMissing);
    let opened = |who: usize| {
        let address = address(who)?;
        if books.accounts.contains_key(&address) { Ok(address) } else { Err(Error::AccountMissing) }
    };
    let with_ranges = |who: usize| {
        let address = opened(who)?;
        if books.ranges.contains_key(&address) { Ok(address) } else { Err(Error::AccountMissing) }
    };
    let listed = |market: usize| {
        let number = number(market);
        if books.markets.contains_key(&number) { Ok(number) } else { Err(Error::MarketMissing) }
    };
    let banked = |bank: usize| if books.bank(bank).is_some() { Ok(bank) } else { Err(Error::WrongBank) };
    let key_of = |who: usize| {
        let account = books.accounts.get(&address(who)?).ok_or(Error::AccountMissing)?;
        Ok::<_, Error>(Pubkey::from(account.owner))
    };
    let mut found = Found::default();
    // Nobody signs for the pool.
    if let (Some(who), Some(pool)) = (signer(action), &books.pool)
        && address(who)?.to_bytes() == pool.account
    {
        return Err(Error::Unauthorized);
    }
    match *action {
        Action::Price { market, .. }
        | Action::Refresh { market }
        | Action::CloseMarket { market }
        | Action::RemoveMarket { market } => found.market = listed(market)?,
        Action::CreateTickArray { market, index } => {
            found.market = listed(market)?;
            if books.arrays.contains_key(&(found.market, index)) {
                return Err(Error::AccountExists);
            }
        }
        // The market may be gone.
        Action::CloseTickArray { market, index } => {
            found.market = number(market);
            if !books.arrays.contains_key(&(found.market, index)) {
                return Err(Error::AccountMissing);
            }
        }
        Action::OpenAccount { who } => {
            found.who = address(who)?;
            if books.accounts.contains_key(&found.who) {
                return Err(Error::AccountExists);
            }
        }
        Action::OpenRanges { who } => {
            found.who = opened(who)?;
            if books.ranges.contains_key(&found.who) {
                return Err(Error::AccountExists);
            }
        }
        Action::CloseRanges { who } => found.who = with_ranges(who)?,
        Action::BankPrice { bank, .. } | Action::RefreshBank { bank } => {
            found.bank = banked(bank)?;
            if found.bank == USDC {
                return Err(Error::WrongBank);
            }
        }
        Action::CloseAccount { who } | Action::BeginLiquidation { who } => found.who = opened(who)?,
        Action::Deposit { who, bank, .. }
        | Action::Withdraw { who, bank, .. }
        | Action::QueueWithdrawal { who, bank, .. } => (found.who, found.bank) = (opened(who)?, banked(bank)?),
        Action::DepositAndTrade { who, bank, market, .. } => {
            (found.who, found.bank, found.market) = (opened(who)?, banked(bank)?, listed(market)?);
        }
        Action::BuyCollateral { who, bank, by, .. } => {
            (found.who, found.bank, found.by) = (opened(who)?, banked(bank)?, opened(by)?);
            if found.who == found.by {
                return Err(Error::SelfLiquidation);
            }
        }
        Action::Trade { who, market, .. }
        | Action::TradeExact { who, market, .. }
        | Action::TradeTo { who, market, .. }
        | Action::Release { who, market, .. }
        | Action::Resolve { who, market }
        | Action::ClosePosition { who, market } => {
            (found.who, found.market) = (opened(who)?, listed(market)?);
        }
        Action::TradeLegs { who, ref legs } => {
            found.who = opened(who)?;
            legs.iter().try_for_each(|leg| listed(leg.market).map(drop))?;
        }
        Action::View(question) => {
            found.who = question.who().map_or(Ok(found.who), opened)?;
            found.market = question.market().map_or(Ok(found.market), listed)?;
        }
        Action::AddRange { who, market, .. } => (found.who, found.market) = (with_ranges(who)?, listed(market)?),
        Action::SettleRange { who, market, range, by } => {
            (found.who, found.market, found.by) = (with_ranges(who)?, listed(market)?, address(by)?);
            let ranges = books.ranges.get(&found.who).ok_or(Error::AccountMissing)?;
            found.slot = range.slot(ranges, found.market)?;
        }
        Action::RemoveRange { who, market, range } | Action::UnwindRange { who, market, range } => {
            (found.who, found.market) = (with_ranges(who)?, listed(market)?);
            let ranges = books.ranges.get(&found.who).ok_or(Error::AccountMissing)?;
            found.slot = range.slot(ranges, found.market)?;
        }
        Action::Settle { who, market, by } => {
            (found.who, found.market, found.by) = (opened(who)?, listed(market)?, address(by)?);
        }
        Action::CollectPledged { who, market, creditor } => {
            (found.who, found.market, found.creditor) = (opened(who)?, listed(market)?, listed(creditor)?);
            // One account in two places: a client cannot send it.
            if found.market == found.creditor {
                return Err(Error::NothingPledged);
            }
        }
        Action::FundMarketInsurance { by, market, .. } => (found.by, found.market) = (address(by)?, listed(market)?),
        Action::FundInsurance { by, .. } | Action::Donate { by, .. } => found.by = address(by)?,
        Action::SweepUnbooked => {}
        Action::PayWithdrawal { bank, ticket } => {
            found.bank = banked(bank)?;
            let number = ticket.or_else(|| Some(books.bank(bank)?.bank.queue_head)).ok_or(Error::WrongBank)?;
            let state = books.ticket(bank, number).ok_or(Error::AccountMissing)?;
            (found.who, found.ticket) = (Pubkey::from(state.account), number);
        }
        Action::CancelWithdrawal { who, bank, ticket, by } => {
            (found.who, found.by, found.bank) = (opened(who)?, address(by)?, banked(bank)?);
            let number = ticket.or_else(|| books.first_ticket(bank, &found.who)).ok_or(Error::AccountMissing)?;
            let state = books.ticket(bank, number).ok_or(Error::AccountMissing)?;
            if state.account != found.who.to_bytes() {
                return Err(Error::AccountForeign);
            }
            found.ticket = number;
        }
        Action::Pool(ref act) => {
            let pool = books.pool.as_ref().ok_or(Error::NoPool)?;
            found.by = address(act.by())?;
            if let Some(who) = act.who() {
                found.who = opened(who)?;
                let held = books.shares_of(&found.who);
                found.shares = act.shares(held);
                if found.shares > held {
                    return Err(Error::InsufficientCapital);
                }
            }
            if let Some((kind, number)) = act.request() {
                let first = || match act {
                    PoolAct::ExecuteRedeem { .. } => Some(pool.redeem_head),
                    PoolAct::ExecuteDeposit { .. } => books.first_request(kind, None),
                    _ => books.first_request(kind, Some(&found.who)),
                };
                found.request = number.or_else(first).ok_or(Error::AccountMissing)?;
                let request = books.requests.get(&(kind, found.request)).ok_or(Error::AccountMissing)?;
                if act.who().is_some() && request.account != found.who.to_bytes() {
                    return Err(Error::AccountForeign);
                }
            }
        }
        Action::Order(ref act) => {
            let (who, number, by) = act.parts();
            (found.who, found.by) = (opened(who)?, address(by)?);
            if let OrderAct::Place { market, .. } = *act {
                found.market = listed(market)?;
                found.order = number.unwrap_or_else(|| books.free_order(&found.who));
                if books.orders.contains_key(&(found.who, found.order)) {
                    return Err(Error::AccountExists);
                }
            } else {
                let number = number.or_else(|| books.first_order(&found.who)).ok_or(Error::AccountMissing)?;
                let order = books.orders.get(&(found.who, number)).ok_or(Error::AccountMissing)?;
                (found.order, found.market) = (number, order.market);
                // What is left of a market that is gone can be cancelled and cleaned up.
                if matches!(act, OrderAct::Execute { .. }) && !books.markets.contains_key(&order.market) {
                    return Err(Error::MarketMissing);
                }
            }
        }
        Action::Strategy(ref act) => {
            if books.pool.is_none() {
                return Err(Error::NoPool);
            }
            found.market = listed(act.market())?;
            if let StrategyAct::Rebalance { by, .. } = *act {
                found.by = opened(by)?;
            }
        }
        Action::Govern(ref act) => {
            if act.is_of_pool(&books.changes) && books.pool.is_none() {
                return Err(Error::NoPool);
            }
            if let Some(market) = act.market() {
                found.market = listed(market)?;
            }
            if let Some(bank) = act.bank() {
                found.bank = banked(bank)?;
            }
            if act.change().is_some_and(|number| !books.changes.contains_key(&number)) {
                return Err(Error::AccountMissing);
            }
        }
        Action::Transfer { who, to, bank, .. } => {
            (found.who, found.by, found.bank) = (opened(who)?, opened(to)?, banked(bank)?);
            if found.who == found.by {
                return Err(Error::SelfLiquidation);
            }
        }
        Action::Lien(ref act) => {
            found.who = opened(act.who())?;
            match *act {
                LienAct::Give { to: other, .. } | LienAct::Place { holder: other, .. } => {
                    // Nobody signs for the pool.
                    if books.pool.is_some_and(|pool| address(other).is_ok_and(|it| it.to_bytes() == pool.account)) {
                        return Err(Error::Unauthorized);
                    }
                    found.key = key_of(other)?;
                }
                LienAct::Call { by, .. } | LienAct::Release { by, .. } => found.by = address(by)?,
                LienAct::Seize { by, bank, .. } => {
                    (found.by, found.bank) = (opened(by)?, banked(bank)?);
                    if found.who == found.by {
                        return Err(Error::SelfLiquidation);
                    }
                }
            }
        }
        Action::SetDelegate { who, delegate, ref markets, .. } => {
            found.who = opened(who)?;
            found.key = delegate.map_or(Ok(found.key), key_of)?;
            markets.iter().try_for_each(|market| listed(*market).map(drop))?;
        }
        Action::ApproveBuilder { who, builder, .. } => {
            (found.who, found.key) = (opened(who)?, key_of(builder)?);
            if books.approvals.contains_key(&(found.who, found.key)) {
                return Err(Error::AccountExists);
            }
        }
        Action::RevokeBuilder { who, builder } => {
            (found.who, found.key) = (opened(who)?, key_of(builder)?);
            if !books.approvals.contains_key(&(found.who, found.key)) {
                return Err(Error::AccountMissing);
            }
        }
        Action::TradeWithBuilder { who, market, builder, .. } => {
            (found.who, found.market) = (opened(who)?, listed(market)?);
            (found.by, found.key) = (opened(builder)?, key_of(builder)?);
            if found.who == found.by {
                return Err(Error::SelfLiquidation);
            }
            if !books.approvals.contains_key(&(found.who, found.key)) {
                return Err(Error::AccountMissing);
            }
        }
        Action::SignedBy { by, ref action } => {
            let _signer = key_of(by)?;
            return find(books, addresses, action);
        }
        Action::LiquidateOnCurve { who, market, by, .. } | Action::Liquidate { who, market, by, .. } => {
            (found.who, found.market, found.by) = (opened(who)?, listed(market)?, opened(by)?);
            if found.who == found.by {
                return Err(Error::SelfLiquidation);
            }
        }
        Action::Backstop { who, market, by, .. } => {
            (found.who, found.market, found.by) = (opened(who)?, listed(market)?, opened(by)?);
            found.holder = pool_account(books)?;
            if found.who == found.by || found.who == found.holder || found.by == found.holder {
                return Err(Error::SelfLiquidation);
            }
        }
        Action::BalanceReserve => found.who = pool_account(books)?,
        Action::Deleverage { who, market, holder, by, .. } => {
            (found.who, found.market, found.by) = (opened(who)?, listed(market)?, opened(by)?);
            found.holder = opened(holder)?;
            if found.who == found.by || found.who == found.holder || found.by == found.holder {
                return Err(Error::SelfLiquidation);
            }
        }
    }
    Ok(found)
}

/// The pool's margin account. Errors with `NoPool` while there is none.
fn pool_account(books: &Books) -> Result<Pubkey> {
    books.pool.map(|pool| Pubkey::from(pool.account)).ok_or(Error::NoPool)
}

/// Whose account an action is done with, where its owner has to sign.
const fn signer(action: &Action) -> Option<usize> {
    match *action {
        Action::CloseAccount { who }
        | Action::CloseRanges { who }
        | Action::Withdraw { who, .. }
        | Action::QueueWithdrawal { who, .. }
        | Action::Trade { who, .. }
        | Action::TradeLegs { who, .. }
        | Action::AddRange { who, .. }
        | Action::RemoveRange { who, .. }
        | Action::Release { who, .. }
        | Action::DepositAndTrade { who, .. }
        | Action::TradeExact { who, .. }
        | Action::TradeTo { who, .. }
        | Action::Transfer { who, .. } => Some(who),
        Action::Liquidate { by, .. } | Action::BuyCollateral { by, .. } => Some(by),
        Action::Lien(ref act) => act.signer(),
        Action::Pool(ref act) => act.who(),
        Action::Order(ref act) => Some(act.parts().0),
        _ => None,
    }
}
