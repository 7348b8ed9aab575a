//! Who is unhealthy, without looking at everybody.
//!
//! Each healthy account stands behind *fences*: for each market that it holds a mark, and a cost of holding, up to which it
//! certainly stays healthy whatever the others do within theirs; for each bank of its other collateral, a price. Fences lie in ordered sets; when prices move, only accounts
//! whose fence was crossed are looked at again, by the engine's own health, and get new ones. So ten thousand accounts cost
//! a handful of looks for each price. What fences do not cover is looked at when it happens: an account that changed, a
//! curve that traded (for who has ranges on it), a market's shortfall (for who has claims), new parameters (for everybody in
//! the market or with the bank's collateral). The unhealthy are looked at each time.
//!
//! Guarantee, searched for by `tests/brain_watch.rs`: after each update the unhealthy found are exactly those whose health
//! is below 0.

mod backing;
mod fence;
mod interval;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytemuck::bytes_of;
use keel_engine::exchange_params::BankParams;
use keel_engine::pot;
use keel_engine::state::{Bank, Market};
use solana_pubkey::Pubkey;

use super::ground::Ground;
use fence::{Fence, Fences};
use interval::{Standing, cost};

/// What an update took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Accounts whose health was computed.
    pub accounts: usize,
    /// Of these, the unhealthy.
    pub unhealthy: usize,
}

/// What of a market fences do not cover, as it was at the last update.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// What every trade on the curve changes.
    curve: [u8; 48],
    /// What claims are worth.
    claims: (u64, u64),
    /// The parameters.
    params: Box<[u8]>,
}

impl Seen {
    fn of(market: &Market) -> Self {
        let mut curve = [0; 48];
        let parts = [bytes_of(&market.sqrt_price), bytes_of(&market.quote_growth), bytes_of(&market.fee_growth)];
        curve.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        let shortfall = pot::shortfall(market);
        // Without a shortfall claims are worth what they are, however many there are.
        let claims = if shortfall == 0 { (0, 0) } else { (shortfall, market.claims) };
        Self { curve, claims, params: Box::from(bytes_of(&market.params)) }
    }
}

/// What of a bank fences do not cover: what makes its weight another than its passing time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weighed {
    params: BankParams,
    from_ppm: u32,
    from_at: i64,
}

impl Weighed {
    const fn of(bank: &Bank) -> Self {
        Self { params: BankParams::of(bank), from_ppm: bank.weight_from_ppm, from_at: bank.weight_from_at }
    }
}

/// Which accounts are unhealthy, and up to which prices the others cannot be.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    fences: Fences,
    standing: HashMap<Pubkey, Vec<Fence>>,
    unhealthy: BTreeSet<Pubkey>,
    /// Accounts without fences: what is left to them is within rounding, or a part of them is not known yet.
    unfenced: BTreeSet<Pubkey>,
    /// Accounts that changed since the last update.
    touched: BTreeSet<Pubkey>,
    seen: BTreeMap<u16, Seen>,
    weighed: BTreeMap<u8, Weighed>,
    looked: Looked,
}

impl Watch {
    /// An account has changed, or something that only it has.
    pub(crate) fn touch(&mut self, account: Pubkey) {
        self.touched.insert(account);
    }

    /// Tick arrays of a market have changed.
    pub(crate) fn touch_makers(&mut self, market: u16) {
        let makers = self.fences.makers(market);
        self.touched.extend(makers);
    }

    /// An account is gone, or is told anew.
    pub(crate) fn forget(&mut self, account: &Pubkey) {
        self.lower(account);
        self.unhealthy.remove(account);
        self.unfenced.remove(account);
        self.touched.remove(account);
    }

    /// The unhealthy, ascending by address.
    pub fn unhealthy(&self) -> &BTreeSet<Pubkey> {
        &self.unhealthy
    }

    /// What the last update took.
    pub const fn looked(&self) -> Looked {
        self.looked
    }

    /// Looks at every account that may have become unhealthy since the last update.
    pub(crate) fn update(&mut self, ground: &Ground) {
        let mut due: Vec<Pubkey> = std::mem::take(&mut self.touched).into_iter().collect();
        due.extend(self.unhealthy.iter().chain(&self.unfenced));
        for (number, fresh) in &ground.fresh.markets {
            let market = &fresh.market;
            self.fences.crossed(*number, market.mark.bits, cost(market), &mut due);
            let seen = Seen::of(market);
            let Some(before) = self.seen.get(number) else {
                due.extend(ground.mirror.index.holders_of(*number));
                self.seen.insert(*number, seen);
                continue;
            };
            if before.params != seen.params {
                due.extend(ground.mirror.index.holders_of(*number));
            }
            if before.curve != seen.curve {
                due.extend(self.fences.makers(*number));
            }
            if before.claims != seen.claims {
                due.extend(self.fences.claimants(*number));
            }
            if *before != seen {
                self.seen.insert(*number, seen);
            }
        }
        for (number, fresh) in &ground.fresh.banks {
            self.fences.devalued(*number, fresh.bank.price.bits, &mut due);
            let weighed = Weighed::of(&fresh.bank);
            if self.weighed.insert(*number, weighed) != Some(weighed) {
                due.extend(ground.mirror.index.backed_by(*number));
            }
        }
        self.fences.expired(ground.now.unix, &mut due);
        due.sort_unstable();
        due.dedup();
        self.looked = Looked { accounts: due.len(), unhealthy: 0 };
        for account in due {
            self.look(ground, account);
        }
        self.looked.unhealthy = self.unhealthy.len();
    }

    fn look(&mut self, ground: &Ground, account: Pubkey) {
        self.lower(&account);
        self.unhealthy.remove(&account);
        self.unfenced.remove(&account);
        if !ground.mirror.index.accounts.contains(&account) {
            return;
        }
        match interval::standing(ground, &account) {
            Ok(Standing::Healthy(fences)) => {
                for fence in &fences {
                    self.fences.raise(fence, account);
                }
                if !fences.is_empty() {
                    self.standing.insert(account, fences);
                }
            }
            Ok(Standing::Unhealthy) => {
                self.unhealthy.insert(account);
            }
            // What is missing of it may come with the next account that is heard.
            Ok(Standing::Near) | Err(_) => {
                self.unfenced.insert(account);
            }
        }
    }

    fn lower(&mut self, account: &Pubkey) {
        for fence in self.standing.remove(account).unwrap_or_default() {
            self.fences.lower(&fence, account);
        }
    }
}
