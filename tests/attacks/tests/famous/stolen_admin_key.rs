//! A stolen admin key, April 2026: an exchange's signers had approved innocent-looking transactions over durable nonces; weeks
//! later they were sent all at once, and within minutes the thief was admin, had listed a worthless token as collateral,
//! lifted every limit and withdrawn what there was.
//!
//! Here the thief has the admin's key itself. What stops him: nothing is listed, loosened or handed over without the timelock;
//! bounds and solvency envelope are compiled in; no instruction moves a user's money; the guardian cancels and the users
//! leave while he waits. That a nonce is refused is `tests/chain/tests/nonce.rs`'s.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error::{
    AlreadyLaunched, ChangeNotReady, InsufficientCapital, InvalidParameter, NotTighter, PauseTooLong, TreasuryUnset,
    UnsafeParameters, WithdrawalsPaused,
};
use keel_engine::exchange_params::{BankParams, ExchangeParams};
use keel_engine::governance::{BankGuard, MarketGuard};
use keel_engine::params::Params;
use keel_engine::{Error, Result};
use keel_sdk::instructions::AddBank;
use keel_simulator::Action;
use keel_simulator::governance::{Act, Authority, Planned};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const DAY: u64 = 86_400;

fn govern(story: &mut Story, act: Act) -> Result<()> {
    story.play(Action::Govern(act)).map(drop)
}

fn queue(story: &mut Story, plan: Planned) -> Result<()> {
    govern(story, Act::Queue { by: Authority::Admin, plan })
}

fn stage() -> Stage {
    Stage::new().person("lp", 1_000_000).person("saver", 200_000).person("trader", 50_000).person("thief", 1_000)
}

/// Number of an act's market: the only one.
const BTC: usize = 0;

fn exchange(story: &mut Story) -> (ExchangeParams, BankParams) {
    let books = &story.exchange().books;
    (ExchangeParams::of(&books.exchange.unwrap()), BankParams::of(&books.bank(0).unwrap().bank))
}

#[test]
fn the_drain_of_april_2026() {
    let mut story = stage().start();
    story.provide("lp", -100, 100, 1_000_000);
    story.buy("trader", 5.0);
    let params = story.market().params;
    let (of_exchange, of_bank) = exchange(&mut story);
    let before = [story.wealth("saver"), story.wealth("thief")];
    let thief = story.who("thief");

    // Minute 0: list a collateral of his own, at once.
    let admin = story.exchange().admin.insecure_clone();
    let fake = AddBank::of_usdc(admin.pubkey(), Pubkey::new_from_array([66; 32])).instruction();
    let refused = story.exchange().send(&[fake], &[&admin]).unwrap().unwrap_err();
    println!("minute 0: a fake collateral: {refused}");
    assert_eq!(refused.error(), Some(AlreadyLaunched));
    // Fees of everything, margins of nothing, no limit on what leaves.
    let robbed = Params { base_fee_ppm: 1_000_000, max_fee_ppm: 1_000_000, ..params };
    assert_eq!(queue(&mut story, Planned::MarketParams(BTC, robbed)), Err(InvalidParameter));
    let thin = Params { imr_ppm: 10_000, mmr_ppm: 5_000, ..params };
    assert_eq!(queue(&mut story, Planned::MarketParams(BTC, thin)), Err(UnsafeParameters));
    let open = BankParams { outflow_limit_ppm_per_hour: 1_000_000, ..of_bank };
    assert_eq!(queue(&mut story, Planned::BankParams(open)), Err(InvalidParameter));
    let now = ExchangeParams { timelock_secs: 0, ..of_exchange };
    assert_eq!(queue(&mut story, Planned::ExchangeParams(now)), Err(InvalidParameter));
    // The treasury has no owner, and he has no right to make himself one today.
    assert_eq!(govern(&mut story, Act::WithdrawTreasury { market: BTC, amount: 1 }), Err(TreasuryUnset));
    // What the bounds allow he may ask for, and everybody sees it: the least timelock, the widest limit, his own key three times.
    let low = ExchangeParams { timelock_secs: 86_400, ..of_exchange };
    let wide = BankParams { outflow_limit_ppm_per_hour: 500_000, ..of_bank };
    let asked = [
        Planned::ExchangeParams(low),
        Planned::BankParams(wide),
        Planned::Guardian(thief),
        Planned::Treasury(thief),
        Planned::PendingAdmin(thief),
    ];
    for plan in asked {
        assert_eq!(queue(&mut story, plan), Ok(()));
    }
    for number in 1..=5 {
        assert_eq!(govern(&mut story, Act::Execute { number }), Err(ChangeNotReady));
    }
    println!("minute 0: five changes are queued, two days before the first may be executed");

    // Minute 1: he may tighten at once, and nothing of that is his.
    let pause = MarketGuard::Pause(259_200);
    assert_eq!(govern(&mut story, Act::GuardMarket { by: Authority::Admin, market: BTC, guard: pause }), Ok(()));
    let looser = MarketGuard::OiCap(params.oi_cap_usd + 1);
    let loosen = Act::GuardMarket { by: Authority::Admin, market: BTC, guard: looser };
    assert_eq!(govern(&mut story, loosen), Err(NotTighter));

    // Minute 30: the guardian cancels all of it. Meanwhile whoever wants to leaves.
    story.wait(1_800);
    for number in 1..=5 {
        assert_eq!(govern(&mut story, Act::Cancel { by: Authority::Guardian, number }), Ok(()));
    }
    println!("minute 30: the guardian has cancelled all five");
    assert_eq!(story.withdraw("saver", Usd::of(50_000)), Ok(()));
    let after = [story.wealth("saver") + Usd::of(50_000), story.wealth("thief")];
    assert_eq!(before, after, "nobody has lost or gained an atom");
    assert_eq!(story.withdraw("thief", Usd::of(2_000)), Err(InsufficientCapital));
}

