//! Bugs planted on purpose, so that a suite can show that it finds them.
//!
//! They exist with the feature `planted-bugs` only, which nothing turns on by itself and which does not compile for the
//! chain. Without it [`is`] is a constant `false` and every hook compiles to nothing.
//!
//! With it, `set` chooses which bug the process has, or none, which is how it starts. The choice is one for the whole
//! process: tests that make it run one after another, or in processes of their own.
//!
//! ```text
//! planted::set(Some(Bug::MaturesAtOnce));    // from here on the engine has it
//! planted::set(None);                        // and from here on it has not
//! ```

#![allow(unexpected_cfgs, reason = "the chain's target is not one that the host's compiler knows")]

#[cfg(all(feature = "planted-bugs", target_os = "solana"))]
compile_error!("`planted-bugs` is for tests on the host: no program is built with it");

#[cfg(feature = "planted-bugs")]
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// A bug that the engine can be given.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A buyer's quote is rounded down instead of up wherever base is the exact side: an atom a step goes to the taker.
    RoundsForTheTaker = 1,
    /// A sell that comes to rest on the tick that it crossed last counts as having left it: until the next trade, the
    /// liquidity above that tick is missing and the tick's growths are those of its other side.
    LeavesTheTickItRestsOn = 2,
    /// What is unmatured becomes mature the next time somebody looks, whatever the market's trusted clock says.
    MaturesAtOnce = 3,
    /// Whoever comes into the pool buys his shares at the value at which others leave.
    SellsSharesLow = 4,
    /// A sale of collateral hands over all that the buyer asks for, whatever is needed.
    SellsBeyondTheNeed = 5,
    /// New risk and withdrawals do not ask for the floor of a lien.
    ForgetsTheLien = 6,
    /// An exchange rate counts at once, however fast it rises.
    LetsTheRateJump = 7,
}

/// Which bug the process has; 0 is none.
#[cfg(feature = "planted-bugs")]
static PLANTED: AtomicU8 = AtomicU8::new(0);

#[cfg(feature = "planted-bugs")]
impl Bug {
    /// All of them, for suites that go through them.
    pub const ALL: [Self; 7] = [
        Self::RoundsForTheTaker,
        Self::LeavesTheTickItRestsOn,
        Self::MaturesAtOnce,
        Self::SellsSharesLow,
        Self::SellsBeyondTheNeed,
        Self::ForgetsTheLien,
        Self::LetsTheRateJump,
    ];
}

/// Gives the engine one bug, or takes the one that it has.
#[cfg(feature = "planted-bugs")]
pub fn set(bug: Option<Bug>) {
    PLANTED.store(bug.map_or(0, |bug| bug as u8), Relaxed);
}

/// Whether the engine has this bug.
#[cfg(feature = "planted-bugs")]
#[inline(always)]
pub fn is(bug: Bug) -> bool {
    PLANTED.load(Relaxed) == bug as u8
}

/// No engine but one with the feature has any bug of these.
#[cfg(not(feature = "planted-bugs"))]
#[inline(always)]
pub(crate) const fn is(_: Bug) -> bool {
    false
}
