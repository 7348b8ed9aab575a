//! What the program must say to a list of remaining accounts: the rules that its documentation gives, told once more and
//! without regard to how the loader goes about it.
//!
//! 1. The companion of the margin account comes first, and must come where the margin account holds ranges.
//! 2. Then come banks, strictly ascending by number.
//! 3. Then other markets, strictly ascending by number, and never the declared one.
//! 4. Then tick arrays, strictly ascending by market and index, of the declared market or one of those others; those of
//!    the declared one writable where the instruction writes them.
//! 5. Where banks alone are asked for, they come strictly ascending by number, writable, and nothing else.
//! 6. Every one is the program's own, of its type's exact length.
//!
//! 7. A bank's exchange rate comes from the first account, whatever follows.
//! 8. A trade with several legs has the legs' price accounts in front of all that; the legs' markets count as declared ones
//!    for what is written, and are among the markets.
//!
//! The first account that breaks a rule decides. Whether a list by the rules holds all that the instruction needs is
//! another question.

use keel_embedded::Chain;
use keel_engine::Error;
use keel_engine::state::{Bank, MarginAccount, Market, Ranges, TickArray};
use keel_sdk::accounts::decode;
use keel_sdk::address::PROGRAM_ID;
use keel_sdk::pyth;
use solana_account::Account;
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;

use crate::sort::State;
use crate::trial::Forged;

/// What an instruction reads behind its declared accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Nothing: whatever is passed there is ignored.
    Nothing,
    /// Nothing now, though in another state it would: only a declared account is refused there.
    NothingNow,
    /// What the health of its margin account needs.
    Health,
    /// That, and tick arrays of the declared market, which it writes.
    HealthAndArrays,
    /// The same where it only reads those arrays.
    HealthAndArraysToRead,
    /// The same where the companion is written.
    RangesToSettle,
    /// Tick arrays of the declared market to be copied: at most [`MAX_QUOTE_ARRAYS`], and whatever else has a place.
    Quote,
    /// Other markets, which it writes.
    Markets,
    /// All banks, which it writes.
    Banks,
    /// A price account of the declared bank's exchange rate.
    Rate,
    /// Price accounts of so many legs, then what the health of its margin account needs, of which it writes the markets
    /// with these numbers and their tick arrays.
    Legs(&'static [u16]),
}

/// The rules for one instruction.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What it reads.
    pub reads: Reads,
    /// Whose companion may come first, where none is declared.
    pub companion_of: Option<Pubkey>,
    /// Number of the declared market, or 0.
    pub declared: u16,
    /// The declared bank.
    pub bank: Option<Pubkey>,
}

/// Tick arrays of the declared market, and of the other markets together, that one instruction takes.
pub const MAX_ARRAYS: usize = 20;
/// Tick arrays of the declared market that a quote takes.
pub const MAX_QUOTE_ARRAYS: usize = 3;

impl Reads {
    /// Numbers of the markets of legs.
    pub const fn legs(self) -> &'static [u16] {
        match self {
            Self::Legs(legs) => legs,
            _ => &[],
        }
    }
}

impl Rules {
    /// What the first account that breaks a rule must give.
    pub fn verdict(&self, chain: &Chain, metas: &[AccountMeta], forged: Option<&Forged>) -> Result<(), Error> {
        let there = |address: &Pubkey| match forged {
            Some(forged) if forged.address == *address => Some(forged.account.clone()),
            _ => chain.account(address),
        };
        if matches!(self.reads, Reads::Nothing | Reads::NothingNow) {
            return Ok(());
        }
        if self.reads == Reads::Banks {
            return banks(&there, metas);
        }
        if self.reads == Reads::Rate {
            let bank = self.bank.and_then(|bank| decode::<Bank>(chain.data(&bank)?)).ok_or(Error::WrongBank)?;
            let rate = metas.first().ok_or(Error::OraclePriceAccount)?;
            return price(&bank.price_owner, &bank.rate_feed_id, there(&rate.pubkey));
        }
        let legs = self.reads.legs();
        let Some((prices, metas)) = metas.split_at_checked(legs.len()) else { return Err(Error::OraclePriceAccount) };
        let rest = self.companion(&there, metas)?;
        let mut markets = Vec::new();
        let mut own_arrays = 0;
        let mut last = None;
        for meta in rest {
            let (state, data) = typed(there(&meta.pubkey))?;
            let place = match state {
                State::Market => {
                    let number = decode::<Market>(&data).ok_or(Error::AccountUnexpected)?.index_number;
                    (state, number, 0)
                }
                State::Bank if self.reads != Reads::Markets => {
                    (state, decode::<Bank>(&data).ok_or(Error::AccountUnexpected)?.index.into(), 0)
                }
                State::TickArray if self.reads != Reads::Markets => {
                    let array = decode::<TickArray>(&data).ok_or(Error::AccountUnexpected)?;
                    (state, array.market, array.index)
                }
                _ => return Err(Error::AccountUnexpected),
            };
            if last.is_some_and(|last| last >= place) {
                return Err(Error::AccountOrder);
            }
            last = Some(place);
            if state == State::Bank {
                continue;
            }
            let is_declared = place.1 == self.declared;
            own_arrays += usize::from(is_declared && state == State::TickArray);
            match state {
                State::Market if is_declared => return Err(Error::AccountUnexpected),
                State::Market => markets.push(place.1),
                _ if !is_declared && !markets.contains(&place.1) => return Err(Error::AccountForeign),
                _ => {}
            }
            let written = match self.reads {
                Reads::Legs(legs) => legs.contains(&place.1),
                Reads::Markets => true,
                Reads::HealthAndArrays => state == State::TickArray && is_declared,
                _ => false,
            };
            if written && !meta.is_writable {
                return Err(Error::AccountNotWritable);
            }
        }
        if self.reads == Reads::Quote && own_arrays > MAX_QUOTE_ARRAYS {
            return Err(Error::AccountUnexpected);
        }
        if !legs.iter().all(|leg| markets.contains(leg)) {
            return Err(Error::MarketMissing);
        }
        legs.iter().zip(prices).try_for_each(|(leg, price)| self.price(chain, *leg, there(&price.pubkey)))
    }

