//! How a story ends for somebody: everything closed, settled, matured and withdrawn, played on a copy of the engine's
//! exchange.

use keel_engine::curve::Exact;
use keel_engine::state::{MarginAccount, USDC};
use keel_engine::{Error, Side};
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, Executor, RangeAt, Simulator, native};
use solana_pubkey::Pubkey;

use crate::money::Usd;
use crate::story::{Story, order};

/// Seconds between two attempts to close what the curve did not take at once.
const PATIENCE: u64 = 5;
/// Attempts to close.
const ATTEMPTS: usize = 100;
/// Slots for ranges in a companion account.
const MAX_RANGES: u8 = 8;
/// Half-lives until nothing of a claim is left unmatured.
const HALF_LIVES: u64 = 64;

/// A copy of the exchange that goes on to its end, the prices standing still.
struct End {
    simulator: Simulator,
    at: u64,
    markets: usize,
    people: usize,
}

impl Story {
    /// What these people could withdraw between them if they closed everything now and waited until all was mature: their
    /// purse. Losers settle before that, whoever they are. Panics when a solvent account cannot be closed.
    #[track_caller]
    pub fn purse(&self, names: &[&str]) -> Usd {
        self.purse_after(self.imagine(), self.at, names)
    }

    /// The same where the story goes on as in an exchange that was played on the engine alone, up to a second.
    #[track_caller]
    pub fn purse_after(&self, simulator: Simulator, at: u64, names: &[&str]) -> Usd {
        let mut end = End { simulator, at, markets: self.quotes.len(), people: self.people() };
        // What they own is asked for, and not how fast it leaves.
        for book in end.simulator.books.banks.values_mut() {
            (book.bank.outflow_floor_usd, book.bank.queue_head) = (u32::MAX, book.bank.queue_tail);
        }
        for (market, quote) in self.quotes.iter().enumerate() {
            let _published = end.simulator.play(&Action::Price { market, quote: *quote, published: None });
        }
        let members: Vec<usize> = names.iter().map(|name| self.who(name)).collect();
        end.pass(20);
        end.close(&members);
        end.settle_everybody();
        end.collect();
        let half_life = u64::from(self.market().params.profit_half_life_secs);
        for _ in 0..HALF_LIVES * half_life / 20 {
            end.pass(20);
        }
        end.settle_everybody();
        for member in &members {
            for market in 0..end.markets {
                let _released = end.simulator.play(&Action::Release { who: *member, market, min_ratio_ppm: 0 });
            }
        }
        end.collect();
        let account = |who: usize| {
            let address = end.simulator.account(who).unwrap();
            (address, Pubkey::from(end.account(who).owner))
        };
        let theirs: Vec<(Pubkey, Pubkey)> = members.iter().map(|who| account(*who)).collect();
        let in_pool = Self::in_pool(end.simulator.books(), end.simulator.now(), &theirs);
        members.iter().map(|member| end.withdraw(*member)).sum::<Usd>() + in_pool
    }
}

impl End {
    fn pass(&mut self, secs: u64) {
        self.at += secs;
        self.simulator.turn(self.at);
        for market in 0..self.markets {
            let _refreshed = self.simulator.play(&Action::Refresh { market }).unwrap();
        }
    }

    fn account(&self, who: usize) -> MarginAccount {
        let address = self.simulator.account(who).unwrap();
        self.simulator.books().accounts[&address]
    }

    /// Removes every range, then closes every position, in turns and in as many parts as it takes.
    #[track_caller]
    fn close(&mut self, members: &[usize]) {
        for who in members.iter().copied() {
            for market in 0..self.markets {
                while self.simulator.play(&Action::RemoveRange { who, market, range: RangeAt::First }).is_ok() {}
            }
        }
        for _ in 0..ATTEMPTS {
            let mut open = false;
            for who in members.iter().copied() {
                for position in self.account(who).positions.iter().filter(|position| position.base != 0) {
                    open = true;
                    let side = if position.base > 0 { Side::Sell } else { Side::Buy };
                    let order = order(side, Exact::Base(position.base.unsigned_abs()), true);
                    let market = usize::from(position.market) - 1;
                    let _filled = self.simulator.play(&Action::Trade { who, market, order });
                }
            }
            if !open {
                return;
            }
            self.pass(PATIENCE);
        }
        for who in members.iter().copied() {
            let (books, address) = (self.simulator.books(), self.simulator.account(who).unwrap());
            let equity = native::health(books, &address, self.simulator.now()).unwrap().equity;
            let is_closed = self.account(who).positions.iter().all(|position| position.base == 0);
            assert!(is_closed || equity <= 0, "a solvent account cannot be closed: it is worth {}", Usd(equity));
        }
    }

    /// Everybody settles ranges and positions, so that the pot holds what losers owe.
    fn settle_everybody(&mut self) {
        for _ in 0..2 {
            for market in 0..self.markets {
                for who in 0..self.people {
                    for slot in 0..MAX_RANGES {
                        let range = RangeAt::Slot(slot);
                        let _folded = self.simulator.play(&Action::SettleRange { who, market, range, by: who });
                    }
                    let _settled = self.simulator.play(&Action::Settle { who, market, by: who });
                }
            }
            self.pass(PATIENCE);
        }
    }

    /// What the pool has earned becomes its capital.
    fn collect(&mut self) {
        for market in 0..self.markets {
            let _collected = self.simulator.play(&Action::Strategy(StrategyAct::Collect { market }));
        }
    }

    /// Withdraws all capital; a flagged account, or one that owes, gets nothing out.
    #[track_caller]
    fn withdraw(&mut self, who: usize) -> Usd {
        let amount = self.account(who).usdc();
        match self.simulator.play(&Action::Withdraw { who, bank: USDC, amount }) {
            Ok(_) => amount.into(),
            Err(Error::ZeroAmount | Error::AccountFlagged | Error::InsufficientMargin) => Usd::ZERO,
            Err(error) => panic!("a closed account cannot withdraw: {error}"),
        }
    }
}
