//! Remaining accounts: the one place where raw account views become typed references.
//!
//! They come in this order, whatever the instruction:
//!
//! 1. the companion with the ranges of the margin account, where the instruction does not declare it: a must when the
//!    margin account holds ranges;
//! 2. the banks of its other collateral than USDC, where the instruction does not declare them, strictly ascending by number;
//! 3. the other markets in which the margin account has positions, strictly ascending by number;
//! 4. tick arrays, of the traded market and of those markets, strictly ascending by market and index.
//!
//! What is guaranteed of the references: the account is owned by this program, has the type's discriminator and exact
//! length, belongs to where it is used, and is writable where it may be written. No account is passed twice and the
//! traded market is not among the others, so no two references overlap.
//!
//! A trade with several legs ([`load_legs`]) has the legs' price accounts in front of all that, in the order of the legs;
//! the legs' markets are among the markets, and they and their tick arrays are writable.
//!
//! An account more than needed is no error as long as it belongs here: a liquidation must not fail because its victim
//! closed a position or a range a moment earlier.

extern crate alloc;

use alloc::vec::Vec;
use core::iter::Peekable;
use core::slice::IterMut;

use anchor_lang::{AccountView, address_eq, prelude::*};
use arrayvec::ArrayVec;
use bytemuck::Pod;
use keel_engine::book::Book;
use keel_engine::legs::MAX_LEGS;
use keel_engine::state::{Bank, MAX_BANKS, MAX_POSITIONS, MarginAccount, Market, Ranges, TickArray};
use keel_engine::view::Others;

use crate::errors::KeelError;
use crate::state::{BankAccount, MarketAccount, RangesAccount, TickArrayAccount};

/// Other markets in one instruction: two accounts that share a market have positions in no more.
pub const MAX_MARKETS: usize = 2 * MAX_POSITIONS - 1;
/// Tick arrays of the traded market in one instruction, and of all other markets together: both ends of 8 ranges, and
/// some to trade through.
pub const MAX_ARRAYS: usize = 20;
/// Tick arrays of all legs together: what a transaction's locks leave for them.
pub const MAX_LEG_ARRAYS: usize = 40;

/// What a remaining account may be.
pub struct Expected<'e> {
    /// The margin account whose ranges may come first; nobody's where the instruction declares them.
    pub companion_of: Option<&'e Address>,
    /// Whether the margin account holds ranges.
    pub holds_ranges: bool,
    /// Number of the declared market, or 0.
    pub traded: u16,
    /// Whether the instruction changes the tick arrays of the declared market.
    pub writes_arrays: bool,
}

impl<'e> Expected<'e> {
    /// What the health of a margin account needs, nothing being traded.
    #[inline(always)]
    pub fn view(account: &MarginAccount, address: &'e Address) -> Self {
        Self { companion_of: Some(address), holds_ranges: account.ranges != 0, traded: 0, writes_arrays: false }
    }

    /// What trading in a market needs, for a margin account whose companion is not declared.
    #[inline(always)]
    pub fn trade(account: &MarginAccount, address: &'e Address, market: &Market) -> Self {
        Self { traded: market.index_number, writes_arrays: true, ..Self::view(account, address) }
    }

    /// What changing ranges in a market needs: the companion is declared.
    #[inline(always)]
    pub const fn ranges(market: &Market) -> Self {
        Self { companion_of: None, holds_ranges: false, traded: market.index_number, writes_arrays: true }
    }

    /// The same, where tick arrays are only read.
    #[inline(always)]
    #[must_use]
    pub const fn reading(self) -> Self {
        Self { writes_arrays: false, ..self }
    }
}

/// The remaining accounts, by type.
#[derive(Default)]
pub struct Loaded<'a> {
    /// The ranges of the margin account.
    pub ranges: Option<&'a Ranges>,
    /// Tick arrays of the declared market, ascending by index.
    pub book: ArrayVec<&'a mut TickArray, MAX_ARRAYS>,
    /// What is looked at beside the declared market.
    pub seen: Seen<'a>,
}

