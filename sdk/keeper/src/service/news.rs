//! News into the mirror: accounts, clock and prices; what is to be followed; and which jobs' effects have been heard.

use std::time::{Duration, Instant};

use keel_engine::state::Market;
use keel_sdk::hermes::Receiver;
use keel_sdk::pyth;
use solana_pubkey::Pubkey;

use super::{LONGEST_WAIT, Service};
use crate::feed::{News, PriceAccount, Watched};
use crate::metrics;
use crate::mirror::PriceAt;

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
            News::Price { market, account, sample } => {
                let known = self.pushed.get(&market).map(|price| price.sample.publish_time);
                if known.is_some_and(|known| known > sample.publish_time) {
                    return false;
                }
                let before = self.pushed.insert(market, PriceAt { account, sample });
                self.choose_price(market);
                before.is_none_or(|before| before.sample != sample)
            }
        }
    }

    /// Which price of a market jobs use: the pushed one unless it is old and a later one was brought.
    pub(super) fn choose_price(&mut self, market: u16) {
        let now = self.mirror.now().map_or(0, |now| now.unix);
        let most = i64::from(self.options.given.prices.max_age_secs);
        let brought = self.brought.latest(market).map(|priced| (priced.account, priced.sample));
        let brought = brought.map(|(account, sample)| PriceAt { account, sample });
        let chosen = match (self.pushed.get(&market).copied(), brought) {
            (Some(pushed), Some(brought))
                if now.saturating_sub(pushed.sample.publish_time) > most
                    && brought.sample.publish_time > pushed.sample.publish_time =>
            {
                Some(brought)
            }
            (Some(pushed), _) => Some(pushed),
            (None, brought) => brought,
        };
        if let Some(price) = chosen {
            metrics::price_age(market, now.saturating_sub(price.sample.publish_time));
            self.mirror.hear_price(market, price);
        }
    }

    /// Tells the feed what to follow, and the price source what is behind.
    pub(super) fn follow(&mut self) {
        let shard = self.options.given.prices.shard;
        let markets: Vec<(u16, Market)> = self.mirror.markets().map(|(number, market)| (number, *market)).collect();
        let prices = markets.iter().map(|(number, market)| price_account(shard, *number, market)).collect();
        let watched = Watched { prices, vaults: self.mirror.vaults().collect() };
        self.feed.watched.send_if_modified(|known| {
            let differs = *known != watched;
            if differs {
                *known = watched;
            }
            differs
        });
        let now = self.mirror.now().map_or(0, |now| now.unix);
        let most = i64::from(self.options.given.prices.max_age_secs);
        let is_behind = |number: u16| {
            let pushed = self.pushed.get(&number);
            pushed.is_none_or(|price| now.saturating_sub(price.sample.publish_time) > most)
        };
        let behind: Vec<(u16, Market)> = markets.into_iter().filter(|(number, _)| is_behind(*number)).collect();
        for (number, _) in &behind {
            // Nobody pushes: its age still grows.
            if let Some(price) = self.mirror.price(*number) {
                metrics::price_age(*number, now.saturating_sub(price.sample.publish_time));
            }
        }
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

/// Where a market's price is pushed.
fn price_account(shard: u16, number: u16, market: &Market) -> PriceAccount {
    let owner = Pubkey::from(market.price_owner);
    let address = match Receiver::of(&owner) {
        Some(receiver) => receiver.feed_account(shard, &market.feed_id),
        None => pyth::feed_account(shard, &market.feed_id),
    };
    PriceAccount { market: number, address, owner, feed: market.feed_id }
}
