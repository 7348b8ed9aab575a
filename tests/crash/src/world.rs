//! The exchange under way: each action on the engine, and on the compiled program in step where that was asked for, with
//! the audit and the ledger behind it.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use keel_embedded::Player;
use keel_engine::margin::{Health, health_for_liquidation};
use keel_engine::state::{Bank, MarginAccount, Market, Position, USDC};
use keel_engine::{Error, Now};
use keel_simulator::audit;
use keel_simulator::compare::compare;
use keel_simulator::setup::number;
use keel_simulator::write::{Step, scenario_json};
use keel_simulator::{Action, Books, Done, Executor, Setup, Simulator, native};
use solana_pubkey::Pubkey;

use crate::collateral::BANK;
use crate::holders::Holders;
use crate::ledger;
use crate::tally::Tally;

/// What the exchange answered.
pub type Answer = Result<Done, Error>;

/// Everything.
pub struct World {
    /// The engine.
    pub engine: Simulator,
    /// The compiled program, in step with it.
    chain: Option<Player>,
    setup: Setup,
    /// Counts.
    pub tally: Tally,
    steps: Vec<Step>,
    /// Seconds since the start.
    pub at: u64,
    /// Quote atoms for an atom of the other collateral outside, whatever its feed says.
    pub outside: f64,
    /// Who has it, and what became of it.
    pub holders: Holders,
}

impl World {
    /// An exchange as it starts.
    pub fn start(setup: &Setup, on_chain: bool) -> Result<Self> {
        let chain = if on_chain { Some(Player::start(setup)?) } else { None };
        let engine = match &chain {
            Some(player) => player.simulator(),
            None => Simulator::start(setup)?,
        };
        Ok(Self {
            engine,
            chain,
            setup: setup.clone(),
            tally: Tally::default(),
            steps: Vec::new(),
            at: 0,
            outside: 0.0,
            holders: Holders::default(),
        })
    }

    /// Turns the clock.
    pub fn turn(&mut self, at: u64) {
        self.at = at;
        self.engine.turn(at);
        if let Some(chain) = &mut self.chain {
            chain.turn(at);
        }
    }

    /// Does something. Errors where an equality breaks, the ledger disagrees, or the program differs from the engine.
    pub fn perform(&mut self, action: Action) -> Result<Answer> {
        let place = self.steps.len();
        let text = format!("step {place} at {} s, {action:?}", self.at);
        self.steps.push(Step { at: self.at, action: action.clone() });
        self.checked(&action).context(text)
    }

    fn checked(&mut self, action: &Action) -> Result<Answer> {
        let queue = if let Action::PayWithdrawal { bank, .. } = action { *bank } else { USDC };
        let (accounts, waiting) = (self.engine.books.accounts.clone(), self.first_in_queue(queue));
        let answer = self.engine.play(action);
        if let Some(chain) = &mut self.chain {
            let theirs = chain.perform(action)?;
            ensure!(answer == theirs, "the engine says {answer:?}, the program {theirs:?}");
            compare(&self.engine.books, chain.books())?;
        }
        if !matches!(action, Action::Price { .. } | Action::BankPrice { .. }) {
            let findings = audit::check(&self.engine.books)?;
            self.tally.equalities += u64::from(findings.equalities);
        }
        let owners = |who: usize| self.engine.account(who);
        ledger::check(&accounts, waiting, &self.engine.books, owners, action, &answer)?;
        if let (Some(_), Ok(done)) = (self.bank(), &answer) {
            let mut holders = std::mem::take(&mut self.holders);
            holders.follow(self, action, done)?;
            self.holders = holders;
        }
        let mark = self.mark_of(action);
        self.tally.count(action, &answer, mark);
        Ok(answer)
    }

    /// The mark of the market that an action names, in USD per contract.
    fn mark_of(&self, action: &Action) -> f64 {
        let market = ledger::market_of(action).and_then(|market| self.market(market).ok());
        market.map_or(0.0, |market| native::usd(market.mark.bits))
    }

    /// Whose withdrawal is the first in a bank's queue.
    pub fn first_in_queue(&self, bank: usize) -> Option<Pubkey> {
        let head = self.books().bank(bank)?.bank.queue_head;
        self.books().ticket(bank, head).map(|ticket| Pubkey::from(ticket.account))
    }

    /// Every account.
    pub const fn books(&self) -> &Books {
        &self.engine.books
    }

    /// The clock.
    pub fn now(&self) -> Now {
        self.engine.now()
    }

    /// How many accounts there are.
    pub const fn people(&self) -> usize {
        self.setup.accounts.len()
    }

    /// How much was done.
    pub const fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Somebody's name.
    pub fn name(&self, who: usize) -> &str {
        self.setup.accounts.get(who).map_or("?", |account| &account.name)
    }

    /// A market.
    pub fn market(&self, market: usize) -> Result<&Market> {
        self.books().markets.get(&number(market)).context("a market is gone")
    }

    /// Somebody's account.
    pub fn account(&self, who: usize) -> Result<&MarginAccount> {
        let address = self.engine.account(who)?;
        self.books().accounts.get(&address).context("a margin account is gone")
    }

    /// Somebody's position in a market, if there is one.
    pub fn position(&self, who: usize, market: usize) -> Option<&Position> {
        self.account(who).ok()?.position(number(market)).ok()
    }

    /// Base that somebody holds.
    pub fn base(&self, who: usize, market: usize) -> i64 {
        self.position(who, market).map_or(0, |position| position.base)
    }

    /// Equity and maintenance at the stored marks, if they are fresh. Other collateral counts as in a liquidation.
    pub fn health(&self, who: usize) -> Option<Health> {
        let (books, address, now) = (self.books(), self.engine.account(who).ok()?, self.now());
        let health = native::health(books, &address, now).ok()?;
        if self.tokens(who) == 0 {
            return Some(health);
        }
        let (account, ranges) = (books.accounts.get(&address)?, books.ranges.get(&address));
        books.view(|view| health_for_liquidation(account, ranges, view, now)).ok()
    }

    /// Notes who of those with other collateral is healthy.
    pub fn look_at_holders(&mut self) {
        if self.bank().is_some() {
            let mut holders = std::mem::take(&mut self.holders);
            holders.look(self);
            self.holders = holders;
        }
    }

    /// Atoms of the other collateral that somebody has.
    pub fn tokens(&self, who: usize) -> u64 {
        self.account(who).ok().and_then(|account| account.capital.get(BANK).copied()).unwrap_or(0)
    }

    /// The bank of the other collateral, where there is one.
    pub fn bank(&self) -> Option<&Bank> {
        self.books().bank(BANK).map(|book| &book.bank)
    }

    /// Slots of somebody's ranges in a market.
    pub fn slots(&self, who: usize, market: usize) -> Vec<u8> {
        let companion = self.engine.account(who).ok().and_then(|address| self.books().ranges.get(&address));
        let ranges = companion.iter().flat_map(|companion| (0u8..).zip(&companion.ranges));
        ranges.filter(|(_, range)| range.market == number(market)).map(|(slot, _)| slot).collect()
    }

    /// Writes what was done as a scenario that plays it again, beside everything else that is built. Returns where.
    pub fn record(&self, name: &str) -> Result<PathBuf> {
        let folder = crate::report::folder();
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let path = folder.join(format!("{name}.json"));
        std::fs::write(&path, scenario_json(name, &self.setup, &self.steps))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}
