//! The loader against remaining accounts that are in order, and against every way in which they are not.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use anchor_lang::testing::AccountBuffer;
use anchor_lang::{AccountView, Address, Discriminator, bytemuck};
use keel::KeelError;
use keel::loader::{
    Expected, Loaded, MAX_ARRAYS, MAX_LEG_ARRAYS, books, load, load_legs, load_markets_mut, split_companion,
};
use keel::state::{BankAccount, MarketAccount, RangesAccount, TickArrayAccount};
use keel_engine::state::{Bank, MarginAccount, Market, Ranges, TickArray};

/// Number of the declared market.
const TRADED: u16 = 3;

/// An account in memory, as the runtime lays it out.
struct Account {
    buffer: Box<AccountBuffer<8_448>>,
}

impl Account {
    fn new(seed: u8, discriminator: &[u8], contents: &[u8], writable: bool) -> Self {
        let buffer = Box::new(AccountBuffer::new());
        let data = [discriminator, contents].concat();
        buffer.init([seed; 32], keel::ID.to_bytes(), data.len(), false, writable, false);
        buffer.write_data(&data);
        Self { buffer }
    }

    fn market(number: u16) -> Self {
        let mut market: Market = bytemuck::Zeroable::zeroed();
        market.index_number = number;
        Self::new(number as u8, MarketAccount::DISCRIMINATOR, bytemuck::bytes_of(&market), true)
    }

    fn bank(number: u8) -> Self {
        let mut bank: Bank = bytemuck::Zeroable::zeroed();
        bank.index = number;
        Self::new(150 + number, BankAccount::DISCRIMINATOR, bytemuck::bytes_of(&bank), false)
    }

    fn array(market: u16, index: i32) -> Self {
        Self::array_with(market, index, true)
    }

    fn array_with(market: u16, index: i32, writable: bool) -> Self {
        let mut array: TickArray = bytemuck::Zeroable::zeroed();
        (array.market, array.index) = (market, index);
        Self::new(100, TickArrayAccount::DISCRIMINATOR, bytemuck::bytes_of(&array), writable)
    }

    fn ranges(account: Address) -> Self {
        Self::ranges_with(account, false)
    }

    fn ranges_with(account: Address, writable: bool) -> Self {
        let mut ranges: Ranges = bytemuck::Zeroable::zeroed();
        ranges.account = account.to_bytes();
        Self::new(200, RangesAccount::DISCRIMINATOR, bytemuck::bytes_of(&ranges), writable)
    }

    fn view(&self) -> AccountView {
        // SAFETY: initialised above, and the box outlives the test's use of the view.
        unsafe { self.buffer.view() }
    }
}

const OWNER: Address = Address::new_from_array([9; 32]);

fn trading() -> Expected<'static> {
    Expected { companion_of: Some(&OWNER), holds_ranges: false, traded: TRADED, writes_arrays: true }
}

/// What was loaded: whether there are ranges, numbers of markets, indices of the book, places of the other arrays.
type Sorted = (bool, Vec<u16>, Vec<i32>, Vec<(u16, i32)>);

fn sort(accounts: &[&Account], expected: &Expected) -> Result<Sorted, anchor_lang::Error> {
    let mut views: Vec<AccountView> = accounts.iter().map(|account| account.view()).collect();
    let mut loaded = Loaded::default();
    load(&mut loaded, &mut views, expected)?;
    Ok((
        loaded.ranges.is_some(),
        loaded.seen.markets.iter().map(|market| market.index_number).collect(),
        loaded.book.iter().map(|array| array.index).collect(),
        loaded.seen.arrays.iter().map(|array| (array.market, array.index)).collect(),
    ))
}

fn refusal(accounts: &[&Account], expected: &Expected) -> anchor_lang::Error {
    sort(accounts, expected).expect_err("it is refused")
}

fn is(error: KeelError) -> anchor_lang::Error {
    error.into()
}

