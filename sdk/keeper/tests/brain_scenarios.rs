//! Every scenario of the repository, with a keeper looking on: in front of each step the brain tells what there is to do.
//!
//! Whatever a scenario's keeper then does with success, the brain had found; and everything that the brain finds is taken
//! by the compiled program, as the instructions that it made, on a copy of the chain. That is asked some thousand times, for
//! every kind of job.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use common::{eager, payer, samples, tell};
use keel_embedded::chain::key;
use keel_embedded::{Collateral, Player};
use keel_engine::Now;
use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::pool::redemptions::REDEMPTION;
use keel_keeper::brain::plan;
use keel_keeper::job::{Job, Kind};
use keel_keeper::limits::Limits;
use keel_keeper::mirror::Mirror;
use keel_sdk::address;
use keel_simulator::governance::Act;
use keel_simulator::orders::OrderAct;
use keel_simulator::pool::PoolAct;
use keel_simulator::setup::{START, number};
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, BankFeed, BankFeeds, Books, Done, Executor, Feeds, Runner, Scenario, Setup};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Any step against a position: which of them is the brain's choice.
const STEPS: &[Kind] = &[Kind::Step, Kind::TakeOver, Kind::Backstop, Kind::Deleverage];

/// What was seen of each kind.
#[derive(Default)]
struct Seen {
    /// Done with success by a scenario, and found before.
    due: BTreeMap<Kind, usize>,
    /// Refused to a scenario, and not found before.
    not_due: BTreeMap<Kind, usize>,
    /// Found, and taken by the program.
    taken: BTreeMap<Kind, usize>,
    /// What went wrong.
    wrong: Vec<String>,
}

/// A player under the eyes of a keeper.
struct Watched<'s> {
    player: Player,
    mirror: Mirror,
    feeds: Feeds,
    bank_feeds: BankFeeds,
    collateral: Vec<Collateral>,
    limits: Limits,
    owner: Keypair,
    story: &'s str,
    slot: u64,
    seen: Seen,
}

