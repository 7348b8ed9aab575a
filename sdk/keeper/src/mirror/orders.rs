//! Orders by what they wait for: the mark, the curve's price, a time. Only those that a price or the clock has crossed are
//! looked at; whether one is due is the engine's to say.

use std::collections::{BTreeMap, BTreeSet};

use keel_engine::Now;
use keel_engine::orders::Kind;
use keel_engine::state::PlacedOrder;
use solana_pubkey::Pubkey;

/// Orders by a price, in its bits.
type ByPrice = BTreeSet<(u64, Pubkey)>;

/// The orders of one market.
#[derive(Clone, Debug, Default)]
struct Waiting {
    /// Triggers that fire at or below a mark.
    marks_below: ByPrice,
    /// Triggers that fire at or above a mark.
    marks_above: ByPrice,
    /// Limits that buy, by the first price at which they would.
    buys: ByPrice,
    /// Limits that sell, by the first price at which they would.
    sells: ByPrice,
    /// Slices in time, by the first one's.
    slices: BTreeSet<(i64, Pubkey)>,
}

/// Prices that orders of a market wait for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    /// Bits of the mark.
    pub mark: u64,
    /// Bits of the price at which a purchase would begin.
    pub buy: u64,
    /// Bits of the price at which a sale would begin.
    pub sell: u64,
}

/// Every order that waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders {
    by_account: BTreeSet<(Pubkey, Pubkey)>,
    markets: BTreeMap<u16, Waiting>,
    ends: BTreeSet<(i64, Pubkey)>,
    /// Orders of whose account something changed since it was last known that they may still be executed.
    pub suspects: BTreeSet<Pubkey>,
}

impl Orders {
    /// Puts an order in.
    pub fn learn(&mut self, address: Pubkey, order: &PlacedOrder) {
        self.by_account.insert((Pubkey::from(order.account), address));
        self.suspects.insert(address);
        if order.expires_at != 0 {
            self.ends.insert((order.expires_at, address));
        }
        let waiting = self.markets.entry(order.market).or_default();
        for (set, key) in places(waiting, order) {
            set.insert((key, address));
        }
        if is_timed(order) {
            waiting.slices.insert((order.starts_at, address));
        }
    }

    /// Takes an order out, as it was.
    pub fn forget(&mut self, address: &Pubkey, order: &PlacedOrder) {
        self.by_account.remove(&(Pubkey::from(order.account), *address));
        self.suspects.remove(address);
        self.ends.remove(&(order.expires_at, *address));
        let Some(waiting) = self.markets.get_mut(&order.market) else { return };
        for (set, key) in places(waiting, order) {
            set.remove(&(key, *address));
        }
        waiting.slices.remove(&(order.starts_at, *address));
    }

    /// Something of a margin account changed: its orders may be over.
    pub fn touch(&mut self, account: &Pubkey) {
        let its: Vec<Pubkey> = self.of(account).copied().collect();
        self.suspects.extend(its);
    }

    /// A market opened, closed or is gone: its orders may be over.
    pub fn touch_market(&mut self, market: u16) {
        let Some(waiting) = self.markets.get(&market) else { return };
        let by_price = [&waiting.marks_below, &waiting.marks_above, &waiting.buys, &waiting.sells];
        let priced = by_price.into_iter().flatten().map(|(_, order)| *order);
        self.suspects.extend(priced.chain(waiting.slices.iter().map(|(_, order)| *order)));
    }

    /// The orders of an account, ascending.
    pub fn of(&self, account: &Pubkey) -> impl Iterator<Item = &Pubkey> {
        let (first, last) = (Pubkey::new_from_array([0; 32]), Pubkey::new_from_array([u8::MAX; 32]));
        self.by_account.range((*account, first)..=(*account, last)).map(|(_, order)| order)
    }

    /// Orders of a market that may be due at these prices, ascending by address.
    pub fn crossed(&self, market: u16, at: &Crossing, now: Now) -> BTreeSet<Pubkey> {
        let Some(waiting) = self.markets.get(&market) else { return BTreeSet::new() };
        let (none, all) = (Pubkey::new_from_array([0; 32]), Pubkey::new_from_array([u8::MAX; 32]));
        let by_price = waiting
            .marks_below
            .range((at.mark, none)..)
            .chain(waiting.marks_above.range(..=(at.mark, all)))
            .chain(waiting.buys.range((at.buy, none)..))
            .chain(waiting.sells.range(..=(at.sell, all)))
            .map(|(_, address)| *address);
        let by_time = waiting.slices.range(..=(now.unix, all)).map(|(_, address)| *address);
        by_price.chain(by_time).collect()
    }

    /// Orders whose time is over.
    pub fn expired(&self, now: Now) -> impl Iterator<Item = &Pubkey> {
        let last = (now.unix, Pubkey::new_from_array([u8::MAX; 32]));
        self.ends.range(..=last).map(|(_, address)| address)
    }

    /// Markets in which any order waits.
    pub fn markets(&self) -> impl Iterator<Item = u16> {
        self.markets.keys().copied()
    }
}

/// Whether an order waits for its time.
fn is_timed(order: &PlacedOrder) -> bool {
    Kind::of(order.kind).is_ok_and(|kind| kind == Kind::Twap)
}

/// Where an order waits for a price. Levels wait at the first of them, which the curve comes to before the others.
fn places<'w>(waiting: &'w mut Waiting, order: &PlacedOrder) -> Vec<(&'w mut ByPrice, u64)> {
    let Waiting { marks_below, marks_above, buys, sells, .. } = waiting;
    let places = match Kind::of(order.kind) {
        Ok(Kind::Trigger) => vec![(marks_below, order.below.bits), (marks_above, order.above.bits)],
        Ok(Kind::Limit | Kind::Scale) if order.side == 0 => vec![(buys, order.below.bits)],
        Ok(Kind::Limit | Kind::Scale) => vec![(sells, order.above.bits)],
        _ => Vec::new(),
    };
    places.into_iter().filter(|(_, bits)| *bits != 0).collect()
}
