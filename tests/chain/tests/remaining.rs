//! The accounts behind the declared ones: companion, other markets, tick arrays. Everything but the right ones in the
//! right order is refused by name, and not a byte changes.

use keel_chain_tests::mutation::FORGER;
use keel_chain_tests::refusal::{assert_all_refused, assert_refused};
use keel_chain_tests::{BTC, Cast, Refusal, SOL, cases};
use keel_engine::Error;
use keel_engine::state::{Market, Ranges, TickArray};
use keel_sdk::accounts::Stored;
use keel_sdk::address;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

const WITHDRAW: usize = 9;
const TRADE: usize = 11;
const ADD_RANGE: usize = 12;
const REMOVE_RANGE: usize = 13;
const SETTLE_RANGE: usize = 14;
const BEGIN_LIQUIDATION: usize = 17;
const UNWIND_RANGE: usize = 18;
const LIQUIDATE_ON_CURVE: usize = 19;
const RESOLVE: usize = 20;

/// What a remaining account is, told by its discriminator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Companion,
    Market,
    /// Of the market that the instruction declares, or of another.
    Array {
        declared: bool,
    },
}

/// An instruction with remaining accounts, and how many it declares.
struct Subject {
    name: &'static str,
    instruction: Instruction,
    declared: usize,
}

impl Subject {
    fn new(cast: &mut Cast, discriminator: usize) -> Self {
        let case = cases::ALL[discriminator](cast);
        Self { name: case.name, declared: case.slots.len(), instruction: case.instruction }
    }

    fn kind(&self, cast: &Cast, index: usize) -> Kind {
        let chain = &cast.world.exchange.chain;
        let data = chain.data(&self.instruction.accounts[index].pubkey).unwrap();
        let is = |discriminator: [u8; 8]| data[..8] == discriminator;
        if is(Ranges::DISCRIMINATOR) {
            return Kind::Companion;
        }
        if is(Market::DISCRIMINATOR) {
            return Kind::Market;
        }
        assert!(is(TickArray::DISCRIMINATOR));
        let number = u16::from_le_bytes([data[8], data[9]]);
        let market = address::market(number);
        let declared = self.instruction.accounts[..self.declared].iter().any(|meta| meta.pubkey == market);
        Kind::Array { declared }
    }

    fn first(&self, cast: &Cast, kind: Kind) -> usize {
        let all = self.declared..self.instruction.accounts.len();
        let found = all.clone().find(|index| self.kind(cast, *index) == kind);
        found.unwrap_or_else(|| panic!("{}: no {kind:?} among the remaining accounts", self.name))
    }

    /// Refused with this error after such a change of the metas.
    fn refused(
        &self,
        cast: &mut Cast,
        what: &str,
        expected: impl Into<Refusal>,
        bend: impl FnOnce(&mut Vec<AccountMeta>),
    ) {
        let mut instruction = self.instruction.clone();
        bend(&mut instruction.accounts);
        assert_all_refused(&mut cast.world, &[instruction], expected, &format!("{}: {what}", self.name));
    }

    /// Refused with this error while an account's data or owner is another.
    fn forged(
        &self,
        cast: &mut Cast,
        index: usize,
        what: &str,
        expected: Error,
        bend: impl FnOnce(&mut solana_account::Account),
    ) {
        let address = self.instruction.accounts[index].pubkey;
        let right = cast.world.exchange.chain.account(&address).unwrap();
        let mut wrong = right.clone();
        bend(&mut wrong);
        cast.world.exchange.chain.put(&address, wrong).unwrap();
        self.refused(cast, what, expected, |_| {});
        cast.world.exchange.chain.put(&address, right).unwrap();
    }
}

fn read(address: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(address, false)
}

