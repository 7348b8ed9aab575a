//! The plan as people read it, and as programs do.

use core::fmt::{Display, Formatter, Result};

use serde_json::{Value, json};

use crate::plan::{Plan, State, Step};

/// Lamports in a SOL.
const SOL: f64 = 1e9;

impl State {
    /// One word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Ready => "do",
            Self::Waits { .. } => "waits",
            Self::Blocked => "later",
            Self::Others { .. } => "others",
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { name, found, wanted, state, .. } = self;
        write!(f, "{:<7}{name:<24}", state.name())?;
        match state {
            State::Done => write!(f, "{found}"),
            State::Ready => write!(f, "{found} -> {wanted}"),
            State::Waits { until } => write!(f, "{found} -> {wanted} (queued, executable at {})", date(*until)),
            State::Blocked => write!(f, "{found} -> {wanted} (once the steps before are done)"),
            State::Others { signer } => write!(f, "{found} -> {wanted} ({signer} has to sign)"),
        }
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{}, genesis hash {}", self.request.genesis.cluster, self.genesis_hash)?;
        for step in &self.steps {
            writeln!(f, "  {step}")?;
        }
        for refusal in &self.refusals {
            writeln!(f, "  REFUSED  {refusal}")?;
        }
        let count = |name| self.steps.iter().filter(|step| step.state.name() == name).count();
        if !self.refusals.is_empty() {
            return write!(f, "refused: nothing of it is done until this is mended");
        }
        if self.is_complete() {
            return write!(f, "nothing to do: everything is as the genesis file says");
        }
        write!(
            f,
            "{} to do now, {} later, {} wait for their time, {} for somebody else's key; costs {:.3} SOL",
            count("do"),
            count("later"),
            count("waits"),
            count("others"),
            self.cost as f64 / SOL
        )?;
        if self.is_launched {
            write!(f, "\nthe exchange is launched: what differs is queued and waits for the timelock")?;
        }
        Ok(())
    }
}

impl Plan {
    /// The plan as an object of JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "cluster": self.request.genesis.cluster,
            "genesis_hash": self.genesis_hash,
            "launched": self.is_launched,
            "complete": self.is_complete(),
            "cost_lamports": self.cost,
            "program": self.deployed.as_ref().map(|deployed| json!({
                "sha256": deployed.sha256,
                "authority": deployed.authority.map(|key| key.to_string()),
                "slot": deployed.slot,
                "room": deployed.room,
            })),
            "steps": self.steps.iter().map(Step::to_json).collect::<Vec<_>>(),
            "refusals": self.refusals,
        })
    }
}

impl Step {
    /// The step as an object of JSON.
    pub fn to_json(&self) -> Value {
        let (executable_at, signer) = match &self.state {
            State::Waits { until } => (Some(*until), None),
            State::Others { signer } => (None, Some(signer.to_string())),
            State::Done | State::Ready | State::Blocked => (None, None),
        };
        json!({
            "name": self.name, "state": self.state.name(), "found": self.found, "wanted": self.wanted,
            "executable_at": executable_at, "signer": signer,
        })
    }
}

/// A unix time as a date in UTC.
fn date(unix: i64) -> String {
    let (days, secs) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    // Years that begin in March, so that the day of a leap year is the last: 146,097 days are 400 years.
    let shifted = days.saturating_add(719_468);
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    format!("{year}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", secs / 3_600, secs / 60 % 60, secs % 60)
}
