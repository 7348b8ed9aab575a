//! The pool, and who waits for it.

use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::state::PoolRequest;
use keel_sdk::views::PoolView;
use serde::Serialize;

use super::number::{Usd, exact, grouped};
use super::table::{facts, or_dash};
use super::time::Moment;
use super::{Row, View};

/// The pool.
#[derive(Debug, Serialize)]
pub struct PoolShown {
    /// What nobody comes in below.
    pub value_high: Usd,
    /// What nobody leaves above.
    pub value_low: Usd,
    /// What a share costs who comes in.
    pub share_price_high: Usd,
    /// What a share is worth to who leaves.
    pub share_price_low: Usd,
    /// Shares there are.
    pub shares: String,
    /// Capital of its margin account.
    pub capital: Usd,
    /// What of it may leave now.
    pub free: Usd,
    /// What is set aside for losses that nobody else pays.
    pub reserve: Usd,
    /// Deposits that wait.
    pub deposits_waiting: Usd,
    /// Shares of those who wait to leave.
    pub shares_waiting: String,
    /// Redemptions that wait.
    pub redemptions_waiting: u64,
    /// Whether it takes deposits.
    pub open: bool,
    /// Whether a mark under it has grown old.
    pub stale: bool,
}

impl From<&PoolView> for PoolShown {
    fn from(view: &PoolView) -> Self {
        Self {
            value_high: Usd::of(view.nav_high),
            value_low: Usd::of(view.nav_low),
            share_price_high: Usd::of(view.price_high),
            share_price_low: Usd::of(view.price_low),
            shares: exact(view.shares.into(), 6),
            capital: Usd::of(view.capital),
            free: Usd::of(view.free),
            reserve: Usd::of(view.reserve),
            deposits_waiting: Usd::of(view.deposits_waiting),
            shares_waiting: exact(view.shares_waiting.into(), 6),
            redemptions_waiting: view.redeem_tail.saturating_sub(view.redeem_head),
            open: view.closed == 0,
            stale: view.stale != 0,
        }
    }
}

impl View for PoolShown {
    fn text(&self) -> String {
        let age = if self.stale { ", at marks that have grown old" } else { "" };
        facts([
            ("worth", format!("{} to who leaves, {} to who comes{age}", self.value_low, self.value_high)),
            ("a share", format!("{} to who leaves, {} to who comes", self.share_price_low, self.share_price_high)),
            ("shares", self.shares.clone()),
            ("capital", format!("{}, {} of it free", self.capital, self.free)),
            ("reserve", self.reserve.to_string()),
            ("waiting", format!("{} to come in, {} shares to leave", self.deposits_waiting, self.shares_waiting)),
            ("deposits", if self.open { "are taken" } else { "are not taken now" }.to_owned()),
        ])
    }
}

/// A request that waits.
#[derive(Debug, Serialize)]
pub struct Waiting {
    /// `deposit` or `redeem`.
    pub request: &'static str,
    /// Its number.
    pub number: u64,
    /// USD to come in.
    pub amount: Option<Usd>,
    /// Shares to leave.
    pub shares: Option<String>,
    /// When it was asked for.
    pub requested_at: Moment,
    /// From when on a redemption is paid, and a deposit may be taken back.
    pub ready_at: Moment,
    /// When a redemption lapses.
    pub lapses_at: Option<Moment>,
}

impl From<&PoolRequest> for Waiting {
    fn from(request: &PoolRequest) -> Self {
        let comes = request.kind == DEPOSIT;
        Self {
            request: if comes { "deposit" } else { "redeem" },
            number: request.number,
            amount: comes.then(|| Usd::of(request.amount)),
            shares: (!comes).then(|| grouped(request.amount.into(), 6, 6)),
            requested_at: Moment(request.requested_at),
            ready_at: Moment(request.ready_at),
            lapses_at: Moment::some(request.lapses_at),
        }
    }
}

impl Row for Waiting {
    const COLUMNS: &'static [&'static str] = &["request", "number", "amount", "asked for at", "ready at", "lapses at"];

    fn cells(&self) -> Vec<String> {
        let shares = self.shares.as_ref().map(|shares| format!("{shares} shares"));
        vec![
            self.request.to_owned(),
            self.number.to_string(),
            or_dash(self.amount.map(|amount| amount.to_string()).or(shares)),
            self.requested_at.to_string(),
            self.ready_at.to_string(),
            or_dash(self.lapses_at),
        ]
    }
}
