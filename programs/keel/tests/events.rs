//! The Rust SDK's events are the program's, field by field, and none is missing.

#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;

use anchor_lang::Discriminator;
use keel::events as program;
use keel_sdk::events as sdk;
use keel_sdk::events::{Event, Field, Layout};

/// A struct in the program's source.
struct Declared {
    name: String,
    is_event: bool,
    fields: Vec<(String, String)>,
}

/// All public structs of the program's events, as they are written there.
fn declared() -> Vec<Declared> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/events");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let text = fs::read_to_string(entry.expect("readable").path()).expect("a text");
        let mut lines = text.lines();
        let mut before = "";
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
                let body = lines.by_ref().take_while(|line| *line != "}");
                let field = |line: &str| line.trim().strip_prefix("pub ")?.strip_suffix(',').map(str::to_owned);
                let fields = body.filter_map(field).map(|field| {
                    let (name, kind) = field.split_once(": ").expect("a name and a type");
                    (name.to_owned(), kind.replace("Address", "Pubkey"))
                });
                let fields = fields.collect();
                found.push(Declared { name: name.to_owned(), is_event: before == "#[event(bytemuck)]", fields });
            }
            before = line;
        }
    }
    found
}

/// Bytes of a type by its name.
fn size_of_kind(kind: &str) -> usize {
    let bytes = |kind: &str| kind.strip_prefix("[u8; ")?.strip_suffix(']')?.parse().ok();
    let markets = size_of::<[u16; keel_engine::state::DELEGATE_MARKETS]>();
    match kind {
        "u8" => 1,
        "u16" => 2,
        "u32" | "i32" => 4,
        "u64" | "i64" => 8,
        "[u16; DELEGATE_MARKETS]" => markets,
        "[u64; 3]" => 24,
        "Wide" | "SignedWide" => 16,
        "Pubkey" => 32,
        "Holding" => size_of::<program::Holding>(),
        "Ledger" => size_of::<program::Ledger>(),
        _ => bytes(kind).expect("a type that events have"),
    }
}

/// Where the fields lie that the source declares, and how many bytes they are.
fn laid_out(declared: &Declared) -> (Vec<(&str, &str, usize)>, usize) {
    let mut end = 0;
    let fields = declared.fields.iter().map(|(name, kind)| {
        let offset = end;
        end += size_of_kind(kind);
        (name.as_str(), kind.as_str(), offset)
    });
    (fields.collect(), end)
}

fn plain(fields: &'static [Field]) -> Vec<(&'static str, &'static str, usize)> {
    fields.iter().map(|field| (field.name, field.kind, field.offset)).collect()
}

#[test]
fn fields_are_the_same_in_name_type_and_place() {
    let mut ours: BTreeMap<&str, (Vec<_>, usize)> =
        Event::KINDS.iter().map(|kind| (kind.name, (plain(kind.fields), kind.size))).collect();
    assert_eq!(ours.len(), Event::KINDS.len(), "each kind is listed once");
    ours.insert("Holding", (plain(sdk::Holding::FIELDS), size_of::<sdk::Holding>()));
    ours.insert("Ledger", (plain(sdk::Ledger::FIELDS), size_of::<sdk::Ledger>()));

    let declared = declared();
    assert_eq!(declared.iter().filter(|declared| declared.is_event).count(), Event::KINDS.len());
    for declared in &declared {
        assert_eq!(Some(laid_out(declared)), ours.remove(declared.name.as_str()), "{}", declared.name);
    }
    assert!(ours.is_empty(), "not in the program: {:?}", ours.keys());
}

#[test]
fn discriminators_and_sizes_are_the_same() {
    let mut compared = Vec::new();
    macro_rules! compare {
        ($($event:ident,)*) => { $(
            let kind = Event::KINDS.iter().find(|kind| kind.name == stringify!($event)).expect("a kind");
            assert_eq!(kind.discriminator, program::$event::DISCRIMINATOR, "{}", kind.name);
            assert_eq!(kind.size, size_of::<program::$event>(), "{}", kind.name);
            compared.push(kind.name);
        )* };
    }
    compare! {
        ExchangeInitialized,
        BankAdded,
        MarketCreated,
        TickArrayCreated,
        AccountOpened,
        AccountClosed,
        RangesOpened,
        RangesClosed,
        Deposited,
        Withdrawn,
        Refreshed,
        Traded,
        RangeAdded,
        RangeFolded,
        Settled,
        ClaimReleased,
        LiquidationBegun,
        Liquidated,
        ClaimConsumed,
        Resolved,
        TakenOver,
        Deleveraged,
        ExchangeLaunched,
        ChangeQueued,
        ChangeCancelled,
        ExchangeChanged,
        BankChanged,
        MarketChanged,
        TreasuryPaid,
        TreasuryWithdrawn,
        TokensBooked,
        MarketInsured,
        ExchangeInsured,
        PledgeCollected,
        WithdrawalQueued,
        WithdrawalPaid,
        WithdrawalCancelled,
        Transferred,
        MarketClosed,
        PositionClosed,
        TickArrayClosed,
        MarketRemoved,
        Backstopped,
        ReserveBalanced,
        ReservePaid,
        PoolCreated,
        DepositRequested,
        DepositExecuted,
        DepositCancelled,
        RedemptionRequested,
        RedemptionPaid,
        RedemptionCancelled,
        PoolRebalanced,
        PoolCollected,
        PoolChanged,
        OrderPlaced,
        OrderExecuted,
        OrderClosed,
        DelegateSet,
        BuilderApproved,
        BuilderRevoked,
        BuilderPaid,
    }
    assert_eq!(compared, Event::KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>());
    assert_eq!(size_of::<sdk::Holding>(), size_of::<program::Holding>());
    assert_eq!(size_of::<sdk::Ledger>(), size_of::<program::Ledger>());
}
