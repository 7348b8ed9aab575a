//! Balances from events alone; with one event missing, exactly what it could have changed is in doubt.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use bytemuck::Zeroable;
use keel_engine::units::Wide;
use keel_sdk::events::*;
use keel_sdk::replay::{Gap, Position, Range, Replay, Told};
use solana_pubkey::Pubkey;

const A: Pubkey = Pubkey::new_from_array([1; 32]);
const B: Pubkey = Pubkey::new_from_array([2; 32]);
const OWNER: Pubkey = Pubkey::new_from_array([3; 32]);
const KEEPER: Pubkey = Pubkey::new_from_array([4; 32]);
const RANGE: Range = Range { market: 1, lower: -20, upper: 40, liquidity: 1 << 70 };

const fn certain<T>(value: T) -> Told<T> {
    Told { value, is_certain: true }
}

const fn doubtful<T>(value: T) -> Told<T> {
    Told { value, is_certain: false }
}

fn opened(account: Pubkey) -> Event {
    AccountOpened { account, owner: OWNER, ..AccountOpened::zeroed() }.into()
}

fn deposited(sequence: u64, account: Pubkey, capital: u64, booked: u64) -> Event {
    Deposited { sequence, account, capital, booked, ..Deposited::zeroed() }.into()
}

fn holding(capital: u64, base: i64, quote: i64) -> Holding {
    Holding { capital, base, quote, ..Holding::zeroed() }
}

fn ledger(pot: u64) -> Ledger {
    Ledger { pot, ..Ledger::zeroed() }
}

fn traded(market: u16, sequence: u64, account: Pubkey, holding: Holding, pot: u64) -> Event {
    Traded { sequence, market, account, holding, ledger: ledger(pot), ..Traded::zeroed() }.into()
}

fn added(sequence: u64, account: Pubkey, slot: u8, range: Range) -> Event {
    let Range { market, lower, upper, liquidity } = range;
    let liquidity = Wide::new(liquidity);
    RangeAdded { sequence, account, slot, market, lower, upper, liquidity, ..RangeAdded::zeroed() }.into()
}

fn folded(sequence: u64, account: Pubkey, slot: u8, what: u8) -> Event {
    RangeFolded { sequence, market: 1, account, slot, what, holding: holding(900, 5, -6), ..RangeFolded::zeroed() }
        .into()
}

fn refreshed(market: u16, sequence: u64) -> Event {
    Refreshed { sequence, market, ..Refreshed::zeroed() }.into()
}

/// Two accounts with 1,000 atoms each, and two markets.
fn funded() -> Replay {
    let mut replay = Replay::new();
    let listing: [Event; 4] = [
        ExchangeInitialized { sequence: 1, admin: OWNER, ..ExchangeInitialized::zeroed() }.into(),
        BankAdded { sequence: 2, ..BankAdded::zeroed() }.into(),
        MarketCreated { sequence: 3, number: 1, ..MarketCreated::zeroed() }.into(),
        MarketCreated { sequence: 4, number: 2, ..MarketCreated::zeroed() }.into(),
    ];
    assert_eq!(replay.feed(&listing), []);
    assert_eq!(replay.feed(&[opened(A), deposited(1, A, 1_000, 1_000)]), []);
    assert_eq!(replay.feed(&[opened(B), deposited(2, B, 1_000, 2_000)]), []);
    assert!(replay.is_certain());
    replay
}

