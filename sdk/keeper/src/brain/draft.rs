//! Jobs in the making: the instruction, the refreshes in front of it, what it pays.

use std::collections::BTreeSet;

use keel_engine::state::MarginAccount;
use keel_sdk::budget;
use keel_sdk::instructions::Refresh;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::ground::{Fresh, Ground};
use crate::job::{Job, JobKey, Kind, Profit};
use crate::limits::Limits;
use crate::mirror::{PriceOf, held, others};

/// Seconds for which a job is worth sending: the next rounds look again.
const LIFE_SECS: i64 = 20;

/// One round of planning: what is known, what is wanted, and the jobs so far.
pub(super) struct Round<'m> {
    /// The exchange, refreshed.
    pub ground: Ground<'m>,
    /// What the keeper may do.
    pub limits: &'m Limits,
    /// What there is to do.
    pub jobs: Vec<Job>,
}

/// Which markets and banks have to be refreshed in front of an instruction.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    /// Those whose mark it looks at.
    marks: BTreeSet<u16>,
    /// Those whose index it looks at.
    indices: BTreeSet<u16>,
    /// That which it refreshes by itself.
    own: Option<u16>,
    /// Banks whose price it looks at.
    banks: BTreeSet<u8>,
    /// That which it refreshes by itself.
    own_bank: Option<u8>,
}

impl Front {
    /// Looks at the marks of everything that an account holds, and at the prices of its collateral.
    pub fn of(account: &MarginAccount) -> Self {
        Self::default().and(account)
    }

    /// The mark of one market.
    pub fn market(number: u16) -> Self {
        Self { marks: BTreeSet::from([number]), ..Self::default() }
    }

    /// Looks at those of another account, too.
    pub fn and(mut self, account: &MarginAccount) -> Self {
        self.marks.extend(held(account).map(|position| position.market));
        self.banks.extend(others(account).map(|(number, _)| number));
        self
    }

    /// Looks at the indices of everything that an account holds.
    pub fn latest(account: &MarginAccount) -> Self {
        Self { indices: held(account).map(|position| position.market).collect(), ..Self::default() }
    }

    /// Sells collateral of this bank.
    pub fn selling(mut self, bank: u8) -> Self {
        self.banks.insert(bank);
        self
    }

    /// The instruction refreshes this market by itself, with its price.
    pub fn refreshing(mut self, market: u16) -> Self {
        self.own = Some(market);
        self
    }

    /// The instruction refreshes this bank.
    pub fn refreshing_bank(mut self, bank: u8) -> Self {
        self.own_bank = Some(bank);
        self
    }
}

impl Round<'_> {
    /// Adds a job. One whose instruction cannot be built for what is not known yet waits until it is.
    pub fn add(
        &mut self,
        key: JobKey,
        instruction: keel_sdk::Result<Instruction>,
        front: &Front,
        profit: Profit,
        owner_signs: bool,
    ) {
        let Ok(instruction) = instruction else { return };
        let mut prices: BTreeSet<PriceOf> = front.own.into_iter().map(PriceOf::Market).collect();
        let mut instructions = Vec::new();
        let looked_at = front.marks.union(&front.indices).filter(|market| Some(**market) != front.own);
        for market in looked_at {
            let Ok(fresh) = self.ground.fresh(*market) else { continue };
            let is_due = if front.indices.contains(market) { fresh.is_behind } else { fresh.is_late };
            let Some(price) = fresh.price.filter(|_| is_due) else { continue };
            instructions.push(Refresh { market: *market, price: price.account }.instruction());
            prices.insert(PriceOf::Market(*market));
        }
        if let Some(fresh) = front.own_bank.and_then(|bank| self.ground.fresh.banks.get(&bank)) {
            prices.extend(fresh.prices());
        }
        for bank in front.banks.iter().filter(|bank| Some(**bank) != front.own_bank) {
            let Some(fresh) = self.ground.fresh.banks.get(bank).filter(|fresh| fresh.is_late) else { continue };
            let Some(refresh) = fresh.refresh() else { continue };
            instructions.push(refresh.instruction());
            prices.extend(fresh.prices());
        }
        instructions.push(instruction);
        self.jobs.push(Job {
            key,
            units: budget::total(&instructions),
            instructions,
            profit,
            prices: prices.into_iter().collect(),
            deadline: self.ground.now.unix.saturating_add(LIFE_SECS),
            owner_signs,
        });
    }

    /// The price account of a market, where its price is one that the market would take.
    pub fn price(&self, market: u16) -> Option<Pubkey> {
        self.ground.fresh(market).ok().and_then(|fresh: &Fresh| fresh.price).map(|price| price.account)
    }

    /// The keeper's own margin account, once there is one.
    pub fn keeper(&self) -> Option<MarginAccount> {
        self.ground.mirror.state(&self.limits.account)
    }

    /// What a profit is worth in lamports, the transaction's cost taken off.
    pub fn net(&self, profit: &Profit) -> i64 {
        let lamports =
            i128::from(profit.quote).saturating_mul(1_000_000_000) / i128::from(self.limits.quote_per_sol.max(1));
        let sum = lamports.saturating_add(i128::from(profit.lamports)).saturating_sub(i128::from(self.limits.cost));
        i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
    }
}

/// A job's key.
pub(super) fn key(kind: Kind, subject: Pubkey, market: u16, step: impl TryInto<u64>) -> JobKey {
    JobKey { kind, subject, market, step: step.try_into().unwrap_or(0) }
}

/// A profit in quote atoms.
pub(super) fn quote(atoms: u64) -> Profit {
    Profit { quote: i64::try_from(atoms).unwrap_or(i64::MAX), lamports: 0 }
}

/// A profit in lamports.
pub(super) fn lamports(amount: u64) -> Profit {
    Profit { quote: 0, lamports: i64::try_from(amount).unwrap_or(i64::MAX) }
}
