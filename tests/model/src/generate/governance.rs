//! The guardian's key and the admin's: pauses, lower caps, changes that wait and are executed, and what is not allowed.

use keel_engine::exchange_params::BankParams;
use keel_engine::governance::{BankGuard, MarketGuard};
use keel_engine::params::Params;
use keel_engine::state::USDC;
use keel_simulator::Action;
use keel_simulator::governance::{Act, Authority, Planned};

use super::Generator;
use crate::source::Source;
use crate::world::World;

/// The timelock.
const DELAY: u64 = 172_800;

impl Generator {
    pub(super) fn govern(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let by = match source.below(8) {
            0 => Authority::Owner(who),
            1..4 => Authority::Admin,
            _ => Authority::Guardian,
        };
        let act = match source.below(10) {
            0..4 => {
                let secs = source.pick(&[0, 1, 59, 600, 5_000, 90_000, 259_200, 259_201]);
                Act::GuardMarket { by, market, guard: MarketGuard::Pause(secs) }
            }
            4 => return self.lower(source, world, by, market),
            5 => Act::GuardBank { by, bank: USDC, guard: BankGuard::Pause(source.pick(&[60, 7_200])) },
            6 => {
                let treasury = world.market(market).map_or(0, |market| market.treasury);
                return self.pay_treasury(source, who, market, treasury);
            }
            7 => Act::Cancel { by, number: world.changes().saturating_add(source.below(2)) },
            8 => Act::Execute { number: world.changes() },
            _ => return self.change(source, world, by, market),
        };
        self.push(Action::Govern(act));
    }

    /// A lower cap, and two days later the old one again, so that the market goes on.
    fn lower(&mut self, source: &mut impl Source, world: &World, by: Authority, market: usize) {
        let Some(state) = world.market(market) else { return };
        let params = state.params;
        let guard = match source.below(3) {
            0 => MarketGuard::OiCap(params.oi_cap_usd / 2),
            1 => MarketGuard::PositionCap(1 + source.below(1_000_000) as u32),
            _ => MarketGuard::ReduceOnly,
        };
        self.push(Action::Govern(Act::GuardMarket { by, market, guard }));
        let admin = Authority::Admin;
        let plan = match guard {
            MarketGuard::ReduceOnly => Planned::LiftReduceOnly(market),
            _ => Planned::MarketParams(market, params),
        };
        self.push(Action::Govern(Act::Queue { by: admin, plan }));
        let number = world.changes().saturating_add(1);
        self.plan.push_back((DELAY, Action::Govern(Act::Execute { number })));
    }

    /// The treasury's owner is named, and what a market has paid is sent there.
    fn pay_treasury(&mut self, source: &mut impl Source, who: usize, market: usize, treasury: u64) {
        if source.one_in(4) {
            let plan = Planned::Treasury(who);
            self.push(Action::Govern(Act::Queue { by: Authority::Admin, plan }));
        }
        let amount = source.pick(&[0, 1, treasury / 2, treasury, treasury.saturating_add(1), u64::MAX]);
        self.push(Action::Govern(Act::WithdrawTreasury { market, amount }));
    }

    /// Something is queued, and executed at its time, a second too early, or by nobody.
    fn change(&mut self, source: &mut impl Source, world: &World, by: Authority, market: usize) {
        let Some(params) = world.market(market).map(|market| market.params) else { return };
        let Some(bank) = world.books().bank(USDC).map(|book| BankParams::of(&book.bank)) else { return };
        let plan = match source.below(4) {
            0 => Planned::MarketParams(market, Params { base_fee_ppm: 200 + source.below(300) as u32, ..params }),
            1 => Planned::MarketParams(market, Params { mmr_ppm: source.below(100_000) as u32, ..params }),
            2 => Planned::BankParams(
                USDC,
                BankParams { outflow_limit_ppm_per_hour: 10_000 + source.below(600_000) as u32, ..bank },
            ),
            _ => Planned::Treasury(source.pick(&self.habits.actors)),
        };
        self.push(Action::Govern(Act::Queue { by, plan }));
        let number = world.changes().saturating_add(1);
        let wait = source.pick(&[0, DELAY - 1, DELAY, DELAY]);
        self.plan.push_back((wait, Action::Govern(Act::Execute { number })));
    }
}
