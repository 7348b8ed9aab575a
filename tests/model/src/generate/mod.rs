//! What actors do next, chosen with a look at the exchange: amounts related to capital and positions, ticks near the
//! curve, keepers for who is unhealthy, and now and then what makes no sense at all.

mod accounts;
mod closing;
mod collateral;
mod governance;
mod insurance;
mod keepers;
mod liens;
mod liquidity;
mod orders;
mod permits;
mod pool;
mod prices;
mod queue;
mod trades;

pub(crate) use liquidity::{liquidity_of, request};

use std::collections::VecDeque;

use keel_engine::state::{Position, USDC};
use keel_simulator::prices::Quote;
use keel_simulator::{Action, Setup};

use crate::source::Source;
use crate::world::{Timed, World};

/// What prices do.
#[derive(Clone, Debug)]
pub enum Prices {
    /// They move, jump, widen, stop, and turn out wrong.
    Wild,
    /// They stay where they are.
    Still,
    /// They follow a path, one price in 1e-8 USD a second; who acts chooses which of the latest updates to bring.
    Path(Vec<i64>),
}

/// Who acts, and on what.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Accounts that act.
    pub actors: Vec<usize>,
    /// Accounts that others may settle or liquidate.
    pub accounts: usize,
    /// What prices do.
    pub prices: Prices,
    /// The longest that nobody does anything, in seconds.
    pub longest_silence: i64,
    /// Whether they try what makes no sense: numbers at the ends of their types, tokens that nobody can have.
    pub nonsense: bool,
    /// Whether they queue withdrawals and move capital between their accounts.
    pub queues: bool,
    /// Whether they leave orders to be executed by anybody.
    pub orders: bool,
}

/// Chooses actions one after another.
#[derive(Clone, Debug)]
pub struct Generator {
    habits: Habits,
    /// What is decided already, each with the seconds to wait before it.
    plan: VecDeque<(u64, Action)>,
    /// The last plausible price of each market.
    prices: Vec<i64>,
    /// Its price at listing.
    listed: Vec<i64>,
    /// Whether the publisher has stopped or publishes nonsense.
    broken: Vec<bool>,
    /// Whether its feed sleeps at times.
    sleepy: Vec<bool>,
    /// What is published of the banks of other collateral.
    banks: Vec<collateral::Published>,
    /// Place of the pool's account, where there is a pool.
    pool: Option<usize>,
}

impl Generator {
    /// A generator for an exchange.
    pub fn new(setup: &Setup, habits: Habits) -> Self {
        let listed: Vec<i64> = setup.markets.iter().map(|market| market.first.price).collect();
        let broken = vec![false; listed.len()];
        let sleepy = setup.markets.iter().map(|market| market.params.session_gap_secs != 0).collect();
        let (prices, banks) = (listed.clone(), collateral::published(setup));
        Self { habits, plan: VecDeque::new(), prices, listed, broken, sleepy, banks, pool: setup.pool() }
    }

    /// Everybody, with wild prices.
    pub fn wild(setup: &Setup) -> Self {
        let accounts = setup.accounts.len();
        // Nobody signs for the pool.
        let actors = (0..accounts).filter(|who| Some(*who) != setup.pool()).collect();
        let (prices, longest_silence) = (Prices::Wild, 8 * 3_600);
        let habits = Habits { actors, accounts, prices, longest_silence, nonsense: true, queues: true, orders: true };
        Self::new(setup, habits)
    }

    /// The next action.
    pub fn next(&mut self, source: &mut impl Source, world: &World) -> Timed {
        loop {
            if let Some((wait, action)) = self.plan.pop_front() {
                return Timed { at: world.at + wait, action };
            }
            self.choose(source, world);
        }
    }

    fn push(&mut self, action: Action) {
        self.plan.push_back((0, action));
    }

