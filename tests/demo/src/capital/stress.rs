//! Health after a move against an account's ranges, on copies of the books.

use anyhow::{Context, Result};
use keel_engine::book::Book;
use keel_engine::curve::{Exact, SwapRequest, swap};
use keel_engine::fees::FeeSchedule;
use keel_engine::margin::{self, Health};
use keel_engine::state::{Market, Mode, TickArray};
use keel_engine::units::Price;
use keel_engine::{Now, Side, oracle};
use keel_simulator::Books;
use keel_simulator::setup::number;
use solana_pubkey::Pubkey;

use crate::depth::MOST;
use crate::paths::MARKETS;

/// What moves against the account, by how many parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Any one market.
    One(u64),
    /// All markets at once, in the same direction.
    All(u64),
}

/// Whether an account stays above maintenance in every case of a move: up and down, with the other markets' ranges run
/// through upwards and downwards.
pub fn survives(books: &Books, account: &Pubkey, moved: Move, now: Now) -> Result<bool> {
    let sides = [Side::Buy, Side::Sell];
    for side in sides {
        let cases: Vec<[Case; MARKETS]> = match moved {
            Move::All(ppm) => vec![[Case { side, ppm }; MARKETS]],
            Move::One(ppm) => (0..MARKETS)
                .flat_map(|market| sides.map(|others| case_of(market, Case { side, ppm }, others)))
                .collect(),
        };
        for cases in cases {
            if health_after(books, account, &cases, now)?.is_unhealthy() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What happens to one market: takers run through the ranges to one side, and the price follows them by so much.
#[derive(Clone, Copy)]
struct Case {
    side: Side,
    ppm: u64,
}

fn case_of(market: usize, moved: Case, others: Side) -> [Case; MARKETS] {
    let mut cases = [Case { side: others, ppm: 0 }; MARKETS];
    cases[market] = moved;
    cases
}

/// The account's health afterwards, without the fees that its ranges would have earned on the way.
fn health_after(books: &Books, account: &Pubkey, cases: &[Case; MARKETS], now: Now) -> Result<Health> {
    let mut after = books.clone();
    for (place, case) in cases.iter().enumerate() {
        let number = number(place);
        let mut market = *after.markets.get(&number).context("no such market")?;
        let mut arrays: Vec<TickArray> = after.arrays_of(number).copied().collect();
        run_through(&mut market, &mut arrays, case.side, now);
        shift(&mut market, case);
        after.markets.insert(number, market);
        after.arrays.extend(arrays.into_iter().map(|array| ((number, array.index), array)));
    }
    let state = after.accounts.get(account).context("no such account")?;
    let ranges = after.ranges.get(account);
    Ok(after.view(|view| margin::health_at_any_mark(state, ranges, view, now))?)
}

/// Takers buy, or sell, all that there is.
fn run_through(market: &mut Market, arrays: &mut [TickArray], side: Side, now: Now) {
    let params = market.params;
    (market.params.base_fee_ppm, market.params.max_fee_ppm) = (0, 0);
    let request = SwapRequest {
        side,
        exact: Exact::Base(MOST),
        peg: oracle::fill_peg(market, side, now),
        bounds: [None, None],
        fees: FeeSchedule::new(market, 0),
    };
    let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().collect();
    // A market in which nobody quotes stays as it is.
    let _swapped = swap(&mut Book { market, arrays: &mut arrays }, &request);
    market.params = params;
}

/// Moves every price of a market.
fn shift(market: &mut Market, case: &Case) {
    let moved = |price: Price| {
        let by = price.bits / 1_000_000 * case.ppm;
        Price::from_bits(match case.side {
            Side::Buy => price.bits.saturating_add(by),
            Side::Sell => price.bits.saturating_sub(by),
        })
    };
    (market.index, market.mark, market.stable) = (moved(market.index), moved(market.mark), moved(market.stable));
    if market.mode() == Mode::Floating {
        market.peg = moved(market.peg);
    }
}
