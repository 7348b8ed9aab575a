//! Changes that governance has queued already and that still may be executed.

use anyhow::Result;
use keel_engine::governance::{BankTerms, EXECUTION_WINDOW_SECS, Kind, MarketTerms};
use keel_engine::state::{Change, Exchange};
use keel_sdk::address;
use keel_sdk::instructions::Plan as Content;
use solana_pubkey::Pubkey;

use crate::chain::Chain;
use crate::node::Node;

/// The last so many changes are looked at: older ones have lapsed on any exchange that is not flooded.
const LOOKED_AT: u64 = 200;

/// Queued changes that are neither executed nor lapsed, the newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes(Vec<Change>);

impl Changes {
    /// Reads them.
    pub(crate) async fn read(node: &Node<'_>, chain: &mut Chain, exchange: &Exchange) -> Result<Self> {
        let first = exchange.changes.saturating_sub(LOOKED_AT).saturating_add(1);
        let places: Vec<Pubkey> = (first..=exchange.changes).rev().map(address::change).collect();
        chain.fetch(node, &places).await?;
        let is_launched = exchange.launched_at != 0;
        let all = places.iter().filter_map(|place| chain.state::<Change>(place));
        let is_alive = |change: &Change| {
            let is_void = is_launched && change.executable_at == change.queued_at;
            !is_void && chain.now.unix < change.executable_at.saturating_add(EXECUTION_WINDOW_SECS)
        };
        Ok(Self(all.filter(is_alive).collect()))
    }

    /// The one that does exactly this.
    pub(crate) fn of(&self, content: &Content) -> Option<&Change> {
        let ((kind, target), content) = (content.place(), content.content());
        self.0.iter().find(|change| change.kind == kind as u8 && change.target == target && change.content == content)
    }

    /// The newest that lists a bank of this mint, and its terms.
    pub(crate) fn bank_listing(&self, mint: &Pubkey) -> Option<(&Change, BankTerms)> {
        let listings = self.0.iter().filter(|change| change.kind == Kind::AddBank as u8);
        let mut of_mint = listings.filter_map(|change| {
            let bytes = change.content.get(..size_of::<BankTerms>())?;
            Some((change, bytemuck::pod_read_unaligned::<BankTerms>(bytes)))
        });
        of_mint.find(|(_, terms)| terms.mint == mint.to_bytes())
    }

    /// The one that lists a market of this name, and its terms.
    pub(crate) fn listing(&self, name: &[u8; 16]) -> Option<(&Change, MarketTerms)> {
        let listings = self.0.iter().filter(|change| change.kind == Kind::ListMarket as u8);
        let mut named = listings.filter_map(|change| {
            let bytes = change.content.get(..size_of::<MarketTerms>())?;
            Some((change, bytemuck::pod_read_unaligned::<MarketTerms>(bytes)))
        });
        named.find(|(_, terms)| terms.name == *name)
    }
}
