//! The play: who sits down, what happens at each price, and what is kept for the end.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_simulator::{Done, native};

use crate::agents::{Agent, Gambler, Moment, Noise, Provider, Reversion, Seat, Trend};
use crate::calendar;
use crate::depth::Depth;
use crate::keeper::Keeper;
use crate::prices::Sample;
use crate::recorder::Recorder;
use crate::world::{USD, World};

/// Seconds after a price at which agents act, each with a fresh update of the same price: later than `guard_secs`, so
/// that the price before does not count any more.
const REACTION_SECS: i64 = 4;
/// The trade whose impact the report states.
const MILLION: f64 = 1e6;

/// What a real trade of 1,000,000 USD did to the curve at the start.
#[derive(Clone, Copy, Debug)]
pub struct MillionTrade {
    /// Move of the curve's price, in basis points.
    pub bps: f64,
    /// Margin of the liquidity providers and what of it was used as initial margin, in USD.
    pub margin: f64,
    pub used: f64,
}

/// A run that has ended.
pub struct Played {
    pub world: World,
    pub recorder: Recorder,
    pub depths: Vec<Depth>,
    pub million: MillionTrade,
    /// Names of those who act once a minute and their places in the scenario, in the order of the report.
    pub accounts: Vec<(String, usize)>,
    pub minutes: usize,
    pub samples: usize,
    pub wall: Duration,
}

/// What is kept of a run beside the world.
struct Course {
    recorder: Recorder,
    depths: Vec<Depth>,
    million: MillionTrade,
    accounts: Vec<(String, usize)>,
    minutes: usize,
}

/// Plays the samples with seeded agents, and writes all that was done as a scenario if a path is given: also of a run
/// that breaks off.
pub fn play(samples: &[Sample], seed: u64, record: Option<&Path>) -> Result<Played> {
    let started = Instant::now();
    let mut world = World::start(samples.first().context("there is no price to play")?)?;
    let run = run(&mut world, samples, seed);
    let wall = started.elapsed();
    if let Some(path) = record {
        world.record(&format!("the demo with seed {seed}"), path)?;
    }
    let Course { recorder, depths, million, accounts, minutes } = run?;
    Ok(Played { world, recorder, depths, million, accounts, minutes, samples: samples.len(), wall })
}

fn run(world: &mut World, samples: &[Sample], seed: u64) -> Result<Course> {
    let first = samples.first().context("there is no price to play")?;
    let mut keeper = Keeper::of(world)?;
    let providers = provide(world, first)?;
    let mut depths = vec![Depth::measure(world, "before")?];
    let million = trade_million(world, first, &providers)?;
    let mut agents = seat(world, samples.len(), seed, providers)?;
    let everybody: Vec<usize> = agents.iter().map(|agent| agent.seat().who).collect();
    let accounts = everybody.iter().map(|who| (world.name(*who).to_owned(), *who)).collect();

    let mut recorder = Recorder::new(samples.len());
    let bottom = bottom(samples);
    let bar = progress(samples.len());
    let mut minute = 0;
    for (number, sample) in samples.iter().enumerate() {
        world.turn(sample.unix);
        world.publish(sample.quote)?;
        keeper.refresh(world)?;
        keeper.watch(world)?;
        if sample.ends_minute {
            world.turn(sample.unix + REACTION_SECS);
            let at = Moment { minute, price: sample.price };
            for agent in &mut agents {
                let acted = agent.act(world, &at);
                let name = || format!("{} at {}", world.name(agent.seat().who), calendar::moment(sample.unix));
                acted.with_context(name)?;
            }
            minute += 1;
        }
        world.tally.most_written_off = world.tally.most_written_off.max(world.market()?.written_off);
        recorder.note(world, &everybody, keeper.take_events())?;
        if number == bottom {
            depths.push(Depth::measure(world, "at the bottom")?);
        }
        bar.inc(1);
        if number % 64 == 0 {
            bar.set_message(message(world, sample));
        }
    }
    bar.finish_and_clear();
    depths.push(Depth::measure(world, "after")?);
    Ok(Course { recorder, depths, million, accounts, minutes: usize::try_from(minute)? })
}

/// The liquidity providers, with their ranges on the curve.
fn provide(world: &mut World, first: &Sample) -> Result<Vec<Provider>> {
    let mut providers = Vec::new();
    for (name, offset) in [("LP one", 0), ("LP two", 60)] {
        let provider = Provider::new(Seat::of(world, name)?, offset);
        ensure!(provider.provide(world, first.price)?, "the program refuses the range of {name}");
        providers.push(provider);
    }
    Ok(providers)
}

/// Buys 1,000,000 USD and sells it again. Returns how far that moved the curve's price.
fn trade_million(world: &mut World, first: &Sample, providers: &[Provider]) -> Result<MillionTrade> {
    let (mut margin, mut used) = (0.0, 0.0);
    for provider in providers {
        let initial = native::initial(world.books(), &world.address(provider.seat().who)?, world.now());
        let initial = initial.context("a liquidity provider's margin cannot be told")?;
        margin += initial.equity as f64 / USD;
        used += initial.required as f64 / USD;
    }
    let whale = world.who("whale")?;
    world.turn(first.unix + REACTION_SECS);
    let before = native::curve_price(world.market()?);
    let exact = Exact::Quote((MILLION * USD) as u64);
    let bought = world.trade_exact(whale, Side::Buy, exact, false)?.context("the whale cannot buy")?;
    let bps = (native::curve_price(world.market()?) / before - 1.0) * 1e4;
    let Done::Traded { base, .. } = bought else { bail!("a trade that traded nothing") };
    let sell = Exact::Base(base.unsigned_abs());
    let _sold = world.trade_exact(whale, Side::Sell, sell, true)?.context("the whale cannot sell again")?;
    Ok(MillionTrade { bps, margin, used })
}

/// Everyone who acts once a minute.
fn seat(world: &World, samples: usize, seed: u64, providers: Vec<Provider>) -> Result<Vec<Box<dyn Agent>>> {
    let mut agents: Vec<Box<dyn Agent>> = Vec::new();
    for provider in providers {
        agents.push(Box::new(provider));
    }
    let seat = |name| Seat::of(world, name);
    // A day of rest after a loss in a long run, half an hour in a short one.
    let rest = if samples > 10_000 { 1_440 } else { 30 };
    agents.push(Box::new(Trend::new(seat("trend, slow")?, 1_500_000.0, 60.0, 360.0)));
    agents.push(Box::new(Trend::new(seat("trend, fast")?, 1_000_000.0, 10.0, 60.0)));
    agents.push(Box::new(Reversion::new(seat("mean reversion")?, 1_500_000.0)));
    agents.push(Box::new(Noise::new(seat("noise")?, 500_000.0, seed)));
    agents.push(Box::new(Gambler::new(seat("gambler")?, rest, seed.wrapping_add(1))));
    agents.push(Box::new(Gambler::new(seat("bigger gambler")?, rest, seed.wrapping_add(2))));
    Ok(agents)
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
        world.tally.fills,
        world.tally.steps
    )
}