#[test]
fn tick_arrays() {
    let mut cast = Cast::new();
    for discriminator in [TRADE, ADD_RANGE, REMOVE_RANGE, SETTLE_RANGE, UNWIND_RANGE, LIQUIDATE_ON_CURVE] {
        let subject = Subject::new(&mut cast, discriminator);
        let declared = subject.first(&cast, Kind::Array { declared: true });
        let cast = &mut cast;
        subject.forged(cast, declared, "forged", Error::AccountForeign, |account| account.owner = FORGER);
        subject.forged(cast, declared, "cut short", Error::AccountUnexpected, |account| account.data.truncate(8_255));
        subject.forged(cast, declared, "cut to nothing", Error::AccountUnexpected, |account| account.data.clear());
        subject.forged(cast, declared, "closed", Error::AccountUnexpected, |account| account.data[..8].fill(0xff));
        subject.refused(cast, "repeated", Error::AccountOrder, |metas| {
            let again = metas[declared].clone();
            metas.insert(declared, again);
        });
        subject.refused(cast, "out of order", Error::AccountOrder, |metas| metas.swap(declared, declared + 1));
        if discriminator != SETTLE_RANGE {
            subject.refused(cast, "read-only", Error::AccountNotWritable, |metas| metas[declared].is_writable = false);
        }
        subject.refused(cast, "an account of no program", Error::AccountForeign, |metas| {
            metas.push(read(Pubkey::new_from_array([3; 32])));
        });
        let bank = address::bank(&cast.second_mint);
        subject.refused(cast, "a bank", Error::AccountUnexpected, |metas| metas.push(read(bank)));
        let margin_account = cast.other.account;
        subject.refused(cast, "a margin account", Error::AccountUnexpected, |metas| metas.push(read(margin_account)));
        let companion = address::ranges(&cast.other.account);
        subject.refused(cast, "a companion at the end", Error::AccountUnexpected, |metas| metas.push(read(companion)));
    }
}

#[test]
fn a_missing_tick_array() {
    let mut cast = Cast::new();
    for discriminator in [ADD_RANGE, REMOVE_RANGE, SETTLE_RANGE, UNWIND_RANGE] {
        let subject = Subject::new(&mut cast, discriminator);
        let declared = subject.first(&cast, Kind::Array { declared: true });
        subject.refused(&mut cast, "missing", Error::TickArrayMissing, |metas| {
            metas.remove(declared);
        });
    }
    // The health of an account with ranges in another market.
    let subject = Subject::new(&mut cast, WITHDRAW);
    let other = subject.first(&cast, Kind::Array { declared: false });
    subject.refused(&mut cast, "missing", Error::TickArrayMissing, |metas| {
        metas.remove(other);
    });
    // A trade that would have to look beyond what was passed.
    let subject = Subject::new(&mut cast, TRADE);
    let keep = subject.first(&cast, Kind::Array { declared: true });
    subject.refused(&mut cast, "all missing", Error::TickArrayMissing, |metas| metas.truncate(keep));
}

#[test]
fn a_foreign_tick_array() {
    let mut cast = Cast::new();
    // Of a market in which the account has nothing, for who holds one market only.
    let subject = Subject::new(&mut cast, LIQUIDATE_ON_CURVE);
    let foreign = read(address::tick_array(SOL, -1));
    subject.refused(&mut cast, "of another market", Error::AccountForeign, |metas| metas.push(foreign));
    let subject = Subject::new(&mut cast, REMOVE_RANGE);
    let foreign = AccountMeta::new(address::tick_array(SOL, -1), false);
    subject.refused(&mut cast, "of another market", Error::AccountForeign, |metas| metas.push(foreign));
    // And one that stands where its own market's number does not reach.
    let subject = Subject::new(&mut cast, WITHDRAW);
    let at = subject.first(&cast, Kind::Market);
    subject.refused(&mut cast, "in front of its market", Error::AccountForeign, |metas| {
        let array = metas.remove(at + 2);
        metas.insert(at, array);
    });
}

#[test]
fn other_markets() {
    let mut cast = Cast::new();
    for discriminator in [WITHDRAW, TRADE, ADD_RANGE, BEGIN_LIQUIDATION] {
        let subject = Subject::new(&mut cast, discriminator);
        let market = subject.first(&cast, Kind::Market);
        let cast = &mut cast;
        subject.forged(cast, market, "forged", Error::AccountForeign, |account| account.owner = FORGER);
        subject.forged(cast, market, "cut short", Error::AccountUnexpected, |account| account.data.truncate(1_000));
        subject.forged(cast, market, "closed", Error::AccountUnexpected, |account| account.data[..8].fill(0xff));
        subject.refused(cast, "repeated", Error::AccountOrder, |metas| {
            let again = metas[market].clone();
            metas.insert(market, again);
        });
        let last = (market..).take_while(|index| subject.kind(cast, *index) == Kind::Market).last().unwrap();
        // Who holds one market only has its array in front of it then.
        let expected = if discriminator == BEGIN_LIQUIDATION { Error::AccountForeign } else { Error::AccountOrder };
        subject.refused(cast, "behind a tick array", expected, |metas| metas.swap(last, last + 1));
        if matches!(discriminator, TRADE | ADD_RANGE) {
            let traded = address::market(BTC);
            subject.refused(cast, "the traded one among them", Error::AccountUnexpected, |metas| {
                metas.insert(market, read(traded));
            });
        }
        subject.refused(cast, "missing with its arrays", Error::MarketMissing, |metas| {
            let market_key = metas[market].pubkey;
            let number = if market_key == address::market(BTC) { BTC } else { SOL };
            let own: Vec<Pubkey> = (-3..4).map(|index| address::tick_array(number, index)).collect();
            metas.retain(|meta| meta.pubkey != market_key && !own.contains(&meta.pubkey));
        });
    }
    // Two markets, the larger number first.
    let subject = Subject::new(&mut cast, WITHDRAW);
    let market = subject.first(&cast, Kind::Market);
    subject.refused(&mut cast, "out of order", Error::AccountOrder, |metas| metas.swap(market, market + 1));
}

