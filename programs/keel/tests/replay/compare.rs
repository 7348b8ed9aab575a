//! What a replay says against what is there.

use keel_sdk::events::{Counter, Ledger, Sequence};
use keel_sdk::replay::{Position, Range, Replay, Told};
use solana_pubkey::Pubkey;

use crate::steps::{World, address};

/// Counts what is told with certainty, which has to be true, and what is not.
#[derive(Default)]
struct Comparison {
    certain: usize,
    doubtful: usize,
}

impl Comparison {
    fn take<T: PartialEq + core::fmt::Debug>(&mut self, told: Told<T>, truth: T, what: &str) {
        if told.is_certain {
            assert_eq!(told.value, truth, "{what}");
            self.certain += 1;
        } else {
            self.doubtful += 1;
        }
    }
}

impl World {
    /// Compares both replays with the exchange.
    pub fn compare(&mut self) {
        let whole = self.compared(&self.whole);
        assert_eq!(whole.doubtful, 0);
        assert!(self.whole.is_certain() && !self.whole.uncertain(1) && !self.whole.uncertain(2));
        // What is missing at the end shows only in the chain's own numbers.
        let mut holes = self.holes.clone();
        let counters = self
            .sim
            .places
            .iter()
            .map(|place| &place.market)
            .map(|market| Sequence { of: Counter::Market(market.index_number), number: market.sequence });
        let bank = Sequence { of: Counter::Bank(0), number: self.sim.bank.sequence };
        let exchange = Sequence { of: Counter::Exchange, number: self.sim.exchange.sequence };
        for sequence in counters.chain([bank, exchange]) {
            let _ = holes.catch_up(sequence);
        }
        let compared = self.compared(&holes);
        assert!(compared.certain > 0);
        self.doubted += compared.doubtful;
    }

    /// Compares everything that a replay is to know.
    fn compared(&self, replay: &Replay) -> Comparison {
        let mut comparison = Comparison::default();
        comparison.take(replay.banks()[&0].booked, self.sim.bank.booked, "booked");
        comparison.take(replay.exchange().insurance, self.sim.exchange.insurance, "the exchange's insurance");
        comparison.take(replay.exchange().pool_reserve, self.sim.exchange.pool_reserve, "the pool's reserve");
        comparison.take(replay.banks()[&0].queued, self.sim.bank.queued, "queued");
        for place in &self.sim.places {
            let market = &place.market;
            let known = &replay.markets()[&market.index_number];
            assert_eq!(known.sequence, market.sequence);
            comparison.take(known.ledger, Ledger::of(market), "ledger");
        }
        for (actor, there) in self.sim.actors.iter().enumerate() {
            let Some(known) = replay.accounts().get(&Pubkey::new_from_array(address(actor).to_bytes())) else {
                assert!(replay.may_lack_accounts());
                continue;
            };
            for (told, capital) in known.capital.into_iter().zip(there.account.capital) {
                comparison.take(told, capital, "capital");
            }
            comparison.take(known.flagged, there.account.flagged_at != 0, "flag");
            for place in &self.sim.places {
                let number = place.market.index_number;
                let held = there.account.position(number);
                let mut told = known.position(number);
                let truth = held.map(Position::from).unwrap_or_default();
                // Without base it means nothing.
                if truth.base == 0 && told.value.base == 0 {
                    told.value.funding = truth.funding;
                }
                comparison.take(told, truth, "position");
            }
            for (told, range) in known.ranges.into_iter().zip(there.ranges.ranges) {
                let keel_engine::state::Range { market, lower, upper, liquidity, .. } = range;
                let truth = (market != 0).then(|| Range { market, lower, upper, liquidity: liquidity.get() });
                comparison.take(told, truth, "range");
            }
        }
        comparison
    }
}
