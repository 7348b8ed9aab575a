//! What always holds, recounted from the holders (design.md section 13).

use std::collections::BTreeMap;

use keel_engine::book::Place as Grid;
use keel_engine::math::bitmap;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::pot;
use keel_engine::ranges::{Entitlement, entitlement};
use keel_engine::state::{Market, Range, Tick, Ticket};
use keel_engine::units::Rate;
use num_bigint::BigUint;
use num_traits::One;

use super::{Place, Sim};

/// The tick array whose bit is the first of a market's bitmap.
const FIRST_ARRAY: i32 = -2_344;

impl Place {
    /// The stored tick of a range's end.
    pub fn tick(&self, tick: i32) -> &Tick {
        let grid = Grid::of(tick / i32::try_from(self.market.params.tick_spacing).unwrap());
        let array = self.arrays.iter().find(|array| array.index == grid.array).unwrap();
        &array.ticks[grid.slot as usize]
    }

    pub fn entitlement(&self, range: &Range) -> Entitlement {
        entitlement(&self.market, range, self.tick(range.lower), self.tick(range.upper)).unwrap()
    }
}

impl Sim {
    /// Every range in a market.
    pub fn ranges_of(&self, market: usize) -> impl Iterator<Item = &Range> {
        let number = self.market(market).index_number;
        self.actors.iter().flat_map(|actor| &actor.ranges.ranges).filter(move |range| range.market == number)
    }

    pub fn live_ranges(&self, market: usize) -> u64 {
        self.ranges_of(market).count() as u64
    }

    /// Base that the rounding holder holds: minus what everybody else does.
    pub fn rounding_base(&self, market: usize) -> i128 {
        let place = &self.places[market];
        let positions: i128 = (0..self.actors.len()).map(|actor| i128::from(self.position(market, actor).base)).sum();
        let ranges: i128 = self.ranges_of(market).map(|range| i128::from(place.entitlement(range).base)).sum();
        -(positions + ranges + i128::from(place.market.closed_base))
    }

    /// Quote that would be left in the curve after everybody folds.
    pub fn rounding_quote(&self, market: usize) -> i128 {
        let place = &self.places[market];
        let ranges: i128 =
            self.ranges_of(market).map(|range| i128::from(place.entitlement(range).total_quote().unwrap())).sum();
        let due: i128 = (0..self.actors.len())
            .map(|actor| i128::from(pot::funding_due(&place.market, &self.position(market, actor)).unwrap()))
            .sum();
        // What was settled at the final mark is the curve's now.
        let closed = (i128::from(place.market.closed_base) * i128::from(place.market.mark.bits)) >> 48;
        i128::from(place.market.curve_quote) - ranges + due + closed
    }

    /// What an actor is worth at the marks, claims at face, in 2^-48 quote atoms: nothing is rounded but entitlements.
    pub fn worth(&self, actor: usize) -> i128 {
        let mut worth = i128::from(self.capital(actor)) << 48;
        for (index, place) in self.places.iter().enumerate() {
            let position = self.position(index, actor);
            let mark = i128::from(place.market.mark.bits);
            let due = pot::funding_due(&place.market, &position).unwrap();
            let (mut base, mut quote) = (i128::from(position.base), i128::from(position.quote) - i128::from(due));
            quote += i128::from(position.unmatured) + i128::from(position.mature);
            for range in self.actors[actor].ranges.ranges.iter().filter(|r| r.market == place.market.index_number) {
                let held = place.entitlement(range);
                base += i128::from(held.base);
                quote += i128::from(held.total_quote().unwrap());
            }
            worth += base * mark + (quote << 48);
        }
        worth
    }

    /// What all actors are worth.
    pub fn wealth(&self) -> i128 {
        (0..self.actors.len()).map(|actor| self.worth(actor)).sum()
    }

