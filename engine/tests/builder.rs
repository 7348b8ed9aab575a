//! Builder codes: what is allowed, what a fill pays, where it goes and when it counts.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod exchange;

use bytemuck::Zeroable;
use exchange::{CONTRACT, Sim, USD, flat_fee, order, quiet};
use keel_engine::builder::{Builder, MAX_FEE_PPM, approve};
use keel_engine::curve::Exact;
use keel_engine::params::Params;
use keel_engine::state::{BuilderApproval, MarginAccount};
use keel_engine::trade::Order;
use keel_engine::{Error, Result, Side};

const LP: usize = 0;
const TRADER: usize = 1;
const BUILDER: usize = 2;
const ONE: i64 = CONTRACT as i64;
/// 10 basis points, of as much.
const TEN: (u32, u32) = (1_000, 1_000);

/// A rich LP with 20 million USD to either side of 1,000 USD, a trader, and a builder's isolated account.
fn market(params: Params, usd: u64) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    for usd in [100_000_000, usd, 0] {
        sim.actor(usd);
    }
    sim.actors[BUILDER].account.isolated_market = 1;
    sim.provide(0, LP, -200, 200, 20_000_000).unwrap();
    sim
}

fn buy(base: i64) -> Order {
    order(Side::Buy, Exact::Base(base.unsigned_abs()))
}

fn close(base: i64) -> Order {
    Order { reduce_only: true, ..order(Side::Sell, Exact::Base(base.unsigned_abs())) }
}

#[test]
fn what_is_allowed_is_more_than_nothing_and_at_most_one_percent() {
    let allowed = |ppm| {
        let mut approval = BuilderApproval::zeroed();
        approve(&mut approval, ppm).map(|()| approval.max_fee_ppm)
    };
    assert_eq!(allowed(0), Err(Error::ZeroAmount));
    assert_eq!(allowed(1), Ok(1));
    assert_eq!(allowed(MAX_FEE_PPM), Ok(10_000));
    assert_eq!(allowed(MAX_FEE_PPM + 1), Err(Error::BuilderFeeTooHigh));
    assert_eq!(allowed(u32::MAX), Err(Error::BuilderFeeTooHigh));
}

#[test]
fn a_fee_is_within_what_is_allowed_and_goes_to_the_builders_own_account_there() {
    let sim = market(quiet(), 1);
    let named = |approval: BuilderApproval, account: MarginAccount, ppm| -> Result<()> {
        let mut account = account;
        Builder::new(&approval, &mut account, sim.market(0), ppm).map(drop)
    };
    let approval = BuilderApproval { builder: [7; 32], max_fee_ppm: 500, ..BuilderApproval::zeroed() };
    let account = MarginAccount { owner: [7; 32], isolated_market: 1, ..MarginAccount::zeroed() };
    assert_eq!(named(approval, account, 500), Ok(()));
    assert_eq!(named(approval, account, 0), Ok(()));
    assert_eq!(named(approval, account, 501), Err(Error::BuilderFeeTooHigh));
    let above_all = BuilderApproval { max_fee_ppm: u32::MAX, ..approval };
    assert_eq!(named(above_all, account, MAX_FEE_PPM), Ok(()));
    assert_eq!(named(above_all, account, MAX_FEE_PPM + 1), Err(Error::BuilderFeeTooHigh));
    assert_eq!(named(approval, MarginAccount { owner: [8; 32], ..account }, 1), Err(Error::BuilderAccount));
    for isolated_market in [0, 2] {
        assert_eq!(named(approval, MarginAccount { isolated_market, ..account }, 1), Err(Error::BuilderAccount));
    }
}

