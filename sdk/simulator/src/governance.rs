//! What governance does, as actions: the launch is before every story begins, all after it is here.

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use keel_engine::exchange_params::{BankParams, ExchangeParams, PoolParams};
use keel_engine::governance::{self, BankGuard, Kind, MarketGuard, PoolGuard, Proposal};
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{Change, Exchange, USDC};
use keel_engine::{Error, Now, Result};
use keel_sdk::instructions::Plan;
use solana_pubkey::Pubkey;

use crate::books::Books;
use crate::setup::number;

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Whoever is the admin then.
    Admin,
    /// Whoever is the guardian then.
    Guardian,
    /// The owner of the account at this place.
    Owner(usize),
}

/// A change that somebody asks for. Markets and keys are places in the lists of the setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "all parameters of a market, of which there is one change at a time")]
pub enum Planned {
    /// All parameters of a market.
    MarketParams(usize, Params),
    /// All parameters of the exchange.
    ExchangeParams(ExchangeParams),
    /// All parameters of a bank, by its number.
    BankParams(usize, BankParams),
    /// An owner's key as the guardian.
    Guardian(usize),
    /// An owner's key as the treasury.
    Treasury(usize),
    /// An owner's key as the next admin.
    PendingAdmin(usize),
    /// Notice that a market closes.
    CloseMarket(usize),
    /// A market takes new risk again.
    LiftReduceOnly(usize),
    /// All parameters of the pool.
    PoolParams(PoolParams),
    /// The pool's strategy in a market.
    Strategy(usize, StrategyTerms),
    /// The pool takes deposits again.
    OpenPool,
}

impl Planned {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::MarketParams(..) => Kind::MarketParams,
            Self::ExchangeParams(_) => Kind::ExchangeParams,
            Self::BankParams(..) => Kind::BankParams,
            Self::Guardian(_) => Kind::Guardian,
            Self::Treasury(_) => Kind::Treasury,
            Self::PendingAdmin(_) => Kind::PendingAdmin,
            Self::CloseMarket(_) => Kind::CloseMarket,
            Self::LiftReduceOnly(_) => Kind::LiftReduceOnly,
            Self::PoolParams(_) => Kind::PoolParams,
            Self::Strategy(..) => Kind::Strategy,
            Self::OpenPool => Kind::OpenPool,
        }
    }

    /// What goes over the wire; `owner` tells the key at a place.
    pub fn plan(&self, owner: impl Fn(usize) -> Result<Pubkey>) -> Result<Plan> {
        Ok(match *self {
            Self::MarketParams(market, params) => Plan::MarketParams(number(market), params),
            Self::ExchangeParams(params) => Plan::ExchangeParams(params),
            Self::BankParams(bank, params) => Plan::BankParams(u8::try_from(bank).unwrap_or(u8::MAX), params),
            Self::Guardian(who) => Plan::Guardian(owner(who)?),
            Self::Treasury(who) => Plan::Treasury(owner(who)?),
            Self::PendingAdmin(who) => Plan::PendingAdmin(owner(who)?),
            Self::CloseMarket(market) => Plan::CloseMarket(number(market)),
            Self::LiftReduceOnly(market) => Plan::LiftReduceOnly(number(market)),
            Self::PoolParams(params) => Plan::PoolParams(params),
            Self::Strategy(market, terms) => Plan::Strategy(number(market), terms),
            Self::OpenPool => Plan::OpenPool,
        })
    }
}

