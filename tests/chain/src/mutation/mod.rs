//! Instructions with one account wrong, made from the IDL and one example that goes through, and what must become of
//! each.
//!
//! What a declared account is for is told from the IDL (who signs, what is written, what has one address or seeds) and
//! from what stands at its address in the example's world; what a wrong one gives follows from that. Only where it
//! follows from the instruction's own rules does the example say it: [`crate::cases::Case::rules`].

mod declared;
mod remaining;

use keel_embedded::chain::key;
use keel_embedded::snapshot::Snapshot;
use keel_embedded::{Chain, Exchange};
use keel_engine::Error;
use keel_engine::state::Market;
use keel_sdk::accounts::decode;
use keel_sdk::address::{INSTRUCTIONS_SYSVAR, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM, program_data};
use keel_sdk::pyth::RECEIVER;
use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::cases::Case;
use crate::idl::Declared;
use crate::lists::{Reads, Rules};
use crate::refusal::told;
use crate::sort::{self, Sort, State};
use crate::trial::{Expected, FORGER, Forged, Trial};
use crate::world::World;

/// What a declared account is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It signs.
    Signer,
    /// A program that is called.
    Program,
    /// Where the runtime tells the transaction's instructions.
    Instructions,
    /// Whatever: whoever paid for an account that is closed and gets its rent, and what the example says so of. What it
    /// gives to any other address.
    Whatever(Expected),
    /// The instruction makes it: as it is then.
    Made(Account),
    /// It is there.
    Present(Sort),
    /// The example leaves it out.
    Absent,
}

/// An instruction of the IDL, an example of it, and what the example's accounts are for.
pub struct Subject<'a> {
    /// The instruction.
    pub idl: &'a Declared,
    /// The example.
    pub case: Case,
    /// What each declared account is for.
    pub kinds: Vec<Kind>,
    /// All accounts after the example.
    pub unbent: Snapshot,
    /// All that is wrong, once made.
    trials: Vec<Trial>,
    /// Every account that there is, and some addresses without one.
    strangers: Vec<(Pubkey, Sort)>,
}

impl<'a> Subject<'a> {
    /// An example, shown to be what the IDL says and to go through. Panics with what is not.
    pub fn new(world: &mut World, idl: &'a Declared, case: Case) -> Self {
        let name = case.name;
        assert!(case.instruction.data.starts_with(&idl.discriminator), "{name}: the discriminator");
        assert_eq!(case.instruction.data.len(), idl.data_len(), "{name}: the length of the data");
        assert!(case.instruction.accounts.len() >= idl.accounts.len(), "{name}: the number of accounts");
        let (declared, remaining) = case.instruction.accounts.split_at(idl.accounts.len());
        assert!(remaining.iter().all(|meta| !meta.is_signer), "{name}: a remaining account signs");
        for (index, (slot, meta)) in idl.accounts.iter().zip(declared).enumerate() {
            let place = format!("{name}: {}", slot.name);
            assert_eq!(meta.is_signer, slot.signer, "{place} signs");
            let is_absent = slot.optional && meta.pubkey == PROGRAM_ID;
            assert_eq!(meta.is_writable, slot.writable && !is_absent, "{place} is written");
            let only = slot.address.as_ref().map(|address| address.parse::<Pubkey>().unwrap());
            for address in only.into_iter().chain(idl.derived(index, &case.instruction)) {
                assert_eq!(meta.pubkey, address, "{place} has one address");
            }
        }
        assert_eq!(case.reads != Reads::Nothing, idl.speaks_of_remaining_accounts(), "{name}: remaining accounts");
        for rule in &case.rules {
            let _place = idl.place(rule.slot);
        }
        let after = world.aside(|world| {
            let outcome = world.send_unaudited(std::slice::from_ref(&case.instruction));
            assert!(outcome.is_ok(), "{name}: {}", told(&outcome));
            world.exchange.audit().unwrap();
            sort::assert_canonical(&world.exchange.chain, name);
            world.exchange.chain.fork()
        });
        let chain = &world.exchange.chain;
        let kinds = idl.accounts.iter().zip(declared).map(|(slot, meta)| {
            if slot.signer {
                return Kind::Signer;
            }
            if slot.address.is_some() {
                return if meta.pubkey == INSTRUCTIONS_SYSVAR { Kind::Instructions } else { Kind::Program };
            }
            if let Some((_, answer)) = case.whatever.iter().find(|(name, _)| slot.name == *name) {
                return Kind::Whatever(*answer);
            }
            if slot.name == "payer" {
                return Kind::Whatever(Error::AccountForeign.into());
            }
            if slot.optional && meta.pubkey == PROGRAM_ID {
                return Kind::Absent;
            }
            match (Sort::at(chain, &meta.pubkey), after.account(&meta.pubkey)) {
                (Sort::Nothing, Some(made)) => {
                    let seeds = sort::seeds(&made).expect("what is made is a typed account or a vault");
                    assert_eq!(sort::canonical(&seeds), meta.pubkey, "{name}: {} is not where it says", slot.name);
                    Kind::Made(made)
                }
                (Sort::Foreign | Sort::Nothing, _) => panic!("{name}: what is {} for?", slot.name),
                (sort, _) => Kind::Present(sort),
            }
        });
        let kinds = kinds.collect();
        let strangers = strangers(world);
        Self { idl, case, kinds, unbent: Snapshot::take(&after), trials: Vec::new(), strangers }
    }