/// The fee leaves the position, rounded up, and is the builder's unmatured claim: nothing else changes against a trade
/// that nobody brought. That both equalities hold is checked after every operation.
#[test]
fn a_fee_moves_from_the_position_into_a_claim_to_the_atom() {
    for ppm in [1, 37, 1_000, MAX_FEE_PPM] {
        let mut plain = market(flat_fee(300), 1_000_000);
        let mut sim = plain.clone();
        let expected = plain.trade(0, TRADER, buy(3 * ONE + 1)).unwrap();
        let (fill, paid) = sim.trade_through(0, TRADER, buy(3 * ONE + 1), BUILDER, (MAX_FEE_PPM, ppm)).unwrap();
        assert_eq!(fill, expected);
        let fee = (u128::from(fill.quote.unsigned_abs()) * u128::from(ppm)).div_ceil(1_000_000) as u64;
        assert_eq!(paid, fee);
        assert_eq!(sim.position(0, TRADER).quote, plain.position(0, TRADER).quote - fee as i64);
        let claim = sim.position(0, BUILDER);
        assert_eq!((claim.unmatured, claim.mature, claim.base, claim.quote), (fee, 0, 0, 0));
        assert_eq!(sim.market(0).claims, plain.market(0).claims + fee);
        assert_eq!(sim.market(0).positions, plain.market(0).positions + 1);
        assert_eq!(sim.capital(BUILDER), 0);
    }
}

#[test]
fn no_fee_leaves_the_builders_account_alone() {
    let mut sim = market(quiet(), 1_000_000);
    let (_, paid) = sim.trade_through(0, TRADER, buy(ONE), BUILDER, (1_000, 0)).unwrap();
    assert_eq!((paid, *sim.account(BUILDER)), (0, MarginAccount { isolated_market: 1, ..MarginAccount::zeroed() }));
}

/// The fee comes before a position that ends is settled: what it leaves owing nobody owes later.
#[test]
fn a_position_that_ends_has_paid_its_builder() {
    let mut sim = market(quiet(), 1_000_000);
    let _ = sim.trade(0, TRADER, buy(ONE)).unwrap();
    let before = sim.capital(TRADER);
    let (fill, paid) = sim.trade_through(0, TRADER, close(ONE), BUILDER, TEN).unwrap();
    assert_eq!(fill.settled.unwrap().paid, before - sim.capital(TRADER));
    // A contract at 1,000 USD and 10 basis points: a USD, less what the curve moved.
    assert!(paid.abs_diff(USD) < 1_000, "{paid}");
    assert!(sim.account(TRADER).position(1).is_err());
    assert!(sim.market(0).pot >= paid);
}

/// A claim that is there already has matured up to now before the fee joins it, and the fee matures from now on.
#[test]
fn fees_mature_as_profit_does() {
    let params = Params { profit_half_life_secs: 600, ..quiet() };
    let mut sim = market(params, 1_000_000);
    let (_, first) = sim.trade_through(0, TRADER, buy(ONE), BUILDER, TEN).unwrap();
    assert_eq!(sim.release(0, BUILDER, 0), Err(Error::NothingToRelease));
    sim.rest(600);
    let (_, second) = sim.trade_through(0, TRADER, buy(ONE), BUILDER, TEN).unwrap();
    let claim = sim.position(0, BUILDER);
    // Half of it, what is not mature yet rounded up.
    let waiting = first / 2 + 1;
    assert_eq!((claim.mature, claim.unmatured), (first - waiting, waiting + second));
    sim.rest(600);
    let left = (waiting + second) / 2 + 1;
    let _ = sim.trade_through(0, TRADER, close(2 * ONE), BUILDER, (1_000, 0)).unwrap();
    // All that the trader has paid is there: at par.
    let released = sim.release(0, BUILDER, 1_000_000).unwrap();
    assert_eq!(released.claim, first + second - left);
    assert_eq!((released.paid, sim.capital(BUILDER)), (released.claim, released.claim));
}