    fn choose(&mut self, source: &mut impl Source, world: &World) {
        let who = source.pick(&self.habits.actors);
        let market = somewhere(source, world, who);
        let choice = source.below(if self.banks.is_empty() { 200 } else { 228 });
        if (176..200).contains(&choice) {
            return self.pass_time(source, world, market);
        }
        if source.below(8) != 0 {
            self.freshen(source, world, who, market);
            self.freshen_banks(source, world, who);
        }
        if world.account(who).is_none() {
            return self.enter(source, who);
        }
        match choice {
            200..221 => self.secure(source, world, who, market),
            221.. => self.pledge(source, world, who, market),
            0..12 if self.habits.orders => self.order_later(source, world, who, market),
            24..30 if self.habits.nonsense => self.permit(source, world, who, market),
            12..24 if self.pool.is_some() => self.pool(source, world, who),
            0..60 => self.trade(source, world, who, market),
            60..68 => self.trade_legs(source, world, who),
            // Money from outside is nobody's gain.
            90..94 if self.habits.nonsense => self.insure(source, world, who, market),
            68..94 => self.add_range(source, world, who, market),
            94..107 => self.remove_range(source, world, who),
            107..114 => self.settle_range(source, world, who),
            114..122 => self.push(Action::Settle { who, market, by: who }),
            122..126 => {
                let whose = source.below(self.habits.accounts as u64) as usize;
                self.push(Action::Settle { who: whose, market, by: who });
            }
            126..134 => {
                let min_ratio_ppm = source.pick(&[0, 500_000, 1_000_000]);
                self.push(Action::Release { who, market, min_ratio_ppm });
            }
            134 => self.ask(source, world, who, market),
            135..138 => self.push(Action::Deposit { who, bank: USDC, amount: source.word(36) }),
            138..142 if self.habits.queues => self.wait_in_line(source, world, who),
            138..144 => {
                let amount = source.below(world.capital(who).max(1) + 2);
                self.push(Action::Withdraw { who, bank: USDC, amount });
            }
            170..172 if self.habits.nonsense && source.one_in(3) => self.govern(source, world, who, market),
            144..172 => self.keep(source, world, who, market),
            172..175 => self.come_and_go(source, world, who),
            _ if self.habits.nonsense && source.one_in(12) => self.close_down(world, market),
            _ if self.habits.nonsense => self.nonsense(source, world),
            _ => self.trade(source, world, who, market),
        }
    }

    /// Brings the market up to date that is traded next, those that the account is in, and now and then another.
    fn freshen(&mut self, source: &mut impl Source, world: &World, who: usize, next: usize) {
        let now = world.now();
        let is_few = world.markets() <= 2;
        for market in 0..world.markets() {
            let stale = world.market(market).is_some_and(|state| state.index_time != now.unix);
            let concerns = is_few || market == next || world.position(who, market).is_some() || source.one_in(6);
            if stale && concerns && (self.prices_are_wild() || source.one_in(2)) {
                self.refresh(source, world, market);
            }
        }
    }

    fn refresh(&mut self, source: &mut impl Source, world: &World, market: usize) {
        self.bring_price(source, world.at, market, 0);
        self.push(Action::Refresh { market });
    }

    /// On a path, the update that the next transaction brings is one of the last few.
    fn bring_price(&mut self, source: &mut impl Source, at: u64, market: usize, wait: u64) {
        let Prices::Path(path) = &self.habits.prices else { return };
        let lag = if source.one_in(2) { 0 } else { source.below(6) };
        let published = (at + wait).saturating_sub(lag);
        let Some(price) = path.get(published as usize).copied() else { return };
        let quote = crate::sets::quote(price);
        self.plan.push_back((wait, Action::Price { market, quote, published: Some(published.cast_signed()) }));
    }

    const fn prices_are_wild(&self) -> bool {
        matches!(self.habits.prices, Prices::Wild)
    }
}

/// Position of an account in a market, empty if there is none.
fn position(world: &World, who: usize, market: usize) -> Position {
    world.position(who, market).copied().unwrap_or_else(bytemuck::Zeroable::zeroed)
}

/// A market: where there are many, mostly one that the account is in.
fn somewhere(source: &mut impl Source, world: &World, who: usize) -> usize {
    let count = world.markets();
    let any = source.below(count as u64) as usize;
    if count <= 2 || source.one_in(3) {
        return any;
    }
    let is_in = |market: &usize| world.position(who, *market).is_some();
    (0..count).map(|i| (any + i) % count).find(is_in).unwrap_or(any)
}

/// A price with a confidence of a twentieth of a permille.
fn plausible(price: i64) -> Quote {
    crate::sets::quote(price)
}
