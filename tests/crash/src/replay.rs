//! A path, played from the first price to the last claim.

use anyhow::{Context, Result, bail};
use keel_engine::pot::claim_value_floor;
use keel_simulator::{Action, BankFeed, Quote, native};

use crate::collateral::BANK;
use crate::crowd::{Crowd, KEEPER, USD, first_price};
use crate::end::{self, Ending};
use crate::holders::Holders;
use crate::keeper;
use crate::paths::{CALM, Path};
use crate::people::{self, People};
use crate::sale;
use crate::tally::{Frame, Tally};
use crate::world::World;

/// Seconds of the oracle's own average.
const EMA_SECS: f64 = 3_600.0;
/// Confidence over price, on a good and on a bad day.
const CONFIDENCE: [f64; 2] = [0.000_1, 0.02];
/// Seconds that the keeper may need until nobody is left whom it must move, once prices stand still and it is there.
const PATIENCE: u64 = 3_600;
/// The same for collateral that is sold for a debt an hour old, and given away where nobody wants it.
const SALE: u64 = 7_200;
/// Seconds over which nobody may fall back.
const LASTING: u64 = 300;

/// How a path is played.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Chooses the traders.
    pub seed: u64,
    /// How many of them.
    pub traders: usize,
    /// On the compiled program too, in step.
    pub on_chain: bool,
    /// Written as a scenario that plays it again.
    pub record: bool,
    /// Everybody has USDC: as much as his other collateral would count for.
    pub in_dollars: bool,
}

/// A path that was played.
pub struct Replayed {
    /// The path.
    pub path: &'static Path,
    /// The seed.
    pub seed: u64,
    /// Accounts that had a position when it began.
    pub traders: usize,
    /// Open interest when it began, in USD.
    pub open_interest: f64,
    /// Counts.
    pub tally: Tally,
    /// Who had other collateral, and what became of it.
    pub holders: Holders,
    /// Moments.
    pub frames: Vec<Frame>,
    /// Seconds until nobody was left below maintenance or in debt, once prices stood still and the keeper was there.
    pub clean_secs: u64,
    /// What claims were worth for their face at the worst.
    pub lowest_h: f64,
    /// How it ended.
    pub ending: Ending,
}

/// Tells which replay it was, where the engine panics.
struct OnPanic(String);

impl Drop for OnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in {}", self.0);
        }
    }
}

/// Plays a path. An error tells path, seed, step and what does not hold, and where the scenario is that shows it.
pub fn replay(path: &'static Path, options: Options) -> Result<Replayed> {
    let place = format!("--path {} --seed {} --traders {}", path.name, options.seed, options.traders);
    let _told = OnPanic(place.clone());
    let crowd = Crowd::of(path, options.seed, options.traders, options.in_dollars);
    let mut world = World::start(&crowd.setup, options.on_chain)?;
    let played = play(&mut world, path, &crowd, options.seed);
    if played.is_ok() && !options.record {
        return played;
    }
    let scenario = world.record(&format!("{}-{}", path.name, options.seed))?;
    played.with_context(|| format!("{place}, in {}", scenario.display()))
}

/// The prices of a path, as a publisher states them.
struct Publisher {
    path: &'static Path,
    averages: Vec<f64>,
    silent: bool,
    /// Seconds of the last prices.
    last: u64,
    /// The same of the collateral's feed.
    margin: (bool, u64),
}

impl Publisher {
    fn of(path: &'static Path) -> Self {
        Self {
            path,
            averages: (0..path.markets()).map(first_price).collect(),
            silent: false,
            last: 0,
            margin: (false, 0),
        }
    }

    /// States the first prices: nothing has happened yet.
    fn publish_first(&self, world: &mut World) -> Result<()> {
        for market in 0..self.path.markets() {
            let quote = Quote::of_usd(first_price(market));
            let _stated = world.perform(Action::Price { market, quote, published: None })?;
        }
        Ok(())
    }

