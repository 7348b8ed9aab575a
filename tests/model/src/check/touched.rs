//! What an action changed: nothing if it was refused, and otherwise only what it names.

use std::collections::BTreeMap;

use bytemuck::{Pod, bytes_of};
use keel_engine::Error;
use keel_engine::state::USDC;
use keel_simulator::Action;
use keel_simulator::action::Done;
use keel_simulator::liens::LienAct;
use keel_simulator::orders::OrderAct;
use keel_simulator::setup::number;
use keel_simulator::strategies::StrategyAct;
use solana_pubkey::Pubkey;

use super::{Violation, require};
use crate::world::World;

/// Keys of what changed, was made or went away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    pub markets: Vec<u16>,
    pub arrays: Vec<(u16, i32)>,
    pub accounts: Vec<Pubkey>,
    pub ranges: Vec<Pubkey>,
    pub banks: Vec<u8>,
    pub tickets: Vec<(u8, u64)>,
    pub requests: Vec<(u8, u64)>,
    pub orders: Vec<(Pubkey, u64)>,
    pub approvals: Vec<(Pubkey, Pubkey)>,
    pub pool: bool,
    pub exchange: bool,
}

impl Touched {
    pub fn is_empty(&self) -> bool {
        let maps = self.markets.is_empty() && self.arrays.is_empty() && self.accounts.is_empty();
        let waiting = self.tickets.is_empty() && self.requests.is_empty() && self.orders.is_empty();
        let banks = self.ranges.is_empty() && self.banks.is_empty() && self.approvals.is_empty();
        maps && waiting && banks && !self.pool && !self.exchange
    }
}

/// Keys whose values differ.
fn differences<K: Ord + Copy, V>(
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
    is_same: impl Fn(&V, &V) -> bool,
) -> Vec<K> {
    let mut different = Vec::new();
    let (mut ours, mut theirs) = (before.iter().peekable(), after.iter().peekable());
    loop {
        match (ours.peek(), theirs.peek()) {
            (Some((a, left)), Some((b, right))) if a == b => {
                if !is_same(left, right) {
                    different.push(**a);
                }
                ours.next();
                theirs.next();
            }
            (Some((a, _)), Some((b, _))) if a < b => {
                different.push(**a);
                ours.next();
            }
            (Some((a, _)), None) => {
                different.push(**a);
                ours.next();
            }
            (_, Some((b, _))) => {
                different.push(**b);
                theirs.next();
            }
            (None, None) => return different,
        }
    }
}

fn same<T: Pod>(a: &T, b: &T) -> bool {
    bytes_of(a) == bytes_of(b)
}

/// Whether there is one on either side only, or another.
fn differs<T: Pod>(before: Option<&T>, after: Option<&T>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => !same(before, after),
        (before, after) => before.is_some() != after.is_some(),
    }
}

/// What an action changed. Refuses a change by what was refused, and of what was not named.
pub(crate) fn touched(world: &World, action: &Action, outcome: &Result<Done, Error>) -> Result<Touched, Violation> {
    let (before, after) = (&world.before, world.books());
    let touched = Touched {
        markets: differences(&before.markets, &after.markets, same),
        arrays: differences(&before.arrays, &after.arrays, same),
        accounts: differences(&before.accounts, &after.accounts, same),
        ranges: differences(&before.ranges, &after.ranges, same),
        banks: differences(&before.banks, &after.banks, |a, b| same(&a.bank, &b.bank) && a.tokens == b.tokens),
        tickets: differences(&before.tickets, &after.tickets, same),
        requests: differences(&before.requests, &after.requests, same),
        orders: differences(&before.orders, &after.orders, same),
        approvals: differences(&before.approvals, &after.approvals, same),
        pool: differs(before.pool.as_ref(), after.pool.as_ref()) || before.shares != after.shares,
        exchange: differs(before.exchange.as_ref(), after.exchange.as_ref()),
    };
    match outcome {
        Ok(_) => {
            require(is_named(world, action, &touched), "an action changes what it names only", || {
                format!("{action:?} changed {touched:?}")
            })?;
        }
        Err(error) => require(touched.is_empty(), "what is refused changes nothing", || {
            format!("{action:?} was refused with {error:?} and changed {touched:?}")
        })?,
    }
    Ok(touched)
}

/// What an action may change.
#[derive(Default)]
struct Named {
    market: Option<usize>,
    /// Every other market too.
    markets: bool,
    /// Numbers of the markets of legs.
    legs: Vec<u16>,
    arrays: bool,
    who: Option<usize>,
    by: Option<usize>,
    /// Whose position and ranges are closed against.
    against: Option<usize>,
    ranges: bool,
    bank: Option<usize>,
    /// Any bank.
    banks: bool,
    /// The ticket that is paid, with its account.
    ticket: Option<(u64, Pubkey)>,
    /// One of the account's tickets.
    tickets: bool,
    /// Another market by name.
    creditor: Option<usize>,
    /// The pool itself, without its margin account.
    pool: bool,
    /// The pool's margin account and its ranges.
    pools: bool,
    /// A deposit into the pool or a redemption that waits.
    request: bool,
    /// One of the account's orders.
    order: bool,
    /// One of the account's consents to a builder's fee.
    approval: bool,
    exchange: bool,
}

