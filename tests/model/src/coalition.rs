//! Accounts with one purse against others that sit still (item 12).
//!
//! A coalition does what it likes, in any order and at any time; then it closes everything, settles, waits until all of
//! its profit is mature, releases and withdraws. What it then has more than it began with must have come from somewhere:
//!
//! - **funding that the others paid.** They never trade after the start, so what each position paid is exactly its base
//!   times what F grew by, and what each range paid is its entitlement's funding;
//! - **the index**, where it moves: the coalition's net base, ranges included, times each move of the index at the second
//!   in which it moved, whenever the coalition chose to bring it. In a fixed market the index prices nothing that the
//!   coalition opens and closes: there it brings nothing;
//! - not **rounding**, which is the protocol's. What is allowed is how exactly the others' funding is told: an atom for each
//!   of their ranges, whose entitlement is rounded up.

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::ranges::entitlement;
use keel_engine::state::{Mode, USDC};
use keel_engine::trade::Order;
use keel_simulator::action::{Done, RangeAt};
use keel_simulator::setup::{AccountSetup, number};
use keel_simulator::{Action, Setup};

use crate::check::Violation;
use crate::generate::{Generator, Habits, Prices, liquidity_of, request};
use crate::run::Failure;
use crate::sets::{Set, USD, quote};
use crate::source::{Random, Source};
use crate::tally::Tally;
use crate::world::{Copies, Timed, World};

/// Accounts with one purse; the first of the list.
pub const MEMBERS: usize = 4;
/// Seconds from the start until the coalition acts.
const OPENING: u64 = 60;
/// Half-lives after which less than an atom of a profit is unmatured.
const HALF_LIVES: u64 = 64;
/// Ranges of the others: what their funding is rounded by.
const OTHER_RANGES: i128 = 2;
/// What holds.
const RULE: &str = "a coalition ends with no more than it began with, but for the index and the funding of others";

/// Who they play against, what the index does, and how long.
#[derive(Clone, Debug)]
pub struct Game {
    /// The exchange.
    pub setup: Setup,
    /// What the others do at the start.
    pub opening: Vec<Timed>,
    /// The index of the first market second by second, in 1e-8 USD; where there is none, it stays.
    pub path: Option<Vec<i64>>,
}

/// What became of a coalition, in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Withdrawn and left, less what was deposited.
    pub profit: i128,
    /// Funding that the others paid, rounded up.
    pub funding: i128,
    /// What the index brought, rounded up.
    pub index: i128,
}

impl Outcome {
    /// Profit that nothing explains.
    pub const fn unexplained(&self) -> i128 {
        self.profit - self.funding - self.index
    }
}

fn at(at: u64, action: Action) -> Timed {
    Timed { at, action }
}

fn market_order(side: Side, exact: Exact, reduce_only: bool) -> Order {
    Order { side, exact, limit: None, reduce_only, all_or_nothing: false }
}

impl Game {
    /// A coalition, two providers and two traders, all of them well backed; every number at random.
    pub fn new(set: &Set, source: &mut impl Source, path: Option<Vec<i64>>) -> anyhow::Result<Self> {
        let mut accounts: Vec<AccountSetup> = Vec::new();
        for who in 0..MEMBERS {
            accounts.push(AccountSetup::new(format!("member{who}"), USD << source.between(9, 17)));
        }
        for name in ["wide", "narrow", "long", "short"] {
            accounts.push(AccountSetup::new(name.to_owned(), 4_000_000 * USD));
        }
        let mut setup = Set { markets: &set.markets[..1], ..*set }.with_accounts(accounts);
        // Who counts his money at the end takes it out at once.
        setup.exchange.push(("outflow_floor_usd".to_owned(), 10_000_000));
        let world = World::start(&setup, Copies::Never)?;
        let mut opening = Vec::new();
        for (who, reach) in [(MEMBERS, 2_000), (MEMBERS + 1, 100)] {
            // So much on the way from end to end that the coalition's leverage does not exhaust it.
            let usd = source.between(1 << 16, 1 << 22).unsigned_abs();
            let depth = usd * USD * if reach > 1_000 { 8 } else { 1 };
            let liquidity = liquidity_of(&world, 0, -reach, reach, depth).unwrap_or(1);
            opening.push(at(1, Action::AddRange { who, market: 0, request: request(-reach, reach, liquidity) }));
        }
        for (who, side) in [(MEMBERS + 2, Side::Buy), (MEMBERS + 3, Side::Sell)] {
            let exact = Exact::Quote(source.between(1, 1 << 17).unsigned_abs() * USD);
            opening.push(at(2, Action::Trade { who, market: 0, order: market_order(side, exact, false) }));
        }
        opening.push(at(OPENING, Action::Refresh { market: 0 }));
        Ok(Self { setup, opening, path })
    }