    /// States the price of the other collateral at a moment, and what it fetches.
    fn publish_margin(&mut self, world: &mut World, secs: u64) -> Result<()> {
        let Some(margin) = self.path.margin.filter(|_| world.bank().is_some()) else { return Ok(()) };
        world.outside = margin.atom(secs);
        let (silent, (was_silent, last)) = (margin.is_silent(secs), self.margin);
        if silent && was_silent {
            return Ok(());
        }
        let published = silent.then_some(world.at.saturating_sub(secs - last).cast_signed());
        let quote = Quote::of_usd(margin.stated(if silent { last } else { secs }));
        let price = Action::BankPrice { bank: BANK, feed: BankFeed::Price, quote, published };
        let _stated = world.perform(price)?;
        self.margin = (silent, secs);
        Ok(())
    }

    /// States the prices of a moment.
    fn publish(&mut self, world: &mut World, secs: u64) -> Result<()> {
        self.publish_margin(world, secs)?;
        let silent = self.path.is_silent(secs);
        if silent && self.silent {
            return Ok(());
        }
        let since = secs - self.last;
        // The last price before a silence stands alone and grows old.
        let published = silent.then_some(world.at.saturating_sub(since).cast_signed());
        let at = if silent { self.last } else { secs };
        for (market, average) in self.averages.iter_mut().enumerate() {
            let price = first_price(market) * self.path.factor(market, at);
            *average += (price - *average) * (1.0 - (-(since as f64) / EMA_SECS).exp());
            let conf = price * CONFIDENCE[usize::from(self.path.is_wide(secs))];
            let ema = Quote::of_usd(*average).price;
            let quote = Quote { conf: (conf * 1e8) as u64, ema, ..Quote::of_usd(price) };
            let _stated = world.perform(Action::Price { market, quote, published })?;
        }
        (self.silent, self.last) = (silent, secs);
        Ok(())
    }
}

fn play(world: &mut World, path: &'static Path, crowd: &Crowd, seed: u64) -> Result<Replayed> {
    let mut publisher = Publisher::of(path);
    insure(world, path)?;
    people::bring(world, &crowd.traders)?;
    open(world, crowd, &publisher)?;
    let traders = crowd.traders.iter().filter(|trader| (0..path.markets()).any(|m| world.base(trader.who, m) != 0));
    let traders = traders.count();
    let open_interest = (0..path.markets()).map(|market| interest(world, market)).sum();

    let mut people = People::of(path, &crowd.traders);
    let (mut frames, mut lowest_h, mut secs, mut dirty) = (Vec::new(), 1.0f64, 0, 0);
    loop {
        world.turn(CALM + secs);
        publisher.publish(world, secs)?;
        people.act(world)?;
        world.look_at_holders();
        let frame = frame(world);
        lowest_h = lowest_h.min(frame.h);
        if path.is_watched(secs) {
            keeper::watch(world)?;
        }
        if frame.unhealthy > 0 || !left(world).is_empty() {
            dirty = secs;
        }
        frames.push(frame);
        if secs >= dirty.max(path.quiet_from()) + LASTING {
            break;
        }
        if secs > path.quiet_from() + PATIENCE + if world.bank().is_some() { SALE } else { 0 } {
            bail!("nobody can move them forward: {}", stuck(world));
        }
        pass(world, path, &mut publisher, secs)?;
        secs += path.tick;
    }
    let ending = end::of(world).context("at the end")?;
    let (tally, path_played) = (std::mem::take(&mut world.tally), path);
    Ok(Replayed {
        path: path_played,
        seed,
        traders,
        open_interest,
        tally,
        holders: std::mem::take(&mut world.holders),
        frames,
        clean_secs: dirty.saturating_sub(path.quiet_from()),
        lowest_h,
        ending,
    })
}

/// The seconds until the next moment: an attentive keeper takes the prices in between, so that the mark is not late.
fn pass(world: &mut World, path: &Path, publisher: &mut Publisher, from: u64) -> Result<()> {
    let Some(every) = path.refresh_every(from) else { return Ok(()) };
    for secs in (from + every..from + path.tick).step_by(every as usize) {
        world.turn(CALM + secs);
        publisher.publish(world, secs)?;
        keeper::refresh(world)?;
    }
    Ok(())
}

