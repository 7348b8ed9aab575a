//! Remaining accounts: every one repeated, out of its order, replaced by and joined by every other account that there is,
//! forged, cut, closed, read-only, left out, and random lists. What a list gives is told by [`Rules`]; a list by the rules that lacks
//! something gives what [`lacking`] says.
//!
//! [`Rules`]: crate::lists::Rules

use keel_engine::Error;
use keel_engine::state::TickArray;
use keel_sdk::accounts::decode;
use keel_sdk::address;
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;

use super::{Subject, elsewhere, of_forger};
use crate::lists::Reads;
use crate::random::{Random, repeated};
use crate::sort::{Sort, State};
use crate::trial::{Expected, Forged, gone, zeroed};
use crate::world::World;

/// Random lists for every example, unless the run is long.
const LISTS: u32 = 150;

/// What an instruction says when it is not given an account that it needs, the rest being by the rules.
fn lacking(sort: Sort, reads: Reads) -> Error {
    match sort {
        Sort::State(State::Ranges) => Error::RangesAccountMissing,
        Sort::State(State::Market) => Error::MarketMissing,
        Sort::State(State::Bank) if reads == Reads::Banks => Error::WrongBank,
        Sort::State(State::Bank) => Error::BankMissing,
        _ => Error::TickArrayMissing,
    }
}

