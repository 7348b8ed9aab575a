//! 0, 1, the largest and the smallest value of every argument of every instruction of the IDL, and what is said to each;
//! and random values of all arguments at once: whatever is refused is refused by name.

use keel_chain_tests::frozen::Frozen;
use keel_chain_tests::idl::{Declared, Idl, Type};
use keel_chain_tests::random::{Random, repeated};
use keel_chain_tests::raw::with_data;
use keel_chain_tests::refusal::{ALREADY_IN_USE, Refusal, WRONG_SEEDS, assert_all_refused, told};
use keel_chain_tests::{BTC, Cast, SOL, cases};
use keel_embedded::{Exchange, Reason};
use keel_engine::Error::{
    self, AmountTooLarge, AmountTooSmall, BoundNotMet, BuilderFeeTooHigh, ChangeUnknown, CurveOutOfBounds,
    InsufficientCapital, InvalidDelegate, InvalidInstruction, InvalidOrder, InvalidPrice, InvalidRange, InvalidTick,
    LegOrder, LienFloor, LienNotDue, LimitReached, LiquidityTooLarge, LiquidityTooSmall, MarketMissing, MathOverflow,
    NearTarget, NotTighter, OraclePriceOwner, OracleWrongFeed, PauseTooLong, PayoutRatioTooLow, PriceBeyondLimit,
    RangeNotFound, RangesAccountMissing, ReduceOnly, RequestTooSmall, StepTooSmall, StrategyMissing, TicketTooSmall,
    TooManyLegs, WrongMarket, ZeroAmount,
};
use keel_sdk::address;
use keel_sdk::instructions::{ApproveBuilder, CreateTickArray, OpenAccount};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// What is said to a value: nothing where it is served.
type Answer = Option<Error>;

/// The token program: the source does not hold that much.
const INSUFFICIENT_FUNDS: Refusal = Refusal::Code(1);

/// A world that is made again after an instruction went through in it.
#[derive(Default)]
struct Stage(Option<Cast>);

impl Stage {
    fn case(&mut self, discriminator: usize) -> Instruction {
        let cast = self.0.get_or_insert_with(Cast::new);
        cases::ALL[discriminator](cast).instruction
    }

    /// Sends an instruction that must be answered so.
    fn ask(&mut self, instruction: &Instruction, answer: Option<Refusal>, context: &str) {
        let cast = self.0.get_or_insert_with(Cast::new);
        if let Some(refusal) = answer {
            assert_all_refused(&mut cast.world, std::slice::from_ref(instruction), refusal, context);
            return;
        }
        let outcome = cast.world.send_unaudited(std::slice::from_ref(instruction));
        assert!(outcome.is_ok(), "{context}: {outcome:?}");
        if instruction.data[0] != 0 {
            cast.world.exchange.audit().unwrap();
        }
        self.0 = None;
    }
}

