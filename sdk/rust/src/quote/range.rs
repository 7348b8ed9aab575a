//! A range that is put on the curve or taken off it, before it is sent.

use keel_engine::book::{Book, array_index};
use keel_engine::delegate::{self, MAY_RANGE, Watch};
use keel_engine::listing::{VERSION, init_tick_array};
use keel_engine::oracle::Sample;
use keel_engine::ranges::{self as rules, Entitlement, RangeRequest};
use keel_engine::state::{MarginAccount, Market, Range, Ranges, TickArray};
use keel_engine::view::Others;
use keel_engine::{Error, Now, liquidity, pot, refresh};
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;

use super::changed::Changed;
use super::scene::{Scene, health_of};
use super::{health, sample_of};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::instructions::{AddRange, RemoveRange};
use crate::views::HealthView;

/// What adding a range would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeQuote {
    /// Slot that it would get.
    pub slot: u8,
    /// Indices of the tick arrays at its ends that have to be made in front of it.
    pub creates: [Option<i32>; 2],
    /// Whether the companion has to be opened in front of it.
    pub opens_ranges: bool,
    /// The range.
    pub range: Range,
    /// The market after it.
    pub market: Market,
    /// The margin account after it.
    pub account: MarginAccount,
    /// Its companion after it.
    pub ranges: Ranges,
    /// Health before, in the market as the instruction finds it: brought up to date, with the update taken.
    pub health_before: HealthView,
    /// Health after.
    pub health_after: HealthView,
}

/// What removing a range would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemovalQuote {
    /// What it folds into the account's position.
    pub folded: Entitlement,
    /// The market after it.
    pub market: Market,
    /// The margin account after it.
    pub account: MarginAccount,
    /// Its companion after it.
    pub ranges: Ranges,
    /// Health before, in markets as the chain has them.
    pub health_before: HealthView,
    /// Health after.
    pub health_after: HealthView,
}

/// What adding a range would do now. `sample` is the update that its price account will hold; without one it is read from
/// the account as it is. Tick arrays at its ends and a companion that are not there yet count as made by its owner in front
/// of it, and the quote says which.
///
/// Errors: those of [`AddRange::instruction`], what of its accounts is missing, and every refusal of the program.
pub fn add_range(accounts: &impl Accounts, add: &AddRange, sample: Option<&Sample>, now: Now) -> Result<RangeQuote> {
    if sample.is_none() {
        accounts.announce(&[add.price]);
    }
    let instruction = add.instruction(accounts)?;
    let passed = instruction.accounts.get(AddRange::DECLARED..).unwrap_or_default();
    let mut market = chain::market(accounts, add.market)?;
    let mut account: MarginAccount = chain::load(accounts, &add.account)?;
    let Prepared { accounts, creates, opens_ranges } = prepared(accounts, add, &market, passed)?;
    let mut scene = Scene::load(&accounts, passed, add.market)?;
    let mut ranges: Ranges = chain::load(&accounts, &address::ranges(&add.account))?;
    let sample = sample_of(&accounts, sample, &add.price, &market)?;
    let Added { slot, health: [health_before, health_after] } = scene
        .play(&mut market, |book, _, others| play(book, (&mut account, &mut ranges, others), add, &sample, now))?;
    let range = *ranges.ranges.get(slot).ok_or(Error::RangeNotFound)?;
    let slot = u8::try_from(slot).map_err(|_| Error::RangeNotFound)?;
    Ok(RangeQuote { slot, creates, opens_ranges, range, market, account, ranges, health_before, health_after })
}

/// Accounts with those that are to be made in front of a range.
struct Prepared<'a, A> {
    accounts: Changed<'a, A>,
    creates: [Option<i32>; 2],
    opens_ranges: bool,
}

