//! Declared accounts: every one replaced by every other account that there is, forged, cut, closed, repeated, without its
//! signature, not writable, not there.

use keel_engine::Error;
use keel_engine::state::MarginAccount;
use keel_sdk::accounts::decode;
use keel_sdk::address::{INSTRUCTIONS_SYSVAR, PROGRAM_ID};
use keel_sdk::pyth::RECEIVER;
use solana_account::Account;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::{Kind, Subject, elsewhere, of_forger};
use crate::refusal::{
    ALREADY_IN_USE, DUPLICATE, NO_ESCALATION, NO_SIGNATURE, NOT_EXECUTABLE, NOT_THERE, NOT_WRITABLE, Refusal, TOO_FEW,
    TOO_SHORT, WRONG_ADDRESS, WRONG_OWNER, WRONG_PROGRAM, WRONG_SEEDS, WRONG_TYPE,
};
use crate::sort::{self, Sort, State};
use crate::trial::{Expected, Forged, gone, zeroed};
use crate::world::World;

impl Subject<'_> {
    pub(super) fn bend_declared(&mut self, world: &World) {
        for index in 0..self.kinds.len() {
            self.missing(index);
            self.without_rights(index);
            self.pairs(index, world);
            self.replaced(index, world);
            match self.kinds[index].clone() {
                Kind::Signer => self.other_signers(index, world),
                Kind::Program | Kind::Instructions | Kind::Whatever(_) | Kind::Absent => {}
                Kind::Present(_) if self.case.unread.contains(&self.idl.accounts[index].name.as_str()) => {}
                Kind::Made(made) => self.made(index, &made),
                Kind::Present(Sort::State(state)) => self.state(index, state, world),
                Kind::Present(sort) => self.present(index, sort, world),
            }
        }
    }

    fn named(&self, index: usize, what: &str) -> String {
        format!("[{}] {what}", self.idl.accounts[index].name)
    }

    /// Another account in the place, signing and written as the right one would be.
    fn replace(&mut self, index: usize, what: &str, by: Pubkey, expected: impl Into<Expected>) {
        let mut instruction = self.case.instruction.clone();
        instruction.accounts[index].pubkey = by;
        self.push(self.named(index, what), instruction, None, expected.into());
    }

    /// Whether the example goes through whatever has become of the account.
    fn survives(&self, index: usize) -> bool {
        self.case.survives.contains(&self.idl.accounts[index].name.as_str())
    }

    /// The right address with something else in it.
    fn forge(&mut self, index: usize, what: &str, account: Account, expected: impl Into<Expected>) {
        let expected = if self.survives(index) { Expected::Served } else { expected.into() };
        let forged = Forged { address: self.meta(index).pubkey, account };
        self.push(self.named(index, what), self.case.instruction.clone(), Some(forged), expected);
    }

    /// Another address with something in it.
    fn counterfeit(
        &mut self,
        index: usize,
        what: &str,
        address: Pubkey,
        account: Account,
        expected: impl Into<Expected>,
    ) {
        let mut instruction = self.case.instruction.clone();
        instruction.accounts[index].pubkey = address;
        let forged = Forged { address, account };
        self.push(self.named(index, what), instruction, Some(forged), expected.into());
    }

    fn missing(&mut self, index: usize) {
        let mut instruction = self.case.instruction.clone();
        instruction.accounts.truncate(index);
        self.push(self.named(index, "missing with all behind it"), instruction, None, TOO_FEW.into());
    }

    fn without_rights(&mut self, index: usize) {
        if self.meta(index).is_signer {
            let mut instruction = self.case.instruction.clone();
            instruction.accounts[index].is_signer = false;
            self.push(self.named(index, "no signature"), instruction, None, NO_SIGNATURE.into());
        }
        if self.meta(index).is_writable {
            let mut instruction = self.case.instruction.clone();
            instruction.accounts[index].is_writable = false;
            let expected = match &self.kinds[index] {
                // The framework looks at both flags of a paying signer at once.
                Kind::Signer => NO_SIGNATURE,
                // It has the system program make it.
                Kind::Made(made) if made.owner == PROGRAM_ID => NO_ESCALATION,
                _ => NOT_WRITABLE,
            };
            self.push(self.named(index, "read-only"), instruction, None, expected.into());
        }
    }

    /// The account of this place in every other place too: the framework refuses it where either of the two is written,
    /// unless the handler says that it looks itself; else the other place gives what it gives to anything wrong.
    fn pairs(&mut self, index: usize, world: &World) {
        for other in (0..self.kinds.len()).filter(|other| *other != index) {
            let named = [self.idl.accounts[index].name.as_str(), self.idl.accounts[other].name.as_str()];
            let own_error = self
                .case
                .twice
                .iter()
                .find_map(|(one, two, error)| error.filter(|_| named == [*one, *two] || named == [*two, *one]));
            if [index, other].iter().any(|place| self.kinds[*place] == Kind::Absent) {
                continue;
            }
            let own = self.meta(index).pubkey;
            // One address is written everywhere where it is written anywhere.
            let is_written = self.meta(index).is_writable
                || self
                    .case
                    .instruction
                    .accounts
                    .iter()
                    .enumerate()
                    .any(|(place, meta)| place != other && meta.pubkey == own && meta.is_writable);
            let is_signer = self.kinds[other] == Kind::Signer;
            let lacks = self.meta(other).is_writable && !is_written;
            // The framework looks at both flags of a paying signer at once.
            let (lacks_right, signs) = (lacks && !is_signer, is_signer && !lacks && self.meta(index).is_signer);
            // An optional account is looked at behind the others.
            let looked_at_late = self.idl.accounts[index].optional && self.kinds[other] == Kind::Signer;
            let expected = if let Some(error) = own_error {
                error.into()
            } else if (self.guarded(index) || self.guarded(other)) && !looked_at_late {
                DUPLICATE.into()
            } else if lacks_right {
                NOT_WRITABLE.into()
            } else if signs {
                self.signed_by(other, &own, world)
            } else {
                self.answer(other, &self.meta(index).pubkey, world)
            };
            let mut instruction = self.case.instruction.clone();
            instruction.accounts[other] = instruction.accounts[index].clone();
            self.push(self.named(index, &format!("in place of {} too", named[1])), instruction, None, expected);
        }
    }

    /// Every account that there is, where it does not belong.
    fn replaced(&mut self, index: usize, world: &World) {
        if matches!(self.kinds[index], Kind::Signer | Kind::Absent) {
            return;
        }
        for (address, sort) in self.strangers.clone() {
            let declared = self.case.instruction.accounts[..self.kinds.len()].iter().any(|meta| meta.pubkey == address);
            // A transaction cannot ask to write a program; and to name this one is to leave an account out, which is another
            // example.
            let is_none = self.idl.accounts[index].optional && address == PROGRAM_ID;
            if is_none || declared || (sort == Sort::Program && self.meta(index).is_writable) {
                continue;
            }
            let expected = self.answer(index, &address, world);
            self.replace(index, &format!("{address}, {sort:?}"), address, expected);
        }
    }

    /// What a place gives to an account that is not the right one.
    fn answer(&self, index: usize, stranger: &Pubkey, world: &World) -> Expected {
        let chain = &world.exchange.chain;
        let sort = Sort::at(chain, stranger);
        match &self.kinds[index] {
            Kind::Signer => NO_SIGNATURE.into(),
            Kind::Program if chain.account(stranger).is_some_and(|account| account.executable) => WRONG_PROGRAM.into(),
            Kind::Program => NOT_EXECUTABLE.into(),
            Kind::Instructions => WRONG_ADDRESS.into(),
            Kind::Whatever(answer) => *answer,
            Kind::Made(_) => WRONG_SEEDS.into(),
            Kind::Present(right) if *right == sort => self.another(index, stranger, world),
            Kind::Present(_)
                if self.idl.seeds_another(index) && !matches!(self.kinds[index], Kind::Present(Sort::State(_))) =>
            {
                WRONG_SEEDS.into()
            }
            // The runtime makes it for each transaction.
            Kind::Present(Sort::State(_)) if *stranger == INSTRUCTIONS_SYSVAR => WRONG_OWNER.into(),
            Kind::Present(Sort::State(state)) => {
                self.not_typed(index, chain.account(stranger).unwrap_or_default(), *state).into()
            }
            Kind::Present(Sort::Vault) => Error::WrongBank.into(),
            Kind::Present(Sort::Tokens | Sort::ShareMint | Sort::ShareVault) => Error::WrongTokenAccount.into(),
            Kind::Present(Sort::Mint) => Error::UnsupportedMint.into(),
            Kind::Present(Sort::Price) => Error::OraclePriceOwner.into(),
            Kind::Present(Sort::Program) => Error::NotUpgradeAuthority.into(),
            Kind::Present(Sort::Foreign | Sort::Nothing) | Kind::Absent => unreachable!("no example has one"),
        }
    }

    /// What the framework says to an account that is not of the type: it looks at the length of a written one first.
    fn not_typed(&self, index: usize, account: Account, state: State) -> Refusal {
        let short = account.data.len() < state.size();
        if short && self.meta(index).is_writable {
            TOO_SHORT
        } else if account.owner != PROGRAM_ID {
            if account.lamports == 0 { NOT_THERE } else { WRONG_OWNER }
        } else if short {
            TOO_SHORT
        } else {
            WRONG_TYPE
        }
    }

    /// What a place gives to another account of the right sort: another market's, another user's.
    fn another(&self, index: usize, stranger: &Pubkey, world: &World) -> Expected {
        let chain = &world.exchange.chain;
        let slot = &self.idl.accounts[index];
        if self.idl.seeds_another(index) {
            return WRONG_SEEDS.into();
        }
        if self.case.reads != crate::lists::Reads::Nothing
            && slot.writable
            && self.remaining().iter().any(|meta| meta.pubkey == *stranger)
        {
            return Error::AccountUnexpected.into();
        }
        if let Some(rule) = self.case.rules.iter().find(|rule| rule.slot == slot.name) {
            return (rule.answer)(world, stranger);
        }
        let mut declared = self.case.instruction.accounts[..self.kinds.len()].to_vec();
        let own = declared[index].pubkey;
        declared[index].pubkey = *stranger;
        let listed = || self.rules(chain, &declared).verdict(chain, self.remaining(), None).err();
        let unknown = || panic!("{}: what does another {} give? {stranger}", self.case.name, slot.name);
        match &self.kinds[index] {
            Kind::Present(Sort::State(State::MarginAccount)) if self.owner_signs(&own, world) => {
                Error::Unauthorized.into()
            }
            Kind::Present(Sort::State(State::MarginAccount)) if self.has(State::Ranges) => Error::AccountForeign.into(),
            Kind::Present(Sort::State(State::Ranges)) => Error::AccountForeign.into(),
            Kind::Present(Sort::State(State::Bank)) | Kind::Present(Sort::Vault) => Error::WrongBank.into(),
            Kind::Present(Sort::State(State::Market)) if listed().is_none() && self.has_price() => {
                Error::OracleWrongFeed.into()
            }
            Kind::Present(Sort::State(_)) => listed().map_or_else(unknown, Expected::from),
            Kind::Present(Sort::Price) => Error::OracleWrongFeed.into(),
            Kind::Present(Sort::Program) => Error::NotUpgradeAuthority.into(),
            Kind::Present(Sort::Tokens) => Error::WrongTokenAccount.into(),
            _ => unknown(),
        }
    }

    fn has_price(&self) -> bool {
        self.kinds.contains(&Kind::Present(Sort::Price))
    }

    /// Whether the owner of a margin account is among the signers.
    fn owner_signs(&self, account: &Pubkey, world: &World) -> bool {
        let owner = world.exchange.chain.data(account).and_then(decode::<MarginAccount>).map(|account| account.owner);
        let signs = |owner: [u8; 32]| {
            self.case.instruction.accounts.iter().any(|m| m.is_signer && m.pubkey.to_bytes() == owner)
        };
        owner.is_some_and(signs)
    }

    /// Somebody else's signature.
    fn other_signers(&mut self, index: usize, world: &World) {
        let own = self.meta(index).pubkey;
        let strangers = ["stranger", "other"].map(|name| keel_embedded::chain::key(name).pubkey());
        for stranger in strangers.into_iter().filter(|stranger| *stranger != own) {
            let expected = self.signed_by(index, &stranger, world);
            self.replace(index, &format!("{stranger}'s signature"), stranger, expected);
        }
    }

    /// What a place gives to somebody else's signature: an owner's is missed before anything else, and an admin's.
    fn signed_by(&self, index: usize, stranger: &Pubkey, world: &World) -> Expected {
        let slot = &self.idl.accounts[index];
        let account = self.margin_account().map(|index| self.meta(index).pubkey);
        if let Some(rule) = self.case.rules.iter().find(|rule| rule.slot == slot.name) {
            (rule.answer)(world, stranger)
        } else if self.idl.seeds_another(index) {
            WRONG_SEEDS.into()
        } else if account.is_some_and(|account| self.owner_signs(&account, world)) {
            Error::Unauthorized.into()
        } else if self.has(State::Exchange) {
            Error::NotAdmin.into()
        } else {
            panic!("{}: what does another {} give?", self.case.name, slot.name)
        }
    }

    /// An account that is made: at no address but the canonical one, and over nothing.
    fn made(&mut self, index: usize, made: &Account) {
        let seeds = sort::seeds(made).expect("checked when the example was made");
        self.replace(index, "with another bump", sort::other_bump(&seeds), WRONG_SEEDS);
        for at in 0..seeds.len() {
            let mut wrong = seeds.clone();
            let byte = wrong[at].first_mut().expect("no seed is empty");
            *byte = byte.wrapping_add(1);
            self.replace(index, &format!("with seed {at} changed"), sort::canonical(&wrong), WRONG_SEEDS);
            let fewer: Vec<Vec<u8>> =
                seeds.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, s)| s.clone()).collect();
            self.replace(index, &format!("without seed {at}"), sort::canonical(&fewer), WRONG_SEEDS);
        }
        self.forge(index, "taken by another program", of_forger(made), ALREADY_IN_USE);
        self.forge(index, "made before", made.clone(), ALREADY_IN_USE);
        self.forge(index, "made before, empty", zeroed(made), ALREADY_IN_USE);
    }

    fn state(&mut self, index: usize, state: State, world: &World) {
        let right = world.exchange.chain.account(&self.meta(index).pubkey).unwrap();
        let bent = |bend: &dyn Fn(&mut Account)| {
            let mut account = right.clone();
            bend(&mut account);
            account
        };
        let mut wrong = vec![
            ("of another program".to_owned(), of_forger(&right)),
            ("of the token program".to_owned(), bent(&|account| account.owner = keel_sdk::address::TOKEN_PROGRAM)),
            ("zeroed".to_owned(), zeroed(&right)),
            ("with the discriminator of a closed account".to_owned(), bent(&|account| account.data[..8].fill(0xff))),
        ];
        for len in [0, 7, 8, state.size() - 1] {
            wrong.push((format!("cut to {len} bytes"), bent(&|account| account.data.truncate(len))));
        }
        for other in State::ALL.into_iter().filter(|other| *other != state) {
            let named = bent(&|account| account.data[..8].copy_from_slice(&other.discriminator()));
            wrong.push((format!("with the discriminator of {other:?}"), named));
        }
        wrong.extend(gone(&right).map(|(what, account)| (what.to_owned(), account)));
        for (what, account) in wrong {
            let expected = self.not_typed(index, account.clone(), state);
            self.forge(index, &what, account, expected);
        }
        // The framework reads as much as the type has; the program never makes an account longer.
        self.forge(index, "a byte longer", bent(&|account| account.data.push(0)), Expected::Same);
        // Where nobody but the program could put anything, and it never does.
        let other_bump = sort::other_bump(&sort::seeds(&right).expect("a typed account"));
        let nothing = self.not_typed(index, Account::default(), state);
        self.replace(index, "with another bump", other_bump, nothing);
        // What anybody can make: the right bytes under another program, and zeros under this one.
        self.counterfeit(index, "copied by another program", elsewhere(), of_forger(&right), WRONG_OWNER);
        self.counterfeit(index, "made of zeros", elsewhere(), zeroed(&right), WRONG_TYPE);
    }

    /// Accounts of other programs.
    fn present(&mut self, index: usize, sort: Sort, world: &World) {
        let right = world.exchange.chain.account(&self.meta(index).pubkey).unwrap();
        // What the right owner gives to wrong bytes, and what anything of another owner gives.
        let (content, foreign) = match sort {
            Sort::Price => (Error::OraclePriceAccount, Error::OraclePriceOwner),
            Sort::Mint => (Error::UnsupportedMint, Error::UnsupportedMint),
            Sort::Program => return self.loaders(index, &right),
            _ => (Error::WrongTokenAccount, Error::WrongTokenAccount),
        };
        let bent = |bend: &dyn Fn(&mut Vec<u8>)| {
            let mut account = right.clone();
            bend(&mut account.data);
            account
        };
        for len in [0, 8, right.data.len() - 1] {
            self.forge(index, &format!("cut to {len} bytes"), bent(&|data| data.truncate(len)), content);
        }
        self.forge(index, "a byte longer", bent(&|data| data.push(0)), content);
        // What looks at the state of a vault is the token program, where tokens move.
        let moves_tokens = sort == Sort::Vault && self.kinds.contains(&Kind::Program);
        let zeroed: Expected = if moves_tokens { NOT_THERE.into() } else { content.into() };
        self.forge(index, "zeroed", bent(&|data| data.fill(0)), zeroed);
        if sort == Sort::Price {
            self.forge(index, "of another type", bent(&|data| data[..8].fill(0xff)), content);
        }
        self.forge(index, "of another program", of_forger(&right), foreign);
        if !self.survives(index) {
            // Books with such an account cannot be read.
            self.forge(index, "of the exchange", Account { owner: PROGRAM_ID, ..right.clone() }, foreign);
        }
        for (what, account) in gone(&right) {
            self.forge(index, what, account, foreign);
        }
        // The same bytes elsewhere: what counts is the owner of a price account, and the address of a vault.
        let elsewhere_is_wrong: Expected = match sort {
            Sort::Vault => Error::WrongBank.into(),
            Sort::Mint => WRONG_SEEDS.into(),
            _ => foreign.into(),
        };
        self.counterfeit(index, "copied by another program", elsewhere(), of_forger(&right), elsewhere_is_wrong);
        if sort == Sort::Price {
            let own = Account { owner: RECEIVER, data: vec![0; right.data.len()], ..right };
            self.counterfeit(index, "made of zeros", elsewhere(), own, content);
        }
    }

    /// Accounts of the loader, which anybody can have made at an address of his own: what counts is the address.
    fn loaders(&mut self, index: usize, right: &Account) {
        let copy = Account { executable: false, ..right.clone() };
        let wrong = Error::NotUpgradeAuthority;
        self.counterfeit(index, "copied by another program", elsewhere(), of_forger(&copy), wrong);
        self.counterfeit(index, "copied by the loader", elsewhere(), copy, wrong);
    }
}