    /// Asserts everything that always holds.
    pub fn check_all(&self) {
        self.check_bank();
        for market in 0..self.places.len() {
            self.check_pot(market);
            self.check_rounding(market);
            self.check_curve(market);
            let m = self.market(market);
            assert!(
                m.funding_rate.bits.abs() <= Rate::from_ppm(m.params.funding_cap_ppm_per_hour).bits,
                "rate above cap"
            );
        }
        for (index, actor) in self.actors.iter().enumerate() {
            let owes = actor.account.positions.iter().any(|position| position.debt != 0);
            assert_eq!(actor.account.debt_since != 0, owes, "debt of actor {index}");
            let held = actor.ranges.ranges.iter().filter(|range| !range.is_empty()).count();
            assert_eq!(usize::from(actor.account.ranges), held, "ranges of actor {index}");
            for position in &actor.account.positions {
                let here = actor.ranges.ranges.iter().filter(|r| r.market != 0 && r.market == position.market).count();
                assert_eq!(usize::from(position.ranges), here, "ranges of actor {index} in market {}", position.market);
            }
        }
    }

    fn tickets_of(&self, bank: u8) -> impl Iterator<Item = &Ticket> {
        self.tickets.iter().map(|(_, ticket)| ticket).filter(move |ticket| ticket.bank == bank)
    }

    /// Capital, pots, insurance and treasury are the bank's tokens; of other collateral capital is all there is.
    fn check_bank(&self) {
        let capital: u128 = (0..self.actors.len()).map(|actor| u128::from(self.capital(actor))).sum();
        let markets: u128 = self
            .places
            .iter()
            .map(|place| {
                u128::from(place.market.pot) + u128::from(place.market.insurance) + u128::from(place.market.treasury)
            })
            .sum();
        let exchange = u128::from(self.exchange.insurance);
        let waiting: u128 = self.tickets_of(0).map(|ticket| u128::from(ticket.amount)).sum();
        assert_eq!(waiting, u128::from(self.bank.queued), "waiting withdrawals");
        for bank in &self.banks {
            let waiting: u128 = self.tickets_of(bank.index).map(|ticket| u128::from(ticket.amount)).sum();
            assert_eq!(waiting, u128::from(bank.queued), "waiting withdrawals of bank {}", bank.index);
            let held = self.actors.iter().map(|actor| u128::from(actor.account.capital[usize::from(bank.index)]));
            assert_eq!(held.sum::<u128>() + waiting, u128::from(bank.booked), "tokens in bank {}", bank.index);
        }
        let pool = u128::from(self.pool.deposits_waiting) + u128::from(self.exchange.pool_reserve);
        assert_eq!(capital + markets + exchange + waiting + pool, u128::from(self.bank.booked), "tokens in the bank");
        self.check_pool();
        for actor in 0..self.actors.len() {
            let own = self.tickets.iter().filter(|(whose, ticket)| *whose == actor && ticket.amount != 0).count();
            assert_eq!(usize::from(self.account(actor).tickets), own, "tickets of an account");
        }
    }

    /// Unsettled value + claims + surplus = pot + written off, and the sums that the market keeps.
    fn check_pot(&self, market: usize) {
        let m = self.market(market);
        let positions: Vec<_> = (0..self.actors.len()).map(|actor| self.position(market, actor)).collect();
        let sum = |value: &dyn Fn(&keel_engine::state::Position) -> i128| positions.iter().map(value).sum::<i128>();
        let slots = positions.iter().filter(|position| !position.is_empty()).count() as u64;
        assert_eq!(slots, m.positions, "positions");
        let claims = sum(&|p| i128::from(p.unmatured) + i128::from(p.mature) + i128::from(p.pledged));
        assert_eq!(claims, i128::from(m.claims), "claims");
        assert_eq!(sum(&|p| i128::from(p.debt)), i128::from(m.uncovered), "uncovered");
        let everywhere = self.actors.iter().flat_map(|actor| &actor.account.positions);
        let pledges = everywhere.filter(|p| p.pledged != 0 && p.creditor == m.index_number).count();
        assert_eq!(pledges as u64, m.pledges, "pledges to market {}", m.index_number);
        for p in &positions {
            assert_eq!(p.pledged != 0, p.creditor != 0, "a pledge and its creditor");
            assert!(p.pledged == 0 || (p.base == 0 && p.ranges == 0), "a pledged position has nothing open");
        }
        assert_eq!(sum(&|p| i128::from(p.base.max(0))), i128::from(m.long_base), "long base");
        assert_eq!(sum(&|p| -i128::from(p.base.min(0))), i128::from(m.short_base), "short base");
        let quote = sum(&|p| i128::from(p.quote));
        let left = quote
            + i128::from(m.curve_quote)
            + claims
            + i128::from(m.insurance_claim)
            + i128::from(m.treasury_claim)
            + i128::from(m.surplus);
        assert_eq!(
            left,
            i128::from(m.pot) + i128::from(m.written_off),
            "unsettled + claims + surplus = pot + written off"
        );
    }