#[test]
fn balances_are_what_was_told_last() {
    let mut replay = funded();
    let gaps = replay.feed(&[
        traded(1, 1, A, holding(1_000, 7, -70), 0),
        traded(2, 1, A, holding(990, -3, 30), 4),
        added(2, B, 2, RANGE),
        folded(3, B, 2, 0),
        refreshed(1, 4),
    ]);
    assert_eq!(gaps, []);
    let (a, b) = (&replay.accounts()[&A], &replay.accounts()[&B]);
    assert_eq!((a.owner, a.usdc(), a.flagged), (Some(OWNER), certain(990), certain(false)));
    assert_eq!(a.position(1), certain(Position { base: 7, quote: -70, ..Position::default() }));
    assert_eq!(a.position(2), certain(Position { base: -3, quote: 30, ..Position::default() }));
    assert_eq!(a.position(3), certain(Position::default()), "it was opened with nothing");
    assert_eq!(a.markets().collect::<Vec<_>>(), [1, 2]);
    assert_eq!((b.usdc(), b.ranges[2], b.ranges[0]), (certain(900), certain(Some(RANGE)), certain(None)));
    assert_eq!(b.position(1).value.base, 5);
    assert_eq!(replay.banks()[&0].booked, certain(2_000));
    assert_eq!((replay.markets()[&1].sequence, replay.markets()[&2].ledger), (4, certain(ledger(4))));
    assert!(replay.is_certain() && !replay.uncertain(1) && !replay.may_lack_accounts());

    let _ = replay.feed(&[folded(5, B, 2, 1), AccountClosed { account: A, owner: OWNER }.into()]);
    assert_eq!(replay.accounts()[&B].ranges[2], certain(None));
    assert!(!replay.accounts().contains_key(&A));
}

#[test]
fn a_withdrawal_a_liquidation_and_a_resolution_tell_of_all_they_touch() {
    let mut replay = funded();
    let flag = LiquidationBegun { account: A, ..LiquidationBegun::zeroed() };
    let step = Liquidated {
        sequence: 1,
        market: 1,
        account: A,
        keeper_account: KEEPER,
        keeper_capital: 55,
        holding: holding(1, 2, 3),
        flagged: 1,
        ..Liquidated::zeroed()
    };
    let withdrawn = Withdrawn { sequence: 3, account: B, capital: 400, booked: 1_400, ..Withdrawn::zeroed() };
    let _ = replay.feed(&[opened(KEEPER), flag.into(), step.into(), withdrawn.into()]);
    assert_eq!((replay.accounts()[&A].usdc(), replay.accounts()[&A].flagged), (certain(1), certain(true)));
    assert_eq!(replay.accounts()[&KEEPER].usdc(), certain(55));
    assert_eq!((replay.accounts()[&B].usdc(), replay.banks()[&0].booked), (certain(400), certain(1_400)));

    let consumed = ClaimConsumed { sequence: 1, market: 2, account: A, ledger: ledger(8), ..ClaimConsumed::zeroed() };
    let resolved = Resolved { sequence: 2, market: 1, account: A, ledger: ledger(9), ..Resolved::zeroed() };
    assert_eq!(replay.feed(&[consumed.into(), resolved.into()]), []);
    assert_eq!((replay.markets()[&1].ledger, replay.markets()[&2].ledger), (certain(ledger(9)), certain(ledger(8))));
    assert_eq!(replay.accounts()[&A].flagged, certain(false));
    assert!(replay.is_certain());
}

