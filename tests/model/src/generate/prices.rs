//! Time and prices: seconds and hours, drifts and jumps, doubt, silence and nonsense.

use keel_simulator::Action;
use keel_simulator::prices::Quote;

use super::{Generator, Prices, plausible};
use crate::source::Source;
use crate::world::World;

impl Generator {
    pub(super) fn pass_time(&mut self, source: &mut impl Source, world: &World, market: usize) {
        let longest = self.habits.longest_silence;
        let wait = match source.below(16) {
            0 => source.between(60, 2_000),
            1 | 2 => source.between(5, 60),
            3 if source.one_in(6) => source.between(2_000, 8 * 3_600),
            4 => 0,
            _ => source.between(1, 3),
        };
        let wait = wait.min(longest).unsigned_abs();
        if self.prices_are_wild() && source.one_in(6) && !self.banks.is_empty() {
            return self.move_bank(source, world.at, wait);
        }
        match self.habits.prices {
            Prices::Wild => self.publish(source, world.at + wait, market, wait),
            Prices::Still => self.plan.push_back((wait, Action::Refresh { market })),
            // Nothing but time: which update is brought is chosen by who acts next.
            Prices::Path(_) => self.bring_price(source, world.at, market, wait),
        }
    }

    fn publish(&mut self, source: &mut impl Source, at: u64, market: usize, wait: u64) {
        let (Some(price), Some(listed)) = (self.prices.get_mut(market), self.listed.get(market)) else { return };
        let ppm = match source.below(20) {
            0 => source.between(-400_000, 400_000),
            1 | 2 => source.between(-150_000, 150_000),
            3..8 => source.between(-30_000, 30_000),
            8..14 => source.between(-1_000, 1_000),
            _ => 0,
        };
        *price = (*price + (i128::from(*price) * i128::from(ppm) / 1_000_000) as i64).clamp(listed / 3, listed * 2);
        let price = *price;
        let mut quote = plausible(price);
        let mut published = None;
        let mut broken = false;
        let is_sleepy = self.sleepy.get(market) == Some(&true);
        match source.below(60) {
            // A feed that sleeps: its last price is as old as that.
            8..20 if is_sleepy => (published, broken) = (Some(at.cast_signed() - wait.cast_signed()), true),
            // Wide confidence, or far from its average: guarded.
            0 | 1 => quote.conf = quote.price.unsigned_abs() / source.pick(&[50, 200, 2, 1]),
            2 => quote.ema = quote.price / source.pick(&[2, 3, -1, 1_000]),
            // A publisher that has stopped, or is ahead.
            3 | 4 => (published, broken) = (Some(at.cast_signed() - source.between(-30, 200)), true),
            5 => (quote, broken) = (nonsense(source, price), true),
            _ => {}
        }
        let was_broken = self.broken.get(market).copied().unwrap_or(false);
        if let Some(is_broken) = self.broken.get_mut(market) {
            // What is broken stays so for a while.
            *is_broken = broken || (was_broken && !source.one_in(if is_sleepy { 12 } else { 3 }));
        }
        if was_broken && !broken && self.broken.get(market) == Some(&true) {
            return self.plan.push_back((wait, Action::Refresh { market }));
        }
        self.plan.push_back((wait, Action::Price { market, quote, published }));
        if source.below(4) != 0 {
            self.push(Action::Refresh { market });
        }
        if source.below(4) != 0 {
            let often = if self.listed.len() > 2 { 3 } else { 1 };
            for other in (0..self.listed.len()).filter(|other| *other != market) {
                if source.one_in(often) {
                    self.plan.push_back((0, Action::Refresh { market: other }));
                }
            }
        }
        // A price that holds for some seconds reaches the mark.
        for _ in 0..source.pick(&[0, 0, 0, 2, 3]) {
            self.plan.push_back((1, Action::Refresh { market }));
        }
    }
}

/// A price that nobody can mean.
fn nonsense(source: &mut impl Source, price: i64) -> Quote {
    match source.below(7) {
        0 => Quote { price: 0, ..plausible(price) },
        1 => Quote { price: -price, ..plausible(price) },
        2 => Quote { exponent: source.pick(&[i32::MIN, -19, 1, 9, i32::MAX]), ..plausible(price) },
        3 => Quote { price: i64::MAX, conf: u64::MAX, ema: i64::MAX, exponent: -8 },
        4 => Quote { price: i64::MIN, conf: 0, ema: i64::MIN, exponent: -18 },
        5 => Quote { price: 1, conf: 0, ema: 1, exponent: -18 },
        _ => Quote { price, conf: u64::MAX, ema: 0, exponent: -8 },
    }
}
