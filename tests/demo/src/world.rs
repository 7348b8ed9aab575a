//! The exchange and everyone on it. What agents and the keeper do are actions, each played twice: as a
//! signed transaction on the compiled program, audited and told again from its events, and on the engine alone. Both
//! answer the same and leave the same books, byte for byte, or the run ends.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use keel_embedded::Player;
use keel_engine::curve::Exact;
use keel_engine::margin::Health;
use keel_engine::pool::nav_at_any_mark;
use keel_engine::pool::shares::{price_ceil, price_floor};
use keel_engine::ranges::entitlement;
use keel_engine::state::{MarginAccount, Market, Position, USDC};
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Error, Now, Side, margin};
use keel_simulator::audit::Findings;
use keel_simulator::compare::compare;
use keel_simulator::setup::{Setup, number};
use keel_simulator::write::{Step, scenario_json};
use keel_simulator::{Action, Books, Done, Executor, Quote, Simulator, native};
use solana_pubkey::Pubkey;

use crate::cast;
use crate::paths::{MARKETS, Published};
use crate::recorder::PoolFrame;
use crate::setup;
use crate::tally::Tally;

/// Quote atoms in a dollar.
pub const USD: f64 = 1e6;
/// Base atoms in a contract.
pub const CONTRACT: f64 = 1e9;

/// What the exchange answered: what was done, or why it was refused.
pub type Answer = Result<Done, Error>;

/// Everything.
pub struct World {
    /// The compiled program.
    pub program: Player,
    /// The engine, in step with it.
    engine: Simulator,
    /// What both started with.
    pub setup: Setup,
    pub tally: Tally,
    /// What was done so far.
    pub steps: Vec<Step>,
    /// The last price of each market.
    quotes: Vec<Quote>,
    /// Whose publisher is silent.
    silent: [bool; MARKETS],
    /// Unix time of the first price, which is played in the second 0.
    start: i64,
    /// Seconds since then.
    at: u64,
}

impl World {
    /// The exchange at the first prices, which are those of the unix time `start`.
    pub fn start(start: i64, firsts: &Published) -> Result<Self> {
        Self::of(start, setup::at(firsts, cast::accounts())?)
    }

    /// An exchange with the markets of genesis and any accounts.
    pub fn of(start: i64, setup: Setup) -> Result<Self> {
        let program = Player::start(&setup)?;
        let engine = program.simulator();
        let quotes = setup.markets.iter().map(|market| market.first).collect();
        let (tally, steps) = (Tally::default(), Vec::new());
        let mut world = Self { program, engine, setup, tally, steps, quotes, silent: [false; MARKETS], start, at: 0 };
        for (market, listed) in setup::genesis()?.markets.iter().enumerate() {
            for index in &listed.tick_arrays {
                let created = world.perform(Action::CreateTickArray { market, index: *index })?;
                let _done = created.with_context(|| format!("tick array {index} of {}", listed.name))?;
            }
        }
        Ok(world)
    }

    /// Turns the clock to a time of the prices; it never goes back.
    pub fn turn(&mut self, unix: i64) {
        self.at = self.at.max(unix.saturating_sub(self.start).max(0).unsigned_abs());
        self.program.turn(self.at);
        self.engine.turn(self.at);
    }

    /// The time, as the prices count it.
    pub fn unix(&self) -> i64 {
        self.start.saturating_add_unsigned(self.at)
    }

    /// Seconds from the start.
    pub const fn secs(&self) -> u64 {
        self.at
    }

    /// Whether an action would succeed now: told by a copy of the engine.
    pub fn would(&self, action: &Action) -> bool {
        self.engine.clone().play(action).is_ok()
    }

    /// Numbers of the orders that an account has in a market.
    pub fn orders_of(&self, who: usize, market: usize) -> Result<Vec<u64>> {
        let address = self.address(who)?;
        let orders = self.books().orders.range((address, 0)..=(address, u64::MAX));
        Ok(orders.filter(|(_, order)| order.market == number(market)).map(|((_, number), _)| *number).collect())
    }

    /// The clock of the exchange.
    pub fn now(&self) -> Now {
        self.program.now()
    }

