//! The figures of a run, as the terminal and the report both show them.

use anyhow::Result;
use keel_embedded::numbers::grouped;
use keel_engine::ranges::entitlement;
use keel_engine::state::Market;

use crate::calendar;
use crate::capital::{Capital, Column, DISTANCES_PPM, smaller};
use crate::depth::Within;
use crate::paths::{BTC, MARKETS};
use crate::play::Played;
use crate::recorder::Frame;
use crate::report::short;
use crate::tally::{MarketTally, ORDER_KINDS, OrderTally, PoolTally, spread};
use crate::world::{CONTRACT, USD};

/// A table with a heading.
pub struct Section {
    pub title: &'static str,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

/// An amount of dollars.
pub fn dollars(usd: f64) -> String {
    let sign = if usd < 0.0 { "-" } else { "" };
    format!("{sign}{} USD", grouped(usd.abs().round() as u64))
}

/// Quote atoms as dollars and cents.
fn cents(atoms: u64) -> String {
    let hundredths = atoms / 10_000;
    format!("{}.{:02} USD", grouped(hundredths / 100), hundredths % 100)
}

/// Everything that the run is asked about.
pub fn sections(played: &Played, capital: &Capital) -> Result<Vec<Section>> {
    Ok(vec![
        run(played)?,
        markets(played)?,
        depth_of_capital(played, capital),
        depth_with_pool(played),
        pool(played),
        orders(played),
        risk(played)?,
        accounts(played)?,
        units(played),
        refusals(played),
    ])
}

/// Depth from the same capital, in USD and contracts.
fn depth_of_capital(played: &Played, capital: &Capital) -> Section {
    let Capital { providers, apart, pooled, pool, .. } = capital;
    let mut rows = Vec::new();
    for market in 0..MARKETS {
        for (distance, ppm) in DISTANCES_PPM.into_iter().enumerate() {
            for (side, name) in ["buy", "sell"].into_iter().enumerate() {
                let cell = |column: &Column| {
                    let Within { base, quote } = column.depth[market][distance][side];
                    format!("{} ({:.1})", grouped((quote as f64 / USD).round() as u64), base as f64 / CONTRACT)
                };
                let gain = |column| format!("{:.2}", capital.gain(column, market, distance));
                rows.push(vec![
                    format!("{}, {name} within {}%", played.world.market_name(market), ppm as f64 / 1e4),
                    cell(providers),
                    cell(apart),
                    cell(pooled),
                    gain(pooled),
                    cell(pool),
                    gain(pool),
                ]);
            }
        }
    }
    let last = DISTANCES_PPM.len() - 1;
    let sum = |column: &Column| {
        let usd = (0..MARKETS).map(|market| column.usd(market, last)).sum::<f64>();
        grouped(usd.round() as u64)
    };
    let gain = |column| format!("{:.2}", capital.total_gain(column, last));
    let all = "all, the smaller side within 1%".to_owned();
    rows.push(vec![all, sum(providers), sum(apart), sum(pooled), gain(pooled), sum(pool), gain(pool)]);
    let columns =
        vec!["USD (contracts)", "as the demo's LPs", "apart", "pooled", "gain", "the pool's strategies", "gain"];
    Section { title: "Depth from the same capital", columns, rows }
}

/// Depth of the markets that were played, before the pool quoted and after.
fn depth_with_pool(played: &Played) -> Section {
    let mut rows = Vec::new();
    for (market, (without, with)) in played.without_pool.iter().zip(&played.with_pool).enumerate() {
        for ((without, with), ppm) in without.iter().zip(with).zip(DISTANCES_PPM) {
            let (without, with) = (smaller(without), smaller(with));
            rows.push(vec![
                format!("{} within {}%", played.world.market_name(market), ppm as f64 / 1e4),
                dollars(without),
                dollars(with),
                format!("{:.2}", with / without),
            ]);
        }
    }
    let columns = vec!["the smaller side", "without the pool", "with the pool", "times"];
    Section { title: "Depth of the markets that were played, at the start", columns, rows }
}

fn pool(played: &Played) -> Section {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let PoolTally { deposits, shares, redemptions, paid, burnt, rebalances, tips, taken_over } =
        played.world.tally.pool;
    let frames = &played.recorder.frames;
    let price = |frame: Option<&Frame>| frame.map_or(0.0, |frame| frame.pool.low);
    let quoted = frames.iter().find(|frame| frame.pool.value > 0.0);
    let lowest = frames.iter().filter(|frame| frame.pool.value > 0.0).map(|frame| frame.pool.low);
    let lowest = lowest.fold(price(quoted), f64::min);
    let last = frames.last();
    let rows = vec![
        row("deposits that became shares", format!("{deposits}, {} shares", grouped(shares / 1_000_000))),
        row(
            "payments to who left",
            format!("{redemptions}, {} for {} shares", cents(paid), grouped(burnt / 1_000_000)),
        ),
        row(
            "a share is worth, to who leaves",
            format!("{:.4} USD at the start, {lowest:.4} at the lowest, {:.4} at the end", price(quoted), price(last)),
        ),
        row("worth at the end, to who leaves", dollars(last.map_or(0.0, |frame| frame.pool.value))),
        row("rebalancings", format!("{}, for which keepers got {}", grouped(rebalances), cents(tips))),
        row("taken over from liquidations", cents(taken_over)),
    ];
    Section { title: "The pool", columns: vec!["", ""], rows }
}

fn run(played: &Played) -> Result<Section> {
    let tally = &played.world.tally;
    let findings = played.world.findings();
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let (steps, liquidated) = (tally.sum(|market| market.steps), tally.sum(|market| market.liquidated));
    let first = played.recorder.frames.first().map_or(0, |frame| frame.unix);
    let last = played.recorder.frames.last().map_or(0, |frame| frame.unix);
    let million = &played.million;
    let after = played.depths.get(BTC).and_then(|depths| depths.last()?.million());
    let rows = vec![
        row("period", format!("{} to {}", calendar::moment(first).trim(), calendar::moment(last).trim())),
        row(
            "prices of BTC",
            format!("{} in {} minutes", grouped(played.samples as u64), grouped(played.minutes as u64)),
        ),
        row("transactions", grouped(tally.transactions)),
        row("equalities checked", format!("{}, none broken", grouped(tally.equalities))),
        row("compared with the engine", "every transaction, byte for byte".to_owned()),
        row("fills", grouped(tally.sum(|market| market.fills))),
        row("volume", cents(tally.sum(|market| market.volume))),
        row("liquidations", format!("{} accounts flagged, {steps} steps, {}", tally.flags, cents(liquidated))),
        row("liquidations paid insurance", cents(tally.insurance_pay)),
        row("keepers earned", cents(tally.keeper_pay)),
        row("bankrupt accounts resolved", grouped(tally.resolved)),
        row("claims released", format!("{} paid {}", cents(tally.released.0), cents(tally.released.1))),
        row(
            "rounding holders",
            format!("{} base atoms, {} quote atoms", findings.rounding_base, findings.rounding_quote),
        ),
        row(
            "1,000,000 USD moves BTC",
            format!(
                "{:.2} bps at the start{}",
                million.bps,
                after.map_or(String::new(), |bps| format!(", {bps:.2} bps at the end"))
            ),
        ),
        row(
            "LP margin in BTC",
            format!(
                "{}, {:.1}% used as initial margin",
                dollars(million.margin),
                100.0 * million.used / million.margin
            ),
        ),
        row("wall time", format!("{:.1} s", played.wall.as_secs_f64())),
    ];
    Ok(Section { title: "The run", columns: vec!["", ""], rows })
}

/// Cells of one market each, with its name in front.
fn by_market(
    played: &Played,
    cells: impl Fn(usize, &Market, &MarketTally) -> Result<Vec<String>>,
) -> Result<Vec<Vec<String>>> {
    let row = |(market, tally): (usize, &MarketTally)| {
        let cells = cells(market, played.world.market(market)?, tally)?;
        Ok([vec![played.world.market_name(market)], cells].concat())
    };
    played.world.tally.markets.iter().enumerate().map(row).collect()
}

fn markets(played: &Played) -> Result<Section> {
    let rows = by_market(played, |market, state, tally| {
        let at = |frame: Option<&Frame>| frame.and_then(|frame| frame.markets.get(market)).map_or(0.0, |at| at.index);
        let frames = &played.recorder.frames;
        let (first, last) = (at(frames.first()), at(frames.last()));
        let lowest =
            frames.iter().filter_map(|frame| frame.markets.get(market)).fold(first, |low, at| low.min(at.index));
        Ok(vec![
            format!("{first:.2} \u{2192} {last:.2}"),
            format!("{:+.1}%", 100.0 * (lowest / first - 1.0)),
            grouped(tally.fills),
            dollars(tally.volume as f64 / USD),
            dollars(tally.fees as f64 / USD),
            dollars((tally.range_fees + unfolded_fees(played, state)?) as f64 / USD),
        ])
    })?;
    let columns = vec!["market", "index, USD a contract", "at the lowest", "fills", "volume", "taker fees", "to LPs"];
    Ok(Section { title: "Markets", columns, rows })
}

fn risk(played: &Played) -> Result<Section> {
    let rows = by_market(played, |market, state, tally| {
        let (low, high) = played.recorder.funding[market];
        Ok(vec![
            format!("{low:.1} to {high:.1} ({})", state.params.funding_cap_ppm_per_hour),
            format!("{}: {}", grouped(tally.steps), dollars(tally.liquidated as f64 / USD)),
            dollars((state.insurance + state.insurance_claim) as f64 / USD),
            dollars((state.treasury + state.treasury_claim) as f64 / USD),
            dollars(tally.most_written_off as f64 / USD),
            dollars(state.written_off as f64 / USD),
        ])
    })?;
    let columns = vec![
        "market",
        "funding, ppm an hour (cap)",
        "liquidation steps",
        "insurance",
        "treasury",
        "most written off",
        "at the end",
    ];
    Ok(Section { title: "Risk", columns, rows })
}

fn orders(played: &Played) -> Section {
    let row = |(name, counted): (&&str, &OrderTally)| {
        let OrderTally { executions, volume, tips, cleaned } = *counted;
        let volume = dollars(volume as f64 / USD);
        vec![(*name).to_owned(), grouped(executions), volume, grouped(tips), grouped(cleaned)]
    };
    let rows = ORDER_KINDS.iter().zip(&played.world.tally.orders).map(row).collect();
    let columns = vec!["order", "executions", "volume", "tips, lamports", "cleaned up"];
    Section { title: "Orders", columns, rows }
}

/// Fees that the ranges on a curve are entitled to and that were not folded yet, in quote atoms.
fn unfolded_fees(played: &Played, market: &Market) -> Result<u64> {
    let books = played.world.books();
    let mut sum = 0;
    for (_, range) in books.ranges_in(market.index_number) {
        let (lower, upper) = books.ticks(market, range)?;
        sum += entitlement(market, range, lower, upper)?.fees;
    }
    Ok(sum)
}

fn accounts(played: &Played) -> Result<Section> {
    let world = &played.world;
    let mut rows = Vec::new();
    for (slot, (name, who)) in played.accounts.iter().enumerate() {
        let at = |frame: Option<&Frame>| frame.and_then(|frame| frame.equity.get(slot)).copied().unwrap_or(0.0);
        let account = world.account(*who)?;
        let held = (0..MARKETS).map(|market| (world.market_name(market), world.notional(*who, market)));
        let held = held.filter(|(_, usd)| usd.abs() >= 0.5).map(|(name, usd)| format!("{name} {}", short(usd)));
        rows.push(vec![
            name.clone(),
            dollars(at(played.recorder.frames.first())),
            dollars(world.equity(*who)),
            dollars(account.usdc() as f64 / USD),
            held.collect::<Vec<_>>().join(", "),
        ]);
    }
    let columns = vec!["account", "equity at the start", "at the end", "capital", "positions, USD"];
    Ok(Section { title: "Accounts (deposits and withdrawals included)", columns, rows })
}

fn units(played: &Played) -> Section {
    let mut rows = Vec::new();
    for (name, units) in &played.world.tally.units {
        if let Some((low, middle, high)) = spread(units) {
            let count = grouped(units.len() as u64);
            rows.push(vec![(*name).to_owned(), count, grouped(low), grouped(middle), grouped(high)]);
        }
    }
    Section { title: "Compute units", columns: vec!["instruction", "transactions", "min", "median", "max"], rows }
}

fn refusals(played: &Played) -> Section {
    let refusals = played.world.tally.refusals.iter();
    let rows =
        refusals.map(|((name, error), count)| vec![(*name).to_owned(), (*error).to_owned(), grouped(*count)]).collect();
    Section { title: "Refused, as the protocol wants it", columns: vec!["instruction", "error", "times"], rows }
}
