//! The exchange of the scenario and everyone on it. What agents and the keeper do are actions, each played twice: as a
//! signed transaction on the compiled program, audited and told again from its events, and on the engine alone. Both
//! answer the same and leave the same books, byte for byte, or the run ends.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use keel_embedded::Player;
use keel_engine::curve::Exact;
use keel_engine::margin::Health;
use keel_engine::state::{MarginAccount, Market, Position};
use keel_engine::trade::Order;
use keel_engine::{Error, Now, Side};
use keel_simulator::audit::Findings;
use keel_simulator::compare::compare;
use keel_simulator::setup::{Setup, number};
use keel_simulator::write::{Step, scenario_json};
use keel_simulator::{Action, Books, Done, Executor, Quote, Simulator, native};
use solana_pubkey::Pubkey;

use crate::prices::Sample;
use crate::setup;
use crate::tally::Tally;

/// The market's place in the scenario.
pub const MARKET: usize = 0;
/// Quote atoms in a dollar.
pub const USD: f64 = 1e6;
/// Base atoms in a contract.
const CONTRACT: f64 = 1e9;

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
    /// Unix time of the first price, which is played in the second 0.
    start: i64,
    /// Seconds since then.
    at: u64,
}

impl World {
    /// The scenario's exchange at the first price, after the scenario's steps.
    pub fn start(first: &Sample) -> Result<Self> {
        let scenario = setup::at(&first.quote)?;
        let program = Player::start(&scenario.setup)?;
        let (engine, setup) = (program.simulator(), scenario.setup);
        let (tally, steps) = (Tally::default(), Vec::new());
        let mut world = Self { program, engine, setup, tally, steps, start: first.unix, at: 0 };
        for step in scenario.steps {
            let done = world.perform(step.action)?;
            let _done = done.with_context(|| format!("{}:{}", scenario.file, step.line))?;
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

    /// The market as of the last transaction.
    pub fn market(&self) -> Result<&Market> {
        self.books().markets.get(&number(MARKET)).context("the market is gone")
    }

    /// Somebody's name.
    pub fn name(&self, who: usize) -> &str {
        self.setup.accounts.get(who).map_or("?", |account| &account.name)
    }

    /// Somebody's place in the scenario.
    pub fn who(&self, name: &str) -> Result<usize> {
        let place = self.setup.accounts.iter().position(|account| account.name == name);
        place.with_context(|| format!("demo.json has no account {name}"))
    }

    /// Address of a margin account.
    pub fn address(&self, who: usize) -> Result<Pubkey> {
        self.program.account(who)
    }

    /// A margin account as of the last transaction.
    pub fn account(&self, who: usize) -> Result<&MarginAccount> {
        self.books().accounts.get(&self.address(who)?).context("a margin account is gone")
    }

    /// The account's position in the market, if it has one.
    pub fn position(&self, who: usize) -> Option<&Position> {
        self.account(who).ok()?.position(number(MARKET)).ok()
    }

    /// Base held, in contracts.
    pub fn contracts(&self, who: usize) -> f64 {
        self.position(who).map_or(0.0, |position| position.base as f64 / CONTRACT)
    }

    /// Equity and maintenance margin, if the mark is fresh.
    pub fn health(&self, who: usize) -> Option<Health> {
        native::health(self.books(), &self.address(who).ok()?, self.now()).ok()
    }

    /// Equity in USD as it counts for new risk: without profit that is not mature.
    pub fn free_equity(&self, who: usize) -> f64 {
        let initial = self.address(who).ok().and_then(|at| native::initial(self.books(), &at, self.now()).ok());
        initial.map_or(0.0, |initial| initial.equity as f64 / USD)
    }

    /// Equity in USD.
    pub fn equity(&self, who: usize) -> f64 {
        self.health(who).map_or(0.0, |health| health.equity as f64 / USD)
    }

    /// States a price. It stands until the next one.
    pub fn publish(&mut self, quote: Quote) -> Result<()> {
        let _booked = self.perform(Action::Price { market: MARKET, quote, published: None })?;
        Ok(())
    }

    /// Trades base, in contracts; positive buys.
    pub fn trade(&mut self, who: usize, contracts: f64, reduce_only: bool) -> Result<Answer> {
        let side = if contracts > 0.0 { Side::Buy } else { Side::Sell };
        self.trade_exact(who, side, Exact::Base((contracts.abs() * CONTRACT) as u64), reduce_only)
    }

    /// Trades an exact amount.
    pub fn trade_exact(&mut self, who: usize, side: Side, exact: Exact, reduce_only: bool) -> Result<Answer> {
        let order = Order { side, exact, limit: None, reduce_only, all_or_nothing: false };
        self.perform(Action::Trade { who, market: MARKET, order })
    }

    /// Deposits USD from outside.
    pub fn deposit(&mut self, who: usize, usd: f64) -> Result<Answer> {
        ensure!(usd > 0.0, "a deposit of nothing");
        self.perform(Action::Deposit { who, amount: (usd * USD) as u64 })
    }
}
