//! Who plays actions: the engine alone, or the compiled program on a chain.

use anyhow::Result;
use keel_engine::Now;
use solana_pubkey::Pubkey;

use crate::action::{Action, Done};
use crate::books::Books;

/// An exchange on which actions are played in time.
pub trait Executor {
    /// Turns the clock to so many seconds from the start. It never goes back.
    fn turn(&mut self, at: u64);

    /// Plays an action now. The outer error is a failure of the executor or a broken equality; the inner one is the
    /// exchange's refusal, which changes nothing.
    fn perform(&mut self, action: &Action) -> Result<keel_engine::Result<Done>>;

    /// Every account of the program.
    fn books(&self) -> &Books;

    /// The clock.
    fn now(&self) -> Now;

    /// Address of the margin account at this place in the list.
    fn account(&self, who: usize) -> Result<Pubkey>;
}
