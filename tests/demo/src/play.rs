//! The play: who sits down, what happens at each price, and what is kept for the end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_simulator::native;
use solana_pubkey::Pubkey;

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
/// Margin of each liquidity provider, in USD.
const PROVIDER_MARGIN: f64 = 5e6;
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
    /// Everyone with a margin account, in the order of the report.
    pub accounts: Vec<(&'static str, Pubkey)>,
    pub minutes: usize,
    pub samples: usize,
    pub wall: Duration,
}

/// Plays the samples with seeded agents.
pub fn play(samples: &[Sample], seed: u64) -> Result<Played> {
    let started = Instant::now();
    let first = samples.first().context("there is no price to play")?;
    let mut world = World::start(first)?;
    let mut keeper = Keeper::open(&mut world)?;
    let providers = provide(&mut world, first)?;
    let mut depths = vec![Depth::measure(&world, "before")?];
    let million = trade_million(&mut world, first, &providers)?;
    let mut agents = seat(&mut world, samples.len(), seed, providers)?;
    let accounts: Vec<(&'static str, Pubkey)> =
        agents.iter().map(|agent| (agent.name(), agent.trader().account)).collect();
    let addresses: Vec<Pubkey> = accounts.iter().map(|(_, address)| *address).collect();

    let mut recorder = Recorder::new(samples.len());
    let bottom = bottom(samples);
    let bar = progress(samples.len());
    let mut minute = 0;
    for (number, sample) in samples.iter().enumerate() {
        world.publish(sample.unix, sample.quote)?;
        keeper.refresh(&mut world)?;
        keeper.watch(&mut world)?;
        if sample.ends_minute {
            world.publish(sample.unix + REACTION_SECS, sample.quote)?;
            let at = Moment { minute, price: sample.price };
            for agent in &mut agents {
                let acted = agent.act(&mut world, &at);
                acted.with_context(|| format!("{} at {}", agent.name(), calendar::moment(sample.unix)))?;
            }
            minute += 1;
        }
        world.tally.most_written_off = world.tally.most_written_off.max(world.state()?.written_off);
        recorder.note(&world, &addresses, keeper.take_events())?;
        if number == bottom {
            depths.push(Depth::measure(&world, "at the bottom")?);
        }
        bar.inc(1);
        if number % 64 == 0 {
            bar.set_message(message(&world, sample));
        }
    }
    bar.finish_and_clear();
    depths.push(Depth::measure(&world, "after")?);
    world.exchange.audit()?;
    let wall = started.elapsed();
    let minutes = usize::try_from(minute)?;
    Ok(Played { world, recorder, depths, million, accounts, minutes, samples: samples.len(), wall })
}

/// The liquidity providers, with their ranges on the curve.
fn provide(world: &mut World, first: &Sample) -> Result<Vec<Provider>> {
    let mut providers = Vec::new();
    for (name, offset) in [("LP one", 0), ("LP two", 60)] {
        let provider = Provider::new(Seat::open(world, name, PROVIDER_MARGIN, true)?, offset);
        ensure!(provider.provide(world, first.price)?, "the program refuses the range of {name}");
        providers.push(provider);
    }
    Ok(providers)
}

/// Buys 1,000,000 USD and sells it again. Returns how far that moved the curve's price.
fn trade_million(world: &mut World, first: &Sample, providers: &[Provider]) -> Result<MillionTrade> {
    let (mut margin, mut used) = (0.0, 0.0);
    for provider in providers {
        let initial = native::initial(&world.exchange.books, &provider.trader().account, world.now());
        let initial = initial.context("a liquidity provider's margin cannot be told")?;
        margin += initial.equity as f64 / USD;
        used += initial.required as f64 / USD;
    }
    let whale = world.open("whale", MILLION, false)?;
    world.publish(first.unix + REACTION_SECS, first.quote)?;
    let before = native::curve_price(world.state()?);
    let exact = Exact::Quote((MILLION * USD) as u64);
    let bought =
        world.trade_exact(&whale, Side::Buy, exact, false)?.context("the trade of 1,000,000 USD was refused")?;
    let bps = (native::curve_price(world.state()?) / before - 1.0) * 1e4;
    let sell = Exact::Base(bought.base.unsigned_abs());
    let _sold = world.trade_exact(&whale, Side::Sell, sell, true)?.context("the whale cannot sell again")?;
    Ok(MillionTrade { bps, margin, used })
}

/// Everyone who acts once a minute.
fn seat(world: &mut World, samples: usize, seed: u64, providers: Vec<Provider>) -> Result<Vec<Box<dyn Agent>>> {
    let mut agents: Vec<Box<dyn Agent>> = Vec::new();
    for provider in providers {
        agents.push(Box::new(provider));
    }
    let mut open = |name, capital| Seat::open(world, name, capital, false);
    // A day of rest after a loss in a long run, half an hour in a short one.
    let rest = if samples > 10_000 { 1_440 } else { 30 };
    agents.push(Box::new(Trend::new(open("trend, slow", 500_000.0)?, 1_500_000.0, 60.0, 360.0)));
    agents.push(Box::new(Trend::new(open("trend, fast", 300_000.0)?, 1_000_000.0, 10.0, 60.0)));
    agents.push(Box::new(Reversion::new(open("mean reversion", 500_000.0)?, 1_500_000.0)));
    agents.push(Box::new(Noise::new(open("noise", 200_000.0)?, 500_000.0, seed)));
    agents.push(Box::new(Gambler::new(open("gambler", 50_000.0)?, rest, seed.wrapping_add(1))));
    agents.push(Box::new(Gambler::new(open("bigger gambler", 120_000.0)?, rest, seed.wrapping_add(2))));
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
