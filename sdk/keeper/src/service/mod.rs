//! The keeper's loop: news into the mirror, the mirror into jobs, jobs to the sender, and what came of them into the books.
//!
//! One task owns mirror and queue, so nothing in it is locked or shared. It ends when it is told to (what is under way is
//! then seen through, for a while), or after one plan where that is asked for.

mod news;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use keel_client::nonblocking::Client;
use keel_client::price::Priced;
use keel_client::tables::load;
use keel_sdk::address;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::config::Checked;
use crate::endpoints::Endpoints;
use crate::feed::{self, Feed};
use crate::job::{Job, JobKey};
use crate::limits::Limits;
use crate::mirror::{Mirror, PriceAt, PriceOf};
use crate::prices::{self, Brought, Wanted};
use crate::profit::Realised;
use crate::sender::{Courier, Ended, MOST_UNITS, Manner, Outcome, Parcel, Sender};
use crate::{brain, metrics};

/// Between two plans there is at least this.
const PAUSE: Duration = Duration::from_millis(60);
/// A job's key is freed at the latest so long after its transaction, though its accounts could not be read again.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// With `once`, prices are waited for so long.
const PRICES_WAIT: Duration = Duration::from_secs(10);
/// Compute units that posting a price takes beside the job.
const POSTING: u32 = 400_000;

/// How the keeper runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// It ends after one plan.
    pub once: bool,
}

/// The running keeper.
struct Service {
    options: Checked,
    key: Arc<Keypair>,
    limits: Limits,
    endpoints: Arc<Endpoints>,
    feed: Feed,
    mirror: Mirror,
    pushed: HashMap<PriceOf, PriceAt>,
    brought: Brought,
    behind: watch::Sender<Vec<Wanted>>,
    bringer: Option<mpsc::Receiver<(PriceOf, Priced)>>,
    sender: Sender,
    unread: HashMap<JobKey, Unread>,
    totals: Realised,
    complete: bool,
    planned: Option<Instant>,
}

/// A job that took effect and whose accounts have not all been heard of since.
struct Unread {
    ended: Ended,
    slot: u64,
    accounts: BTreeSet<Pubkey>,
    since: Instant,
    asked: Instant,
}

/// Runs until `stop`, or after one plan. Returns what it brought. Errors where the options name what is not there.
pub async fn run(options: Checked, key: Keypair, run: Run, stop: CancellationToken) -> anyhow::Result<Realised> {
    let background = CancellationToken::new();
    let _ends = background.clone().drop_guard();
    let endpoints = Arc::new(Endpoints::new(options.places.clone(), options.genesis, options.watch)?);
    let source = prices::source(&options.prices).map_err(anyhow::Error::msg)?;
    let started = async {
        endpoints.start(&background).await;
        tables(&endpoints, &options.tables).await
    };
    // However long no endpoint answers, a stop is heard.
    let Some(tables) = stop.run_until_cancelled(started).await else { return Ok(Realised::default()) };
    let feed = feed::start(endpoints.clone(), options.listening, &background);
    let (behind, watched) = watch::channel(Vec::new());
    let bringer = source.map(|source| {
        let (sender, receiver) = mpsc::channel(16);
        let task = prices::bring(source, endpoints.clone(), key.pubkey(), watched, sender);
        let background = background.clone();
        tokio::spawn(async move { background.run_until_cancelled(task).await });
        receiver
    });
    let sending = &options.given.sending;
    let manner = Manner {
        fees: options.fees,
        resend: Duration::from_millis(sending.resend_ms),
        poll: Duration::from_millis(sending.poll_ms),
        dry: options.given.dry_run,
        tables,
    };
    let sender = Sender::new(Courier::new(endpoints.clone(), manner), sending.queue, sending.at_once);
    let limits = limits(&options, &key.pubkey());
    let service = Service {
        options,
        key: Arc::new(key),
        limits,
        endpoints,
        feed,
        mirror: Mirror::new(),
        pushed: HashMap::new(),
        brought: Brought::default(),
        behind,
        bringer,
        sender,
        unread: HashMap::new(),
        totals: Realised::default(),
        complete: false,
        planned: None,
    };
    Ok(service.run(run, &stop).await)
}

