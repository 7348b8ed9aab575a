//! Steps about markets, their tick arrays, and the pool with its strategies.

use bytemuck::Zeroable;
use keel_engine::exchange_params::PoolParams;
use keel_engine::governance::MarketTerms;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{MarginAccount, Market, Pool, Ranges, TickArray};
use keel_sdk::accounts::Stored;
use keel_sdk::address;
use keel_sdk::instructions::Plan as Content;
use keel_simulator::genesis::MarketGenesis;
use solana_pubkey::Pubkey;

use super::{Planner, State, Step};
use crate::action::Action;
use crate::feed::Feed;
use crate::terms::{Common, difference, immutable_difference, listing, listing_as, market_difference};

/// Bytes of a mint and of a token account.
const SHARES: [usize; 2] = [82, 165];

impl Planner<'_> {
    pub(super) fn market(&mut self, place: usize) {
        let Some(market) = self.request.genesis.markets.get(place).cloned() else { return };
        let Ok(number) = u16::try_from(place.saturating_add(1)) else { return };
        let feed = match self.request.feed(&market) {
            Ok(feed) => feed,
            Err(error) => return self.refuse(format!("{}: {error}", market.name)),
        };
        match self.chain.state::<Market>(&address::market(number)) {
            Some(listed) => self.listed(&market, number, &feed, &listed),
            None => self.unlisted(&market, number, &feed),
        }
        self.arrays(&market, number);
    }

    /// A market that is there: its parameters may differ, and nothing else.
    fn listed(&mut self, market: &MarketGenesis, number: u16, feed: &Feed, listed: &Market) {
        let name = &market.name;
        let is_there = Step::new(format!("market {number} {name}"), "listed", "listed");
        self.steps.push(is_there);
        match immutable_difference(market, feed, listed) {
            Err(error) => return self.refuse(format!("{error:#}")),
            Ok(Some(what)) => {
                return self.refuse(format!(
                    "market {number} is not {name} as the file has it: its {what} differs and never changes"
                ));
            }
            Ok(None) => {}
        }
        let params = match market.params_of_listed(&listed.params) {
            Ok(params) => params,
            Err(error) => return self.refuse(format!("{error:#}")),
        };
        let refusals = self.seen.market(market, &params);
        self.refusals.extend(refusals);
        let differs = market_difference(&listed.params, &params);
        self.push_parameters(
            format!("parameters of {name}"),
            differs,
            Content::MarketParams(number, params),
            Pubkey::default(),
        );
    }

    fn unlisted(&mut self, market: &MarketGenesis, number: u16, feed: &Feed) {
        let name = &market.name;
        let sample = match feed.alive(self.chain.account(&feed.address), self.chain.now.unix) {
            Ok(sample) => sample,
            Err(error) => return self.refuse(format!("{name}: {error}")),
        };
        let terms = match listing(market, feed, &sample) {
            Ok(terms) => terms,
            Err(error) => return self.refuse(format!("{error:#}")),
        };
        let refusals = self.seen.market(market, &terms.params);
        self.refusals.extend(refusals);
        let step =
            Step::new(format!("market {number} {name}"), "not there", wanted(market, feed)).making(&[Market::LEN]);
        if !self.is_launched() {
            return self.push_admins(step.by(Action::CreateMarket { number, feed: *feed, terms: Box::new(terms) }));
        }
        // What was queued was computed from the price of then.
        let queued = self.changes.listing(&terms.name).map(|(change, queued)| (*change, queued));
        let is_same =
            |queued: &MarketTerms| listing_as(market, feed, &queued.params).is_ok_and(|terms| terms == *queued);
        match queued.filter(|(_, queued)| is_same(queued)) {
            Some((change, _)) if self.chain.now.unix >= change.executable_at => {
                let feed = (*feed, terms.params.max_age_trade_secs);
                let (number, source) = (change.number, feed.0.address);
                self.steps.push(step.by(Action::Execute { number, source, feed: Some(feed) }));
            }
            Some((change, _)) => self.steps.push(step.in_state(State::Waits { until: change.executable_at })),
            None => self.push_admins(step.by(Action::Change(Box::new(Content::ListMarket(terms))))),
        }
    }

    /// Whether a market is there, or will be once the steps before are done.
    fn will_be_listed(&self, number: u16, name: &str) -> bool {
        let step = self.steps.iter().find(|step| step.name == format!("market {number} {name}"));
        let is_made_at_once = |step: &Step| matches!(step.action, Action::CreateMarket { .. } | Action::Execute { .. });
        step.is_some_and(|step| step.is_done() || (step.state == State::Ready && is_made_at_once(step)))
    }

    fn arrays(&mut self, market: &MarketGenesis, number: u16) {
        let wanted = &market.tick_arrays;
        let is_missing = |index: &&i32| self.chain.state::<TickArray>(&address::tick_array(number, **index)).is_none();
        let missing: Vec<i32> = wanted.iter().filter(is_missing).copied().collect();
        let found = format!("{} of {}", wanted.len().saturating_sub(missing.len()), wanted.len());
        let step = Step::new(format!("tick arrays of {}", market.name), found, format!("{wanted:?}"));
        if missing.is_empty() {
            return self.steps.push(step);
        }
        let made = vec![TickArray::LEN; missing.len()];
        let step = step.by(Action::TickArrays { market: number, indices: missing }).making(&made);
        let will_be = self.will_be_listed(number, &market.name);
        self.steps.push(if will_be { step } else { step.in_state(State::Blocked) });
    }

    pub(super) fn pool(&mut self) {
        let Ok(common) = Common::of(&self.request.genesis) else { return };
        let markets = self.request.genesis.markets.clone();
        if self.pool.is_none() && !markets.iter().any(|market| market.pool.is_some()) {
            return;
        }
        match self.pool {
            Some(_) => self.steps.push(Step::new("pool", "there", "there")),
            None => {
                let made = [Pool::LEN, MarginAccount::LEN, Ranges::LEN, SHARES[0], SHARES[1]];
                self.push_admins(Step::new("pool", "not there", "there").by(Action::CreatePool).making(&made));
            }
        }
        let mut defaults = Pool::zeroed();
        keel_engine::exchange_params::set_pool_defaults(&mut defaults);
        let found = PoolParams::of(self.pool.as_ref().unwrap_or(&defaults));
        let differs = difference(found.values(), common.pool.values());
        self.push_parameters("pool parameters", differs, Content::PoolParams(common.pool), Pubkey::default());
        self.strategies(&markets);
    }

    /// Those that give weight back come first: at no time all together have more than the whole.
    fn strategies(&mut self, markets: &[MarketGenesis]) {
        let mut changes: Vec<(i64, Step, Content)> = Vec::new();
        for (number, market) in (1u16..).zip(markets) {
            let wanted = market.strategy().unwrap_or_else(StrategyTerms::zeroed);
            let strategy = self.pool.as_ref().and_then(|pool| pool.strategy(number).ok());
            let found = strategy.map_or_else(StrategyTerms::zeroed, StrategyTerms::of);
            let name = format!("pool in {}", market.name);
            if found == wanted || (found.ends() && wanted.ends()) {
                let text = if wanted.ends() { "stays away" } else { "as the file says" };
                self.steps.push(Step::new(name, "as wanted", text));
                continue;
            }
            let (has, wants) = difference(found.values(), wanted.values());
            let has = if found.ends() { "stays away".to_owned() } else { has };
            let growth = i64::from(wanted.weight_ppm).saturating_sub(i64::from(found.weight_ppm));
            let mut step = Step::new(name, has, wants);
            if !self.will_be_listed(number, &market.name) {
                step = step.in_state(State::Blocked);
            }
            changes.push((growth, step, Content::Strategy(number, wanted)));
        }
        changes.sort_by_key(|(growth, _, _)| *growth);
        for (_, step, content) in changes {
            if step.state == State::Blocked {
                self.steps.push(step);
            } else {
                self.push_change(step, content, Pubkey::default());
            }
        }
    }
}

/// A market in a line.
fn wanted(market: &MarketGenesis, feed: &Feed) -> String {
    let named: Vec<String> = market.params.iter().map(|(name, value)| format!("{name} {value}")).collect();
    format!("{:?}, price {} of {}; {}", market.mode, feed.address, feed.owner, named.join(", "))
}
