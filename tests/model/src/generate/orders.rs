//! Standing orders: of every kind, near their price and far from it, executed by anybody at any time.

use keel_engine::Side;
use keel_engine::orders::{ALL_OR_NOTHING, DROP_REST, Kind, REDUCE_ONLY, Terms};
use keel_engine::units::Price;
use keel_simulator::Action;
use keel_simulator::orders::{OrderAct, Placing};

use super::trades::opposite_of;
use super::{Generator, position};
use crate::sets::CONTRACT;
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// Places one, executes, cancels or cleans up what waits.
    pub(super) fn order_later(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let waiting: Vec<_> = world.books().orders.keys().copied().collect();
        if waiting.is_empty() || source.one_in(3) {
            return self.place_order(source, world, who, market);
        }
        let Some((account, number)) = waiting.get(source.below(waiting.len() as u64) as usize).copied() else { return };
        let Some(whose) = world.addresses.iter().position(|own| *own == account) else { return };
        let number = (!source.one_in(4)).then_some(number);
        let act = match source.below(12) {
            0 => OrderAct::Cancel { who: whose, number, by: if source.one_in(4) { who } else { whose } },
            1..3 => OrderAct::Clean { who: whose, number, by: who },
            _ => {
                let ordered = world.books().orders.range((account, 0)..).next();
                let market = ordered.map_or(market, |(_, order)| usize::from(order.market).saturating_sub(1));
                self.bring_price(source, world.at, market, 0);
                OrderAct::Execute { who: whose, number, by: who }
            }
        };
        self.push(Action::Order(act));
    }

    fn place_order(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let Some(state) = world.market(market) else { return };
        let held = position(world, who, market).base;
        let mut side = if source.one_in(2) { Side::Buy } else { Side::Sell };
        let reduces = held != 0 && source.one_in(2);
        if reduces && !source.one_in(8) {
            side = opposite_of(held);
        }
        let amount = match source.below(5) {
            0 if held != 0 => held.unsigned_abs(),
            1 => source.word(40),
            2 => 1 + source.below(40),
            _ => 1 + source.below(CONTRACT),
        };
        // Some lie on the very price, most within two percent of it.
        let about = state.mark.bits;
        let mut price = |reach: i64| {
            let ppm = if source.one_in(8) { 0 } else { source.between(-reach, reach) };
            Price::from_bits((i128::from(about) * i128::from(1_000_000 + ppm) / 1_000_000) as u64)
        };
        let (first, second, limit) = (price(4_000), price(20_000), price(20_000));
        let none = Price::from_bits(0);
        let mut terms = Terms {
            kind: source.pick(&[Kind::Trigger, Kind::Trigger, Kind::Limit, Kind::Scale, Kind::Twap]),
            side,
            flags: if reduces { REDUCE_ONLY } else { 0 },
            amount,
            below: none,
            below_limit: none,
            above: none,
            above_limit: none,
            min_fill: if source.one_in(4) { source.below(amount + 1) } else { 0 },
            tip: source.pick(&[0, 5_000, 20_000, 1 << 20]),
            starts_at: 0,
            expires_at: 0,
            interval_secs: 0,
            slices: 0,
            catch_up: 0,
        };
        terms.flags |= source.pick(&[0, 0, 0, DROP_REST, ALL_OR_NOTHING]);
        if terms.flags & ALL_OR_NOTHING != 0 {
            terms.min_fill = 0;
        }
        let (mut starts_at, now) = (None, world.at.cast_signed());
        match terms.kind {
            Kind::Trigger => {
                let (low, high) = (first.min(second), first.max(second));
                let which = source.below(3);
                if which != 0 {
                    terms.below = low;
                    terms.below_limit = if source.one_in(2) { limit } else { none };
                }
                if which != 1 {
                    terms.above = high;
                    terms.above_limit = if source.one_in(2) { limit } else { none };
                }
            }
            Kind::Limit | Kind::Scale | Kind::Twap => {
                let (own, last) = match side {
                    Side::Buy => (&mut terms.below, &mut terms.below_limit),
                    Side::Sell => (&mut terms.above, &mut terms.above_limit),
                };
                *own = first;
                if terms.kind == Kind::Scale {
                    let away = first.bits / 1_000_000 * (1 + source.below(10_000));
                    *last = Price::from_bits(if side == Side::Buy { first.bits - away } else { first.bits + away });
                    terms.slices = 2 + source.below(5) as u32;
                }
                if terms.kind == Kind::Twap {
                    (terms.slices, terms.interval_secs) = (1 + source.below(8) as u32, 1 + source.below(60) as u32);
                    terms.catch_up = source.below(u64::from(terms.slices)) as u32;
                    *own = if source.one_in(2) { first } else { none };
                    starts_at = source.one_in(2).then(|| now + source.between(0, 60));
                }
            }
        }
        let expires_at = source.one_in(4).then(|| now + source.between(0, 900));
        let placing = Placing { terms, starts_at, expires_at };
        self.push(Action::Order(OrderAct::Place { who, market, number: None, placing, by: who }));
    }
}
