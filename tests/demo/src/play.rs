//! The play: who sits down, what happens at each price, and what is kept for the end.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_simulator::{Action, Done, native};

use crate::agents::{Agent, Depositor, Moment, Provider};
use crate::calendar;
use crate::capital::{self, MarketDepth};
use crate::cast;
use crate::depth::Depth;
use crate::keeper::Keeper;
use crate::paths::{BTC, MARKETS, Published, follow};
use crate::prices::Sample;
use crate::recorder::Recorder;
use crate::world::{USD, World};

/// Seconds after a price at which agents act, each with a fresh update of the same price: later than `guard_secs`, so
/// that the price before does not count any more.
const REACTION_SECS: i64 = 4;
/// What the exchange's insurance begins with, in quote atoms.
const INSURANCE: u64 = 20_000_000_000;
/// The trade whose impact the report states.
const MILLION: f64 = 1e6;

/// What a real trade of 1,000,000 USD did to the curve of BTC at the start.
#[derive(Clone, Copy, Debug)]
pub struct MillionTrade {
    /// Move of the curve's price, in basis points.
    pub bps: f64,
    /// Margin of who provides there and what of it was used as initial margin, in USD.
    pub margin: f64,
    pub used: f64,
}

/// A run that has ended.
pub struct Played {
    pub world: World,
    pub recorder: Recorder,
    /// Of each market, as the curve stood at a few moments.
    pub depths: Vec<Vec<Depth>>,
    /// How much one trade got before the pool quoted, and after.
    pub without_pool: [MarketDepth; MARKETS],
    pub with_pool: [MarketDepth; MARKETS],
    pub million: MillionTrade,
    /// Names of those who act once a minute and their places, in the order of the report.
    pub accounts: Vec<(String, usize)>,
    pub minutes: usize,
    pub samples: usize,
    pub wall: Duration,
}

/// What is kept of a run beside the world.
struct Course {
    recorder: Recorder,
    depths: Vec<Vec<Depth>>,
    without_pool: [MarketDepth; MARKETS],
    with_pool: [MarketDepth; MARKETS],
    million: MillionTrade,
    accounts: Vec<(String, usize)>,
    minutes: usize,
}

/// Plays the samples with seeded agents, and writes all that was done as a scenario if a path is given: also of a run
/// that breaks off.
pub fn play(samples: &[Sample], seed: u64, record: Option<&Path>) -> Result<Played> {
    let started = Instant::now();
    let (first, published) = (samples.first().context("there is no price to play")?, follow(samples));
    let mut world = World::start(first.unix, published.first().context("there is no price to play")?)?;
    let run = run(&mut world, samples, &published, seed);
    let wall = started.elapsed();
    if let Some(path) = record {
        world.record(&format!("the demo with seed {seed}"), path)?;
    }
    let Course { recorder, depths, without_pool, with_pool, million, accounts, minutes } = run?;
    let samples = samples.len();
    Ok(Played { world, recorder, depths, without_pool, with_pool, million, accounts, minutes, samples, wall })
}

fn run(world: &mut World, samples: &[Sample], published: &[Published], seed: u64) -> Result<Course> {
    let first = samples.first().context("there is no price to play")?;
    let mut keeper = Keeper::of(world)?;
    let whale = world.who(cast::WHALE)?;
    let funded = world.perform(Action::FundInsurance { by: whale, amount: INSURANCE })?;
    let _done = funded.context("the exchange's insurance cannot be funded")?;
    let providers = provide(world)?;
    let mut depths: Vec<Vec<Depth>> = vec![Vec::new(); MARKETS];
    note_depths(world, &mut depths, "without the pool")?;
    let without_pool = capital::depth(world)?;
    let million = trade_million(world, first, &providers)?;
    let depositors = open_pool(world, &keeper, first)?;
    note_depths(world, &mut depths, "with the pool")?;
    let with_pool = capital::depth(world)?;
    // A day of rest after a loss in a long run, half an hour in a short one.
    let rest = if samples.len() > 10_000 { 1_440 } else { 30 };
    let mut agents: Vec<Box<dyn Agent>> = providers.into_iter().map(|provider| Box::new(provider) as _).collect();
    agents.extend(depositors.into_iter().map(|depositor| Box::new(depositor) as _));
    agents.extend(cast::traders(world, rest, seed)?);
    let pool = world.setup.pool().context("there is no pool")?;
    let everybody: Vec<usize> = agents.iter().map(|agent| agent.seat().who).chain([pool]).collect();
    let accounts = everybody.iter().map(|who| (world.name(*who).to_owned(), *who)).collect();

    let mut recorder = Recorder::new(samples.len());
    let bottom = bottom(samples);
    let bar = progress(samples.len());
    let mut minute = 0;
    for (number, (sample, published)) in samples.iter().zip(published).enumerate() {
        world.turn(sample.unix);
        state(world, &keeper, sample, published)?;
        keeper.watch(world)?;
        keeper.execute_orders(world)?;
        if sample.ends_minute {
            world.turn(sample.unix + REACTION_SECS);
            let at = Moment { minute };
            for agent in &mut agents {
                let acted = agent.act(world, &at);
                let name = || format!("{} at {}", world.name(agent.seat().who), calendar::moment(sample.unix));
                acted.with_context(name)?;
            }
            keeper.serve_pool(world, minute)?;
            minute += 1;
        }
        for market in 0..MARKETS {
            let written_off = world.market(market)?.written_off;
            let most = &mut world.tally.markets[market].most_written_off;
            *most = written_off.max(*most);
        }
        recorder.note(world, &everybody, keeper.take_events())?;
        if number == bottom {
            note_depths(world, &mut depths, "at the bottom")?;
        }
        bar.inc(1);
        if number % 64 == 0 {
            bar.set_message(message(world, sample));
        }
    }
    bar.finish_and_clear();
    note_depths(world, &mut depths, "after")?;
    let minutes = usize::try_from(minute)?;
    Ok(Course { recorder, depths, without_pool, with_pool, million, accounts, minutes })
}