/// What is opened is backed with the fee paid.
#[test]
fn the_fee_counts_where_risk_is_added() {
    let mut sim = market(Params { imr_ppm: 50_000, ..quiet() }, 1_000);
    // 19,9xx USD at 5%: backed, but not with 1% of it gone.
    let most = |sim: &Sim, ppm: u32| {
        let (mut low, mut high) = (0, 30_000);
        while high - low > 1 {
            let middle = (low + high) / 2;
            let mut trial = sim.clone();
            let order = order(Side::Buy, Exact::Quote(middle * USD));
            match trial.trade_through(0, TRADER, order, BUILDER, (10_000, ppm)) {
                Ok(_) => low = middle,
                Err(error) => {
                    assert_eq!(error, Error::InsufficientMargin);
                    high = middle;
                }
            }
        }
        low
    };
    sim.checked = false;
    let (without, with) = (most(&sim, 0), most(&sim, 10_000));
    // 1,000 = 0.05 N and 1,000 = 0.06 N, the slope of the curve aside.
    assert!((19_900..=20_000).contains(&without) && (16_600..=16_667).contains(&with), "{without} {with}");
}

/// Attack 7 with a builder's fee: an account at the edge of maintenance closes into nobody's pocket. Its equity cannot be
/// turned into somebody's fee: the reduction is refused as long as the account is unhealthy after it, and goes through
/// without a builder.
#[test]
fn an_account_at_the_edge_pays_no_builder() {
    let mut sim = market(Params { oi_cap_usd: 4_000_000_000, ..quiet() }, 1_000);
    let _ = sim.trade(0, TRADER, buy(19 * ONE)).unwrap();
    // 19,000 USD at 3% are 570 of maintenance: 1,000 - 19 * 24 leaves 544.
    sim.move_price(0, 976);
    let before = sim.health(TRADER).unwrap();
    assert!(before.is_unhealthy() && before.equity > 0);
    let through = |sim: &mut Sim, base, ppm| sim.trade_through(0, TRADER, close(base), BUILDER, (MAX_FEE_PPM, ppm));
    // Health rises with any reduction, so a plain one is allowed; a builder's is not while it stays below maintenance.
    let stripped = through(&mut sim.clone(), ONE / 10, MAX_FEE_PPM);
    assert_eq!(stripped.map(drop), Err(Error::InsufficientMargin));
    assert!(sim.clone().trade(0, TRADER, close(ONE / 10)).is_ok());
    // Enough of it leaves a healthy account, and then a builder may be paid too.
    let (_, paid) = through(&mut sim.clone(), 18 * ONE, MAX_FEE_PPM).unwrap();
    assert!(paid > 170 * USD);
    // Deeper, nothing that a builder is paid for leaves it healthy: flat, its equity would be below zero.
    sim.move_price(0, 950);
    assert!(sim.health(TRADER).unwrap().equity < 150 * USD as i64);
    for base in [ONE, 10 * ONE, 19 * ONE] {
        assert_eq!(through(&mut sim.clone(), base, MAX_FEE_PPM).map(drop), Err(Error::InsufficientMargin), "{base}");
    }
    let _ = sim.trade(0, TRADER, close(19 * ONE)).unwrap();
    assert!(sim.capital(TRADER) > 0);
}

#[test]
fn a_builder_whose_claim_is_pledged_is_not_paid() {
    let mut sim = market(quiet(), 1_000_000);
    let _ = sim.trade_through(0, TRADER, buy(ONE), BUILDER, TEN).unwrap();
    sim.checked = false;
    sim.actors[BUILDER].account.positions[0].pledged = 1;
    assert_eq!(sim.trade_through(0, TRADER, buy(ONE), BUILDER, TEN).map(drop), Err(Error::ClaimPledged));
    assert!(sim.trade(0, TRADER, buy(ONE)).is_ok());
}

/// Losses of its own cancel what a builder has coming, as anybody's do: its account there is an ordinary one.
#[test]
fn a_builder_may_trade_in_the_account_that_it_is_paid_into() {
    let mut sim = market(quiet(), 1_000_000);
    sim.deposit(BUILDER, 1_000 * USD).unwrap();
    let (_, paid) = sim.trade_through(0, TRADER, buy(10 * ONE), BUILDER, TEN).unwrap();
    let _ = sim.trade(0, BUILDER, buy(ONE)).unwrap();
    sim.move_price(0, 999);
    let settled = sim.settle(0, BUILDER).unwrap();
    assert!(settled.cancelled > USD / 2 && settled.cancelled <= paid, "{settled:?}");
}
