//! A crash, played to the end with nothing but the brain's jobs on the compiled program: two markets fall by a quarter in two
//! minutes under thirty leveraged accounts, providers and a pool. Nobody is left unhealthy, what losers have is in the pots,
//! orders are executed, and every equality holds after each transaction.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use common::{payer, tell};
use keel_embedded::Player;
use keel_embedded::chain::key;
use keel_engine::margin::health_at_any_mark;
use keel_engine::pot::{may_settle_other, unsettled};
use keel_keeper::brain::plan;
use keel_keeper::job::Kind;
use keel_keeper::limits::Limits;
use keel_keeper::mirror::Mirror;
use keel_sdk::address;
use keel_simulator::setup::START;
use keel_simulator::{Books, Executor, Feeds, Quote, Runner, Scenario};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Traders.
const TRADERS: u64 = 30;
/// First prices, in USD.
const PRICES: [f64; 2] = [20_000.0, 100.0];
/// Seconds of the story before the brain takes over, of the fall, and of the time after it.
const BEFORE: u64 = 40;
const FALL: u64 = 120;
const AFTER: u64 = 1_500;
/// Rounds of planning in a second: what one round does the next one goes on from.
const ROUNDS: usize = 12;

/// Everybody, as a scenario: who trades what at which leverage is told by the trader's place.
fn story() -> String {
    let mut accounts = String::from(
        r#""keeper": { "deposit": "30000" }, "lp": { "deposit": "1500000" }, "geared": { "deposit": "60000" },
           "saver": { "deposit": "400000" }"#,
    );
    let mut steps = String::from(
        r#"{ "at": 0, "do": "price", "market": "BTC", "price": "20000", "conf": "2" },
           { "at": 0, "do": "price", "market": "SOL", "price": "100", "conf": "0.01" },
           { "at": 0, "do": "add_range", "who": "lp", "market": "BTC", "lower": -300, "upper": 300, "liquidity": "30000000000000" },
           { "at": 0, "do": "add_range", "who": "lp", "market": "SOL", "lower": -300, "upper": 300, "liquidity": "3000000000000000" },
           { "at": 0, "do": "add_range", "who": "geared", "market": "BTC", "lower": -100, "upper": 100, "liquidity": "12000000000000" },
           { "at": 1, "do": "request_deposit", "who": "saver", "amount": "300000", "tip": 100000 }"#,
    );
    for place in 0..TRADERS {
        let usd = 1_000 + place * 397 % 9_000;
        write!(accounts, ", \"t{place}\": {{ \"deposit\": \"{usd}\" }}").unwrap();
        let leverage = 5.0 + (place * 7 % 10) as f64;
        let side = if place % 5 == 4 { 1.0 } else { -1.0 };
        let (name, price) = [("BTC", PRICES[0]), ("SOL", PRICES[1])][usize::from(place % 3 == 2)];
        let base = -side * usd as f64 * leverage / price;
        let at = 5 + place;
        write!(steps, ", {{ \"at\": {at}, \"do\": \"trade\", \"who\": \"t{place}\", \"market\": \"{name}\", \"base\": \"{base:.4}\" }}").unwrap();
        if place % 6 == 1 && base > 0.0 {
            let (below, limit) = (price * 0.98, price * 0.9);
            write!(steps, ", {{ \"at\": {at}, \"do\": \"place_order\", \"who\": \"t{place}\", \"market\": \"{name}\", \"kind\": \"trigger\", \"base\": \"-{base:.4}\", \"below\": \"{below:.2}\", \"below_limit\": \"{limit:.2}\", \"reduce_only\": true, \"tip\": 100000 }}").unwrap();
        }
    }
    format!(
        r#"{{ "name": "a crash", "exchange": {{ "rebalance_gap_secs": 60 }},
             "pool": {{ "strategies": [
               {{ "market": "BTC", "quotes": true, "backstops": true, "width_ticks": 100, "weight_ppm": 400000,
                  "leverage_ppm": 2000000, "exposure_cap_usd": 500000, "backstop_cap_usd": 100000, "backstop_loss_cap_usd": 5000 }} ] }},
             "markets": [ {{ "name": "BTC", "launch_price": "20000" }}, {{ "name": "SOL", "launch_price": "100" }} ],
             "accounts": {{ {accounts} }}, "steps": [ {steps} ] }}"#
    )
}

/// The exchange, the brain and what came of its jobs.
struct Play {
    player: Player,
    mirror: Mirror,
    feeds: Feeds,
    limits: Limits,
    owner: Keypair,
    slot: u64,
    done: BTreeMap<Kind, usize>,
    refused: BTreeMap<String, usize>,
}