    /// All trials of the declared accounts and of the remaining ones.
    pub fn trials(mut self, world: &World) -> (Self, Vec<Trial>) {
        self.bend_declared(world);
        self.bend_remaining(world);
        let trials = std::mem::take(&mut self.trials);
        (self, trials)
    }

    /// Judges all trials in the example's world, and then the example; says what is not as it must be.
    pub fn judge(&self, world: &mut World, trials: &[Trial]) -> Vec<String> {
        let pristine: Exchange = world.exchange.fork();
        let mut complaints = Vec::new();
        for trial in trials {
            if let Some(complaint) = trial.judge(world, &self.unbent) {
                complaints.push(complaint);
                world.exchange = pristine.fork();
            }
        }
        let outcome = world.send_unaudited(std::slice::from_ref(&self.case.instruction));
        if outcome.is_err() || Snapshot::take(&world.exchange.chain) != self.unbent {
            complaints.push(format!("{} unbent, after all: {}", self.case.name, told(&outcome)));
        }
        complaints
    }

    fn push(&mut self, what: String, instruction: Instruction, forged: Option<Forged>, expected: Expected) {
        let what = format!("{} {what}", self.case.name);
        self.trials.push(Trial { what, instruction, forged, expected });
    }

    fn meta(&self, index: usize) -> &AccountMeta {
        &self.case.instruction.accounts[index]
    }

    fn remaining(&self) -> &[AccountMeta] {
        &self.case.instruction.accounts[self.idl.accounts.len()..]
    }

    /// Whether the framework refuses the account of this place in any other place.
    fn guarded(&self, index: usize) -> bool {
        let name = self.idl.accounts[index].name.as_str();
        let looks_itself = self.case.twice.iter().any(|(one, other, _)| *one == name || *other == name);
        self.meta(index).is_writable && !looks_itself
    }

    /// The place of the margin account that the remaining accounts are about.
    fn margin_account(&self) -> Option<usize> {
        self.idl.accounts.iter().position(|slot| slot.name == self.case.subject)
    }

    /// The first place of an account of a type.
    fn place_of(&self, state: State) -> Option<usize> {
        self.kinds.iter().position(|kind| *kind == Kind::Present(Sort::State(state)))
    }

    fn has(&self, state: State) -> bool {
        self.kinds.contains(&Kind::Present(Sort::State(state)))
    }

    /// What the remaining accounts of an instruction with these declared ones must be like.
    fn rules(&self, chain: &Chain, declared: &[AccountMeta]) -> Rules {
        let market = self.place_of(State::Market);
        let market = market.and_then(|index| decode::<Market>(chain.data(&declared[index].pubkey)?));
        let has_place = self.case.reads != Reads::Markets && !self.has(State::Ranges);
        let account = self.margin_account().filter(|_| has_place);
        Rules {
            reads: self.case.reads,
            companion_of: account.map(|index| declared[index].pubkey),
            declared: market.map_or(0, |market| market.index_number),
            bank: self.place_of(State::Bank).map(|index| declared[index].pubkey),
        }
    }
}

/// Every account of the exchange, of the token program and of the price receiver, the programs, and what is nobody's.
fn strangers(world: &World) -> Vec<(Pubkey, Sort)> {
    let chain = &world.exchange.chain;
    let owned = [PROGRAM_ID, TOKEN_PROGRAM, RECEIVER].into_iter().flat_map(|program| chain.owned_by(&program));
    let mut all: Vec<Pubkey> = owned.map(|(address, _)| address).collect();
    all.sort_unstable();
    let wallet = key("stranger").pubkey();
    all.extend([PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM, program_data(), wallet, nowhere()]);
    // A program that nobody should call, where it is deployed.
    all.extend(chain.account(&FORGER).map(|_| FORGER));
    all.into_iter().map(|address| (address, Sort::at(chain, &address))).collect()
}

/// An address without an account.
pub fn nowhere() -> Pubkey {
    key("nowhere").pubkey()
}

/// An address at which forged accounts are put.
fn elsewhere() -> Pubkey {
    key("elsewhere").pubkey()
}

/// The same bytes under another program.
fn of_forger(right: &Account) -> Account {
    Account { owner: FORGER, ..right.clone() }
}
