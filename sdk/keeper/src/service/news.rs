//! News into the mirror: accounts, clock and prices; what is to be followed; and which jobs' effects have been heard.

use std::time::{Duration, Instant};

use keel_engine::state::{Bank, Market};
use keel_sdk::hermes::Receiver;
use keel_sdk::pyth;
use solana_pubkey::Pubkey;

use super::{LONGEST_WAIT, Service};
use crate::brain::has_rate;
use crate::feed::{News, PriceAccount, Watched};
use crate::metrics;
use crate::mirror::{PriceAt, PriceOf};
use crate::prices::Wanted;

/// So many pieces of news are heard before anything else is done.
const AT_ONCE: usize = 512;
/// An account that has not been heard of since a job is asked for again after this.
const ASK_AGAIN: Duration = Duration::from_millis(500);

impl Service {
    /// Hears one piece of news and what else waits. Returns whether there may be something new to do.
    pub(super) fn hear_all_of(&mut self, first: News) -> bool {
        let mut changed = self.hear(first);
        for _ in 0..AT_ONCE {
            let Ok(news) = self.feed.news.try_recv() else { break };
            changed |= self.hear(news);
        }
        changed
    }

    fn hear(&mut self, news: News) -> bool {
        match news {
            News::Accounts { slot, accounts } => {
                let mut changed = false;
                for (address, data) in accounts {
                    changed |= self.mirror.hear(address, data.as_deref(), slot);
                    self.heard_of(|other| *other == address, slot);
                }
                changed
            }
            News::Everything { slot, accounts } => {
                self.mirror.hear_all(accounts, slot);
                self.heard_of(|_| true, slot);
                self.complete = true;
                self.follow();
                true
            }
            News::Clock(now) => {
                self.mirror.hear_clock(now);
                false
            }
            News::Price { of, account, sample } => {
                let known = self.pushed.get(&of).map(|price| price.sample.publish_time);
                if known.is_some_and(|known| known > sample.publish_time) {
                    return false;
                }
                let before = self.pushed.insert(of, PriceAt { account, sample });
                self.choose_price(of);
                before.is_none_or(|before| before.sample != sample)
            }
        }
    }

    /// Which price jobs use: the pushed one unless it is old and a later one was brought.
    pub(super) fn choose_price(&mut self, of: PriceOf) {
        let now = self.now();
        let brought = self.brought.latest(of).filter(|_| self.may_bring(of));
        let brought = brought.map(|priced| PriceAt { account: priced.account, sample: priced.sample });
        let chosen = match (self.pushed.get(&of).copied(), brought) {
            (Some(pushed), Some(brought))
                if self.is_behind(of) && brought.sample.publish_time > pushed.sample.publish_time =>
            {
                Some(brought)
            }
            (Some(pushed), _) => Some(pushed),
            (None, brought) => brought,
        };
        if let Some(price) = chosen {
            metrics::price_age(of, now.saturating_sub(price.sample.publish_time));
            self.mirror.hear_price(of, price);
        }
    }

    fn now(&self) -> i64 {
        self.mirror.now().map_or(0, |now| now.unix)
    }

    /// Whether what is pushed of a price is too old, or nothing is.
    fn is_behind(&self, of: PriceOf) -> bool {
        let most = i64::from(self.options.given.prices.max_age_secs);
        let pushed = self.pushed.get(&of);
        pushed.is_none_or(|price| self.now().saturating_sub(price.sample.publish_time) > most)
    }

    /// Of a bank's price and its exchange rate a transaction has room for one that is brought: the rate first where the bank's
    /// own is old, beside whatever is pushed of the other.
    fn may_bring(&self, of: PriceOf) -> bool {
        let (PriceOf::Bank(number) | PriceOf::Rate(number)) = of else { return true };
        let bank = self.mirror.other_banks().find(|(other, _)| *other == number);
        let is_old = |bank: &Bank| {
            let half = i64::from(bank.max_age_price_secs / 2);
            has_rate(bank) && self.now().saturating_sub(bank.rate_time) > half
        };
        bank.is_some_and(|(_, bank)| is_old(bank) == matches!(of, PriceOf::Rate(_)))
    }

