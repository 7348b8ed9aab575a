//! The pool: asking to come in and to leave, at once and later, in turn and out of it.

use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::pool::redemptions::{MIN_TIP, REDEMPTION};
use keel_engine::state::PoolRequest;
use keel_simulator::Action;
use keel_simulator::pool::PoolAct;
use keel_simulator::strategies::StrategyAct;
use solana_pubkey::Pubkey;

use super::Generator;
use crate::sets::USD;
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// Asks the pool for something, or brings about what somebody has asked for.
    pub(super) fn pool(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let owner = world.account(who).map(|account| Pubkey::from(account.owner));
        let held = owner.and_then(|owner| world.books().shares.held.get(&owner).copied()).unwrap_or(0);
        let waits =
            |kind: u8| world.books().requests.values().find(|request| request.kind == kind && request.amount != 0);
        let market = source.below(world.markets() as u64) as usize;
        match source.below(28) {
            16..22 => self.rebalance(source, world, who, market),
            22..25 => self.push(Action::Strategy(StrategyAct::Collect { market })),
            25 => self.push(Action::BalanceReserve),
            0..5 => self.ask_in(source, world, who),
            5..7 if held != 0 => self.ask_out(source, who, held),
            5..9 if waits(DEPOSIT).is_some() || source.one_in(16) => self.bring_in(source, world, who, waits(DEPOSIT)),
            9..13 if waits(REDEMPTION).is_some() || source.one_in(16) => {
                self.pay_out(source, world, who, waits(REDEMPTION));
            }
            13 => self.take_back(source, world, who, DEPOSIT),
            14 => self.take_back(source, world, who, REDEMPTION),
            _ => self.ask_out(source, who, held),
        }
    }

    /// Rolls the pool's range in a market, now or once it may be.
    fn rebalance(&mut self, source: &mut impl Source, world: &World, by: usize, market: usize) {
        let number = keel_simulator::setup::number(market);
        let strategies = world.books().pool.map(|pool| pool.strategies);
        let own = strategies.into_iter().flatten().find(|strategy| strategy.market == number);
        let gap = i64::from(world.books().pool.map_or(0, |pool| pool.rebalance_gap_secs));
        let since = own.map_or(0, |own| world.now().unix - own.rebalanced_at);
        if own.is_some() && since < gap && !source.one_in(8) {
            self.latest(world, (gap - since).unsigned_abs());
        }
        self.arrays(world, market, own.map_or(0, |own| own.width_ticks.cast_signed()));
        self.push(Action::Strategy(StrategyAct::Rebalance { market, by }));
    }

    /// Makes the tick arrays that a range around the index needs.
    fn arrays(&mut self, world: &World, market: usize, width: i32) {
        let Some(state) = world.market(market) else { return };
        let Ok(middle) = keel_engine::math::tick::tick_at_sqrt_price(state.anchor) else { return };
        let spacing = state.params.tick_spacing.cast_signed().max(1);
        for tick in [middle - width, middle, middle + width, middle + width + spacing] {
            let index = tick.div_euclid(64 * spacing);
            if !world.books().arrays.contains_key(&(state.index_number, index)) {
                self.push(Action::CreateTickArray { market, index });
            }
        }
    }

    fn ask_in(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let capital = world.capital(who);
        let amount = match source.below(4) {
            0 => capital,
            1 => source.below(200 * USD),
            _ => source.below(capital.max(1) + 2),
        };
        let min_shares = if source.one_in(4) { source.below(2 * amount.max(1)) } else { 0 };
        let tip = source.pick(&[0, MIN_TIP, 3 * MIN_TIP]);
        self.push(Action::Pool(PoolAct::RequestDeposit { who, amount, min_shares, tip }));
        if !source.one_in(3) {
            let wait = source.below(12);
            self.latest(world, wait);
            self.push(Action::Pool(PoolAct::ExecuteDeposit { number: None, by: who }));
            if source.one_in(2) {
                let market = source.below(world.markets() as u64) as usize;
                self.push(Action::Strategy(StrategyAct::Rebalance { market, by: who }));
            }
        }
    }

    fn ask_out(&mut self, source: &mut impl Source, who: usize, held: u64) {
        let shares = (!source.one_in(3)).then(|| source.below(held.max(1) + 2));
        let tip = source.pick(&[MIN_TIP, MIN_TIP + 7, 1 << 20, MIN_TIP - 1]);
        self.push(Action::Pool(PoolAct::RequestRedeem { who, shares, tip }));
    }

    fn bring_in(&mut self, source: &mut impl Source, world: &World, by: usize, waits: Option<&PoolRequest>) {
        let number = if source.one_in(4) { waits.map(|request| request.number) } else { None };
        if !source.one_in(6) {
            self.latest(world, source.pick(&[0, 1, 4, 12]));
        }
        self.push(Action::Pool(PoolAct::ExecuteDeposit { number, by }));
    }

    /// Mostly when it is time.
    fn pay_out(&mut self, source: &mut impl Source, world: &World, by: usize, waits: Option<&PoolRequest>) {
        let number = if source.one_in(6) { waits.map(|request| request.number) } else { None };
        if let Some(request) = waits.filter(|_| source.below(4) != 0) {
            let then = if source.one_in(8) { request.lapses_at } else { request.ready_at };
            let wait = (then - world.now().unix + source.between(-1, 600)).max(0).unsigned_abs();
            self.latest(world, wait.min(self.habits.longest_silence.unsigned_abs()));
        } else {
            self.latest(world, 0);
        }
        for _ in 0..source.below(3) + 1 {
            self.push(Action::Pool(PoolAct::ExecuteRedeem { number, by }));
        }
    }

    fn take_back(&mut self, source: &mut impl Source, world: &World, who: usize, kind: u8) {
        let waiting: Vec<&PoolRequest> =
            world.books().requests.values().filter(|request| request.kind == kind).collect();
        if waiting.is_empty() {
            return;
        }
        let request = source.pick(&waiting);
        let whose = world.addresses.iter().position(|own| own.to_bytes() == request.account).unwrap_or(who);
        let by = if source.one_in(4) { who } else { whose };
        let number = Some(request.number);
        let act = match kind {
            DEPOSIT => PoolAct::CancelDeposit { who: whose, number, by },
            _ => PoolAct::CancelRedeem { who: whose, number },
        };
        if kind == DEPOSIT && source.one_in(2) {
            self.plan.push_back((source.below(80), Action::Refresh { market: 0 }));
        }
        self.push(Action::Pool(act));
    }

    /// Some time passes; then every market knows its latest price.
    fn latest(&mut self, world: &World, wait: u64) {
        self.plan.push_back((wait, Action::Refresh { market: 0 }));
        (1..world.markets()).for_each(|market| self.push(Action::Refresh { market }));
    }
}