impl Watched<'_> {
    /// What the brain finds now, asked of a mirror that has followed all along, of the same again, and of one that was told
    /// everything at once.
    fn found(&mut self) -> Vec<Job> {
        self.slot += 1;
        self.publish_banks();
        tell(&mut self.mirror, &self.player.exchange, &self.feeds, START, self.slot);
        let now = self.player.now();
        let jobs = plan(&mut self.mirror, now, &self.limits);
        assert_eq!(jobs, plan(&mut self.mirror, now, &self.limits), "{}: the same again", self.story);
        let mut anew = Mirror::new();
        tell(&mut anew, &self.player.exchange, &self.feeds, START, 1);
        tell(&mut anew, &self.player.exchange, &self.feeds, START, 1);
        let keys = |jobs: &[Job]| jobs.iter().map(|job| job.key).collect::<Vec<_>>();
        let told = plan(&mut anew, now, &self.limits);
        assert_eq!(keys(&jobs), keys(&told), "{}: told at once", self.story);
        assert!(jobs == told, "{}: told at once", self.story);
        jobs
    }

    /// Puts the updates of banks' feeds into place, as a transaction would find them now.
    fn publish_banks(&mut self) {
        let now = self.player.now().unix;
        for (collateral, bank) in self.collateral.iter().zip(1..) {
            let [price, rate] = [BankFeed::Price, BankFeed::Rate].map(|feed| self.bank_feeds.sample(bank, feed, now));
            let chain = &mut self.player.exchange.chain;
            collateral.publish(chain, &price.expect("every bank has a feed"), rate.as_ref()).expect("it is published");
        }
    }

    /// Sends each job on a copy of the chain.
    fn send(&mut self, jobs: &[Job], action: &Action) {
        for job in jobs {
            let mut copy = self.player.exchange.fork();
            for (market, sample) in samples(&self.mirror, &copy, &self.feeds, START) {
                copy.publish_sample(market, &sample).expect("the market has a feed");
            }
            let payer = payer();
            let signers: Vec<&Keypair> = if job.owner_signs { vec![&payer, &self.owner] } else { vec![&payer] };
            match copy.send_unaudited(&job.instructions, &signers) {
                Ok(_) => *self.seen.taken.entry(job.kind()).or_default() += 1,
                Err(refused) => {
                    let before = format!("{}: before {action:?}: {:?}", self.story, job.key);
                    self.seen.wrong.push(format!("{before} was refused with {}", refused.name()));
                }
            }
        }
    }

    /// The kinds of job that an action is, and what it is about.
    fn wanted(&self, action: &Action) -> Option<(&'static [Kind], Pubkey)> {
        let of = |who: usize| self.player.account(who).unwrap_or_default();
        let market = |place: usize| address::market(number(place));
        let books = self.player.books();
        Some(match *action {
            Action::BeginLiquidation { who } => (&[Kind::Flag], of(who)),
            Action::UnwindRange { who, .. } => (&[Kind::Unwind], of(who)),
            Action::LiquidateOnCurve { who, .. }
            | Action::Liquidate { who, .. }
            | Action::Backstop { who, .. }
            | Action::Deleverage { who, .. } => (STEPS, of(who)),
            Action::BuyCollateral { who, .. } => (&[Kind::BuyCollateral], of(who)),
            Action::Resolve { who, .. } => (&[Kind::Resolve, Kind::Flag], of(who)),
            Action::CollectPledged { who, .. } => (&[Kind::CollectPledged], of(who)),
            Action::PayWithdrawal { bank, ticket: None } => {
                let bank = &books.bank(bank)?.bank;
                (&[Kind::PayWithdrawal], address::ticket(bank.index, bank.queue_head))
            }
            Action::Order(OrderAct::Execute { who, number: order, .. }) => {
                let order = order.or_else(|| books.first_order(&of(who)))?;
                (&[Kind::Order], address::order(&of(who), order))
            }
            Action::Order(OrderAct::Clean { who, number: order, .. }) => {
                let order = order.or_else(|| books.first_order(&of(who)))?;
                (&[Kind::CleanOrder], address::order(&of(who), order))
            }
            Action::Pool(PoolAct::ExecuteDeposit { number, .. }) => {
                let number = number.or_else(|| books.first_request(DEPOSIT, None))?;
                (&[Kind::PoolDeposit], address::pool_request(DEPOSIT, number))
            }
            Action::Pool(PoolAct::ExecuteRedeem { number, .. }) => {
                let number = number.or_else(|| books.first_request(REDEMPTION, None))?;
                (&[Kind::PoolRedemption], address::pool_request(REDEMPTION, number))
            }
            Action::Strategy(StrategyAct::Rebalance { market: place, .. }) => (&[Kind::Rebalance], market(place)),
            Action::Strategy(StrategyAct::Collect { market: place }) => (&[Kind::CollectPool], market(place)),
            Action::BalanceReserve => (&[Kind::BalanceReserve], address::pool()),
            Action::Govern(Act::Execute { number }) => (&[Kind::Change], address::change(number)),
            Action::CloseMarket { market: place } => (&[Kind::CloseMarket], market(place)),
            Action::ClosePosition { who, .. } => (&[Kind::ClosePosition], of(who)),
            Action::SweepUnbooked => (&[Kind::Sweep], Pubkey::from(books.bank(0)?.bank.vault)),
            _ => return None,
        })
    }
}

impl Executor for Watched<'_> {
    fn turn(&mut self, at: u64) {
        self.player.turn(at);
    }

    fn perform(&mut self, action: &Action) -> Result<keel_engine::Result<Done>> {
        if let Action::Price { market, quote, published } = *action {
            self.feeds.publish(market, quote, published);
            return self.player.perform(action);
        }
        if let Action::BankPrice { bank, feed, quote, published } = *action {
            self.bank_feeds.publish(bank, feed, quote, published.map(|secs| START + secs));
            return self.player.perform(action);
        }
        let wanted = self.wanted(action);
        let jobs = self.found();
        self.send(&jobs, action);
        let answer = self.player.perform(action)?;
        if let Some((kinds, subject)) = wanted {
            let found = jobs.iter().find(|job| kinds.contains(&job.kind()) && job.key.subject == subject);
            let kind = found.map_or(kinds[0], Job::kind);
            match (&answer, found) {
                (Ok(_), Some(_)) => *self.seen.due.entry(kind).or_default() += 1,
                (Err(_), None) => *self.seen.not_due.entry(kind).or_default() += 1,
                (Ok(done), None) => {
                    let keys: Vec<_> = jobs.iter().map(|job| job.key).collect();
                    self.seen.wrong.push(format!("{}: {action:?} did {done:?}, found was {keys:?}", self.story));
                }
                // Another size or holder than the brain's choice.
                (Err(_), Some(_)) => {}
            }
        }
        Ok(answer)
    }

    fn books(&self) -> &Books {
        self.player.books()
    }

    fn now(&self) -> Now {
        self.player.now()
    }

    fn account(&self, who: usize) -> Result<Pubkey> {
        self.player.account(who)
    }
}