/// Puts money into insurance.
fn insure(world: &mut World, path: &Path) -> Result<()> {
    let (of_market, of_exchange) = path.insurance;
    let atoms = |usd: u64| usd * USD as u64;
    if of_market != 0 {
        for market in 0..path.markets() {
            let funded = world.perform(Action::FundMarketInsurance { by: KEEPER, market, amount: atoms(of_market) })?;
            let _done = funded.context("insurance cannot be funded")?;
        }
    }
    if of_exchange != 0 {
        let funded = world.perform(Action::FundInsurance { by: KEEPER, amount: atoms(of_exchange) })?;
        let _done = funded.context("insurance cannot be funded")?;
    }
    Ok(())
}

/// Providers and traders open what they open, one after the other over the calm.
fn open(world: &mut World, crowd: &Crowd, publisher: &Publisher) -> Result<()> {
    people::provide(world)?;
    let last = crowd.traders.len().max(1);
    for (place, trader) in crowd.traders.iter().enumerate() {
        let at = 10 + (CALM - 20) * place as u64 / last as u64;
        if at != world.at {
            world.turn(at);
            publisher.publish_first(world)?;
            keeper::refresh(world)?;
        }
        people::open(world, trader)?;
    }
    Ok(())
}

/// Open interest at mark, in USD.
fn interest(world: &World, market: usize) -> f64 {
    let market = world.market(market).ok();
    market.map_or(0.0, |market| market.open_interest() as f64 / 1e9 * native::usd(market.mark.bits))
}

/// Accounts that somebody must still move: below maintenance, or in debt.
fn left(world: &World) -> Vec<usize> {
    let is_left = |who: &usize| {
        let owes = world.account(*who).is_ok_and(|account| {
            account.positions.iter().any(|position| position.debt != 0 || (position.base == 0 && position.quote < 0))
        });
        // Who has collateral that covers it may owe for as long as the grace lasts.
        let may_owe = world.tokens(*who) != 0 && !sale::is_owing(world, *who);
        (owes && !may_owe) || keeper::is_unhealthy(world, *who)
    };
    (0..world.people()).filter(is_left).collect()
}

/// Who is left, what with, and why nothing more is done.
fn stuck(world: &World) -> String {
    let mut text = String::new();
    for who in left(world) {
        let refused = world.tally.refused(|action| concerns(action, who));
        let positions: Vec<String> = (0..world.books().markets.len())
            .filter_map(|market| world.position(who, market))
            .map(|p| {
                format!(
                    "[{} base {} quote {} debt {} claims {}]",
                    p.market,
                    p.base,
                    p.quote,
                    p.debt,
                    p.unmatured + p.mature
                )
            })
            .collect();
        let flagged = world.account(who).map_or(0, |account| account.flagged_at);
        text.push_str(&format!(
            "\n  {}: flagged at {flagged}, {} tokens, {:?}, {}; refused: {}",
            world.name(who),
            world.tokens(who),
            world.health(who),
            positions.join(" "),
            refused.join(", ")
        ));
    }
    text
}

/// Whether a keeper's action is about somebody.
const fn concerns(action: &Action, about: usize) -> bool {
    match *action {
        Action::BeginLiquidation { who }
        | Action::UnwindRange { who, .. }
        | Action::LiquidateOnCurve { who, .. }
        | Action::Liquidate { who, .. }
        | Action::Deleverage { who, .. }
        | Action::Settle { who, .. }
        | Action::BuyCollateral { who, .. }
        | Action::Resolve { who, .. } => who == about,
        _ => false,
    }
}

/// The moment, for a picture.
fn frame(world: &World) -> Frame {
    let mut frame = Frame { at: world.at, h: 1.0, ..Frame::default() };
    for (place, market) in world.books().markets.values().enumerate() {
        let over = |bits: u64| native::usd(bits) / first_price(place);
        frame.prices.push((over(market.index.bits), over(market.mark.bits)));
        if market.claims != 0 {
            frame.h = frame.h.min(claim_value_floor(market, market.claims) as f64 / market.claims as f64);
        }
        frame.insurance += market.insurance as f64 / USD;
        frame.shortfall += (market.uncovered + market.written_off) as f64 / USD;
        frame.claims += market.claims as f64 / USD;
    }
    for who in 0..world.people() {
        if let Some(health) = world.health(who) {
            frame.equity += health.equity as f64 / USD;
            frame.unhealthy += usize::from(health.is_unhealthy());
        }
    }
    frame
}
