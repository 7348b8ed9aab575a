//! The same actions on the engine and on the compiled program: the same outcomes, and the same bytes in every account.

use keel_embedded::Player;
use keel_engine::curve::Exact;
use keel_engine::params::Params;
use keel_engine::ranges::RangeRequest;
use keel_engine::state::{Mode, USDC};
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};
use keel_engine::{Error, Result, Side};
use keel_simulator::compare::compare;
use keel_simulator::setup::{AccountSetup, MarketSetup};
use keel_simulator::{Action, Done, Executor, Quote, RangeAt, Setup, Simulator};

const USD: u64 = 1_000_000;

fn setup() -> Setup {
    let market = |name: &[u8; 16]| MarketSetup {
        name: *name,
        mode: Mode::Floating,
        launch_price: Price::default(),
        params: Params::DEFAULT,
        first: Quote::of_usd(20_000.0),
    };
    let account = |name: &str, usd: u64| AccountSetup::new(name.to_owned(), usd * USD);
    Setup {
        markets: vec![market(b"BTC\0\0\0\0\0\0\0\0\0\0\0\0\0"), market(b"SOL\0\0\0\0\0\0\0\0\0\0\0\0\0")],
        accounts: vec![account("lp", 1_000_000), account("alice", 10_000), account("keeper", 100)],
        ..Setup::default()
    }
}

/// Both, in step.
struct Pair {
    player: Player,
    simulator: Simulator,
    at: u64,
}

impl Pair {
    fn new() -> Self {
        let player = Player::start(&setup()).unwrap();
        let simulator = player.simulator();
        Self { player, simulator, at: 0 }
    }

    fn wait(&mut self, secs: u64) {
        self.at += secs;
        self.player.turn(self.at);
        self.simulator.turn(self.at);
    }

    #[track_caller]
    fn play(&mut self, action: Action) -> Result<Done> {
        let ours = self.simulator.perform(&action).unwrap();
        let theirs = self.player.perform(&action).unwrap();
        assert_eq!(ours, theirs, "{action:?}");
        compare(self.simulator.books(), self.player.books()).unwrap();
        ours
    }
}

fn range(lower: i32, upper: i32, liquidity: u128) -> RangeRequest {
    let (min_sqrt_price, max_sqrt_price) = (SqrtPrice::from_bits(0), SqrtPrice::from_bits(u128::MAX));
    RangeRequest { lower, upper, liquidity, min_sqrt_price, max_sqrt_price }
}

fn order(side: Side, exact: Exact) -> Order {
    Order { side, exact, limit: None, reduce_only: false, all_or_nothing: false }
}

#[test]
fn a_life_on_both() {
    let mut pair = Pair::new();
    let (lp, alice, keeper, btc) = (0, 1, 2, 0);
    let _ = pair.play(Action::AddRange { who: lp, market: btc, request: range(-200, 200, 5_000_000_000_000) }).unwrap();
    pair.wait(5);
    let bought =
        pair.play(Action::Trade { who: alice, market: btc, order: order(Side::Buy, Exact::Base(6_000_000_000)) });
    assert!(matches!(bought, Ok(Done::Traded { base: 6_000_000_000, .. })), "{bought:?}");
    let nothing = pair.play(Action::RemoveRange { who: alice, market: btc, range: RangeAt::First });
    assert_eq!(nothing, Err(Error::RangeNotFound));
    pair.wait(60);
    for usd in [19_500.0, 19_000.0, 18_800.0] {
        let _ = pair.play(Action::Price { market: btc, quote: Quote::of_usd(usd), published: None }).unwrap();
        for _ in 0..4 {
            pair.wait(1);
            let _ = pair.play(Action::Refresh { market: btc }).unwrap();
        }
    }
    let _ = pair.play(Action::BeginLiquidation { who: alice }).unwrap();
    let step = pair.play(Action::LiquidateOnCurve { who: alice, market: btc, by: keeper, max_base: u64::MAX });
    assert!(matches!(step, Ok(Done::Liquidated { .. })), "{step:?}");
    let own = pair.play(Action::LiquidateOnCurve { who: alice, market: btc, by: alice, max_base: u64::MAX });
    assert_eq!(own, Err(Error::SelfLiquidation));
    let _ = pair.play(Action::SettleRange { who: lp, market: btc, range: RangeAt::First, by: lp }).unwrap();
    let _ = pair.play(Action::Settle { who: lp, market: btc, by: lp }).unwrap();
    let _ = pair.play(Action::RemoveRange { who: lp, market: btc, range: RangeAt::Slot(0) }).unwrap();
    let _ = pair.play(Action::CloseRanges { who: lp }).unwrap();
    assert_eq!(pair.play(Action::CloseAccount { who: lp }), Err(Error::AccountNotEmpty));
    let _ = pair.play(Action::CloseRanges { who: keeper }).unwrap();
    assert_eq!(pair.play(Action::CloseRanges { who: keeper }), Err(Error::AccountMissing));
    let _ = pair.play(Action::OpenRanges { who: keeper }).unwrap();
    assert_eq!(pair.play(Action::Deposit { who: keeper, bank: USDC, amount: u64::MAX }), Err(Error::MathOverflow));
    let _ = pair.play(Action::Deposit { who: alice, bank: USDC, amount: 5_000 * USD }).unwrap();
    assert!(pair.play(Action::Withdraw { who: alice, bank: USDC, amount: 20_000 * USD }).is_err());
}
