//! Other collateral than USDC: its price is kept fresh where it counts, it is bought of whom it no longer carries, and of
//! whom it is the last that he owes with; by the brain alone, on the compiled program.

mod common;

use common::play::Play;
use keel_embedded::Collateral;
use keel_embedded::token::create_mint;
use keel_engine::state::MarginAccount;
use keel_keeper::job::Kind;
use keel_sdk::address;
use keel_sdk::instructions::Plan;
use keel_simulator::Executor;
use solana_pubkey::Pubkey;

/// SOL, which counts four fifths; who has a long behind it, and who a short of the same size.
fn story(bank: &str, usdc: &str, long: &str, end: &str) -> String {
    format!(
        r#"{{ "name": "collateral",
             "banks": [ {{ "name": "SOL", "price": "100", "listed": 200000, {bank}
                          "params": {{ "haircut_ppm": 800000, "cap_usd": 10000000, "ramp_secs": 86400, "debt_grace_secs": 60 }} }} ],
             "markets": [ {{ "name": "BTC", "launch_price": "20000" }} ],
             "accounts": {{ "keeper": {{ "deposit": "30000" }}, "long": {{ "deposit": "{usdc}" }}, "short": {{ "deposit": "40000" }},
                            "lp": {{ "deposit": "1000000" }} }},
             "steps": [
               {{ "at": 0, "do": "price", "market": "BTC", "price": "20000", "conf": "2" }},
               {{ "at": 0, "do": "add_range", "who": "lp", "market": "BTC", "lower": -300, "upper": 300, "liquidity": "40000000000000" }},
               {{ "at": 0, "do": "deposit", "who": "long", "bank": "SOL", "amount": "100" }},
               {{ "at": 1, "do": "trade", "who": "short", "market": "BTC", "base": "-{long}" }},
               {{ "at": 2, "do": "trade", "who": "long", "market": "BTC", "base": "{long}" }}{end} ] }}"#
    )
}

/// The story on the chain, with a keeper that takes no positions over.
fn played(bank: &str, rate: Option<f64>, usdc: &str, long: &str, end: &str) -> Play {
    let mut play = Play::after(&story(bank, usdc, long, end), &[20_000.0]);
    play.collateral = vec![(Collateral::named("SOL", rate.is_some()), 100.0, rate)];
    play.limits.min_discount_ppm = 1_000_000;
    play
}

fn account(play: &Play, name: &str) -> MarginAccount {
    play.player.books().accounts[&at(name)]
}

fn at(name: &str) -> Pubkey {
    use solana_signer::Signer;
    address::margin_account(&keel_embedded::chain::key(name).pubkey(), 0)
}

const LEAVES: &str = r#", { "at": 15, "do": "remove_range", "who": "lp", "market": "BTC" }"#;

#[test]
fn a_price_that_counts_is_kept_fresh() {
    let mut play = played("", None, "0", "1", "");
    for second in 3..120 {
        play.second(second, 1.0);
        let bank = play.collateral[0].0.bank(&play.player.exchange).unwrap();
        let age = play.player.now().unix - bank.price_time;
        assert!(age <= 30, "{age} s old, of at most {}", bank.max_age_price_secs);
    }
    let refreshed = play.done[&Kind::RefreshBank];
    assert!((4..=12).contains(&refreshed), "about every 20 seconds: {refreshed}");
    // A price that moved is taken until the median stands for it.
    play.collateral[0].1 = 90.0;
    for second in 120..124 {
        play.second(second, 1.0);
    }
    let bank = play.collateral[0].0.bank(&play.player.exchange).unwrap();
    assert!(bank.price.bits.abs_diff(bank.latest.bits) * 1_000 < bank.latest.bits, "{bank:?}");
    assert_eq!(play.done[&Kind::RefreshBank], refreshed + 2, "the median of three needs two");
}

#[test]
fn collateral_that_counts_for_nobody_is_left_alone() {
    let mut play = played(
        "",
        None,
        "10000",
        "1",
        r#", { "at": 3, "do": "withdraw", "who": "long", "bank": "SOL", "amount": "100" }"#,
    );
    for second in 4..80 {
        play.second(second, 1.0);
    }
    assert!(!play.done.contains_key(&Kind::RefreshBank), "{:?}", play.done);
}