#[test]
fn everything_in_order_is_sorted_by_type() {
    let (ranges, two, five) = (Account::ranges(OWNER), Account::market(2), Account::market(5));
    let arrays = [(2, -1), (2, 4), (TRADED, -7), (TRADED, 0), (5, 1)].map(|(m, i)| Account::array(m, i));
    let [a, b, c, d, e] = &arrays;
    let expected = Expected { holds_ranges: true, ..trading() };
    let sorted = sort(&[&ranges, &two, &five, a, b, c, d, e], &expected);
    assert_eq!(sorted, Ok((true, vec![2, 5], vec![-7, 0], vec![(2, -1), (2, 4), (5, 1)])));
    assert_eq!(sort(&[], &trading()), Ok((false, vec![], vec![], vec![])));
}

/// Numbers of the banks that were loaded, for a health check and for legs in the traded market.
fn banks(accounts: &[&Account]) -> [Result<Vec<u8>, anchor_lang::Error>; 2] {
    let views = || accounts.iter().map(|account| account.view()).collect::<Vec<AccountView>>();
    let numbers = |banks: &[&Bank]| banks.iter().map(|bank| bank.index).collect();
    let (mut plain, mut legs) = (views(), views());
    let mut loaded = Loaded::default();
    let plain = load(&mut loaded, &mut plain, &trading()).map(|()| numbers(&loaded.seen.banks));
    let account: MarginAccount = bytemuck::Zeroable::zeroed();
    let legs = load_legs(&mut legs, &account, &OWNER, &[TRADED]).map(|loaded| numbers(&loaded.seen.banks));
    [plain.map_err(anchor_lang::Error::from), legs]
}

#[test]
fn banks_ascend_strictly_between_the_companion_and_the_markets() {
    let (ranges, market, array) = (Account::ranges(OWNER), Account::market(5), Account::array(5, 0));
    let all = [0, 1, 2, 3].map(Account::bank);
    let [zero, one, two, three] = &all;
    let every = Ok(vec![0, 1, 2, 3]);
    assert_eq!(banks(&[&ranges, zero, one, two, three, &market, &array]), [every.clone(), every]);
    assert_eq!(banks(&[two]), [Ok(vec![2]), Ok(vec![2])]);
    for wrong in [&[two, one][..], &[one, one], &[&market, one], &[&market, &array, one], &[one, &market, two]] {
        assert_eq!(banks(wrong), [Err(is(KeelError::AccountOrder)), Err(is(KeelError::AccountOrder))]);
    }
    let behind = [Err(is(KeelError::AccountUnexpected)), Err(is(KeelError::AccountUnexpected))];
    assert_eq!(banks(&[one, &ranges]), behind);
}

#[test]
fn a_companion_is_a_must_with_ranges_and_may_be_passed_without() {
    let ranges = Account::ranges(OWNER);
    let expected = Expected { holds_ranges: true, ..trading() };
    assert_eq!(refusal(&[], &expected), is(KeelError::RangesAccountMissing));
    assert_eq!(refusal(&[&Account::market(1)], &expected), is(KeelError::RangesAccountMissing));
    assert!(sort(&[&ranges], &trading()).is_ok());
}

#[test]
fn a_companion_of_another_account_or_in_another_place_is_refused() {
    let (ranges, market) = (Account::ranges(OWNER), Account::market(1));
    let foreign = Account::ranges(Address::new_from_array([8; 32]));
    assert_eq!(refusal(&[&foreign], &trading()), is(KeelError::AccountForeign));
    assert_eq!(refusal(&[&market, &ranges], &trading()), is(KeelError::AccountUnexpected));
    assert_eq!(refusal(&[&ranges, &ranges], &trading()), is(KeelError::AccountUnexpected));
    let declared = Expected { companion_of: None, ..trading() };
    assert_eq!(refusal(&[&ranges], &declared), is(KeelError::AccountUnexpected));
}