/// The worst: nobody watches. After two days the thief is guardian and treasury, with the widest limits that the program
/// knows, and still has nothing but what fees have paid to the treasury since.
#[test]
fn with_a_guardian_asleep_it_takes_days_and_takes_nobodys_money() {
    let mut story = stage().start();
    story.provide("lp", -100, 100, 1_000_000);
    story.buy("trader", 5.0);
    let thief = story.who("thief");
    for plan in [Planned::Guardian(thief), Planned::Treasury(thief), Planned::PendingAdmin(thief)] {
        assert_eq!(queue(&mut story, plan), Ok(()));
    }
    let saver = story.wealth("saver");
    // Everybody has two days to go.
    assert_eq!(story.withdraw("saver", Usd::of(100_000)), Ok(()));
    story.sleep(2 * DAY);
    for number in 1..=3 {
        assert_eq!(govern(&mut story, Act::Execute { number }), Ok(()));
    }
    assert_eq!(govern(&mut story, Act::Accept { who: thief }), Ok(()));
    let paid = story.market().treasury;
    assert_eq!(
        govern(&mut story, Act::WithdrawTreasury { market: BTC, amount: paid.saturating_add(1) }),
        Err(InsufficientCapital)
    );
    assert_eq!(story.wealth("saver") + Usd::of(100_000), saver);
    // And the rest of what he wants waits for two days more.
    assert_eq!(queue(&mut story, Planned::LiftReduceOnly(BTC)), Ok(()));
    assert_eq!(govern(&mut story, Act::Execute { number: 4 }), Err(ChangeNotReady));
}

/// Withdrawals as a hostage: pay, or nobody gets out. Of any week at least half is free.
#[test]
fn pause_as_a_hostage() {
    let mut story = stage().start();
    let pause = |secs| Act::GuardBank { by: Authority::Guardian, guard: BankGuard::Pause(secs) };
    assert_eq!(govern(&mut story, pause(259_201)), Err(PauseTooLong));
    assert_eq!(govern(&mut story, pause(259_200)), Ok(()));
    assert_eq!(story.withdraw("saver", Usd::of(1_000)), Err(WithdrawalsPaused));
    let (mut free, mut held) = (0, 0);
    for _ in 0..28 * 4 {
        story.sleep(DAY / 4);
        let out = story.withdraw("saver", Usd::of(100));
        match out {
            Ok(()) => free += 1,
            Err(error) => {
                assert_eq!(error, Error::WithdrawalsPaused);
                held += 1;
            }
        }
        // As often as the key allows.
        let _refused = govern(&mut story, pause(259_200));
    }
    println!("of {} quarters of a day {free} were free", free + held);
    assert!(free >= held, "{free} free, {held} held");
}