/// What publishers say at a sample, taken into the markets. A market whose publisher sleeps lives on once a minute.
fn state(world: &mut World, keeper: &Keeper, sample: &Sample, published: &Published) -> Result<()> {
    for (market, quote) in published.iter().enumerate() {
        match quote {
            Some(quote) => world.publish(market, *quote)?,
            None => world.silence(market)?,
        }
        if quote.is_some() || sample.ends_minute {
            keeper.refresh(world, market)?;
        }
    }
    Ok(())
}

fn note_depths(world: &World, depths: &mut [Vec<Depth>], name: &'static str) -> Result<()> {
    for (market, depths) in depths.iter_mut().enumerate() {
        depths.push(Depth::measure(world, market, name)?);
    }
    Ok(())
}

/// The liquidity providers, with their ranges on the curves.
fn provide(world: &mut World) -> Result<Vec<Provider>> {
    let providers = cast::providers(world)?;
    for provider in &providers {
        let name = world.name(provider.seat().who).to_owned();
        ensure!(provider.provide(world)?, "the program refuses a range of {name}");
    }
    Ok(providers)
}

/// Lets the first depositors into the pool, and the pool quote.
fn open_pool(world: &mut World, keeper: &Keeper, first: &Sample) -> Result<Vec<Depositor>> {
    let depositors = cast::depositors(world)?;
    for depositor in depositors.iter().filter(|depositor| depositor.is_first()) {
        let name = world.name(depositor.seat().who).to_owned();
        ensure!(depositor.ask_in(world)?, "the program refuses the deposit of {name}");
    }
    world.turn(first.unix + 2 * REACTION_SECS);
    keeper.serve_pool(world, 0)?;
    Ok(depositors)
}

/// Buys 1,000,000 USD and sells it again. Returns how far that moved the curve's price.
fn trade_million(world: &mut World, first: &Sample, providers: &[Provider]) -> Result<MillionTrade> {
    let (mut margin, mut used) = (0.0, 0.0);
    for provider in providers.iter().filter(|provider| provider.is_alone_in(BTC)) {
        let initial = native::initial(world.books(), &world.address(provider.seat().who)?, world.now());
        let initial = initial.context("a liquidity provider's margin cannot be told")?;
        margin += initial.equity as f64 / USD;
        used += initial.required as f64 / USD;
    }
    let whale = world.who(cast::WHALE)?;
    world.turn(first.unix + REACTION_SECS);
    let before = native::curve_price(world.market(BTC)?);
    let exact = Exact::Quote((MILLION * USD) as u64);
    let bought = world.trade_exact(whale, BTC, Side::Buy, exact)?.context("the whale cannot buy")?;
    let bps = (native::curve_price(world.market(BTC)?) / before - 1.0) * 1e4;
    let Done::Traded { base, .. } = bought else { bail!("a trade that traded nothing") };
    let sell = Exact::Base(base.unsigned_abs());
    let _sold = world.trade_exact(whale, BTC, Side::Sell, sell)?.context("the whale cannot sell again")?;
    Ok(MillionTrade { bps, margin, used })
}

/// The sample at the bottom of the largest fall.
fn bottom(samples: &[Sample]) -> usize {
    let (mut top, mut deepest, mut bottom) = (0.0f64, 1.0f64, 0);
    for (number, sample) in samples.iter().enumerate() {
        top = top.max(sample.price);
        if sample.price / top < deepest {
            deepest = sample.price / top;
            bottom = number;
        }
    }
    bottom
}

fn progress(samples: usize) -> ProgressBar {
    let bar = ProgressBar::new(samples as u64);
    let style = ProgressStyle::with_template("{bar:32} {percent:>3}%  {msg}  {elapsed}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn message(world: &World, sample: &Sample) -> String {
    format!(
        "{}  {:.0} USD  {} fills  {} liquidation steps",
        calendar::moment(sample.unix),
        sample.price,
        world.tally.sum(|market| market.fills),
        world.tally.sum(|market| market.steps)
    )
}
