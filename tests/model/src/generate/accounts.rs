//! Accounts that come and go, and requests that make no sense.

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_simulator::action::RangeAt;
use keel_simulator::{Action, Question};

use super::liquidity::request;
use super::trades::opposite_of;
use super::{Generator, position};
use crate::sets::USD;
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// Opens an account that is not there.
    pub(super) fn enter(&mut self, source: &mut impl Source, who: usize) {
        self.push(Action::OpenAccount { who });
        if !source.one_in(6) {
            self.push(Action::OpenRanges { who });
        }
        self.push(Action::Deposit { who, bank: USDC, amount: USD << source.below(21) });
    }

    /// Asks something.
    pub(super) fn ask(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let side = if source.one_in(2) { Side::Buy } else { Side::Sell };
        let question = match source.below(7) {
            6 => Question::Delta { who, market },
            4 => Question::Payout { market },
            0 => Question::Health { who },
            1 => Question::LiquidationPrice { who, market },
            2 => Question::Auction { who, market },
            // So few that a program's compute is enough for any step.
            3 => Question::Funding { market, points: source.below(5) as u8, side },
            _ => {
                self.bring_price(source, world.at, market, 0);
                Question::Fee { market, side, exact: Exact::Base(source.word(44)) }
            }
        };
        self.push(Action::View(question));
    }

    /// Leaves with everything, or tries what does not fit the account's state.
    pub(super) fn come_and_go(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let action = match source.below(6) {
            0 => Action::OpenAccount { who },
            1 => Action::OpenRanges { who },
            2 => Action::CloseRanges { who },
            3 => Action::CloseAccount { who },
            _ => return self.leave(world, who),
        };
        self.push(action);
    }

    /// Removes, closes, settles, releases, withdraws and closes.
    pub(super) fn leave(&mut self, world: &World, who: usize) {
        let Some(account) = world.account(who) else { return };
        let ranges = world.addresses.get(who).and_then(|address| world.books().ranges.get(address));
        for (slot, range) in ranges.into_iter().flat_map(|ranges| ranges.ranges.iter().enumerate()) {
            if !range.is_empty() {
                let (market, range) = (usize::from(range.market) - 1, RangeAt::Slot(slot as u8));
                self.push(Action::RemoveRange { who, market, range });
            }
        }
        for market in 0..world.markets() {
            let base = position(world, who, market).base;
            let side = opposite_of(base);
            let exact = Exact::Base(base.unsigned_abs());
            let order = Order { side, exact, limit: None, reduce_only: true, all_or_nothing: false };
            if base != 0 {
                self.push(Action::Trade { who, market, order });
            }
            if account.position(keel_simulator::setup::number(market)).is_ok() {
                self.push(Action::Settle { who, market, by: who });
                self.push(Action::Release { who, market, min_ratio_ppm: 0 });
            }
        }
        for (bank, amount) in account.capital.iter().enumerate().filter(|(_, amount)| **amount != 0) {
            self.push(Action::Withdraw { who, bank, amount: *amount });
        }
        if self.habits.queues && account.usdc() != 0 {
            self.push(Action::QueueWithdrawal { who, bank: USDC, amount: account.usdc() });
            self.push(Action::PayWithdrawal { bank: USDC, ticket: None });
        }
        self.push(Action::CloseRanges { who });
        self.push(Action::CloseAccount { who });
    }

    /// Numbers at the ends of their types, and accounts and markets that are not there.
    pub(super) fn nonsense(&mut self, source: &mut impl Source, world: &World) {
        let who = source.below(self.habits.accounts as u64 + 2) as usize;
        let market = source.below(world.markets() as u64 + 2) as usize;
        let amount = source.pick(&[0, 1, u64::MAX, i64::MAX.unsigned_abs(), 1 << 62, (1 << 62) + 1]);
        let ticks = [i32::MIN, -150_001, -150_000, -1, 0, 1, 150_000, 150_001, i32::MAX];
        let (lower, upper) = (source.pick(&ticks), source.pick(&ticks));
        let liquidity = source.pick(&[0, 1, u128::MAX, 1 << 64, (1 << 64) + 1, 1 << 127]);
        let side = if source.one_in(2) { Side::Buy } else { Side::Sell };
        let exact = if source.one_in(2) { Exact::Base(amount) } else { Exact::Quote(amount) };
        let limit = source.pick(&[None, Some(Price::from_bits(0)), Some(Price::from_bits(u64::MAX))]);
        let order = Order { side, exact, limit, reduce_only: source.one_in(2), all_or_nothing: source.one_in(2) };
        let bank = source.below(self.banks.len() as u64 + 2) as usize;
        let action = match source.below(16) {
            12 => Action::RefreshBank { bank },
            13 => Action::Deposit { who, bank, amount },
            14 => Action::TradeTo { who, market, target: amount.cast_signed(), tolerance: 0, limit },
            15 => Action::TradeExact { who, market, order: Order { all_or_nothing: true, ..order }, bound: amount },
            9 => Action::QueueWithdrawal { who, bank, amount },
            10 => Action::PayWithdrawal { bank: USDC, ticket: Some(amount) },
            11 => {
                Action::Transfer { who, to: source.below(self.habits.accounts as u64 + 2) as usize, bank: USDC, amount }
            }
            0 => Action::Trade { who, market, order },
            1 => Action::AddRange { who, market, request: request(lower, upper, liquidity) },
            2 => Action::Deposit { who, bank: USDC, amount },
            3 => Action::Withdraw { who, bank: USDC, amount },
            4 => Action::CreateTickArray { market, index: source.pick(&[lower, upper, -5, 4, 2_343, -2_344]) },
            5 => Action::LiquidateOnCurve { who, market, by: who, max_base: amount },
            6 => Action::Release { who, market, min_ratio_ppm: u32::MAX },
            7 => Action::RemoveRange { who, market, range: RangeAt::Ends { lower, upper } },
            _ => Action::Settle { who, market, by: source.below(64) as usize },
        };
        self.push(action);
    }
}
