//! 0, 1, the largest and the smallest value of every argument of every instruction, and what is said to each.

use keel_chain_tests::raw::{Argument, with_data};
use keel_chain_tests::refusal::{ALREADY_IN_USE, Refusal, assert_all_refused};
use keel_chain_tests::{BTC, Cast, SOL, cases};
use keel_engine::Error::{
    self, AmountTooLarge, AmountTooSmall, CurveOutOfBounds, InsufficientCapital, InvalidInstruction, InvalidPrice,
    InvalidRange, InvalidTick, LimitReached, LiquidityTooLarge, LiquidityTooSmall, MathOverflow, OraclePriceOwner,
    OracleWrongFeed, PayoutRatioTooLow, RangeNotFound, ReduceOnly, StepTooSmall, WrongMarket, ZeroAmount,
};
use keel_sdk::instructions::{CreateTickArray, OpenAccount};
use solana_instruction::Instruction;
use solana_signer::Signer;

const U8: Argument = Argument::Unsigned(1);
const U32: Argument = Argument::Unsigned(4);
const U64: Argument = Argument::Unsigned(8);
const U128: Argument = Argument::Unsigned(16);
const I32: Argument = Argument::Signed(4);

/// What is said to a value: nothing where it is served.
type Answer = Option<Error>;

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

/// An argument, where it lies in the data, and what is said to each of its edges.
struct Row(usize, usize, Argument, &'static [Answer]);

/// Arguments whose values do not change the instruction's accounts.
const ROWS: &[Row] = &[
    // initialize: guardian
    Row(0, 1, Argument::Bytes(32), &[None, None]),
    // create_market: mode, price_owner, feed_id, name, launch_price of a floating market
    Row(2, 1, U8, &[None, None, Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row(2, 2, Argument::Bytes(32), &[Some(OraclePriceOwner), Some(OraclePriceOwner)]),
    Row(2, 34, Argument::Bytes(32), &[Some(OracleWrongFeed), Some(OracleWrongFeed)]),
    Row(2, 66, Argument::Bytes(16), &[None, None]),
    Row(2, 82, U64, &[None, Some(InvalidInstruction), Some(InvalidInstruction), Some(InvalidInstruction)]),
    // open_account: isolated_market
    Row(4, 3, Argument::Unsigned(2), &[None, None, None, None]),
    // deposit, withdraw: amount
    Row(8, 1, U64, &[Some(ZeroAmount), None, Some(MathOverflow), Some(MathOverflow)]),
    Row(9, 1, U64, &[Some(ZeroAmount), None, Some(InsufficientCapital), Some(InsufficientCapital)]),
    // trade: side, kind, amount, limit, flags
    Row(11, 1, U8, &[None, None, Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row(11, 2, U8, &[None, None, Some(InvalidInstruction), Some(InvalidInstruction)]),
    Row(11, 3, U64, &[Some(ZeroAmount), None, Some(AmountTooLarge), Some(AmountTooLarge)]),
    Row(11, 11, U64, &[None, Some(LimitReached), None, None]),
    Row(11, 19, U8, &[None, Some(ReduceOnly), Some(InvalidInstruction), Some(InvalidInstruction)]),
    // add_range: lower (of a range up to 30), upper (of a range from -40), liquidity, min and max square-root price
    Row(
        12,
        1,
        I32,
        &[
            None,
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
        ],
    ),
    Row(
        12,
        5,
        I32,
        &[
            None,
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
            Some(InvalidTick),
        ],
    ),
    Row(
        12,
        9,
        U128,
        &[Some(LiquidityTooSmall), Some(LiquidityTooSmall), Some(LiquidityTooLarge), Some(LiquidityTooLarge)],
    ),
    Row(12, 25, U128, &[None, None, Some(CurveOutOfBounds), Some(CurveOutOfBounds)]),
    Row(12, 41, U128, &[Some(CurveOutOfBounds), Some(CurveOutOfBounds), None, None]),
    // remove_range, settle_range, unwind_range: slot
    Row(13, 1, U8, &[None, Some(WrongMarket), Some(RangeNotFound), Some(RangeNotFound)]),
    Row(14, 1, U8, &[None, Some(WrongMarket), Some(RangeNotFound), Some(RangeNotFound)]),
    Row(18, 1, U8, &[None, Some(RangeNotFound), Some(RangeNotFound), Some(RangeNotFound)]),
    // release: min_ratio_ppm
    Row(16, 1, U32, &[None, None, Some(PayoutRatioTooLow), Some(PayoutRatioTooLow)]),
    // liquidate_on_curve: max_base
    Row(19, 1, U64, &[Some(StepTooSmall), Some(StepTooSmall), None, None]),
];

#[test]
fn every_argument_at_its_edges() {
    let mut stage = Stage::default();
    for Row(discriminator, at, argument, answers) in ROWS {
        let edges = argument.edges();
        assert_eq!(edges.len(), answers.len());
        for (edge, answer) in edges.iter().zip(*answers) {
            let right = stage.case(*discriminator);
            let mut data = right.data.clone();
            data[*at..at + argument.size()].copy_from_slice(edge);
            let context = format!("instruction {discriminator}, byte {at}: {edge:?}");
            stage.ask(&with_data(&right, data), answer.map(Refusal::Keel), &context);
        }
    }
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
    stage.ask(&with_data(&right, data), Some(Refusal::Code(1)), "deposit of what nobody has");
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
