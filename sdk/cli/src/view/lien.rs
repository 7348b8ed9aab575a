//! A lien on a margin account.

use keel_engine::lien;
use keel_engine::state::MarginAccount;
use serde::Serialize;
use solana_pubkey::Pubkey;

use super::View;
use super::number::Usd;
use super::table::facts;
use super::time::Moment;

/// A lien.
#[derive(Clone, Debug, Serialize)]
pub struct Lien {
    /// Who holds it.
    pub holder: String,
    /// Equity for new risk below which the owner can neither withdraw nor add risk.
    pub floor: Usd,
    /// Seconds between the holder's notice and its rights.
    pub notice_secs: u32,
    /// When notice was given.
    pub called_at: Option<Moment>,
    /// When the holder's rights begin.
    pub due_at: Option<Moment>,
}

impl Lien {
    /// That of an account, if there is one.
    pub fn of(account: &MarginAccount) -> Option<Self> {
        let called_at = Moment::some(account.lien_called_at);
        lien::is_held(account).then(|| Self {
            holder: Pubkey::from(account.lien_holder).to_string(),
            floor: Usd::of(account.lien_floor),
            notice_secs: account.lien_notice_secs,
            called_at,
            due_at: called_at.map(|called| Moment(called.0.saturating_add(account.lien_notice_secs.into()))),
        })
    }

    /// In one sentence.
    pub fn sentence(&self) -> String {
        let called = self.due_at.map_or_else(String::new, |due| format!("; called, due at {due}"));
        format!("of {}, keeps {}{called}", self.holder, self.floor)
    }
}

/// The lien on an account, or that there is none.
#[derive(Debug, Serialize)]
pub struct OnAccount {
    /// Address of the margin account.
    pub account: String,
    /// The lien.
    pub lien: Option<Lien>,
    /// Equity for new risk as it is now.
    pub initial_equity: Usd,
}

impl View for OnAccount {
    fn text(&self) -> String {
        let Some(lien) = &self.lien else {
            return format!("there is no lien on {}", self.account);
        };
        facts([
            ("account", self.account.clone()),
            ("holder", lien.holder.clone()),
            ("keeps", format!("{} of the {} that count for new risk", lien.floor, self.initial_equity)),
            ("notice", format!("{} seconds", lien.notice_secs)),
            ("called", lien.called_at.map_or_else(|| "no".to_owned(), |at| at.to_string())),
            ("due", lien.due_at.map_or_else(String::new, |at| at.to_string())),
        ])
    }
}