#[test]
fn what_waits_is_told_from_queue_to_payment() {
    let mut replay = funded();
    let queued = WithdrawalQueued { sequence: 3, account: A, capital: 300, queued: 700, ..WithdrawalQueued::zeroed() };
    let more = WithdrawalQueued { sequence: 4, account: B, capital: 950, queued: 750, ..WithdrawalQueued::zeroed() };
    assert_eq!(replay.feed(&[queued.into(), more.into()]), []);
    assert_eq!((replay.banks()[&0].queued, replay.banks()[&0].booked), (certain(750), certain(2_000)));
    assert_eq!((replay.accounts()[&A].usdc(), replay.accounts()[&B].usdc()), (certain(300), certain(950)));

    let paid =
        WithdrawalPaid { sequence: 5, account: A, capital: 300, booked: 1_700, queued: 450, ..Zeroable::zeroed() };
    let back = WithdrawalPaid {
        sequence: 6,
        account: A,
        capital: 700,
        booked: 1_700,
        queued: 50,
        flagged: 1,
        ..WithdrawalPaid::zeroed()
    };
    assert_eq!(replay.feed(&[paid.into(), back.into()]), []);
    let a = &replay.accounts()[&A];
    assert_eq!((a.usdc(), a.flagged, replay.banks()[&0].booked), (certain(700), certain(true), certain(1_700)));
    let taken = WithdrawalCancelled { sequence: 7, account: B, capital: 1_000, ..WithdrawalCancelled::zeroed() };
    // Of a skipped one nothing is said but that it is gone: its account may be closed.
    let closed = AccountClosed { account: B, owner: OWNER };
    let skipped = WithdrawalPaid { sequence: 8, account: B, booked: 1_700, skipped: 1, ..WithdrawalPaid::zeroed() };
    assert_eq!(replay.feed(&[taken.into()]), []);
    assert_eq!(replay.accounts()[&B].usdc(), certain(1_000));
    assert_eq!(replay.feed(&[closed.into(), skipped.into()]), []);
    assert!(!replay.accounts().contains_key(&B) && replay.banks()[&0].queued == certain(0));

    let moved = Transferred {
        sequence: 9,
        account: A,
        receiver: KEEPER,
        capital: 600,
        receiver_capital: 100,
        ..Transferred::zeroed()
    };
    assert_eq!(replay.feed(&[opened(KEEPER), moved.into()]), []);
    assert_eq!((replay.accounts()[&A].usdc(), replay.accounts()[&KEEPER].usdc()), (certain(600), certain(100)));
    assert!(replay.is_certain());
    // One that is missing leaves the queue and everybody's capital open.
    let _ = replay.feed(&[Transferred { sequence: 11, account: A, receiver: KEEPER, ..Zeroable::zeroed() }.into()]);
    assert!(!replay.banks()[&0].queued.is_certain && !replay.is_certain());
}

/// The second of a market's three trades is missing.
#[test]
fn a_gap_puts_in_doubt_what_the_market_could_have_changed_and_nothing_else() {
    let mut replay = funded();
    let other = Range { market: 2, ..RANGE };
    let first = [traded(1, 1, A, holding(1_000, 7, -70), 3), traded(2, 1, B, holding(1_000, 1, 2), 4)];
    assert_eq!(replay.feed(&first), []);
    assert_eq!(replay.feed(&[added(2, B, 0, other)]), []);
    let gap = Gap { of: Counter::Market(1), expected: 2, got: 3 };
    assert_eq!(replay.feed(&[refreshed(1, 3)]), [gap]);
    assert_eq!(replay.gaps(), [gap]);

    assert!(replay.uncertain(1) && !replay.is_certain() && replay.may_lack_accounts());
    assert_eq!(replay.markets()[&1].ledger, doubtful(ledger(3)), "a refresh does not tell it");
    assert_eq!(replay.markets()[&2].ledger, certain(ledger(4)));
    assert_eq!(replay.banks()[&0].booked, certain(2_000));
    let (a, b) = (&replay.accounts()[&A], &replay.accounts()[&B]);
    assert_eq!((a.usdc(), a.flagged, a.capital[1]), (doubtful(1_000), doubtful(false), certain(0)));
    assert_eq!(a.position(1), doubtful(Position { base: 7, quote: -70, ..Position::default() }));
    assert_eq!(b.position(1), doubtful(Position::default()), "it may have one now");
    assert!(b.position(2).is_certain);
    assert_eq!((b.ranges[0], b.ranges[1]), (certain(Some(other)), doubtful(None)));
    assert_eq!(a.markets().collect::<Vec<_>>(), [1]);
    // An empty slot may have been taken in market 1, not in market 2.
    assert!(b.is_uncertain_in(1));
}

