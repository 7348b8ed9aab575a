//! Instructions with one account wrong, and the error that each must give, computed from what the account is for.

use keel_embedded::chain::key;
use keel_engine::Error;
use keel_sdk::address::{SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_account::Account;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::cases::{Another, Case, Slot, State};
use crate::refusal::{
    ALREADY_IN_USE, DUPLICATE, NO_SIGNATURE, NOT_EXECUTABLE, NOT_THERE, NOT_WRITABLE, Refusal, TOO_FEW, TOO_SHORT,
    WRONG_OWNER, WRONG_PROGRAM, WRONG_SEEDS, WRONG_TYPE,
};
use crate::world::World;

/// A program that is none of ours, and owns what we forge.
pub const FORGER: Pubkey = Pubkey::new_from_array([77; 32]);

/// An account put into place for one transaction, instead of what is there.
#[derive(Clone, Debug)]
pub struct Forged {
    /// Where.
    pub address: Pubkey,
    /// What.
    pub account: Account,
}

/// One wrong instruction.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// What is wrong with it.
    pub what: String,
    /// The instruction.
    pub instruction: Instruction,
    /// What is put into place for it.
    pub forged: Option<Forged>,
    /// The error that it must give.
    pub expected: Refusal,
}

/// Accounts to put where they do not belong.
#[derive(Clone, Copy, Debug)]
pub struct Strangers {
    /// Somebody who can sign and pay.
    pub signer: Pubkey,
    /// Accounts of the program, one of each length at least, in the order of preference.
    pub states: [Pubkey; 3],
}

/// Every way in which one account of an instruction can be wrong.
pub fn all(world: &World, case: &Case, strangers: &Strangers) -> Vec<Wrong> {
    let mut maker = Maker { world, case, strangers, made: Vec::new() };
    for (index, slot) in case.slots.iter().enumerate() {
        maker.missing(index);
        maker.duplicates(index, slot);
        match slot {
            Slot::Signer(other) => maker.signer(index, *other),
            Slot::State(state) => maker.state(index, state),
            Slot::Created(read_only) => maker.created(index, *read_only),
            Slot::Mint => maker.mint(index),
            Slot::Price(another) => maker.price(index, another),
            Slot::Vault(another) => maker.tokens(index, another, Error::WrongBank.into()),
            Slot::Tokens(another) => maker.tokens(index, another, Error::WrongTokenAccount.into()),
            Slot::Program => maker.program(index),
            Slot::Upgrade => maker.upgrade(index),
        }
    }
    maker.made
}

struct Maker<'a> {
    world: &'a World,
    case: &'a Case,
    strangers: &'a Strangers,
    made: Vec<Wrong>,
}