#[test]
fn resolving_writes_other_markets() {
    let mut cast = Cast::new();
    let subject = Subject::new(&mut cast, RESOLVE);
    let market = |writable| AccountMeta { pubkey: address::market(SOL), is_signer: false, is_writable: writable };
    let array = AccountMeta::new(address::tick_array(BTC, 0), false);
    let cast = &mut cast;
    subject.refused(cast, "read-only", Error::AccountNotWritable, |metas| metas.push(market(false)));
    subject.refused(cast, "repeated", Error::AccountOrder, |metas| metas.extend([market(true), market(true)]));
    subject.refused(cast, "a tick array", Error::AccountUnexpected, |metas| metas.push(array));
    let traded = AccountMeta::new(address::market(BTC), false);
    subject.refused(cast, "the resolved one", Error::AccountUnexpected, |metas| metas.push(traded));
    let foreign = AccountMeta::new(Pubkey::new_from_array([3; 32]), false);
    subject.refused(cast, "an account of no program", Error::AccountForeign, |metas| metas.push(foreign));
    let mut instruction = subject.instruction.clone();
    instruction.accounts.push(market(true));
    let outcome = cast.world.try_send(&[instruction]);
    assert!(outcome.is_ok(), "one more than needed is no error: {outcome:?}");
}

#[test]
fn the_companion() {
    let mut cast = Cast::new();
    for discriminator in [WITHDRAW, TRADE, BEGIN_LIQUIDATION] {
        let subject = Subject::new(&mut cast, discriminator);
        let companion = subject.first(&cast, Kind::Companion);
        let others = address::ranges(&cast.other.account);
        let cast = &mut cast;
        let missing = Error::RangesAccountMissing;
        subject.refused(cast, "missing", missing, |metas| {
            metas.remove(companion);
        });
        subject.refused(cast, "another account's", Error::AccountForeign, |metas| metas[companion].pubkey = others);
        subject.refused(cast, "repeated", Error::AccountUnexpected, |metas| {
            let again = metas[companion].clone();
            metas.insert(companion, again);
        });
        subject.refused(cast, "behind the markets", missing, |metas| metas.swap(companion, companion + 1));
        subject.forged(cast, companion, "forged", missing, |account| account.owner = FORGER);
        subject.forged(cast, companion, "cut short", Error::AccountUnexpected, |account| account.data.truncate(1_800));
        subject.forged(cast, companion, "closed", missing, |account| account.data[..8].fill(0xff));
    }
}

#[test]
fn a_declared_account_among_the_remaining_ones() {
    let mut cast = Cast::new();
    for discriminator in [WITHDRAW, TRADE, ADD_RANGE, REMOVE_RANGE, UNWIND_RANGE, LIQUIDATE_ON_CURVE, RESOLVE] {
        let subject = Subject::new(&mut cast, discriminator);
        for index in 0..subject.declared {
            let meta = subject.instruction.accounts[index].clone();
            if !meta.is_writable {
                continue;
            }
            let of_tokens = cast.world.exchange.chain.account(&meta.pubkey).unwrap().owner == address::TOKEN_PROGRAM;
            let expected = if of_tokens { Error::AccountForeign } else { Error::AccountUnexpected };
            subject.refused(&mut cast, "declared", expected, |metas| metas.push(meta));
        }
    }
}

#[test]
fn more_than_anybody_needs() {
    let mut cast = Cast::new();
    let subject = Subject::new(&mut cast, TRADE);
    let right = subject.instruction.clone();
    // What belongs here and is not needed is no error.
    let mut generous = right.clone();
    let spare = address::tick_array(SOL, 1);
    generous.accounts.push(read(spare));
    assert!(cast.world.try_send(&[generous]).is_ok());
    // Declared accounts only, by who has no need of more.
    let mut nothing = Subject::new(&mut cast, BEGIN_LIQUIDATION).instruction;
    nothing.accounts.truncate(1);
    assert_refused(&mut cast.world, &nothing, Error::RangesAccountMissing);
}