/// Accounts that are only read.
#[derive(Default)]
pub struct Seen<'a> {
    /// Banks, ascending by number.
    pub banks: ArrayVec<&'a Bank, MAX_BANKS>,
    /// Markets other than the declared one, ascending by number.
    pub markets: ArrayVec<&'a Market, MAX_MARKETS>,
    /// Tick arrays of the other markets, ascending by market and index.
    pub arrays: ArrayVec<&'a TickArray, MAX_ARRAYS>,
}

impl Seen<'_> {
    /// As the engine takes them.
    #[inline(always)]
    pub fn others(&self) -> Others<'_> {
        Others { declared: None, banks: &self.banks, markets: &self.markets, arrays: &self.arrays }
    }
}

/// The remaining accounts as the framework hands them over. It refuses one that is also declared as writable, and that
/// is all it checks.
#[inline(always)]
pub fn remaining<T: Bumps>(context: &mut Context<T>) -> Result<Views> {
    context.remaining_accounts().map_err(|_| KeelError::AccountUnexpected.into())
}

/// The framework's list of account views.
pub type Views = Vec<AccountView>;

/// Sorts the remaining accounts by type, into where the caller keeps them: half a kilobyte is filled in place, not copied.
///
/// Errors: `AccountForeign`, `AccountUnexpected`, `AccountOrder`, `AccountNotWritable`, `RangesAccountMissing`.
#[inline(never)]
pub fn load<'a>(
    loaded: &mut Loaded<'a>,
    views: &'a mut [AccountView],
    expected: &Expected,
) -> core::result::Result<(), KeelError> {
    let mut views = views.iter_mut().peekable();
    if let Some(account) = expected.companion_of {
        loaded.ranges = companion(&mut views, account, expected.holds_ranges)?;
    }
    let mut last_array = None;
    for view in views {
        match tag(view)? {
            MARKET => {
                let market: &Market = contents(view)?;
                let number = market.index_number;
                if last_array.is_some() || loaded.seen.markets.last().is_some_and(|last| last.index_number >= number) {
                    return Err(KeelError::AccountOrder);
                }
                if number == expected.traded {
                    return Err(KeelError::AccountUnexpected);
                }
                loaded.seen.markets.try_push(market).map_err(|_| KeelError::AccountUnexpected)?;
            }
            TICKS => {
                // By value, so that nothing refers to an account before it is known to be a new one.
                let place = array_place(view)?;
                if last_array.is_some_and(|last| last >= place) {
                    return Err(KeelError::AccountOrder);
                }
                last_array = Some(place);
                let (market, _) = place;
                if market == expected.traded {
                    if expected.writes_arrays && !view.is_writable() {
                        return Err(KeelError::AccountNotWritable);
                    }
                    // SAFETY: the places passed so far are strictly ascending and the program makes one array for each,
                    // so this account has not been seen before; its owner and type are checked above. Where the
                    // instruction only reads arrays, nothing is written through the reference, and the runtime would
                    // refuse it.
                    let array = unsafe { contents_mut(view) }?;
                    loaded.book.try_push(array).map_err(|_| KeelError::AccountUnexpected)?;
                } else if loaded.seen.markets.iter().any(|held| held.index_number == market) {
                    loaded.seen.arrays.try_push(contents(view)?).map_err(|_| KeelError::AccountUnexpected)?;
                } else {
                    return Err(KeelError::AccountForeign);
                }
            }
            BANK => {
                let bank: &Bank = contents(view)?;
                let is_late = !loaded.seen.markets.is_empty() || last_array.is_some();
                if is_late || loaded.seen.banks.last().is_some_and(|last| last.index >= bank.index) {
                    return Err(KeelError::AccountOrder);
                }
                loaded.seen.banks.try_push(bank).map_err(|_| KeelError::AccountUnexpected)?;
            }
            _ => return Err(KeelError::AccountUnexpected),
        }
    }
    Ok(())
}

