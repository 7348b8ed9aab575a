//! Fences in their ordered sets.

use std::collections::{BTreeMap, BTreeSet};

use solana_pubkey::Pubkey;

use super::interval::Cost;

/// Up to where an account certainly stays healthy, in one respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fence {
    /// While the mark of a market is not below these bits.
    Above(u16, u64),
    /// While it is not above these.
    Below(u16, u64),
    /// While holding long there has not cost more than this since the beginning.
    Long(u16, i128),
    /// While holding short has not.
    Short(u16, i128),
    /// While the price of a bank's collateral is not below these bits.
    Worth(u8, u64),
    /// Until this time.
    Until(i64),
    /// While nobody trades on the curve of a market.
    Maker(u16),
    /// While claims on the pot of a market are worth what they are.
    Claimant(u16),
}

/// The fences of one market.
#[derive(Clone, Debug, Default)]
struct OfMarket {
    above: BTreeSet<(u64, Pubkey)>,
    below: BTreeSet<(u64, Pubkey)>,
    long: BTreeSet<(i128, Pubkey)>,
    short: BTreeSet<(i128, Pubkey)>,
    makers: BTreeSet<Pubkey>,
    claimants: BTreeSet<Pubkey>,
}

fn of(markets: &mut BTreeMap<u16, OfMarket>, market: u16) -> &mut OfMarket {
    markets.entry(market).or_default()
}

/// Every fence.
#[derive(Clone, Debug, Default)]
pub(super) struct Fences {
    markets: BTreeMap<u16, OfMarket>,
    banks: BTreeMap<u8, BTreeSet<(u64, Pubkey)>>,
    until: BTreeSet<(i64, Pubkey)>,
}

const FIRST: Pubkey = Pubkey::new_from_array([0; 32]);
const LAST: Pubkey = Pubkey::new_from_array([u8::MAX; 32]);

impl Fences {
    /// Puts a fence of an account up.
    pub fn raise(&mut self, fence: &Fence, account: Pubkey) {
        let markets = &mut self.markets;
        match fence {
            Fence::Above(market, mark) => of(markets, *market).above.insert((*mark, account)),
            Fence::Below(market, mark) => of(markets, *market).below.insert((*mark, account)),
            Fence::Long(market, cost) => of(markets, *market).long.insert((*cost, account)),
            Fence::Short(market, cost) => of(markets, *market).short.insert((*cost, account)),
            Fence::Worth(bank, price) => self.banks.entry(*bank).or_default().insert((*price, account)),
            Fence::Until(time) => self.until.insert((*time, account)),
            Fence::Maker(market) => of(markets, *market).makers.insert(account),
            Fence::Claimant(market) => of(markets, *market).claimants.insert(account),
        };
    }

    /// Takes one down.
    pub fn lower(&mut self, fence: &Fence, account: &Pubkey) {
        let markets = &mut self.markets;
        match fence {
            Fence::Above(market, mark) => of(markets, *market).above.remove(&(*mark, *account)),
            Fence::Below(market, mark) => of(markets, *market).below.remove(&(*mark, *account)),
            Fence::Long(market, cost) => of(markets, *market).long.remove(&(*cost, *account)),
            Fence::Short(market, cost) => of(markets, *market).short.remove(&(*cost, *account)),
            Fence::Worth(bank, price) => self.banks.entry(*bank).or_default().remove(&(*price, *account)),
            Fence::Until(time) => self.until.remove(&(*time, *account)),
            Fence::Maker(market) => of(markets, *market).makers.remove(account),
            Fence::Claimant(market) => of(markets, *market).claimants.remove(account),
        };
    }

    /// Adds who stands behind a fence of a market that these bits of its mark or these costs have crossed.
    pub fn crossed(&self, market: u16, mark: u64, cost: Cost, found: &mut Vec<Pubkey>) {
        let Some(of) = self.markets.get(&market) else { return };
        // A fence at the mark itself is not crossed yet.
        let above = mark.checked_add(1).map(|above| of.above.range((above, FIRST)..));
        found.extend(above.into_iter().flatten().map(|(_, account)| *account));
        found.extend(of.below.range(..(mark, FIRST)).map(|(_, account)| *account));
        found.extend(of.long.range(..(cost.long, FIRST)).map(|(_, account)| *account));
        found.extend(of.short.range(..(cost.short, FIRST)).map(|(_, account)| *account));
    }

    /// Adds who stands behind a fence of a bank that these bits of its price have crossed.
    pub fn devalued(&self, bank: u8, price: u64, found: &mut Vec<Pubkey>) {
        let above = self.banks.get(&bank).zip(price.checked_add(1));
        let crossed = above.into_iter().flat_map(|(of, above)| of.range((above, FIRST)..));
        found.extend(crossed.map(|(_, account)| *account));
    }

    /// Adds whose time is over.
    pub fn expired(&self, now: i64, found: &mut Vec<Pubkey>) {
        found.extend(self.until.range(..=(now, LAST)).map(|(_, account)| *account));
    }

    /// Who has ranges in a market.
    pub fn makers(&self, market: u16) -> Vec<Pubkey> {
        self.markets.get(&market).map(|of| of.makers.iter().copied().collect()).unwrap_or_default()
    }

    /// Who has claims on the pot of a market.
    pub fn claimants(&self, market: u16) -> Vec<Pubkey> {
        self.markets.get(&market).map(|of| of.claimants.iter().copied().collect()).unwrap_or_default()
    }
}
