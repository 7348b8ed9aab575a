//! Who has other collateral as margin: what it fetched, and what others paid for its holders.
//!
//! What others pay for a holder is bounded: by what his collateral fetched less than it counted when he was healthy for the
//! last time, and by what his positions lost from there on. What closing them costs is in the maintenance margin that he
//! then had. The first is a fall beyond haircut and discount: nothing is sold at more than the largest discount while a
//! position is open.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use keel_engine::collateral::maintenance_floor;
use keel_engine::oracle::MarkUse;
use keel_engine::pot::claim_value_floor;
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
    /// Accounts, of anybody, that were flagged although their claims at face would have kept them healthy.
    pub by_h: usize,
    /// What others paid for holders: insurance, surplus, treasury, and winners; in USD.
    pub paid: f64,
    /// What of it the collateral explains: it fetched less than it counted when its holder was healthy.
    pub short: f64,
}

/// Base and mark in a market, in atoms and quote atoms per atom.
fn held(world: &World, who: usize, market: usize) -> (f64, f64) {
    let mark = world.market(market).map_or(0.0, |market| market.mark.bits as f64 / 2f64.powi(48));
    (world.base(who, market) as f64, mark)
}

/// Whether an account would be healthy if its claims counted at face.
fn is_short_by_claims(world: &World, who: usize) -> Result<bool> {
    let mut missing = 0;
    for position in &world.account(who)?.positions {
        let Some(market) = world.books().markets.get(&position.market) else { continue };
        let claims = position.unmatured + position.mature;
        missing += claims - claim_value_floor(market, claims);
    }
    Ok(world.health(who).is_some_and(|health| health.excess().saturating_add_unsigned(missing) >= 0))
}

/// Refuses a sale of somebody with open positions at more than the largest discount.
fn require_discount(world: &World, who: usize, amount: u64, paid: u64) -> Result<()> {
    let Some(bank) = world.bank() else { return Ok(()) };
    let is_open = world.account(who)?.positions.iter().any(|position| position.base != 0);
    let price = bank.price.bits as f64 / 2f64.powi(48);
    let least = amount as f64 * price * (1.0 - f64::from(bank.sale_discount_max_ppm) / 1e6);
    ensure!(!is_open || paid as f64 >= least - 1.0, "{amount} atoms at {price} fetched {paid}, less than {least}");
    Ok(())
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
            if tokens == 0 || world.health(who).is_none_or(|health| health.is_unhealthy()) {
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
            (Action::BeginLiquidation { who }, _) => self.by_h += usize::from(is_short_by_claims(world, *who)?),
            (Action::BuyCollateral { who, .. }, Done::Sold { amount, paid, .. }) => {
                self.sellers.insert(*who);
                require_discount(world, *who, amount, paid)?;
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
                if paid != 0 {
                    self.payees.insert(*who);
                }
                self.short += (since.short.min(since.paid + paid as f64) - since.short.min(since.paid)) / USD;
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