/// The companion, where it comes first.
#[inline(always)]
fn companion<'a>(
    views: &mut Peekable<IterMut<'a, AccountView>>,
    account: &Address,
    holds_ranges: bool,
) -> core::result::Result<Option<&'a Ranges>, KeelError> {
    if let Some(view) = views.next_if(|view| tag(view) == Ok(RANGES)) {
        let ranges: &Ranges = contents(view)?;
        if !address_eq(bytemuck::cast_ref(&ranges.account), account) {
            return Err(KeelError::AccountForeign);
        }
        Ok(Some(ranges))
    } else if holds_ranges {
        Err(KeelError::RangesAccountMissing)
    } else {
        Ok(None)
    }
}

/// The remaining accounts of a trade with several legs, behind the price accounts. On the heap: they are too many for a
/// stack frame.
pub struct LoadedLegs<'a> {
    /// The ranges of the margin account.
    pub ranges: Option<&'a Ranges>,
    /// The legs' markets, ascending by number.
    pub legs: Vec<&'a mut Market>,
    /// Tick arrays of the legs' markets, ascending by market and index.
    pub books: Vec<&'a mut TickArray>,
    /// What is looked at beside the legs' markets.
    pub seen: Seen<'a>,
}

/// A book for each leg's market, out of what [`load_legs`] found.
pub fn books<'m, 'a>(
    legs: &'m mut [&'a mut Market],
    mut arrays: &'m mut [&'a mut TickArray],
) -> ArrayVec<Book<'m, 'a>, MAX_LEGS> {
    let mut books = ArrayVec::new();
    for market in legs {
        let count = arrays.iter().take_while(|array| array.market == market.index_number).count();
        let (own, behind) = core::mem::take(&mut arrays).split_at_mut(count);
        arrays = behind;
        if books.try_push(Book { market, arrays: own }).is_err() {
            break;
        }
    }
    books
}

/// Sorts the remaining accounts of a trade in these markets by type; a margin account's companion is not declared.
///
/// Errors: those of [`load`]; a leg's market is for the engine to miss.
#[inline(never)]
pub fn load_legs<'a>(
    views: &'a mut [AccountView],
    account: &MarginAccount,
    address: &Address,
    legs: &[u16],
) -> Result<LoadedLegs<'a>> {
    let mut views = views.iter_mut().peekable();
    let mut loaded = LoadedLegs {
        ranges: companion(&mut views, address, account.ranges != 0)?,
        legs: Vec::with_capacity(MAX_LEGS),
        books: Vec::with_capacity(MAX_LEG_ARRAYS),
        seen: Seen::default(),
    };
    let (mut last_market, mut last_array) = (0, None);
    for view in views {
        match tag(view)? {
            MARKET => {
                // By value, so that nothing refers to an account before it is known to be a new one.
                let number = contents::<Market>(view)?.index_number;
                if last_array.is_some() || last_market >= number {
                    return Err(KeelError::AccountOrder.into());
                }
                last_market = number;
                if legs.contains(&number) {
                    if !view.is_writable() {
                        return Err(KeelError::AccountNotWritable.into());
                    }
                    // SAFETY: the numbers passed so far are strictly ascending and the program makes one market for
                    // each, so this account has not been seen before; its owner and type are checked above.
                    let market = unsafe { contents_mut(view) }?;
                    push(&mut loaded.legs, MAX_LEGS, market)?;
                } else {
                    loaded.seen.markets.try_push(contents(view)?).map_err(|_| KeelError::AccountUnexpected)?;
                }
            }
            TICKS => {
                let place = array_place(view)?;
                if last_array.is_some_and(|last| last >= place) {
                    return Err(KeelError::AccountOrder.into());
                }
                last_array = Some(place);
                let (market, _) = place;
                if loaded.legs.iter().any(|leg| leg.index_number == market) {
                    if !view.is_writable() {
                        return Err(KeelError::AccountNotWritable.into());
                    }
                    // SAFETY: as for a tick array in `load`: strictly ascending places, one account for each.
                    let array = unsafe { contents_mut(view) }?;
                    push(&mut loaded.books, MAX_LEG_ARRAYS, array)?;
                } else if loaded.seen.markets.iter().any(|held| held.index_number == market) {
                    loaded.seen.arrays.try_push(contents(view)?).map_err(|_| KeelError::AccountUnexpected)?;
                } else {
                    return Err(KeelError::AccountForeign.into());
                }
            }
            BANK => {
                let bank: &Bank = contents(view)?;
                let is_late = last_market != 0 || last_array.is_some();
                if is_late || loaded.seen.banks.last().is_some_and(|last| last.index >= bank.index) {
                    return Err(KeelError::AccountOrder.into());
                }
                loaded.seen.banks.try_push(bank).map_err(|_| KeelError::AccountUnexpected)?;
            }
            _ => return Err(KeelError::AccountUnexpected.into()),
        }
    }
    Ok(loaded)
}

