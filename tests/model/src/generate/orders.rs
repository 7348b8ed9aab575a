//! Standing orders: placed near the price, executed when they are due and when they are not, cancelled, cleaned up.

use keel_engine::Side;
use keel_engine::orders::{self, ALL_OR_NOTHING, DROP_REST, Kind, REDUCE_ONLY, Terms};
use keel_engine::state::PlacedOrder;
use keel_engine::units::Price;
use keel_simulator::Action;
use keel_simulator::orders::{OrderAct, Placing};

use super::trades::opposite_of;
use super::{Generator, position};
use crate::sets::CONTRACT;
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// Something with an order.
    pub(super) fn order_act(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        if source.below(5) < 2 {
            let placing = self.placing(source, world, who, market);
            let number = source.one_in(12).then(|| source.below(4));
            let by = if source.one_in(20) { source.below(self.habits.accounts as u64) as usize } else { who };
            return self.push(Action::Order(OrderAct::Place { who, market, number, placing, by }));
        }
        let Some((whose, order)) = self.somebodys_order(source, world) else { return };
        let number = if source.one_in(12) { None } else { Some(order.number) };
        let is_dead = world.account(whose).is_some_and(|account| {
            let market = world.books().markets.get(&order.market);
            orders::dead(&order, account, market, world.now()).is_some()
        });
        let act = match source.below(12) {
            0 => OrderAct::Cancel { who: whose, number, by: if source.one_in(3) { who } else { whose } },
            1 => OrderAct::Clean { who: whose, number, by: who },
            _ if is_dead && !source.one_in(4) => OrderAct::Clean { who: whose, number, by: who },
            _ => {
                self.bring_price(source, world.at, usize::from(order.market) - 1, 0);
                OrderAct::Execute { who: whose, number, by: who }
            }
        };
        self.push(Action::Order(act));
    }

    /// One that is due or dead, if there is any and mostly, else any; of those who act.
    fn somebodys_order(&self, source: &mut impl Source, world: &World) -> Option<(usize, PlacedOrder)> {
        let books = world.books();
        let of = |who: &usize| {
            let address = world.addresses.get(*who)?;
            Some(books.orders_of(address).map(|order| (*who, *order)).collect::<Vec<_>>())
        };
        let all: Vec<(usize, PlacedOrder)> = self.habits.actors.iter().filter_map(of).flatten().collect();
        let from = source.below(all.len().max(1) as u64) as usize;
        let is_urgent = |(who, order): &&(usize, PlacedOrder)| {
            let (Some(account), market) = (world.account(*who), books.markets.get(&order.market)) else { return false };
            let is_dead = orders::dead(order, account, market, world.now()).is_some();
            is_dead || market.is_some_and(|market| orders::due(order, account, market, world.now()).is_ok())
        };
        let urgent = all.iter().cycle().skip(from).take(all.len()).find(is_urgent);
        urgent.filter(|_| !source.one_in(6)).or_else(|| all.get(from)).copied()
    }

    /// An order that a trader might place; now and then one that contradicts itself.
    fn placing(&self, source: &mut impl Source, world: &World, who: usize, market: usize) -> Placing {
        let held = position(world, who, market).base;
        let side = match source.below(3) {
            0 => Side::Buy,
            1 => Side::Sell,
            _ => opposite_of(held),
        };
        let amount = match source.below(6) {
            0 | 1 if held != 0 => held.unsigned_abs(),
            2 if held != 0 => source.below(held.unsigned_abs().saturating_mul(2)),
            3 => source.word(44),
            4 => source.below(100),
            _ => source.below(4 * CONTRACT),
        };
        let kind = source.pick(&[Kind::Trigger, Kind::Limit, Kind::Scale, Kind::Twap]);
        let mut terms = Terms {
            kind,
            side,
            flags: 0,
            amount,
            below: Price::from_bits(0),
            below_limit: Price::from_bits(0),
            above: Price::from_bits(0),
            above_limit: Price::from_bits(0),
            min_fill: if source.one_in(4) { source.below(amount.max(1)) } else { 0 },
            tip: source.word(20),
            starts_at: 0,
            expires_at: 0,
            interval_secs: 0,
            slices: 0,
            catch_up: 0,
        };
        if source.one_in(if side == opposite_of(held) { 2 } else { 20 }) {
            terms.flags |= REDUCE_ONLY;
        }
        match source.below(8) {
            0 if terms.min_fill == 0 => terms.flags |= ALL_OR_NOTHING,
            1 | 2 => terms.flags |= DROP_REST,
            _ => {}
        }
        self.prices_of(source, world, market, &mut terms);
        if matches!(kind, Kind::Scale | Kind::Twap) {
            terms.slices = source.below(12) as u32 + 1;
        }
        if kind == Kind::Twap {
            (terms.interval_secs, terms.catch_up) = (source.below(200) as u32 + 1, source.below(3) as u32);
        }
        let starts_at = (kind == Kind::Twap && source.one_in(3)).then(|| (world.at + source.below(300)).cast_signed());
        let expires_at = source.one_in(3).then(|| (world.at + source.below(7_200)).cast_signed());
        if source.one_in(30) {
            terms.slices = source.word(12) as u32;
        }
        Placing { terms, starts_at, expires_at }
    }

    /// Prices within a percent of the index, on the right side mostly.
    fn prices_of(&self, source: &mut impl Source, world: &World, market: usize, terms: &mut Terms) {
        let index = world.market(market).map_or(1 << 48, |state| state.index.bits);
        let mut near = |low: i64, high: i64| {
            let part = source.between(low, high).unsigned_abs();
            Price::from_bits(index / 10_000 * part)
        };
        let buys = terms.side == Side::Buy;
        match terms.kind {
            Kind::Trigger => {
                (terms.below, terms.above) = (near(9_850, 10_010), near(9_990, 10_150));
                let slip = if buys { near(10_000, 10_200) } else { near(9_800, 10_000) };
                match near(0, 5).bits % 6 {
                    0 => terms.below = Price::from_bits(0),
                    1 => terms.above = Price::from_bits(0),
                    2 => terms.below_limit = slip,
                    3 => terms.above_limit = slip,
                    _ => {}
                }
            }
            Kind::Limit if buys => terms.below = near(9_900, 10_050),
            Kind::Limit => terms.above = near(9_950, 10_100),
            Kind::Scale if buys => (terms.below, terms.below_limit) = (near(9_950, 10_050), near(9_850, 9_960)),
            Kind::Scale => (terms.above, terms.above_limit) = (near(9_950, 10_050), near(10_040, 10_150)),
            Kind::Twap if buys => terms.below = near(9_990, 10_100),
            Kind::Twap => terms.above = near(9_900, 10_010),
        }
    }
}
