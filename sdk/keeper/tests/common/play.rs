//! A story on the embedded chain that the brain takes over: each second it hears everything, and what it finds is sent.

use std::collections::BTreeMap;
use std::path::Path;

use keel_embedded::chain::key;
use keel_embedded::{Collateral, Player};
use keel_engine::margin::health_at_any_mark;
use keel_keeper::brain::plan;
use keel_keeper::job::Kind;
use keel_keeper::limits::Limits;
use keel_keeper::mirror::Mirror;
use keel_sdk::address;
use keel_simulator::scenario::Verdict;
use keel_simulator::setup::START;
use keel_simulator::{Executor, Feeds, Quote, Runner, Scenario};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::{payer, tell};

/// Rounds of planning in a second: what one round does the next one goes on from.
const ROUNDS: usize = 12;

/// The exchange, the brain and what came of its jobs.
pub struct Play {
    /// The exchange.
    pub player: Player,
    /// What it knows.
    pub mirror: Mirror,
    feeds: Feeds,
    prices: Vec<f64>,
    /// Other collateral than USDC: its price, and its exchange rate where it has one.
    pub collateral: Vec<(Collateral, f64, Option<f64>)>,
    /// What the keeper may do.
    pub limits: Limits,
    owner: Keypair,
    slot: u64,
    /// Jobs that the program took.
    pub done: BTreeMap<Kind, usize>,
    /// Jobs that it refused, with the reason.
    pub refused: BTreeMap<String, usize>,
}

impl Play {
    /// Plays a scenario, after which the brain of an account named keeper takes over; `prices` are the markets' then.
    pub fn after(text: &str, prices: &[f64]) -> Self {
        let scenario = Scenario::parse("story", Path::new("."), text).expect("the story is a scenario");
        let player = Player::start(&scenario.setup).expect("the exchange starts");
        let feeds = Feeds::of(prices.iter().map(|price| Quote::of_usd(*price)));
        let mut runner = Runner::new(&scenario, player);
        for line in runner.by_ref() {
            let line = line.expect("everything holds");
            assert!(line.verdict == Verdict::Fine, "{:?}", line.verdict);
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
        let (mirror, prices, collateral) = (Mirror::new(), prices.to_vec(), Vec::new());
        Self { player, mirror, feeds, prices, collateral, limits, owner, slot: 0, done, refused }
    }

    /// Tells the mirror everything.
    pub fn hear(&mut self) {
        self.slot += 1;
        tell(&mut self.mirror, &self.player.exchange, &self.feeds, START, self.slot);
    }

    /// One second: prices times a factor, then rounds of jobs until nothing is left to do.
    pub fn second(&mut self, at: u64, factor: f64) {
        self.player.turn(at);
        for (place, price) in self.prices.iter().enumerate() {
            let quote = Quote::of_usd(price * factor);
            self.feeds.publish(place, quote, None);
            self.player.exchange.publish(place as u16 + 1, &quote).expect("the market has a feed");
        }
        let now = self.player.now().unix;
        for (collateral, price, rate) in &self.collateral {
            let [price, rate] = [Some(*price), *rate].map(|usd| usd.map(|usd| Quote::of_usd(usd).sample(now)));
            let price = price.expect("a price");
            collateral.publish(&mut self.player.exchange.chain, &price, rate.as_ref()).expect("it is published");
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

    /// Everybody who is unhealthy, by looking at everybody.
    pub fn unhealthy(&self) -> Vec<Pubkey> {
        let (books, now) = (self.player.books(), self.player.now());
        let is_unhealthy = |at: &Pubkey| {
            let account = &books.accounts[at];
            let health = books.view(|view| health_at_any_mark(account, books.ranges.get(at), view, now));
            health.expect("everything is there").is_unhealthy()
        };
        books.accounts.keys().filter(|at| is_unhealthy(at)).copied().collect()
    }
}
