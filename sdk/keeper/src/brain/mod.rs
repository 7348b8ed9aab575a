//! What there is to do. Pure: the same mirror, clock and limits give the same jobs, and nothing is remembered of a job that
//! was made; what somebody else has done meanwhile shows in the mirror, and its job is not made any more.

mod banks;
mod cleaning;
mod collateral;
mod deleverage;
mod draft;
mod ground;
mod liquidation;
mod losses;
mod orders;
mod pool;
mod refresh;
mod watch;

use keel_engine::Now;

use crate::job::{Job, Kind};
use crate::limits::Limits;
use crate::mirror::Mirror;

pub(crate) use banks::has_rate;
use draft::Round;
use ground::{Freshened, Ground};
pub use watch::{Looked, Watch};

/// Brings what is known of everybody's health up to the prices and the clock of now. Returns what it took.
pub fn look(mirror: &mut Mirror, now: Now) -> Looked {
    let fresh = Freshened::of(mirror, now);
    look_at(mirror, &fresh, now)
}

fn look_at(mirror: &mut Mirror, fresh: &Freshened, now: Now) -> Looked {
    let mut watch = std::mem::take(&mut mirror.watch);
    watch.update(&Ground { mirror, fresh, now });
    let looked = watch.looked();
    mirror.watch = watch;
    looked
}

/// Everything that there is to do now, the most urgent first, at most [`Limits::jobs`].
///
/// The mirror is changed only in what it remembers of its own looking: which accounts cannot be unhealthy before which
/// price.
pub fn plan(mirror: &mut Mirror, now: Now, limits: &Limits) -> Vec<Job> {
    let fresh = Freshened::of(mirror, now);
    look_at(mirror, &fresh, now);
    let mut round = Round { ground: Ground { mirror, fresh: &fresh, now }, limits, jobs: Vec::new() };
    liquidation::plan(&mut round);
    collateral::plan(&mut round);
    refresh::plan(&mut round);
    banks::plan(&mut round);
    losses::plan(&mut round);
    let alive = orders::plan(&mut round);
    pool::plan(&mut round);
    cleaning::plan(&mut round);
    let Round { jobs, .. } = chosen(round);
    mirror.orders.suspects.retain(|order| !alive.contains(order));
    jobs
}

/// The jobs that are worth doing, in order, as many as there may be.
fn chosen(mut round: Round) -> Round {
    let mut jobs = std::mem::take(&mut round.jobs);
    jobs.retain(|job| is_worth_it(&round, job));
    jobs.sort_by_cached_key(|job| (job.priority(), std::cmp::Reverse(round.net(&job.profit)), job.key));
    jobs.dedup_by_key(|job| job.key);
    jobs.truncate(round.limits.jobs);
    Round { jobs, ..round }
}

/// Whether a job pays, or is done whether it pays or not: somebody has to liquidate whom nothing is left of.
fn is_worth_it(round: &Round, job: &Job) -> bool {
    let pays = round.net(&job.profit) >= round.limits.min_profit;
    let own = matches!(job.kind(), Kind::Release | Kind::Unload);
    let for_pay = matches!(
        job.kind(),
        Kind::Order | Kind::PoolDeposit | Kind::PoolRedemption | Kind::CleanOrder | Kind::TakeOver
    );
    pays || own || (round.limits.unpaid && !for_pay)
}
