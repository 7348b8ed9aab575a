//! A delegate that turns on its owner.
//!
//! Trading keys are handed to bots, and bots are stolen or were bad from the start: in 2022 API keys leaked from a trading
//! service let thieves trade clients' accounts against their own orders in thin markets. The keys could not withdraw; they
//! did not need to.
//!
//! Here Mallory is the delegate of Alice's account, with every permission and a limit of 40,000 USD a market. She tries
//! whatever moves money by itself; and then to lose Alice's money to herself, as the only provider of a market in which
//! Alice's account buys and sells at the worst prices that it lets itself be given.
//!
//! What stops the first: only trading, orders and ranges ask for the delegate's permission, everything else for the
//! owner's signature. (`tests/chain` tries every instruction of the program.) What bounds the second: a fill stays within
//! the band of the index, and the notional within the limit. It is a bound on what a round trip costs, not on how many
//! there are: an account that is delegated should hold what its owner would trust the delegate with.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error;
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_simulator::{Action, Done};

/// The limit, in dollars.
const LIMIT: u64 = 40_000;
/// Band of a purchase, of a sale that reduces, and the largest fee on each, in parts per million of the notional.
const ROUND_TRIP_PPM: f64 = 12_000.0 + 24_000.0 + 2.0 * 3_000.0;

fn begin() -> Story {
    let people = Stage::new().person("alice", 50_000).person("mallory", 1_000_000).person("lp", 2_000_000);
    let mut story = people.start();
    let (who, delegate) = (story.who("alice"), Some(story.who("mallory")));
    let notional = LIMIT * 1_000_000;
    let set = Action::SetDelegate { who, delegate, permissions: 7, expiry: None, notional, markets: vec![] };
    let _set = story.play(set).unwrap();
    story
}

/// Alice's account does what Mallory signs.
fn as_mallory(story: &mut Story, action: Action) -> keel_engine::Result<Done> {
    let by = story.who("mallory");
    story.play(Action::SignedBy { by, action: Box::new(action) })
}

fn trade(story: &mut Story, side: Side, exact: Exact, reduce_only: bool) -> keel_engine::Result<Done> {
    let who = story.who("alice");
    let order = Order { side, exact, limit: None, reduce_only, all_or_nothing: false };
    as_mallory(story, Action::Trade { who, market: 0, order })
}

#[test]
fn nothing_that_moves_money_takes_the_delegates_signature() {
    let mut story = begin();
    story.provide("lp", -200, 200, 4_000_000);
    let (who, mallory) = (story.who("alice"), story.who("mallory"));
    let _traded = trade(&mut story, Side::Buy, Exact::Base(1_000_000_000), false).unwrap();
    let terms = |delegate, notional| Action::SetDelegate {
        who,
        delegate: Some(delegate),
        permissions: 7,
        expiry: None,
        notional,
        markets: vec![],
    };
    let tried = [
        Action::Withdraw { who, bank: USDC, amount: 1 },
        Action::QueueWithdrawal { who, bank: USDC, amount: 1_000_000_000 },
        Action::Transfer { who, to: mallory, bank: USDC, amount: 1 },
        Action::CloseAccount { who },
        Action::CloseRanges { who },
        Action::ApproveBuilder { who, builder: mallory, max_fee_ppm: 10_000 },
        // More for herself, or the same for somebody else.
        terms(mallory, 0),
        terms(story.who("lp"), LIMIT),
    ];
    let before = *story.account("alice");
    for action in tried {
        assert_eq!(as_mallory(&mut story, action.clone()), Err(Error::Unauthorized), "{action:?}");
    }
    assert_eq!(
        as_mallory(&mut story, Action::Release { who, market: 0, min_ratio_ppm: 999_999 }),
        Err(Error::DelegateNotAllowed)
    );
    assert_eq!(*story.account("alice"), before);
    // Nor is a liquidated position taken over into Alice's account: Mallory signs for her own.
    let take = Action::Liquidate {
        who: mallory,
        market: 0,
        by: who,
        request: keel_engine::liquidation::TakeOver { max_base: u64::MAX, limit: None },
    };
    assert_eq!(as_mallory(&mut story, take), Err(Error::Unauthorized));
}

/// Mallory alone makes the market: she sells to Alice's account at the upper end of the band, takes that range away, and
/// buys back at the lower end.
#[test]
fn a_round_trip_against_the_delegates_own_ranges_costs_at_most_the_bands_and_the_fees() {
    let mut story = begin();
    let start = story.wealth("alice");
    let (mut trips, mut worst) = (0, Usd::ZERO);
    loop {
        let before = story.wealth("alice");
        story.provide("mallory", 112, 118, 400_000);
        let bought = trade(&mut story, Side::Buy, Exact::Quote(LIMIT * 980_000), false);
        story.wait(10);
        story.remove("mallory").unwrap();
        if let Err(error) = bought {
            println!("round trip {trips} is refused: {error}");
            break;
        }
        story.provide("mallory", -118, -112, 400_000);
        let base = story.position("alice").base.unsigned_abs();
        let _sold = trade(&mut story, Side::Sell, Exact::Base(base), true).unwrap();
        story.wait(10);
        story.remove("mallory").unwrap();
        worst = worst.max(before - story.wealth("alice"));
        trips += 1;
    }
    println!("a round trip at the limit of {LIMIT} USD costs up to {worst}");
    println!("{trips} of them leave {} of {start}; Mallory holds {}", story.wealth("alice"), story.wealth("mallory"));
    assert!(worst.dollars() <= LIMIT as f64 * ROUND_TRIP_PPM / 1e6, "{worst}");
    assert!(story.wealth("alice") >= Usd::ZERO, "no debt is left to others");
    // What is lost is lost by trading: it takes that many trips, and the owner can revoke between any two.
    assert!(trips >= 25, "{trips}");
}
