//! The end, on a copy of the engine: everybody settles, all matures, claims are released in one order and in the opposite
//! one. What stands on one pot is worth the same, whoever comes first.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use keel_engine::Error;
use keel_engine::collateral::Purchase;
use keel_engine::state::{MarginAccount, USDC};
use keel_simulator::{Action, Done, Executor, Quote, RangeAt, Simulator, audit, native};

use crate::collateral::BANK;
use crate::world::World;

/// Half-lives until of a claim a millionth is left unmatured.
const HALF_LIVES: u64 = 20;
/// Seconds between two refreshes: as old as a mark may be.
const REFRESH: u64 = 20;
/// Seconds in which a market takes enough good samples that it is guarded no more.
const CLEARED: u64 = 60;
/// Hours within which everybody who waits in the queue is paid.
const HOURS: u64 = 24;
/// Slots for ranges in a companion account.
const MAX_RANGES: u8 = 8;
/// Atoms by which what one gets may differ with the order: rounding, once for each release before it.
const ROUNDING: u64 = 1_000;

/// How it ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// What a claim was paid in the end, the lowest over all markets.
    pub ratio: f64,
    /// Claims at the end, in quote atoms.
    pub claims: u64,
    /// What they were paid.
    pub paid: u64,
}

/// Quote atoms with which somebody buys what is sold for old debts in the end.
const BUYER_ATOMS: u64 = 50_000_000_000_000;
/// Sales of one account for its debts.
const SALES: usize = 4;

/// What everybody was paid in every market: claim and capital.
type Payouts = BTreeMap<(usize, usize), (u64, u64)>;

/// A copy that goes on with the prices standing still.
struct Copy {
    engine: Simulator,
    at: u64,
    people: usize,
    markets: usize,
}

impl Copy {
    fn pass(&mut self, secs: u64) -> Result<(), Error> {
        self.at += secs;
        self.engine.turn(self.at);
        (0..self.markets).try_for_each(|market| self.engine.play(&Action::Refresh { market }).map(drop))?;
        if self.engine.books.bank(BANK).is_some() {
            let _done = self.engine.play(&Action::RefreshBank { bank: BANK })?;
        }
        Ok(())
    }

    /// Everybody settles ranges and positions; whoever has recovered is free of its flag on a touch.
    fn settle_everybody(&mut self) -> Result<()> {
        for market in 0..self.markets {
            for who in 0..self.people {
                for slot in 0..MAX_RANGES {
                    let range = RangeAt::Slot(slot);
                    let _folded = self.engine.play(&Action::SettleRange { who, market, range, by: who });
                }
                let _settled = self.engine.play(&Action::Settle { who, market, by: who });
            }
        }
        Ok(audit::check(&self.engine.books).map(drop)?)
    }

    /// Whoever has other collateral and owes pays out of it: his debt is older than the grace. Errors where one does not.
    fn sell_for_debts(&mut self) -> Result<()> {
        let by = self.people - 1;
        let _paid = self.engine.play(&Action::Deposit { who: by, bank: USDC, amount: BUYER_ATOMS })?;
        for who in 0..self.people {
            for _ in 0..SALES {
                let account = self.account(who)?;
                if account.capital[BANK] == 0 || account.debt_since == 0 {
                    break;
                }
                let purchase = Purchase { most: u64::MAX, limit: None };
                let _sold = self.engine.play(&Action::BuyCollateral { who, bank: BANK, by, purchase });
                for market in 0..self.markets {
                    let _settled = self.engine.play(&Action::Settle { who, market, by: who });
                }
            }
            let owed: u64 = self.account(who)?.positions.iter().map(|position| position.debt).sum();
            ensure!(owed == 0, "account {who} owes {owed} in the end");
        }
        Ok(audit::check(&self.engine.books).map(drop)?)
    }

    /// Withdrawals that wait are paid one after the other, as the bank's limit allows.
    fn pay_the_queue(&mut self) -> Result<()> {
        for _ in 0..HOURS * 3_600 / REFRESH {
            for bank in [USDC, BANK] {
                while self.engine.play(&Action::PayWithdrawal { bank, ticket: None }).is_ok() {}
            }
            if self.engine.books.tickets.is_empty() {
                return Ok(());
            }
            self.pass(REFRESH)?;
        }
        bail!("withdrawals wait for more than {HOURS} hours: {}", self.engine.books.tickets.len())
    }

