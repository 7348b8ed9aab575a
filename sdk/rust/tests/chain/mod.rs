//! A chain that is a map.

mod market;

use std::collections::BTreeMap;

use keel_engine::book::array_index;
use keel_engine::state::{MarginAccount, Market, Ranges};
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::chain::Accounts;
use solana_pubkey::Pubkey;

pub use market::market;

#[derive(Default)]
pub struct Map(pub BTreeMap<Pubkey, Vec<u8>>);

impl Accounts for Map {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.0.get(address).cloned()
    }
}

impl Map {
    pub fn with_market(mut self, market: &Market) -> Self {
        self.0.insert(address::market(market.index_number), encode(market));
        self
    }

    /// A margin account with positions in markets and ranges `(market, lower, upper)`.
    pub fn with_account(mut self, at: &Pubkey, markets: &[u16], held: &[(u16, i32, i32)]) -> Self {
        let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
        for (position, market) in account.positions.iter_mut().zip(markets) {
            position.market = *market;
        }
        account.ranges = u8::try_from(held.len()).unwrap();
        let mut ranges: Ranges = bytemuck::Zeroable::zeroed();
        for (range, (market, lower, upper)) in ranges.ranges.iter_mut().zip(held) {
            (range.market, range.lower, range.upper) = (*market, *lower, *upper);
        }
        self.0.insert(*at, encode(&account));
        self.0.insert(address::ranges(at), encode(&ranges));
        self
    }
}

/// The tick array account of a tick.
pub fn array_of(market: u16, tick: i32) -> Pubkey {
    address::tick_array(market, array_index(tick, 2).unwrap())
}