/// An argument, and what is said to each of its edges.
struct Row(&'static str, &'static str, &'static [Answer]);

/// Nothing is said to any value.
const SERVED: &[Answer] = &[None, None, None, None];
/// An end of a range: 0 is served.
const END: &[Answer] = &[
    None,
    Some(InvalidTick),
    Some(InvalidTick),
    Some(InvalidTick),
    Some(InvalidTick),
    Some(InvalidTick),
    Some(InvalidTick),
];
/// Two values, and no others.
const EITHER: &[Answer] = &[None, None, Some(InvalidInstruction), Some(InvalidInstruction)];
/// A slot of an account whose first two are taken, by a range of this market and by one of another.
const SLOT: &[Answer] = &[None, Some(WrongMarket), Some(RangeNotFound), Some(RangeNotFound)];

/// What the example's kind of order does not use.
const UNUSED: &[Answer] = &[None, Some(InvalidOrder), Some(InvalidOrder), Some(InvalidOrder)];
/// A time that it does not use.
const UNUSED_TIME: &[Answer] = &[
    None,
    Some(InvalidOrder),
    Some(InvalidOrder),
    Some(InvalidOrder),
    Some(InvalidOrder),
    Some(InvalidOrder),
    Some(InvalidOrder),
];

/// Arguments whose values do not change the instruction's accounts.
const ROWS: &[Row] = &[
    Row("initialize", "guardian", &[None, None]),
    // Other collateral than USDC has a price, and not all has an exchange rate.
    Row("add_bank", "price_owner", &[Some(Error::InvalidParameter), None]),
    Row("add_bank", "feed_id", &[Some(Error::InvalidParameter), None]),
    Row("add_bank", "rate_feed_id", &[None, None]),
    Row("create_market", "mode", EITHER),
    Row("create_market", "price_owner", &[Some(OraclePriceOwner), Some(OraclePriceOwner)]),
    Row("create_market", "feed_id", &[Some(OracleWrongFeed), Some(OracleWrongFeed)]),
    Row("create_market", "name", &[None, None]),
    // Of a floating market.
    Row(
        "create_market",
        "launch_price",
        &[None, Some(InvalidInstruction), Some(InvalidInstruction), Some(InvalidInstruction)],
    ),
    Row("create_market", "params", &[Some(Error::InvalidParameter), Some(Error::InvalidParameter)]),
    Row("open_account", "isolated_market", SERVED),
    Row("deposit", "amount", &[Some(ZeroAmount), None, Some(MathOverflow), Some(MathOverflow)]),
    Row("withdraw", "amount", &[Some(ZeroAmount), None, Some(InsufficientCapital), Some(InsufficientCapital)]),
    Row(
        "queue_withdrawal",
        "amount",
        &[Some(TicketTooSmall), Some(TicketTooSmall), Some(InsufficientCapital), Some(InsufficientCapital)],
    ),
    Row("transfer", "amount", &[Some(ZeroAmount), None, Some(InsufficientCapital), Some(InsufficientCapital)]),
    Row("trade", "side", EITHER),
    Row("trade", "kind", EITHER),
    Row("trade", "amount", &[Some(ZeroAmount), None, Some(AmountTooLarge), Some(AmountTooLarge)]),
    Row("trade", "limit", &[None, Some(LimitReached), None, None]),
    Row("trade", "flags", &[None, Some(ReduceOnly), Some(InvalidInstruction), Some(InvalidInstruction)]),
    // Of a range up to 30, and of one from -40.
    Row("add_range", "lower", END),
    Row("add_range", "upper", END),
    Row(
        "add_range",
        "liquidity",
        &[Some(LiquidityTooSmall), Some(LiquidityTooSmall), Some(LiquidityTooLarge), Some(LiquidityTooLarge)],
    ),
    Row("add_range", "min_sqrt_price", &[None, None, Some(CurveOutOfBounds), Some(CurveOutOfBounds)]),
    Row("add_range", "max_sqrt_price", &[Some(CurveOutOfBounds), Some(CurveOutOfBounds), None, None]),
    Row("remove_range", "slot", SLOT),
    Row("settle_range", "slot", SLOT),
    Row("unwind_range", "slot", &[None, Some(RangeNotFound), Some(RangeNotFound), Some(RangeNotFound)]),
    Row("release", "min_ratio_ppm", &[None, None, Some(PayoutRatioTooLow), Some(PayoutRatioTooLow)]),
    Row("liquidate_on_curve", "max_base", &[Some(StepTooSmall), Some(StepTooSmall), None, None]),
    Row("liquidate", "max_base", &[Some(StepTooSmall), Some(StepTooSmall), None, None]),
    Row("liquidate", "limit", &[None, Some(PriceBeyondLimit), None, None]),
    Row("deleverage", "max_base", &[Some(StepTooSmall), Some(StepTooSmall), None, None]),
    Row("backstop", "max_base", &[Some(StepTooSmall), Some(StepTooSmall), None, None]),
    // With fewer legs a price account stands where the companion comes.
    Row(
        "trade_legs",
        "count",
        &[Some(RangesAccountMissing), Some(RangesAccountMissing), Some(TooManyLegs), Some(TooManyLegs)],
    ),
    Row("trade_legs", "legs", &[Some(LegOrder), Some(InvalidInstruction)]),
    // Of a guardian's key: one would be the parameters of the market 0.
    Row("queue_change", "kind", &[Some(ChangeUnknown), Some(WrongMarket), Some(ChangeUnknown), Some(ChangeUnknown)]),
    Row(
        "queue_change",
        "target",
        &[None, Some(InvalidInstruction), Some(InvalidInstruction), Some(InvalidInstruction)],
    ),
    Row("queue_change", "content", &[None, Some(InvalidInstruction)]),
    // Of a pause for an hour: 1 is reduce-only, which has no value.
    Row(
        "guard_market",
        "action",
        &[None, Some(InvalidInstruction), Some(InvalidInstruction), Some(InvalidInstruction)],
    ),
    Row("guard_market", "value", &[Some(NotTighter), None, Some(PauseTooLong), Some(PauseTooLong)]),
    // 1 is a cap on deposits.
    // Of a strategy that is to quote no more.
    Row(
        "guard_pool",
        "action",
        &[Some(InvalidInstruction), Some(InvalidInstruction), Some(InvalidInstruction), Some(InvalidInstruction)],
    ),
    Row("guard_pool", "market", &[Some(StrategyMissing), None, Some(StrategyMissing), Some(StrategyMissing)]),
    Row("guard_pool", "value", &[None, Some(InvalidInstruction), Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row("guard_bank", "action", &[None, None, Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row("guard_bank", "value", &[Some(NotTighter), None, Some(PauseTooLong), Some(PauseTooLong)]),
    Row("fund_market_insurance", "amount", &[Some(ZeroAmount), None, Some(MathOverflow), Some(MathOverflow)]),
    Row("fund_insurance", "amount", &[Some(ZeroAmount), None, Some(MathOverflow), Some(MathOverflow)]),
    Row("view_liquidation_price", "market", &[Some(MarketMissing), None, Some(MarketMissing), Some(MarketMissing)]),
    Row("view_auction", "market", &[Some(MarketMissing), None, Some(MarketMissing), Some(MarketMissing)]),
    Row("view_funding", "points", SERVED),
    Row("view_funding", "side", EITHER),
    Row("view_fee", "side", EITHER),
    Row("view_fee", "kind", EITHER),
    Row("view_fee", "amount", &[Some(ZeroAmount), None, Some(AmountTooLarge), Some(AmountTooLarge)]),
    Row(
        "request_deposit",
        "amount",
        &[Some(RequestTooSmall), Some(RequestTooSmall), Some(InsufficientCapital), Some(InsufficientCapital)],
    ),
    Row("request_deposit", "min_shares", SERVED),
    Row("request_redeem", "amount", &[Some(ZeroAmount), None, Some(MathOverflow), Some(MathOverflow)]),
    // Of a purchase at a limit of the index; 0 is a trigger with the same price.
    Row("place_order", "kind", &[None, None, Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row("place_order", "side", &[None, Some(InvalidOrder), Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row("place_order", "flags", &[None, Some(ReduceOnly), Some(InvalidOrder), Some(InvalidOrder)]),
    Row("place_order", "amount", &[Some(ZeroAmount), None, Some(AmountTooLarge), Some(AmountTooLarge)]),
    Row("place_order", "below", &[Some(InvalidOrder), Some(InvalidOrder), Some(InvalidOrder), Some(InvalidOrder)]),
    Row("place_order", "below_limit", UNUSED),
    Row("place_order", "above", UNUSED),
    Row("place_order", "above_limit", UNUSED),
    Row("place_order", "min_fill", &[None, None, Some(InvalidOrder), Some(InvalidOrder)]),
    Row("place_order", "starts_at", UNUSED_TIME),
    Row(
        "place_order",
        "expires_at",
        &[None, Some(InvalidOrder), Some(InvalidOrder), None, None, Some(InvalidOrder), Some(InvalidOrder)],
    ),
    Row("place_order", "interval_secs", UNUSED),
    Row("place_order", "slices", UNUSED),
    Row("place_order", "catch_up", UNUSED),
    // Nobody is a delegate whatever else is said; the second edge of a key is somebody.
    Row("set_delegate", "delegate", &[None, None]),
    Row("set_delegate", "permissions", &[Some(InvalidDelegate), None, Some(InvalidDelegate), Some(InvalidDelegate)]),
    Row(
        "set_delegate",
        "expiry",
        &[
            Some(InvalidDelegate),
            Some(InvalidDelegate),
            Some(InvalidDelegate),
            None,
            None,
            Some(InvalidDelegate),
            Some(InvalidDelegate),
        ],
    ),
    Row("set_delegate", "notional", SERVED),
    // No market is named, or one four times.
    Row("set_delegate", "markets", &[None, Some(InvalidDelegate)]),
    Row("approve_builder", "max_fee_ppm", &[Some(ZeroAmount), None, Some(BuilderFeeTooHigh), Some(BuilderFeeTooHigh)]),
    Row("trade_with_builder", "side", EITHER),
    Row("trade_with_builder", "kind", EITHER),
    Row("trade_with_builder", "amount", &[Some(ZeroAmount), None, Some(AmountTooLarge), Some(AmountTooLarge)]),
    Row("trade_with_builder", "limit", &[None, Some(LimitReached), None, None]),
    Row("trade_with_builder", "flags", &[None, Some(ReduceOnly), Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row("trade_with_builder", "fee_ppm", &[None, None, Some(BuilderFeeTooHigh), Some(BuilderFeeTooHigh)]),
    Row("buy_collateral", "most", &[Some(ZeroAmount), None, None, None]),
    Row("buy_collateral", "limit", &[None, Some(PriceBeyondLimit), None, None]),
    Row("deposit_and_trade", "deposit", &[Some(ZeroAmount), None, Some(MathOverflow), Some(MathOverflow)]),
    Row("deposit_and_trade", "side", EITHER),
    Row("deposit_and_trade", "kind", EITHER),
    Row("deposit_and_trade", "amount", &[Some(ZeroAmount), None, Some(AmountTooLarge), Some(AmountTooLarge)]),
    Row("deposit_and_trade", "limit", &[None, Some(LimitReached), None, None]),
    Row("deposit_and_trade", "flags", &[None, Some(ReduceOnly), Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row("trade_exact", "side", EITHER),
    Row("trade_exact", "kind", EITHER),
    Row("trade_exact", "amount", &[Some(ZeroAmount), None, Some(AmountTooLarge), Some(AmountTooLarge)]),
    Row("trade_exact", "limit", &[None, Some(LimitReached), None, None]),
    Row("trade_exact", "flags", &[None, Some(ReduceOnly), Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row("trade_exact", "bound", &[None, Some(BoundNotMet), None, None]),
    // From a position and back to nothing, and to the other side of it.
    Row(
        "trade_to",
        "target",
        &[None, None, None, Some(AmountTooLarge), Some(AmountTooLarge), Some(AmountTooLarge), Some(AmountTooLarge)],
    ),
    Row("trade_to", "tolerance", &[None, None, Some(NearTarget), Some(NearTarget)]),
    Row("trade_to", "limit", &[None, Some(LimitReached), None, None]),
    Row("give_account", "new_owner", &[Some(Error::InvalidParameter), None]),
    Row("place_lien", "holder", &[Some(Error::InvalidParameter), None]),
    Row("place_lien", "floor", &[Some(Error::InvalidParameter), None, None, None]),
    Row("place_lien", "notice_secs", &[None, None, Some(Error::InvalidParameter), Some(Error::InvalidParameter)]),
    // Notice that was not given is not taken back.
    Row("call_lien", "notice", &[Some(LienNotDue), None, None, None]),
    Row("seize", "amount", &[Some(ZeroAmount), None, Some(LienFloor), Some(LienFloor)]),
    Row("view_delta", "market", &[Some(MarketMissing), None, Some(MarketMissing), Some(MarketMissing)]),
    Row("withdraw_treasury", "amount", &[Some(ZeroAmount), None, Some(InsufficientCapital), Some(InsufficientCapital)]),
];

/// Arguments that are seeds of an account's address, or lamports, and whose edges have a test of their own: below, and in
/// `orders.rs` and `pool.rs`.
const SEEDS: [(&str, &str); 7] = [
    ("create_tick_array", "index"),
    ("open_account", "sub"),
    ("approve_builder", "builder"),
    ("place_order", "number"),
    ("place_order", "tip"),
    ("request_deposit", "tip"),
    ("request_redeem", "tip"),
];

#[test]
fn every_argument_at_its_edges() {
    let idl = Idl::read();
    let mut stage = Stage::default();
    for (discriminator, declared) in idl.instructions.iter().enumerate() {
        for (argument, (at, kind)) in declared.places() {
            if SEEDS.contains(&(&declared.name, argument)) {
                continue;
            }
            let row = ROWS.iter().find(|row| (row.0, row.1) == (&declared.name, argument));
            let answers = row.unwrap_or_else(|| panic!("{}: what is said to {argument}?", declared.name)).2;
            let edges = kind.edges();
            assert_eq!(edges.len(), answers.len(), "{}: {argument}", declared.name);
            for (edge, answer) in edges.iter().zip(answers) {
                let right = stage.case(discriminator);
                let mut data = right.data.clone();
                data[at..at + kind.size()].copy_from_slice(edge);
                let context = format!("{}, {argument}: {edge:?}", declared.name);
                stage.ask(&with_data(&right, data), answer.map(Refusal::Keel), &context);
            }
        }
    }
}

/// Short by default, long with `KEEL_LONG=1`.
const TRIES: u32 = 100;

#[test]
fn any_value_of_any_argument_is_served_or_refused_by_name() {
    let idl = Idl::read();
    let mut random = Random::new("any value of any argument");
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let declared = idl.instruction(case.name);
        let pristine = cast.world.exchange.fork();
        let (mut tried, mut served) = (0, 0);
        for data in variants(declared, &case.instruction.data, &mut random) {
            let bent = derived(declared, &with_data(&case.instruction, data));
            tried += 1;
            served += u32::from(is_served(&mut cast, &pristine, declared, &bent));
        }
        println!("{:<20} {tried:>6} values tried, {served:>6} served", case.name);
    }
}

/// Each argument at its edges, or at all of its values; and random ones in all arguments, of which some stay right.
fn variants(declared: &Declared, right: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let places: Vec<(usize, Type)> = declared.places().into_values().collect();
    let mut all = Vec::new();
    for (at, kind) in &places {
        for value in kind.values() {
            let mut data = right.to_vec();
            data[*at..at + kind.size()].copy_from_slice(&value);
            all.push(data);
        }
    }
    let tries = if places.is_empty() { 0 } else { repeated(TRIES) };
    for _ in 0..tries {
        let mut data = right.to_vec();
        for (at, kind) in &places {
            let own = &mut data[*at..at + kind.size()];
            match random.below(6) {
                0..=2 => {}
                3 => own.copy_from_slice(random.one_of::<Vec<u8>>(&kind.edges())),
                4 => own.iter_mut().for_each(|byte| *byte = random.byte()),
                // A number of any magnitude, or bytes of which a few are others.
                _ => {
                    let kept = random.below(kind.size() as u64 + 1) as usize;
                    own[..kept].iter_mut().for_each(|byte| *byte = random.byte());
                }
            }
        }
        all.push(data);
    }
    all
}

/// The same with the addresses that follow from its arguments.
fn derived(declared: &Declared, instruction: &Instruction) -> Instruction {
    let mut derived = instruction.clone();
    for index in 0..declared.accounts.len() {
        if let Some(address) = declared.derived(index, instruction) {
            derived.accounts[index].pubkey = address;
        }
    }
    derived
}

/// Sends an instruction, and puts everything back where it went through. Panics on a broken equality, on a changed byte
/// after a refusal, and on a refusal without a name.
fn is_served(cast: &mut Cast, pristine: &Exchange, declared: &Declared, instruction: &Instruction) -> bool {
    let world = &mut cast.world;
    let context = format!("{}: {:?}", declared.name, instruction.data);
    let before = Frozen::take(&world.exchange.chain, std::slice::from_ref(instruction));
    let outcome = world.send_unaudited(std::slice::from_ref(instruction));
    let Err(refused) = &outcome else {
        if declared.name != "initialize" {
            world.exchange.audit().unwrap_or_else(|broken| panic!("{context}: {broken:#}"));
        }
        world.exchange = pristine.fork();
        return true;
    };
    before.assert_unchanged(&world.exchange.chain, &context);
    let others: &[Refusal] = match declared.name.as_str() {
        // The token program's word.
        "deposit" | "deposit_and_trade" | "fund_market_insurance" | "fund_insurance" => &[INSUFFICIENT_FUNDS],
        // The system program's: nobody has that many lamports.
        "place_order" | "request_deposit" => &[INSUFFICIENT_FUNDS],
        // And the token program's, of shares.
        "request_redeem" => &[INSUFFICIENT_FUNDS],
        // The address of another array than the example's, which the IDL cannot derive.
        "create_tick_array" => &[WRONG_SEEDS],
        // The owner's first account.
        "open_account" => &[ALREADY_IN_USE],
        _ => &[],
    };
    let is_named = matches!(refused.reason, Reason::Keel(_)) || others.iter().any(|other| other.is(&outcome));
    assert!(is_named, "{context}: {}", told(&outcome));
    assert_ne!(refused.reason, Reason::Keel(Error::Unbalanced), "{context}");
    false
}

#[test]
fn amounts_between_the_edges() {
    let mut stage = Stage::default();
    const BASE: u8 = 0;
    const QUOTE: u8 = 1;
    let cases: [(u8, u64, Answer); 6] = [
        // The largest amounts that are served: they fill what the band leaves.
        (BASE, 1 << 62, None),
        (BASE, (1 << 62) + 1, Some(AmountTooLarge)),
        (QUOTE, 1 << 62, None),
        (QUOTE, (1 << 62) + 1, Some(AmountTooLarge)),
        // A base atom is worth eighteen of quote; one of quote buys nothing.
        (BASE, 1, None),
        (QUOTE, 1, Some(AmountTooSmall)),
    ];
    for (kind, value, answer) in cases {
        let right = stage.case(11);
        let mut data = right.data.clone();
        data[2] = kind;
        data[3..11].copy_from_slice(&value.to_le_bytes());
        stage.ask(&with_data(&right, data), answer.map(Refusal::Keel), &format!("kind {kind}: {value}"));
    }
    // More than the source holds is the token program's to refuse.
    let right = stage.case(8);
    let mut data = right.data.clone();
    data[1..].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
    stage.ask(&with_data(&right, data), Some(INSUFFICIENT_FUNDS), "deposit of what nobody has");
}

#[test]
fn flags_of_a_trade() {
    let mut stage = Stage::default();
    for flags in 0..=u8::MAX {
        let right = stage.case(11);
        let mut data = right.data.clone();
        data[19] = flags;
        let answer = match flags {
            0 | 2 => None,
            1 | 3 => Some(ReduceOnly),
            _ => Some(InvalidInstruction),
        };
        stage.ask(&with_data(&right, data), answer.map(Refusal::Keel), &format!("flags {flags}"));
    }
}

#[test]
fn a_range_of_nothing() {
    let mut stage = Stage::default();
    for (lower, upper) in [(10i32, 10i32), (10, 8), (0, -40), (30, -40)] {
        let right = stage.case(12);
        let mut data = right.data.clone();
        data[1..5].copy_from_slice(&lower.to_le_bytes());
        data[5..9].copy_from_slice(&upper.to_le_bytes());
        stage.ask(&with_data(&right, data), Some(Refusal::Keel(InvalidRange)), &format!("[{lower}, {upper})"));
    }
}

#[test]
fn slots_of_ranges() {
    let mut stage = Stage::default();
    for discriminator in [13, 14] {
        for slot in 2..=u8::MAX {
            let right = stage.case(discriminator);
            let answer = Some(Refusal::Keel(RangeNotFound));
            stage.ask(&with_data(&right, vec![right.data[0], slot]), answer, &format!("slot {slot}"));
        }
    }
}

#[test]
fn tick_arrays_at_the_ends_of_the_domain() {
    let mut cast = Cast::new();
    let payer = cast.stranger;
    // 150,000 ticks to each side, two a step, 64 an array.
    let (lowest, highest) = (-1_172, 1_171);
    let create = |index| CreateTickArray { payer, market: BTC, index }.instruction();
    for index in [i32::MIN, i32::MIN + 1, lowest - 1, highest + 1, i32::MAX - 1, i32::MAX] {
        assert_all_refused(&mut cast.world, &[create(index)], InvalidTick, &format!("array {index}"));
    }
    for index in [-1, 0, 1] {
        assert_all_refused(&mut cast.world, &[create(index)], ALREADY_IN_USE, &format!("array {index}"));
    }
    for index in [lowest, highest] {
        cast.world.send(create(index));
    }
}

#[test]
fn builders_of_any_key() {
    let mut cast = Cast::new();
    let (owner, account) = (cast.busy.key.pubkey(), cast.busy.account);
    for builder in [[0; 32], [u8::MAX; 32], owner.to_bytes()].map(Pubkey::new_from_array) {
        let approve = ApproveBuilder { owner, account, builder, max_fee_ppm: 1 }.instruction();
        let mut elsewhere = approve.clone();
        elsewhere.accounts[2].pubkey = address::approval(&account, &cast.other.account);
        assert_all_refused(&mut cast.world, &[elsewhere], WRONG_SEEDS, "another's approval");
        cast.world.send(approve);
    }
}

#[test]
fn sub_accounts_of_every_number() {
    let mut cast = Cast::new();
    let owner = cast.bare.key.pubkey();
    let open = |sub_account| OpenAccount { owner, sub_account, isolated_market: 0 }.instruction();
    assert_all_refused(&mut cast.world, &[open(0)], ALREADY_IN_USE, "sub-account 0");
    for sub_account in [1, u16::MAX - 1, u16::MAX] {
        cast.world.send(open(sub_account));
    }
}

#[test]
fn an_isolated_account_stays_in_its_market() {
    let mut cast = Cast::new();
    cast.world.tick();
    let order = |cast: &Cast, market| {
        let base = cast.world.base_for(market, 50_000_000);
        let exact = keel_engine::curve::Exact::Base(base);
        cast.world.built(&cast.world.order(&cast.isolated, market, keel_engine::Side::Buy, exact))
    };
    let (wrong, right) = (order(&cast, BTC), order(&cast, SOL));
    assert_all_refused(&mut cast.world, &[wrong], WrongMarket, "the other market");
    cast.world.send(right);
}

#[test]
fn a_fixed_market_at_a_price_beyond_the_domain() {
    let mut stage = Stage::default();
    for (launch_price, answer) in [(1u64, Some(InvalidPrice)), ((1 << 32) - 1, Some(InvalidPrice)), (1 << 32, None)]
        .into_iter()
        .chain([(1 << 63, None), ((1 << 63) + 1, Some(InvalidPrice)), (u64::MAX, Some(InvalidPrice))])
    {
        let right = stage.case(2);
        let mut data = right.data.clone();
        data[1] = 1;
        data[82..90].copy_from_slice(&launch_price.to_le_bytes());
        stage.ask(&with_data(&right, data), answer.map(Refusal::Keel), &format!("launch price {launch_price}"));
    }
}