#[test]
fn what_is_told_again_is_certain_again() {
    let mut replay = funded();
    let _ = replay.feed(&[traded(1, 1, A, holding(1_000, 7, -70), 3), refreshed(1, 3)]);
    assert_eq!(replay.feed(&[traded(1, 4, B, holding(950, -7, 70), 6)]), [], "one gap is reported once");
    assert_eq!(replay.markets()[&1].ledger, certain(ledger(6)));
    let b = &replay.accounts()[&B];
    assert_eq!((b.usdc(), b.flagged, b.position(1).is_certain), (certain(950), certain(false), true));
    assert!(b.is_certainly_open && !b.ranges[0].is_certain);
    let a = &replay.accounts()[&A];
    assert!(!a.is_certainly_open && !a.position(1).is_certain && replay.uncertain(1), "not touched since");

    let settled = Settled { sequence: 5, market: 1, account: A, holding: holding(980, 7, 0), ..Settled::zeroed() };
    let _ = replay.feed(&[settled.into()]);
    let a = &replay.accounts()[&A];
    assert!(a.usdc().is_certain && a.position(1).is_certain && !a.flagged.is_certain, "settling tells no flag");

    // A range that stays does not say where it is; one that was added or removed does.
    let _ = replay.feed(&[folded(6, A, 0, 0), folded(7, A, 1, 2), added(8, A, 2, RANGE)]);
    let ranges = &replay.accounts()[&A].ranges;
    assert_eq!((ranges[0], ranges[1], ranges[2]), (doubtful(None), certain(None), certain(Some(RANGE))));
}

#[test]
fn a_gap_of_a_bank_is_the_banks() {
    let mut replay = funded();
    let _ = replay.feed(&[traded(1, 1, A, holding(1_000, 7, -70), 3)]);
    let gaps = replay.feed(&[deposited(4, A, 1_300, 2_400)]);
    assert_eq!(gaps, [Gap { of: Counter::Bank(0), expected: 3, got: 4 }]);
    let (a, b) = (&replay.accounts()[&A], &replay.accounts()[&B]);
    assert_eq!((a.usdc(), b.usdc(), b.flagged), (certain(1_300), doubtful(1_000), doubtful(false)));
    assert_eq!(replay.banks()[&0].booked, certain(2_400));
    assert!(a.position(1).is_certain && b.position(1).is_certain && !replay.uncertain(1));
}

#[test]
fn a_gap_of_the_exchange_leaves_balances_alone() {
    let mut replay = funded();
    let late = MarketCreated { sequence: 6, number: 4, ..MarketCreated::zeroed() };
    assert_eq!(replay.feed(&[late.into()]), [Gap { of: Counter::Exchange, expected: 5, got: 6 }]);
    assert!(!replay.exchange().is_listing_complete && !replay.exchange().keys.is_certain);
    assert!(replay.accounts()[&A].usdc().is_certain && !replay.uncertain(1));
}

/// Events without a number leave no gap: whoever reads the log says that it was cut.
#[test]
fn a_cut_log_puts_flags_and_the_list_of_accounts_in_doubt() {
    let mut replay = funded();
    replay.cut();
    let a = &replay.accounts()[&A];
    assert_eq!((a.flagged, a.is_certainly_open, a.usdc()), (doubtful(false), false, certain(1_000)));
    assert!(replay.may_lack_accounts() && replay.gaps().is_empty() && !replay.uncertain(1));
    let _ = replay.feed(&[LiquidationBegun { account: A, ..LiquidationBegun::zeroed() }.into()]);
    assert_eq!(replay.accounts()[&A].flagged, certain(true));
}

/// An account whose opening was not seen is known only in what events tell of it.
#[test]
fn an_account_that_is_met_later_is_uncertain_in_the_rest() {
    let mut replay = Replay::new();
    let gaps = replay.feed(&[traded(1, 40, A, holding(10, 1, 2), 3)]);
    assert_eq!(gaps, [Gap { of: Counter::Market(1), expected: 1, got: 40 }], "it began too late");
    let a = &replay.accounts()[&A];
    assert_eq!((a.owner, a.usdc(), a.capital[1]), (None, certain(10), doubtful(0)));
    assert!(a.position(1).is_certain && !a.position(2).is_certain && !a.ranges[0].is_certain);
    assert_eq!(replay.markets()[&1].ledger, certain(ledger(3)));
    assert!(!a.is_certain() && replay.uncertain(2), "nothing was heard of market 2");
    // Closed with nothing left and opened again, it is known as a whole.
    let _ = replay.feed(&[AccountClosed { account: A, owner: OWNER }.into(), opened(A)]);
    assert!(replay.accounts()[&A].is_certain());
}

