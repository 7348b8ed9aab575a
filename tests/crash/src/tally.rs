//! What a replay counts.

use std::collections::BTreeSet;

use keel_engine::Error;
use keel_simulator::{Action, Done};

use crate::crowd::USD;

/// The ways in which an account is brought to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// A range was folded and removed.
    Unwound,
    /// Another account took a part of the position.
    TakenOver,
    /// A part was closed against the curve.
    OnCurve,
    /// A part was closed at mark against an opposite holder.
    Deleveraged,
    /// What was still owed went through the loss order.
    Resolved,
}

impl Means {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Unwound, Self::TakenOver, Self::OnCurve, Self::Deleveraged, Self::Resolved];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unwound => "unwound",
            Self::TakenOver => "taken over",
            Self::OnCurve => "on the curve",
            Self::Deleveraged => "deleveraged",
            Self::Resolved => "resolved",
        }
    }
}

/// One moment, for a picture.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Seconds from the start.
    pub at: u64,
    /// Index and mark over the first price, of each market.
    pub prices: Vec<(f64, f64)>,
    /// What a claim is worth for its face, the lowest over all markets.
    pub h: f64,
    /// Equity of all accounts, in USD.
    pub equity: f64,
    /// Accounts below maintenance.
    pub unhealthy: usize,
    /// Insurance and losses that are not covered or written off, in USD.
    pub insurance: f64,
    /// The same.
    pub shortfall: f64,
    /// Claims, in USD.
    pub claims: f64,
}

/// Counts of a replay. Money is in USD.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Actions that were served.
    pub served: u64,
    /// Equalities that the audit compared.
    pub equalities: u64,
    /// Accounts, by means.
    accounts: [BTreeSet<usize>; 5],
    /// Volume at mark, by means; of resolutions what was owed.
    volume: [f64; 5],
    /// What resolutions took from the market's surplus.
    pub surplus: f64,
    /// What they took from the market's insurance.
    pub market_insurance: f64,
    /// What they took from the exchange's.
    pub exchange_insurance: f64,
    /// What they wrote off.
    pub written_off: f64,
    /// What claims were paid.
    pub paid: f64,
    /// What they gave up.
    pub cut: f64,
    /// The last refusals, for who is stuck.
    pub refusals: Vec<(Action, Error)>,
}

/// Refusals that are remembered.
const REFUSALS: usize = 4_000;

impl Tally {
    /// Counts an action; `mark` is that of its market.
    pub fn count(&mut self, action: &Action, answer: &Result<Done, Error>, mark: f64) {
        let done = match answer {
            Ok(done) => *done,
            Err(error) => {
                if self.refusals.len() >= REFUSALS {
                    self.refusals.drain(..REFUSALS / 2);
                }
                self.refusals.push((action.clone(), *error));
                return;
            }
        };
        self.served += 1;
        let notional = |base: i64| base.unsigned_abs() as f64 / 1e9 * mark;
        match (action, done) {
            (Action::UnwindRange { who, .. }, Done::Folded { base, .. }) => {
                self.add(Means::Unwound, *who, notional(base));
            }
            (Action::LiquidateOnCurve { who, .. }, Done::Liquidated { base, .. }) => {
                self.add(Means::OnCurve, *who, notional(base));
            }
            (Action::Liquidate { who, .. }, Done::TakenOver { base, .. }) => {
                self.add(Means::TakenOver, *who, notional(base));
            }
            (Action::Deleverage { who, .. }, Done::Deleveraged { base, .. }) => {
                self.add(Means::Deleveraged, *who, notional(base));
            }
            (
                Action::Resolve { who, .. },
                Done::Resolved { own, surplus, insurance, exchange, treasury, written_off, .. },
            ) => {
                let sum = own + surplus + insurance + exchange + treasury + written_off;
                self.add(Means::Resolved, *who, sum as f64 / USD);
                self.surplus += surplus as f64 / USD;
                self.market_insurance += insurance as f64 / USD;
                self.exchange_insurance += exchange as f64 / USD;
                self.written_off += written_off as f64 / USD;
            }
            (_, Done::Released { claim, paid }) => {
                self.paid += paid as f64 / USD;
                self.cut += (claim - paid) as f64 / USD;
            }
            _ => {}
        }
    }

    fn add(&mut self, means: Means, who: usize, volume: f64) {
        let place = means as usize;
        self.accounts[place].insert(who);
        self.volume[place] += volume;
    }

    /// Accounts that were brought on by a means.
    pub fn accounts(&self, means: Means) -> usize {
        self.accounts[means as usize].len()
    }

    /// Volume of a means.
    pub const fn volume(&self, means: Means) -> f64 {
        self.volume[means as usize]
    }

    /// Accounts that were brought on by any means.
    pub fn liquidated(&self) -> usize {
        self.accounts.iter().flatten().collect::<BTreeSet<_>>().len()
    }

    /// Why somebody's last actions were refused.
    pub fn refused(&self, concerns: impl Fn(&Action) -> bool) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (action, error) in self.refusals.iter().rev().filter(|(action, _)| concerns(action)) {
            let name = format!("{}: {}", action.name(), error.name());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