/// Something that governance does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "all parameters of a market, of which there is one change at a time")]
pub enum Act {
    /// `queue_change`.
    Queue {
        /// Who signs.
        by: Authority,
        /// What is asked for.
        plan: Planned,
    },
    /// `cancel_change`.
    Cancel {
        /// Who signs.
        by: Authority,
        /// Number of the change.
        number: u64,
    },
    /// `change_exchange`, `change_bank`, `change_market` or `change_pool`, whichever the change is for; nobody signs.
    Execute {
        /// Number of the change.
        number: u64,
    },
    /// `accept_admin`.
    Accept {
        /// Whose key signs.
        who: usize,
    },
    /// `guard_market`.
    GuardMarket {
        /// Who signs.
        by: Authority,
        /// The market.
        market: usize,
        /// What is done.
        guard: MarketGuard,
    },
    /// `guard_bank`.
    GuardBank {
        /// Who signs.
        by: Authority,
        /// Number of the bank.
        bank: usize,
        /// What is done.
        guard: BankGuard,
    },
    /// `guard_pool`; markets are numbers.
    GuardPool {
        /// Who signs.
        by: Authority,
        /// What is done.
        guard: PoolGuard,
    },
    /// `withdraw_treasury`; nobody signs.
    WithdrawTreasury {
        /// The market.
        market: usize,
        /// Quote atoms.
        amount: u64,
    },
}

impl Act {
    /// Its name, as scenarios spell it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queue { .. } => "queue_change",
            Self::Cancel { .. } => "cancel_change",
            Self::Execute { .. } => "execute_change",
            Self::Accept { .. } => "accept_admin",
            Self::GuardMarket { .. } => "guard_market",
            Self::GuardBank { .. } => "guard_bank",
            Self::GuardPool { .. } => "guard_pool",
            Self::WithdrawTreasury { .. } => "withdraw_treasury",
        }
    }

    /// Who signs it, if anybody has to.
    pub const fn signer(&self) -> Option<Authority> {
        match *self {
            Self::Queue { by, .. }
            | Self::Cancel { by, .. }
            | Self::GuardMarket { by, .. }
            | Self::GuardBank { by, .. }
            | Self::GuardPool { by, .. } => Some(by),
            Self::Accept { who } => Some(Authority::Owner(who)),
            Self::Execute { .. } | Self::WithdrawTreasury { .. } => None,
        }
    }

    /// The market that it names.
    pub const fn market(&self) -> Option<usize> {
        match *self {
            Self::GuardMarket { market, .. } | Self::WithdrawTreasury { market, .. } => Some(market),
            Self::Queue { plan: Planned::MarketParams(market, _), .. }
            | Self::Queue { plan: Planned::CloseMarket(market) | Planned::LiftReduceOnly(market), .. } => Some(market),
            _ => None,
        }
    }

    /// Number of the bank that it names.
    pub const fn bank(&self) -> Option<usize> {
        match *self {
            Self::GuardBank { bank, .. } | Self::Queue { plan: Planned::BankParams(bank, _), .. } => Some(bank),
            _ => None,
        }
    }

    /// Whether there has to be a pool.
    pub fn is_of_pool(&self, changes: &BTreeMap<u64, Change>) -> bool {
        let kind = match self {
            Self::GuardPool { .. } => return true,
            Self::Execute { number } => changes.get(number).and_then(|change| Kind::of(change.kind).ok()),
            _ => None,
        };
        matches!(kind, Some(Kind::PoolParams | Kind::Strategy | Kind::OpenPool))
    }

    /// The change that must be there.
    pub const fn change(&self) -> Option<u64> {
        match *self {
            Self::Cancel { number, .. } | Self::Execute { number } => Some(number),
            _ => None,
        }
    }
}

/// The key of an authority in an exchange.
pub fn key(exchange: &Exchange, authority: Authority, owner: impl Fn(usize) -> Result<Pubkey>) -> Result<Pubkey> {
    match authority {
        Authority::Admin => Ok(Pubkey::from(exchange.admin)),
        Authority::Guardian => Ok(Pubkey::from(exchange.guardian)),
        Authority::Owner(who) => owner(who),
    }
}