/// Takes a companion, to be changed, off the front of the remaining accounts: a must where the margin account needs it, and
/// no error where it does not any more.
///
/// Errors: `RangesAccountMissing`, `AccountForeign`, `AccountNotWritable`.
pub fn split_companion<'a>(
    views: &'a mut [AccountView],
    account: &Address,
    needed: bool,
) -> Result<(Option<&'a mut Ranges>, &'a mut [AccountView])> {
    if views.first().is_none_or(|view| tag(view) != Ok(RANGES)) {
        return if needed { Err(KeelError::RangesAccountMissing.into()) } else { Ok((None, views)) };
    }
    let (view, rest) = views.split_first_mut().ok_or(KeelError::RangesAccountMissing)?;
    require_companion(contents(view)?, account)?;
    if !needed {
        return Ok((None, rest));
    }
    if !view.is_writable() {
        return Err(KeelError::AccountNotWritable.into());
    }
    // SAFETY: its owner and type are checked above, the loader refuses any companion among the rest, and the framework one
    // that is declared.
    let ranges = unsafe { contents_mut(view) }?;
    Ok((Some(ranges), rest))
}

/// Refuses one more than there is room for: `AccountUnexpected`.
#[inline(always)]
fn push<T>(list: &mut Vec<T>, room: usize, item: T) -> core::result::Result<(), KeelError> {
    if list.len() >= room {
        return Err(KeelError::AccountUnexpected);
    }
    list.push(item);
    Ok(())
}

/// Reads the remaining accounts as other markets that the instruction changes.
///
/// Errors: `AccountForeign`, `AccountUnexpected`, `AccountOrder`, `AccountNotWritable`.
pub fn load_markets_mut(views: &mut [AccountView], traded: u16) -> Result<ArrayVec<&mut Market, MAX_MARKETS>> {
    let mut markets = ArrayVec::new();
    let mut last = 0;
    for view in views {
        if tag(view)? != MARKET {
            return Err(KeelError::AccountUnexpected.into());
        }
        let number = contents::<Market>(view)?.index_number;
        if number <= last {
            return Err(KeelError::AccountOrder.into());
        }
        last = number;
        if number == traded {
            return Err(KeelError::AccountUnexpected.into());
        }
        if !view.is_writable() {
            return Err(KeelError::AccountNotWritable.into());
        }
        // SAFETY: the numbers passed so far are strictly ascending, none is the declared market's, and the program makes
        // one market for each, so this account has not been seen before; its owner and type are checked above.
        let market = unsafe { contents_mut(view) }?;
        markets.try_push(market).map_err(|_| KeelError::AccountUnexpected)?;
    }
    Ok(markets)
}

/// The market that an account of this program must be. Errors: `AccountForeign`, `AccountUnexpected`.
pub fn market(view: &AccountView) -> Result<&Market> {
    if tag(view)? == MARKET { Ok(contents(view)?) } else { Err(KeelError::AccountUnexpected.into()) }
}

