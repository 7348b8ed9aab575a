//! The figures of a run, as the terminal and the report both show them.

use anyhow::Result;
use keel_embedded::numbers::grouped;
use keel_engine::ranges::entitlement;
use keel_engine::units::ONE;

use crate::calendar;
use crate::play::Played;
use crate::tally::spread;
use crate::world::USD;

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
pub fn sections(played: &Played) -> Result<Vec<Section>> {
    Ok(vec![market(played)?, accounts(played)?, units(played), refusals(played)])
}

fn market(played: &Played) -> Result<Section> {
    let (tally, market) = (&played.world.tally, played.world.market()?);
    let findings = played.world.findings();
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let (low, high) = played.recorder.funding;
    let cap = market.params.funding_cap_ppm_per_hour;
    let steps = format!("{} accounts flagged, {} steps, {}", tally.flags, tally.steps, cents(tally.liquidated));
    let first = played.recorder.frames.first().map_or(0, |frame| frame.unix);
    let last = played.recorder.frames.last().map_or(0, |frame| frame.unix);
    let million = &played.million;
    let after = played.depths.last().and_then(crate::depth::Depth::million);
    let mut rows = vec![
        row("period", format!("{} to {}", calendar::moment(first).trim(), calendar::moment(last).trim())),
        row("prices", format!("{} in {} minutes", grouped(played.samples as u64), grouped(played.minutes as u64))),
        row("transactions", grouped(tally.transactions)),
        row("equalities checked", format!("{}, none broken", grouped(tally.equalities))),
        row("compared with the engine", "every transaction, byte for byte".to_owned()),
        row("fills", grouped(tally.fills)),
        row("volume", cents(tally.volume)),
        row("taker fees", cents(tally.fees)),
        row("fees to LPs", cents(tally.range_fees + unfolded_fees(played)?)),
        row("funding rate", format!("{low:.1} to {high:.1} ppm an hour (cap {cap})")),
        row("liquidations", steps),
        row("keepers earned", cents(tally.keeper_pay)),
        row("bankrupt accounts resolved", grouped(tally.resolved)),
        row(
            "insurance",
            format!(
                "{} ({} from liquidations)",
                cents(market.insurance + market.insurance_claim),
                cents(tally.insurance_pay)
            ),
        ),
        row("treasury", cents(market.treasury + market.treasury_claim)),
        row(
            "written off",
            format!("{} at the most, {} at the end", cents(tally.most_written_off), cents(market.written_off)),
        ),
        row("claims released", format!("{} paid {}", cents(tally.released.0), cents(tally.released.1))),
        row(
            "rounding holder",
            format!("{} base atoms, {} quote atoms", findings.rounding_base, findings.rounding_quote),
        ),
        row(
            "1,000,000 USD moves the price",
            format!(
                "{:.2} bps at the start{}",
                million.bps,
                after.map_or(String::new(), |bps| format!(", {bps:.2} bps at the end"))
            ),
        ),
        row(
            "LP margin",
            format!(
                "{}, {:.1}% used as initial margin",
                dollars(million.margin),
                100.0 * million.used / million.margin
            ),
        ),
    ];
    rows.push(row("wall time", format!("{:.1} s", played.wall.as_secs_f64())));
    Ok(Section { title: "The market", columns: vec!["", ""], rows })
}

/// Fees that the ranges on the curve are entitled to and that were not folded yet, in quote atoms.
fn unfolded_fees(played: &Played) -> Result<u64> {
    let (books, market) = (played.world.books(), played.world.market()?);
    let mut sum = 0;
    for (_, range) in books.ranges_in(market.index_number) {
        let (lower, upper) = books.ticks(market, range)?;
        sum += entitlement(market, range, lower, upper)?.fees;
    }
    Ok(sum)
}

fn accounts(played: &Played) -> Result<Section> {
    let market = played.world.market()?;
    let index = market.index.bits as f64 / ONE as f64 * 1e3;
    let mut rows = Vec::new();
    for (slot, (name, who)) in played.accounts.iter().enumerate() {
        let at = |frame: Option<&crate::recorder::Frame>| {
            frame.and_then(|frame| frame.equity.get(slot)).copied().unwrap_or(0.0)
        };
        let account = played.world.account(*who)?;
        let notional = played.world.contracts(*who) * index;
        rows.push(vec![
            name.clone(),
            dollars(at(played.recorder.frames.first())),
            dollars(played.world.equity(*who)),
            dollars(account.usdc() as f64 / USD),
            dollars(notional),
        ]);
    }
    let columns = vec!["account", "equity at the start", "at the end", "capital", "position"];
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
