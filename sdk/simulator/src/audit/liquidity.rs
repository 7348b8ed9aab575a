//! A market's curve against a recount from its ranges: active and total liquidity, gross and net of every tick, that
//! ticks out of use are clean, both bitmaps, the cursor, and the inverse of `s`.

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use keel_engine::book::{Place, grid_position};
use keel_engine::math::bitmap::is_set;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::math::wide::U256;
use keel_engine::state::{Market, Tick, TickArray};

use super::{Broken, Findings, unreadable};
use crate::books::Books;

/// Array index of the first bit in a market's bitmap of tick arrays.
const FIRST_ARRAY: i32 = -2_344;

/// Gross and net of one tick.
type Recounted = (i128, i128);

pub(super) fn check(books: &Books, market: &Market, findings: &mut Findings) -> Result<(), Broken> {
    let (mut active, mut total, mut folded) = (0i128, 0i128, 0i128);
    let mut ticks: BTreeMap<i32, Recounted> = BTreeMap::new();
    for (_, range) in books.ranges_in(market.index_number) {
        let liquidity = range.liquidity.get() as i128;
        total += liquidity;
        folded += i128::from(range.folded_base);
        findings.require(range.base_debt >= 0, "no range owes less than nothing", || range.base_debt.to_string())?;
        if (range.lower_sqrt_price..range.upper_sqrt_price).contains(&market.sqrt_price) {
            active += liquidity;
        }
        for (tick, net) in [(range.lower, liquidity), (range.upper, -liquidity)] {
            let grid =
                grid_position(tick, market.params.tick_spacing).map_err(unreadable("every range is on the grid"))?;
            let recounted = ticks.entry(grid).or_default();
            recounted.0 += liquidity;
            recounted.1 += net;
        }
    }
    findings.equal(active, market.liquidity.get() as i128, "active ranges = active liquidity")?;
    findings.equal(total, market.total_liquidity.get() as i128, "all ranges = total liquidity")?;
    findings.equal(folded, market.folded_base.into(), "base folded by live ranges")?;

    let (s, inverse) = (market.sqrt_price.get(), market.inv_sqrt_price.get());
    findings.require(is_inverse_floor(s, inverse), "1/s is kept beside s", || format!("{inverse} beside {s}"))?;

    let mut counted = 0;
    for ((number, _), array) in &books.arrays {
        if *number == market.index_number {
            check_array(market, array, &ticks, findings)?;
            counted += array.initialized.count_ones() as usize;
        }
    }
    findings.equal(counted as i128, ticks.len() as i128, "initialised ticks = ends of ranges")?;
    let arrays: u32 = market.arrays.iter().map(|word| word.count_ones()).sum();
    let holding =
        books.arrays.iter().filter(|((number, _), array)| *number == market.index_number && array.initialized != 0);
    findings.equal(arrays.into(), holding.count() as i128, "bits of the bitmap = arrays with ticks")
}

/// Whether `inverse = floor(2^176 / s)`, by products: `inverse * s <= 2^176 < (inverse + 1) * s`.
fn is_inverse_floor(s: u128, inverse: u128) -> bool {
    let one = U256::from_halves(1 << 48, 0);
    !one.is_below(U256::product(inverse, s)) && one.is_below(U256::product(inverse.saturating_add(1), s))
}

fn check_array(
    market: &Market,
    array: &TickArray,
    ticks: &BTreeMap<i32, Recounted>,
    findings: &mut Findings,
) -> Result<(), Broken> {
    let bit = u32::try_from(array.index - FIRST_ARRAY).ok();
    let is_marked = bit.is_some_and(|bit| is_set(&market.arrays, bit));
    findings.require(is_marked == (array.initialized != 0), "the bitmap tells which arrays hold ticks", || {
        format!("array {} is marked {is_marked} and holds {:#x}", array.index, array.initialized)
    })?;
    let unused = array.ticks.iter().enumerate().filter(|(slot, _)| array.initialized >> slot & 1 == 0);
    for (slot, tick) in unused {
        findings.require(*tick == Tick::zeroed(), "a tick out of use is clean", || {
            format!("slot {slot} of {}", array.index)
        })?;
    }
    let mut left = array.initialized;
    while left != 0 {
        let slot = left.trailing_zeros();
        left &= left - 1;
        let grid = Place { array: array.index, slot }.grid();
        let Some(tick) = array.ticks.get(slot as usize) else { continue };
        let (gross, net) = ticks.get(&grid).copied().unwrap_or_default();
        findings.equal(tick.liquidity_gross.get() as i128, gross, "gross of a tick = its ranges")?;
        findings.equal(tick.liquidity_net.get(), net, "net of a tick = its ranges")?;
        let at = grid.saturating_mul(market.params.tick_spacing.cast_signed());
        let exact = sqrt_price_at_tick(at).map_err(unreadable("every tick is served"))?;
        findings.require(tick.sqrt_price == exact, "s of a tick is the table's", || format!("tick {at}"))?;
        // The cursor: the last initialised tick at or below s, up to the next.
        let below = exact <= market.sqrt_price;
        findings.require(below == (grid <= market.cursor), "the cursor stands between the ticks around s", || {
            format!(
                "cursor {} and tick {grid} on the grid, which is {} s",
                market.cursor,
                if below { "below" } else { "above" }
            )
        })?;
    }
    Ok(())
}