#[test]
fn markets_ascend_strictly_and_leave_out_the_traded_one() {
    let [one, two, traded] = [1, 2, TRADED].map(Account::market);
    assert_eq!(refusal(&[&two, &one], &trading()), is(KeelError::AccountOrder));
    assert_eq!(refusal(&[&two, &two], &trading()), is(KeelError::AccountOrder));
    assert_eq!(refusal(&[&two, &traded], &trading()), is(KeelError::AccountUnexpected));
    let many: Vec<Account> = (10..26).map(Account::market).collect();
    let many: Vec<&Account> = many.iter().collect();
    assert!(sort(&many[..15], &trading()).is_ok());
    assert_eq!(refusal(&many, &trading()), is(KeelError::AccountUnexpected));
}

#[test]
fn arrays_ascend_strictly_after_the_markets() {
    let market = Account::market(1);
    let [low, high, other] = [(TRADED, -1), (TRADED, 0), (1, 5)].map(|(m, i)| Account::array(m, i));
    assert_eq!(refusal(&[&high, &low], &trading()), is(KeelError::AccountOrder));
    assert_eq!(refusal(&[&low, &low], &trading()), is(KeelError::AccountOrder));
    assert_eq!(refusal(&[&market, &low, &other], &trading()), is(KeelError::AccountOrder));
    assert_eq!(refusal(&[&low, &market], &trading()), is(KeelError::AccountOrder));
    let many: Vec<Account> = (0..=MAX_ARRAYS as i32).map(|index| Account::array(TRADED, index)).collect();
    let many: Vec<&Account> = many.iter().collect();
    assert!(sort(&many[..MAX_ARRAYS], &trading()).is_ok());
    assert_eq!(refusal(&many, &trading()), is(KeelError::AccountUnexpected));
}

#[test]
fn an_array_of_a_market_that_is_not_here_is_foreign() {
    let other = Account::array(1, 0);
    assert_eq!(refusal(&[&other], &trading()), is(KeelError::AccountForeign));
    assert_eq!(refusal(&[&Account::market(2), &other], &trading()), is(KeelError::AccountForeign));
    let view = Expected { traded: 0, writes_arrays: false, ..trading() };
    assert_eq!(refusal(&[&Account::array(TRADED, 0)], &view), is(KeelError::AccountForeign));
}

#[test]
fn arrays_of_the_traded_market_are_writable_where_they_are_written() {
    let fixed = Account::array_with(TRADED, 0, false);
    assert_eq!(refusal(&[&fixed], &trading()), is(KeelError::AccountNotWritable));
    assert!(sort(&[&fixed], &trading().reading()).is_ok());
    let (market, fixed) = (Account::market(1), Account::array_with(1, 0, false));
    assert!(sort(&[&market, &fixed], &trading()).is_ok());
}

#[test]
fn an_account_of_another_program_is_foreign() {
    let market = Account::market(1);
    market.buffer.set_owner([4; 32]);
    assert_eq!(refusal(&[&market], &trading()), is(KeelError::AccountForeign));
    let array = Account::array(TRADED, 0);
    array.buffer.set_owner([0; 32]);
    assert_eq!(refusal(&[&array], &trading()), is(KeelError::AccountForeign));
}

#[test]
fn another_type_or_length_is_unexpected() {
    let market: Market = bytemuck::Zeroable::zeroed();
    let contents = bytemuck::bytes_of(&market);
    let disguised = Account::new(1, TickArrayAccount::DISCRIMINATOR, contents, true);
    assert_eq!(refusal(&[&disguised], &trading()), is(KeelError::AccountUnexpected));
    let closed = Account::new(1, &[255; 8], contents, true);
    assert_eq!(refusal(&[&closed], &trading()), is(KeelError::AccountUnexpected));
    let short = Account::new(1, &MarketAccount::DISCRIMINATOR[..7], &[], true);
    assert_eq!(refusal(&[&short], &trading()), is(KeelError::AccountUnexpected));
    let bare = Account::new(1, MarketAccount::DISCRIMINATOR, &contents[..contents.len() - 8], true);
    assert_eq!(refusal(&[&bare], &trading()), is(KeelError::AccountUnexpected));
    let long = Account::new(1, MarketAccount::DISCRIMINATOR, &[contents, &[0; 8]].concat(), true);
    assert_eq!(refusal(&[&long], &trading()), is(KeelError::AccountUnexpected));
}