    /// What the coalition chooses from.
    fn habits(&self) -> Habits {
        let prices = self.path.clone().map_or(Prices::Still, Prices::Path);
        let accounts = if self.path.is_some() { MEMBERS } else { self.setup.accounts.len() };
        let longest_silence = if self.path.is_some() { 20 } else { 3_600 };
        Habits {
            actors: (0..MEMBERS).collect(),
            accounts,
            prices,
            longest_silence,
            nonsense: false,
            queues: false,
            orders: true,
        }
    }

    /// Plays what a source chooses, and closes. Errors with the coalition's list of actions.
    pub fn play(&self, source: &mut impl Source, steps: u64) -> Result<(Outcome, Tally), Box<Failure>> {
        let mut generator = Generator::new(&self.setup, self.habits());
        let mut actions = Vec::new();
        let last = self.path.as_ref().map_or(u64::MAX, |path| path.len() as u64 / 2);
        let outcome = self.run(|world| {
            let timed = generator.next(source, world);
            let goes_on = (actions.len() as u64) < steps && timed.at < last;
            goes_on.then(|| {
                actions.push(timed.clone());
                timed
            })
        });
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(violation) => Err(Box::new(Failure { setup: self.setup.clone(), actions, violation })),
        }
    }

    /// Whether every update in a list is one of the path and not from the future.
    fn is_on_path(&self, actions: &[Timed]) -> bool {
        actions.iter().all(|timed| match (&timed.action, &self.path) {
            (Action::Price { quote, published: Some(second), .. }, Some(path)) => {
                let stated = usize::try_from(*second).ok().and_then(|second| path.get(second));
                *second <= timed.at.cast_signed() && stated == Some(&quote.price)
            }
            _ => true,
        })
    }

    /// Plays a list of the coalition's actions, and closes.
    pub fn replay(&self, actions: &[Timed]) -> Result<(Outcome, Tally), Violation> {
        let mut left = actions.iter().cloned();
        self.run(|_| left.next())
    }

    fn run(&self, mut next: impl FnMut(&World) -> Option<Timed>) -> Result<(Outcome, Tally), Violation> {
        let refused = |error: anyhow::Error| Violation::new("the exchange starts", format!("{error:#}"));
        let mut play = Play::new(World::start(&self.setup, Copies::Never).map_err(refused)?, self);
        for timed in &self.opening {
            play.step(timed)?;
        }
        play.begin();
        while let Some(timed) = next(&play.world) {
            play.step(&timed)?;
        }
        play.close()?;
        let outcome = play.outcome();
        if outcome.unexplained() > OTHER_RANGES {
            return Err(Violation::new(RULE, format!("{} atoms too many: {outcome:?}", outcome.unexplained())));
        }
        Ok((outcome, play.world.tally))
    }
}

/// A game that is being played.
struct Play<'a> {
    world: World,
    game: &'a Game,
    /// Tokens withdrawn by members less tokens deposited.
    taken: i128,
    /// What the index has brought the coalition, in 2^-48 quote atoms.
    index: i128,
    /// Price of the index until now, in 2^-48.
    price: i128,
    /// Funding that the others had paid at the beginning, in 2^-64 quote atoms.
    paid_before: i128,
}

impl<'a> Play<'a> {
    fn new(world: World, game: &'a Game) -> Self {
        let deposits = game.setup.accounts.iter().take(MEMBERS).map(|account| i128::from(account.deposit));
        let taken = -deposits.sum::<i128>();
        let price = world.market(0).map_or(0, |market| i128::from(market.index.bits));
        Self { world, game, taken, index: 0, price, paid_before: 0 }
    }

    fn begin(&mut self) {
        self.paid_before = self.paid();
        self.index = 0;
    }

    /// The index of a second, in 2^-48 quote atoms per base atom.
    fn path_at(&self, second: u64) -> i128 {
        let of_path = self.game.path.as_ref().and_then(|path| path.get(second as usize));
        let scaled = of_path.map(|price| keel_engine::oracle::scale(*price, -8, 0));
        scaled.and_then(Result::ok).map_or(self.price, |price| i128::from(price.bits))
    }