impl Subject<'_> {
    pub(super) fn bend_remaining(&mut self, world: &World) {
        let right = self.remaining().to_vec();
        self.more(world, &right);
        for index in 0..right.len() {
            self.fewer(world, &right, index);
            self.other_order(world, &right, index);
            self.instead(world, &right, index);
            self.forged(world, &right, index);
            let mut read_only = right.clone();
            read_only[index].is_writable = false;
            if right[index].is_writable {
                self.list(world, &format!("({index}) read-only"), read_only, None);
            }
        }
        for end in 0..right.len().saturating_sub(1) {
            self.list(world, &format!("({end}) and all behind it missing"), right[..end].to_vec(), None);
        }
        let backwards: Vec<AccountMeta> = right.iter().rev().cloned().collect();
        self.list(world, "backwards", backwards, None);
        self.anything(world, &right);
    }

    /// One account left out.
    fn fewer(&mut self, world: &World, right: &[AccountMeta], index: usize) {
        let mut fewer = right.to_vec();
        let _left_out = fewer.remove(index);
        self.list(world, &format!("({index}) missing"), fewer, None);
    }

    /// Two accounts in each other's place, and one of them in both.
    fn other_order(&mut self, world: &World, right: &[AccountMeta], index: usize) {
        for other in 0..right.len() {
            if other > index {
                let mut swapped = right.to_vec();
                swapped.swap(index, other);
                self.list(world, &format!("({index}) and ({other}) swapped"), swapped, None);
            }
            if other != index {
                let mut twice = right.to_vec();
                twice[other] = right[index].clone();
                self.list(world, &format!("({index}) instead of ({other})"), twice, None);
            }
        }
    }

    /// Every account that there is instead of one.
    fn instead(&mut self, world: &World, right: &[AccountMeta], index: usize) {
        for (address, sort) in self.strangers.clone() {
            if right.iter().any(|meta| meta.pubkey == address) {
                continue;
            }
            let mut replaced = right.to_vec();
            replaced[index].pubkey = address;
            self.list(world, &format!("({index}) replaced by {address}, {sort:?}"), replaced, None);
        }
    }

    /// Every account that there is at every place, to be read and to be written.
    fn more(&mut self, world: &World, right: &[AccountMeta]) {
        for (address, sort) in self.strangers.clone() {
            for at in 0..=right.len() {
                // Where all are ignored, so is what may be done with them.
                let rights: &[bool] = if self.case.reads == Reads::Nothing { &[false] } else { &[false, true] };
                for &is_writable in rights {
                    let mut more = right.to_vec();
                    more.insert(at, AccountMeta { pubkey: address, is_signer: false, is_writable });
                    self.list(world, &format!("{address}, {sort:?}, at ({at})"), more, None);
                }
            }
        }
    }

    /// Any accounts in any order.
    fn anything(&mut self, world: &World, right: &[AccountMeta]) {
        if self.case.reads == Reads::Nothing {
            return;
        }
        let mut random = Random::new(&format!("{}, any remaining accounts", self.case.name));
        let spares: Vec<Pubkey> = self.strangers.iter().map(|(address, _)| *address).collect();
        for _ in 0..repeated(LISTS) {
            let mut list = right.to_vec();
            for _ in 0..=random.below(3) {
                let at = |random: &mut Random, len: usize| usize::try_from(random.below(len.max(1) as u64)).unwrap();
                let (one, other) = (at(&mut random, list.len()), at(&mut random, list.len()));
                let is_writable = random.below(4) != 0;
                let more = AccountMeta { pubkey: *random.one_of(&spares), is_signer: false, is_writable };
                match random.below(4) {
                    0 if !list.is_empty() => drop(list.remove(one)),
                    1 if !list.is_empty() => list.swap(one, other),
                    2 if !list.is_empty() => list[one] = more,
                    _ => list.insert(one, more),
                }
            }
            let what = format!("{:?}", list.iter().map(|meta| (meta.pubkey, meta.is_writable)).collect::<Vec<_>>());
            self.list(world, &what, list, None);
        }
    }

    /// The right address with something else in it, and the right bytes elsewhere.
    fn forged(&mut self, world: &World, right: &[AccountMeta], index: usize) {
        let address = right[index].pubkey;
        let account = world.exchange.chain.account(&address).unwrap();
        let bent = |bend: &dyn Fn(&mut Vec<u8>)| {
            let mut account = account.clone();
            bend(&mut account.data);
            account
        };
        let own = State::of(&account.data);
        assert!(
            own.is_some() || self.case.reads == Reads::Rate || index < self.case.reads.legs().len(),
            "a remaining account is typed, or a price"
        );
        let mut wrong = vec![
            ("of another program".to_owned(), of_forger(&account)),
            ("zeroed".to_owned(), zeroed(&account)),
            ("closed".to_owned(), bent(&|data| data[..8].fill(0xff))),
            ("a byte longer".to_owned(), bent(&|data| data.push(0))),
        ];
        for len in [0, 7, 8, account.data.len() - 1] {
            wrong.push((format!("cut to {len} bytes"), bent(&|data| data.truncate(len))));
        }
        for other in State::ALL.into_iter().filter(|other| Some(*other) != own) {
            let named = bent(&|data| data[..8].copy_from_slice(&other.discriminator()));
            wrong.push((format!("with the discriminator of {other:?}"), named));
        }
        wrong.extend(gone(&account).map(|(what, account)| (what.to_owned(), account)));
        for (what, account) in wrong {
            self.list(world, &format!("({index}) {what}"), right.to_vec(), Some(Forged { address, account }));
        }
        for (what, account) in [("copied by another program", of_forger(&account)), ("made of zeros", zeroed(&account))]
        {
            let mut replaced = right.to_vec();
            replaced[index].pubkey = elsewhere();
            self.list(world, &format!("({index}) {what}"), replaced, Some(Forged { address: elsewhere(), account }));
        }
    }

    /// The example with other remaining accounts.
    fn list(&mut self, world: &World, what: &str, remaining: Vec<AccountMeta>, forged: Option<Forged>) {
        let expected = self.expected(world, &remaining, forged.as_ref());
        let mut instruction = self.case.instruction.clone();
        instruction.accounts.truncate(self.idl.accounts.len());
        instruction.accounts.extend(remaining);
        self.push(format!("remaining {what}"), instruction, forged, expected);
    }

    fn expected(&self, world: &World, remaining: &[AccountMeta], forged: Option<&Forged>) -> Expected {
        if self.case.reads == Reads::Nothing {
            return Expected::Same;
        }
        let chain = &world.exchange.chain;
        let declared = &self.case.instruction.accounts[..self.idl.accounts.len()];
        let guarded = |meta: &AccountMeta| {
            (0..declared.len()).any(|index| self.guarded(index) && declared[index].pubkey == meta.pubkey)
        };
        if remaining.iter().any(guarded) {
            return Error::AccountUnexpected.into();
        }
        if remaining.is_empty() && self.case.optional {
            return Expected::Served;
        }
        // A transaction knows one right for each account: the most that is asked for.
        let written = |address| declared.iter().chain(remaining).any(|meta| meta.is_writable && meta.pubkey == address);
        let merged = remaining.iter().map(|meta| AccountMeta { is_writable: written(meta.pubkey), ..meta.clone() });
        let merged: Vec<AccountMeta> = merged.collect();
        let rules = self.rules(chain, declared);
        if let Err(error) = rules.verdict(chain, &merged, forged) {
            return error.into();
        }
        // By the rules. What the example has and the list has not is missing, unless the example can do without.
        let is_there = |address: &Pubkey| remaining.iter().any(|meta| meta.pubkey == *address);
        let missing = self.remaining().iter().map(|meta| meta.pubkey).filter(|address| !is_there(address));
        let missing: Vec<Pubkey> = missing.filter(|address| !self.case.spare.contains(address)).collect();
        // The arrays of a market that is there are looked for before the next market.
        let has_market = |address: &&Pubkey| {
            let array = chain.data(address).and_then(decode::<TickArray>);
            array.is_some_and(|array| array.market == rules.declared || is_there(&address::market(array.market)))
        };
        let first = missing.iter().find(has_market).or(missing.first());
        first.map_or(Expected::Same, |address| lacking(Sort::at(chain, address), self.case.reads).into())
    }
}
