//! A market closes down, from the notice to the last holder; who still tries anything else there is refused.

use keel_simulator::governance::{Act, Authority, Planned};
use keel_simulator::{Action, RangeAt};

use super::{Generator, plausible};
use crate::world::World;

/// Seconds of the timelock, and of the notice, at their defaults.
const TIMELOCK: u64 = 172_800;
const NOTICE: u64 = 604_800;
/// Ranges of an account at most.
const RANGES: usize = 8;
/// Refreshes after which the mark has followed the index.
const SETTLING: usize = 6;

impl Generator {
    pub(super) fn close_down(&mut self, world: &World, market: usize) {
        let Some(price) = self.prices.get(market).copied() else { return };
        let plan = Planned::CloseMarket(market);
        self.push(Action::Govern(Act::Queue { by: Authority::Admin, plan }));
        let number = world.changes().saturating_add(1);
        self.plan.push_back((TIMELOCK, Action::Govern(Act::Execute { number })));
        self.plan.push_back((NOTICE, Action::Price { market, quote: plausible(price), published: None }));
        for _ in 0..SETTLING {
            self.plan.push_back((1, Action::Refresh { market }));
        }
        self.push(Action::CloseMarket { market });
        for who in 0..world.addresses.len() {
            for _ in 0..RANGES {
                self.push(Action::UnwindRange { who, market, range: RangeAt::First });
            }
            self.push(Action::ClosePosition { who, market });
            self.push(Action::BeginLiquidation { who });
            self.push(Action::Resolve { who, market });
        }
        self.plan.push_back((TIMELOCK, Action::Refresh { market }));
        for who in 0..world.addresses.len() {
            self.push(Action::Release { who, market, min_ratio_ppm: 0 });
        }
        let arrays: Vec<i32> = world
            .books()
            .arrays
            .keys()
            .filter(|(number, _)| usize::from(*number) == market + 1)
            .map(|(_, index)| *index)
            .collect();
        for index in arrays {
            self.push(Action::CloseTickArray { market, index });
        }
    }
}