    /// Plays an action of anybody: what the index did until then is counted with what the coalition held meanwhile.
    fn step(&mut self, timed: &Timed) -> Result<Option<Done>, Violation> {
        let price = self.path_at(timed.at.max(self.world.at));
        if self.world.market(0).is_some_and(|market| market.mode() == Mode::Floating) {
            self.index += self.net_base() * (price - self.price);
        }
        self.price = price;
        let done = self.world.play(timed)?.ok();
        if done.is_some() {
            match timed.action {
                Action::Deposit { who, amount, .. } if who < MEMBERS => self.taken -= i128::from(amount),
                Action::Withdraw { who, amount, .. } if who < MEMBERS => self.taken += i128::from(amount),
                _ => {}
            }
        }
        Ok(done)
    }

    /// Net base of the coalition with its ranges.
    fn net_base(&self) -> i128 {
        let books = self.world.books();
        let Some(market) = self.world.market(0) else { return 0 };
        let mut net = 0;
        for (who, address) in self.world.addresses.iter().take(MEMBERS).enumerate() {
            net += self.world.position(who, 0).map_or(0, |position| i128::from(position.base));
            for range in books.ranges.get(address).into_iter().flat_map(|ranges| &ranges.ranges) {
                if range.market == market.index_number
                    && let Ok((lower, upper)) = books.ticks(market, range)
                {
                    net += entitlement(market, range, lower, upper).map_or(0, |held| i128::from(held.base));
                }
            }
        }
        net
    }

    /// Funding that the others have paid, and the rounding holder, in 2^-64 quote atoms.
    fn paid(&self) -> i128 {
        let books = self.world.books();
        let Some(market) = self.world.market(0) else { return 0 };
        let mut paid = 0;
        for (who, address) in self.world.addresses.iter().enumerate().skip(MEMBERS) {
            // Its base never changes, so all of F counts.
            let base = self.world.position(who, 0).map_or(0, |position| i128::from(position.base));
            paid += base * market.funding.get();
            for range in books.ranges.get(address).into_iter().flat_map(|ranges| &ranges.ranges) {
                if range.market == market.index_number
                    && let Ok((lower, upper)) = books.ticks(market, range)
                {
                    paid += entitlement(market, range, lower, upper).map_or(0, |held| i128::from(held.funding)) << 64;
                }
            }
        }
        paid + self.world.rounding_funding(0)
    }

    /// Closes everything of the coalition and takes it out, as far as it can be.
    fn close(&mut self) -> Result<(), Violation> {
        let Some(params) = self.world.market(0).map(|market| market.params) else { return Ok(()) };
        let young = u64::from(params.min_range_slots) / 2 + 1;
        self.wait(young)?;
        for who in 0..MEMBERS {
            self.now(Action::OpenAccount { who })?;
            for slot in 0..8 {
                let range = RangeAt::Slot(slot);
                self.now(Action::RemoveRange { who, market: 0, range })?;
                self.now(Action::UnwindRange { who, market: 0, range })?;
            }
        }
        // In turns, so that one's way back is not blocked by where another has moved the curve.
        for turn in 0..200 {
            let mut open = false;
            for who in 0..MEMBERS {
                let base = self.world.position(who, 0).map_or(0, |position| position.base);
                if base == 0 {
                    continue;
                }
                open = true;
                let side = if base > 0 { Side::Sell } else { Side::Buy };
                let exact = Exact::Base(base.unsigned_abs() >> [0, 1, 3, 6, 10][turn % 5]);
                self.bring()?;
                self.now(Action::Trade { who, market: 0, order: market_order(side, exact, true) })?;
                if turn % 10 == 9 {
                    self.now(Action::BeginLiquidation { who })?;
                    let by = (who + 1) % MEMBERS;
                    self.now(Action::LiquidateOnCurve { who, market: 0, by, max_base: u64::MAX })?;
                }
            }
            if !open {
                break;
            }
            self.wait(if turn % 10 == 9 { 11 } else { 1 })?;
        }
        for who in 0..MEMBERS {
            self.now(Action::Settle { who, market: 0, by: who })?;
            self.now(Action::BeginLiquidation { who })?;
            self.now(Action::Resolve { who, market: 0 })?;
        }
        // The index has stopped; what is unmatured matures while it is fresh.
        let fresh = u64::from(params.max_age_mark_secs);
        let rests = HALF_LIVES * u64::from(params.profit_half_life_secs) / fresh + 1;
        for _ in 0..rests.min(4_000) {
            self.wait(fresh)?;
        }
        for who in 0..MEMBERS {
            self.now(Action::Release { who, market: 0, min_ratio_ppm: 0 })?;
            let amount = self.world.capital(who);
            self.now(Action::Withdraw { who, bank: USDC, amount })?;
        }
        Ok(())
    }