fn named(world: &World, action: &Action) -> Named {
    let before = &world.before;
    let none = Named::default();
    match *action {
        Action::Price { .. } | Action::BankPrice { .. } | Action::View(_) => none,
        Action::RefreshBank { bank } => Named { bank: Some(bank), ..none },
        Action::BuyCollateral { who, by, .. } => Named { who: Some(who), by: Some(by), ..none },
        Action::DepositAndTrade { who, bank, market, .. } => {
            Named { who: Some(who), bank: Some(bank), market: Some(market), arrays: true, ..none }
        }
        Action::TradeExact { who, market, .. } | Action::TradeTo { who, market, .. } => {
            Named { who: Some(who), market: Some(market), arrays: true, ..none }
        }
        Action::Lien(act) => {
            let by = if let LienAct::Seize { by, .. } = act { Some(by) } else { None };
            Named { who: Some(act.who()), by, ..none }
        }
        Action::Refresh { market } => Named { market: Some(market), ..none },
        Action::CreateTickArray { market, .. } => Named { market: Some(market), arrays: true, ..none },
        Action::OpenAccount { who } | Action::CloseAccount { who } | Action::BeginLiquidation { who } => {
            Named { who: Some(who), ..none }
        }
        Action::OpenRanges { who } | Action::CloseRanges { who } => Named { who: Some(who), ranges: true, ..none },
        Action::Deposit { who, bank, .. } | Action::Withdraw { who, bank, .. } => {
            Named { who: Some(who), bank: Some(bank), ..none }
        }
        Action::Trade { who, market, .. } => Named { who: Some(who), market: Some(market), arrays: true, ..none },
        Action::TradeLegs { who, ref legs } => {
            Named { who: Some(who), legs: legs.iter().map(|leg| number(leg.market)).collect(), arrays: true, ..none }
        }
        Action::AddRange { who, market, .. }
        | Action::RemoveRange { who, market, .. }
        | Action::SettleRange { who, market, .. }
        | Action::UnwindRange { who, market, .. } => {
            Named { who: Some(who), market: Some(market), arrays: true, ranges: true, ..none }
        }
        Action::Settle { who, market, .. } | Action::Release { who, market, .. } => {
            Named { who: Some(who), market: Some(market), ..none }
        }
        Action::LiquidateOnCurve { who, market, by, .. } => {
            Named { who: Some(who), by: Some(by), market: Some(market), arrays: true, ..none }
        }
        Action::Liquidate { who, market, by, .. } => {
            Named { who: Some(who), by: Some(by), market: Some(market), ..none }
        }
        Action::Deleverage { who, market, holder, by, .. } => {
            let (who, by, against) = (Some(who), Some(by), Some(holder));
            Named { who, by, against, market: Some(market), ..none }
        }
        Action::Backstop { who, market, by, .. } => {
            Named { who: Some(who), by: Some(by), market: Some(market), pool: true, pools: true, ..none }
        }
        Action::Pool(ref act) => {
            let is_it = |kind: u8, named: Option<u64>, (of, number): (u8, u64)| {
                of == kind && named.is_none_or(|named| named == number)
            };
            let request = act
                .request()
                .and_then(|(kind, named)| before.requests.iter().find(|(place, _)| is_it(kind, named, **place)));
            let ticket = request.map(|((_, number), request)| (*number, Pubkey::from(request.account)));
            Named { who: act.who(), ticket, request: true, pool: true, pools: true, exchange: true, ..none }
        }
        Action::BalanceReserve => Named { pools: true, exchange: true, ..none },
        Action::QueueWithdrawal { who, bank, .. } | Action::CancelWithdrawal { who, bank, .. } => {
            Named { who: Some(who), bank: Some(bank), tickets: true, ..none }
        }
        Action::PayWithdrawal { bank, ticket } => {
            let number = ticket.or_else(|| Some(before.bank(bank)?.bank.queue_head));
            let ticket = number.and_then(|number| Some((number, Pubkey::from(before.ticket(bank, number)?.account))));
            Named { bank: Some(bank), ticket, ..none }
        }
        // Parameters and pauses of a market, a bank or the pool, or what was paid to the treasury; nobody's account.
        Action::Govern(ref act) => {
            let markets = act.change().is_some();
            Named { market: act.market(), markets, banks: true, pool: true, exchange: true, ..none }
        }
        Action::Transfer { who, to, .. } => Named { who: Some(who), by: Some(to), ..none },
        Action::ClosePosition { who, market } => Named { who: Some(who), market: Some(market), ..none },
        Action::CloseMarket { market } => Named { market: Some(market), ..none },
        Action::CloseTickArray { market, .. } => Named { market: Some(market), arrays: true, ..none },
        Action::RemoveMarket { market } => Named { market: Some(market), exchange: true, ..none },
        Action::Resolve { who, market } => {
            Named { who: Some(who), market: Some(market), markets: true, exchange: true, ..none }
        }
        Action::CollectPledged { who, market, creditor } => {
            Named { who: Some(who), market: Some(market), creditor: Some(creditor), ..none }
        }
        Action::Order(OrderAct::Place { who, .. } | OrderAct::Cancel { who, .. } | OrderAct::Clean { who, .. }) => {
            Named { who: Some(who), order: true, ..none }
        }
        Action::Order(OrderAct::Execute { who, number, .. }) => {
            // The order says which market; where there is none nothing changes.
            let order = world.addresses.get(who).and_then(|account| {
                let number = number.or_else(|| before.first_order(account))?;
                before.orders.get(&(*account, number))
            });
            let market = order.map(|order| usize::from(order.market).saturating_sub(1));
            Named { who: Some(who), market, arrays: true, order: true, ..none }
        }
        Action::FundMarketInsurance { market, .. } => Named { market: Some(market), bank: Some(USDC), ..none },
        Action::FundInsurance { .. } | Action::SweepUnbooked => Named { bank: Some(USDC), exchange: true, ..none },
        Action::Donate { .. } => Named { bank: Some(USDC), ..none },
        Action::SetDelegate { who, .. } => Named { who: Some(who), ..none },
        Action::ApproveBuilder { who, .. } | Action::RevokeBuilder { who, .. } => {
            Named { who: Some(who), approval: true, ..none }
        }
        Action::TradeWithBuilder { who, market, builder, .. } => {
            Named { who: Some(who), by: Some(builder), market: Some(market), arrays: true, ..none }
        }
        Action::SignedBy { ref action, .. } => self::named(world, action),
        Action::Strategy(act) => {
            let by = if let StrategyAct::Rebalance { by, .. } = act { Some(by) } else { None };
            Named { market: Some(act.market()), arrays: true, by, pool: true, pools: true, ..none }
        }
    }
}