/// What the options say to the brain.
fn limits(options: &Checked, payer: &Pubkey) -> Limits {
    let given = &options.given;
    let account = address::margin_account(payer, given.sub_account);
    let (capital, exposure) = options.capital();
    Limits {
        capital,
        exposure,
        min_discount_ppm: given.capital.min_discount_ppm,
        min_collateral_discount_ppm: given.capital.min_collateral_discount_ppm,
        quote_per_sol: given.capital.usd_per_sol.saturating_mul(1_000_000),
        min_profit: given.capital.min_profit_lamports,
        unpaid: given.jobs.unpaid,
        governance: given.jobs.governance,
        jobs: given.jobs.most,
        min_settlement: given.jobs.min_settlement_usd.saturating_mul(1_000_000),
        refresh_secs: given.jobs.refresh_secs,
        refresh_bank_secs: given.jobs.refresh_bank_secs,
        ..Limits::of(*payer, *payer, account)
    }
}

/// The lookup tables, once an endpoint gives them.
async fn tables(endpoints: &Endpoints, wanted: &[Pubkey]) -> Vec<AddressLookupTableAccount> {
    while !wanted.is_empty() {
        endpoints.ready().await;
        let Some(rpc) = endpoints.serving().first().map(|endpoint| endpoint.rpc()) else { continue };
        let client = Client::from_rpc(rpc);
        let loaded = join_all(wanted.iter().map(|table| load(&client, table))).await;
        match loaded.into_iter().collect() {
            Ok(tables) => return tables,
            Err(error) => tracing::warn!(%error, "the lookup tables cannot be read and are tried again"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Vec::new()
}

impl Service {
    async fn run(mut self, run: Run, stop: &CancellationToken) -> Realised {
        let began = Instant::now();
        let plan = Duration::from_millis(self.options.given.jobs.plan_ms);
        let mut ticks = tokio::time::interval(plan.min(Duration::from_millis(200)));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut changed = false;
            tokio::select! {
                () = stop.cancelled() => break,
                news = self.feed.news.recv() => match news {
                    Some(news) => changed = self.hear_all_of(news),
                    None => break,
                },
                Some((of, priced)) = brought(&mut self.bringer) => {
                    self.brought.take(of, priced);
                    self.choose_price(of);
                    changed = true;
                }
                ended = self.sender.ended() => {
                    self.book(ended);
                    changed = true;
                }
                _ = ticks.tick() => self.ask_again(),
            }
            let since = self.planned.map(|at| at.elapsed());
            if since.is_none_or(|since| since >= plan || (changed && since >= PAUSE)) && self.is_ready(run, began) {
                if run.once && self.planned.is_some() {
                    if self.sender.is_idle() && self.unread.is_empty() {
                        break;
                    }
                } else {
                    self.plan();
                }
            }
            self.deliver();
        }
        self.finish().await;
        self.totals
    }

    /// Whether enough is known to plan, and somebody would take what is planned.
    fn is_ready(&self, run: Run, began: Instant) -> bool {
        let banks = self.mirror.other_banks().filter(|(number, _)| self.mirror.is_held(*number));
        let has_prices = self.mirror.markets().all(|(number, _)| self.mirror.price(number).is_some())
            && banks.into_iter().all(|(number, _)| self.mirror.price(PriceOf::Bank(number)).is_some());
        self.complete
            && self.mirror.now().is_some()
            && self.mirror.exchange().is_some()
            && (!run.once || has_prices || began.elapsed() > PRICES_WAIT)
            && !self.endpoints.serving().is_empty()
    }

    fn plan(&mut self) {
        let Some(now) = self.mirror.now() else { return };
        let began = Instant::now();
        let jobs = brain::plan(&mut self.mirror, now, &self.limits);
        metrics::planned(self.mirror.len(), self.mirror.watch.looked().accounts, began.elapsed());
        let (options, unread) = (&self.options, &self.unread);
        let jobs = jobs.into_iter().filter(|job| options.wants(job) && !unread.contains_key(&job.key)).collect();
        self.sender.plan(jobs);
        self.planned = Some(Instant::now());
        self.follow();
    }

    fn deliver(&mut self) {
        let now = self.mirror.now().map_or(0, |now| now.unix);
        let (brought, key, account) = (&self.brought, &self.key, self.limits.account);
        let pack = |job: &Job| {
            if job.deadline < now {
                return Err("its time is over".to_owned());
            }
            let around = brought.around(job);
            let posting = if around.before.is_empty() { 0 } else { POSTING };
            let instructions = [around.before, job.instructions.clone(), around.after].concat();
            let signers = std::iter::once(key.clone()).chain(around.signers).collect();
            let units = job.units.saturating_add(posting).min(MOST_UNITS);
            Ok(Parcel { kind: job.kind().name(), instructions, units, signers, account })
        };
        for ended in self.sender.deliver(pack) {
            self.book(ended);
        }
    }

    /// Books what came of a job, and has its accounts read again.
    fn book(&mut self, ended: Ended) {
        let (kind, outcome) = (ended.job.kind().name(), ended.outcome.name());
        let (subject, market) = (ended.job.key.subject, ended.job.key.market);
        metrics::job(kind, outcome);
        match &ended.outcome {
            Outcome::Confirmed { signature, slot, realised } => {
                tracing::info!(kind, %subject, market, %signature, slot, fee = realised.map(|it| it.fees), "done");
            }
            Outcome::Failed { signature, refusal, .. } if refusal.somebody_was_first() => {
                tracing::info!(kind, %subject, market, %signature, %refusal, "somebody else was first");
            }
            Outcome::Failed { signature, refusal, .. } => {
                tracing::warn!(kind, %subject, market, %signature, %refusal, logs = ?refusal.logs, "failed on chain");
            }
            Outcome::Dropped(refusal) => {
                tracing::debug!(kind, %subject, market, %refusal, "somebody else was first, or it is not due");
            }
            Outcome::Refused(refusal) => {
                tracing::warn!(kind, %subject, market, %refusal, logs = ?refusal.logs, "refused in simulation");
            }
            Outcome::Expired => {
                tracing::warn!(kind, %subject, market, "expired unseen; it is planned anew if it is due")
            }
            Outcome::Unsent(reason) => tracing::debug!(kind, %subject, market, reason, "not sent"),
            Outcome::Dry => tracing::info!(kind, %subject, market, profit = ?ended.job.profit, "would be sent"),
        }
        let written = written(&ended.job, &self.limits.payer);
        self.feed.desk.single(written.iter().copied());
        match ended.outcome {
            Outcome::Confirmed { slot, realised, .. } => {
                self.account_for(realised.as_ref());
                let (since, asked) = (Instant::now(), Instant::now());
                self.unread.insert(ended.job.key, Unread { ended, slot, accounts: written, since, asked });
            }
            Outcome::Failed { realised, .. } => {
                self.account_for(realised.as_ref());
                self.sender.close(&ended);
            }
            _ => self.sender.close(&ended),
        }
    }

    fn account_for(&mut self, realised: Option<&Realised>) {
        let Some(realised) = realised else {
            tracing::warn!("no node gave the receipt: this transaction is missing in the totals");
            return;
        };
        metrics::booked(realised.fees, realised.earned, realised.laid_out, realised.profit);
        self.totals.add(realised);
    }

    /// Sees through what is under way, for a while.
    async fn finish(&mut self) {
        self.sender.stop();
        let grace = Duration::from_secs(self.options.given.sending.grace_secs);
        let last = tokio::time::Instant::now() + grace;
        while self.sender.under_way() > 0 {
            match tokio::time::timeout_at(last, self.sender.ended()).await {
                Ok(ended) => self.book(ended),
                Err(_) => {
                    let left = self.sender.under_way();
                    tracing::warn!(left, "given up waiting: these may still take effect, or expire");
                    return;
                }
            }
        }
    }
}

/// The accounts of the program that a job writes.
fn written(job: &Job, payer: &Pubkey) -> BTreeSet<Pubkey> {
    let metas = job.instructions.iter().flat_map(|instruction| &instruction.accounts);
    metas.filter(|meta| meta.is_writable && meta.pubkey != *payer).map(|meta| meta.pubkey).collect()
}

async fn brought(bringer: &mut Option<mpsc::Receiver<(PriceOf, Priced)>>) -> Option<(PriceOf, Priced)> {
    match bringer {
        Some(bringer) => bringer.recv().await,
        None => std::future::pending().await,
    }
}
