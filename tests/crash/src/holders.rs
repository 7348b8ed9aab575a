//! Who has other collateral as margin: what it fetched, and what others paid for its holders.
//!
//! What others pay for a holder is bounded: by what his collateral fetched less than it counted when he was healthy for the
//! last time, which is a fall beyond haircut and discount, and by what his positions lost from there on. What closing them
//! costs is in the maintenance margin that he then had.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use keel_engine::collateral::maintenance_floor;
use keel_engine::oracle::MarkUse;
use keel_simulator::{Action, Done};

use crate::crowd::USD;
use crate::world::World;

/// Quote atoms beyond the bound: tips and funding.
const TOLERANCE: f64 = 5e6;

/// A moment in which an account was healthy, and what came after it. Quote atoms.
#[derive(Clone, Debug)]
struct Since {
    /// What an atom of its collateral counted for.
    counted: f64,
    /// Base and mark in each market.
    held: Vec<(f64, f64)>,
    /// The most that its positions have lost at mark since then.
    lost: f64,
    /// What its collateral fetched less than it counted.
    short: f64,
    /// What others paid for it.
    paid: f64,
}

/// The holders of other collateral.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    since: BTreeMap<usize, Since>,
    sellers: BTreeSet<usize>,
    payees: BTreeSet<usize>,
    /// What collateral that was sold was worth outside, in USD.
    pub worth: f64,
    /// What was paid for it.
    pub fetched: f64,
    /// What holders' collateral fetched less than it counted when they were healthy, of those for whom others paid; in USD.
    pub short: f64,
    /// What others paid for holders: insurance, surplus, treasury, and winners.
    pub paid: f64,
}

/// Base and mark in a market, in atoms and quote atoms per atom.
fn held(world: &World, who: usize, market: usize) -> (f64, f64) {
    let mark = world.market(market).map_or(0.0, |market| market.mark.bits as f64 / 2f64.powi(48));
    (world.base(who, market) as f64, mark)
}

impl Holders {
    /// Accounts that sold some.
    pub fn sellers(&self) -> usize {
        self.sellers.len()
    }

    /// Holders for whom others paid.
    pub fn payees(&self) -> usize {
        self.payees.len()
    }

    /// Looks at everybody who has collateral: who is healthy begins anew.
    pub fn look(&mut self, world: &World) {
        for who in 0..world.people() {
            let tokens = world.tokens(who);
            if tokens == 0 || !world.health(who).is_some_and(|health| !health.is_unhealthy()) {
                continue;
            }
            let Ok(account) = world.account(who) else { continue };
            let look = world.books().view(|view| maintenance_floor(account, view, MarkUse::Liquidation, world.now()));
            let Ok(counted) = look else { continue };
            let held = (0..world.books().markets.len()).map(|market| held(world, who, market)).collect();
            let counted = counted as f64 / tokens as f64;
            self.since.insert(who, Since { counted, held, lost: 0.0, short: 0.0, paid: 0.0 });
        }
    }

    /// Follows what was done. Errors where others pay more for a holder than his collateral and his positions explain.
    pub fn follow(&mut self, world: &World, action: &Action, done: &Done) -> Result<()> {
        match (action, *done) {
            (Action::Refresh { .. } | Action::Trade { .. }, _) => {
                for since in self.since.values_mut() {
                    let moved = since.held.iter().enumerate();
                    let lost = moved.map(|(market, (base, mark))| base * (mark - held(world, 0, market).1)).sum();
                    since.lost = since.lost.max(lost);
                }
            }
            (Action::BuyCollateral { who, .. }, Done::Sold { amount, paid, .. }) => {
                self.sellers.insert(*who);
                self.worth += amount as f64 * world.outside / USD;
                self.fetched += paid as f64 / USD;
                if let Some(since) = self.since.get_mut(who) {
                    since.short += (amount as f64 * since.counted - paid as f64).max(0.0);
                }
            }
            (
                Action::Resolve { who, .. },
                Done::Resolved { surplus, insurance, exchange, pool, treasury, written_off, .. },
            ) => {
                let Some(since) = self.since.get_mut(who) else { return Ok(()) };
                let paid = surplus + insurance + exchange + pool + treasury + written_off;
                if paid != 0 && self.payees.insert(*who) {
                    self.short += since.short / USD;
                }
                since.paid += paid as f64;
                self.paid += paid as f64 / USD;
                let bound = since.short + since.lost + TOLERANCE;
                ensure!(since.paid <= bound, "others paid {} for a holder, and {since:?} explains {bound}", since.paid);
            }
            _ => {}
        }
        Ok(())
    }
}