/// Plays an act on the books, by the engine's rules. An act that is refused leaves them as they were.
pub fn play(books: &mut Books, act: &Act, owner: impl Fn(usize) -> Result<Pubkey>, now: Now) -> Result<()> {
    let mut exchange = books.exchange.ok_or(Error::AccountMissing)?;
    let signer = act.signer().map(|by| key(&exchange, by, &owner)).transpose()?.unwrap_or_default().to_bytes();
    match *act {
        Act::Queue { ref plan, .. } => {
            governance::require_admin(&exchange, &signer)?;
            let plan = plan.plan(owner)?;
            let (kind, target) = plan.place();
            let proposal = Proposal { kind: kind as u8, target, content: &plan.content(), payer: signer, bump: 0 };
            let mut change = Change::zeroed();
            governance::queue(&mut exchange, &mut change, &proposal, now)?;
            books.changes.insert(change.number, change);
        }
        Act::Cancel { number, .. } => {
            governance::require_guardian(&exchange, &signer)?;
            books.changes.remove(&number);
        }
        Act::Execute { number } => {
            let change = *books.changes.get(&number).ok_or(Error::AccountMissing)?;
            execute(books, &mut exchange, &change, now)?;
            books.changes.remove(&number);
        }
        Act::Accept { .. } => governance::accept_admin(&mut exchange, &signer)?,
        Act::GuardMarket { market, guard, .. } => {
            governance::require_guardian(&exchange, &signer)?;
            let mut state = *books.markets.get(&number(market)).ok_or(Error::MarketMissing)?;
            governance::guard_market(&exchange, &mut state, guard, now)?;
            books.markets.insert(number(market), state);
        }
        Act::GuardBank { bank, guard, .. } => {
            governance::require_guardian(&exchange, &signer)?;
            let mut book = *books.bank(bank).ok_or(Error::WrongBank)?;
            governance::guard_bank(&exchange, &mut book.bank, guard, now)?;
            books.banks.insert(book.bank.index, book);
        }
        Act::GuardPool { guard, .. } => {
            governance::require_guardian(&exchange, &signer)?;
            let mut pool = books.pool.ok_or(Error::NoPool)?;
            governance::guard_pool(&mut pool, guard)?;
            books.pool = Some(pool);
        }
        Act::WithdrawTreasury { market, amount } => {
            let mut state = *books.markets.get(&number(market)).ok_or(Error::MarketMissing)?;
            let mut book = *books.bank(USDC).ok_or(Error::WrongBank)?;
            governance::withdraw_treasury(&exchange, &mut state, &mut book.bank, amount, now)?;
            book.tokens = book.tokens.checked_sub(amount).ok_or(Error::MathOverflow)?;
            books.markets.insert(number(market), state);
            books.banks.insert(book.bank.index, book);
        }
    }
    books.exchange = Some(exchange);
    Ok(())
}

/// The instruction of the change's kind.
fn execute(books: &mut Books, exchange: &mut Exchange, change: &Change, now: Now) -> Result<()> {
    match Kind::of(change.kind)? {
        Kind::MarketParams | Kind::CloseMarket | Kind::LiftReduceOnly => {
            let mut state = *books.markets.get(&change.target).ok_or(Error::MarketMissing)?;
            governance::change_market(exchange, &mut state, change, now)?;
            books.markets.insert(change.target, state);
            Ok(())
        }
        Kind::BankParams => {
            let mut book = *books.bank(usize::from(change.target)).ok_or(Error::WrongBank)?;
            governance::change_bank(exchange, &mut book.bank, change, now)?;
            books.banks.insert(book.bank.index, book);
            Ok(())
        }
        Kind::PoolParams | Kind::Strategy | Kind::OpenPool => {
            let mut pool = books.pool.ok_or(Error::NoPool)?;
            let account = books.accounts.get(&Pubkey::from(pool.account)).ok_or(Error::NoPool)?;
            // What a client leaves out: no market, and one that is gone.
            let market = books.markets.get(&change.target);
            governance::change_pool(exchange, &mut pool, account, market, change, now)?;
            books.pool = Some(pool);
            Ok(())
        }
        // New markets and banks are no action: a story lists its own before it begins.
        _ => governance::change_exchange(exchange, change, now),
    }
}