    /// What a price account of a leg gives.
    fn price(&self, chain: &Chain, leg: u16, account: Option<Account>) -> Result<(), Error> {
        let market = keel_sdk::chain::market(chain, leg).map_err(|_| Error::MarketMissing)?;
        price(&market.price_owner, &market.feed_id, account)
    }

    /// The list behind the companion.
    fn companion<'m>(
        &self,
        there: &impl Fn(&Pubkey) -> Option<Account>,
        metas: &'m [AccountMeta],
    ) -> Result<&'m [AccountMeta], Error> {
        let Some(account) = self.companion_of else { return Ok(metas) };
        if let Some((first, rest)) = metas.split_first()
            && let Ok((State::Ranges, data)) = typed(there(&first.pubkey))
        {
            let ranges = decode::<Ranges>(&data).ok_or(Error::AccountUnexpected)?;
            if ranges.account != account.to_bytes() {
                return Err(Error::AccountForeign);
            }
            let is_written = self.reads == Reads::RangesToSettle;
            return if is_written && !first.is_writable { Err(Error::AccountNotWritable) } else { Ok(rest) };
        }
        let state = there(&account).and_then(|account| decode::<MarginAccount>(&account.data));
        if state.is_some_and(|state| state.ranges != 0) { Err(Error::RangesAccountMissing) } else { Ok(metas) }
    }
}

/// What a price account of a feed gives.
fn price(owner: &[u8; 32], feed_id: &[u8; 32], account: Option<Account>) -> Result<(), Error> {
    let account = account.filter(|account| account.owner.to_bytes() == *owner);
    let data = account.ok_or(Error::OraclePriceOwner)?.data;
    // Discriminator, authority, a byte that says fully verified, feed.
    let (tag, feed) = (data.get(..8), data.get(41..73));
    if data.len() != pyth::LEN || tag != Some(&pyth::DISCRIMINATOR) || data.get(40) != Some(&1) {
        return Err(Error::OraclePriceAccount);
    }
    if feed == Some(feed_id) { Ok(()) } else { Err(Error::OracleWrongFeed) }
}

/// Banks only, strictly ascending by number, to be written.
fn banks(there: &impl Fn(&Pubkey) -> Option<Account>, metas: &[AccountMeta]) -> Result<(), Error> {
    let mut last = None;
    for meta in metas {
        let (state, data) = typed(there(&meta.pubkey))?;
        let number = decode::<Bank>(&data).filter(|_| state == State::Bank).ok_or(Error::AccountUnexpected)?.index;
        if last.is_some_and(|last| last >= number) {
            return Err(Error::AccountOrder);
        }
        last = Some(number);
        if !meta.is_writable {
            return Err(Error::AccountNotWritable);
        }
    }
    Ok(())
}

/// The type and the bytes of an account of the program.
fn typed(account: Option<Account>) -> Result<(State, Vec<u8>), Error> {
    let account = account.filter(|account| account.owner == PROGRAM_ID).ok_or(Error::AccountForeign)?;
    let state = State::of(&account.data).ok_or(Error::AccountUnexpected)?;
    Ok((state, account.data))
}
