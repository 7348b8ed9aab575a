//! Banks of other collateral than USDC as they would be if each were refreshed now, and the refreshes of those that are behind.

use keel_engine::Now;
use keel_engine::collateral::{refresh, weight_ppm};
use keel_engine::state::Bank;
use keel_engine::units::Price;
use keel_sdk::address;
use keel_sdk::instructions::RefreshBank;
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key};
use super::refresh::is_near;
use crate::job::{Kind, Profit};
use crate::mirror::{Mirror, PriceAt, PriceOf};

/// Seconds between two samples of a bank's price.
const SAMPLE_SECS: i64 = 1;

/// A bank as it would be after a refresh now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FreshBank {
    /// The bank.
    pub bank: Bank,
    /// The accounts of its price and of its exchange rate, where it has a feed of one; nothing where it cannot be refreshed.
    pub feeds: Option<(Pubkey, Option<Pubkey>)>,
    /// Whether what counts, or how many samples stand for it, is another on the chain, or too old for its owner, and a
    /// refresh would bring it.
    pub is_late: bool,
}

impl FreshBank {
    /// The refresh, where there is one.
    pub fn refresh(&self) -> Option<RefreshBank> {
        self.feeds.map(|(price, rate)| RefreshBank { mint: Pubkey::from(self.bank.mint), price, rate })
    }

    /// What its refresh reads.
    pub fn prices(&self) -> impl Iterator<Item = PriceOf> + use<> {
        let number = self.bank.index;
        let rate = has_rate(&self.bank).then_some(PriceOf::Rate(number));
        [PriceOf::Bank(number)].into_iter().chain(rate)
    }
}

/// Whether a bank has a feed of an exchange rate.
pub(crate) fn has_rate(bank: &Bank) -> bool {
    bank.rate_feed_id != [0; 32]
}

/// Refreshes a copy of a bank with the prices that are known of it. Without those no instruction can refresh it: it is what
/// it is.
pub(super) fn freshened(mirror: &Mirror, stored: &Bank, now: Now) -> FreshBank {
    let unchanged = FreshBank { bank: *stored, feeds: None, is_late: false };
    let number = stored.index;
    let Some(price) = mirror.price(PriceOf::Bank(number)) else { return unchanged };
    let rate: Option<&PriceAt> = mirror.price(PriceOf::Rate(number)).filter(|_| has_rate(stored));
    if rate.is_none() && has_rate(stored) {
        return unchanged;
    }
    let mut bank = *stored;
    if refresh(&mut bank, &price.sample, rate.map(|rate| &rate.sample), now).is_err() {
        return unchanged;
    }
    let is_old = now.unix.saturating_sub(stored.price_time) > i64::from(stored.max_age_price_secs);
    let counts_other = bank.price != stored.price || bank.latest != stored.latest;
    // A sale at once asks for all samples, also where the last of them changes no price.
    let stands_other = bank.sample_count != stored.sample_count;
    let is_late = bank.price_time > stored.price_time && (is_old || counts_other || stands_other);
    FreshBank { bank, feeds: Some((price.account, rate.map(|rate| rate.account))), is_late }
}

/// Adds a refresh for each bank that is behind and whose collateral counts for somebody.
pub(super) fn plan(round: &mut Round) {
    let ground = round.ground;
    for (number, fresh) in &ground.fresh.banks {
        let Some(stored) = ground.mirror.banks.get(number) else { continue };
        let Some(refresh) = fresh.refresh() else { continue };
        let counts = stored.haircut_ppm.max(weight_ppm(stored, ground.now)) != 0;
        if !counts || !ground.mirror.is_held(*number) || !is_due(round, stored, &fresh.bank) {
            continue;
        }
        let key = key(Kind::RefreshBank, address::bank(&refresh.mint), 0, stored.refreshed_at);
        // It refreshes itself, so nothing goes in front of it.
        let front = Front::default().refreshing_bank(*number);
        round.add(key, Ok(refresh.instruction()), &front, Profit::default(), false);
    }
}

fn is_due(round: &Round, stored: &Bank, fresh: &Bank) -> bool {
    let (now, limits) = (round.ground.now.unix, round.limits);
    // Half of what owners may still use.
    let longest = i64::from(stored.max_age_price_secs.div_ceil(2).min(limits.refresh_bank_secs.max(1)));
    let brings = |fresh: i64, stored: i64| fresh > stored && now.saturating_sub(stored) >= longest;
    if brings(fresh.price_time, stored.price_time) || (has_rate(stored) && brings(fresh.rate_time, stored.rate_time)) {
        return true;
    }
    let rested = now.saturating_sub(stored.sampled_at) >= SAMPLE_SECS;
    let differs = |price: &Price| !is_near(*price, fresh.latest, limits.refresh_move_ppm);
    // Until the median stands for the price.
    fresh.price_time > stored.price_time && rested && [&stored.price, &stored.latest].into_iter().any(differs)
}