/// Reads the remaining accounts as banks that the instruction changes, in strictly ascending order of their numbers.
///
/// Errors: `AccountForeign`, `AccountUnexpected`, `AccountOrder`, `AccountNotWritable`.
pub fn load_banks_mut(views: &mut [AccountView]) -> Result<ArrayVec<&mut Bank, MAX_BANKS>> {
    let mut banks: ArrayVec<&mut Bank, MAX_BANKS> = ArrayVec::new();
    let mut last = None;
    for view in views {
        if tag(view)? != BANK {
            return Err(KeelError::AccountUnexpected.into());
        }
        let number = contents::<Bank>(view)?.index;
        if last.is_some_and(|last| last >= number) {
            return Err(KeelError::AccountOrder.into());
        }
        last = Some(number);
        if !view.is_writable() {
            return Err(KeelError::AccountNotWritable.into());
        }
        // SAFETY: the numbers passed so far are strictly ascending and the program makes one bank for each, so this
        // account has not been seen before; its owner and type are checked above.
        let bank = unsafe { contents_mut(view) }?;
        banks.try_push(bank).map_err(|_| KeelError::AccountUnexpected)?;
    }
    Ok(banks)
}

/// Refuses a declared companion of another margin account.
#[inline(always)]
pub fn require_companion(ranges: &Ranges, account: &Address) -> Result<()> {
    if address_eq(bytemuck::cast_ref(&ranges.account), account) {
        Ok(())
    } else {
        Err(KeelError::AccountForeign.into())
    }
}

const BANK: u64 = number_of(BankAccount::DISCRIMINATOR);
const MARKET: u64 = number_of(MarketAccount::DISCRIMINATOR);
const TICKS: u64 = number_of(TickArrayAccount::DISCRIMINATOR);
const RANGES: u64 = number_of(RangesAccount::DISCRIMINATOR);

/// A discriminator as a number.
#[allow(clippy::expect_used, reason = "evaluated at compile time only")]
const fn number_of(discriminator: &[u8]) -> u64 {
    u64::from_le_bytes(*discriminator.first_chunk().expect("discriminators have 8 bytes"))
}

/// Length of the discriminator.
const TAG_LENGTH: usize = 8;

/// The discriminator of an account of this program. Errors: `AccountForeign`, `AccountUnexpected`.
#[inline(always)]
fn tag(view: &AccountView) -> core::result::Result<u64, KeelError> {
    if !address_eq(view.owner(), &crate::ID) {
        return Err(KeelError::AccountForeign);
    }
    bytes(view).first_chunk().map(|tag| u64::from_le_bytes(*tag)).ok_or(KeelError::AccountUnexpected)
}

/// The data of an account.
#[inline(always)]
fn bytes(view: &AccountView) -> &[u8] {
    // SAFETY: the framework refuses a remaining account that is also declared as writable. A mutable reference to the
    // data of a remaining account is handed out by `load`, `load_legs`, `load_markets_mut` and `split_companion` only;
    // seeing that account again is an error before what was handed out is used.
    unsafe { view.borrow_unchecked() }
}

/// The engine's struct in an account: exact length, aligned.
#[inline(always)]
fn contents<T: Pod>(view: &AccountView) -> core::result::Result<&T, KeelError> {
    let data = bytes(view).get(TAG_LENGTH..).ok_or(KeelError::AccountUnexpected)?;
    bytemuck::try_from_bytes(data).map_err(|_| KeelError::AccountUnexpected)
}

/// [`contents`], for changing them.
///
/// # Safety
///
/// Nothing else refers to the data of the account while the result is in use.
#[inline(always)]
unsafe fn contents_mut<T: Pod>(view: &mut AccountView) -> core::result::Result<&mut T, KeelError> {
    // SAFETY: the caller vouches for it.
    let data = unsafe { view.borrow_unchecked_mut() };
    let data = data.get_mut(TAG_LENGTH..).ok_or(KeelError::AccountUnexpected)?;
    bytemuck::try_from_bytes_mut(data).map_err(|_| KeelError::AccountUnexpected)
}

/// Market number and index of a tick array.
#[inline(always)]
fn array_place(view: &AccountView) -> core::result::Result<(u16, i32), KeelError> {
    let array: &TickArray = contents(view)?;
    Ok((array.market, array.index))
}