#[test]
fn an_exchange_rate_is_refreshed_with_its_price() {
    let mut play = played(r#""rate": "1.05","#, Some(1.05), "0", "1", "");
    for second in 3..90 {
        play.second(second, 1.0);
        let bank = play.collateral[0].0.bank(&play.player.exchange).unwrap();
        let now = play.player.now().unix;
        assert!(now - bank.price_time <= 30 && now - bank.rate_time <= 30, "{bank:?}");
    }
    assert!(play.done.contains_key(&Kind::RefreshBank) && play.refused.is_empty(), "{:?}", play.refused);
}

#[test]
fn a_bank_whose_time_has_come_is_listed() {
    let mut play = played("", None, "0", "1", "");
    let dollar = Collateral::named("a dollar", false);
    let exchange = &mut play.player.exchange;
    create_mint(&mut exchange.chain, &dollar.mint, &Pubkey::new_unique(), 6).unwrap();
    exchange.queue(Plan::AddBank(dollar.terms())).unwrap();
    play.second(3, 1.0);
    assert!(
        !play.done.contains_key(&Kind::Change) && dollar.bank(&play.player.exchange).is_err(),
        "two days are not over"
    );
    play.second(172_810, 1.0);
    assert_eq!(play.done.get(&Kind::Change), Some(&1), "refused {:?}", play.refused);
    assert_eq!(dollar.bank(&play.player.exchange).unwrap().index, 2);
}

#[test]
fn who_is_flagged_sells_until_he_is_healthy() {
    let mut play = played("", None, "0", "6", LEAVES);
    for second in 16..20 {
        play.second(second, 1.0);
    }
    assert!(play.unhealthy().is_empty() && account(&play, "long").flagged_at == 0);
    play.collateral[0].1 = 42.0;
    for second in 20..60 {
        play.second(second, 1.0);
    }
    assert!(play.done.contains_key(&Kind::Flag), "{:?}, refused {:?}", play.done, play.refused);
    assert!(play.done.contains_key(&Kind::BuyCollateral), "{:?}, refused {:?}", play.done, play.refused);
    assert!(play.unhealthy().is_empty() && account(&play, "long").flagged_at == 0, "he is cured");
    let (long, keeper) = (account(&play, "long"), account(&play, "keeper"));
    assert_eq!(long.positions[0].base, 6_000_000_000, "his position is what it was");
    assert_eq!(long.capital[1] + keeper.capital[1], 100_000_000_000, "the SOL are his and the keeper's");
    let paid = 30_000_000_000 - keeper.usdc();
    let worth = keeper.capital[1] / 1_000 * 42;
    assert!(paid < worth - worth / 100 && paid > worth - worth / 20, "{paid} for what is worth {worth}");
    assert!(!play.done.contains_key(&Kind::Step) && !play.done.contains_key(&Kind::TakeOver), "{:?}", play.done);
}

#[test]
fn a_keeper_buys_within_its_limits() {
    let mut play = played("", None, "0", "6", LEAVES);
    (play.limits.capital, play.limits.exposure) = (1_000_000_000, 500_000_000);
    play.collateral[0].1 = 42.0;
    for second in 16..80 {
        play.second(second, 1.0);
        let bank = play.collateral[0].0.bank(&play.player.exchange).unwrap();
        let held = bank.price.notional_ceil(account(&play, "keeper").capital[1]).unwrap();
        assert!(held <= 500_000_000, "{held}");
    }
    assert!(play.done.contains_key(&Kind::BuyCollateral), "{:?}, refused {:?}", play.done, play.refused);
    play.limits.capital = 0;
    let before = account(&play, "keeper").capital[1];
    for second in 80..100 {
        play.second(second, 1.0);
    }
    assert_eq!(account(&play, "keeper").capital[1], before, "without capital it buys nothing");
}

#[test]
fn a_debt_that_has_grown_old_is_paid_by_the_collateral() {
    // The winner settles: the pot owes him what the loser has not paid.
    let falls = r#", { "at": 3, "do": "price", "market": "BTC", "price": "19400", "conf": "2" },
        { "at": 3, "do": "refresh", "market": "BTC" }, { "at": 4, "do": "refresh", "market": "BTC" },
        { "at": 5, "do": "refresh", "market": "BTC" }, { "at": 6, "do": "settle", "who": "short", "market": "BTC" }"#;
    let mut play = played("", None, "0", "3", falls);
    for second in 7..60 {
        play.second(second, 0.97);
    }
    let long = account(&play, "long");
    assert!(long.debt_since != 0 && long.flagged_at == 0, "he owes and is healthy");
    assert!(!play.done.contains_key(&Kind::BuyCollateral), "his grace is not over: {:?}", play.done);
    for second in 60..200 {
        play.second(second, 0.97);
    }
    assert!(play.done.contains_key(&Kind::BuyCollateral), "{:?}, refused {:?}", play.done, play.refused);
    let long = account(&play, "long");
    assert_eq!((long.debt_since, long.positions[0].debt), (0, 0), "and it is settled");
    assert_eq!(long.positions[0].base, 3_000_000_000);
}

#[test]
fn whoever_has_lost_everything_is_sold_out_and_resolved() {
    let mut play = played("", None, "0", "6", "");
    play.collateral[0].1 = 30.0;
    for second in 3..400 {
        play.second(second, 0.93);
    }
    let long = account(&play, "long");
    assert!(play.done.contains_key(&Kind::BuyCollateral), "{:?}, refused {:?}", play.done, play.refused);
    assert!(play.done.contains_key(&Kind::Resolve), "{:?}, refused {:?}", play.done, play.refused);
    assert!(
        long.positions.iter().all(|position| position.base == 0 && position.quote >= 0) && !long.has_other_collateral()
    );
    assert!(play.unhealthy().is_empty());
}