#[test]
fn what_comes_late_or_twice_is_reported_and_left_out() {
    let mut replay = funded();
    let (first, second) = (traded(1, 1, A, holding(1_000, 7, -70), 3), traded(1, 2, A, holding(900, 0, 0), 5));
    let _ = replay.feed(&[first, second]);
    let before = replay.clone();
    assert_eq!(replay.feed(&[first]), [Gap { of: Counter::Market(1), expected: 3, got: 1 }]);
    assert_eq!((replay.accounts(), replay.markets()), (before.accounts(), before.markets()));
    assert_eq!(replay.feed(&[traded(1, 3, A, holding(800, 0, 0), 6)]), [], "and the count goes on");
}

/// The last events of a market are missing: only the chain's own number tells.
#[test]
fn a_gap_at_the_end_shows_in_the_chains_number() {
    let mut replay = funded();
    let _ = replay.feed(&[traded(1, 1, A, holding(1_000, 7, -70), 3)]);
    let at = |number| Sequence { of: Counter::Market(1), number };
    assert_eq!(replay.catch_up(at(1)), None);
    assert!(replay.is_certain());
    assert_eq!(replay.catch_up(at(3)), Some(Gap { of: Counter::Market(1), expected: 2, got: 4 }));
    assert!(replay.uncertain(1) && !replay.accounts()[&A].usdc().is_certain);
    assert_eq!(replay.feed(&[traded(1, 4, A, holding(1, 0, 0), 9)]), []);
    assert_eq!(replay.gaps().len(), 1);
}

fn sold(sequence: u64) -> Event {
    let sold = CollateralSold {
        sequence,
        bank: 1,
        account: A,
        buyer: B,
        usdc: 1_300,
        capital: 4,
        buyer_usdc: 700,
        buyer_capital: 6,
        flagged: 1,
        ..CollateralSold::zeroed()
    };
    sold.into()
}

#[test]
fn a_sale_of_collateral_moves_both_capitals_of_both_accounts() {
    let mut replay = funded();
    let _ = replay.feed(&[Deposited { sequence: 1, bank: 1, account: A, capital: 10, ..Deposited::zeroed() }.into()]);
    assert_eq!(replay.feed(&[sold(2)]), []);
    let (a, b) = (&replay.accounts()[&A], &replay.accounts()[&B]);
    assert_eq!((a.capital[0], a.capital[1], a.flagged), (certain(1_300), certain(4), certain(true)));
    assert_eq!((b.capital[0], b.capital[1], b.flagged), (certain(700), certain(6), certain(false)));

    // One that is missing may have moved USDC too.
    let later = BankRefreshed { sequence: 4, bank: 1, ..BankRefreshed::zeroed() };
    assert_eq!(replay.feed(&[later.into()]).len(), 1);
    let a = &replay.accounts()[&A];
    assert_eq!((a.capital[0], a.capital[1], a.capital[2]), (doubtful(1_300), doubtful(4), certain(0)));
}

#[test]
fn what_a_liens_holder_takes_and_who_is_given_an_account() {
    let mut replay = funded();
    let seized = LienSeized {
        sequence: 3,
        account: A,
        receiver: B,
        amount: 100,
        capital: 900,
        receiver_capital: 1_100,
        ..LienSeized::zeroed()
    };
    let given = AccountGiven { account: A, owner: OWNER, new_owner: KEEPER };
    let placed = LienPlaced { account: A, holder: KEEPER, ..LienPlaced::zeroed() };
    assert_eq!(replay.feed(&[placed.into(), seized.into(), given.into()]), []);
    let (a, b) = (&replay.accounts()[&A], &replay.accounts()[&B]);
    assert_eq!((a.usdc(), b.usdc(), a.owner, b.owner), (certain(900), certain(1_100), Some(KEEPER), Some(OWNER)));
    assert!(replay.is_certain());
}