    /// Tells the feed what to follow, and the price source what is behind.
    pub(super) fn follow(&mut self) {
        let shard = self.options.given.prices.shard;
        let markets: Vec<(u16, Market)> = self.mirror.markets().map(|(number, market)| (number, *market)).collect();
        let banks: Vec<(u8, Bank)> = self.mirror.other_banks().map(|(number, bank)| (number, *bank)).collect();
        let of_markets = markets.iter().map(|(number, market)| {
            let feed = (&market.price_owner, &market.feed_id);
            price_account(shard, PriceOf::Market(*number), feed)
        });
        let of_banks = banks.iter().flat_map(|(number, bank)| {
            let of = |of: PriceOf, feed| price_account(shard, of, (&bank.price_owner, feed));
            let rate = has_rate(bank).then(|| of(PriceOf::Rate(*number), &bank.rate_feed_id));
            [of(PriceOf::Bank(*number), &bank.feed_id)].into_iter().chain(rate)
        });
        let watched = Watched { prices: of_markets.chain(of_banks).collect(), vaults: self.mirror.vaults().collect() };
        let followed: Vec<PriceOf> = watched.prices.iter().map(|price| price.of).collect();
        self.feed.watched.send_if_modified(|known| {
            let differs = *known != watched;
            if differs {
                *known = watched;
            }
            differs
        });
        for of in followed.into_iter().filter(|of| self.is_behind(*of)) {
            // Nobody pushes: its age still grows.
            if let Some(price) = self.mirror.price(of) {
                metrics::price_age(of, self.now().saturating_sub(price.sample.publish_time));
            }
        }
        let markets = markets.into_iter().filter(|(number, _)| self.is_behind(PriceOf::Market(*number)));
        let is_wanted = |number: u8| {
            let either = [PriceOf::Bank(number), PriceOf::Rate(number)];
            self.mirror.is_held(number) && either.into_iter().any(|of| self.may_bring(of) && self.is_behind(of))
        };
        let banks = banks.into_iter().filter(|(number, _)| is_wanted(*number));
        let markets = markets.map(|(number, market)| Wanted::Market(number, Box::new(market)));
        let behind = markets.chain(banks.map(|(number, bank)| Wanted::Bank(number, Box::new(bank)))).collect();
        self.behind.send_replace(behind);
    }

    /// Accounts were heard of at a slot: jobs that waited for that are closed.
    fn heard_of(&mut self, is_heard: impl Fn(&Pubkey) -> bool, slot: u64) {
        for unread in self.unread.values_mut().filter(|unread| slot >= unread.slot) {
            unread.accounts.retain(|address| !is_heard(address));
        }
        self.close_read();
    }

    fn close_read(&mut self) {
        let done =
            self.unread.extract_if(|_, unread| unread.accounts.is_empty() || unread.since.elapsed() > LONGEST_WAIT);
        for (_, unread) in done {
            self.sender.close(&unread.ended);
        }
    }

    /// Asks again for accounts that have not been heard of since a job.
    pub(super) fn ask_again(&mut self) {
        for unread in self.unread.values_mut().filter(|unread| unread.asked.elapsed() > ASK_AGAIN) {
            unread.asked = Instant::now();
            self.feed.desk.single(unread.accounts.iter().copied());
        }
        self.close_read();
    }
}

/// Where a price is pushed.
fn price_account(shard: u16, of: PriceOf, (owner, feed): (&[u8; 32], &[u8; 32])) -> PriceAccount {
    let owner = Pubkey::from(*owner);
    let address = match Receiver::of(&owner) {
        Some(receiver) => receiver.feed_account(shard, feed),
        None => pyth::feed_account(shard, feed),
    };
    PriceAccount { of, address, owner, feed: *feed }
}