fn is_named(world: &World, action: &Action, touched: &Touched) -> bool {
    let named = named(world, action);
    let market = named.market.map(number);
    let address = |who: Option<usize>| who.and_then(|who| world.addresses.get(who));
    let (who, by, against) = (address(named.who), address(named.by), address(named.against));
    let paid = named.ticket.as_ref().map(|(_, account)| account);
    let creditor = named.creditor.map(number);
    let pools = world.before.pool.map(|pool| Pubkey::from(pool.account));
    let pools = pools.as_ref().filter(|_| named.pools);
    let is_market = |number: &u16| Some(*number) == market || Some(*number) == creditor || named.legs.contains(number);
    touched.markets.iter().all(|number| named.markets || is_market(number))
        && touched.arrays.iter().all(|(number, _)| named.arrays && is_market(number))
        && touched.accounts.iter().all(|account| [who, by, against, paid, pools].contains(&Some(account)))
        && touched.tickets.iter().all(|(bank, number)| {
            let is_it = named.ticket.is_some_and(|(named, _)| *number == named) || named.tickets;
            is_it && named.bank == Some(usize::from(*bank))
        })
        && touched.tickets.len() <= 1
        && touched.requests.len() <= usize::from(named.request)
        && touched.orders.len() <= usize::from(named.order)
        && touched.orders.iter().all(|(account, _)| Some(account) == who)
        && touched.approvals.len() <= usize::from(named.approval)
        && touched.approvals.iter().all(|(account, _)| Some(account) == who)
        && (!touched.pool || named.pool)
        && touched
            .ranges
            .iter()
            .all(|account| (named.ranges && Some(account) == who) || Some(account) == against || Some(account) == pools)
        && touched.banks.len() <= 1
        && touched.banks.iter().all(|bank| named.banks || named.bank == Some(usize::from(*bank)))
        && (!touched.exchange || named.exchange)
}

/// Makes the state before the next action the state after this one.
pub(crate) fn keep(world: &mut World, touched: &Touched) {
    fn follow<K: Ord + Copy, V: Copy>(before: &mut BTreeMap<K, V>, after: &BTreeMap<K, V>, keys: &[K]) {
        for key in keys {
            match after.get(key) {
                Some(value) => before.insert(*key, *value),
                None => before.remove(key),
            };
        }
    }
    let (before, after) = (&mut world.before, &world.simulator.books);
    follow(&mut before.markets, &after.markets, &touched.markets);
    follow(&mut before.arrays, &after.arrays, &touched.arrays);
    follow(&mut before.accounts, &after.accounts, &touched.accounts);
    follow(&mut before.ranges, &after.ranges, &touched.ranges);
    follow(&mut before.banks, &after.banks, &touched.banks);
    follow(&mut before.tickets, &after.tickets, &touched.tickets);
    follow(&mut before.requests, &after.requests, &touched.requests);
    follow(&mut before.orders, &after.orders, &touched.orders);
    follow(&mut before.approvals, &after.approvals, &touched.approvals);
    before.pool = after.pool;
    if touched.pool {
        before.shares.clone_from(&after.shares);
    }
    before.exchange = after.exchange;
}