impl Maker<'_> {
    fn add(&mut self, index: usize, what: &str, instruction: Instruction, forged: Option<Forged>, expected: Refusal) {
        let what = format!("{} account {index}: {what}", self.case.name);
        self.made.push(Wrong { what, instruction, forged, expected });
    }

    fn address(&self, index: usize) -> Pubkey {
        self.case.instruction.accounts[index].pubkey
    }

    /// Another account in the slot, signing and written as the right one would be.
    fn replace(&mut self, index: usize, what: &str, by: Pubkey, expected: Refusal) {
        let mut instruction = self.case.instruction.clone();
        instruction.accounts[index].pubkey = by;
        self.add(index, what, instruction, None, expected);
    }

    /// The right address with something else in it.
    fn forge(&mut self, index: usize, what: &str, bend: impl FnOnce(&mut Account), expected: Refusal) {
        let address = self.address(index);
        let mut account = self.world.exchange.chain.account(&address).unwrap();
        bend(&mut account);
        let forged = Some(Forged { address, account });
        self.add(index, what, self.case.instruction.clone(), forged, expected);
    }

    fn read_only(&mut self, index: usize, expected: Refusal) {
        let mut instruction = self.case.instruction.clone();
        if instruction.accounts[index].is_writable {
            instruction.accounts[index].is_writable = false;
            self.add(index, "read-only", instruction, None, expected);
        }
    }

    fn missing(&mut self, index: usize) {
        let mut instruction = self.case.instruction.clone();
        instruction.accounts.truncate(index);
        self.add(index, "missing with all behind it", instruction, None, TOO_FEW);
    }

    /// Every other slot filled with this one's account: the framework refuses it where either of the two is written.
    fn duplicates(&mut self, index: usize, slot: &Slot) {
        let guarded =
            |index: usize, slot: &Slot| self.case.instruction.accounts[index].is_writable && !slot.may_repeat();
        let others = self.case.slots.iter().enumerate().filter(|(other, _)| *other != index);
        let refused: Vec<usize> = others
            .filter(|(other, its)| guarded(index, slot) || guarded(*other, its))
            .map(|(other, _)| other)
            .collect();
        for other in refused {
            let mut instruction = self.case.instruction.clone();
            instruction.accounts[other] = instruction.accounts[index].clone();
            self.add(index, &format!("in place of account {other} too"), instruction, None, DUPLICATE);
        }
    }

    fn signer(&mut self, index: usize, other: Option<Refusal>) {
        let mut instruction = self.case.instruction.clone();
        instruction.accounts[index].is_signer = false;
        self.add(index, "no signature", instruction, None, NO_SIGNATURE);
        // The framework looks at both flags of a paying signer at once.
        self.read_only(index, NO_SIGNATURE);
        if let Some(expected) = other {
            self.replace(index, "somebody else's signature", self.strangers.signer, expected);
        }
    }

    fn state(&mut self, index: usize, state: &State) {
        let written = self.case.instruction.accounts[index].is_writable;
        self.read_only(index, NOT_WRITABLE);
        self.forge(index, "of another program", |account| account.owner = FORGER, WRONG_OWNER);
        for len in [0, 8, state.len - 1] {
            self.forge(index, &format!("cut to {len} bytes"), |account| account.data.truncate(len), TOO_SHORT);
        }
        self.forge(index, "without a discriminator", |account| account.data[..8].fill(0), WRONG_TYPE);
        self.forge(
            index,
            "with the discriminator of a closed account",
            |account| account.data[..8].fill(0xff),
            WRONG_TYPE,
        );
        self.replace(index, "an address without an account", nowhere(), if written { TOO_SHORT } else { NOT_THERE });
        for stranger in self.strangers.states {
            let len = self.world.exchange.chain.data(&stranger).unwrap().len();
            let own = self.world.exchange.chain.data(&self.address(index)).unwrap();
            let same_type = own[..8] == self.world.exchange.chain.data(&stranger).unwrap()[..8];
            let declared = self.case.instruction.accounts.iter().any(|meta| meta.pubkey == stranger);
            if !same_type && !declared {
                let expected = if len < state.len { TOO_SHORT } else { WRONG_TYPE };
                self.replace(index, &format!("an account of another type, of {len} bytes"), stranger, expected);
            }
        }
        if let Some((another, expected)) = state.another {
            self.replace(index, "another of its type", another, expected);
        }
    }

    fn created(&mut self, index: usize, read_only: Refusal) {
        let address = self.address(index);
        self.read_only(index, read_only);
        self.replace(index, "an address that no seeds give", nowhere(), WRONG_SEEDS);
        self.replace(index, "an account that exists", self.strangers.states[0], WRONG_SEEDS);
        let account = Account { lamports: 10_000_000, data: vec![1; 8], owner: FORGER, ..Account::default() };
        let forged = Some(Forged { address, account });
        self.add(index, "taken by another program", self.case.instruction.clone(), forged, ALREADY_IN_USE);
    }

    fn mint(&mut self, index: usize) {
        let expected = Error::UnsupportedMint.into();
        self.forge(index, "of another program", |account| account.owner = FORGER, expected);
        self.forge(index, "cut short", |account| account.data.truncate(81), expected);
        self.replace(index, "another mint", self.world.exchange.mint, WRONG_SEEDS);
        self.replace(index, "an address without an account", nowhere(), WRONG_SEEDS);
    }

    fn price(&mut self, index: usize, another: &Another) {
        let (owner, content) = (Error::OraclePriceOwner.into(), Error::OraclePriceAccount.into());
        self.forge(index, "of another program", |account| account.owner = FORGER, owner);
        for len in [0, 8, 133] {
            self.forge(index, &format!("cut to {len} bytes"), |account| account.data.truncate(len), content);
        }
        self.forge(index, "a byte longer", |account| account.data.push(0), content);
        self.forge(index, "of another type", |account| account.data[..8].fill(9), content);
        self.replace(index, "an address without an account", nowhere(), owner);
        self.replace(index, "an account of the exchange", self.strangers.states[0], owner);
        if let Some((another, expected)) = another {
            self.replace(index, "another feed's", *another, *expected);
        }
    }

    fn tokens(&mut self, index: usize, another: &Another, elsewhere: Refusal) {
        let content = Error::WrongTokenAccount.into();
        self.read_only(index, NOT_WRITABLE);
        self.forge(index, "of another program", |account| account.owner = FORGER, content);
        self.forge(index, "cut short", |account| account.data.truncate(164), content);
        self.forge(index, "a byte longer", |account| account.data.push(0), content);
        self.replace(index, "an address without an account", nowhere(), elsewhere);
        self.replace(index, "an account of the exchange", self.strangers.states[0], elsewhere);
        if let Some((another, expected)) = another {
            self.replace(index, "another of its type", *another, *expected);
        }
    }

    fn program(&mut self, index: usize) {
        let other = if self.address(index) == SYSTEM_PROGRAM { TOKEN_PROGRAM } else { SYSTEM_PROGRAM };
        self.replace(index, "another program", other, WRONG_PROGRAM);
        self.replace(index, "no program", nowhere(), NOT_EXECUTABLE);
    }

    fn upgrade(&mut self, index: usize) {
        let expected = Error::NotUpgradeAuthority.into();
        self.replace(index, "an address without an account", nowhere(), expected);
        self.replace(index, "another program", TOKEN_PROGRAM, expected);
        self.replace(index, "an account of the exchange", self.strangers.states[0], expected);
    }
}

fn nowhere() -> Pubkey {
    key("nowhere").pubkey()
}