/// Whom a scenario pays for keeping; the last account where it pays nobody.
fn keeper(scenario: &Scenario) -> usize {
    let paid = scenario.steps.iter().find_map(|step| match step.action {
        Action::LiquidateOnCurve { by, .. }
        | Action::Liquidate { by, .. }
        | Action::Deleverage { by, .. }
        | Action::Backstop { by, .. }
        | Action::BuyCollateral { by, .. }
        | Action::Strategy(StrategyAct::Rebalance { by, .. }) => Some(by),
        _ => None,
    });
    paid.unwrap_or(scenario.setup.accounts.len() - 1)
}

fn owner_of(setup: &Setup, who: usize) -> Result<Keypair> {
    let account = setup.accounts.get(who).context("no such account")?;
    let owner = setup.accounts.get(account.owner.unwrap_or(who)).context("no such owner")?;
    Ok(key(&owner.name))
}

fn play(path: &Path) -> Result<Seen> {
    let text = std::fs::read_to_string(path)?;
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let scenario = Scenario::read(path).with_context(|| format!("{name}: {}", text.len()))?;
    let player = Player::start(&scenario.setup)?;
    let who = keeper(&scenario);
    let (owner, account) = (owner_of(&scenario.setup, who)?, player.account(who)?);
    let feeds = Feeds::of(scenario.setup.markets.iter().map(|market| market.first));
    let watched = Watched {
        limits: eager(&owner.pubkey(), account),
        player,
        mirror: Mirror::new(),
        feeds,
        bank_feeds: BankFeeds::of(&scenario.setup.banks),
        collateral: scenario
            .setup
            .banks
            .iter()
            .map(|bank| Collateral::named(&bank.name, bank.rate.is_some()))
            .collect(),
        owner,
        story: &name,
        slot: 0,
        seen: Seen::default(),
    };
    let mut runner = Runner::new(&scenario, watched);
    for line in runner.by_ref() {
        let _line = line?;
    }
    Ok(runner.executor.seen)
}

#[test]
fn what_keepers_do_in_scenarios_is_found_and_what_is_found_is_taken() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let files: BTreeSet<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    ensure!(files.len() > 40, "{} scenarios", files.len());
    let only = std::env::var("KEEL_SCENARIO").ok();
    let mut all = Seen::default();
    for path in &files {
        if only.as_ref().is_some_and(|only| !path.display().to_string().contains(only.as_str())) {
            continue;
        }
        let seen = play(path)?;
        for (sum, part) in [(&mut all.due, seen.due), (&mut all.not_due, seen.not_due), (&mut all.taken, seen.taken)] {
            part.into_iter().for_each(|(kind, count)| *sum.entry(kind).or_default() += count);
        }
        all.wrong.extend(seen.wrong);
    }
    eprintln!("{:<16} {:>6} {:>8} {:>6}", "", "due", "not due", "taken");
    let count = |counts: &BTreeMap<Kind, usize>, kind: &Kind| counts.get(kind).copied().unwrap_or(0);
    for kind in Kind::ALL {
        let counts = [&all.due, &all.not_due, &all.taken].map(|counts| count(counts, kind));
        eprintln!("{:<16} {:>6} {:>8} {:>6}", kind.name(), counts[0], counts[1], counts[2]);
    }
    ensure!(all.wrong.is_empty(), "{} wrong:\n{}", all.wrong.len(), all.wrong.join("\n"));
    if only.is_none() {
        // Where the curve or somebody's capital serves, the pool's does not; tests/brain_stories.rs has worlds for these.
        let elsewhere = [Kind::Backstop, Kind::BringBack];
        for kind in Kind::ALL.iter().filter(|kind| !elsewhere.contains(kind)) {
            ensure!(count(&all.taken, kind) > 0, "no {} was ever found and taken", kind.name());
        }
    }
    Ok(())
}
