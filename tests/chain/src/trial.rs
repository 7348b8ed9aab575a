//! One wrong instruction, what must become of it, and the judgement.

use keel_embedded::snapshot::Snapshot;
use keel_sdk::address::{PROGRAM_ID, SYSTEM_PROGRAM};
use solana_account::Account;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::frozen::Frozen;
use crate::refusal::{Refusal, told};
use crate::world::World;

/// A program that is none of ours, and owns what is forged.
pub const FORGER: Pubkey = Pubkey::new_from_array([77; 32]);

/// What must become of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This very error, and not a byte changed.
    Refused(Refusal),
    /// It does what the unbent example does, to the byte.
    Same,
    /// It goes through, and the books are right after it.
    Served,
}

impl<R: Into<Refusal>> From<R> for Expected {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

/// An account put into place for one transaction, instead of what is there.
#[derive(Clone, Debug)]
pub struct Forged {
    /// Where.
    pub address: Pubkey,
    /// What.
    pub account: Account,
}

/// An instruction that is not as it should be.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What is wrong with it.
    pub what: String,
    /// The instruction.
    pub instruction: Instruction,
    /// What is put into place for it.
    pub forged: Option<Forged>,
    /// What must become of it.
    pub expected: Expected,
}

impl Trial {
    /// Sends the instruction; says what is not as it must be. `unbent` is what the example leaves behind. The world is as
    /// it was before, whatever became of it.
    pub fn judge(&self, world: &mut World, unbent: &Snapshot) -> Option<String> {
        match self.expected {
            Expected::Refused(refusal) => self.judge_refused(world, refusal),
            Expected::Same | Expected::Served => world.aside(|world| self.judge_served(world, unbent)),
        }
    }

    fn judge_refused(&self, world: &mut World, expected: Refusal) -> Option<String> {
        let chain = &mut world.exchange.chain;
        let replaced = self.forged.as_ref().map(|forged| (forged.address, chain.account(&forged.address)));
        self.forge(world);
        let instructions = std::slice::from_ref(&self.instruction);
        let before = Frozen::take(&world.exchange.chain, instructions);
        let outcome = world.send_unaudited(instructions);
        if outcome.is_ok() {
            return Some(format!("{}: ACCEPTED, expected {expected:?}", self.what));
        }
        before.assert_unchanged(&world.exchange.chain, &self.what);
        if let Some((address, account)) = replaced {
            world.exchange.chain.put(&address, account.unwrap_or_default()).unwrap();
        }
        let wrong = !expected.is(&outcome);
        wrong.then(|| format!("{}: expected {expected:?}, got {}", self.what, told(&outcome)))
    }

    fn judge_served(&self, world: &mut World, unbent: &Snapshot) -> Option<String> {
        self.forge(world);
        let outcome = world.send_unaudited(std::slice::from_ref(&self.instruction));
        if outcome.is_err() {
            return Some(format!("{}: expected to go through, got {}", self.what, told(&outcome)));
        }
        if self.expected == Expected::Same {
            let differing = unbent.differences(&Snapshot::take(&world.exchange.chain));
            let differing: Vec<_> =
                differing.iter().filter(|at| self.forged.as_ref().is_none_or(|f| f.address != **at)).collect();
            return (!differing.is_empty()).then(|| format!("{}: not as without: {differing:?}", self.what));
        }
        world.exchange.audit().err().map(|broken| format!("{}: {broken:#}", self.what))
    }

    fn forge(&self, world: &mut World) {
        if let Some(forged) = &self.forged {
            world.exchange.chain.put(&forged.address, forged.account.clone()).unwrap();
        }
    }
}

/// Ways in which an account can be gone, with the bytes that the right one has.
pub fn gone(right: &Account) -> [(&'static str, Account); 3] {
    let empty = Account { owner: SYSTEM_PROGRAM, ..Account::default() };
    [
        ("without lamports", empty.clone()),
        ("a wallet", Account { lamports: right.lamports, ..empty }),
        ("the system program's", Account { owner: SYSTEM_PROGRAM, ..right.clone() }),
    ]
}

/// An account that anybody can make: of the program, of the right length, all zero.
pub fn zeroed(right: &Account) -> Account {
    Account { owner: PROGRAM_ID, data: vec![0; right.data.len()], ..right.clone() }
}