/// Makes what a range needs and is not there.
fn prepared<'a, A: Accounts>(
    accounts: &'a A,
    add: &AddRange,
    market: &Market,
    passed: &[AccountMeta],
) -> Result<Prepared<'a, A>> {
    let companion = address::ranges(&add.account);
    let addresses: Vec<Pubkey> = passed.iter().map(|meta| meta.pubkey).chain([companion]).collect();
    accounts.announce(&addresses);
    let mut prepared = Prepared { accounts: Changed::new(accounts), creates: [None; 2], opens_ranges: false };
    let spacing = market.params.tick_spacing;
    let (lower, upper) = (array_index(add.lower, spacing)?, array_index(add.upper, spacing)?);
    let ends = [Some(lower), Some(upper).filter(|upper| *upper != lower)];
    for (end, creates) in ends.into_iter().zip(&mut prepared.creates) {
        let Some((index, at)) = end.map(|index| (index, address::tick_array(add.market, index))) else { continue };
        if accounts.get(&at).is_none() {
            let mut array: TickArray = bytemuck::Zeroable::zeroed();
            init_tick_array(
                &mut array,
                market,
                index,
                address::tick_array_bump(add.market, index),
                add.owner.to_bytes(),
            )?;
            prepared.accounts = prepared.accounts.with(at, &array);
            *creates = Some(index);
        }
    }
    if accounts.get(&companion).is_none() {
        let (account, bump) = (add.account.to_bytes(), address::ranges_bump(&add.account));
        let ranges = Ranges { account, bump, version: VERSION, ..bytemuck::Zeroable::zeroed() };
        prepared.accounts = prepared.accounts.with(companion, &ranges);
        prepared.opens_ranges = true;
    }
    Ok(prepared)
}

/// What is seen while a range is added.
struct Added {
    slot: usize,
    health: [HealthView; 2],
}

/// The program's handler, with a look around before and after.
fn play(
    book: &mut Book,
    (account, ranges, others): (&mut MarginAccount, &mut Ranges, Others),
    add: &AddRange,
    sample: &Sample,
    now: Now,
) -> keel_engine::Result<Added> {
    let by = delegate::allows(account, &add.owner.to_bytes(), MAY_RANGE, add.market, now)?;
    let _refreshed = refresh::refresh(book.market, Some(sample), now)?;
    let before = health_of(book, account, Some(ranges), others, now)?;
    let AddRange { lower, upper, liquidity, min_sqrt_price, max_sqrt_price, .. } = *add;
    let request = RangeRequest { lower, upper, liquidity, min_sqrt_price, max_sqrt_price };
    let watch = Watch::begin(by, book, account, Some(ranges), others)?;
    let slot = liquidity::add(book, account, ranges, others, &request, now)?;
    watch.end(book, account, Some(ranges), others)?;
    Ok(Added { slot, health: [before, health_of(book, account, Some(ranges), others, now)?] })
}

/// What removing a range would do now.
///
/// Errors: those of [`RemoveRange::instruction`], what is missing, and every refusal of the program.
pub fn remove_range(accounts: &impl Accounts, remove: &RemoveRange, now: Now) -> Result<RemovalQuote> {
    let health_before = health(accounts, &remove.account, now)?;
    let instruction = remove.instruction(accounts)?;
    let companion = address::ranges(&remove.account);
    let mut ranges: Ranges = chain::load(accounts, &companion)?;
    let mut account: MarginAccount = chain::load(accounts, &remove.account)?;
    let slot = usize::from(remove.slot);
    let number = ranges.ranges.get(slot).ok_or(Error::RangeNotFound)?.market;
    let mut market = chain::market(accounts, number)?;
    let passed = instruction.accounts.get(RemoveRange::DECLARED..).unwrap_or_default();
    let mut scene = Scene::load(accounts, passed, number)?;

    let _ = delegate::allows(&account, &remove.owner.to_bytes(), MAY_RANGE, number, now)?;
    let folded =
        scene.play(&mut market, |book, _, _| rules::close(book, &mut account, &mut ranges, slot, false, now))?;
    pot::drop_if_done(&mut market, &mut account);

    let after = Changed::new(accounts)
        .with(remove.account, &account)
        .with(companion, &ranges)
        .with(address::market(number), &market);
    let after =
        scene.book.iter().fold(after, |after, array| after.with(address::tick_array(number, array.index), array));
    let health_after = health(&after, &remove.account, now)?;
    Ok(RemovalQuote { folded, market, account, ranges, health_before, health_after })
}