    /// Does something, on the program and on the engine. Errors where they differ or an equality breaks.
    pub fn perform(&mut self, action: Action) -> Result<Answer> {
        self.steps.push(Step { at: self.at, action: action.clone() });
        let place =
            || format!("step {}, {} (is the program built from these sources?)", self.steps.len(), action.name());
        let expected = self.engine.play(&action);
        let answer = self.program.perform(&action).with_context(place)?;
        ensure!(expected == answer, "{}: the engine answers {expected:?}, the program {answer:?}", place());
        if let Some(units) = self.program.units() {
            compare(&self.engine.books, self.program.books()).with_context(place)?;
            self.tally.count(&action, &answer, units);
            self.tally.equalities += u64::from(self.program.exchange.findings.equalities);
        } else if let Err(error) = answer {
            // The client says no before it sends anything.
            self.tally.refuse(&action, error);
        }
        Ok(answer)
    }

    /// Writes what was done so far as a scenario, one that plays again.
    pub fn record(&self, name: &str, path: &Path) -> Result<()> {
        std::fs::write(path, scenario_json(name, &self.setup, &self.steps))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Every account as of the last transaction.
    pub fn books(&self) -> &Books {
        self.program.books()
    }

    /// What the last audit found.
    pub const fn findings(&self) -> &Findings {
        &self.program.exchange.findings
    }

    /// A market as of the last transaction.
    pub fn market(&self, market: usize) -> Result<&Market> {
        self.books().markets.get(&number(market)).context("the market is gone")
    }

    /// A market's name.
    pub fn market_name(&self, market: usize) -> String {
        let name = self.setup.markets.get(market).map_or(&[][..], |market| &market.name);
        String::from_utf8_lossy(name).trim_end_matches('\0').to_owned()
    }

    /// A market's index, in USD for a contract.
    pub fn index(&self, market: usize) -> Result<f64> {
        Ok(native::usd(self.market(market)?.index.bits))
    }

    /// Whether a market's publisher is silent.
    pub fn is_silent(&self, market: usize) -> bool {
        self.silent.get(market).copied().unwrap_or(false)
    }

    /// The pool, if there is one.
    pub fn pool_frame(&self) -> Result<Option<PoolFrame>> {
        let books = self.books();
        let (Some(pool), Some(exchange)) = (&books.pool, &books.exchange) else { return Ok(None) };
        let address = Pubkey::from(pool.account);
        let account = books.accounts.get(&address).context("the pool has no account")?;
        let ranges = books.ranges.get(&address);
        let nav = books.view(|view| nav_at_any_mark(exchange.pool_reserve, account, ranges, view, self.now()))?;
        let mut held = [0.0; MARKETS];
        for (place, held) in held.iter_mut().enumerate() {
            let market = self.market(place)?;
            let mut base = account.position(number(place)).map_or(0, |position| position.base);
            let own = books.ranges_in(number(place)).filter(|(of, _)| **of == address);
            for (_, range) in own {
                let (lower, upper) = books.ticks(market, range)?;
                base += entitlement(market, range, lower, upper)?.base;
            }
            *held = base as f64 / CONTRACT * native::usd(market.index.bits);
        }
        Ok(Some(PoolFrame {
            high: price_ceil(&nav, pool.shares) as f64 / USD,
            low: price_floor(&nav, pool.shares) as f64 / USD,
            value: nav.low as f64 / USD,
            held,
        }))
    }

    /// Somebody's name.
    pub fn name(&self, who: usize) -> &str {
        self.setup.accounts.get(who).map_or("?", |account| &account.name)
    }

    /// Somebody's place among the accounts.
    pub fn who(&self, name: &str) -> Result<usize> {
        let place = self.setup.accounts.iter().position(|account| account.name == name);
        place.with_context(|| format!("nobody is called {name}"))
    }

    /// Address of a margin account.
    pub fn address(&self, who: usize) -> Result<Pubkey> {
        self.program.account(who)
    }

    /// Who has this margin account, by his place.
    pub fn who_at(&self, address: &Pubkey) -> Result<Option<usize>> {
        for who in 0..self.setup.accounts.len() {
            if self.address(who)? == *address {
                return Ok(Some(who));
            }
        }
        Ok(None)
    }

    /// A margin account as of the last transaction.
    pub fn account(&self, who: usize) -> Result<&MarginAccount> {
        self.books().accounts.get(&self.address(who)?).context("a margin account is gone")
    }

    /// The account's position in a market, if it has one.
    pub fn position(&self, who: usize, market: usize) -> Option<&Position> {
        self.account(who).ok()?.position(number(market)).ok()
    }

    /// Base held in a market, in contracts.
    pub fn contracts(&self, who: usize, market: usize) -> f64 {
        self.position(who, market).map_or(0.0, |position| position.base as f64 / CONTRACT)
    }

    /// Base held in a market at its index, in USD.
    pub fn notional(&self, who: usize, market: usize) -> f64 {
        self.contracts(who, market) * self.index(market).unwrap_or(0.0)
    }

    /// Whether liquidation may begin or go on: told from marks as old as it allows.
    pub fn is_unhealthy(&self, who: usize) -> bool {
        let books = self.books();
        let health = self.address(who).ok().and_then(|address| {
            let account = books.accounts.get(&address)?;
            let ranges = books.ranges.get(&address);
            books.view(|view| margin::health_for_liquidation(account, ranges, view, self.now())).ok()
        });
        health.is_some_and(|health: Health| health.is_unhealthy())
    }

    /// Equity in USD as it counts for new risk: without profit that is not mature.
    pub fn free_equity(&self, who: usize) -> f64 {
        let initial = self.address(who).ok().and_then(|at| native::initial(self.books(), &at, self.now()).ok());
        initial.map_or(0.0, |initial| initial.equity as f64 / USD)
    }

    /// Equity in USD, at marks of any age.
    pub fn equity(&self, who: usize) -> f64 {
        let books = self.books();
        let health = self.address(who).ok().and_then(|address| {
            let account = books.accounts.get(&address)?;
            let ranges = books.ranges.get(&address);
            books.view(|view| margin::health_at_any_mark(account, ranges, view, self.now())).ok()
        });
        health.map_or(0.0, |health| health.equity as f64 / USD)
    }

    /// States a market's price. It stands until the next one.
    pub fn publish(&mut self, market: usize, quote: Quote) -> Result<()> {
        self.quotes[market] = quote;
        self.silent[market] = false;
        let _booked = self.perform(Action::Price { market, quote, published: None })?;
        Ok(())
    }

    /// A market's publisher says nothing more: its last price is of this second.
    pub fn silence(&mut self, market: usize) -> Result<()> {
        if !self.silent[market] {
            self.silent[market] = true;
            let (quote, published) = (self.quotes[market], Some(self.at.cast_signed()));
            let _booked = self.perform(Action::Price { market, quote, published })?;
        }
        Ok(())
    }

    /// Trades base, in contracts; positive buys.
    pub fn trade(&mut self, who: usize, market: usize, contracts: f64, reduce_only: bool) -> Result<Answer> {
        let order = Order { reduce_only, ..order(contracts) };
        self.perform(Action::Trade { who, market, order })
    }

    /// Trades base up to a limit on the curve's price; positive buys.
    pub fn trade_to(&mut self, who: usize, market: usize, contracts: f64, limit: Price) -> Result<Answer> {
        let order = Order { limit: Some(limit), ..order(contracts) };
        self.perform(Action::Trade { who, market, order })
    }

    /// Trades an exact amount.
    pub fn trade_exact(&mut self, who: usize, market: usize, side: Side, exact: Exact) -> Result<Answer> {
        let order = Order { side, exact, limit: None, reduce_only: false, all_or_nothing: false };
        self.perform(Action::Trade { who, market, order })
    }

    /// Deposits USD from outside.
    pub fn deposit(&mut self, who: usize, usd: f64) -> Result<Answer> {
        ensure!(usd > 0.0, "a deposit of nothing");
        self.perform(Action::Deposit { who, bank: USDC, amount: (usd * USD) as u64 })
    }
}

/// An order for contracts, at any price; positive buys.
pub fn order(contracts: f64) -> Order {
    let side = if contracts > 0.0 { Side::Buy } else { Side::Sell };
    let exact = Exact::Base((contracts.abs() * CONTRACT) as u64);
    Order { side, exact, limit: None, reduce_only: false, all_or_nothing: false }
}