    /// What rounding leaves is the protocol's, and little.
    fn check_rounding(&self, market: usize) {
        let place = &self.places[market];
        let operations = i128::from(place.market.operations);
        let ranges = i128::from(self.live_ranges(market));
        let base = self.rounding_base(market);
        // A step leaves less than two atoms, opening a range one, and each live range rounds what it holds down.
        assert!((0..=2 * operations + ranges).contains(&base), "rounding base {base} after {operations} operations");
        let quote = self.rounding_quote(market);
        let (least, most) = place.rounding_funding;
        let low = (quote << 64) + most;
        let high = (quote << 64) + least;
        // One part in 2^48 of an atom for each rounded inverse is all that the exact sums leave open.
        assert!(low >= -(1 << 40), "rounding quote {quote}, funding of the rounding base {most}");
        // A step: quote, growth of quote, growth of fees, the fee itself: an atom each; a fold: quote, fees, funding.
        let bound = 6 * operations + 4 * ranges;
        assert!(high >> 64 <= bound, "rounding quote {quote}, funding {least}, after {operations} operations");
    }

    /// Ticks, liquidity, bitmaps and the cursor against the ranges.
    pub fn check_curve(&self, market: usize) {
        let place = &self.places[market];
        let m: &Market = &place.market;
        let s = m.sqrt_price.get();
        let (mut active, mut total, mut folded) = (0, 0, 0);
        let mut ticks: BTreeMap<i32, (u128, i128)> = BTreeMap::new();
        for range in self.ranges_of(market) {
            let liquidity = range.liquidity.get();
            total += liquidity;
            folded += range.folded_base;
            if range.lower_sqrt_price.get() <= s && s < range.upper_sqrt_price.get() {
                active += liquidity;
            }
            for (tick, sign) in [(range.lower, 1), (range.upper, -1)] {
                let entry = ticks.entry(tick).or_default();
                entry.0 += liquidity;
                entry.1 += sign * i128::try_from(liquidity).unwrap();
            }
            assert!(range.base_debt >= 0, "base debt");
        }
        assert_eq!(active, m.liquidity.get(), "active liquidity at s {s}");
        assert_eq!(total, m.total_liquidity.get(), "total liquidity");
        assert_eq!(folded, m.folded_base, "folded base");
        let spacing = i32::try_from(m.params.tick_spacing).unwrap();
        for array in &place.arrays {
            let mut bits = 0_u64;
            for slot in 0..64 {
                let grid = array.index * 64 + slot;
                let stored = &array.ticks[slot as usize];
                let Some((gross, net)) = ticks.get(&(grid * spacing)) else {
                    assert_eq!(bytemuck::bytes_of(stored), [0; 128], "tick {grid} is not in use");
                    continue;
                };
                bits |= 1 << slot;
                let expected = sqrt_price_at_tick(grid * spacing).unwrap();
                assert_eq!((stored.liquidity_gross.get(), stored.liquidity_net.get()), (*gross, *net), "tick {grid}");
                assert_eq!(stored.sqrt_price, expected);
                assert_eq!(grid <= m.cursor, expected.get() <= s, "cursor {} against tick {grid}", m.cursor);
            }
            assert_eq!(bits, array.initialized, "bitmap of array {}", array.index);
            let bit = u32::try_from(array.index - FIRST_ARRAY).unwrap();
            assert_eq!(bitmap::is_set(&m.arrays, bit), bits != 0, "market's bit of array {}", array.index);
        }
        let inverse = (BigUint::one() << 176) / BigUint::from(s);
        assert_eq!(inverse, BigUint::from(m.inv_sqrt_price.get()), "inverse of s");
    }
}