#[test]
fn markets_to_be_changed_are_writable_markets_in_order() {
    let try_load = |accounts: &[&Account]| {
        let mut views: Vec<AccountView> = accounts.iter().map(|account| account.view()).collect();
        load_markets_mut(&mut views, TRADED).map(|markets| markets.len())
    };
    let [one, two, traded] = [1, 2, TRADED].map(Account::market);
    assert_eq!(try_load(&[&one, &two]), Ok(2));
    assert_eq!(try_load(&[&two, &one]), Err(is(KeelError::AccountOrder)));
    assert_eq!(try_load(&[&one, &one]), Err(is(KeelError::AccountOrder)));
    assert_eq!(try_load(&[&one, &traded]), Err(is(KeelError::AccountUnexpected)));
    assert_eq!(try_load(&[&Account::array(1, 0)]), Err(is(KeelError::AccountUnexpected)));
    let market: Market = bytemuck::Zeroable::zeroed();
    let zero = Account::new(1, MarketAccount::DISCRIMINATOR, bytemuck::bytes_of(&market), true);
    assert_eq!(try_load(&[&zero]), Err(is(KeelError::AccountOrder)));
    let fixed = Account::market(1);
    let data = fixed.buffer.read_data().to_vec();
    fixed.buffer.init([1; 32], keel::ID.to_bytes(), data.len(), false, false, false);
    assert_eq!(try_load(&[&fixed]), Err(is(KeelError::AccountNotWritable)));
}

/// Numbers of the legs' markets and of the others, places of the legs' arrays and of the others, and how many arrays each
/// leg's book has.
type SortedLegs = (Vec<u16>, Vec<u16>, Vec<(u16, i32)>, Vec<(u16, i32)>, Vec<usize>);

fn sort_legs(accounts: &[&Account], legs: &[u16]) -> Result<SortedLegs, anchor_lang::Error> {
    let mut views: Vec<AccountView> = accounts.iter().map(|account| account.view()).collect();
    let holder: MarginAccount = bytemuck::Zeroable::zeroed();
    let mut loaded = load_legs(&mut views, &holder, &OWNER, legs)?;
    let places = |arrays: &[&mut TickArray]| arrays.iter().map(|array| (array.market, array.index)).collect();
    Ok((
        loaded.legs.iter().map(|market| market.index_number).collect(),
        loaded.seen.markets.iter().map(|market| market.index_number).collect(),
        places(&loaded.books),
        loaded.seen.arrays.iter().map(|array| (array.market, array.index)).collect(),
        books(&mut loaded.legs, &mut loaded.books).iter().map(|book| book.arrays.len()).collect(),
    ))
}

#[test]
fn legs_have_their_markets_and_arrays_among_the_others() {
    let markets = [1, 2, 4, 5].map(Account::market);
    let [one, two, four, five] = &markets;
    let arrays = [(1, 0), (2, -3), (2, 7), (4, 1), (5, 0)].map(|(m, i)| Account::array(m, i));
    let [a, b, c, d, e] = &arrays;
    let sorted = sort_legs(&[one, two, four, five, a, b, c, d, e], &[2, 4, 5]);
    let legs_arrays = vec![(2, -3), (2, 7), (4, 1), (5, 0)];
    assert_eq!(sorted, Ok((vec![2, 4, 5], vec![1], legs_arrays, vec![(1, 0)], vec![2, 1, 1])));
    // A leg without arrays has an empty book; one that is missing is for the handler to miss.
    let sorted = sort_legs(&[two, five, e], &[2, 4, 5]);
    assert_eq!(sorted, Ok((vec![2, 5], vec![], vec![(5, 0)], vec![], vec![0, 1])));
}

