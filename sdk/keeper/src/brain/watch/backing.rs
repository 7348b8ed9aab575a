//! How far the price of other collateral may fall before an account can be unhealthy.
//!
//! What it counts is the engine's own function at other prices. While it loses weight, because the bank's falls or because
//! its price has become too old, it is looked a minute ahead.

use bytemuck::Zeroable;
use keel_engine::collateral::{MAX_AGE_LIQUIDATION_SECS, maintenance_floor};
use keel_engine::oracle::MarkUse;
use keel_engine::state::{Bank, MarginAccount};
use keel_engine::units::Price;
use keel_engine::view::{Others, View};
use keel_engine::{Now, Result};

use super::fence::Fence;
use super::interval::HALVINGS;
use crate::mirror::others;

/// Seconds for which the fences of an account hold whose collateral loses weight.
const FALLING_SECS: i64 = 60;
/// What counts is given a share of what health has to spare as if it were a position with this part of it as maintenance.
const PER_MARGIN: u64 = 32;

/// What an account has in one bank.
pub(super) struct Backing<'v> {
    bank: &'v Bank,
    amount: u64,
    /// What it counts now, in quote atoms.
    counted: u64,
    /// When it counts least while its fences hold.
    at: Now,
}

/// What an account has in banks of other collateral. Errors with `BankMissing`.
pub(super) fn of<'v>(account: &MarginAccount, view: &View<'v>, now: Now) -> Result<Vec<Backing<'v>>> {
    others(account).map(|(number, amount)| Backing::of(view.bank(number)?, amount, now)).collect()
}

impl<'v> Backing<'v> {
    fn of(bank: &'v Bank, amount: u64, now: Now) -> Result<Self> {
        let later = Now { unix: now.unix.saturating_add(FALLING_SECS), ..now };
        let counted = |at| counted(bank, bank.price, amount, at);
        let (soon, counted) = (counted(later)?, counted(now)?);
        // It rises or falls all that minute, or falls from some moment on: it is least at one of the ends.
        Ok(Self { bank, amount, counted, at: if soon < counted { later } else { now } })
    }

    /// Its share of what health has to spare.
    pub fn share(&self) -> u64 {
        self.counted / PER_MARGIN
    }

    /// What time alone may take while the fences hold, in quote atoms, and until when they do, if it takes anything.
    pub fn fading(&self, now: Now) -> (u64, Option<i64>) {
        if self.at.unix == now.unix {
            // From then on its price is too old to count in full.
            let aged = self.bank.price_time.saturating_add(i64::from(MAX_AGE_LIQUIDATION_SECS));
            return (0, (self.counted != 0 && aged > now.unix).then_some(aged));
        }
        let least = counted(self.bank, self.bank.price, self.amount, self.at).unwrap_or(0);
        (self.counted.saturating_sub(least), Some(self.at.unix))
    }

    /// Fences it where it has lost so much beside what time takes; not where no fall to nothing does.
    pub fn fence(&self, share: u64) -> Option<Fence> {
        let worth = |bits: u64| counted(self.bank, Price::from_bits(bits), self.amount, self.at).unwrap_or(0);
        let price = self.bank.price.bits;
        let floor = worth(price).saturating_sub(share);
        if worth(0) >= floor {
            return None;
        }
        let (mut within, mut beyond) = (price, 0);
        for _ in 0..HALVINGS {
            let middle = u64::midpoint(within, beyond);
            if worth(middle) >= floor {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        Some(Fence::Worth(self.bank.index, within))
    }
}

/// What an amount of a bank's collateral counts in maintenance at a price, in quote atoms, rounded down.
fn counted(bank: &Bank, price: Price, amount: u64, at: Now) -> Result<u64> {
    let priced = Bank { price, ..*bank };
    let mut alone = MarginAccount::zeroed();
    if let Some(capital) = alone.capital.get_mut(usize::from(bank.index)) {
        *capital = amount;
    }
    let view = View::of(Others { declared: Some(&priced), ..Others::default() });
    maintenance_floor(&alone, &view, MarkUse::Any, at)
}