impl Play {
    fn start() -> Self {
        let text = story();
        let scenario = Scenario::parse("crash", Path::new("."), &text).expect("the story is a scenario");
        let player = Player::start(&scenario.setup).expect("the exchange starts");
        let feeds = Feeds::of(PRICES.map(Quote::of_usd));
        let mut runner = Runner::new(&scenario, player);
        for line in runner.by_ref() {
            let line = line.expect("everything holds");
            assert!(line.verdict == keel_simulator::scenario::Verdict::Fine, "{:?}", line.verdict);
        }
        let player = runner.executor;
        let owner = key("keeper");
        let account = address::margin_account(&owner.pubkey(), 0);
        let limits = Limits {
            capital: 30_000_000_000,
            exposure: 20_000_000_000,
            min_settlement: 1_000_000,
            ..Limits::of(payer().pubkey(), owner.pubkey(), account)
        };
        let (done, refused) = (BTreeMap::new(), BTreeMap::new());
        Self { player, mirror: Mirror::new(), feeds, limits, owner, slot: 0, done, refused }
    }

    fn hear(&mut self) {
        self.slot += 1;
        tell(&mut self.mirror, &self.player.exchange, &self.feeds, START, self.slot);
    }

    /// One second: prices, then rounds of jobs until nothing is left to do.
    fn second(&mut self, at: u64, factor: f64) {
        self.player.turn(at);
        for (place, price) in PRICES.iter().enumerate() {
            let quote = Quote::of_usd(price * factor);
            self.feeds.publish(place, quote, None);
            self.player.exchange.publish(place as u16 + 1, &quote).expect("the market has a feed");
        }
        for _ in 0..ROUNDS {
            self.hear();
            let jobs = plan(&mut self.mirror, self.player.now(), &self.limits);
            let mut worked = false;
            for job in jobs {
                let payer = payer();
                let signers: Vec<&Keypair> = if job.owner_signs { vec![&payer, &self.owner] } else { vec![&payer] };
                // Every transaction is audited.
                match self.player.exchange.send(&job.instructions, &signers).expect("every equality holds") {
                    Ok(_) => {
                        worked = true;
                        *self.done.entry(job.kind()).or_default() += 1;
                    }
                    Err(refused) => {
                        *self.refused.entry(format!("{} {}", job.kind().name(), refused.name())).or_default() += 1;
                    }
                }
            }
            if !worked {
                return;
            }
        }
    }

    fn unhealthy(&self) -> Vec<Pubkey> {
        let (books, now) = (self.player.books(), self.player.now());
        let is_unhealthy = |at: &Pubkey| {
            let account = &books.accounts[at];
            let health = books.view(|view| health_at_any_mark(account, books.ranges.get(at), view, now));
            health.expect("everything is there").is_unhealthy()
        };
        books.accounts.keys().filter(|at| is_unhealthy(at)).copied().collect()
    }
}

/// Losses that anybody might still collect, worth a transaction.
fn uncollected(books: &Books, play: &Play) -> Vec<(Pubkey, u16, i64)> {
    let mut left = Vec::new();
    for (at, account) in &books.accounts {
        for position in account.positions.iter().filter(|position| position.market != 0) {
            let market = &books.markets[&position.market];
            let value = unsettled(market, position).expect("within 64 bits");
            let may = may_settle_other(market, account, play.player.now()).expect("the position is there");
            let has = account.capital[0] != 0;
            if may && has && market.pot < market.claims && value < -(play.limits.min_settlement as i64) {
                left.push((*at, position.market, value));
            }
        }
    }
    left
}

#[test]
fn a_crash_ends_with_nobody_left() {
    let mut play = Play::start();
    let orders = play.player.books().orders.len();
    assert!(orders > 1, "{orders} orders wait");
    for at in BEFORE..BEFORE + 20 {
        play.second(at, 1.0);
    }
    assert!(play.player.books().requests.is_empty(), "the deposit into the pool was executed");
    assert!(play.done.contains_key(&Kind::Rebalance), "the pool quotes: {:?}", play.done);
    let mut most = 0;
    for second in 1..=FALL {
        play.second(BEFORE + 20 + second, 1.0 - 0.25 * second as f64 / FALL as f64);
        most = most.max(play.unhealthy().len());
    }
    let end = BEFORE + 20 + FALL;
    for at in (end + 1..end + 60).chain((end + 60..end + AFTER).step_by(10)) {
        play.second(at, 0.75);
    }
    eprintln!("at most {most} unhealthy after a second; done {:#?}\nrefused {:#?}", play.done, play.refused);
    play.hear();
    let books = play.player.books();
    assert!(play.unhealthy().is_empty(), "left unhealthy: {:?}", play.unhealthy());
    assert_eq!(uncollected(books, &play), [], "losses are left");
    assert_eq!(books.orders.len(), 0, "orders are left");
    play.player.exchange.audit().expect("every equality holds");
    for kind in [
        Kind::Flag,
        Kind::Step,
        Kind::TakeOver,
        Kind::Unwind,
        Kind::Refresh,
        Kind::Order,
        Kind::Unload,
        Kind::PoolDeposit,
    ] {
        assert!(play.done.contains_key(&kind), "no {} was done", kind.name());
    }
    // Jobs of one round may get in each other's way; most do not.
    let (done, refused): (usize, usize) = (play.done.values().sum(), play.refused.values().sum());
    assert!(refused * 5 < done, "{refused} of {done} were refused");
}