    fn account(&self, who: usize) -> Result<MarginAccount> {
        Ok(self
            .engine
            .books
            .accounts
            .get(&self.engine.account(who)?)
            .copied()
            .unwrap_or_else(bytemuck::Zeroable::zeroed))
    }

    /// Releases every claim, in this order or the opposite one.
    fn release(mut self, backwards: bool) -> Result<Payouts> {
        let mut order: Vec<usize> = (0..self.people).collect();
        if backwards {
            order.reverse();
        }
        let mut payouts = Payouts::new();
        for market in 0..self.markets {
            for who in &order {
                let release = Action::Release { who: *who, market, min_ratio_ppm: 0 };
                if let Ok(Done::Released { claim, paid }) = self.engine.play(&release) {
                    payouts.insert((market, *who), (claim, paid));
                }
            }
        }
        audit::check(&self.engine.books)?;
        Ok(payouts)
    }
}

/// Ends a replay. Errors where the order of releases changes what anybody gets, where two claims on one pot are paid
/// unlike, where claims are cut although nothing was written off, and where a recovered account stays flagged.
pub fn of(world: &World) -> Result<Ending> {
    let markets = world.books().markets.len();
    let mut copy = Copy { engine: world.engine.clone(), at: world.at, people: world.people(), markets };
    for (market, state) in world.books().markets.values().enumerate() {
        let quote = Quote::of_usd(native::usd(state.index.bits));
        let _stated = copy.engine.play(&Action::Price { market, quote, published: None });
    }
    for _ in 0..CLEARED {
        copy.pass(1)?;
    }
    touch_the_recovered(&copy)?;
    copy.settle_everybody()?;
    let half_life = world.books().markets.values().map(|market| market.params.profit_half_life_secs).max();
    for _ in 0..HALF_LIVES * u64::from(half_life.unwrap_or(0)) / REFRESH {
        copy.pass(REFRESH)?;
    }
    if world.bank().is_some() {
        copy.sell_for_debts()?;
    }
    copy.pay_the_queue()?;
    let again = Copy { engine: copy.engine.clone(), ..copy };
    let (forwards, backwards) = (copy.release(false)?, again.release(true)?);
    compare(&forwards, &backwards)?;
    let mut ending = Ending { ratio: 1.0, claims: 0, paid: 0 };
    for market in 0..markets {
        let here = || forwards.range((market, 0)..=(market, usize::MAX)).map(|(_, payout)| *payout);
        let (claims, paid) = here().fold((0, 0), |(claims, paid), (claim, part)| (claims + claim, paid + part));
        if claims == 0 {
            continue;
        }
        let ratio = paid as f64 / claims as f64;
        for (claim, paid) in here() {
            let fair = claim as f64 * ratio;
            ensure!((paid as f64 - fair).abs() <= ROUNDING as f64, "a claim of {claim} is paid {paid}, others {ratio}");
        }
        if world.tally.written_off == 0.0 {
            ensure!(paid + ROUNDING >= claims, "nothing was written off, and {claims} of claims are paid {paid}");
        }
        ending = Ending { ratio: ending.ratio.min(ratio), claims: ending.claims + claims, paid: ending.paid + paid };
    }
    Ok(ending)
}

/// The same claims are paid the same, but for rounding.
fn compare(forwards: &Payouts, backwards: &Payouts) -> Result<()> {
    ensure!(forwards.keys().eq(backwards.keys()), "who can release depends on the order");
    for ((place, (claim, paid)), (_, other)) in forwards.iter().zip(backwards.values()) {
        ensure!(paid.abs_diff(*other) <= ROUNDING, "{place:?} gets {paid} or {other} for {claim}, by the order");
    }
    Ok(())
}

/// Whoever has recovered is free again with the next atom of money.
fn touch_the_recovered(copy: &Copy) -> Result<()> {
    let mut engine = copy.engine.clone();
    for who in 0..copy.people {
        let address = engine.account(who)?;
        let flagged = copy.account(who)?.flagged_at != 0;
        if flagged && native::health(&engine.books, &address, engine.now())?.is_cured() {
            let _touched = engine.play(&Action::Deposit { who, bank: USDC, amount: 1 })?;
            let still = engine.books.accounts.get(&address).is_some_and(|account| account.flagged_at != 0);
            ensure!(!still, "account {who} has recovered and stays flagged");
        }
    }
    Ok(())
}