#[test]
fn what_legs_write_is_writable_in_order_and_theirs() {
    let refused = |accounts: &[&Account], legs: &[u16]| sort_legs(accounts, legs).expect_err("it is refused");
    let [one, two] = [1, 2].map(Account::market);
    assert_eq!(refused(&[&two, &one], &[1, 2]), is(KeelError::AccountOrder));
    assert_eq!(refused(&[&one, &one], &[1]), is(KeelError::AccountOrder));
    assert_eq!(refused(&[&Account::array(1, 0)], &[1]), is(KeelError::AccountForeign));
    let [low, high] = [0, 1].map(|index| Account::array(1, index));
    assert_eq!(refused(&[&one, &high, &low], &[1]), is(KeelError::AccountOrder));
    assert_eq!(refused(&[&one, &low, &low], &[1]), is(KeelError::AccountOrder));
    assert_eq!(refused(&[&one, &low, &two], &[1]), is(KeelError::AccountOrder));
    let fixed = Account::array_with(1, 0, false);
    assert_eq!(refused(&[&one, &fixed], &[1]), is(KeelError::AccountNotWritable));
    assert!(sort_legs(&[&one, &two, &fixed], &[2]).is_ok(), "only looked at");
    let data = one.buffer.read_data().to_vec();
    one.buffer.init([1; 32], keel::ID.to_bytes(), data.len(), false, false, false);
    assert_eq!(refused(&[&one], &[1]), is(KeelError::AccountNotWritable));
    assert!(sort_legs(&[&one, &two], &[2]).is_ok());
    assert_eq!(refused(&[&Account::ranges(OWNER), &Account::ranges(OWNER)], &[1]), is(KeelError::AccountUnexpected));
    let many: Vec<Account> = (0..=MAX_LEG_ARRAYS as i32).map(|index| Account::array(2, index)).collect();
    let many: Vec<&Account> = std::iter::once(&two).chain(&many).collect();
    assert!(sort_legs(&many[..=MAX_LEG_ARRAYS], &[2]).is_ok());
    assert_eq!(refused(&many, &[2]), is(KeelError::AccountUnexpected));
}

#[test]
fn a_companion_to_be_changed_comes_first_and_is_writable() {
    let try_split = |accounts: &[&Account], needed: bool| {
        let mut views: Vec<AccountView> = accounts.iter().map(|account| account.view()).collect();
        split_companion(&mut views, &OWNER, needed).map(|(ranges, rest)| (ranges.is_some(), rest.len()))
    };
    let (fixed, market) = (Account::ranges(OWNER), Account::market(1));
    let writable = Account::ranges_with(OWNER, true);
    let foreign = Account::ranges_with(Address::new_from_array([8; 32]), true);
    assert_eq!(try_split(&[&writable, &market], true), Ok((true, 1)));
    assert_eq!(try_split(&[&fixed, &market], true), Err(is(KeelError::AccountNotWritable)));
    assert_eq!(try_split(&[&foreign, &market], true), Err(is(KeelError::AccountForeign)));
    assert_eq!(try_split(&[&market, &writable], true), Err(is(KeelError::RangesAccountMissing)));
    assert_eq!(try_split(&[], true), Err(is(KeelError::RangesAccountMissing)));
    // Ranges may have been closed a moment earlier.
    assert_eq!(try_split(&[&fixed, &market], false), Ok((false, 1)));
    assert_eq!(try_split(&[&foreign, &market], false), Err(is(KeelError::AccountForeign)));
    assert_eq!(try_split(&[&market], false), Ok((false, 1)));
}
