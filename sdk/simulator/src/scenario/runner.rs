//! Playing a scenario, line by line.

use anyhow::{Context, Result};
use keel_engine::state::Market;
use keel_engine::{Error, refresh};

use super::decimal::sqrt_price_bound;
use super::{Bounds, Expect, Scenario, Step, outcome, state};
use crate::action::{Action, Done};
use crate::audit;
use crate::executor::Executor;
use crate::prices::Feeds;
use crate::setup::number;

/// What one step, or the end, prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// One line of JSON, without its end.
    pub text: String,
    /// Whether it is what was expected.
    pub verdict: Verdict,
}

/// Whether a step did what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It succeeded, or did what was expected.
    Fine,
    /// It was refused, and nothing was expected. The sentence says where and why.
    Refused(String),
    /// Something else was expected. The sentence says where and what.
    Unmet(String),
}

/// A scenario being played: gives a line for each step and one for the end. An error is a failure of the executor or a
/// broken equality, and ends it.
pub struct Runner<'s, E> {
    scenario: &'s Scenario,
    /// The exchange on which it is played.
    pub executor: E,
    feeds: Feeds,
    /// Rows of each series that were published.
    published: Vec<usize>,
    next: usize,
    ended: bool,
    audits_each: bool,
}

impl<'s, E: Executor> Runner<'s, E> {
    /// Plays on an exchange that was started with the scenario's setup.
    pub fn new(scenario: &'s Scenario, executor: E) -> Self {
        let feeds = Feeds::of(scenario.setup.markets.iter().map(|market| market.first));
        let published = vec![0; scenario.series.len()];
        Self { scenario, executor, feeds, published, next: 0, ended: false, audits_each: false }
    }

    /// Audits the books after every step, and not only in the end.
    pub fn audit_each(mut self) -> Self {
        self.audits_each = true;
        self
    }

    fn perform(&mut self, action: &Action) -> Result<keel_engine::Result<Done>> {
        if let Action::Price { market, quote, published } = *action {
            // These feeds count from the start.
            self.feeds.publish(market, quote, published);
        }
        self.executor.perform(action)
    }

    /// Publishes what the series hold up to a time.
    fn publish_series(&mut self, at: u64) -> Result<()> {
        let scenario = self.scenario;
        for (market, series) in scenario.series.iter().enumerate() {
            let (Some(series), Some(published)) = (series, self.published.get_mut(market)) else { continue };
            let due = series.rows.partition_point(|(offset, _)| *offset <= at);
            let newest = due.checked_sub(1).filter(|_| due > *published).and_then(|row| series.rows.get(row));
            *published = due;
            if let Some((_, quote)) = newest {
                let action = Action::Price { market, quote: *quote, published: None };
                let _booked = self.perform(&action)?.with_context(|| format!("the price series at {at}"))?;
            }
        }
        Ok(())
    }

    /// The action with the bounds on `s` that its prices mean at the peg with which it will be played.
    fn bounded(&self, step: &Step) -> Action {
        let mut action = step.action.clone();
        let Action::AddRange { market, ref mut request, .. } = action else { return action };
        if step.bounds == Bounds::default() {
            return action;
        }
        let Some(mut state) = self.executor.books().markets.get(&number(market)).copied() else { return action };
        self.refresh(market, &mut state, step.at);
        let bound = |price, round_up| sqrt_price_bound(price, state.peg, round_up);
        if let Some(min) = step.bounds.min {
            request.min_sqrt_price = bound(min, true);
        }
        if let Some(max) = step.bounds.max {
            request.max_sqrt_price = bound(max, false);
        }
        action
    }

    /// Takes the published price, as the instruction itself will. What it refuses then leaves the peg as it is now.
    fn refresh(&self, market: usize, state: &mut Market, at: u64) {
        let (now, before) = (self.executor.now(), *state);
        let start = now.unix.saturating_sub_unsigned(at);
        let Some(mut sample) = self.feeds.sample(market, at.cast_signed()) else { return };
        sample.publish_time = sample.publish_time.saturating_add(start);
        if refresh::refresh(state, Some(&sample), now).is_err() {
            *state = before;
        }
    }

    fn step(&mut self, place: usize, step: &Step) -> Result<Line> {
        self.executor.turn(step.at);
        self.publish_series(step.at)?;
        let action = self.bounded(step);
        let outcome = self.perform(&action)?;
        if self.audits_each {
            audit::check(self.executor.books())?;
        }
        let text = outcome::line((place, step.at), &action, &outcome, self.executor.books())?;
        Ok(Line { text, verdict: self.verdict(place, step, outcome.err()) })
    }

    fn verdict(&self, place: usize, step: &Step, refusal: Option<Error>) -> Verdict {
        let here = || format!("{}:{}: step {place}", self.scenario.file, step.line);
        match (step.expect, refusal) {
            (None | Some(Expect::Success), None) => Verdict::Fine,
            (Some(Expect::Refusal(expected)), Some(error)) if expected == error => Verdict::Fine,
            (None, Some(error)) => Verdict::Refused(format!("{} was refused: {error}", here())),
            (Some(Expect::Success), Some(error)) => {
                Verdict::Unmet(format!("{} was expected to succeed, but was refused: {error}", here()))
            }
            (Some(Expect::Refusal(expected)), None) => {
                Verdict::Unmet(format!("{} was expected to be refused with {}, but succeeded", here(), expected.name()))
            }
            (Some(Expect::Refusal(expected)), Some(error)) => Verdict::Unmet(format!(
                "{} was expected to be refused with {}, but was refused: {error}",
                here(),
                expected.name()
            )),
        }
    }

    fn end(&self) -> Result<Line> {
        let books = self.executor.books();
        audit::check(books)?;
        let named = self.scenario.setup.accounts.iter().enumerate();
        let accounts = named.map(|(who, account)| Ok((account.name.clone(), self.executor.account(who)?)));
        let accounts = accounts.collect::<Result<Vec<_>>>()?;
        let banks: Vec<&str> = self.scenario.setup.banks.iter().map(|bank| bank.name.as_str()).collect();
        let named = state::Named { markets: &self.scenario.markets, banks: &banks, accounts: &accounts };
        let text = state::line(books, self.executor.now(), &named)?;
        Ok(Line { text, verdict: Verdict::Fine })
    }
}

impl<E: Executor> Iterator for Runner<'_, E> {
    type Item = Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let scenario = self.scenario;
        let place = self.next;
        self.next += 1;
        let line = match scenario.steps.get(place) {
            Some(step) => self
                .step(place, step)
                .with_context(|| format!("{}:{}: step {place} cannot go on", scenario.file, step.line)),
            None => {
                self.ended = true;
                self.end().with_context(|| format!("{}: the end", scenario.file))
            }
        };
        self.ended |= line.is_err();
        Some(line)
    }
}