    fn now(&mut self, action: Action) -> Result<(), Violation> {
        self.step(&at(self.world.at, action)).map(drop)
    }

    /// The update of this second, where there is a path.
    fn bring(&mut self) -> Result<(), Violation> {
        let Some(path) = &self.game.path else { return Ok(()) };
        let Some(price) = path.get(self.world.at as usize).or(path.last()) else { return Ok(()) };
        let published = Some(self.world.at.cast_signed());
        self.now(Action::Price { market: 0, quote: quote(*price), published })
    }

    /// Time passes, with a fresh index at its end.
    fn wait(&mut self, secs: u64) -> Result<(), Violation> {
        let then = self.world.at + secs;
        let last = self.game.path.as_ref().and_then(|path| path.get(then as usize).or(path.last())).copied();
        if let Some(price) = last {
            let published = Some(then.cast_signed());
            self.step(&at(then, Action::Price { market: 0, quote: quote(price), published }))?;
        }
        self.step(&at(then, Action::Refresh { market: 0 })).map(drop)
    }

    /// What is left inside counts at most at what it can become: capital, and claims at face. A position that could not be
    /// closed is worth nothing where it gains, and what it loses is its account's.
    fn outcome(&self) -> Outcome {
        let mut left = 0;
        for who in 0..MEMBERS {
            let Some(account) = self.world.account(who) else { continue };
            let mut worth = i128::from(account.usdc());
            if let Ok(position) = account.position(number(0)) {
                worth += i128::from(position.mature) + i128::from(position.unmatured);
                let open = ((i128::from(position.base) * self.price) >> 48) + i128::from(position.quote);
                worth += open.min(0);
            }
            // Nobody has to pay in for a debt.
            left += worth.max(0);
        }
        let up = |value: i128, bits: u32| (value + (1 << bits) - 1) >> bits;
        Outcome {
            profit: self.taken + left,
            funding: up(self.paid() - self.paid_before, 64),
            index: up(self.index, 48),
        }
    }
}

/// A random path of so many seconds: at most `speed_ppm` a second, never further from the start than a fiftieth.
pub fn path(source: &mut impl Source, start: i64, seconds: usize, speed_ppm: i64) -> Vec<i64> {
    let mut price = start;
    let mut path = vec![start];
    let mut drift = 0;
    for second in 1..seconds {
        if second.is_multiple_of(30) {
            drift = source.between(-speed_ppm, speed_ppm);
        }
        let ppm = (drift + source.between(-speed_ppm, speed_ppm)) / 2;
        price = (price + price / 1_000_000 * ppm).clamp(start - start / 50, start + start / 50);
        path.push(price);
    }
    path
}

/// Makes the coalition's list of a failure small.
pub fn small(game: &Game, failure: &Failure) -> Failure {
    let rule = failure.violation.rule;
    let fails = |actions: &[Timed]| match game.replay(actions) {
        Err(violation) if violation.rule == rule && game.is_on_path(actions) => Some(actions.len()),
        _ => None,
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    let actions = crate::shrink::shrink(&failure.actions, deadline, fails);
    let violation = game.replay(&actions).err().unwrap_or_else(|| failure.violation.clone());
    Failure { setup: failure.setup.clone(), actions, violation }
}

/// Plays a game of a set, told by seed and number; with a path the index moves.
pub fn round(set: &Set, seed: u64, number: u64, steps: u64, moves: bool) -> Result<(Outcome, Tally), String> {
    let purpose = format!("{} {}", if moves { "timing" } else { "purse" }, set.name);
    let mut random = Random::new(seed, &purpose, number);
    let start = i64::from(set.markets[0].usd) * 100_000_000;
    // As fast as a fee pays for: what a trader knows of the next seconds is worth less than what the trade costs.
    let path = moves.then(|| path(&mut random, start, 4_000, 60));
    let game = Game::new(set, &mut random, path).map_err(|error| format!("{error:#}"))?;
    game.play(&mut random, steps).map_err(|failure| {
        let small = small(&game, &failure);
        let opening: Vec<Timed> = game.opening.iter().chain(&small.actions).cloned().collect();
        let list: String = opening.iter().map(|timed| format!("\n  {:>6} {:?}", timed.at, timed.action)).collect();
        format!("KEEL_SEED={seed} {purpose}, game {number}: {}{list}", small.violation)
    })
}
